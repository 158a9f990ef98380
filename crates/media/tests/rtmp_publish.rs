//! Publishers that are let in, over real sockets.

mod rtmp_support;

use media::rtmp::client::{ClientSession, Publisher};
use media::server::{Cause, Grant, ServerSettings, SessionFact};
use media::{ChannelId, SessionId};
use rtmp_support::{GRANT, PATIENCE, clip, gone, metadata, publish, server, url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn clip_becomes_playable_and_ends_properly() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    assert_eq!(session.id(), GRANT.session);
    assert_eq!(session.changed().await, SessionFact::Connected);
    publisher.send_all(&clip()).await.unwrap();
    assert_eq!(session.changed().await, SessionFact::Playable);
    publisher.close().await.unwrap();
    assert_eq!(session.changed().await, SessionFact::Gone(Cause::PublisherClosed));
    assert_eq!(session.changed().await, SessionFact::Gone(Cause::PublisherClosed));
}

#[tokio::test]
async fn facts_are_levels() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    publisher.send_all(&clip()).await.unwrap();
    publisher.close().await.unwrap();
    while server.disconnect(GRANT.session, Cause::Shutdown) {
        tokio::task::yield_now().await;
    }
    assert!(matches!(session.changed().await, SessionFact::Gone(_)));
}

#[tokio::test]
async fn connection_that_breaks_is_the_publishers_end() {
    let server = server(ServerSettings::default()).await;
    let (publisher, mut session) = publish(&server, GRANT).await;
    drop(publisher);
    assert_eq!(gone(&mut session).await, Cause::PublisherClosed);
}

#[tokio::test]
async fn publishers_do_not_touch_each_other() {
    let server = server(ServerSettings::default()).await;
    let (mut first, mut one) = publish(&server, GRANT).await;
    let grant = Grant {
        channel: ChannelId(2),
        session: SessionId(8),
        previous: None,
        delivery: media::Delivery::Packaged,
    };
    let (second, mut two) = publish(&server, grant).await;
    second.close().await.unwrap();
    assert_eq!(gone(&mut two).await, Cause::PublisherClosed);
    assert_eq!(one.changed().await, SessionFact::Connected);
    first.send_all(&clip()).await.unwrap();
    assert_eq!(one.changed().await, SessionFact::Playable);
}

#[tokio::test]
async fn stream_key_and_mode_reach_the_platform() {
    let server = server(ServerSettings::default()).await;
    for (path, key, mode) in [
        ("live/KEY", "KEY", None),
        ("live/KEY?mode=RTMP_CMAF", "KEY", Some("RTMP_CMAF")),
        ("live?mode=RTMP/KEY", "KEY", Some("RTMP")),
        ("live", "", None),
    ] {
        let url = url(&server, path);
        let publisher = tokio::spawn(async move { Publisher::connect(&url).await });
        let request = server.next_publish().await.unwrap();
        assert_eq!(
            (request.stream_key().expose(), request.mode()),
            (key, mode),
            "{path}"
        );
        assert!(request.peer().ip().is_loopback());
        drop(request);
        assert!(publisher.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn one_byte_writes_are_enough() {
    let server = server(ServerSettings::default()).await;
    let mut client = ClientSession::new(url(&server, "live/KEY").parse().unwrap());
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let requests = server.clone();
    let admitted = tokio::spawn(async move { requests.next_publish().await.unwrap().accept(GRANT).await });
    let mut buffer = [0; 4_096];
    loop {
        for byte in client.output().take() {
            stream.write_all(&[byte]).await.unwrap();
        }
        if client.is_publishing() {
            break;
        }
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0);
        client.input(&buffer[..count]).unwrap();
    }
    let mut session = admitted.await.unwrap().unwrap();
    assert_eq!(session.changed().await, SessionFact::Connected);
    client.send(&metadata());
    client.close();
    for byte in client.output().take() {
        stream.write_all(&[byte]).await.unwrap();
    }
    assert_eq!(gone(&mut session).await, Cause::PublisherClosed);
}

#[tokio::test]
async fn shutdown_ends_everything() {
    let server = server(ServerSettings::default()).await;
    let (mut publisher, mut session) = publish(&server, GRANT).await;
    let ended = tokio::spawn(async move { publisher.ended().await });
    tokio::time::timeout(PATIENCE, server.shutdown()).await.unwrap();
    assert!(server.next_publish().await.is_none());
    assert_eq!(gone(&mut session).await, Cause::Shutdown);
    let (code, description) = rtmp_support::status(ended.await.unwrap());
    assert_eq!(code, "NetStream.Publish.Rejected");
    assert_eq!(description, "The server is shutting down");
    assert!(Publisher::connect(&url(&server, "live/KEY")).await.is_err());
}
