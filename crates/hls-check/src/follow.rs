//! Follows one media playlist: reloads it as a low-latency player does, asks what may be asked, and fetches what it names.

use std::collections::VecDeque;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fetch::Client;
use crate::playlist::{MediaPlaylist, Segment};
use crate::report::Report;
use crate::rules::answers::{Asked, Exchange};
use crate::rules::files::{Fetched, Files};
use crate::rules::{judge_answer, judge_change, judge_files, judge_media};
use crate::watch::{CheckError, plain};

/// How far ahead of the playlist a request is to be refused, in segments.
const FAR: u64 = 10;

/// A part index that no segment has.
const PAST: u64 = 1_000;

/// One media playlist, and what was seen of it.
pub(crate) struct Follower<'a> {
    client: &'a Client,
    report: &'a mut Report,
    url: &'a str,
    codecs: Option<&'a str>,
    last: MediaPlaylist,
    /// The number of the newest segment, and when it was seen first.
    newest: Option<(u64, Instant)>,
    /// The newest segment that was fetched, and its number.
    fetched: Option<(u64, Fetched)>,
    /// What is named no longer, and when it is asked for again.
    removed: VecDeque<(Instant, String)>,
}

impl<'a> Follower<'a> {
    pub(crate) fn new(
        client: &'a Client,
        report: &'a mut Report,
        url: &'a str,
        codecs: Option<&'a str>,
    ) -> Self {
        Self {
            client,
            report,
            url,
            codecs,
            last: MediaPlaylist::default(),
            newest: None,
            fetched: None,
            removed: VecDeque::new(),
        }
    }

    pub(crate) fn follow(mut self, time: Duration) -> Result<(), CheckError> {
        let end = Instant::now() + time;
        let reply = self.client.playlist(self.url)?;
        let first = plain(self.url, &reply, MediaPlaylist::default());
        self.report.note(self.url, judge_answer(&first));
        self.take(first.now);
        self.questions()?;
        self.newest_segment()?;
        for round in 0_u64.. {
            if self.last.ended || Instant::now() >= end {
                break;
            }
            if round % 2 == 1 {
                self.hinted()?;
            }
            self.next()?;
            if self.last.control("CAN-SKIP-UNTIL").is_some() {
                self.ask(Asked {
                    skip: true,
                    ..Asked::default()
                })?;
            }
            self.newest_segment()?;
            self.removed(false)?;
        }
        self.removed(true)?;
        if self.last.ended {
            self.after_the_end()?;
        }
        Ok(())
    }

    /// What may be asked of a playlist beside its next part.
    fn questions(&mut self) -> Result<(), CheckError> {
        let Some(last) = self
            .last
            .last_number()
            .filter(|_| self.last.can_block() && !self.last.ended)
        else {
            return Ok(());
        };
        let at = |msn, part| Asked {
            msn: Some(msn),
            part,
            skip: false,
        };
        self.ask(at(last + FAR, None))?;
        self.ask(Asked {
            part: Some(0),
            ..Asked::default()
        })?;
        self.ask(at(self.last.media_sequence, None))?;
        self.ask(at(0, None))?;
        self.ask(at(last, Some(PAST)))?;
        self.ask(at(self.last.next_number(), None))?;
        Ok(())
    }

    /// An ended playlist waits for nothing and leaves nothing out.
    fn after_the_end(&mut self) -> Result<(), CheckError> {
        self.ask(Asked {
            msn: Some(self.last.next_number() + FAR),
            part: Some(0),
            skip: false,
        })?;
        self.ask(Asked {
            skip: true,
            ..Asked::default()
        })?;
        let again = self.client.playlist(self.url)?;
        let again = MediaPlaylist::parse(&again.text());
        self.judge(Some(&self.last.clone()), &again);
        Ok(())
    }

    /// The next playlist: with the next part where requests may wait, else after a while.
    fn next(&mut self) -> Result<(), CheckError> {
        if self.last.can_block() {
            let part = u64::try_from(self.last.open.parts.len())
                .ok()
                .filter(|_| self.last.part_target.is_some());
            let asked = Asked {
                msn: Some(self.last.next_number()),
                part,
                skip: false,
            };
            let exchange = self.ask(asked)?;
            if exchange.status == 200 {
                self.take(exchange.now);
            }
        } else {
            sleep(Duration::from_secs_f64(self.last.target.unwrap_or(2.0) / 2.0));
            let reply = self.client.playlist(self.url)?;
            self.take(MediaPlaylist::parse(&reply.text()));
        }
        Ok(())
    }

