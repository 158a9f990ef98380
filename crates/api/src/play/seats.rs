//! How many connections of players there may be at a time. Nobody else's count, so that back ends and probes are
//! answered when every seat is taken.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::meters::METERS;

/// The seats of one server.
#[derive(Clone)]
pub(crate) struct Seats(Arc<Semaphore>);

impl Seats {
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))))
    }

    /// For a connection that has just been made.
    pub(crate) fn seat(&self) -> Seat {
        Seat {
            seats: self.0.clone(),
            taken: OnceLock::new(),
        }
    }
}

/// A connection's seat, which its first request for media takes, and its end gives back.
pub(crate) struct Seat {
    seats: Arc<Semaphore>,
    taken: OnceLock<Taken>,
}

/// A seat that is taken, which is counted until it is given back.
struct Taken {
    _permit: OwnedSemaphorePermit,
}

impl Taken {
    fn new(permit: OwnedSemaphorePermit) -> Self {
        METERS.viewers.increment(1.0);
        Self { _permit: permit }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        METERS.viewers.decrement(1.0);
    }
}

impl Seat {
    /// Whether the connection has a seat, or gets one.
    pub(crate) fn take(&self) -> bool {
        if self.taken.get().is_some() {
            return true;
        }
        let Ok(permit) = self.seats.clone().try_acquire_owned() else {
            return false;
        };
        // Two requests of one connection at once: the second permit goes back.
        let _ = self.taken.set(Taken::new(permit));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Seats;

    #[test]
    fn a_seat_is_taken_once_and_given_back_at_the_end() {
        let seats = Seats::new(1);
        let (first, second) = (seats.seat(), seats.seat());
        assert!(first.take());
        assert!(first.take());
        assert!(!second.take());
        drop(first);
        assert!(second.take());
    }
}
