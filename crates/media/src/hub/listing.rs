//! From what a channel holds to what a view of it shows.

use std::time::Duration;

use bytes::Bytes;

use super::channel::{Found, Phase, State};
use super::directives::{Directives, Frontier, Reached};
use super::interval::Interval;
use super::request::{Answer, Body, Freshness, PlayError, Resource, View};
use crate::SessionId;
use crate::packaging::dash;
use crate::packaging::hls::{self, SKIP_UNTIL};
use crate::packaging::segmenter::Init;
use crate::packaging::{PackagingSettings, Track};

/// How many rendered playlists a channel keeps: six for each of a few views.
const RENDERED: usize = 20;

/// How many target durations anything is waited for (RFC 8216bis, 6.2.5.2).
const PATIENCE: u32 = 3;

/// What a gap answers to players that know nothing of `EXT-X-GAP` and ask all the same: an empty box
/// (ISO/IEC 14496-12, 8.1.2).
const NOTHING: &[u8] = b"\0\0\0\x08free";

/// Playlists as text, for the viewers that ask before the next change.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    edition: u64,
    texts: Vec<(View, Resource, bool, Answer)>,
    frontiers: Vec<(View, Track, Frontier)>,
}

impl State {
    /// Looks for what a request names, in what its view shows.
    pub(super) fn find(
        &mut self,
        resource: &Resource,
        view: View,
        directives: Directives,
        settings: &PackagingSettings,
    ) -> Result<Found, PlayError> {
        if self.rendered.edition != self.edition {
            self.rendered.texts.clear();
            self.rendered.frontiers.clear();
            self.rendered.edition = self.edition;
        }
        if !self.is_packaged(view) {
            return Err(PlayError::NotFound);
        }
        let media = |track: Track, parts| {
            Ok(Found::Answer(Answer {
                body: Body::Parts(parts),
                content_type: track.content_type(),
                freshness: Freshness::Immutable,
                tag: None,
            }))
        };
        match *resource {
            Resource::Multivariant | Resource::Manifest => self.playlist(*resource, view, false, settings),
            // Nothing that is made of segments, or not named by its number.
            Resource::Time | Resource::Flv | Resource::SegmentAt { .. } => Err(PlayError::NotFound),
            Resource::MediaPlaylist(track) => self.awaited_playlist(track, view, directives, settings),
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
                    .filter(|segment| segment.complete || !segment.parts.is_empty())
                    .ok_or(PlayError::NotFound)?;
                if !segment.complete {
                    return Ok(Found::InTheMaking);
                }
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
                let segment = self
                    .seen(session, number, view)
                    .and_then(|interval| interval.segments.of(track).as_ref())
                    .ok_or(PlayError::NotFound)?;
                match segment.parts.get(part) {
                    Some(part) => media(track, vec![part.bytes.clone()]),
                    // The one that playlists hint at.
                    None if part == segment.parts.len()
                        && !segment.complete
                        && self.is_publishing(session) =>
                    {
                        Ok(Found::Nothing(self.patience(settings)))
                    }
                    None => Err(PlayError::NotFound),
                }
            }
        }
    }

    /// The same by its number, if it is a segment that is named by its time.
    pub(super) fn numbered(&self, resource: Resource) -> Result<Resource, PlayError> {
        let Resource::SegmentAt {
            session,
            track,
            init,
            time,
        } = resource
        else {
            return Ok(resource);
        };
        let named = |interval: &&Interval| {
            let segment = interval.segments.of(track).as_ref();
            interval.session == session
                && segment.is_some_and(|segment| segment.init == init && segment.time() == Some(time))
        };
        let interval = self.intervals.iter().find(named).ok_or(PlayError::NotFound)?;
        Ok(Resource::Segment {
            session,
            track,
            number: interval.number,
        })
    }

    /// A media playlist, when what the directives name is in it (RFC 8216bis, 6.2.5.2).
    fn awaited_playlist(
        &mut self,
        track: Track,
        view: View,
        directives: Directives,
        settings: &PackagingSettings,
    ) -> Result<Found, PlayError> {
        let resource = Resource::MediaPlaylist(track);
        let skip = directives.skip;
        let (Some(until), Some(frontier)) = (directives.until, self.known_frontier(track, view)?) else {
            return self.playlist(resource, view, skip, settings);
        };
        let reached = frontier.reach(until);
        match reached {
            Reached::TooFar => return Err(PlayError::TooFar),
            Reached::NotYet => return Ok(Found::Nothing(self.patience(settings))),
            Reached::Yes | Reached::Over | Reached::Interrupted => {}
        }
        Ok(match self.playlist(resource, view, skip, settings)? {
            Found::Answer(answer) if reached == Reached::Interrupted => Found::Meanwhile(answer),
            Found::Answer(answer) if reached == Reached::Yes => {
                let seconds = u64::from(frontier.target) * SKIP_UNTIL;
                Found::Answer(Answer {
                    freshness: Freshness::For(Duration::from_secs(seconds)),
                    ..answer
                })
            }
            found => found,
        })
    }

    fn known_frontier(&mut self, track: Track, view: View) -> Result<Option<Frontier>, PlayError> {
        let known = &self.rendered.frontiers;
        if let Some((_, _, frontier)) = known.iter().find(|(of, what, _)| *of == view && *what == track) {
            return Ok(Some(*frontier));
        }
        let frontier = self.frontier(track, view)?;
        if let Some(frontier) = frontier
            && self.rendered.frontiers.len() < RENDERED
        {
            self.rendered.frontiers.push((view, track, frontier));
        }
        Ok(frontier)
    }

    /// How long something is waited for.
    fn patience(&self, settings: &PackagingSettings) -> Duration {
        let target = self.newest_run().and_then(|run| self.targets_of(run).segment);
        let target = target.map_or(settings.segment_duration, |seconds| {
            Duration::from_secs(u64::from(seconds))
        });
        target * PATIENCE
    }

    fn is_publishing(&self, session: SessionId) -> bool {
        self.session(session)
            .is_some_and(|session| session.phase == Phase::Publishing)
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
        skip: bool,
        settings: &PackagingSettings,
    ) -> Result<Found, PlayError> {
        let known = &self.rendered.texts;
        if let Some((.., answer)) = known
            .iter()
            .find(|(of, what, delta, _)| *of == view && *what == resource && *delta == skip)
        {
            return Ok(Found::Answer(answer.clone()));
        }
        let Some(text) = self.render(resource, view, skip, settings)? else {
            return Ok(Found::Nothing(self.patience(settings)));
        };
        let answer = Answer {
            tag: Some(tag(&text)),
            body: Body::Parts(vec![Bytes::from(text)]),
            content_type: if resource == Resource::Manifest {
                dash::CONTENT_TYPE
            } else {
                hls::CONTENT_TYPE
            },
            freshness: Freshness::Revalidate,
        };
        if self.rendered.texts.len() >= RENDERED {
            self.rendered.texts.remove(0);
        }
        self.rendered.texts.push((view, resource, skip, answer.clone()));
        Ok(Found::Answer(answer))
    }

    /// The text of a playlist, if there is a segment for it.
    fn render(
        &self,
        resource: Resource,
        view: View,
        skip: bool,
        settings: &PackagingSettings,
    ) -> Result<Option<String>, PlayError> {
        if let Resource::MediaPlaylist(track) = resource {
            let playlist = self.media_playlist(track, view, settings)?;
            return Ok(playlist.map(|playlist| playlist.render(skip)));
        }
        if resource == Resource::Manifest {
            let manifest = self.presentation(view, settings)?;
            return Ok(manifest.map(|manifest| manifest.render()));
        }
        let seen: Vec<_> = self.run(view).collect();
        if seen.is_empty() && self.is_over(view) {
            return Err(PlayError::NotFound);
        }
        let complete: Vec<_> = seen
            .into_iter()
            .filter(|interval| interval.is_complete())
            .collect();
        Ok((!complete.is_empty()).then(|| self.multivariant(&complete).render()))
    }
}

/// An entity tag for a playlist: FNV-1a over its text.
fn tag(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
