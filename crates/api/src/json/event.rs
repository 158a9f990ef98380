//! Events of the feed, as callbacks tell them too.

use application::Feed;
use domain::DomainEvent;
use ports::store::Event;
use serde::Serialize;
use utoipa::ToSchema;

use super::time::Time;
use super::words;

/// A stretch of the feed.
#[derive(Serialize, ToSchema)]
#[schema(as = Feed)]
pub(crate) struct FeedJson {
    events: Vec<EventJson>,
    /// After which sequence to go on.
    next: i64,
}

impl From<&Feed> for FeedJson {
    fn from(feed: &Feed) -> Self {
        Self {
            events: feed.events.iter().map(Into::into).collect(),
            next: feed.next,
        }
    }
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
struct EventJson {
    /// Its number among its app's, counted from 1 without gaps.
    #[schema(minimum = 1)]
    sequence: i64,
    #[schema(value_type = words::EventType)]
    r#type: String,
    data: DataJson,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Time,
}

impl From<&Event> for EventJson {
    fn from(event: &Event) -> Self {
        Self {
            sequence: event.sequence,
            r#type: event.what.name(),
            data: event.what.into(),
            occurred_at: Time(event.occurred_at),
        }
    }
}

/// Which room or key, and its new state.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = EventData)]
enum DataJson {
    #[serde(rename_all = "camelCase")]
    VideoRoom {
        video_room_id: i64,
        #[schema(value_type = words::VideoRoomState)]
        video_room_video_room_state: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    StreamKey {
        stream_key_id: i64,
        #[schema(value_type = words::StreamKeyState)]
        stream_key_stream_key_state: &'static str,
    },
}

impl From<DomainEvent> for DataJson {
    fn from(event: DomainEvent) -> Self {
        match event {
            DomainEvent::VideoRoom { id, state } => Self::VideoRoom {
                video_room_id: id.get(),
                video_room_video_room_state: state.name(),
            },
            DomainEvent::StreamKey { id, state } => Self::StreamKey {
                stream_key_id: id.get(),
                stream_key_stream_key_state: state.name(),
            },
        }
    }
}
