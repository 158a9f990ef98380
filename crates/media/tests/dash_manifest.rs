//! DASH manifests as the hub serves them, held to ISO/IEC 23009-1 and to the segments beside them.

mod mpd_support;
mod packaging_support;

use futures_util::{FutureExt, StreamExt};
use media::hub::{Body, Freshness, PlayError, Publication, Retained, View};
use media::{Media, MediaKind, SessionId};

use mpd_support::Manifest;
use packaging_support::{Stage, at, bars_and_tone, bars_and_tone_of, bytes, later};

const PREVIEW: View = View::Preview(SessionId(1));

fn on_air(from: i64, until: Option<i64>) -> View {
    View::Broadcast {
        from: at(from),
        until: until.map(at),
    }
}

/// Pushes a clip in real time, beginning `from` milliseconds after the start.
fn push(publication: &mut Publication, clip: &[Media], from: i64) {
    for media in clip {
        publication
            .push(media, at(from + i64::from(media.timestamp)))
            .unwrap();
    }
}

async fn manifest(stage: &Stage, view: View, now: i64) -> Manifest {
    let manifest = Manifest::read(stage.text(view, "manifest.mpd", at(now)).await);
    manifest.assert_true(|name| {
        let answer = stage.fetch(view, name, at(now)).now_or_never()?.ok()?;
        match &answer.body {
            Body::Parts(_) => Some(bytes(&answer)),
            Body::Relayed(_) => panic!("{name} is no segment"),
            Body::Growing(segment) => {
                let mut parts = segment.clone().into_stream();
                let mut made = Vec::new();
                while let Some(Some(Ok(part))) = parts.next().now_or_never() {
                    made.extend_from_slice(&part);
                }
                Some(made)
            }
        }
    });
    manifest
}

