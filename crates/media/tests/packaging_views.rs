//! Who sees what, when, and for how long: previews, broadcasts, interruptions, retention.

mod packaging_support;

use media::hub::{Freshness, IngestError, PackagingSettings, PlayError, View};
use media::{ChannelId, Media, MediaKind, SessionId, UnixMicros};
use packaging_support::*;

const PREVIEW: View = View::Preview(SessionId(1));

const fn broadcast(from: UnixMicros) -> View {
    View::Broadcast { from, until: None }
}

const fn ended(from: UnixMicros, until: UnixMicros) -> View {
    View::Broadcast {
        from,
        until: Some(until),
    }
}

fn stage(name: &str) -> Stage {
    Stage::new(name, PackagingSettings::default())
}

/// The numbers of a playlist's segments, less the first ever.
fn numbers(playlist: &str) -> Vec<u64> {
    segments(playlist)
        .iter()
        .map(|uri| {
            let number: u64 = uri
                .split_once('-')
                .unwrap()
                .1
                .strip_suffix(".m4s")
                .unwrap()
                .parse()
                .unwrap();
            number - 1_700_000_000
        })
        .collect()
}

#[tokio::test]
async fn broadcast_begins_with_the_segment_open_at_its_start() {
    let stage = stage("start");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(9), START).unwrap();
    let room = broadcast(at(5_000));
    assert_eq!(
        numbers(&stage.text(PREVIEW, "video.m3u8", now).await),
        [0, 1, 2, 3]
    );
    let playlist = stage.text(room, "video.m3u8", now).await;
    assert_eq!(numbers(&playlist), [2, 3]);
    assert_eq!(tag(&playlist, "#EXT-X-MEDIA-SEQUENCE"), "1700000002");
    assert!(!playlist.contains("#EXT-X-ENDLIST"));
    assert_eq!(numbers(&stage.text(room, "audio.m3u8", now).await), [2, 3]);

    let shown = "0000000000000001/v-1700000002.m4s";
    let before = "0000000000000001/v-1700000001.m4s";
    assert!(stage.fetch(room, shown, now).await.is_ok());
    assert_eq!(stage.fetch(room, before, now).await, Err(PlayError::NotFound));
    assert!(stage.fetch(PREVIEW, before, now).await.is_ok());
    assert_eq!(
        stage
            .fetch(room, "0000000000000001/v-1700000001.0.m4s", now)
            .await,
        Err(PlayError::NotFound)
    );
    assert!(
        stage
            .fetch(room, "0000000000000001/v-init-0.mp4", now)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn interrupted_broadcast_goes_on_behind_a_discontinuity() {
    let stage = stage("interruption");
    let clip = bars_and_tone(5);
    let mut first = stage.open(1, None, START);
    let gone = publish(&mut first, &clip, START).unwrap();
    let retained = first.finish(gone);
    let room = broadcast(START);
    // Hours later the playlist is still there, and still open.
    let hours = at(4 * 3_600_000);
    stage.hub.sweep(hours);
    let interrupted = stage.text(room, "video.m3u8", hours).await;
    assert_eq!(numbers(&interrupted), [0, 1, 2]);
    assert!(!interrupted.contains("#EXT-X-ENDLIST"));

    let mut second = stage.open(2, Some(1), hours);
    drop(retained);
    let now = publish(&mut second, &clip, hours).unwrap();
    let resumed = stage.text(room, "video.m3u8", now).await;
    assert_eq!(numbers(&resumed), [0, 1, 2, 3, 4]);
    assert!(resumed.starts_with(interrupted.split("#EXT-X-PROGRAM").next().unwrap()));
    let (before, after) = resumed.split_once("#EXT-X-DISCONTINUITY\n").unwrap();
    assert_eq!(segments(before).len(), 3);
    assert!(
        after.starts_with("#EXT-X-MAP:URI=\"0000000000000002/v-init-0.mp4\""),
        "{resumed}"
    );
    // The preview of the new session shows nothing of the old one.
    let preview = View::Preview(SessionId(2));
    assert_eq!(numbers(&stage.text(preview, "video.m3u8", now).await), [3, 4]);
    let old = "0000000000000001/v-1700000000.m4s";
    assert_eq!(stage.fetch(preview, old, now).await, Err(PlayError::NotFound));
    assert!(stage.fetch(room, old, now).await.is_ok());

    stage.save(room, now).await;
    let (video, audio) = (stage.split("video.m3u8"), stage.split("audio.m3u8"));
    for (video, audio) in video.iter().zip(&audio) {
        let (pictures, sounds) = (stage.packets(video), stage.packets(audio));
        assert_monotonic(&pictures);
        assert_monotonic(&sounds);
        assert!((sounds[0].pts - pictures[0].pts).abs() < 0.040);
        stage.decode(video);
    }
}

#[tokio::test]
async fn ended_broadcast_stays_for_the_window_and_a_minute() {
    let stage = stage("ended");
    let mut publication = stage.open(1, None, START);
    let end = publish(&mut publication, &bars_and_tone(5), START).unwrap();
    let retained = publication.finish(end);
    drop(retained);
    let room = ended(START, end);
    let playlist = stage.text(room, "video.m3u8", end).await;
    assert!(playlist.ends_with("#EXT-X-ENDLIST\n"));
    stage.hub.sweep(end);
    let kept = UnixMicros(end.0 + 71_000_000);
    assert_eq!(stage.text(room, "video.m3u8", kept).await, playlist);
    assert!(stage.fetch(room, &segments(&playlist)[0], kept).await.is_ok());
    let over = UnixMicros(end.0 + 72_000_000);
    assert_eq!(
        stage.fetch(room, "video.m3u8", over).await,
        Err(PlayError::NotFound)
    );
    stage.hub.sweep(over);
    assert_eq!(stage.hub.holdings(), media::hub::Holdings::default());
}

#[tokio::test]
async fn next_session_after_the_end_is_not_in_the_ended_broadcast() {
    let stage = stage("after_end");
    let clip = bars_and_tone(5);
    let mut first = stage.open(1, None, START);
    let end = publish(&mut first, &clip, START).unwrap();
    drop(first.finish(end));
    let room = ended(START, end);
    let before = stage.text(room, "video.m3u8", end).await;
    let mut second = stage.open(2, None, end);
    let now = publish(&mut second, &clip, end).unwrap();
    assert_eq!(stage.text(room, "video.m3u8", now).await, before);
    let other = "0000000000000002/v-1700000005.m4s";
    assert!(stage.fetch(View::Preview(SessionId(2)), other, now).await.is_ok());
    assert_eq!(stage.fetch(room, other, now).await, Err(PlayError::NotFound));
}

#[tokio::test]
async fn session_that_continues_nothing_begins_a_sequence_of_its_own() {
    let stage = stage("epoch");
    let clip = bars_and_tone(5);
    let mut first = stage.open(1, None, START);
    let now = publish(&mut first, &clip, START).unwrap();
    drop(first);
    let later = at(30_000);
    assert!(later > now);
    let mut second = stage.open(2, Some(99), later);
    let now = publish(&mut second, &clip, later).unwrap();
    let playlist = stage.text(broadcast(START), "video.m3u8", now).await;
    assert_eq!(tag(&playlist, "#EXT-X-MEDIA-SEQUENCE"), "1700000030");
    assert_eq!(numbers(&playlist), [30, 31]);
    let discontinuities: u64 = tag(&playlist, "#EXT-X-DISCONTINUITY-SEQUENCE").parse().unwrap();
    assert!(discontinuities > 30, "as many as seconds have passed: {playlist}");
}

#[tokio::test]
async fn newer_session_supersedes_one_that_is_still_there() {
    let stage = stage("superseded");
    let clip = bars_and_tone(5);
    let mut first = stage.open(1, None, START);
    let (begun, rest) = clip.split_at(clip.len() - 100);
    let now = publish(&mut first, begun, START).unwrap();
    let mut second = stage.open(2, Some(1), now);
    assert_eq!(publish(&mut first, rest, now), Err(IngestError::Superseded));
    let now = publish(&mut second, &clip, now).unwrap();
    drop(first);
    let playlist = stage.text(broadcast(START), "video.m3u8", now).await;
    assert_eq!(numbers(&playlist), [0, 1, 2, 3]);
}

#[tokio::test]
async fn window_slides_and_what_it_leaves_is_kept_as_long_again() {
    let stage = stage("window");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(10);
    let mut now = START;
    let mut most = 0;
    let mut total = 0;
    for round in 0..6 {
        for media in later(&clip, round * 10_000) {
            now = at(i64::from(media.timestamp));
            if round == 0 || !is_configuration(&media) {
                publication.push(&media, now).unwrap();
            }
            total += media.payload.len();
            most = most.max(stage.hub.holdings().bytes);
        }
    }
    let playlist = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(numbers(&playlist), [23, 24, 25, 26, 27, 28]);
    let kept = async |number: u64| {
        let name = format!("0000000000000001/v-{}.m4s", 1_700_000_000 + number);
        stage.fetch(PREVIEW, &name, now).await.is_ok()
    };
    assert!(kept(17).await && !kept(12).await);
    // Twice the window of 12 s, the segment that was listed longest, and the one being made: 28 s of 60.
    assert!(most < total * 30 / 60, "{most} of {total} bytes held");
}

#[tokio::test]
async fn discontinuity_sequence_counts_those_that_have_slid_out() {
    let stage = stage("sliding");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(5);
    let mut now = START;
    for base in [0, 100_000, 200_000, 300_000, 400_000, 500_000] {
        now = publish(&mut publication, &later(&clip, base), now).unwrap();
    }
    let playlist = stage.text(PREVIEW, "video.m3u8", now).await;
    let first = numbers(&playlist)[0];
    // Each round has three segments, and begins a discontinuity; the session is one, too.
    let slid_out = first / 3 + 1;
    assert_eq!(
        tag(&playlist, "#EXT-X-DISCONTINUITY-SEQUENCE"),
        slid_out.to_string()
    );
    assert!(first > 3, "{playlist}");
}

#[tokio::test(start_paused = true)]
async fn playlist_is_waited_for_until_its_first_segment() {
    let stage = stage("waiting");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(3);
    let hub = std::sync::Arc::clone(&stage.hub);
    let waiting = tokio::spawn(async move {
        let request = media::hub::PlayRequest {
            channel: CHANNEL,
            view: PREVIEW,
            resource: "index.m3u8".to_owned(),
            directives: media::hub::Directives::default(),
        };
        hub.fetch(&request, START).await
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    publish(&mut publication, &clip, START).unwrap();
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.freshness, Freshness::Revalidate);
    assert!(answer.tag.is_some());
}

#[tokio::test(start_paused = true)]
async fn playlist_without_any_segment_is_given_up_after_three_target_durations() {
    let stage = stage("giving_up");
    let _publication = stage.open(1, None, START);
    let before = tokio::time::Instant::now();
    assert_eq!(
        stage.fetch(PREVIEW, "index.m3u8", START).await,
        Err(PlayError::NotYet)
    );
    assert_eq!(before.elapsed().as_secs(), 6);
    let room = broadcast(START);
    assert_eq!(
        stage.fetch(room, "video.m3u8", START).await,
        Err(PlayError::NotYet)
    );
}

#[tokio::test]
async fn channel_without_a_session_has_nothing_or_nothing_yet() {
    let stage = stage("absent");
    let name = "index.m3u8";
    assert_eq!(
        stage.fetch(broadcast(START), name, START).await,
        Err(PlayError::NotYet)
    );
    assert_eq!(
        stage.fetch(ended(START, at(1)), name, at(2)).await,
        Err(PlayError::NotFound)
    );
    assert_eq!(stage.fetch(PREVIEW, name, START).await, Err(PlayError::NotFound));
    assert_eq!(stage.hub.holdings().channels, 0);
}

#[tokio::test]
async fn names_that_nothing_has_are_not_found() {
    let stage = stage("names");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(3), START).unwrap();
    for name in [
        "",
        "nothing.m3u8",
        "0000000000000002/v-1700000000.m4s",
        "0000000000000001/v-1800000000.m4s",
        "0000000000000001/v-init-1.mp4",
        "0000000000000001/v-1700000002.m4s",
    ] {
        assert_eq!(
            stage.fetch(PREVIEW, name, now).await,
            Err(PlayError::NotFound),
            "{name}"
        );
    }
    let other = View::Preview(SessionId(2));
    assert_eq!(
        stage.fetch(other, "index.m3u8", now).await,
        Err(PlayError::NotFound)
    );
}

#[tokio::test]
async fn tag_changes_with_the_playlist_only() {
    let stage = stage("tags");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(7);
    let (begun, rest) = clip.split_at(clip.len() / 2);
    let now = publish(&mut publication, begun, START).unwrap();
    let first = stage.fetch(PREVIEW, "video.m3u8", now).await.unwrap();
    assert_eq!(
        stage.fetch(PREVIEW, "video.m3u8", now).await.unwrap().tag,
        first.tag
    );
    let now = publish(&mut publication, rest, now).unwrap();
    assert_ne!(
        stage.fetch(PREVIEW, "video.m3u8", now).await.unwrap().tag,
        first.tag
    );
}

#[tokio::test]
async fn viewers_share_the_same_bytes() {
    let stage = stage("shared");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(3), START).unwrap();
    let name = "0000000000000001/v-1700000000.m4s";
    let addresses = async || {
        let media::hub::Body::Parts(parts) = stage.fetch(PREVIEW, name, now).await.unwrap().body else {
            panic!("an init segment is whole");
        };
        parts.iter().map(|part| part.as_ptr().addr()).collect::<Vec<_>>()
    };
    assert_eq!(addresses().await, addresses().await);
}

