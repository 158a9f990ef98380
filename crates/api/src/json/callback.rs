//! Callbacks, and what became of telling an app.

use std::fmt;

use application::SetCallback;
use ports::store::{Callback, Delivery};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::time::Time;
use super::words;

/// Where an app wants to be told of its events.
#[derive(Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SetCallback)]
pub(crate) struct SetCallbackJson {
    /// `http` or `https`, and not to a private or loopback address.
    #[schema(value_type = String, required = true, max_length = 2048)]
    url: Option<String>,
    /// The user name of Basic credentials.
    #[schema(max_length = 255)]
    access_id: Option<String>,
    /// The password that goes with it.
    #[schema(max_length = 255)]
    access_password: Option<String>,
}

impl From<SetCallbackJson> for SetCallback {
    fn from(json: SetCallbackJson) -> Self {
        Self {
            url: json.url,
            access_id: json.access_id,
            access_password: json.access_password,
        }
    }
}

impl fmt::Debug for SetCallbackJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetCallbackJson(…)")
    }
}

/// A callback without its secrets.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Callback)]
pub(crate) struct CallbackJson<'a> {
    url: &'a str,
    access_id: Option<&'a str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    last_modified_at: Time,
}

impl<'a> From<&'a Callback> for CallbackJson<'a> {
    fn from(callback: &'a Callback) -> Self {
        Self {
            url: &callback.url,
            access_id: callback.access.as_ref().map(|access| access.id.as_str()),
            created_at: Time(callback.created_at),
            last_modified_at: Time(callback.last_modified_at),
        }
    }
}

/// The same as it is shown once, with what notifications are signed with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallbackWithSecret)]
pub(crate) struct CallbackWithSecretJson<'a> {
    url: &'a str,
    access_id: Option<&'a str>,
    /// What the libraries of the Standard Webhooks check signatures with.
    secret: &'a str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    last_modified_at: Time,
}

impl<'a> From<&'a Callback> for CallbackWithSecretJson<'a> {
    fn from(callback: &'a Callback) -> Self {
        let CallbackJson {
            url,
            access_id,
            created_at,
            last_modified_at,
        } = callback.into();
        Self {
            url,
            access_id,
            secret: callback.secret.expose(),
            created_at,
            last_modified_at,
        }
    }
}

/// What became of telling an app of an event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallbackDelivery)]
pub(crate) struct DeliveryJson<'a> {
    /// The event's sequence.
    id: i64,
    #[schema(value_type = words::EventType)]
    r#type: String,
    #[schema(value_type = words::DeliveryState)]
    state: &'static str,
    attempts: i64,
    /// What the receiver answered last.
    last_status: Option<u16>,
    last_error: Option<&'a str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Time>,
}

impl<'a> From<&'a Delivery> for DeliveryJson<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            id: delivery.sequence,
            r#type: delivery.what.name(),
            state: delivery.state.name(),
            attempts: delivery.attempts,
            last_status: delivery.last_status,
            last_error: delivery.last_error.as_deref(),
            created_at: Time(delivery.created_at),
            delivered_at: delivery.delivered_at.map(Time),
        }
    }
}
