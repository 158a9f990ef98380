//! What the multivariant playlist says of a view: codecs and rates, measured from what is shown.

use super::channel::{Session, State};
use super::interval::{Interval, Segment};
use crate::packaging::Track;
use crate::packaging::hls::{Multivariant, Picture, Sound};
use crate::packaging::segmenter::Init;

impl State {
    pub(super) fn multivariant(&self, shown: &[&Interval]) -> Multivariant {
        let mut multivariant = Multivariant {
            independent: true,
            ..Multivariant::default()
        };
        let (mut bits, mut micros) = (0, 0);
        for interval in shown {
            let duration = interval.duration_micros().max(1);
            let size = bits_of(interval);
            multivariant.peak_bits_per_second =
                multivariant.peak_bits_per_second.max(size * 1_000_000 / duration);
            multivariant.independent &= interval.segments().all(Segment::is_independent);
            bits += size;
            micros += duration;
        }
        multivariant.average_bits_per_second = (bits * 1_000_000).checked_div(micros).unwrap_or(0);
        let video = self.configurations(shown, Track::Video);
        if let Some(newest) = video.first() {
            multivariant.picture = Some(Picture {
                codecs: codecs(&video),
                resolution: newest.resolution,
                frame_rate: frame_rate(shown, newest.frame_rate),
            });
        }
        let audio = self.configurations(shown, Track::Audio);
        if let Some(newest) = audio.first() {
            multivariant.sound = Some(Sound {
                codecs: codecs(&audio),
                channels: newest.channels,
            });
        }
        multivariant
    }

    /// The configurations in use, the newest first.
    fn configurations(&self, shown: &[&Interval], track: Track) -> Vec<&Init> {
        let mut used = Vec::new();
        for interval in shown.iter().rev() {
            let Some(segment) = interval.segments.of(track) else {
                continue;
            };
            let key = (interval.session, segment.init);
            if !used.contains(&key) {
                used.push(key);
            }
        }
        used.into_iter()
            .filter_map(|(session, index)| configuration(self.session(session)?, track, index))
            .collect()
    }
}

/// A configuration of a session by the index of its init segment.
pub(super) fn configuration(session: &Session, track: Track, index: u32) -> Option<&Init> {
    session.inits.of(track).iter().find(|init| init.index == index)
}

fn bits_of(interval: &Interval) -> u64 {
    let bytes: usize = interval.segments().map(Segment::len).sum();
    u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8)
}

fn codecs(inits: &[&Init]) -> Vec<String> {
    let mut codecs: Vec<String> = Vec::new();
    for init in inits {
        if !codecs.contains(&init.codec) {
            codecs.push(init.codec.clone());
        }
    }
    codecs
}

/// Frames counted, in thousandths of a frame a second; or what the encoder declares, if it is that within 2 %.
pub(super) fn frame_rate(shown: &[&Interval], declared: Option<u32>) -> Option<u64> {
    let (mut frames, mut micros) = (0, 0);
    for segment in shown
        .iter()
        .filter_map(|interval| interval.segments.video.as_ref())
    {
        frames += segment
            .parts
            .iter()
            .map(|part| u64::from(part.samples))
            .sum::<u64>();
        micros += segment.duration_micros();
    }
    let measured = (frames * 1_000_000_000).checked_div(micros)?;
    let declared = declared.map(u64::from);
    let close = declared.filter(|declared| declared.abs_diff(measured) * 50 <= measured);
    Some(close.unwrap_or(measured))
}
