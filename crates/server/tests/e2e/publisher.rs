//! Real encoders that publish.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// An encoder that is ended when this is dropped.
pub(crate) struct Encoder(Child);

impl Encoder {
    /// Ends it without a farewell, as a crash or a pulled plug would.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("the encoder can be ended");
        self.0.wait().expect("the encoder ends");
    }

    /// Stops it where it stands, as a network that is gone would: nothing is sent any more, and nothing closed.
    pub(crate) fn freeze(&self) {
        let stopped = Command::new("kill")
            .args(["-STOP", &self.0.id().to_string()])
            .status();
        assert!(stopped.expect("kill is needed").success());
    }

    /// Waits until it ends by itself, and says whether it was content.
    pub(crate) fn finishes(mut self) -> bool {
        self.0.wait().expect("the encoder ends").success()
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn(mut command: Command, package: &str) -> Encoder {
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    Encoder(child.unwrap_or_else(|error| panic!("{program} is needed ({error}): apt-get install {package}")))
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]);
    command
}

const PICTURE: &str = "testsrc2=size=640x360:rate=30";
const SOUND: &str = "sine=frequency=440:sample_rate=48000";
const H264: [&str; 10] = [
    "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60", "-b:v", "600k",
];
const AAC: [&str; 4] = ["-c:a", "aac", "-b:a", "96k"];

/// ffmpeg encoding a test picture with B-frames and a tone, in real time.
pub(crate) fn picture_and_sound(address: &str) -> Encoder {
    let mut command = ffmpeg();
    command.args(["-re", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND]);
    command
        .args(H264)
        .args(["-bf", "2"])
        .args(AAC)
        .args(["-f", "flv", address]);
    spawn(command, "ffmpeg")
}

/// The same in another size.
pub(crate) fn larger_picture_and_sound(address: &str) -> Encoder {
    let mut command = ffmpeg();
    command.args([
        "-re",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=854x480:rate=30",
        "-f",
        "lavfi",
        "-i",
        SOUND,
    ]);
    command
        .args(H264)
        .args(["-bf", "2"])
        .args(AAC)
        .args(["-f", "flv", address]);
    spawn(command, "ffmpeg")
}

/// ffmpeg encoding a tone only.
pub(crate) fn sound_only(address: &str) -> Encoder {
    let mut command = ffmpeg();
    command
        .args(["-re", "-f", "lavfi", "-i", SOUND])
        .args(AAC)
        .args(["-f", "flv", address]);
    spawn(command, "ffmpeg")
}

/// ffmpeg encoding a test picture only.
pub(crate) fn picture_only(address: &str) -> Encoder {
    let mut command = ffmpeg();
    command
        .args(["-re", "-f", "lavfi", "-i", PICTURE])
        .args(H264)
        .args(["-f", "flv", address]);
    spawn(command, "ffmpeg")
}

/// ffmpeg encoding a test picture only, with a key frame every six seconds.
pub(crate) fn rare_key_frames(address: &str) -> Encoder {
    let mut command = ffmpeg();
    command
        .args(["-re", "-f", "lavfi", "-i", PICTURE])
        .args(H264)
        .args(["-g", "180", "-sc_threshold", "0", "-f", "flv", address]);
    spawn(command, "ffmpeg")
}

/// ffmpeg sending a clip as it is, over and over, in real time.
pub(crate) fn looped_clip(path: &Path, address: &str) -> Encoder {
    let mut command = ffmpeg();
    command
        .args(["-re", "-stream_loop", "-1", "-i"])
        .arg(path)
        .args(["-c", "copy", "-f", "flv", address]);
    spawn(command, "ffmpeg")
}

/// ffmpeg sending a clip as it is, in real time.
pub(crate) fn clip(path: &Path, address: &str) -> Encoder {
    let mut command = ffmpeg();
    command
        .args(["-re", "-i"])
        .arg(path)
        .args(["-c", "copy", "-f", "flv", address]);
    spawn(command, "ffmpeg")
}

/// A newer ffmpeg, which speaks enhanced RTMP, encoding AV1 and Opus in real time.
pub(crate) fn av1_and_opus(address: &str) -> Encoder {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/ffmpeg");
    let mut command = Command::new(program);
    command.args(["-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", PICTURE]);
    command.args(["-f", "lavfi", "-i", SOUND, "-pix_fmt", "yuv420p"]);
    command.args(["-c:v", "libsvtav1", "-preset", "12", "-g", "60", "-b:v", "600k"]);
    command.args(["-c:a", "libopus", "-ac", "2", "-b:a", "64k", "-f", "flv", address]);
    spawn(command, "(scripts/setup-tests puts it into target/tools)")
}

/// GStreamer encoding a test picture and a tone, through its own RTMP client.
pub(crate) fn gstreamer(address: &str) -> Encoder {
    let mut command = Command::new("gst-launch-1.0");
    command.args([
        "-q",
        "videotestsrc",
        "is-live=true",
        "!",
        "video/x-raw,width=640,height=360,framerate=30/1",
    ]);
    command.args([
        "!",
        "x264enc",
        "key-int-max=60",
        "bitrate=600",
        "speed-preset=veryfast",
        "bframes=2",
    ]);
    command.args(["!", "h264parse", "!", "flvmux", "streamable=true", "name=mux"]);
    command.args(["!", "rtmp2sink", &format!("location={address}")]);
    command.args([
        "audiotestsrc",
        "is-live=true",
        "!",
        "audio/x-raw,rate=48000,channels=2",
    ]);
    command.args(["!", "avenc_aac", "!", "aacparse", "!", "mux."]);
    spawn(
        command,
        "gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav",
    )
}

/// A clip of some seconds with B-frames and AAC, made by ffmpeg.
pub(crate) fn make_clip(directory: &Path, seconds: u32) -> PathBuf {
    let path = directory.join("clip.flv");
    let mut command = ffmpeg();
    command.args([
        "-f",
        "lavfi",
        "-i",
        PICTURE,
        "-f",
        "lavfi",
        "-i",
        SOUND,
        "-t",
        &seconds.to_string(),
    ]);
    command.args(H264).args(["-bf", "2"]).args(AAC).arg(&path);
    assert!(spawn(command, "ffmpeg").finishes(), "ffmpeg makes the clip");
    path
}
