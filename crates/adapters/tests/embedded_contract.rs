//! The contract of a media server, kept by the embedded one over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;

use adapters::embedded;
use bytes::Bytes;
use contract_tests::media::{Harness, Publisher};
use media::hub::{Hub, PackagingSettings};
use media::rtmp::client;
use media::server::{RtmpServer, ServerSettings};
use media::{Media, MediaKind};
use ports::media::{MediaServer, Origin};

struct Embedded {
    server: embedded::MediaServer,
    origin: embedded::Origin,
    address: SocketAddr,
}

struct Rtmp(client::Publisher);

impl Harness for Embedded {
    type Publisher = Rtmp;

    async fn new() -> Self {
        let hub = Hub::new(PackagingSettings::default());
        let rtmp = RtmpServer::bind("127.0.0.1:0", ServerSettings::default(), Arc::clone(&hub)).await;
        let rtmp = rtmp.unwrap();
        let address = rtmp.local_addr();
        Self {
            server: embedded::MediaServer::new(Arc::new(rtmp)),
            origin: embedded::Origin::new(hub),
            address,
        }
    }

    fn server(&self) -> &dyn MediaServer {
        &self.server
    }

    fn origin(&self) -> &dyn Origin {
        &self.origin
    }

    async fn knock(&self, key: &str) -> Option<Rtmp> {
        let url = format!("rtmp://{}/live/{key}", self.address);
        client::Publisher::connect(&url).await.ok().map(Rtmp)
    }
}

impl Publisher for Rtmp {
    async fn sends_media(&mut self) {
        let clip = Bytes::from_static(include_bytes!("../../server/assets/clip.flv"));
        let clip = media::flv::read_file(&clip).unwrap();
        self.0.send_all(&clip).await.unwrap();
    }

    async fn speaks(&mut self) {
        let metadata = Media {
            kind: MediaKind::Data,
            timestamp: 0,
            payload: Bytes::from_static(b"\x02\x00\x0aonMetaData\x05"),
        };
        self.0.send(&metadata).await.unwrap();
    }

    async fn leaves(self) {
        self.0.close().await.unwrap();
    }

    async fn is_sent_off(&mut self) {
        self.0.ended().await;
    }
}

contract_tests::media_contract!(Embedded);
