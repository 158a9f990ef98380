//! `videoroom demo`: the platform, and a whole broadcast of a bundled clip on it, over the real API and real RTMP.
//!
//! It runs on the configured store, so that what it made can be looked at later; with `--ephemeral` in memory. The
//! broadcast belongs to an app of its own, whose key is revoked at the end.

use std::path::Path;

use application::{Application, Bootstrapped, CreateApp};
use domain::ApiKeyId;
use ports::ApiSecret;

use super::serve::{prepare, reload};
use crate::cli::Demo;
use crate::config::{Effective, Settings, StorageUrl};
use crate::demo::{Broadcast, Client};
use crate::failure::Failure;
use crate::platform::Platform;
use crate::signals::{Signals, Wish};
use crate::telemetry::Filter;
use crate::welcome;

/// The app that the broadcast belongs to.
const APP: &str = "VideoRoom demo";

/// Runs until a signal asks to stop, or the broadcast fails.
pub(crate) async fn run(
    options: Demo,
    file: Option<&Path>,
    effective: &Effective,
    mut settings: Settings,
) -> anyhow::Result<()> {
    if options.ephemeral {
        settings.storage = StorageUrl::Memory;
    }
    if settings.http_tls.is_some() {
        let what = "the demo calls the API by plain HTTP, and http.tls is set";
        return Err(Failure::new(
            what,
            "leave http.tls.cert and http.tls.key out, or give another --config",
        )
        .into());
    }
    let filter = prepare(effective, &settings)?;
    let mut signals = Signals::listen()?;
    let platform = Platform::start(&settings).await?;
    announce(&platform, options.ephemeral);
    let shown = show(&platform, &mut signals, file, &filter).await;
    signals.insist();
    let stopped = platform.stop().await;
    shown.and(stopped)
}

/// Says where the platform is, and shows the credentials of an app that was made just now, unless both are soon gone.
fn announce(platform: &Platform, ephemeral: bool) {
    let Bootstrapped { app, fresh } = &platform.bootstrapped;
    if let Some(fresh) = fresh.as_ref().filter(|_| !ephemeral) {
        println!("{}", welcome::credentials(app, fresh));
    }
    println!("{}", platform.addresses.ready_line());
}

async fn show(
    platform: &Platform,
    signals: &mut Signals,
    file: Option<&Path>,
    filter: &Filter,
) -> anyhow::Result<()> {
    let Some(rtmp) = &platform.local.rtmp else {
        let what = "the demo publishes by RTMP, and rtmp.bind is off";
        return Err(Failure::new(what, "set rtmp.bind (VIDEOROOM__RTMP__BIND) to an address").into());
    };
    let (key, secret) = credentials(&platform.application).await?;
    let client = Client::new(&platform.local.http, &key, &secret);
    let mut broadcast = Broadcast::new(client, rtmp, &platform.addresses.http);
    let aired = tokio::select! {
        aired = on_air(&mut broadcast, &platform.addresses.http) => aired,
        () = asked_to_stop(signals, file, filter) => Ok(()),
    };
    println!("Ending the broadcast.");
    let ended = broadcast.end().await;
    let revoked = platform.application.revoke_key(&key).await;
    aired.and(ended).and(revoked.map_err(Into::into))
}

/// Goes on air and stays there. Ends only when that fails.
async fn on_air(broadcast: &mut Broadcast, http: &str) -> anyhow::Result<()> {
    let playback_id = broadcast.go_live().await?;
    println!("\nOn air. Watch it at\n\n  {http}/watch/{playback_id}\n\nCtrl-C ends the broadcast.");
    Err(broadcast.interrupted().await)
}

async fn asked_to_stop(signals: &mut Signals, file: Option<&Path>, filter: &Filter) {
    while signals.next().await == Wish::Reload {
        reload(file, filter);
    }
}

/// A fresh key of the demo's app, which is made if it is not there. Keys of demos that were cut off are revoked.
async fn credentials(application: &Application) -> anyhow::Result<(ApiKeyId, ApiSecret)> {
    let apps = application.list_apps().await?;
    let Some((app, keys)) = apps.into_iter().find(|(app, _)| app.name.as_str() == APP) else {
        let wanted = CreateApp {
            name: APP.to_owned(),
            owner_username: "demo".to_owned(),
            owner_email: "demo@localhost".to_owned(),
        };
        let created = application.create_app(wanted).await?;
        return Ok((created.key, created.secret));
    };
    for key in keys {
        application.revoke_key(&key.id).await?;
    }
    Ok(application.issue_key(app.id).await?)
}
