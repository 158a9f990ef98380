//! Members and their stream keys.

mod get;
mod get_stream_key;
mod register;

pub use register::RegisterMember;
