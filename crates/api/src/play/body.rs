//! The body of a media answer: bytes that all viewers share, handed out in small pieces.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

use crate::meters::METERS;

/// What a slow viewer can make the server copy for it at once.
pub(super) const LARGEST_PIECE: usize = 64 * 1024;

/// Bytes to be sent, none of them copied here.
#[derive(Debug)]
pub(super) struct Pieces {
    parts: VecDeque<Bytes>,
    left: u64,
}

impl Pieces {
    pub(super) fn new(parts: Vec<Bytes>) -> Self {
        let parts: VecDeque<_> = parts.into();
        let left = parts.iter().map(|part| part.len() as u64).sum();
        Self { parts, left }
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
        while let Some(part) = self.parts.front_mut() {
            let piece = part.split_to(part.len().min(LARGEST_PIECE));
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
    fn pieces_are_small_and_share_the_bytes() {
        let whole = Bytes::from(vec![7; 150_000]);
        let pieces = drain(Pieces::new(vec![
            Bytes::new(),
            whole.clone(),
            Bytes::from_static(b"end"),
        ]));
        let lengths: Vec<_> = pieces.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [65_536, 65_536, 18_928, 3]);
        assert_eq!(pieces[0].as_ptr(), whole.as_ptr());
        assert_eq!(pieces[1].as_ptr(), whole[65_536..].as_ptr());
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
