//! What a unit of work locks before it reads it, where the database needs that.

use domain::{MemberId, StreamKeyId, StreamKeySecret, VideoRoomId};

/// What is about to be read, perhaps to be written. A room belongs to a member, and a member has one key for good.
#[derive(Clone, Copy)]
pub(crate) enum Held<'a> {
    /// The key of that number.
    Key(StreamKeyId),
    /// The key of that key string.
    KeyNamed(&'a StreamKeySecret),
    /// The key of that member.
    KeyOf(MemberId),
    /// The room, or the key that it is bound to.
    Room(VideoRoomId),
}
