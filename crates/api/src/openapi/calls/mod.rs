//! Every call, one file a resource. A new route gets its entry in the file of its resource.

mod callbacks;
mod describing;
mod event_sources;
mod events;
mod health;
mod members;
mod playback;
mod stream_keys;
mod tokens;
mod transcoding_profiles;
mod video_rooms;
mod whitelist;

use super::call::Call;

/// All calls, in the order in which they are shown.
pub(super) fn all() -> Vec<Call> {
    [
        members::calls(),
        stream_keys::calls(),
        transcoding_profiles::calls(),
        video_rooms::calls(),
        whitelist::calls(),
        events::calls(),
        callbacks::calls(),
        tokens::calls(),
        event_sources::calls(),
        playback::calls(),
        health::calls(),
        describing::calls(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An example that is a file of JSON.
macro_rules! example {
    ($name:literal) => {
        serde_json::from_str::<serde_json::Value>(include_str!(concat!("../examples/", $name, ".json")))
            .unwrap_or_default()
    };
}

use example;
