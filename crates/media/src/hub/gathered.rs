//! Memory for what is kept: a complete segment.
//!
//! A part is written by the allocator's leave, among much that comes and goes within moments. A segment stays for a
//! minute and then goes as a whole, so it is put into pages of its own: it takes what it is long, rounded up to a page,
//! and the system has all of it back the moment nobody reads it any more.

use bytes::Bytes;
use memmap2::MmapMut;

/// What is shorter would leave too much of its last page empty.
const SHORTEST: usize = 64 * 1024;

/// Puts pieces into one stretch of memory, and each piece becomes a view of it. Without the memory for that, they stay
/// where they are.
pub(super) fn gather(mut pieces: Vec<&mut Bytes>) {
    let length = pieces.iter().map(|piece| piece.len()).sum();
    let Some(whole) = joined(&pieces, length) else {
        return;
    };
    let mut from = 0;
    for piece in &mut pieces {
        let to = from + piece.len();
        **piece = whole.slice(from..to);
        from = to;
    }
}

fn joined(pieces: &[&mut Bytes], length: usize) -> Option<Bytes> {
    if length < SHORTEST {
        let mut whole = Vec::new();
        whole.try_reserve_exact(length).ok()?;
        for piece in pieces {
            whole.extend_from_slice(piece);
        }
        return Some(whole.into());
    }
    let mut whole = MmapMut::map_anon(length).ok()?;
    let mut rest = &mut whole[..];
    for piece in pieces {
        let (here, behind) = rest.split_at_mut(piece.len());
        here.copy_from_slice(piece);
        rest = behind;
    }
    Some(Bytes::from_owner(whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_stay_what_they_are_and_follow_each_other_in_memory(
            lengths in prop::collection::vec(0_usize..40_000, 0..8),
        ) {
            let before: Vec<Bytes> = (0_u8..)
                .zip(&lengths)
                .map(|(fill, length)| Bytes::from(vec![fill; *length]))
                .collect();
            let mut after = before.clone();
            gather(after.iter_mut().collect());
            prop_assert_eq!(&after, &before);
            let filled: Vec<&Bytes> = after.iter().filter(|piece| !piece.is_empty()).collect();
            for pair in filled.windows(2) {
                prop_assert_eq!(pair[0].as_ptr_range().end, pair[1].as_ptr_range().start);
            }
        }
    }
}
