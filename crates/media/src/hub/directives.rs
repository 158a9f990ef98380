//! Delivery directives: what a player may ask of a media playlist (RFC 8216bis, 6.2.5).

/// What a player asks of a media playlist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Directives {
    /// Answer when this is there.
    pub until: Option<Until>,
    /// Leave out what the player has long had: `_HLS_skip`.
    pub skip: bool,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until {
    /// The segment's media sequence number: `_HLS_msn`.
    pub msn: u64,
    /// The part of it; all of it if there is none: `_HLS_part`.
    pub part: Option<u64>,
}

/// How far a rendition has got in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frontier {
    /// The last whole segment, and how many parts it has.
    pub(super) last: (u64, u64),
    /// The segment that is being made, and its parts so far.
    pub(super) open: Option<(u64, u64)>,
    /// Whether no more will come.
    pub(super) ended: bool,
    /// `EXT-X-TARGETDURATION` in seconds.
    pub(super) target: u32,
    /// `PART-TARGET` in milliseconds.
    pub(super) part_target: u32,
}

/// Whether what is waited for is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Yes,
    /// It is on its way.
    NotYet,
    /// Nothing is on its way.
    Interrupted,
    /// Nothing will ever be.
    Over,
    /// More than two segments, or three seconds of parts, ahead (6.2.5.2).
    TooFar,
}

impl Frontier {
    /// How far this is from what is waited for.
    pub(super) fn reach(&self, until: Until) -> Reached {
        if self.ended {
            return Reached::Over;
        }
        let (last, _) = self.last;
        if until.msn > last.saturating_add(2) || self.is_past_the_limit(until) {
            return Reached::TooFar;
        }
        if self.has(until) {
            Reached::Yes
        } else if self.open.is_some() {
            Reached::NotYet
        } else {
            Reached::Interrupted
        }
    }

    fn has(&self, until: Until) -> bool {
        let (last, parts) = self.last;
        let Some(part) = until.part else {
            return until.msn <= last;
        };
        // A part behind the last one of its segment is the first one of the next (6.2.5.2).
        match self.open {
            _ if until.msn < last => true,
            _ if until.msn == last && part < parts => true,
            Some((open, parts)) if until.msn == last && open > last => parts > 0,
            Some((open, parts)) => until.msn == open && part < parts,
            None => false,
        }
    }

    fn is_past_the_limit(&self, until: Until) -> bool {
        let (last, _) = self.last;
        let Some(part) = until.part.filter(|_| until.msn > last) else {
            return false;
        };
        let limit = if self.part_target < 1_000 {
            3_000_u64.div_ceil(u64::from(self.part_target.max(1)))
        } else {
            3
        };
        let made = self
            .open
            .filter(|(open, _)| *open == until.msn)
            .map_or(0, |(_, parts)| parts);
        part >= made.saturating_add(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: Frontier = Frontier {
        last: (10, 6),
        open: Some((11, 2)),
        ended: false,
        target: 2,
        part_target: 334,
    };

    fn reach(frontier: Frontier, msn: u64, part: Option<u64>) -> Reached {
        frontier.reach(Until { msn, part })
    }

    #[test]
    fn what_is_there_is_reached() {
        for (msn, part) in [(3, None), (10, None), (10, Some(5)), (9, Some(99)), (11, Some(1))] {
            assert_eq!(reach(LIVE, msn, part), Reached::Yes, "{msn} {part:?}");
        }
    }

    #[test]
    fn what_is_on_its_way_is_not_yet() {
        for (msn, part) in [(11, None), (11, Some(2)), (12, Some(0)), (12, None)] {
            assert_eq!(reach(LIVE, msn, part), Reached::NotYet, "{msn} {part:?}");
        }
    }

    #[test]
    fn part_behind_the_last_one_is_the_first_of_the_next_segment() {
        assert_eq!(reach(LIVE, 10, Some(6)), Reached::Yes);
        let just_begun = Frontier {
            open: Some((11, 0)),
            ..LIVE
        };
        assert_eq!(reach(just_begun, 10, Some(6)), Reached::NotYet);
    }

    #[test]
    fn what_is_far_ahead_is_too_far() {
        for (msn, part) in [
            (13, None),
            (13, Some(0)),
            (11, Some(11)),
            (u64::MAX, Some(u64::MAX)),
        ] {
            assert_eq!(reach(LIVE, msn, part), Reached::TooFar, "{msn} {part:?}");
        }
        assert_eq!(reach(LIVE, 11, Some(10)), Reached::NotYet);
    }

    #[test]
    fn nothing_is_on_its_way_while_the_publisher_is_gone() {
        let interrupted = Frontier { open: None, ..LIVE };
        assert_eq!(reach(interrupted, 11, Some(0)), Reached::Interrupted);
        assert_eq!(reach(interrupted, 10, None), Reached::Yes);
        let ended = Frontier {
            ended: true,
            ..interrupted
        };
        assert_eq!(reach(ended, 99, None), Reached::Over);
    }
}
