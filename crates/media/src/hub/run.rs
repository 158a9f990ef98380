//! A run: sessions whose segments follow each other without a hole, and how their discontinuities are counted.
//!
//! Players keep tables by `EXT-X-DISCONTINUITY-SEQUENCE`, so it has to stay small; and it must rise over a restart,
//! which no memory survives (RFC 8216bis, 6.2.2). So it is counted from the moment since when a broadcast is on air: in
//! a run that was there then, discontinuities since; in a later one, the seconds until that began are added.

use std::collections::VecDeque;

use super::request::View;
use crate::UnixMicros;

/// How many discontinuities are remembered by their time. A broadcast with more in one run counts from the oldest.
const REMEMBERED: usize = 4_096;

#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: u64,
    began: UnixMicros,
    /// `PART-HOLD-BACK` in milliseconds, fixed with the target duration.
    pub(super) part_hold_back: Option<u32>,
    /// When the latest discontinuities were, and how many there were before.
    marks: VecDeque<UnixMicros>,
    forgotten: u64,
}

impl Run {
    pub(super) const fn new(id: u64, began: UnixMicros) -> Self {
        Self {
            id,
            began,
            part_hold_back: None,
            marks: VecDeque::new(),
            forgotten: 0,
        }
    }

    /// Notes a discontinuity.
    pub(super) fn mark(&mut self, at: UnixMicros) {
        if self.marks.len() == REMEMBERED {
            self.marks.pop_front();
            self.forgotten += 1;
        }
        self.marks.push_back(at);
    }

    /// Discontinuities so far, the one that begins the run included.
    pub(super) fn discontinuities(&self) -> u64 {
        self.forgotten + count(self.marks.len())
    }

    /// The discontinuity sequence, in this view, of an interval that has so many discontinuities of the run up to it.
    pub(super) fn sequence_in(&self, view: View, discontinuities: u64) -> u64 {
        match view {
            View::Preview(_) => discontinuities,
            View::Broadcast { from, .. } if self.began > from => {
                self.began.since(from).as_secs() + discontinuities
            }
            View::Broadcast { from, .. } => {
                let before = count(self.marks.partition_point(|mark| *mark <= from));
                discontinuities.saturating_sub(self.forgotten + before)
            }
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn run(began: i64, marks: impl IntoIterator<Item = i64>) -> Run {
        let mut run = Run::new(1, UnixMicros(began * SECOND));
        for mark in marks {
            run.mark(UnixMicros(mark * SECOND));
        }
        run
    }

    fn on_air_at(from: i64) -> View {
        View::Broadcast {
            from: UnixMicros(from * SECOND),
            until: None,
        }
    }

    #[test]
    fn discontinuities_before_the_broadcast_do_not_count() {
        let run = run(100, [100, 110, 130]);
        assert_eq!(run.discontinuities(), 3);
        assert_eq!(run.sequence_in(on_air_at(120), 2), 0);
        assert_eq!(run.sequence_in(on_air_at(120), 3), 1);
    }

    #[test]
    fn a_run_that_begins_later_counts_higher_than_any_before() {
        let first = run(100, [100, 130, 131]);
        let second = run(140, [140]);
        let view = on_air_at(120);
        assert!(second.sequence_in(view, 1) > first.sequence_in(view, 3));
        assert_eq!(second.sequence_in(view, 1), 21);
    }

    #[test]
    fn forgotten_discontinuities_still_count() {
        let many = i64::try_from(REMEMBERED).unwrap() + 10;
        let run = run(100, 100..100 + many);
        assert_eq!(run.discontinuities(), u64::try_from(many).unwrap());
        assert_eq!(run.marks.len(), REMEMBERED);
        let last = run.discontinuities();
        assert_eq!(run.sequence_in(on_air_at(100 + many - 2), last), 1);
    }
}
