//! The commands of a peer (section 7.2), and what encoders send beside them.

use super::{COMMAND_CHUNKS, Event, MAX_STREAMS, Phase, ServerSession, SessionError, WINDOW};
use crate::rtmp::amf0::Value;
use crate::rtmp::command::{self, Command};
use crate::rtmp::message::{Message, kind};
use crate::rtmp::stream_name;

/// The one application there is.
const APPLICATION: &str = "live";

/// The chunk size of our answers, so that each is one chunk.
const CHUNK_SIZE: usize = 4_096;

/// What may come by its four-character code.
const VIDEO_CODECS: [&str; 3] = ["avc1", "hvc1", "av01"];
const AUDIO_CODECS: [&str; 2] = ["mp4a", "Opus"];

/// `FourCcInfoMask.CanForward`: media goes on as it comes.
const CAN_FORWARD: f64 = 4.0;

/// What the answer to `connect` says of enhanced RTMP (E-RTMP v2, "Enhancing `NetConnection` connect Command"): the list of
/// version 1 and the maps of version 2.
fn enhancements() -> [(String, Value); 3] {
    let map = |codecs: &[&str]| {
        let codecs = codecs
            .iter()
            .map(|codec| ((*codec).to_owned(), CAN_FORWARD.into()));
        Value::Object(codecs.collect())
    };
    let list = VIDEO_CODECS.iter().chain(&AUDIO_CODECS);
    [
        (
            "fourCcList".to_owned(),
            Value::StrictArray(list.map(|codec| Value::from(*codec)).collect()),
        ),
        ("videoFourCcInfoMap".to_owned(), map(&VIDEO_CODECS)),
        ("audioFourCcInfoMap".to_owned(), map(&AUDIO_CODECS)),
    ]
}

impl ServerSession {
    pub(super) fn on_command(
        &mut self,
        stream_id: u32,
        command: &Command,
    ) -> Result<Option<Event>, SessionError> {
        let connected = !matches!(self.phase, Phase::Connected { app_known: false });
        match command.name.as_str() {
            "connect" if !connected => return self.on_connect(command).map(|()| None),
            "connect" => return Err(SessionError::Command("connect was called twice")),
            _ if !connected => return Err(SessionError::Command("a command came before connect")),
            "createStream" => {
                if self.streams >= MAX_STREAMS {
                    return Err(SessionError::Command("too many message streams"));
                }
                self.streams += 1;
                self.result(command, &[Value::Null, f64::from(self.streams).into()]);
            }
            "releaseStream" | "_checkbw" => self.result(command, &[Value::Null, Value::Undefined]),
            "FCPublish" => {
                let status = command::status("status", "NetStream.Publish.Start", "");
                self.command(0, "onFCPublish", 0.0, &[Value::Null, status]);
                self.result(command, &[Value::Null, Value::Undefined]);
            }
            "publish" => return self.on_publish(stream_id, command).map(Some),
            "FCUnpublish" | "closeStream" | "deleteStream" => return Ok(self.on_unpublish()),
            "play" => return self.on_play(stream_id, command).map(Some),
            "pause" | "pauseRaw" => self.on_pause(command),
            // getStreamLength, onBWDone and what else encoders call: they live well without an answer.
            _ => {}
        }
        Ok(None)
    }

    fn on_connect(&mut self, command: &Command) -> Result<(), SessionError> {
        let options = command.arguments.first();
        let app = options
            .and_then(|options| options.get("app"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !stream_name::is_application(app, APPLICATION) {
            let status = command::status(
                "error",
                "NetConnection.Connect.InvalidApp",
                "The application is called live",
            );
            self.command(0, "_error", command.transaction, &[Value::Null, status]);
            return Err(SessionError::Command("the application is not called live"));
        }
        app.clone_into(&mut self.app);
        self.phase = Phase::Connected { app_known: true };
        self.control(&Message::control(kind::WINDOW_ACK_SIZE, WINDOW));
        self.control(&Message::peer_bandwidth(WINDOW));
        self.encoder.set_chunk_size(CHUNK_SIZE, &mut self.output);
        let mut properties = vec![
            ("fmsVer".to_owned(), "FMS/3,0,1,123".into()),
            ("capabilities".to_owned(), 31.0.into()),
        ];
        properties.extend(enhancements());
        let Value::Object(mut status) =
            command::status("status", "NetConnection.Connect.Success", "Connection succeeded")
        else {
            return Ok(());
        };
        status.push(("objectEncoding".to_owned(), 0.0.into()));
        self.result(command, &[Value::Object(properties), Value::Object(status)]);
        Ok(())
    }

    fn on_publish(&mut self, stream_id: u32, command: &Command) -> Result<Event, SessionError> {
        if !matches!(self.phase, Phase::Connected { .. }) {
            return Err(SessionError::Command("publish was called twice"));
        }
        if stream_id == 0 || stream_id > self.streams {
            return Err(SessionError::Command(
                "publish was called on a stream that was not created",
            ));
        }
        let name = command.argument(0).and_then(Value::as_str).unwrap_or_default();
        let (stream_key, mode) = stream_name::key_and_mode(&self.app, name);
        self.phase = Phase::Pending { stream_id };
        Ok(Event::PublishRequested { stream_key, mode })
    }

    /// Any of the three commands ends what is published or played, whichever stream it names; later ones find none.
    fn on_unpublish(&mut self) -> Option<Event> {
        if self.is_playing() {
            self.over();
        }
        let Phase::Publishing { stream_id } = self.phase else {
            return None;
        };
        self.status(stream_id, "status", "NetStream.Unpublish.Success", "Unpublished");
        self.phase = Phase::Over;
        Some(Event::Unpublished)
    }

    /// Answers a command that wants an answer.
    fn result(&mut self, to: &Command, arguments: &[Value]) {
        if to.transaction != 0.0 {
            self.command(0, "_result", to.transaction, arguments);
        }
    }

    pub(super) fn status(&mut self, stream_id: u32, level: &str, code: &str, description: &str) {
        let status = command::status(level, code, description);
        self.command(stream_id, "onStatus", 0.0, &[Value::Null, status]);
    }

    fn command(&mut self, stream_id: u32, name: &str, transaction: f64, arguments: &[Value]) {
        let message = command::message(stream_id, name, transaction, arguments);
        self.encoder.encode(COMMAND_CHUNKS, &message, &mut self.output);
    }
}
