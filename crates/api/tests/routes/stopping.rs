//! A server that stops: it says so, lets nobody wait, and closes connections.

use std::time::Duration;

use tokio::time::timeout;

use crate::http;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_that_waits_is_answered_when_the_server_stops() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let waiting = world
        .bare("GET", &format!("/live/{id}/late.m3u8"))
        .kept_alive()
        .begin()
        .await;
    // Another request on the same worker: it was served after the first had begun to wait.
    assert_eq!(world.bare("GET", "/healthz").send().await.status, 200);
    world.state.stop();
    let answer = http::answer(waiting).await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (503, "SERVICE_UNAVAILABLE")
    );
    assert_eq!(
        (answer.header("retry-after"), answer.header("connection")),
        ("1", "close")
    );
    let ready = world.bare("GET", "/readyz").send().await;
    assert_eq!(
        (ready.status, &ready.json()["checks"]["serving"]),
        (503, &"DOWN".into())
    );
    let served = world
        .bare("GET", &format!("/live/{id}/index.m3u8"))
        .kept_alive()
        .send()
        .await;
    assert_eq!((served.status, served.header("connection")), (200, "close"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_stand_idle_do_not_hold_up_the_end() {
    let world = World::new().await;
    let idle = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let kept = {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut bytes = [0; 12];
        stream.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"HTTP/1.1 200");
        stream
    };
    world.state.stop();
    let stopped = timeout(Duration::from_secs(8), world.server.stop(true)).await;
    assert!(
        stopped.is_ok(),
        "the server waits for connections that nobody uses"
    );
    drop((idle, kept));
}
