//! The session against the publisher's side, and against what encoders and others really send.

mod play;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::rtmp::amf0::Value;
use crate::rtmp::client::{ClientError, ClientSession};
use crate::rtmp::command;

const KEY_URL: &str = "rtmp://localhost/live/KEY?mode=CMAF";

/// Both ends of a connection, with the wire between them cut into pieces of `piece` bytes.
struct Pair {
    client: ClientSession,
    server: ServerSession,
    piece: usize,
    now: Instant,
}

impl Pair {
    fn new(url: &str, piece: usize) -> Self {
        let now = Instant::now();
        let server = ServerSession::new(SessionSettings::default(), now);
        Self {
            client: ClientSession::new(url.parse().unwrap()),
            server,
            piece,
            now,
        }
    }

    /// Carries bytes both ways until none are left, and answers the server's events.
    fn run(&mut self) -> (Vec<Event>, Result<(), ClientError>) {
        let mut events = Vec::new();
        loop {
            let wire = self.client.output().take();
            for mut piece in wire.chunks(self.piece) {
                while let Some(event) = self.server.input(&mut piece, self.now).unwrap() {
                    events.push(event);
                }
            }
            let answer = self.server.take_output();
            for piece in answer.chunks(self.piece) {
                if let Err(error) = self.client.input(piece) {
                    return (events, Err(error));
                }
            }
            if self.client.output().is_empty() {
                return (events, Ok(()));
            }
        }
    }

    /// A pair that publishes.
    fn publishing(piece: usize) -> Self {
        let mut pair = Self::new(KEY_URL, piece);
        let (events, result) = pair.run();
        assert_eq!(result, Ok(()));
        let requested = Event::PublishRequested {
            stream_key: StreamKey::new("KEY"),
            mode: Some("CMAF".into()),
        };
        assert_eq!(events, [requested]);
        assert!(!pair.client.is_publishing());
        pair.server.accept(pair.now);
        assert_eq!(pair.run(), (vec![], Ok(())));
        assert!(pair.client.is_publishing());
        pair
    }

    /// What the server says to a refused or ended publisher.
    fn status(&mut self) -> (String, String) {
        match self.run().1 {
            Err(ClientError::Status(status)) => (status.code, status.description),
            other => panic!("no status: {other:?}"),
        }
    }
}

fn media(kind: MediaKind, timestamp: u32, length: usize) -> Media {
    Media {
        kind,
        timestamp,
        payload: vec![7; length].into(),
    }
}

#[test]
fn media_comes_out_as_it_was_sent() {
    for piece in [1, 7, 1_448, usize::MAX] {
        let mut pair = Pair::publishing(piece);
        let sent = [
            media(MediaKind::Data, 0, 300),
            media(MediaKind::Video, 0, 100_000),
            media(MediaKind::Audio, 5, 200),
            media(MediaKind::Video, 33, 4_000),
            media(MediaKind::Audio, 28, 200),
            media(MediaKind::Audio, u32::MAX, 1),
        ];
        for media in &sent {
            pair.client.send(media);
        }
        let (events, result) = pair.run();
        assert_eq!(result, Ok(()));
        assert_eq!(events, sent.map(Event::Media));
    }
}

#[test]
fn proper_end_is_told_once() {
    let mut pair = Pair::publishing(usize::MAX);
    pair.client.close();
    assert_eq!(pair.run().0, [Event::Unpublished]);
    assert!(pair.server.is_over());
    assert_eq!(pair.server.next_deadline(), None);
}

#[test]
fn refusals_say_why() {
    for (refusal, code, description) in [
        (
            Refusal::UnknownKey,
            "NetStream.Publish.BadName",
            "Unknown stream key",
        ),
        (
            Refusal::AlreadyPublishing,
            "NetStream.Publish.BadName",
            "The stream key is being published already",
        ),
        (
            Refusal::Denied("Not today".into()),
            "NetStream.Publish.Rejected",
            "Not today",
        ),
    ] {
        let mut pair = Pair::new(KEY_URL, usize::MAX);
        pair.run().1.unwrap();
        pair.server.reject(&refusal);
        assert!(pair.server.is_over());
        assert_eq!(pair.status(), (code.to_owned(), description.to_owned()));
    }
}

