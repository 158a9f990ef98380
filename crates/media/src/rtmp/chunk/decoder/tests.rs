//! Chunks as encoders write them, and as nobody should.

use super::*;

fn decoder() -> ChunkDecoder {
    ChunkDecoder::new(Limits::default())
}

fn all(decoder: &mut ChunkDecoder, mut wire: &[u8]) -> Result<Vec<Message>, ChunkError> {
    let mut messages = Vec::new();
    while let Some(message) = decoder.decode(&mut wire)? {
        messages.push(message);
    }
    Ok(messages)
}

fn timestamps(wire: &[u8]) -> Vec<u32> {
    all(&mut decoder(), wire)
        .unwrap()
        .iter()
        .map(|message| message.timestamp)
        .collect()
}

const AT_10: &[u8] = &[0x04, 0, 0, 10, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa];

#[test]
fn type_3_that_begins_a_message_repeats_the_delta() {
    let wire = [
        AT_10,
        &[0x44, 0, 0, 40, 0, 0, 1, 9, 0xbb],
        &[0xc4, 0xcc],
        &[0xc4, 0xdd],
    ]
    .concat();
    assert_eq!(timestamps(&wire), [10, 50, 90, 130]);
}

#[test]
fn type_3_after_type_0_repeats_its_timestamp() {
    assert_eq!(
        timestamps(&[AT_10, &[0xc4, 0xbb], &[0xc4, 0xcc]].concat()),
        [10, 20, 30]
    );
}

#[test]
fn type_2_changes_only_the_delta() {
    assert_eq!(
        timestamps(&[AT_10, &[0x84, 0, 0, 5, 1], &[0x84, 0, 0, 6, 1]].concat()),
        [10, 15, 21]
    );
}

#[test]
fn timestamps_wrap_around() {
    let wire = [
        &[
            0x04, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 1,
        ],
        &[0x84, 0, 0, 5, 1][..],
    ]
    .concat();
    assert_eq!(timestamps(&wire), [u32::MAX - 1, 3]);
}

/// A message of 130 bytes at `0x0100_0000`, whose second chunk carries `extension`.
fn in_two_chunks(extension: &[u8]) -> Vec<u8> {
    let mut wire = vec![0x04, 0xff, 0xff, 0xff, 0, 0, 130, 9, 1, 0, 0, 0, 1, 0, 0, 0];
    wire.extend([7; 128]);
    wire.push(0xc4);
    wire.extend(extension);
    wire.extend([8; 2]);
    wire.extend(AT_10);
    wire
}

#[test]
fn extended_timestamp_is_read_on_type_3_where_it_is_written() {
    for wire in [in_two_chunks(&[1, 0, 0, 0]), in_two_chunks(&[])] {
        for size in [1, 2, 3, 5, 1_000] {
            let mut decoder = decoder();
            let messages: Vec<_> = wire
                .chunks(size)
                .flat_map(|piece| all(&mut decoder, piece).unwrap())
                .collect();
            assert_eq!(messages[0].timestamp, 0x0100_0000);
            assert_eq!(messages[0].payload[126..], [7, 7, 8, 8]);
            assert_eq!(messages[1].timestamp, 10);
        }
    }
}

#[test]
fn chunk_streams_interleave() {
    let mut wire = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
    wire.extend([4; 128]);
    wire.extend([0x05, 0, 0, 2, 0, 0, 130, 8, 1, 0, 0, 0]);
    wire.extend([5; 128]);
    wire.push(0xc4);
    wire.extend([4; 72]);
    wire.push(0xc5);
    wire.extend([5; 2]);
    let messages = all(&mut decoder(), &wire).unwrap();
    assert_eq!(
        (messages[0].kind, messages[0].timestamp, &messages[0].payload[..]),
        (9, 1, &[4; 200][..])
    );
    assert_eq!(
        (messages[1].kind, messages[1].timestamp, &messages[1].payload[..]),
        (8, 2, &[5; 130][..])
    );
}

