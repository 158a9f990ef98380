//! Checks HLS as a server really serves it: each rule is a MUST of RFC 8216bis, by its section.
//!
//! [`playlist`], [`multivariant`] and [`media`] read without judging; [`rules`] judges what was read; [`watch`] fetches a
//! broadcast for a while, as players would, and has all of it judged.

mod fetch;
mod follow;
pub mod media;
pub mod multivariant;
pub mod playlist;
pub mod report;
pub mod rules;
mod text;
pub mod watch;

pub use multivariant::Multivariant;
pub use playlist::MediaPlaylist;
pub use report::{Report, Standing};
pub use rules::{Name, Violation, names};
pub use watch::{CheckError, watch};
