ALTER TABLE video_rooms DROP COLUMN whitelist_count;
DROP TABLE whitelist;
