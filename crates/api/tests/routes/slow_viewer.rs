//! A viewer that stops reading.

use socket2::{Domain, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_that_takes_nothing_loses_its_connection_and_the_server_frees_the_media() {
    let world = World::new().await;
    let (_, id, _publisher) = world.on_air("PUBLIC").await;
    let mut viewer = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    viewer.set_recv_buffer_size(4096).unwrap();
    viewer.connect(&world.address.into()).unwrap();
    viewer
        .write_all(format!("GET /live/{id}/huge.m4s HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
        .unwrap();
    let mut held = world.huge_answers.subscribe();
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, held.wait_for(|held| *held == 1))
        .await
        .unwrap()
        .unwrap();
    tokio::time::timeout(patience, held.wait_for(|held| *held == 0))
        .await
        .unwrap()
        .unwrap();
    let mut taken = Vec::new();
    viewer.set_read_timeout(Some(patience)).unwrap();
    let end = viewer.read_to_end(&mut taken).unwrap_err();
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
}
