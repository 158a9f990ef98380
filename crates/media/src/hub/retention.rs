//! How long media is kept: what a playlist lists, as long again, and no more.

use std::time::Duration;

use super::channel::{Phase, State};
use super::interval::Interval;
use crate::UnixMicros;
use crate::packaging::{PackagingSettings, Track};

/// How much of the stream a playlist lists at least: the window, and never less than three target durations
/// (RFC 8216bis, 6.2.2).
pub(super) fn listed(settings: &PackagingSettings, target: Option<u32>) -> Duration {
    let target = target.map_or(Duration::ZERO, |seconds| Duration::from_secs(u64::from(seconds)));
    settings.window.max(target * 3)
}

impl State {
    /// Frees intervals that no playlist has listed for their own duration and that of the playlist (RFC 8216bis,
    /// 6.2.2), counted in media time. What is over keeps what its last playlist listed.
    pub(super) fn prune(&mut self, settings: &PackagingSettings) {
        let newest_run = self.intervals.back().map(|interval| interval.run);
        let mut kept_from = Vec::new();
        let mut newer = 0;
        for interval in self.intervals.iter().rev() {
            let Some((run, from)) = kept_from.last_mut().filter(|(run, _)| *run == interval.run) else {
                newer = interval.duration_micros();
                kept_from.push((interval.run, interval.number));
                continue;
            };
            let listed = micros(listed(settings, self.target_of(interval)));
            let own = interval.duration_micros();
            let limit = if Some(*run) == newest_run {
                2 * listed + own
            } else {
                listed
            };
            if newer < limit {
                *from = interval.number;
            }
            newer += own;
        }
        // Two runs are all that a viewer can be in: the one that is over, and the newest. Older ones stay if held.
        let runs: Vec<_> = kept_from
            .iter()
            .enumerate()
            .filter(|(age, (run, _))| *age < 2 || self.is_held(*run))
            .map(|(_, kept)| *kept)
            .collect();
        self.intervals.retain(|interval| {
            runs.iter()
                .any(|(run, from)| interval.run == *run && interval.number >= *from)
        });
        self.prune_inits();
    }

    /// Frees sessions whose time is over.
    pub(super) fn sweep(&mut self, now: UnixMicros, settings: &PackagingSettings) {
        let before = self.sessions.len();
        self.sessions.retain_mut(|session| {
            if session.phase == Phase::Released {
                session.phase = Phase::Retired(now);
            }
            match session.phase {
                Phase::Retired(since) => now.since(since) < settings.window + settings.linger,
                Phase::Publishing | Phase::Held | Phase::Released => true,
            }
        });
        if self.sessions.len() < before {
            let sessions = &self.sessions;
            self.intervals
                .retain(|interval| sessions.iter().any(|session| session.id == interval.session));
            let newest = self.newest_run();
            self.runs
                .retain(|run| Some(run.id) == newest || sessions.iter().any(|session| session.run == run.id));
            self.edition += 1;
        }
    }

    pub(super) fn target_of(&self, interval: &Interval) -> Option<u32> {
        self.targets_of(interval.run).segment
    }

    fn is_held(&self, run: u64) -> bool {
        self.sessions
            .iter()
            .any(|session| session.run == run && matches!(session.phase, Phase::Held | Phase::Publishing))
    }

    fn prune_inits(&mut self) {
        for session in &mut self.sessions {
            for track in [Track::Video, Track::Audio] {
                let oldest = self
                    .intervals
                    .iter()
                    .filter(|interval| interval.session == session.id)
                    .filter_map(|interval| interval.segments.of(track).as_ref())
                    .map(|segment| segment.init)
                    .min();
                if let Some(oldest) = oldest {
                    session.inits.of_mut(track).retain(|init| init.index >= oldest);
                }
            }
        }
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
