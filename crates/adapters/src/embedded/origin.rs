//! The played side: what the engine holds, under the port's words.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use media::UnixMicros;
use media::hub::{self, Hub, PlayError, PlayRequest};
use ports::media::{Answer, Body, Cut, Directives, Freshness, OriginError, PlayPath};

use super::{channel, view};

/// Plays what publishers of this process send.
#[derive(Clone)]
pub struct Origin {
    hub: Arc<Hub>,
}

impl Origin {
    /// The origin of what is published to `hub`.
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }
}

#[async_trait]
impl ports::media::Origin for Origin {
    async fn fetch(&self, path: &PlayPath, directives: Directives) -> Result<Answer, OriginError> {
        let request = PlayRequest {
            channel: channel(path.key),
            view: view(path.view),
            resource: path.resource.clone(),
            directives: hub::Directives {
                until: directives.until.map(|until| hub::Until {
                    msn: until.msn,
                    part: until.part,
                }),
                skip: directives.skip,
            },
        };
        match self.hub.fetch(&request, UnixMicros::now()).await {
            Ok(answer) => Ok(Answer {
                body: match answer.body {
                    hub::Body::Parts(parts) => Body::Parts(parts),
                    hub::Body::Relayed(live) => {
                        Body::Endless(Box::pin(live.into_stream().map_err(|hub::Cut| Cut)))
                    }
                    hub::Body::Growing(segment) => {
                        Body::Endless(Box::pin(segment.into_stream().map_err(|hub::Cut| Cut)))
                    }
                },
                content_type: answer.content_type,
                freshness: match answer.freshness {
                    hub::Freshness::Immutable => Freshness::Immutable,
                    hub::Freshness::For(time) => Freshness::For(time),
                    hub::Freshness::Revalidate => Freshness::Revalidate,
                    hub::Freshness::Never => Freshness::Never,
                },
                tag: answer.tag,
            }),
            Err(PlayError::NotFound) => Err(OriginError::NotFound),
            Err(PlayError::NotYet) => Err(OriginError::NotYet),
            Err(PlayError::TooFar) => Err(OriginError::TooFar),
        }
    }

    fn lingers(&self) -> Duration {
        self.hub.lingers()
    }
}
