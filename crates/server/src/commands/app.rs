//! `videoroom app …`: tenants and their keys.

use std::sync::Arc;

use adapters::callbacks::WebhookSender;
use adapters::embedded::Origin;
use adapters::{Jwt, OsSecrets, SystemClock};
use application::{Application, CreateApp, Parts};
use domain::{ApiKeyId, App as Tenant, AppId};
use media::hub::{Hub, PackagingSettings};
use ports::ApiSecret;
use ports::store::ApiKey;
use serde_json::{Value, json};

use crate::cli::{App, Key, Output};
use crate::config::Settings;
use crate::failure::Failure;
use crate::no_ingest::NoIngest;
use crate::store;

/// Runs one of the commands, and answers what it prints.
pub(crate) async fn run(command: &App, settings: &Settings) -> anyhow::Result<String> {
    let platform = open(settings).await?;
    match command {
        App::Create {
            name,
            owner_username,
            owner_email,
            output,
        } => {
            let wanted = CreateApp {
                name: name.clone(),
                owner_username: owner_username.clone(),
                owner_email: owner_email.clone(),
            };
            let created = platform.create_app(wanted).await.map_err(|error| {
                let advice =
                    "`videoroom app list` shows the apps, `videoroom app key issue` gives one another key";
                Failure::new("no app was made", advice).because(error)
            })?;
            let text = format!(
                "App {} \"{}\" was made.",
                created.app.id,
                created.app.name.as_str()
            );
            Ok(with_secret(
                *output,
                created.app.id,
                &text,
                &created.key,
                &created.secret,
            ))
        }
        App::List(output) => Ok(list(*output, &platform.list_apps().await?)),
        App::Key(Key::Issue { app, output }) => {
            let app = AppId::new(*app);
            let (key, secret) = platform.issue_key(app).await.map_err(|error| {
                Failure::new("no key was issued", "`videoroom app list` shows the apps").because(error)
            })?;
            let text = format!("App {app} has another key; the ones before it stay good.");
            Ok(with_secret(*output, app, &text, &key, &secret))
        }
        App::Key(Key::Revoke { key, output }) => {
            platform
                .revoke_key(&ApiKeyId::new(key.as_str()))
                .await
                .map_err(|error| {
                    Failure::new("no key was revoked", "`videoroom app list` shows the keys").because(error)
                })?;
            Ok(if output.json {
                json!({"appApiKey": key, "revoked": true}).to_string()
            } else {
                format!("The key {key} opens nothing any more.")
            })
        }
    }
}

async fn open(settings: &Settings) -> anyhow::Result<Application> {
    let store = store::alongside(settings).await?.store;
    Ok(Application::new(Parts {
        store,
        media: Arc::new(NoIngest::new()),
        origin: Arc::new(Origin::new(Hub::new(PackagingSettings::default()))),
        clock: Arc::new(SystemClock),
        secrets: Arc::new(OsSecrets),
        tokens: Arc::new(Jwt),
        token_secret: settings.token_secret.clone(),
        node: "command".to_owned(),
        membership: None,
        shares_store: false,
        enforce_access_level: settings.enforce_access_level,
        notifications: Arc::new(WebhookSender::new(false)?),
        events_retention: settings.events_retention,
        auto_end_after: None,
    }))
}

fn with_secret(output: Output, app: AppId, text: &str, key: &ApiKeyId, secret: &ApiSecret) -> String {
    if output.json {
        let printed = json!({"appId": app.get(), "appApiKey": key.as_str(), "appApiSecret": secret.expose()});
        return printed.to_string();
    }
    format!(
        "{text}\n\n  key     {}\n  secret  {}\n\nThe secret is not kept and can't be shown again.",
        key.as_str(),
        secret.expose()
    )
}

fn list(output: Output, apps: &[(Tenant, Vec<ApiKey>)]) -> String {
    if output.json {
        let app = |(app, keys): &(Tenant, Vec<ApiKey>)| {
            let keys: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
            json!({"id": app.id.get(), "name": app.name.as_str(), "appApiKeys": keys})
        };
        return apps.iter().map(app).collect::<Value>().to_string();
    }
    if apps.is_empty() {
        return "There are no apps yet; `videoroom app create` makes one.".to_owned();
    }
    let mut lines = vec![format!("{:>5}  {:<32}  KEYS", "APP", "NAME")];
    for (app, keys) in apps {
        let keys: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
        lines.push(format!(
            "{:>5}  {:<32}  {}",
            app.id,
            app.name.as_str(),
            keys.join(" ")
        ));
    }
    lines.join("\n")
}
