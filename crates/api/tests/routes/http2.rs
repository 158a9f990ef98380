//! Clients of HTTP/2 that leave the server waiting, by frames made by hand (RFC 9113).

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use api::Settings;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::world::World;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;

const ACK: u8 = 1;
const END_OF_STREAM_AND_HEADERS: u8 = 5;

/// What a client takes of a stream, and of all together, until it says more.
const WINDOW: usize = 65_535;

const PATIENCE: Duration = Duration::from_secs(20);

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

struct Client(TlsStream<TcpStream>);

/// A world that is also served by TLS, with a certificate of its own, and a client that trusts it.
async fn secure(keep_alive: Duration) -> (World, Client) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let settings = Settings {
        tls: Some(tls),
        workers: Some(1),
        keep_alive,
        stall_timeout: Duration::from_secs(1),
        ..Settings::default()
    };
    tokio::spawn(api::serve(listener, world.state.clone(), &settings).unwrap());
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    let mut client = Client(stream);
    client.send(SETTINGS, 0, 0, &[]).await;
    (world, client)
}

impl Client {
    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.0.write_all(&frame).await.unwrap();
    }

    /// `GET`, with the words of RFC 7541, B: method and scheme by number, path and authority as they are.
    async fn get(&mut self, stream: u32, path: &str) {
        let mut block = vec![0x82, 0x87, 0x04, u8::try_from(path.len()).unwrap()];
        block.extend(path.bytes());
        block.extend([0x01, 1, b'x']);
        self.send(HEADERS, END_OF_STREAM_AND_HEADERS, stream, &block)
            .await;
    }

    /// The next frame, and `None` at the end of the connection.
    async fn receive(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        timeout(PATIENCE, self.0.read_exact(&mut head))
            .await
            .expect("nothing comes")
            .ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame {
            kind: head[3],
            flags: head[4],
            stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
            payload,
        })
    }

    /// The next frame of that kind and stream; says meanwhile that it is there, when it is asked.
    async fn until(&mut self, kind: u8, stream: u32) -> Frame {
        loop {
            let frame = self.receive().await.expect("the end");
            if frame.kind == PING && frame.flags & ACK == 0 {
                self.send(PING, ACK, 0, &frame.payload).await;
            }
            if frame.kind == kind && frame.stream == stream {
                return frame;
            }
        }
    }

    async fn takes(&mut self, stream: u32, more: u32) {
        self.send(WINDOW_UPDATE, 0, stream, &more.to_be_bytes()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_that_a_client_does_not_take_is_let_go_and_its_other_requests_are_answered() {
    let (world, mut client) = secure(PATIENCE).await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    client.get(1, &format!("/live/{id}/huge.m4s")).await;
    let mut held = world.huge_answers.subscribe();
    let mut taken = 0;
    while taken < WINDOW {
        taken += client.until(DATA, 1).await.payload.len();
    }
    assert_eq!((taken, *held.borrow()), (WINDOW, 1));
    // It is still there: it asks for something else, and is answered.
    let freed = held.wait_for(|held| *held == 0);
    timeout(PATIENCE, freed)
        .await
        .expect("the media is held on")
        .unwrap();
    client.get(3, "/healthz").await;
    client.until(HEADERS, 3).await;
    client.takes(0, 1_000_000).await;
    client.takes(1, 1_000_000).await;
    client.until(RST_STREAM, 1).await;
    client.get(5, &format!("/live/{id}/video/1.m4s")).await;
    client.until(DATA, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_say_that_it_is_there_loses_its_connection() {
    let (_world, mut client) = secure(Duration::from_secs(1)).await;
    client.get(1, "/healthz").await;
    let mut asked = false;
    while let Some(frame) = client.receive().await {
        asked |= frame.kind == PING;
    }
    assert!(asked, "it was not asked");
}
