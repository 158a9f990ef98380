//! Every function of the rule, in every state of the key and of the room.

use domain::StreamKeyState::{Active, ActiveLive, ActiveLivePrep, ActivePrep, Inactive, InactiveLive};
use domain::TransitionError::{self, AlreadyPublishing};
use domain::VideoRoomState::{Ended, Live, LiveInactive};
use domain::broadcast::{
    auto_end, became_playable, cancel, delete_member, delete_room, end, force_terminate, ingest_started,
    ingest_stopped, recording_ready, reissue, start, take_over,
};
use domain::{
    EntityState, SessionId, StreamKey, StreamKeyRecord, StreamKeyState, VideoRoom, VideoRoomId,
    VideoRoomRecord, VideoRoomState, VideoRoomType,
};

use crate::fixture::{at, key_in, member, new_session, playback_id, room_in, secret};

const RTMP: VideoRoomType = VideoRoomType::BroadcastRtmp;

/// The key that stands beside a room in a use case: none, a deleted one, or one in a state.
fn keys() -> Vec<Option<StreamKey>> {
    let room = VideoRoomId::new(1);
    let states = StreamKeyState::ALL.iter().map(|state| Some(key_in(*state, room)));
    let deleted = StreamKey::restore(StreamKeyRecord {
        entity_state: EntityState::Deleted,
        ..key_in(Inactive, room).into_record()
    });
    [None, Some(deleted.unwrap())].into_iter().chain(states).collect()
}

fn is_there(key: Option<&StreamKey>) -> bool {
    key.is_some_and(|key| key.record().entity_state == EntityState::Active)
}

/// Runs `rule` on every room and every key, and compares its refusal with the first of `expected` that applies.
fn refusals_come_in_order(
    rule: impl Fn(&mut VideoRoom, Option<&mut StreamKey>) -> Result<(), TransitionError>,
    expected: impl Fn(&VideoRoom, Option<&StreamKey>) -> Option<TransitionError>,
) {
    let mut allowed = 0;
    for kind in VideoRoomType::ALL {
        for state in VideoRoomState::ALL {
            for key in keys() {
                let (before, mut room, mut moved) =
                    (room_in(*state, *kind), room_in(*state, *kind), key.clone());
                let refusal = rule(&mut room, moved.as_mut()).err();
                let expected = expected(&before, key.as_ref());
                assert_eq!(refusal, expected, "{kind:?} {state:?} {key:?}");
                if refusal.is_some() {
                    assert_eq!((room, moved), (before, key), "a refusal changes nothing");
                } else {
                    allowed += 1;
                }
            }
        }
    }
    assert_eq!(allowed, 1, "there is one way");
}

#[test]
fn start_refuses_in_the_order_of_the_contract() {
    refusals_come_in_order(
        |room, key| start(room, key, playback_id(5), at(9)).map(drop),
        |room, key| {
            let room = room.record();
            if room.kind != RTMP {
                Some(TransitionError::VideoRoomTypeNotBroadcastRtmp)
            } else if room.state != VideoRoomState::Scheduled {
                Some(TransitionError::VideoRoomStateNotScheduled)
            } else if !is_there(key) {
                Some(TransitionError::StreamKeyNotFound)
            } else if key.is_none_or(|key| key.record().state != Active) {
                Some(TransitionError::StreamKeyStateNotActive)
            } else {
                None
            }
        },
    );
}

#[test]
fn end_refuses_in_the_order_of_the_contract() {
    refusals_come_in_order(
        |room, key| end(room, key, at(9)).map(drop),
        |room, key| {
            let room = room.record();
            if room.kind != RTMP {
                Some(TransitionError::VideoRoomTypeNotBroadcastRtmp)
            } else if room.state != LiveInactive {
                Some(TransitionError::VideoRoomStateNotLiveInactive)
            } else if !is_there(key) {
                Some(TransitionError::StreamKeyNotFound)
            } else if key.is_none_or(|key| key.record().state != InactiveLive) {
                Some(TransitionError::StreamKeyStateNotInactiveLive)
            } else {
                None
            }
        },
    );
}

#[test]
fn cancel_refuses_in_the_order_of_the_contract() {
    for kind in VideoRoomType::ALL {
        for state in VideoRoomState::ALL {
            let mut room = room_in(*state, *kind);
            let expected = match (*kind, *state) {
                (RTMP, VideoRoomState::Scheduled) => Ok(VideoRoomState::Cancelled),
                (RTMP, _) => Err(TransitionError::VideoRoomStateNotScheduled),
                _ => Err(TransitionError::VideoRoomTypeNotBroadcastRtmp),
            };
            let answer = cancel(&mut room, at(9)).map(|_| room.record().state);
            assert_eq!(answer, expected, "{kind:?} {state:?}");
            assert_eq!(
                room.record().cancelled_at.is_some(),
                room.record().state == VideoRoomState::Cancelled
            );
        }
    }
}

