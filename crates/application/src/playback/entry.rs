//! Who may watch: the first request of a player shows a token, which is exchanged for a grant in the path; what is below
//! that path is let in by the grant alone.
//!
//! A grant is for everybody who watches the same room, so that caches keep one copy for all of them, and it names the
//! room's access level, so that changing the level voids it. It is good for as long as a token made at the same moment
//! would be, and to the end of that hour: nobody is cut off while watching.

use domain::{AccessLevel, AppId, MemberId, PlaybackId, VideoRoomId};
use ports::store::Playback;
use ports::{Claims, PathGrant, Subject, TokenKind, TokenSecret};

use crate::tokens::expiry;
use crate::{AppError, Application, ErrorCode};

/// What a player shows to be let in.
#[derive(Clone, Default)]
pub struct Ticket {
    /// The grant in its path.
    pub grant: Option<PathGrant>,
    /// The token in its query.
    pub token: Option<String>,
}

/// Where a player that may watch finds the media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Where it asked.
    Here,
    /// At the same address with this grant in the path.
    Through(PathGrant),
}

/// A room that is not open to everybody.
struct Closed {
    room: VideoRoomId,
    app: AppId,
    owner: MemberId,
    level: AccessLevel,
}

impl Application {
    /// Whether a player may watch, if that is known without the store; then at once, and on any thread. `None` asks the
    /// caller for [`Application::enter`].
    pub fn entered(
        &self,
        id: &PlaybackId,
        playback: &Playback,
        ticket: &Ticket,
    ) -> Option<Result<Entry, AppError>> {
        let Some(closed) = self.closed(playback) else {
            return Some(Ok(Entry::Here));
        };
        match (&ticket.grant, &ticket.token) {
            (None, None) => Some(Err(no_token())),
            (Some(grant), token) => {
                let secret = self.known_token_secret()?;
                if self.grants(secret, id, closed.level, grant) {
                    return Some(Ok(Entry::Here));
                }
                token.is_none().then(|| Err(invalid_grant()))
            }
            (None, Some(_)) => None,
        }
    }

    /// Whether a player may watch, and where it is to go on.
    ///
    /// # Errors
    /// `EMPTY_STREAMING_TOKEN` without a token where one is needed, `INVALID_STREAMING_TOKEN` for one that is none, has
    /// expired, is of another kind or app or of a member that is not there any more, and for a grant like that,
    /// `STREAMING_NOT_ALLOWED` where the bearer may not watch.
    pub async fn enter(
        &self,
        id: &PlaybackId,
        playback: &Playback,
        ticket: &Ticket,
    ) -> Result<Entry, AppError> {
        // From here on, a grant can be judged at once.
        let secret = self.token_secret().await?;
        if let Some(known) = self.entered(id, playback, ticket) {
            return known;
        }
        let (Some(closed), Some(token)) = (self.closed(playback), &ticket.token) else {
            return Err(no_token());
        };
        let claims = self.claims(TokenKind::Streaming, token).await?;
        let claims = claims
            .filter(|claims| claims.app == closed.app)
            .ok_or_else(invalid_token)?;
        self.check(&closed, &claims).await?;
        let hour = PathGrant::hour_after(expiry(TokenKind::Streaming, self.parts().clock.now()));
        let grant = self.parts().tokens.grant(secret, id, closed.level, hour);
        Ok(Entry::Through(grant))
    }

    fn closed(&self, playback: &Playback) -> Option<Closed> {
        match *playback {
            Playback::Room {
                id,
                app,
                member,
                access_level,
                ..
            } if access_level != AccessLevel::Public && self.parts().enforce_access_level => Some(Closed {
                room: id,
                app,
                owner: member,
                level: access_level,
            }),
            // The address of a preview is all that it takes.
            Playback::Room { .. } | Playback::Preview { .. } => None,
        }
    }

    fn grants(&self, secret: &TokenSecret, id: &PlaybackId, level: AccessLevel, grant: &PathGrant) -> bool {
        let expired = grant.expires_at() <= self.parts().clock.now();
        !expired && self.parts().tokens.is_granted(secret, id, level, grant)
    }

    /// Whether the bearer of a token of the room's app may watch it. The store is asked about members only.
    async fn check(&self, closed: &Closed, claims: &Claims) -> Result<(), AppError> {
        let member = match (claims.subject, closed.level) {
            (Subject::App, _) | (Subject::Guest, AccessLevel::Public | AccessLevel::App) => return Ok(()),
            (Subject::Guest, _) => return Err(not_allowed(closed.level)),
            (Subject::Member(member), _) => member,
        };
        let mut work = self.reading().await?;
        if work.members().get(closed.app, member).await?.is_none() {
            return Err(invalid_token());
        }
        let allowed = match closed.level {
            AccessLevel::Public | AccessLevel::App | AccessLevel::Member => true,
            AccessLevel::Restricted => {
                member == closed.owner || work.whitelist().has(closed.room, member).await?
            }
            // There are no relations between members yet.
            AccessLevel::Private | AccessLevel::Friend | AccessLevel::Follower => member == closed.owner,
        };
        if allowed {
            Ok(())
        } else {
            Err(not_allowed(closed.level))
        }
    }
}

fn no_token() -> AppError {
    AppError::new(
        ErrorCode::EmptyStreamingToken,
        "this room is played with a streamingToken only",
    )
}

fn invalid_token() -> AppError {
    AppError::new(
        ErrorCode::InvalidStreamingToken,
        "the streamingToken is not valid for this room, or not any more",
    )
}

fn invalid_grant() -> AppError {
    AppError::new(
        ErrorCode::InvalidStreamingToken,
        "this address is not good any more: open the play URL again, with a streamingToken",
    )
}

fn not_allowed(level: AccessLevel) -> AppError {
    AppError::new(
        ErrorCode::StreamingNotAllowed,
        format!(
            "this room is {}, and the bearer of this streamingToken may not watch it",
            level.name()
        ),
    )
}
