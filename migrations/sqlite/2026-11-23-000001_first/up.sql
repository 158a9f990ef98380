-- Times are whole microseconds since the Unix epoch. Enumerations are their names in the domain.

CREATE TABLE id_sequences (
    name TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

INSERT INTO id_sequences (name) VALUES ('users'), ('apps'), ('members'), ('stream_keys'), ('video_rooms');

CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DELETED')),
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL
) STRICT;

CREATE TABLE apps (
    id INTEGER NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DELETED')),
    name TEXT NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    event_sequence INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX apps_by_owner ON apps (owner_id, name);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_by_app ON api_keys (app_id, created_at);

CREATE TABLE members (
    id INTEGER NOT NULL PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DELETED')),
    app_user_id TEXT NOT NULL,
    name TEXT,
    img_url TEXT,
    email TEXT,
    custom_type TEXT,
    custom_data TEXT,
    created_at INTEGER NOT NULL,
    last_modified_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX members_by_app_user_id ON members (app_id, app_user_id) WHERE state = 'ACTIVE';

CREATE TABLE video_rooms (
    id INTEGER NOT NULL PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    member_id INTEGER NOT NULL REFERENCES members (id),
    entity_state TEXT NOT NULL CHECK (entity_state IN ('ACTIVE', 'DELETED')),
    state TEXT NOT NULL CHECK (
        state IN ('SCHEDULED', 'LIVE', 'LIVE_INACTIVE', 'ACTIVE', 'ENDED', 'ARCHIVED', 'CANCELLED')
    ),
    kind TEXT NOT NULL CHECK (
        kind IN ('BROADCAST_RTMP', 'BROADCAST_WEBRTC', 'WEBINAR', 'VIDEO_CONFERENCE', 'SURVEILLANCE')
    ),
    creator_type TEXT NOT NULL CHECK (creator_type IN ('USER', 'APP', 'MEMBER')),
    creator_id INTEGER NOT NULL,
    access_level TEXT NOT NULL CHECK (
        access_level IN ('PUBLIC', 'APP', 'MEMBER', 'FRIEND', 'FOLLOWER', 'RESTRICTED', 'PRIVATE')
    ),
    title TEXT NOT NULL,
    -- The title without regard to case, for the keyword of a list.
    title_folded TEXT NOT NULL,
    description TEXT,
    scheduled_at INTEGER,
    channel_key TEXT NOT NULL,
    playback TEXT UNIQUE,
    live_started_at INTEGER,
    live_ended_at INTEGER,
    cancelled_at INTEGER,
    forcibly_terminated INTEGER NOT NULL CHECK (forcibly_terminated IN (0, 1)),
    vod_state TEXT NOT NULL CHECK (vod_state IN ('NOT_ARCHIVED', 'ARCHIVING', 'ARCHIVED', 'FAILED_ARCHIVING')),
    created_at INTEGER NOT NULL,
    last_modified_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- A list's first page is read off an index, whatever it is sorted by; its total is counted on one.
CREATE INDEX video_rooms_by_created_at ON video_rooms (app_id, entity_state, created_at, id);
CREATE INDEX video_rooms_by_last_modified_at ON video_rooms (app_id, entity_state, last_modified_at, id);
CREATE INDEX video_rooms_by_state ON video_rooms (app_id, entity_state, state, created_at, id);
CREATE INDEX video_rooms_by_member ON video_rooms (member_id, entity_state, created_at, id);

CREATE TABLE stream_keys (
    id INTEGER NOT NULL PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    member_id INTEGER NOT NULL UNIQUE REFERENCES members (id),
    entity_state TEXT NOT NULL CHECK (entity_state IN ('ACTIVE', 'DELETED')),
    state TEXT NOT NULL CHECK (
        state IN ('INACTIVE', 'ACTIVE_PREP', 'ACTIVE', 'ACTIVE_LIVE', 'INACTIVE_LIVE', 'ACTIVE_LIVE_PREP')
    ),
    secret TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL CHECK (mode IN ('CMAF', 'RTMP', 'RTMP_CMAF')),
    session_id INTEGER,
    preview TEXT UNIQUE,
    video_room_id INTEGER UNIQUE REFERENCES video_rooms (id),
    forcibly_terminated INTEGER NOT NULL CHECK (forcibly_terminated IN (0, 1)),
    failure_message TEXT,
    failure_at INTEGER,
    created_at INTEGER NOT NULL,
    last_modified_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES apps (id),
    stream_key_id INTEGER NOT NULL REFERENCES stream_keys (id),
    node TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    disconnect INTEGER NOT NULL CHECK (disconnect IN (0, 1)),
    closed_at INTEGER
) STRICT;

CREATE INDEX sessions_by_stream_key ON sessions (stream_key_id, started_at, id);
CREATE INDEX sessions_open ON sessions (node) WHERE closed_at IS NULL;

-- The feed: append-only, numbered for each app without gaps.
CREATE TABLE events (
    app_id INTEGER NOT NULL REFERENCES apps (id),
    sequence INTEGER NOT NULL,
    entity TEXT NOT NULL CHECK (entity IN ('VIDEO_ROOM', 'STREAM_KEY')),
    entity_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    PRIMARY KEY (app_id, sequence)
) STRICT, WITHOUT ROWID;
