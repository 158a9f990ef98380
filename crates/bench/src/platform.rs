//! The platform under load: the release build beside this program, on a store of its own.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::api::Api;
use crate::process::Running;

const KEY: &str = "bench";
const SECRET: &str = "bench-secret-that-is-long-enough-00";
/// `KEY:SECRET` in base64.
const AUTHORIZATION: &str = "Basic YmVuY2g6YmVuY2gtc2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2gtMDA=";

/// Where the store is unless a benchmark says otherwise.
const SQLITE: &str = "sqlite:data/videoroom.db";

/// A running platform.
pub struct Platform {
    /// The process.
    pub process: Running,
    /// Where its API is: `http://host:port`.
    pub http: String,
    ops: String,
    /// From the start of the process to its word that it is ready.
    pub ready_after: Duration,
}

impl Platform {
    /// Starts the platform on a SQLite file in `directory`.
    pub fn start(directory: &Path) -> Result<Self> {
        Self::run(directory, SQLITE, &[])
    }

    /// The same on one core alone.
    pub fn start_on_core(directory: &Path, core: usize) -> Result<Self> {
        Self::run(directory, SQLITE, &["taskset", "-c", &core.to_string()])
    }

    /// Starts the platform in `directory`, on the store at `url`, which it migrates.
    pub fn start_on(directory: &Path, url: &str) -> Result<Self> {
        Self::run(directory, url, &[])
    }

    fn run(directory: &Path, url: &str, wrapper: &[&str]) -> Result<Self> {
        let program = env::current_exe()?.with_file_name("videoroom");
        let began = Instant::now();
        let mut command = match wrapper {
            [wrapper, arguments @ ..] => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(&program);
                command
            }
            [] => Command::new(&program),
        };
        let mut child = command
            .arg("serve")
            .current_dir(directory)
            .env("VIDEOROOM__STORAGE__URL", url)
            .env("VIDEOROOM__STORAGE__AUTO_MIGRATE", "true")
            .env("VIDEOROOM__HTTP__BIND", "127.0.0.1:0")
            .env("VIDEOROOM__RTMP__BIND", "127.0.0.1:0")
            .env("VIDEOROOM__OPS__BIND", "127.0.0.1:0")
            // What is measured is the work, not the limit.
            .env("VIDEOROOM__LIMITS__API_REQUESTS_PER_SECOND", "1000000")
            .env("VIDEOROOM__BOOTSTRAP__API_KEY", KEY)
            .env("VIDEOROOM__BOOTSTRAP__API_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} is needed: cargo build --release", program.display()))?;
        let out = child.stdout.take().context("no standard output")?;
        let process = Running(child);
        let mut lines = BufReader::new(out).lines();
        let ready = loop {
            let line = lines.next().context("the platform ended before it was ready")??;
            if line.starts_with("ready ") {
                break line;
            }
        };
        let ready_after = began.elapsed();
        std::thread::spawn(move || lines.for_each(drop));
        let address = |name: &str| {
            let mut words = ready.split(' ');
            let found = words.find_map(|word| word.strip_prefix(name));
            Ok::<_, anyhow::Error>(
                found
                    .context("an address is missing in the ready line")?
                    .trim_end_matches('/'),
            )
        };
        Ok(Self {
            process,
            http: address("http=")?.to_owned(),
            ops: address("ops=")?.to_owned(),
            ready_after,
        })
    }

    /// Where its API is: `host:port`.
    pub fn address(&self) -> &str {
        self.http.trim_start_matches("http://")
    }

    /// Bytes of media that it says it holds.
    pub fn held(&self) -> Result<u64> {
        let mut answer = ureq::get(format!("{}/metrics", self.ops)).call()?;
        let text = answer.body_mut().read_to_string()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("videoroom_media_held_bytes "));
        Ok(line.context("no videoroom_media_held_bytes")?.trim().parse()?)
    }

    /// A caller of its App API.
    pub fn api(&self) -> Api {
        Api::new(&self.http, AUTHORIZATION)
    }

    /// The value of the `Authorization` header that opens its App API.
    pub const fn authorization() -> &'static str {
        AUTHORIZATION
    }
}
