//! What a media playlist names: that it is there, and that it is what was promised.

use super::{Judgement, Rule, fails, none_of, rule};
use crate::media::{Fragments, Init};

/// A rule about what was fetched.
pub type OfFiles = fn(&Files) -> Judgement;

/// How far the same moment may be apart on the clocks of two renditions, in seconds.
const SYNC: f64 = 0.1;

/// A resource that was asked for.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// Its address as the playlist has it.
    pub uri: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What came.
    pub bytes: Vec<u8>,
    /// Seconds from the answer's head to its last byte.
    pub took: f64,
}

/// One segment of a playlist with all that belongs to it, and other things that were asked for beside it.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The init segment.
    pub init: Option<Fetched>,
    /// The segment.
    pub segment: Option<Fetched>,
    /// Its parts, if all are named.
    pub parts: Vec<Fetched>,
    /// The segment before it, unless there is a discontinuity in between.
    pub before: Option<Fetched>,
    /// Its date in milliseconds.
    pub date: Option<i64>,
    /// Date less presentation time in seconds, of the same segment of another rendition.
    pub other_offset: Option<f64>,
    /// The formats that the multivariant playlist names.
    pub codecs: Option<String>,
    /// A part that was hinted at.
    pub hinted: Option<Fetched>,
    /// Seconds that parts last.
    pub part_target: f64,
    /// Segments and parts that the playlist named before, within the time that they must stay.
    pub removed: Vec<Fetched>,
    /// What was asked for without being named anywhere.
    pub unknown: Option<Fetched>,
}

impl Files {
    fn init(&self) -> Option<Init> {
        Some(Init::read(
            &self.init.as_ref().filter(|it| it.status == 200)?.bytes,
        ))
    }

    /// Date less presentation time of the segment, in seconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "ticks and milliseconds of this age are exact in an f64"
    )]
    pub fn offset(&self) -> Option<f64> {
        let init = self.init().filter(|init| init.timescale > 0)?;
        let media = Fragments::read(&self.segment.as_ref()?.bytes);
        let ticks = media.decode_time.cast_signed() + media.composition_offset - init.edit;
        Some(self.date? as f64 / 1_000.0 - ticks as f64 / f64::from(init.timescale))
    }
}

fn are_there<'a>(mut files: impl Iterator<Item = &'a Fetched>) -> Judgement {
    let mut any = false;
    let missing = files.find(|file| {
        any = true;
        file.status != 200 || file.bytes.is_empty()
    });
    any.then_some(())?;
    none_of(missing.map(|file| {
        format!(
            "{} was answered {} with {} bytes",
            file.uri,
            file.status,
            file.bytes.len()
        )
    }))
}

