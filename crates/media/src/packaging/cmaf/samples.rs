//! Sample entries: what an init segment says of a track's codec.

use super::boxes::{BoxWriter, size_of};
use crate::packaging::codec::aac::AacConfig;
use crate::packaging::codec::opus::OpusConfig;
use crate::packaging::codec::{AudioConfig, VideoConfig};

/// ISO/IEC 14496-12, 12.1.3, with the configuration that the codec's own standard has: ISO/IEC 14496-15, 5.4.2.1 and
/// 8.4.1; AV1 in ISOBMFF, 2.2.
pub(super) fn video_entry(it: &mut BoxWriter, config: &VideoConfig) {
    let (entry, record) = match config {
        VideoConfig::Avc(_) => (*b"avc1", *b"avcC"),
        VideoConfig::Hevc(_) => (*b"hvc1", *b"hvcC"),
        VideoConfig::Av1(_) => (*b"av01", *b"av1C"),
    };
    it.boxed(entry, |it| {
        it.zeros(6);
        it.u16(1);
        it.zeros(16);
        it.u16(config.picture().width);
        it.u16(config.picture().height);
        it.u32(0x48_0000);
        it.u32(0x48_0000);
        it.u32(0);
        it.u16(1);
        it.zeros(32);
        it.u16(0x18);
        it.u16(0xffff);
        it.boxed(record, |it| it.bytes(config.record()));
    });
}

/// ISO/IEC 14496-12, 12.2.3; 14496-14, 6.7.2; Opus in ISOBMFF, 4.3.
pub(super) fn audio_entry(it: &mut BoxWriter, config: &AudioConfig) {
    let entry = match config {
        AudioConfig::Aac(_) => *b"mp4a",
        AudioConfig::Opus(_) => *b"Opus",
    };
    it.boxed(entry, |it| {
        it.zeros(6);
        it.u16(1);
        it.zeros(8);
        it.u16(u16::from(config.channels()));
        it.u16(16);
        it.u32(0);
        // 16.16; a rate that does not fit is said by the decoder configuration alone.
        it.u16(u16::try_from(config.sample_rate()).unwrap_or(0));
        it.u16(0);
        match config {
            AudioConfig::Aac(config) => aac_descriptors(it, config),
            AudioConfig::Opus(config) => opus_box(it, config),
        }
    });
}

fn aac_descriptors(it: &mut BoxWriter, config: &AacConfig) {
    it.full(*b"esds", 0, 0, |it| {
        // Each descriptor's head is a tag and a length of four bytes (ISO/IEC 14496-1, 8.3.3).
        let specific = config.record.len();
        let decoder = 13 + 5 + specific;
        descriptor(it, 3, 3 + 5 + decoder + 5 + 1);
        it.u16(0);
        it.u8(0);
        descriptor(it, 4, decoder);
        // MPEG-4 audio; an audio stream.
        it.u8(0x40);
        it.u8(0x15);
        it.zeros(3 + 4 + 4);
        descriptor(it, 5, specific);
        it.bytes(&config.record);
        descriptor(it, 6, 1);
        it.u8(2);
    });
}

fn descriptor(it: &mut BoxWriter, tag: u8, length: usize) {
    it.u8(tag);
    let length = size_of(length);
    for shift in [21, 14, 7, 0] {
        let more = if shift == 0 { 0 } else { 0x80 };
        let [.., septet] = (length >> shift & 0x7f).to_be_bytes();
        it.u8(septet | more);
    }
}

/// `OpusSpecificBox` (Opus in ISOBMFF, 4.3.2): the identification header with its bytes the other way round.
fn opus_box(it: &mut BoxWriter, config: &OpusConfig) {
    it.boxed(*b"dOps", |it| {
        it.u8(0);
        it.u8(config.channels);
        it.u16(config.pre_skip);
        it.u32(config.input_sample_rate);
        it.bytes(&config.output_gain.to_be_bytes());
        it.bytes(&config.mapping);
    });
}

/// How many packets a decoder needs before it sounds right (Opus in ISOBMFF, 4.3.6.2): 80 ms, in packets of 20 ms. The
/// one description holds for every sample that says nothing else (ISO/IEC 14496-12, 8.9.3).
pub(super) fn opus_pre_roll(it: &mut BoxWriter) {
    it.full(*b"sgpd", 2, 0, |it| {
        it.bytes(b"roll");
        // The length of each description, which of them holds by default, how many there are.
        it.u32(2);
        it.u32(1);
        it.u32(1);
        it.bytes(&(-4_i16).to_be_bytes());
    });
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn opus_header_is_turned_round() {
        let head = Bytes::from_static(b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\xff\xfe\x00");
        let config = OpusConfig::parse(&head).unwrap();
        let mut out = BoxWriter::with_capacity(64);
        opus_box(&mut out, &config);
        assert_eq!(
            out.finish()[..],
            *b"\x00\x00\x00\x13dOps\x00\x02\x01\x38\x00\x00\xbb\x80\xfe\xff\x00"
        );
    }
}
