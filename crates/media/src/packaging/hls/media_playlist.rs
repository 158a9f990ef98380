//! The playlist of one rendition (RFC 8216bis, 4.4.3 and 4.4.4).

use std::fmt::Write;

use super::date_time::DateTime;
use crate::packaging::Track;
use crate::{SessionId, UnixMicros};

/// What a media playlist says.
#[derive(Debug)]
pub(crate) struct MediaPlaylist {
    pub(crate) track: Track,
    /// `EXT-X-TARGETDURATION`, in seconds.
    pub(crate) target: u32,
    /// Neighbours by number.
    pub(crate) entries: Vec<Entry>,
    /// Whether no more segments will come.
    pub(crate) ended: bool,
}

/// One segment of a playlist.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) session: SessionId,
    /// The number of discontinuities before it, however long ago.
    pub(crate) discontinuity_sequence: u64,
    /// The index of the init segment; a gap has none.
    pub(crate) init: Option<u32>,
    pub(crate) duration_micros: u64,
    pub(crate) date_time: UnixMicros,
    /// Whether it begins with a sample that a decoder can start with.
    pub(crate) independent: bool,
}

impl MediaPlaylist {
    pub(crate) fn render(&self) -> String {
        let mut text = String::with_capacity(256 + self.entries.len() * 160);
        self.write(&mut text).ok();
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let letter = self.track.letter();
        // A gap needs version 8, EXT-X-MAP version 6 (section 8).
        let version = if self.entries.iter().any(|entry| entry.init.is_none()) {
            8
        } else {
            6
        };
        writeln!(text, "#EXTM3U\n#EXT-X-VERSION:{version}")?;
        writeln!(text, "#EXT-X-TARGETDURATION:{}", self.target)?;
        let first = self.entries.first();
        writeln!(
            text,
            "#EXT-X-MEDIA-SEQUENCE:{}",
            first.map_or(0, |entry| entry.number)
        )?;
        let mut discontinuities = first.map_or(0, |entry| entry.discontinuity_sequence);
        writeln!(text, "#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}")?;
        if self.entries.iter().all(|entry| entry.independent) {
            writeln!(text, "#EXT-X-INDEPENDENT-SEGMENTS")?;
        }
        let mut map = None;
        for entry in &self.entries {
            let Entry { number, session, .. } = entry;
            if entry.discontinuity_sequence != discontinuities {
                discontinuities = entry.discontinuity_sequence;
                writeln!(text, "#EXT-X-DISCONTINUITY")?;
            }
            if let Some(init) = entry.init
                && map != Some((*session, init))
            {
                map = Some((*session, init));
                writeln!(text, "#EXT-X-MAP:URI=\"{session}/{letter}-init-{init}.mp4\"")?;
            }
            writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{}", DateTime(entry.date_time))?;
            if entry.init.is_none() {
                writeln!(text, "#EXT-X-GAP")?;
            }
            // A gap is as long as what other renditions have there, which may be what went wrong.
            let longest = match entry.init {
                Some(_) => u64::MAX,
                None => u64::from(self.target) * 1_000_000,
            };
            let duration = entry.duration_micros.min(longest);
            let (seconds, micros) = (duration / 1_000_000, duration % 1_000_000);
            writeln!(
                text,
                "#EXTINF:{seconds}.{micros:06},\n{session}/{letter}-{number}.m4s"
            )?;
        }
        if self.ended {
            writeln!(text, "#EXT-X-ENDLIST")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, discontinuity_sequence: u64, init: Option<u32>) -> Entry {
        Entry {
            number,
            session: SessionId(0xab),
            discontinuity_sequence,
            init,
            duration_micros: 2_000_000,
            date_time: UnixMicros(1_700_000_000_000_000),
            independent: true,
        }
    }

    #[test]
    fn playlist_names_each_change_of_configuration_behind_a_discontinuity() {
        let playlist = MediaPlaylist {
            track: Track::Video,
            target: 2,
            entries: vec![entry(7, 3, Some(0)), entry(8, 4, Some(1)), entry(9, 4, Some(1))],
            ended: true,
        };
        assert_eq!(
            playlist.render(),
            "#EXTM3U\n\
             #EXT-X-VERSION:6\n\
             #EXT-X-TARGETDURATION:2\n\
             #EXT-X-MEDIA-SEQUENCE:7\n\
             #EXT-X-DISCONTINUITY-SEQUENCE:3\n\
             #EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-MAP:URI=\"00000000000000ab/v-init-0.mp4\"\n\
             #EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z\n\
             #EXTINF:2.000000,\n\
             00000000000000ab/v-7.m4s\n\
             #EXT-X-DISCONTINUITY\n\
             #EXT-X-MAP:URI=\"00000000000000ab/v-init-1.mp4\"\n\
             #EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z\n\
             #EXTINF:2.000000,\n\
             00000000000000ab/v-8.m4s\n\
             #EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z\n\
             #EXTINF:2.000000,\n\
             00000000000000ab/v-9.m4s\n\
             #EXT-X-ENDLIST\n"
        );
    }

    #[test]
    fn gap_is_named_and_raises_the_version() {
        let text = MediaPlaylist {
            track: Track::Audio,
            target: 2,
            entries: vec![entry(7, 3, Some(0)), entry(8, 3, None)],
            ended: false,
        }
        .render();
        assert!(text.contains("#EXT-X-VERSION:8\n"));
        assert!(text.ends_with("#EXT-X-GAP\n#EXTINF:2.000000,\n00000000000000ab/a-8.m4s\n"));
    }
}
