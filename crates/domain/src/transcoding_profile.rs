//! Transcoding profiles: what is made of a publisher's pictures and sound. All of them are predefined.

use crate::text::named_enum;
use crate::{Timestamp, TranscodingProfileId};

named_enum! {
    /// Whether a profile re-encodes.
    TranscodingProfileType {
        /// The source as it comes.
        Source = "SOURCE",
    }
}

/// A profile that is part of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TranscodingProfile {
    /// Its number.
    pub id: TranscodingProfileId,
    /// Whether it re-encodes.
    pub kind: TranscodingProfileType,
    /// Its name, for people.
    pub name: &'static str,
    /// What it does, for people.
    pub description: &'static str,
    /// The duration that segments aim at, in seconds.
    pub segment_seconds: u32,
    /// Since when it has been part of the platform.
    pub created_at: Timestamp,
}

impl TranscodingProfile {
    /// The source as it comes, without re-encoding: the profile of every stream key.
    pub const SOURCE: Self = Self {
        id: TranscodingProfileId::new(1),
        kind: TranscodingProfileType::Source,
        name: "Source",
        description: "One rendition: the pictures and the sound as the publisher sends them, not re-encoded",
        segment_seconds: 2,
        // 2026-11-01T00:00:00Z
        created_at: Timestamp::from_micros(1_793_491_200_000_000),
    };

    /// Every profile, by number.
    pub const ALL: &'static [Self] = &[Self::SOURCE];

    /// The profile of that number.
    pub fn find(id: TranscodingProfileId) -> Option<&'static Self> {
        Self::ALL.iter().find(|profile| profile.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_found_by_its_number() {
        assert_eq!(
            TranscodingProfile::find(TranscodingProfileId::new(1)),
            Some(&TranscodingProfile::SOURCE)
        );
        assert_eq!(TranscodingProfile::find(TranscodingProfileId::new(2)), None);
    }
}
