//! How an ingest is doing, measured on clips that ffmpeg made and that disturbances were put into.

mod packaging_support;

use std::time::Duration;

use media::health::{Health, Warning};
use media::hub::{Hub, PackagingSettings, Publication};
use media::{ChannelId, Delivery, Media, MediaKind, SessionId, UnixMicros};
use packaging_support::{at, bars_and_tone, clip, is_configuration, later};

const LIMIT: u64 = 20_000_000;

/// A session that takes what a clip has at the time that the clip says.
struct Ingest {
    publication: Publication,
    now: UnixMicros,
}

impl Ingest {
    fn open(delivery: Delivery) -> Self {
        let hub = Hub::new(PackagingSettings::default());
        Self {
            publication: hub.open_for(ChannelId(1), SessionId(1), None, delivery, at(0)),
            now: at(0),
        }
    }

    fn of(media: &[Media]) -> Self {
        let mut ingest = Self::open(Delivery::Packaged);
        ingest.take(media);
        ingest
    }

    /// Takes media as it comes in real time.
    fn take(&mut self, media: &[Media]) {
        for media in media {
            self.take_at(media, at(media.timestamp.into()));
        }
    }

    fn take_at(&mut self, media: &Media, now: UnixMicros) {
        self.now = now;
        self.publication.push(media, now).unwrap();
        if self.publication.has_made_parts() {
            self.publication.parts_are_there(UnixMicros(now.0 + 2_000));
        }
    }

    fn health(&self) -> Health {
        self.publication.probe().health(self.now, LIMIT)
    }

    fn health_after(&self, milliseconds: i64) -> Health {
        let now = UnixMicros(self.now.0 + milliseconds * 1_000);
        self.publication.probe().health(now, LIMIT)
    }
}

fn codes(health: &Health) -> Vec<&'static str> {
    health.warnings.iter().map(Warning::code).collect()
}

fn without(media: &[Media], kind: MediaKind) -> Vec<Media> {
    media.iter().filter(|media| media.kind != kind).cloned().collect()
}

#[test]
fn a_stream_as_it_should_be_is_measured_and_not_warned_of() {
    let media = bars_and_tone(20);
    let health = Ingest::of(&media).health();
    assert_eq!(codes(&health), [""; 0], "{health:?}");
    assert_eq!(health.frame_rate, Some(30_000));
    assert_eq!(health.key_frame_interval, Some(Duration::from_secs(2)));
    assert_eq!(health.resolution, Some((320, 180)));
    assert_eq!(health.audio_codec.as_deref(), Some("mp4a.40.2"));
    assert!(
        health
            .video_codec
            .as_deref()
            .is_some_and(|codec| codec.starts_with("avc1.64"))
    );
    assert_eq!(health.dropped, 0);
    let bytes: usize = media
        .iter()
        .filter(|media| (11_000..19_000).contains(&media.timestamp))
        .map(|media| media.payload.len())
        .sum();
    let (bitrate, expected) = (health.bitrate.unwrap(), u64::try_from(bytes).unwrap());
    assert!(
        bitrate.abs_diff(expected) * 20 < expected,
        "{bitrate} and {expected}"
    );
    let latency = health.latency.unwrap();
    for took in [latency.p50, latency.p95] {
        // A part of 334 ms waits for the frame after it, which says how long the last one lasts.
        assert!((330..=380).contains(&took.as_millis()), "{latency:?}");
    }
}

#[test]
fn what_is_relayed_only_is_measured_too() {
    let mut ingest = Ingest::open(Delivery::Relayed);
    ingest.take(&bars_and_tone(12));
    let health = ingest.health();
    assert_eq!(codes(&health), [""; 0], "{health:?}");
    assert_eq!(health.frame_rate, Some(30_000));
    assert_eq!(health.key_frame_interval, Some(Duration::from_secs(2)));
    assert_eq!(health.resolution, Some((320, 180)));
    assert_eq!(health.audio_codec.as_deref(), Some("mp4a.40.2"));
    assert_eq!(health.latency, None);
}

#[test]
fn key_frames_that_are_far_apart_are_told_with_what_to_set() {
    let media = clip(
        "-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine -t 18 -c:v libx264 -preset veryfast -g 200 \
         -keyint_min 200 -sc_threshold 0 -bf 0 -pix_fmt yuv420p -c:a aac",
    );
    let mut ingest = Ingest::open(Delivery::Packaged);
    ingest.take(&media);
    let health = ingest.health();
    assert_eq!(health.key_frame_interval, Some(Duration::from_secs(8)));
    assert_eq!(codes(&health), ["KEY_FRAMES_RARE"], "{health:?}");
    assert_eq!(
        health.warnings[0].to_string(),
        "key frames every 8 s: set 2 s in the encoder"
    );
}

#[test]
fn a_group_of_pictures_that_had_to_be_cut_is_told() {
    let even = bars_and_tone(8);
    let long = clip(
        "-f lavfi -i testsrc2=size=320x180:rate=30 -t 7 -c:v libx264 -preset veryfast -g 900 -keyint_min 900 \
         -sc_threshold 0 -bf 0 -pix_fmt yuv420p",
    );
    let mut media = without(&even, MediaKind::Audio);
    media.extend(later(&long, 8_000));
    let health = Ingest::of(&media).health();
    assert!(codes(&health).contains(&"SEGMENT_CUT"), "{health:?}");
    assert!(codes(&health).contains(&"KEY_FRAMES_RARE"), "{health:?}");
}

