//! Queries whose text is kept.
//!
//! A query that diesel has put together is walked several times for each call, and its text written, before the
//! connection looks whether it knows it. For a wide row that costs about as much as the way to the server and back. What
//! is asked for most is written once.

use std::any::TypeId;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use diesel::QueryResult;
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::sql_types::{BigInt, Text};

use super::sql::Parameter;

/// What stands before the first parameter of a query, between two, and behind the last.
type Pieces = Arc<[String]>;

/// The texts of queries, by their types: as many as there are such queries in the code.
static TEXTS: LazyLock<RwLock<HashMap<TypeId, Pieces>>> = LazyLock::new(RwLock::default);

/// A query `Q` as text and parameters.
pub(super) struct Kept<Q, P> {
    pieces: Pieces,
    parameters: P,
    is: PhantomData<fn() -> Q>,
}

impl<Q: QueryFragment<Pg> + QueryId, const N: usize> Kept<Q, [Parameter; N]> {
    /// This query. Its text is written unless it was before; `parameters` are what it compares with, in the order of
    /// the text.
    ///
    /// # Errors
    /// When it has another number of them.
    pub(super) fn new(query: &Q, parameters: [Parameter; N]) -> QueryResult<Self> {
        let pieces = pieces(query)?;
        if pieces.len() != N + 1 {
            return Err(Error::QueryBuilderError("it has other parameters".into()));
        }
        Ok(Self {
            pieces,
            parameters,
            is: PhantomData,
        })
    }
}

fn pieces<Q: QueryFragment<Pg> + QueryId>(query: &Q) -> QueryResult<Pieces> {
    let id = Q::query_id();
    if let Some(id) = id {
        let texts = TEXTS.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(pieces) = texts.get(&id) {
            return Ok(Arc::clone(pieces));
        }
    }
    let mut builder = PgQueryBuilder::default();
    query.to_sql(&mut builder, &Pg)?;
    let pieces = split(&builder.finish());
    if let Some(id) = id {
        let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
        texts.insert(id, Arc::clone(&pieces));
    }
    Ok(pieces)
}

/// Splits a text at `$1`, `$2` and so on.
fn split(mut text: &str) -> Pieces {
    let mut pieces = Vec::new();
    while let Some((before, behind)) = text.split_once(&format!("${}", pieces.len() + 1)) {
        pieces.push(before.to_owned());
        text = behind;
    }
    pieces.push(text.to_owned());
    pieces.into()
}

impl<Q, const N: usize> QueryFragment<Pg> for Kept<Q, [Parameter; N]> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (piece, parameter) in self.pieces.iter().zip(&self.parameters) {
            out.push_sql(piece);
            match parameter {
                Parameter::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                Parameter::Text(text) => out.push_bind_param::<Text, _>(text)?,
            }
        }
        if let Some(last) = self.pieces.last() {
            out.push_sql(last);
        }
        Ok(())
    }
}

impl<Q: Query, P> Query for Kept<Q, P> {
    type SqlType = Q::SqlType;
}

/// Known to a connection by the type of the query, as the query itself would be.
impl<Q: QueryId, P> QueryId for Kept<Q, P> {
    type QueryId = Kept<Q::QueryId, ()>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::*;

    diesel::table! {
        things (id) {
            id -> BigInt,
            name -> Text,
        }
    }

    #[test]
    fn a_kept_query_has_the_text_of_the_query_and_its_own_parameters() {
        let written = |id: i64, name: &'static str| {
            let query = things::table
                .filter(things::id.eq(id))
                .filter(things::name.eq(name))
                .select(things::name);
            let kept = Kept::new(&query, [Parameter::Number(id), Parameter::Text(name)]).unwrap();
            (
                diesel::debug_query::<Pg, _>(&kept).to_string(),
                diesel::debug_query::<Pg, _>(&query).to_string(),
            )
        };
        for (id, name) in [(1, "one"), (2, "two")] {
            let (kept, query) = written(id, name);
            assert_eq!(kept, query);
        }
    }

    #[test]
    fn parameters_that_are_too_few_are_refused() {
        let query = things::table.filter(things::id.eq(1)).select(things::id);
        assert!(Kept::new(&query, []).is_err());
    }

    #[test]
    fn a_text_is_split_at_its_parameters_alone() {
        let all: Vec<String> = (1..=11).map(|number| format!("${number}")).collect();
        let pieces = split(&format!("a{}z", all.join(",")));
        assert_eq!(pieces.len(), 12);
        assert_eq!(pieces.concat(), "a,,,,,,,,,,z");
    }
}
