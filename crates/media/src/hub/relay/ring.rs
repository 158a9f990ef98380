//! The last messages of a channel, numbered without end.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use crate::{MediaKind, SessionId, UnixMicros};

/// What is kept at most, in bytes: a group of pictures of 10 s at 12 Mbit/s.
const MOST_BYTES: usize = 16 << 20;

/// How much is kept beyond the newest group of pictures, in milliseconds, for players that lag.
const KEPT: i64 = 12_000;

/// What a decoder needs before the first frame, as it came from the publisher.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers {
    /// `onMetaData`.
    pub(super) metadata: Option<Bytes>,
    pub(super) video: Option<Bytes>,
    pub(super) audio: Option<Bytes>,
}

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) session: SessionId,
    pub(super) kind: MediaKind,
    /// Milliseconds on the session's timeline.
    pub(super) at: i64,
    pub(super) arrived: UnixMicros,
    /// There where a player can begin: what it needs before.
    pub(super) entry: Option<Arc<Headers>>,
    pub(super) payload: Bytes,
}

#[derive(Debug, Default)]
pub(super) struct Ring {
    /// The number of the first tag.
    first: u64,
    tags: VecDeque<Tag>,
    bytes: usize,
    /// The number of the newest tag where a player can begin.
    newest_entry: Option<u64>,
}

impl Ring {
    /// Adds a tag, and forgets what is too old.
    pub(super) fn push(&mut self, tag: Tag) {
        let number = self.end();
        if tag.entry.is_some() {
            self.newest_entry = Some(number);
        }
        let (session, at) = (tag.session, tag.at);
        self.bytes += tag.payload.len();
        self.tags.push_back(tag);
        while let Some(oldest) = self.tags.front() {
            let is_old = oldest.session != session || at - oldest.at > KEPT;
            let is_needed = self.newest_entry.is_some_and(|entry| entry <= self.first);
            if self.bytes <= MOST_BYTES && (!is_old || is_needed) {
                break;
            }
            self.bytes -= oldest.payload.len();
            self.tags.pop_front();
            self.first += 1;
            self.newest_entry = self.newest_entry.filter(|entry| *entry >= self.first);
        }
    }

    /// The number that the next tag will have.
    pub(super) fn end(&self) -> u64 {
        self.first + u64::try_from(self.tags.len()).unwrap_or(u64::MAX)
    }

    /// The tag of that number, if it is kept.
    pub(super) fn get(&self, number: u64) -> Option<&Tag> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.tags.get(index)
    }

    /// Whether a tag of that number was forgotten.
    pub(super) const fn has_lost(&self, number: u64) -> bool {
        number < self.first
    }

    /// The newest tag where a player can begin, if it is one that `seen` accepts.
    pub(super) fn entry(&self, seen: impl Fn(&Tag) -> bool) -> Option<u64> {
        self.newest_entry
            .filter(|number| self.get(*number).is_some_and(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(at: i64, key: bool, bytes: usize) -> Tag {
        Tag {
            session: SessionId(1),
            kind: MediaKind::Video,
            at,
            arrived: UnixMicros(at * 1_000),
            entry: key.then(Arc::default),
            payload: vec![0; bytes].into(),
        }
    }

    #[test]
    fn old_groups_are_forgotten_and_the_newest_is_kept_however_long_it_is() {
        let mut ring = Ring::default();
        for at in (0..60_000).step_by(100) {
            ring.push(tag(at, at % 2_000 == 0 && at <= 30_000, 10));
        }
        assert_eq!(ring.entry(|_| true), Some(300));
        assert_eq!(ring.get(300).unwrap().at, 30_000);
        assert!(ring.has_lost(299));
    }

    #[test]
    fn bytes_are_bounded_whatever_comes() {
        let mut ring = Ring::default();
        for at in 0..100 {
            ring.push(tag(at, at == 0, 1 << 20));
        }
        assert!(ring.bytes <= MOST_BYTES);
        assert_eq!(
            ring.entry(|_| true),
            None,
            "who joins waits for the next key frame"
        );
    }
}
