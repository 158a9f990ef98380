//! The indexes of titles, and how they are asked. How they are made is said in the migrations.

mod looked_up_by;

use diesel::QueryResult;
use diesel::sql_types::{BigInt, Bool, Text};
use domain::AppId;
use ports::store::PageRequest;

pub(super) use self::looked_up_by::LookedUpBy;
use self::looked_up_by::{By, Finds, begins, term};
use super::connection::Conn;
use super::dialect::rows;
use super::sql::{EXACT, Found, MOST, Written};

/// The rest of a query of titles that have this keyword, which is looked up `by` some of it. What is behind it may be of
/// their rooms `r` if these are wanted, and is of the titles `t` if they are not.
///
/// The order of the tables is told: the few that the index finds come first.
pub(super) fn titles_with<T>(
    query: Written<T>,
    app: AppId,
    keyword: &str,
    LookedUpBy { by, finds }: &LookedUpBy<'_>,
    rooms: bool,
) -> Written<T> {
    let compared = *finds != Finds::All;
    let query = query.sql(if by.repeats() {
        " FROM (SELECT DISTINCT "
    } else {
        " FROM (SELECT "
    });
    let found = query.sql(by.room()).sql(" AS id FROM ").sql(by.index());
    let query = by.condition(found, app).sql(") AS found");
    let query = query.sql(if compared || !rooms {
        " CROSS JOIN video_room_titles AS t ON t.id = found.id"
    } else {
        ""
    });
    let query = query.sql(if rooms {
        " CROSS JOIN video_rooms AS r ON r.id = found.id"
    } else {
        ""
    });
    if compared {
        query
            .sql(" WHERE instr(t.title_folded, ")
            .text(keyword)
            .sql(") > 0")
    } else {
        query.sql(" WHERE TRUE")
    }
}

/// The rooms on a page of those whose titles have a keyword, which is looked up `by` some of it, and how many there are, in
/// the order in which they were made. Of more than [`EXACT`] there is only how many were found.
///
/// `None` where the index finds others too, and in an app whose rooms are out of order, or have in their titles what parts are
/// spelled with.
pub(super) async fn off_the_index(
    conn: &mut Conn,
    app: AppId,
    LookedUpBy { by, finds }: &LookedUpBy<'_>,
    newest_first: bool,
    page: PageRequest,
) -> QueryResult<Option<Found>> {
    if *finds == Finds::More {
        return Ok(None);
    }
    let in_order = Written::<Bool>::new("SELECT in_order FROM video_room_numbering WHERE app_id = ");
    let in_order: Vec<bool> = rows(conn, in_order.number(app.get())).await?;
    if in_order != [true] {
        return Ok(None);
    }
    if let By::InWord(beginning) = by {
        match words_with(conn, app, beginning).await?.as_slice() {
            [] => return Ok(Some(Found::default())),
            [(word, total)] => {
                let is_exact = u64::try_from(*total).is_ok_and(|total| total <= EXACT);
                let ids = if is_exact {
                    page_of_word(conn, app, word, newest_first, page).await?
                } else {
                    Vec::new()
                };
                return Ok(Some(Found { ids, total: *total }));
            }
            _ => {}
        }
    }
    let all = |what| {
        let query = Written::<BigInt>::new(what)
            .sql(by.room())
            .sql(" FROM ")
            .sql(by.index());
        by.condition(query, app).sql(" LIMIT ").sql(MOST)
    };
    let mut hits: Vec<i64> = rows(conn, all("SELECT ")).await?;
    if by.repeats() && u64::try_from(hits.len()).is_ok_and(|hits| hits > EXACT) {
        hits = rows(conn, all("SELECT DISTINCT ")).await?;
    }
    hits.sort_unstable();
    hits.dedup();
    Ok(Some(Found::page_of(hits, newest_first, page)))
}

/// The words of the app's titles that begin with this, and how many titles have each: two of them at most, since titles that
/// have several are counted for each. The index counts them one by one; nobody asks for what the sample has in many titles.
async fn words_with(conn: &mut Conn, app: AppId, beginning: &str) -> QueryResult<Vec<(String, i64)>> {
    let query = Written::<(Text, BigInt)>::new("SELECT substr(term, instr(term, 'x') + 1), doc")
        .sql(" FROM video_room_words_known WHERE term");
    let query = begins(query, term(app, beginning)).sql(" LIMIT 2");
    rows(conn, query).await
}

/// The rooms on a page of those that have this word in their titles.
async fn page_of_word(
    conn: &mut Conn,
    app: AppId,
    word: &str,
    newest_first: bool,
    page: PageRequest,
) -> QueryResult<Vec<i64>> {
    let query = Written::<BigInt>::new("SELECT rowid FROM video_room_words");
    let query = By::Word(word)
        .condition(query, app)
        .sql(" ORDER BY rowid")
        .sql(if newest_first { " DESC" } else { "" })
        // Where a limit is only a parameter, SQLite prepares the statement anew each time.
        .sql(" LIMIT 0 + ")
        .number(page.size.into())
        .sql(" OFFSET 0 + ")
        .number(i64::try_from(page.offset()).unwrap_or(i64::MAX));
    rows(conn, query).await
}

/// Whether hits are sorted and counted by the database. SQLite would keep them in a table of their own for that, which costs
/// more than finding them.
pub(super) const SORTS_HITS: bool = false;
