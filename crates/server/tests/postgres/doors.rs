//! The doors of processes that come and go, as a balancer knows them, and a publisher who comes back to any of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::encoder::Encoder;
use crate::support::{Caller, Platform};

/// One process, as long as it lives.
#[derive(Clone)]
struct Door {
    name: String,
    caller: Caller,
    rtmp: String,
}

/// Those that are open at the moment.
#[derive(Clone, Default)]
pub(crate) struct Doors(Arc<Mutex<Vec<Door>>>);

impl Doors {
    /// A process is there.
    pub(crate) fn open(&self, name: &str, platform: &Platform) {
        let door = Door {
            name: name.to_owned(),
            caller: platform.caller(),
            rtmp: platform.rtmp.clone(),
        };
        self.0.lock().expect("a lock").push(door);
    }

    /// A process is gone, or about to go.
    pub(crate) fn close(&self, name: &str) {
        self.0.lock().expect("a lock").retain(|door| door.name != name);
    }

    fn nth(&self, number: usize) -> Door {
        let doors = self.0.lock().expect("a lock");
        doors[number % doors.len()].clone()
    }

    /// One of those that are open.
    pub(crate) fn caller(&self, number: usize) -> Caller {
        self.nth(number).caller
    }
}

/// A publisher who publishes as long as it lives, to the process that lets it in; whenever it is cut off, it comes back
/// to the next one, as encoders do behind a balancer.
pub(crate) struct Wanderer(JoinHandle<()>);

impl Wanderer {
    /// One with that key string.
    pub(crate) fn start(doors: &Doors, secret: &str) -> Self {
        let (doors, secret) = (doors.clone(), secret.to_owned());
        Self(tokio::spawn(async move {
            for number in 0.. {
                // With a key frame there is something to play.
                let url = format!("{}/live/{secret}?mode=RTMP", doors.nth(number).rtmp);
                if let Ok(mut encoder) = Encoder::connect(&url).await {
                    encoder.ended().await;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }))
    }
}

impl Drop for Wanderer {
    fn drop(&mut self) {
        self.0.abort();
    }
}
