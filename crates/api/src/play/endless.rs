//! The body of an answer that goes on while it is being made.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use ports::media::Cut;

use super::body::PIECE;

/// Bytes to be sent as they come, until they end or the server stops. One that is cut off ends its connection without a
/// proper end, so that nobody takes it for the whole.
pub(super) struct Endless<F> {
    stream: BoxStream<'static, Result<Bytes, Cut>>,
    stopped: Pin<Box<F>>,
    /// What is left of the last item.
    rest: Bytes,
}

impl<F> Endless<F> {
    pub(super) fn new(stream: BoxStream<'static, Result<Bytes, Cut>>, stopped: F) -> Self {
        Self {
            stream,
            stopped: Box::pin(stopped),
            rest: Bytes::new(),
        }
    }
}

impl<F: Future<Output = ()>> MessageBody for Endless<F> {
    type Error = Cut;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            if !self.rest.is_empty() {
                let length = self.rest.len().min(PIECE);
                return Poll::Ready(Some(Ok(self.rest.split_to(length))));
            }
            if self.stopped.as_mut().poll(context).is_ready() {
                return Poll::Ready(Some(Err(Cut)));
            }
            match self.stream.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) => self.rest = bytes,
                Poll::Ready(Some(Err(cut))) => return Poll::Ready(Some(Err(cut))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use futures_util::stream;

    use super::*;

    fn next<F: Future<Output = ()>>(body: &mut Endless<F>) -> Poll<Option<Result<Bytes, Cut>>> {
        // Boxed streams and futures can be moved.
        Pin::new(body).poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn what_comes_goes_out_in_small_pieces_and_ends_with_the_stream() {
        let items = [Ok(Bytes::from(vec![7; PIECE + 1])), Ok(Bytes::new())];
        let mut body = Endless::new(Box::pin(stream::iter(items)), std::future::pending());
        for length in [PIECE, 1] {
            let Poll::Ready(Some(Ok(piece))) = next(&mut body) else {
                panic!("a piece of {length}");
            };
            assert_eq!(piece.len(), length);
        }
        assert_eq!(next(&mut body), Poll::Ready(None));
    }

    #[test]
    fn a_server_that_stops_cuts_it_off() {
        let waiting = stream::pending();
        let mut body = Endless::new(Box::pin(waiting), std::future::ready(()));
        assert_eq!(next(&mut body), Poll::Ready(Some(Err(Cut))));
    }
}
