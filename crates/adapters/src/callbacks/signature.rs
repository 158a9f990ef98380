//! Signatures by the Standard Webhooks, version 1: HMAC-SHA256 over id, time and body.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use ports::store::WebhookSecret;
use sha2::Sha256;

/// The value of `webhook-signature`. `None` for a secret that is none.
pub(super) fn sign(secret: &WebhookSecret, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = secret.expose().strip_prefix("whsec_")?;
    let key = BASE64_STANDARD.decode(key).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Some(format!(
        "v1,{}",
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks' own libraries.
    #[test]
    fn a_known_message_has_its_known_signature() {
        let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = sign(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }

    #[test]
    fn a_secret_that_is_none_signs_nothing() {
        assert_eq!(sign(&WebhookSecret::new("hunter2"), "id", 0, ""), None);
        assert_eq!(sign(&WebhookSecret::new("whsec_ä"), "id", 0, ""), None);
    }
}
