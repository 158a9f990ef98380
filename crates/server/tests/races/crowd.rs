//! Callers who all call at the same moment, and what each of them was told.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use crate::support::Caller;

/// What one of them asks for.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    what: &'static str,
    method: &'static str,
    path: String,
    body: Option<Value>,
}

impl Call {
    fn of(what: &'static str, method: &'static str, path: String) -> Self {
        Self {
            what,
            method,
            path,
            body: None,
        }
    }

    fn post(what: &'static str, path: String) -> Self {
        Self::of(what, "POST", path)
    }

    pub(crate) fn start(room: i64) -> Self {
        Self::post("start", format!("/video-rooms/{room}/rtmp-broadcast/state/live"))
    }

    /// The start of another room, told apart.
    pub(crate) fn start_other(room: i64) -> Self {
        Self {
            what: "start of the other",
            ..Self::start(room)
        }
    }

    pub(crate) fn end(room: i64) -> Self {
        Self::post("end", format!("/video-rooms/{room}/rtmp-broadcast/state/ended"))
    }

    pub(crate) fn reissue(key: i64) -> Self {
        Self::post("reissue", format!("/stream-keys/{key}/reissue"))
    }

    pub(crate) fn terminate(key: i64) -> Self {
        Self::post("terminate", format!("/stream-keys/{key}/force-terminate"))
    }

    pub(crate) fn delete(room: i64) -> Self {
        Self::of("delete", "DELETE", format!("/video-rooms/{room}"))
    }

    /// The deletion of another room, told apart.
    pub(crate) fn delete_other(room: i64) -> Self {
        Self {
            what: "delete of the other",
            ..Self::delete(room)
        }
    }

    pub(crate) fn cancel(room: i64) -> Self {
        let path = format!("/video-rooms/{room}/rtmp-broadcast/state/cancelled");
        Self::post("cancel", path)
    }

    pub(crate) fn rename(room: i64) -> Self {
        Self {
            body: Some(json!({"title": "Another"})),
            ..Self::of("rename", "PATCH", format!("/video-rooms/{room}"))
        }
    }
}

/// What became of the calls of one kind.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The answers of those who won.
    pub(crate) won: Vec<String>,
    /// How many were refused with which code.
    pub(crate) refused: BTreeMap<String, usize>,
}

impl Outcome {
    /// Asserts that exactly one won, and that all others were refused with this code.
    #[track_caller]
    pub(crate) fn assert_one_won(&self, others: &str, refused: usize) {
        assert_eq!(self.won.len(), 1, "{self:?}");
        self.assert_refused(others, refused);
    }

    /// Asserts that there are so many refusals, all with this code.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: &str, times: usize) {
        assert_eq!(
            self.refused,
            BTreeMap::from([(code.to_owned(), times)]),
            "{self:?}"
        );
    }

    /// Asserts that there are so many refusals, with no other codes than these.
    #[track_caller]
    pub(crate) fn assert_refused_with(&self, codes: &[&str], times: usize) {
        assert_eq!(self.refused.values().sum::<usize>(), times, "{self:?}");
        let is_known = |code: &String| codes.contains(&code.as_str());
        assert!(self.refused.keys().all(is_known), "{codes:?}: {self:?}");
    }
}

/// Makes all calls at the same moment, each through the next door, and answers what became of them by kind. Nobody is
/// told to come again: a refusal is final.
pub(crate) fn all_at_once(doors: &[Caller], calls: &[Call]) -> BTreeMap<&'static str, Outcome> {
    let together = Barrier::new(calls.len());
    let answers: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = calls
            .iter()
            .zip(doors.iter().cycle())
            .map(|(call, door)| {
                let together = &together;
                scope.spawn(move || {
                    together.wait();
                    door.call(call.method, &call.path, None, call.body.as_ref())
                        .expect("an answer")
                })
            })
            .collect();
        let answers = callers.into_iter().map(|caller| caller.join().expect("a caller"));
        answers.collect()
    });
    let mut outcomes = BTreeMap::<_, Outcome>::new();
    for (call, answer) in calls.iter().zip(answers) {
        let outcome = outcomes.entry(call.what).or_default();
        match answer.status {
            200..300 => outcome.won.push(answer.body),
            400..500 => {
                let code = answer.json()["errorCode"].as_str().expect("a code").to_owned();
                *outcome.refused.entry(code).or_default() += 1;
            }
            _ => panic!("{call:?}: {answer:?}"),
        }
    }
    outcomes
}
