//! The use cases of the platform, one a file: load, ask the domain, save, record what happened.
//!
//! [`Application`] is what a face (HTTP, command line, tests) calls. It holds ports only, and no rules: those are in
//! `domain`. Each method may be called from any number of tasks and processes at once; a store that answers
//! "stale" makes it run again, a bounded number of times.

mod apps;
mod audit;
mod callbacks;
mod error;
mod events;
mod ingest;
mod members;
mod nodes;
mod once;
mod patch;
mod playback;
mod repair;
mod retry;
mod signals;
mod stream_keys;
mod tokens;
mod transcoding_profiles;
mod upkeep;
mod video_rooms;
mod whitelist;

pub use apps::{Bootstrap, Bootstrapped, CreateApp, CreatedApp};
pub use callbacks::SetCallback;
pub use error::{AppError, ErrorCode};
pub use events::{Feed, FeedSignal};
pub use members::{RegisterMember, UpdateMember};
pub use nodes::{JoinError, Membership};
pub use once::{Call, Once};
pub use patch::Patch;
pub use playback::{Entry, Ticket};
pub use repair::Repaired;
pub use signals::{Listener, Signal};
pub use stream_keys::UpdateStreamKey;
pub use tokens::LoginTokens;
pub use video_rooms::{CreateVideoRoom, UpdateVideoRoom};

use std::sync::Arc;
use std::time::Duration;

use ports::media::{MediaServer, Origin};
use ports::store::{Intent, Store, UnitOfWork};
use ports::{Clock, NotificationSender, Secrets, TokenSecret, Tokens};
use tokio::sync::OnceCell;

/// What an application is put together from.
pub struct Parts {
    /// Where everything that is shared lives.
    pub store: Arc<dyn Store>,
    /// Where publishers knock.
    pub media: Arc<dyn MediaServer>,
    /// Where media is played from.
    pub origin: Arc<dyn Origin>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What nobody may guess.
    pub secrets: Arc<dyn Secrets>,
    /// How tokens are written.
    pub tokens: Arc<dyn Tokens>,
    /// What they are signed with. Without, a secret is made once, and kept in the store.
    pub token_secret: Option<TokenSecret>,
    /// The name of this process among those on the same store.
    pub node: String,
    /// How it lives beside them. `None` where a store has one process.
    pub membership: Option<Membership>,
    /// Whether rooms that are not `PUBLIC` are closed to players without a token.
    pub enforce_access_level: bool,
    /// Whether other processes may be on the store, and want to know how this one's publishers are doing.
    pub shares_store: bool,
    /// How apps are told of what happened.
    pub notifications: Arc<dyn NotificationSender>,
    /// For how long events can be read again, and deliveries looked at.
    pub events_retention: Duration,
    /// After what time an interrupted room is ended; never if `None`.
    pub auto_end_after: Option<Duration>,
}

/// The platform itself. A clone is the same platform.
#[derive(Clone)]
pub struct Application(Arc<Inner>);

struct Inner {
    parts: Parts,
    playbacks: playback::Cache,
    credentials: apps::Credentials,
    kept: ingest::Kept,
    followed: ingest::Followed,
    judgement: nodes::Judgement,
    notes: ingest::Notes,
    in_progress: once::InProgress,
    token_secret: OnceCell<TokenSecret>,
    wakeups: Arc<events::Wakeups>,
    callback_changes: callbacks::Changes,
    channels: signals::Channels,
    /// This process's name, and what tells it from those that had the name before.
    incarnation: String,
}

impl Application {
    /// Puts a platform together. Nothing runs until it is called.
    pub fn new(mut parts: Parts) -> Self {
        let wakeups = Arc::new(events::Wakeups::default());
        parts.store = Arc::new(events::Watched::new(parts.store, Arc::clone(&wakeups)));
        let incarnation = format!("{}#{}", parts.node, parts.secrets.session_id());
        Self(Arc::new(Inner {
            token_secret: OnceCell::new_with(parts.token_secret.clone()),
            parts,
            playbacks: playback::Cache::default(),
            credentials: apps::Credentials::default(),
            kept: ingest::Kept::default(),
            followed: ingest::Followed::default(),
            judgement: nodes::Judgement::default(),
            notes: ingest::Notes::default(),
            wakeups,
            in_progress: once::InProgress::default(),
            callback_changes: callbacks::Changes::default(),
            channels: signals::Channels::default(),
            incarnation,
        }))
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> Result<(), AppError> {
        Ok(self.parts().store.ping().await?)
    }

    fn parts(&self) -> &Parts {
        &self.0.parts
    }

    async fn reading(&self) -> Result<Box<dyn UnitOfWork>, AppError> {
        Ok(self.parts().store.begin(Intent::Read).await?)
    }

    async fn writing(&self) -> Result<Box<dyn UnitOfWork>, AppError> {
        Ok(self.parts().store.begin(Intent::Write).await?)
    }
}
