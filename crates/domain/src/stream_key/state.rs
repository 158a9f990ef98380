//! The stream key's state machine: what each event does in each state.

use crate::text::named_enum;
use crate::{Transition, TransitionError};

named_enum! {
    /// What a stream key is doing.
    StreamKeyState {
        /// Nobody publishes with it, and no broadcast is open on it.
        Inactive = "INACTIVE",
        /// A publisher is connected; nothing is playable yet.
        ActivePrep = "ACTIVE_PREP",
        /// Playable, for its owner only (preview).
        Active = "ACTIVE",
        /// Playable, and on air through a video room.
        ActiveLive = "ACTIVE_LIVE",
        /// On air, but the publisher is gone.
        InactiveLive = "INACTIVE_LIVE",
        /// On air, the publisher is back, not playable yet.
        ActiveLivePrep = "ACTIVE_LIVE_PREP",
    }
}

/// What can happen to a stream key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKeyEvent {
    /// A publisher was accepted.
    IngestStarted,
    /// The first segment is complete.
    BecamePlayable,
    /// The publisher is gone, in whatever way.
    IngestStopped,
    /// A room goes on air with it.
    Start,
    /// Its room ends in the ordinary way.
    End,
    /// The app ends whatever goes on, at once.
    ForceTerminate,
    /// The app wants another key string.
    Reissue,
    /// The room that is on air with it is deleted.
    DeleteRoom,
}

impl StreamKeyEvent {
    /// Every event.
    pub const ALL: &'static [Self] = &[
        Self::IngestStarted,
        Self::BecamePlayable,
        Self::IngestStopped,
        Self::Start,
        Self::End,
        Self::ForceTerminate,
        Self::Reissue,
        Self::DeleteRoom,
    ];
}

impl StreamKeyState {
    /// The state after `event`, or why the event is refused. Media facts that say nothing new are no refusals:
    /// they change nothing.
    pub const fn on(self, event: StreamKeyEvent) -> Result<Transition<Self>, TransitionError> {
        use StreamKeyState::{Active, ActiveLive, ActiveLivePrep, ActivePrep, Inactive, InactiveLive};
        use Transition::{To, Unchanged};
        match event {
            StreamKeyEvent::IngestStarted => match self {
                Inactive => Ok(To(ActivePrep)),
                InactiveLive => Ok(To(ActiveLivePrep)),
                ActivePrep | Active | ActiveLive | ActiveLivePrep => Err(TransitionError::AlreadyPublishing),
            },
            StreamKeyEvent::BecamePlayable => match self {
                ActivePrep => Ok(To(Active)),
                ActiveLivePrep => Ok(To(ActiveLive)),
                Inactive | Active | ActiveLive | InactiveLive => Ok(Unchanged),
            },
            StreamKeyEvent::IngestStopped => match self {
                ActivePrep | Active => Ok(To(Inactive)),
                ActiveLive | ActiveLivePrep => Ok(To(InactiveLive)),
                Inactive | InactiveLive => Ok(Unchanged),
            },
            StreamKeyEvent::Start => match self {
                Active => Ok(To(ActiveLive)),
                Inactive | ActivePrep | ActiveLive | InactiveLive | ActiveLivePrep => {
                    Err(TransitionError::StreamKeyStateNotActive)
                }
            },
            StreamKeyEvent::End => match self {
                InactiveLive => Ok(To(Inactive)),
                Inactive | ActivePrep | Active | ActiveLive | ActiveLivePrep => {
                    Err(TransitionError::StreamKeyStateNotInactiveLive)
                }
            },
            StreamKeyEvent::ForceTerminate => match self {
                Inactive => Ok(Unchanged),
                ActivePrep | Active | ActiveLive | InactiveLive | ActiveLivePrep => Ok(To(Inactive)),
            },
            StreamKeyEvent::Reissue => match self {
                Inactive => Ok(Unchanged),
                ActivePrep | Active | ActiveLive | InactiveLive | ActiveLivePrep => {
                    Err(TransitionError::StreamKeyStateNotInactive)
                }
            },
            StreamKeyEvent::DeleteRoom => match self {
                ActiveLive | InactiveLive | ActiveLivePrep => Ok(To(Inactive)),
                Inactive | ActivePrep | Active => Ok(Unchanged),
            },
        }
    }

