//! Messages in, chunks out, with headers as short as they can be.

use bytes::BufMut;

use super::{EXTENDED, INITIAL_CHUNK_SIZE, MAX_CHUNK_SIZE};
use crate::rtmp::message::{Message, kind};
use crate::rtmp::output::Output;

/// The chunk stream of protocol control messages (section 5.4).
const CONTROL: u32 = 2;

/// Cuts messages into chunks.
#[derive(Debug)]
pub struct ChunkEncoder {
    chunk_size: usize,
    streams: Vec<Last>,
}

/// The last header of a chunk stream.
#[derive(Debug)]
struct Last {
    id: u32,
    kind: u8,
    stream_id: u32,
    length: usize,
    timestamp: u32,
    /// None behind a type 0 header: what a type 3 chunk would add then is read in two ways in the field.
    delta: Option<u32>,
}

impl Default for ChunkEncoder {
    fn default() -> Self {
        Self {
            chunk_size: INITIAL_CHUNK_SIZE,
            streams: Vec::new(),
        }
    }
}

impl ChunkEncoder {
    /// Announces a chunk size and uses it from here on; it is brought within 1..=[`MAX_CHUNK_SIZE`].
    pub fn set_chunk_size(&mut self, size: usize, out: &mut Output) {
        let size = size.clamp(1, MAX_CHUNK_SIZE);
        let announced = u32::try_from(size).unwrap_or(u32::MAX);
        self.encode(CONTROL, &Message::control(kind::SET_CHUNK_SIZE, announced), out);
        self.chunk_size = size;
    }

    /// Writes `message` to the chunk stream `id`, 2 to 65,599. A payload beyond 24 bits of length can't be told
    /// on the wire and is left out.
    pub fn encode(&mut self, id: u32, message: &Message, out: &mut Output) {
        let length = message.payload.len();
        let Some(field) = u32::try_from(length).ok().filter(|length| *length <= 0x00ff_ffff) else {
            return;
        };
        let (format, value) = self.choose(id, message);
        let extension = (value >= EXTENDED).then_some(value);
        let head = out.small();
        put_basic_header(format, id, head);
        if format <= 2 {
            head.put_uint(value.min(EXTENDED).into(), 3);
        }
        if format <= 1 {
            head.put_uint(field.into(), 3);
            head.put_u8(message.kind);
        }
        if format == 0 {
            head.put_u32_le(message.stream_id);
        }
        if let Some(extension) = extension {
            head.put_u32(extension);
        }
        let mut rest = message.payload.clone();
        while rest.len() > self.chunk_size {
            out.push(rest.split_to(self.chunk_size));
            let head = out.small();
            put_basic_header(3, id, head);
            if let Some(extension) = extension {
                head.put_u32(extension);
            }
        }
        out.push(rest);
    }

    /// The shortest header type that says everything new, and its timestamp field.
    fn choose(&mut self, id: u32, message: &Message) -> (u8, u32) {
        let length = message.payload.len();
        let full = Last {
            id,
            kind: message.kind,
            stream_id: message.stream_id,
            length,
            timestamp: message.timestamp,
            delta: None,
        };
        let Some(last) = self.streams.iter_mut().find(|last| last.id == id) else {
            self.streams.push(full);
            return (0, message.timestamp);
        };
        let delta = message.timestamp.wrapping_sub(last.timestamp);
        // Going back would be a huge delta: an absolute timestamp is what every reader understands.
        if last.stream_id != message.stream_id || delta > u32::MAX / 2 {
            *last = full;
            return (0, message.timestamp);
        }
        let same_kind = last.kind == message.kind && last.length == length;
        let format = match last.delta {
            Some(last_delta) if same_kind && last_delta == delta => 3,
            _ if same_kind => 2,
            _ => 1,
        };
        *last = Last {
            delta: Some(delta),
            ..full
        };
        (format, delta)
    }
}

fn put_basic_header(format: u8, id: u32, out: &mut impl BufMut) {
    let format = format << 6;
    match (u8::try_from(id), id.checked_sub(64)) {
        (Ok(id), None) => out.put_u8(format | id),
        (_, high) => {
            let high = u16::try_from(high.unwrap_or_default()).unwrap_or(u16::MAX);
            if let Ok(high) = u8::try_from(high) {
                out.put_u8(format);
                out.put_u8(high);
            } else {
                out.put_u8(format | 1);
                out.put_u16_le(high);
            }
        }
    }
}
