//! This process among those on its store: what it is called, how it lives beside the others, and what it puts right when
//! it starts.

use anyhow::Context as _;
use application::{Application, JoinError, Membership};

use crate::config::{Settings, StorageUrl};
use crate::failure::Failure;

/// The name of this process among those on its store: the one that is configured, or one that stays over restarts and
/// that no other process on this machine has.
pub(crate) fn name(settings: &Settings, port: u16) -> String {
    if let Some(name) = &settings.node_name {
        return name.clone();
    }
    match settings.storage {
        StorageUrl::Sqlite(_) | StorageUrl::Memory => "main".to_owned(),
        StorageUrl::Postgres(_) => {
            let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            match host.trim() {
                "" => format!("node:{port}"),
                host => format!("{host}:{port}"),
            }
        }
    }
}

/// Puts right what a crash left behind: of this process, which is all there is where a store has one.
pub(crate) async fn put_right(application: &Application, settings: &Settings) -> anyhow::Result<()> {
    let repaired = match settings.storage {
        StorageUrl::Postgres(_) => application.repair_own().await,
        StorageUrl::Sqlite(_) | StorageUrl::Memory => application.repair().await,
    };
    let repaired = repaired.context("can't put right what a crash left behind")?;
    if !repaired.sessions.is_empty() {
        tracing::info!(
            sessions = repaired.sessions.len(),
            "what a crash left behind was put right"
        );
    }
    Ok(())
}

/// How this process lives beside others: where there can be some.
pub(crate) fn membership(settings: &Settings, http_url: String) -> Option<Membership> {
    match settings.storage {
        StorageUrl::Sqlite(_) | StorageUrl::Memory => None,
        StorageUrl::Postgres(_) => Some(Membership {
            public_url: settings.node_url.clone().unwrap_or(http_url),
            lease: settings.node_lease,
        }),
    }
}

/// Says what to do about a name that can't be had.
pub(crate) fn unjoined(error: JoinError) -> Failure {
    let (what, advice) = match &error {
        JoinError::NameTaken(_) => (
            "can't join the processes on this store",
            "stop the other process, or give this one a name of its own: node.name (VIDEOROOM__NODE__NAME)",
        ),
        JoinError::Store(_) => (
            "can't take a lease for this process",
            "make sure that the server runs, and lets this user write",
        ),
    };
    Failure::new(what, advice).because(error)
}
