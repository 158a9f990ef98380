//! A crowd of strangers: thousands of connections that never publish cost little, and nobody waits for them.

mod rtmp_support;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use media::SessionId;
use media::server::{Grant, ServerSettings};
use rtmp_support::{GRANT, clip, playable, publish, server};

const MIB: u64 = 1 << 20;

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap();
    kibibytes << 10
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A connection behind its handshake.
fn shaken(address: SocketAddr) -> TcpStream {
    let mut stream = connect(address);
    let mut hello = vec![3];
    hello.resize(1 + 1_536, 0);
    stream.write_all(&hello).unwrap();
    let mut answer = [0; 1 + 2 * 1_536];
    stream.read_exact(&mut answer).unwrap();
    stream.write_all(&[0; 1_536]).unwrap();
    stream
}

/// A chunk stream whose message of 60,000 bytes comes as far as 12,000 of them.
fn half_filled(address: SocketAddr) -> TcpStream {
    let mut stream = shaken(address);
    let mut wire = vec![2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0x40, 0];
    wire.extend([3, 0, 0, 0, 0, 0xea, 0x60, 20, 0, 0, 0, 0]);
    wire.resize(wire.len() + 12_000, 7);
    // It may be cut off for it.
    stream.write_all(&wire).ok();
    stream
}

fn is_open(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    match (&*stream).read(&mut [0; 4_096]) {
        Ok(count) => count > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "14,000 sockets: more than an ordinary limit allows"]
async fn crowd_of_strangers_costs_little_and_keeps_no_publisher_waiting() {
    let mut settings = ServerSettings::default();
    settings.session.setup_timeout = Duration::from_secs(120);
    let server = server(settings).await;
    let address = server.local_addr();
    // What the first publisher brings into memory is nobody else's.
    let (mut publisher, session) = publish(&server, GRANT).await;
    publisher.send_all(&clip()).await.unwrap();
    publisher.close().await.unwrap();
    drop(session);

    let before = resident();
    let (silent, greeting, filling) = tokio::task::spawn_blocking(move || {
        let silent: Vec<_> = (0..2_500).map(|_| connect(address)).collect();
        let greeting: Vec<_> = (0..2_500).map(|_| shaken(address)).collect();
        let filling: Vec<_> = (0..2_000).map(|_| half_filled(address)).collect();
        (silent, greeting, filling)
    })
    .await
    .unwrap();
    let mut last = 0;
    loop {
        // Until the server has read everything.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = resident();
        if now.abs_diff(last) < MIB / 4 {
            break;
        }
        last = now;
    }
    let cost = resident().saturating_sub(before);

    let begun = Instant::now();
    let grant = Grant {
        session: SessionId(8),
        previous: Some(GRANT.session),
        delivery: media::Delivery::Packaged,
        ..GRANT
    };
    let (mut publisher, mut session) = publish(&server, grant).await;
    let took = begun.elapsed();
    publisher.send_all(&clip()).await.unwrap();
    playable(&mut session).await;

    let open = |crowd: &[TcpStream]| crowd.iter().filter(|stream| is_open(stream)).count();
    let open = [open(&silent), open(&greeting), open(&filling)];
    println!(
        "{} KiB for 2,500 silent connections, 2,500 behind their handshake and 2,000 half-filled chunk streams \
         (of which {open:?} are open); a publisher was let in within {took:?}",
        cost >> 10
    );
    assert_eq!(open[..2], [2_500; 2]);
    assert!(cost <= 32 * MIB, "{cost}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    for stream in silent.iter().chain(&greeting).chain(&filling) {
        stream.shutdown(Shutdown::Both).ok();
    }
}
