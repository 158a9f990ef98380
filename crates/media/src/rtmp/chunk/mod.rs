//! The chunk stream (section 5): messages cut into chunks that interleave, and put together again.

mod decoder;
mod encoder;

pub use decoder::{ChunkDecoder, ChunkError, Limits};
pub use encoder::ChunkEncoder;

/// The chunk size of both directions until somebody sets another (section 5.4.1).
pub const INITIAL_CHUNK_SIZE: usize = 128;

/// The largest chunk size that we take or send.
pub const MAX_CHUNK_SIZE: usize = 1024 * 1024;

/// A timestamp field of this value says that the timestamp is in the extended field (section 5.3.1.3).
const EXTENDED: u32 = 0x00ff_ffff;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::rtmp::Output;
    use crate::rtmp::message::{Message, kind};

    fn any_message() -> impl Strategy<Value = (u32, Message)> {
        let timestamp = prop_oneof![0..2_000u32, 0xff_fff0..0x100_0010u32, any::<u32>()];
        let payload = prop_oneof![0..40usize, 100..300usize, 4_000..9_000usize];
        (
            prop_oneof![3..8u32, 60..70u32, 318..330u32],
            prop_oneof![Just(8u8), Just(9), Just(20)],
            0..3u32,
            timestamp,
            payload,
        )
            .prop_map(|(chunk_stream, kind, stream_id, timestamp, length)| {
                let payload = (0..length)
                    .map(|at| u8::try_from(at % 251).unwrap())
                    .collect::<Vec<_>>();
                (
                    chunk_stream,
                    Message {
                        kind,
                        stream_id,
                        timestamp,
                        payload: payload.into(),
                    },
                )
            })
    }

    /// Feeds `wire` in pieces of the sizes that `splits` repeats.
    fn decode(wire: &[u8], splits: &[usize]) -> Vec<Message> {
        let mut decoder = ChunkDecoder::new(Limits::default());
        let mut messages = Vec::new();
        let mut rest = wire;
        for size in splits.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, later) = rest.split_at(rest.len().min(*size));
            rest = later;
            let mut piece = piece;
            while let Some(message) = decoder.decode(&mut piece).unwrap() {
                messages.push(message);
            }
            assert!(piece.is_empty());
        }
        assert_eq!(decoder.unfinished(), 0);
        messages
    }

    proptest! {
        #[test]
        fn messages_survive_any_chunk_size_and_any_split(
            messages in prop::collection::vec(any_message(), 1..12),
            chunk_size in prop_oneof![1..10usize, 100..5_000usize, Just(MAX_CHUNK_SIZE)],
            splits in prop::collection::vec(prop_oneof![Just(1usize), 1..20usize, 1..10_000usize], 1..5),
        ) {
            let mut encoder = ChunkEncoder::default();
            let mut output = Output::default();
            encoder.set_chunk_size(chunk_size, &mut output);
            for (chunk_stream, message) in &messages {
                encoder.encode(*chunk_stream, message, &mut output);
            }
            let decoded = decode(&output.take(), &splits);
            prop_assert_eq!(decoded, messages.into_iter().map(|(_, message)| message).collect::<Vec<_>>());
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_stay_within_bounds(
            wire in prop::collection::vec(any::<u8>(), 0..4_000),
            split in 1..50usize,
        ) {
            let limits = Limits { message: 2_000, unfinished: 1_000, chunk_streams: 4 };
            let mut decoder = ChunkDecoder::new(limits);
            'wire: for mut piece in wire.chunks(split) {
                loop {
                    match decoder.decode(&mut piece) {
                        Ok(Some(message)) => prop_assert!(message.payload.len() <= 2_000),
                        Ok(None) => break,
                        Err(_) => break 'wire,
                    }
                    prop_assert!(decoder.unfinished() <= 1_000);
                }
            }
            prop_assert!(decoder.unfinished() <= 1_000);
        }
    }

    #[test]
    fn one_byte_at_a_time_is_enough() {
        let mut encoder = ChunkEncoder::default();
        let mut output = Output::default();
        let message = Message {
            kind: kind::VIDEO,
            stream_id: 1,
            timestamp: u32::MAX,
            payload: Bytes::from(vec![7; 1_000]),
        };
        encoder.encode(6, &message, &mut output);
        assert_eq!(decode(&output.take(), &[1]), [message]);
    }
}
