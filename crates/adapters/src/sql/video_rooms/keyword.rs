//! Rooms by a keyword: an index says which titles may have it, and what it does not tell is compared with all of it.

use diesel::sql_types::BigInt;
use ports::store::{Page, PageRequest, StoreError, VideoRoomFilter, VideoRoomSort, VideoRoomView};

use super::super::dialect::{self, Conn, LookedUpBy, Ts};
use super::super::remembered::Remembered;
use super::super::totals::{EXACT, MOST};
use super::super::written::Written;
use super::super::{Stamp, failed};
use super::WHAT;
use super::list::{name, newest_first, none, of_hits, of_ids};
use crate::fold::fold;

/// Rooms on a page, by their ids, and how many there are on all pages.
#[derive(Default)]
pub(in super::super::super) struct Found {
    pub(in super::super::super) ids: Vec<i64>,
    pub(in super::super::super) total: i64,
}

impl Found {
    /// The page of these hits, which are all there are, the oldest first.
    pub(in super::super::super) fn page_of(
        mut hits: Vec<i64>,
        newest_first: bool,
        page: PageRequest,
    ) -> Self {
        if newest_first {
            hits.reverse();
        }
        let from = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let total = i64::try_from(hits.len()).unwrap_or(i64::MAX);
        let ids = hits.into_iter().skip(from).take(size).collect();
        Self { ids, total }
    }
}

/// No title is longer when it is folded: of 255 characters each becomes three at most.
const LONGEST: usize = 3 * 255;

/// The page of rooms whose titles have the keyword, and how many rooms those are; nothing when these are more than the
/// index is quick for.
pub(super) async fn look_up(
    conn: &mut Conn,
    remembered: &Remembered,
    filter: &VideoRoomFilter,
    keyword: &str,
    page: PageRequest,
) -> Result<Option<Page<VideoRoomView>>, StoreError> {
    let keyword = fold(keyword);
    if keyword.chars().nth(LONGEST).is_some() || keyword.contains('\0') {
        return Ok(Some(none()));
    }
    if remembered.totals.knows(&name(filter)) {
        return Ok(None);
    }
    let sample = remembered.samples.of(filter.app, conn).await;
    let sample = sample.map_err(failed(WHAT))?;
    let Some(parts) = sample.parts_for(&keyword) else {
        return Ok(None);
    };
    let by = LookedUpBy::of(&keyword, parts, &sample);
    let off_the_index = match order_made(filter) {
        Some(newest_first) => dialect::off_the_index(conn, filter.app, &by, newest_first, page)
            .await
            .map_err(failed(WHAT))?,
        None => None,
    };
    let found = match off_the_index {
        Some(found) => found,
        None if dialect::SORTS_HITS => {
            let found = of_hits(conn, hits(filter, &keyword, &by), filter.sort, page).await?;
            return Ok((found.total <= EXACT).then_some(found));
        }
        None => {
            let hits = dialect::rows(conn, hits(filter, &keyword, &by)).await;
            let mut hits: Vec<(i64, Stamp)> = hits.map_err(failed(WHAT))?;
            hits.sort_unstable_by_key(|(id, at)| (*at, *id));
            let hits = hits.into_iter().map(|(id, _)| id).collect();
            Found::page_of(hits, newest_first(filter.sort), page)
        }
    };
    let total = u64::try_from(found.total).unwrap_or(0);
    if total > EXACT {
        return Ok(None);
    }
    let items = of_ids(conn, &found.ids, filter.sort).await?;
    Ok(Some(Page { items, total }))
}

/// Whether the newest rooms are wanted first, if what is wanted is all that have the keyword in the order in which they were
/// made: an index may tell these alone.
fn order_made(filter: &VideoRoomFilter) -> Option<bool> {
    match filter.sort {
        _ if is_filtered(filter) => None,
        VideoRoomSort::CreatedAtAsc => Some(false),
        VideoRoomSort::CreatedAtDesc => Some(true),
        VideoRoomSort::LastModifiedAtAsc | VideoRoomSort::LastModifiedAtDesc => None,
    }
}

fn is_filtered(filter: &VideoRoomFilter) -> bool {
    filter.member.is_some()
        || filter.state.is_some()
        || filter.kind.is_some()
        || filter.access_level.is_some()
}

/// The query of the rooms that are wanted, each with what it is sorted by; of one more than [`EXACT`] at most.
fn hits(filter: &VideoRoomFilter, keyword: &str, by: &LookedUpBy<'_>) -> Written<(BigInt, Ts)> {
    let by_modified = matches!(
        filter.sort,
        VideoRoomSort::LastModifiedAtAsc | VideoRoomSort::LastModifiedAtDesc
    );
    let rooms = by_modified || is_filtered(filter);
    let query = Written::new(match (rooms, by_modified) {
        (false, _) => "SELECT t.id, t.created_at",
        (true, false) => "SELECT r.id, r.created_at",
        (true, true) => "SELECT r.id, r.last_modified_at",
    });
    let mut query = dialect::titles_with(query, filter.app, keyword, by, rooms);
    if let Some(member) = filter.member {
        query = query.sql(" AND r.member_id = ").number(member.get());
    }
    // What there are few of stands in the text: whoever plans it knows it then.
    if let Some(state) = filter.state {
        query = query.sql(" AND r.state = '").sql(state.name()).sql("'");
    }
    if let Some(kind) = filter.kind {
        query = query.sql(" AND r.kind = '").sql(kind.name()).sql("'");
    }
    if let Some(level) = filter.access_level {
        query = query.sql(" AND r.access_level = '").sql(level.name()).sql("'");
    }
    query.sql(" LIMIT ").sql(MOST)
}
