//! The video room's state machine: what each event does in each state.

use crate::text::named_enum;
use crate::{Transition, TransitionError};

named_enum! {
    /// What a video room is doing.
    VideoRoomState {
        /// Made, not started.
        Scheduled = "SCHEDULED",
        /// On air.
        Live = "LIVE",
        /// On air, but the stream is interrupted.
        LiveInactive = "LIVE_INACTIVE",
        /// An open room of a type without a schedule.
        Active = "ACTIVE",
        /// Over.
        Ended = "ENDED",
        /// Over, and its recording can be played.
        Archived = "ARCHIVED",
        /// Called off before it started.
        Cancelled = "CANCELLED",
    }
}

/// What can happen to a video room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoRoomEvent {
    /// The app puts it on air.
    Start,
    /// Its stream can be played again.
    BecamePlayable,
    /// Its stream is gone.
    IngestStopped,
    /// The app ends it.
    End,
    /// It is ended by force, with its key, its member or its record.
    Terminate,
    /// The app calls it off.
    Cancel,
    /// Its recording can be played.
    RecordingReady,
}

impl VideoRoomEvent {
    /// Every event.
    pub const ALL: &'static [Self] = &[
        Self::Start,
        Self::BecamePlayable,
        Self::IngestStopped,
        Self::End,
        Self::Terminate,
        Self::Cancel,
        Self::RecordingReady,
    ];
}

impl VideoRoomState {
    /// The state after `event`, or why the event is refused.
    pub const fn on(self, event: VideoRoomEvent) -> Result<Transition<Self>, TransitionError> {
        use Transition::{To, Unchanged};
        use VideoRoomState::{Active, Archived, Cancelled, Ended, Live, LiveInactive, Scheduled};
        match event {
            VideoRoomEvent::Start => match self {
                Scheduled => Ok(To(Live)),
                Live | LiveInactive | Active | Ended | Archived | Cancelled => {
                    Err(TransitionError::VideoRoomStateNotScheduled)
                }
            },
            VideoRoomEvent::BecamePlayable => match self {
                LiveInactive => Ok(To(Live)),
                Scheduled | Live | Active | Ended | Archived | Cancelled => Ok(Unchanged),
            },
            VideoRoomEvent::IngestStopped => match self {
                Live => Ok(To(LiveInactive)),
                Scheduled | LiveInactive | Active | Ended | Archived | Cancelled => Ok(Unchanged),
            },
            VideoRoomEvent::End => match self {
                LiveInactive => Ok(To(Ended)),
                Scheduled | Live | Active | Ended | Archived | Cancelled => {
                    Err(TransitionError::VideoRoomStateNotLiveInactive)
                }
            },
            VideoRoomEvent::Terminate => match self {
                Live | LiveInactive => Ok(To(Ended)),
                Scheduled | Active | Ended | Archived | Cancelled => Ok(Unchanged),
            },
            VideoRoomEvent::Cancel => match self {
                Scheduled => Ok(To(Cancelled)),
                Live | LiveInactive | Active | Ended | Archived | Cancelled => {
                    Err(TransitionError::VideoRoomStateNotScheduled)
                }
            },
            VideoRoomEvent::RecordingReady => match self {
                Ended => Ok(To(Archived)),
                Scheduled | Live | LiveInactive | Active | Archived | Cancelled => Ok(Unchanged),
            },
        }
    }

    /// Whether the room is still to begin.
    pub const fn is_scheduled(self) -> bool {
        match self {
            Self::Scheduled => true,
            Self::Live
            | Self::LiveInactive
            | Self::Active
            | Self::Ended
            | Self::Archived
            | Self::Cancelled => false,
        }
    }

    /// Whether the room is on air without a stream.
    pub const fn is_interrupted(self) -> bool {
        match self {
            Self::LiveInactive => true,
            Self::Scheduled | Self::Live | Self::Active | Self::Ended | Self::Archived | Self::Cancelled => {
                false
            }
        }
    }

    /// Whether the room is on air, interrupted or not.
    pub const fn is_on_air(self) -> bool {
        match self {
            Self::Live | Self::LiveInactive => true,
            Self::Scheduled | Self::Active | Self::Ended | Self::Archived | Self::Cancelled => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VideoRoomEvent::{self as E};
    use super::VideoRoomState::{self, *};
    use crate::Transition::{To, Unchanged};
    use crate::TransitionError::*;

    /// The table of the contract, written out: a row an event, a column a state, in the order of declaration.
    #[test]
    fn every_event_in_every_state_does_what_the_contract_says() {
        let not_scheduled = Err(VideoRoomStateNotScheduled);
        let not_interrupted = Err(VideoRoomStateNotLiveInactive);
        let same = Ok(Unchanged);
        let to = |s| Ok(To(s));
        // SCHEDULED, LIVE, LIVE_INACTIVE, ACTIVE, ENDED, ARCHIVED, CANCELLED
        let table = [
            (
                E::Start,
                [
                    to(Live),
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                ],
            ),
            (E::BecamePlayable, [same, same, to(Live), same, same, same, same]),
            (
                E::IngestStopped,
                [same, to(LiveInactive), same, same, same, same, same],
            ),
            (
                E::End,
                [
                    not_interrupted,
                    not_interrupted,
                    to(Ended),
                    not_interrupted,
                    not_interrupted,
                    not_interrupted,
                    not_interrupted,
                ],
            ),
            (E::Terminate, [same, to(Ended), to(Ended), same, same, same, same]),
            (
                E::Cancel,
                [
                    to(Cancelled),
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                    not_scheduled,
                ],
            ),
            (
                E::RecordingReady,
                [same, same, same, same, to(Archived), same, same],
            ),
        ];
        assert_eq!(table.len(), E::ALL.len());
        for (event, row) in table {
            for (state, expected) in VideoRoomState::ALL.iter().zip(row) {
                assert_eq!(state.on(event), expected, "{event:?} in {state:?}");
            }
        }
    }
}
