//! The media presentation description (ISO/IEC 23009-1, 5.3) of a live stream, and of one that is over.

use std::fmt::{self, Write};

use super::duration::{Duration, Seconds};
use super::timeline::{self, Span};
use crate::packaging::Track;
use crate::packaging::hls::DateTime;
use crate::{SessionId, UnixMicros};

/// Target durations that a player without low latency stays behind live.
const DELAY: u64 = 2;

/// How fast or slow a player may play to keep its latency, in hundredths.
const PLAYBACK_RATE: (u32, u32) = (95, 105);

/// What a manifest says.
#[derive(Debug)]
pub(crate) struct Mpd {
    /// The wall clock's time at which the presentation's time is 0.
    pub(crate) start: UnixMicros,
    /// When there was last something new to say.
    pub(crate) published: UnixMicros,
    /// How long the presentation is, in microseconds, once it is over.
    pub(crate) ended: Option<u64>,
    /// The longest segment, in seconds.
    pub(crate) target: u32,
    /// How much is listed, in microseconds.
    pub(crate) window: u64,
    /// How far a player with low latency stays behind live, in milliseconds.
    pub(crate) latency: u32,
    pub(crate) periods: Vec<Period>,
}

/// A stretch without discontinuity.
#[derive(Debug)]
pub(crate) struct Period {
    pub(crate) session: SessionId,
    /// Counts the periods of a session.
    pub(crate) number: u64,
    /// When it begins, in microseconds of the presentation's time.
    pub(crate) start: u64,
    pub(crate) sets: Vec<AdaptationSet>,
}

/// The one representation of a track.
#[derive(Debug)]
pub(crate) struct AdaptationSet {
    pub(crate) track: Track,
    /// The index of the init segment.
    pub(crate) init: u32,
    pub(crate) codec: String,
    pub(crate) resolution: Option<(u16, u16)>,
    /// Thousandths of a frame a second.
    pub(crate) frame_rate: Option<u64>,
    pub(crate) channels: Option<u8>,
    pub(crate) bits_per_second: u64,
    /// Whether each segment begins with a sample that a decoder can start with.
    pub(crate) independent: bool,
    /// Ticks a second.
    pub(crate) timescale: u32,
    /// The media's time, in ticks, at which the period begins.
    pub(crate) offset: u64,
    /// How long before its end a segment can be asked for, in microseconds.
    pub(crate) early: u64,
    pub(crate) spans: Vec<Span>,
}

impl Mpd {
    pub(crate) fn render(&self) -> String {
        let mut text = String::with_capacity(4_096);
        self.write(&mut text).ok();
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let target = u64::from(self.target) * 1_000_000;
        let kind = if self.ended.is_some() { "static" } else { "dynamic" };
        writeln!(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            text,
            "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" \
             type=\"{kind}\"\n    availabilityStartTime=\"{}\" publishTime=\"{}\"",
            DateTime(self.start),
            DateTime(self.published)
        )?;
        write!(text, "    ")?;
        if let Some(duration) = self.ended {
            write!(text, "mediaPresentationDuration=\"{}\"", Duration(duration))?;
        } else {
            // A player learns within half a segment that the next one has begun.
            write!(
                text,
                "minimumUpdatePeriod=\"{}\" timeShiftBufferDepth=\"{}\" suggestedPresentationDelay=\"{}\"",
                Duration(target / 2),
                Duration(self.window),
                Duration(target * DELAY)
            )?;
        }
        writeln!(
            text,
            " maxSegmentDuration=\"{}\" minBufferTime=\"{}\">",
            Duration(target + 500_000),
            Duration(target)
        )?;
        if self.ended.is_none() {
            self.write_latency(text)?;
        }
        for period in &self.periods {
            period.write(text, self.ended.is_none())?;
        }
        if self.ended.is_none() {
            writeln!(
                text,
                "  <UTCTiming schemeIdUri=\"urn:mpeg:dash:utc:http-xsdate:2014\" value=\"time\"/>"
            )?;
        }
        writeln!(text, "</MPD>")
    }

    fn write_latency(&self, text: &mut String) -> fmt::Result {
        let (slow, fast) = PLAYBACK_RATE;
        writeln!(text, "  <ServiceDescription id=\"0\">")?;
        writeln!(
            text,
            "    <Latency target=\"{}\" min=\"{}\" max=\"{}\"/>",
            self.latency,
            self.latency / 2,
            self.latency * 3
        )?;
        writeln!(
            text,
            "    <PlaybackRate min=\"{}.{:02}\" max=\"{}.{:02}\"/>",
            slow / 100,
            slow % 100,
            fast / 100,
            fast % 100
        )?;
        writeln!(text, "  </ServiceDescription>")
    }
}

impl Period {
    fn write(&self, text: &mut String, live: bool) -> fmt::Result {
        writeln!(
            text,
            "  <Period id=\"{}-{}\" start=\"{}\">",
            self.session,
            self.number,
            Duration(self.start)
        )?;
        for set in &self.sets {
            set.write(self.session, live, text)?;
        }
        writeln!(text, "  </Period>")
    }
}

