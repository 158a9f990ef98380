//! Everybody wants the same.

use crate::crowd::Call;
use crate::stage::Stage;

const CALLERS: usize = 24;

/// 24 starts of one room.
pub(crate) fn starts(stage: &mut Stage, round: usize) {
    stage.publish(round);
    let room = stage.room();
    let outcome = &stage.all_at_once(&vec![Call::start(room); CALLERS])["start"];
    outcome.assert_one_won("VIDEO_ROOM_STATE_NOT_SCHEDULED", CALLERS - 1);
    stage.note_started(room, outcome);
    stage.assert_states(room, ("LIVE", "ACTIVE_LIVE"));
    assert!(stage.publisher_is_content());
    stage.clears();
}

/// 24 ends of one room whose publisher is gone.
pub(crate) fn ends(stage: &mut Stage, round: usize) {
    let room = stage.interrupted_room(round);
    let outcome = &stage.all_at_once(&vec![Call::end(room); CALLERS])["end"];
    outcome.assert_one_won("VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE", CALLERS - 1);
    stage.assert_states(room, ("ENDED", "INACTIVE"));
}

/// 24 starts of two rooms of one member.
pub(crate) fn starts_on_one_key(stage: &mut Stage, round: usize) {
    stage.publish(round);
    let (room, other) = (stage.room(), stage.room());
    // Both rooms are asked for through every process: doors alternate with each call.
    let mut calls = Vec::new();
    for _ in 0..CALLERS / 4 {
        calls.extend([room, room].map(Call::start));
        calls.extend([other, other].map(Call::start_other));
    }
    let outcomes = stage.all_at_once(&calls);
    let (starts, others) = (&outcomes["start"], &outcomes["start of the other"]);
    let (won, lost) = if starts.won.len() == 1 {
        (starts, others)
    } else {
        (others, starts)
    };
    won.assert_one_won("VIDEO_ROOM_STATE_NOT_SCHEDULED", CALLERS / 2 - 1);
    lost.assert_refused("STREAM_KEY_STATE_NOT_ACTIVE", CALLERS / 2);
    stage.note_started(room, starts);
    stage.note_started(other, others);
    let states = |won: bool| (if won { "LIVE" } else { "SCHEDULED" }, "ACTIVE_LIVE");
    stage.assert_states(room, states(starts.won.len() == 1));
    stage.assert_states(other, states(others.won.len() == 1));
    stage.clears();
}
