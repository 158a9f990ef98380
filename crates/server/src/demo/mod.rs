//! The parts of `videoroom demo`: a client of the API, a publisher, and the broadcast that they make together.

mod broadcast;
mod client;
mod publisher;

pub(crate) use broadcast::Broadcast;
pub(crate) use client::Client;
