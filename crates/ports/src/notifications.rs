//! Telling apps what happened: the way out to their own servers.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{DomainEvent, Timestamp};
use thiserror::Error;

use crate::store::Callback;

/// Something that an app is to be told.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Whom to tell, and with what to sign.
    pub callback: Arc<Callback>,
    /// What the receiver tells repetitions by (`webhook-id`).
    pub id: String,
    /// What happened.
    pub what: DomainEvent,
    /// When it is told (`webhook-timestamp`); whole seconds count.
    pub sent_at: Timestamp,
}

/// Tells apps what happened, by the Standard Webhooks.
#[async_trait]
pub trait NotificationSender: Send + Sync {
    /// Whether such a URL may be called at all, as far as that can be said without asking anybody.
    fn check(&self, url: &str) -> Result<(), UrlRefusal>;
    /// Tells an app once, and answers with the status that the receiver answered with. Takes 10 s at most.
    ///
    /// # Errors
    /// When there was no answer.
    async fn send(&self, notification: &Notification) -> Result<u16, SendError>;
}

/// Why a URL can't be called.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct UrlRefusal(pub &'static str);

/// Why a receiver gave no answer: for the app's own eyes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SendError(pub String);
