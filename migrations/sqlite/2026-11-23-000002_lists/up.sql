-- What lists of stream keys and of members are read off.
CREATE INDEX stream_keys_by_created_at ON stream_keys (app_id, entity_state, created_at, id);

CREATE INDEX members_by_created_at ON members (app_id, state, created_at, id);
CREATE INDEX members_by_last_modified_at ON members (app_id, state, last_modified_at, id);
CREATE INDEX members_by_id_of_app ON members (app_id, state, app_user_id, id);
CREATE INDEX members_by_name ON members (app_id, state, name, created_at, id);
