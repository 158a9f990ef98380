-- How many rooms there are that are not deleted, so that no list has to count them. Triggers keep it true whichever
-- release writes. They run at the commit, behind the app's row, which every change of state holds by then anyway: nobody
-- waits longer than before, and nobody crosswise.
CREATE TABLE video_room_counts (
    app_id BIGINT NOT NULL REFERENCES apps (id),
    state TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    access_level TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0),
    PRIMARY KEY (app_id, state, kind, access_level)
)
WITH (fillfactor = 50);

CREATE FUNCTION count_video_room() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM apps WHERE id = coalesce(NEW.app_id, OLD.app_id) FOR NO KEY UPDATE;
    IF OLD.entity_state = 'ACTIVE' THEN
        UPDATE video_room_counts SET total = total - 1
        WHERE app_id = OLD.app_id AND state = OLD.state AND kind = OLD.kind AND access_level = OLD.access_level;
    END IF;
    IF NEW.entity_state = 'ACTIVE' THEN
        INSERT INTO video_room_counts (app_id, state, kind, access_level, total)
        VALUES (NEW.app_id, NEW.state, NEW.kind, NEW.access_level, 1)
        ON CONFLICT (app_id, state, kind, access_level) DO UPDATE SET total = video_room_counts.total + 1;
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER video_rooms_counted AFTER INSERT OR DELETE ON video_rooms
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_video_room();

CREATE CONSTRAINT TRIGGER video_rooms_recounted AFTER UPDATE ON video_rooms
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (
    (OLD.entity_state, OLD.state, OLD.kind, OLD.access_level, OLD.app_id)
    IS DISTINCT FROM (NEW.entity_state, NEW.state, NEW.kind, NEW.access_level, NEW.app_id)
)
EXECUTE FUNCTION count_video_room();

INSERT INTO video_room_counts (app_id, state, kind, access_level, total)
SELECT app_id, state, kind, access_level, count(*) FROM video_rooms
WHERE entity_state = 'ACTIVE' GROUP BY app_id, state, kind, access_level;
