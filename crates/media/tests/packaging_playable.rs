//! What ordinary streams become: files that players take without complaint.

mod packaging_support;

use media::hub::{Freshness, View};
use media::{MediaKind, SessionId};
use packaging_support::*;

const PREVIEW: View = View::Preview(SessionId(1));

#[tokio::test]
async fn two_second_groups_become_segments_of_exactly_two_seconds() {
    let stage = Stage::with_long_window("exact");
    let mut publication = stage.open(1, None, START);
    let clip = bars_and_tone(9);
    let now = publish(&mut publication, &clip, START).unwrap();
    assert!(publication.is_playable());
    assert_eq!(publication.late_key_frames(), 0);
    let _retained = publication.finish(now);

    stage.save(PREVIEW, now).await;
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(tag(&video, "#EXT-X-TARGETDURATION"), "2");
    assert_eq!(tag(&video, "#EXT-X-MEDIA-SEQUENCE"), "1700000000");
    assert!(video.ends_with("#EXT-X-ENDLIST\n"));
    assert_eq!(durations(&video)[..4], [2.0; 4]);
    let audio = stage.text(PREVIEW, "audio.m3u8", now).await;
    for duration in &durations(&audio)[..4] {
        assert!((duration - 2.0).abs() < 0.024, "{audio}");
    }
    let numbers = |playlist: &str| -> Vec<String> {
        segments(playlist)
            .iter()
            .map(|uri| uri.split_once('-').unwrap().1.to_owned())
            .collect()
    };
    assert_eq!(numbers(&video), numbers(&audio));

    let pictures = stage.packets("video.m3u8");
    assert_eq!(pictures.len(), 9 * 30);
    assert_monotonic(&pictures);
    assert!(
        pictures.iter().any(|picture| picture.pts > picture.dts + 0.03),
        "B-frames"
    );
    assert_eq!(pictures.iter().filter(|picture| picture.key).count(), 5);
    let sounds = stage.packets("audio.m3u8");
    assert_monotonic(&sounds);
    for pair in sounds.windows(2) {
        assert!(
            (pair[1].dts - pair[0].dts - 1024.0 / 44_100.0).abs() < 1e-5,
            "{pair:?}"
        );
    }
    assert!((sounds[0].pts - pictures[0].pts).abs() < 0.040);
    stage.decode("index.m3u8");
}

#[tokio::test]
async fn multivariant_playlist_says_what_was_measured() {
    let stage = Stage::with_long_window("multivariant");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(5), START).unwrap();
    let index = stage.text(PREVIEW, "index.m3u8", now).await;
    assert!(
        index.contains("RESOLUTION=320x180,FRAME-RATE=30.000,AUDIO=\"audio\"\nvideo.m3u8\n"),
        "{index}"
    );
    assert!(index.contains("CODECS=\"avc1.64000d,mp4a.40.2\""), "{index}");
    assert!(index.contains("#EXT-X-INDEPENDENT-SEGMENTS\n"), "{index}");
    let value = |name: &str| -> u64 {
        let rest = index.split(name).nth(1).unwrap();
        rest.split(',').next().unwrap().parse().unwrap()
    };
    let (peak, average) = (value(":BANDWIDTH="), value("AVERAGE-BANDWIDTH="));
    assert!(
        average <= peak && (100_000..1_000_000).contains(&average),
        "{index}"
    );
}

#[tokio::test]
async fn parts_of_a_segment_are_what_it_is_made_of() {
    let stage = Stage::with_long_window("parts");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &bars_and_tone(5), START).unwrap();
    let playlist = stage.text(PREVIEW, "video.m3u8", now).await;
    let name = &segments(&playlist)[0];
    let segment = stage.fetch(PREVIEW, name, now).await.unwrap();
    assert_eq!(segment.freshness, Freshness::Immutable);
    assert_eq!(segment.content_type, "video/mp4");
    let stem = name.strip_suffix(".m4s").unwrap();
    let mut joined = Vec::new();
    for part in 0..6 {
        let part = stage
            .fetch(PREVIEW, &format!("{stem}.{part}.m4s"), now)
            .await
            .unwrap();
        joined.extend(bytes(&part));
    }
    assert_eq!(joined, bytes(&segment));
    assert!(stage.fetch(PREVIEW, &format!("{stem}.6.m4s"), now).await.is_err());
}

#[tokio::test]
async fn video_alone_plays_after_a_second_of_waiting() {
    let stage = Stage::with_long_window("video_only");
    let mut publication = stage.open(1, None, START);
    let clip = only(&bars_and_tone(5), MediaKind::Video);
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let index = stage.text(PREVIEW, "index.m3u8", now).await;
    assert!(!index.contains("AUDIO"), "{index}");
    assert_eq!(stage.packets("index.m3u8").len(), 150);
    stage.decode("index.m3u8");
    assert!(stage.fetch(PREVIEW, "audio.m3u8", now).await.is_err());
}

