//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Live video rooms: an App API, RTMP ingest and HLS playback in one process.
#[derive(Debug, Parser)]
#[command(name = "videoroom", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Configuration file [default: videoroom.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do; `serve` when nothing is said.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the platform in the foreground (the default)
    Serve(Serve),
    /// Run the platform and a whole broadcast of a bundled clip on it
    Demo(Demo),
    /// Apply pending migrations to the store, and say which
    Migrate(Output),
    /// Apps (tenants) and their keys
    #[command(subcommand)]
    App(App),
    /// Print the description of the HTTP API, as in docs/openapi.json
    Openapi,
    /// Print the effective configuration, secrets masked, and where each value came from
    Config(Output),
}

/// Options of `serve`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Serve {
    /// Apply pending migrations to a PostgreSQL store (SQLite's are always applied)
    #[arg(long)]
    pub(crate) migrate: bool,
}

/// How a command prints its result.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `demo`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Demo {
    /// Keep everything in memory and leave the configured store alone
    #[arg(long)]
    pub(crate) ephemeral: bool,
}

/// Apps and their keys.
#[derive(Debug, Subcommand)]
pub(crate) enum App {
    /// Make an app with its first key; the secret is printed once
    Create {
        /// The app's name
        #[arg(long)]
        name: String,
        /// The user who owns it; made if there is none of that name
        #[arg(long)]
        owner_username: String,
        /// Where that user gets mail
        #[arg(long)]
        owner_email: String,
        #[command(flatten)]
        output: Output,
    },
    /// List apps and their keys
    List(Output),
    /// Issue and revoke keys
    #[command(subcommand)]
    Key(Key),
}

/// Keys of apps.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Issue another key to an app; the secret is printed once
    Issue {
        /// The app's number, as `app list` shows it
        app: i64,
        #[command(flatten)]
        output: Output,
    },
    /// Revoke a key at once
    Revoke {
        /// The key, as `app list` shows it
        key: String,
        #[command(flatten)]
        output: Output,
    },
}

#[cfg(test)]
mod tests {
    use super::Cli;

    #[test]
    fn command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