#[tokio::test]
async fn publisher_that_sends_too_much_is_refused() {
    let settings = PackagingSettings {
        segment_bytes: 100_000,
        ..PackagingSettings::default()
    };
    let stage = Stage::new("too_much", settings);
    let mut publication = stage.open(1, None, START);
    let mut frames = only(&bars_and_tone(1), MediaKind::Video);
    frames.retain(|media| media.payload[1] < 2);
    let frame = frames.pop().unwrap();
    publish(&mut publication, &frames, START).unwrap();
    let outcome = (0..100).try_for_each(|_| {
        let mut payload = frame.payload.to_vec();
        payload.extend([0, 0, 0x10, 0]);
        payload.resize(payload.len() + 0x1000, 1);
        let media = Media {
            payload: payload.into(),
            ..frame.clone()
        };
        publication.push(&media, START)
    });
    assert!(
        matches!(outcome, Err(IngestError::SegmentTooLarge { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn publisher_that_says_nothing_usable_is_refused() {
    let stage = stage("nothing");
    let mut publication = stage.open(1, None, START);
    let media = Media {
        kind: MediaKind::Data,
        timestamp: 0,
        payload: vec![2, 0, 1, b'x'].into(),
    };
    publication.push(&media, at(19_000)).unwrap();
    assert_eq!(
        publication.push(&media, at(20_000)),
        Err(IngestError::NoMedia { seconds: 20 })
    );
}

#[tokio::test]
async fn channels_come_and_go_without_a_trace() {
    let stage = stage("many");
    for channel in 0..100 {
        let publication = stage
            .hub
            .open(ChannelId(channel), SessionId(channel), None, START);
        drop(publication);
    }
    stage.hub.sweep(at(1_000));
    assert_eq!(stage.hub.holdings().channels, 100);
    stage.hub.sweep(at(73_000));
    assert_eq!(stage.hub.holdings().channels, 0);
}
