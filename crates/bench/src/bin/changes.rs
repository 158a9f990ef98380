//! How many changes of state a second one app gets through the API, on either database, each on the disk when it is
//! answered.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use bench::report::at_least;
use bench::store::Database;
use clap::Parser;

/// Makes rooms and calls them off, as fast as some callers can.
#[derive(Parser)]
struct Arguments {
    /// Callers at a time, each with a member of its own.
    #[arg(long, default_value_t = 16)]
    callers: usize,
    /// Seconds of each database.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut kept = true;
    for database in Database::all(None)? {
        let name = format!(
            "{}: changes of state in one app, {} callers",
            database.name(),
            arguments.callers
        );
        kept &= at_least(&name, measure(&arguments, &database)?, 200.0, "a second");
    }
    ensure!(kept, "a bound is missed");
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some thousand changes are exact in an f64"
)]
fn measure(arguments: &Arguments, database: &Database) -> Result<f64> {
    let stored = database.platform("changes")?;
    let api = stored.platform.api();
    let members: Vec<_> = (0..arguments.callers)
        .map(|number| format!("caller{number}"))
        .collect();
    for member in &members {
        api.publishing_address(member)?;
    }
    let began = Instant::now();
    let end = began + Duration::from_secs(arguments.seconds);
    let callers: Vec<_> = members
        .into_iter()
        .map(|member| {
            let api = stored.platform.api();
            thread::spawn(move || {
                let mut changes = 0_u64;
                while Instant::now() < end {
                    let room = api.room(&member)?;
                    api.cancel(room)?;
                    changes += 2;
                }
                Ok::<u64, anyhow::Error>(changes)
            })
        })
        .collect();
    let mut changes = 0;
    for caller in callers {
        changes += caller.join().map_err(|_| anyhow!("a caller panicked"))??;
    }
    Ok(changes as f64 / began.elapsed().as_secs_f64())
}
