//! Words of the domain's enumerations, as columns have them.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use domain::{
    AccessLevel, CreatorType, DeliveryState, EntityState, StreamKeyMode, StreamKeyState, UnknownName,
    VideoRoomState, VideoRoomType, VodState,
};

use super::dialect::{self, Db};

/// A value in a column of text, which is its name. Another text there is an error of the row; none is copied.
#[derive(Debug, Clone, Copy, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub(super) struct Word<T: Named>(pub(super) T);

/// An enumeration whose values have names.
pub(super) trait Named: Copy + std::fmt::Debug + 'static {
    fn name_of(self) -> &'static str;
    fn of_name(name: &str) -> Result<Self, UnknownName>;
}

macro_rules! named {
    ($($name:ident),+) => {$(
        impl Named for $name {
            fn name_of(self) -> &'static str {
                self.name()
            }

            fn of_name(name: &str) -> Result<Self, UnknownName> {
                Self::from_name(name)
            }
        }
    )+};
}

named!(
    AccessLevel,
    CreatorType,
    DeliveryState,
    EntityState,
    StreamKeyMode,
    StreamKeyState,
    VideoRoomState,
    VideoRoomType,
    VodState
);

impl<T: Named> FromSql<Text, Db> for Word<T> {
    fn from_sql(mut value: <Db as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(T::of_name(dialect::text(&mut value)?)?))
    }
}

impl<T: Named> ToSql<Text, Db> for Word<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Db>) -> serialize::Result {
        <str as ToSql<Text, Db>>::to_sql(self.0.name_of(), out)
    }
}
