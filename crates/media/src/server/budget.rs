//! What all connections together may keep before they publish: strangers are many, and each costs little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What each connection may keep without asking: all that an encoder needs.
const FREE: usize = 2 << 10;

/// What all connections together may keep beyond that.
const SHARED: usize = 4 << 20;

/// The common store of bytes.
#[derive(Debug)]
pub(super) struct Budget {
    left: AtomicUsize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            left: AtomicUsize::new(SHARED),
        }
    }
}

/// What one connection keeps; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    taken: usize,
}

impl Share {
    pub(super) const fn of(budget: Arc<Budget>) -> Self {
        Self { budget, taken: 0 }
    }

    /// Notes that the connection keeps so many bytes now; false if that is more than there is.
    pub(super) fn keep(&mut self, bytes: usize) -> bool {
        let wanted = bytes.saturating_sub(FREE);
        if wanted > self.taken {
            let more = wanted - self.taken;
            let enough = self
                .budget
                .left
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(more));
            if enough.is_err() {
                return false;
            }
        } else {
            self.budget.left.fetch_add(self.taken - wanted, Ordering::AcqRel);
        }
        self.taken = wanted;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.keep(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_encoder_needs_is_free() {
        let budget = Arc::new(Budget::default());
        let mut greedy = Share::of(budget.clone());
        assert!(greedy.keep(FREE + SHARED));
        assert!(!greedy.keep(FREE + SHARED + 1));
        let mut modest = Share::of(budget);
        assert!(modest.keep(FREE));
        assert!(!modest.keep(FREE + 1));
    }

    #[test]
    fn what_was_taken_comes_back() {
        let budget = Arc::new(Budget::default());
        let mut share = Share::of(budget.clone());
        assert!(share.keep(FREE + 1_000));
        assert!(share.keep(FREE + 400));
        assert_eq!(budget.left.load(Ordering::Acquire), SHARED - 400);
        drop(share);
        assert_eq!(budget.left.load(Ordering::Acquire), SHARED);
    }
}
