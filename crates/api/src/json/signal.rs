//! What members' devices hear of, in the words of the service that their clients were written for.

use application::Signal;
use domain::DomainEvent;
use serde::Serialize;
use utoipa::ToSchema;

use super::brief::{PlayUrl, PlayUrls, Text};
use super::time::Time;
use super::words;
use crate::state::Links;

/// A change of a room that the member may watch, or of its own stream key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Signal)]
pub(crate) struct SignalJson<'a> {
    /// The same as the `webhook-id` under which the app is told of it.
    message_id: String,
    #[schema(value_type = String, format = DateTime)]
    sent_at: Time,
    #[schema(value_type = words::SignalOrigin)]
    origin: &'static str,
    #[schema(value_type = words::SignalType)]
    r#type: &'static str,
    #[schema(value_type = words::DeliveryType)]
    delivery_type: &'static str,
    #[schema(value_type = words::SignalCustomType)]
    custom_type: &'static str,
    custom_data: ChangeJson<'a>,
}

impl<'a> SignalJson<'a> {
    pub(crate) fn new(signal: &'a Signal, links: &'a Links) -> Self {
        let playback = signal.playback.as_ref();
        let play_urls = playback
            .map(|(id, mode)| PlayUrls::new(links, id, *mode))
            .unwrap_or_default();
        let (delivery_type, custom_data) = match signal.what {
            DomainEvent::VideoRoom { id, state } => {
                let change = VideoRoomChangeJson {
                    r#type: "VIDEO_ROOM",
                    video_room_id: Text(id.get()),
                    video_room_state: state.name(),
                    live_url: play_urls.live_url(),
                    play_url: play_urls.live_url(),
                    play_urls,
                };
                ("BROADCAST", ChangeJson::VideoRoom(change))
            }
            DomainEvent::StreamKey { id, state } => {
                let change = StreamKeyChangeJson {
                    r#type: "STREAM_KEY",
                    stream_key_id: Text(id.get()),
                    stream_key_state: state.name(),
                    live_url: play_urls.live_url(),
                    play_url: play_urls.live_url(),
                    play_urls,
                };
                ("UNICAST", ChangeJson::StreamKey(change))
            }
        };
        Self {
            message_id: format!("evt_{}_{}", signal.app, signal.sequence),
            sent_at: Time(signal.occurred_at),
            origin: "SYSTEM",
            r#type: "SIGNAL",
            delivery_type,
            custom_type: "CHANGE_DATA_CAPTURE",
            custom_data,
        }
    }
}

/// What changed.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Change)]
enum ChangeJson<'a> {
    VideoRoom(VideoRoomChangeJson<'a>),
    StreamKey(StreamKeyChangeJson<'a>),
}

/// A room came into a state.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VideoRoomChange)]
struct VideoRoomChangeJson<'a> {
    #[schema(value_type = words::RoomChange)]
    r#type: &'static str,
    /// The room's id as text.
    #[schema(value_type = String)]
    video_room_id: Text,
    #[schema(value_type = words::VideoRoomState)]
    video_room_state: &'static str,
    /// The address for players, while the room is on air.
    #[schema(value_type = Option<String>, format = "uri", required = true)]
    live_url: Option<PlayUrl<'a>>,
    /// The same.
    #[schema(value_type = Option<String>, format = "uri", required = true)]
    play_url: Option<PlayUrl<'a>>,
    #[serde(flatten)]
    play_urls: PlayUrls<'a>,
}

/// A stream key came into a state.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StreamKeyChange)]
struct StreamKeyChangeJson<'a> {
    #[schema(value_type = words::KeyChange)]
    r#type: &'static str,
    /// The key's id as text.
    #[schema(value_type = String)]
    stream_key_id: Text,
    #[schema(value_type = words::StreamKeyState)]
    stream_key_state: &'static str,
    /// The owner's preview, while there is something to play.
    #[schema(value_type = Option<String>, format = "uri", required = true)]
    live_url: Option<PlayUrl<'a>>,
    /// The same.
    #[schema(value_type = Option<String>, format = "uri", required = true)]
    play_url: Option<PlayUrl<'a>>,
    #[serde(flatten)]
    play_urls: PlayUrls<'a>,
}
