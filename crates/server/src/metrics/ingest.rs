//! How the publishers of this process are doing, all together: nothing is labelled with one of them.

use media::health::{Health, Warning};
use media::server::RtmpServer;
use metrics::{describe_gauge, gauge};

use super::approximate;

const BITRATE: &str = "videoroom_ingest_bitrate_bits";
const FRAME_RATE: &str = "videoroom_ingest_frame_rate";
const KEY_FRAMES: &str = "videoroom_ingest_key_frame_interval_seconds";
const WARNINGS: &str = "videoroom_ingest_warnings";

pub(super) fn describe() {
    describe_gauge!(BITRATE, "Bits of media a second that publishers send now");
    describe_gauge!(FRAME_RATE, "Frames of video a second that publishers send now");
    describe_gauge!(
        KEY_FRAMES,
        "Seconds between the key frames that publishers send now"
    );
    describe_gauge!(WARNINGS, "Publishers that have this warning now");
}

/// Looks at each publisher.
pub(super) fn look(server: &RtmpServer) {
    let healths: Vec<Health> = server.healths().collect();
    let bitrate = |health: &Health| Some(approximate(usize::try_from(health.bitrate?).ok()?));
    let frame_rate = |health: &Health| Some(f64::from(health.frame_rate?) / 1_000.0);
    let key_frames = |health: &Health| Some(health.key_frame_interval?.as_secs_f64());
    summarize(BITRATE, healths.iter().filter_map(bitrate));
    summarize(FRAME_RATE, healths.iter().filter_map(frame_rate));
    summarize(KEY_FRAMES, healths.iter().filter_map(key_frames));
    for code in Warning::CODES {
        let warned = healths.iter().filter(|health| {
            let mut warnings = health.warnings.iter();
            warnings.any(|warning| warning.code() == code)
        });
        gauge!(WARNINGS, "code" => code).set(approximate(warned.count()));
    }
}

/// The least, the mean and the most; nothing, if there is no publisher.
fn summarize(name: &'static str, values: impl Iterator<Item = f64>) {
    let (mut count, mut sum) = (0, 0.0);
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for value in values {
        count += 1;
        sum += value;
        least = least.min(value);
        most = most.max(value);
    }
    let there = count > 0;
    let mean = if there { sum / approximate(count) } else { 0.0 };
    gauge!(name, "stat" => "least").set(if there { least } else { 0.0 });
    gauge!(name, "stat" => "mean").set(mean);
    gauge!(name, "stat" => "most").set(most);
}
