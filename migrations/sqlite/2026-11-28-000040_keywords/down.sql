DROP TRIGGER video_rooms_untitled;
DROP TRIGGER video_rooms_retitled;
DROP TRIGGER video_rooms_titled;
DROP TABLE video_room_titles;
DROP TABLE video_room_search;
