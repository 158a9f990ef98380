//! Runs the real program in a directory of its own, on ports of its own, and talks to it.
//!
//! A [`Platform`] that is dropped is killed; its directory goes with it. Start another one on the same
//! [`Directory`] to see what was kept.

#![allow(dead_code, reason = "each test program uses its own part of this")]

mod caller;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use caller::Caller;
use serde_json::Value;
use tempfile::TempDir;
use ureq::Agent;

/// The key of the app that [`Options::with_app`] makes.
pub(crate) const APP_KEY: &str = "test-key";
/// Its secret.
pub(crate) const APP_SECRET: &str = "test-secret-that-is-long-enough-0123456789";

/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A working directory for programs, gone when the last user of it is.
#[derive(Clone)]
pub(crate) struct Directory(Arc<TempDir>);

impl Directory {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(Arc::new(tempfile::tempdir().expect("a temporary directory")))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into it.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).expect("a file in the temporary directory");
        path
    }

    /// A command of the program with its own ports, to be run in here. Nothing of the caller's environment that
    /// would configure it is passed on.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_videoroom"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VIDEOROOM__") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.path())
            .env("VIDEOROOM__HTTP__BIND", "127.0.0.1:0")
            .env("VIDEOROOM__RTMP__BIND", "127.0.0.1:0")
            .env("VIDEOROOM__OPS__BIND", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command of the program to its end.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Finished {
        Finished(self.command(arguments).output().expect("the program runs"))
    }
}

/// What came of a command that ended.
pub(crate) struct Finished(Output);

impl Finished {
    /// What it printed.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// What it complained of.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// Its exit code.
    pub(crate) fn code(&self) -> Option<i32> {
        self.0.status.code()
    }

    /// What it printed, after it went well.
    #[track_caller]
    pub(crate) fn success(&self) -> String {
        assert_eq!(self.code(), Some(0), "{}{}", self.stdout(), self.stderr());
        self.stdout()
    }

    /// The JSON that it printed, after it went well.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.success()).expect("JSON on standard output")
    }
}

/// How a platform is started.
pub(crate) struct Options {
    directory: Directory,
    command: Vec<String>,
    environment: Vec<(String, String)>,
    app: bool,
}

impl Options {
    /// `videoroom serve` in a new directory, with the app of [`APP_KEY`].
    pub(crate) fn with_app() -> Self {
        Self {
            app: true,
            ..Self::first_start()
        }
    }

    /// `videoroom serve` in a new directory, as someone starts it who never did.
    pub(crate) fn first_start() -> Self {
        Self {
            directory: Directory::new(),
            command: vec!["serve".to_owned()],
            environment: Vec::new(),
            app: false,
        }
    }

    /// In this directory.
    pub(crate) fn within(mut self, directory: &Directory) -> Self {
        self.directory = directory.clone();
        self
    }

    /// Another command than `serve`.
    pub(crate) fn command(mut self, arguments: &[&str]) -> Self {
        self.command = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self
    }

    /// With a key of the configuration, such as `media.window`.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("VIDEOROOM__{}", key.to_ascii_uppercase().replace('.', "__"));
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Without pages of 2 MiB, of which some kernels give the allocator more than is used.
    pub(crate) fn with_small_pages(mut self) -> Self {
        self.environment
            .push(("MIMALLOC_ALLOW_THP".to_owned(), "0".to_owned()));
        self
    }

    fn to_run(&self) -> Command {
        let mut command = self.directory.command(&self.command);
        if self.app {
            command
                .env("VIDEOROOM__BOOTSTRAP__API_KEY", APP_KEY)
                .env("VIDEOROOM__BOOTSTRAP__API_SECRET", APP_SECRET);
        }
        command.envs(self.environment.clone());
        command
    }

    /// Starts it, and answers what it complains of when it ends with a failure.
    #[track_caller]
    pub(crate) fn fails(self) -> String {
        let finished = Finished(self.to_run().output().expect("the program runs"));
        assert_eq!(finished.code(), Some(1), "{}", finished.stdout());
        finished.stderr()
    }

    /// Starts it and waits until it says that it is ready.
    #[track_caller]
    pub(crate) fn start(self) -> Platform {
        let mut command = self.to_run();
        let mut child = command.spawn().expect("the program starts");
        let stdout = Lines::of(child.stdout.take().expect("standard output"));
        let stderr = Lines::of(child.stderr.take().expect("standard error"));
        let mut platform = Platform {
            directory: self.directory,
            child,
            stdout,
            stderr,
            http: String::new(),
            rtmp: String::new(),
            ops: String::new(),
            agent: agent(),
        };
        let ready = platform.wait_for_line("ready http=");
        let field = |name: &str| {
            let value = ready
                .split_whitespace()
                .find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value
                .unwrap_or_else(|| panic!("no {name} in {ready:?}"))
                .to_owned()
        };
        (platform.http, platform.rtmp, platform.ops) = (field("http"), field("rtmp"), field("ops"));
        platform
    }
}

