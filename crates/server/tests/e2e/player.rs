//! Real players: ffprobe and ffmpeg, and a reader of playlists.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A media playlist as it was served.
#[derive(Debug)]
pub(crate) struct Playlist {
    pub(crate) text: String,
    pub(crate) media_sequence: u64,
    pub(crate) durations: Vec<f64>,
    pub(crate) discontinuities: usize,
    pub(crate) ended: bool,
}

impl Playlist {
    pub(crate) fn parse(text: String) -> Self {
        let value = |tag: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(tag))
                .map(str::to_owned)
        };
        let durations = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:"));
        Self {
            media_sequence: value("#EXT-X-MEDIA-SEQUENCE:")
                .expect("a media sequence")
                .parse()
                .expect("a number"),
            durations: durations
                .map(|line| line.trim_end_matches(',').parse().expect("a duration"))
                .collect(),
            discontinuities: text
                .lines()
                .filter(|line| *line == "#EXT-X-DISCONTINUITY")
                .count(),
            ended: text.lines().any(|line| line == "#EXT-X-ENDLIST"),
            text,
        }
    }

    /// The number of the segment after the last one.
    pub(crate) fn next(&self) -> u64 {
        self.media_sequence + self.durations.len() as u64
    }
}

/// One packet of an elementary stream.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub(crate) video: bool,
    /// Seconds.
    pub(crate) pts: f64,
    /// Seconds.
    pub(crate) dts: f64,
    pub(crate) hash: String,
}

/// The packets that ffprobe sees in the first seconds of a stream. It must have nothing to warn of.
pub(crate) fn packets(source: &str, seconds: u32) -> Vec<Packet> {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "warning",
            "-read_intervals",
            &format!("%+{seconds}"),
            "-show_packets",
        ])
        .args([
            "-show_data_hash",
            "md5",
            "-show_entries",
            "packet=codec_type,pts_time,dts_time,data_hash",
        ])
        .args(["-of", "json", source])
        .stdin(Stdio::null())
        .output()
        .expect("ffprobe is needed: apt-get install ffmpeg");
    let complaints = of_note(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "ffprobe of {source}: {complaints}"
    );
    let report: Value = serde_json::from_slice(&output.stdout).expect("ffprobe's report");
    let number = |packet: &Value, name: &str| packet[name].as_str().expect(name).parse::<f64>().expect(name);
    let packets = report["packets"].as_array().expect("packets").iter();
    packets
        .map(|packet| Packet {
            video: packet["codec_type"] == "video",
            pts: number(packet, "pts_time"),
            dts: number(packet, "dts_time"),
            hash: packet["data_hash"].as_str().expect("a hash").to_owned(),
        })
        .collect()
}

/// Plays a stream with ffmpeg for some seconds from near its live edge, decoding it; answers what it had to
/// complain of.
pub(crate) fn complaints(url: &str, seconds: u32) -> String {
    play(url, seconds, "-3")
}

/// The same from the oldest segment in the playlist.
pub(crate) fn complaints_from_the_oldest(url: &str, seconds: u32) -> String {
    play(url, seconds, "0")
}

fn play(url: &str, seconds: u32, first_segment: &str) -> String {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "warning", "-t", &seconds.to_string()])
        .args(["-live_start_index", first_segment, "-i", url])
        .args(["-fps_mode", "passthrough", "-enc_time_base", "1:90000"])
        .args(["-f", "null", "-"])
        .output()
        .expect("ffmpeg is needed: apt-get install ffmpeg");
    assert!(
        output.status.success(),
        "ffmpeg can't play: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    of_note(&output.stderr)
}

/// Has GStreamer play a stream for some seconds, decoding pictures and sound; answers how many buffers of each came out.
pub(crate) fn gstreamer(url: &str, seconds: u32) -> (usize, usize) {
    let mut command = Command::new("timeout");
    command.args([&seconds.to_string(), "gst-launch-1.0", "-v", "uridecodebin3"]);
    command.args([&format!("uri={url}"), "name=from"]);
    for (pad, sink) in [("from.video_0", "pictures"), ("from.audio_0", "sounds")] {
        command.args([pad, "!", "queue", "!", "fakesink", "silent=false", "sync=false"]);
        command.arg(format!("name={sink}"));
    }
    // It is ended by the clock: a live stream has no end of its own.
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("timeout is needed: apt-get install coreutils");
    let told = String::from_utf8_lossy(&output.stdout);
    let errors: Vec<_> = told.lines().filter(|line| line.starts_with("ERROR")).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let came = |sink: &str| {
        let chained = format!("chain   ******* ({sink}:sink)");
        told.lines().filter(|line| line.contains(&chained)).count()
    };
    (came("pictures"), came("sounds"))
}

