//! A media playlist, read without judging it.

/// What a media playlist says. Durations are in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MediaPlaylist {
    /// The whole text.
    pub text: String,
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
    /// Parts after the last segment.
    pub open_parts: Vec<Part>,
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
    /// `EXTINF`.
    pub duration: f64,
    /// Its address as the playlist has it.
    pub uri: String,
    /// Whether an `EXT-X-DISCONTINUITY` is before it.
    pub discontinuity: bool,
    /// Whether it is a gap.
    pub gap: bool,
    /// The init segment in force.
    pub map: Option<String>,
    /// Its parts, if the playlist still names them.
    pub parts: Vec<Part>,
}

/// A part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// `DURATION`.
    pub duration: f64,
    /// `URI`.
    pub uri: String,
}

impl MediaPlaylist {
    /// Reads a playlist; what it does not know it passes over.
    pub fn parse(text: &str) -> Self {
        let mut playlist = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        let mut segment = Segment::default();
        for line in text.lines() {
            let (tag, value) = line.split_once(':').unwrap_or((line, ""));
            match tag {
                "#EXT-X-TARGETDURATION" => playlist.target = value.parse().ok(),
                "#EXT-X-VERSION" => playlist.version = value.parse().ok(),
                "#EXT-X-MEDIA-SEQUENCE" => playlist.media_sequence = value.parse().unwrap_or(0),
                "#EXT-X-DISCONTINUITY-SEQUENCE" => {
                    playlist.discontinuity_sequence = value.parse().unwrap_or(0);
                }
                "#EXT-X-PART-INF" => playlist.part_target = number(value, "PART-TARGET"),
                "#EXT-X-SERVER-CONTROL" => playlist.server_control = Some(value.to_owned()),
                "#EXT-X-SKIP" => {
                    playlist.skipped = attribute(value, "SKIPPED-SEGMENTS")
                        .and_then(|text| text.parse().ok())
                        .unwrap_or(0);
                }
                "#EXT-X-DISCONTINUITY" => segment.discontinuity = true,
                "#EXT-X-GAP" => segment.gap = true,
                "#EXT-X-MAP" => segment.map = attribute(value, "URI").map(str::to_owned),
                "#EXT-X-PART" => segment.parts.push(Part {
                    duration: number(value, "DURATION").unwrap_or(f64::NAN),
                    uri: attribute(value, "URI").unwrap_or_default().to_owned(),
                }),
                "#EXTINF" => {
                    let seconds = value.split(',').next().unwrap_or_default();
                    segment.duration = seconds.parse().unwrap_or(f64::NAN);
                }
                "#EXT-X-PRELOAD-HINT" if attribute(value, "TYPE") == Some("PART") => {
                    let uri = attribute(value, "URI").unwrap_or_default();
                    playlist.part_hints.push(uri.to_owned());
                }
                "#EXT-X-RENDITION-REPORT" => playlist.reports.push(value.to_owned()),
                "#EXT-X-ENDLIST" => playlist.ended = true,
                _ if !line.starts_with('#') && !line.is_empty() => {
                    line.clone_into(&mut segment.uri);
                    let map = segment.map.clone();
                    playlist.segments.push(std::mem::take(&mut segment));
                    segment.map = map;
                }
                _ => {}
            }
        }
        playlist.open_parts = segment.parts;
        playlist
    }

    /// The number of the last segment; `None` if there is none.
    pub fn last_number(&self) -> Option<u64> {
        let count = self.skipped + u64::try_from(self.segments.len()).unwrap_or(u64::MAX);
        Some(self.media_sequence + count.checked_sub(1)?)
    }

    /// The segments that are named, with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u64, &Segment)> {
        (self.media_sequence + self.skipped..).zip(&self.segments)
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

/// An attribute of a list (4.2), without its quotes.
pub fn attribute<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = list;
    while let Some((key, after)) = rest.split_once('=') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => {
                let (value, next) = quoted.split_once('"')?;
                (value, next.strip_prefix(',').unwrap_or(next))
            }
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if key == name {
            return Some(value);
        }
        rest = next;
    }
    None
}

fn number(list: &str, name: &str) -> Option<f64> {
    attribute(list, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_behind_quoted_commas() {
        let list = "A=\"x,B=1\",B=2,C=NO";
        assert_eq!(attribute(list, "B"), Some("2"));
        assert_eq!(attribute(list, "C"), Some("NO"));
        assert_eq!(attribute(list, "D"), None);
    }
}
