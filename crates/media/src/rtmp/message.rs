//! RTMP messages: what chunks carry.

use bytes::{BufMut, Bytes, BytesMut};

/// One whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which kind it is: one of the constants of [`kind`].
    pub kind: u8,
    /// The message stream it belongs to; 0 is the connection itself.
    pub stream_id: u32,
    /// Milliseconds on the sender's 32-bit clock, which wraps around.
    pub timestamp: u32,
    /// The body.
    pub payload: Bytes,
}

/// Message type ids (sections 5.4, 6.2 and 7.1).
pub mod kind {
    /// The largest payload of a chunk from here on.
    pub const SET_CHUNK_SIZE: u8 = 1;
    /// Forget the unfinished message of a chunk stream.
    pub const ABORT: u8 = 2;
    /// So many bytes have come.
    pub const ACKNOWLEDGEMENT: u8 = 3;
    /// Stream begin, ping and the like.
    pub const USER_CONTROL: u8 = 4;
    /// How often to acknowledge.
    pub const WINDOW_ACK_SIZE: u8 = 5;
    /// How much may be sent unacknowledged.
    pub const SET_PEER_BANDWIDTH: u8 = 6;
    /// The body of an FLV audio tag.
    pub const AUDIO: u8 = 8;
    /// The body of an FLV video tag.
    pub const VIDEO: u8 = 9;
    /// Metadata in AMF3's envelope.
    pub const DATA_AMF3: u8 = 15;
    /// A command in AMF3's envelope.
    pub const COMMAND_AMF3: u8 = 17;
    /// Metadata.
    pub const DATA_AMF0: u8 = 18;
    /// A command.
    pub const COMMAND_AMF0: u8 = 20;
}

/// User control events (section 7.1.7).
pub(crate) mod user_control {
    pub(crate) const STREAM_BEGIN: u16 = 0;
    pub(crate) const STREAM_EOF: u16 = 1;
    pub(crate) const PING_RESPONSE: u16 = 7;
}

impl Message {
    /// A message of the connection itself, with a number for its body: protocol control (section 5.4).
    pub(crate) fn control(kind: u8, value: u32) -> Self {
        let payload = Bytes::copy_from_slice(&value.to_be_bytes());
        Self {
            kind,
            stream_id: 0,
            timestamp: 0,
            payload,
        }
    }

    /// "Set peer bandwidth" with the limit type "dynamic" (section 5.4.5).
    pub(crate) fn peer_bandwidth(window: u32) -> Self {
        let mut payload = BytesMut::with_capacity(5);
        payload.put_u32(window);
        payload.put_u8(2);
        Self {
            kind: kind::SET_PEER_BANDWIDTH,
            stream_id: 0,
            timestamp: 0,
            payload: payload.freeze(),
        }
    }

    /// A user control event with its four bytes of data.
    pub(crate) fn user_control(event: u16, data: u32) -> Self {
        let mut payload = BytesMut::with_capacity(6);
        payload.put_u16(event);
        payload.put_u32(data);
        Self {
            kind: kind::USER_CONTROL,
            stream_id: 0,
            timestamp: 0,
            payload: payload.freeze(),
        }
    }

    /// The number that a protocol control message carries.
    pub(crate) fn control_value(&self) -> Option<u32> {
        self.payload.first_chunk().map(|value| u32::from_be_bytes(*value))
    }
}
