//! The player's side of a session (section 7.2.2): what is asked for, and media on its way out.

use super::{COMMAND_CHUNKS, Event, Phase, ServerSession, SessionError};
use crate::rtmp::amf0::{self, Value};
use crate::rtmp::command::Command;
use crate::rtmp::message::{Message, kind, user_control};
use crate::rtmp::stream_name;
use crate::{Media, MediaKind};

/// Chunk streams of media.
const DATA_CHUNKS: u32 = 4;
const AUDIO_CHUNKS: u32 = 5;
const VIDEO_CHUNKS: u32 = 6;

/// The chunk size of media: most frames are one chunk.
const MEDIA_CHUNK_SIZE: usize = 64 << 10;

/// Why a player is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayRefusal {
    /// There is nothing to play by that name.
    NotFound,
    /// It may not be played without a token that allows it.
    NotAllowed,
    /// Another server has what it asks for.
    Elsewhere,
    /// It can't be said now, or there are too many players.
    Unavailable,
}

impl ServerSession {
    pub(super) fn on_play(&mut self, stream_id: u32, command: &Command) -> Result<Event, SessionError> {
        if !matches!(self.phase, Phase::Connected { .. }) {
            return Err(SessionError::Command(
                "play was called while the stream is in use",
            ));
        }
        if stream_id == 0 || stream_id > self.streams {
            return Err(SessionError::Command(
                "play was called on a stream that was not created",
            ));
        }
        let name = command.argument(0).and_then(Value::as_str).unwrap_or_default();
        let (name, token) = stream_name::name_and_token(&self.app, name);
        self.phase = Phase::PlayPending { stream_id };
        Ok(Event::PlayRequested { name, token })
    }

    /// `pause`, which pauses and resumes: what is sent meanwhile is left out, as it is with what is live.
    pub(super) fn on_pause(&mut self, command: &Command) {
        if let Phase::Playing { stream_id, paused } = &mut self.phase {
            *paused = command.argument(0).and_then(Value::as_bool).unwrap_or(!*paused);
            let (stream_id, paused) = (*stream_id, *paused);
            let code = if paused {
                "NetStream.Pause.Notify"
            } else {
                "NetStream.Unpause.Notify"
            };
            self.status(stream_id, "status", code, "");
        }
    }

    /// Lets the player in whose request is pending.
    pub fn accept_play(&mut self) {
        let Phase::PlayPending { stream_id } = self.phase else {
            return;
        };
        self.phase = Phase::Playing {
            stream_id,
            paused: false,
        };
        self.encoder.set_chunk_size(MEDIA_CHUNK_SIZE, &mut self.output);
        self.control(&Message::user_control(user_control::STREAM_BEGIN, stream_id));
        self.status(
            stream_id,
            "status",
            "NetStream.Play.Reset",
            "Playing and resetting",
        );
        self.status(stream_id, "status", "NetStream.Play.Start", "Playing");
        let mut access = bytes::BytesMut::new();
        for value in [
            "|RtmpSampleAccess".into(),
            Value::Boolean(true),
            Value::Boolean(true),
        ] {
            amf0::encode(&value, &mut access);
        }
        self.encoder.encode(
            DATA_CHUNKS,
            &Message {
                kind: kind::DATA_AMF0,
                stream_id,
                timestamp: 0,
                payload: access.freeze(),
            },
            &mut self.output,
        );
    }

    /// Refuses the player whose request is pending; the session is over then.
    pub fn reject_play(&mut self, refusal: PlayRefusal) {
        if let Phase::PlayPending { stream_id } = self.phase {
            let (code, description) = match refusal {
                PlayRefusal::NotFound => (
                    "NetStream.Play.StreamNotFound",
                    "There is nothing to play by that name",
                ),
                PlayRefusal::NotAllowed => (
                    "NetStream.Play.Failed",
                    "This is played with a streamingToken that allows it only",
                ),
                PlayRefusal::Elsewhere => (
                    "NetStream.Play.Failed",
                    "Another server has this; play it by HTTP, which leads there",
                ),
                PlayRefusal::Unavailable => ("NetStream.Play.Failed", "Not now; try again"),
            };
            self.status(stream_id, "error", code, description);
        }
        self.over();
    }

    /// Sends a message of what is played, unless the player paused.
    pub fn send(&mut self, media: &Media) {
        let Phase::Playing {
            stream_id,
            paused: false,
        } = self.phase
        else {
            return;
        };
        let (chunks, kind) = match media.kind {
            MediaKind::Data => (DATA_CHUNKS, kind::DATA_AMF0),
            MediaKind::Audio => (AUDIO_CHUNKS, kind::AUDIO),
            MediaKind::Video => (VIDEO_CHUNKS, kind::VIDEO),
        };
        self.encoder.encode(
            chunks,
            &Message {
                kind,
                stream_id,
                timestamp: media.timestamp,
                payload: media.payload.clone(),
            },
            &mut self.output,
        );
    }

    /// Tells the player that the publisher is gone, perhaps for a while.
    pub fn interrupted(&mut self) {
        if let Phase::Playing { stream_id, .. } = self.phase {
            self.status(
                stream_id,
                "status",
                "NetStream.Play.UnpublishNotify",
                "The publisher is gone",
            );
        }
    }

    /// Tells the player that nothing follows; the session is over then.
    pub fn end_play(&mut self) {
        if let Phase::Playing { stream_id, .. } = self.phase {
            self.interrupted();
            self.status(stream_id, "status", "NetStream.Play.Stop", "It is over");
            self.control(&Message::user_control(user_control::STREAM_EOF, stream_id));
        }
        self.over();
    }

    /// Whether a player is let in.
    pub const fn is_playing(&self) -> bool {
        matches!(self.phase, Phase::Playing { .. })
    }
}

/// Commands and media share no chunk stream, or their headers would grow.
const _: () = assert!(COMMAND_CHUNKS < DATA_CHUNKS);
