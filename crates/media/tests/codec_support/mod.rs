//! A publisher that speaks enhanced RTMP: an ffmpeg newer than that of the distribution.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use media::Media;

fn newer_ffmpeg(arguments: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/ffmpeg");
    assert!(
        path.exists(),
        "an ffmpeg that speaks enhanced RTMP must be at target/tools/ffmpeg for this test: scripts/setup-tests puts it there"
    );
    let mut command = Command::new(path);
    command
        .args(["-v", "error", "-nostdin"])
        .args(arguments.split_whitespace())
        .env("SVT_LOG", "1");
    command
}

fn run(mut command: Command) -> Vec<u8> {
    let output = command.output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {messages}");
    output.stdout
}

/// Makes a clip; `arguments` are inputs and encoders.
pub(crate) fn enhanced_clip(arguments: &str) -> Vec<Media> {
    let mut command = newer_ffmpeg(arguments);
    command.args("-flvflags no_duration_filesize -f flv -".split(' '));
    media::flv::read_file(&Bytes::from(run(command))).unwrap()
}

/// Publishes by RTMP, as fast as it goes; `arguments` are inputs and encoders.
pub(crate) async fn publish_to(url: String, arguments: String) {
    tokio::task::spawn_blocking(move || {
        let mut command = newer_ffmpeg(&arguments);
        command.args(["-f", "flv", &url]);
        run(command);
    })
    .await
    .unwrap();
}

/// Moving bars at 30 frames a second, and a tone.
pub(crate) const INPUTS: &str =
    "-f lavfi -i testsrc2=size=320x180:rate=30 -f lavfi -i sine=frequency=440:sample_rate=48000";
