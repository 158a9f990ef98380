//! Publishers that are not let in.

mod rtmp_support;

use std::time::Duration;

use media::rtmp::client::Publisher;
use media::server::{Refusal, ServerError, ServerSettings, SessionSettings};
use rtmp_support::{GRANT, PATIENCE, publish, server, status, url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn refused_publishers_are_told_why() {
    let server = server(ServerSettings::default()).await;
    for (refusal, code, description) in [
        (
            Refusal::UnknownKey,
            "NetStream.Publish.BadName",
            "Unknown stream key",
        ),
        (
            Refusal::AlreadyPublishing,
            "NetStream.Publish.BadName",
            "The stream key is being published already",
        ),
        (
            Refusal::Denied("The member is deleted".into()),
            "NetStream.Publish.Rejected",
            "The member is deleted",
        ),
    ] {
        let url = url(&server, "live/KEY");
        let (publisher, rejected) = tokio::join!(Publisher::connect(&url), async {
            server.next_publish().await.unwrap().reject(refusal).await
        });
        assert_eq!(rejected, Ok(()));
        assert_eq!(
            status(publisher.unwrap_err()),
            (code.to_owned(), description.to_owned())
        );
    }
}

#[tokio::test]
async fn request_that_is_dropped_is_a_refusal() {
    let server = server(ServerSettings::default()).await;
    let url = url(&server, "live/KEY");
    let (publisher, ()) = tokio::join!(Publisher::connect(&url), async {
        drop(server.next_publish().await);
    });
    assert_eq!(status(publisher.unwrap_err()).0, "NetStream.Publish.Rejected");
}

#[tokio::test]
async fn verdict_that_does_not_come_is_a_refusal() {
    let server = server(ServerSettings {
        verdict_timeout: SHORT,
        ..ServerSettings::default()
    })
    .await;
    let error = Publisher::connect(&url(&server, "live/KEY")).await.unwrap_err();
    assert_eq!(status(error).1, "The decision on the publisher took too long");
    let late = server.next_publish().await.unwrap();
    assert_eq!(late.accept(GRANT).await.unwrap_err(), ServerError::Gone);
}

#[tokio::test]
async fn publisher_that_does_not_wait_is_gone() {
    let server = server(ServerSettings::default()).await;
    let url = url(&server, "live/KEY");
    let publisher = tokio::spawn(async move { Publisher::connect(&url).await });
    let request = server.next_publish().await.unwrap();
    publisher.abort();
    assert!(publisher.await.unwrap_err().is_cancelled());
    // The connection's end is noticed without reading, or else the session ends as soon as it is begun.
    if let Ok(mut session) = request.accept(GRANT).await {
        rtmp_support::gone(&mut session).await;
    }
}

#[tokio::test]
async fn other_application_is_refused() {
    let server = server(ServerSettings::default()).await;
    let error = Publisher::connect(&url(&server, "vod/KEY")).await.unwrap_err();
    assert_eq!(status(error).0, "NetConnection.Connect.InvalidApp");
}

#[tokio::test]
async fn publishers_beyond_the_queue_are_refused() {
    let server = server(ServerSettings {
        pending: 1,
        ..ServerSettings::default()
    })
    .await;
    let waiting = url(&server, "live/FIRST");
    let first = tokio::spawn(async move { Publisher::connect(&waiting).await });
    // One of the two waits; which of them came first is the network's business.
    let url = url(&server, "live/SECOND");
    let second = Publisher::connect(&url);
    tokio::pin!(second);
    let refused = tokio::select! {
        refused = &mut second => refused.unwrap_err(),
        refused = first => refused.unwrap().unwrap_err(),
    };
    assert_eq!(status(refused).1, "Too many publishers wait");
}

#[tokio::test]
async fn connections_beyond_the_bound_are_closed() {
    let server = server(ServerSettings {
        connections: 1,
        ..ServerSettings::default()
    })
    .await;
    let (publisher, mut session) = publish(&server, GRANT).await;
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    publisher.close().await.unwrap();
    rtmp_support::gone(&mut session).await;
}

#[tokio::test]
async fn publishers_beyond_the_bound_are_refused_and_strangers_are_none() {
    let server = server(ServerSettings {
        publishers: 1,
        ..ServerSettings::default()
    })
    .await;
    let _stranger = TcpStream::connect(server.local_addr()).await.unwrap();
    let (publisher, mut session) = publish(&server, GRANT).await;
    let second = Publisher::connect(&url(&server, "live/OTHER")).await;
    assert_eq!(status(second.unwrap_err()).1, "Too many publishers are connected");
    publisher.close().await.unwrap();
    rtmp_support::gone(&mut session).await;
}

#[tokio::test]
async fn half_a_handshake_is_waited_for_only_so_long() {
    let session = SessionSettings {
        setup_timeout: SHORT,
        ..SessionSettings::default()
    };
    let server = server(ServerSettings {
        session,
        ..ServerSettings::default()
    })
    .await;
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    stream.write_all(&[3; 100]).await.unwrap();
    let closed = tokio::time::timeout(PATIENCE, stream.read(&mut [0]))
        .await
        .unwrap();
    assert_eq!(closed.unwrap(), 0);
}
