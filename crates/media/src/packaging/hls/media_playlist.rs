//! The playlist of one rendition (RFC 8216bis, 4.4.3 to 4.4.5).

use std::fmt::Write;

use super::date_time::DateTime;
use crate::packaging::Track;
use crate::{SessionId, UnixMicros};

/// The version of every playlist: what delta updates need (section 8), and the same for the whole playlist, whose tags
/// do not change (6.2.1).
const VERSION: u32 = 9;

/// How many target durations from its end a playlist names parts (4.4.4.9).
const PARTS_WITHIN: u64 = 3;
/// How many target durations from its end a playlist is never skipped (4.4.3.8).
pub(crate) const SKIP_UNTIL: u64 = 6;

/// What a media playlist says.
#[derive(Debug)]
pub(crate) struct MediaPlaylist {
    pub(crate) track: Track,
    /// `EXT-X-TARGETDURATION`, in seconds.
    pub(crate) target: u32,
    /// `PART-TARGET`, in milliseconds.
    pub(crate) part_target: u32,
    /// `PART-HOLD-BACK`, in milliseconds.
    pub(crate) part_hold_back: u32,
    /// Neighbours by number.
    pub(crate) entries: Vec<Entry>,
    /// The segment that is being made, which only has parts.
    pub(crate) open: Option<Entry>,
    /// The part that comes next.
    pub(crate) hint: Option<PartName>,
    /// What the other renditions have.
    pub(crate) reports: Vec<Report>,
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
    pub(crate) parts: Vec<EntryPart>,
}

/// One part of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryPart {
    pub(crate) duration_micros: u64,
    /// Whether a decoder can start with it.
    pub(crate) independent: bool,
}

/// What names a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartName {
    pub(crate) session: SessionId,
    pub(crate) number: u64,
    pub(crate) part: usize,
}

/// How far another rendition has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) track: Track,
    pub(crate) last_number: u64,
    /// The index of its last part; a gap has none.
    pub(crate) last_part: Option<usize>,
}

impl MediaPlaylist {
    /// The playlist as text; as a delta update (6.2.5.1) if `skip`, unless there is nothing to leave out or the end is there.
    pub(crate) fn render(&self, skip: bool) -> String {
        let mut text = String::with_capacity(512 + self.entries.len() * 512);
        self.write(skip, &mut text).ok();
        text
    }

    fn write(&self, skip: bool, text: &mut String) -> std::fmt::Result {
        self.write_head(text)?;
        let after: Vec<_> = self.durations_after();
        let far = |distance: &&u64, targets: u64| **distance >= self.micros(targets);
        // The boundary is counted from the end of the last whole segment (6.2.5.1).
        let open = self.open_micros();
        let skipped = if skip && !self.ended {
            let far = |after: &&u64| far(&&(**after - open), SKIP_UNTIL);
            after.iter().take_while(far).count()
        } else {
            0
        };
        if skipped > 0 {
            writeln!(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")?;
        }
        let mut writer = EntryWriter {
            track: self.track,
            discontinuities: self.first().map_or(0, |entry| entry.discontinuity_sequence),
            map: None,
        };
        for (position, (entry, after)) in self.entries.iter().zip(&after).enumerate() {
            if position < skipped {
                writer.pass(entry);
                continue;
            }
            writer.head(entry, text)?;
            if !far(&after, PARTS_WITHIN) {
                writer.parts(entry, text)?;
            }
            writer.segment(entry, self.target, text)?;
        }
        if let Some(open) = self.open.as_ref().filter(|open| !open.parts.is_empty()) {
            writer.head(open, text)?;
            writer.parts(open, text)?;
        }
        if let Some(hint) = self.hint {
            let name = part_name(self.track, hint);
            writeln!(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{name}\"")?;
        }
        for report in &self.reports {
            let name = report.track.playlist();
            write!(
                text,
                "#EXT-X-RENDITION-REPORT:URI=\"{name}\",LAST-MSN={}",
                report.last_number
            )?;
            if let Some(part) = report.last_part {
                write!(text, ",LAST-PART={part}")?;
            }
            writeln!(text)?;
        }
        if self.ended {
            writeln!(text, "#EXT-X-ENDLIST")?;
        }
        Ok(())
    }

    fn write_head(&self, text: &mut String) -> std::fmt::Result {
        let first = self.first();
        let target = self.target;
        writeln!(text, "#EXTM3U\n#EXT-X-VERSION:{VERSION}")?;
        writeln!(text, "#EXT-X-TARGETDURATION:{target}")?;
        writeln!(
            text,
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={},CAN-SKIP-UNTIL={}.0",
            Seconds::of_millis(self.part_hold_back),
            u64::from(target) * SKIP_UNTIL
        )?;
        writeln!(
            text,
            "#EXT-X-PART-INF:PART-TARGET={}",
            Seconds::of_millis(self.part_target)
        )?;
        writeln!(
            text,
            "#EXT-X-MEDIA-SEQUENCE:{}",
            first.map_or(0, |entry| entry.number)
        )?;
        writeln!(
            text,
            "#EXT-X-DISCONTINUITY-SEQUENCE:{}",
            first.map_or(0, |entry| entry.discontinuity_sequence)
        )
    }

    fn first(&self) -> Option<&Entry> {
        self.entries.first()
    }

    /// How much follows each segment, in microseconds.
    fn durations_after(&self) -> Vec<u64> {
        let mut next = self.open_micros();
        let mut durations = Vec::with_capacity(self.entries.len());
        for entry in self.entries.iter().rev() {
            durations.push(next);
            next += entry.duration_micros;
        }
        durations.reverse();
        durations
    }

    /// How much there is of the segment that is being made, in microseconds.
    fn open_micros(&self) -> u64 {
        let open = self.open.iter().flat_map(|open| &open.parts);
        open.map(|part| part.duration_micros).sum()
    }

    fn micros(&self, targets: u64) -> u64 {
        u64::from(self.target) * targets * 1_000_000
    }
}

/// Writes segments one after another, and only what changes from one to the next.
struct EntryWriter {
    track: Track,
    discontinuities: u64,
    map: Option<(SessionId, u32)>,
}

impl EntryWriter {
    /// Goes past a segment that is skipped.
    fn pass(&mut self, entry: &Entry) {
        self.discontinuities = entry.discontinuity_sequence;
        if let Some(init) = entry.init {
            self.map = Some((entry.session, init));
        }
    }

