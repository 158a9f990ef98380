//! Holds a manifest to the rules of ISO/IEC 23009-1 that concern it, and to the segments that are really served.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::HashSet;

use roxmltree::{Document, Node};

/// What a gap answers: an encoder that was lost has often sent pictures of its last segment, and no sound yet.
pub(crate) const GAP: &[u8] = b"\0\0\0\x08free";

/// A manifest, read.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) live: bool,
    pub(crate) text: String,
    pub(crate) periods: Vec<Period>,
}

#[derive(Debug)]
pub(crate) struct Period {
    pub(crate) id: String,
    /// Seconds of the presentation's time.
    pub(crate) start: f64,
    pub(crate) sets: Vec<Set>,
}

#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) content: String,
    pub(crate) resolution: Option<(u32, u32)>,
    pub(crate) timescale: u64,
    pub(crate) offset: u64,
    /// Seconds that a segment can be asked for before its end.
    pub(crate) early: f64,
    pub(crate) initialization: String,
    pub(crate) segments: Vec<Segment>,
}

#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) uri: String,
    pub(crate) time: u64,
    pub(crate) duration: u64,
}

impl Set {
    /// Seconds of the presentation's time at which what is listed ends.
    pub(crate) fn end(&self, period: &Period) -> f64 {
        let last = self.segments.last().unwrap();
        period.start + seconds(last.time + last.duration, self.timescale)
            - seconds(self.offset, self.timescale)
    }
}

fn seconds(ticks: u64, timescale: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "tests know the size of their numbers")]
    let seconds = ticks as f64 / timescale as f64;
    seconds
}

fn wanted<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.attribute(name)
        .unwrap_or_else(|| panic!("{} needs {name}", node.tag_name().name()))
}

fn number(node: Node<'_, '_>, name: &str) -> u64 {
    wanted(node, name)
        .parse()
        .unwrap_or_else(|_| panic!("{name} is a number"))
}

fn duration(text: &str) -> f64 {
    let digits = text.strip_prefix("PT").and_then(|text| text.strip_suffix('S'));
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_else(|| panic!("{text} is no duration"))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.has_tag_name(("urn:mpeg:dash:schema:mpd:2011", name)))
}

impl Manifest {
    /// Reads a manifest and checks its structure (5.3.1.2, 5.3.2, 5.3.3, 5.3.9).
    pub(crate) fn read(text: String) -> Self {
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
        let mpd = document.root_element();
        assert!(
            mpd.has_tag_name(("urn:mpeg:dash:schema:mpd:2011", "MPD")),
            "{text}"
        );
        assert!(!wanted(mpd, "profiles").is_empty());
        assert!(duration(wanted(mpd, "minBufferTime")) > 0.0);
        let longest = duration(wanted(mpd, "maxSegmentDuration"));
        let live = match wanted(mpd, "type") {
            "dynamic" => true,
            "static" => false,
            other => panic!("type {other}"),
        };
        for time in ["availabilityStartTime", "publishTime"] {
            assert!(wanted(mpd, time).ends_with('Z'), "{time} has a time zone");
        }
        assert!(wanted(mpd, "publishTime") >= wanted(mpd, "availabilityStartTime"));
        if live {
            for name in [
                "minimumUpdatePeriod",
                "timeShiftBufferDepth",
                "suggestedPresentationDelay",
            ] {
                assert!(duration(wanted(mpd, name)) > 0.0, "{name}");
            }
            assert_eq!(mpd.attribute("mediaPresentationDuration"), None);
            assert_eq!(children(mpd, "UTCTiming").count(), 1);
        } else {
            for name in ["minimumUpdatePeriod", "timeShiftBufferDepth"] {
                assert_eq!(mpd.attribute(name), None, "what is over is not updated");
            }
        }
        // The order of elements is part of the schema.
        let order: Vec<_> = mpd
            .children()
            .filter(Node::is_element)
            .map(|node| node.tag_name().name())
            .collect();
        let rank = |name: &str| {
            ["ServiceDescription", "Period", "UTCTiming"]
                .iter()
                .position(|known| *known == name)
        };
        assert!(order.is_sorted_by_key(|name| rank(name).unwrap_or_else(|| panic!("what is {name}?"))));
        let periods: Vec<_> = children(mpd, "Period")
            .map(|node| period(node, longest))
            .collect();
        assert!(!periods.is_empty(), "{text}");
        let ids: HashSet<_> = periods.iter().map(|period| &period.id).collect();
        assert_eq!(ids.len(), periods.len(), "periods have names of their own");
        for pair in periods.windows(2) {
            assert!(
                pair[1].start > pair[0].start,
                "periods begin one after the other: {text}"
            );
        }
        if !live {
            let end = duration(wanted(mpd, "mediaPresentationDuration"));
            let last = periods.last().unwrap();
            let ends = last.sets.iter().map(|set| set.end(last)).fold(0.0, f64::max);
            assert!((end - ends).abs() < 0.001, "it ends at {ends}, and says {end}");
        }
        drop(document);
        Self { live, text, periods }
    }

