//! What the fuzz targets call: every reader of bytes from outside, with what must hold whatever the bytes are.
//!
//! Each function takes arbitrary bytes and panics if something is wrong. The seeds in `fuzz/corpus` are replayed by
//! this module's tests.

#![expect(
    clippy::missing_panics_doc,
    reason = "to panic is how a target says that something is wrong"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::flv::{AudioCodec, AudioTag, VideoCodec, VideoTag};
use crate::hub::{Answer, Body, Directives, Hub, PackagingSettings, PlayRequest, Publication, Until, View};
use crate::packaging::cmaf::{TrackConfig, init_segment};
use crate::packaging::codec::{AccessUnit, AudioConfig, VideoConfig};
use crate::rtmp::amf0;
use crate::rtmp::chunk::{ChunkDecoder, Limits};
use crate::rtmp::handshake::Handshake;
use crate::rtmp::{Event, ServerSession, SessionSettings};
use crate::{ChannelId, Media, MediaKind, SessionId, UnixMicros};

/// A fuzz target: its name, which is that of its corpus, and its function.
type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("chunks", chunks),
    ("amf0", amf0),
    ("handshake", handshake),
    ("flv_tags", flv_tags),
    ("avc", avc),
    ("hevc", hevc),
    ("av1", av1),
    ("aac", aac),
    ("opus", opus),
    ("session", session),
    ("play", play),
];

/// A chunk stream, in pieces of the size that the first byte says, keeps within its bounds.
pub fn chunks(data: &[u8]) {
    let Some((piece, wire)) = data.split_first() else {
        return;
    };
    let limits = Limits {
        message: 4_096,
        unfinished: 8_192,
        chunk_streams: 8,
    };
    let mut decoder = ChunkDecoder::new(limits);
    for mut piece in wire.chunks(usize::from(*piece).max(1)) {
        while let Ok(message) = decoder.decode(&mut piece) {
            assert!(decoder.unfinished() <= limits.unfinished);
            // Vectors double: of the streams, and of each message.
            assert!(decoder.kept() <= 2 * limits.unfinished + 16 * 128);
            match message {
                Some(message) => assert!(message.payload.len() <= limits.message),
                None => break,
            }
        }
    }
}

/// Values that were read are the same when written and read again.
pub fn amf0(data: &[u8]) {
    let Ok(values) = amf0::decode_all(data) else {
        return;
    };
    let mut written = Vec::new();
    for value in &values {
        amf0::encode(value, &mut written);
    }
    let mut again = Vec::new();
    for value in amf0::decode_all(&written).expect("what was written can be read") {
        amf0::encode(&value, &mut again);
    }
    // Compared as bytes, as no number is equal to itself if it is none.
    assert_eq!(written, again);
}

/// Both sides of a handshake take what comes and leave what is behind it.
pub fn handshake(data: &[u8]) {
    let mut out = Vec::new();
    for server in [true, false] {
        let mut handshake = Handshake::server();
        let mut input = data;
        let over = handshake.advance(&mut input, server, &mut out);
        assert!(over != Ok(false) || input.is_empty());
        assert!(handshake.kept() <= 4_096);
    }
    assert!(out.len() <= 2 * (1 + 2 * 1_536));
}

/// The bodies of tags: video after an odd first byte, else audio.
pub fn flv_tags(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else {
        return;
    };
    let body = Bytes::copy_from_slice(body);
    if kind & 1 == 1 {
        let _ = VideoTag::parse(&body);
    } else {
        let _ = AudioTag::parse(&body);
    }
}

/// An H.264 configuration, and an access unit of it.
pub fn avc(data: &[u8]) {
    video(VideoCodec::Avc, data);
}

/// An HEVC configuration, and an access unit of it.
pub fn hevc(data: &[u8]) {
    video(VideoCodec::Hevc, data);
}

/// An AV1 configuration, and a temporal unit of it.
pub fn av1(data: &[u8]) {
    video(VideoCodec::Av1, data);
}

/// An AAC configuration, and a frame of it.
pub fn aac(data: &[u8]) {
    audio(AudioCodec::Aac, data);
}

/// An Opus configuration, and a packet of it.
pub fn opus(data: &[u8]) {
    audio(AudioCodec::Opus, data);
}

fn video(codec: VideoCodec, data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    let Ok(config) = VideoConfig::parse(codec, &data) else {
        return;
    };
    let picture = config.picture();
    assert!(picture.width > 0 && picture.height > 0);
    for from in [0, data.len() / 2] {
        let unit = data.slice(from..);
        if let Some((kind, unit)) = config.inspect(unit) {
            // A decoder can still start where it could, whatever the configuration calls parameter sets.
            let whole = config.with_parameter_sets(&unit);
            let again = config.inspect(whole).map(|(kind, _)| kind);
            assert!(again.is_some() && (kind != AccessUnit::Key || again == Some(kind)));
        }
    }
    track(&TrackConfig::Video(config));
}

