//! Publishing sessions.

use std::time::{Duration, Instant};

use domain::SessionId;
use ports::store::{Session, Standing, Store, StoreError};

use super::Harness;
use super::fixture::{Broadcaster, at, broadcaster, read, session, tenant, write};

async fn two_broadcasters(store: &dyn Store) -> (Broadcaster, Broadcaster) {
    let app = tenant(store, "tenant").await.app.id;
    (
        broadcaster(store, app, "m").await,
        broadcaster(store, app, "n").await,
    )
}

async fn insert(store: &dyn Store, sessions: &[&Session]) {
    let mut work = write(store).await;
    for session in sessions {
        work.sessions().insert(session).await.unwrap();
    }
    work.commit().await.unwrap();
}

const SECOND: i64 = 1_000_000;

/// Closes a session; what was a second before is old.
async fn close(store: &dyn Store, session: &Session, micros: i64) {
    let mut work = write(store).await;
    let old = at(micros - SECOND);
    work.sessions().close(session.id, at(micros), old).await.unwrap();
    work.commit().await.unwrap();
}

async fn latest(store: &dyn Store, by: &Broadcaster) -> Option<Session> {
    read(store).await.sessions().latest(by.key_id()).await.unwrap()
}

/// Every field comes back.
pub async fn session_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let (by, _) = two_broadcasters(&*store).await;
    let one = session(i64::MAX, &by, "node — 1", 4);
    insert(&*store, &[&one]).await;
    assert_eq!(latest(&*store, &by).await, Some(one.clone()));
    assert_eq!(read(&*store).await.sessions().open().await.unwrap(), [one]);
}

/// A number is given to one session.
pub async fn session_id_is_unique(harness: impl Harness) {
    let store = harness.store();
    let (by, _) = two_broadcasters(&*store).await;
    let one = session(1, &by, "node", 4);
    insert(&*store, &[&one]).await;
    let refused = write(&*store).await.sessions().insert(&one).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
}

/// A process is told of the sessions that it must send off, until they are gone; nobody else's.
pub async fn node_is_told_which_sessions_to_send_off(harness: impl Harness) {
    let store = harness.store();
    let (by, other) = two_broadcasters(&*store).await;
    let (mine, theirs) = (session(1, &by, "here", 1), session(2, &other, "there", 2));
    let untouched = session(3, &other, "here", 3);
    insert(&*store, &[&mine, &theirs, &untouched]).await;
    let mut work = write(&*store).await;
    for id in [mine.id, theirs.id, SessionId::new(404)] {
        work.sessions().ask_disconnect(id).await.unwrap();
        work.sessions().ask_disconnect(id).await.unwrap();
    }
    work.commit().await.unwrap();
    let mut work = read(&*store).await;
    assert_eq!(work.sessions().disconnects("here").await.unwrap(), [mine.id]);
    assert_eq!(work.sessions().disconnects("there").await.unwrap(), [theirs.id]);
    assert_eq!(work.sessions().disconnects("nowhere").await.unwrap(), []);
    close(&*store, &mine, 9).await;
    assert_eq!(work.sessions().disconnects("here").await.unwrap(), []);
}

/// The latest session of a key is the one accepted last, gone or not.
pub async fn latest_session_is_the_one_accepted_last(harness: impl Harness) {
    let store = harness.store();
    let (by, other) = two_broadcasters(&*store).await;
    assert_eq!(latest(&*store, &by).await, None);
    let (old, new) = (session(9, &by, "node", 1), session(2, &by, "node", 5));
    insert(&*store, &[&new, &old, &session(7, &other, "node", 8)]).await;
    assert_eq!(latest(&*store, &by).await, Some(new.clone()));
    close(&*store, &new, 9).await;
    assert_eq!(latest(&*store, &by).await, Some(new));
}

