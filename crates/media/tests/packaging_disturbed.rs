//! What streams become that are not as they should be.

mod packaging_support;

use media::hub::{IngestError, View};
use media::{Media, MediaKind, SessionId};
use packaging_support::*;

const PREVIEW: View = View::Preview(SessionId(1));

/// Both tracks of a saved view: monotonic, and each audio segment begins with its video segment.
fn assert_in_order(stage: &Stage) {
    let (pictures, sounds) = (stage.packets("video.m3u8"), stage.packets("audio.m3u8"));
    assert_monotonic(&pictures);
    assert_monotonic(&sounds);
    assert!((sounds[0].pts - pictures[0].pts).abs() < 0.040);
}

#[tokio::test]
async fn clock_that_wraps_around_leaves_no_trace() {
    let stage = Stage::with_long_window("wrap");
    let mut publication = stage.open(1, None, START);
    let clip = later(&bars_and_tone(9), u32::MAX - 5_000);
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(durations(&video)[..3], [2.0; 3]);
    assert!(!video.contains("#EXT-X-DISCONTINUITY\n"));
    assert_in_order(&stage);
    assert_eq!(stage.packets("video.m3u8").len(), 270);
    stage.decode("index.m3u8");
}

#[tokio::test]
async fn jumps_forth_and_back_are_discontinuities_on_a_timeline_that_goes_on() {
    let stage = Stage::with_long_window("jumps");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(5);
    let mut now = START;
    for base in [0, 3_600_000, 60_000] {
        now = publish(&mut publication, &later(&clip, base), now).unwrap();
    }
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    for name in ["video.m3u8", "audio.m3u8"] {
        let playlist = stage.text(PREVIEW, name, now).await;
        assert_eq!(
            playlist.matches("#EXT-X-DISCONTINUITY\n").count(),
            2,
            "{playlist}"
        );
        let total: f64 = durations(&playlist).iter().sum();
        assert!((total - 15.0).abs() < 0.25, "{playlist}");
    }
    assert_in_order(&stage);
    let pictures = stage.packets("video.m3u8");
    let sounds = stage.packets("audio.m3u8");
    assert_eq!(pictures.len(), 450);
    assert!((pictures.last().unwrap().pts - sounds.last().unwrap().pts).abs() < 0.1);
}

#[tokio::test]
async fn short_step_back_goes_on_without_discontinuity() {
    let stage = Stage::with_long_window("step_back");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(4);
    let now = publish(&mut publication, &later(&clip, 10_000), START).unwrap();
    let now = publish(&mut publication, &later(&clip, 9_000), now).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert!(!video.contains("#EXT-X-DISCONTINUITY\n"), "{video}");
    assert_in_order(&stage);
    let last = stage.packets("video.m3u8").last().unwrap().pts;
    assert!((last - 8.03).abs() < 0.1, "{last}");
}

#[tokio::test]
async fn jitter_of_twenty_milliseconds_keeps_decoding_times_in_order() {
    let stage = Stage::with_long_window("jitter");
    let mut publication = stage.open(1, None, START);
    let mut clip = bars_and_tone(7);
    for (count, media) in clip
        .iter_mut()
        .filter(|media| media.kind == MediaKind::Video)
        .enumerate()
    {
        let jitter = u32::try_from(count * 7 % 41).unwrap();
        media.timestamp += if count % 60 == 1 { 20 } else { jitter };
    }
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    assert_in_order(&stage);
    for duration in &durations(&stage.text(PREVIEW, "video.m3u8", now).await)[..3] {
        assert!((duration - 2.0).abs() < 0.05);
    }
}

#[tokio::test]
async fn changed_resolution_makes_an_init_segment_behind_a_discontinuity() {
    let stage = Stage::with_long_window("resolution");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone_of("320x180", 5), START).unwrap();
    let second = later(&bars_and_tone_of("640x360", 5), 5_000);
    let now = publish(&mut publication, &second, now).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    let maps: Vec<_> = uris(&video)
        .into_iter()
        .filter(|uri| uri.contains("init"))
        .collect();
    assert_eq!(
        maps,
        ["0000000000000001/v-init-0.mp4", "0000000000000001/v-init-1.mp4"]
    );
    let (before, after) = video.split_once("#EXT-X-DISCONTINUITY\n").unwrap();
    assert!(after.starts_with("#EXT-X-MAP:"), "{video}");
    assert_eq!(segments(before).len(), 3);
    let audio = stage.text(PREVIEW, "audio.m3u8", now).await;
    assert_eq!(audio.matches("#EXT-X-DISCONTINUITY\n").count(), 1);
    assert_eq!(
        audio.matches("#EXT-X-MAP").count(),
        1,
        "audio has not changed: {audio}"
    );
    let index = stage.text(PREVIEW, "index.m3u8", now).await;
    assert!(index.contains("RESOLUTION=640x360"), "{index}");
    let (video, audio) = (stage.split("video.m3u8"), stage.split("audio.m3u8"));
    for (video, audio) in video.iter().zip(&audio) {
        let (pictures, sounds) = (stage.packets(video), stage.packets(audio));
        assert_eq!(pictures.len(), 150);
        assert_monotonic(&pictures);
        assert!((sounds[0].pts - pictures[0].pts).abs() < 0.040);
        stage.decode(video);
    }
}