#[test]
fn publisher_that_is_sent_off_is_told_why() {
    let mut pair = Pair::publishing(usize::MAX);
    pair.server.end("The room has ended");
    assert_eq!(
        pair.status(),
        (
            "NetStream.Publish.Rejected".to_owned(),
            "The room has ended".to_owned()
        )
    );
}

#[test]
fn other_application_is_refused() {
    let mut pair = Pair::new("rtmp://localhost/vod/KEY", usize::MAX);
    let now = pair.now;
    let carry = |pair: &mut Pair| -> Result<(), SessionError> {
        let wire = pair.client.output().take();
        pair.server.input(&mut wire.as_ref(), now)?;
        pair.client.input(&pair.server.take_output()).unwrap();
        Ok(())
    };
    carry(&mut pair).unwrap();
    assert!(matches!(carry(&mut pair), Err(SessionError::Command(_))));
    assert_eq!(pair.status().0, "NetConnection.Connect.InvalidApp");
}

#[test]
fn nothing_is_taken_while_the_verdict_is_awaited() {
    let mut pair = Pair::new(KEY_URL, usize::MAX);
    pair.run().1.unwrap();
    let mut bytes = [4u8, 0, 0, 0].as_slice();
    assert_eq!(pair.server.input(&mut bytes, pair.now), Ok(None));
    assert_eq!(bytes.len(), 4);
    assert_eq!(pair.server.next_deadline(), None);
}

#[test]
fn setup_has_five_seconds_and_a_publisher_ten() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut silent = ServerSession::new(SessionSettings::default(), start);
    assert_eq!(silent.next_deadline(), Some(at(5)));
    assert_eq!(silent.on_deadline(at(4)), Ok(()));
    assert_eq!(silent.on_deadline(at(5)), Err(SessionError::TimedOut));
    assert!(silent.is_over());

    let mut pair = Pair::publishing(usize::MAX);
    pair.now += Duration::from_secs(8);
    pair.client.send(&media(MediaKind::Audio, 0, 10));
    pair.run().1.unwrap();
    assert_eq!(
        pair.server.next_deadline(),
        Some(pair.now + Duration::from_secs(10))
    );
}

#[test]
fn half_handshake_does_not_put_the_deadline_off() {
    let start = Instant::now();
    let mut session = ServerSession::new(SessionSettings::default(), start);
    let later = start + Duration::from_secs(4);
    session.input(&mut [3u8, 0, 0].as_slice(), later).unwrap();
    assert_eq!(session.next_deadline(), Some(start + Duration::from_secs(5)));
}

/// A session behind its handshake, and an encoder that writes messages to it.
fn shaken() -> (ServerSession, ChunkEncoder) {
    let now = Instant::now();
    let mut session = ServerSession::new(SessionSettings::default(), now);
    let mut hello = vec![3];
    hello.resize(1 + 2 * 1_536, 0);
    assert_eq!(session.input(&mut hello.as_slice(), now), Ok(None));
    session.take_output();
    (session, ChunkEncoder::default())
}

fn say(
    (session, encoder): &mut (ServerSession, ChunkEncoder),
    message: &Message,
) -> Result<Option<Event>, SessionError> {
    let mut wire = Output::default();
    encoder.encode(3, message, &mut wire);
    session.input(&mut wire.take().as_ref(), Instant::now())
}

fn connect(app: &str) -> Message {
    command::message(0, "connect", 1.0, &[Value::object([("app", app.into())])])
}

#[test]
fn connect_is_told_which_codecs_may_come() {
    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    let answer = session.0.take_output();
    let mut decoder = ChunkDecoder::new(Limits::default());
    let mut rest = answer.as_ref();
    let result = std::iter::from_fn(|| decoder.decode(&mut rest).unwrap())
        .find_map(|message| {
            Command::read(&message)
                .ok()?
                .filter(|command| command.name == "_result")
        })
        .unwrap();
    let properties = &result.arguments[0];
    let codecs = ["avc1", "hvc1", "av01", "mp4a", "Opus"].map(Value::from);
    assert_eq!(
        properties.get("fourCcList"),
        Some(&Value::StrictArray(codecs.to_vec()))
    );
    for (map, codec) in [("videoFourCcInfoMap", "hvc1"), ("audioFourCcInfoMap", "Opus")] {
        assert_eq!(
            properties.get(map).and_then(|map| map.get(codec)),
            Some(&Value::Number(4.0))
        );
    }
}