    /// Asks for the playlist with directives, and judges the answer by them.
    fn ask(&mut self, asked: Asked) -> Result<Exchange, CheckError> {
        let reply = self.client.get(&format!("{}{}", self.url, asked.query()))?;
        self.report.blocked += usize::from(asked.msn.is_some());
        let exchange = Exchange {
            asked,
            since_segment: self.newest.map(|(_, seen)| seen.elapsed().as_secs_f64()),
            ..plain(self.url, &reply, self.last.clone())
        };
        self.report.note(self.url, judge_answer(&exchange));
        if exchange.status == 200 {
            self.report.playlists += 1;
            self.report.note(self.url, judge_media(&exchange.now));
        }
        Ok(exchange)
    }

    /// Takes a playlist for the newest one.
    fn take(&mut self, now: MediaPlaylist) {
        let before = std::mem::take(&mut self.last);
        self.judge((!before.text.is_empty()).then_some(&before), &now);
        let (was, is) = (named(&before), named(&now));
        // Parts stay for three target durations; asked for at once, and again when half a one is left.
        let later = Duration::from_secs_f64(2.5 * now.target.unwrap_or(0.0));
        for (uri, is_part) in was.into_iter().filter(|it| !is.contains(it)) {
            self.removed.push_back((Instant::now(), uri.clone()));
            if is_part {
                self.removed.push_back((Instant::now() + later, uri));
            }
        }
        let known = self.newest.map(|(number, _)| number);
        if let Some(number) = now.last_number().filter(|number| known < Some(*number)) {
            self.newest = Some((number, Instant::now()));
        }
        self.last = now;
    }

    fn judge(&mut self, before: Option<&MediaPlaylist>, now: &MediaPlaylist) {
        self.report.playlists += 1;
        self.report.note(self.url, judge_media(now));
        if let Some(before) = before {
            self.report.note(self.url, judge_change(before, now));
        }
    }

    /// Fetches the newest segment, with all that belongs to it, once.
    fn newest_segment(&mut self) -> Result<(), CheckError> {
        let Some((number, segment)) = self.last.numbered().last() else {
            return Ok(());
        };
        if segment.gap || self.fetched.as_ref().is_some_and(|(known, _)| *known == number) {
            return Ok(());
        }
        let Segment {
            uri,
            map,
            parts,
            date,
            discontinuity,
            ..
        } = segment.clone();
        let mut files = Files {
            init: map.map(|map| self.client.file(self.url, &map)).transpose()?,
            segment: Some(self.client.file(self.url, &uri)?),
            date,
            codecs: self.codecs.map(str::to_owned),
            unknown: Some(self.client.file(self.url, &format!("{uri}.none"))?),
            ..Files::default()
        };
        for part in parts.iter().filter(|part| !part.gap) {
            files.parts.push(self.client.file(self.url, &part.uri)?);
        }
        let before = self
            .fetched
            .take()
            .filter(|(known, _)| known + 1 == number && !discontinuity);
        files.before = before.map(|(_, file)| file);
        self.report.files += 2 + files.parts.len();
        self.report.note(self.url, judge_files(&files));
        self.fetched = files.segment.map(|file| (number, file));
        Ok(())
    }

    /// Asks for the part that is hinted at, which is on its way.
    fn hinted(&mut self) -> Result<(), CheckError> {
        let Some(hint) = self.last.part_hints.first() else {
            return Ok(());
        };
        let hinted = self.client.file(self.url, hint)?;
        self.report.files += 1;
        // The publisher may have gone, and with it the part.
        let now = MediaPlaylist::parse(&self.client.playlist(self.url)?.text());
        if now.part_hints.is_empty() {
            return Ok(());
        }
        let files = Files {
            hinted: Some(hinted),
            part_target: now.part_target.unwrap_or(f64::INFINITY),
            ..Files::default()
        };
        self.report.note(self.url, judge_files(&files));
        Ok(())
    }

    /// Fetches what was named before and must be there all the same: what is due, or in the `last` round no more than that.
    fn removed(&mut self, last: bool) -> Result<(), CheckError> {
        let mut files = Files::default();
        let mut left = VecDeque::new();
        for (due, uri) in std::mem::take(&mut self.removed) {
            if due > Instant::now() {
                if !last {
                    left.push_back((due, uri));
                }
            } else {
                files.removed.push(self.client.file(self.url, &uri)?);
            }
        }
        self.removed = left;
        self.report.files += files.removed.len();
        self.report.note(self.url, judge_files(&files));
        Ok(())
    }
}

/// What a playlist names, and whether each is a part.
fn named(playlist: &MediaPlaylist) -> Vec<(String, bool)> {
    let segments = playlist.segments.iter().filter(|segment| !segment.gap);
    let segments = segments.map(|segment| (segment.uri.clone(), false));
    let all = playlist.segments.iter().chain([&playlist.open]);
    let parts = all.flat_map(|segment| &segment.parts).filter(|part| !part.gap);
    segments
        .chain(parts.map(|part| (part.uri.clone(), true)))
        .collect()
}
