-- What keywords are looked up in: the titles, without regard to case, of rooms that are not deleted. They have a table of
-- their own so that a change of a room's state leaves their index alone. Triggers keep it true whichever release writes.
CREATE TABLE video_room_titles (
    id BIGINT NOT NULL PRIMARY KEY REFERENCES video_rooms (id),
    app_id BIGINT NOT NULL,
    title_folded TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- The parts of one to three characters that a title has, each with its app's number before it. Nobody may take it for
-- cheap: it is for the index, which is to be read instead.
CREATE FUNCTION title_parts(app BIGINT, title TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
    SELECT array(
        SELECT DISTINCT app::TEXT || ':' || substr(title, place, size)
        FROM generate_series(1, length(title)) AS places (place), generate_series(1, 3) AS sizes (size)
        WHERE place + size - 1 <= length(title)
    )
$$;

CREATE FUNCTION index_video_room_title() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM video_room_titles WHERE id = OLD.id;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.entity_state = 'ACTIVE' THEN
        INSERT INTO video_room_titles (id, app_id, title_folded, created_at)
        VALUES (NEW.id, NEW.app_id, NEW.title_folded, NEW.created_at);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER video_rooms_titled AFTER INSERT ON video_rooms
FOR EACH ROW EXECUTE FUNCTION index_video_room_title();

CREATE TRIGGER video_rooms_retitled AFTER UPDATE ON video_rooms
FOR EACH ROW
WHEN (
    (OLD.entity_state, OLD.title_folded, OLD.created_at, OLD.app_id)
    IS DISTINCT FROM (NEW.entity_state, NEW.title_folded, NEW.created_at, NEW.app_id)
)
EXECUTE FUNCTION index_video_room_title();

CREATE TRIGGER video_rooms_untitled BEFORE DELETE ON video_rooms
FOR EACH ROW EXECUTE FUNCTION index_video_room_title();

INSERT INTO video_room_titles (id, app_id, title_folded, created_at)
SELECT id, app_id, title_folded, created_at FROM video_rooms WHERE entity_state = 'ACTIVE' ORDER BY id;

-- Made when the rows are there, and always up to date: who looks something up reads no list of what is still to be added.
CREATE INDEX video_room_titles_by_part ON video_room_titles
USING gin (title_parts(app_id, title_folded)) WITH (fastupdate = off);
