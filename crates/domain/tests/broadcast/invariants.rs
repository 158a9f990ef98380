//! Over random histories of several keys, rooms and sessions: what must always hold, does.

use std::collections::BTreeSet;

use domain::StreamKeyState::{ActiveLive, ActiveLivePrep, InactiveLive};
use domain::{
    Changes, DomainEvent, EntityState, MediaFailure, Member, SessionId, StreamKey, StreamKeyState,
    TransitionError, VideoRoom, VideoRoomState, VideoRoomType, broadcast,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::fixture::{at, member, new_key, new_room, new_session, playback_id, secret};

/// Which session a media fact is about.
#[derive(Debug, Clone, Copy)]
enum Which {
    /// The key's own, if it has one.
    Current,
    /// One that was let in earlier, with whatever key.
    Earlier(usize),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    IngestStarted {
        key: usize,
    },
    BecamePlayable {
        key: usize,
        session: Which,
    },
    IngestStopped {
        key: usize,
        session: Which,
        failed: bool,
    },
    TakeOver {
        key: usize,
        silent: Which,
    },
    Start {
        room: usize,
    },
    End {
        room: usize,
    },
    ForceTerminate {
        key: usize,
    },
    Reissue {
        key: usize,
    },
    Cancel {
        room: usize,
    },
    RecordingReady {
        room: usize,
    },
    DeleteRoom {
        room: usize,
    },
    DeleteMember {
        key: usize,
    },
}

const MEMBERS: usize = 3;
const ROOMS: usize = 9;

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![4 => Just(Which::Current), 1 => (0..20_usize).prop_map(Which::Earlier)]
}

