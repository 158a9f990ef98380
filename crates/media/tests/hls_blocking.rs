//! Low latency: parts as they come, and requests that wait for them.

mod packaging_support;

use std::sync::Arc;
use std::time::Duration;

use media::hub::{Answer, Directives, Freshness, PackagingSettings, PlayError, PlayRequest, Until, View};
use media::{Media, SessionId, UnixMicros};
use packaging_support::*;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const PREVIEW: View = View::Preview(SessionId(1));
const ROOM: View = View::Broadcast {
    from: START,
    until: None,
};
const FIRST: u64 = 1_700_000_000;

type Outcome = Result<Answer, PlayError>;

fn stage(name: &str) -> Stage {
    Stage::new(name, PackagingSettings::default())
}

fn until(msn: u64, part: impl Into<Option<u64>>) -> Directives {
    Directives {
        until: Some(Until {
            msn,
            part: part.into(),
        }),
        skip: false,
    }
}

/// Asks, and lets the request come to wait if it has to.
async fn ask(stage: &Stage, view: View, resource: &str, directives: Directives) -> JoinHandle<Outcome> {
    let request = PlayRequest {
        channel: CHANNEL,
        view,
        resource: resource.to_owned(),
        directives,
    };
    let hub = Arc::clone(&stage.hub);
    let asked = tokio::spawn(async move { hub.fetch(&request, START).await });
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
    asked
}

fn text(outcome: Outcome) -> String {
    String::from_utf8(bytes(&outcome.unwrap())).unwrap()
}

/// What comes before and what comes from `milliseconds` on.
fn split_at(clip: &[Media], milliseconds: u32) -> (&[Media], &[Media]) {
    let position = clip
        .iter()
        .position(|media| !is_configuration(media) && media.timestamp >= milliseconds)
        .unwrap();
    clip.split_at(position)
}

/// Where `publish` has to go on for messages that begin later than the clip.
fn instant_of(media: &[Media]) -> UnixMicros {
    at(i64::from(media[0].timestamp))
}

/// The durations of a playlist's parts, each with whether it is the last one of its segment.
fn parts(playlist: &str) -> Vec<(f64, bool)> {
    let lines: Vec<_> = playlist.lines().collect();
    let mut parts = Vec::new();
    for (position, line) in lines.iter().enumerate() {
        if let Some(rest) = line.strip_prefix("#EXT-X-PART:DURATION=") {
            let duration = rest.split(',').next().unwrap().parse().unwrap();
            let next = lines.get(position + 1).copied().unwrap_or_default();
            parts.push((duration, next.starts_with("#EXTINF")));
        }
    }
    parts
}

fn part_target(playlist: &str) -> f64 {
    let inf = tag(playlist, "#EXT-X-PART-INF");
    inf.strip_prefix("PART-TARGET=").unwrap().parse().unwrap()
}

