//! A publisher: what a demonstration, a load generator and tests send media with.

mod publisher;
mod session;
mod url;

pub use publisher::{PublishError, Publisher};
pub use session::{ClientError, ClientSession, ServerStatus};
pub use url::{InvalidUrl, PublishUrl};
