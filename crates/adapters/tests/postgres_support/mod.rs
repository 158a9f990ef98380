//! Throw-away PostgreSQL servers from this machine's programs.
//!
//! [`Database::new`] makes an empty schema on a server that all test processes share. The first one that needs it
//! starts it; each holds a lock on a file as long as it lives, however it ends; and a watchdog stops the server when
//! nobody has held that lock for a while. A test that stops its server, or wants another kind, makes its own
//! [`Server`].

#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing of a test's data has to outlive the machine.
const CARELESS: &[&str] = &[
    "-c",
    "fsync=off",
    "-c",
    "full_page_writes=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "shared_buffers=32MB",
    "-c",
    "max_connections=300",
];

/// Stops the server in the directory `$1` when no test process has lived for 15 seconds. There is one of it.
const WATCHDOG: &str = r#"
cd "$1" || exit
exec 8>watchdog
flock -n 8 || exit 0
while :; do
  idle=0
  while [ "$idle" -lt 15 ]; do
    sleep 1
    if flock -n -x users true; then idle=$((idle + 1)); else idle=0; fi
  done
  exec 9>starting
  flock 9
  if flock -n -x users true; then
    pid=$(head -n 1 data/postmaster.pid) && kill -QUIT "$pid" && while kill -0 "$pid"; do sleep 0.1; done
    rm -rf data port log
    exit
  fi
  exec 9>&-
done
"#;

/// A server, in a directory of its own.
pub(crate) struct Server {
    directory: PathBuf,
    port: u16,
    /// What goes with it when it is dropped, unless it is shared.
    own: Option<tempfile::TempDir>,
    options: Vec<String>,
}

impl Server {
    /// A server for one test, with these options beside the usual ones. `prepare` may put files beside its data.
    pub(crate) fn start(options: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        let own = tempfile::tempdir().expect("a temporary directory");
        let directory = own.path().to_owned();
        give_to_postgres(&directory);
        initialize(&directory);
        prepare(&directory);
        let mut server = Self {
            directory,
            port: free_port(),
            own: Some(own),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
        };
        server.run();
        server
    }

    /// Starts it again, where it was.
    pub(crate) fn restart(&mut self) {
        self.run();
    }

    /// Stops it as an operator would who is in a hurry.
    pub(crate) fn stop(&self) {
        let pid = self.pid().expect("the server runs");
        signal(pid, "INT");
        wait_until("the server stops", || (!is_alive(pid)).then_some(()));
    }

    /// Freezes it, or lets it go on: nobody answers, and nobody hangs up.
    pub(crate) fn freeze(&self, frozen: bool) {
        let pid = self.pid().expect("the server runs");
        let name = if frozen { "STOP" } else { "CONT" };
        let children = Command::new("pgrep").args(["-P", &pid.to_string()]).output();
        let children = String::from_utf8(children.expect("pgrep runs").stdout).expect("numbers");
        signal(pid, name);
        for child in children.split_whitespace() {
            // One that has just ended needs no signal.
            let _ = Command::new("kill").args([&format!("-{name}"), child]).status();
        }
    }

    /// An empty schema on it.
    pub(crate) fn database(&self) -> Database {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("after 1970");
        let name = format!(
            "t{:x}_{}_{}",
            now.as_nanos(),
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        psql(
            &self.directory,
            self.port,
            "public",
            &format!("CREATE SCHEMA {name}"),
        );
        Database {
            name,
            directory: self.directory.clone(),
            port: self.port,
        }
    }

    /// Where it keeps everything.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    fn run(&mut self) {
        for attempt in 1.. {
            let log = OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.directory.join("log"));
            let log = log.expect("a log file");
            let mut child = as_postgres("postgres")
                .arg("-D")
                .arg(self.directory.join("data"))
                .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-k"])
                .arg(&self.directory)
                .args(CARELESS)
                .args(self.options.iter().flat_map(|option| ["-c", option]))
                .current_dir(&self.directory)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .process_group(0)
                .spawn()
                .expect("postgres runs");
            let deadline = Instant::now() + PATIENCE;
            loop {
                if is_ready(&self.directory, self.port) {
                    // Whoever waits for it is gone before it is: it must not stay a zombie.
                    thread::spawn(move || child.wait());
                    return;
                }
                if child.try_wait().expect("a child").is_some() {
                    break;
                }
                assert!(
                    Instant::now() < deadline,
                    "PostgreSQL does not start:\n{}",
                    self.log()
                );
                thread::sleep(Duration::from_millis(20));
            }
            // Another program took the port meanwhile.
            assert!(attempt < 5, "PostgreSQL does not start:\n{}", self.log());
            self.port = free_port();
        }
    }

    fn pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.directory.join("data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.own.is_none() {
            return;
        }
        if let Some(pid) = self.pid() {
            let _ = Command::new("kill").args(["-CONT", &pid.to_string()]).status();
            let _ = Command::new("kill").args(["-QUIT", &pid.to_string()]).status();
            wait_until("the server stops", || (!is_alive(pid)).then_some(()));
        }
    }
}

/// A schema to itself, as good as a database and made faster. It goes with its server.
pub(crate) struct Database {
    name: String,
    directory: PathBuf,
    port: u16,
}

