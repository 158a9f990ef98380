//! Apps: the tenants. Everything else belongs to one.

use crate::{AppId, EntityState, Timestamp, UserId, ValueError};

/// An app's name: 1 to 255 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppName(String);

impl AppName {
    /// Takes a text that is not blank and not too long, and has no U+0000, which can't be stored everywhere.
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        if text.trim().is_empty() || text.contains('\0') || text.chars().nth(255).is_some() {
            return Err(ValueError::AppNameLength);
        }
        Ok(Self(text))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A customer's app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The store's number for it.
    pub id: AppId,
    /// Whether the app is there; a deleted app's keys open nothing.
    pub state: EntityState,
    /// Its name, for people.
    pub name: AppName,
    /// The user who owns it.
    pub owner: UserId,
    /// When it was made.
    pub created_at: Timestamp,
}