#[tokio::test]
async fn configuration_sent_again_changes_nothing() {
    let stage = Stage::with_long_window("resent");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(5);
    let configurations: Vec<_> = clip
        .iter()
        .filter(|media| is_configuration(media))
        .cloned()
        .collect();
    let mut resent = Vec::new();
    for media in clip {
        let timestamp = media.timestamp;
        resent.push(media);
        resent.extend(configurations.iter().map(|media| Media {
            timestamp,
            ..media.clone()
        }));
    }
    let now = publish(&mut publication, &resent, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert!(!video.contains("#EXT-X-DISCONTINUITY\n"));
    assert_eq!(stage.packets("video.m3u8").len(), 150);
}

#[tokio::test]
async fn audio_that_comes_late_begins_a_discontinuity() {
    let stage = Stage::with_long_window("late_audio");
    let mut publication = stage.open(1, None, START);
    let mut clip = bars_and_tone(9);
    clip.retain(|media| {
        media.kind != MediaKind::Audio || media.timestamp >= 3_000 || is_configuration(media)
    });
    let position = clip
        .iter()
        .position(|media| media.kind == MediaKind::Audio)
        .unwrap();
    let configuration = clip.remove(position);
    let position = clip
        .iter()
        .position(|media| media.kind == MediaKind::Audio)
        .unwrap();
    let timestamp = clip[position].timestamp;
    clip.insert(
        position,
        Media {
            timestamp,
            ..configuration
        },
    );
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(video.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{video}");
    let audio = stage.text(PREVIEW, "audio.m3u8", now).await;
    assert_eq!(tag(&audio, "#EXT-X-MEDIA-SEQUENCE"), "1700000002");
    assert_eq!(tag(&audio, "#EXT-X-DISCONTINUITY-SEQUENCE"), "2");
    stage.save(PREVIEW, now).await;
    let sounds = stage.packets("audio.m3u8");
    assert!((sounds[0].pts - 4.067).abs() < 0.040, "{:?}", sounds[0]);
    assert_monotonic(&sounds);
}

#[tokio::test]
async fn video_that_comes_late_begins_a_discontinuity_and_leads_from_there() {
    let stage = Stage::with_long_window("late_video");
    let mut publication = stage.open(1, None, START);
    let mut clip = bars_and_tone(9);
    let configuration = clip
        .iter()
        .position(|media| media.kind == MediaKind::Video)
        .map(|position| clip.remove(position))
        .unwrap();
    clip.retain(|media| media.kind != MediaKind::Video || media.timestamp >= 3_000);
    let position = clip
        .iter()
        .position(|media| media.kind == MediaKind::Video)
        .unwrap();
    let timestamp = clip[position].timestamp;
    clip.insert(
        position,
        Media {
            timestamp,
            ..configuration
        },
    );
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let index = stage.text(PREVIEW, "index.m3u8", now).await;
    assert!(index.ends_with("AUDIO=\"audio\"\nvideo.m3u8\n"), "{index}");
    let (video, audio) = (stage.packets("video.m3u8"), stage.packets("audio.m3u8"));
    assert_monotonic(&audio);
    // The first audio frame is the zero of the timeline.
    let zero = clip
        .iter()
        .find(|media| media.kind == MediaKind::Audio && !is_configuration(media))
        .map(|media| f64::from(media.timestamp) / 1_000.0)
        .unwrap();
    assert!((video[0].dts - (4.0 - zero)).abs() < 0.002, "{:?}", video[0]);
    assert!(audio[0].pts < 0.001, "{:?}", audio[0]);
    let playlist = stage.text(PREVIEW, "audio.m3u8", now).await;
    assert_eq!(
        playlist.matches("#EXT-X-DISCONTINUITY\n").count(),
        1,
        "{playlist}"
    );
    assert!(
        (durations(&playlist).iter().sum::<f64>() - 9.0).abs() < 0.05,
        "{playlist}"
    );
}

#[tokio::test]
async fn changed_sample_rate_makes_an_init_segment_behind_a_discontinuity() {
    let stage = Stage::with_long_window("sample_rate");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(5), START).unwrap();
    let second = clip(
        "-f lavfi -i testsrc2=size=320x180:rate=30 -f lavfi -i sine=sample_rate=48000 -t 5 -c:v libx264 \
         -preset veryfast -pix_fmt yuv420p -g 60 -keyint_min 60 -sc_threshold 0 -bf 2 -b:v 300k -c:a aac -ac 1 -b:a 64k",
    );
    let now = publish(&mut publication, &later(&second, 5_000), now).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let audio = stage.text(PREVIEW, "audio.m3u8", now).await;
    assert_eq!(audio.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{audio}");
    assert_eq!(audio.matches("#EXT-X-MAP").count(), 2, "{audio}");
    let (video, audio) = (stage.split("video.m3u8"), stage.split("audio.m3u8"));
    for (video, audio) in video.iter().zip(&audio) {
        let (pictures, sounds) = (stage.packets(video), stage.packets(audio));
        assert_monotonic(&sounds);
        assert!((sounds[0].pts - pictures[0].pts).abs() < 0.040);
        stage.decode(audio);
    }
}

#[tokio::test]
async fn audio_that_stops_leaves_gaps_and_comes_back_in_place() {
    let stage = Stage::with_long_window("audio_gap");
    let mut publication = stage.open(1, None, START);
    let mut clip = bars_and_tone(17);
    clip.retain(|media| media.kind != MediaKind::Audio || !(3_000..11_000).contains(&media.timestamp));
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    let (video, audio) = (
        stage.text(PREVIEW, "video.m3u8", now).await,
        stage.text(PREVIEW, "audio.m3u8", now).await,
    );
    assert_eq!(segments(&video).len(), segments(&audio).len());
    assert!(audio.matches("#EXT-X-GAP\n").count() >= 2, "{audio}");
    let last = segments(&audio).pop().unwrap();
    assert!(stage.fetch(PREVIEW, &last, now).await.is_ok());
}

/// As where an encoder begins a file again: pictures go on at once, sound a little later.
#[tokio::test]
async fn sound_that_misses_some_frames_where_a_segment_ends_has_no_hole() {
    let stage = Stage::with_long_window("sound_hole");
    let mut publication = stage.open(1, None, START);
    let mut clip = bars_and_tone(8);
    clip.retain(|media| media.kind != MediaKind::Audio || !(4_030..4_190).contains(&media.timestamp));
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let durations = durations(&stage.text(PREVIEW, "audio.m3u8", now).await);
    let (pictures, sounds) = (stage.packets("video.m3u8"), stage.packets("audio.m3u8"));
    let hole = sounds
        .windows(2)
        .position(|pair| pair[1].pts - pair[0].pts > 0.050);
    let behind = &sounds[hole.expect("a hole in what was sent") + 1];
    let before: f64 = durations[..2].iter().sum();
    assert!(
        (behind.pts - sounds[0].pts - before).abs() < 0.001,
        "{behind:?} is behind {durations:?}"
    );
    let (picture, sound) = (pictures.last().unwrap(), sounds.last().unwrap());
    assert!((picture.pts - sound.pts).abs() < 0.130, "{picture:?}, {sound:?}");
}

#[tokio::test]
async fn pictures_that_stop_do_not_hold_audio_up() {
    let stage = Stage::with_long_window("video_gap");
    let mut publication = stage.open(1, None, START);
    let mut clip = bars_and_tone(17);
    clip.retain(|media| media.kind != MediaKind::Video || !(5_000..13_000).contains(&media.timestamp));
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    for name in ["video.m3u8", "audio.m3u8"] {
        let playlist = stage.text(PREVIEW, name, now).await;
        for duration in durations(&playlist) {
            assert!(duration < 2.5, "{playlist}");
        }
    }
}

#[tokio::test]
async fn late_key_frame_is_cut_at_the_target_and_not_called_independent() {
    let stage = Stage::with_long_window("long_gop");
    let mut publication = stage.open(1, None, START);
    let encode = |group: u32| {
        clip(&format!(
            "-f lavfi -i testsrc2=size=160x90:rate=30 -t 8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p \
             -g {group} -keyint_min {group} -sc_threshold 0"
        ))
    };
    let now = publish(&mut publication, &encode(60), START).unwrap();
    assert_eq!(publication.late_key_frames(), 0);
    let long: Vec<_> = later(&encode(180), 8_000)
        .into_iter()
        .filter(|media| !is_configuration(media))
        .collect();
    let now = publish(&mut publication, &long, now).unwrap();
    assert!(publication.late_key_frames() >= 2);
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(tag(&video, "#EXT-X-TARGETDURATION"), "2");
    assert!(!video.contains("INDEPENDENT-SEGMENTS"), "{video}");
    for duration in durations(&video) {
        assert!(duration.round() <= 2.0, "{video}");
    }
}

#[tokio::test]
async fn first_segment_fixes_the_target_duration() {
    let stage = Stage::with_long_window("target");
    let mut publication = stage.open(1, None, START);
    let clip = clip(
        "-f lavfi -i testsrc2=size=160x90:rate=30 -t 11 -c:v libx264 -preset ultrafast -g 105 -keyint_min 105 \
         -sc_threshold 0 -pix_fmt yuv420p",
    );
    let now = publish(&mut publication, &clip, START).unwrap();
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(tag(&video, "#EXT-X-TARGETDURATION"), "4");
    assert_eq!(durations(&video), [3.5, 3.5, 3.5]);
}

#[tokio::test]
async fn stream_without_key_frames_is_refused_after_twenty_seconds() {
    let stage = Stage::with_long_window("no_key_frame");
    let error = IngestError::NoKeyFrame { seconds: 20 };
    let mut publication = stage.open(1, None, START);
    let mut clip = clip(
        "-f lavfi -i testsrc2=size=160x90:rate=10 -t 30 -c:v libx264 -preset ultrafast -g 1000 -pix_fmt yuv420p",
    );
    assert_eq!(publish(&mut publication, &clip, START), Err(error.clone()));
    drop(publication);
    let key = clip
        .iter()
        .position(|media| media.payload.starts_with(&[0x17, 1]))
        .unwrap();
    clip.remove(key);
    let mut publication = stage.open(2, None, START);
    assert_eq!(publish(&mut publication, &clip, START), Err(error.clone()));
    assert_eq!(
        error.to_string(),
        "no key frame within 20 s: set the encoder's key frame interval to 2 s"
    );
}

#[tokio::test]
async fn codec_that_can_not_be_packaged_is_named() {
    let stage = Stage::with_long_window("codec");
    let mut publication = stage.open(1, None, START);
    let clip = clip("-f lavfi -i sine -t 1 -c:a libmp3lame");
    let error = publish(&mut publication, &clip, START).unwrap_err();
    assert_eq!(error.to_string(), "MP3 is not supported");
}

#[tokio::test]
async fn broken_configuration_is_named() {
    let stage = Stage::with_long_window("broken");
    let mut publication = stage.open(1, None, START);
    let media = Media {
        kind: MediaKind::Video,
        timestamp: 0,
        payload: vec![0x17, 0, 0, 0, 0, 1, 2, 3].into(),
    };
    let error = publication.push(&media, START).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the H.264 configuration sent by the encoder can't be used: it is cut short"
    );
}

#[tokio::test]
async fn empty_messages_and_frames_are_passed_over() {
    let stage = Stage::with_long_window("empty");
    let mut publication = stage.open(1, None, START);
    let mut clip = bars_and_tone(3);
    let payloads: [&[u8]; 8] = [
        &[],
        &[0x17],
        &[0x17, 0, 0, 0, 0],
        &[0x27, 1, 0, 0, 0],
        &[0x27, 1, 0, 0, 0, 0, 0, 0, 0],
        &[0x27, 1, 0, 0, 0, 0, 0, 9, 9, 1],
        &[0x57, 0],
        &[0x17, 2, 0, 0, 0],
    ];
    let empty = |kind, timestamp, payload: &[u8]| Media {
        kind,
        timestamp,
        payload: payload.to_vec().into(),
    };
    for position in (0..clip.len()).rev().step_by(5) {
        let timestamp = clip[position].timestamp;
        for payload in payloads {
            clip.insert(position, empty(MediaKind::Video, timestamp, payload));
        }
        for payload in [&[][..], &[0xaf], &[0xaf, 0], &[0xaf, 1], &[0xaf, 7, 1]] {
            clip.insert(position, empty(MediaKind::Audio, timestamp, payload));
        }
    }
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    assert_eq!(stage.packets("video.m3u8").len(), 90);
    assert_in_order(&stage);
}

#[tokio::test]
async fn discontinuities_without_end_are_refused() {
    let stage = Stage::with_long_window("flood");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(1);
    let mut outcome = Ok(START);
    for round in 0..40 {
        outcome = publish(&mut publication, &later(&clip, round * 100_000), START);
        if outcome.is_err() {
            break;
        }
    }
    assert_eq!(outcome, Err(IngestError::TooManyDiscontinuities));
}
