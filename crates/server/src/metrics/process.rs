//! What every Prometheus exporter says of its process, under the usual names; from `/proc`, where there is one.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use metrics::{Counter, Gauge, Unit, counter, describe_counter, describe_gauge, gauge};

const CPU: &str = "process_cpu_seconds_total";
const RESIDENT: &str = "process_resident_memory_bytes";
const OPEN: &str = "process_open_fds";
const MAX: &str = "process_max_fds";
const START: &str = "process_start_time_seconds";

/// The numbers of this process.
pub(super) struct Process {
    /// In whole seconds: a counter has no others.
    cpu: Counter,
    resident: Gauge,
    open: Gauge,
}

impl Process {
    /// Notes when this process began, which is now.
    pub(super) fn begin() -> Self {
        describe_counter!(CPU, Unit::Seconds, "CPU time used, in user and system mode");
        describe_gauge!(RESIDENT, Unit::Bytes, "Memory that is in RAM");
        describe_gauge!(OPEN, "Open file descriptors");
        describe_gauge!(MAX, "File descriptors that may be open");
        describe_gauge!(
            START,
            Unit::Seconds,
            "When the process began, since the Unix epoch"
        );
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        gauge!(START).set(now.unwrap_or_default().as_secs_f64());
        Self {
            cpu: counter!(CPU),
            resident: gauge!(RESIDENT),
            open: gauge!(OPEN),
        }
    }

    /// Looks at the process; what the system does not tell stays as it was.
    pub(super) fn look(&self) {
        if let Some(stat) = fs::read_to_string("/proc/self/stat")
            .ok()
            .as_deref()
            .and_then(Stat::parse)
        {
            self.cpu
                .absolute(stat.ticks / rustix::param::clock_ticks_per_second().max(1));
            let page = u64::try_from(rustix::param::page_size()).unwrap_or(u64::MAX);
            self.resident.set(approximate(stat.pages.saturating_mul(page)));
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // One of them is the directory itself.
            self.open
                .set(approximate((open.count() as u64).saturating_sub(1)));
        }
        if let Ok((soft, _)) = rlimit::Resource::NOFILE.get() {
            gauge!(MAX).set(approximate(soft));
        }
    }
}

/// What is read of `/proc/self/stat` (proc(5)).
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    /// CPU time in clock ticks.
    ticks: u64,
    /// Resident pages.
    pages: u64,
}

impl Stat {
    fn parse(line: &str) -> Option<Self> {
        // The second field, the name, may have anything in it but ends at the last parenthesis.
        let (_, rest) = line.rsplit_once(')')?;
        let fields: Vec<_> = rest.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self {
            ticks: field(14)? + field(15)?,
            pages: field(24)?,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "nothing here comes near 2⁵³")]
fn approximate(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_whatever_the_program_is_called() {
        let line = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 1234 99999 512 18446744073709551615";
        assert_eq!(
            Stat::parse(line),
            Some(Stat {
                ticks: 300,
                pages: 512
            })
        );
        assert_eq!(Stat::parse("7 (a) S"), None);
    }
}
