//! From what a channel holds to what a view of it shows.

use bytes::Bytes;

use super::channel::{Found, Phase, State};
use super::interval::{Interval, Segment};
use super::request::{Answer, Body, Freshness, PlayError, Resource, View};
use super::retention::{listed, micros};
use crate::packaging::hls::{self, Entry, MediaPlaylist, Multivariant, Picture, Sound};
use crate::packaging::segmenter::Init;
use crate::packaging::{PackagingSettings, Track};
use crate::{SessionId, UnixMicros};

/// How many rendered playlists a channel keeps: three for each of a few views.
const RENDERED: usize = 12;

/// What a gap answers to players that know nothing of `EXT-X-GAP` and ask all the same: an empty box
/// (ISO/IEC 14496-12, 8.1.2).
const NOTHING: &[u8] = b"\0\0\0\x08free";

/// Playlists as text, for the viewers that ask before the next change.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    edition: u64,
    texts: Vec<(View, Resource, Answer)>,
}

impl State {
    /// Looks for what a request names, in what its view shows.
    pub(super) fn find(
        &mut self,
        resource: &Resource,
        view: View,
        settings: &PackagingSettings,
    ) -> Result<Found, PlayError> {
        let media = |track: Track, parts| {
            Ok(Found::Answer(Answer {
                body: Body::Parts(parts),
                content_type: track.content_type(),
                freshness: Freshness::Immutable,
                tag: None,
            }))
        };
        match *resource {
            Resource::Multivariant | Resource::MediaPlaylist(_) => self.playlist(*resource, view, settings),
            Resource::Init {
                session,
                track,
                index,
            } => {
                let init = self
                    .init(session, track, index, view)
                    .ok_or(PlayError::NotFound)?;
                media(track, vec![init.bytes.clone()])
            }
            Resource::Segment {
                session,
                track,
                number,
            } => {
                let segment = self
                    .seen(session, number, view)
                    .and_then(|interval| interval.segments.of(track).as_ref())
                    .filter(|segment| segment.complete)
                    .ok_or(PlayError::NotFound)?;
                if segment.is_gap() {
                    return media(track, vec![Bytes::from_static(NOTHING)]);
                }
                media(track, segment.content())
            }
            Resource::Part {
                session,
                track,
                number,
                part,
            } => {
                let part = self
                    .seen(session, number, view)
                    .and_then(|interval| interval.segments.of(track).as_ref())
                    .and_then(|segment| segment.parts.get(part))
                    .ok_or(PlayError::NotFound)?;
                media(track, vec![part.bytes.clone()])
            }
        }
    }

    fn seen(&self, session: SessionId, number: u64, view: View) -> Option<&Interval> {
        self.intervals
            .iter()
            .find(|interval| interval.number == number && interval.session == session)
            .filter(|interval| interval.is_in(view))
    }

    fn init(&self, session: SessionId, track: Track, index: u32, view: View) -> Option<&Init> {
        let is_used = self.intervals.iter().any(|interval| {
            interval.session == session
                && interval.is_in(view)
                && interval
                    .segments
                    .of(track)
                    .as_ref()
                    .is_some_and(|segment| segment.init == index)
        });
        let inits = self.session(session)?.inits.of(track);
        inits.iter().find(|init| init.index == index).filter(|_| is_used)
    }

    fn playlist(
        &mut self,
        resource: Resource,
        view: View,
        settings: &PackagingSettings,
    ) -> Result<Found, PlayError> {
        if self.rendered.edition != self.edition {
            self.rendered.texts.clear();
            self.rendered.edition = self.edition;
        }
        if let Some((_, _, answer)) = self
            .rendered
            .texts
            .iter()
            .find(|(of, what, _)| *of == view && *what == resource)
        {
            return Ok(Found::Answer(answer.clone()));
        }
        let Some(text) = self.render(resource, view, settings)? else {
            return Ok(Found::Nothing);
        };
        let answer = Answer {
            tag: Some(tag(&text)),
            body: Body::Parts(vec![Bytes::from(text)]),
            content_type: hls::CONTENT_TYPE,
            freshness: Freshness::Revalidate,
        };
        if self.rendered.texts.len() >= RENDERED {
            self.rendered.texts.remove(0);
        }
        self.rendered.texts.push((view, resource, answer.clone()));
        Ok(Found::Answer(answer))
    }

    /// The text of a playlist, if there is a segment for it.
    fn render(
        &self,
        resource: Resource,
        view: View,
        settings: &PackagingSettings,
    ) -> Result<Option<String>, PlayError> {
        let seen: Vec<_> = self.run(view).collect();
        let over = self.is_over(view);
        if over && seen.is_empty() {
            return Err(PlayError::NotFound);
        }
        let complete: Vec<_> = seen
            .iter()
            .copied()
            .filter(|interval| interval.is_complete())
            .collect();
        if complete.is_empty() {
            return Ok(None);
        }
        if let Resource::MediaPlaylist(track) = resource {
            let ended = over && complete.len() == seen.len();
            self.media_playlist(track, view, &seen, ended, settings)
        } else {
            Ok(Some(self.multivariant(&complete).render()))
        }
    }

