//! What is counted of requests and players. Each thread keeps the handles that it has used, so that counting a request
//! costs no look-up in the recorder.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use actix_web::http::Method;
use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};

const REQUESTS: &str = "videoroom_http_requests_total";
const DURATIONS: &str = "videoroom_http_request_duration_seconds";
const VIEWERS: &str = "videoroom_viewers";
const SENT: &str = "videoroom_media_sent_bytes_total";
const LATENCY: &str = "videoroom_player_latency_seconds";
const EVENT_SOURCES: &str = "videoroom_event_sources";
const SIGNALS: &str = "videoroom_signals_sent_total";

/// The handles that know no route.
pub(crate) struct Meters {
    /// Connections of players.
    pub(crate) viewers: Gauge,
    /// Bytes of media handed to connections.
    pub(crate) sent: Counter,
    /// How far watch pages are behind live, as they say.
    pub(crate) latency: Histogram,
    /// Connections of members' devices that listen to what changes.
    pub(crate) event_sources: Gauge,
    /// Changes that they were told of.
    pub(crate) signals: Counter,
}

pub(crate) static METERS: LazyLock<Meters> = LazyLock::new(|| Meters {
    viewers: gauge!(VIEWERS),
    sent: counter!(SENT),
    latency: histogram!(LATENCY),
    event_sources: gauge!(EVENT_SOURCES),
    signals: counter!(SIGNALS),
});

/// Says what this crate counts, and begins to. To be called when there is a recorder, before anything is served.
pub fn describe_metrics() {
    describe_counter!(REQUESTS, "Requests answered, by the pattern of their path");
    describe_histogram!(
        DURATIONS,
        Unit::Seconds,
        "From a request's head to that of its answer; players' requests may wait for media"
    );
    describe_gauge!(VIEWERS, "Connections of players");
    describe_counter!(SENT, Unit::Bytes, "Bytes of playlists and media sent to players");
    describe_histogram!(
        LATENCY,
        Unit::Seconds,
        "How far watch pages are behind live, as each of them says every ten seconds"
    );
    describe_gauge!(
        EVENT_SOURCES,
        "Connections of members' devices that listen to what changes"
    );
    describe_counter!(SIGNALS, "Changes told to members' devices, once for each");
    LazyLock::force(&METERS);
}

/// What is counted of one route and method.
struct Series {
    duration: Histogram,
    answers: HashMap<u16, Counter>,
}

thread_local! {
    /// By route and method. Routes are those of the program, not what clients ask for: there are few.
    static SERIES: RefCell<HashMap<String, HashMap<&'static str, Series>>> = RefCell::default();
}

/// Counts an answer on the path of that pattern.
pub(crate) fn answered(route: &str, method: &Method, status: u16, took: Duration) {
    let method = name(method);
    SERIES.with_borrow_mut(|routes| {
        if !routes.contains_key(route) {
            routes.insert(route.to_owned(), HashMap::new());
        }
        let Some(methods) = routes.get_mut(route) else {
            return;
        };
        let series = methods.entry(method).or_insert_with(|| Series {
            duration: histogram!(DURATIONS, "route" => route.to_owned(), "method" => method),
            answers: HashMap::new(),
        });
        series.duration.record(took);
        let answers = series.answers.entry(status).or_insert_with(
            || counter!(REQUESTS, "route" => route.to_owned(), "method" => method, "status" => status.to_string()),
        );
        answers.increment(1);
    });
}

/// The methods of HTTP; what a client makes up is one more.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
