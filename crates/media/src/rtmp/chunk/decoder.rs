//! Chunks in, messages out, within bounds.

#[cfg(test)]
mod tests;

use bytes::Bytes;

use super::{EXTENDED, INITIAL_CHUNK_SIZE, MAX_CHUNK_SIZE};
use crate::rtmp::message::{Message, kind};

/// What a peer may make a decoder keep.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one message.
    pub message: usize,
    /// Bytes of all unfinished messages together.
    pub unfinished: usize,
    /// Chunk streams ever used.
    pub chunk_streams: usize,
}

impl Default for Limits {
    /// Of a publisher that was let in: one message of 8 MiB, a little beside it, and 64 chunk streams.
    fn default() -> Self {
        Self {
            message: 8 << 20,
            unfinished: 9 << 20,
            chunk_streams: 64,
        }
    }
}

/// How a chunk stream broke the protocol or a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// The first chunk of a chunk stream leaves out what only an earlier one could tell.
    #[error("a chunk stream begins without a full header")]
    NoHeader,
    /// A message begins where another one is unfinished.
    #[error("a message begins inside another one of its chunk stream")]
    Overlap,
    /// A message is longer than the bound.
    #[error("a message of {0} bytes is too long")]
    MessageTooLong(u32),
    /// Unfinished messages take up more than the bound.
    #[error("too much of unfinished messages")]
    TooMuchUnfinished,
    /// More chunk streams than the bound.
    #[error("too many chunk streams")]
    TooManyChunkStreams,
    /// A chunk size of nothing, or beyond the bound.
    #[error("chunk size {0} is out of range")]
    ChunkSize(u32),
    /// A protocol control message is too short.
    #[error("a protocol control message is cut off")]
    Truncated,
}

/// The longest header: three bytes that name the chunk stream, eleven of the message, four of extended timestamp.
const MAX_HEADER: usize = 18;

/// Puts messages together out of chunks.
#[derive(Debug)]
pub struct ChunkDecoder {
    limits: Limits,
    chunk_size: usize,
    streams: Vec<ChunkStream>,
    /// The stream whose chunk is being read, and how many bytes of the chunk are still to come.
    body: Option<(usize, usize)>,
    unfinished: usize,
    /// The beginning of a header whose rest has not come yet.
    carried: [u8; MAX_HEADER],
    carried_len: usize,
}

#[derive(Debug, Default)]
struct ChunkStream {
    id: u32,
    kind: u8,
    stream_id: u32,
    length: u32,
    timestamp: u32,
    /// What the last header's timestamp field stood for; a chunk of type 3 that begins a message adds it again.
    delta: u32,
    /// The last header had the extended field.
    extended: bool,
    payload: Vec<u8>,
    in_message: bool,
}

/// One read header.
struct Header {
    stream: usize,
    size: usize,
}

