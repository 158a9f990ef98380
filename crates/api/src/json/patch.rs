//! Partial changes: what is absent stays, `null` clears.

use std::collections::BTreeMap;

use application::{Patch, UpdateMember, UpdateVideoRoom};
use domain::AccessLevel;
use serde::de::{Deserialize, Deserializer};

use super::input::{At, Word};

/// One field of a partial change.
struct Change<T>(Patch<T>);

impl<T> Default for Change<T> {
    fn default() -> Self {
        Self(Patch::Keep)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(Self(value.map_or(Patch::Clear, Patch::Set)))
    }
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateMemberJson {
    app_user_name: Change<String>,
    app_user_profile_img_url: Change<String>,
    email: Change<String>,
    custom_type: Change<String>,
    custom_data: Change<BTreeMap<String, String>>,
}

impl From<UpdateMemberJson> for UpdateMember {
    fn from(json: UpdateMemberJson) -> Self {
        Self {
            name: json.app_user_name.0,
            img_url: json.app_user_profile_img_url.0,
            email: json.email.0,
            custom_type: json.custom_type.0,
            custom_data: match json.custom_data.0 {
                Patch::Keep => Patch::Keep,
                Patch::Clear => Patch::Clear,
                Patch::Set(items) => Patch::Set(items.into_iter().collect()),
            },
        }
    }
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateVideoRoomJson {
    title: Change<String>,
    description: Change<String>,
    scheduled_at: Change<Word<At>>,
    access_level: Option<Word<AccessLevel>>,
}

impl From<UpdateVideoRoomJson> for UpdateVideoRoom {
    fn from(json: UpdateVideoRoomJson) -> Self {
        Self {
            title: json.title.0,
            description: json.description.0,
            scheduled_at: match json.scheduled_at.0 {
                Patch::Keep => Patch::Keep,
                Patch::Clear | Patch::Set(Word(None)) => Patch::Clear,
                Patch::Set(Word(Some(at))) => Patch::Set(at.0),
            },
            access_level: json.access_level.and_then(|word| word.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(json: &str) -> UpdateMember {
        serde_json::from_str::<UpdateMemberJson>(json).unwrap().into()
    }

    #[test]
    fn what_is_absent_stays_and_null_clears() {
        assert_eq!(member("{}"), UpdateMember::default());
        let change = member(r#"{"appUserName":null,"email":"","customData":{}}"#);
        assert_eq!(change.name, Patch::Clear);
        assert_eq!(change.email, Patch::Set(String::new()));
        assert_eq!(change.custom_data, Patch::Set(Vec::new()));
        assert_eq!(change.custom_type, Patch::Keep);
    }

    #[test]
    fn a_blank_time_is_none_and_a_blank_level_stays() {
        let json = r#"{"scheduledAt":" ","accessLevel":null}"#;
        let room: UpdateVideoRoom = serde_json::from_str::<UpdateVideoRoomJson>(json).unwrap().into();
        assert_eq!(room.scheduled_at, Patch::Clear);
        assert_eq!(room.access_level, None);
    }
}
