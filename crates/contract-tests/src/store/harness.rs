//! What the suite needs of an adapter beside the port.

use std::sync::Arc;

use domain::{MemberId, StreamKeyId, VideoRoomId};
use ports::store::Store;

/// A row that no domain value can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corruption {
    /// The room's state is `NONSENSE`.
    UnknownRoomState(VideoRoomId),
    /// The key's state is `ACTIVE`, and it has no session.
    PublishingWithoutSession(StreamKeyId),
    /// The member's mail address has 300 characters.
    OverlongEmail(MemberId),
}

/// A fresh, empty store, all to itself, for one case.
pub trait Harness: Sized + Send + Sync + 'static {
    /// Makes it, with its schema.
    fn new() -> impl Future<Output = Self> + Send;

    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// The same store, closed and opened again as if by a new process. `None` where nothing stays.
    fn reopen(self) -> impl Future<Output = Option<Self>> + Send {
        async { None }
    }

    /// Spoils a row that is there, past the adapter. False where that can't be done.
    fn corrupt(&self, row: Corruption) -> impl Future<Output = bool> + Send {
        let _ = row;
        async { false }
    }
}
