//! What the values made of text have in common: a bound in characters, and names for enumerations.

/// Declares a text value with a bound in characters (Unicode scalar values, not bytes).
macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $max:literal, $error:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The longest text that fits, in characters.
            pub const MAX_CHARS: usize = $max;

            /// Takes the text, or says that it is too long.
            pub fn new(text: impl Into<String>) -> Result<Self, crate::ValueError> {
                let text = text.into();
                // As many bytes are no more characters.
                if text.len() > $max && text.chars().nth($max).is_some() {
                    return Err(crate::ValueError::$error);
                }
                Ok(Self(text))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

/// Declares an enumeration whose values have names on the wire and in the store.
macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire and in the store.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Result<Self, crate::UnknownName> {
                match name {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::UnknownName {
                        name: name.to_owned(),
                        accepted: const { crate::text::join_names!($($text),+) },
                    }),
                }
            }
        }
    };
}

/// Joins names with commas at compile time.
macro_rules! join_names {
    ($first:literal $(, $rest:literal)*) => { concat!($first, $(", ", $rest),*) };
}

pub(crate) use {bounded_text, join_names, named_enum};
