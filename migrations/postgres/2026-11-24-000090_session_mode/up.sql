-- What is made of the latest publisher's media: what its key said then, or what it asked for itself.
ALTER TABLE stream_keys ADD COLUMN session_mode TEXT CHECK (session_mode IN ('CMAF', 'RTMP', 'RTMP_CMAF'));
