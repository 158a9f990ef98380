//! Members: the end users of an app, known by the app's own id for them.

use crate::text::bounded_text;
use crate::{AppId, EntityState, MemberId, Timestamp, ValueError};

/// The app's own id for a member: 1 to 128 ASCII letters, digits and `. _ - @`, but neither `.` nor `..`, which the
/// path of no address can carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppUserId(String);

impl AppUserId {
    /// Takes a text as an id. Blank counts as empty; the format is checked before the length.
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(ValueError::EmptyAppUserId);
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@');
        if !text.bytes().all(fits) || matches!(text.as_str(), "." | "..") {
            return Err(ValueError::InvalidAppUserIdFormat);
        }
        if text.len() > 128 {
            return Err(ValueError::AppUserIdTooLong);
        }
        Ok(Self(text))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

bounded_text!(
    /// A member's name, for people.
    AppUserName, 255, AppUserNameTooLong
);
bounded_text!(
    /// Where a member's picture is.
    ProfileImgUrl, 2048, ProfileImgUrlTooLong
);
bounded_text!(
    /// A member's mail address, as the app gave it.
    Email, 254, EmailTooLong
);
bounded_text!(
    /// A word of the app's own.
    CustomType, 50, CustomTypeTooLong
);

/// Up to ten pairs of the app's own, names and values of at most 50 characters each; ordered by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomData(Vec<(String, String)>);

impl CustomData {
    /// Takes the pairs; of a name that comes twice the last value stays.
    pub fn new(items: impl IntoIterator<Item = (String, String)>) -> Result<Self, ValueError> {
        let items: std::collections::BTreeMap<_, _> = items.into_iter().collect();
        if items.len() > 10 {
            return Err(ValueError::TooManyCustomDataItems);
        }
        if items.keys().any(|name| name.chars().nth(50).is_some()) {
            return Err(ValueError::CustomDataNameTooLong);
        }
        if items.values().any(|value| value.chars().nth(50).is_some()) {
            return Err(ValueError::CustomDataValueTooLong);
        }
        Ok(Self(items.into_iter().collect()))
    }

    /// The pairs, ordered by name.
    pub fn items(&self) -> &[(String, String)] {
        &self.0
    }
}

/// What an app tells about a member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberProfile {
    /// Name, for people.
    pub name: Option<AppUserName>,
    /// Address of a picture.
    pub img_url: Option<ProfileImgUrl>,
    /// Mail address.
    pub email: Option<Email>,
    /// A word of the app's own.
    pub custom_type: Option<CustomType>,
    /// Pairs of the app's own.
    pub custom_data: Option<CustomData>,
}

impl MemberProfile {
    /// This profile with every field of `newer` that is there put over it.
    #[must_use]
    pub fn updated_with(self, newer: Self) -> Self {
        Self {
            name: newer.name.or(self.name),
            img_url: newer.img_url.or(self.img_url),
            email: newer.email.or(self.email),
            custom_type: newer.custom_type.or(self.custom_type),
            custom_data: newer.custom_data.or(self.custom_data),
        }
    }
}

/// An end user of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The store's number for it.
    pub id: MemberId,
    /// The app that it belongs to.
    pub app: AppId,
    /// Whether it is there. A deleted member's `app_user_id` may be registered again: that is a new member.
    pub state: EntityState,
    /// The app's own id for it.
    pub app_user_id: AppUserId,
    /// What the app tells about it.
    pub profile: MemberProfile,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub last_modified_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_user_id_refuses_each_kind_of_bad_text_with_its_reason() {
        assert_eq!(AppUserId::new(""), Err(ValueError::EmptyAppUserId));
        assert_eq!(AppUserId::new(" \t"), Err(ValueError::EmptyAppUserId));
        assert_eq!(AppUserId::new("a b"), Err(ValueError::InvalidAppUserIdFormat));
        assert_eq!(AppUserId::new("a/b"), Err(ValueError::InvalidAppUserIdFormat));
        assert_eq!(AppUserId::new(".."), Err(ValueError::InvalidAppUserIdFormat));
        assert_eq!(AppUserId::new("가"), Err(ValueError::InvalidAppUserIdFormat));
        assert_eq!(AppUserId::new("a".repeat(129)), Err(ValueError::AppUserIdTooLong));
        assert!(AppUserId::new("a".repeat(128)).is_ok());
        assert!(AppUserId::new("user.name_1-2@example.com").is_ok());
    }

    #[test]
    fn lengths_are_counted_in_characters_not_bytes() {
        assert!(AppUserName::new("가".repeat(255)).is_ok());
        assert_eq!(
            AppUserName::new("가".repeat(256)),
            Err(ValueError::AppUserNameTooLong)
        );
    }

    #[test]
    fn custom_data_holds_ten_short_pairs() {
        let pairs = |n: usize| (0..n).map(|i| (format!("k{i}"), "v".to_owned()));
        assert!(CustomData::new(pairs(10)).is_ok());
        assert_eq!(
            CustomData::new(pairs(11)),
            Err(ValueError::TooManyCustomDataItems)
        );
        let long = "x".repeat(51);
        assert_eq!(
            CustomData::new([(long.clone(), String::new())]),
            Err(ValueError::CustomDataNameTooLong)
        );
        assert_eq!(
            CustomData::new([("k".to_owned(), long)]),
            Err(ValueError::CustomDataValueTooLong)
        );
    }

    #[test]
    fn fields_that_are_absent_stay_as_they_were_on_registering_again() {
        let old = MemberProfile {
            name: AppUserName::new("old").ok(),
            email: Email::new("a@b").ok(),
            ..Default::default()
        };
        let new = MemberProfile {
            name: AppUserName::new("new").ok(),
            ..Default::default()
        };
        let merged = old.clone().updated_with(new);
        assert_eq!(merged.name.as_ref().map(AppUserName::as_str), Some("new"));
        assert_eq!(merged.email, old.email);
    }
}