#[test]
fn unknown_commands_and_strange_messages_are_passed_over() {
    let mut session = shaken();
    assert_eq!(say(&mut session, &connect("live")), Ok(None));
    for name in ["_checkbw", "getStreamLength", "onBWDone", "x"] {
        assert_eq!(
            say(&mut session, &command::message(0, name, 9.0, &[Value::Null])),
            Ok(None)
        );
    }
    for kind in [0, 3, 7, 16, 19, 22, 255] {
        let strange = Message {
            kind,
            stream_id: 9,
            timestamp: 0,
            payload: Bytes::from_static(&[1, 2, 3]),
        };
        assert_eq!(say(&mut session, &strange), Ok(None));
    }
}

#[test]
fn commands_out_of_order_are_refused() {
    let publish = command::message(1, "publish", 0.0, &[Value::Null, "KEY".into()]);
    let mut session = shaken();
    assert!(matches!(
        say(&mut session, &publish),
        Err(SessionError::Command(_))
    ));

    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    assert!(matches!(
        say(&mut session, &publish),
        Err(SessionError::Command(_))
    ));

    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    assert!(matches!(
        say(&mut session, &connect("live")),
        Err(SessionError::Command(_))
    ));
}

#[test]
fn message_streams_are_bounded() {
    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    let create = command::message(0, "createStream", 2.0, &[Value::Null]);
    for _ in 0..MAX_STREAMS {
        assert_eq!(say(&mut session, &create), Ok(None));
    }
    assert!(matches!(
        say(&mut session, &create),
        Err(SessionError::Command(_))
    ));
}

#[test]
fn key_may_stand_in_the_application() {
    let mut session = shaken();
    say(&mut session, &connect("live/KEY?mode=RTMP")).unwrap();
    say(
        &mut session,
        &command::message(0, "createStream", 2.0, &[Value::Null]),
    )
    .unwrap();
    let event = say(
        &mut session,
        &command::message(1, "publish", 0.0, &[Value::Null, "".into()]),
    )
    .unwrap();
    let requested = Event::PublishRequested {
        stream_key: StreamKey::new("KEY"),
        mode: Some("RTMP".into()),
    };
    assert_eq!(event, Some(requested));
}

#[test]
fn media_before_publishing_is_nobodys() {
    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    let video = Message {
        kind: kind::VIDEO,
        stream_id: 1,
        timestamp: 0,
        payload: vec![0x17; 100].into(),
    };
    assert_eq!(say(&mut session, &video), Ok(None));
    let large = Message {
        payload: vec![0; (64 << 10) + 1].into(),
        ..video
    };
    assert_eq!(
        say(&mut session, &large),
        Err(SessionError::Chunk(ChunkError::MessageTooLong(65_537)))
    );
}

#[test]
fn pings_are_answered_and_windows_acknowledged() {
    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    say(&mut session, &Message::control(kind::WINDOW_ACK_SIZE, 1)).unwrap();
    session.0.take_output();
    say(&mut session, &Message::user_control(6, 0x0102_0304)).unwrap();
    assert!(session.0.take_output().ends_with(&[0, 7, 1, 2, 3, 4]));

    let before = session.0.received;
    let filling = Message {
        kind: kind::AUDIO,
        stream_id: 1,
        timestamp: 0,
        payload: vec![0; 20_000].into(),
    };
    say(&mut session, &filling).unwrap();
    let acknowledgement = session.0.take_output();
    assert!(acknowledgement.ends_with(&session.0.received.to_be_bytes()));
    assert!(session.0.received > before + 20_000);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..3_000), after_handshake: bool) {
        let mut session = if after_handshake {
            shaken().0
        } else {
            ServerSession::new(SessionSettings::default(), Instant::now())
        };
        let mut input = bytes.as_slice();
        let _ = session.input(&mut input, Instant::now());
        prop_assert!(session.output().len() < 1 << 20);
    }

    #[test]
    fn one_flipped_byte_never_panics(at in 0..3_500usize, value: u8) {
        let mut pair = Pair::new(KEY_URL, usize::MAX);
        for _ in 0..4 {
            let mut wire = pair.client.output().take().to_vec();
            if let Some(byte) = wire.get_mut(at) {
                *byte = value;
            }
            if pair.server.input(&mut wire.as_slice(), pair.now).is_err() {
                break;
            }
            let _ = pair.client.input(&pair.server.take_output());
        }
    }
}
