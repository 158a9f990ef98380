-- What lists of rooms are read off by each filter and in each order.
CREATE INDEX video_rooms_by_state_modified ON video_rooms (app_id, entity_state, state, last_modified_at, id);
CREATE INDEX video_rooms_by_member_modified ON video_rooms (member_id, entity_state, last_modified_at, id);
CREATE INDEX video_rooms_by_kind ON video_rooms (app_id, entity_state, kind, created_at, id);
CREATE INDEX video_rooms_by_kind_modified ON video_rooms (app_id, entity_state, kind, last_modified_at, id);
CREATE INDEX video_rooms_by_access_level ON video_rooms (app_id, entity_state, access_level, created_at, id);
CREATE INDEX video_rooms_by_access_level_modified ON video_rooms (app_id, entity_state, access_level, last_modified_at, id);
