//! Callbacks: at least once, in order for each member, and nobody held back by another.

use std::sync::Arc;
use std::time::Duration;

use adapters::memory;
use application::{CreateVideoRoom, ErrorCode, SetCallback};
use domain::{DeliveryState, DomainEvent, VideoRoomId, VideoRoomType};
use ports::SendError;
use ports::store::{Callback, Delivery, PageRequest};
use tokio::task::JoinHandle;

use crate::world::{World, code, until};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl World {
    fn tells_apps(&self) -> JoinHandle<()> {
        let platform = self.platform.clone();
        tokio::spawn(async move {
            tokio::join!(platform.run_events(), platform.run_callbacks());
        })
    }

    async fn callback(&self) -> Callback {
        let wanted = SetCallback {
            url: Some("https://example.com/hook".into()),
            ..Default::default()
        };
        self.platform.set_callback(self.app, wanted).await.unwrap()
    }

    async fn room_of(&self, member: &str) -> VideoRoomId {
        let wanted = CreateVideoRoom {
            app_user_id: Some(member.into()),
            kind: Some(VideoRoomType::Webinar),
            ..Default::default()
        };
        let made = self.platform.create_video_room(self.app, wanted).await;
        made.unwrap().room.id
    }

    /// The app's deliveries, oldest first.
    async fn deliveries(&self) -> Vec<Delivery> {
        let page = PageRequest { page: 0, size: 1000 };
        let mut found = self.platform.list_deliveries(self.app, page).await.unwrap().items;
        found.reverse();
        found
    }

    async fn until_told(&self, count: usize) {
        until("the app to be told", async || {
            let told = self.deliveries().await;
            let done = told.iter().filter(|told| told.state == DeliveryState::Delivered);
            done.count() == count
        })
        .await;
    }
}

fn is_about(event: DomainEvent, room: VideoRoomId) -> bool {
    matches!(event, DomainEvent::VideoRoom { id, .. } if id == room)
}