/// What is to be noted of what ffmpeg printed. It loads the init segment of a live playlist again after each reload,
/// and complains of its own doing, whoever made the playlist.
fn of_note(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let own = |line: &&str| {
        line.ends_with("Found duplicated MOOV Atom. Skipped it") || line.contains("Last message repeated")
    };
    text.lines()
        .filter(|line| !own(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Asserts that decoding times rise in each track.
pub(crate) fn assert_decoding_times_rise(packets: &[Packet]) {
    for video in [true, false] {
        let track: Vec<_> = packets.iter().filter(|packet| packet.video == video).collect();
        assert!(track.len() > 30, "only {} packets, video {video}", track.len());
        for pair in track.windows(2) {
            assert!(pair[1].dts > pair[0].dts, "decoding times do not rise: {pair:?}");
        }
    }
}

/// Milliseconds by which sound moved against the picture between what was sent and what was played: each played
/// packet is found again in the source by its bytes.
pub(crate) fn drift(source: &Path, played: &[Packet]) -> f64 {
    let sent = packets(source.to_str().expect("a path in UTF-8"), 3_600);
    let sent: HashMap<_, _> = sent
        .iter()
        .map(|packet| (packet.hash.as_str(), packet.pts))
        .collect();
    let moved = |video: bool| {
        let mut moved: Vec<_> = played
            .iter()
            .filter(|packet| packet.video == video)
            .filter_map(|packet| sent.get(packet.hash.as_str()).map(|pts| packet.pts - pts))
            .collect();
        assert!(
            moved.len() > 30,
            "only {} played packets are known, video {video}",
            moved.len()
        );
        moved.sort_by(f64::total_cmp);
        (moved[0], moved[moved.len() - 1])
    };
    let (picture, sound) = (moved(true), moved(false));
    (picture.1 - sound.0).abs().max((sound.1 - picture.0).abs()) * 1_000.0
}

/// Opens the watch page in headless Chromium and answers its report.
pub(crate) fn browser(page: &str, seconds: u32, screenshot: Option<&Path>) -> Value {
    open(page, &["--seconds", &seconds.to_string()], screenshot)
}

/// The same of a page whose certificate nobody vouches for.
pub(crate) fn browser_by_tls(page: &str, seconds: u32) -> Value {
    open(page, &["--insecure", "--seconds", &seconds.to_string()], None)
}

/// Opens the watch page in headless Chromium, waits for that headline over the picture, and answers its report.
pub(crate) fn browser_is_told(page: &str, headline: &str) -> Value {
    open(page, &["--expect", headline], None)
}

fn open(page: &str, options: &[&str], screenshot: Option<&Path>) -> Value {
    let web = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web");
    let mut command = Command::new("node");
    command
        .current_dir(web)
        .args(["test/watch.mjs", page])
        .args(options);
    if let Some(file) = screenshot {
        command.arg("--screenshot").arg(file);
    }
    let output = command
        .output()
        .expect("node is needed: scripts/setup-tests installs it");
    assert!(
        output.status.success(),
        "the page did not play: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("the browser's report")
}

/// dash.js in headless Chromium, while it plays.
pub(crate) struct Dash {
    node: Child,
    report: BufReader<ChildStdout>,
}

/// Opens a manifest with it, and waits for the first picture; `seconds` count from there.
#[track_caller]
pub(crate) fn dash(manifest: &str, seconds: u32) -> Dash {
    let web = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web");
    let mut node = Command::new("node")
        .current_dir(web)
        .args(["test/dash.mjs", manifest, "--seconds", &seconds.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is needed: scripts/setup-tests installs it");
    let mut report = BufReader::new(node.stdout.take().expect("a pipe"));
    let mut line = String::new();
    report.read_line(&mut line).expect("a line");
    assert_eq!(line, "playing\n", "dash.js does not play");
    Dash { node, report }
}

impl Dash {
    /// Its report at the end.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Value {
        let mut line = String::new();
        self.report.read_line(&mut line).expect("a line");
        assert!(
            self.node.wait().expect("node ends").success(),
            "dash.js did not play: {line}"
        );
        serde_json::from_str(&line).expect("the browser's report")
    }
}
