//! CMAF headers (ISO/IEC 23000-19, 7.3.1): the init segment of a track.

use bytes::Bytes;

use super::boxes::BoxWriter;
use super::samples;
use crate::packaging::codec::{AudioConfig, VideoConfig};

/// The number of the one track in each file.
pub(super) const TRACK_ID: u32 = 1;

/// Ticks a second of video tracks.
const VIDEO_TIMESCALE: u32 = 90_000;

/// The identity matrix of `mvhd` and `tkhd`.
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// The decoder configuration of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrackConfig {
    Video(VideoConfig),
    Audio(AudioConfig),
}

impl TrackConfig {
    /// Ticks a second: 90 kHz for video; for audio the core's sample rate, so that a frame is a whole number of ticks.
    pub(crate) const fn timescale(&self) -> u32 {
        match self {
            Self::Video(_) => VIDEO_TIMESCALE,
            Self::Audio(config) => config.sample_rate(),
        }
    }

    /// The `CODECS` entry (RFC 6381).
    pub(crate) fn codec(&self) -> String {
        match self {
            Self::Video(config) => config.codec(),
            Self::Audio(config) => config.codec(),
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
            if let TrackConfig::Audio(config) = config {
                edit_list(it, config);
            }
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
            TrackConfig::Video(_) => it.zeros(4),
            TrackConfig::Audio(_) => {
                it.u16(0);
                it.u16(0x0100);
            }
        }
        it.u16(0);
        matrix(it);
        match config {
            TrackConfig::Video(config) => {
                it.u32(u32::from(config.picture().width) << 16);
                it.u32(u32::from(config.picture().height) << 16);
            }
            TrackConfig::Audio(_) => it.zeros(8),
        }
    });
}

/// Takes out what a decoder makes before the sound begins (ISO/IEC 14496-12, 8.6.6; Opus in ISOBMFF, 4.4): samples are
/// heard that much before their time in the file. The duration is open, as the stream goes on.
fn edit_list(it: &mut BoxWriter, config: &AudioConfig) {
    let pre_skip = u32::from(config.pre_skip());
    if pre_skip > 0 {
        it.boxed(*b"edts", |it| {
            it.full(*b"elst", 0, 0, |it| {
                it.u32(1);
                it.u32(0);
                it.u32(pre_skip);
                it.u32(0x1_0000);
            });
        });
    }
}

fn media(it: &mut BoxWriter, config: &TrackConfig) {
    let (handler, name): (&[u8; 4], &[u8]) = match config {
        TrackConfig::Video(_) => (b"vide", b"video\0"),
        TrackConfig::Audio(_) => (b"soun", b"audio\0"),
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
            TrackConfig::Video(_) => it.full(*b"vmhd", 0, 1, |it| it.zeros(8)),
            TrackConfig::Audio(_) => it.full(*b"smhd", 0, 0, |it| it.zeros(4)),
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
                    TrackConfig::Video(config) => samples::video_entry(it, config),
                    TrackConfig::Audio(config) => samples::audio_entry(it, config),
                }
            });
            it.full(*b"stts", 0, 0, |it| it.u32(0));
            it.full(*b"stsc", 0, 0, |it| it.u32(0));
            it.full(*b"stsz", 0, 0, |it| it.zeros(8));
            it.full(*b"stco", 0, 0, |it| it.u32(0));
            if let TrackConfig::Audio(AudioConfig::Opus(_)) = config {
                samples::opus_pre_roll(it);
            }
        });
    });
}
