//! Tokens as JSON Web Tokens (RFC 7519) in compact form, signed with HMAC-SHA-256 (RFC 7515, 3.1; RFC 7518, 3.2).
//!
//! There is one algorithm, so there is one header, and a token with any other is none: what a token says of its own
//! algorithm is never asked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{AccessLevel, AppId, MemberId, PlaybackId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use ports::{Claims, PathGrant, Subject, TokenKind, TokenSecret, Tokens};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::grants;

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// A token of ours is shorter, in bytes; nobody is to have longer ones hashed.
const LONGEST: usize = 512;

/// Who made the tokens.
const ISSUER: &str = "videoroom";

const MICROS: i64 = 1_000_000;

/// Writes and reads JSON Web Tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Jwt;

impl Tokens for Jwt {
    fn sign(&self, secret: &TokenSecret, claims: &Claims) -> String {
        let payload = json!({
            "iss": ISSUER,
            "kind": kind_name(claims.kind),
            "app": claims.app.get(),
            "sub": subject_name(claims.subject),
            "iat": claims.issued_at.micros().div_euclid(MICROS),
            "exp": claims.expires_at.micros().div_euclid(MICROS),
        });
        let mut token = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
        let signature = mac(secret, &token).finalize().into_bytes();
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        token
    }

    fn verify(&self, secret: &TokenSecret, token: &str) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if header != HEADER {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        mac(secret, signed).verify_slice(&signature).ok()?;
        claims(&serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?)
    }

    fn grant(&self, secret: &TokenSecret, id: &PlaybackId, level: AccessLevel, hour: u32) -> PathGrant {
        grants::grant(secret, id, level, hour)
    }

    fn is_granted(
        &self,
        secret: &TokenSecret,
        id: &PlaybackId,
        level: AccessLevel,
        grant: &PathGrant,
    ) -> bool {
        grants::is_good(secret, id, level, grant)
    }
}

pub(crate) fn mac(secret: &TokenSecret, message: &str) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes());
    let mut mac = mac.expect("HMAC takes keys of any length");
    mac.update(message.as_bytes());
    mac
}

fn claims(payload: &Value) -> Option<Claims> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let number = |name: &str| payload.get(name).and_then(Value::as_i64);
    let time = |name: &str| Some(Timestamp::from_micros(number(name)?.checked_mul(MICROS)?));
    (text("iss")? == ISSUER).then_some(())?;
    Some(Claims {
        kind: kind(text("kind")?)?,
        app: AppId::new(number("app")?),
        subject: subject(text("sub")?)?,
        issued_at: time("iat")?,
        expires_at: time("exp")?,
    })
}

const fn kind_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "access",
        TokenKind::Refresh => "refresh",
        TokenKind::Streaming => "streaming",
    }
}

fn kind(name: &str) -> Option<TokenKind> {
    let all = [TokenKind::Access, TokenKind::Refresh, TokenKind::Streaming];
    all.into_iter().find(|kind| kind_name(*kind) == name)
}

fn subject_name(subject: Subject) -> String {
    match subject {
        Subject::App => "app".to_owned(),
        Subject::Guest => "guest".to_owned(),
        Subject::Member(id) => format!("member:{id}"),
    }
}

fn subject(name: &str) -> Option<Subject> {
    match name {
        "app" => Some(Subject::App),
        "guest" => Some(Subject::Guest),
        _ => {
            let id = name.strip_prefix("member:")?.parse().ok()?;
            Some(Subject::Member(MemberId::new(id)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TokenSecret {
        TokenSecret::new("a secret of the tests")
    }

    fn sample(kind: TokenKind, subject: Subject) -> Claims {
        Claims {
            kind,
            app: AppId::new(i64::MAX),
            subject,
            issued_at: Timestamp::from_micros(1_700_000_000 * MICROS),
            expires_at: Timestamp::from_micros(1_700_086_400 * MICROS),
        }
    }

    fn signed(header: &Value, payload: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(payload));
        let signature = mac(&secret(), &signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn every_kind_and_subject_comes_back_as_it_was() {
        for kind in [TokenKind::Access, TokenKind::Refresh, TokenKind::Streaming] {
            for subject in [Subject::App, Subject::Guest, Subject::Member(MemberId::new(7))] {
                let claims = sample(kind, subject);
                let token = Jwt.sign(&secret(), &claims);
                assert!(token.len() < LONGEST);
                assert!(
                    token
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
                );
                assert_eq!(Jwt.verify(&secret(), &token), Some(claims));
                assert_eq!(Jwt.verify(&TokenSecret::new("another"), &token), None);
            }
        }
    }

    #[test]
    fn the_header_says_hs256() {
        let header = URL_SAFE_NO_PAD.decode(HEADER).unwrap();
        assert_eq!(header, br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn a_token_that_is_changed_anywhere_is_none() {
        let token = Jwt.sign(&secret(), &sample(TokenKind::Access, Subject::Guest));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(Jwt.verify(&secret(), &changed), None, "at {at}");
        }
        for bad in [
            "",
            ".",
            "..",
            "a.b.c",
            &token[..token.len() - 1],
            &"x".repeat(10_000),
        ] {
            assert_eq!(Jwt.verify(&secret(), bad), None, "{bad}");
        }
    }

    #[test]
    fn another_algorithm_is_none_whatever_its_signature() {
        let payload = json!({"iss": ISSUER, "kind": "access", "app": 1, "sub": "guest", "iat": 1, "exp": 2});
        let good = json!({"alg": "HS256", "typ": "JWT"});
        assert!(Jwt.verify(&secret(), &signed(&good, &payload)).is_some());
        for alg in ["none", "HS512", "RS256"] {
            let token = signed(&json!({"alg": alg, "typ": "JWT"}), &payload);
            assert_eq!(Jwt.verify(&secret(), &token), None, "{alg}");
        }
    }

    #[test]
    fn a_payload_that_says_too_little_or_nonsense_is_none() {
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let good = json!({"iss": ISSUER, "kind": "access", "app": 1, "sub": "member:1", "iat": 1, "exp": 2});
        for (field, value) in [
            ("iss", json!("another")),
            ("kind", json!("ACCESS")),
            ("app", json!("1")),
            ("sub", json!("member:x")),
            ("iat", json!(1.5)),
            ("exp", json!(i64::MAX)),
            ("exp", Value::Null),
        ] {
            let mut payload = good.clone();
            payload[field] = value;
            assert_eq!(Jwt.verify(&secret(), &signed(&header, &payload)), None, "{field}");
        }
    }
}
