//! What opens something, kept in types that never show it by accident.

use std::fmt;

/// The public half of an app's credentials: the user name of Basic authentication.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiKeyId(String);

impl ApiKeyId {
    /// Wraps a key as it was issued or presented.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The SHA-256 of an app's secret, all that is ever stored of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// The secret text of a stream key, with which a publisher shows that it may publish.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StreamKeySecret(String);

impl StreamKeySecret {
    /// Wraps a key as it was issued or presented.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the store and for the owner's eyes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StreamKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamKeySecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{SecretHash, StreamKeySecret};

    #[test]
    fn secrets_do_not_show_themselves() {
        assert_eq!(
            format!("{:?}", StreamKeySecret::new("hunter2")),
            "StreamKeySecret(…)"
        );
        assert_eq!(format!("{:?}", SecretHash([7; 32])), "SecretHash(…)");
    }
}
