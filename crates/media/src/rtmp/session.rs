//! The server's side of one connection: from the handshake to the end of a publication.

mod commands;
mod play;
#[cfg(test)]
mod tests;

pub use self::play::PlayRefusal;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::amf0::AmfError;
use super::chunk::{ChunkDecoder, ChunkEncoder, ChunkError, Limits};
use super::command::{Command, MAX_COMMAND, data_body};
use super::handshake::{Handshake, UnsupportedVersion};
use super::message::{Message, kind, user_control};
use super::output::Output;
use super::stream_name::StreamKey;
use crate::{Media, MediaKind};

/// How long a publisher may take, and how much.
#[derive(Debug, Clone, Copy)]
pub struct SessionSettings {
    /// From the connection's beginning to the publish command.
    pub setup_timeout: Duration,
    /// From one message of a publisher to the next.
    pub idle_timeout: Duration,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            setup_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(10),
        }
    }
}

/// What came of a peer's bytes.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// It wants to publish. Nothing more is read until [`ServerSession::accept`] or [`ServerSession::reject`].
    PublishRequested {
        /// The stream key; empty if there was none.
        stream_key: StreamKey,
        /// The `mode` of the query, unchecked.
        mode: Option<String>,
    },
    /// It wants to play. Nothing more is read until [`ServerSession::accept_play`] or
    /// [`ServerSession::reject_play`].
    PlayRequested {
        /// What it asks for; empty if it named nothing.
        name: String,
        /// The `streamingToken` of the query, unchecked.
        token: Option<StreamKey>,
    },
    /// A media message of the publication.
    Media(Media),
    /// The publisher ended the publication properly.
    Unpublished,
}

/// Why a publication is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such stream key.
    UnknownKey,
    /// Somebody publishes with this key.
    AlreadyPublishing,
    /// Another reason, in words for the broadcaster.
    Denied(Cow<'static, str>),
}