#[tokio::test]
async fn audio_alone_plays_after_a_second_of_waiting() {
    let stage = Stage::with_long_window("audio_only");
    let mut publication = stage.open(1, None, START);
    let clip = only(&bars_and_tone(9), MediaKind::Audio);
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let index = stage.text(PREVIEW, "index.m3u8", now).await;
    assert!(index.ends_with("CODECS=\"mp4a.40.2\"\naudio.m3u8\n"), "{index}");
    let audio = stage.text(PREVIEW, "audio.m3u8", now).await;
    assert_eq!(tag(&audio, "#EXT-X-TARGETDURATION"), "2");
    assert_eq!(durations(&audio).len(), 5, "{audio}");
    assert_monotonic(&stage.packets("index.m3u8"));
    stage.decode("index.m3u8");
}

#[tokio::test]
async fn high_efficiency_audio_keeps_its_length() {
    // No encoder for it is at hand: a low-complexity stream declared as the core of one counts the same frames.
    let stage = Stage::with_long_window("he_aac");
    let mut publication = stage.open(1, None, START);
    let mut clip = clip("-f lavfi -i sine=frequency=440:sample_rate=24000 -t 5 -c:a aac -ac 1");
    for media in clip.iter_mut().filter(|media| is_configuration(media)) {
        media.payload = vec![0xaf, 0, 0x2b, 0x09, 0x88, 0x00].into();
    }
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    let index = stage.text(PREVIEW, "index.m3u8", now).await;
    assert!(index.contains("mp4a.40.5"), "{index}");
    let audio = stage.text(PREVIEW, "audio.m3u8", now).await;
    assert!(
        (durations(&audio).iter().sum::<f64>() - 5.0).abs() < 0.1,
        "{audio}"
    );
}

#[tokio::test]
async fn gstreamer_takes_back_what_it_has_sent() {
    let stage = Stage::with_long_window("gstreamer");
    let sent = stage.directory.join("sent.flv");
    gstreamer(&format!(
        "videotestsrc num-buffers=240 ! video/x-raw,width=320,height=180,framerate=30/1 ! x264enc key-int-max=60 \
         ! h264parse ! flvmux name=mux streamable=true ! filesink location={} \
         audiotestsrc num-buffers=345 ! audio/x-raw,rate=44100 ! avenc_aac ! aacparse ! mux.",
        sent.display()
    ));
    let clip = media::flv::read_file(&std::fs::read(&sent).unwrap().into()).unwrap();
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    // The muxer has no decoding times below zero, so the first picture comes as late as it is shown.
    assert_eq!(tag(&video, "#EXT-X-TARGETDURATION"), "2");
    for duration in &durations(&video)[1..3] {
        assert!((duration - 2.0).abs() < 0.01, "{video}");
    }
    assert_monotonic(&stage.packets("video.m3u8"));
    assert_monotonic(&stage.packets("audio.m3u8"));
    for (name, decoder) in [
        ("video.m3u8", "h264parse ! avdec_h264"),
        ("audio.m3u8", "aacparse ! avdec_aac"),
    ] {
        let playlist = stage.text(PREVIEW, name, now).await;
        let file = stage.directory.join(name).with_extension("mp4");
        let segments = segments(&playlist);
        let content: Vec<_> = uris(&playlist)
            .iter()
            .filter(|uri| uri.contains("-init-") || segments.contains(uri))
            .flat_map(|uri| std::fs::read(stage.directory.join(uri)).unwrap())
            .collect();
        std::fs::write(&file, content).unwrap();
        gstreamer(&format!(
            "filesrc location={} ! qtdemux ! {decoder} ! fakesink",
            file.display()
        ));
    }
}

#[tokio::test]
async fn odd_frame_rates_make_whole_parts() {
    for (rate, frames) in [("24", 8), ("5", 2), ("60", 20)] {
        let stage = Stage::with_long_window("rates");
        let mut publication = stage.open(1, None, START);
        let group = rate.parse::<u32>().unwrap() * 2;
        let clip = clip(&format!(
            "-f lavfi -i testsrc2=size=160x90:rate={rate} -t 5 -c:v libx264 -preset ultrafast -g {group} -pix_fmt yuv420p"
        ));
        let now = publish(&mut publication, &clip, START).unwrap();
        let playlist = stage.text(PREVIEW, "video.m3u8", now).await;
        assert_eq!(durations(&playlist)[..1], [2.0], "{rate}: {playlist}");
        let stem = segments(&playlist)[0].strip_suffix(".m4s").unwrap().to_owned();
        let part = bytes(&stage.fetch(PREVIEW, &format!("{stem}.0.m4s"), now).await.unwrap());
        let trun = part.windows(4).position(|kind| kind == b"trun").unwrap();
        let count = u32::from_be_bytes(part[trun + 8..trun + 12].try_into().unwrap());
        assert_eq!(count, frames, "frames in a part at {rate} a second");
    }
}