/// Whether a session is known, gone or not: its number is not free.
async fn is_known(store: &dyn Store, session: &Session) -> bool {
    match write(store).await.sessions().insert(session).await {
        Ok(()) => false,
        Err(StoreError::AlreadyExists { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

/// A key's sessions that are gone stay known until another has long come after them; open ones, and other keys', are left
/// alone.
pub async fn gone_session_stays_known_until_another_has_long_come_after_it(harness: impl Harness) {
    const LATER: i64 = 10 * SECOND;
    let store = harness.store();
    let (by, other) = two_broadcasters(&*store).await;
    let (first, second) = (session(1, &by, "node", 1), session(2, &by, "node", 2));
    let (third, stranger) = (session(3, &by, "node", 3), session(4, &other, "node", 1));
    insert(&*store, &[&first, &second, &third, &stranger]).await;
    close(&*store, &second, 10).await;
    close(&*store, &stranger, 11).await;
    assert!(is_known(&*store, &second).await, "nothing is old yet");

    // The first is open, though others came after it.
    close(&*store, &third, LATER).await;
    assert!(!is_known(&*store, &second).await, "the third came long ago");
    assert!(is_known(&*store, &third).await, "none came after it");
    let open = read(&*store).await.sessions().open().await.unwrap();
    assert_eq!(open, std::slice::from_ref(&first));
    assert_eq!(latest(&*store, &other).await, Some(stranger));

    let fourth = session(5, &by, "node", 2 * LATER);
    insert(&*store, &[&fourth]).await;
    close(&*store, &fourth, 2 * LATER + 1).await;
    assert!(is_known(&*store, &third).await, "the fourth came just now");
    assert_eq!(latest(&*store, &by).await, Some(fourth));
    close(&*store, &first, 4 * LATER).await;
    assert!(!is_known(&*store, &first).await && !is_known(&*store, &third).await);
}

/// Closing a session that is not there, or gone already, changes nothing.
pub async fn closing_twice_changes_nothing(harness: impl Harness) {
    let store = harness.store();
    let (by, _) = two_broadcasters(&*store).await;
    let one = session(1, &by, "node", 1);
    insert(&*store, &[&one]).await;
    close(&*store, &one, 5).await;
    close(&*store, &one, 6).await;
    close(&*store, &session(404, &by, "node", 1), 6).await;
    assert_eq!(latest(&*store, &by).await, Some(one));
    assert_eq!(read(&*store).await.sessions().open().await.unwrap(), []);
}

/// Open sessions are listed in the order in which they were accepted.
pub async fn open_sessions_are_listed_in_order(harness: impl Harness) {
    let store = harness.store();
    let (by, other) = two_broadcasters(&*store).await;
    let (one, two) = (session(9, &by, "a", 1), session(3, &other, "b", 2));
    insert(&*store, &[&two, &one]).await;
    assert_eq!(read(&*store).await.sessions().open().await.unwrap(), [one, two]);
}

/// A process is told of the sessions that are not gone and its own.
pub async fn sessions_of_a_node_are_those_that_are_not_gone(harness: impl Harness) {
    let store = harness.store();
    let (by, other) = two_broadcasters(&*store).await;
    let (late, early) = (session(1, &by, "here", 2), session(9, &other, "here", 1));
    let gone = session(3, &other, "here", 3);
    insert(&*store, &[&late, &early, &gone, &session(4, &by, "there", 4)]).await;
    close(&*store, &gone, 9).await;
    let held = read(&*store).await.sessions().held_by("here").await.unwrap();
    assert_eq!(held, [early.id, late.id]);
}

async fn note_silence(store: &dyn Store, session: &Session, silent_for: Option<Duration>) {
    let mut work = write(store).await;
    work.sessions()
        .note_silence(session.id, silent_for)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

async fn standing(store: &dyn Store, session: &Session) -> Option<Standing> {
    read(store).await.sessions().standing(session.id).await.unwrap()
}

/// Silence goes on by the store's clock until it is taken back; a session that is gone has no standing.
pub async fn silence_is_noted_until_the_publisher_speaks(harness: impl Harness) {
    let store = harness.store();
    let (by, _) = two_broadcasters(&*store).await;
    let one = session(1, &by, "here", 1);
    insert(&*store, &[&one]).await;
    let speaks = Some(Standing {
        node: "here".to_owned(),
        orphaned: false,
        silent_for: None,
    });
    assert_eq!(standing(&*store, &one).await, speaks);
    let noted = Instant::now();
    note_silence(&*store, &one, Some(Duration::from_secs(3))).await;
    let silent_for = async || standing(&*store, &one).await.unwrap().silent_for.unwrap();
    let first = silent_for().await;
    // Some slack for stores whose clock is not that of the test.
    assert!(first >= Duration::from_millis(2_990), "{first:?}");
    assert!(
        first <= Duration::from_millis(3_010) + noted.elapsed(),
        "{first:?}"
    );
    while silent_for().await <= first {
        assert!(
            noted.elapsed() < Duration::from_secs(20),
            "the silence stands still"
        );
    }
    note_silence(&*store, &one, None).await;
    assert_eq!(standing(&*store, &one).await, speaks);
    close(&*store, &one, 5).await;
    note_silence(&*store, &one, Some(Duration::from_secs(3))).await;
    assert_eq!(standing(&*store, &one).await, None);
}

async fn reopen(store: &dyn Store, session: &Session) -> bool {
    let mut work = write(store).await;
    let reopened = work.sessions().reopen(session.id).await.unwrap();
    work.commit().await.unwrap();
    reopened
}

/// A session that was taken for gone can be taken back, unless another came after it or it must be sent off.
pub async fn session_is_taken_back_while_nothing_came_after_it(harness: impl Harness) {
    let store = harness.store();
    let (by, other) = two_broadcasters(&*store).await;
    let (first, second) = (session(1, &by, "here", 1), session(2, &by, "there", 2));
    let unwanted = session(3, &other, "here", 3);
    insert(&*store, &[&first, &unwanted]).await;
    note_silence(&*store, &first, Some(Duration::from_secs(3))).await;
    close(&*store, &first, 5).await;
    assert!(reopen(&*store, &first).await);
    let back = standing(&*store, &first).await.expect("it is not gone any more");
    assert_eq!(back.silent_for, None);

    close(&*store, &first, 6).await;
    insert(&*store, &[&second]).await;
    assert!(!reopen(&*store, &first).await, "another came after it");

    let mut work = write(&*store).await;
    work.sessions().ask_disconnect(unwanted.id).await.unwrap();
    work.sessions().close(unwanted.id, at(7), at(0)).await.unwrap();
    work.commit().await.unwrap();
    assert!(!reopen(&*store, &unwanted).await, "it must be sent off");
    assert!(!reopen(&*store, &session(404, &by, "here", 1)).await);
}
