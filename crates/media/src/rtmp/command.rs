//! Commands: AMF0 messages with a name and a transaction number (section 7.1.1).

use bytes::{Bytes, BytesMut};

use super::amf0::{self, AmfError, Value};
use super::message::{Message, kind};

/// Longer commands are refused: values in memory are larger than on the wire.
pub(crate) const MAX_COMMAND: usize = 64 << 10;

/// The AMF0 string `@setDataFrame`.
const SET_DATA_FRAME: &[u8] = b"\x02\x00\x0d@setDataFrame";

/// One command, as it came.
#[derive(Debug, PartialEq)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) transaction: f64,
    /// The command object and what follows it.
    pub(crate) arguments: Vec<Value>,
}

impl Command {
    /// Reads the body of a command message of either kind; AMF3's envelope is one byte ahead of AMF0.
    pub(crate) fn read(message: &Message) -> Result<Option<Self>, AmfError> {
        let mut body = message.payload.as_ref();
        if message.kind == kind::COMMAND_AMF3 {
            body = body.split_first().map_or(body, |(_, rest)| rest);
        }
        let mut values = amf0::decode_all(body)?.into_iter();
        let Some(Value::String(name)) = values.next() else {
            return Ok(None);
        };
        let transaction = values.next().and_then(|value| value.as_number()).unwrap_or(0.0);
        Ok(Some(Self {
            name,
            transaction,
            arguments: values.collect(),
        }))
    }

    /// The argument behind the command object.
    pub(crate) fn argument(&self, index: usize) -> Option<&Value> {
        self.arguments.get(index + 1)
    }
}

/// A command message for the stream `stream_id`.
pub(crate) fn message(stream_id: u32, name: &str, transaction: f64, arguments: &[Value]) -> Message {
    let mut body = BytesMut::with_capacity(256);
    amf0::encode(&name.into(), &mut body);
    amf0::encode(&transaction.into(), &mut body);
    for argument in arguments {
        amf0::encode(argument, &mut body);
    }
    Message {
        kind: kind::COMMAND_AMF0,
        stream_id,
        timestamp: 0,
        payload: body.freeze(),
    }
}

/// An information object, as `onStatus` and `_result` carry it (section 7.2.2).
pub(crate) fn status(level: &str, code: &str, description: &str) -> Value {
    Value::object([
        ("level", level.into()),
        ("code", code.into()),
        ("description", description.into()),
    ])
}

/// What a data message says, without the envelope of AMF3 and without the request to keep it as metadata.
pub(crate) fn data_body(message: &Message) -> Bytes {
    let mut body = message.payload.clone();
    if message.kind == kind::DATA_AMF3 && !body.is_empty() {
        body = body.slice(1..);
    }
    if body.starts_with(SET_DATA_FRAME) {
        body = body.slice(SET_DATA_FRAME.len()..);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amf3_envelope_is_skipped() {
        let mut written = message(0, "connect", 1.0, &[Value::Null]);
        let plain = Command::read(&written).unwrap().unwrap();
        written.kind = kind::COMMAND_AMF3;
        written.payload = [&[0], written.payload.as_ref()].concat().into();
        assert_eq!(Command::read(&written).unwrap().unwrap(), plain);
        assert_eq!((plain.name.as_str(), plain.transaction), ("connect", 1.0));
    }

    #[test]
    fn metadata_comes_without_its_request() {
        let mut body = BytesMut::new();
        amf0::encode(&"@setDataFrame".into(), &mut body);
        let start = body.len();
        amf0::encode(&"onMetaData".into(), &mut body);
        let body = body.freeze();
        let data = Message {
            kind: kind::DATA_AMF0,
            stream_id: 1,
            timestamp: 0,
            payload: body.clone(),
        };
        assert_eq!(data_body(&data), body.slice(start..));
        let bare = Message {
            payload: body.slice(start..),
            ..data
        };
        assert_eq!(data_body(&bare), body.slice(start..));
    }
}
