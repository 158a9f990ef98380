//! The words and texts that a room is described with.

use crate::text::{bounded_text, named_enum};

bounded_text!(
    /// A room's title; empty when none was given.
    Title, 255, TitleTooLong
);
bounded_text!(
    /// A room's description.
    Description, 5000, DescriptionTooLong
);

named_enum! {
    /// How members interact in a room.
    VideoRoomType {
        /// One member broadcasts by RTMP, the others watch.
        BroadcastRtmp = "BROADCAST_RTMP",
        /// One member broadcasts by WebRTC, the others watch.
        BroadcastWebrtc = "BROADCAST_WEBRTC",
        /// A conference with an audience.
        Webinar = "WEBINAR",
        /// A conference.
        VideoConference = "VIDEO_CONFERENCE",
        /// Many are seen by few.
        Surveillance = "SURVEILLANCE",
    }
}

impl VideoRoomType {
    /// The format that rooms of this type are played in.
    pub const fn format(self) -> VideoFormat {
        match self {
            Self::BroadcastRtmp => VideoFormat::Cmaf,
            Self::BroadcastWebrtc | Self::Webinar | Self::VideoConference | Self::Surveillance => {
                VideoFormat::Undefined
            }
        }
    }
}

named_enum! {
    /// The format that a room is played in.
    VideoFormat {
        /// HLS and DASH over the same CMAF segments.
        Cmaf = "CMAF",
        /// None that this platform makes.
        Undefined = "UNDEFINED",
    }
}

named_enum! {
    /// Who may watch a room.
    AccessLevel {
        /// Anyone.
        Public = "PUBLIC",
        /// Whoever has a token of the app.
        App = "APP",
        /// Members who are logged in.
        Member = "MEMBER",
        /// The owner's friends; until there are relations, the owner.
        Friend = "FRIEND",
        /// The owner's followers; until there are relations, the owner.
        Follower = "FOLLOWER",
        /// Members on the room's whitelist.
        Restricted = "RESTRICTED",
        /// The owner.
        Private = "PRIVATE",
    }
}

named_enum! {
    /// Who made a room.
    CreatorType {
        /// A user, from a console.
        User = "USER",
        /// An app, through the App API.
        App = "APP",
        /// A member.
        Member = "MEMBER",
    }
}

named_enum! {
    /// What became of a room's recording.
    VodState {
        /// There is none.
        NotArchived = "NOT_ARCHIVED",
        /// It is being made.
        Archiving = "ARCHIVING",
        /// It can be played.
        Archived = "ARCHIVED",
        /// It could not be made.
        FailedArchiving = "FAILED_ARCHIVING",
    }
}
