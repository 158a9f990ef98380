//! What a broadcaster should hear of, with what to do about it.

use std::fmt;
use std::time::Duration;

/// Something about an ingest that its viewers notice, or soon will. Its `Display` is for the broadcaster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Nothing comes.
    NothingReceived {
        /// For so long.
        silent: Duration,
    },
    /// Media comes slower than it is to be played.
    TooSlow {
        /// So much of it came,
        came: Duration,
        /// in this time.
        within: Duration,
    },
    /// Soon the publisher will be disconnected for what it sends.
    BitrateNearLimit {
        /// Bits a second that come,
        bitrate: u64,
        /// and that may come.
        limit: u64,
    },
    /// Video has stopped, and audio goes on.
    VideoStopped {
        /// So long ago.
        silent: Duration,
    },
    /// Audio has stopped, and video goes on.
    AudioStopped {
        /// So long ago.
        silent: Duration,
    },
    /// There is video, and no audio at all.
    AudioMissing,
    /// Audio began after the broadcast, behind a discontinuity of its own.
    AudioLate {
        /// So long after video.
        late: Duration,
    },
    /// Key frames are so far apart that players wait for one.
    KeyFramesRare {
        /// The time between two,
        interval: Duration,
        /// and what is best.
        wanted: Duration,
    },
    /// A segment had to be cut without a key frame.
    SegmentCut {
        /// How many so far.
        cut: u64,
        /// The best time between key frames.
        wanted: Duration,
    },
    /// The encoder's clock has jumped.
    TimestampsJumped {
        /// By so many milliseconds; back, if it is less than nothing.
        by: i64,
        /// How often so far.
        times: u64,
    },
    /// Frames came that are in no segment.
    FramesDropped {
        /// How many so far.
        dropped: u64,
    },
}

impl Warning {
    /// Every code there is.
    pub const CODES: [&'static str; 11] = [
        "NOTHING_RECEIVED",
        "TOO_SLOW",
        "BITRATE_NEAR_LIMIT",
        "VIDEO_STOPPED",
        "AUDIO_STOPPED",
        "AUDIO_MISSING",
        "AUDIO_LATE",
        "KEY_FRAMES_RARE",
        "SEGMENT_CUT",
        "TIMESTAMPS_JUMPED",
        "FRAMES_DROPPED",
    ];

    /// Its name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NothingReceived { .. } => "NOTHING_RECEIVED",
            Self::TooSlow { .. } => "TOO_SLOW",
            Self::BitrateNearLimit { .. } => "BITRATE_NEAR_LIMIT",
            Self::VideoStopped { .. } => "VIDEO_STOPPED",
            Self::AudioStopped { .. } => "AUDIO_STOPPED",
            Self::AudioMissing => "AUDIO_MISSING",
            Self::AudioLate { .. } => "AUDIO_LATE",
            Self::KeyFramesRare { .. } => "KEY_FRAMES_RARE",
            Self::SegmentCut { .. } => "SEGMENT_CUT",
            Self::TimestampsJumped { .. } => "TIMESTAMPS_JUMPED",
            Self::FramesDropped { .. } => "FRAMES_DROPPED",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingReceived { silent } => write!(
                f,
                "nothing has come for {}: check the encoder and its network",
                Seconds(*silent)
            ),
            Self::TooSlow { came, within } => write!(
                f,
                "only {} of media came in {}: lower the encoder's bitrate or resolution, or give it a better network, \
                 or viewers will run dry",
                Seconds(*came),
                Seconds(*within)
            ),
            Self::BitrateNearLimit { bitrate, limit } => write!(
                f,
                "{} is near the limit of {}, above which the publisher is disconnected: lower the encoder's bitrate",
                Megabits(*bitrate),
                Megabits(*limit)
            ),
            Self::VideoStopped { silent } => write!(
                f,
                "no video for {}, while audio goes on: check the encoder's picture source",
                Seconds(*silent)
            ),
            Self::AudioStopped { silent } => write!(
                f,
                "no audio for {}, while video goes on: check the encoder's audio source",
                Seconds(*silent)
            ),
            Self::AudioMissing => f.write_str(
                "no audio has come: switch it on in the encoder, unless the broadcast is meant to be silent",
            ),
            Self::AudioLate { late } => write!(
                f,
                "audio began {} after video, and players had to start anew: let the encoder send both from the start",
                Seconds(*late)
            ),
            Self::KeyFramesRare { interval, wanted } => write!(
                f,
                "key frames every {}: set {} in the encoder",
                Seconds(*interval),
                Seconds(*wanted)
            ),
            Self::SegmentCut { cut, wanted } => write!(
                f,
                "{cut} segments were cut without a key frame, as none came in time: set the key frame interval to {} in \
                 the encoder",
                Seconds(*wanted)
            ),
            Self::TimestampsJumped { by, times } => {
                let way = if *by < 0 { "back" } else { "ahead" };
                write!(
                    f,
                    "the encoder's timestamps jumped {way} by {} (jumps so far: {times}), which viewers see as a break: \
                     check the encoder's source and its clock",
                    Seconds(Duration::from_millis(by.unsigned_abs()))
                )
            }
            Self::FramesDropped { dropped } => write!(
                f,
                "{dropped} frames could not be used so far: they were broken, or came before a key frame; check the \
                 encoder"
            ),
        }
    }
}

/// Whole seconds, or tenths where there are some.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0.as_millis() + 50) / 100;
        match tenths % 10 {
            0 => write!(f, "{} s", tenths / 10),
            tenth => write!(f, "{}.{tenth} s", tenths / 10),
        }
    }
}

/// Megabits a second, to the tenth.
struct Megabits(u64);

impl fmt::Display for Megabits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 + 50_000) / 100_000;
        write!(f, "{}.{} Mbit/s", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_say_what_to_do() {
        let rare = Warning::KeyFramesRare {
            interval: Duration::from_millis(8_340),
            wanted: Duration::from_secs(2),
        };
        assert_eq!(rare.to_string(), "key frames every 8.3 s: set 2 s in the encoder");
        let near = Warning::BitrateNearLimit {
            bitrate: 18_249_000,
            limit: 20_000_000,
        };
        assert!(
            near.to_string()
                .starts_with("18.2 Mbit/s is near the limit of 20.0 Mbit/s")
        );
        let back = Warning::TimestampsJumped {
            by: -3_600_000,
            times: 2,
        };
        assert!(
            back.to_string()
                .contains("jumped back by 3600 s (jumps so far: 2)")
        );
    }
}
