//! The buffer that sockets are read into: one a thread, as what was read is worked off before anything is awaited.

use std::cell::RefCell;

/// What one read takes at most: what a stream of 25 Mbit/s sends between two reads.
const LENGTH: usize = 64 << 10;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Lends the thread's buffer to `work`. What is in it is of no use to anybody.
pub(super) fn with_buffer<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    BUFFER.with_borrow_mut(|buffer| {
        buffer.resize(LENGTH, 0);
        work(buffer)
    })
}
