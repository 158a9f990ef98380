//! What is in fragmented MP4, as far as playlists promise it: tracks, decoding times, samples.

/// What an init segment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Init {
    /// Whether a file type and a movie are there.
    pub has_movie: bool,
    /// Whether the movie says that it goes on in fragments.
    pub has_extends: bool,
    /// Samples that the movie itself has.
    pub samples: u32,
    /// Ticks a second of its first track.
    pub timescale: u32,
    /// The formats of its sample descriptions: `avc1`, `mp4a`.
    pub formats: Vec<String>,
    /// Where on the track's timeline its presentation begins, in ticks.
    pub edit: i64,
}

/// What a segment or a part holds, of its one track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragments {
    /// Decoding time of its first sample, in ticks.
    pub decode_time: u64,
    /// Presentation time less decoding time of its first sample.
    pub composition_offset: i64,
    /// Ticks of all samples.
    pub duration: u64,
    /// How many samples.
    pub samples: u64,
    /// Whether each fragment has a decoding time.
    pub timed: bool,
    /// Bytes of media.
    pub media: usize,
}

/// The boxes of some bytes: kind and content.
fn boxes(bytes: &[u8]) -> Vec<([u8; 4], &[u8])> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let (Some(size), Some(kind)) = (u32_at(rest, 0), rest.get(4..8).and_then(|it| it.try_into().ok())) {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let Some(content) = rest.get(8..size) else {
            break;
        };
        found.push((kind, content));
        rest = rest.get(size..).unwrap_or_default();
    }
    found
}

/// The contents of all boxes at a path.
fn at<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Vec<&'a [u8]> {
    let mut found = vec![bytes];
    for kind in path {
        let inside = found.into_iter().flat_map(boxes);
        found = inside
            .filter(|(other, _)| other == *kind)
            .map(|(_, content)| content)
            .collect();
    }
    found
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_be_bytes(
        bytes.get(place..place.checked_add(4)?)?.try_into().ok()?,
    ))
}

fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    Some(u64::from_be_bytes(
        bytes.get(place..place.checked_add(8)?)?.try_into().ok()?,
    ))
}

