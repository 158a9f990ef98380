//! `videoroom serve`: runs the platform in the foreground.

use std::path::Path;

use crate::cli::Serve;
use crate::config::{Effective, Settings};
use crate::failure::Failure;
use crate::platform::Platform;
use crate::signals::{Signals, Wish};
use crate::telemetry::{self, Filter};
use crate::welcome;

/// Runs until a signal asks to stop.
pub(crate) async fn run(
    options: Serve,
    file: Option<&Path>,
    effective: &Effective,
    mut settings: Settings,
) -> anyhow::Result<()> {
    settings.auto_migrate |= options.migrate;
    let filter = prepare(effective, &settings)?;
    let mut signals = Signals::listen()?;
    let mut platform = tokio::select! {
        started = Platform::start(&settings) => started?,
        // A name may have to be waited for.
        () = signals.stop() => return Ok(()),
    };
    announce(&platform);
    let displaced = loop {
        tokio::select! {
            wish = signals.next() => match wish {
                Wish::Reload => {
                    reload(file, &filter);
                    platform.reload_certificates();
                }
                Wish::Stop => break false,
            },
            () = platform.displaced() => break true,
        }
    };
    signals.insist();
    platform.stop().await?;
    if displaced {
        return Err(displaced_by_another());
    }
    Ok(())
}

fn displaced_by_another() -> anyhow::Error {
    let what = "another process has taken the name of this one, which was away for longer than its lease";
    Failure::new(
        what,
        "start this one again when the other is gone, or give it a name of its own: node.name (VIDEOROOM__NODE__NAME)",
    )
    .into()
}

/// What comes before a platform is started: logs, the limit of open files, and a word on what is set for nothing.
pub(crate) fn prepare(effective: &Effective, settings: &Settings) -> anyhow::Result<Filter> {
    let filter = telemetry::start(settings.log_format, &settings.log_filter)?;
    if let Err(error) = rlimit::increase_nofile_limit(OPEN_FILES) {
        tracing::warn!(%error, "can't raise the limit of open files");
    }
    for (key, origin) in effective.unused() {
        tracing::warn!(key, origin, "this release does nothing with this key yet");
    }
    Ok(filter)
}

/// As many open files are asked for, if the system allows that many: a viewer takes one.
const OPEN_FILES: u64 = 1 << 20;

/// Says where the platform is; on a first start also how to use it.
fn announce(platform: &Platform) {
    if let Some(fresh) = &platform.bootstrapped.fresh {
        let app = &platform.bootstrapped.app;
        let now = time::OffsetDateTime::now_utc();
        println!("{}", welcome::first_start(&platform.addresses, app, fresh, now));
    }
    println!("{}", platform.addresses.ready_line());
}

/// Reads the configuration again and takes the log filter from it.
pub(crate) fn reload(file: Option<&Path>, filter: &Filter) {
    let read = Effective::load(file).and_then(|effective| Settings::new(&effective));
    match read.and_then(|settings| filter.set(&settings.log_filter)) {
        Ok(()) => tracing::info!("the log filter was read again"),
        Err(error) => tracing::error!(
            error = format!("{error:#}"),
            "the configuration could not be read again"
        ),
    }
}
