//! RTMP over TLS: a real encoder, strangers who keep silent or talk nonsense, and what a crowd of them costs.

mod rtmp_support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use media::hub::{Hub, PackagingSettings};
use media::server::{Cause, RtmpServer, ServerSettings};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rtmp_support::{GRANT, PATIENCE, gone, playable, publish};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

/// A server by RTMP and by RTMPS, and where the latter is.
struct Secure {
    server: RtmpServer,
    address: SocketAddr,
    certificate: CertificateDer<'static>,
}

async fn secure(settings: ServerSettings) -> Secure {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = cert.der().clone();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let hub = Hub::new(PackagingSettings::default());
    let server = RtmpServer::bind("127.0.0.1:0", settings, hub).await.unwrap();
    let address = server.listen_tls("127.0.0.1:0", Arc::new(tls)).await.unwrap();
    Secure {
        server,
        address,
        certificate,
    }
}

impl Secure {
    fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A connection behind its greeting by TLS.
fn greeted(address: SocketAddr, client: &Arc<ClientConfig>) -> StreamOwned<ClientConnection, TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    let mut session = ClientConnection::new(client.clone(), name).unwrap();
    let mut stream = connect(address);
    while session.is_handshaking() {
        session.complete_io(&mut stream).unwrap();
    }
    StreamOwned::new(session, stream)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoder_publishes_by_rtmps() {
    let secure = secure(ServerSettings::default()).await;
    let mut encoder = Command::new("ffmpeg")
        .args(
            "-nostdin -v error -re -f lavfi -i testsrc2=size=640x360:rate=30 -f lavfi -i sine -t 8"
                .split(' '),
        )
        .args("-c:v libx264 -preset veryfast -g 60 -b:v 6M -pix_fmt yuv420p -c:a aac -f flv".split(' '))
        .arg(format!("rtmps://127.0.0.1:{}/live/KEY", secure.address.port()))
        .stdin(Stdio::null())
        .spawn()
        .expect("ffmpeg is needed: apt-get install ffmpeg");
    let request = secure.server.next_publish().await.unwrap();
    assert_eq!(request.stream_key().expose(), "KEY");
    let mut session = request.accept(GRANT).await.unwrap();
    playable(&mut session).await;
    let health = secure.server.health(GRANT.session).unwrap();
    assert_eq!((health.resolution, health.dropped), (Some((640, 360)), 0));
    assert_eq!(gone(&mut session).await, Cause::PublisherClosed);
    let content = tokio::task::spawn_blocking(move || encoder.wait().unwrap().success());
    assert!(content.await.unwrap(), "the encoder is content");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_by_rtmp_is_served_beside() {
    let secure = secure(ServerSettings::default()).await;
    let (publisher, mut session) = publish(&secure.server, GRANT).await;
    publisher.close().await.unwrap();
    assert_eq!(gone(&mut session).await, Cause::PublisherClosed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_get_as_far_as_connect_in_time_is_cut_off_by_tls_too() {
    let mut settings = ServerSettings::default();
    settings.session.setup_timeout = Duration::from_millis(300);
    let secure = secure(settings).await;
    let (address, client) = (secure.address, secure.client());
    tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        let mut silent = connect(address);
        let mut half = connect(address);
        half.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
        let mut greeted = greeted(address, &client);
        let mut said = Vec::new();
        assert_eq!(silent.read_to_end(&mut said).unwrap_or(0), 0);
        // Whoever began to greet is told of the end by TLS.
        assert!(half.read_to_end(&mut said).unwrap() > 0);
        greeted.read_to_end(&mut said).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_tls_ends_its_connection_and_nothing_else() {
    let secure = secure(ServerSettings::default()).await;
    let (address, client) = (secure.address, secure.client());
    tokio::task::spawn_blocking(move || {
        for nonsense in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[3; 1 + 1_536],
            &[22, 3, 1, 255, 255],
        ] {
            let mut stream = connect(address);
            stream.write_all(nonsense).unwrap();
            let mut said = Vec::new();
            // A reset is as good an end as a close.
            let _ = stream.read_to_end(&mut said);
        }
        // RTMP that is none, within TLS that is.
        let mut stream = greeted(address, &client);
        stream.write_all(&[255; 2_000]).unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        drop(greeted(address, &client));
    })
    .await
    .unwrap();
    let (publisher, mut session) = publish(&secure.server, GRANT).await;
    publisher.close().await.unwrap();
    assert_eq!(gone(&mut session).await, Cause::PublisherClosed);
}

const MIB: u64 = 1 << 20;

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap();
    kibibytes << 10
}

/// Sends the greeting of a client, and leaves the server's answer unread: all that is kept is the server's.
fn hello(address: SocketAddr, hello: &[u8]) -> TcpStream {
    let mut stream = connect(address);
    stream.write_all(hello).unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "10,000 sockets: more than an ordinary limit allows"]
async fn crowd_of_strangers_by_tls_costs_little_and_keeps_no_publisher_waiting() {
    let mut settings = ServerSettings::default();
    settings.session.setup_timeout = Duration::from_secs(120);
    let secure = secure(settings).await;
    let (address, client) = (secure.address, secure.client());
    let name = ServerName::try_from("localhost").unwrap();
    let mut greeting = Vec::new();
    let mut session = ClientConnection::new(client.clone(), name).unwrap();
    session.write_tls(&mut greeting).unwrap();
    let before = resident();
    let (silent, greeting) = tokio::task::spawn_blocking(move || {
        let silent: Vec<_> = (0..4_900).map(|_| connect(address)).collect();
        let greeting: Vec<_> = (0..100).map(|_| hello(address, &greeting)).collect();
        (silent, greeting)
    })
    .await
    .unwrap();
    let mut last = 0;
    loop {
        // Until the server has answered everybody.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = resident();
        if now.abs_diff(last) < MIB / 4 {
            break;
        }
        last = now;
    }
    let cost = resident().saturating_sub(before);
    let begun = Instant::now();
    let (publisher, session) = publish(&secure.server, GRANT).await;
    let took = begun.elapsed();
    println!(
        "{} KiB for {} silent connections and {} that have said hello by TLS; a publisher was let in within {took:?}",
        cost >> 10,
        silent.len(),
        greeting.len(),
    );
    drop((publisher, session));
    assert!(cost <= 32 * MIB, "{cost}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}
