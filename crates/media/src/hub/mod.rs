//! What is live now: channels, their sessions and segments, and the answers to players.
