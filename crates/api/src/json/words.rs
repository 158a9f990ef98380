//! How the values of the JSON are told in the API's description, where their types in Rust don't say it.

use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Of an `appUserId`; neither `.` nor `..` is one.
pub(crate) const APP_USER_ID: &str = r"^(\.{0,2}[A-Za-z0-9_@-][A-Za-z0-9._@-]*|\.{3}[A-Za-z0-9._@-]*)$";

/// The most entries of `customData`, and the most characters of their names and values.
const CUSTOM_DATA: (usize, usize) = (10, 50);

macro_rules! words {
    ($($name:ident: $values:expr, $description:literal;)+) => {$(
        #[doc = $description]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of($values).description(Some($description)).build().into()
            }
        }

        impl ToSchema for $name {}
    )+};
    ($($name:ident, $description:literal;)+) => {
        words! { $($name: domain::$name::ALL.iter().map(|value| value.name()), $description;)+ }
    };
}

words! {
    AccessLevel, "Who may watch a room.";
    CreatorType, "Who made a room.";
    DeliveryState, "What became of telling an app of an event.";
    EntityState, "Whether a record is there or deleted.";
    StreamKeyMode, "What is made of a key's media.";
    StreamKeyState, "What a stream key is doing.";
    TranscodingProfileType, "Whether a profile re-encodes.";
    VideoFormat, "The format that a room is played in.";
    VideoRoomState, "What a video room is doing.";
    VideoRoomType, "How members interact in a room.";
    VodState, "What became of a room's recording.";
}

words! {
    DeliveryType: ["BROADCAST", "UNICAST"], "Whether all who may watch the room are told, or the key's owner alone.";
    KeyChange: ["STREAM_KEY"], "What changed.";
    ProfileCreatorType: ["SYSTEM"], "Who made a profile.";
    RoomChange: ["VIDEO_ROOM"], "What changed.";
    SignalCustomType: ["CHANGE_DATA_CAPTURE"], "What a signal is about.";
    SignalOrigin: ["SYSTEM"], "Who sends a signal.";
    SignalType: ["SIGNAL"], "What a message is.";
    UpOrDown: ["UP", "DOWN"], "Whether something is there.";
}

/// What an event is called: by its entity and the new state.
pub(crate) struct EventType;

impl PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        let rooms = domain::VideoRoomState::ALL.iter();
        let rooms = rooms.map(|state| format!("VIDEO_ROOM_{}", state.name()));
        let keys = domain::StreamKeyState::ALL.iter();
        let keys = keys.map(|state| format!("STREAM_KEY_{}", state.name()));
        let names: Vec<_> = rooms.chain(keys).collect();
        one_of(names.iter().map(String::as_str))
            .description(Some("What came into which state."))
            .into()
    }
}

impl ToSchema for EventType {}

/// A text that is one of `values`.
pub(crate) fn one_of<'a>(values: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values))
}

/// An app's own id for a member: a text, or a number that counts as its decimal text.
pub(crate) struct AppUserId;

impl PartialSchema for AppUserId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Integer]))
            .description(Some(
                "The app's own id for a member. A number counts as its decimal text.",
            ))
            .pattern(Some(APP_USER_ID))
            .max_length(Some(128))
            .minimum(Some(i64::MIN))
            .maximum(Some(u64::MAX))
            .into()
    }
}

impl ToSchema for AppUserId {}

/// A word of an enumeration; blank and `null` are as good as absent.
pub(crate) fn optional<T: ToSchema>() -> RefOr<Schema> {
    or_nothing(Ref::from_schema_name(T::name()).into())
}

/// A time with any offset; blank and `null` are as good as absent.
pub(crate) fn time() -> RefOr<Schema> {
    let time = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    or_nothing(time.into())
}

fn or_nothing(schema: RefOr<Schema>) -> RefOr<Schema> {
    AnyOfBuilder::new().item(schema).item(blank()).item(null()).into()
}

/// A text that counts as absent.
pub(crate) fn blank() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^\s*$"))
        .into()
}

/// Nothing but `null`.
pub(crate) fn null() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Null).into()
}

/// `customData` as it comes in.
pub(crate) fn custom_data() -> RefOr<Schema> {
    let (items, characters) = CUSTOM_DATA;
    let text = || {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(characters))
            .build()
    };
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .max_properties(Some(items))
        .property_names(Some(text()))
        .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(text().into()))))
        .into()
}