impl Init {
    /// Reads an init segment, as far as it is one.
    pub fn read(bytes: &[u8]) -> Self {
        let first = |path: &[&[u8; 4]]| at(bytes, path).into_iter().next();
        let track = |inside: &[&[u8; 4]]| first(&[&[b"moov", b"trak"], inside].concat());
        let tables = at(bytes, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz"]);
        let timescale = track(&[b"mdia", b"mdhd"])
            .and_then(|header| u32_at(header, if header.first() == Some(&1) { 20 } else { 12 }));
        let descriptions = at(bytes, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"]);
        let formats = descriptions
            .into_iter()
            .flat_map(|content| boxes(content.get(8..).unwrap_or_default()))
            .map(|(kind, _)| String::from_utf8_lossy(&kind).into_owned());
        let edit = track(&[b"edts", b"elst"]).and_then(|list| {
            Some(if list.first() == Some(&1) {
                u64_at(list, 16)?.cast_signed()
            } else {
                u32_at(list, 12)?.cast_signed().into()
            })
        });
        Self {
            has_movie: first(&[b"ftyp"]).is_some() && first(&[b"moov"]).is_some(),
            has_extends: first(&[b"moov", b"mvex", b"trex"]).is_some(),
            samples: tables.into_iter().filter_map(|table| u32_at(table, 8)).sum(),
            timescale: timescale.unwrap_or(0),
            formats: formats.collect(),
            edit: edit.filter(|edit| *edit > 0).unwrap_or(0),
        }
    }
}

impl Fragments {
    /// Reads a segment or a part, as far as it is one.
    pub fn read(bytes: &[u8]) -> Self {
        let mut read = Self {
            media: at(bytes, &[b"mdat"]).into_iter().map(<[u8]>::len).sum(),
            ..Self::default()
        };
        let fragments = at(bytes, &[b"moof", b"traf"]);
        read.timed = !fragments.is_empty();
        for (index, fragment) in fragments.into_iter().enumerate() {
            let inside = boxes(fragment);
            let of = |kind: &[u8; 4]| {
                inside
                    .iter()
                    .find(|(other, _)| other == kind)
                    .map(|(_, content)| *content)
            };
            let time = of(b"tfdt").and_then(|time| match time.first() {
                Some(1) => u64_at(time, 4),
                _ => u32_at(time, 4).map(u64::from),
            });
            read.timed &= time.is_some();
            let default = of(b"tfhd").and_then(default_duration).unwrap_or(0);
            let runs = inside.iter().filter(|(kind, _)| kind == b"trun");
            for (place, (_, run)) in runs.enumerate() {
                let offset = read.run(run, default).unwrap_or(0);
                if index == 0 && place == 0 {
                    read.decode_time = time.unwrap_or(0);
                    read.composition_offset = offset;
                }
            }
        }
        read
    }

    /// Counts the samples of a `trun`; answers the composition offset of its first one.
    fn run(&mut self, run: &[u8], default: u32) -> Option<i64> {
        let flags = u32_at(run, 0)?;
        let count = u32_at(run, 4)?;
        let mut place = 8;
        place += if flags & 0x1 == 0 { 0 } else { 4 };
        place += if flags & 0x4 == 0 { 0 } else { 4 };
        let mut first = None;
        for _ in 0..count {
            let mut field = |flag: u32| {
                (flags & flag != 0).then(|| {
                    let value = u32_at(run, place);
                    place += 4;
                    value
                })
            };
            let duration = field(0x100);
            let (_size, _flags) = (field(0x200), field(0x400));
            let offset = field(0x800);
            self.duration += u64::from(duration.map_or(Some(default), |it| it)?);
            self.samples += 1;
            let offset = offset.map_or(Some(0), |it| it)?;
            first.get_or_insert(i64::from(offset.cast_signed()));
        }
        first
    }
}

/// The duration of samples for which nothing else is said (ISO/IEC 14496-12, 8.8.7).
fn default_duration(header: &[u8]) -> Option<u32> {
    let flags = u32_at(header, 0)?;
    let mut place = 8;
    place += if flags & 0x1 == 0 { 0 } else { 8 };
    place += if flags & 0x2 == 0 { 0 } else { 4 };
    (flags & 0x8 != 0).then(|| u32_at(header, place)).flatten()
}

/// What tests make media of.
#[cfg(test)]
pub(crate) mod testing {
    /// A box around some content.
    pub(crate) fn boxed(kind: [u8; 4], content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes()[..], &kind, &content].concat()
    }

    /// A chunk of samples that last `duration` ticks each.
    pub(crate) fn chunk(decode_time: u64, samples: u32, duration: u32) -> Vec<u8> {
        let times = [&0x0100_0000_u32.to_be_bytes()[..], &decode_time.to_be_bytes()].concat();
        let header = [0x02_0008_u32, 1, duration].map(u32::to_be_bytes).concat();
        let run = [0_u32, samples].map(u32::to_be_bytes).concat();
        let fragment = boxed(
            *b"traf",
            &[
                &boxed(*b"tfhd", &[&header]),
                &boxed(*b"tfdt", &[&times]),
                &boxed(*b"trun", &[&run]),
            ],
        );
        [boxed(*b"moof", &[&fragment]), boxed(*b"mdat", &[&[7; 10]])].concat()
    }

    /// An init segment of a track with 1,000 ticks a second, whose movie has so many samples.
    pub(crate) fn init(samples: u32) -> Vec<u8> {
        let sizes = [0, 0, samples].map(u32::to_be_bytes).concat();
        let description = [&[0; 8][..], &boxed(*b"avc1", &[])].concat();
        let table = boxed(
            *b"stbl",
            &[&boxed(*b"stsd", &[&description]), &boxed(*b"stsz", &[&sizes])],
        );
        let header = [0, 0, 0, 1_000, 0, 0].map(u32::to_be_bytes).concat();
        let media = boxed(
            *b"mdia",
            &[&boxed(*b"mdhd", &[&header]), &boxed(*b"minf", &[&table])],
        );
        let extends = boxed(*b"mvex", &[&boxed(*b"trex", &[])]);
        let movie = boxed(*b"moov", &[&boxed(*b"trak", &[&media]), &extends]);
        [boxed(*b"ftyp", &[]), movie].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{chunk, init};
    use super::*;

    #[test]
    fn samples_and_times_of_all_chunks_are_counted() {
        let read = Fragments::read(&[chunk(500, 3, 40), chunk(620, 2, 40)].concat());
        assert_eq!((read.decode_time, read.duration, read.samples), (500, 200, 5));
        assert!(read.timed);
        assert_eq!(read.media, 20);
    }

    #[test]
    fn an_init_segment_tells_its_track() {
        let read = Init::read(&init(0));
        assert!(read.has_movie && read.has_extends);
        assert_eq!((read.timescale, read.samples), (1_000, 0));
        assert_eq!(read.formats, ["avc1"]);
    }

    #[test]
    fn rubbish_is_nothing() {
        assert_eq!(Init::read(b"no such thing"), Init::default());
        assert_eq!(Fragments::read(&[0xff; 40]), Fragments::default());
    }
}
