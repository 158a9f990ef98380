//! RTMP 1.0, both ends, without I/O.
