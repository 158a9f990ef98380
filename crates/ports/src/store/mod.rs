//! Storage: units of work over repositories.
//!
//! A unit of work is one transaction. What it wrote is seen by nobody before [`UnitOfWork::commit`], and never if
//! it is dropped without: then everything is rolled back and its locks are free at once.

mod apps;
mod callbacks;
mod deliveries;
mod error;
mod events;
mod ingest_health;
mod members;
mod nodes;
mod page;
mod requests;
mod sessions;
mod settings;
mod stream_keys;
mod video_rooms;
mod whitelist;

pub use apps::{ApiKey, AppBrief, AppRepository};
pub use callbacks::{Callback, CallbackAccess, CallbackLease, CallbackRepository, WebhookSecret};
pub use deliveries::{Delivery, DeliveryRepository};
pub use error::StoreError;
pub use events::{Event, EventLog};
pub use ingest_health::IngestHealthRepository;
pub use members::{MemberBrief, MemberFilter, MemberRepository, MemberSort, MemberView};
pub use nodes::{Lease, Node, NodeRepository};
pub use page::{Page, PageRequest};
pub use requests::{Claim, DoneRequest, RequestRepository};
pub use sessions::{Session, SessionRepository, Standing};
pub use settings::SettingRepository;
pub use stream_keys::{StreamKeyBrief, StreamKeyFilter, StreamKeyRepository, StreamKeyView};
pub use video_rooms::{
    Holder, Playback, VideoRoomBrief, VideoRoomFilter, VideoRoomRepository, VideoRoomSort, VideoRoomView,
};
pub use whitelist::WhitelistRepository;

use async_trait::async_trait;

/// What a unit of work is going to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Read only. No transaction is opened: each query sees what is committed when it runs.
    Read,
    /// Read and write, in one transaction. Where the store has a single writer, this waits for its turn.
    Write,
}

/// An entity as it was read, with the version that an update must find again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The entity.
    pub value: T,
    /// Counts the changes of its row.
    pub version: i64,
}

/// Where everything that is shared lives.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit of work.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the store can't be reached, or a write doesn't get its turn in time.
    async fn begin(&self, intent: Intent) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Waits until another process has written something for the node of that name, if the store can tell: only a
    /// reason to look at once. Whoever relies on it looks now and then all the same. Meant for one node a process.
    async fn told(&self, node: &str) {
        let _ = node;
        std::future::pending::<()>().await;
    }

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// One transaction. May be dropped at any await point; that rolls it back.
///
/// After an error, or once a call of it was dropped half-way, it is only good for being dropped. Numbers for new rows that it drew are its own only once it has
/// committed: use them nowhere else.
#[async_trait]
pub trait UnitOfWork: Send {
    /// Apps, their owners and their keys.
    fn apps(&mut self) -> &mut dyn AppRepository;
    /// Members.
    fn members(&mut self) -> &mut dyn MemberRepository;
    /// Stream keys.
    fn stream_keys(&mut self) -> &mut dyn StreamKeyRepository;
    /// Video rooms.
    fn video_rooms(&mut self) -> &mut dyn VideoRoomRepository;
    /// Who may watch which restricted room.
    fn whitelist(&mut self) -> &mut dyn WhitelistRepository;
    /// Publishing sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Processes.
    fn nodes(&mut self) -> &mut dyn NodeRepository;
    /// How ingests are doing.
    fn ingest_health(&mut self) -> &mut dyn IngestHealthRepository;
    /// Settings that the platform makes for itself.
    fn settings(&mut self) -> &mut dyn SettingRepository;
    /// Requests that are done once.
    fn requests(&mut self) -> &mut dyn RequestRepository;
    /// What happened.
    fn events(&mut self) -> &mut dyn EventLog;
    /// Where apps want to be told of it.
    fn callbacks(&mut self) -> &mut dyn CallbackRepository;
    /// What became of telling them.
    fn deliveries(&mut self) -> &mut dyn DeliveryRepository;

    /// Makes everything that was written seen, all at once.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`] when the connection broke while the answer was on its way.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
