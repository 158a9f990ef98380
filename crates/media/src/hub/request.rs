//! What players ask for and what they get.

use std::time::Duration;

use bytes::Bytes;

use super::directives::Directives;
use super::growing::Growing;
use super::relay::Relayed;
use crate::packaging::Track;
use crate::{ChannelId, SessionId, UnixMicros};

/// One request of a player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayRequest {
    /// Whose media.
    pub channel: ChannelId,
    /// How much of it this player may see.
    pub view: View,
    /// The file's name relative to the play URL: `index.m3u8`, `video.m3u8`, `audio.m3u8`, `manifest.mpd`, `stream.flv`, or as
    /// these name it.
    pub resource: String,
    /// What it asks of a media playlist; other files know no directives.
    pub directives: Directives,
}

/// The stretch of a channel's media that a player may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// All of one session.
    Preview(SessionId),
    /// From the segment that was open at `from` on, through interruptions, over any number of sessions.
    Broadcast {
        /// When the broadcast started.
        from: UnixMicros,
        /// When it ended, if it did: only what began before it is seen.
        until: Option<UnixMicros>,
    },
}

/// What a player gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The content.
    pub body: Body,
    /// Its media type.
    pub content_type: &'static str,
    /// How long caches may keep it.
    pub freshness: Freshness,
    /// The entity tag without quotes, of what can change.
    pub tag: Option<String>,
}

/// The content of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Whole, as pieces in order, which all viewers share.
    Parts(Vec<Bytes>),
    /// A segment that is being made.
    Growing(Growing),
    /// What is live, for as long as it is, as one file.
    Relayed(Relayed),
}

/// How long an answer is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// For ever.
    Immutable,
    /// For so long: what was waited for is there, and the address names it.
    For(Duration),
    /// Until asked again: `no-cache`, with the tag.
    Revalidate,
    /// Not at all: `no-store`.
    Never,
}

/// Why a player gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlayError {
    /// No such file in this view, or no longer: 404.
    #[error("there is no such media")]
    NotFound,
    /// Nothing yet: 503 with `Retry-After: 1`.
    #[error("there is no media yet")]
    NotYet,
    /// A segment or part so far ahead that nobody can know of it: 400.
    #[error("that is too far in the future")]
    TooFar,
}

/// A file's name, understood. A file has exactly one name, so that caches keep it once; but a segment has two, since HLS
/// hints at one whose time is not known yet, and DASH names it by its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Multivariant,
    MediaPlaylist(Track),
    Manifest,
    Flv,
    /// What time it is.
    Time,
    Init {
        session: SessionId,
        track: Track,
        index: u32,
    },
    Segment {
        session: SessionId,
        track: Track,
        number: u64,
    },
    /// A segment by the time in ticks at which it begins. Each init segment has a timescale of its own.
    SegmentAt {
        session: SessionId,
        track: Track,
        init: u32,
        time: u64,
    },
    Part {
        session: SessionId,
        track: Track,
        number: u64,
        part: usize,
    },
}

impl Resource {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "index.m3u8" => return Some(Self::Multivariant),
            "video.m3u8" => return Some(Self::MediaPlaylist(Track::Video)),
            "audio.m3u8" => return Some(Self::MediaPlaylist(Track::Audio)),
            "manifest.mpd" => return Some(Self::Manifest),
            "stream.flv" => return Some(Self::Flv),
            "time" => return Some(Self::Time),
            _ => {}
        }
        let (session, file) = name.split_once('/')?;
        let session = session_id(session)?;
        let (track, file) = match file.split_once('-')? {
            ("v", file) => (Track::Video, file),
            ("a", file) => (Track::Audio, file),
            _ => return None,
        };
        if let Some(index) = file.strip_prefix("init-") {
            let index = u32::try_from(decimal(index.strip_suffix(".mp4")?)?).ok()?;
            return Some(Self::Init {
                session,
                track,
                index,
            });
        }
        let file = file.strip_suffix(".m4s")?;
        if let Some((init, time)) = file.split_once('-') {
            return Some(Self::SegmentAt {
                session,
                track,
                init: u32::try_from(decimal(init)?).ok()?,
                time: decimal(time)?,
            });
        }
        if let Some((number, part)) = file.split_once('.') {
            return Some(Self::Part {
                session,
                track,
                number: decimal(number)?,
                part: usize::try_from(decimal(part)?).ok()?,
            });
        }
        Some(Self::Segment {
            session,
            track,
            number: decimal(file)?,
        })
    }
}

fn session_id(text: &str) -> Option<SessionId> {
    let canonical = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let id = canonical.then(|| u64::from_str_radix(text, 16).ok()).flatten()?;
    Some(SessionId(id.cast_signed()))
}

fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    canonical.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_those_that_playlists_use() {
        let session = SessionId(-2);
        assert_eq!(session.to_string(), "fffffffffffffffe");
        for (name, resource) in [
            ("index.m3u8", Resource::Multivariant),
            ("audio.m3u8", Resource::MediaPlaylist(Track::Audio)),
            (
                "fffffffffffffffe/v-init-3.mp4",
                Resource::Init {
                    session,
                    track: Track::Video,
                    index: 3,
                },
            ),
            (
                "fffffffffffffffe/a-12.m4s",
                Resource::Segment {
                    session,
                    track: Track::Audio,
                    number: 12,
                },
            ),
            (
                "fffffffffffffffe/a-1-96256.m4s",
                Resource::SegmentAt {
                    session,
                    track: Track::Audio,
                    init: 1,
                    time: 96_256,
                },
            ),
            (
                "fffffffffffffffe/v-12.0.m4s",
                Resource::Part {
                    session,
                    track: Track::Video,
                    number: 12,
                    part: 0,
                },
            ),
        ] {
            assert_eq!(Resource::parse(name), Some(resource), "{name}");
        }
    }

    #[test]
    fn no_file_has_a_second_name() {
        for name in [
            "",
            "/index.m3u8",
            "Index.m3u8",
            "../index.m3u8",
            "fffffffffffffffe/v-012.m4s",
            "fffffffffffffffe/v-+1.m4s",
            "fffffffffffffffe/v-.m4s",
            "FFFFFFFFFFFFFFFE/v-1.m4s",
            "ffe/v-1.m4s",
            "fffffffffffffffe/x-1.m4s",
            "fffffffffffffffe/v-1.2.3.m4s",
            "fffffffffffffffe/v-0-01.m4s",
            "fffffffffffffffe/v-0-.m4s",
            "fffffffffffffffe/v-0-1-2.m4s",
            "fffffffffffffffe/v-4294967296-1.m4s",
            "fffffffffffffffe/v-99999999999999999999.m4s",
            "fffffffffffffffe/v-init-4294967296.mp4",
        ] {
            assert_eq!(Resource::parse(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_panics(name in "[a-f0-9v/.-]{0,40}|.{0,40}") {
            let _ = Resource::parse(&name);
        }
    }
}
