//! The tokio shell around the RTMP session.
