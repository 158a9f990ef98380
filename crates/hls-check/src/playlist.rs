//! A media playlist, read without judging it.

pub use crate::text::{Tag, attribute, attributes};
use crate::text::{milliseconds, number, tag, tags};

/// What a media playlist says. Durations are in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MediaPlaylist {
    /// The whole text.
    pub text: String,
    /// Every tag, in order.
    pub tags: Vec<Tag>,
    /// `EXT-X-TARGETDURATION`.
    pub target: Option<f64>,
    /// `EXT-X-VERSION`.
    pub version: Option<u64>,
    /// `EXT-X-MEDIA-SEQUENCE`, 0 without one.
    pub media_sequence: u64,
    /// `EXT-X-DISCONTINUITY-SEQUENCE`, 0 without one.
    pub discontinuity_sequence: u64,
    /// `PART-TARGET`.
    pub part_target: Option<f64>,
    /// The attributes of `EXT-X-SERVER-CONTROL`.
    pub server_control: Option<String>,
    /// `SKIPPED-SEGMENTS`, 0 without `EXT-X-SKIP`.
    pub skipped: u64,
    /// Segments in order, after the skipped ones.
    pub segments: Vec<Segment>,
    /// What there is of the segment after the last one: its parts, and what was said before them.
    pub open: Segment,
    /// The URIs of `EXT-X-PRELOAD-HINT`s for parts.
    pub part_hints: Vec<String>,
    /// The attributes of each `EXT-X-RENDITION-REPORT`.
    pub reports: Vec<String>,
    /// Whether there is an `EXT-X-ENDLIST`.
    pub ended: bool,
}

/// A segment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Segment {
    /// `EXTINF`; not a number if it says something else.
    pub duration: f64,
    /// Whether it has an `EXTINF`.
    pub timed: bool,
    /// Its address as the playlist has it.
    pub uri: String,
    /// Whether an `EXT-X-DISCONTINUITY` is before it.
    pub discontinuity: bool,
    /// Whether it is a gap.
    pub gap: bool,
    /// The init segment in force.
    pub map: Option<String>,
    /// `EXT-X-PROGRAM-DATE-TIME`, in milliseconds since 1970.
    pub date: Option<i64>,
    /// Its parts, if the playlist still names them.
    pub parts: Vec<Part>,
    /// A tag of the segment that came behind its first part.
    pub late: Option<String>,
}

/// A part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// `DURATION`.
    pub duration: f64,
    /// `URI`.
    pub uri: String,
    /// `INDEPENDENT=YES`.
    pub independent: bool,
    /// `GAP=YES`.
    pub gap: bool,
}

impl MediaPlaylist {
    /// Reads a playlist; what it does not know it passes over.
    pub fn parse(text: &str) -> Self {
        let mut playlist = Self {
            text: text.to_owned(),
            tags: tags(text),
            ..Self::default()
        };
        for line in text.lines() {
            match tag(line) {
                Some(tag) => playlist.take(&tag),
                None if !line.starts_with('#') && !line.is_empty() => {
                    line.clone_into(&mut playlist.open.uri);
                    let map = playlist.open.map.clone();
                    playlist.segments.push(std::mem::take(&mut playlist.open));
                    playlist.open.map = map;
                }
                None => {}
            }
        }
        playlist
    }

    fn take(&mut self, Tag { name, value }: &Tag) {
        let open = &mut self.open;
        let of_segment = matches!(
            name.as_str(),
            "DISCONTINUITY" | "MAP" | "PROGRAM-DATE-TIME" | "KEY" | "GAP"
        );
        if of_segment && !open.parts.is_empty() {
            open.late = Some(name.clone());
        }
        match name.as_str() {
            "TARGETDURATION" => self.target = value.parse().ok(),
            "VERSION" => self.version = value.parse().ok(),
            "MEDIA-SEQUENCE" => self.media_sequence = value.parse().unwrap_or(0),
            "DISCONTINUITY-SEQUENCE" => self.discontinuity_sequence = value.parse().unwrap_or(0),
            "PART-INF" => self.part_target = number(value, "PART-TARGET"),
            "SERVER-CONTROL" => self.server_control = Some(value.clone()),
            "SKIP" => {
                let count = attribute(value, "SKIPPED-SEGMENTS").and_then(|text| text.parse().ok());
                self.skipped = count.unwrap_or(0);
            }
            "DISCONTINUITY" => open.discontinuity = true,
            "GAP" => open.gap = true,
            "MAP" => open.map = attribute(value, "URI").map(str::to_owned),
            "PROGRAM-DATE-TIME" => open.date = milliseconds(value),
            "PART" => open.parts.push(Part {
                duration: number(value, "DURATION").unwrap_or(f64::NAN),
                uri: attribute(value, "URI").unwrap_or_default().to_owned(),
                independent: attribute(value, "INDEPENDENT") == Some("YES"),
                gap: attribute(value, "GAP") == Some("YES"),
            }),
            "EXTINF" => {
                let seconds = value.split(',').next().unwrap_or_default();
                open.duration = seconds.parse().unwrap_or(f64::NAN);
                open.timed = true;
            }
            "PRELOAD-HINT" if attribute(value, "TYPE") == Some("PART") => {
                let uri = attribute(value, "URI").unwrap_or_default();
                self.part_hints.push(uri.to_owned());
            }
            "RENDITION-REPORT" => self.reports.push(value.clone()),
            "ENDLIST" => self.ended = true,
            _ => {}
        }
    }

    /// The values of every tag of a name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let tags = self.tags.iter().filter(move |tag| tag.name == name);
        tags.map(|tag| tag.value.as_str())
    }

    /// Whether there is a tag of a name.
    pub fn has(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag.name == name)
    }

    /// The number of the last segment; `None` if there is none.
    pub fn last_number(&self) -> Option<u64> {
        let count = self.skipped + u64::try_from(self.segments.len()).unwrap_or(u64::MAX);
        Some(self.media_sequence + count.checked_sub(1)?)
    }

    /// The number of the segment that is being made.
    pub fn next_number(&self) -> u64 {
        self.last_number().map_or(self.media_sequence, |last| last + 1)
    }

    /// The segments that are named, with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u64, &Segment)> {
        (self.media_sequence + self.skipped..).zip(&self.segments)
    }

    /// The parts that are named of the segment with a number.
    pub fn parts_of(&self, number: u64) -> &[Part] {
        if number == self.next_number() {
            return &self.open.parts;
        }
        self.numbered()
            .find(|(other, _)| *other == number)
            .map_or(&[], |(_, segment)| &segment.parts)
    }

    /// Each segment that is named with its discontinuity sequence number (4.4.3.3). Of a delta update that is not known.
    pub fn discontinuities(&self) -> impl Iterator<Item = (u64, u64, &Segment)> {
        let mut sequence = self.discontinuity_sequence;
        self.numbered().map(move |(number, segment)| {
            sequence += u64::from(segment.discontinuity);
            (number, sequence, segment)
        })
    }

    /// Seconds of all segments that are named.
    pub fn duration(&self) -> f64 {
        self.segments.iter().map(|segment| segment.duration).sum()
    }

    /// An attribute of `EXT-X-SERVER-CONTROL` in seconds.
    pub fn control(&self, name: &str) -> Option<f64> {
        number(self.server_control.as_deref()?, name)
    }

    /// Whether requests may wait.
    pub fn can_block(&self) -> bool {
        self.server_control
            .as_deref()
            .is_some_and(|value| attribute(value, "CAN-BLOCK-RELOAD") == Some("YES"))
    }
}
