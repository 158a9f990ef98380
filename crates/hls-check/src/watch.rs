//! Fetches the playlists of a broadcast for a while, ordinary, blocking and delta, and judges all that comes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ureq::Agent;

use crate::playlist::{MediaPlaylist, attribute};
use crate::rules::{Violation, check};

/// Why nothing can be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// No answer.
    #[error("{url} did not answer")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// An answer that is no playlist.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// A multivariant playlist without a variant.
    #[error("{0} names no media playlist")]
    Empty(String),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Playlists that were judged.
    pub playlists: usize,
    /// Requests that waited for a part.
    pub blocked: usize,
    /// Each fault once, with the playlist's address.
    pub violations: Vec<(String, Violation)>,
}

struct Reply {
    status: u16,
    body: String,
    cache_control: String,
}

/// Watches the broadcast behind a multivariant playlist for so long, one rendition after the other.
///
/// # Errors
/// When the multivariant playlist, or at first one that it names, can't be had.
pub fn watch(url: &str, time: Duration) -> Result<Report, CheckError> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build();
    let mut watcher = Watcher {
        agent: Agent::new_with_config(config),
        report: Report::default(),
        known: BTreeSet::new(),
    };
    let multivariant = watcher.playlist(url)?;
    let names = renditions(&multivariant);
    if names.is_empty() {
        return Err(CheckError::Empty(url.to_owned()));
    }
    let share = time / u32::try_from(names.len()).unwrap_or(1);
    for name in names {
        watcher.rendition(&beside(url, &name), share)?;
    }
    Ok(watcher.report)
}

struct Watcher {
    agent: Agent,
    report: Report,
    known: BTreeSet<(String, &'static str)>,
}

impl Watcher {
    fn rendition(&mut self, url: &str, time: Duration) -> Result<(), CheckError> {
        let end = Instant::now() + time;
        let mut last = MediaPlaylist::parse(&self.playlist(url)?);
        self.judge(url, None, &last);
        self.refusals(url, &last)?;
        while Instant::now() < end && !last.ended {
            let next = if last.can_block() {
                self.next_part(url, &last)?
            } else {
                std::thread::sleep(Duration::from_secs_f64(last.target.unwrap_or(2.0) / 2.0));
                self.playlist(url).ok()
            };
            let Some(next) = next.map(|text| MediaPlaylist::parse(&text)) else {
                continue;
            };
            self.judge(url, Some(&last), &next);
            if let Ok(delta) = self.playlist(&format!("{url}?_HLS_skip=YES")) {
                self.judge(url, None, &MediaPlaylist::parse(&delta));
            }
            last = next;
        }
        Ok(())
    }

    /// Asks for the next part, and judges how the answer keeps to what was asked for (6.2.5.2).
    fn next_part(&mut self, url: &str, last: &MediaPlaylist) -> Result<Option<String>, CheckError> {
        let (msn, part) = (
            last.last_number().map_or(0, |number| number + 1),
            last.open_parts.len(),
        );
        let asked = Instant::now();
        let reply = self.get(&format!("{url}?_HLS_msn={msn}&_HLS_part={part}"))?;
        self.report.blocked += 1;
        let waited = asked.elapsed().as_secs_f64();
        let limit = 3.0 * last.target.unwrap_or(2.0) + 1.0;
        if waited > limit {
            self.fault(
                url,
                "waits-three-target-durations-at-most",
                "6.2.5.2",
                format!("{waited:.1} s"),
            );
        }
        if reply.status == 503 {
            return Ok(None);
        }
        if reply.status != 200 {
            self.fault(
                url,
                "blocking-request-is-answered",
                "6.2.5.2",
                format!("{}", reply.status),
            );
            return Ok(None);
        }
        let next = MediaPlaylist::parse(&reply.body);
        let is_there = next.ended
            || next.last_number() >= Some(msn)
            || next.last_number().map(|number| number + 1) == Some(msn) && next.open_parts.len() > part;
        // While a publisher is lost the answer is what there is, and must not be kept.
        let is_kept = reply.cache_control.contains("max-age");
        if !is_there && (is_kept || !next.part_hints.is_empty()) {
            self.fault(
                url,
                "answer-has-what-was-waited-for",
                "6.2.5.2",
                format!("{msn}.{part} is not in the playlist"),
            );
        }
        Ok(Some(reply.body))
    }

    /// Requests that must not be granted (6.2.5.2).
    fn refusals(&mut self, url: &str, last: &MediaPlaylist) -> Result<(), CheckError> {
        if !last.can_block() || last.ended {
            return Ok(());
        }
        let far = last.last_number().map_or(0, |number| number + 10);
        for (rule, query) in [
            ("far-future-is-refused", format!("_HLS_msn={far}")),
            ("part-without-segment-is-refused", "_HLS_part=0".to_owned()),
        ] {
            let status = self.get(&format!("{url}?{query}"))?.status;
            if status != 400 {
                self.fault(url, rule, "6.2.5.2", format!("{query} was answered {status}"));
            }
        }
        Ok(())
    }

    fn judge(&mut self, url: &str, before: Option<&MediaPlaylist>, now: &MediaPlaylist) {
        self.report.playlists += 1;
        for violation in check(before, now) {
            self.note(url, violation);
        }
    }

    fn fault(&mut self, url: &str, rule: &'static str, section: &'static str, what: String) {
        self.note(url, Violation { rule, section, what });
    }

    fn note(&mut self, url: &str, violation: Violation) {
        if self.known.insert((url.to_owned(), violation.rule)) {
            self.report.violations.push((url.to_owned(), violation));
        }
    }

    fn playlist(&self, url: &str) -> Result<String, CheckError> {
        let reply = self.get(url)?;
        match reply.status {
            200 => Ok(reply.body),
            status => Err(CheckError::Status {
                url: url.to_owned(),
                status,
            }),
        }
    }

    fn get(&self, url: &str) -> Result<Reply, CheckError> {
        let unreachable = |error| CheckError::Unreachable {
            url: url.to_owned(),
            source: Box::new(error),
        };
        let mut response = self.agent.get(url).call().map_err(unreachable)?;
        let cache_control = response.headers().get("cache-control");
        Ok(Reply {
            status: response.status().as_u16(),
            cache_control: cache_control
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            body: response.body_mut().read_to_string().map_err(unreachable)?,
        })
    }
}

/// The media playlists that a multivariant playlist names.
fn renditions(multivariant: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in multivariant.lines() {
        if let Some(list) = line.strip_prefix("#EXT-X-MEDIA:") {
            names.extend(attribute(list, "URI").map(str::to_owned));
        } else if !line.starts_with('#') && !line.is_empty() {
            names.insert(line.to_owned());
        }
    }
    names
}

fn beside(url: &str, name: &str) -> String {
    if name.contains("://") {
        return name.to_owned();
    }
    let (directory, _) = url.rsplit_once('/').unwrap_or((url, ""));
    format!("{directory}/{name}")
}
