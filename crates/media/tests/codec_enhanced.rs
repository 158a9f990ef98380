//! HEVC, AV1 and Opus from a real publisher by enhanced RTMP, to files that players take without complaint.

mod codec_support;
mod packaging_support;

use std::sync::Arc;

use codec_support::{INPUTS, enhanced_clip, publish_to};
use media::hub::{IngestError, View};
use media::server::{Cause, Grant, IngestSession, RtmpServer, ServerSettings, SessionFact};
use media::{Media, MediaKind, SessionId, UnixMicros};
use packaging_support::*;

const PREVIEW: View = View::Preview(SessionId(1));

/// Publishes over a real connection to its end. The media stays as long as the session is kept.
async fn publish_live(stage: &Stage, arguments: &str) -> (IngestSession, Cause) {
    let settings = ServerSettings::default();
    let server = RtmpServer::bind("127.0.0.1:0", settings, stage.hub.clone())
        .await
        .unwrap();
    let server = Arc::new(server);
    let url = format!("rtmp://{}/live/KEY", server.local_addr());
    let mut publisher = tokio::spawn(publish_to(url, arguments.to_owned()));
    let grant = Grant {
        channel: CHANNEL,
        session: SessionId(1),
        previous: None,
        delivery: media::Delivery::Packaged,
    };
    let request = tokio::select! {
        request = server.next_publish() => request.unwrap(),
        ended = &mut publisher => panic!("the publisher ended before it knocked: {ended:?}"),
    };
    let mut session = request.accept(grant).await.unwrap();
    let cause = loop {
        if let SessionFact::Gone(cause) = session.changed().await {
            break cause;
        }
    };
    publisher.await.unwrap();
    (session, cause)
}

/// Saves the stream, and checks what every codec has in common; answers the multivariant playlist.
async fn assert_plays(stage: &Stage, now: UnixMicros, seconds: usize) -> String {
    stage.save(PREVIEW, now).await;
    let video = stage.text(PREVIEW, "video.m3u8", now).await;
    assert_eq!(tag(&video, "#EXT-X-TARGETDURATION"), "2");
    // Open groups of pictures begin a little earlier or later in decoding order than a closed one would.
    assert!((durations(&video)[0] - 2.0).abs() <= 0.101, "{video}");
    let pictures = stage.packets("video.m3u8");
    assert_eq!(pictures.len(), seconds * 30);
    assert_monotonic(&pictures);
    assert_eq!(pictures.iter().filter(|picture| picture.key).count(), seconds / 2);
    let sounds = stage.packets("audio.m3u8");
    assert_monotonic(&sounds);
    for pair in sounds.windows(2) {
        assert!((pair[1].dts - pair[0].dts - 0.02).abs() < 1e-5, "{pair:?}");
    }
    // Packets of 20 ms, each of them whole, also the last of a segment.
    for duration in durations(&stage.text(PREVIEW, "audio.m3u8", now).await) {
        assert!(
            (duration * 50.0 - (duration * 50.0).round()).abs() < 1e-3,
            "{duration}"
        );
    }
    assert!(
        (sounds[0].pts - pictures[0].pts).abs() < 0.040,
        "{:?} {:?}",
        sounds[0],
        pictures[0]
    );
    stage.decode("index.m3u8");
    stage.text(PREVIEW, "index.m3u8", now).await
}

#[tokio::test]
async fn hevc_and_opus_become_hls_that_plays() {
    let stage = Stage::with_long_window("hevc");
    let arguments = format!(
        "{INPUTS} -t 6 -pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=error -g 60 -b:v 300k \
         -c:a libopus -ac 2 -b:a 64k"
    );
    let (_session, cause) = publish_live(&stage, &arguments).await;
    assert_eq!(cause, Cause::PublisherClosed);
    let index = assert_plays(&stage, UnixMicros::now(), 6).await;
    assert!(index.contains("CODECS=\"hvc1.1.6.L60.90,opus\""), "{index}");
    assert!(index.contains("RESOLUTION=320x180"), "{index}");
    assert!(index.contains("CHANNELS=\"2\""), "{index}");
}

