//! The playlist that ties the renditions together (RFC 8216bis, 4.4.6).

use std::fmt::Write;

/// What a multivariant playlist says.
#[derive(Debug, Default)]
pub(crate) struct Multivariant {
    pub(crate) picture: Option<Picture>,
    pub(crate) sound: Option<Sound>,
    /// The highest bit rate of any segment, of all renditions together.
    pub(crate) peak_bits_per_second: u64,
    /// The average bit rate of all segments, of all renditions together.
    pub(crate) average_bits_per_second: u64,
    /// Whether every segment can be decoded by itself.
    pub(crate) independent: bool,
}

/// What is said of video.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    pub(crate) codecs: Vec<String>,
    pub(crate) resolution: Option<(u16, u16)>,
    /// Thousandths of a frame a second.
    pub(crate) frame_rate: Option<u64>,
}

/// What is said of audio.
#[derive(Debug, Default)]
pub(crate) struct Sound {
    pub(crate) codecs: Vec<String>,
    pub(crate) channels: Option<u8>,
}

impl Multivariant {
    pub(crate) fn render(&self) -> String {
        let mut text = String::with_capacity(512);
        self.write(&mut text).ok();
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "#EXTM3U\n#EXT-X-VERSION:6")?;
        if self.independent {
            writeln!(text, "#EXT-X-INDEPENDENT-SEGMENTS")?;
        }
        let group = self.picture.is_some() && self.sound.is_some();
        if let Some(sound) = self.sound.as_ref().filter(|_| group) {
            write!(
                text,
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Audio\",DEFAULT=YES,AUTOSELECT=YES"
            )?;
            if let Some(channels) = sound.channels {
                write!(text, ",CHANNELS=\"{channels}\"")?;
            }
            writeln!(text, ",URI=\"audio.m3u8\"")?;
        }
        write!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={}",
            self.peak_bits_per_second, self.average_bits_per_second
        )?;
        let picture_codecs = self.picture.iter().flat_map(|picture| &picture.codecs);
        let sound_codecs = self.sound.iter().flat_map(|sound| &sound.codecs);
        let codecs: Vec<_> = picture_codecs.chain(sound_codecs).map(String::as_str).collect();
        write!(text, ",CODECS=\"{}\"", codecs.join(","))?;
        if let Some(picture) = &self.picture {
            if let Some((width, height)) = picture.resolution {
                write!(text, ",RESOLUTION={width}x{height}")?;
            }
            if let Some(rate) = picture.frame_rate {
                write!(text, ",FRAME-RATE={}.{:03}", rate / 1_000, rate % 1_000)?;
            }
        }
        if group {
            write!(text, ",AUDIO=\"audio\"")?;
        }
        let uri = if self.picture.is_some() {
            "video.m3u8"
        } else {
            "audio.m3u8"
        };
        writeln!(text, "\n{uri}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture {
            codecs: vec!["avc1.64001e".to_owned()],
            resolution: Some((640, 360)),
            frame_rate: Some(29_970),
        }
    }

    fn sound() -> Sound {
        Sound {
            codecs: vec!["mp4a.40.2".to_owned()],
            channels: Some(2),
        }
    }

    fn render(picture: Option<Picture>, sound: Option<Sound>) -> String {
        Multivariant {
            picture,
            sound,
            peak_bits_per_second: 900_000,
            average_bits_per_second: 700_000,
            independent: true,
        }
        .render()
    }

    #[test]
    fn video_and_audio_are_tied_by_a_group() {
        assert_eq!(
            render(Some(picture()), Some(sound())),
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Audio\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",\
             URI=\"audio.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,CODECS=\"avc1.64001e,mp4a.40.2\",\
             RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO=\"audio\"\n\
             video.m3u8\n"
        );
    }

    #[test]
    fn one_track_needs_no_group() {
        let video = render(Some(picture()), None);
        assert!(
            !video.contains("AUDIO") && video.ends_with("\nvideo.m3u8\n"),
            "{video}"
        );
        let audio = render(None, Some(sound()));
        assert!(
            !audio.contains("MEDIA:") && audio.ends_with("CODECS=\"mp4a.40.2\"\naudio.m3u8\n"),
            "{audio}"
        );
    }
}
