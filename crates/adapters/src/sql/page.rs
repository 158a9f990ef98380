//! Pages of a list: which rows are on one, and how many there are on all of them.

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool};
use ports::store::PageRequest;

use super::dialect::Db;
use super::written::Written;

/// Page sizes that stand in the text of a query. A database that knows how few rows are wanted plans once for all
/// times; any other size is bound, so that there are not a thousand texts to remember.
const USUAL: &[u32] = &[10, 20, 50, 100];

/// The condition that a row is on a page.
pub(super) struct OnPage<Q> {
    id: &'static str,
    ids: Q,
    page: PageRequest,
    size: i64,
    offset: i64,
}

/// The condition that the column `id` is on that page of `ids`: a query of ordered ids, so that what is skipped is
/// skipped on an index and joined with nothing.
pub(super) fn on_page<Q>(id: &'static str, ids: Q, page: PageRequest) -> OnPage<Q> {
    OnPage {
        id,
        ids,
        page,
        size: i64::from(page.size),
        offset: i64::try_from(page.offset()).unwrap_or(i64::MAX),
    }
}

impl<Q: QueryFragment<Db>> QueryFragment<Db> for OnPage<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(self.id);
        out.push_sql(" IN (");
        self.ids.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        if USUAL.contains(&self.page.size) {
            out.push_sql(&self.size.to_string());
        } else {
            // A limit that is only a parameter has SQLite prepare the statement anew each time.
            out.push_bind_param::<BigInt, _>(&self.size)?;
            out.push_sql(" + 0");
        }
        if self.offset > 0 {
            out.push_sql(" OFFSET ");
            out.push_bind_param::<BigInt, _>(&self.offset)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<Q> Expression for OnPage<Q> {
    type SqlType = Bool;
}
impl<Q, T> AppearsOnTable<T> for OnPage<Q> {}
impl<Q, T> SelectableExpression<T> for OnPage<Q> {}
impl<Q, G> ValidGrouping<G> for OnPage<Q> {
    type IsAggregate = is_aggregate::Never;
}
impl<Q> QueryId for OnPage<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// The condition that a row is one of these. There are as many parameters as in the next usual size, the last of
/// them repeated, so that the texts are few.
pub(super) fn one_of(id: &'static str, ids: &[i64]) -> Written<Bool> {
    let size = USUAL.iter().find(|size| size_of(**size) >= ids.len());
    let size = size.map_or(ids.len(), |size| size_of(*size));
    let mut condition = Written::new(id).sql(" IN (");
    let padding = ids.last().into_iter().cycle();
    for (number, id) in ids.iter().chain(padding).take(size).enumerate() {
        condition = condition.sql(if number == 0 { "" } else { ", " }).number(*id);
    }
    condition.sql(")")
}

fn size_of(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// Which rows are wanted.
pub(super) enum Wanted<Q> {
    /// Those on a page.
    OnPage(OnPage<Q>),
    /// These.
    These(Written<Bool>),
}

impl<Q: QueryFragment<Db>> QueryFragment<Db> for Wanted<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        match self {
            Self::OnPage(page) => page.walk_ast(out),
            Self::These(ids) => ids.walk_ast(out),
        }
    }
}

impl<Q> Expression for Wanted<Q> {
    type SqlType = Bool;
}
impl<Q, T> AppearsOnTable<T> for Wanted<Q> {}
impl<Q, T> SelectableExpression<T> for Wanted<Q> {}
impl<Q, G> ValidGrouping<G> for Wanted<Q> {
    type IsAggregate = is_aggregate::Never;
}
impl<Q> QueryId for Wanted<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// A query that counts the rows of another.
pub(super) struct CountUpTo<Q> {
    rows: Q,
    limit: Option<u64>,
}

/// Counts `rows`, and stops at `limit`.
pub(super) const fn count_up_to<Q>(rows: Q, limit: u64) -> CountUpTo<Q> {
    CountUpTo {
        rows,
        limit: Some(limit),
    }
}

/// Counts `rows`.
pub(super) const fn count_all<Q>(rows: Q) -> CountUpTo<Q> {
    CountUpTo { rows, limit: None }
}

impl<Q: QueryFragment<Db>> QueryFragment<Db> for CountUpTo<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.rows.walk_ast(out.reborrow())?;
        if let Some(limit) = self.limit {
            out.push_sql(&format!(" LIMIT {limit}"));
        }
        out.push_sql(") AS counted");
        Ok(())
    }
}

impl<Q> Query for CountUpTo<Q> {
    type SqlType = BigInt;
}
impl<Q> QueryId for CountUpTo<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
