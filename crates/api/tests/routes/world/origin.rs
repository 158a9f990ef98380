//! Media for tests: a few files, and what goes wrong with some.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use ports::media::{Answer as Media, Body, Cut, Directives, Freshness, Origin, OriginError, PlayPath};
use tokio::sync::watch;

/// Has a playlist, a segment of 150,000 bytes, one of 64 MiB more that counts who holds it, and things that go wrong.
pub(super) struct TestOrigin {
    pub(super) huge_answers: watch::Sender<usize>,
}

/// Media that tells when it is freed.
struct Counted(Vec<u8>, watch::Sender<usize>);

impl Counted {
    fn new(holders: &watch::Sender<usize>) -> Self {
        holders.send_modify(|count| *count += 1);
        Self(vec![0; 64 << 20], holders.clone())
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.send_modify(|count| *count -= 1);
    }
}

#[async_trait]
impl Origin for TestOrigin {
    async fn fetch(&self, path: &PlayPath, directives: Directives) -> Result<Media, OriginError> {
        match path.resource.as_str() {
            "index.m3u8" => Ok(Media {
                body: Body::Parts(vec![
                    Bytes::from_static(b"#EXTM3U\n"),
                    Bytes::from_static(b"#EXT-X\n"),
                ]),
                content_type: "application/vnd.apple.mpegurl",
                freshness: Freshness::Revalidate,
                tag: Some("v1".to_owned()),
            }),
            "video/1.m4s" => Ok(Media {
                body: Body::Parts(vec![segment().slice(..100), segment().slice(100..)]),
                content_type: "video/iso.segment",
                freshness: Freshness::Immutable,
                tag: None,
            }),
            "huge.m4s" => Ok(Media {
                body: Body::Parts(vec![
                    segment(),
                    Bytes::from_owner(Counted::new(&self.huge_answers)),
                ]),
                content_type: "video/iso.segment",
                freshness: Freshness::Immutable,
                tag: None,
            }),
            "video.m3u8" => match directives.until {
                Some(until) if until.msn > 100 => Err(OriginError::TooFar),
                until => Ok(Media {
                    body: Body::Parts(vec![Bytes::from(format!("{directives:?}"))]),
                    content_type: "application/vnd.apple.mpegurl",
                    freshness: until
                        .map_or(Freshness::Revalidate, |_| Freshness::For(Duration::from_secs(12))),
                    tag: Some("v2".to_owned()),
                }),
            },
            "growing.m4s" => Ok(Media {
                body: Body::Endless(Box::pin(stream::iter([
                    Ok(segment().slice(..100)),
                    Ok(segment().slice(100..)),
                ]))),
                content_type: "video/iso.segment",
                freshness: Freshness::Immutable,
                tag: None,
            }),
            "cut.m4s" => Ok(Media {
                body: Body::Endless(Box::pin(stream::iter([Ok(segment()), Err(Cut)]))),
                content_type: "video/iso.segment",
                freshness: Freshness::Immutable,
                tag: None,
            }),
            "soon.m3u8" => Err(OriginError::NotYet),
            "late.m3u8" => std::future::pending().await,
            "broken.m3u8" => panic!("the origin fell over"),
            _ => Err(OriginError::NotFound),
        }
    }

    fn lingers(&self) -> Duration {
        Duration::from_secs(72)
    }
}

/// The bytes of `video/1.m4s`.
pub(crate) fn segment() -> Bytes {
    (0..150_000_u32)
        .map(|n| n.to_le_bytes()[0])
        .collect::<Vec<_>>()
        .into()
}