impl Database {
    /// One on the server that all tests share.
    pub(crate) fn new() -> Self {
        shared().database()
    }

    /// Its URL, by TCP.
    pub(crate) fn url(&self) -> String {
        self.url_of("127.0.0.1")
    }

    /// Its URL, by the socket.
    pub(crate) fn socket_url(&self) -> String {
        let directory = self.directory.to_str().expect("UTF-8").replace('/', "%2F");
        self.url_of(&directory)
    }

    fn url_of(&self, host: &str) -> String {
        format!(
            "postgres://postgres@{host}:{}/postgres?options=-c%20search_path%3D{}",
            self.port, self.name
        )
    }

    /// Runs statements past the adapter. Answers rows, columns separated by `|`.
    pub(crate) fn sql(&self, statements: &str) -> String {
        psql(&self.directory, self.port, &self.name, statements)
    }
}

fn shared() -> &'static Server {
    static SHARED: OnceLock<(Server, File)> = OnceLock::new();
    let (server, _users) = SHARED.get_or_init(|| {
        let directory = std::env::temp_dir().join(format!("videoroom-postgres-{}", id(&["-u"])));
        fs::create_dir_all(&directory).expect("a directory for the server");
        give_to_postgres(&directory);
        let lock = |name: &str| {
            let path = directory.join(name);
            let opened = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path);
            opened.expect("a lock file")
        };
        let starting = lock("starting");
        starting.lock().expect("a lock");
        let users = lock("users");
        users.lock_shared().expect("a lock");
        let mut server = Server {
            port: fs::read_to_string(directory.join("port"))
                .ok()
                .and_then(|port| port.parse().ok())
                .unwrap_or_default(),
            directory: directory.clone(),
            own: None,
            options: Vec::new(),
        };
        if server.port != 0 && server.pid().is_some_and(is_alive) {
            // On a busy machine it may be slow to say so.
            wait_until("the server that is shared answers", || {
                is_ready(&directory, server.port).then_some(())
            });
        } else {
            let _ = fs::remove_dir_all(directory.join("data"));
            server.port = free_port();
            initialize(&directory);
            server.run();
            fs::write(directory.join("port"), server.port.to_string()).expect("a file");
        }
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let mut watchdog = watchdog.expect("sh runs");
        thread::spawn(move || watchdog.wait());
        (server, users)
    });
    server
}

fn initialize(directory: &Path) {
    let made = as_postgres("initdb")
        .arg("-D")
        .arg(directory.join("data"))
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
        .current_dir(directory)
        .output()
        .expect("initdb runs");
    assert!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr)
    );
}

fn is_ready(directory: &Path, port: u16) -> bool {
    if port == 0 {
        return false;
    }
    let asked = Command::new(program("pg_isready"))
        .arg("-h")
        .arg(directory)
        .args(["-q", "-t", "5", "-p", &port.to_string()])
        .status();
    asked.expect("pg_isready runs").success()
}

/// Runs statements as psql does, each `;` of its own, in that schema.
fn psql(directory: &Path, port: u16, schema: &str, statements: &str) -> String {
    let output = Command::new(program("psql"))
        .arg("-h")
        .arg(directory)
        .args(["-p", &port.to_string(), "-U", "postgres", "-d", "postgres"])
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statements])
        .env("PGOPTIONS", format!("-c search_path={schema}"))
        .stdin(Stdio::null())
        .output();
    let output = output.expect("psql runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{statements}: {complaints}");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// One of PostgreSQL's programs: from the path, or from where Debian puts them.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<_> = std::env::split_paths(&path).collect();
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    versions.sort();
    places.extend(versions.into_iter().rev());
    let found = places
        .into_iter()
        .map(|place| place.join(name))
        .find(|path| path.exists());
    found.unwrap_or_else(|| panic!("PostgreSQL's {name} is missing: scripts/setup-tests installs it"))
}

/// A program of the server, which refuses to be root: then it runs as the user `postgres`.
fn as_postgres(name: &str) -> Command {
    let program = program(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command.arg(program);
    command
}

/// Makes it the server's own, where that is another user.
pub(crate) fn give_to_postgres(path: &Path) {
    if is_root() {
        let (user, group) = (id(&["-u", "postgres"]), id(&["-g", "postgres"]));
        let (user, group) = (user.parse().expect("a number"), group.parse().expect("a number"));
        std::os::unix::fs::chown(path, Some(user), Some(group)).expect("root may give files away");
    }
}

fn is_root() -> bool {
    id(&["-u"]) == "0"
}

fn id<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let output = Command::new("id").args(arguments).output().expect("id runs");
    assert!(
        output.status.success(),
        "there is no user postgres: scripts/setup-tests installs PostgreSQL"
    );
    String::from_utf8(output.stdout)
        .expect("a number")
        .trim()
        .to_owned()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
}

fn is_alive(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long until {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Brings the schema of the store up to date.
pub(crate) async fn migrate(store: &adapters::postgres::Store) {
    let turn = store.turn(PATIENCE).await;
    turn.expect("nobody else migrates")
        .migrate()
        .await
        .expect("it fits");
}
