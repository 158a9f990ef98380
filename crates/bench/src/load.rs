//! Requests over connections that are kept open, one at a time on each: the load of a back end that calls.

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Sends `requests` GETs of `path` over `connections` connections to `address` (`host:port`).
pub async fn get(
    address: &str,
    path: &str,
    authorization: Option<&str>,
    connections: usize,
    requests: usize,
) -> Result<()> {
    let authorization = authorization.map_or(String::new(), |value| format!("authorization: {value}\r\n"));
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{authorization}\r\n");
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (address, request) = (address.to_owned(), request.clone());
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(&address).await?;
            stream.set_nodelay(true)?;
            let mut buffer = Vec::with_capacity(16 << 10);
            for _ in 0..requests / connections {
                stream.write_all(request.as_bytes()).await?;
                read_answer(&mut stream, &mut buffer).await?;
            }
            Ok::<(), anyhow::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// Reads one answer, head and body, into `buffer`, which is emptied before.
pub(crate) async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    loop {
        ensure!(
            stream.read_buf(buffer).await? > 0,
            "the server closed the connection"
        );
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&buffer[..head])?;
        ensure!(
            text.starts_with("HTTP/1.1 200"),
            "the server answered {}",
            text.lines().next().unwrap_or_default()
        );
        let length = text
            .lines()
            .find_map(content_length)
            .context("no content-length")?;
        while buffer.len() < head + 4 + length {
            ensure!(
                stream.read_buf(buffer).await? > 0,
                "the server closed the connection"
            );
        }
        return Ok(());
    }
}

fn content_length(line: &str) -> Option<usize> {
    let (name, value) = line.split_once(':')?;
    name.eq_ignore_ascii_case("content-length")
        .then(|| value.trim().parse().ok())?
}