    fn media_playlist(
        &self,
        track: Track,
        view: View,
        seen: &[&Interval],
        ended: bool,
        settings: &PackagingSettings,
    ) -> Result<Option<String>, PlayError> {
        let first = seen
            .iter()
            .position(|interval| interval.segments.of(track).is_some())
            .ok_or(PlayError::NotFound)?;
        let listable: Vec<_> = seen
            .iter()
            .skip(first)
            .take_while(|interval| match interval.segments.of(track) {
                Some(segment) => segment.complete,
                None => interval.is_complete(),
            })
            .collect();
        let Some(target) = listable.last().and_then(|interval| self.target_of(interval)) else {
            return Ok(None);
        };
        let window = micros(listed(settings, Some(target)));
        let mut newer = 0;
        let count = listable
            .iter()
            .rev()
            .take_while(|interval| {
                let is_listed = newer < window;
                newer += interval.duration_micros();
                is_listed
            })
            .count();
        let playlist = MediaPlaylist {
            track,
            target,
            entries: listable
                .iter()
                .skip(listable.len() - count)
                .map(|interval| entry(interval, track, self.discontinuity_sequence(interval, view)))
                .collect(),
            ended,
        };
        Ok(Some(playlist.render()))
    }

    /// The newest intervals of a view that follow each other without a hole.
    fn run(&self, view: View) -> impl Iterator<Item = &Interval> {
        let seen = || self.intervals.iter().filter(move |interval| interval.is_in(view));
        let mut next = None;
        let length = seen()
            .rev()
            .take_while(|interval| {
                let follows =
                    next.is_none_or(|(run, number)| run == interval.run && number == interval.number + 1);
                next = Some((interval.run, interval.number));
                follows
            })
            .count();
        seen().skip(seen().count() - length)
    }

    fn discontinuity_sequence(&self, interval: &Interval, view: View) -> u64 {
        let run = self.runs.iter().find(|run| run.id == interval.run);
        run.map_or(0, |run| run.sequence_in(view, interval.discontinuities))
    }

    /// Whether nothing will be added to a view.
    fn is_over(&self, view: View) -> bool {
        match view {
            View::Broadcast { until, .. } => until.is_some(),
            View::Preview(session) => self
                .session(session)
                .is_none_or(|session| session.phase != Phase::Publishing),
        }
    }

    fn multivariant(&self, shown: &[&Interval]) -> Multivariant {
        let mut multivariant = Multivariant {
            independent: true,
            ..Multivariant::default()
        };
        let (mut bits, mut micros) = (0, 0);
        for interval in shown {
            let duration = interval.duration_micros().max(1);
            let size = bits_of(interval);
            multivariant.peak_bits_per_second =
                multivariant.peak_bits_per_second.max(size * 1_000_000 / duration);
            multivariant.independent &= interval.segments().all(Segment::is_independent);
            bits += size;
            micros += duration;
        }
        multivariant.average_bits_per_second = (bits * 1_000_000).checked_div(micros).unwrap_or(0);
        let video = self.configurations(shown, Track::Video);
        if let Some(newest) = video.first() {
            multivariant.picture = Some(Picture {
                codecs: codecs(&video),
                resolution: newest.resolution,
                frame_rate: frame_rate(shown, newest.frame_rate),
            });
        }
        let audio = self.configurations(shown, Track::Audio);
        if let Some(newest) = audio.first() {
            multivariant.sound = Some(Sound {
                codecs: codecs(&audio),
                channels: newest.channels,
            });
        }
        multivariant
    }

    /// The configurations in use, the newest first.
    fn configurations(&self, shown: &[&Interval], track: Track) -> Vec<&Init> {
        let mut used = Vec::new();
        for interval in shown.iter().rev() {
            let Some(segment) = interval.segments.of(track) else {
                continue;
            };
            let key = (interval.session, segment.init);
            if !used.contains(&key) {
                used.push(key);
            }
        }
        used.into_iter()
            .filter_map(|(session, index)| {
                let inits = self.session(session)?.inits.of(track);
                inits.iter().find(|init| init.index == index)
            })
            .collect()
    }
}

fn entry(interval: &Interval, track: Track, discontinuity_sequence: u64) -> Entry {
    let segment = interval
        .segments
        .of(track)
        .as_ref()
        .filter(|segment| !segment.is_gap());
    let begins = segment.and_then(Segment::begins).unwrap_or(interval.at);
    // A track may begin a little beside its interval; video is listed by the interval's time of presentation.
    let later = if track == Track::Audio {
        (begins - interval.at).saturating_mul(1_000)
    } else {
        0
    };
    Entry {
        number: interval.number,
        session: interval.session,
        discontinuity_sequence,
        init: segment.map(|segment| segment.init),
        duration_micros: segment.map_or_else(|| interval.duration_micros(), Segment::duration_micros),
        date_time: UnixMicros(interval.date_time.0.saturating_add(later)),
        independent: segment.is_none_or(Segment::is_independent),
    }
}

fn bits_of(interval: &Interval) -> u64 {
    let bytes: usize = interval.segments().map(Segment::len).sum();
    u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8)
}

fn codecs(inits: &[&Init]) -> Vec<String> {
    let mut codecs: Vec<String> = Vec::new();
    for init in inits {
        if !codecs.contains(&init.codec) {
            codecs.push(init.codec.clone());
        }
    }
    codecs
}

/// Frames counted, in thousandths of a frame a second; or what the encoder declares, if it is that within 2 %.
fn frame_rate(shown: &[&Interval], declared: Option<u32>) -> Option<u64> {
    let (mut frames, mut micros) = (0, 0);
    for segment in shown
        .iter()
        .filter_map(|interval| interval.segments.video.as_ref())
    {
        frames += segment
            .parts
            .iter()
            .map(|part| u64::from(part.samples))
            .sum::<u64>();
        micros += segment.duration_micros();
    }
    let measured = (frames * 1_000_000_000).checked_div(micros)?;
    let declared = declared.map(u64::from);
    let close = declared.filter(|declared| declared.abs_diff(measured) * 50 <= measured);
    Some(close.unwrap_or(measured))
}

/// An entity tag for a playlist: FNV-1a over its text.
fn tag(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
