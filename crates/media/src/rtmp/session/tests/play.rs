//! A player's session.

use super::*;

/// A session whose peer has asked to play.
fn asked_to_play(name: &str) -> (ServerSession, Option<Event>) {
    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    let create = command::message(0, "createStream", 2.0, &[Value::Null]);
    say(&mut session, &create).unwrap();
    session.0.take_output();
    let play = command::message(1, "play", 0.0, &[Value::Null, name.into(), (-2000.0).into()]);
    let event = say(&mut session, &play).unwrap();
    (session.0, event)
}

fn said(session: &mut ServerSession) -> String {
    String::from_utf8_lossy(&session.take_output()).into_owned()
}

#[test]
fn a_player_is_let_in_with_a_token_and_gets_media_until_the_end() {
    let (mut session, event) = asked_to_play("ID?streamingToken=T");
    let requested = Event::PlayRequested {
        name: "ID".into(),
        token: Some(StreamKey::new("T")),
    };
    assert_eq!(event, Some(requested));
    assert_eq!(session.next_deadline(), None, "a player need not say anything");
    session.accept_play();
    let started = said(&mut session);
    assert!(started.contains("NetStream.Play.Reset") && started.contains("NetStream.Play.Start"));
    let video = media(MediaKind::Video, 5, 5_000);
    session.send(&video);
    assert!(session.output().len() > 5_000);
    session.take_output();
    session.interrupted();
    assert!(said(&mut session).contains("NetStream.Play.UnpublishNotify"));
    session.end_play();
    assert!(session.is_over());
    assert!(said(&mut session).contains("NetStream.Play.Stop"));
}

#[test]
fn a_player_that_pauses_gets_nothing_until_it_goes_on() {
    let (session, _) = asked_to_play("ID");
    let mut session = (session, ChunkEncoder::default());
    session.0.accept_play();
    session.0.take_output();
    for (pause, code) in [
        (true, "NetStream.Pause.Notify"),
        (false, "NetStream.Unpause.Notify"),
    ] {
        let message = command::message(1, "pause", 0.0, &[Value::Null, Value::Boolean(pause), 0.0.into()]);
        say(&mut session, &message).unwrap();
        assert!(said(&mut session.0).contains(code));
        session.0.send(&media(MediaKind::Audio, 0, 100));
        assert_eq!(session.0.output().is_empty(), pause);
        session.0.take_output();
    }
}

#[test]
fn a_player_is_refused_in_words() {
    for (refusal, code) in [
        (PlayRefusal::NotFound, "NetStream.Play.StreamNotFound"),
        (PlayRefusal::NotAllowed, "NetStream.Play.Failed"),
        (PlayRefusal::Elsewhere, "NetStream.Play.Failed"),
        (PlayRefusal::Unavailable, "NetStream.Play.Failed"),
    ] {
        let (mut session, _) = asked_to_play("ID");
        session.reject_play(refusal);
        assert!(session.is_over());
        assert!(said(&mut session).contains(code));
    }
}

#[test]
fn play_needs_a_stream_of_its_own() {
    let play = |stream| command::message(stream, "play", 0.0, &[Value::Null, "ID".into()]);
    let mut session = shaken();
    say(&mut session, &connect("live")).unwrap();
    assert!(matches!(
        say(&mut session, &play(1)),
        Err(SessionError::Command(_))
    ));

    let (session, _) = asked_to_play("ID");
    let mut session = (session, ChunkEncoder::default());
    session.0.accept_play();
    assert!(matches!(
        say(&mut session, &play(1)),
        Err(SessionError::Command(_))
    ));
}
