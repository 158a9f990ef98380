//! Peers that mean harm: the connection ends, and nothing else notices.

mod rtmp_support;

use std::time::Duration;

use media::rtmp::Output;
use media::rtmp::amf0::{self, Value};
use media::rtmp::chunk::ChunkEncoder;
use media::rtmp::message::{Message, kind};
use media::server::{Cause, Grant, IngestSession, ServerSettings};
use media::{ChannelId, SessionId};
use rtmp_support::{GRANT, PATIENCE, clip, gone, playable, publish, server, url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const KEY_URL_PATH: &str = "live/KEY";

fn message(kind: u8, stream_id: u32, payload: Vec<u8>) -> Message {
    Message {
        kind,
        stream_id,
        timestamp: 0,
        payload: payload.into(),
    }
}

/// The bytes of a message in chunks of 128 bytes.
fn chunks(message: &Message) -> Vec<u8> {
    let mut output = Output::default();
    ChunkEncoder::default().encode(3, message, &mut output);
    output.take().to_vec()
}

/// The head of a message that declares so many bytes.
fn head(length: u32) -> Vec<u8> {
    let [_, high, middle, low] = length.to_be_bytes();
    vec![3, 0, 0, 0, high, middle, low, 20, 0, 0, 0, 0]
}

fn set_chunk_size(size: u32) -> Vec<u8> {
    chunks(&message(kind::SET_CHUNK_SIZE, 0, size.to_be_bytes().to_vec()))
}

fn command(name: &str, argument: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    amf0::encode(&Value::from(name), &mut body);
    amf0::encode(&Value::from(1.0), &mut body);
    body.extend(argument);
    chunks(&message(kind::COMMAND_AMF0, 0, body))
}

/// A connection behind its handshake.
async fn shaken(server: &media::server::RtmpServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let mut hello = vec![3];
    hello.resize(1 + 2 * 1_536, 0);
    stream.write_all(&hello).await.unwrap();
    let mut answer = vec![0; 1 + 2 * 1_536];
    stream.read_exact(&mut answer).await.unwrap();
    stream
}

/// Waits until the server closes.
async fn closed(stream: &mut TcpStream) {
    let mut buffer = [0; 4_096];
    let end = async { while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {} };
    tokio::time::timeout(PATIENCE, end).await.unwrap();
}

/// A publisher that streams beside the hostile peers, and must not notice them.
async fn bystander(server: &media::server::RtmpServer) -> (media::rtmp::client::Publisher, IngestSession) {
    let grant = Grant {
        channel: ChannelId(99),
        session: SessionId(99),
        previous: None,
        delivery: media::Delivery::Packaged,
    };
    publish(server, grant).await
}

#[tokio::test]
async fn strangers_that_break_a_bound_are_cut_off_and_nobody_else_is() {
    let mut settings = ServerSettings::default();
    settings.session.setup_timeout = Duration::from_secs(600);
    let server = server(settings).await;
    let (mut publisher, mut session) = bystander(&server).await;
    let nested = [&[3, 0, 1, b'a'].repeat(5_000), [5].as_slice()].concat();
    let array = [&[10, 0, 0, 0, 1].repeat(5_000), [5].as_slice()].concat();
    let many_streams = (3..70).flat_map(|id| {
        let mut wire = head(1_000);
        if id < 64 {
            wire[0] = id;
        } else {
            wire.splice(0..1, [0, id - 64]);
        }
        wire.resize(wire.len() + 128, 7);
        wire
    });
    let attacks: Vec<(&str, Vec<u8>)> = vec![
        ("objects in objects", command("connect", &nested)),
        ("arrays in arrays", command("connect", &array)),
        (
            "four billion elements",
            command("connect", &[10, 255, 255, 255, 255, 5]),
        ),
        (
            "a string of four gigabytes",
            command("connect", &[12, 255, 255, 255, 255, b'x']),
        ),
        (
            "four billion properties",
            command("connect", &[8, 255, 255, 255, 255, 0, 1, b'a']),
        ),
        ("chunks of nothing", set_chunk_size(0)),
        ("chunks of two gigabytes", set_chunk_size(0x7fff_ffff)),
        ("chunks of four gigabytes", set_chunk_size(u32::MAX)),
        ("a message of 16 MiB", head(0xff_ffff)),
        ("a message beyond the bound of strangers", head((64 << 10) + 1)),
        (
            "a control message of no length",
            chunks(&message(kind::SET_CHUNK_SIZE, 0, vec![])),
        ),
        (
            "a message inside another",
            [head(1_000), vec![7; 128], head(10)].concat(),
        ),
        ("a chunk stream without a head", vec![0xc5]),
        ("too many chunk streams", many_streams.collect()),
        (
            "publishing before connecting",
            command("publish", &[5, 2, 0, 1, b'K']),
        ),
        (
            "connecting elsewhere",
            command("connect", &[3, 0, 3, b'a', b'p', b'p', 2, 0, 1, b'x', 0, 0, 9]),
        ),
    ];
    for (attack, wire) in attacks {
        let mut stream = shaken(&server).await;
        stream.write_all(&wire).await.unwrap();
        closed(&mut stream).await;
        let asked = tokio::time::timeout(Duration::ZERO, server.next_publish()).await;
        assert!(asked.is_err(), "{attack} asks for a verdict");
    }
    publisher.send_all(&clip()).await.unwrap();
    playable(&mut session).await;
}

#[tokio::test]
async fn strange_windows_and_silly_control_messages_are_borne() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    // From a publisher, written beside the media on its own connection, they would break it; so on one of their own.
    for wire in [
        chunks(&message(kind::WINDOW_ACK_SIZE, 0, vec![0; 4])),
        chunks(&message(kind::WINDOW_ACK_SIZE, 0, vec![])),
        chunks(&message(kind::SET_PEER_BANDWIDTH, 0, vec![0; 5])),
        chunks(&message(kind::ACKNOWLEDGEMENT, 0, vec![255; 4])),
        chunks(&message(kind::ABORT, 0, vec![255; 4])),
        chunks(&message(kind::USER_CONTROL, 0, vec![0, 6])),
        chunks(&message(22, 9, vec![1; 100])),
    ] {
        let mut stream = shaken(&server).await;
        stream.write_all(&wire).await.unwrap();
        // And many bytes for the window of nothing to be filled again and again.
        let filling = chunks(&message(kind::AUDIO, 1, vec![0; 60_000]));
        stream.write_all(&filling).await.unwrap();
        let connect = command(
            "connect",
            &[
                3, 0, 3, b'a', b'p', b'p', 2, 0, 4, b'l', b'i', b'v', b'e', 0, 0, 9,
            ],
        );
        stream.write_all(&connect).await.unwrap();
        let mut answers = Vec::new();
        let answered = async {
            let mut buffer = [0; 4_096];
            while !answers.windows(7).any(|seven| seven == b"_result") {
                let count = stream.read(&mut buffer).await.unwrap();
                assert!(count > 0, "closed after {:?}", &wire[..12]);
                answers.extend_from_slice(&buffer[..count]);
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap();
        // An acknowledgement each 16 KiB at most, whatever was asked for.
        assert!(answers.len() < 5_000, "{}", answers.len());
    }
    publisher.send_all(&clip()).await.unwrap();
    playable(&mut session).await;
}

#[tokio::test]
async fn publisher_that_breaks_a_bound_ends_only_itself() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, mut session) = bystander(&server).await;
    for (count, wire) in [
        head(0xff_ffff),
        head((8 << 20) + 1),
        set_chunk_size(0),
        set_chunk_size(0x7fff_ffff),
    ]
    .into_iter()
    .enumerate()
    {
        let mut client = media::rtmp::client::ClientSession::new(url(&server, KEY_URL_PATH).parse().unwrap());
        let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
        let platform = server.clone();
        let grant = Grant {
            channel: ChannelId(1),
            session: SessionId(i64::try_from(count).unwrap()),
            previous: None,
            delivery: media::Delivery::Packaged,
        };
        let admitted =
            tokio::spawn(async move { platform.next_publish().await.unwrap().accept(grant).await });
        let mut buffer = [0; 4_096];
        loop {
            stream.write_all(&client.output().take()).await.unwrap();
            if client.is_publishing() {
                break;
            }
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0);
            client.input(&buffer[..count]).unwrap();
        }
        let mut hostile = admitted.await.unwrap().unwrap();
        // A chunk stream of its own, as the client has used the third.
        let wire = [vec![9], wire[1..].to_vec()].concat();
        stream.write_all(&wire).await.unwrap();
        assert!(matches!(gone(&mut hostile).await, Cause::ProtocolError(_)));
        closed(&mut stream).await;
    }
    publisher.send_all(&clip()).await.unwrap();
    playable(&mut session).await;
}
