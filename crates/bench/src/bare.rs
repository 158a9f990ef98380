//! The baseline of every request: a bare actix-web handler that answers the same bytes from memory, in a process of its
//! own. The process is the benchmark's own program, started with `--bare`.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _, stdin};
use std::process::{Command, Stdio};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context as _, Result};
use bytes::Bytes;

use crate::process::Running;

/// A running bare handler.
pub struct Bare {
    /// The process.
    pub process: Running,
    /// Where it is: `host:port`.
    pub address: String,
}

impl Bare {
    /// Starts this program as a handler that answers every request with `body`.
    pub fn start(body: &[u8]) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .arg("--bare")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().context("no standard input")?;
        let output = child.stdout.take().context("no standard output")?;
        let process = Running(child);
        input.write_all(body)?;
        drop(input);
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self {
            process,
            address: address.trim().to_owned(),
        })
    }
}

/// Is that handler: answers with what comes on standard input, until it is ended.
pub fn serve() -> Result<()> {
    actix_web::rt::System::new().block_on(async {
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
    })
}
