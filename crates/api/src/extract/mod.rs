//! What handlers take out of a request: credentials, ids in the path, the query, the body.

mod body;
mod caller;
mod path;
mod query;

pub(crate) use body::Body;
pub(crate) use caller::Caller;
pub(crate) use path::room_id;
pub(crate) use query::Query;
