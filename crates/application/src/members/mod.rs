//! Members and their stream keys.

mod delete;
mod get;
mod get_stream_key;
mod list;
mod register;
mod update;

pub use register::RegisterMember;
pub use update::UpdateMember;
