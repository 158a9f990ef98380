//! Randomness: everything that nobody may guess, and the hash under which app secrets are kept.

use std::fmt;

use domain::{ApiKeyId, PlaybackId, SecretHash, SessionId, StreamKeySecret};

use crate::TokenSecret;
use crate::store::WebhookSecret;

/// The secret half of an app's credentials, shown once when it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiSecret(String);

impl ApiSecret {
    /// Wraps a secret as it was made or presented.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret(…)")
    }
}

/// Makes what nobody may guess: each value has at least 120 random bits, except session ids (63).
pub trait Secrets: Send + Sync {
    /// A number for a publishing session: positive, and not used before.
    fn session_id(&self) -> SessionId;
    /// A name under which a broadcast or a preview is played.
    fn playback_id(&self) -> PlaybackId;
    /// A key string: URL-safe, at least 128 random bits.
    fn stream_key(&self) -> StreamKeySecret;
    /// The key of a chat channel: letters and digits.
    fn channel_key(&self) -> String;
    /// Credentials for an app: at least 128 random bits in the secret.
    fn api_credentials(&self) -> (ApiKeyId, ApiSecret);
    /// What tokens are signed with: at least 256 random bits.
    fn token_secret(&self) -> TokenSecret;
    /// What an app's notifications are signed with: `whsec_` and the base64 of 256 random bits.
    fn webhook_secret(&self) -> WebhookSecret;
    /// The hash under which a secret is stored.
    fn hash(&self, secret: &ApiSecret) -> SecretHash;
    /// Whether `secret` hashes to `hash`, compared in constant time.
    fn verify(&self, secret: &ApiSecret, hash: &SecretHash) -> bool;
}
