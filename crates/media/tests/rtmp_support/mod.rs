//! What the tests over real sockets share: a server, a platform that decides, and media to send.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of it")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use media::hub::{Hub, PackagingSettings};
use media::rtmp::client::{ClientError, PublishError, Publisher};
use media::server::{Grant, IngestSession, RtmpServer, ServerSettings, SessionFact};
use media::{ChannelId, Media, MediaKind, SessionId};

/// Longer than anything here should take: what does not come by then will not come.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const GRANT: Grant = Grant {
    channel: ChannelId(1),
    session: SessionId(7),
    previous: None,
    delivery: media::Delivery::Packaged,
};

pub async fn server(settings: ServerSettings) -> Arc<RtmpServer> {
    let hub = Hub::new(PackagingSettings::default());
    Arc::new(RtmpServer::bind("127.0.0.1:0", settings, hub).await.unwrap())
}

pub fn url(server: &RtmpServer, path: &str) -> String {
    format!("rtmp://{}/{path}", server.local_addr())
}

/// A publisher that was let in, from both sides.
pub async fn publish(server: &RtmpServer, grant: Grant) -> (Publisher, IngestSession) {
    let url = url(server, "live/KEY");
    let (publisher, session) = tokio::join!(Publisher::connect(&url), async {
        server.next_publish().await.unwrap().accept(grant).await.unwrap()
    });
    (publisher.unwrap(), session)
}

/// Waits for the end of a session.
pub async fn gone(session: &mut IngestSession) -> media::server::Cause {
    tokio::time::timeout(PATIENCE, async {
        loop {
            if let SessionFact::Gone(cause) = session.changed().await {
                return cause;
            }
        }
    })
    .await
    .unwrap()
}

/// Waits until there is something to play.
pub async fn playable(session: &mut IngestSession) {
    let begun = async {
        loop {
            match session.changed().await {
                SessionFact::Connected => {}
                SessionFact::Playable => return,
                SessionFact::Gone(cause) => panic!("{cause}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.unwrap();
}

/// What the server told the publisher.
pub fn status(error: PublishError) -> (String, String) {
    match error {
        PublishError::Server(ClientError::Status(status)) => (status.code, status.description),
        other => panic!("no status: {other:?}"),
    }
}

/// Metadata, which no codec depends on.
pub fn metadata() -> Media {
    Media {
        kind: MediaKind::Data,
        timestamp: 0,
        payload: Bytes::from_static(b"\x02\x00\x0aonMetaData\x05"),
    }
}

/// The clip of the demonstration.
pub fn clip() -> Vec<Media> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/assets/clip.flv");
    media::flv::read_file(&Bytes::from(std::fs::read(path).unwrap())).unwrap()
}
