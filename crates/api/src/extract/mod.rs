//! What handlers take out of a request: credentials, ids in the path, the query, the body.

mod body;
mod caller;
mod member;
mod once;
mod paging;
mod path;
mod query;

pub(crate) use body::Body;
pub(crate) use caller::Caller;
pub(crate) use member::Bearer;
pub(crate) use once::Post;
pub(crate) use paging::paging;
pub(crate) use path::{delivery_id, profile_id, room_id, stream_key_id};
pub(crate) use query::Query;
