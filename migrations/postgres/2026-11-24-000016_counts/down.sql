DROP TRIGGER video_rooms_recounted ON video_rooms;
DROP TRIGGER video_rooms_counted ON video_rooms;
DROP FUNCTION count_video_room;
DROP TABLE video_room_counts;
