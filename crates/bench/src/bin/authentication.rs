//! What it costs to find out which app calls, and whether a key that there is not costs the same as a wrong secret.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use adapters::{Jwt, OsSecrets, SystemClock, memory, scripted};
use anyhow::{Result, ensure};
use application::{Application, CreateApp, Parts};
use bench::report::{figure, median, plain};
use clap::Parser;
use domain::ApiKeyId;
use ports::ApiSecret;

/// Measures the authentication of an app by its key and secret.
#[derive(Parser)]
struct Arguments {
    /// Authentications a round and kind.
    #[arg(long, default_value_t = 100_000)]
    count: u32,
    /// Rounds of all kinds, one after the other; the medians count.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let kept = runtime.block_on(measure(&arguments))?;
    ensure!(kept, "a bound is missed");
    Ok(())
}

async fn measure(arguments: &Arguments) -> Result<bool> {
    let (media, _script) = scripted::MediaServer::new();
    let application = Application::new(Parts {
        store: Arc::new(memory::Store::default()),
        media: Arc::new(media),
        origin: Arc::new(scripted::Origin),
        clock: Arc::new(SystemClock),
        secrets: Arc::new(OsSecrets),
        tokens: Arc::new(Jwt),
        token_secret: None,
        node: "bench".to_owned(),
        membership: None,
        enforce_access_level: true,
        shares_store: true,
        notifications: Arc::new(adapters::callbacks::WebhookSender::new(false)?),
        events_retention: std::time::Duration::from_secs(60),
        auto_end_after: None,
    });
    let app = application
        .create_app(CreateApp {
            name: "bench".to_owned(),
            owner_username: "bench".to_owned(),
            owner_email: "bench@example.com".to_owned(),
        })
        .await?;
    let wrong = ApiSecret::new("x".repeat(app.secret.expose().len()));
    let nobody = ApiKeyId::new("y".repeat(app.key.as_str().len()));
    let (mut right_times, mut wrong_times, mut unknown_times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        right_times.push(time(arguments.count, &application, &app.key, &app.secret).await);
        wrong_times.push(time(arguments.count, &application, &app.key, &wrong).await);
        unknown_times.push(time(arguments.count, &application, &nobody, &wrong).await);
    }
    let (right, wrong, unknown) = (median(right_times), median(wrong_times), median(unknown_times));
    let mut kept = figure("right secret", right, 5.0, "us");
    kept &= figure("wrong secret", wrong, 5.0, "us");
    plain("unknown key", unknown, "us");
    kept &= figure(
        "the one / the other",
        wrong.max(unknown) / wrong.min(unknown),
        1.1,
        "x",
    );
    Ok(kept)
}

/// Microseconds an authentication.
async fn time(count: u32, application: &Application, key: &ApiKeyId, secret: &ApiSecret) -> f64 {
    let began = Instant::now();
    for _ in 0..count {
        // Refused or not: both are measured.
        let _ = black_box(application.authenticate(key, secret).await);
    }
    began.elapsed().as_secs_f64() * 1_000_000.0 / f64::from(count)
}
