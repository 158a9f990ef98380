-- How many rooms there are that are not deleted, so that no list has to count them. Triggers keep it true whichever
-- release writes.
CREATE TABLE video_room_counts (
    app_id INTEGER NOT NULL REFERENCES apps (id),
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    access_level TEXT NOT NULL,
    total INTEGER NOT NULL CHECK (total >= 0),
    PRIMARY KEY (app_id, state, kind, access_level)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER video_rooms_counted AFTER INSERT ON video_rooms WHEN NEW.entity_state = 'ACTIVE'
BEGIN
    INSERT INTO video_room_counts (app_id, state, kind, access_level, total)
    VALUES (NEW.app_id, NEW.state, NEW.kind, NEW.access_level, 1)
    ON CONFLICT (app_id, state, kind, access_level) DO UPDATE SET total = total + 1;
END;

CREATE TRIGGER video_rooms_uncounted AFTER DELETE ON video_rooms WHEN OLD.entity_state = 'ACTIVE'
BEGIN
    UPDATE video_room_counts SET total = total - 1
    WHERE app_id = OLD.app_id AND state = OLD.state AND kind = OLD.kind AND access_level = OLD.access_level;
END;

CREATE TRIGGER video_rooms_recounted AFTER UPDATE ON video_rooms
WHEN (OLD.entity_state, OLD.state, OLD.kind, OLD.access_level, OLD.app_id)
    IS NOT (NEW.entity_state, NEW.state, NEW.kind, NEW.access_level, NEW.app_id)
BEGIN
    UPDATE video_room_counts SET total = total - 1
    WHERE OLD.entity_state = 'ACTIVE'
    AND app_id = OLD.app_id AND state = OLD.state AND kind = OLD.kind AND access_level = OLD.access_level;
    INSERT INTO video_room_counts (app_id, state, kind, access_level, total)
    SELECT NEW.app_id, NEW.state, NEW.kind, NEW.access_level, 1 WHERE NEW.entity_state = 'ACTIVE'
    ON CONFLICT (app_id, state, kind, access_level) DO UPDATE SET total = total + 1;
END;

INSERT INTO video_room_counts (app_id, state, kind, access_level, total)
SELECT app_id, state, kind, access_level, count(*) FROM video_rooms
WHERE entity_state = 'ACTIVE' GROUP BY app_id, state, kind, access_level;
