//! Secrets from the randomness of the operating system.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::{ApiKeyId, PlaybackId, SecretHash, SessionId, StreamKeySecret};
use ports::store::WebhookSecret;
use ports::{ApiSecret, Secrets, TokenSecret};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 32 letters and digits: five random bits each. Without `i`, `l`, `o` and `u`, which are misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Makes secrets of the operating system's randomness.
///
/// # Panics
/// Each method, when the operating system has no randomness to give: nothing safe can be done then.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsSecrets;

impl Secrets for OsSecrets {
    fn session_id(&self) -> SessionId {
        let number = i64::from_le_bytes(random()) & i64::MAX;
        SessionId::new(number.max(1))
    }

    fn playback_id(&self) -> PlaybackId {
        PlaybackId::parse(&word::<26>()).expect("the alphabet is that of playback ids")
    }

    fn stream_key(&self) -> StreamKeySecret {
        StreamKeySecret::new(word::<32>())
    }

    fn channel_key(&self) -> String {
        word::<26>()
    }

    fn api_credentials(&self) -> (ApiKeyId, ApiSecret) {
        let id = ApiKeyId::new(format!("vrk_{}", word::<26>()));
        let secret = ApiSecret::new(format!("vrs_{}", word::<52>()));
        (id, secret)
    }

    fn token_secret(&self) -> TokenSecret {
        TokenSecret::new(word::<52>())
    }

    fn webhook_secret(&self) -> WebhookSecret {
        WebhookSecret::new(format!("whsec_{}", BASE64_STANDARD.encode(random::<32>())))
    }

    fn hash(&self, secret: &ApiSecret) -> SecretHash {
        SecretHash(Sha256::digest(secret.expose().as_bytes()).into())
    }

    fn verify(&self, secret: &ApiSecret, hash: &SecretHash) -> bool {
        self.hash(secret).0.ct_eq(&hash.0).into()
    }
}

/// A word of `N` letters and digits, five random bits each.
fn word<const N: usize>() -> String {
    random::<N>()
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_secrets_are_the_same() {
        let keys: HashSet<_> = (0..1000).map(|_| OsSecrets.stream_key()).collect();
        assert_eq!(keys.len(), 1000);
        let sessions: HashSet<_> = (0..1000).map(|_| OsSecrets.session_id()).collect();
        assert_eq!(sessions.len(), 1000);
        assert!(sessions.iter().all(|id| id.get() > 0));
    }

    #[test]
    fn secrets_are_long_enough_and_url_safe() {
        let url_safe = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let key = OsSecrets.stream_key();
        assert!(key.expose().len() * 5 >= 128 && url_safe(key.expose()));
        assert!(OsSecrets.playback_id().as_str().len() * 5 >= 128);
        let webhook = OsSecrets.webhook_secret();
        let key = webhook.expose().strip_prefix("whsec_").unwrap();
        assert_eq!(BASE64_STANDARD.decode(key).unwrap().len(), 32);
        assert!(OsSecrets.channel_key().len() * 5 >= 128);
        let (id, secret) = OsSecrets.api_credentials();
        assert!(id.as_str().starts_with("vrk_") && url_safe(id.as_str()));
        assert!(secret.expose().starts_with("vrs_") && url_safe(secret.expose()));
        assert!((secret.expose().len() - 4) * 5 >= 256);
    }

    #[test]
    fn a_secret_is_verified_against_its_sha_256_only() {
        let hash = OsSecrets.hash(&ApiSecret::new("abc"));
        assert_eq!(hash.0[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert!(OsSecrets.verify(&ApiSecret::new("abc"), &hash));
        assert!(!OsSecrets.verify(&ApiSecret::new("abd"), &hash));
    }
}