impl ChunkDecoder {
    /// A decoder at the beginning of a connection.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_size: INITIAL_CHUNK_SIZE,
            streams: Vec::new(),
            body: None,
            unfinished: 0,
            carried: [0; MAX_HEADER],
            carried_len: 0,
        }
    }

    /// Changes the bounds from here on.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Bytes kept of messages that are not complete.
    pub const fn unfinished(&self) -> usize {
        self.unfinished
    }

    /// Bytes of memory taken for chunk streams and their unfinished messages.
    pub fn kept(&self) -> usize {
        let messages = self.streams.iter().map(|stream| stream.payload.capacity());
        self.streams.capacity() * size_of::<ChunkStream>() + messages.sum::<usize>()
    }

    /// Takes bytes off the front of `input` until a message is complete, or none are left.
    ///
    /// "Set chunk size" and "abort" are obeyed here and not returned.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Message>, ChunkError> {
        loop {
            let (consumed, message) = if self.carried_len == 0 {
                self.step(input)?
            } else {
                self.step_carried(input)?
            };
            match message {
                Some(message) if message.kind == kind::SET_CHUNK_SIZE => self.set_chunk_size(&message)?,
                Some(message) if message.kind == kind::ABORT => self.abort(&message)?,
                Some(message) => return Ok(Some(message)),
                None if consumed == 0 => {
                    self.carry(input);
                    return Ok(None);
                }
                None => {}
            }
        }
    }

    /// Keeps the beginning of a header.
    fn carry(&mut self, input: &mut &[u8]) {
        for (kept, byte) in self.carried.iter_mut().skip(self.carried_len).zip(*input) {
            *kept = *byte;
            self.carried_len += 1;
        }
        *input = &[];
    }

    /// A step over what was carried, with enough of `input` behind it to make any header whole.
    fn step_carried(&mut self, input: &mut &[u8]) -> Result<(usize, Option<Message>), ChunkError> {
        let carried = self.carried_len;
        let mut joined = self.carried;
        let mut filled = carried;
        for (place, byte) in joined.iter_mut().skip(carried).zip(*input) {
            *place = *byte;
            filled += 1;
        }
        let mut rest = joined.get(..filled).unwrap_or_default();
        let (consumed, message) = self.step(&mut rest)?;
        if consumed >= carried {
            self.carried_len = 0;
            *input = input.get(consumed - carried..).unwrap_or_default();
        } else {
            self.carried.copy_within(consumed..carried, 0);
            self.carried_len = carried - consumed;
        }
        Ok((consumed, message))
    }

    /// Reads one header, or as much of a chunk's body as there is. Consumes nothing if a header is not whole.
    fn step(&mut self, input: &mut &[u8]) -> Result<(usize, Option<Message>), ChunkError> {
        let (index, remaining, header_size) = if let Some((index, remaining)) = self.body {
            (index, remaining, 0)
        } else {
            let Some(header) = self.header(input)? else {
                return Ok((0, None));
            };
            *input = input.get(header.size..).unwrap_or_default();
            let stream = self.streams.get(header.stream).ok_or(ChunkError::NoHeader)?;
            let missing = to_usize(stream.length).saturating_sub(stream.payload.len());
            (header.stream, missing.min(self.chunk_size), header.size)
        };
        let (piece, rest) = input.split_at(remaining.min(input.len()));
        *input = rest;
        if self.unfinished.saturating_add(piece.len()) > self.limits.unfinished {
            return Err(ChunkError::TooMuchUnfinished);
        }
        let stream = self.streams.get_mut(index).ok_or(ChunkError::NoHeader)?;
        stream.append(piece, rest.len());
        self.unfinished += piece.len();
        let remaining = remaining - piece.len();
        self.body = (remaining > 0).then_some((index, remaining));
        let message = (stream.payload.len() == to_usize(stream.length)).then(|| stream.finish());
        if let Some(message) = &message {
            self.unfinished -= message.payload.len();
        }
        Ok((header_size + piece.len(), message))
    }

    /// Reads a chunk header (section 5.3.1), or answers that it is not whole yet.
    fn header(&mut self, input: &[u8]) -> Result<Option<Header>, ChunkError> {
        let Some((id, format, mut at)) = basic_header(input) else {
            return Ok(None);
        };
        let index = self.streams.iter().position(|stream| stream.id == id);
        let known = index.and_then(|index| self.streams.get(index));
        let in_message = known.is_some_and(|stream| stream.in_message);
        if format != 3 && in_message {
            return Err(ChunkError::Overlap);
        }
        // Some encoders open a chunk stream with a type 1 chunk, which leaves out nothing but the message stream.
        if format >= 2 && known.is_none() {
            return Err(ChunkError::NoHeader);
        }
        let mut stream = ChunkStream {
            id,
            ..ChunkStream::default()
        };
        if let Some(known) = known {
            stream.kind = known.kind;
            stream.stream_id = known.stream_id;
            stream.length = known.length;
            stream.timestamp = known.timestamp;
            stream.delta = known.delta;
            stream.extended = known.extended;
        }
        if format <= 2 {
            let Some(field) = field_24(input, at) else {
                return Ok(None);
            };
            stream.delta = field;
            stream.extended = field == EXTENDED;
            at += 3;
        }
        if format <= 1 {
            let (Some(length), Some(kind)) = (field_24(input, at), input.get(at + 3)) else {
                return Ok(None);
            };
            stream.length = length;
            stream.kind = *kind;
            at += 4;
            if to_usize(length) > self.limits.message {
                return Err(ChunkError::MessageTooLong(length));
            }
        }
        if format == 0 {
            let Some(id) = input.get(at..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            stream.stream_id = u32::from_le_bytes(*id);
            at += 4;
        }
        if stream.extended {
            let Some(value) = input.get(at..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            let value = u32::from_be_bytes(*value);
            if !in_message {
                stream.delta = value;
                at += 4;
            } else if value == stream.delta || value == stream.timestamp {
                at += 4;
            }
            // Otherwise the encoder leaves the field out of chunks that go on with a message, as old ones do.
        }
        if !in_message {
            // A type 3 chunk that begins a message repeats what the last header's field said, also if that was the
            // absolute timestamp of a type 0 chunk (section 5.3.1.2.4; ffmpeg writes it so).
            stream.timestamp = if format == 0 {
                stream.delta
            } else {
                stream.timestamp.wrapping_add(stream.delta)
            };
        }
        let index = self.remember(index, stream)?;
        Ok(Some(Header {
            stream: index,
            size: at,
        }))
    }

    fn remember(&mut self, index: Option<usize>, header: ChunkStream) -> Result<usize, ChunkError> {
        if let Some((index, stream)) = index.and_then(|index| Some((index, self.streams.get_mut(index)?))) {
            let payload = std::mem::take(&mut stream.payload);
            *stream = ChunkStream {
                payload,
                in_message: true,
                ..header
            };
            return Ok(index);
        }
        if self.streams.len() >= self.limits.chunk_streams {
            return Err(ChunkError::TooManyChunkStreams);
        }
        self.streams.push(ChunkStream {
            in_message: true,
            ..header
        });
        Ok(self.streams.len() - 1)
    }

    fn set_chunk_size(&mut self, message: &Message) -> Result<(), ChunkError> {
        let size = message.control_value().ok_or(ChunkError::Truncated)?;
        if size == 0 || to_usize(size) > MAX_CHUNK_SIZE {
            return Err(ChunkError::ChunkSize(size));
        }
        self.chunk_size = to_usize(size);
        Ok(())
    }

    fn abort(&mut self, message: &Message) -> Result<(), ChunkError> {
        let id = message.control_value().ok_or(ChunkError::Truncated)?;
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id) {
            self.unfinished -= stream.payload.len();
            stream.payload = Vec::new();
            stream.in_message = false;
        }
        Ok(())
    }
}

