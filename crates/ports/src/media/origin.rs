//! The played side: what players ask for.

use async_trait::async_trait;
use bytes::Bytes;
use domain::{SessionId, StreamKeyId, Timestamp};
use thiserror::Error;

/// Holds what can be played.
#[async_trait]
pub trait Origin: Send + Sync {
    /// Answers a player, perhaps after waiting for media that is about to come. Never touches the store; may be
    /// dropped at any time.
    async fn fetch(&self, path: &PlayPath) -> Result<Answer, OriginError>;
}

/// What a player asks for, after it was found out what its playback id leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayPath {
    /// The key whose media it is.
    pub key: StreamKeyId,
    /// Which part of it the player may see.
    pub view: View,
    /// The rest of the path after the playback id: `index.m3u8`, or what a playlist names.
    pub resource: String,
}

/// Which part of a key's media a player may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// One session, all of it.
    Preview(SessionId),
    /// What was on air: from the segment that was open at `from`, over any number of sessions, to `until`.
    Broadcast {
        /// When it went on air.
        from: Timestamp,
        /// When it was over.
        until: Option<Timestamp>,
    },
}

/// An answer to a player.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The bytes.
    pub body: Body,
    /// Their media type.
    pub content_type: &'static str,
    /// How long others may keep them.
    pub freshness: Freshness,
    /// A text that changes when the bytes do.
    pub tag: Option<String>,
}

/// The bytes of an answer.
#[derive(Debug, Clone)]
pub enum Body {
    /// All there are, in pieces that are shared with every other player.
    Parts(Vec<Bytes>),
}

/// How long an answer stays good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// For ever: the address names these bytes.
    Immutable,
    /// To be asked again each time, with the tag.
    Revalidate,
}

/// Why a player gets nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OriginError {
    /// There is no such thing, or not any more.
    #[error("there is nothing to play at this address")]
    NotFound,
    /// There will be, soon.
    #[error("there is nothing to play yet")]
    NotYet,
}
