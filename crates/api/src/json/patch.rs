//! Partial changes: what is absent stays, `null` clears.

use std::collections::BTreeMap;

use application::{Patch, UpdateMember, UpdateVideoRoom};
use domain::AccessLevel;
use serde::de::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::input::{At, Word};
use super::words;

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

/// A change of what is told about a member: what is absent stays, `null` clears.
#[derive(serde::Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateMember)]
pub(crate) struct UpdateMemberJson {
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 255)]
    app_user_name: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2048)]
    app_user_profile_img_url: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50)]
    custom_type: Change<String>,
    #[serde(default)]
    #[schema(schema_with = words::custom_data, required = false)]
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

/// A change of a room: what is absent stays, `null` clears.
#[derive(serde::Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateVideoRoom)]
pub(crate) struct UpdateVideoRoomJson {
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 255)]
    title: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 5000)]
    description: Change<String>,
    /// Only while the room is `SCHEDULED`.
    #[serde(default)]
    #[schema(schema_with = words::time, required = false)]
    scheduled_at: Change<Word<At>>,
    #[schema(schema_with = words::optional::<words::AccessLevel>, required = false)]
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
