//! Rooms that are not for everybody: real players with and without a token.

use serde_json::json;

use crate::house::House;
use crate::player;
use crate::publisher;

/// A house with a `RESTRICTED` room on air; its number and `liveUrl`. Members `2` and `3` are there, `2` is on the
/// whitelist.
fn restricted(house: &House) -> (i64, String) {
    for id in ["2", "3"] {
        house
            .platform
            .call("POST", "/members", Some(json!({"appUserId": id})))
            .expect(201);
    }
    let (room, live) = house.on_air();
    house
        .platform
        .call(
            "PATCH",
            &format!("/video-rooms/{room}"),
            Some(json!({"accessLevel": "RESTRICTED"})),
        )
        .expect(200);
    let listed = house
        .platform
        .call("PUT", &format!("/video-rooms/{room}/whitelist/2"), None);
    assert_eq!(listed.status, 204);
    (room, live)
}

fn streaming_token(house: &House, member: &str) -> String {
    let tokens = house
        .platform
        .call("POST", "/members/login", Some(json!({"appUserId": member})))
        .expect(200);
    tokens["streamingToken"].as_str().expect("a token").to_owned()
}

#[test]
fn a_restricted_room_is_played_by_ffmpeg_with_the_token_of_a_member_on_its_whitelist() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = restricted(&house);
    assert_eq!(house.get(room)["stats"]["totalMemberWhitelistCount"], 1);

    let nobody = house.platform.get(&live);
    assert_eq!(
        (nobody.status, &nobody.json()["errorCode"]),
        (401, &"EMPTY_STREAMING_TOKEN".into())
    );
    let other = house
        .platform
        .get(&format!("{live}?streamingToken={}", streaming_token(&house, "3")));
    assert_eq!(
        (other.status, &other.json()["errorCode"]),
        (403, &"STREAMING_NOT_ALLOWED".into())
    );

    let token = streaming_token(&house, "2");
    let url = format!("{live}?streamingToken={token}");
    let multivariant = house.platform.get(&url);
    assert_eq!(multivariant.status, 200, "the client follows the redirect");
    assert!(!multivariant.body.contains(&token), "{}", multivariant.body);
    assert_eq!(player::complaints(&url, 4), "");
    let packets = player::packets(&url, 3);
    assert!(packets.iter().any(|packet| packet.video) && packets.iter().any(|packet| !packet.video));
    assert!(!house.platform.log().contains(&token), "no log has the token");
}

#[test]
fn the_watch_page_plays_a_restricted_room_for_a_listed_member_and_tells_others_why_not() {
    let house = House::open();
    let _encoder = publisher::picture_and_sound(&house.address);
    let (room, live) = restricted(&house);
    let id = live.split('/').rev().nth(1).expect("a playback id");
    let page = format!("{}/watch/{id}", house.platform.http);
    let seen = player::browser(
        &format!("{page}?streamingToken={}", streaming_token(&house, "2")),
        4,
        None,
    );
    assert_eq!(seen["videoRoomState"], "LIVE", "{seen}");
    assert!(seen["playedSeconds"].as_f64().expect("seconds") > 2.5, "{seen}");

    for (query, headline) in [
        (String::new(), "This broadcast is not open to everyone"),
        (
            format!("?streamingToken={}", streaming_token(&house, "3")),
            "You may not watch this broadcast",
        ),
        ("?streamingToken=nonsense".to_owned(), "Your access has expired"),
    ] {
        let told = player::browser_is_told(&format!("{page}{query}"), headline);
        assert_eq!(
            (&told["state"], &told["videoRoomState"]),
            (&"Closed".into(), &"CLOSED".into())
        );
    }
    assert_eq!(house.get(room)["videoRoomState"], "LIVE");
}
