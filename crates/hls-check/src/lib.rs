//! Checks playlists as a server really serves them: each rule is a MUST of RFC 8216bis, by its section.
//!
//! [`playlist`] reads text, [`rules`] judges one playlist or two in a row, [`watch`] fetches them for a while.

pub mod playlist;
pub mod rules;
pub mod watch;

pub use playlist::MediaPlaylist;
pub use rules::{RULES, Rule, Violation};
pub use watch::{CheckError, Report, watch};
