//! A throw-away PostgreSQL server from this machine's programs, as Debian installs them and otherwise as it comes: what
//! it commits is on the disk.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::process::Running;

/// A running server.
pub struct Server {
    /// The server's first process; every connection is a child of it.
    pub process: Running,
    port: u16,
    directory: TempDir,
}

impl Server {
    /// Makes a server and starts it.
    pub fn start() -> Result<Self> {
        let directory = TempDir::new()?;
        let owned = Command::new("chown")
            .arg("postgres")
            .arg(directory.path())
            .status();
        ensure!(!is_root()? || owned?.success(), "there is no user postgres");
        let made = as_postgres("initdb")?
            .arg("-D")
            .arg(directory.path().join("data"))
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .current_dir(directory.path())
            .output()?;
        ensure!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = as_postgres("postgres")?
            .arg("-D")
            .arg(directory.path().join("data"))
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k"])
            .arg(directory.path())
            .args(["-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB"])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self {
            process: Running(child),
            port,
            directory,
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while server.sql("postgres", "SELECT 1").is_err() {
            if Instant::now() > deadline {
                bail!("PostgreSQL does not start");
            }
            sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Makes an empty database and answers its URL.
    pub fn database(&self, name: &str) -> Result<String> {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs statements as psql does, each `;` of its own.
    pub fn sql(&self, database: &str, statements: &str) -> Result<()> {
        let output = Command::new(program("psql")?)
            .arg("-h")
            .arg(self.directory.path())
            .args(["-p", &self.port.to_string(), "-U", "postgres", "-d", database])
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statements])
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

/// One of PostgreSQL's programs: from the path, or from where Debian puts them.
fn program(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    places.extend(versions.map(|version| version.path().join("bin")));
    let mut found = places
        .iter()
        .map(|place| place.join(name))
        .filter(|path| Path::exists(path));
    found
        .next()
        .with_context(|| format!("PostgreSQL's {name} is missing: scripts/setup-tests installs it"))
}

/// A program of the server, which refuses to be root: then it runs as the user `postgres`.
fn as_postgres(name: &str) -> Result<Command> {
    let program = program(name)?;
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    Ok(command)
}

fn is_root() -> Result<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout.starts_with(b"0\n"))
}
