//! Publications that end otherwise than the publisher wished, and nobody else's with them.

mod rtmp_support;

use std::time::Duration;

use bytes::Bytes;
use media::server::{Cause, Grant, ServerSettings, SessionFact, SessionSettings, Silence};
use media::{ChannelId, Media, MediaKind, SessionId};
use rtmp_support::{GRANT, clip, gone, metadata, publish, server, status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SHORT: Duration = Duration::from_millis(100);

fn idle_after(idle_timeout: Duration) -> ServerSettings {
    let session = SessionSettings {
        idle_timeout,
        ..SessionSettings::default()
    };
    ServerSettings {
        session,
        ..ServerSettings::default()
    }
}

#[tokio::test]
async fn silent_publisher_is_sent_off() {
    let server = server(idle_after(SHORT)).await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    assert_eq!(gone(&mut session).await, Cause::TimedOut);
    assert_eq!(status(publisher.ended().await).0, "NetStream.Publish.Rejected");
}

#[tokio::test]
async fn kicked_publisher_is_told_why() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    let cause = Cause::Kicked("The room has ended".to_owned());
    assert!(server.disconnect(GRANT.session, cause.clone()));
    assert_eq!(gone(&mut session).await, cause);
    let told = status(publisher.ended().await);
    assert_eq!(
        told,
        (
            "NetStream.Publish.Rejected".to_owned(),
            "The room has ended".to_owned()
        )
    );
    assert!(!server.disconnect(GRANT.session, cause.clone()));
    assert!(!server.disconnect(SessionId(99), cause));
}

#[tokio::test]
async fn session_that_nobody_looks_after_is_ended() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, session) = publish(&server, GRANT).await;
    drop(session);
    assert_eq!(status(publisher.ended().await).0, "NetStream.Publish.Rejected");
}

#[tokio::test]
async fn publisher_above_the_bitrate_limit_is_sent_off() {
    let server = server(ServerSettings {
        publisher_bitrate: 10_000,
        bitrate_period: Duration::from_millis(200),
        ..ServerSettings::default()
    })
    .await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    // It may be sent off, and the connection closed, before everything is written.
    publisher.send_all(&clip()).await.ok();
    assert_eq!(gone(&mut session).await, Cause::TooFast);
}

#[tokio::test]
async fn unsupported_codec_ends_the_session_by_its_name() {
    let server = server(ServerSettings::default()).await;
    for (kind, payload, name) in [
        (MediaKind::Video, &b"\x12\0\0"[..], "Sorenson H.263"),
        (MediaKind::Video, b"\x13\0\0", "Screen video"),
        (MediaKind::Video, b"\x14\0\0", "On2 VP6"),
        (MediaKind::Video, b"\x15\0\0", "On2 VP6"),
        (
            MediaKind::Video,
            b"\x1c\0\0\0\0\x01",
            "HEVC by its number (codec 12)",
        ),
        (
            MediaKind::Video,
            b"\x1d\0\0\0\0\x01",
            "AV1 by its number (codec 13)",
        ),
        (MediaKind::Video, b"\x1f\0\0", "video codec 15"),
        (MediaKind::Video, b"\x90vp08\x01", "VP8 (vp08)"),
        (MediaKind::Video, b"\x90vp09\x01\x02\x03", "VP9 (vp09)"),
        (MediaKind::Video, b"\x90vvc1\x01", "VVC (vvc1)"),
        (MediaKind::Video, b"\x90abcd\x01", "codec \"abcd\""),
        (MediaKind::Audio, b"\x2f\xff\xfb", "MP3"),
        (MediaKind::Audio, b"\xb2\0", "Speex"),
        (MediaKind::Audio, b"\x62\0", "Nellymoser"),
        (MediaKind::Audio, b"\x82\0", "G.711"),
        (MediaKind::Audio, b"\x90ac-3\x01", "AC-3 (ac-3)"),
        (MediaKind::Audio, b"\x90fLaC\x01", "FLAC (fLaC)"),
    ] {
        let (mut publisher, mut session) = publish(&server, GRANT).await;
        let media = Media {
            kind,
            timestamp: 0,
            payload: Bytes::from_static(payload),
        };
        publisher.send(&media).await.unwrap();
        let cause = gone(&mut session).await;
        assert_eq!(cause, Cause::MediaError(format!("{name} is not supported")));
        assert_eq!(status(publisher.ended().await).1, cause.to_string());
    }
}

#[tokio::test]
async fn malformed_bytes_end_only_their_connection() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    assert_eq!(session.changed().await, SessionFact::Connected);
    let mut shaken = vec![3];
    shaken.resize(1 + 2 * 1_536, 0);
    for bad in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        [shaken.as_slice(), &[0xff; 300]].concat(),
        [
            shaken.as_slice(),
            &[2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat(),
        [
            shaken.as_slice(),
            &[3, 0, 0, 0, 0, 0, 4, 20, 0, 0, 0, 0, 10, 255, 255, 255],
        ]
        .concat(),
    ] {
        let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
        stream.write_all(&bad).await.unwrap();
        let mut answer = Vec::new();
        // Closed with or without an answer; a reset is as good.
        stream.read_to_end(&mut answer).await.ok();
    }
    publisher.send_all(&clip()).await.unwrap();
    assert_eq!(session.changed().await, SessionFact::Playable);
}

#[tokio::test]
async fn publisher_that_turns_to_rubbish_ends_by_the_protocol() {
    let server = server(ServerSettings::default()).await;
    let (_publisher, mut other) = publish(&server, GRANT).await;
    let grant = Grant {
        channel: ChannelId(2),
        session: SessionId(8),
        previous: None,
        delivery: media::Delivery::Packaged,
    };
    let (mut publisher, mut session) = publish(&server, grant).await;
    // Longer than a message may be: refused by its header alone.
    let payload = Bytes::from(vec![0; (8 << 20) + 1]);
    publisher
        .send(&Media {
            kind: MediaKind::Data,
            timestamp: 0,
            payload,
        })
        .await
        .ok();
    assert!(matches!(gone(&mut session).await, Cause::ProtocolError(_)));
    assert_eq!(other.changed().await, SessionFact::Connected);
}

#[tokio::test]
async fn silence_of_a_publisher_can_be_waited_for() {
    let server = server(ServerSettings::default()).await;
    assert_eq!(server.await_silence(GRANT.session, SHORT).await, Silence::Gone);
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    assert_eq!(server.await_silence(GRANT.session, SHORT).await, Silence::Silent);

    let long = Duration::from_secs(60);
    let (silence, ()) = tokio::join!(biased; server.await_silence(GRANT.session, long), async {
        publisher.send(&metadata()).await.unwrap();
    });
    assert_eq!(silence, Silence::Spoke);

    let (silence, closed) = tokio::join!(biased; server.await_silence(GRANT.session, long), async {
        drop(publisher);
        gone(&mut session).await
    });
    assert_eq!((silence, closed), (Silence::Gone, Cause::PublisherClosed));
}
