-- Whether an app's rooms are in the index of titles in the order in which they were made, and with nothing in their titles
-- that its parts of one and two characters are spelled with: then a page of those that have a part is read off the index
-- alone. An app whose clock was set back has rooms out of order, and keeps them. Triggers keep it true whichever release
-- writes.
CREATE TABLE video_room_numbering (
    app_id INTEGER NOT NULL PRIMARY KEY,
    last_id INTEGER NOT NULL,
    last_created_at INTEGER NOT NULL,
    in_order INTEGER NOT NULL CHECK (in_order IN (0, 1))
) STRICT;

CREATE TRIGGER video_rooms_numbered AFTER INSERT ON video_rooms
BEGIN
    INSERT INTO video_room_numbering (app_id, last_id, last_created_at, in_order)
    VALUES (NEW.app_id, NEW.id, NEW.created_at, instr(NEW.title_folded, char(1)) = 0)
    ON CONFLICT (app_id) DO UPDATE SET
        in_order = in_order AND excluded.in_order
            AND excluded.last_id > last_id AND excluded.last_created_at >= last_created_at,
        last_id = max(last_id, excluded.last_id),
        last_created_at = max(last_created_at, excluded.last_created_at);
END;

CREATE TRIGGER video_rooms_renumbered AFTER UPDATE OF id, app_id, title_folded, created_at ON video_rooms
WHEN (OLD.id, OLD.app_id, OLD.created_at) IS NOT (NEW.id, NEW.app_id, NEW.created_at)
    OR instr(NEW.title_folded, char(1)) > 0
BEGIN
    INSERT INTO video_room_numbering (app_id, last_id, last_created_at, in_order)
    VALUES (NEW.app_id, NEW.id, NEW.created_at, 0)
    ON CONFLICT (app_id) DO UPDATE SET in_order = 0;
END;

INSERT INTO video_room_numbering (app_id, last_id, last_created_at, in_order)
SELECT app_id, max(id), max(created_at), min(created_at >= before AND instr(title_folded, char(1)) = 0)
FROM (
    SELECT id, app_id, title_folded, created_at,
        lag(created_at, 1, created_at) OVER (PARTITION BY app_id ORDER BY id) AS before
    FROM video_rooms
)
GROUP BY app_id;
