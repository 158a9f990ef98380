//! All that can be done with a key and two rooms, at the same moment, while its publisher comes back or is there.

use crate::crowd::Call;
use crate::stage::Stage;

/// How many want each thing.
const EACH: usize = 3;

/// What each may be refused with, by the tables of the states.
const CODES: &[(&str, &[&str])] = &[
    (
        "start",
        &[
            "VIDEO_ROOM_NOT_FOUND",
            "VIDEO_ROOM_STATE_NOT_SCHEDULED",
            "STREAM_KEY_STATE_NOT_ACTIVE",
        ],
    ),
    (
        "end",
        &[
            "VIDEO_ROOM_NOT_FOUND",
            "VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE",
            "STREAM_KEY_STATE_NOT_INACTIVE_LIVE",
        ],
    ),
    (
        "cancel",
        &["VIDEO_ROOM_NOT_FOUND", "VIDEO_ROOM_STATE_NOT_SCHEDULED"],
    ),
    ("rename", &["VIDEO_ROOM_NOT_FOUND"]),
    ("reissue", &["STREAM_KEY_STATE_NOT_INACTIVE"]),
    ("terminate", &[]),
    ("delete", &["VIDEO_ROOM_NOT_FOUND"]),
    ("delete of the other", &["VIDEO_ROOM_NOT_FOUND"]),
];

pub(crate) fn at_once(stage: &mut Stage, round: usize) {
    let room = stage.interrupted_room(round);
    let other = stage.room();
    let id = stage.key_id();
    let kinds = [
        Call::end(room),
        Call::start(other),
        Call::reissue(id),
        Call::rename(other),
        Call::cancel(other),
        Call::terminate(id),
        Call::delete(room),
        Call::delete_other(other),
    ];
    // One of each, again and again: an even number, so in every second turn the doors are changed.
    let mut calls: Vec<_> = kinds.iter().cycle().take(kinds.len() * EACH).cloned().collect();
    calls[kinds.len()..2 * kinds.len()].rotate_left(1);
    let back = stage.begins_to_publish(round + 1);
    let outcomes = stage.all_at_once(&calls);
    stage.publishes(back);

    for (what, codes) in CODES {
        let outcome = &outcomes[what];
        outcome.assert_refused_with(codes, EACH - outcome.won.len());
    }
    let won = |what| outcomes[what].won.len();
    assert_eq!(
        (won("delete"), won("delete of the other")),
        (1, 1),
        "{outcomes:?}"
    );
    assert!(
        won("end") <= 1 && won("start") + won("cancel") <= 1,
        "{outcomes:?}"
    );
    stage.note_started(other, &outcomes["start"]);
    stage.clears();
}
