//! The traits between the application and the world, with their errors and read models.
//!
//! A trait here is object-safe and says what its implementations owe; the crate `contract-tests` checks it.

pub mod media;
pub mod store;

mod clock;
mod grants;
mod notifications;
mod secrets;
mod tokens;

pub use clock::Clock;
pub use grants::{GRANT_CODE_LENGTH, PathGrant};
pub use notifications::{Notification, NotificationSender, SendError, UrlRefusal};
pub use secrets::{ApiSecret, Secrets};
pub use tokens::{Claims, Subject, TokenKind, TokenSecret, Tokens};