#[tokio::test]
async fn parts_keep_to_the_part_target_at_every_frame_rate() {
    for rate in ["5", "10", "15", "24", "25", "30000/1001", "50", "60"] {
        let stage = stage("part_targets");
        let mut publication = stage.open(1, None, START);
        let clip = clip(&format!(
            "-f lavfi -i testsrc2=size=160x90:rate={rate} -f lavfi -i sine -t 7 -c:v libx264 -preset ultrafast -bf 2 \
             -force_key_frames expr:gte(t,n_forced*2) -pix_fmt yuv420p -c:a aac"
        ));
        let now = publish(&mut publication, &clip, START).unwrap();
        for name in ["video.m3u8", "audio.m3u8"] {
            let playlist = stage.text(PREVIEW, name, now).await;
            let target = part_target(&playlist);
            let parts = parts(&playlist);
            assert!(parts.len() > 9, "{rate}: {playlist}");
            for (duration, is_last) in parts {
                assert!(duration <= target, "{rate}: {duration} in {playlist}");
                assert!(
                    is_last || duration >= 0.85 * target,
                    "{rate}: {duration} in {playlist}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn parts_are_listed_as_they_come_and_the_next_one_is_hinted_at() {
    let stage = stage("parts");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(5);
    let (begun, rest) = split_at(&clip, 2_900);
    let now = publish(&mut publication, begun, START).unwrap();
    let playlist = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(segments(&playlist), ["0000000000000001/v-1700000000.m4s"]);
    assert_eq!(parts(&playlist).len(), 6 + 2, "{playlist}");
    let hint = "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"0000000000000001/v-1700000001.2.m4s\"\n";
    assert!(playlist.contains(hint), "{playlist}");
    assert!(
        playlist.ends_with("#EXT-X-RENDITION-REPORT:URI=\"audio.m3u8\",LAST-MSN=1700000001,LAST-PART=1\n"),
        "{playlist}"
    );
    assert!(
        playlist.contains("v-1700000001.0.m4s\",INDEPENDENT=YES\n"),
        "{playlist}"
    );

    let hinted = ask(
        &stage,
        PREVIEW,
        "0000000000000001/v-1700000001.2.m4s",
        Directives::default(),
    )
    .await;
    assert!(!hinted.is_finished());
    publish(&mut publication, rest, instant_of(rest)).unwrap();
    let part = hinted.await.unwrap().unwrap();
    assert_eq!(part.freshness, Freshness::Immutable);
    assert_eq!(part.content_type, "video/mp4");
}

#[tokio::test]
async fn parts_of_a_segment_are_its_bytes() {
    let stage = stage("concatenation");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(3), START).unwrap();
    let stem = format!("0000000000000001/v-{FIRST}");
    let whole = bytes(&stage.fetch(PREVIEW, &format!("{stem}.m4s"), now).await.unwrap());
    let mut joined = Vec::new();
    for part in 0..6 {
        let name = format!("{stem}.{part}.m4s");
        joined.extend(bytes(&stage.fetch(PREVIEW, &name, now).await.unwrap()));
    }
    assert_eq!(joined, whole);
    let behind = format!("{stem}.6.m4s");
    assert_eq!(stage.fetch(PREVIEW, &behind, now).await, Err(PlayError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn reload_is_held_until_the_part_is_there() {
    let stage = stage("blocking");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(7);
    let (begun, rest) = split_at(&clip, 2_900);
    publish(&mut publication, begun, START).unwrap();
    let next = ask(&stage, ROOM, "video.m3u8", until(FIRST + 1, 2)).await;
    let whole = ask(&stage, ROOM, "video.m3u8", until(FIRST + 1, None)).await;
    let beyond = ask(&stage, ROOM, "audio.m3u8", until(FIRST + 2, 0)).await;
    assert!(!next.is_finished() && !whole.is_finished() && !beyond.is_finished());
    let there = ask(&stage, ROOM, "video.m3u8", until(FIRST, 6)).await;
    assert!(
        there.is_finished(),
        "part 6 of 6 is the first one of the next segment"
    );

    let (soon, rest) = split_at(rest, 3_200);
    publish(&mut publication, soon, instant_of(soon)).unwrap();
    let answer = next.await.unwrap().unwrap();
    assert_eq!(answer.freshness, Freshness::For(Duration::from_secs(12)));
    assert!(text(Ok(answer)).contains("v-1700000001.2.m4s\"\n") && !whole.is_finished());
    publish(&mut publication, rest, instant_of(rest)).unwrap();
    assert!(text(whole.await.unwrap()).contains("v-1700000001.m4s"));
    assert!(text(beyond.await.unwrap()).contains("a-1700000002.0.m4s"));
}

#[tokio::test(start_paused = true)]
async fn what_is_far_in_the_future_is_refused_at_once() {
    let stage = stage("future");
    let mut publication = stage.open(1, None, START);
    publish(&mut publication, &bars_and_tone(3), START).unwrap();
    for (directives, too_far) in [
        (until(FIRST + 2, None), false),
        (until(FIRST + 3, None), true),
        (until(FIRST + 1, 10), false),
        (until(FIRST + 1, 11), true),
    ] {
        let asked = ask(&stage, ROOM, "video.m3u8", directives).await;
        assert_eq!(asked.is_finished(), too_far, "{directives:?}");
        if too_far {
            assert_eq!(asked.await.unwrap(), Err(PlayError::TooFar));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn publisher_that_falls_silent_is_waited_for_three_target_durations() {
    let stage = stage("silent");
    let mut publication = stage.open(1, None, START);
    publish(&mut publication, &bars_and_tone(3), START).unwrap();
    let before = Instant::now();
    let playlist = ask(&stage, ROOM, "video.m3u8", until(FIRST + 1, 5)).await;
    let part = ask(
        &stage,
        ROOM,
        "0000000000000001/v-1700000001.2.m4s",
        Directives::default(),
    )
    .await;
    assert_eq!(playlist.await.unwrap(), Err(PlayError::NotYet));
    assert_eq!(part.await.unwrap(), Err(PlayError::NotYet));
    assert_eq!(before.elapsed().as_secs(), 6);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_answered_when_the_publisher_is_lost() {
    let stage = stage("lost");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(3), START).unwrap();
    let before = Instant::now();
    let playlist = ask(&stage, ROOM, "video.m3u8", until(FIRST + 2, 0)).await;
    let part = ask(
        &stage,
        ROOM,
        "0000000000000001/v-1700000001.3.m4s",
        Directives::default(),
    )
    .await;
    let _retained = publication.finish(now);
    let answer = playlist.await.unwrap().unwrap();
    assert_eq!(
        answer.freshness,
        Freshness::Revalidate,
        "it is not what was asked for"
    );
    let shown = text(Ok(answer));
    assert!(
        !shown.contains("PRELOAD-HINT") && !shown.contains("ENDLIST"),
        "{shown}"
    );
    assert_eq!(part.await.unwrap(), Err(PlayError::NotFound), "it never came");
    assert_eq!(before.elapsed(), Duration::ZERO);

    let later = ask(&stage, ROOM, "video.m3u8", until(FIRST + 2, 0)).await;
    assert!(!later.is_finished());
    assert_eq!(text(later.await.unwrap()), shown);
    assert_eq!(before.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_a_resumption_get_its_first_part() {
    let stage = stage("resumed");
    let clip = bars_and_tone(3);
    let mut first = stage.open(1, None, START);
    let now = publish(&mut first, &clip, START).unwrap();
    let retained = first.finish(now);
    let waiting = ask(&stage, ROOM, "video.m3u8", until(FIRST + 2, 0)).await;
    let mut second = stage.open(2, Some(1), now);
    drop(retained);
    let (begun, _) = split_at(&clip, 500);
    publish(&mut second, begun, now).unwrap();
    let playlist = text(waiting.await.unwrap());
    let (_, after) = playlist.split_once("#EXT-X-DISCONTINUITY\n").unwrap();
    assert!(
        after.starts_with("#EXT-X-MAP:URI=\"0000000000000002/v-init-0.mp4\""),
        "{playlist}"
    );
    assert!(
        after.contains("0000000000000002/v-1700000002.0.m4s"),
        "{playlist}"
    );
}

#[tokio::test(start_paused = true)]
async fn ended_playlist_never_blocks() {
    let stage = stage("over");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(3), START).unwrap();
    drop(publication.finish(now));
    let ended = View::Broadcast {
        from: START,
        until: Some(now),
    };
    for view in [ended, PREVIEW] {
        let answer = ask(&stage, view, "video.m3u8", until(FIRST + 50, 0)).await;
        assert!(answer.is_finished());
        let playlist = text(answer.await.unwrap());
        assert!(playlist.ends_with("#EXT-X-ENDLIST\n"), "{playlist}");
        assert!(
            !playlist.contains("PRELOAD-HINT") && !playlist.contains("RENDITION-REPORT"),
            "{playlist}"
        );
    }
}

#[tokio::test]
async fn delta_update_leaves_out_old_segments_of_a_long_window() {
    let stage = Stage::with_long_window("delta");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(21);
    publish(&mut publication, &clip, START).unwrap();
    let skip = Directives {
        until: None,
        skip: true,
    };
    let delta = text(ask(&stage, ROOM, "video.m3u8", skip).await.await.unwrap());
    assert_eq!(tag(&delta, "#EXT-X-SKIP"), "SKIPPED-SEGMENTS=4");
    assert_eq!(segments(&delta).len(), 6);
    assert_eq!(tag(&delta, "#EXT-X-MEDIA-SEQUENCE"), FIRST.to_string());
}

#[tokio::test(start_paused = true)]
async fn five_hundred_viewers_who_wait_for_a_part_share_one_text() {
    let stage = stage("crowd");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(5);
    let (begun, rest) = split_at(&clip, 2_900);
    publish(&mut publication, begun, START).unwrap();
    let mut waiting = Vec::new();
    for _ in 0..500 {
        waiting.push(ask(&stage, ROOM, "video.m3u8", until(FIRST + 1, 2)).await);
    }
    publish(&mut publication, rest, instant_of(rest)).unwrap();
    let mut addresses = std::collections::BTreeSet::new();
    for waiting in waiting {
        let media::hub::Body::Parts(parts) = waiting.await.unwrap().unwrap().body else {
            panic!("a playlist is whole");
        };
        addresses.insert(parts[0].as_ptr().addr());
    }
    assert_eq!(addresses.len(), 1);
}
