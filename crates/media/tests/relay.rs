//! Relaying: what players of RTMP and HTTP-FLV get of a session's messages.

mod packaging_support;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, StreamExt};
use media::hub::{Body, IngestError, PlayError, Played, Player, Publication, View};
use media::{Delivery, Media, MediaKind, SessionId, UnixMicros};

use packaging_support::{CHANNEL, Stage, at, bars_and_tone, bars_and_tone_of, later, only};

const PREVIEW: View = View::Preview(SessionId(1));

fn on_air(from: i64) -> View {
    View::Broadcast {
        from: at(from),
        until: None,
    }
}

fn open(stage: &Stage, session: i64, previous: Option<i64>, now: UnixMicros) -> Publication {
    let previous = previous.map(SessionId);
    stage
        .hub
        .open_for(CHANNEL, SessionId(session), previous, Delivery::Relayed, now)
}

/// Pushes a clip in real time, beginning `from` milliseconds after the start.
fn push(publication: &mut Publication, clip: &[Media], from: i64) {
    for media in clip {
        publication
            .push(media, at(from + i64::from(media.timestamp)))
            .unwrap();
    }
}

/// What a player gets without waiting, and what comes after that, if it is known.
fn taken(player: &mut Player) -> (Vec<Media>, Option<Played>) {
    let mut all = Vec::new();
    loop {
        match player.next().now_or_never() {
            Some(Played::Media(media)) => all.extend(media),
            other => return (all, other),
        }
    }
}

fn frames(media: &[Media], kind: MediaKind) -> Vec<&Media> {
    let is_frame = |media: &&Media| media.kind == kind && media.payload.get(1) == Some(&1);
    media.iter().filter(is_frame).collect()
}

fn is_key(media: &Media) -> bool {
    media.kind == MediaKind::Video && media.payload.starts_with(&[0x17, 1])
}

#[track_caller]
fn assert_in_order(media: &[Media]) {
    for kind in [MediaKind::Video, MediaKind::Audio] {
        let times: Vec<_> = media
            .iter()
            .filter(|media| media.kind == kind)
            .map(|media| media.timestamp)
            .collect();
        assert!(times.is_sorted(), "{kind:?}: {times:?}");
    }
}

#[tokio::test]
async fn who_joins_begins_near_zero_with_headers_and_the_newest_key_frame() {
    let stage = Stage::with_long_window("relay_join");
    let mut publication = open(&stage, 1, None, at(0));
    let clip = bars_and_tone(5);
    push(&mut publication, &clip, 0);
    assert!(publication.is_playable());
    let mut player = stage.hub.player(CHANNEL, PREVIEW).unwrap();
    let (media, after) = taken(&mut player);
    assert_eq!(after, None, "more may come");
    let kinds: Vec<_> = media.iter().take(3).map(|media| media.kind).collect();
    assert_eq!(kinds, [MediaKind::Data, MediaKind::Video, MediaKind::Audio]);
    assert_eq!(media[1].payload.get(1), Some(&0), "the decoder's configuration");
    assert!(is_key(&media[3]), "then a key frame");
    assert_eq!(media[3].timestamp, 0);
    assert_eq!(
        frames(&media, MediaKind::Video).len(),
        30,
        "from the key frame at 4 s on"
    );
    assert_in_order(&media);
    let sent = clip
        .iter()
        .rfind(|media| media.kind == MediaKind::Video && media.payload[1] == 1)
        .unwrap();
    let last = frames(&media, MediaKind::Video)[29];
    assert_eq!(
        last.payload.as_ptr(),
        sent.payload.as_ptr(),
        "the bytes are shared"
    );
}

#[tokio::test]
async fn what_was_sent_before_the_start_is_never_in_the_rooms() {
    let stage = Stage::with_long_window("relay_start");
    let mut publication = open(&stage, 1, None, at(0));
    let clip = bars_and_tone(5);
    let (before, after) = clip.split_at(clip.iter().position(|media| media.timestamp >= 3_000).unwrap());
    push(&mut publication, before, 0);
    let mut player = stage.hub.player(CHANNEL, on_air(2_500)).unwrap();
    assert_eq!(
        taken(&mut player),
        (vec![], None),
        "the key frame at 2 s is of the preview"
    );
    push(&mut publication, after, 0);
    let (media, _) = taken(&mut player);
    assert_eq!(
        frames(&media, MediaKind::Video).len(),
        30,
        "from the key frame at 4 s on"
    );
}

#[tokio::test]
async fn time_goes_on_when_the_publisher_comes_back() {
    let stage = Stage::with_long_window("relay_reconnect");
    let mut first = open(&stage, 1, None, at(0));
    push(&mut first, &bars_and_tone(3), 0);
    let mut player = stage.hub.player(CHANNEL, on_air(0)).unwrap();
    let (mut media, _) = taken(&mut player);
    let held = first.finish(at(3_000));
    assert_eq!(taken(&mut player), (vec![], Some(Played::Interrupted)));
    assert_eq!(taken(&mut player), (vec![], None), "that is said once");

    let mut second = open(&stage, 2, Some(1), at(6_000));
    push(
        &mut second,
        &later(&bars_and_tone_of("640x360", 3), 50_000),
        6_000 - 50_000,
    );
    drop(held);
    let (resumed, _) = taken(&mut player);
    let configuration = resumed
        .iter()
        .find(|media| media.kind == MediaKind::Video)
        .unwrap();
    assert_eq!(
        configuration.payload.get(1),
        Some(&0),
        "the new size is told first"
    );
    media.extend(resumed);
    assert_in_order(&media);
    let last = media.last().unwrap().timestamp;
    assert!(last < 6_000, "the gap is left out: {last}");

    drop(second);
    assert_eq!(taken(&mut player), (vec![], Some(Played::Over)));
    assert!(stage.hub.player(CHANNEL, on_air(0)).is_none());
}