#[test]
fn a_recording_archives_an_ended_room_only() {
    for state in VideoRoomState::ALL {
        let mut room = room_in(*state, RTMP);
        let changes = recording_ready(&mut room, at(9));
        let moved = *state == Ended;
        assert_eq!(changes.is_empty(), !moved, "{state:?}");
        let expected = if moved { VideoRoomState::Archived } else { *state };
        assert_eq!(room.record().state, expected);
    }
}

/// A key and the room bound to it after a rule, or its refusal.
type After = Result<(StreamKeyState, Option<VideoRoomState>), TransitionError>;

/// Runs `rule` on each state of a key with the room that is bound to it then, in the order of declaration:
/// `INACTIVE`, `ACTIVE_PREP`, `ACTIVE`, `ACTIVE_LIVE`, `INACTIVE_LIVE`, `ACTIVE_LIVE_PREP`.
fn pairs_become(
    rule: impl Fn(&mut StreamKey, Option<&mut VideoRoom>) -> Result<(), TransitionError>,
    expected: [After; 6],
) {
    for (state, expected) in StreamKeyState::ALL.iter().zip(expected) {
        let bound = match state {
            Inactive | ActivePrep | Active => None,
            ActiveLive => Some(Live),
            InactiveLive | ActiveLivePrep => Some(LiveInactive),
        };
        let mut key = key_in(*state, VideoRoomId::new(1));
        let mut room = bound.map(|state| room_in(state, RTMP));
        let answer = rule(&mut key, room.as_mut());
        let after = answer.map(|()| (key.record().state, room.as_ref().map(|room| room.record().state)));
        assert_eq!(after, expected, "{state:?}");
        assert!(
            StreamKey::restore(key.record().clone()).is_ok(),
            "{state:?} becomes {key:?}"
        );
        if let Some(room) = room {
            assert!(VideoRoom::restore(room.record().clone()).is_ok(), "{room:?}");
        }
    }
}

/// What the three states without and the three with a room become when the key is freed.
const FREED: [After; 6] = [
    Ok((Inactive, None)),
    Ok((Inactive, None)),
    Ok((Inactive, None)),
    Ok((Inactive, Some(Ended))),
    Ok((Inactive, Some(Ended))),
    Ok((Inactive, Some(Ended))),
];

#[test]
fn ingest_is_let_in_where_nobody_publishes() {
    pairs_become(
        |key, _| ingest_started(key, new_session(2), at(9)).map(drop),
        [
            Ok((ActivePrep, None)),
            Err(AlreadyPublishing),
            Err(AlreadyPublishing),
            Err(AlreadyPublishing),
            Ok((ActiveLivePrep, Some(LiveInactive))),
            Err(AlreadyPublishing),
        ],
    );
}

#[test]
fn what_becomes_playable_becomes_active_and_its_room_live() {
    pairs_become(
        |key, room| {
            became_playable(key, room, SessionId::new(1), at(9));
            Ok(())
        },
        [
            Ok((Inactive, None)),
            Ok((Active, None)),
            Ok((Active, None)),
            Ok((ActiveLive, Some(Live))),
            Ok((InactiveLive, Some(LiveInactive))),
            Ok((ActiveLive, Some(Live))),
        ],
    );
}

#[test]
fn stopped_ingest_leaves_the_broadcast_open() {
    pairs_become(
        |key, room| {
            ingest_stopped(key, room, SessionId::new(1), None, at(9));
            Ok(())
        },
        [
            Ok((Inactive, None)),
            Ok((Inactive, None)),
            Ok((Inactive, None)),
            Ok((InactiveLive, Some(LiveInactive))),
            Ok((InactiveLive, Some(LiveInactive))),
            Ok((InactiveLive, Some(LiveInactive))),
        ],
    );
}

#[test]
fn takeover_puts_a_new_session_where_the_silent_one_was() {
    pairs_become(
        |key, room| {
            let changes = take_over(key, room, SessionId::new(1), new_session(2), at(9))?;
            assert_eq!(changes.disconnect, Some(SessionId::new(1)));
            assert_eq!(key.record().session, Some(SessionId::new(2)));
            Ok(())
        },
        [
            Err(AlreadyPublishing),
            Ok((ActivePrep, None)),
            Ok((ActivePrep, None)),
            Ok((ActiveLivePrep, Some(LiveInactive))),
            Err(AlreadyPublishing),
            Ok((ActiveLivePrep, Some(LiveInactive))),
        ],
    );
}

#[test]
fn force_terminate_ends_whatever_goes_on() {
    pairs_become(
        |key, room| {
            let idle = key.record().state == Inactive;
            let changes = force_terminate(key, room, secret(7), at(9));
            assert_eq!(changes.is_empty(), idle);
            assert_eq!(
                key.record().secret == secret(7),
                !idle,
                "a key in use gets another string"
            );
            assert_eq!(key.record().forcibly_terminated, !idle);
            Ok(())
        },
        FREED,
    );
}

