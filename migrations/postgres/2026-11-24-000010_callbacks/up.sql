-- Where an app wants to be told of its events, how far it has been told, and which process tells it.
CREATE TABLE callbacks (
    app_id BIGINT NOT NULL PRIMARY KEY REFERENCES apps (id),
    url TEXT NOT NULL,
    access_id TEXT,
    access_password TEXT,
    secret TEXT NOT NULL,
    -- The number of the last event that has a delivery.
    cursor BIGINT NOT NULL,
    holder TEXT,
    -- Counted up by the holder as long as it lives.
    beat BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_modified_at TIMESTAMPTZ NOT NULL
);

-- What is to be told, and was. A delivery has its event's number.
CREATE TABLE callback_deliveries (
    app_id BIGINT NOT NULL REFERENCES apps (id),
    sequence BIGINT NOT NULL,
    -- Deliveries of one lane are sent one after another.
    lane BIGINT NOT NULL,
    entity TEXT NOT NULL CHECK (entity IN ('VIDEO_ROOM', 'STREAM_KEY')),
    entity_id BIGINT NOT NULL,
    entity_state TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    attempts BIGINT NOT NULL,
    last_status BIGINT,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    pending_since TIMESTAMPTZ NOT NULL,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    delivered_at TIMESTAMPTZ,
    PRIMARY KEY (app_id, sequence)
);

CREATE INDEX callback_deliveries_pending ON callback_deliveries (app_id, lane, sequence) WHERE state = 'PENDING';
