//! Encoders as they are set up in the field: long groups of pictures, frame rates that vary.

mod packaging_support;

use media::hub::View;
use media::{Media, MediaKind, SessionId};
use packaging_support::*;

const PREVIEW: View = View::Preview(SessionId(1));

/// How many parts that a playlist names are longer than its `PART-TARGET`.
fn too_long_parts(playlist: &str) -> usize {
    let target: f64 = tag(playlist, "#EXT-X-PART-INF")
        .strip_prefix("PART-TARGET=")
        .unwrap()
        .parse()
        .unwrap();
    let durations = playlist
        .lines()
        .filter_map(|line| line.strip_prefix("#EXT-X-PART:DURATION="));
    durations
        .map(|rest| rest.split(',').next().unwrap().parse::<f64>().unwrap())
        .filter(|duration| *duration > target)
        .count()
}

/// Publishes a clip to its end, and saves it. Answers the playlist before and after the end.
async fn published(stage: &Stage, clip: &[Media]) -> (String, String) {
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, clip, START).unwrap();
    let live = stage.text(PREVIEW, "video.m3u8", now).await;
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    (live, stage.text(PREVIEW, "video.m3u8", now).await)
}

#[tokio::test]
async fn groups_of_ten_seconds_are_segments_of_ten_seconds_in_small_parts() {
    let stage = Stage::with_long_window("gop_10");
    let clip = clip(
        "-f lavfi -i testsrc2=size=160x90:rate=30 -f lavfi -i sine=frequency=440:sample_rate=44100 -t 31 \
         -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 300 -keyint_min 300 -sc_threshold 0 -c:a aac -b:a 64k",
    );
    let (live, video) = published(&stage, &clip).await;
    assert_eq!(too_long_parts(&live), 0, "{live}");
    assert_eq!(tag(&video, "#EXT-X-TARGETDURATION"), "10");
    assert_eq!(durations(&video)[..3], [10.0; 3]);
    let (pictures, sounds) = (stage.packets("video.m3u8"), stage.packets("audio.m3u8"));
    assert_eq!(pictures.len(), 930);
    assert_monotonic(&pictures);
    assert_monotonic(&sounds);
    stage.decode("index.m3u8");
}

#[tokio::test]
async fn frame_rate_that_varies_keeps_every_picture_in_its_place() {
    let stage = Stage::with_long_window("vfr");
    // Thirty frames a second, then ten, then a hole of a second, over and over.
    let clip = clip(
        "-f lavfi -i testsrc2=size=160x90:rate=30 -f lavfi -i sine=frequency=440:sample_rate=44100 -t 16 \
         -vf select='lt(mod(t,5),2)+not(mod(n,3))*lt(mod(t,5),4)' -fps_mode vfr \
         -c:v libx264 -preset ultrafast -pix_fmt yuv420p -force_key_frames expr:gte(t,n_forced*2) -g 600 \
         -sc_threshold 0 -c:a aac -b:a 64k",
    );
    let sent: Vec<_> = clip
        .iter()
        .filter(|media| media.kind == MediaKind::Video && media.payload.get(1) == Some(&1))
        .map(|media| f64::from(media.timestamp) / 1_000.0)
        .collect();
    let (live, video) = published(&stage, &clip).await;
    // A picture that is shown for longer than a part may last is a part by itself; nothing could split it.
    let holes = sent.windows(2).filter(|pair| pair[1] - pair[0] > 0.5).count();
    assert!(holes > 2 && too_long_parts(&live) <= holes, "{live}");
    assert!(!video.contains("#EXT-X-DISCONTINUITY\n"), "{video}");
    let target: f64 = tag(&video, "#EXT-X-TARGETDURATION").parse().unwrap();
    for duration in durations(&video) {
        assert!(duration.round() <= target, "{video}");
    }
    let pictures = stage.packets("video.m3u8");
    assert_monotonic(&pictures);
    assert_monotonic(&stage.packets("audio.m3u8"));
    assert_eq!(pictures.len(), sent.len());
    for (picture, at) in pictures.iter().zip(&sent) {
        let moved = (picture.dts - pictures[0].dts) - (at - sent[0]);
        assert!(moved.abs() < 0.002, "{picture:?} was sent at {at}");
    }
    stage.decode("index.m3u8");
}
