//! FLV files as they are written to players (annex E.2 to E.4.1).

use bytes::{BufMut, BytesMut};

use crate::{Media, MediaKind};

/// The header of a file with these kinds of tag, and the size of the tag before the first one, which is none.
pub(crate) fn header(video: bool, audio: bool) -> [u8; 13] {
    let flags = u8::from(video) | u8::from(audio) << 2;
    [b'F', b'L', b'V', 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]
}

/// What comes before the body of a tag. A body beyond 24 bits of length can't be told: no message is as long.
pub(crate) fn put_tag_header(media: &Media, out: &mut BytesMut) {
    out.put_u8(match media.kind {
        MediaKind::Audio => 8,
        MediaKind::Video => 9,
        MediaKind::Data => 18,
    });
    out.put_slice(&size(media).to_be_bytes()[1..]);
    let [high, rest @ ..] = media.timestamp.to_be_bytes();
    out.put_slice(&rest);
    out.put_u8(high);
    out.put_slice(&[0; 3]);
}

/// What comes behind the body of a tag: its size, the header's included.
pub(crate) fn put_tag_end(media: &Media, out: &mut BytesMut) {
    out.put_u32(size(media).saturating_add(11));
}

fn size(media: &Media) -> u32 {
    u32::try_from(media.payload.len())
        .unwrap_or(0x00ff_ffff)
        .min(0x00ff_ffff)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::flv::read_file;

    #[test]
    fn what_is_written_is_read_again() {
        let media = [
            (MediaKind::Data, 0, vec![2; 20]),
            (MediaKind::Video, 0x0102_0304, vec![0x17; 70_000]),
            (MediaKind::Audio, u32::MAX, vec![0xaf]),
        ]
        .map(|(kind, timestamp, payload)| Media {
            kind,
            timestamp,
            payload: payload.into(),
        });
        let mut file = BytesMut::new();
        file.put_slice(&header(true, true));
        for media in &media {
            put_tag_header(media, &mut file);
            file.put_slice(&media.payload);
            put_tag_end(media, &mut file);
        }
        assert_eq!(read_file(&Bytes::from(file)).unwrap(), media);
    }
}
