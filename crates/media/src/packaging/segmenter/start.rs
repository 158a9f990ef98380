//! The time before the first segment: waiting for a key frame, and a while for the other track.

use std::collections::VecDeque;
use std::time::Duration;

use super::input::{Frame, Input};
use crate::packaging::{PackagingSettings, Track};

/// Milliseconds of audio kept while video's first key frame is awaited.
const AUDIO_KEPT: i64 = 3_000;

/// Frames that wait for the first segment to begin.
#[derive(Debug, Default)]
pub(super) struct Start {
    queue: VecDeque<Frame>,
    first: Option<i64>,
    last: i64,
    bytes: usize,
    /// Pictures that came before a key frame.
    dropped: u64,
}

/// How the first segment begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begin {
    /// Where the session's timeline has its zero.
    pub(super) origin: i64,
    /// Milliseconds after that at which the first picture is shown.
    pub(super) presentation: i64,
    /// Whether there is video.
    pub(super) video: bool,
}

impl Start {
    /// Takes a frame, and says when the first segment can begin.
    pub(super) fn frame(
        &mut self,
        frame: Frame,
        input: &Input,
        settings: &PackagingSettings,
    ) -> Option<Begin> {
        self.first.get_or_insert(frame.at);
        self.last = self.last.max(frame.at);
        if frame.jumped {
            self.queue.clear();
            self.bytes = 0;
        }
        let (at, track) = (frame.at, frame.track);
        let has_picture = self.queue.iter().any(|queued| queued.track == Track::Video);
        if frame.key || has_picture {
            self.bytes += frame.data.len();
            self.queue.push_back(frame);
        } else {
            self.dropped += 1;
        }
        let picture = self.queue.iter().find(|queued| queued.track == Track::Video);
        let sound = self.queue.iter().find(|queued| queued.track == Track::Audio);
        let waited =
            |since: i64| Duration::from_millis(u64::try_from(at - since).unwrap_or(0)) >= settings.track_wait;
        let first = match (picture, sound) {
            (Some(picture), _) if input.audio.is_some() || waited(picture.at) => picture,
            (None, Some(sound)) if input.video.is_none() && waited(sound.at) => sound,
            (None, Some(sound)) if track == Track::Audio && sound.at < at - AUDIO_KEPT => {
                let dropped = self.queue.pop_front();
                self.bytes -= dropped.map_or(0, |frame| frame.data.len());
                return None;
            }
            _ => return None,
        };
        Some(Begin {
            origin: first.at,
            presentation: i64::from(first.composition_offset),
            video: first.track == Track::Video,
        })
    }

    /// The frames that have waited, in the order in which they came.
    pub(super) fn take(&mut self) -> VecDeque<Frame> {
        std::mem::take(&mut self.queue)
    }

    /// Pictures that came before the first key frame.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Bytes that wait.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether media has come for so long without a beginning.
    pub(super) fn exceeds(&self, limit: Duration) -> bool {
        let passed = self.first.map_or(0, |first| self.last - first);
        Duration::from_millis(u64::try_from(passed).unwrap_or(0)) >= limit
    }
}
