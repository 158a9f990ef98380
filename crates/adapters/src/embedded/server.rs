//! The driving side: publishers of the engine's RTMP server, under the port's words.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{SessionId, StreamKeyId, StreamKeyMode, StreamKeySecret};
use media::Delivery;
use media::server::{self as engine, RtmpServer};
use ports::media::{
    Cause, Grant, Health, IngestSession, MediaError, PlayRefusal, PlayRequest, PublishRequest, Refusal,
    SessionFact, Silence, View,
};

use super::{channel, health, session};

/// Lets publishers in by RTMP.
#[derive(Clone)]
pub struct MediaServer {
    rtmp: Arc<RtmpServer>,
}

impl MediaServer {
    /// The publishers of this RTMP server.
    pub fn new(rtmp: Arc<RtmpServer>) -> Self {
        Self { rtmp }
    }
}

#[async_trait]
impl ports::media::MediaServer for MediaServer {
    async fn next_publish(&self) -> Option<Box<dyn PublishRequest>> {
        let request = self.rtmp.next_publish().await?;
        let key = StreamKeySecret::new(request.stream_key().expose());
        Some(Box::new(Request { key, request }))
    }

    async fn next_play(&self) -> Option<Box<dyn PlayRequest>> {
        let request = self.rtmp.next_play().await?;
        Some(Box::new(Player { request }))
    }

    async fn disconnect(&self, id: SessionId, cause: Cause) -> Result<(), MediaError> {
        let reason = match cause {
            Cause::Terminated => "the broadcast was ended by the platform",
            Cause::TakenOver => "another publisher took over",
            Cause::Superseded => "the stream key is not this publisher's any more",
        };
        self.rtmp
            .disconnect(session(id), engine::Cause::Kicked(reason.to_owned()));
        Ok(())
    }

    async fn await_silence(&self, id: SessionId, patience: Duration) -> Silence {
        match self.rtmp.await_silence(session(id), patience).await {
            engine::Silence::Silent => Silence::Silent,
            engine::Silence::Spoke => Silence::Spoke,
            engine::Silence::Gone => Silence::Gone,
        }
    }

    fn health(&self, id: SessionId) -> Option<Health> {
        self.rtmp.health(session(id)).map(health)
    }

    fn silent_for(&self, id: SessionId) -> Option<Duration> {
        self.rtmp.silent_for(session(id))
    }

    async fn shut_down(&self) {
        self.rtmp.shutdown().await;
    }
}

struct Request {
    key: StreamKeySecret,
    request: engine::PublishRequest,
}

#[async_trait]
impl PublishRequest for Request {
    fn stream_key(&self) -> &StreamKeySecret {
        &self.key
    }

    fn mode(&self) -> Option<&str> {
        self.request.mode()
    }

    fn peer(&self) -> SocketAddr {
        self.request.peer()
    }

    async fn accept(self: Box<Self>, grant: Grant) -> Result<Box<dyn IngestSession>, MediaError> {
        let granted = engine::Grant {
            channel: channel(grant.key),
            session: session(grant.session),
            previous: grant.previous.map(session),
            delivery: match grant.mode {
                StreamKeyMode::Cmaf => Delivery::Packaged,
                StreamKeyMode::Rtmp => Delivery::Relayed,
                StreamKeyMode::RtmpCmaf => Delivery::Both,
            },
        };
        let inner = self
            .request
            .accept(granted)
            .await
            .map_err(|_gone| MediaError::Gone)?;
        Ok(Box::new(Session {
            id: grant.session,
            inner,
            gone: false,
        }))
    }

    async fn reject(self: Box<Self>, refusal: Refusal) -> Result<(), MediaError> {
        let refusal = match refusal {
            Refusal::UnknownKey => engine::Refusal::UnknownKey,
            Refusal::AlreadyPublishing => engine::Refusal::AlreadyPublishing,
            Refusal::Unavailable => engine::Refusal::Denied("The platform is busy; try again".into()),
        };
        self.request
            .reject(refusal)
            .await
            .map_err(|_gone| MediaError::Gone)
    }
}

struct Player {
    request: engine::PlayRequest,
}

#[async_trait]
impl PlayRequest for Player {
    fn playback_id(&self) -> &str {
        self.request.name()
    }

    fn streaming_token(&self) -> Option<&str> {
        self.request.token()
    }

    fn peer(&self) -> SocketAddr {
        self.request.peer()
    }

    async fn accept(self: Box<Self>, key: StreamKeyId, view: View) -> Result<(), MediaError> {
        self.request
            .accept(channel(key), super::view(view))
            .map_err(|_gone| MediaError::Gone)
    }

    async fn reject(self: Box<Self>, refusal: PlayRefusal) -> Result<(), MediaError> {
        let refusal = match refusal {
            PlayRefusal::NotFound => engine::PlayRefusal::NotFound,
            PlayRefusal::NotAllowed => engine::PlayRefusal::NotAllowed,
            PlayRefusal::Elsewhere => engine::PlayRefusal::Elsewhere,
            PlayRefusal::Unavailable => engine::PlayRefusal::Unavailable,
        };
        self.request.reject(refusal).map_err(|_gone| MediaError::Gone)
    }
}

struct Session {
    id: SessionId,
    inner: engine::IngestSession,
    gone: bool,
}

#[async_trait]
impl IngestSession for Session {
    fn id(&self) -> SessionId {
        self.id
    }

    async fn changed(&mut self) -> SessionFact {
        if self.gone {
            std::future::pending::<()>().await;
        }
        match self.inner.changed().await {
            engine::SessionFact::Connected => SessionFact::Connected,
            engine::SessionFact::Playable => SessionFact::Playable,
            engine::SessionFact::Gone(cause) => {
                self.gone = true;
                SessionFact::Gone {
                    failure: failure(&cause),
                }
            }
        }
    }
}

/// What the broadcaster should read of it: nothing, if it was the broadcaster's or the platform's own wish.
fn failure(cause: &engine::Cause) -> Option<String> {
    match cause {
        engine::Cause::PublisherClosed | engine::Cause::Kicked(_) | engine::Cause::Shutdown => None,
        engine::Cause::TimedOut
        | engine::Cause::ProtocolError(_)
        | engine::Cause::MediaError(_)
        | engine::Cause::TooFast => Some(cause.to_string()),
    }
}