impl AdaptationSet {
    fn write(&self, session: SessionId, live: bool, text: &mut String) -> fmt::Result {
        let letter = self.track.letter();
        let (id, content) = match self.track {
            Track::Video => (1, "video"),
            Track::Audio => (2, "audio"),
        };
        write!(
            text,
            "    <AdaptationSet id=\"{id}\" contentType=\"{content}\" mimeType=\"{}\" segmentAlignment=\"true\"",
            self.track.content_type()
        )?;
        if self.independent {
            write!(text, " startWithSAP=\"1\"")?;
        }
        writeln!(text, ">")?;
        write!(
            text,
            "      <Representation id=\"{letter}\" bandwidth=\"{}\" codecs=\"{}\"",
            self.bits_per_second.max(1),
            self.codec
        )?;
        if let Some((width, height)) = self.resolution {
            write!(text, " width=\"{width}\" height=\"{height}\"")?;
        }
        match self.frame_rate {
            Some(rate) if rate % 1_000 == 0 => write!(text, " frameRate=\"{}\"", rate / 1_000)?,
            Some(rate) => write!(text, " frameRate=\"{rate}/1000\"")?,
            None => {}
        }
        if self.track == Track::Audio {
            write!(text, " audioSamplingRate=\"{}\"", self.timescale)?;
        }
        writeln!(text, ">")?;
        if let Some(channels) = self.channels {
            writeln!(
                text,
                "        <AudioChannelConfiguration \
                 schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"{channels}\"/>"
            )?;
        }
        self.write_template(session, live, text)?;
        writeln!(text, "      </Representation>\n    </AdaptationSet>")
    }

    /// Segments are named by their time (5.3.9.4.4). ffmpeg takes the number of a segment for its place in the timeline
    /// when it reads a manifest again, and so plays the window once more if the first number is not 0.
    fn write_template(&self, session: SessionId, live: bool, text: &mut String) -> fmt::Result {
        let letter = self.track.letter();
        write!(
            text,
            "        <SegmentTemplate timescale=\"{}\" presentationTimeOffset=\"{}\"",
            self.timescale, self.offset
        )?;
        if live && self.early > 0 {
            write!(
                text,
                " availabilityTimeOffset=\"{}\" availabilityTimeComplete=\"false\"",
                Seconds(self.early)
            )?;
        }
        writeln!(
            text,
            "\n            initialization=\"{session}/{letter}-init-{0}.mp4\" media=\"{session}/{letter}-{0}-$Time$.m4s\">",
            self.init
        )?;
        timeline::write(&self.spans, text)?;
        writeln!(text, "        </SegmentTemplate>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets() -> Vec<AdaptationSet> {
        let video = AdaptationSet {
            track: Track::Video,
            init: 0,
            codec: "avc1.64001e".to_owned(),
            resolution: Some((640, 360)),
            frame_rate: Some(29_970),
            channels: None,
            bits_per_second: 900_000,
            independent: true,
            timescale: 90_000,
            offset: 6_000,
            early: 1_666_000,
            spans: vec![
                Span {
                    time: 0,
                    duration: 180_000,
                },
                Span {
                    time: 180_000,
                    duration: 180_000,
                },
            ],
        };
        let audio = AdaptationSet {
            track: Track::Audio,
            codec: "mp4a.40.2".to_owned(),
            resolution: None,
            frame_rate: None,
            channels: Some(2),
            timescale: 48_000,
            offset: 3_200,
            spans: vec![Span {
                time: 3_072,
                duration: 96_256,
            }],
            ..video_of(&video)
        };
        vec![video, audio]
    }

    fn video_of(video: &AdaptationSet) -> AdaptationSet {
        AdaptationSet {
            codec: video.codec.clone(),
            spans: Vec::new(),
            ..*video
        }
    }

    fn mpd(ended: Option<u64>) -> String {
        Mpd {
            start: UnixMicros(1_700_000_000_000_000),
            published: UnixMicros(1_700_000_004_500_000),
            ended,
            target: 2,
            window: 12_000_000,
            latency: 1_002,
            periods: vec![Period {
                session: SessionId(1),
                number: 1,
                start: 500_000,
                sets: sets(),
            }],
        }
        .render()
    }

    #[test]
    fn a_live_manifest_says_how_to_keep_up() {
        assert_eq!(
            mpd(None),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic"
    availabilityStartTime="2023-11-14T22:13:20.000Z" publishTime="2023-11-14T22:13:24.500Z"
    minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT12S" suggestedPresentationDelay="PT4S" maxSegmentDuration="PT2.5S" minBufferTime="PT2S">
  <ServiceDescription id="0">
    <Latency target="1002" min="501" max="3006"/>
    <PlaybackRate min="0.95" max="1.05"/>
  </ServiceDescription>
  <Period id="0000000000000001-1" start="PT0.5S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Representation id="v" bandwidth="900000" codecs="avc1.64001e" width="640" height="360" frameRate="29970/1000">
        <SegmentTemplate timescale="90000" presentationTimeOffset="6000" availabilityTimeOffset="1.666" availabilityTimeComplete="false"
            initialization="0000000000000001/v-init-0.mp4" media="0000000000000001/v-0-$Time$.m4s">
          <SegmentTimeline>
            <S t="0" d="180000" r="1"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <Representation id="a" bandwidth="900000" codecs="mp4a.40.2" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <SegmentTemplate timescale="48000" presentationTimeOffset="3200" availabilityTimeOffset="1.666" availabilityTimeComplete="false"
            initialization="0000000000000001/a-init-0.mp4" media="0000000000000001/a-0-$Time$.m4s">
          <SegmentTimeline>
            <S t="3072" d="96256"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="time"/>
</MPD>
"#
        );
    }

    #[test]
    fn one_that_is_over_says_how_long_it_was() {
        let text = mpd(Some(4_500_000));
        assert!(
            text.contains("type=\"static\"") && text.contains("mediaPresentationDuration=\"PT4.5S\""),
            "{text}"
        );
        for live in [
            "minimumUpdatePeriod",
            "UTCTiming",
            "availabilityTimeOffset",
            "ServiceDescription",
        ] {
            assert!(!text.contains(live), "{text}");
        }
    }
}
