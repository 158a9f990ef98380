//! Identifiers: one type for each kind of thing, so that no two can be mixed up.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Wraps a number that a store gave out.
            pub const fn new(value: i64) -> Self {
                Self(value)
            }

            /// The number itself, as it stands in a row and in JSON.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// An app: a tenant of the platform.
    AppId;
    /// A user: an account of the platform, owner of apps.
    UserId;
    /// A member: an end user of an app.
    MemberId;
    /// A stream key: one for each member.
    StreamKeyId;
    /// A video room.
    VideoRoomId;
    /// A transcoding profile.
    TranscodingProfileId;
}

/// A publishing session: one connection of a publisher, from its acceptance until it is gone. Written for people
/// as the 16 hexadecimal digits that segments' addresses have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(i64);

impl SessionId {
    /// Wraps a number that was drawn for it.
    pub const fn new(value: i64) -> Self {
        Self(value)
    }

    /// The number itself, as it stands in a row.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The unguessable name under which a broadcast, or a key's preview, is played: part of its address, never the
/// stream key. Lower-case letters and digits, 16 to 64 of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaybackId(String);

impl PlaybackId {
    /// Takes a text as a playback id, or `None` when it can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (16..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// The text, as it stands in an address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::PlaybackId;

    #[test]
    fn playback_id_is_16_to_64_lower_case_letters_and_digits() {
        assert!(PlaybackId::parse("0123456789abcdef").is_some());
        assert!(PlaybackId::parse("0123456789abcde").is_none());
        assert!(PlaybackId::parse(&"a".repeat(65)).is_none());
        assert!(PlaybackId::parse("0123456789ABCDEF").is_none());
        assert!(PlaybackId::parse("../../0123456789").is_none());
    }
}