/// A platform that runs, as a process of its own.
pub(crate) struct Platform {
    directory: Directory,
    child: Child,
    stdout: Lines,
    stderr: Lines,
    /// Before the paths of the API, such as `http://127.0.0.1:40000`.
    pub(crate) http: String,
    /// Before `/live`, or `off`.
    pub(crate) rtmp: String,
    /// Before `/healthz`, or `off`.
    pub(crate) ops: String,
    agent: Agent,
}

impl Platform {
    /// A platform with the app of [`APP_KEY`], in a new directory.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Options::with_app().start()
    }

    /// Where it keeps its files.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line on standard output that contains `part`.
    #[track_caller]
    pub(crate) fn wait_for_line(&mut self, part: &str) -> String {
        let line = self.stdout.wait_for(part);
        line.unwrap_or_else(|| {
            panic!(
                "no line with {part:?} came:\n{}\n{}",
                self.stdout.text(),
                self.stderr.text()
            )
        })
    }

    /// Waits for a log line that contains `part`.
    #[track_caller]
    pub(crate) fn wait_for_log(&mut self, part: &str) -> String {
        let line = self.stderr.wait_for(part);
        line.unwrap_or_else(|| panic!("no log line with {part:?} came:\n{}", self.stderr.text()))
    }

    /// All that it printed so far.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// All that it logged so far.
    pub(crate) fn log(&self) -> String {
        self.stderr.text()
    }

    /// Asks for any address of it, without credentials.
    pub(crate) fn get(&self, url: &str) -> Answer {
        let response = self.agent.get(url).call();
        Answer::of(response.unwrap_or_else(|error| panic!("GET {url}: {error}")))
    }

    /// Asks for any address without following where it leads.
    pub(crate) fn ask(&self, url: &str) -> Answer {
        let request = self.agent.get(url).config().max_redirects(0).build();
        Answer::of(
            request
                .call()
                .unwrap_or_else(|error| panic!("GET {url}: {error}")),
        )
    }

    /// Calls the App API (`path` behind `/v2/apps/me`) as the app of [`APP_KEY`].
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as((APP_KEY, APP_SECRET), method, path, body)
    }

    /// Calls the App API with these credentials.
    pub(crate) fn call_as(
        &self,
        (key, secret): (&str, &str),
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let body = body.map_or_else(String::new, |body| body.to_string());
        let answer = self.caller().call_as((key, secret), method, path, None, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// What calls it from another thread, as the app of [`APP_KEY`].
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            agent: self.agent.clone(),
            http: self.http.clone(),
        }
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.pid().to_string()])
            .status();
        assert!(status.expect("kill runs").success());
    }

    /// Asks it to stop, and waits until it has.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// Waits until it has ended.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait_until("the program ends", || self.child.try_wait().expect("a child"))
    }

    /// Ends it as a crash would.
    pub(crate) fn crash(&mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("a child");
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.log();
            let last: Vec<_> = log.lines().rev().take(40).collect();
            let last: Vec<_> = last.into_iter().rev().collect();
            eprintln!(
                "--- standard output\n{}\n--- the end of the log\n{}",
                self.stdout(),
                last.join("\n")
            );
        }
    }
}

/// An answer by HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Its body.
    pub(crate) body: String,
}

impl Answer {
    fn of(response: ureq::http::Response<ureq::Body>) -> Self {
        Self::read(response).expect("a body")
    }

    fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        };
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(header).collect(),
            body: String::from_utf8_lossy(&response.body_mut().read_to_vec()?).into_owned(),
        })
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// Its body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Its body as JSON, after it said `status`.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }
}

/// Looks until there is something, at most for [`PATIENCE`].
#[track_caller]
pub(crate) fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A client that takes every status as an answer.
pub(crate) fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE));
    config.build().into()
}

/// The lines of a stream, read in the background as they come.
struct Lines {
    coming: mpsc::Receiver<String>,
    read: Arc<Mutex<Vec<String>>>,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, coming) = mpsc::channel();
        let read = Arc::<Mutex<Vec<String>>>::default();
        let reading = read.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                reading.lock().expect("a lock").push(line.clone());
                // Nobody may be waiting any more; lines are kept all the same.
                let _ = sender.send(line);
            }
        });
        Self { coming, read }
    }

    /// The next line with `part` in it, unless the stream ends or it takes too long.
    fn wait_for(&mut self, part: &str) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.coming.recv_timeout(left).ok()?;
            if line.contains(part) {
                return Some(line);
            }
        }
    }

    fn text(&self) -> String {
        self.read.lock().expect("a lock").join("\n")
    }
}
