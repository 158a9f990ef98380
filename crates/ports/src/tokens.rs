//! Tokens: signed claims that a client carries, so that nobody has to look them up.

use std::fmt;

use domain::{AccessLevel, AppId, MemberId, PlaybackId, Timestamp};

use crate::PathGrant;

/// What all tokens of a platform are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// Wraps a secret as it was made or configured.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// What a token is good for; useless for anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Calling on behalf of a member.
    Access,
    /// Having tokens made anew.
    Refresh,
    /// Playing.
    Streaming,
}

/// Who shows a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Whoever the app itself gave it to.
    App,
    /// Nobody in particular.
    Guest,
    /// A member who logged in.
    Member(MemberId),
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// What it is good for.
    pub kind: TokenKind,
    /// The app that it belongs to.
    pub app: AppId,
    /// Who shows it.
    pub subject: Subject,
    /// When it was made; whole seconds are kept.
    pub issued_at: Timestamp,
    /// From when on it is good for nothing; whole seconds are kept.
    pub expires_at: Timestamp,
}

/// Writes and reads tokens, and the grants that they are exchanged for.
pub trait Tokens: Send + Sync {
    /// A URL-safe token that says this.
    fn sign(&self, secret: &TokenSecret, claims: &Claims) -> String;
    /// What a token says, if it was signed with this secret and says it well. Whether it has expired is the
    /// caller's to judge.
    fn verify(&self, secret: &TokenSecret, token: &str) -> Option<Claims>;
    /// The grant, good until the beginning of that hour since the Unix epoch, for what is below a playback id as long
    /// as its room has this access level. The same for everybody.
    fn grant(&self, secret: &TokenSecret, id: &PlaybackId, level: AccessLevel, hour: u32) -> PathGrant;
    /// Whether a grant was made with this secret, and for these. Takes the same time for any that was not. Whether it
    /// has expired is the caller's to judge.
    fn is_granted(
        &self,
        secret: &TokenSecret,
        id: &PlaybackId,
        level: AccessLevel,
        grant: &PathGrant,
    ) -> bool;
}

#[cfg(test)]
mod tests {
    use super::TokenSecret;

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", TokenSecret::new("hunter2")), "TokenSecret(…)");
    }
}
