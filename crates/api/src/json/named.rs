//! Enumerations of the domain, by name.

use domain::{AccessLevel, StreamKeyMode, VideoRoomState, VideoRoomType};
use ports::store::{MemberSort, VideoRoomSort};

/// A type whose values have names on the wire.
pub(crate) trait Named: Sized {
    /// The value of that name.
    fn named(name: &str) -> Option<Self>;
    /// Every name, separated by commas.
    fn names() -> String;
}

macro_rules! named {
    ($($name:ty),*) => {$(
        impl Named for $name {
            fn named(name: &str) -> Option<Self> {
                Self::from_name(name).ok()
            }

            fn names() -> String {
                let names: Vec<_> = Self::ALL.iter().map(|value| value.name()).collect();
                names.join(", ")
            }
        }
    )*};
}

named!(AccessLevel, StreamKeyMode, VideoRoomState, VideoRoomType);

macro_rules! named_orders {
    ($name:ty { $($text:literal = $order:expr,)+ }) => {
        impl Named for $name {
            fn named(name: &str) -> Option<Self> {
                match name {
                    $($text => Some($order),)+
                    _ => None,
                }
            }

            fn names() -> String {
                [$($text),+].join(", ")
            }
        }
    };
}

named_orders!(VideoRoomSort {
    "CREATED_AT_ASC" = Self::CreatedAtAsc,
    "CREATED_AT_DESC" = Self::CreatedAtDesc,
    "LAST_MODIFIED_AT_ASC" = Self::LastModifiedAtAsc,
    "LAST_MODIFIED_AT_DESC" = Self::LastModifiedAtDesc,
});

named_orders!(MemberSort {
    "CREATED_AT_ASC" = Self::CreatedAtAsc,
    "CREATED_AT_DESC" = Self::CreatedAtDesc,
    "LAST_MODIFIED_AT_ASC" = Self::LastModifiedAtAsc,
    "LAST_MODIFIED_AT_DESC" = Self::LastModifiedAtDesc,
    "APP_USER_ID_ASC" = Self::AppUserIdAsc,
    "APP_USER_ID_DESC" = Self::AppUserIdDesc,
});
