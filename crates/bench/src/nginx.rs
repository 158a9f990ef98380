//! The baselines: nginx with its RTMP module, writing HLS, for ingest and packaging; nginx with files for delivery.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::process::Running;

/// A running nginx, in a directory of its own.
pub struct Nginx {
    /// The process.
    pub process: Running,
    port: u16,
    _directory: TempDir,
}

impl Nginx {
    /// Starts nginx with one worker; segments of 2 s in a window of 12 s, as the platform has it.
    pub fn start() -> Result<Self> {
        Self::run(&[], |root, port| {
            format!(
                "rtmp {{ server {{ listen 127.0.0.1:{port}; chunk_size 4096;\n\
                 application live {{ live on; hls on; hls_path {root}/files; hls_fragment 2s;\n\
                 hls_playlist_length 12s; hls_cleanup on; }} }} }}\n"
            )
        })
    }

    /// Starts nginx with one worker that serves these files, each a name and its bytes, by sendfile.
    pub fn with_files(files: &[(&str, &[u8])]) -> Result<Self> {
        Self::run(files, |root, port| {
            format!(
                "http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n\
                 server {{ listen 127.0.0.1:{port}; root {root}/files; }} }}\n"
            )
        })
    }

    fn run(files: &[(&str, &[u8])], module: impl Fn(&str, u16) -> String) -> Result<Self> {
        let directory = TempDir::new()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let root = directory.path().to_str().context("a path that is no text")?;
        let user = if running_as_root()? { "user root;" } else { "" };
        let configuration = format!(
            "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n{user}\nworker_processes 1;\ndaemon off;\n\
             pid {root}/nginx.pid;\nerror_log {root}/error.log;\nevents {{ worker_connections 4096; }}\n{}",
            module(root, port)
        );
        let served = directory.path().join("files");
        fs::create_dir(&served)?;
        for (name, bytes) in files {
            fs::write(served.join(name), bytes)?;
        }
        let file = directory.path().join("nginx.conf");
        fs::write(&file, configuration)?;
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .args(["-e", "stderr"])
            .stdin(Stdio::null())
            .spawn()
            .context("nginx is needed: apt-get install nginx-light libnginx-mod-rtmp")?;
        let nginx = Self {
            process: Running(child),
            port,
            _directory: directory,
        };
        nginx.await_port()?;
        Ok(nginx)
    }

    /// The publishing address of stream `n`.
    pub fn publishing_address(&self, n: usize) -> String {
        format!("rtmp://127.0.0.1:{}/live/stream{n}", self.port)
    }

    /// `host:port` of what it listens on.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn await_port(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(5);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            ensure!(Instant::now() < deadline, "nginx does not listen");
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

fn running_as_root() -> Result<bool> {
    let status = fs::read_to_string("/proc/self/status")?;
    let uid = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .context("no Uid")?;
    Ok(uid.split_whitespace().next() == Some("0"))
}
