//! The tables, as the queries see them. Times are of the database's own type [`Ts`](super::super::dialect::Ts).

diesel::table! {
    users (id) {
        id -> BigInt,
        state -> Text,
        username -> Text,
        email -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::super::super::dialect::Ts;

    apps (id) {
        id -> BigInt,
        state -> Text,
        name -> Text,
        owner_id -> BigInt,
        event_sequence -> BigInt,
        created_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use super::super::super::dialect::Ts;

    api_keys (id) {
        id -> Text,
        app_id -> BigInt,
        secret_hash -> Binary,
        created_at -> Ts,
        revoked_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::super::super::dialect::Ts;

    members (id) {
        id -> BigInt,
        app_id -> BigInt,
        state -> Text,
        app_user_id -> Text,
        name -> Nullable<Text>,
        img_url -> Nullable<Text>,
        email -> Nullable<Text>,
        custom_type -> Nullable<Text>,
        custom_data -> Nullable<Text>,
        created_at -> Ts,
        last_modified_at -> Ts,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::super::super::dialect::Ts;

    video_rooms (id) {
        id -> BigInt,
        app_id -> BigInt,
        member_id -> BigInt,
        entity_state -> Text,
        state -> Text,
        kind -> Text,
        creator_type -> Text,
        creator_id -> BigInt,
        access_level -> Text,
        title -> Text,
        title_folded -> Text,
        description -> Nullable<Text>,
        scheduled_at -> Nullable<Ts>,
        channel_key -> Text,
        playback -> Nullable<Text>,
        live_started_at -> Nullable<Ts>,
        interrupted_at -> Nullable<Ts>,
        live_ended_at -> Nullable<Ts>,
        cancelled_at -> Nullable<Ts>,
        forcibly_terminated -> Bool,
        vod_state -> Text,
        created_at -> Ts,
        last_modified_at -> Ts,
        version -> BigInt,
        whitelist_count -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use super::super::super::dialect::Ts;

    whitelist (video_room_id, member_id) {
        video_room_id -> BigInt,
        member_id -> BigInt,
        added_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::super::super::dialect::Ts;

    stream_keys (id) {
        id -> BigInt,
        app_id -> BigInt,
        member_id -> BigInt,
        entity_state -> Text,
        state -> Text,
        secret -> Text,
        mode -> Text,
        session_id -> Nullable<BigInt>,
        preview -> Nullable<Text>,
        video_room_id -> Nullable<BigInt>,
        forcibly_terminated -> Bool,
        failure_message -> Nullable<Text>,
        failure_at -> Nullable<Ts>,
        created_at -> Ts,
        last_modified_at -> Ts,
        version -> BigInt,
        session_mode -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::super::super::dialect::Ts;

    sessions (id) {
        id -> BigInt,
        app_id -> BigInt,
        stream_key_id -> BigInt,
        node -> Text,
        started_at -> Ts,
        disconnect -> Bool,
        closed_at -> Nullable<Ts>,
        silent_since -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use super::super::super::dialect::Ts;

    nodes (name) {
        name -> Text,
        incarnation -> Text,
        public_url -> Text,
        unbroken_since -> Ts,
        expires_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::super::super::dialect::Ts;

    events (app_id, sequence) {
        app_id -> BigInt,
        sequence -> BigInt,
        entity -> Text,
        entity_id -> BigInt,
        state -> Text,
        occurred_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Text};
    use super::super::super::dialect::Ts;

    done_requests (app_id, key) {
        app_id -> BigInt,
        key -> Text,
        fingerprint -> Binary,
        resource_id -> BigInt,
        done_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::super::super::dialect::Ts;

    callbacks (app_id) {
        app_id -> BigInt,
        url -> Text,
        access_id -> Nullable<Text>,
        access_password -> Nullable<Text>,
        secret -> Text,
        cursor -> BigInt,
        holder -> Nullable<Text>,
        beat -> BigInt,
        created_at -> Ts,
        last_modified_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::super::super::dialect::Ts;

    callback_deliveries (app_id, sequence) {
        app_id -> BigInt,
        sequence -> BigInt,
        lane -> BigInt,
        entity -> Text,
        entity_id -> BigInt,
        entity_state -> Text,
        state -> Text,
        attempts -> BigInt,
        last_status -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        created_at -> Ts,
        pending_since -> Ts,
        next_attempt_at -> Ts,
        delivered_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::super::super::dialect::Ts;

    ingest_health (session_id) {
        session_id -> BigInt,
        health -> Text,
        noted_at -> Ts,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    apps,
    members,
    video_rooms,
    stream_keys,
    api_keys,
    whitelist
);
diesel::allow_tables_to_appear_in_same_query!(sessions, nodes);