#[tokio::test]
async fn who_lags_goes_on_at_a_key_frame() {
    let stage = Stage::with_long_window("relay_lag");
    let mut publication = open(&stage, 1, None, at(0));
    let clip = bars_and_tone(40);
    let (begin, rest) = clip.split_at(200);
    push(&mut publication, begin, 0);
    let mut player = stage.hub.player(CHANNEL, PREVIEW).unwrap();
    let (first, _) = taken(&mut player);
    push(&mut publication, rest, 0);
    let (later, _) = taken(&mut player);
    let seen = frames(&later, MediaKind::Video);
    assert!(is_key(seen[0]));
    assert_eq!(
        seen.len(),
        60,
        "the newest group of pictures, and none of what was missed"
    );
    let missed = seen[0].timestamp - first.last().unwrap().timestamp;
    assert!(missed > 25_000, "time tells what was missed: {missed} ms");
}

#[tokio::test]
async fn a_preview_is_over_with_its_session() {
    let stage = Stage::with_long_window("relay_preview");
    let mut publication = open(&stage, 1, None, at(0));
    push(&mut publication, &bars_and_tone(1), 0);
    let mut player = stage.hub.player(CHANNEL, PREVIEW).unwrap();
    taken(&mut player);
    let _held = publication.finish(at(1_000));
    assert_eq!(player.next().await, Played::Over);
}

#[tokio::test]
async fn sound_alone_is_played_from_any_frame_on() {
    let stage = Stage::with_long_window("relay_sound");
    let mut publication = open(&stage, 1, None, at(0));
    push(&mut publication, &only(&bars_and_tone(2), MediaKind::Audio), 0);
    assert!(publication.is_playable());
    let mut player = stage.hub.player(CHANNEL, PREVIEW).unwrap();
    let (media, _) = taken(&mut player);
    assert_eq!(media.len(), 2, "the configuration and the newest frame");
}

#[tokio::test]
async fn pictures_without_a_key_frame_end_the_session() {
    let stage = Stage::with_long_window("relay_no_key");
    let mut publication = open(&stage, 1, None, at(0));
    let clip = bars_and_tone(1);
    push(&mut publication, &clip, 0);
    let inter = clip
        .iter()
        .rfind(|media| media.kind == MediaKind::Video && !is_key(media))
        .unwrap();
    let error = publication.push(inter, at(21_000));
    assert_eq!(error, Err(IngestError::NoKeyFrame { seconds: 20 }));
}

#[tokio::test]
async fn a_relayed_session_has_no_playlist_and_a_packaged_one_no_relay() {
    let stage = Stage::with_long_window("relay_modes");
    let mut publication = open(&stage, 1, None, at(0));
    push(&mut publication, &bars_and_tone(3), 0);
    for name in ["index.m3u8", "video.m3u8", "manifest.mpd"] {
        assert_eq!(
            stage.fetch(PREVIEW, name, at(3_000)).await,
            Err(PlayError::NotFound),
            "{name}"
        );
    }
    drop(publication);
    let mut packaged = stage.open(2, None, at(5_000));
    push(&mut packaged, &bars_and_tone(1), 5_000);
    let view = View::Preview(SessionId(2));
    assert_eq!(
        stage.fetch(view, "stream.flv", at(6_000)).await,
        Err(PlayError::NotFound)
    );
    assert!(stage.hub.player(CHANNEL, view).is_none());
}

#[tokio::test]
async fn an_flv_file_holds_what_a_player_gets_and_ends_with_the_broadcast() {
    let stage = Stage::with_long_window("relay_flv");
    let mut publication = stage
        .hub
        .open_for(CHANNEL, SessionId(1), None, Delivery::Both, at(0));
    push(&mut publication, &bars_and_tone(3), 0);
    assert!(
        stage
            .text(PREVIEW, "index.m3u8", at(3_000))
            .await
            .starts_with("#EXTM3U")
    );
    let answer = stage.fetch(on_air(0), "stream.flv", at(3_000)).await.unwrap();
    assert_eq!(answer.content_type, "video/x-flv");
    let Body::Relayed(live) = answer.body else {
        panic!("it goes on");
    };
    let mut pieces = live.into_stream();
    let mut file = BytesMut::new();
    while let Some(Some(piece)) = pieces.next().now_or_never() {
        file.extend_from_slice(&piece.unwrap());
    }
    let mut player = stage.hub.player(CHANNEL, on_air(0)).unwrap();
    let (expected, _) = taken(&mut player);
    assert_eq!(media::flv::read_file(&Bytes::from(file)).unwrap(), expected);
    drop(publication);
    assert!(pieces.next().await.is_none());
}
