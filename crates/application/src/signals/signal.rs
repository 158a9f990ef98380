//! One signal: what changed, where it is played, and who hears of it.

use std::collections::HashSet;
use std::sync::Arc;

use domain::{
    AccessLevel, AppId, DomainEvent, MemberId, PlaybackId, StreamKeyMode, Timestamp, VideoRoomId,
    VideoRoomRecord,
};
use ports::Subject;
use ports::store::Event;

/// A change that members hear of.
#[derive(Debug)]
pub struct Signal {
    /// The app in which it happened.
    pub app: AppId,
    /// The number of its event.
    pub sequence: i64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub what: DomainEvent,
    /// Where the room, or the key's preview, is played after that, and what is made of its media.
    pub playback: Option<(PlaybackId, StreamKeyMode)>,
    audience: Audience,
}

/// Who hears of a change. The rules are those of watching.
#[derive(Debug)]
pub(super) enum Audience {
    /// Nobody any more.
    Nobody,
    /// Whoever has a token of the app.
    Everybody,
    /// Members who logged in.
    Members,
    /// This member alone.
    Owner(MemberId),
    /// The owner, and who is on the room's whitelist.
    Listed {
        owner: MemberId,
        room: VideoRoomId,
        /// The members who were looked for on it.
        asked: Arc<HashSet<MemberId>>,
        /// Those of them who are.
        listed: HashSet<MemberId>,
    },
}

impl Audience {
    /// Who may watch a room; everybody where access levels are not enforced.
    pub(super) fn of_room(room: &VideoRoomRecord, enforced: bool) -> Self {
        if !enforced {
            return Self::Everybody;
        }
        match room.access_level {
            AccessLevel::Public | AccessLevel::App => Self::Everybody,
            AccessLevel::Member => Self::Members,
            AccessLevel::Restricted => Self::Listed {
                owner: room.member,
                room: room.id,
                asked: Arc::default(),
                listed: HashSet::new(),
            },
            // There are no relations between members yet.
            AccessLevel::Private | AccessLevel::Friend | AccessLevel::Follower => Self::Owner(room.member),
        }
    }
}

/// What a signal knows of who hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Heard,
    PassedOver,
    /// The whitelist of this room decides on this member.
    Ask(VideoRoomId, MemberId),
}

impl Signal {
    pub(super) fn new(
        app: AppId,
        event: &Event,
        playback: Option<(PlaybackId, StreamKeyMode)>,
        audience: Audience,
    ) -> Self {
        Self {
            app,
            sequence: event.sequence,
            occurred_at: event.occurred_at,
            what: event.what,
            playback,
            audience,
        }
    }

    pub(super) fn room_with_whitelist(&self) -> Option<VideoRoomId> {
        match self.audience {
            Audience::Listed { room, .. } => Some(room),
            Audience::Nobody | Audience::Everybody | Audience::Members | Audience::Owner(_) => None,
        }
    }

    /// Takes up who of `of` is on the room's whitelist.
    pub(super) fn know(&mut self, of: &Arc<HashSet<MemberId>>, pairs: &[(VideoRoomId, MemberId)]) {
        if let Audience::Listed {
            room, asked, listed, ..
        } = &mut self.audience
        {
            let on_it = pairs.iter().filter(|(of, _)| of == room);
            listed.extend(on_it.map(|(_, member)| member));
            *asked = Arc::clone(of);
        }
    }

    /// Whether whoever shows a token of the app hears of this.
    pub(super) fn reaches(&self, subject: Subject) -> Reach {
        let Subject::Member(member) = subject else {
            return match self.audience {
                Audience::Everybody => Reach::Heard,
                _ => Reach::PassedOver,
            };
        };
        let heard = match &self.audience {
            Audience::Nobody => false,
            Audience::Everybody | Audience::Members => true,
            Audience::Owner(owner) => *owner == member,
            Audience::Listed {
                owner,
                room,
                asked,
                listed,
            } => {
                if *owner != member && !asked.contains(&member) {
                    return Reach::Ask(*room, member);
                }
                *owner == member || listed.contains(&member)
            }
        };
        if heard { Reach::Heard } else { Reach::PassedOver }
    }
}
