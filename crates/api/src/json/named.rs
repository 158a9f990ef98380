//! Enumerations of the domain, by name.

use domain::{AccessLevel, StreamKeyMode, VideoRoomState, VideoRoomType};
use ports::store::VideoRoomSort;

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

const SORTS: [(&str, VideoRoomSort); 4] = [
    ("CREATED_AT_ASC", VideoRoomSort::CreatedAtAsc),
    ("CREATED_AT_DESC", VideoRoomSort::CreatedAtDesc),
    ("LAST_MODIFIED_AT_ASC", VideoRoomSort::LastModifiedAtAsc),
    ("LAST_MODIFIED_AT_DESC", VideoRoomSort::LastModifiedAtDesc),
];

impl Named for VideoRoomSort {
    fn named(name: &str) -> Option<Self> {
        SORTS
            .iter()
            .find(|(text, _)| *text == name)
            .map(|(_, sort)| *sort)
    }

    fn names() -> String {
        SORTS.map(|(text, _)| text).join(", ")
    }
}