    /// Fetches what is named and checks that it is what the manifest says: each segment begins at its time and lasts as
    /// long as it says, but for the one that is being made.
    pub(crate) fn assert_true(&self, fetch: impl Fn(&str) -> Option<Vec<u8>>) {
        for (at, period) in self.periods.iter().enumerate() {
            for set in &period.sets {
                let init =
                    fetch(&set.initialization).unwrap_or_else(|| panic!("{} is there", set.initialization));
                assert_eq!(&init[4..8], b"ftyp");
                let timescale = boxes(&init, "moov/trak/mdia/mdhd").pop().expect("an mdhd");
                assert_eq!(u64::from(u32_at(timescale, 12)), set.timescale);
                for (index, segment) in set.segments.iter().enumerate() {
                    let last = at + 1 == self.periods.len() && index + 1 == set.segments.len();
                    let Some(bytes) = fetch(&segment.uri) else {
                        assert!(
                            self.live && (last || index == 0),
                            "{} is there: {}",
                            segment.uri,
                            self.text
                        );
                        continue;
                    };
                    if bytes == GAP {
                        continue;
                    }
                    let (begins, lasts) = times(&bytes);
                    assert_eq!(begins, segment.time, "{}: {}", segment.uri, self.text);
                    if !(self.live && last) {
                        assert_eq!(lasts, segment.duration, "{}: {}", segment.uri, self.text);
                    }
                }
            }
        }
    }
}

fn period(node: Node<'_, '_>, longest: f64) -> Period {
    let sets: Vec<_> = children(node, "AdaptationSet")
        .map(|node| set(node, longest))
        .collect();
    assert!(!sets.is_empty(), "a period has something to play");
    let period = Period {
        id: wanted(node, "id").to_owned(),
        start: duration(wanted(node, "start")),
        sets,
    };
    let ids: HashSet<_> = children(node, "AdaptationSet")
        .map(|set| wanted(set, "id"))
        .collect();
    assert_eq!(ids.len(), period.sets.len());
    period
}

fn set(node: Node<'_, '_>, longest: f64) -> Set {
    let content = wanted(node, "contentType").to_owned();
    assert_eq!(wanted(node, "mimeType"), format!("{content}/mp4"));
    assert_eq!(wanted(node, "segmentAlignment"), "true");
    let representations: Vec<_> = children(node, "Representation").collect();
    let [representation] = representations[..] else {
        panic!("one representation a set");
    };
    assert!(number(representation, "bandwidth") > 0);
    assert!(!wanted(representation, "codecs").is_empty());
    assert!(!wanted(representation, "id").contains(char::is_whitespace));
    let resolution = (content == "video").then(|| {
        let size = |name| u32::try_from(number(representation, name)).unwrap();
        (size("width"), size("height"))
    });
    let template = children(representation, "SegmentTemplate")
        .next()
        .expect("a SegmentTemplate");
    assert_eq!(
        template.attribute("duration"),
        None,
        "a template has a timeline or a duration"
    );
    let media = wanted(template, "media");
    assert!(media.contains("$Time$"));
    assert_eq!(
        template.attribute("startNumber"),
        None,
        "segments are named by their time"
    );
    let timescale = number(template, "timescale");
    let early = template
        .attribute("availabilityTimeOffset")
        .map_or(0.0, |text| text.parse().unwrap());
    assert_eq!(
        template.attribute("availabilityTimeComplete").is_some(),
        early > 0.0
    );
    let timeline = children(template, "SegmentTimeline")
        .next()
        .expect("a SegmentTimeline");
    let mut segments: Vec<Segment> = Vec::new();
    for element in children(timeline, "S") {
        let length = number(element, "d");
        assert!(length > 0, "a segment has a duration");
        assert!(
            seconds(length, timescale) <= longest + 0.001,
            "{length} is longer than announced"
        );
        let end = segments.last().map(|last| last.time + last.duration);
        let mut time = match element.attribute("t") {
            Some(time) => time.parse().unwrap(),
            None => end.unwrap_or(0),
        };
        assert!(end.is_none_or(|end| time >= end), "segments don't overlap");
        for _ in 0..=element
            .attribute("r")
            .map_or(0, |count| count.parse::<u64>().unwrap())
        {
            segments.push(Segment {
                uri: media.replace("$Time$", &time.to_string()),
                time,
                duration: length,
            });
            time += length;
        }
    }
    assert!(!segments.is_empty());
    assert!(
        early
            < seconds(
                segments.iter().map(|segment| segment.duration).max().unwrap(),
                timescale
            )
    );
    Set {
        content,
        resolution,
        timescale,
        offset: number(template, "presentationTimeOffset"),
        early,
        initialization: wanted(template, "initialization").to_owned(),
        segments,
    }
}

/// The decoding time of a segment's first sample and until when its samples last.
fn times(segment: &[u8]) -> (u64, u64) {
    let times: Vec<_> = boxes(segment, "moof/traf/tfdt")
        .iter()
        .map(|tfdt| (u64::from(u32_at(tfdt, 4)) << 32) | u64::from(u32_at(tfdt, 8)))
        .collect();
    let last: u64 = boxes(segment, "moof/traf/trun")
        .last()
        .map(|trun| {
            let samples = u32_at(trun, 4) as usize;
            (0..samples)
                .map(|sample| u64::from(u32_at(trun, 12 + 16 * sample)))
                .sum()
        })
        .unwrap();
    (times[0], times[times.len() - 1] + last - times[0])
}

/// The contents of the boxes at a path.
fn boxes<'a>(bytes: &'a [u8], path: &str) -> Vec<&'a [u8]> {
    let (kind, below) = path.split_once('/').unwrap_or((path, ""));
    let mut found = Vec::new();
    let mut rest = bytes;
    while rest.len() >= 8 {
        let length = u32_at(rest, 0) as usize;
        let content = &rest[8..length];
        if &rest[4..8] == kind.as_bytes() {
            if below.is_empty() {
                found.push(content);
            } else {
                found.extend(boxes(content, below));
            }
        }
        rest = &rest[length..];
    }
    found
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}
