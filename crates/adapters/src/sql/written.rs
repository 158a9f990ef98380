//! Conditions, values and statements that are written out in SQL. diesel's own literals are prepared anew for each use;
//! these stay prepared, because their texts are few.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, SingleValue, SqlType, Text};

use super::dialect::Db;

/// SQL of the type `T`, in pieces.
#[derive(Clone)]
pub(in super::super) struct Written<T> {
    pieces: Vec<Piece>,
    is: PhantomData<T>,
}

/// What a query compares with.
#[allow(dead_code, reason = "read by PostgreSQL's dialect only: see `find` of each")]
pub(in super::super) enum Parameter {
    Number(i64),
    Text(&'static str),
}

#[derive(Clone)]
enum Piece {
    Sql(&'static str),
    Number(i64),
    Text(String),
}

impl<T> Written<T> {
    /// This SQL.
    pub(in super::super) fn new(sql: &'static str) -> Self {
        Self {
            pieces: vec![Piece::Sql(sql)],
            is: PhantomData,
        }
    }

    /// And then this SQL.
    pub(in super::super) fn sql(mut self, sql: &'static str) -> Self {
        self.pieces.push(Piece::Sql(sql));
        self
    }

    /// And then the other's SQL.
    pub(in super::super) fn then<U>(mut self, other: Written<U>) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// And then this number, as a parameter.
    pub(in super::super) fn number(mut self, number: i64) -> Self {
        self.pieces.push(Piece::Number(number));
        self
    }

    /// And then this text, as a parameter.
    pub(in super::super) fn text(mut self, text: impl Into<String>) -> Self {
        self.pieces.push(Piece::Text(text.into()));
        self
    }
}

impl<T> QueryFragment<Db> for Written<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                Piece::Text(text) => out.push_bind_param::<Text, _>(text)?,
            }
        }
        Ok(())
    }
}

/// What is a whole statement answers rows of its type.
impl<T> Query for Written<T> {
    type SqlType = T;
}
impl<T: SqlType + SingleValue> Expression for Written<T> {
    type SqlType = T;
}
impl<T: SqlType + SingleValue, F> AppearsOnTable<F> for Written<T> {}
impl<T: SqlType + SingleValue, F> SelectableExpression<F> for Written<T> {}
impl<T, G> ValidGrouping<G> for Written<T> {
    type IsAggregate = is_aggregate::Never;
}
impl<T, C> diesel::RunQueryDsl<C> for Written<T> {}
impl<T> QueryId for Written<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
