//! An app's own server that does as a test tells it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::DomainEvent;
use ports::{Notification, NotificationSender, SendError, UrlRefusal};

type Verdict = Box<dyn Fn(DomainEvent) -> Result<u16, SendError> + Send>;

/// Takes everything, until it is told otherwise. Clones are the same.
#[derive(Clone)]
pub(crate) struct Receiver {
    got: Arc<Mutex<Vec<(String, DomainEvent)>>>,
    verdict: Arc<Mutex<Verdict>>,
}

impl Default for Receiver {
    fn default() -> Self {
        Self {
            got: Arc::default(),
            verdict: Arc::new(Mutex::new(Box::new(|_| Ok(204)))),
        }
    }
}

impl Receiver {
    /// Answers so from now on.
    pub(crate) fn answers(&self, verdict: impl Fn(DomainEvent) -> Result<u16, SendError> + Send + 'static) {
        *self.verdict.lock().unwrap() = Box::new(verdict);
    }

    /// The ids of all that came, taken or not, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.got
            .lock()
            .unwrap()
            .iter()
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// What came, taken or not, in order.
    pub(crate) fn events(&self) -> Vec<DomainEvent> {
        self.got.lock().unwrap().iter().map(|(_, what)| *what).collect()
    }
}

#[async_trait]
impl NotificationSender for Receiver {
    fn check(&self, url: &str) -> Result<(), UrlRefusal> {
        if url.starts_with("https://") {
            Ok(())
        } else {
            Err(UrlRefusal("url must begin with https://"))
        }
    }

    async fn send(&self, notification: &Notification) -> Result<u16, SendError> {
        self.got
            .lock()
            .unwrap()
            .push((notification.id.clone(), notification.what));
        let verdict = self.verdict.lock().unwrap();
        verdict(notification.what)
    }
}
