//! An app's receiver of callbacks: it takes every notification, and keeps them as they came.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::feed::Event;

/// What came: the sequence, and what it said.
type Notes = Vec<(usize, Event)>;

/// One that listens as long as the test runs.
pub(crate) struct Receiver {
    /// Where it wants to be told.
    pub(crate) url: String,
    notes: Arc<Mutex<Notes>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let notes = Arc::<Mutex<Notes>>::default();
        let taking = Arc::clone(&notes);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let taking = Arc::clone(&taking);
                thread::spawn(move || take(stream, &taking));
            }
        });
        Self { url, notes }
    }

    /// All that came so far, in the order in which it came.
    pub(crate) fn notes(&self) -> Notes {
        self.notes.lock().expect("a lock").clone()
    }
}

/// Takes the notification of a connection. One whose sender is killed half-way is none.
fn take(mut stream: TcpStream, notes: &Mutex<Notes>) -> Option<()> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    while !bytes.ends_with(b"}}") {
        match stream.read(&mut piece).ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&piece[..read]),
        }
    }
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let id = head
        .lines()
        .find_map(|line| line.strip_prefix("webhook-id: evt_"));
    let (_, sequence) = id.expect("an id").split_once('_').expect("an app and a sequence");
    let event = serde_json::from_str(body).expect("JSON");
    let note = (sequence.parse().expect("a number"), Event::of(&event));
    notes.lock().expect("a lock").push(note);
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()
}
