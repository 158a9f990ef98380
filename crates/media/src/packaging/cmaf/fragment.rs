//! CMAF chunks (ISO/IEC 23000-19, 7.3.2.3): one `moof` and one `mdat`, which is what a part is.

use bytes::Bytes;

use super::boxes::{BoxWriter, size_of};

/// One access unit of a track. Times are in the track's timescale.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) duration: u32,
    /// Presentation time less decoding time.
    pub(crate) composition_offset: i32,
    /// Whether a decoder can start here.
    pub(crate) sync: bool,
    pub(crate) data: Bytes,
}

/// What is in a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fragment<'a> {
    /// Rises from chunk to chunk of a track.
    pub(crate) sequence: u32,
    /// Decoding time of the first sample.
    pub(crate) decode_time: u64,
    pub(crate) samples: &'a [Sample],
    /// Whether a segment begins here.
    pub(crate) begins_segment: bool,
}

/// Sample flags (ISO/IEC 14496-12, 8.8.3.1): depends on no other sample.
const SYNC: u32 = 0x0200_0000;
/// Sample flags: depends on others, is no sync sample.
const NON_SYNC: u32 = 0x0101_0000;

/// `tfhd` flag: offsets count from the `moof`.
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
/// `trun` flags: data offset; duration, size, flags and composition offset of each sample.
const EACH_SAMPLE: u32 = 0x01 | 0x100 | 0x200 | 0x400 | 0x800;

const STYP: usize = 28;
/// `moof`, `mfhd`, `traf`, `tfhd`, `tfdt` v1, and `trun` without its samples.
const HEADERS: usize = 8 + 16 + 8 + 16 + 20 + 20;
const EACH: usize = 16;

impl Fragment<'_> {
    /// Writes the chunk, copying each sample once.
    pub(crate) fn write(&self) -> Bytes {
        let moof = HEADERS + EACH * self.samples.len();
        let media: usize = self.samples.iter().map(|sample| sample.data.len()).sum();
        let mut out = BoxWriter::with_capacity(STYP + moof + 8 + media);
        if self.begins_segment {
            out.boxed(*b"styp", |it| {
                it.bytes(b"msdh");
                it.u32(0);
                it.bytes(b"msdhcmfscmff");
            });
        }
        out.boxed(*b"moof", |it| {
            it.full(*b"mfhd", 0, 0, |it| it.u32(self.sequence));
            it.boxed(*b"traf", |it| {
                it.full(*b"tfhd", 0, DEFAULT_BASE_IS_MOOF, |it| {
                    it.u32(super::init::TRACK_ID);
                });
                it.full(*b"tfdt", 1, 0, |it| it.u64(self.decode_time));
                it.full(*b"trun", 1, EACH_SAMPLE, |it| {
                    it.u32(size_of(self.samples.len()));
                    it.u32(size_of(moof + 8));
                    for sample in self.samples {
                        it.u32(sample.duration);
                        it.u32(size_of(sample.data.len()));
                        it.u32(if sample.sync { SYNC } else { NON_SYNC });
                        it.i32(sample.composition_offset);
                    }
                });
            });
        });
        out.boxed(*b"mdat", |it| {
            for sample in self.samples {
                it.bytes(&sample.data);
            }
        });
        out.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_offset_points_at_the_first_sample() {
        let samples = [b"first".as_slice(), b"second"].map(|data| Sample {
            duration: 3_000,
            composition_offset: -1,
            sync: false,
            data: Bytes::from_static(data),
        });
        let chunk = Fragment {
            sequence: 1,
            decode_time: 7,
            samples: &samples,
            begins_segment: false,
        }
        .write();
        let trun = chunk.windows(4).position(|kind| kind == b"trun").unwrap();
        let offset = u32::from_be_bytes(chunk[trun + 12..trun + 16].try_into().unwrap());
        assert_eq!(&chunk[offset as usize..], b"firstsecond");
        assert_eq!(&chunk[4..8], b"moof");
        let moof = u32::from_be_bytes(chunk[..4].try_into().unwrap());
        assert_eq!(moof + 8, offset);
    }

    #[test]
    fn chunk_that_begins_a_segment_is_marked_and_fits_what_was_reserved() {
        let chunk = Fragment {
            sequence: 1,
            decode_time: 0,
            samples: &[],
            begins_segment: true,
        }
        .write();
        assert_eq!(&chunk[4..8], b"styp");
        assert_eq!(chunk.len(), STYP + HEADERS + 8);
    }
}
