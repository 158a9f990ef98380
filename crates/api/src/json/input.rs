//! What apps send: every field may be absent, `null` or blank here; which must be there is the domain's to say.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use application::{CreateVideoRoom, RegisterMember, UpdateStreamKey};
use domain::{AccessLevel, StreamKeyMode, Timestamp, TranscodingProfileId, VideoRoomType};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use utoipa::ToSchema;

use super::named::Named;
use super::{time, words};

/// Beyond this a number can't be told exactly, and an id must not be told otherwise.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A member as its app tells it.
#[derive(serde::Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RegisterMember)]
pub(crate) struct RegisterMemberJson {
    #[schema(value_type = words::AppUserId, required = true)]
    app_user_id: Option<IdText>,
    #[schema(value_type = Option<String>, max_length = 255)]
    app_user_name: Option<String>,
    #[schema(value_type = Option<String>, max_length = 2048)]
    app_user_profile_img_url: Option<String>,
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Option<String>,
    #[schema(value_type = Option<String>, max_length = 50)]
    custom_type: Option<String>,
    #[schema(schema_with = words::custom_data, required = false)]
    custom_data: Option<BTreeMap<String, String>>,
}

impl From<RegisterMemberJson> for RegisterMember {
    fn from(json: RegisterMemberJson) -> Self {
        Self {
            app_user_id: json.app_user_id.map(|id| id.0),
            name: json.app_user_name,
            img_url: json.app_user_profile_img_url,
            email: json.email,
            custom_type: json.custom_type,
            custom_data: json.custom_data.map(|items| items.into_iter().collect()),
        }
    }
}

/// A room that is to be made.
#[derive(serde::Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateVideoRoom)]
pub(crate) struct CreateVideoRoomJson {
    #[schema(value_type = words::AppUserId, required = true)]
    app_user_id: Option<IdText>,
    #[schema(value_type = words::VideoRoomType, required = true)]
    r#type: Option<Word<VideoRoomType>>,
    #[schema(max_length = 255)]
    title: Option<String>,
    #[schema(max_length = 5000)]
    description: Option<String>,
    /// `PUBLIC` if absent.
    #[schema(schema_with = words::optional::<words::AccessLevel>, required = false)]
    access_level: Option<Word<AccessLevel>>,
    /// Must be there if `type` is `BROADCAST_RTMP`.
    #[schema(schema_with = words::time, required = false)]
    scheduled_at: Option<Word<At>>,
}

impl From<CreateVideoRoomJson> for CreateVideoRoom {
    fn from(json: CreateVideoRoomJson) -> Self {
        Self {
            app_user_id: json.app_user_id.map(|id| id.0),
            kind: json.r#type.and_then(|word| word.0),
            title: json.title,
            description: json.description,
            access_level: json.access_level.and_then(|word| word.0),
            scheduled_at: json.scheduled_at.and_then(|word| word.0).map(|at| at.0),
        }
    }
}

/// A change of what is made of a key's media; what is absent or `null` stays.
#[derive(serde::Deserialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateStreamKey)]
pub(crate) struct UpdateStreamKeyJson {
    profile_id: Option<i64>,
    #[schema(schema_with = words::optional::<words::StreamKeyMode>, required = false)]
    mode: Option<Word<StreamKeyMode>>,
}

impl From<UpdateStreamKeyJson> for UpdateStreamKey {
    fn from(json: UpdateStreamKeyJson) -> Self {
        Self {
            profile: json.profile_id.map(TranscodingProfileId::new),
            mode: json.mode.and_then(|word| word.0),
        }
    }
}

/// A time, with any offset.
pub(super) struct At(pub(super) Timestamp);

impl Named for At {
    fn named(name: &str) -> Option<Self> {
        time::parse(name).map(Self)
    }

    fn names() -> String {
        "times like 2022-10-19T23:59:59.999Z, with any offset".to_owned()
    }
}

/// A text that must be one of some; `None` if it is blank.
pub(super) struct Word<T>(pub(super) Option<T>);

impl<'de, T: Named> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOf<T>(PhantomData<T>);
        impl<T: Named> Visitor<'_> for OneOf<T> {
            type Value = Word<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "one of {}", T::names())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Word<T>, E> {
                if text.trim().is_empty() {
                    return Ok(Word(None));
                }
                let value = T::named(text).ok_or_else(|| {
                    let shown: String = text.chars().take(64).collect();
                    E::custom(format_args!("{shown:?} is not one of {}", T::names()))
                })?;
                Ok(Word(Some(value)))
            }
        }
        deserializer.deserialize_str(OneOf(PhantomData))
    }
}

/// An id as text; a JSON number counts as its decimal text.
struct IdText(String);

impl<'de> Deserialize<'de> for IdText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;
        impl Visitor<'_> for TextOrNumber {
            type Value = IdText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<IdText, E> {
                Ok(IdText(text.to_owned()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<IdText, E> {
                Ok(IdText(number.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<IdText, E> {
                Ok(IdText(number.to_string()))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<IdText, E> {
                if number.abs() < EXACT {
                    Ok(IdText(number.to_string()))
                } else {
                    Err(E::custom("a number of this size must be written as a string"))
                }
            }
        }
        deserializer.deserialize_any(TextOrNumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(json: &str) -> Result<CreateVideoRoom, String> {
        serde_json::from_str::<CreateVideoRoomJson>(json)
            .map(Into::into)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_null_and_blank_are_the_same() {
        assert_eq!(create("{}").unwrap(), CreateVideoRoom::default());
        let blank = create(r#"{"appUserId":null,"type":" ","accessLevel":"","scheduledAt":""}"#);
        assert_eq!(blank.unwrap(), CreateVideoRoom::default());
    }

    #[test]
    fn a_number_is_an_id_by_its_decimal_text() {
        for (json, text) in [
            ("1", "1"),
            ("-5", "-5"),
            ("18446744073709551615", "18446744073709551615"),
            ("1.5", "1.5"),
            ("1e3", "1000"),
        ] {
            let room = create(&format!(r#"{{"appUserId":{json}}}"#)).unwrap();
            assert_eq!(room.app_user_id.as_deref(), Some(text));
        }
        assert!(create(r#"{"appUserId":123456789012345678901}"#).is_err());
        assert!(create(r#"{"appUserId":true}"#).is_err());
    }

    #[test]
    fn an_unknown_word_is_refused_with_those_that_are_known() {
        let error = create(r#"{"type":"RADIO"}"#).unwrap_err();
        assert!(
            error.starts_with(r#""RADIO" is not one of BROADCAST_RTMP, BROADCAST_WEBRTC,"#),
            "{error}"
        );
        let error = create(r#"{"scheduledAt":"tomorrow"}"#).unwrap_err();
        assert!(error.contains("2022-10-19T23:59:59.999Z"), "{error}");
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert!(create(r#"{"colour":{"deep":[1]}}"#).is_ok());
    }
}