#[test]
fn a_clock_that_jumps_is_told_for_a_minute() {
    let media = bars_and_tone(6);
    let mut ingest = Ingest::of(&media);
    for again in later(&media, 3_600_000) {
        let now = at(i64::from(again.timestamp) - 3_594_000);
        ingest.take_at(&again, now);
    }
    let health = ingest.health();
    assert_eq!(codes(&health), ["TIMESTAMPS_JUMPED"], "{health:?}");
    assert!(
        health.warnings[0].to_string().contains("jumped ahead by 3594"),
        "{health:?}"
    );
    assert!(!codes(&ingest.health_after(61_000)).contains(&"TIMESTAMPS_JUMPED"));
}

#[test]
fn audio_that_is_missing_late_or_stopped_is_told() {
    let media = bars_and_tone(14);
    let silent = Ingest::of(&without(&media, MediaKind::Audio)).health();
    assert_eq!(codes(&silent), ["AUDIO_MISSING"], "{silent:?}");
    assert_eq!(silent.audio_codec, None);

    let is_early_sound = |media: &Media| media.kind == MediaKind::Audio && media.timestamp < 4_000;
    let late: Vec<_> = media
        .iter()
        .filter(|media| !is_early_sound(media) || is_configuration(media))
        .cloned()
        .collect();
    let late = Ingest::of(&late).health();
    assert_eq!(codes(&late), ["AUDIO_LATE"], "{late:?}");

    let is_late_sound = |media: &Media| media.kind == MediaKind::Audio && media.timestamp > 8_000;
    let stopped: Vec<_> = media
        .iter()
        .filter(|media| !is_late_sound(media))
        .cloned()
        .collect();
    let stopped = Ingest::of(&stopped).health();
    assert_eq!(codes(&stopped), ["AUDIO_STOPPED"], "{stopped:?}");
    assert_eq!(stopped.dropped, 0);
}

#[test]
fn video_that_stops_and_a_publisher_that_falls_silent_are_told() {
    let media = bars_and_tone(14);
    let is_late_picture = |media: &Media| media.kind == MediaKind::Video && media.timestamp > 8_000;
    let stopped: Vec<_> = media
        .iter()
        .filter(|media| !is_late_picture(media))
        .cloned()
        .collect();
    let ingest = Ingest::of(&stopped);
    assert_eq!(codes(&ingest.health()), ["VIDEO_STOPPED"]);
    let silent = ingest.health_after(4_000);
    assert_eq!(codes(&silent), ["NOTHING_RECEIVED"], "{silent:?}");
    assert_eq!(ingest.health_after(20_000).bitrate, Some(0));
}

#[test]
fn media_that_comes_slower_than_it_plays_is_told() {
    let mut ingest = Ingest::open(Delivery::Packaged);
    for media in bars_and_tone(20) {
        ingest.take_at(&media, at(i64::from(media.timestamp) * 5 / 4));
    }
    let health = ingest.health();
    assert_eq!(codes(&health), ["TOO_SLOW"], "{health:?}");
    assert_eq!(health.frame_rate, Some(30_000), "by the encoder's own clock");
}

#[test]
fn a_bitrate_near_the_limit_is_told() {
    let ingest = Ingest::of(&bars_and_tone(6));
    let bitrate = ingest.health().bitrate.unwrap();
    let near = ingest.publication.probe().health(ingest.now, bitrate * 10 / 9);
    assert_eq!(codes(&near), ["BITRATE_NEAR_LIMIT"]);
    let far = ingest.publication.probe().health(ingest.now, bitrate * 10 / 7);
    assert_eq!(codes(&far), [""; 0]);
}

#[test]
fn frames_that_no_player_can_use_are_counted() {
    let media = bars_and_tone(8);
    let mut damaged = media.clone();
    let mut broken = 0;
    for media in &mut damaged {
        if media.kind == MediaKind::Video && (4_500..5_000).contains(&media.timestamp) {
            // A length that promises more than there is.
            media.payload = media.payload.slice(..media.payload.len() / 2);
            broken += 1;
        }
    }
    let health = Ingest::of(&damaged).health();
    assert_eq!(health.dropped, broken);
    assert_eq!(codes(&health), ["FRAMES_DROPPED"], "{health:?}");

    let headless: Vec<_> = media
        .iter()
        .filter(|media| is_configuration(media) || media.timestamp > 500)
        .cloned()
        .collect();
    let before_the_key_frame = headless
        .iter()
        .filter(|media| media.kind == MediaKind::Video && !is_configuration(media))
        .take_while(|media| media.payload[0] >> 4 != 1)
        .count();
    let health = Ingest::of(&headless).health();
    assert_eq!(health.dropped, u64::try_from(before_the_key_frame).unwrap());
    assert!(before_the_key_frame > 30);
}
