DROP INDEX members_by_name;
DROP INDEX members_by_id_of_app;
DROP INDEX members_by_last_modified_at;
DROP INDEX members_by_created_at;
DROP INDEX stream_keys_by_created_at;
