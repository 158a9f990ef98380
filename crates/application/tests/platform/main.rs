//! The use cases over the memory store and a scripted media server: no socket, no disk, no waiting.

mod access;
mod administration;
mod auto_end;
mod broadcast;
mod callbacks;
mod events;
mod faults;
mod lost_commit;
mod members;
mod nodes;
mod once;
mod playback;
mod publishers;
mod races;
mod receiver;
mod rooms;
mod stream_keys;
mod tokens;
mod world;
