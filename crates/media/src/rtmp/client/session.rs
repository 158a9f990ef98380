//! The publisher's side of one connection, without I/O.

use super::PublishUrl;
use crate::rtmp::Output;
use crate::rtmp::amf0::Value;
use crate::rtmp::chunk::{ChunkDecoder, ChunkEncoder, Limits};
use crate::rtmp::command::{self, Command, MAX_COMMAND};
use crate::rtmp::handshake::Handshake;
use crate::rtmp::message::{Message, kind, user_control};
use crate::rtmp::session::SessionError;
use crate::{Media, MediaKind};

/// What servers send us is small.
const LIMITS: Limits = Limits {
    message: 64 << 10,
    unfinished: 64 << 10,
    chunk_streams: 64,
};

const CHUNK_SIZE: usize = 64 << 10;
const CONTROL_CHUNKS: u32 = 2;
const COMMAND_CHUNKS: u32 = 3;

/// The transactions that we open, in this order.
const CONNECT: f64 = 1.0;
const CREATE_STREAM: f64 = 4.0;

/// A server's word on a publication that it doesn't want.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server answered {code}: {description}")]
pub struct ServerStatus {
    /// Such as `NetStream.Publish.BadName`.
    pub code: String,
    /// The reason in words.
    pub description: String,
}

/// Why a publication can't begin or go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The server refused it or ended it.
    #[error(transparent)]
    Status(#[from] ServerStatus),
    /// The server's bytes are not understood.
    #[error("the server broke the protocol")]
    Protocol(#[from] SessionError),
}

/// The publisher's side of one connection.
#[derive(Debug)]
pub struct ClientSession {
    url: PublishUrl,
    phase: Phase,
    decoder: ChunkDecoder,
    encoder: ChunkEncoder,
    output: Output,
    stream_id: u32,
}

#[derive(Debug)]
enum Phase {
    Handshake(Handshake),
    Connecting,
    Publishing,
}

impl ClientSession {
    /// A session that publishes to `url`; its first bytes wait in the output.
    pub fn new(url: PublishUrl) -> Self {
        let mut output = Output::default();
        let handshake = Handshake::client(output.small());
        Self {
            url,
            phase: Phase::Handshake(handshake),
            decoder: ChunkDecoder::new(LIMITS),
            encoder: ChunkEncoder::default(),
            output,
            stream_id: 0,
        }
    }

    /// What is to be written.
    pub const fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Whether the server let us in: media may be sent.
    pub const fn is_publishing(&self) -> bool {
        matches!(self.phase, Phase::Publishing)
    }

    /// Reads what the server sent.
    pub fn input(&mut self, mut bytes: &[u8]) -> Result<(), ClientError> {
        if let Phase::Handshake(handshake) = &mut self.phase {
            let over = handshake
                .advance(&mut bytes, false, self.output.small())
                .map_err(SessionError::from)?;
            if !over {
                return Ok(());
            }
            self.phase = Phase::Connecting;
            self.connect();
        }
        while let Some(message) = self.decoder.decode(&mut bytes).map_err(SessionError::from)? {
            self.on_message(&message)?;
        }
        Ok(())
    }

    /// Puts a media message into the output; its payload is shared, not copied, unless it is small.
    pub fn send(&mut self, media: &Media) {
        let (chunks, kind) = match media.kind {
            MediaKind::Audio => (4, kind::AUDIO),
            MediaKind::Video => (6, kind::VIDEO),
            MediaKind::Data => (5, kind::DATA_AMF0),
        };
        let message = Message {
            kind,
            stream_id: self.stream_id,
            timestamp: media.timestamp,
            payload: media.payload.clone(),
        };
        self.encoder.encode(chunks, &message, &mut self.output);
    }

    /// Ends the publication properly.
    pub fn close(&mut self) {
        if self.is_publishing() {
            let name = Value::from(self.url.stream.expose());
            self.command(0, "FCUnpublish", 5.0, &[Value::Null, name]);
            self.command(
                0,
                "deleteStream",
                6.0,
                &[Value::Null, f64::from(self.stream_id).into()],
            );
        }
    }

    fn connect(&mut self) {
        self.encoder.set_chunk_size(CHUNK_SIZE, &mut self.output);
        let options = Value::object([
            ("app", self.url.app.as_str().into()),
            ("type", "nonprivate".into()),
            ("flashVer", "FMLE/3.0 (compatible; VideoRoom)".into()),
            ("tcUrl", self.url.to_string().as_str().into()),
        ]);
        self.command(0, "connect", CONNECT, &[options]);
    }

    fn on_message(&mut self, message: &Message) -> Result<(), ClientError> {
        match message.kind {
            kind::USER_CONTROL => {
                if let Some([0, 6, data @ ..]) = message.payload.first_chunk::<6>() {
                    let pong = Message::user_control(user_control::PING_RESPONSE, u32::from_be_bytes(*data));
                    self.encoder.encode(CONTROL_CHUNKS, &pong, &mut self.output);
                }
                Ok(())
            }
            kind::COMMAND_AMF0 | kind::COMMAND_AMF3 if message.payload.len() <= MAX_COMMAND => {
                match Command::read(message).map_err(SessionError::from)? {
                    Some(command) => self.on_command(&command),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn on_command(&mut self, command: &Command) -> Result<(), ClientError> {
        match command.name.as_str() {
            "_result" if command.transaction == CONNECT => {
                let name = Value::from(self.url.stream.expose());
                self.command(0, "releaseStream", 2.0, &[Value::Null, name.clone()]);
                self.command(0, "FCPublish", 3.0, &[Value::Null, name]);
                self.command(0, "createStream", CREATE_STREAM, &[Value::Null]);
            }
            "_result" if command.transaction == CREATE_STREAM => {
                let id = command.argument(0).and_then(Value::as_number).unwrap_or(1.0);
                self.stream_id = stream_id(id);
                let name = Value::from(self.url.stream.expose());
                self.command(
                    self.stream_id,
                    "publish",
                    0.0,
                    &[Value::Null, name, "live".into()],
                );
            }
            "_error" if command.transaction == CONNECT || command.transaction == CREATE_STREAM => {
                return Err(server_status(command).into());
            }
            "onStatus" => {
                let status = server_status(command);
                match status.code.as_str() {
                    "NetStream.Publish.Start" => self.phase = Phase::Publishing,
                    _ if level(command) == Some("error") => return Err(status.into()),
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn command(&mut self, stream_id: u32, name: &str, transaction: f64, arguments: &[Value]) {
        let message = command::message(stream_id, name, transaction, arguments);
        self.encoder.encode(COMMAND_CHUNKS, &message, &mut self.output);
    }
}

/// The number that `createStream` answers; anything that is no small whole number is taken for the usual 1.
fn stream_id(number: f64) -> u32 {
    number.to_string().parse().unwrap_or(1)
}

fn property<'a>(command: &'a Command, name: &str) -> Option<&'a str> {
    command.argument(0)?.get(name)?.as_str()
}

fn level(command: &Command) -> Option<&str> {
    property(command, "level")
}

fn server_status(command: &Command) -> ServerStatus {
    let text = |name| property(command, name).unwrap_or_default().to_owned();
    ServerStatus {
        code: text("code"),
        description: text("description"),
    }
}
