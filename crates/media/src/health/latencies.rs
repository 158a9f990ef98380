//! How long the last parts took.

use std::time::Duration;

use super::Latency;

/// How many parts are remembered: those of about 20 s, of a stream with both tracks and parts of the usual length.
const KEPT: usize = 128;

/// The last parts' latencies in microseconds; the oldest gives way.
#[derive(Debug)]
pub(super) struct Latencies {
    kept: [u32; KEPT],
    count: usize,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            kept: [0; KEPT],
            count: 0,
        }
    }
}

impl Latencies {
    pub(super) fn add(&mut self, latency: Duration) {
        if let Some(place) = self.kept.get_mut(self.count % KEPT) {
            *place = u32::try_from(latency.as_micros()).unwrap_or(u32::MAX);
        }
        self.count += 1;
    }

    pub(super) fn summary(&self) -> Option<Latency> {
        let mut sorted = self.kept;
        let sorted = sorted.get_mut(..self.count.min(KEPT))?;
        sorted.sort_unstable();
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).checked_sub(1)?;
            Some(Duration::from_micros(u64::from(*sorted.get(rank)?)))
        };
        Some(Latency {
            p50: at(50)?,
            p95: at(95)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_last_parts() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.summary(), None);
        for _ in 0..1_000 {
            latencies.add(Duration::from_secs(9));
        }
        for millis in 1..=128 {
            latencies.add(Duration::from_millis(millis));
        }
        let summary = latencies.summary().unwrap();
        assert_eq!(summary.p50, Duration::from_millis(64));
        assert_eq!(summary.p95, Duration::from_millis(122));
    }

    #[test]
    fn one_part_is_all_percentiles() {
        let mut latencies = Latencies::default();
        latencies.add(Duration::from_millis(340));
        let summary = latencies.summary().unwrap();
        assert_eq!(
            (summary.p50, summary.p95),
            (summary.p95, Duration::from_millis(340))
        );
    }
}
