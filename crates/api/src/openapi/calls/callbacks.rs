//! `/callback` and `/callback-deliveries`.

use application::ErrorCode::{
    CallbackDeliveryNotFound, CallbackNotFound, InvalidCallbackCredentials, InvalidCallbackUrl,
};
use serde_json::{Value, json};
use utoipa::openapi::{HttpMethod, Required};

use super::super::call::{Call, EVENTS as TAG};
use super::super::parameters::{self, paging};
use crate::json::{CallbackJson, CallbackWithSecretJson, DeliveryJson, SetCallbackJson};

const PATH: &str = "/v2/apps/me/callback";

fn callback() -> Value {
    json!({
        "url": "https://example.com/hook",
        "accessId": "me",
        "createdAt": "2026-11-23T04:52:08.114382Z",
        "lastModifiedAt": "2026-11-23T04:52:08.114382Z",
    })
}

fn with_secret() -> Value {
    let mut callback = callback();
    callback["secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
    callback
}

fn delivery() -> Value {
    json!({
        "id": 4,
        "type": "VIDEO_ROOM_LIVE",
        "state": "PENDING",
        "attempts": 3,
        "lastStatus": 500,
        "lastError": "the receiver answered 500",
        "createdAt": "2026-11-23T04:52:12.623112Z",
        "deliveredAt": null,
    })
}

pub(super) fn calls() -> Vec<Call> {
    let mut calls = place();
    calls.extend(deliveries());
    calls
}

fn place() -> Vec<Call> {
    let wanted = json!({ "url": "https://example.com/hook", "accessId": "me", "accessPassword": "hunter2" });
    vec![
        Call::of_app(TAG, HttpMethod::Put, PATH, "setCallback", "Set where the app is told of events")
            .about("Each event is sent there as a POST, signed as the Standard Webhooks say. Each call makes another secret.")
            .body::<SetCallbackJson>(Required::True, wanted)
            .answers::<CallbackWithSecretJson<'_>>("200", "The callback, with its secret this once.", with_secret())
            .refuses(&[InvalidCallbackUrl, InvalidCallbackCredentials]),
        Call::of_app(TAG, HttpMethod::Get, PATH, "getCallback", "Read where the app is told of events")
            .answers::<CallbackJson<'_>>("200", "The callback.", callback())
            .refuses(&[CallbackNotFound]),
        Call::of_app(TAG, HttpMethod::Delete, PATH, "removeCallback", "Tell the app no more")
            .about("What was still to be told is given up.")
            .answers_nothing("204", "The app is told no more.")
            .refuses(&[CallbackNotFound]),
    ]
}

fn deliveries() -> Vec<Call> {
    vec![
        Call::of_app(
            TAG,
            HttpMethod::Get,
            "/v2/apps/me/callback-deliveries",
            "listCallbackDeliveries",
            "List what the app was told",
        )
        .takes(paging())
        .answers_page::<DeliveryJson<'_>>("A page of deliveries, the newest first.", &delivery()),
        Call::of_app(
            TAG,
            HttpMethod::Post,
            "/v2/apps/me/callback-deliveries/{deliveryId}/redeliver",
            "redeliverCallback",
            "Tell the app again",
        )
        .takes([parameters::id(
            "deliveryId",
            "The delivery's id: the event's sequence.",
        )])
        .answers_nothing("202", "It is sent again, soon, under the same `webhook-id`.")
        .refuses(&[CallbackNotFound, CallbackDeliveryNotFound]),
    ]
}
