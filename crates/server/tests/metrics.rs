//! `/metrics` as a scraper reads it: every line, and what moves when something happens.

mod support;

use std::collections::BTreeMap;

use media::rtmp::client::Publisher;
use serde_json::json;
use support::{Platform, wait_until};

/// The samples of one scrape, by name and labels as they stand in the line.
#[derive(Debug, Default)]
struct Scrape {
    types: BTreeMap<String, String>,
    helps: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    /// Reads the text format (version 0.0.4), and takes nothing that is not in it.
    #[track_caller]
    fn of(platform: &Platform) -> Self {
        let answer = platform.get(&format!("{}/metrics", platform.ops));
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; version=0.0.4; charset=utf-8")
        );
        let mut scrape = Self::default();
        for line in answer.body.lines().filter(|line| !line.is_empty()) {
            scrape.line(line);
        }
        scrape
    }

    #[track_caller]
    fn line(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help text");
            self.helps.insert(name.to_owned(), help.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            let earlier = self.types.insert(name.to_owned(), kind.to_owned());
            assert_eq!(earlier, None, "{name} has two types");
        } else {
            assert!(!line.starts_with('#'), "{line}");
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
            let earlier = self.samples.insert(series.to_owned(), value);
            assert_eq!(earlier, None, "{series} is there twice");
        }
    }

    fn value(&self, series: &str) -> f64 {
        self.samples.get(series).copied().unwrap_or(0.0)
    }

    /// The sum of a metric over its labels.
    fn sum(&self, name: &str) -> f64 {
        let of_name = |series: &str| series.split('{').next() == Some(name);
        let samples = self.samples.iter().filter(|(series, _)| of_name(series));
        samples.map(|(_, value)| value).sum()
    }
}

/// The metric that a series belongs to, and its labels.
fn split(series: &str) -> (&str, Vec<(&str, &str)>) {
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let labels = labels
        .trim_end_matches('}')
        .split(',')
        .filter(|label| !label.is_empty());
    let labels = labels.map(|label| {
        let (key, value) = label.split_once('=').expect("a label");
        (key, value.trim_matches('"'))
    });
    (name, labels.collect())
}

#[test]
fn every_line_is_a_metric_with_type_and_help_and_a_name_as_is_usual() {
    let platform = Platform::start();
    platform.call("GET", "/video-rooms", None).expect(200);
    let scrape = Scrape::of(&platform);
    for (series, value) in &scrape.samples {
        let (name, labels) = split(series);
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| {
                name.strip_suffix(end)
                    .filter(|family| scrape.types.contains_key(*family))
            })
            .unwrap_or(name);
        let kind = scrape
            .types
            .get(family)
            .unwrap_or_else(|| panic!("no type of {series}"));
        assert!(
            scrape.helps.get(family).is_some_and(|help| help.len() > 5),
            "no help on {series}"
        );
        assert!(
            family.starts_with("videoroom_") || family.starts_with("process_"),
            "{family}"
        );
        assert!(
            family
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{family}"
        );
        assert_eq!(
            kind == "counter",
            family.ends_with("_total"),
            "{family} is a {kind}"
        );
        assert!(
            ["counter", "gauge", "histogram"].contains(&kind.as_str()),
            "{family} is a {kind}"
        );
        if kind == "histogram" {
            assert!(family.ends_with("_seconds"), "{family}");
        }
        assert!(value.is_finite() && *value >= 0.0, "{series} is {value}");
        for (key, _) in labels {
            let known = [
                "route", "method", "status", "le", "for", "kind", "outcome", "state", "cause", "track",
                "version", "stat", "code",
            ];
            assert!(known.contains(&key), "{series}");
        }
    }
    for name in [
        "videoroom_build_info",
        "videoroom_storage_up",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(scrape.sum(name) > 0.0, "{name}");
    }
}

#[test]
fn requests_are_counted_by_route_and_never_by_path() {
    let platform = Platform::start();
    for id in 1..=5 {
        platform
            .call("GET", &format!("/video-rooms/{id}"), None)
            .expect(404);
        platform
            .get(&format!("{}/made-up/{id}", platform.http))
            .expect(404);
        platform
            .get(&format!("{}/live/playback0000000{id}/index.m3u8", platform.http))
            .expect(404);
    }
    let scrape = Scrape::of(&platform);
    let count = |route: &str| {
        scrape.value(&format!(
            "videoroom_http_requests_total{{route=\"{route}\",method=\"GET\",status=\"404\"}}"
        ))
    };
    assert!(
        (count("/v2/apps/me/video-rooms/{videoRoomId}") - 5.0).abs() < f64::EPSILON,
        "{scrape:#?}"
    );
    assert!((count("none") - 5.0).abs() < f64::EPSILON, "{scrape:#?}");
    assert!(
        (count("/live/{playbackId}/{resource:.*}") - 5.0).abs() < f64::EPSILON,
        "{scrape:#?}"
    );
    assert!(scrape.sum("videoroom_http_request_duration_seconds_count") >= 15.0);
    assert!(scrape.sum("videoroom_storage_query_duration_seconds_count") > 0.0);
    assert!(scrape.sum("videoroom_storage_transaction_duration_seconds_count") > 0.0);
    let made_up = scrape.samples.keys().find(|series| series.contains("made-up"));
    assert_eq!(made_up, None);
}

#[test]
fn a_publisher_is_counted_while_it_is_there() {
    let platform = Platform::start();
    platform
        .call("POST", "/members", Some(json!({"appUserId": "1"})))
        .expect(201);
    let key = platform.call("GET", "/members/1/stream-key", None).expect(200);
    let address = format!(
        "{}/live/{}",
        platform.rtmp,
        key["streamKey"].as_str().expect("a key")
    );
    let before = Scrape::of(&platform);
    assert!(before.value("videoroom_publishers").abs() < f64::EPSILON);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let publisher = runtime
        .block_on(Publisher::connect(&address))
        .expect("a publisher");
    wait_until("the publisher is counted", || {
        (Scrape::of(&platform).value("videoroom_publishers") > 0.5).then_some(())
    });
    wait_until("it is told that nothing comes", || {
        let warned = "videoroom_ingest_warnings{code=\"NOTHING_RECEIVED\"}";
        (Scrape::of(&platform).value(warned) > 0.5).then_some(())
    });
    drop(publisher);
    wait_until("the publisher is gone", || {
        let scrape = Scrape::of(&platform);
        (scrape.value("videoroom_publishers") < 0.5 && scrape.sum("videoroom_publishers_ended_total") > 0.5)
            .then_some(())
    });
}
