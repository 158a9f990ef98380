DROP TRIGGER video_rooms_untitled ON video_rooms;
DROP TRIGGER video_rooms_retitled ON video_rooms;
DROP TRIGGER video_rooms_titled ON video_rooms;
DROP FUNCTION index_video_room_title();
DROP TABLE video_room_titles;
DROP FUNCTION title_parts(BIGINT, TEXT);