/// Seconds at which the tracks of the last period end.
fn ends(manifest: &Manifest) -> Vec<f64> {
    let last = manifest.periods.last().unwrap();
    last.sets.iter().map(|set| set.end(last)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_live_manifest_lists_what_is_served_and_what_is_being_made() {
    let stage = Stage::with_long_window("dash_live");
    let mut publication = stage.open(1, None, at(0));
    push(&mut publication, &bars_and_tone(9), 0);
    let manifest = manifest(&stage, PREVIEW, 9_000).await;
    assert!(manifest.live);
    let [period] = &manifest.periods[..] else {
        panic!("{}", manifest.text);
    };
    let [video, audio] = &period.sets[..] else {
        panic!("{}", manifest.text);
    };
    assert_eq!(
        (video.content.as_str(), audio.content.as_str()),
        ("video", "audio")
    );
    assert_eq!(video.resolution, Some((320, 180)));
    assert_eq!(
        video.segments.len(),
        5,
        "four whole ones, and one that is being made"
    );
    assert!(
        (video.early - 1.666).abs() < 0.001,
        "two seconds but for one part: {}",
        video.early
    );
    let [pictures, sound] = ends(&manifest)[..] else {
        panic!("two tracks");
    };
    assert!((pictures - sound).abs() < 0.1, "{pictures} {sound}");
}

#[tokio::test(start_paused = true)]
async fn a_segment_is_handed_out_while_it_is_made() {
    let stage = Stage::with_long_window("dash_growing");
    let mut publication = stage.open(1, None, at(0));
    let clip = bars_and_tone(9);
    let (begun, rest) = clip.split_at(clip.iter().position(|media| media.timestamp > 5_000).unwrap());
    push(&mut publication, begun, 0);
    let manifest = manifest(&stage, PREVIEW, 5_000).await;
    let uri = &manifest.periods[0].sets[0].segments.last().unwrap().uri;
    let answer = stage.fetch(PREVIEW, uri, at(5_000)).await.unwrap();
    assert_eq!(answer.freshness, Freshness::Immutable);
    let Body::Growing(segment) = answer.body else {
        panic!("it is being made");
    };
    let mut parts = segment.into_stream();
    let mut made = parts
        .next()
        .now_or_never()
        .expect("a part is there")
        .unwrap()
        .unwrap()
        .to_vec();
    while let Some(Some(Ok(part))) = parts.next().now_or_never() {
        made.extend_from_slice(&part);
    }
    push(&mut publication, rest, 0);
    while let Some(part) = parts.next().await {
        made.extend_from_slice(&part.unwrap());
    }
    let whole = stage.fetch(PREVIEW, uri, at(9_000)).await.unwrap();
    assert_eq!(made, bytes(&whole), "the same bytes as those of the whole");
}

#[tokio::test(start_paused = true)]
async fn a_segment_is_found_by_its_exact_time_and_a_gap_by_that_which_is_listed() {
    let stage = Stage::with_long_window("dash_gaps");
    let mut publication = stage.open(1, None, at(0));
    let clip: Vec<_> = bars_and_tone(16)
        .into_iter()
        .filter(|media| media.kind == MediaKind::Video || !(4_000..10_000).contains(&media.timestamp))
        .collect();
    push(&mut publication, &clip, 0);
    let manifest = Manifest::read(stage.text(PREVIEW, "manifest.mpd", at(16_000)).await);
    let [_, audio] = &manifest.periods[0].sets[..] else {
        panic!("{}", manifest.text);
    };
    let mut gaps = 0;
    for segment in audio.segments.iter().rev().skip(1) {
        let answer = stage.fetch(PREVIEW, &segment.uri, at(16_000)).await.unwrap();
        gaps += usize::from(bytes(&answer) == mpd_support::GAP);
        let beside = segment
            .uri
            .replace(&segment.time.to_string(), &(segment.time + 1).to_string());
        let unknown = stage.fetch(PREVIEW, &beside, at(16_000)).await;
        assert_eq!(unknown, Err(PlayError::NotFound), "{beside}");
    }
    assert!(
        (2..=3).contains(&gaps),
        "six seconds are missing: {}",
        manifest.text
    );
}

#[tokio::test(start_paused = true)]
async fn each_discontinuity_is_a_period_that_begins_at_the_wall_clocks_time() {
    let stage = Stage::with_long_window("dash_periods");
    let mut first = stage.open(1, None, at(0));
    push(&mut first, &bars_and_tone(5), 0);
    let _held: Retained = first.finish(at(5_000));
    let view = on_air(3_000, None);
    let interrupted = manifest(&stage, view, 8_000).await;
    assert!(interrupted.live, "an interruption is no end");
    assert_eq!(interrupted.periods.len(), 1);
    assert!(
        interrupted.periods[0].start.abs() < 0.001,
        "it is on air from there on"
    );

    let mut second = stage.open(2, Some(1), at(10_000));
    push(&mut second, &later(&bars_and_tone_of("640x360", 5), 0), 10_000);
    let resumed = manifest(&stage, view, 15_000).await;
    let [before, after] = &resumed.periods[..] else {
        panic!("{}", resumed.text);
    };
    assert_eq!(before.id, interrupted.periods[0].id);
    assert!(
        (6.9..8.5).contains(&after.start),
        "seven seconds after the start: {}",
        after.start
    );
    assert_eq!(after.sets[0].resolution, Some((640, 360)));
    let _held = second.finish(at(15_000));

    let over = manifest(&stage, on_air(3_000, Some(15_000)), 16_000).await;
    assert!(!over.live);
    assert_eq!(over.periods.len(), 2);
    let late = stage
        .fetch(on_air(3_000, Some(15_000)), "manifest.mpd", at(2_000_000))
        .await;
    assert_eq!(late, Err(PlayError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn what_was_listed_stays_as_it_was() {
    let stage = Stage::with_long_window("dash_stays");
    let mut publication = stage.open(1, None, at(0));
    let clip = bars_and_tone(12);
    let mut known = std::collections::HashMap::new();
    for media in &clip {
        publication.push(media, at(i64::from(media.timestamp))).unwrap();
        if media.timestamp % 500 > 20 || media.timestamp < 4_000 {
            continue;
        }
        let manifest = manifest(&stage, PREVIEW, i64::from(media.timestamp)).await;
        for set in &manifest.periods[0].sets {
            for segment in set.segments.iter().rev().skip(1) {
                let time = (segment.time, segment.duration);
                assert_eq!(
                    *known.entry(segment.uri.clone()).or_insert(time),
                    time,
                    "{}",
                    segment.uri
                );
            }
        }
    }
    assert!(known.len() >= 10, "{known:?}");
}

#[tokio::test(start_paused = true)]
async fn players_set_their_clocks_by_an_answer_that_nobody_keeps() {
    let stage = Stage::with_long_window("dash_time");
    let mut publication = stage.open(1, None, at(0));
    push(&mut publication, &bars_and_tone(3), 0);
    let answer = stage.fetch(PREVIEW, "time", at(0)).await.unwrap();
    assert_eq!(answer.freshness, Freshness::Never);
    assert_eq!(bytes(&answer), b"2023-11-14T22:13:20.123Z");
}
