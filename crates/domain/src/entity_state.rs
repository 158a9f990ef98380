//! The life of a record itself, never to be mixed up with what a room or a key is doing.

use crate::text::named_enum;

named_enum! {
    /// Whether a record is there or softly deleted.
    EntityState {
        /// There.
        Active = "ACTIVE",
        /// Deleted: out of every list, and 404 by id.
        Deleted = "DELETED",
    }
}
