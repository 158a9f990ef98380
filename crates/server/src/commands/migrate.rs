//! `videoroom migrate`: brings the store's schema to this release.

use serde_json::json;

use crate::cli::Output;
use crate::config::Settings;
use crate::store;

/// Applies what is pending, and answers what it prints.
pub(crate) async fn run(output: Output, settings: &Settings) -> anyhow::Result<String> {
    let migrated = store::migrated(settings).await?;
    Ok(if output.json {
        json!({ "applied": migrated }).to_string()
    } else if migrated.is_empty() {
        "The store is up to date; there was nothing to apply.".to_owned()
    } else {
        format!("Applied:\n  {}", migrated.join("\n  "))
    })
}