#[test]
fn abort_forgets_the_unfinished_message() {
    let mut wire = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
    wire.extend([4; 128]);
    wire.extend([0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4]);
    wire.extend(AT_10);
    let mut decoder = decoder();
    let messages = all(&mut decoder, &wire).unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].payload[..], [0xaa]);
    assert_eq!(decoder.unfinished(), 0);
}

fn set_chunk_size(size: u32) -> Vec<u8> {
    let mut wire = vec![0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];
    wire.extend(size.to_be_bytes());
    wire
}

#[test]
fn chunk_size_is_bounded() {
    for size in [1, 128, 65_536, 1 << 20] {
        assert_eq!(all(&mut decoder(), &set_chunk_size(size)), Ok(vec![]));
    }
    for size in [0, (1 << 20) + 1, 0x7fff_ffff, u32::MAX] {
        assert_eq!(
            all(&mut decoder(), &set_chunk_size(size)),
            Err(ChunkError::ChunkSize(size))
        );
    }
}

#[test]
fn declared_lengths_reserve_nothing() {
    let mut decoder = decoder();
    let wire = [0x04, 0, 0, 0, 0x7f, 0xff, 0xff, 9, 1, 0, 0, 0, 1, 2, 3];
    assert_eq!(all(&mut decoder, &wire), Ok(vec![]));
    assert_eq!(decoder.unfinished(), 3);
    assert!(decoder.streams[0].payload.capacity() < 64);
    let too_long = [0x05, 0, 0, 0, 0x80, 0, 1, 9, 1, 0, 0, 0];
    assert_eq!(
        all(&mut super::ChunkDecoder::new(Limits::default()), &too_long),
        Err(ChunkError::MessageTooLong(0x80_0001))
    );
}

#[test]
fn whole_messages_keep_no_spare_memory() {
    let mut wire = set_chunk_size(65_536);
    wire.extend([0x04, 0, 0, 0, 0, 0x27, 0x10, 9, 1, 0, 0, 0]);
    wire.extend([1; 10_000]);
    let mut decoder = decoder();
    let mut messages = Vec::new();
    for piece in wire.chunks(1_448) {
        messages.extend(all(&mut decoder, piece).unwrap());
    }
    let payload = Vec::from(messages.remove(0).payload);
    assert_eq!((payload.len(), payload.capacity()), (10_000, 10_000));
}

#[test]
fn bounds_hold() {
    let limits = Limits {
        message: 1_000,
        unfinished: 300,
        chunk_streams: 2,
    };
    let mut decoder = ChunkDecoder::new(limits);
    let mut half = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
    half.extend([4; 128]);
    assert_eq!(all(&mut decoder, &half), Ok(vec![]));
    half[0] = 0x05;
    assert_eq!(all(&mut decoder, &half), Ok(vec![]));
    half[0] = 0x06;
    assert_eq!(all(&mut decoder, &half), Err(ChunkError::TooManyChunkStreams));
    let mut decoder = ChunkDecoder::new(Limits {
        unfinished: 200,
        ..limits
    });
    half[0] = 0x04;
    assert_eq!(all(&mut decoder, &half), Ok(vec![]));
    half[0] = 0x05;
    assert_eq!(all(&mut decoder, &half), Err(ChunkError::TooMuchUnfinished));
}

#[test]
fn headers_that_lean_on_nothing_are_refused() {
    assert_eq!(all(&mut decoder(), &[0xc4]), Err(ChunkError::NoHeader));
    assert_eq!(all(&mut decoder(), &[0x84, 0, 0, 1]), Err(ChunkError::NoHeader));
    assert_eq!(timestamps(&[0x42, 0, 0, 7, 0, 0, 1, 4, 1]), [7]);
    let mut wire = vec![0x04, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0];
    wire.extend([4; 128]);
    wire.extend(AT_10);
    assert_eq!(all(&mut decoder(), &wire), Err(ChunkError::Overlap));
}

#[test]
fn empty_messages_are_messages() {
    let messages = all(&mut decoder(), &[0x04, 0, 0, 1, 0, 0, 0, 8, 1, 0, 0, 0]).unwrap();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].payload.is_empty());
}
