//! Events of the feed, as callbacks tell them too.

use application::Feed;
use domain::DomainEvent;
use ports::store::Event;
use serde::Serialize;

use super::time::Time;

/// A stretch of the feed.
#[derive(Serialize)]
pub(crate) struct FeedJson {
    events: Vec<EventJson>,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventJson {
    sequence: i64,
    r#type: String,
    data: DataJson,
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
#[derive(Serialize)]
#[serde(untagged)]
enum DataJson {
    #[serde(rename_all = "camelCase")]
    VideoRoom {
        video_room_id: i64,
        video_room_video_room_state: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    StreamKey {
        stream_key_id: i64,
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
