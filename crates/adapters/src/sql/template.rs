//! Queries whose text is written once, but for what differs from call to call.
//!
//! A query that diesel has put together is walked several times for each call, and its text written, column by column,
//! before the connection looks whether it knows it. Of a page of wide rows that is a tenth of the cost.

use std::marker::PhantomData;
use std::sync::OnceLock;

use diesel::QueryResult;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::Error;

use super::dialect::Db;
use super::written::Written;

/// What stands in a query for what differs. No SQL has it.
const GAP: &str = "\0";

/// The place of something that differs.
pub(super) fn gap<T>() -> Written<T> {
    Written::new(GAP)
}

/// The text of a query without parameters and with two gaps, once it is written.
pub(super) struct Template(OnceLock<[String; 3]>);

impl Template {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The query of this template, with these in its gaps.
    ///
    /// # Errors
    /// When it has another number of gaps.
    pub(super) fn filled<Q, A, B>(
        &'static self,
        query: &Q,
        first: A,
        second: B,
    ) -> QueryResult<Filled<Q::SqlType, A, B>>
    where
        Q: Query + QueryFragment<Db>,
    {
        Ok(Filled {
            with: None,
            text: match self.0.get() {
                Some(text) => text,
                None => {
                    let text = text(query)?;
                    self.0.get_or_init(|| text)
                }
            },
            first,
            second,
            is: PhantomData,
        })
    }
}

fn text(query: &impl QueryFragment<Db>) -> QueryResult<[String; 3]> {
    let mut builder = <Db as diesel::backend::Backend>::QueryBuilder::default();
    query.to_sql(&mut builder, &Db::default())?;
    let text = builder.finish();
    let pieces: Vec<_> = text.split(GAP).map(ToOwned::to_owned).collect();
    pieces
        .try_into()
        .map_err(|_| Error::QueryBuilderError("it has another number of gaps".into()))
}

/// A template with what belongs into its gaps, which answers rows of the type `T`.
pub(super) struct Filled<T, A, B> {
    with: Option<Written<()>>,
    text: &'static [String; 3],
    first: A,
    second: B,
    is: PhantomData<fn() -> T>,
}

impl<T, A, B> Filled<T, A, B> {
    /// The same behind a `WITH`, of which what is in the gaps may speak.
    pub(super) fn with(self, with: Option<Written<()>>) -> Self {
        Self { with, ..self }
    }
}

impl<T, A: QueryFragment<Db>, B: QueryFragment<Db>> QueryFragment<Db> for Filled<T, A, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let [before, between, behind] = self.text;
        if let Some(with) = &self.with {
            with.walk_ast(out.reborrow())?;
        }
        out.push_sql(before);
        self.first.walk_ast(out.reborrow())?;
        out.push_sql(between);
        self.second.walk_ast(out.reborrow())?;
        out.push_sql(behind);
        Ok(())
    }
}

impl<T, A, B> Query for Filled<T, A, B> {
    type SqlType = T;
}
impl<T, A, B, C> diesel::RunQueryDsl<C> for Filled<T, A, B> {}
impl<T, A, B> QueryId for Filled<T, A, B> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Bool};

    use super::*;

    diesel::table! {
        things (id) {
            id -> BigInt,
            name -> Text,
        }
    }

    #[test]
    fn a_filled_template_has_the_text_and_the_parameters_of_the_query_with_what_fills_it() {
        static TEMPLATE: Template = Template::new();
        let query = |number, condition| {
            things::table
                .filter::<Written<Bool>>(condition)
                .select((things::name, number))
        };
        for id in [1, 2] {
            let number = || Written::<BigInt>::new("1 + ").number(id);
            let condition = || Written::new("name = ").text("one").sql(" OR id = ").number(id);
            let filled = TEMPLATE
                .filled(&query(gap(), gap()), number(), condition())
                .unwrap();
            assert_eq!(
                diesel::debug_query::<Db, _>(&filled).to_string(),
                diesel::debug_query::<Db, _>(&query(number(), condition())).to_string()
            );
        }
    }

    #[test]
    fn what_a_template_is_put_behind_has_its_parameters_first() {
        static TEMPLATE: Template = Template::new();
        let query = things::table
            .filter(gap::<Bool>())
            .select((things::name, gap::<BigInt>()));
        let filled = TEMPLATE
            .filled(
                &query,
                Written::<BigInt>::new("").number(2),
                Written::<Bool>::new("id < ").number(3),
            )
            .unwrap()
            .with(Some(Written::new("WITH few AS (SELECT ").number(1).sql(") ")));
        let text = diesel::debug_query::<Db, _>(&filled).to_string();
        assert!(text.starts_with("WITH few AS (SELECT "), "{text}");
        assert!(text.ends_with("binds: [1, 2, 3]"), "{text}");
    }

    #[test]
    fn a_query_with_another_number_of_gaps_is_refused() {
        static TEMPLATE: Template = Template::new();
        let query = things::table.filter(gap::<Bool>()).select(things::id);
        let nothing = || Written::<Bool>::new("");
        assert!(TEMPLATE.filled(&query, nothing(), nothing()).is_err());
    }
}
