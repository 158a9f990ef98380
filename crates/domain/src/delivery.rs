//! What became of telling an app of an event.

use crate::text::named_enum;

named_enum! {
    /// What became of telling an app of an event.
    DeliveryState {
        /// Not told yet, and to be tried (again).
        Pending = "PENDING",
        /// The app has taken it.
        Delivered = "DELIVERED",
        /// Given up.
        Failed = "FAILED",
    }
}
