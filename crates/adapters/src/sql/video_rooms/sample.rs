//! What the titles of an app are like: which parts of them many have. A keyword is looked up by parts that few have; where
//! too many have all of it, looking through the rooms in their order is quicker.
//!
//! The sample decides which way is taken, never what is found.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::QueryResult;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AppId, EntityState};
use tokio::time::Instant;

use super::super::dialect::Conn;
use super::super::schema::video_rooms;
use super::super::{Stamp, stamp, timestamp};
use super::list::{every_room, kept_count};

/// How long a sample is good.
const GOOD_FOR: Duration = Duration::from_secs(60);

/// How many apps' samples are remembered.
const KEPT: usize = 200;

/// From how many places between the first room and the last titles are taken, and how many from each.
const PLACES: i64 = 8;
const FROM_EACH: i64 = 64;

/// A part, or a keyword, is rare when no more titles than these are expected to have it.
const RARE: usize = 10_000;

/// How many parts a keyword is looked up by, at most.
const LOOKED_UP: usize = 3;

/// A part that so many times as many titles have as is rare still spares more titles that would be compared than it costs
/// to look up.
const WORTHWHILE: usize = 4;

/// The samples that were taken last.
#[derive(Default)]
pub(in super::super) struct Samples(Mutex<HashMap<AppId, (Arc<Sample>, Instant)>>);

impl Samples {
    /// A sample of the app's titles.
    pub(super) async fn of(&self, app: AppId, conn: &mut Conn) -> QueryResult<Arc<Sample>> {
        if let Some(sample) = self.remembered(app) {
            return Ok(sample);
        }
        let rooms: i64 = diesel::select(kept_count(&every_room(app)))
            .get_result(conn)
            .await?;
        let rooms = usize::try_from(rooms).unwrap_or(0);
        let sample = Arc::new(Sample::new(rooms, take(app, conn).await?));
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() >= KEPT {
            samples.clear();
        }
        samples.insert(app, (Arc::clone(&sample), Instant::now()));
        Ok(sample)
    }

    fn remembered(&self, app: AppId) -> Option<Arc<Sample>> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sample, taken) = samples.get(&app)?;
        (taken.elapsed() < GOOD_FOR).then(|| Arc::clone(sample))
    }
}

type Row = (i64, Stamp, String);

/// Titles of the app's rooms from some places in the order in which they were made.
async fn take(app: AppId, conn: &mut Conn) -> QueryResult<Vec<String>> {
    let rooms = || {
        video_rooms::table
            .filter(video_rooms::app_id.eq(app.get()))
            .filter(video_rooms::entity_state.eq(EntityState::Active.name()))
            .select((
                video_rooms::id,
                video_rooms::created_at,
                video_rooms::title_folded,
            ))
            .limit(FROM_EACH)
    };
    let (created, id) = (video_rooms::created_at, video_rooms::id);
    let oldest: Vec<Row> = rooms().order((created.asc(), id.asc())).load(conn).await?;
    let newest: Vec<Row> = rooms().order((created.desc(), id.desc())).load(conn).await?;
    let mut titles = BTreeMap::new();
    if let ([first, ..], [last, ..]) = (oldest.as_slice(), newest.as_slice()) {
        let first = timestamp(first.1);
        let step = timestamp(last.1).micros().saturating_sub(first.micros()) / PLACES;
        for place in 1..PLACES {
            let from = stamp(first.plus_micros(step * place));
            let some: Vec<Row> = rooms()
                .filter(created.ge(from))
                .order((created.asc(), id.asc()))
                .load(conn)
                .await?;
            titles.extend(some.into_iter().map(|(id, _, title)| (id, title)));
        }
    }
    let ends = oldest.into_iter().chain(newest);
    titles.extend(ends.map(|(id, _, title)| (id, title)));
    Ok(titles.into_values().collect())
}

/// Some titles of an app, and how many of them have which parts.
pub(in super::super::super) struct Sample {
    titles: Vec<String>,
    /// The parts that are not rare.
    with: HashMap<String, usize>,
    /// What more of these titles have is not rare.
    few: usize,
}

impl Sample {
    /// Of an app that has so many rooms.
    pub(in super::super::super) fn new(rooms: usize, titles: Vec<String>) -> Self {
        let few = (titles.len() * RARE).checked_div(rooms).unwrap_or(usize::MAX);
        let mut with: HashMap<String, usize> = HashMap::new();
        for title in titles.iter().filter(|_| few < titles.len()) {
            let sizes = [1, 2, 3].into_iter();
            let parts: HashSet<&str> = sizes.flat_map(|size| parts_of(title, size)).collect();
            for part in parts {
                if let Some(count) = with.get_mut(part) {
                    *count += 1;
                } else {
                    with.insert(part.to_owned(), 1);
                }
            }
        }
        with.retain(|_, count| *count > few);
        Self { titles, with, few }
    }

    fn is_common(&self, text: &str) -> bool {
        self.titles.iter().filter(|title| title.contains(text)).count() > self.few
    }

