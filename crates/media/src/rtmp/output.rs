//! Bytes on their way out, in pieces that need not be copied together.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};

/// Below this size, copying a piece costs less than a slice of its own in a vectored write.
const COPY_BELOW: usize = 1_024;

/// A queue of bytes to write. Small pieces are gathered, large ones shared.
#[derive(Debug, Default)]
pub struct Output {
    pieces: VecDeque<Bytes>,
    queued: usize,
    gathered: BytesMut,
}

impl Output {
    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.queued + self.gathered.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everything that waits, as one piece.
    pub fn take(&mut self) -> Bytes {
        self.seal();
        let length = std::mem::take(&mut self.queued);
        if self.pieces.len() == 1 {
            return self.pieces.pop_front().unwrap_or_default();
        }
        let mut joined = BytesMut::with_capacity(length);
        for piece in self.pieces.drain(..) {
            joined.extend_from_slice(&piece);
        }
        joined.freeze()
    }

    /// Everything that waits, as the pieces that it is in.
    pub(crate) fn into_pieces(mut self) -> VecDeque<Bytes> {
        self.seal();
        self.pieces
    }

    /// Fills `slices` with what waits, for a vectored write, and answers how many of them it filled.
    pub fn slices<'a>(&'a mut self, slices: &mut [IoSlice<'a>]) -> usize {
        self.seal();
        let mut filled = 0;
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(piece);
            filled += 1;
        }
        filled
    }

    /// Forgets the first `count` bytes, which were written.
    pub fn advance(&mut self, mut count: usize) {
        self.seal();
        self.queued = self.queued.saturating_sub(count);
        while let Some(front) = self.pieces.front_mut() {
            if count < front.len() {
                front.advance(count);
                return;
            }
            count -= front.len();
            self.pieces.pop_front();
        }
    }

    /// Where small things are written.
    pub(crate) const fn small(&mut self) -> &mut BytesMut {
        &mut self.gathered
    }

    /// Adds a piece.
    pub(crate) fn push(&mut self, piece: Bytes) {
        if piece.len() < COPY_BELOW {
            self.gathered.extend_from_slice(&piece);
            return;
        }
        self.seal();
        self.queued += piece.len();
        self.pieces.push_back(piece);
    }

    /// Moves what was gathered into the queue.
    fn seal(&mut self) {
        if !self.gathered.is_empty() {
            self.queued += self.gathered.len();
            // Whole, so that nothing is kept of a buffer once it is written.
            self.pieces.push_back(std::mem::take(&mut self.gathered).freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pieces_are_gathered_and_large_ones_shared() {
        let large = Bytes::from(vec![2; COPY_BELOW]);
        let mut output = Output::default();
        output.push(Bytes::from_static(&[1]));
        output.push(Bytes::from_static(&[1]));
        output.push(large.clone());
        assert_eq!(output.len(), COPY_BELOW + 2);
        let mut slices = [IoSlice::new(&[]); 8];
        assert_eq!(output.slices(&mut slices), 2);
        assert_eq!(slices[0][..], [1, 1]);
        assert_eq!(slices[1].as_ptr(), large.as_ptr());
    }

    #[test]
    fn partial_writes_go_on_where_they_stopped() {
        let mut output = Output::default();
        output.push(Bytes::from_static(&[1, 2, 3]));
        output.push(Bytes::from(vec![4; COPY_BELOW]));
        output.advance(2);
        assert_eq!(output.len(), COPY_BELOW + 1);
        output.advance(2);
        assert_eq!(output.take().len(), COPY_BELOW - 1);
        assert!(output.is_empty());
    }
}
