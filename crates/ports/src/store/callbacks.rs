//! Callbacks: where apps want to be told of their events, and how far they have been.

use std::fmt;

use async_trait::async_trait;
use domain::{AppId, Timestamp};

use super::StoreError;

/// What notifications are signed with: `whsec_` and the base64 of the key (Standard Webhooks). Stored as it is, since
/// it is signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// Wraps a secret as it was made.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// Credentials that a receiver asks for, by Basic authentication.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackAccess {
    /// The user name.
    pub id: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for CallbackAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackAccess(…)")
    }
}

/// Where an app wants to be told of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The app.
    pub app: AppId,
    /// Where to.
    pub url: String,
    /// What the receiver asks for, if it does.
    pub access: Option<CallbackAccess>,
    /// What notifications are signed with.
    pub secret: WebhookSecret,
    /// The number of the last event that has a delivery.
    pub cursor: i64,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last set.
    pub last_modified_at: Timestamp,
}

/// Which process tells an app, and how often it has said that it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackLease {
    /// The app.
    pub app: AppId,
    /// The process; none when nobody does.
    pub holder: Option<String>,
    /// Counted up while the holder lives: where it stands still, the holder is dead.
    pub beat: i64,
}

/// The callbacks of apps, one each at most.
#[async_trait]
pub trait CallbackRepository: Send {
    /// Sets an app's callback. One that is there keeps its cursor, its holder and when it was first set.
    async fn put(&mut self, callback: &Callback) -> Result<(), StoreError>;
    /// The app's callback.
    async fn get(&mut self, app: AppId) -> Result<Option<Callback>, StoreError>;
    /// Removes the app's callback. False when there is none.
    async fn remove(&mut self, app: AppId) -> Result<bool, StoreError>;
    /// Notes that all events up to `to` have deliveries. False when the cursor is not at `from` (any more).
    async fn advance(&mut self, app: AppId, from: i64, to: i64) -> Result<bool, StoreError>;
    /// Who tells which app, in the order of apps.
    async fn leases(&mut self) -> Result<Vec<CallbackLease>, StoreError>;
    /// Makes `holder` the one who tells the app, if the lease still is as it was `seen`.
    async fn take(&mut self, seen: &CallbackLease, holder: &str) -> Result<bool, StoreError>;
    /// Says that this holder lives, for all that it holds.
    async fn beat(&mut self, holder: &str) -> Result<(), StoreError>;
    /// Lets go of all that this holder holds.
    async fn release(&mut self, holder: &str) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_themselves() {
        let access = CallbackAccess {
            id: "me".into(),
            password: "hunter2".into(),
        };
        assert_eq!(format!("{access:?}"), "CallbackAccess(…)");
        assert_eq!(format!("{:?}", WebhookSecret::new("whsec_x")), "WebhookSecret(…)");
    }
}
