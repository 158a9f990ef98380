-- Indexes that tell most keywords of more than three characters, so that no title has to be compared. A word is what stands
-- between ASCII characters that are neither letters nor digits. Triggers keep the indexes true whichever release writes.

-- For keywords of one word: which titles have which words, and ends of words, of four characters or more, up to sixteen
-- characters of each. What begins with a keyword is then all that has it. Each is written behind its app's number and an "x",
-- so that an app's are together; a row's number is the room's.
CREATE VIRTUAL TABLE video_room_words USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

-- The words that are in it, and how many titles have each.
CREATE VIRTUAL TABLE video_room_words_known USING fts5vocab (video_room_words, row);

-- The words of each title, as they are indexed: it is walked through from its end.
CREATE VIEW video_room_words_of (id, words) AS
SELECT id, (
    WITH RECURSIVE walk (place, ending) AS (
        SELECT length(title_folded), ''
        UNION ALL
        SELECT place - 1, iif(
            unicode(substr(title_folded, place, 1)) > 127 OR substr(title_folded, place, 1) GLOB '[0-9a-z]',
            substr(title_folded, place, 1) || substr(ending, 1, 15),
            ''
        )
        FROM walk WHERE place > 0
    )
    SELECT group_concat(app_id || 'x' || ending, ' ') FROM walk WHERE length(ending) >= 4
)
FROM video_room_titles;

CREATE TRIGGER video_room_titles_worded AFTER INSERT ON video_room_titles
BEGIN
    INSERT INTO video_room_words (rowid, words) SELECT id, words FROM video_room_words_of WHERE id = NEW.id;
END;

CREATE TRIGGER video_room_titles_unworded AFTER DELETE ON video_room_titles
BEGIN
    DELETE FROM video_room_words WHERE rowid = OLD.id;
END;

-- For keywords of several words: each place in a title where a word begins behind something, with up to 24 characters on
-- either side of it. Those that precede it are written from the last to the first, so that both are looked up by what is
-- next to the place.
CREATE TABLE video_room_words_begun (
    app_id INTEGER NOT NULL,
    following TEXT NOT NULL,
    room_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    preceding TEXT NOT NULL,
    PRIMARY KEY (app_id, following, room_id, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX video_room_words_begun_behind ON video_room_words_begun (app_id, preceding);

-- Those places of each title.
CREATE VIEW video_room_words_begun_of (app_id, following, room_id, place, preceding) AS
SELECT app_id, substr(title_folded, begun.value ->> 0, 24), titles.id, begun.value ->> 0, begun.value ->> 1
FROM video_room_titles AS titles CROSS JOIN json_each((
    WITH RECURSIVE walk (place, preceding, was_in_word, is_in_word) AS (
        SELECT 0, '', TRUE, TRUE
        UNION ALL
        SELECT place + 1, substr(substr(title_folded, place, place > 0) || preceding, 1, 24), is_in_word,
            unicode(substr(title_folded, place + 1, 1)) > 127 OR substr(title_folded, place + 1, 1) GLOB '[0-9a-z]'
        FROM walk WHERE place < length(title_folded)
    )
    SELECT json_group_array(json_array(place, preceding)) FROM walk WHERE is_in_word AND NOT was_in_word
)) AS begun;

CREATE TRIGGER video_room_titles_begun AFTER INSERT ON video_room_titles
BEGIN
    INSERT INTO video_room_words_begun (app_id, following, room_id, place, preceding)
    SELECT app_id, following, room_id, place, preceding FROM video_room_words_begun_of WHERE room_id = NEW.id;
END;

CREATE TRIGGER video_room_titles_unbegun BEFORE DELETE ON video_room_titles
BEGIN
    DELETE FROM video_room_words_begun
    WHERE (app_id, following, room_id, place) IN (
        SELECT app_id, following, room_id, place FROM video_room_words_begun_of WHERE room_id = OLD.id
    );
END;

INSERT INTO video_room_words (rowid, words) SELECT id, words FROM video_room_words_of;

INSERT INTO video_room_words (video_room_words) VALUES ('optimize');

INSERT INTO video_room_words_begun (app_id, following, room_id, place, preceding)
SELECT app_id, following, room_id, place, preceding FROM video_room_words_begun_of ORDER BY app_id, following, room_id, place;