/// What keeps broadcasts going comes often, what ends things for good seldom.
fn step() -> impl Strategy<Value = Step> {
    let (key, room) = (0..MEMBERS, 0..ROOMS);
    prop_oneof![
        12 => key.clone().prop_map(|key| Step::IngestStarted { key }),
        12 => (key.clone(), which()).prop_map(|(key, session)| Step::BecamePlayable { key, session }),
        8 => (key.clone(), which(), any::<bool>())
            .prop_map(|(key, session, failed)| Step::IngestStopped { key, session, failed }),
        3 => (key.clone(), which()).prop_map(|(key, silent)| Step::TakeOver { key, silent }),
        16 => room.clone().prop_map(|room| Step::Start { room }),
        8 => room.clone().prop_map(|room| Step::End { room }),
        2 => key.clone().prop_map(|key| Step::ForceTerminate { key }),
        2 => key.clone().prop_map(|key| Step::Reissue { key }),
        1 => room.clone().prop_map(|room| Step::Cancel { room }),
        2 => room.clone().prop_map(|room| Step::RecordingReady { room }),
        2 => room.prop_map(|room| Step::DeleteRoom { room }),
        1 => key.prop_map(|key| Step::DeleteMember { key }),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct World {
    members: Vec<Member>,
    keys: Vec<StreamKey>,
    rooms: Vec<VideoRoom>,
    /// How many sessions there have been, all keys together; their numbers are 1 to this.
    sessions: i64,
    /// Counts the steps.
    clock: i64,
}

impl World {
    fn new() -> Self {
        let number = |index: usize| i64::try_from(index).unwrap() + 1;
        let room = |index: usize| {
            let last = index + 1 == ROOMS;
            let kind = if last {
                VideoRoomType::Webinar
            } else {
                VideoRoomType::BroadcastRtmp
            };
            new_room(number(index), number(index % MEMBERS), kind)
        };
        Self {
            members: (0..MEMBERS).map(|index| member(number(index))).collect(),
            keys: (0..MEMBERS).map(|index| new_key(number(index))).collect(),
            rooms: (0..ROOMS).map(room).collect(),
            sessions: 0,
            clock: 100,
        }
    }

    fn session(&self, key: usize, which: Which) -> SessionId {
        match which {
            Which::Current => self.keys[key].record().session.unwrap_or(SessionId::new(0)),
            Which::Earlier(n) => SessionId::new(i64::try_from(n).unwrap() % (self.sessions + 1)),
        }
    }

    /// Does a step as the application does: a key goes with the room bound to it, a room with its member's key.
    fn apply(&mut self, step: Step) -> Result<Changes, TransitionError> {
        self.clock += 1;
        let now = at(self.clock);
        match step {
            Step::IngestStarted { key } => {
                self.sessions += 1;
                broadcast::ingest_started(&mut self.keys[key], new_session(self.sessions), now)
            }
            Step::BecamePlayable { key, session } => {
                let session = self.session(key, session);
                let (key, room) = self.pair(key);
                Ok(broadcast::became_playable(key, room, session, now))
            }
            Step::IngestStopped { key, session, failed } => {
                let session = self.session(key, session);
                let (key, room) = self.pair(key);
                let failure = failed.then(|| MediaFailure {
                    message: "codec".to_owned(),
                    occurred_at: now,
                });
                Ok(broadcast::ingest_stopped(key, room, session, failure, now))
            }
            Step::TakeOver { key, silent } => {
                let silent = self.session(key, silent);
                self.sessions += 1;
                let session = new_session(self.sessions);
                let (key, room) = self.pair(key);
                broadcast::take_over(key, room, silent, session, now)
            }
            Step::Start { room } => {
                let playback = playback_id(1_000_000 + self.clock);
                let (key, room) = (&mut self.keys[room % MEMBERS], &mut self.rooms[room]);
                match room.record().entity_state {
                    EntityState::Active => broadcast::start(room, Some(key), playback, now),
                    EntityState::Deleted => Ok(Changes::default()),
                }
            }
            Step::End { room } => {
                let (key, room) = (&mut self.keys[room % MEMBERS], &mut self.rooms[room]);
                broadcast::end(room, Some(key), now)
            }
            Step::ForceTerminate { key } => {
                let fresh = secret(self.clock);
                let (key, room) = self.pair(key);
                Ok(broadcast::force_terminate(key, room, fresh, now))
            }
            Step::Reissue { key } => {
                let fresh = secret(self.clock);
                broadcast::reissue(&mut self.keys[key], fresh, now).map(|()| Changes::default())
            }
            Step::Cancel { room } => broadcast::cancel(&mut self.rooms[room], now),
            Step::RecordingReady { room } => Ok(broadcast::recording_ready(&mut self.rooms[room], now)),
            Step::DeleteRoom { room } => {
                let (key, room) = (&mut self.keys[room % MEMBERS], &mut self.rooms[room]);
                Ok(broadcast::delete_room(room, Some(key), now))
            }
            Step::DeleteMember { key } => {
                let fresh = secret(self.clock);
                let mut gone = self.members[key].clone();
                let (stream_key, room) = self.pair(key);
                let changes = broadcast::delete_member(&mut gone, stream_key, room, fresh, now);
                self.members[key] = gone;
                Ok(changes)
            }
        }
    }

    /// A key and the room bound to it.
    fn pair(&mut self, key: usize) -> (&mut StreamKey, Option<&mut VideoRoom>) {
        let key = &mut self.keys[key];
        let bound = key.record().video_room;
        let room = self.rooms.iter_mut().find(|room| Some(room.record().id) == bound);
        (key, room)
    }

    /// The first of "what must always hold".
    fn check_that_rooms_and_keys_agree(&self) {
        for room in &self.rooms {
            let record = room.record();
            let mut bound = self.keys.iter().map(StreamKey::record);
            let bound = bound.find(|key| key.video_room == Some(record.id));
            let live = bound.is_some_and(|key| key.state == ActiveLive);
            let interrupted = bound.is_some_and(|key| matches!(key.state, InactiveLive | ActiveLivePrep));
            assert_eq!(record.state == VideoRoomState::Live, live, "{record:?} {bound:?}");
            assert_eq!(
                record.state == VideoRoomState::LiveInactive,
                interrupted,
                "{record:?} {bound:?}"
            );
            if let Some(key) = bound {
                assert_eq!(
                    key.member, record.member,
                    "a room is on air with its member's key"
                );
            }
            VideoRoom::restore(record.clone()).unwrap();
        }
        for key in &self.keys {
            StreamKey::restore(key.record().clone()).unwrap();
        }
    }
}

/// The events are the way from the states before to the states after, each a move, and stamp what they moved.
fn check_events(before: &World, after: &World, changes: &Changes) {
    let mut keys: Vec<_> = before.keys.iter().map(|key| key.record().state).collect();
    let mut rooms: Vec<_> = before.rooms.iter().map(|room| room.record().state).collect();
    let index = |id: i64| usize::try_from(id - 1).unwrap();
    for event in &changes.events {
        match *event {
            DomainEvent::StreamKey { id, state } => {
                let index = index(id.get());
                assert_ne!(keys[index], state, "a move leads elsewhere");
                keys[index] = state;
                assert_eq!(after.keys[index].record().last_modified_at, at(after.clock));
            }
            DomainEvent::VideoRoom { id, state } => {
                let index = index(id.get());
                assert_ne!(rooms[index], state, "a move leads elsewhere");
                rooms[index] = state;
                assert_eq!(after.rooms[index].record().last_modified_at, at(after.clock));
            }
        }
    }
    let states: Vec<_> = after.keys.iter().map(|key| key.record().state).collect();
    assert_eq!(keys, states);
    let states: Vec<_> = after.rooms.iter().map(|room| room.record().state).collect();
    assert_eq!(rooms, states);
}

/// A session that a key loses, other than by being gone, is one that must be sent off; and no other is.
fn check_disconnect(before: &World, after: &World, step: Step, changes: &Changes) {
    let pairs = before.keys.iter().zip(&after.keys);
    let lost = pairs.filter(|(before, after)| before.record().session != after.record().session);
    let mut lost = lost.filter_map(|(before, _)| before.record().session);
    let expected = match step {
        Step::IngestStopped { .. } => None,
        _ => lost.next(),
    };
    assert_eq!(changes.disconnect, expected, "{step:?}");
}

/// Whether a step is a media fact of a session that is not the key's.
fn is_stale(world: &World, step: Step) -> bool {
    match step {
        Step::BecamePlayable { key, session } | Step::IngestStopped { key, session, .. } => {
            world.keys[key].record().session != Some(world.session(key, session))
        }
        _ => false,
    }
}

fn unchanged(before: &World, after: &World) -> bool {
    before.members == after.members && before.keys == after.keys && before.rooms == after.rooms
}

/// Otherwise the properties would say little.
#[test]
fn histories_reach_every_state() {
    let mut runner = TestRunner::deterministic();
    let (mut keys, mut rooms) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..200 {
        let history = vec(step(), 80).new_tree(&mut runner).unwrap();
        let mut world = World::new();
        for step in history.current() {
            let _any = world.apply(step);
            keys.extend(world.keys.iter().map(|key| key.record().state));
            rooms.extend(world.rooms.iter().map(|room| room.record().state));
        }
    }
    assert_eq!(keys.len(), StreamKeyState::ALL.len(), "{keys:?}");
    // No room of these has been open from the beginning.
    assert_eq!(rooms.len(), VideoRoomState::ALL.len() - 1, "{rooms:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_must_always_hold_holds_after_every_step(steps in vec(step(), 1..80)) {
        let mut world = World::new();
        for step in steps {
            let before = world.clone();
            let stale = is_stale(&world, step);
            match world.apply(step) {
                Ok(changes) => {
                    check_events(&before, &world, &changes);
                    check_disconnect(&before, &world, step, &changes);
                    prop_assert!(!stale || changes.is_empty() && unchanged(&before, &world));
                }
                Err(_) => prop_assert!(unchanged(&before, &world), "a refusal changes nothing"),
            }
            world.check_that_rooms_and_keys_agree();
        }
    }

    #[test]
    fn exactly_one_of_two_starts_on_a_key_succeeds(steps in vec(step(), 0..40), key in 0..MEMBERS) {
        let mut world = World::new();
        for step in steps {
            let _any = world.apply(step);
        }
        world.apply(Step::ForceTerminate { key }).unwrap();
        if world.apply(Step::IngestStarted { key }).is_err() {
            return Ok(()); // The member was deleted.
        }
        world.apply(Step::BecamePlayable { key, session: Which::Current }).unwrap();
        let rooms: Vec<usize> = (key..ROOMS)
            .step_by(MEMBERS)
            .filter(|room| {
                let room = world.rooms[*room].record();
                room.state == VideoRoomState::Scheduled
                    && room.kind == VideoRoomType::BroadcastRtmp
                    && room.entity_state == EntityState::Active
            })
            .collect();
        prop_assume!(rooms.len() >= 2);
        let first = world.apply(Step::Start { room: rooms[0] });
        prop_assert!(first.is_ok());
        let same = world.apply(Step::Start { room: rooms[0] });
        prop_assert_eq!(same, Err(TransitionError::VideoRoomStateNotScheduled));
        let second = world.apply(Step::Start { room: rooms[1] });
        prop_assert_eq!(second, Err(TransitionError::StreamKeyStateNotActive));
    }

    #[test]
    fn a_room_on_air_keeps_its_address_and_its_start(steps in vec(step(), 1..80)) {
        let mut world = World::new();
        for step in steps {
            let before = world.clone();
            let _any = world.apply(step);
            for (before, after) in before.rooms.iter().zip(&world.rooms) {
                let (before, after) = (before.record(), after.record());
                if before.playback.is_some() {
                    prop_assert_eq!(&before.playback, &after.playback);
                    prop_assert_eq!(before.live_started_at, after.live_started_at);
                }
                if before.live_ended_at.is_some() {
                    prop_assert_eq!(before.live_ended_at, after.live_ended_at);
                }
            }
        }
    }
}
