//! CMAF headers (ISO/IEC 23000-19, 7.3.1): the init segment of a track.

use bytes::Bytes;

use super::boxes::{BoxWriter, size_of};
use crate::packaging::codec::aac::AacConfig;
use crate::packaging::codec::avc::AvcConfig;

/// The number of the one track in each file.
pub(super) const TRACK_ID: u32 = 1;

/// Ticks a second of video tracks.
const VIDEO_TIMESCALE: u32 = 90_000;

/// The identity matrix of `mvhd` and `tkhd`.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// The decoder configuration of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrackConfig {
    Avc(AvcConfig),
    Aac(AacConfig),
}

impl TrackConfig {
    /// Ticks a second: 90 kHz for video; for audio the core's sample rate, so that a frame is a whole number of ticks.
    pub(crate) const fn timescale(&self) -> u32 {
        match self {
            Self::Avc(_) => VIDEO_TIMESCALE,
            Self::Aac(config) => config.sample_rate,
        }
    }

    /// The `CODECS` entry (RFC 6381).
    pub(crate) fn codec(&self) -> String {
        match self {
            Self::Avc(config) => config.codec(),
            Self::Aac(config) => config.codec(),
        }
    }
}

/// The init segment of a track with this configuration.
pub(crate) fn init_segment(config: &TrackConfig) -> Bytes {
    let mut out = BoxWriter::with_capacity(1024);
    out.boxed(*b"ftyp", |it| {
        it.bytes(b"iso6");
        it.u32(0);
        it.bytes(b"iso6cmfcmp41");
    });
    out.boxed(*b"moov", |it| {
        it.full(*b"mvhd", 0, 0, |it| {
            it.zeros(8);
            it.u32(config.timescale());
            it.u32(0);
            it.u32(0x1_0000);
            it.u16(0x0100);
            it.zeros(10);
            matrix(it);
            it.zeros(24);
            it.u32(TRACK_ID + 1);
        });
        it.boxed(*b"trak", |it| {
            track_header(it, config);
            it.boxed(*b"mdia", |it| media(it, config));
        });
        it.boxed(*b"mvex", |it| {
            it.full(*b"trex", 0, 0, |it| {
                it.u32(TRACK_ID);
                it.u32(1);
                it.zeros(12);
            });
        });
    });
    out.finish()
}

fn matrix(it: &mut BoxWriter) {
    for entry in MATRIX {
        it.u32(entry);
    }
}

fn track_header(it: &mut BoxWriter, config: &TrackConfig) {
    // Enabled, and used in the presentation.
    it.full(*b"tkhd", 0, 3, |it| {
        it.zeros(8);
        it.u32(TRACK_ID);
        it.zeros(8 + 8);
        it.u16(0);
        // Alternate group and volume.
        match config {
            TrackConfig::Avc(_) => it.zeros(4),
            TrackConfig::Aac(_) => {
                it.u16(0);
                it.u16(0x0100);
            }
        }
        it.u16(0);
        matrix(it);
        match config {
            TrackConfig::Avc(config) => {
                it.u32(u32::from(config.sps.width) << 16);
                it.u32(u32::from(config.sps.height) << 16);
            }
            TrackConfig::Aac(_) => it.zeros(8),
        }
    });
}

fn media(it: &mut BoxWriter, config: &TrackConfig) {
    let (handler, name): (&[u8; 4], &[u8]) = match config {
        TrackConfig::Avc(_) => (b"vide", b"video\0"),
        TrackConfig::Aac(_) => (b"soun", b"audio\0"),
    };
    it.full(*b"mdhd", 0, 0, |it| {
        it.zeros(8);
        it.u32(config.timescale());
        it.u32(0);
        // Language `und`.
        it.u16(0x55c4);
        it.u16(0);
    });
    it.full(*b"hdlr", 0, 0, |it| {
        it.u32(0);
        it.bytes(handler);
        it.zeros(12);
        it.bytes(name);
    });
    it.boxed(*b"minf", |it| {
        match config {
            TrackConfig::Avc(_) => it.full(*b"vmhd", 0, 1, |it| it.zeros(8)),
            TrackConfig::Aac(_) => it.full(*b"smhd", 0, 0, |it| it.zeros(4)),
        }
        it.boxed(*b"dinf", |it| {
            it.full(*b"dref", 0, 0, |it| {
                it.u32(1);
                it.full(*b"url ", 0, 1, |_| {});
            });
        });
        it.boxed(*b"stbl", |it| {
            it.full(*b"stsd", 0, 0, |it| {
                it.u32(1);
                match config {
                    TrackConfig::Avc(config) => avc_sample_entry(it, config),
                    TrackConfig::Aac(config) => aac_sample_entry(it, config),
                }
            });
            it.full(*b"stts", 0, 0, |it| it.u32(0));
            it.full(*b"stsc", 0, 0, |it| it.u32(0));
            it.full(*b"stsz", 0, 0, |it| it.zeros(8));
            it.full(*b"stco", 0, 0, |it| it.u32(0));
        });
    });
}

/// ISO/IEC 14496-15, 5.4.2.1.
fn avc_sample_entry(it: &mut BoxWriter, config: &AvcConfig) {
    it.boxed(*b"avc1", |it| {
        it.zeros(6);
        it.u16(1);
        it.zeros(16);
        it.u16(config.sps.width);
        it.u16(config.sps.height);
        it.u32(0x48_0000);
        it.u32(0x48_0000);
        it.u32(0);
        it.u16(1);
        it.zeros(32);
        it.u16(0x18);
        it.u16(0xffff);
        it.boxed(*b"avcC", |it| it.bytes(&config.record));
    });
}

/// ISO/IEC 14496-14, 6.7.2.
fn aac_sample_entry(it: &mut BoxWriter, config: &AacConfig) {
    it.boxed(*b"mp4a", |it| {
        it.zeros(6);
        it.u16(1);
        it.zeros(8);
        it.u16(u16::from(config.channels));
        it.u16(16);
        it.u32(0);
        // 16.16; a rate that does not fit is said by the decoder configuration alone.
        it.u16(u16::try_from(config.sample_rate).unwrap_or(0));
        it.u16(0);
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
