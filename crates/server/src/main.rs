//! The program: commands, configuration, wiring, telemetry and shutdown.

mod cli;
mod commands;
mod config;
mod demo;
mod failure;
mod metrics;
mod no_ingest;
mod node;
mod platform;
mod readiness;
mod signals;
mod store;
mod telemetry;
mod tls;
mod welcome;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;

use cli::{Cli, Command, Serve};
use config::{Effective, Settings};

/// Media is many short-lived pieces of a few kilobytes from several threads, which the system's own allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads for blocking work at a time, such as queries that take long.
const BLOCKING_THREADS: usize = 64;

/// How long the end of the program may take after everything is written.
const TIDYING: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", failure::report(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let file = cli.config.as_deref();
    let effective = Effective::load(file)?;
    let settings = Settings::new(&effective)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("videoroom")
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .context("can't start the runtime")?;
    let done = runtime.block_on(async {
        let otherwise = Command::Serve(Serve::default());
        let printed = match cli.command.as_ref().unwrap_or(&otherwise) {
            Command::Serve(options) => {
                return commands::serve::run(*options, file, &effective, settings).await;
            }
            Command::Demo(options) => return commands::demo::run(*options, file, &effective, settings).await,
            Command::Migrate(output) => commands::migrate::run(*output, &settings).await?,
            Command::App(command) => commands::app::run(command, &settings).await?,
            Command::Openapi => api::openapi().trim_end().to_owned(),
            Command::Config(output) => commands::config::run(*output, &effective),
        };
        println!("{printed}");
        Ok(())
    });
    // With the last task goes the store, which then tidies up its files. What runs on a thread of its own, such as a
    // call of the demo that was given up, is not waited for any longer.
    runtime.shutdown_timeout(TIDYING);
    done
}
