//! The clips that publishers send: 720p at some bitrate, each made by ffmpeg once and kept beside the build.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use media::Media;
use media::flv::{Looped, read_file};

/// Bits per second of the usual clip, video and audio.
pub const BITRATE: u64 = 2_500_000;

/// Kilobits per second of a clip's audio.
const AUDIO: u64 = 128;

/// The usual clip as an endless row of messages with rising timestamps.
pub fn looped() -> Result<Looped> {
    looped_at(BITRATE)
}

/// The same with so many bits per second, video and audio.
pub fn looped_at(bitrate: u64) -> Result<Looped> {
    let clip = read(bitrate / 1_000)?;
    let duration = Looped::duration_of(&clip);
    Ok(Looped::new(clip, duration))
}

fn read(kilobits: u64) -> Result<Vec<Media>> {
    let path = path(kilobits)?;
    if !path.exists() {
        make(&path, kilobits)?;
    }
    let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(read_file(&Bytes::from(bytes))?)
}

/// Beside the program: in the build's own directory.
fn path(kilobits: u64) -> Result<PathBuf> {
    let program = env::current_exe()?;
    Ok(program
        .parent()
        .context("the program is nowhere")?
        .join(format!("bench-clip-720p-{kilobits}k.flv")))
}

fn make(path: &PathBuf, kilobits: u64) -> Result<()> {
    eprintln!("making a clip of {kilobits} kbit/s (once)");
    let video = format!("{}k", kilobits.saturating_sub(AUDIO));
    let partial = path.with_extension("part.flv");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args([
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=1280x720:rate=30,noise=alls=12:allf=t",
        ])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"])
        .args([
            "-t", "8", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p",
        ])
        .args([
            "-b:v", &video, "-minrate", &video, "-maxrate", &video, "-bufsize", &video,
        ])
        .args([
            "-x264-params",
            "keyint=60:min-keyint=60:scenecut=0:nal-hrd=cbr:force-cfr=1",
        ])
        .args(["-c:a", "aac", "-b:a", "128k", "-f", "flv"])
        .arg(&partial)
        .stdin(Stdio::null())
        .status()
        .context("ffmpeg is needed to make the clip: apt-get install ffmpeg")?;
    ensure!(made.success(), "ffmpeg could not make the clip");
    Ok(fs::rename(partial, path)?)
}
