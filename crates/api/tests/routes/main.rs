//! Every route over real HTTP: a platform on the memory store, a scripted media server, and a client that sends bytes.

mod authentication;
mod broadcast_end;
mod broadcast_start;
mod errors;
mod health_get;
mod http;
mod json;
mod live_get;
mod live_options;
mod log;
mod members_get;
mod members_post;
mod request_id;
mod slow_viewer;
mod stopping;
mod stream_key_get;
mod stream_keys;
mod transcoding_profiles;
mod video_rooms_delete;
mod video_rooms_get;
mod video_rooms_list;
mod video_rooms_post;
mod watch_get;
mod world;
