//! What every handler needs: the application, the runtime that it runs on, and whether the server is stopping.

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;

use application::Application;
use domain::AppId;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::error::ApiError;
use crate::extract::Caller;
use crate::health::Health;
use crate::request_limit::RequestLimit;
use crate::routes::EventSource;

/// Where the platform is reached from outside. No address ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    http: String,
    rtmp: String,
}

impl Links {
    /// Takes the public addresses of the HTTP server and of the RTMP ingest, such as `http://127.0.0.1:8080` and
    /// `rtmp://127.0.0.1:1935`.
    pub fn new(http: impl Into<String>, rtmp: impl Into<String>) -> Self {
        let trimmed = |url: String| url.trim_end_matches('/').to_owned();
        Self {
            http: trimmed(http.into()),
            rtmp: trimmed(rtmp.into()),
        }
    }

    /// The public address of the HTTP server.
    pub fn http(&self) -> &str {
        &self.http
    }

    /// The public address of the RTMP ingest.
    pub fn rtmp(&self) -> &str {
        &self.rtmp
    }
}

/// How much is taken of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second of each app, a second's worth of which may come at one moment.
    pub requests_per_second: NonZeroU32,
    /// Connections of members' devices that listen to what changes.
    pub event_sources: usize,
}

/// What the handlers of all workers share. A clone is the same state.
#[derive(Clone)]
pub struct State(Arc<Shared>);

struct Shared {
    application: Application,
    runtime: Handle,
    links: Links,
    health: Arc<dyn Health>,
    requests: RequestLimit,
    event_sources: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

impl State {
    /// Puts together what handlers need. Use cases run on `runtime`, which must be a multi-thread one.
    pub fn new(
        application: Application,
        runtime: Handle,
        links: Links,
        health: Arc<dyn Health>,
        limits: Limits,
    ) -> Self {
        Self(Arc::new(Shared {
            application,
            runtime,
            links,
            health,
            requests: RequestLimit::new(limits.requests_per_second),
            event_sources: Arc::new(Semaphore::new(limits.event_sources.min(Semaphore::MAX_PERMITS))),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Begins the end: `/readyz` says so, requests that wait for media are answered at once, and answers close their
    /// connections. Requests are still served. Stopping twice is the same as once.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Whether [`State::stop`] was called.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.0.stopping.borrow()
    }

    /// Waits until [`State::stop`] is called.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.0.stopping.subscribe();
        // Never an error: the sender lives in the state that is borrowed here.
        let _stopped = stopping.wait_for(|stopping| *stopping).await;
    }

    /// The same, for what outlives the handler.
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + use<> {
        let mut stopping = self.0.stopping.subscribe();
        async move {
            // An error says that there is no server any more.
            let _stopped = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    pub(crate) fn application(&self) -> &Application {
        &self.0.application
    }

    pub(crate) fn links(&self) -> &Links {
        &self.0.links
    }

    pub(crate) fn health(&self) -> &Arc<dyn Health> {
        &self.0.health
    }

    /// A seat for one more connection that listens.
    pub(crate) fn event_source(&self) -> Result<EventSource, ApiError> {
        let seat = Arc::clone(&self.0.event_sources).try_acquire_owned();
        seat.map(EventSource::new)
            .map_err(|_| ApiError::full_of_listeners())
    }

    /// Runs `work` on the main runtime, to its end even when the caller goes away. A panic in it is an error here.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let task = self.0.runtime.spawn(work.instrument(Span::current()));
        task.await
            .unwrap_or_else(|failure| Err(ApiError::broken(&failure)))
    }

    /// Runs one use case for the app whose credentials these are, if they are good.
    pub(crate) async fn call<T, F>(
        &self,
        caller: Caller,
        use_case: impl FnOnce(Application, AppId) -> F + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        let state = self.clone();
        self.run(async move {
            let app = state.admit(&caller).await?;
            use_case(state.application().clone(), app).await
        })
        .await
    }

    /// Runs one use case that only reads one thing or a short list, for the app whose credentials these are, if they are good. It runs
    /// where the request is served: a read is over before another thread would have heard of it, and nothing is lost
    /// when its caller goes away half-way.
    pub(crate) async fn read<T, F>(
        &self,
        caller: Caller,
        use_case: impl FnOnce(Application, AppId) -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let app = self.admit(&caller).await?;
        use_case(self.application().clone(), app).await
    }

    /// The app whose credentials these are: for requests with a body, which is read only then.
    pub(crate) async fn authenticate(&self, caller: Caller) -> Result<AppId, ApiError> {
        let state = self.clone();
        self.run(async move { state.admit(&caller).await }).await
    }

    /// The app whose credentials these are, if it has not made too many requests.
    async fn admit(&self, caller: &Caller) -> Result<AppId, ApiError> {
        let app = self.application().authenticate(&caller.key, &caller.secret);
        let app = app.await?;
        tracing::record_all!(Span::current(), app = app.get(), key = caller.key.as_str());
        let taken = self.0.requests.take(app, Instant::now());
        taken.map_err(ApiError::too_many_requests)?;
        Ok(app)
    }
}
