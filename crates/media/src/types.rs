//! The words that every part of the engine shares.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

/// What a publisher publishes to, over any number of sessions: opaque to the engine (the platform uses the
/// stream key's id).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(pub i64);

/// One connection of a publisher to a channel. Its text form, 16 hexadecimal digits, is part of segment URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub i64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Wall-clock time in microseconds since the Unix epoch. The cores take it as an argument, so that tests can fix it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnixMicros(pub i64);

impl UnixMicros {
    /// The system's clock, read now.
    pub fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// Time passed since `earlier`; zero if the clock went back.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Which of a publisher's three kinds of media message this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// RTMP message type 8, the body of an FLV audio tag.
    Audio,
    /// RTMP message type 9, the body of an FLV video tag.
    Video,
    /// RTMP message type 18 (AMF0 data), such as `onMetaData`.
    Data,
}

/// One media message as it came from a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Audio, video or data.
    pub kind: MediaKind,
    /// Milliseconds on the publisher's 32-bit clock, which wraps around.
    pub timestamp: u32,
    /// The body of the FLV tag, owned once and shared from here on.
    pub payload: Bytes,
}

/// What is made of a session's media.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// CMAF, as HLS and DASH.
    #[default]
    Packaged,
    /// What came, as RTMP and HTTP-FLV.
    Relayed,
    /// All of it.
    Both,
}

impl Delivery {
    /// Whether there is CMAF.
    pub const fn packages(self) -> bool {
        matches!(self, Self::Packaged | Self::Both)
    }

    /// Whether there is RTMP and HTTP-FLV.
    pub const fn relays(self) -> bool {
        matches!(self, Self::Relayed | Self::Both)
    }
}
