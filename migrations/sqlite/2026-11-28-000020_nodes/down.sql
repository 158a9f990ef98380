ALTER TABLE sessions DROP COLUMN silent_since;
DROP TABLE nodes;
