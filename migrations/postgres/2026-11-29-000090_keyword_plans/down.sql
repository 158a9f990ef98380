ALTER INDEX video_room_titles_by_part ALTER COLUMN 1 SET STATISTICS -1;
