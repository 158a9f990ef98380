//! Streams that no encoder would send: nothing may panic, and what comes out stays in order.

mod packaging_support;

use media::hub::View;
use media::{Media, MediaKind, SessionId};
use packaging_support::*;
use proptest::prelude::*;

/// The decoding time that each part begins with.
fn decode_times(content: &[u8]) -> Vec<u64> {
    content
        .windows(4)
        .enumerate()
        .filter(|(_, kind)| *kind == b"tfdt")
        .map(|(at, _)| u64::from_be_bytes(content[at + 8..at + 16].try_into().unwrap()))
        .collect()
}

/// One thing done to a message: its timestamp moved, its end cut off, a byte of its head changed, or nothing.
#[derive(Debug, Clone)]
enum Damage {
    Move(u32),
    Shift(i32),
    Cut(u16),
    Change(u8, u8),
    Drop,
    None,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<u32>().prop_map(Damage::Move),
        4 => (-15_000..15_000).prop_map(Damage::Shift),
        2 => any::<u16>().prop_map(Damage::Cut),
        2 => (0_u8..16, any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        4 => Just(Damage::Drop),
        40 => Just(Damage::None),
    ]
}

fn damaged(clip: &[Media], damages: &[Damage]) -> Vec<Media> {
    let mut shift = 0;
    let mut result = Vec::new();
    for (media, damage) in clip.iter().zip(damages.iter().cycle()) {
        let mut media = media.clone();
        match damage {
            Damage::Move(timestamp) => media.timestamp = *timestamp,
            Damage::Shift(milliseconds) => shift += milliseconds,
            Damage::Cut(length) => media.payload.truncate(usize::from(*length)),
            Damage::Change(at, byte) => {
                let mut payload = media.payload.to_vec();
                if let Some(slot) = payload.get_mut(usize::from(*at)) {
                    *slot = *byte;
                }
                media.payload = payload.into();
            }
            Damage::Drop => continue,
            Damage::None => {}
        }
        media.timestamp = media.timestamp.wrapping_add_signed(shift);
        result.push(media);
    }
    result
}

#[test]
fn damaged_streams_come_out_in_order() {
    let clip = bars_and_tone(8);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let view = View::Preview(SessionId(1));
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }, |(damages in proptest::collection::vec(damage(), 50..800))| {
        let stage = Stage::with_long_window("hostile");
        let mut publication = stage.open(1, None, START);
        let mut now = START;
        for (count, media) in (0..).zip(damaged(&clip, &damages)) {
            now = at(count * 12);
            if publication.push(&media, now).is_err() {
                break;
            }
        }
        let _retained = publication.finish(now);
        for name in ["video.m3u8", "audio.m3u8"] {
            let Ok(playlist) = runtime.block_on(stage.fetch(view, name, now)) else {
                continue;
            };
            let playlist = String::from_utf8(bytes(&playlist)).unwrap();
            let mut last = None;
            let mut gap = false;
            for line in playlist.lines() {
                if line.starts_with('#') {
                    gap |= line == "#EXT-X-GAP";
                } else if !std::mem::take(&mut gap) {
                    let answer = runtime.block_on(stage.fetch(view, line, now)).unwrap();
                    let times = decode_times(&bytes(&answer));
                    prop_assert!(!times.is_empty());
                    // A changed sample rate changes what a tick is.
                    let tells = name == "video.m3u8" || playlist.matches("#EXT-X-MAP").count() == 1;
                    for time in times.into_iter().filter(|_| tells) {
                        prop_assert!(last < Some(time), "{last:?} {time}\n{playlist}");
                        last = Some(time);
                    }
                }
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_messages_panic(messages in proptest::collection::vec((any::<bool>(), any::<u32>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..60)) {
        let stage = Stage::with_long_window("noise");
        let mut publication = stage.open(1, None, START);
        for (video, timestamp, payload) in messages {
            let kind = if video { MediaKind::Video } else { MediaKind::Audio };
            let _ = publication.push(&Media { kind, timestamp, payload: payload.into() }, START);
        }
    }
}
