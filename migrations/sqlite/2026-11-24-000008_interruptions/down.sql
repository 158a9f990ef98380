ALTER TABLE video_rooms DROP COLUMN interrupted_at;
