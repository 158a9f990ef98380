DROP TRIGGER video_rooms_recounted;
DROP TRIGGER video_rooms_uncounted;
DROP TRIGGER video_rooms_counted;
DROP TABLE video_room_counts;