#[tokio::test]
async fn av1_and_opus_become_hls_that_plays() {
    let stage = Stage::with_long_window("av1");
    let arguments = format!(
        "{INPUTS} -t 6 -pix_fmt yuv420p -c:v libsvtav1 -preset 12 -g 60 -b:v 300k -c:a libopus -b:a 64k"
    );
    let (_session, cause) = publish_live(&stage, &arguments).await;
    assert_eq!(cause, Cause::PublisherClosed);
    let index = assert_plays(&stage, UnixMicros::now(), 6).await;
    assert!(index.contains("CODECS=\"av01.0.00M.08,opus\""), "{index}");
    assert!(index.contains("RESOLUTION=320x180"), "{index}");
}

#[tokio::test]
async fn configuration_that_comes_with_the_first_picture_is_taken() {
    // libaom has none before, and ffmpeg sends an empty one.
    let clip = enhanced_clip(
        "-f lavfi -i testsrc2=size=160x90:rate=15 -t 2 -c:v libaom-av1 -cpu-used 8 -usage realtime -g 30",
    );
    let configurations = clip
        .iter()
        .filter(|media| media.payload.starts_with(b"\x90av01"))
        .map(|media| media.payload.len() > 5);
    assert_eq!(configurations.collect::<Vec<_>>()[..2], [false, true]);
    let stage = Stage::with_long_window("aom");
    let mut publication = stage.open(1, None, START);
    let now = publish(&mut publication, &clip, START).unwrap();
    let _retained = publication.finish(now);
    stage.save(PREVIEW, now).await;
    assert_eq!(stage.packets("index.m3u8").len(), 30);
    stage.decode("index.m3u8");
}

#[tokio::test]
async fn codec_strings_tell_ten_bits_and_colours() {
    for (arguments, codec) in [
        (
            "-pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params log-level=error",
            "hvc1.2.4.L60.90",
        ),
        (
            "-pix_fmt yuv420p10le -c:v libsvtav1 -preset 12 -vf setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
            "av01.0.00M.10.0.110.09.16.09.0",
        ),
    ] {
        let stage = Stage::with_long_window("ten_bits");
        let clip = enhanced_clip(&format!(
            "-f lavfi -i testsrc2=size=320x180:rate=30 -t 2 {arguments}"
        ));
        let mut publication = stage.open(1, None, START);
        let now = publish(&mut publication, &clip, START).unwrap();
        let _retained = publication.finish(now);
        let index = stage.text(PREVIEW, "index.m3u8", now).await;
        assert!(index.contains(&format!("CODECS=\"{codec}\"")), "{index}");
    }
}

#[tokio::test]
async fn opus_packets_of_every_length_keep_time() {
    for (milliseconds, count) in [("2.5", 1_000), ("10", 250), ("60", 41), ("120", 20)] {
        let stage = Stage::with_long_window("opus_lengths");
        let clip = enhanced_clip(&format!(
            "-f lavfi -i sine=frequency=440:sample_rate=48000 -t 2.5 -c:a libopus -frame_duration {milliseconds}"
        ));
        let mut publication = stage.open(1, None, START);
        let now = publish(&mut publication, &clip, START).unwrap();
        let _retained = publication.finish(now);
        stage.save(PREVIEW, now).await;
        let packets = stage.packets("index.m3u8");
        assert!(packets.len() >= count, "{milliseconds}: {}", packets.len());
        let step = milliseconds.parse::<f64>().unwrap() / 1_000.0;
        for pair in packets.windows(2) {
            assert!(
                (pair[1].dts - pair[0].dts - step).abs() < 1e-5,
                "{milliseconds}: {pair:?}"
            );
        }
        stage.decode("index.m3u8");
    }
}

