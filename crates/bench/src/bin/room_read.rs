//! A room read by id over SQLite: what it costs as a multiple of a bare actix-web handler that answers the same bytes.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _, stdin};
use std::process::{Command, Stdio};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context as _, Result};
use bench::platform::Platform;
use bench::process::{self, Running};
use bench::report::{median, plain};
use bench::{load, report};
use bytes::Bytes;
use clap::Parser;
use tempfile::TempDir;

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
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Be the bare handler: answers every request with what comes on standard input.
    #[arg(long, hide = true)]
    bare: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.bare {
        return actix_web::rt::System::new().block_on(serve_bare());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(compare(&arguments))
}

async fn compare(arguments: &Arguments) -> Result<()> {
    let directory = TempDir::new()?;
    let platform = Platform::start(directory.path())?;
    let api = platform.api();
    api.publishing_address("1")?;
    let path = format!("/v2/apps/me/video-rooms/{}", api.room("1")?);
    let address = platform.http.trim_start_matches("http://").to_owned();
    let body = ureq::get(format!("{}{path}", platform.http))
        .header("authorization", Platform::authorization())
        .call()?
        .body_mut()
        .read_to_vec()?;
    let (bare, bare_address) = start_bare(&body)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        theirs.push(cost(bare.pid(), &bare_address, &path, arguments).await?);
        ours.push(cost(platform.process.pid(), &address, &path, arguments).await?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "GET of a room by id, {} bytes, SQLite, {} connections",
        body.len(),
        arguments.connections
    );
    plain("bare handler: CPU a request", theirs, "us");
    plain("videoroom: CPU a request", ours, "us");
    report::plain("videoroom / bare handler", ours / theirs, "x");
    Ok(())
}

/// Microseconds of CPU a request.
#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "some thousand requests are exact in an f64"
)]
async fn cost(pid: u32, address: &str, path: &str, arguments: &Arguments) -> Result<f64> {
    let ask = |requests| {
        load::get(
            address,
            path,
            Some(Platform::authorization()),
            arguments.connections,
            requests,
        )
    };
    ask(arguments.requests / 10).await?;
    let before = process::cpu(pid)?;
    ask(arguments.requests).await?;
    let used = process::cpu(pid)?.saturating_sub(before);
    Ok(used.as_secs_f64() * 1_000_000.0 / arguments.requests as f64)
}

fn start_bare(body: &[u8]) -> Result<(Running, String)> {
    let mut child = Command::new(env::current_exe()?)
        .arg("--bare")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("no standard input")?;
    let output = child.stdout.take().context("no standard output")?;
    let running = Running(child);
    std::io::Write::write_all(&mut input, body)?;
    drop(input);
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address)?;
    Ok((running, address.trim().to_owned()))
}

async fn serve_bare() -> Result<()> {
    let mut body = Vec::new();
    stdin().read_to_end(&mut body)?;
    let body = Bytes::from(body);
    let server = HttpServer::new(move || {
        let body = body.clone();
        App::new().default_service(web::to(move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type("application/json").body(body) }
        }))
    })
    .workers(2)
    .bind("127.0.0.1:0")?;
    println!("{}", server.addrs().first().context("no address")?);
    Ok(server.run().await?)
}
