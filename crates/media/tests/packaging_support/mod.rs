//! A publisher and a player around the hub: clips made by ffmpeg go in, files that ffprobe reads come out.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the names in playlists are exact"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use media::hub::{
    Answer, Body, Directives, Hub, IngestError, PackagingSettings, PlayError, PlayRequest, Publication, View,
};
use media::{ChannelId, Media, MediaKind, SessionId, UnixMicros};

/// A time that is no round number of anything.
pub(crate) const START: UnixMicros = UnixMicros(1_700_000_000_123_456);

pub(crate) const CHANNEL: ChannelId = ChannelId(7);

/// `START` and so many milliseconds.
pub(crate) fn at(milliseconds: i64) -> UnixMicros {
    UnixMicros(START.0 + milliseconds * 1_000)
}

fn run(program: &str, arguments: &[&str]) -> (Vec<u8>, String) {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} must be installed for this test: {error}"));
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {messages}");
    (output.stdout, messages)
}

/// Makes a clip with ffmpeg; `arguments` are inputs and encoders.
pub(crate) fn clip(arguments: &str) -> Vec<Media> {
    let mut all: Vec<_> = "-v error"
        .split(' ')
        .chain(arguments.split_whitespace())
        .collect();
    all.extend("-flvflags no_duration_filesize -f flv -".split(' '));
    let (file, _) = run("ffmpeg", &all);
    media::flv::read_file(&Bytes::from(file)).unwrap()
}

/// Runs a GStreamer pipeline to its end.
pub(crate) fn gstreamer(pipeline: &str) {
    let arguments: Vec<_> = std::iter::once("-q").chain(pipeline.split_whitespace()).collect();
    run("gst-launch-1.0", &arguments);
}

/// Moving bars at 30 frames a second with B-frames, key frames every two seconds, and a tone.
pub(crate) fn bars_and_tone(seconds: u32) -> Vec<Media> {
    bars_and_tone_of("320x180", seconds)
}

pub(crate) fn bars_and_tone_of(size: &str, seconds: u32) -> Vec<Media> {
    clip(&format!(
        "-f lavfi -i testsrc2=size={size}:rate=30 -f lavfi -i sine=frequency=440:sample_rate=44100 -t {seconds} \
         -c:v libx264 -preset veryfast -pix_fmt yuv420p -g 60 -keyint_min 60 -sc_threshold 0 -bf 2 -b:v 300k \
         -c:a aac -ac 2 -b:a 64k"
    ))
}

pub(crate) fn is_configuration(media: &Media) -> bool {
    media.kind != MediaKind::Data && media.payload.get(1) == Some(&0)
}

/// The messages of a clip later on its own clock.
pub(crate) fn later(clip: &[Media], milliseconds: u32) -> Vec<Media> {
    clip.iter()
        .map(|media| Media {
            timestamp: media.timestamp.wrapping_add(milliseconds),
            ..media.clone()
        })
        .collect()
}

/// The messages of some kinds.
pub(crate) fn only(clip: &[Media], kind: MediaKind) -> Vec<Media> {
    clip.iter().filter(|media| media.kind == kind).cloned().collect()
}

/// A hub with one channel.
pub(crate) struct Stage {
    pub(crate) hub: Arc<Hub>,
    pub(crate) directory: PathBuf,
}

impl Stage {
    /// A hub whose playlists are long enough to list whole tests.
    pub(crate) fn with_long_window(name: &str) -> Self {
        Self::new(
            name,
            PackagingSettings {
                window: std::time::Duration::from_secs(1_000),
                ..PackagingSettings::default()
            },
        )
    }