fn audio(codec: AudioCodec, data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    let Ok(config) = AudioConfig::parse(codec, &data) else {
        return;
    };
    assert!(config.sample_rate() >= 1_000 && config.channels() > 0);
    let length = config.frame_length(&data);
    assert!(length.is_none_or(|length| (1..=5_760).contains(&length)));
    track(&TrackConfig::Audio(config));
}

fn track(config: &TrackConfig) {
    let codec = config.codec();
    assert!(
        codec
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    );
    assert!(init_segment(config).len() < 64 << 10);
}

/// A whole connection, from its first byte to the segments of what it publishes.
pub fn session(data: &[u8]) {
    let now = Instant::now();
    let mut session = ServerSession::new(SessionSettings::default(), now);
    let hub = Hub::new(PackagingSettings::default());
    let mut publication = None;
    let mut input = data;
    let mut time = UnixMicros(1_700_000_000_000_000);
    while let Ok(Some(event)) = session.input(&mut input, now) {
        match event {
            Event::PublishRequested { .. } => {
                session.accept(now);
                publication = Some(hub.open(ChannelId(1), SessionId(1), None, time));
            }
            Event::Media(media) => {
                time.0 += 10_000;
                let publication = publication.as_mut().expect("media is published");
                if publication.push(&media, time).is_err() {
                    break;
                }
            }
            Event::PlayRequested { .. } => session.accept_play(),
            Event::Unpublished => break,
        }
        // Answers are short, and there is at most one for each dozen bytes.
        assert!(session.output().len() <= 16_384 + data.len() * 32);
    }
    if let Some(publication) = publication {
        let _retained = publication.finish(time);
    }
}

/// A player's request, with directives in front of the name, at a channel that is live: it is answered within bounds,
/// refused, or waits.
pub fn play(data: &[u8]) {
    let Some((&[kinds, ref numbers @ ..], name)) = data.split_first_chunk::<17>() else {
        return;
    };
    let Ok(name) = str::from_utf8(name) else {
        return;
    };
    let number = |at: usize| {
        let bytes = numbers.get(at..).and_then(<[u8]>::first_chunk);
        bytes.copied().map_or(0, u64::from_le_bytes)
    };
    let until = (kinds & 1 == 1).then(|| Until {
        msn: number(0),
        part: (kinds & 2 == 2).then(|| number(8)),
    });
    let request = PlayRequest {
        channel: ChannelId(1),
        view: View::Preview(SessionId(1)),
        resource: name.to_owned(),
        directives: Directives {
            until,
            skip: kinds & 4 == 4,
        },
    };
    thread_local! {
        static LIVE: (Arc<Hub>, Publication) = live();
    }
    LIVE.with(|(hub, _)| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let runtime = runtime.expect("a runtime without I/O");
        let answer = runtime.block_on(async {
            tokio::time::timeout(Duration::ZERO, hub.fetch(&request, UnixMicros(BEGIN))).await
        });
        if let Ok(Ok(Answer {
            body: Body::Parts(parts),
            ..
        })) = answer
        {
            assert!(parts.iter().map(Bytes::len).sum::<usize>() < 1 << 20);
        }
    });
}

/// When what [`play`] plays began, in microseconds.
const BEGIN: i64 = 1_700_000_000_000_000;

/// Ten seconds of pictures from a publisher that is still there.
fn live() -> (Arc<Hub>, Publication) {
    const RECORD: &[u8] = b"\x17\x00\x00\x00\x00\x01\x64\x00\x0c\xff\xe1\x00\x1a\x67\x64\x00\x0c\xac\xd9\x41\x41\x9f\x9f\x01\
        \x10\x00\x00\x03\x00\x10\x00\x00\x03\x01\x40\xf1\x42\x99\x60\x01\x00\x06\x68\xeb\xe3\xcb\x22\xc0\xfd\xf8\xf8\x00";
    let hub = Hub::new(PackagingSettings::default());
    let mut publication = hub.open(ChannelId(1), SessionId(1), None, UnixMicros(BEGIN));
    let mut push = |timestamp: u32, payload: Bytes| {
        let media = Media {
            kind: MediaKind::Video,
            timestamp,
            payload,
        };
        let now = UnixMicros(BEGIN + i64::from(timestamp) * 1_000);
        publication.push(&media, now).expect("media that is in order");
    };
    push(0, Bytes::from_static(RECORD));
    for frame in 0..250_u32 {
        let (head, unit) = if frame % 50 == 0 {
            (0x17, 0x65)
        } else {
            (0x27, 0x41)
        };
        push(
            frame * 40,
            Bytes::copy_from_slice(&[head, 1, 0, 0, 0, 0, 0, 0, 1, unit]),
        );
    }
    (hub, publication)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn seeds_and_their_prefixes_do_no_harm() {
        let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        for (name, target) in TARGETS {
            let directory = corpora.join(name);
            let mut seeds = 0;
            for entry in
                std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"))
            {
                let seed = std::fs::read(entry.unwrap().path()).unwrap();
                target(&seed);
                let step = seed.len().div_ceil(64).max(1);
                for length in (0..seed.len()).step_by(step) {
                    target(&seed[..length]);
                }
                seeds += 1;
            }
            assert!(seeds > 0, "{name} has no seed");
        }
    }
}
