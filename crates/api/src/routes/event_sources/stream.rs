//! What goes over one connection: signals, and something now and then while there are none.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use application::{Listener, Signal};
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, interval_at, sleep};

use crate::json::SignalJson;
use crate::meters::METERS;
use crate::state::{Links, State};

/// How often something is sent when nothing happens: proxies and clients give a silent connection up after a minute or
/// so, and a client that is gone is noticed.
const BEAT: Duration = Duration::from_secs(15);

/// How long a client should wait before it connects again, in milliseconds.
const RETRY: u32 = 3000;

/// A connection's seat among those that listen, counted until it is given back.
pub(crate) struct EventSource {
    _seat: OwnedSemaphorePermit,
}

impl EventSource {
    pub(crate) fn new(seat: OwnedSemaphorePermit) -> Self {
        METERS.event_sources.increment(1.0);
        Self { _seat: seat }
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        METERS.event_sources.decrement(1.0);
    }
}

/// Tells one client what its listener hears, until the client is gone, the token expires, or the server stops. It ends in
/// order: the client connects again, and resumes.
pub(super) async fn tell(
    state: State,
    mut listener: Listener,
    frames: mpsc::Sender<Bytes>,
    _seat: EventSource,
) {
    let expired = sleep(listener.lasts());
    let stopped = state.stopped();
    tokio::pin!(expired, stopped);
    let mut beat = interval_at(Instant::now() + BEAT, BEAT);
    let mut frame = first(listener.reached());
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => return,
            () = &mut expired => return,
            sent = frames.send(frame) => if sent.is_err() { return },
        }
        frame = tokio::select! {
            biased;
            () = &mut stopped => return,
            () = &mut expired => return,
            () = frames.closed() => return,
            heard = listener.next() => match heard {
                Some(signal) => event(&signal, state.links()),
                None => return,
            },
            _ = beat.tick() => nothing(listener.reached()),
        };
    }
}

/// When to come again, and where to resume if nothing is heard until then.
fn first(reached: i64) -> Bytes {
    format!("retry: {RETRY}\nid: {reached}\n\n").into()
}

fn event(signal: &Signal, links: &Links) -> Bytes {
    METERS.signals.increment(1);
    let mut frame = format!("id: {}\ndata: ", signal.sequence).into_bytes();
    // It always makes JSON, which has no line break in it.
    let _always = serde_json::to_writer(&mut frame, &SignalJson::new(signal, links));
    frame.extend_from_slice(b"\n\n");
    frame.into()
}

/// Without data it is no event for clients, but they keep the number: what was passed over is not read again.
fn nothing(reached: i64) -> Bytes {
    format!(":\nid: {reached}\n\n").into()
}

/// The body of the answer: what was put into the queue, until nobody puts any more.
pub(super) struct Frames(mpsc::Receiver<Bytes>);

impl Frames {
    pub(super) fn new(frames: mpsc::Receiver<Bytes>) -> Self {
        Self(frames)
    }
}

impl MessageBody for Frames {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.0.poll_recv(context).map(|frame| frame.map(Ok))
    }
}
