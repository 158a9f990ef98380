//! The way to apps' own servers: one POST each, signed, to where the name leads and never inside.

mod address;
mod client;
mod payload;
mod signature;
mod target;

pub use client::{Resolve, SystemResolver};

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ports::{Notification, NotificationSender, SendError, UrlRefusal};
use tokio_rustls::TlsConnector;

use self::target::Target;
use crate::meters::{METERS, timed};

/// How long a receiver may take, from its name's resolution to the head of its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends notifications by the Standard Webhooks.
pub struct WebhookSender {
    allow_private: bool,
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
}

impl WebhookSender {
    /// Sends to addresses of the public Internet only, unless private ones are allowed. Receivers by `https` must
    /// show a certificate that this machine trusts.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(allow_private: bool) -> Result<Self, rustls::Error> {
        Self::resolving(allow_private, Arc::new(SystemResolver))
    }

    /// The same, with names looked up another way.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn resolving(allow_private: bool, resolver: Arc<dyn Resolve>) -> Result<Self, rustls::Error> {
        Ok(Self {
            allow_private,
            resolver,
            tls: client::connector()?,
        })
    }
}

#[async_trait]
impl NotificationSender for WebhookSender {
    fn check(&self, url: &str) -> Result<(), UrlRefusal> {
        Target::parse(url, self.allow_private).map(drop)
    }

    async fn send(&self, notification: &Notification) -> Result<u16, SendError> {
        let callback = &notification.callback;
        let target = Target::parse(&callback.url, self.allow_private)
            .map_err(|refusal| SendError(refusal.to_string()))?;
        let body = payload::of(notification.what);
        let request = client::Post {
            timestamp: notification.sent_at.micros().div_euclid(1_000_000),
            id: &notification.id,
            secret: &callback.secret,
            access: callback.access.as_ref(),
            body,
        };
        let sending = client::post(&target, request, &*self.resolver, &self.tls, self.allow_private);
        let answer = timed(&METERS.delivering, tokio::time::timeout(PATIENCE, sending)).await;
        let answer = answer.unwrap_or_else(|_| Err(SendError("there was no answer within 10 s".to_owned())));
        match answer {
            Ok(200..300) => &METERS.delivered,
            Ok(_) => &METERS.refused,
            Err(_) => &METERS.unanswered,
        }
        .increment(1);
        answer
    }
}
