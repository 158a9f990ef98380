//! Half of them want one thing, and the other half another that excludes it.

use serde_json::Value;

use crate::crowd::Call;
use crate::stage::Stage;

/// How many want each of the two.
const EACH: usize = 12;

fn mixed(one: &Call, other: &Call) -> Vec<Call> {
    // In pairs, so that both are asked for through every process: doors alternate with each call.
    let four = [one, one, other, other];
    four.into_iter().cycle().take(2 * EACH).cloned().collect()
}

/// Starts and ends of a room that is scheduled: it can only be started.
pub(crate) fn start_and_end_of_one_room(stage: &mut Stage, round: usize) {
    stage.publish(round);
    let room = stage.room();
    let outcomes = stage.all_at_once(&mixed(&Call::start(room), &Call::end(room)));
    outcomes["start"].assert_one_won("VIDEO_ROOM_STATE_NOT_SCHEDULED", EACH - 1);
    outcomes["end"].assert_refused("VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE", EACH);
    stage.note_started(room, &outcomes["start"]);
    stage.assert_states(room, ("LIVE", "ACTIVE_LIVE"));
    stage.clears();
}

/// The end of an interrupted room, and starts of the next one on its key: before and after the end there is no
/// publisher to start it with.
pub(crate) fn end_and_start_of_the_next(stage: &mut Stage, round: usize) {
    let (room, next) = (stage.interrupted_room(round), stage.room());
    let outcomes = stage.all_at_once(&mixed(&Call::end(room), &Call::start(next)));
    outcomes["end"].assert_one_won("VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE", EACH - 1);
    outcomes["start"].assert_refused("STREAM_KEY_STATE_NOT_ACTIVE", EACH);
    stage.note_started(next, &outcomes["start"]);
    stage.assert_states(room, ("ENDED", "INACTIVE"));
    stage.assert_states(next, ("SCHEDULED", "INACTIVE"));
}

/// The same while the publisher comes back, to the other process: either the end comes first, and the next room may
/// be started, or the room goes on, and the next one may not.
pub(crate) fn end_and_return(stage: &mut Stage, round: usize) {
    let (room, next) = (stage.interrupted_room(round), stage.room());
    let back = stage.begins_to_publish(round + 1);
    let outcomes = stage.all_at_once(&mixed(&Call::end(room), &Call::start(next)));
    assert!(stage.publishes(back), "the encoder is let in");
    let (ends, starts) = (&outcomes["end"], &outcomes["start"]);
    stage.note_started(next, starts);
    if ends.won.is_empty() {
        let codes = [
            "VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE",
            "STREAM_KEY_STATE_NOT_INACTIVE_LIVE",
        ];
        ends.assert_refused_with(&codes, EACH);
        starts.assert_refused("STREAM_KEY_STATE_NOT_ACTIVE", EACH);
        stage.await_key("ACTIVE_LIVE");
        stage.assert_states(room, ("LIVE", "ACTIVE_LIVE"));
        stage.assert_states(next, ("SCHEDULED", "ACTIVE_LIVE"));
    } else {
        ends.assert_one_won("VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE", EACH - 1);
        if starts.won.is_empty() {
            starts.assert_refused("STREAM_KEY_STATE_NOT_ACTIVE", EACH);
            stage.await_key("ACTIVE");
            stage.assert_states(next, ("SCHEDULED", "ACTIVE"));
        } else {
            assert_eq!(starts.won.len(), 1, "{starts:?}");
            let codes = ["VIDEO_ROOM_STATE_NOT_SCHEDULED", "STREAM_KEY_STATE_NOT_ACTIVE"];
            starts.assert_refused_with(&codes, EACH - 1);
            stage.assert_states(next, ("LIVE", "ACTIVE_LIVE"));
        }
    }
    stage.clears();
}

