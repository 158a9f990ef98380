//! The strings that lead from the server to each connection: stopping it, and listening for its silence.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::publish::Cause;
use crate::SessionId;
use crate::health::Probe;

/// What a publisher did while somebody listened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// No message came for the whole time.
    Silent,
    /// A message came.
    Spoke,
    /// The session is over.
    Gone,
}

/// The messages count of a connection that is over.
const GONE: u64 = u64::MAX;

/// One connection, seen from outside.
#[derive(Debug)]
pub(super) struct Control {
    cause: Mutex<Option<Cause>>,
    stopped: Notify,
    began: Instant,
    messages: AtomicU64,
    /// When the last one came, in milliseconds since it began.
    last: AtomicU64,
    listeners: AtomicUsize,
    spoke: Notify,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            cause: Mutex::default(),
            stopped: Notify::default(),
            began: Instant::now(),
            messages: AtomicU64::default(),
            last: AtomicU64::default(),
            listeners: AtomicUsize::default(),
            spoke: Notify::default(),
        }
    }
}

impl Control {
    /// Asks the connection to end; the first cause counts.
    pub(super) fn stop(&self, cause: Cause) {
        self.cause
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(cause);
        self.stopped.notify_one();
    }

    /// Waits until the connection is asked to end. For one waiter.
    pub(super) async fn stopped(&self) -> Cause {
        loop {
            self.stopped.notified().await;
            if let Some(cause) = self.cause.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return cause;
            }
        }
    }

    /// Notes how many messages have come, and tells those who listen.
    pub(super) fn heard(&self, messages: u64) {
        if self.messages.swap(messages, Ordering::SeqCst) != messages {
            let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.last.store(millis, Ordering::Relaxed);
        }
        if self.listeners.load(Ordering::SeqCst) > 0 {
            self.spoke.notify_waiters();
        }
    }

    /// Notes that the connection is over.
    pub(super) fn over(&self) {
        self.heard(GONE);
    }

    /// For how long no message has come.
    pub(super) fn silent_for(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(last)
    }

    pub(super) async fn await_silence(&self, duration: Duration) -> Silence {
        let deadline = Instant::now() + duration;
        let _listening = Listening::to(self);
        let before = self.messages.load(Ordering::SeqCst);
        loop {
            let spoke = self.spoke.notified();
            tokio::pin!(spoke);
            // Enabled first, so that what is said between here and the wait is not missed.
            spoke.as_mut().enable();
            match self.messages.load(Ordering::SeqCst) {
                GONE => return Silence::Gone,
                now if now != before => return Silence::Spoke,
                _ => {}
            }
            if tokio::time::timeout_at(deadline, spoke).await.is_err() {
                return Silence::Silent;
            }
        }
    }
}

/// Counts one listener for as long as it lives.
struct Listening<'a>(&'a Control);

impl<'a> Listening<'a> {
    fn to(control: &'a Control) -> Self {
        control.listeners.fetch_add(1, Ordering::SeqCst);
        Self(control)
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.listeners.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Every connection, and those of them that publish by their session.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    closed: bool,
    next: u64,
    connections: HashMap<u64, Arc<Control>>,
    sessions: HashMap<SessionId, Publishing>,
}

/// A connection that publishes, and what tells how that goes.
#[derive(Debug)]
struct Publishing {
    control: Arc<Control>,
    probe: Probe,
}

/// A connection's place in the registry, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    registry: Arc<Registry>,
    connection: u64,
    session: Option<SessionId>,
    control: Arc<Control>,
}

impl Registry {
    /// Enters a connection. Once closed, it is asked to end at once.
    pub(super) fn enter(self: &Arc<Self>) -> Place {
        let control = Arc::new(Control::default());
        let mut entries = self.entries();
        let connection = entries.next;
        entries.next += 1;
        entries.connections.insert(connection, control.clone());
        if entries.closed {
            control.stop(Cause::Shutdown);
        }
        drop(entries);
        Place {
            registry: self.clone(),
            connection,
            session: None,
            control,
        }
    }

    /// The connection that publishes a session.
    pub(super) fn session(&self, session: SessionId) -> Option<Arc<Control>> {
        let entries = self.entries();
        let publishing = entries.sessions.get(&session)?;
        Some(publishing.control.clone())
    }

    /// What tells how a session is doing.
    pub(super) fn probe(&self, session: SessionId) -> Option<Probe> {
        let entries = self.entries();
        let publishing = entries.sessions.get(&session)?;
        Some(publishing.probe.clone())
    }

    /// What tells how each session is doing.
    pub(super) fn probes(&self) -> Vec<Probe> {
        let entries = self.entries();
        let publishing = entries.sessions.values();
        publishing.map(|publishing| publishing.probe.clone()).collect()
    }

    /// Asks every connection to end, now and later.
    pub(super) fn close(&self) {
        let mut entries = self.entries();
        entries.closed = true;
        for control in entries.connections.values() {
            control.stop(Cause::Shutdown);
        }
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(super) const fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Makes the connection known as the publisher of `session`.
    pub(super) fn publishes(&mut self, session: SessionId, probe: Probe) {
        let publishing = Publishing {
            control: self.control.clone(),
            probe,
        };
        self.registry.entries().sessions.insert(session, publishing);
        self.session = Some(session);
    }

    /// Takes the session out again, as it is over.
    pub(super) fn session_over(&mut self) {
        if let Some(session) = self.session.take() {
            let mut entries = self.registry.entries();
            // A careless caller may have given the same id to another connection since.
            if entries
                .sessions
                .get(&session)
                .is_some_and(|publishing| Arc::ptr_eq(&publishing.control, &self.control))
            {
                entries.sessions.remove(&session);
            }
        }
        self.control.over();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.session_over();
        self.registry.entries().connections.remove(&self.connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixMicros;
    use crate::health::Meter;
    use crate::packaging::PackagingSettings;

    #[tokio::test(start_paused = true)]
    async fn silence_is_told_after_its_time() {
        let control = Control::default();
        control.heard(5);
        let begun = Instant::now();
        assert_eq!(
            control.await_silence(Duration::from_secs(5)).await,
            Silence::Silent
        );
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_counts_from_the_last_message() {
        let control = Control::default();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(control.silent_for(), Duration::from_secs(1));
        control.heard(1);
        assert_eq!(control.silent_for(), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(2)).await;
        control.heard(1);
        assert_eq!(control.silent_for(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn first_message_is_told_at_once() {
        let control = Arc::new(Control::default());
        let listener = tokio::spawn({
            let control = control.clone();
            async move { control.await_silence(Duration::from_secs(5)).await }
        });
        while control.listeners.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        control.heard(1);
        assert_eq!(listener.await.unwrap(), Silence::Spoke);
        assert_eq!(control.listeners.load(Ordering::SeqCst), 0);
        control.over();
        assert_eq!(control.await_silence(Duration::from_secs(5)).await, Silence::Gone);
    }

    #[tokio::test]
    async fn closed_registry_stops_connections_of_before_and_after() {
        let registry = Arc::new(Registry::default());
        let mut before = registry.enter();
        let meter = Meter::new(&PackagingSettings::default(), UnixMicros(0));
        before.publishes(SessionId(1), Probe::new(meter));
        registry.close();
        assert_eq!(before.control().stopped().await, Cause::Shutdown);
        assert_eq!(registry.enter().control().stopped().await, Cause::Shutdown);
        assert!(registry.session(SessionId(1)).is_some());
        drop(before);
        assert!(registry.session(SessionId(1)).is_none());
    }
}
