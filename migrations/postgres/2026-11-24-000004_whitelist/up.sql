-- Who may watch a room that is RESTRICTED. Rows are of rooms and members that are not deleted.
CREATE TABLE whitelist (
    video_room_id BIGINT NOT NULL REFERENCES video_rooms (id),
    member_id BIGINT NOT NULL REFERENCES members (id),
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (video_room_id, member_id)
);

CREATE INDEX whitelist_by_added_at ON whitelist (video_room_id, added_at, member_id);
CREATE INDEX whitelist_by_member ON whitelist (member_id);

-- How many are on the room's list.
ALTER TABLE video_rooms ADD COLUMN whitelist_count BIGINT NOT NULL DEFAULT 0;
