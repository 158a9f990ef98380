//! FLV files read whole, for clips that are published in a loop.

use bytes::{Buf, Bytes};

use super::{AudioTag, VideoPacket, VideoTag};
use crate::{Media, MediaKind};

/// Why a file is no FLV file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It does not begin with the FLV signature.
    #[error("not an FLV file")]
    NotFlv,
    /// It ends within a tag.
    #[error("the FLV file ends within a tag")]
    Truncated,
}

/// Reads every audio, video and script tag of an FLV file (annex E.2 to E.4.1), in order. The payloads share
/// `file`'s memory. Encrypted tags and kinds unknown are left out.
pub fn read_file(file: &Bytes) -> Result<Vec<Media>, FileError> {
    let mut rest = file.clone();
    if rest.len() < 9 || !rest.starts_with(b"FLV\x01") {
        return Err(FileError::NotFlv);
    }
    rest.advance(5);
    let header = usize::try_from(rest.get_u32()).unwrap_or(usize::MAX);
    // The header is followed by the size of the tag before the first one, which is none.
    let start = header.saturating_add(4);
    if start > file.len() {
        return Err(FileError::Truncated);
    }
    let mut rest = file.slice(start..);
    let mut media = Vec::new();
    while rest.has_remaining() {
        let [kind, s1, s2, s3, t1, t2, t3, t0, _, _, _] =
            *rest.first_chunk::<11>().ok_or(FileError::Truncated)?;
        rest.advance(11);
        let size = usize::try_from(u32::from_be_bytes([0, s1, s2, s3])).unwrap_or(usize::MAX);
        if rest.len() < size.saturating_add(4) {
            return Err(FileError::Truncated);
        }
        let payload = rest.split_to(size);
        rest.advance(4);
        let kind = match kind {
            8 => MediaKind::Audio,
            9 => MediaKind::Video,
            18 => MediaKind::Data,
            _ => continue,
        };
        media.push(Media {
            kind,
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            payload,
        });
    }
    Ok(media)
}

/// A clip without an end: its messages again and again, each round's timestamps behind the last one's.
///
/// Sequence headers and metadata are only in the first round, so that an encoder which never stopped is what a
/// server sees.
#[derive(Debug, Clone)]
pub struct Looped {
    clip: Vec<Media>,
    at: usize,
    offset: u32,
    duration: u32,
    first_round: bool,
}

impl Looped {
    /// A loop over `clip`, which lasts `duration` milliseconds a round.
    pub const fn new(clip: Vec<Media>, duration: u32) -> Self {
        Self {
            clip,
            at: 0,
            offset: 0,
            duration,
            first_round: true,
        }
    }

    /// The length of a round that keeps the clip's rhythm: the last timestamp and one more frame's time, by the
    /// average of the kind that the clip has most video of, or else audio.
    pub fn duration_of(clip: &[Media]) -> u32 {
        let timestamps = |kind| {
            clip.iter()
                .filter(move |media| media.kind == kind && !is_configuration(media))
                .map(|media| media.timestamp)
        };
        let round = |kind| {
            let count = u32::try_from(timestamps(kind).count()).unwrap_or(u32::MAX);
            let (first, last) = (timestamps(kind).min()?, timestamps(kind).max()?);
            let gaps = count.checked_sub(1).filter(|gaps| *gaps > 0)?;
            Some((last - first).saturating_add((last - first).div_ceil(gaps)))
        };
        round(MediaKind::Video)
            .or_else(|| round(MediaKind::Audio))
            .unwrap_or(0)
    }
}

impl Iterator for Looped {
    type Item = Media;

    fn next(&mut self) -> Option<Media> {
        // Two rounds are enough to come upon something other than configuration, if there is anything.
        for _ in 0..self.clip.len().saturating_mul(2) {
            if self.at == self.clip.len() {
                self.at = 0;
                self.offset = self.offset.wrapping_add(self.duration);
                self.first_round = false;
            }
            let media = self.clip.get(self.at)?;
            self.at += 1;
            if !self.first_round && (media.kind == MediaKind::Data || is_configuration(media)) {
                continue;
            }
            let timestamp = media.timestamp.wrapping_add(self.offset);
            return Some(Media {
                timestamp,
                ..media.clone()
            });
        }
        None
    }
}

/// Whether a message is a sequence header or the end of a sequence, and no frame.
fn is_configuration(media: &Media) -> bool {
    match media.kind {
        MediaKind::Audio => !matches!(AudioTag::parse(&media.payload), Ok(AudioTag::Raw(..)) | Err(_)),
        MediaKind::Video => {
            VideoTag::parse(&media.payload).is_ok_and(|tag| !matches!(tag.packet, VideoPacket::Frame { .. }))
        }
        MediaKind::Data => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(tags: &[(u8, u32, &[u8])]) -> Bytes {
        let mut file = b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec();
        for (kind, timestamp, body) in tags {
            let size = u32::try_from(body.len()).unwrap();
            file.push(*kind);
            file.extend(&size.to_be_bytes()[1..]);
            let [t0, t1, t2, t3] = timestamp.to_be_bytes();
            file.extend([t1, t2, t3, t0, 0, 0, 0]);
            file.extend(*body);
            file.extend((size + 11).to_be_bytes());
        }
        file.into()
    }

    #[test]
    fn tags_come_out_in_order_with_extended_timestamps() {
        let file = file(&[
            (18, 0, b"meta"),
            (9, 0x0102_0304, &[0x17, 1]),
            (15, 1, b"?"),
            (8, 7, &[0xaf, 1]),
        ]);
        let media = read_file(&file).unwrap();
        let seen: Vec<_> = media.iter().map(|media| (media.kind, media.timestamp)).collect();
        assert_eq!(
            seen,
            [
                (MediaKind::Data, 0),
                (MediaKind::Video, 0x0102_0304),
                (MediaKind::Audio, 7)
            ]
        );
    }

    #[test]
    fn broken_files_are_refused() {
        let whole = file(&[(9, 0, &[0x17, 1, 2, 3])]);
        assert_eq!(
            read_file(&whole.slice(..whole.len() - 5)),
            Err(FileError::Truncated)
        );
        assert_eq!(
            read_file(&Bytes::from_static(b"FLV\x01\x05\xff\xff\xff\xff")),
            Err(FileError::Truncated)
        );
        assert_eq!(
            read_file(&Bytes::from_static(b"\x1aE\xdf\xa3 matroska")),
            Err(FileError::NotFlv)
        );
    }

    #[test]
    fn loop_goes_on_in_rhythm_and_leaves_configuration_out() {
        let clip = read_file(&file(&[
            (18, 0, b"meta"),
            (9, 0, &[0x17, 0, 0, 0, 0]),
            (9, 0, &[0x17, 1, 0, 0, 0]),
            (9, 40, &[0x27, 1, 0, 0, 0]),
            (9, 80, &[0x27, 1, 0, 0, 0]),
        ]))
        .unwrap();
        let duration = Looped::duration_of(&clip);
        assert_eq!(duration, 120);
        let timestamps: Vec<_> = Looped::new(clip, duration)
            .take(9)
            .map(|media| media.timestamp)
            .collect();
        assert_eq!(timestamps, [0, 0, 0, 40, 80, 120, 160, 200, 240]);
    }

    #[test]
    fn loop_over_nothing_ends() {
        assert_eq!(Looped::new(Vec::new(), 0).next(), None);
        let only_metadata = read_file(&file(&[(18, 0, b"meta")])).unwrap();
        assert_eq!(Looped::new(only_metadata, 0).count(), 1);
    }
}
