//! Holds the picture of docs/architecture.md: which crate may know which.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// What each crate of the workspace may depend on among the others, outside of its tests.
const PICTURE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("application", &["domain", "ports"]),
    ("media", &[]),
    ("adapters", &["domain", "ports", "media"]),
    ("api", &["domain", "ports", "application"]),
    ("contract-tests", &["domain", "ports"]),
    (
        "server",
        &["domain", "ports", "application", "adapters", "media", "api"],
    ),
    ("bench", &["domain", "ports", "application", "adapters", "media"]),
    ("hls-check", &[]),
];

/// What tests may depend on beyond that: fakes and suites, never the other way round.
const TESTS: &[(&str, &[&str])] = &[
    ("application", &["adapters"]),
    ("adapters", &["contract-tests"]),
    ("api", &["adapters"]),
    ("server", &["hls-check"]),
];

/// All that the crates in the middle may take from others.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("domain", &["thiserror"]),
    ("ports", &["async-trait", "bytes", "futures-util", "thiserror"]),
];

/// Where no web framework, no database and no HTTP may be seen.
const UNFRAMED: &[&str] = &["domain", "ports", "application", "contract-tests"];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata")
}

fn allowed(table: &[(&str, &[&str])], package: &str) -> BTreeSet<String> {
    let of = table
        .iter()
        .filter(|(name, _)| *name == package)
        .flat_map(|(_, names)| *names);
    of.map(|name| (*name).to_owned()).collect()
}

fn dependencies(package: &Package, kinds: &[DependencyKind]) -> BTreeSet<String> {
    let wanted = package
        .dependencies
        .iter()
        .filter(|dependency| kinds.contains(&dependency.kind));
    wanted.map(|dependency| dependency.name.clone()).collect()
}

fn packages(metadata: &Metadata) -> BTreeMap<&str, &Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (package.name.as_str(), package))
        .collect()
}

#[test]
fn every_crate_is_in_the_picture() {
    let metadata = metadata();
    let there: BTreeSet<_> = packages(&metadata).into_keys().collect();
    let drawn: BTreeSet<_> = PICTURE.iter().map(|(name, _)| *name).collect();
    assert_eq!(there, drawn);
}

#[test]
fn crates_know_only_those_that_the_picture_lets_them_know() {
    let metadata = metadata();
    let packages = packages(&metadata);
    let ours: BTreeSet<String> = packages.keys().map(|name| (*name).to_owned()).collect();
    for (name, package) in &packages {
        let may = allowed(PICTURE, name);
        let does = dependencies(package, &[DependencyKind::Normal, DependencyKind::Build]);
        let too_much: Vec<_> = does
            .intersection(&ours)
            .filter(|other| !may.contains(*other))
            .collect();
        assert!(too_much.is_empty(), "{name} may not depend on {too_much:?}");

        let in_tests: BTreeSet<_> = may.union(&allowed(TESTS, name)).cloned().collect();
        let does = dependencies(package, &[DependencyKind::Development]);
        let too_much: Vec<_> = does
            .intersection(&ours)
            .filter(|other| !in_tests.contains(*other))
            .collect();
        assert!(
            too_much.is_empty(),
            "the tests of {name} may not depend on {too_much:?}"
        );
    }
}

#[test]
fn domain_and_ports_take_little_from_outside() {
    let metadata = metadata();
    let packages = packages(&metadata);
    for (name, _) in OUTSIDE {
        let may: BTreeSet<_> = allowed(OUTSIDE, name)
            .union(&allowed(PICTURE, name))
            .cloned()
            .collect();
        let does = dependencies(packages[name], &[DependencyKind::Normal, DependencyKind::Build]);
        let too_much: Vec<_> = does.difference(&may).collect();
        assert!(too_much.is_empty(), "{name} may not depend on {too_much:?}");
    }
}

#[test]
fn nothing_inside_knows_a_framework_or_a_database() {
    let metadata = metadata();
    let packages = packages(&metadata);
    for name in UNFRAMED {
        for dependency in dependencies(packages[name], &[DependencyKind::Normal, DependencyKind::Build]) {
            let outside = [
                "actix",
                "diesel",
                "sqlx",
                "hyper",
                "http",
                "serde",
                "validator",
                "config",
            ];
            assert!(
                !outside.iter().any(|start| dependency.starts_with(start)),
                "{name} may not know {dependency}"
            );
        }
    }
}

#[test]
fn anyhow_stays_in_programs() {
    let metadata = metadata();
    for (name, package) in packages(&metadata) {
        let does = dependencies(package, &[DependencyKind::Normal, DependencyKind::Build]);
        assert!(
            !does.contains("anyhow") || ["server", "bench"].contains(&name),
            "{name} is a library: its errors have types"
        );
    }
}