    /// Whether a publisher holds the key in this state.
    pub const fn is_publishing(self) -> bool {
        match self {
            Self::ActivePrep | Self::Active | Self::ActiveLive | Self::ActiveLivePrep => true,
            Self::Inactive | Self::InactiveLive => false,
        }
    }

    /// Whether a room is bound to the key in this state.
    pub const fn is_on_air(self) -> bool {
        match self {
            Self::ActiveLive | Self::InactiveLive | Self::ActiveLivePrep => true,
            Self::Inactive | Self::ActivePrep | Self::Active => false,
        }
    }

    /// Whether there is something to play in this state.
    pub const fn is_playable(self) -> bool {
        match self {
            Self::Active | Self::ActiveLive => true,
            Self::Inactive | Self::ActivePrep | Self::InactiveLive | Self::ActiveLivePrep => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StreamKeyEvent as E;
    use super::StreamKeyState::{self, *};
    use crate::Transition::{To, Unchanged};
    use crate::TransitionError::*;

    /// The table of the contract, written out: a row an event, a column a state, in the order of declaration.
    #[test]
    fn every_event_in_every_state_does_what_the_contract_says() {
        let busy = Err(AlreadyPublishing);
        let not_active = Err(StreamKeyStateNotActive);
        let not_interrupted = Err(StreamKeyStateNotInactiveLive);
        let in_use = Err(StreamKeyStateNotInactive);
        let same = Ok(Unchanged);
        let to = |s| Ok(To(s));
        // INACTIVE, ACTIVE_PREP, ACTIVE, ACTIVE_LIVE, INACTIVE_LIVE, ACTIVE_LIVE_PREP
        let table = [
            (
                E::IngestStarted,
                [to(ActivePrep), busy, busy, busy, to(ActiveLivePrep), busy],
            ),
            (
                E::BecamePlayable,
                [same, to(Active), same, same, same, to(ActiveLive)],
            ),
            (
                E::IngestStopped,
                [
                    same,
                    to(Inactive),
                    to(Inactive),
                    to(InactiveLive),
                    same,
                    to(InactiveLive),
                ],
            ),
            (
                E::Start,
                [
                    not_active,
                    not_active,
                    to(ActiveLive),
                    not_active,
                    not_active,
                    not_active,
                ],
            ),
            (
                E::End,
                [
                    not_interrupted,
                    not_interrupted,
                    not_interrupted,
                    not_interrupted,
                    to(Inactive),
                    not_interrupted,
                ],
            ),
            (
                E::ForceTerminate,
                [
                    same,
                    to(Inactive),
                    to(Inactive),
                    to(Inactive),
                    to(Inactive),
                    to(Inactive),
                ],
            ),
            (E::Reissue, [same, in_use, in_use, in_use, in_use, in_use]),
            (
                E::DeleteRoom,
                [same, same, same, to(Inactive), to(Inactive), to(Inactive)],
            ),
        ];
        assert_eq!(table.len(), StreamKeyEvent::ALL.len());
        for (event, row) in table {
            for (state, expected) in StreamKeyState::ALL.iter().zip(row) {
                assert_eq!(state.on(event), expected, "{event:?} in {state:?}");
            }
        }
    }

    use super::StreamKeyEvent;

    #[test]
    fn names_go_there_and_back() {
        for state in StreamKeyState::ALL {
            assert_eq!(StreamKeyState::from_name(state.name()), Ok(*state));
        }
        let error = StreamKeyState::from_name("LIVE").unwrap_err();
        assert_eq!(
            error.to_string(),
            r#""LIVE" is not one of INACTIVE, ACTIVE_PREP, ACTIVE, ACTIVE_LIVE, INACTIVE_LIVE, ACTIVE_LIVE_PREP"#
        );
    }
}
