//! What receivers are told: the type, and which room or key came into which state.

use domain::DomainEvent;

/// The body of a notification, in JSON. Names of states need no quoting.
pub(super) fn of(event: DomainEvent) -> String {
    let data = match event {
        DomainEvent::VideoRoom { id, state } => format!(
            r#""videoRoomId":{id},"videoRoomVideoRoomState":"{}""#,
            state.name()
        ),
        DomainEvent::StreamKey { id, state } => format!(
            r#""streamKeyId":{id},"streamKeyStreamKeyState":"{}""#,
            state.name()
        ),
    };
    format!(r#"{{"type":"{}","data":{{{data}}}}}"#, event.name())
}

#[cfg(test)]
mod tests {
    use domain::{StreamKeyId, StreamKeyState, VideoRoomId, VideoRoomState};

    use super::*;

    #[test]
    fn bodies_are_those_of_the_contract() {
        let room = of(DomainEvent::VideoRoom {
            id: VideoRoomId::new(1),
            state: VideoRoomState::Live,
        });
        assert_eq!(
            room,
            r#"{"type":"VIDEO_ROOM_LIVE","data":{"videoRoomId":1,"videoRoomVideoRoomState":"LIVE"}}"#
        );
        let key = of(DomainEvent::StreamKey {
            id: StreamKeyId::new(1),
            state: StreamKeyState::Active,
        });
        assert_eq!(
            key,
            r#"{"type":"STREAM_KEY_ACTIVE","data":{"streamKeyId":1,"streamKeyStreamKeyState":"ACTIVE"}}"#
        );
    }
}
