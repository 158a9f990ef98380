//! The body of a media answer over HTTP/2, where a client says itself how much it takes (RFC 9113, 5.2). One that says
//! nothing more answers at the level of TCP all the same: only here can it be noticed.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::rt;
use bytes::Bytes;
use ports::media::Cut;
use tokio::task::AbortHandle;

use super::body::Pieces;

/// How long the clients of a connection may take nothing of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience(pub(crate) Duration);

/// Bytes to be sent while the client takes a piece of them now and then. When it does not, all that it was not given yet is
/// let go, and the stream is reset as soon as the client asks for more.
pub(super) struct Patient {
    held: Arc<Held>,
    length: u64,
    watch: AbortHandle,
}

struct Held {
    /// `None` when they were let go.
    pieces: Mutex<Option<Pieces>>,
    /// How often the client has had room for one.
    taken: AtomicU64,
}

impl Patient {
    pub(super) fn new(pieces: Pieces, Patience(patience): Patience) -> Self {
        let length = pieces.len();
        let held = Arc::new(Held {
            pieces: Mutex::new(Some(pieces)),
            taken: AtomicU64::new(0),
        });
        let watch = rt::spawn(watch(Arc::clone(&held), patience)).abort_handle();
        Self { held, length, watch }
    }
}

/// Lets the pieces go when none has been taken for that long, or up to twice as long.
async fn watch(held: Arc<Held>, patience: Duration) {
    let mut before = None;
    loop {
        rt::time::sleep(patience).await;
        let taken = Some(held.taken.load(Ordering::Relaxed));
        if taken == before {
            let mut pieces = held.pieces.lock().unwrap_or_else(PoisonError::into_inner);
            *pieces = None;
            return;
        }
        before = taken;
    }
}

impl Drop for Patient {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl MessageBody for Patient {
    type Error = Cut;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.held.taken.fetch_add(1, Ordering::Relaxed);
        let mut pieces = self.held.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pieces) = pieces.as_mut() else {
            return Poll::Ready(Some(Err(Cut)));
        };
        let next = Pin::new(pieces).poll_next(context);
        next.map(|piece| piece.map(|piece| piece.map_err(|never| match never {})))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::task::LocalSet;
    use tokio::time::sleep;

    use super::super::body::PIECE;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn next(body: &mut Patient) -> Option<Result<Bytes, Cut>> {
        match Pin::new(body).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(next) => next,
            Poll::Pending => panic!("what is there is not waited for"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_piece_now_and_then_gets_all_of_them() {
        let whole = Bytes::from(vec![7; 10 * PIECE]);
        let taking = async {
            let mut body = Patient::new(Pieces::new(vec![whole.clone()]), Patience(PATIENCE));
            assert_eq!(body.size(), BodySize::Sized(whole.len() as u64));
            for _ in 0..10 {
                sleep(PATIENCE.saturating_sub(Duration::from_secs(1))).await;
                assert_eq!(next(&mut body).unwrap().unwrap().len(), PIECE);
            }
            assert_eq!(next(&mut body), None);
        };
        LocalSet::new().run_until(taking).await;
        assert!(whole.is_unique(), "somebody holds it on");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_client_does_not_take_is_let_go_and_cut_off() {
        let whole = Bytes::from(vec![7; 2 * PIECE]);
        let stalling = async {
            let mut body = Patient::new(Pieces::new(vec![whole.clone()]), Patience(PATIENCE));
            drop(next(&mut body));
            sleep(PATIENCE * 2 + Duration::from_secs(1)).await;
            assert!(whole.is_unique(), "it is held on");
            assert_eq!(next(&mut body), Some(Err(Cut)));
        };
        LocalSet::new().run_until(stalling).await;
    }
}
