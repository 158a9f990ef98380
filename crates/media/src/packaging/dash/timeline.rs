//! `SegmentTimeline` (ISO/IEC 23009-1, 5.3.9.6): when segments begin and how long they are.

use std::fmt::{self, Write};

/// The time of one segment, in ticks of its track's timescale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The decoding time of its first sample: the `tfdt` of the segment, and its name.
    pub(crate) time: u64,
    pub(crate) duration: u64,
}

impl Span {
    pub(crate) const fn end(self) -> u64 {
        self.time.saturating_add(self.duration)
    }
}

/// Writes the timeline. A time is named where it does not follow from the segment before, and segments that follow each
/// other with the same duration are one element.
pub(super) fn write(spans: &[Span], text: &mut String) -> fmt::Result {
    writeln!(text, "          <SegmentTimeline>")?;
    let mut expected = None;
    let mut rest = spans;
    while let Some((first, mut later)) = rest.split_first() {
        let mut end = first.end();
        let mut repeats = 0;
        while let Some((next, others)) = later.split_first()
            && next.time == end
            && next.duration == first.duration
        {
            end = next.end();
            repeats += 1;
            later = others;
        }
        write!(text, "            <S")?;
        if expected != Some(first.time) {
            write!(text, " t=\"{}\"", first.time)?;
        }
        write!(text, " d=\"{}\"", first.duration)?;
        if repeats > 0 {
            write!(text, " r=\"{repeats}\"")?;
        }
        writeln!(text, "/>")?;
        expected = Some(end);
        rest = later;
    }
    writeln!(text, "          </SegmentTimeline>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(spans: &[(u64, u64)]) -> Vec<String> {
        let spans: Vec<_> = spans
            .iter()
            .map(|(time, duration)| Span {
                time: *time,
                duration: *duration,
            })
            .collect();
        let mut text = String::new();
        write(&spans, &mut text).unwrap();
        text.lines()
            .map(str::trim)
            .filter(|line| line.starts_with("<S "))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn segments_of_one_length_are_one_element() {
        assert_eq!(
            written(&[(5, 10), (15, 10), (25, 10), (35, 12)]),
            ["<S t=\"5\" d=\"10\" r=\"2\"/>", "<S d=\"12\"/>"]
        );
    }

    #[test]
    fn time_is_named_behind_a_hole() {
        assert_eq!(
            written(&[(0, 10), (20, 10), (30, 10)]),
            ["<S t=\"0\" d=\"10\"/>", "<S t=\"20\" d=\"10\" r=\"1\"/>"]
        );
    }
}