/// The same message with an enhanced header.
fn by_fourcc(media: &Media) -> Media {
    let body = &media.payload;
    let payload = match media.kind {
        MediaKind::Data => return media.clone(),
        MediaKind::Video => {
            let head = 0x80 | body[0] & 0x70;
            let (packet_type, rest) = match (body[1], &body[2..5]) {
                (0, _) => (0, &body[5..]),
                (1, [0, 0, 0]) => (3, &body[5..]),
                (1, _) => (1, &body[2..]),
                (_, _) => (2, &body[5..]),
            };
            [&[head | packet_type], b"avc1".as_slice(), rest].concat()
        }
        MediaKind::Audio => [&[0x90 | body[1]], b"mp4a".as_slice(), &body[2..]].concat(),
    };
    Media {
        payload: payload.into(),
        ..media.clone()
    }
}

#[tokio::test]
async fn classic_codecs_by_fourcc_are_the_same_stream() {
    let clip = bars_and_tone(4);
    let enhanced: Vec<_> = clip.iter().map(by_fourcc).collect();
    let mut streams = Vec::new();
    for clip in [&clip, &enhanced] {
        let stage = Stage::with_long_window("fourcc");
        let mut publication = stage.open(1, None, START);
        let now = publish(&mut publication, clip, START).unwrap();
        let _retained = publication.finish(now);
        let mut stream = vec![stage.text(PREVIEW, "index.m3u8", now).await.into_bytes()];
        for name in ["video.m3u8", "audio.m3u8"] {
            let playlist = stage.text(PREVIEW, name, now).await;
            for uri in uris(&playlist) {
                stream.push(bytes(&stage.fetch(PREVIEW, &uri, now).await.unwrap()));
            }
        }
        streams.push(stream);
    }
    assert!(streams[0].len() > 5);
    assert_eq!(streams[0], streams[1]);
}

#[tokio::test]
async fn codec_that_changes_begins_a_discontinuity() {
    let stage = Stage::with_long_window("codec_change");
    let classic = bars_and_tone(4);
    let enhanced = enhanced_clip(&format!(
        "{INPUTS} -t 4 -pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=error -g 60 -c:a libopus"
    ));
    let mut publication = stage.open(1, None, START);
    let middle = publish(&mut publication, &classic, START).unwrap();
    let now = publish(&mut publication, &later(&enhanced, 4_000), middle).unwrap();
    let _retained = publication.finish(now);
    let index = stage.text(PREVIEW, "index.m3u8", now).await;
    for codec in ["hvc1.", "avc1.", "opus", "mp4a."] {
        assert!(index.contains(codec), "{codec}: {index}");
    }
    stage.save(PREVIEW, now).await;
    for name in ["video.m3u8", "audio.m3u8"] {
        let playlist = stage.text(PREVIEW, name, now).await;
        assert_eq!(
            playlist.matches("#EXT-X-DISCONTINUITY\n").count(),
            1,
            "{playlist}"
        );
        assert_eq!(playlist.matches("#EXT-X-MAP").count(), 2, "{playlist}");
        for stretch in stage.split(name) {
            assert_monotonic(&stage.packets(&stretch));
            stage.decode(&stretch);
        }
    }
}

#[tokio::test]
async fn codec_that_cannot_be_packaged_ends_the_session_by_its_name() {
    let clip = enhanced_clip(
        "-f lavfi -i testsrc2=size=160x90:rate=15 -t 1 -c:v libvpx-vp9 -deadline realtime -cpu-used 8",
    );
    let stage = Stage::with_long_window("vp9");
    let mut publication = stage.open(1, None, START);
    let error = publish(&mut publication, &clip, START).unwrap_err();
    assert!(matches!(error, IngestError::UnsupportedCodec(_)));
    assert_eq!(error.to_string(), "VP9 (vp09) is not supported");
}