    pub(crate) fn new(name: &str, settings: PackagingSettings) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        Self {
            hub: Hub::new(settings),
            directory,
        }
    }

    pub(crate) fn open(&self, session: i64, previous: Option<i64>, now: UnixMicros) -> Publication {
        self.hub
            .open(CHANNEL, SessionId(session), previous.map(SessionId), now)
    }

    pub(crate) async fn fetch(
        &self,
        view: View,
        resource: &str,
        now: UnixMicros,
    ) -> Result<Answer, PlayError> {
        let request = PlayRequest {
            channel: CHANNEL,
            view,
            resource: resource.to_owned(),
            directives: Directives::default(),
        };
        self.hub.fetch(&request, now).await
    }

    pub(crate) async fn text(&self, view: View, resource: &str, now: UnixMicros) -> String {
        let answer = self.fetch(view, resource, now).await.unwrap();
        String::from_utf8(bytes(&answer)).unwrap()
    }

    /// Saves everything that a player of this view would fetch.
    pub(crate) async fn save(&self, view: View, now: UnixMicros) {
        let mut names = vec!["index.m3u8".to_owned()];
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            let content = bytes(
                &self
                    .fetch(view, &name, now)
                    .await
                    .unwrap_or_else(|error| panic!("{name}: {error}")),
            );
            if name.ends_with(".m3u8") {
                for uri in uris(&String::from_utf8(content.clone()).unwrap()) {
                    if !names.contains(&uri) {
                        names.push(uri);
                    }
                }
            }
            let path = self.directory.join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
    }

    fn path(&self, playlist: &str) -> String {
        self.directory.join(playlist).to_str().unwrap().to_owned()
    }

    /// Packets of a saved playlist as ffprobe sees them; it must have nothing to complain of.
    pub(crate) fn packets(&self, playlist: &str) -> Vec<Packet> {
        let path = self.path(playlist);
        let entries = "packet=dts_time,pts_time,flags";
        let arguments = [
            "-v",
            "warning",
            "-show_packets",
            "-show_entries",
            entries,
            "-of",
            "compact=p=0",
            &path,
        ];
        let (lines, messages) = run("ffprobe", &arguments);
        assert_eq!(messages, "");
        String::from_utf8(lines)
            .unwrap()
            .lines()
            .filter(|line| !line.is_empty())
            .map(Packet::read)
            .collect()
    }

    /// Saves each stretch of a saved playlist between discontinuities as one of its own; answers their names. (The
    /// tools read no second init segment without complaint.)
    pub(crate) fn split(&self, playlist: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.directory.join(playlist)).unwrap();
        let mut map = String::new();
        let mut names = Vec::new();
        for (count, stretch) in text.split("#EXT-X-DISCONTINUITY\n").enumerate() {
            let own = stretch.lines().find(|line| line.starts_with("#EXT-X-MAP"));
            let head = if count == 0 {
                String::new()
            } else {
                let inherited = if own.is_some() { "" } else { &map };
                format!("#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:9\n{inherited}\n")
            };
            map = own.map_or(map, str::to_owned);
            let name = format!("{count}-{playlist}");
            std::fs::write(
                self.directory.join(&name),
                format!("{head}{stretch}#EXT-X-ENDLIST\n"),
            )
            .unwrap();
            names.push(name);
        }
        names
    }

    /// Decodes a saved playlist; neither container nor codec may give cause for a warning.
    pub(crate) fn decode(&self, playlist: &str) {
        let path = self.path(playlist);
        let (_, messages) = run("ffmpeg", &["-v", "warning", "-i", &path, "-f", "null", "-"]);
        assert_eq!(messages, "");
    }
}

/// A packet as ffprobe prints it, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet {
    pub(crate) pts: f64,
    pub(crate) dts: f64,
    pub(crate) key: bool,
}

impl Packet {
    fn read(line: &str) -> Self {
        let field = |name: &str| {
            line.split('|')
                .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
                .unwrap_or_else(|| panic!("no {name} in {line}"))
        };
        let seconds = |name| field(name).parse().unwrap_or_else(|_| panic!("{name} in {line}"));
        Self {
            pts: seconds("pts_time"),
            dts: seconds("dts_time"),
            key: field("flags").starts_with('K'),
        }
    }
}

pub(crate) fn assert_monotonic(packets: &[Packet]) {
    for pair in packets.windows(2) {
        assert!(pair[1].dts > pair[0].dts, "{pair:?}");
    }
}

pub(crate) fn bytes(answer: &Answer) -> Vec<u8> {
    let Body::Parts(parts) = &answer.body else {
        panic!("not whole yet: {answer:?}");
    };
    parts.concat()
}

/// What a playlist names that is there.
pub(crate) fn uris(playlist: &str) -> Vec<String> {
    playlist
        .lines()
        .filter(|line| !line.starts_with("#EXT-X-PRELOAD-HINT"))
        .filter_map(|line| match line.split_once("URI=\"") {
            Some((_, rest)) => rest.split('"').next(),
            None => Some(line).filter(|line| !line.starts_with('#') && !line.is_empty()),
        })
        .map(str::to_owned)
        .collect()
}

/// The segments that a playlist lists.
pub(crate) fn segments(playlist: &str) -> Vec<String> {
    playlist
        .lines()
        .filter(|line| line.ends_with(".m4s"))
        .map(str::to_owned)
        .collect()
}

/// The value of a tag that a playlist has once.
pub(crate) fn tag<'a>(playlist: &'a str, name: &str) -> &'a str {
    let mut values = playlist
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let value = values.next().unwrap_or_else(|| panic!("no {name} in {playlist}"));
    assert_eq!(values.next(), None, "{name}");
    value
}

/// The durations of a playlist's segments in seconds.
pub(crate) fn durations(playlist: &str) -> Vec<f64> {
    playlist
        .lines()
        .filter_map(|line| line.strip_prefix("#EXTINF:"))
        .map(|rest| rest.trim_end_matches(',').parse().unwrap())
        .collect()
}

/// Publishes messages as they would come in live, from `start` on; answers when the last one came.
pub(crate) fn publish(
    publication: &mut Publication,
    media: &[Media],
    start: UnixMicros,
) -> Result<UnixMicros, IngestError> {
    let Some(first) = media.first().map(|media| media.timestamp) else {
        return Ok(start);
    };
    let mut now = start;
    for media in media {
        let passed = i64::from(media.timestamp.wrapping_sub(first));
        now = UnixMicros(start.0 + passed.min(3_600_000) * 1_000);
        publication.push(media, now)?;
    }
    Ok(now)
}
