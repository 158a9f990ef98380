//! What is counted of media. Handles are made once, so that counting costs no look-up; without a recorder nothing is
//! counted at all.

use std::sync::LazyLock;
use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};

use crate::packaging::segmenter::Event;
use crate::packaging::{Track, Tracks};
use crate::server::Cause;

const PUBLISHERS: &str = "videoroom_publishers";
const ENDED: &str = "videoroom_publishers_ended_total";
const RECEIVED: &str = "videoroom_ingest_received_bytes_total";
const PARTS: &str = "videoroom_parts_total";
const LATENCY: &str = "videoroom_part_latency_seconds";
const DROPPED: &str = "videoroom_ingest_dropped_frames_total";

/// Every handle of this crate.
pub(crate) struct Meters {
    publishers: Gauge,
    ended: Ended,
    pub(crate) received: Counter,
    parts: Tracks<Counter>,
    latency: Tracks<Histogram>,
    dropped: Counter,
}

/// A counter for each cause.
struct Ended {
    closed: Counter,
    timed_out: Counter,
    sent_off: Counter,
    protocol: Counter,
    media: Counter,
    too_fast: Counter,
    shutdown: Counter,
}

pub(crate) static METERS: LazyLock<Meters> = LazyLock::new(|| {
    let ended = |cause| counter!(ENDED, "cause" => cause);
    Meters {
        publishers: gauge!(PUBLISHERS),
        ended: Ended {
            closed: ended("closed"),
            timed_out: ended("timed_out"),
            sent_off: ended("sent_off"),
            protocol: ended("protocol_error"),
            media: ended("media_error"),
            too_fast: ended("too_fast"),
            shutdown: ended("shutdown"),
        },
        received: counter!(RECEIVED),
        parts: Tracks {
            video: counter!(PARTS, "track" => "video"),
            audio: counter!(PARTS, "track" => "audio"),
        },
        latency: Tracks {
            video: histogram!(LATENCY, "track" => "video"),
            audio: histogram!(LATENCY, "track" => "audio"),
        },
        dropped: counter!(DROPPED),
    }
});

/// Says what this crate counts, and begins to. To be called when there is a recorder, before a server is bound.
pub fn describe_metrics() {
    describe_gauge!(PUBLISHERS, "Publishers that were let in and are connected");
    describe_counter!(ENDED, "Publishers that are gone, by why they went");
    describe_counter!(RECEIVED, Unit::Bytes, "Bytes read from publishers");
    describe_counter!(PARTS, "Parts of segments made");
    describe_histogram!(
        LATENCY,
        Unit::Seconds,
        "From the coming of a part's first frame to the part's being there for players"
    );
    describe_counter!(
        DROPPED,
        "Frames of publishers that are in no segment: broken, before a key frame, or too many"
    );
    LazyLock::force(&METERS);
}

/// Counts one publisher for as long as it lives.
pub(crate) struct Publishing(());

impl Publishing {
    pub(crate) fn begin() -> Self {
        METERS.publishers.increment(1.0);
        Self(())
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        METERS.publishers.decrement(1.0);
    }
}

/// Counts a publisher that is gone, for that reason.
pub(crate) fn ended(cause: &Cause) {
    let ended = &METERS.ended;
    let counter = match cause {
        Cause::PublisherClosed => &ended.closed,
        Cause::TimedOut => &ended.timed_out,
        Cause::Kicked(_) => &ended.sent_off,
        Cause::ProtocolError(_) => &ended.protocol,
        Cause::MediaError(_) => &ended.media,
        Cause::TooFast => &ended.too_fast,
        Cause::Shutdown => &ended.shutdown,
    };
    counter.increment(1);
}

/// Counts what a segmenter has made.
pub(crate) fn count(event: &Event) {
    match event {
        Event::Part { track, .. }
        | Event::End {
            track, last: Some(_), ..
        } => METERS.parts.of(*track).increment(1),
        Event::End { last: None, .. } | Event::Init { .. } | Event::Begin { .. } => {}
    }
}

/// Counts frames that are in no segment.
pub(crate) fn dropped(frames: u64) {
    METERS.dropped.increment(frames);
}

/// Records how long a part took from its first frame's coming to its being there.
pub(crate) fn latency(track: Track, latency: Duration) {
    METERS.latency.of(track).record(latency);
}