impl ChunkStream {
    /// Adds `piece`. Memory is taken for what came and what is at hand behind it, at most doubling, and in the end
    /// exactly for the message, so that nothing is kept beside it.
    fn append(&mut self, piece: &[u8], behind: usize) {
        let needed = self.payload.len() + piece.len();
        if needed > self.payload.capacity() {
            let wanted = (needed + behind)
                .max(self.payload.capacity() * 2)
                .min(to_usize(self.length));
            self.payload
                .reserve_exact(wanted.max(needed) - self.payload.len());
        }
        self.payload.extend_from_slice(piece);
    }

    fn finish(&mut self) -> Message {
        self.in_message = false;
        Message {
            kind: self.kind,
            stream_id: self.stream_id,
            timestamp: self.timestamp,
            payload: Bytes::from(std::mem::take(&mut self.payload)),
        }
    }
}

/// Chunk stream id, format and size of the basic header (section 5.3.1.1).
fn basic_header(input: &[u8]) -> Option<(u32, u8, usize)> {
    let first = *input.first()?;
    let format = first >> 6;
    match first & 0x3f {
        0 => Some((u32::from(*input.get(1)?) + 64, format, 2)),
        1 => {
            let low = u32::from(*input.get(1)?);
            let high = u32::from(*input.get(2)?);
            Some((high * 256 + low + 64, format, 3))
        }
        id => Some((id.into(), format, 1)),
    }
}

fn field_24(input: &[u8], at: usize) -> Option<u32> {
    let [high, middle, low] = *input.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes([0, high, middle, low]))
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
