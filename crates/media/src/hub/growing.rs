//! A segment that is handed out while it is being made: what there is at once, then each part as it comes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, unfold};
use tokio::sync::watch;

use super::channel::Channel;
use crate::SessionId;
use crate::packaging::Track;

/// What was to follow is not there any more. Whoever hears it must not take what came before for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rest is not there any more")]
pub struct Cut;

/// A segment from its first part to its last, however long that takes.
#[derive(Clone)]
pub struct Growing {
    pub(super) channel: Arc<Channel>,
    pub(super) session: SessionId,
    pub(super) track: Track,
    pub(super) number: u64,
}

impl fmt::Debug for Growing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Growing")
            .field("session", &self.session)
            .field("track", &self.track)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Growing {
    fn eq(&self, other: &Self) -> bool {
        let name = |segment: &Self| (segment.session, segment.track, segment.number);
        Arc::ptr_eq(&self.channel, &other.channel) && name(self) == name(other)
    }
}

impl Eq for Growing {}

/// How far one viewer has got.
struct Reader {
    segment: Growing,
    changes: watch::Receiver<u64>,
    next: usize,
    /// Parts that are there: at most those of one segment, which are shared.
    ready: VecDeque<Bytes>,
    over: bool,
}

impl Growing {
    /// The parts in order. Its memory is a place in the segment.
    pub fn into_stream(self) -> BoxStream<'static, Result<Bytes, Cut>> {
        let reader = Reader {
            changes: self.channel.changes(),
            segment: self,
            next: 0,
            ready: VecDeque::new(),
            over: false,
        };
        Box::pin(unfold(reader, |mut reader| async move {
            let item = reader.next().await?;
            Some((item, reader))
        }))
    }
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        loop {
            if let Some(part) = self.ready.pop_front() {
                return Some(Ok(part));
            }
            if self.over {
                return None;
            }
            self.changes.borrow_and_update();
            let Growing {
                channel,
                session,
                track,
                number,
            } = &self.segment;
            let Some((parts, complete)) = channel.parts_from(*session, *track, *number, self.next) else {
                self.over = true;
                return Some(Err(Cut));
            };
            self.next += parts.len();
            self.ready = parts;
            self.over = complete;
            if self.ready.is_empty() && !complete && self.changes.changed().await.is_err() {
                self.over = true;
                return Some(Err(Cut));
            }
        }
    }
}