#[tokio::test(start_paused = true)]
async fn an_app_is_told_of_a_members_events_in_their_order() {
    let world = World::new().await;
    world.callback().await;
    let _relay = world.tells_apps();
    let _on_air = world.on_air().await;
    world.until_told(5).await;
    let feed = world.platform.feed(world.app, Some(0)).await.unwrap();
    let happened: Vec<_> = feed.events.iter().map(|event| event.what).collect();
    assert_eq!(world.receiver.events(), happened);
    let app = world.app;
    let ids: Vec<_> = (1..=5).map(|n| format!("evt_{app}_{n}")).collect();
    assert_eq!(world.receiver.ids(), ids);
    for told in world.deliveries().await {
        assert_eq!((told.attempts, told.last_status), (1, Some(204)));
        assert!(told.delivered_at.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_delivery_holds_back_the_later_ones_of_its_member_only() {
    let world = World::new().await;
    world.register("2").await;
    world.callback().await;
    let failing = world.room_of("1").await;
    let behind = world.room_of("1").await;
    let other = world.room_of("2").await;
    world.receiver.answers(move |event| {
        if is_about(event, failing) {
            Ok(500)
        } else {
            Ok(200)
        }
    });
    let _relay = world.tells_apps();
    until("several attempts", async || {
        world.deliveries().await[..]
            .first()
            .is_some_and(|first| first.attempts >= 3)
    })
    .await;
    let told = world.deliveries().await;
    let states: Vec<_> = told.iter().map(|told| told.state).collect();
    assert_eq!(
        states,
        [
            DeliveryState::Pending,
            DeliveryState::Pending,
            DeliveryState::Delivered
        ]
    );
    assert_eq!(told[0].last_status, Some(500));
    assert_eq!(told[1].attempts, 0, "it waits behind the failing one");
    let came = world.receiver.events();
    assert!(came.iter().any(|event| is_about(*event, other)));
    assert!(!came.iter().any(|event| is_about(*event, behind)));

    world.receiver.answers(|_| Ok(200));
    world.until_told(3).await;
    assert!(is_about(*world.receiver.events().last().unwrap(), behind));
}

#[tokio::test(start_paused = true)]
async fn a_day_of_failures_is_given_up_and_the_later_ones_go_on() {
    let world = World::new().await;
    world.callback().await;
    let failing = world.room_of("1").await;
    world.receiver.answers(move |event| {
        if is_about(event, failing) {
            Err(SendError("can't connect".into()))
        } else {
            Ok(200)
        }
    });
    let _relay = world.tells_apps();
    until("an attempt", async || !world.receiver.ids().is_empty()).await;
    world.room_of("1").await;
    world.goes_on_for(DAY);
    until("it to be given up", async || {
        let told = world.deliveries().await;
        told.len() == 2 && told[0].state == DeliveryState::Failed && told[1].state == DeliveryState::Delivered
    })
    .await;
    assert_eq!(
        world.deliveries().await[0].last_error.as_deref(),
        Some("can't connect")
    );
}

#[tokio::test(start_paused = true)]
async fn a_callback_begins_with_what_happens_from_then_on() {
    let world = World::new().await;
    let _relay = world.tells_apps();
    world.room_of("1").await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(world.deliveries().await.is_empty());
    world.callback().await;
    let second = world.room_of("1").await;
    world.until_told(1).await;
    assert!(is_about(world.receiver.events()[0], second));
}

#[tokio::test(start_paused = true)]
async fn another_process_goes_on_where_a_dead_one_was() {
    let store = Arc::new(memory::Store::default());
    let here = World::on(store.clone()).await;
    let there = World::on_app(store, here.app).await;
    here.callback().await;
    let relay = here.tells_apps();
    let first = here.room_of("1").await;
    here.until_told(1).await;
    here.receiver.answers(|_| Err(SendError("down".into())));
    here.room_of("1").await;
    here.room_of("1").await;
    until("an attempt that fails", async || here.receiver.ids().len() == 2).await;
    relay.abort();
    let died = tokio::time::Instant::now();
    let _successor = there.tells_apps();
    let deadline = died + Duration::from_secs(15);
    while there.receiver.ids().len() < 2 {
        assert!(tokio::time::Instant::now() < deadline, "not taken over in time");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    here.until_told(3).await;
    let app = here.app;
    assert_eq!(
        there.receiver.ids(),
        [format!("evt_{app}_2"), format!("evt_{app}_3")]
    );
    assert!(
        !there
            .receiver
            .events()
            .iter()
            .any(|event| is_about(*event, first))
    );
}

#[tokio::test(start_paused = true)]
async fn of_several_processes_one_tells_an_app() {
    let store = Arc::new(memory::Store::default());
    let here = World::on(store.clone()).await;
    let there = World::on_app(store, here.app).await;
    here.callback().await;
    let _relays = (here.tells_apps(), there.tells_apps());
    for _ in 0..20 {
        here.room_of("1").await;
        there.room_of("1").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    here.until_told(40).await;
    let mut counts = [here.receiver.ids().len(), there.receiver.ids().len()];
    counts.sort_unstable();
    assert_eq!(counts, [0, 40]);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_stops_hands_over_at_once() {
    let store = Arc::new(memory::Store::default());
    let here = World::on(store.clone()).await;
    let there = World::on_app(store, here.app).await;
    here.callback().await;
    let stops = here.tells_apps();
    here.room_of("1").await;
    here.until_told(1).await;
    let _relay = there.tells_apps();
    stops.abort();
    here.platform.release_callbacks().await.unwrap();
    let released = tokio::time::Instant::now();
    here.room_of("1").await;
    here.until_told(2).await;
    assert!(released.elapsed() < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn an_app_can_be_told_again_under_the_same_id() {
    let world = World::new().await;
    world.callback().await;
    let _relay = world.tells_apps();
    world.room_of("1").await;
    world.until_told(1).await;
    world.platform.redeliver(world.app, 1).await.unwrap();
    until("it to be told again", async || {
        world.deliveries().await[0].attempts == 2
    })
    .await;
    let ids = world.receiver.ids();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(
        code(world.platform.redeliver(world.app, 2).await),
        ErrorCode::CallbackDeliveryNotFound
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_callback_nothing_is_pending() {
    let world = World::new().await;
    let app = world.app;
    assert_eq!(
        code(world.platform.get_callback(app).await),
        ErrorCode::CallbackNotFound
    );
    world.callback().await;
    world.receiver.answers(|_| Ok(500));
    let _relay = world.tells_apps();
    world.room_of("1").await;
    until("an attempt", async || {
        world
            .deliveries()
            .await
            .first()
            .is_some_and(|told| told.attempts > 0)
    })
    .await;
    world.platform.remove_callback(app).await.unwrap();
    let told = world.deliveries().await;
    assert_eq!(told[0].state, DeliveryState::Failed);
    assert_eq!(told[0].last_error.as_deref(), Some("the callback was removed"));
    assert_eq!(
        code(world.platform.redeliver(app, 1).await),
        ErrorCode::CallbackNotFound
    );
    assert_eq!(
        code(world.platform.remove_callback(app).await),
        ErrorCode::CallbackNotFound
    );
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_delays_and_loses_nothing() {
    let world = World::new().await;
    world.callback().await;
    let _relay = world.tells_apps();
    world.room_of("1").await;
    world.until_told(1).await;
    world.outage.begins();
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.outage.is_over();
    world.room_of("1").await;
    world.until_told(2).await;
    assert_eq!(world.receiver.ids().len(), 2);
}

#[tokio::test]
async fn a_callback_that_can_not_be_is_refused() {
    let world = World::new().await;
    let set = async |url: Option<&str>, id: Option<&str>, password: Option<&str>| {
        let wanted = SetCallback {
            url: url.map(Into::into),
            access_id: id.map(Into::into),
            access_password: password.map(Into::into),
        };
        world.platform.set_callback(world.app, wanted).await
    };
    for url in [None, Some(""), Some("ftp://example.com")] {
        assert_eq!(code(set(url, None, None).await), ErrorCode::InvalidCallbackUrl);
    }
    let good = Some("https://example.com");
    let long = "x".repeat(256);
    for (id, password) in [
        (None, Some("p")),
        (Some("a:b"), Some("p")),
        (Some("a"), Some("p\n")),
        (Some(long.as_str()), None),
    ] {
        assert_eq!(
            code(set(good, id, password).await),
            ErrorCode::InvalidCallbackCredentials
        );
    }
    let first = set(good, Some("a"), Some("p:q")).await.unwrap();
    let second = set(good, None, None).await.unwrap();
    assert_ne!(first.secret, second.secret, "each setting makes a secret");
    assert_eq!((first.created_at, second.access), (second.created_at, None));
}
