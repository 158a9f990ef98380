//! Users: accounts of this platform, who own apps.

use crate::{EntityState, UserId};

/// An account of this platform. Apps belong to one, and rooms name it as `createdBy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The store's number for it.
    pub id: UserId,
    /// Whether the account is there.
    pub state: EntityState,
    /// The name that it signs in with; unique.
    pub username: String,
    /// Where it gets mail.
    pub email: String,
}
