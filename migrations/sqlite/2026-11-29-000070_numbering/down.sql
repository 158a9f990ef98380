DROP TRIGGER video_rooms_renumbered;
DROP TRIGGER video_rooms_numbered;
DROP TABLE video_room_numbering;
