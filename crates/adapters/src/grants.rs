//! The codes of path grants: HMAC-SHA-256 (RFC 2104), cut to 128 bits (RFC 2104, 5), over what is granted.
//!
//! They are made with the secret of tokens. What is hashed for a token begins with its header, what is hashed here
//! with a line of its own, so that neither can stand for the other.

use domain::{AccessLevel, PlaybackId};
use hmac::{Hmac, Mac};
use ports::{GRANT_CODE_LENGTH, PathGrant, TokenSecret};
use sha2::Sha256;

use crate::tokens::mac;

const DOMAIN: &str = "videoroom path grant\n";

pub(crate) fn grant(secret: &TokenSecret, id: &PlaybackId, level: AccessLevel, hour: u32) -> PathGrant {
    let whole = code(secret, id, level, hour).finalize().into_bytes();
    let mut cut = [0; GRANT_CODE_LENGTH];
    for (byte, of_whole) in cut.iter_mut().zip(whole) {
        *byte = of_whole;
    }
    PathGrant::new(hour, cut)
}

/// Compares in constant time.
pub(crate) fn is_good(secret: &TokenSecret, id: &PlaybackId, level: AccessLevel, grant: &PathGrant) -> bool {
    let expected = code(secret, id, level, grant.hour());
    expected.verify_truncated_left(grant.code()).is_ok()
}

/// None of the fields has the character that is between them.
fn code(secret: &TokenSecret, id: &PlaybackId, level: AccessLevel, hour: u32) -> Hmac<Sha256> {
    mac(
        secret,
        &format!("{DOMAIN}{}\n{}\n{hour}", id.as_str(), level.name()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> PlaybackId {
        PlaybackId::parse(&format!("{n:026}")).unwrap()
    }

    #[test]
    fn a_grant_is_good_for_one_id_one_level_one_hour_and_one_secret() {
        let secret = TokenSecret::new("a secret of the tests");
        let made = grant(&secret, &id(1), AccessLevel::Member, 497_123);
        assert!(is_good(&secret, &id(1), AccessLevel::Member, &made));
        assert_eq!(made, grant(&secret, &id(1), AccessLevel::Member, 497_123));

        assert!(!is_good(&secret, &id(2), AccessLevel::Member, &made));
        assert!(!is_good(&secret, &id(1), AccessLevel::Restricted, &made));
        assert!(!is_good(
            &TokenSecret::new("another"),
            &id(1),
            AccessLevel::Member,
            &made
        ));
        let later = PathGrant::new(made.hour() + 1, *made.code());
        assert!(!is_good(&secret, &id(1), AccessLevel::Member, &later));
        for bit in 0..GRANT_CODE_LENGTH * 8 {
            let mut code = *made.code();
            code[bit / 8] ^= 1 << (bit % 8);
            let forged = PathGrant::new(made.hour(), code);
            assert!(!is_good(&secret, &id(1), AccessLevel::Member, &forged), "{bit}");
        }
    }

    #[test]
    fn grants_of_this_release_are_those_of_the_last() {
        let secret = TokenSecret::new("a secret of the tests");
        let made = grant(&secret, &id(1), AccessLevel::Restricted, 497_123);
        assert_eq!(made.to_string(), "g-497123-8374d63830dd26369319327b8b1f759e");
    }
}