/// The rules.
pub const RULES: &[Rule<OfFiles>] = &[
    rule("segments-are-there-when-they-are-named", "6.2.1", |files| {
        are_there(files.segment.iter())
    }),
    rule("parts-are-there-when-they-are-named", "6.2.1", |files| {
        are_there(files.parts.iter())
    }),
    rule("init-segments-are-there", "4.4.4.5", |files| {
        are_there(files.init.iter())
    }),
    rule("an-init-segment-has-a-movie-without-samples", "3.1.2", |files| {
        let init = files.init()?;
        fails(
            !init.has_movie || !init.has_extends || init.samples > 0 || init.formats.is_empty(),
            || format!("{init:?}"),
        )
    }),
    rule("segments-have-decoding-times", "3.1.2", |files| {
        let segment = files.segment.as_ref()?;
        fails(!Fragments::read(&segment.bytes).timed, || segment.uri.clone())
    }),
    rule("segments-go-on-where-the-one-before-ended", "3", |files| {
        let (before, segment) = files.before.as_ref().zip(files.segment.as_ref())?;
        let (before, now) = (Fragments::read(&before.bytes), Fragments::read(&segment.bytes));
        let end = before.decode_time + before.duration;
        fails(end != now.decode_time, || {
            format!("{} begins at {} after {end}", segment.uri, now.decode_time)
        })
    }),
    rule("parts-have-the-samples-of-their-segment", "3.2", |files| {
        files.parts.first()?;
        let whole = Fragments::read(&files.segment.as_ref()?.bytes);
        let parts: Vec<_> = files
            .parts
            .iter()
            .map(|part| Fragments::read(&part.bytes))
            .collect();
        let sum = |of: fn(&Fragments) -> u64| parts.iter().map(of).sum::<u64>();
        let (samples, duration) = (sum(|part| part.samples), sum(|part| part.duration));
        let media: usize = parts.iter().map(|part| part.media).sum();
        let same = (samples, duration, media) == (whole.samples, whole.duration, whole.media);
        fails(!same, || {
            format!(
                "{samples} samples of {} in {media} bytes of {}",
                whole.samples, whole.media
            )
        })
    }),
    rule("codecs-name-every-format", "6.2.4", |files| {
        let (codecs, init) = (files.codecs.as_ref()?, files.init()?);
        none_of(
            init.formats
                .into_iter()
                .find(|format| !codecs.split(',').any(|codec| codec.trim().starts_with(format))),
        )
    }),
    rule(
        "dates-map-to-the-same-times-in-all-renditions",
        "6.2.4",
        |files| {
            let (ours, theirs) = (files.offset()?, files.other_offset?);
            fails((ours - theirs).abs() > SYNC, || {
                format!("{:.3} s apart", ours - theirs)
            })
        },
    ),
    rule("hinted-parts-can-be-asked-for", "6.2.6", |files| {
        are_there(files.hinted.iter())
    }),
    rule("hinted-parts-come-at-full-speed", "6.2.6", |files| {
        let hinted = files.hinted.as_ref().filter(|it| it.status == 200)?;
        fails(hinted.took > files.part_target / 2.0, || {
            format!("{} took {:.3} s", hinted.uri, hinted.took)
        })
    }),
    rule("removed-media-stays-for-a-while", "6.2.2", |files| {
        are_there(files.removed.iter())
    }),
    rule("what-nobody-named-is-not-found", "6.2.6", |files| {
        let unknown = files.unknown.as_ref()?;
        fails(!(400..500).contains(&unknown.status), || {
            format!("{} was answered {}", unknown.uri, unknown.status)
        })
    }),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_tried, broken};
    use super::*;
    use crate::media::testing::{boxed, chunk, init};
    use crate::rules::judge_files;

    fn fetched(bytes: Vec<u8>) -> Fetched {
        Fetched {
            uri: "it".to_owned(),
            status: 200,
            bytes,
            took: 0.0,
        }
    }

    /// What is wrong with otherwise good files.
    type Change = fn(&mut Files);

    fn untimed() -> Vec<u8> {
        boxed(*b"moof", &[&boxed(*b"traf", &[])])
    }

    fn slow() -> Fetched {
        Fetched {
            took: 0.9,
            ..fetched(chunk(4_000, 25, 40))
        }
    }

    fn missing() -> Fetched {
        Fetched {
            status: 404,
            ..Fetched::default()
        }
    }

    fn good() -> Files {
        Files {
            init: Some(fetched(init(0))),
            segment: Some(fetched([chunk(2_000, 25, 40), chunk(3_000, 25, 40)].concat())),
            parts: vec![fetched(chunk(2_000, 25, 40)), fetched(chunk(3_000, 25, 40))],
            before: Some(fetched(chunk(0, 50, 40))),
            date: Some(12_000),
            other_offset: Some(10.02),
            codecs: Some("avc1.64001e,mp4a.40.2".to_owned()),
            hinted: Some(fetched(chunk(4_000, 25, 40))),
            part_target: 1.0,
            removed: vec![fetched(chunk(0, 50, 40))],
            unknown: Some(missing()),
        }
    }

    #[test]
    fn media_that_is_as_promised_breaks_no_rule() {
        let findings = judge_files(&good());
        assert_eq!(findings.len(), RULES.len());
        assert_eq!(broken(findings), [""; 0]);
        assert_eq!(judge_files(&Files::default()), []);
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let cases: [(&str, Change); 13] = [
            ("segments-are-there-when-they-are-named", |it| {
                it.segment = Some(missing());
            }),
            ("parts-are-there-when-they-are-named", |it| {
                it.parts = vec![missing()];
            }),
            ("init-segments-are-there", |it| it.init = Some(missing())),
            ("an-init-segment-has-a-movie-without-samples", |it| {
                it.init = Some(fetched(init(1)));
            }),
            ("segments-have-decoding-times", |it| {
                it.segment = Some(fetched(untimed()));
            }),
            ("segments-go-on-where-the-one-before-ended", |it| {
                it.before = Some(fetched(chunk(0, 49, 40)));
            }),
            ("parts-have-the-samples-of-their-segment", |it| {
                it.parts = vec![fetched(chunk(2_000, 49, 40))];
            }),
            ("codecs-name-every-format", |it| {
                it.codecs = Some("hvc1.1.6".to_owned());
            }),
            ("dates-map-to-the-same-times-in-all-renditions", |it| {
                it.other_offset = Some(10.2);
            }),
            ("hinted-parts-can-be-asked-for", |it| it.hinted = Some(missing())),
            ("hinted-parts-come-at-full-speed", |it| it.hinted = Some(slow())),
            ("removed-media-stays-for-a-while", |it| {
                it.removed = vec![missing()];
            }),
            ("what-nobody-named-is-not-found", |it| {
                it.unknown = Some(fetched(Vec::new()));
            }),
        ];
        for (rule, change) in &cases {
            let mut files = good();
            change(&mut files);
            let found = broken(judge_files(&files));
            assert!(found.contains(rule), "{rule}: {found:?}");
        }
        assert_all_tried(
            RULES.iter().map(|rule| rule.name),
            cases.iter().map(|case| case.0),
        );
    }
}
