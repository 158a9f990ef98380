//! An origin that answers every player with the path that it asked for.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use ports::media::{Answer, Body, Directives, Freshness, OriginError, PlayPath};

/// Answers `index.m3u8` and `segment.m4s` with a text that names key, view and resource, and the directives if there
/// are any; has nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin;

#[async_trait]
impl ports::media::Origin for Origin {
    async fn fetch(&self, path: &PlayPath, directives: Directives) -> Result<Answer, OriginError> {
        let (content_type, freshness) = match path.resource.as_str() {
            "index.m3u8" => ("application/vnd.apple.mpegurl", Freshness::Revalidate),
            "segment.m4s" => ("video/mp4", Freshness::Immutable),
            "soon.m3u8" => return Err(OriginError::NotYet),
            _ => return Err(OriginError::NotFound),
        };
        let mut text = format!("{} {:?} {}", path.key, path.view, path.resource);
        if directives != Directives::default() {
            text = format!("{text} {directives:?}");
        }
        let (head, tail) = text.split_at(text.len() / 2);
        let body = Body::Parts(vec![Bytes::from(head.to_owned()), Bytes::from(tail.to_owned())]);
        Ok(Answer {
            body,
            content_type,
            freshness,
            tag: Some(format!("{}", text.len())),
        })
    }

    fn lingers(&self) -> Duration {
        Duration::from_secs(72)
    }
}