    fn head(&mut self, entry: &Entry, text: &mut String) -> std::fmt::Result {
        let session = entry.session;
        if entry.discontinuity_sequence != self.discontinuities {
            self.discontinuities = entry.discontinuity_sequence;
            writeln!(text, "#EXT-X-DISCONTINUITY")?;
        }
        if let Some(init) = entry.init
            && self.map != Some((session, init))
        {
            self.map = Some((session, init));
            let letter = self.track.letter();
            writeln!(text, "#EXT-X-MAP:URI=\"{session}/{letter}-init-{init}.mp4\"")?;
        }
        writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{}", DateTime(entry.date_time))
    }

    fn parts(&self, entry: &Entry, text: &mut String) -> std::fmt::Result {
        for (index, part) in entry.parts.iter().enumerate() {
            let name = part_name(
                self.track,
                PartName {
                    session: entry.session,
                    number: entry.number,
                    part: index,
                },
            );
            let duration = Seconds(part.duration_micros);
            let independent = if part.independent { ",INDEPENDENT=YES" } else { "" };
            writeln!(
                text,
                "#EXT-X-PART:DURATION={duration},URI=\"{name}\"{independent}"
            )?;
        }
        Ok(())
    }

    fn segment(&self, entry: &Entry, target: u32, text: &mut String) -> std::fmt::Result {
        let Entry { number, session, .. } = entry;
        let letter = self.track.letter();
        // A gap is as long as what other renditions have there, which may be what went wrong.
        let longest = match entry.init {
            Some(_) => u64::MAX,
            None => u64::from(target) * 1_000_000,
        };
        if entry.init.is_none() {
            writeln!(text, "#EXT-X-GAP")?;
        }
        let duration = Seconds(entry.duration_micros.min(longest));
        writeln!(text, "#EXTINF:{duration},\n{session}/{letter}-{number}.m4s")
    }
}

fn part_name(track: Track, name: PartName) -> String {
    let PartName {
        session,
        number,
        part,
    } = name;
    format!("{session}/{}-{number}.{part}.m4s", track.letter())
}

/// Microseconds, written as seconds.
struct Seconds(u64);

impl Seconds {
    fn of_millis(milliseconds: u32) -> Self {
        Self(u64::from(milliseconds) * 1_000)
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: EntryPart = EntryPart {
        duration_micros: 1_000_000,
        independent: true,
    };

    fn entry(number: u64, discontinuity_sequence: u64, init: Option<u32>) -> Entry {
        Entry {
            number,
            session: SessionId(0xab),
            discontinuity_sequence,
            init,
            duration_micros: 2_000_000,
            date_time: UnixMicros(1_700_000_000_000_000),
            parts: Vec::new(),
        }
    }

    fn playlist(track: Track, entries: Vec<Entry>) -> MediaPlaylist {
        MediaPlaylist {
            track,
            target: 2,
            part_target: 334,
            part_hold_back: 1_002,
            entries,
            open: None,
            hint: None,
            reports: Vec::new(),
            ended: false,
        }
    }

    #[test]
    fn playlist_names_each_change_of_configuration_behind_a_discontinuity() {
        let playlist = MediaPlaylist {
            ended: true,
            ..playlist(
                Track::Video,
                vec![entry(7, 3, Some(0)), entry(8, 4, Some(1)), entry(9, 4, Some(1))],
            )
        };
        assert_eq!(
            playlist.render(false),
            "#EXTM3U\n\
             #EXT-X-VERSION:9\n\
             #EXT-X-TARGETDURATION:2\n\
             #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.002000,CAN-SKIP-UNTIL=12.0\n\
             #EXT-X-PART-INF:PART-TARGET=0.334000\n\
             #EXT-X-MEDIA-SEQUENCE:7\n\
             #EXT-X-DISCONTINUITY-SEQUENCE:3\n\
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
    fn gap_is_named() {
        let text = playlist(Track::Audio, vec![entry(7, 3, Some(0)), entry(8, 3, None)]).render(false);
        assert!(text.ends_with("#EXT-X-GAP\n#EXTINF:2.000000,\n00000000000000ab/a-8.m4s\n"));
    }

    #[test]
    fn parts_are_named_near_the_end_only_and_the_next_one_is_hinted_at() {
        let with_parts = |number| Entry {
            parts: vec![
                PART,
                EntryPart {
                    independent: false,
                    ..PART
                },
            ],
            ..entry(number, 3, Some(0))
        };
        let playlist = MediaPlaylist {
            open: Some(Entry {
                parts: vec![PART],
                ..entry(12, 4, Some(1))
            }),
            hint: Some(PartName {
                session: SessionId(0xab),
                number: 12,
                part: 1,
            }),
            reports: vec![Report {
                track: Track::Audio,
                last_number: 12,
                last_part: Some(0),
            }],
            ..playlist(Track::Video, (8..12).map(with_parts).collect())
        };
        let text = playlist.render(false);
        assert!(!text.contains("v-8.0.m4s"), "{text}");
        assert!(text.contains("v-9.0.m4s"), "{text}");
        let date = "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z";
        assert!(
            text.ends_with(&format!(
                "{date}\n\
                 #EXT-X-PART:DURATION=1.000000,URI=\"00000000000000ab/v-11.0.m4s\",INDEPENDENT=YES\n\
                 #EXT-X-PART:DURATION=1.000000,URI=\"00000000000000ab/v-11.1.m4s\"\n\
                 #EXTINF:2.000000,\n\
                 00000000000000ab/v-11.m4s\n\
                 #EXT-X-DISCONTINUITY\n\
                 #EXT-X-MAP:URI=\"00000000000000ab/v-init-1.mp4\"\n\
                 {date}\n\
                 #EXT-X-PART:DURATION=1.000000,URI=\"00000000000000ab/v-12.0.m4s\",INDEPENDENT=YES\n\
                 #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"00000000000000ab/v-12.1.m4s\"\n\
                 #EXT-X-RENDITION-REPORT:URI=\"audio.m3u8\",LAST-MSN=12,LAST-PART=0\n"
            )),
            "{text}"
        );
    }

    #[test]
    fn delta_update_leaves_out_what_is_past_the_boundary_and_keeps_the_rest_as_it_is() {
        let playlist = playlist(
            Track::Video,
            (1..=10)
                .map(|number| entry(number, u64::from(number > 2), Some(0)))
                .collect(),
        );
        let (whole, delta) = (playlist.render(false), playlist.render(true));
        let (head, rest) = delta.split_once("#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n").unwrap();
        assert!(whole.starts_with(head) && whole.ends_with(rest), "{delta}");
        assert_eq!(rest.matches("#EXTINF").count(), 6);
        assert!(!rest.contains("EXT-X-DISCONTINUITY\n"), "{delta}");

        let ended = MediaPlaylist {
            ended: true,
            ..playlist
        };
        assert_eq!(ended.render(true), ended.render(false));
    }
}
