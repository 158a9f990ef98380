//! The contract of a media server, kept by the one that tests move.

use adapters::scripted::{self, Script, Verdict};
use contract_tests::media::{Harness, Publisher};
use domain::StreamKeySecret;
use ports::media::{MediaServer, Origin};

struct Scripted {
    server: scripted::MediaServer,
    script: Script,
}

struct Moved(scripted::Publisher);

impl Harness for Scripted {
    type Publisher = Moved;

    async fn new() -> Self {
        let (server, script) = scripted::MediaServer::new();
        Self { server, script }
    }

    fn server(&self) -> &dyn MediaServer {
        &self.server
    }

    fn origin(&self) -> &dyn Origin {
        &scripted::Origin
    }

    async fn knock(&self, key: &str) -> Option<Moved> {
        match self.script.knock(&StreamKeySecret::new(key)).verdict().await {
            Verdict::Accepted(publisher) => Some(Moved(publisher)),
            Verdict::Rejected(_) | Verdict::Ignored => None,
        }
    }
}

impl Publisher for Moved {
    async fn sends_media(&mut self) {
        self.0.becomes_playable();
    }

    async fn speaks(&mut self) {
        self.0.speaks();
    }

    async fn leaves(self) {
        self.0.leaves();
    }

    async fn is_sent_off(&mut self) {
        self.0.is_gone().await;
    }
}

contract_tests::media_contract!(Scripted);
