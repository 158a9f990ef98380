-- What keywords are looked up in: the titles, without regard to case, of rooms that are not deleted. Triggers keep it true
-- whichever release writes.
CREATE TABLE video_room_titles (
    id INTEGER NOT NULL PRIMARY KEY REFERENCES video_rooms (id),
    app_id INTEGER NOT NULL,
    title_folded TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Which titles have which parts of one to three characters. A row's number is its app's, shifted by 40 bits, and the
-- room's: so an app's rows are together. The tokenizer takes three characters at a time; for parts of one and two the title
-- comes a second time, with a U+0001 before, between and behind its characters: "ab" is then found as a, U+0001, b.
CREATE VIRTUAL TABLE video_room_search USING fts5 (
    parts, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

CREATE TRIGGER video_room_titles_split AFTER INSERT ON video_room_titles
BEGIN
    INSERT INTO video_room_search (rowid, parts)
    SELECT NEW.app_id << 40 | NEW.id, (
        WITH RECURSIVE spread (place, parts) AS (
            SELECT 1, NEW.title_folded || char(1, 1)
            UNION ALL
            SELECT place + 1, parts || substr(NEW.title_folded, place, 1) || char(1) FROM spread
            WHERE place <= length(NEW.title_folded)
        )
        SELECT parts FROM spread ORDER BY place DESC LIMIT 1
    );
END;

CREATE TRIGGER video_room_titles_forgotten AFTER DELETE ON video_room_titles
BEGIN
    DELETE FROM video_room_search WHERE rowid = OLD.app_id << 40 | OLD.id;
END;

CREATE TRIGGER video_rooms_titled AFTER INSERT ON video_rooms WHEN NEW.entity_state = 'ACTIVE'
BEGIN
    INSERT INTO video_room_titles (id, app_id, title_folded, created_at)
    VALUES (NEW.id, NEW.app_id, NEW.title_folded, NEW.created_at);
END;

CREATE TRIGGER video_rooms_retitled AFTER UPDATE ON video_rooms
WHEN (OLD.entity_state, OLD.title_folded, OLD.created_at, OLD.app_id)
    IS NOT (NEW.entity_state, NEW.title_folded, NEW.created_at, NEW.app_id)
BEGIN
    DELETE FROM video_room_titles WHERE id = OLD.id;
    INSERT INTO video_room_titles (id, app_id, title_folded, created_at)
    SELECT NEW.id, NEW.app_id, NEW.title_folded, NEW.created_at WHERE NEW.entity_state = 'ACTIVE';
END;

CREATE TRIGGER video_rooms_untitled BEFORE DELETE ON video_rooms
BEGIN
    DELETE FROM video_room_titles WHERE id = OLD.id;
END;

INSERT INTO video_room_titles (id, app_id, title_folded, created_at)
SELECT id, app_id, title_folded, created_at FROM video_rooms WHERE entity_state = 'ACTIVE' ORDER BY app_id, id;

INSERT INTO video_room_search (video_room_search) VALUES ('optimize');
