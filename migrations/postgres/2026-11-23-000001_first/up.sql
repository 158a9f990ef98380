-- Enumerations are their names in the domain. Texts that are looked up or sorted by are compared byte by byte, whatever
-- the database's own order is.

CREATE SEQUENCE users_ids;
CREATE SEQUENCE apps_ids;
CREATE SEQUENCE members_ids;
CREATE SEQUENCE stream_keys_ids;
CREATE SEQUENCE video_rooms_ids;

CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DELETED')),
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    email TEXT NOT NULL
);

CREATE TABLE apps (
    id BIGINT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DELETED')),
    name TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    event_sequence BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL
)
-- The row is written at every change of state: new versions of it find room beside the old ones.
WITH (fillfactor = 50);

CREATE INDEX apps_by_owner ON apps (owner_id, name);

CREATE TABLE api_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    secret_hash BYTEA NOT NULL CHECK (length(secret_hash) = 32),
    created_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);

CREATE INDEX api_keys_by_app ON api_keys (app_id, created_at);

CREATE TABLE members (
    id BIGINT NOT NULL PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DELETED')),
    app_user_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    img_url TEXT,
    email TEXT,
    custom_type TEXT,
    custom_data TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    last_modified_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL
);

CREATE UNIQUE INDEX members_by_app_user_id ON members (app_id, app_user_id) WHERE state = 'ACTIVE';

CREATE TABLE video_rooms (
    id BIGINT NOT NULL PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    member_id BIGINT NOT NULL REFERENCES members (id),
    entity_state TEXT NOT NULL CHECK (entity_state IN ('ACTIVE', 'DELETED')),
    state TEXT NOT NULL CHECK (
        state IN ('SCHEDULED', 'LIVE', 'LIVE_INACTIVE', 'ACTIVE', 'ENDED', 'ARCHIVED', 'CANCELLED')
    ),
    kind TEXT NOT NULL CHECK (
        kind IN ('BROADCAST_RTMP', 'BROADCAST_WEBRTC', 'WEBINAR', 'VIDEO_CONFERENCE', 'SURVEILLANCE')
    ),
    creator_type TEXT NOT NULL CHECK (creator_type IN ('USER', 'APP', 'MEMBER')),
    creator_id BIGINT NOT NULL,
    access_level TEXT NOT NULL CHECK (
        access_level IN ('PUBLIC', 'APP', 'MEMBER', 'FRIEND', 'FOLLOWER', 'RESTRICTED', 'PRIVATE')
    ),
    title TEXT NOT NULL,
    -- The title without regard to case, for the keyword of a list.
    title_folded TEXT NOT NULL,
    description TEXT,
    scheduled_at TIMESTAMPTZ,
    channel_key TEXT NOT NULL,
    playback TEXT COLLATE "C" UNIQUE,
    live_started_at TIMESTAMPTZ,
    live_ended_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    forcibly_terminated BOOLEAN NOT NULL,
    vod_state TEXT NOT NULL CHECK (vod_state IN ('NOT_ARCHIVED', 'ARCHIVING', 'ARCHIVED', 'FAILED_ARCHIVING')),
    created_at TIMESTAMPTZ NOT NULL,
    last_modified_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL
);

-- A list's first page is read off an index, whatever it is sorted by; its total is counted on one.
CREATE INDEX video_rooms_by_created_at ON video_rooms (app_id, entity_state, created_at, id);
CREATE INDEX video_rooms_by_last_modified_at ON video_rooms (app_id, entity_state, last_modified_at, id);
CREATE INDEX video_rooms_by_state ON video_rooms (app_id, entity_state, state, created_at, id);
CREATE INDEX video_rooms_by_member ON video_rooms (member_id, entity_state, created_at, id);

CREATE TABLE stream_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    member_id BIGINT NOT NULL UNIQUE REFERENCES members (id),
    entity_state TEXT NOT NULL CHECK (entity_state IN ('ACTIVE', 'DELETED')),
    state TEXT NOT NULL CHECK (
        state IN ('INACTIVE', 'ACTIVE_PREP', 'ACTIVE', 'ACTIVE_LIVE', 'INACTIVE_LIVE', 'ACTIVE_LIVE_PREP')
    ),
    secret TEXT COLLATE "C" NOT NULL UNIQUE,
    mode TEXT NOT NULL CHECK (mode IN ('CMAF', 'RTMP', 'RTMP_CMAF')),
    session_id BIGINT,
    preview TEXT COLLATE "C" UNIQUE,
    video_room_id BIGINT UNIQUE REFERENCES video_rooms (id),
    forcibly_terminated BOOLEAN NOT NULL,
    failure_message TEXT,
    failure_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    last_modified_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE sessions (
    id BIGINT NOT NULL PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    stream_key_id BIGINT NOT NULL REFERENCES stream_keys (id),
    node TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    disconnect BOOLEAN NOT NULL,
    closed_at TIMESTAMPTZ
);

CREATE INDEX sessions_by_stream_key ON sessions (stream_key_id, started_at, id);
CREATE INDEX sessions_open ON sessions (node) WHERE closed_at IS NULL;

-- The feed: append-only, numbered for each app without gaps.
CREATE TABLE events (
    app_id BIGINT NOT NULL REFERENCES apps (id),
    sequence BIGINT NOT NULL,
    entity TEXT NOT NULL CHECK (entity IN ('VIDEO_ROOM', 'STREAM_KEY')),
    entity_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (app_id, sequence)
);