    /// The parts that a keyword is best looked up by; none when it is not rare.
    pub(super) fn parts_for<'k>(&self, keyword: &'k str) -> Option<Vec<&'k str>> {
        let mut parts = parts_of(keyword, keyword.chars().count().min(3));
        let mut seen = HashSet::new();
        parts.retain(|part| seen.insert(*part));
        let (mut rare, mut common): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|part| !self.with.contains_key(*part));
        common.sort_by_key(|part| self.with.get(*part));
        if rare.is_empty() {
            if self.is_common(keyword) {
                return None;
            }
            common.truncate(LOOKED_UP);
            return Some(common);
        }
        if let ([_], [second, ..]) = (rare.as_slice(), common.as_slice())
            && self.with.get(*second) <= Some(&(self.few * WORTHWHILE))
        {
            rare.push(second);
            return Some(rare);
        }
        // Those from all over the keyword say more than neighbours, which overlap.
        let between = (rare.len() - 1) / (LOOKED_UP - 1);
        Some(rare.into_iter().step_by(between.max(1)).take(LOOKED_UP).collect())
    }
}

#[allow(dead_code, reason = "used by SQLite's dialect only: see `LookedUpBy` of each")]
impl Sample {
    /// How many titles are looked at to see which of two more titles have.
    const SOME: usize = 128;

    /// Whether few titles are expected to have this.
    pub(in super::super::super) fn is_rare(&self, text: &str) -> bool {
        let length = text.chars().count();
        let mut parts = parts_of(text, length.min(3)).into_iter();
        parts.any(|part| !self.with.contains_key(part)) || (length > 3 && !self.is_common(text))
    }

    /// How many titles of some have this: to see which of two more titles have.
    pub(in super::super::super) fn seen(&self, text: &str) -> usize {
        let some = self.titles.iter().step_by(self.titles.len() / Self::SOME + 1);
        some.filter(|title| title.contains(text)).count()
    }
}

/// The parts of so many characters that a text has, in their order.
fn parts_of(text: &str, size: usize) -> Vec<&str> {
    let mut bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    bounds.push(text.len());
    let parts = bounds.windows(size + 1).filter_map(|window| {
        let (from, to) = (window.first()?, window.last()?);
        text.get(*from..*to)
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(rooms: usize) -> Sample {
        let titles = (1..=500).map(|number| format!("room {number:04} 생방송"));
        Sample::new(rooms, titles.collect())
    }

    #[test]
    fn parts_are_counted_in_characters() {
        assert_eq!(parts_of("방송 a", 3), ["방송 ", "송 a"]);
        assert_eq!(parts_of("방송", 2), ["방송"]);
        assert_eq!(parts_of("방", 3), Vec::<&str>::new());
    }

    #[test]
    fn a_part_is_rare_when_few_titles_have_it_or_some_of_it() {
        let sample = numbered(1_000_000);
        for (part, is_rare) in [
            ("room", false),
            ("생방송", false),
            ("0", false),
            ("특", true),
            ("0123", true),
            ("zoo", true),
        ] {
            assert_eq!(sample.is_rare(part), is_rare, "{part}");
        }
        let titles = (0..500).map(|number| ["abc", "bcd"][number % 2].to_owned());
        assert!(Sample::new(1_000_000, titles.collect()).is_rare("abcd"));
    }

    #[test]
    fn what_more_titles_have_is_seen_more_often() {
        let sample = numbered(1_000_000);
        assert!(sample.seen("생방송") > sample.seen("00"));
        assert!(sample.seen("00") > sample.seen("특별"));
    }

    #[test]
    fn few_rooms_are_found_by_any_part() {
        let sample = numbered(10_000);
        assert_eq!(sample.parts_for("방"), Some(vec!["방"]));
        assert_eq!(sample.parts_for("room 0123"), Some(vec!["roo", "m 0", "123"]));
    }

    #[test]
    fn many_rooms_are_found_by_the_parts_that_few_have() {
        let sample = numbered(1_000_000);
        assert_eq!(sample.parts_for("room 0123"), Some(vec!["123", "012"]));
        assert_eq!(sample.parts_for("room 0123123"), Some(vec!["123", "231", "312"]));
        assert_eq!(sample.parts_for("특별"), Some(vec!["특별"]));
        assert_eq!(sample.parts_for("특"), Some(vec!["특"]));
    }

    #[test]
    fn what_too_many_titles_have_is_not_looked_up() {
        let sample = numbered(1_000_000);
        for keyword in ["room", "방송", "0", "om 0"] {
            assert_eq!(sample.parts_for(keyword), None, "{keyword}");
        }
    }

    #[test]
    fn what_no_title_has_is_looked_up_though_many_have_its_parts() {
        let titles = (0..500).map(|number| ["abc", "bcd"][number % 2].to_owned());
        let sample = Sample::new(1_000_000, titles.collect());
        assert_eq!(sample.parts_for("abcd"), Some(vec!["abc", "bcd"]));
    }

    #[test]
    fn parts_of_a_long_keyword_are_from_all_over_it() {
        let sample = Sample::new(0, Vec::new());
        assert_eq!(sample.parts_for("abcdefghi"), Some(vec!["abc", "def", "ghi"]));
        assert_eq!(sample.parts_for("abcdef"), Some(vec!["abc", "bcd", "cde"]));
    }
}
