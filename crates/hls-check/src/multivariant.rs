//! A multivariant playlist, read without judging it.

use crate::text::{Tag, attribute, tag, tags};

/// What a multivariant playlist says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Multivariant {
    /// The whole text.
    pub text: String,
    /// Every tag, in order.
    pub tags: Vec<Tag>,
    /// The attributes of each `EXT-X-STREAM-INF`, and the address in the line behind it.
    pub variants: Vec<(String, Option<String>)>,
    /// The attributes of each `EXT-X-MEDIA`.
    pub renditions: Vec<String>,
}

impl Multivariant {
    /// Reads a playlist; what it does not know it passes over.
    pub fn parse(text: &str) -> Self {
        let mut playlist = Self {
            text: text.to_owned(),
            tags: tags(text),
            ..Self::default()
        };
        let mut waits = false;
        for line in text.lines() {
            match tag(line) {
                Some(tag) if tag.name == "STREAM-INF" => {
                    playlist.variants.push((tag.value, None));
                    waits = true;
                    continue;
                }
                Some(tag) if tag.name == "MEDIA" => playlist.renditions.push(tag.value),
                None if !line.starts_with('#') && !line.is_empty() && waits => {
                    if let Some((_, address)) = playlist.variants.last_mut() {
                        *address = Some(line.to_owned());
                    }
                }
                _ => {}
            }
            waits = false;
        }
        playlist
    }

    /// The addresses of all media playlists, each once, variants first.
    pub fn media_playlists(&self) -> Vec<String> {
        let variants = self.variants.iter().filter_map(|(_, address)| address.clone());
        let renditions = self.renditions.iter();
        let renditions = renditions.filter_map(|list| attribute(list, "URI").map(str::to_owned));
        let mut all: Vec<String> = Vec::new();
        for address in variants.chain(renditions) {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlists_are_found_once_each() {
        let playlist = Multivariant::parse(
            "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"A\",URI=\"a.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n# no address\na.m3u8\n",
        );
        assert_eq!(playlist.media_playlists(), ["v.m3u8", "a.m3u8"]);
        assert_eq!(playlist.variants[1], ("BANDWIDTH=2".to_owned(), None));
    }
}
