//! How many discontinuities a session may make: so few that sequence numbers rise slower than the seconds.

use std::time::Duration;

use crate::UnixMicros;

/// A bucket of discontinuities that fills by one a second.
#[derive(Debug)]
pub(super) struct DiscontinuityBudget {
    burst: Duration,
    left: Duration,
    counted: UnixMicros,
}

impl DiscontinuityBudget {
    pub(super) fn new(burst: u32, now: UnixMicros) -> Self {
        let burst = Duration::from_secs(u64::from(burst));
        Self {
            burst,
            left: burst,
            counted: now,
        }
    }

    /// Takes one out, if there is one.
    pub(super) fn spend(&mut self, now: UnixMicros) -> bool {
        self.left = self.burst.min(self.left + now.since(self.counted));
        self.counted = now;
        let rest = self.left.checked_sub(Duration::from_secs(1));
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_is_allowed_then_one_a_second() {
        let start = UnixMicros(0);
        let mut budget = DiscontinuityBudget::new(3, start);
        let spent: Vec<_> = (0..4).map(|_| budget.spend(start)).collect();
        assert_eq!(spent, [true, true, true, false]);
        assert!(!budget.spend(UnixMicros(900_000)));
        assert!(budget.spend(UnixMicros(1_000_000)));
        assert!(!budget.spend(UnixMicros(1_500_000)));
    }
}
