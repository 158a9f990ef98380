-- Since when a room on air is interrupted. A release before this one leaves it empty; then it is `last_modified_at`.
ALTER TABLE video_rooms ADD COLUMN interrupted_at TIMESTAMPTZ;
