//! The body of a media answer: bytes that all viewers share, handed out in small pieces.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

use crate::meters::METERS;

/// Bytes that are copied for a viewer at once. A connection keeps room for as many, and there are thousands of them: with
/// the head of an answer it is 16 KiB.
pub(super) const PIECE: usize = 16 * 1_024 - 512;

/// What the server gathers before it writes: less than a piece, so that none comes on top of another.
pub(crate) const GATHERED: usize = 8 * 1_024;

/// From this size on, which parts don't have, a body is worth fewer and larger pieces.
const LARGE: u64 = 256 * 1_024;

/// A piece of a large body. The server lets go of a buffer that is larger than 128 KiB as soon as it is written.
const LARGE_PIECE: usize = 132 * 1_024;

/// Bytes to be sent, none of them copied here.
#[derive(Debug)]
pub(super) struct Pieces {
    parts: VecDeque<Bytes>,
    left: u64,
    piece: usize,
}

impl Pieces {
    pub(super) fn new(parts: Vec<Bytes>) -> Self {
        let parts: VecDeque<_> = parts.into();
        let left = parts.iter().map(|part| part.len() as u64).sum();
        let piece = if left < LARGE { PIECE } else { LARGE_PIECE };
        Self { parts, left, piece }
    }

    /// How many bytes there are.
    pub(super) const fn len(&self) -> u64 {
        self.left
    }

    /// The bytes from `first` to `last`, both included.
    pub(super) fn slice(self, first: u64, last: u64) -> Self {
        let mut skip = first;
        let mut take = last.saturating_add(1).saturating_sub(first);
        let mut parts = Vec::new();
        for mut part in self.parts {
            let dropped = at_most(part.len(), skip);
            skip -= dropped as u64;
            let mut part = part.split_off(dropped);
            part.truncate(at_most(part.len(), take));
            take -= part.len() as u64;
            if !part.is_empty() {
                parts.push(part);
            }
        }
        Self::new(parts)
    }
}

/// `count`, but no more than `length`.
fn at_most(length: usize, count: u64) -> usize {
    usize::try_from(count).map_or(length, |count| count.min(length))
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.left)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let largest = self.piece;
        while let Some(part) = self.parts.front_mut() {
            let piece = part.split_to(part.len().min(largest));
            if part.is_empty() {
                self.parts.pop_front();
            }
            if !piece.is_empty() {
                self.left -= piece.len() as u64;
                METERS.sent.increment(piece.len() as u64);
                return Poll::Ready(Some(Ok(piece)));
            }
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn drain(mut body: Pieces) -> Vec<Bytes> {
        let mut context = Context::from_waker(Waker::noop());
        let mut pieces = Vec::new();
        while let Poll::Ready(Some(Ok(piece))) = Pin::new(&mut body).poll_next(&mut context) {
            pieces.push(piece);
        }
        assert_eq!(body.size(), BodySize::Sized(0));
        pieces
    }

    #[test]
    fn pieces_share_the_bytes_and_are_small_unless_the_body_is_large() {
        for (length, largest) in [(150_000, PIECE), (500_000, LARGE_PIECE)] {
            let whole = Bytes::from(vec![7; length]);
            let pieces = drain(Pieces::new(vec![
                Bytes::new(),
                whole.clone(),
                Bytes::from_static(b"end"),
            ]));
            let lengths: Vec<_> = pieces.iter().map(Bytes::len).collect();
            assert_eq!(lengths[..2], [largest; 2]);
            assert_eq!(lengths[lengths.len() - 2..], [length % largest, 3]);
            assert_eq!(pieces[0].as_ptr(), whole.as_ptr());
            assert_eq!(pieces[1].as_ptr(), whole[largest..].as_ptr());
        }
    }

    #[test]
    fn a_slice_goes_over_the_borders_of_parts() {
        let parts = || {
            vec![
                Bytes::from_static(b"abc"),
                Bytes::from_static(b"def"),
                Bytes::from_static(b"ghi"),
            ]
        };
        let text = |first, last| drain(Pieces::new(parts()).slice(first, last)).concat();
        assert_eq!(text(0, 8), b"abcdefghi");
        assert_eq!(text(2, 6), b"cdefg");
        assert_eq!(text(3, 5), b"def");
        assert_eq!(text(8, 8), b"i");
        assert_eq!(Pieces::new(parts()).slice(2, 6).len(), 5);
    }
}