/// The end of an interrupted room, and reissues of its key: those that come after the end succeed, each with another
/// key string, of which the last one is good.
pub(crate) fn end_and_reissue(stage: &mut Stage, round: usize) {
    let (room, key) = (stage.interrupted_room(round), stage.key());
    let id = key["id"].as_i64().expect("a number");
    let outcomes = stage.all_at_once(&mixed(&Call::end(room), &Call::reissue(id)));
    outcomes["end"].assert_one_won("VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE", EACH - 1);
    let reissues = &outcomes["reissue"];
    reissues.assert_refused_with(&["STREAM_KEY_STATE_NOT_INACTIVE"], EACH - reissues.won.len());
    stage.assert_states(room, ("ENDED", "INACTIVE"));

    let secret = |key: &Value| key["streamKey"].as_str().expect("a text").to_owned();
    let told = reissues
        .won
        .iter()
        .map(|answer| serde_json::from_str(answer).expect("JSON"));
    let mut told: Vec<String> = told.map(|key: Value| secret(&key)).collect();
    let now = secret(&stage.key());
    if told.is_empty() {
        told.push(secret(&key));
    } else {
        assert!(!told.contains(&secret(&key)), "{told:?}");
    }
    assert!(told.contains(&now), "{now} is none of {told:?}");
    told.sort();
    told.dedup();
    assert_eq!(told.len(), reissues.won.len().max(1), "told twice");
}

/// Deletes and starts of one room: a start may come before the delete, which ends it, and none comes after.
pub(crate) fn delete_and_start(stage: &mut Stage, round: usize) {
    stage.publish(round);
    let (room, secret) = (stage.room(), stage.key()["streamKey"].clone());
    let outcomes = stage.all_at_once(&mixed(&Call::delete(room), &Call::start(room)));
    let starts = &outcomes["start"];
    outcomes["delete"].assert_one_won("VIDEO_ROOM_NOT_FOUND", EACH - 1);
    stage.note_started(room, starts);
    if starts.won.is_empty() {
        starts.assert_refused("VIDEO_ROOM_NOT_FOUND", EACH);
        stage.assert_states(room, ("GONE", "ACTIVE"));
        assert!(stage.publisher_is_content());
    } else {
        assert_eq!(starts.won.len(), 1, "{starts:?}");
        let codes = ["VIDEO_ROOM_STATE_NOT_SCHEDULED", "VIDEO_ROOM_NOT_FOUND"];
        starts.assert_refused_with(&codes, EACH - 1);
        stage.assert_states(room, ("GONE", "INACTIVE"));
        stage.await_sent_off();
    }
    assert_eq!(stage.key()["streamKey"], secret, "the key string stays");
    stage.clears();
}

/// Force terminations of a key and starts of a room on it: a start may come before, and is ended; none comes after.
pub(crate) fn terminate_and_start(stage: &mut Stage, round: usize) {
    stage.publish(round);
    let (room, before) = (stage.room(), stage.key());
    let id = before["id"].as_i64().expect("a number");
    let outcomes = stage.all_at_once(&mixed(&Call::terminate(id), &Call::start(room)));
    let starts = &outcomes["start"];
    // Whoever comes when nothing goes on any more changes nothing, and is content.
    assert_eq!(outcomes["terminate"].won.len(), EACH, "{outcomes:?}");
    stage.note_started(room, starts);
    if starts.won.is_empty() {
        starts.assert_refused("STREAM_KEY_STATE_NOT_ACTIVE", EACH);
        stage.assert_states(room, ("SCHEDULED", "INACTIVE"));
    } else {
        starts.assert_one_won("VIDEO_ROOM_STATE_NOT_SCHEDULED", EACH - 1);
        stage.assert_states(room, ("ENDED", "INACTIVE"));
    }
    stage.await_sent_off();
    let after = stage.key();
    assert_ne!(
        after["streamKey"], before["streamKey"],
        "the key string is another"
    );
    assert_eq!(after["forciblyTerminated"], true, "{after}");
}