#[test]
fn delete_member_force_terminates_and_deletes_the_key() {
    pairs_become(
        |key, room| {
            let mut owner = member(1);
            delete_member(&mut owner, key, room, secret(7), at(9));
            assert_eq!(owner.state, EntityState::Deleted);
            assert_eq!(key.record().entity_state, EntityState::Deleted);
            Ok(())
        },
        FREED,
    );
}

#[test]
fn delete_room_frees_the_key_that_it_is_on_air_with_and_no_other() {
    for state in StreamKeyState::ALL {
        let own = VideoRoomId::new(1);
        let bound = if *state == ActiveLive { Live } else { LiveInactive };
        let bound = if state.is_on_air() {
            bound
        } else {
            VideoRoomState::Scheduled
        };
        let (mut key, mut room) = (key_in(*state, own), room_in(bound, RTMP));
        let changes = delete_room(&mut room, Some(&mut key), at(9));
        assert_eq!(room.record().entity_state, EntityState::Deleted);
        assert_eq!(key.record().secret, secret(1), "the key string stays");
        let (key_after, room_after) = if state.is_on_air() {
            (Inactive, Ended)
        } else {
            (*state, VideoRoomState::Scheduled)
        };
        assert_eq!(
            (key.record().state, room.record().state),
            (key_after, room_after),
            "{state:?}"
        );
        let sent_off = state.is_on_air() && state.is_publishing();
        assert_eq!(
            changes.disconnect,
            sent_off.then(|| SessionId::new(1)),
            "{state:?}"
        );
        assert!(VideoRoom::restore(room.record().clone()).is_ok());
        assert!(StreamKey::restore(key.record().clone()).is_ok());

        let (mut busy, mut other) = (
            key_in(*state, VideoRoomId::new(2)),
            room_in(VideoRoomState::Scheduled, RTMP),
        );
        let changes = delete_room(&mut other, Some(&mut busy), at(9));
        assert!(changes.is_empty());
        assert_eq!(
            busy,
            key_in(*state, VideoRoomId::new(2)),
            "another room's key is left alone"
        );
    }
}

#[test]
fn reissue_is_for_inactive_keys() {
    let in_use = Err(TransitionError::StreamKeyStateNotInactive);
    pairs_become(
        |key, _| {
            let answer = reissue(key, secret(7), at(9));
            assert_eq!(key.record().secret == secret(7), answer.is_ok());
            answer
        },
        [Ok((Inactive, None)), in_use, in_use, in_use, in_use, in_use],
    );
}

#[test]
fn deleted_key_lets_nobody_in() {
    let Some(Some(mut key)) = keys().into_iter().nth(1) else {
        panic!("the second key is a deleted one");
    };
    let not_found = Err(TransitionError::StreamKeyNotFound);
    assert_eq!(
        ingest_started(&mut key, new_session(2), at(9)).map(drop),
        not_found
    );
    assert_eq!(reissue(&mut key, secret(7), at(9)), not_found);
}

#[test]
fn auto_end_ends_what_has_been_interrupted_for_long_enough_and_nothing_else() {
    for state in VideoRoomState::ALL {
        for key in StreamKeyState::ALL {
            for (since, long_enough) in [(at(6), false), (at(7), true), (at(8), true)] {
                let room = VideoRoom::restore(VideoRoomRecord {
                    interrupted_at: Some(at(7)),
                    ..room_in(*state, RTMP).into_record()
                });
                let mut room = room.unwrap();
                let mut key = key_in(*key, room.record().id);
                let before = (room.clone(), key.clone());
                let ends = long_enough && *state == LiveInactive && key.record().state == InactiveLive;
                let changes = auto_end(&mut room, Some(&mut key), since, at(9));
                assert_eq!(!changes.is_empty(), ends, "{before:?}");
                if ends {
                    assert_eq!((room.record().state, key.record().state), (Ended, Inactive));
                    assert_eq!(room.record().live_ended_at, Some(at(9)));
                    assert_eq!(room.record().interrupted_at, None);
                } else {
                    assert_eq!((room, key), before);
                }
            }
        }
    }
}

#[test]
fn an_interruption_begins_with_the_stop_and_a_description_does_not_move_it() {
    let mut room = room_in(Live, RTMP);
    let mut key = key_in(ActiveLive, room.record().id);
    let session = key.record().session.unwrap();
    ingest_stopped(&mut key, Some(&mut room), session, None, at(20));
    let title = domain::VideoRoomChange {
        title: domain::Title::new("t").ok(),
        ..Default::default()
    };
    room.change(title, at(30)).unwrap();
    assert_eq!(room.record().interrupted_at, Some(at(20)));
    ingest_started(&mut key, new_session(8), at(40)).unwrap();
    assert_eq!(room.record().interrupted_at, Some(at(20)), "not playable yet");
    became_playable(&mut key, Some(&mut room), SessionId::new(8), at(50));
    assert_eq!(room.record().interrupted_at, None);
}
