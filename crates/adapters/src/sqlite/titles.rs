//! The index of titles: how it is asked for parts of them. How it is made is said in the migrations.

use diesel::QueryResult;
use diesel::sql_types::BigInt;
use domain::AppId;
use ports::store::PageRequest;

use super::connection::Conn;
use super::dialect::{Stamp, Ts, rows};
use super::sql::{Found, Written};

/// The rest of a query of titles `t` (and with `rooms`, of their rooms `r`) that have all these parts.
///
/// The order of the tables is told: the few that the index finds come first.
pub(super) fn titles_with<T>(query: Written<T>, app: AppId, parts: &[&str], rooms: bool) -> Written<T> {
    let query = query
        .sql(" FROM video_room_search CROSS JOIN video_room_titles AS t")
        .sql(if rooms { " CROSS JOIN video_rooms AS r" } else { "" });
    having(query, app, parts)
        .sql(" AND t.id = video_room_search.rowid & 1099511627775")
        .sql(if rooms { " AND r.id = t.id" } else { "" })
}

/// The query of the rooms on a page of those whose titles have a part, as the index has them: each one's number and how
/// many there are, up to `most`. It finds nothing in an app whose rooms are out of order there.
///
/// `None` for a part that the index does not tell from others.
pub(super) fn off_the_index(
    app: AppId,
    part: &str,
    newest_first: bool,
    page: PageRequest,
    most: &'static str,
) -> Option<Written<(BigInt, BigInt)>> {
    if part.contains(BETWEEN) || part.chars().nth(3).is_some() {
        return None;
    }
    let parts = [part];
    let query = Written::new(
        "SELECT video_room_search.rowid & 1099511627775, (SELECT count(*) FROM (SELECT 1 FROM video_room_search",
    );
    let query = having(query, app, &parts)
        .sql(" LIMIT ")
        .sql(most)
        .sql(")) FROM video_room_search");
    let query = having(query, app, &parts)
        .sql(" AND (SELECT in_order FROM video_room_numbering WHERE app_id = ")
        .number(app.get())
        .sql(") ORDER BY video_room_search.rowid")
        .sql(if newest_first { " DESC" } else { "" })
        // Where a limit is only a parameter, SQLite prepares the statement anew each time.
        .sql(" LIMIT 0 + ")
        .number(page.size.into())
        .sql(" OFFSET 0 + ")
        .number(i64::try_from(page.offset()).unwrap_or(i64::MAX));
    Some(query)
}

/// A page of hits, which are rooms with what they are sorted by. They are sorted here: SQLite would keep them in a table
/// of their own, to sort and to count them, which costs more than finding them.
pub(super) async fn page_of_hits(
    conn: &mut Conn,
    hits: Written<(BigInt, Ts)>,
    newest_first: bool,
    page: PageRequest,
) -> QueryResult<Found> {
    let mut hits: Vec<(i64, Stamp)> = rows(conn, hits).await?;
    hits.sort_unstable_by_key(|(id, at)| (*at, *id));
    if newest_first {
        hits.reverse();
    }
    let from = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let on_page = hits.iter().skip(from).take(size);
    Ok(Found {
        ids: on_page.map(|(id, _)| *id).collect(),
        total: i64::try_from(hits.len()).unwrap_or(i64::MAX),
    })
}

/// Behind a query's tables, the condition that the index has all these parts of a title of the app.
fn having<T>(query: Written<T>, app: AppId, parts: &[&str]) -> Written<T> {
    let spelled: Vec<_> = parts.iter().map(|part| spelled(part)).collect();
    let first = app.get() << APP_SHIFT;
    query
        .sql(" WHERE video_room_search MATCH ")
        .text(spelled.join(" AND "))
        .sql(" AND video_room_search.rowid >= ")
        .number(first)
        .sql(" AND video_room_search.rowid < ")
        .number(first + (1 << APP_SHIFT))
}

/// Where the number of the app begins in the number of a row of the index.
const APP_SHIFT: u32 = 40;

/// What stands between characters where they are indexed one by one.
const BETWEEN: char = '\u{1}';

/// A part as a phrase of the index: three characters as they are, fewer with [`BETWEEN`] before, between or behind them.
fn spelled(part: &str) -> String {
    let mut characters = part.chars();
    let text = match (characters.next(), characters.next(), characters.next()) {
        (Some(only), None, _) => format!("{BETWEEN}{only}{BETWEEN}"),
        (Some(first), Some(second), None) => format!("{first}{BETWEEN}{second}"),
        _ => part.to_owned(),
    };
    format!("\"{}\"", text.replace('"', "\"\""))
}
