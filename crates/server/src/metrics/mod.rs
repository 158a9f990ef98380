//! What `/metrics` says: everything that the crates count, and what is looked at when somebody asks.

mod ingest;
mod process;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use adapters::Connections;
use anyhow::Context as _;
use application::Application;
use async_trait::async_trait;
use media::hub::Hub;
use media::server::RtmpServer;
use metrics::{Unit, describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use self::process::Process;

/// How long the store has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Buckets for what takes from microseconds to seconds: queries, requests, waits.
const DURATIONS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Buckets for what lies between a picture and its viewer.
const LATENCIES: &[f64] = &[
    0.05, 0.1, 0.2, 0.3, 0.35, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 40.0,
];

const BUILD: &str = "videoroom_build_info";
const UP: &str = "videoroom_storage_up";
const PING: &str = "videoroom_storage_ping_seconds";
const CONNECTIONS: &str = "videoroom_storage_connections";
const CONNECTIONS_MAX: &str = "videoroom_storage_connections_max";
const WAITING: &str = "videoroom_storage_connections_waiting";
const HELD: &str = "videoroom_media_held_bytes";
const CHANNELS: &str = "videoroom_media_channels";

/// Tells how the store's connections are.
pub(crate) type LookAtConnections = Box<dyn Fn() -> Connections + Send + Sync>;

/// The numbers of this process. A clone tells the same ones.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    recorder: PrometheusHandle,
    process: Process,
    sources: OnceLock<Sources>,
}

/// What is looked at when somebody asks.
pub(crate) struct Sources {
    pub(crate) application: Application,
    pub(crate) hub: Arc<Hub>,
    /// None where nobody publishes.
    pub(crate) publishers: Option<Arc<RtmpServer>>,
    /// None of a store in memory.
    pub(crate) connections: Option<LookAtConnections>,
}

impl Metrics {
    /// Begins to count. Once in a process, before anything is made that counts.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let recorder = recorder().context("can't set up the metrics")?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).context("can't install the metrics")?;
        describe();
        adapters::describe_metrics();
        api::describe_metrics();
        media::describe_metrics();
        Ok(Self(Arc::new(Inner {
            recorder: handle,
            process: Process::begin(),
            sources: OnceLock::new(),
        })))
    }

    /// Has these looked at from now on.
    pub(crate) fn look_at(&self, sources: Sources) {
        // Said once, when the platform starts.
        let _ = self.0.sources.set(sources);
    }

    /// Puts what was recorded into its buckets. To be called every few seconds: until then, it takes memory.
    pub(crate) fn tidy(&self) {
        self.0.recorder.run_upkeep();
    }
}

#[async_trait]
impl api::Metrics for Metrics {
    async fn render(&self) -> String {
        self.0.process.look();
        if let Some(sources) = self.0.sources.get() {
            sources.look().await;
        }
        self.0.recorder.render()
    }
}

impl Sources {
    async fn look(&self) {
        let holdings = self.hub.holdings();
        gauge!(HELD).set(approximate(holdings.bytes));
        gauge!(CHANNELS).set(approximate(holdings.channels));
        if let Some(publishers) = &self.publishers {
            ingest::look(publishers);
        }
        if let Some(connections) = &self.connections {
            let Connections {
                max,
                open,
                idle,
                waiting,
            } = connections();
            gauge!(CONNECTIONS, "state" => "idle").set(approximate(idle));
            gauge!(CONNECTIONS, "state" => "in_use").set(approximate(open.saturating_sub(idle)));
            gauge!(CONNECTIONS_MAX).set(approximate(max));
            gauge!(WAITING).set(approximate(waiting));
        }
        let begun = Instant::now();
        let ping = tokio::time::timeout(PATIENCE, self.application.ping()).await;
        let up = matches!(ping, Ok(Ok(())));
        gauge!(UP).set(if up { 1.0 } else { 0.0 });
        gauge!(PING).set(begun.elapsed().as_secs_f64());
    }
}

fn recorder() -> Result<metrics_exporter_prometheus::PrometheusRecorder, BuildError> {
    let latencies = Matcher::Suffix("_latency_seconds".to_owned());
    Ok(PrometheusBuilder::new()
        .set_buckets(DURATIONS)?
        .set_buckets_for_metric(latencies, LATENCIES)?
        .build_recorder())
}

fn describe() {
    describe_gauge!(BUILD, "1, with the version that runs");
    describe_gauge!(UP, "Whether the store answered just now");
    describe_gauge!(PING, Unit::Seconds, "How long the store took to answer just now");
    describe_gauge!(CONNECTIONS, "Connections to the store that are open");
    describe_gauge!(CONNECTIONS_MAX, "Connections to the store that there may be");
    describe_gauge!(WAITING, "Units of work that wait for a connection to the store");
    describe_gauge!(HELD, Unit::Bytes, "Media in memory");
    describe_gauge!(CHANNELS, "Channels that have media in memory, or may get some");
    ingest::describe();
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// A count as a metric has it; exact up to 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "nothing here comes near 2⁵³")]
fn approximate(count: usize) -> f64 {
    count as f64
}