/// Why a session can't go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The handshake failed.
    #[error(transparent)]
    Handshake(#[from] UnsupportedVersion),
    /// The chunk stream is broken.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// A command is no AMF0.
    #[error(transparent)]
    Amf(#[from] AmfError),
    /// A command at the wrong time or beyond a bound; a status may be waiting in the output.
    #[error("{0}")]
    Command(&'static str),
    /// It took too long to publish, or was silent for too long.
    #[error("nothing came in time")]
    TimedOut,
}

/// Bounds before a publisher is let in.
const STRANGER: Limits = Limits {
    message: 64 << 10,
    unfinished: 64 << 10,
    chunk_streams: 64,
};

/// Message streams that one connection may have.
const MAX_STREAMS: u32 = 8;

/// We ask to be acknowledged, and acknowledge until asked otherwise, each time so many bytes have come.
const WINDOW: u32 = 2_500_000;

/// Nobody is acknowledged more often than this.
const MIN_WINDOW: u32 = 16 << 10;

/// Chunk streams of our answers.
const CONTROL_CHUNKS: u32 = 2;
const COMMAND_CHUNKS: u32 = 3;

/// The server's side of one connection.
///
/// Give it what was read by [`input`](Self::input), write what [`output`](Self::output) holds after every call, and
/// call [`on_deadline`](Self::on_deadline) when [`next_deadline`](Self::next_deadline) has come. When it
/// [is over](Self::is_over), write what is left and close.
#[derive(Debug)]
pub struct ServerSession {
    settings: SessionSettings,
    phase: Phase,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    output: Output,
    /// Message streams created so far: their ids are 1 to this.
    streams: u32,
    app: String,
    received: u32,
    acknowledged: u32,
    window: u32,
    deadline: Instant,
    messages: u64,
}

#[derive(Debug)]
enum Phase {
    Handshake(Handshake),
    /// Commands come, and media is nobody's.
    Connected {
        app_known: bool,
    },
    /// The verdict on a publisher is awaited.
    Pending {
        stream_id: u32,
    },
    Publishing {
        stream_id: u32,
    },
    /// The verdict on a player is awaited.
    PlayPending {
        stream_id: u32,
    },
    Playing {
        stream_id: u32,
        paused: bool,
    },
    Over,
}

impl ServerSession {
    /// The session of a connection that was made at `now`.
    pub fn new(settings: SessionSettings, now: Instant) -> Self {
        Self {
            settings,
            phase: Phase::Handshake(Handshake::server()),
            decoder: ChunkDecoder::new(STRANGER),
            encoder: ChunkEncoder::default(),
            output: Output::default(),
            streams: 0,
            app: String::new(),
            received: 0,
            acknowledged: 0,
            window: WINDOW,
            deadline: now + settings.setup_timeout,
            messages: 0,
        }
    }

    /// Takes bytes off the front of `bytes` until something is to be told, or none are left.
    ///
    /// While a verdict is awaited, and when the session is over, it takes none.
    pub fn input(&mut self, bytes: &mut &[u8], now: Instant) -> Result<Option<Event>, SessionError> {
        let before = bytes.len();
        let result = self.read(bytes, now);
        let taken = u32::try_from(before - bytes.len()).unwrap_or(u32::MAX);
        self.received = self.received.wrapping_add(taken);
        if self.received.wrapping_sub(self.acknowledged) >= self.window {
            self.acknowledged = self.received;
            self.control(&Message::control(kind::ACKNOWLEDGEMENT, self.received));
        }
        result
    }

    fn read(&mut self, bytes: &mut &[u8], now: Instant) -> Result<Option<Event>, SessionError> {
        loop {
            match &mut self.phase {
                Phase::Handshake(handshake) => {
                    if !handshake.advance(bytes, true, self.output.small())? {
                        return Ok(None);
                    }
                    self.phase = Phase::Connected { app_known: false };
                }
                Phase::Pending { .. } | Phase::PlayPending { .. } | Phase::Over => return Ok(None),
                Phase::Connected { .. } | Phase::Publishing { .. } | Phase::Playing { .. } => {
                    let Some(message) = self.decoder.decode(bytes)? else {
                        return Ok(None);
                    };
                    self.messages += 1;
                    if let Some(event) = self.on_message(message, now)? {
                        return Ok(Some(event));
                    }
                }
            }
        }
    }

    fn on_message(&mut self, message: Message, now: Instant) -> Result<Option<Event>, SessionError> {
        let publishing = matches!(self.phase, Phase::Publishing { .. });
        if publishing {
            self.deadline = now + self.settings.idle_timeout;
        }
        match message.kind {
            kind::AUDIO => Ok(self.media(MediaKind::Audio, message)),
            kind::VIDEO => Ok(self.media(MediaKind::Video, message)),
            kind::DATA_AMF0 | kind::DATA_AMF3 if publishing => {
                let payload = data_body(&message);
                Ok(self.media(MediaKind::Data, Message { payload, ..message }))
            }
            kind::COMMAND_AMF0 | kind::COMMAND_AMF3 => {
                if message.payload.len() > MAX_COMMAND {
                    return Err(SessionError::Command("a command is too long"));
                }
                match Command::read(&message)? {
                    Some(command) => self.on_command(message.stream_id, &command),
                    None => Ok(None),
                }
            }
            kind::WINDOW_ACK_SIZE => {
                self.window = message.control_value().unwrap_or(WINDOW).max(MIN_WINDOW);
                Ok(None)
            }
            kind::USER_CONTROL => {
                self.on_user_control(&message);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Media of the publication; an empty message carries nothing, and what belongs to no publication is dropped.
    fn media(&self, kind: MediaKind, message: Message) -> Option<Event> {
        let Phase::Publishing { stream_id } = self.phase else {
            return None;
        };
        (message.stream_id == stream_id && !message.payload.is_empty()).then_some(Event::Media(Media {
            kind,
            timestamp: message.timestamp,
            payload: message.payload,
        }))
    }

    fn on_user_control(&mut self, message: &Message) {
        if let Some([0, 6, data @ ..]) = message.payload.first_chunk::<6>() {
            let pong = Message::user_control(user_control::PING_RESPONSE, u32::from_be_bytes(*data));
            self.control(&pong);
        }
    }

    /// Lets the publisher in whose request is pending; media comes from now on.
    pub fn accept(&mut self, now: Instant) {
        if let Phase::Pending { stream_id } = self.phase {
            self.phase = Phase::Publishing { stream_id };
            self.decoder.set_limits(Limits::default());
            self.deadline = now + self.settings.idle_timeout;
            self.control(&Message::user_control(user_control::STREAM_BEGIN, stream_id));
            self.status(stream_id, "status", "NetStream.Publish.Start", "Publishing");
        }
    }

    /// Refuses the publisher whose request is pending; the session is over then.
    pub fn reject(&mut self, refusal: &Refusal) {
        if let Phase::Pending { stream_id } = self.phase {
            let (code, description) = match refusal {
                Refusal::UnknownKey => ("NetStream.Publish.BadName", "Unknown stream key"),
                Refusal::AlreadyPublishing => (
                    "NetStream.Publish.BadName",
                    "The stream key is being published already",
                ),
                Refusal::Denied(reason) => ("NetStream.Publish.Rejected", reason.as_ref()),
            };
            self.status(stream_id, "error", code, description);
        }
        self.over();
    }

    /// Sends the publisher off for `reason`; the session is over then.
    pub fn end(&mut self, reason: &str) {
        if let Phase::Publishing { stream_id } | Phase::Pending { stream_id } = self.phase {
            self.status(stream_id, "error", "NetStream.Publish.Rejected", reason);
        }
        if let Phase::Playing { stream_id, .. } | Phase::PlayPending { stream_id } = self.phase {
            self.status(stream_id, "error", "NetStream.Play.Failed", reason);
        }
        self.over();
    }

    /// Ends the session, and keeps nothing of what is unfinished while the peer reads our last words.
    fn over(&mut self) {
        self.phase = Phase::Over;
        self.decoder = ChunkDecoder::new(STRANGER);
    }

    /// What is to be written.
    pub const fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Everything that is to be written, as one piece.
    pub fn take_output(&mut self) -> bytes::Bytes {
        self.output.take()
    }

    /// Whether nothing more will come of this session.
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Bytes that are kept of what the peer sent: of its handshake, and of its chunk streams.
    pub fn kept(&self) -> usize {
        let handshake = match &self.phase {
            Phase::Handshake(handshake) => handshake.kept(),
            _ => 0,
        };
        handshake + self.decoder.kept()
    }

    /// Whole messages that have come so far.
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// When [`on_deadline`](Self::on_deadline) wants to be called, if nothing happens; none while a verdict is
    /// awaited, which has a time of its own, for a player, which need not say anything, and when the session is over.
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Pending { .. } | Phase::PlayPending { .. } | Phase::Playing { .. } | Phase::Over => None,
            _ => Some(self.deadline),
        }
    }

    /// Ends a session that was silent for too long.
    pub fn on_deadline(&mut self, now: Instant) -> Result<(), SessionError> {
        match self.next_deadline() {
            Some(deadline) if deadline <= now => {
                self.end("Nothing came in time");
                Err(SessionError::TimedOut)
            }
            _ => Ok(()),
        }
    }

    fn control(&mut self, message: &Message) {
        self.encoder.encode(CONTROL_CHUNKS, message, &mut self.output);
    }
}
