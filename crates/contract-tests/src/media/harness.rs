//! What the suite needs of an adapter beside the port.

use ports::media::{MediaServer, Origin};

/// A fresh media server with nobody at the door, all to itself, for one case.
pub trait Harness: Sized + Send + Sync + 'static {
    /// A publisher of its own kind.
    type Publisher: Publisher;

    /// Makes it.
    fn new() -> impl Future<Output = Self> + Send;

    /// The server.
    fn server(&self) -> &dyn MediaServer;

    /// What holds its media.
    fn origin(&self) -> &dyn Origin;

    /// Has a publisher knock with this key string, and waits until it knows what became of that. `None` when it was
    /// not let in.
    fn knock(&self, key: &str) -> impl Future<Output = Option<Self::Publisher>> + Send;
}

/// A publisher that was let in, in the hands of a case.
pub trait Publisher: Send {
    /// Sends media, at once, of which something can be played.
    fn sends_media(&mut self) -> impl Future<Output = ()> + Send;

    /// Sends a message that changes nothing but that it speaks.
    fn speaks(&mut self) -> impl Future<Output = ()> + Send;

    /// Closes its connection.
    fn leaves(self) -> impl Future<Output = ()> + Send;

    /// Waits until the server has sent it off.
    fn is_sent_off(&mut self) -> impl Future<Output = ()> + Send;
}
