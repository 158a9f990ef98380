//! A room read by id: what it costs, on either database, as a multiple of a bare actix-web handler that answers the
//! same bytes.

use anyhow::{Result, ensure};
use bench::bare::{self, Bare};
use bench::cost::{self, Requests};
use bench::report::{figure, median, plain};
use bench::store::Database;
use clap::Parser;

/// Compares the CPU of a room read by id with that of a bare handler, both asked the same way.
#[derive(Parser)]
struct Arguments {
    /// Requests a round and side.
    #[arg(long, default_value_t = 40_000)]
    requests: usize,
    /// Connections that ask at a time.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Rounds of both sides, one after the other; the median counts.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// This database alone.
    #[arg(long, value_parser = ["sqlite", "postgresql"])]
    only: Option<String>,
    /// Be the bare handler: answers every request with what comes on standard input.
    #[arg(long, hide = true)]
    bare: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.bare {
        return bare::serve();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut kept = true;
    for database in Database::all(arguments.only.as_deref())? {
        let bound = match database {
            Database::Sqlite => 6.0,
            Database::Postgres(_) => 4.0,
        };
        kept &= runtime.block_on(compare(&arguments, &database, bound))?;
    }
    ensure!(kept, "a bound is missed");
    Ok(())
}

async fn compare(arguments: &Arguments, database: &Database, bound: f64) -> Result<bool> {
    let stored = database.platform("room_read")?;
    let platform = &stored.platform;
    let path = format!("/v2/apps/me/video-rooms/{}", platform.api().room("1")?);
    let body = platform.api().bytes(&path)?;
    let bare = Bare::start(&body)?;
    let requests = Requests {
        count: arguments.requests,
        connections: arguments.connections,
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        eprintln!("{}: round {round} of {}", database.name(), arguments.rounds);
        theirs.extend(cost::of(&bare.address, &path, requests, &[bare.process.pid()]).await?);
        ours.extend(cost::of(platform.address(), &path, requests, &[platform.process.pid()]).await?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "GET of a room by id, {} bytes, {}, {} connections",
        body.len(),
        database.name(),
        arguments.connections
    );
    plain("bare handler: CPU a request", theirs, "us");
    plain("videoroom: CPU a request", ours, "us");
    Ok(figure("videoroom / bare handler", ours / theirs, bound, "x"))
}
