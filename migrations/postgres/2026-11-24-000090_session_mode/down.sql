ALTER TABLE stream_keys DROP COLUMN session_mode;
