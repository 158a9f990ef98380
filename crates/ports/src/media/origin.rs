//! The played side: what players ask for.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{SessionId, StreamKeyId, Timestamp};
use futures_util::stream::BoxStream;
use thiserror::Error;

use super::Directives;

/// Holds what can be played.
#[async_trait]
pub trait Origin: Send + Sync {
    /// Answers a player, perhaps after waiting for media that is about to come: what a playlist hints at, or what the
    /// directives name. Never touches the store; may be dropped at any time.
    async fn fetch(&self, path: &PlayPath, directives: Directives) -> Result<Answer, OriginError>;
    /// For how long media can be played when its broadcast is over.
    fn lingers(&self) -> Duration;
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
#[derive(Debug)]
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
pub enum Body {
    /// All there are, in pieces that are shared with every other player.
    Parts(Vec<Bytes>),
    /// Those that come while they are being made, to an end that is not known.
    Endless(BoxStream<'static, Result<Bytes, Cut>>),
    /// None: the process at this address has the media, under the same path.
    Elsewhere(String),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parts(parts) => f.debug_tuple("Parts").field(parts).finish(),
            Self::Endless(_) => f.write_str("Endless"),
            Self::Elsewhere(url) => f.debug_tuple("Elsewhere").field(url).finish(),
        }
    }
}

/// The rest of an endless body is not there any more: what came of it is not the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the rest is not there any more")]
pub struct Cut;

/// How long an answer stays good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// For ever: the address names these bytes.
    Immutable,
    /// For so long: the address names the state of a playlist that changes.
    For(Duration),
    /// To be asked again each time, with the tag.
    Revalidate,
    /// Not at all: nobody may keep it.
    Never,
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
    /// What the player waits for is so far in the future that it can't know of it.
    #[error("_HLS_msn and _HLS_part are too far in the future")]
    TooFar,
}
