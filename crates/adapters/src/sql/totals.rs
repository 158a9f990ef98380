//! How many rows a list has, at a cost that does not grow with them: up to a bound they are counted each time, beyond it
//! the number is remembered for a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::QueryResult;
use diesel::query_builder::QueryFragment;
use diesel_async::RunQueryDsl;
use tokio::time::Instant;

use super::dialect::{Conn, Db};
use super::page::{CountUpTo, count_all, count_up_to};

/// Up to here a total is exact.
pub(in super::super) const EXACT: u64 = 10_000;

/// One more than [`EXACT`], in SQL.
pub(in super::super) const MOST: &str = "10001";

/// The oldest number that a list shows where it is not exact.
const OLDEST: Duration = Duration::from_secs(60);

/// How many numbers are remembered.
const KEPT: usize = 1_000;

/// The numbers that were counted last, by what they count.
#[derive(Default)]
pub(super) struct Totals(Mutex<HashMap<String, Slot>>);

/// One number. Whoever counts holds the lock, so that many who ask make one count.
type Slot = Arc<tokio::sync::Mutex<Option<(u64, Instant)>>>;

impl Totals {
    /// The number of those rows, whose filter says `name`: exact up to [`EXACT`], at most a minute old beyond.
    pub(super) async fn of<Q>(
        &self,
        name: String,
        rows: impl Fn() -> Q + Sync,
        conn: &mut Conn,
    ) -> QueryResult<u64>
    where
        Q: QueryFragment<Db> + Send,
    {
        if let Some(slot) = self.known(&name)
            && let Some(total) = fresh(*slot.lock().await)
        {
            return Ok(total);
        }
        let some = count(conn, count_up_to(rows(), EXACT + 1)).await?;
        if some <= EXACT {
            return Ok(some);
        }
        let slot = self.slot(name);
        let mut slot = slot.lock().await;
        if let Some(total) = fresh(*slot) {
            return Ok(total);
        }
        let counted = Instant::now();
        let total = count(conn, count_all(rows())).await?;
        *slot = Some((total, counted));
        Ok(total)
    }

    /// Whether that number is known, and too large to be exact.
    pub(super) fn knows(&self, name: &str) -> bool {
        let slot = self.known(name);
        slot.is_some_and(|slot| slot.try_lock().is_ok_and(|slot| fresh(*slot).is_some()))
    }

    fn known(&self, name: &str) -> Option<Slot> {
        self.slots().get(name).cloned()
    }

    fn slot(&self, name: String) -> Slot {
        let mut slots = self.slots();
        if slots.len() >= KEPT {
            slots.retain(|_, slot| slot.try_lock().map_or(true, |slot| fresh(*slot).is_some()));
        }
        if slots.len() >= KEPT {
            slots.clear();
        }
        slots.entry(name).or_default().clone()
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn count<Q>(conn: &mut Conn, rows: CountUpTo<Q>) -> QueryResult<u64>
where
    Q: QueryFragment<Db> + Send,
{
    let count: i64 = rows.get_result(conn).await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

fn fresh(counted: Option<(u64, Instant)>) -> Option<u64> {
    counted
        .filter(|(_, at)| at.elapsed() < OLDEST)
        .map(|(total, _)| total)
}

#[cfg(test)]
mod tests {
    use super::{EXACT, MOST};

    #[test]
    fn one_more_is_looked_for_than_is_counted_exactly() {
        assert_eq!(MOST, (EXACT + 1).to_string());
    }
}
