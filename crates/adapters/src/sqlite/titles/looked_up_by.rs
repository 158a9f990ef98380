//! What a keyword is looked up by in the indexes, and how they spell it.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use domain::AppId;

use super::super::sql::{Sample, Written};

/// What titles are looked up by, which all that have a keyword have.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct LookedUpBy<'k> {
    pub(super) by: By<'k>,
    pub(super) finds: Finds,
}

/// What an index is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum By<'k> {
    /// Parts of one to three characters.
    Parts(Vec<&'k str>),
    /// What a word, or the end of one, begins with: four characters to sixteen.
    InWord(&'k str),
    /// A word, or the end of one: all that is indexed of it.
    Word(&'k str),
    /// Where a word begins behind something: by what follows there, up to 24 characters, if it is preceded by this.
    Following { following: &'k str, preceding: &'k str },
    /// The same by what precedes it.
    Preceding { following: &'k str, preceding: &'k str },
}

/// What an index finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finds {
    /// All titles that have the keyword, and no others.
    All,
    /// The same, unless titles have in them what parts are spelled with.
    AllBut,
    /// Others too: they have to be compared with the keyword.
    More,
}

impl<'k> LookedUpBy<'k> {
    /// What few titles have beside those that have the keyword: words of it that are rare, as far as the sample tells, or else
    /// these `parts`.
    pub(in super::super) fn of(keyword: &'k str, parts: Vec<&'k str>, sample: &Sample) -> LookedUpBy<'k> {
        let length = keyword.chars().count();
        let is_spelled = !keyword.contains(BETWEEN) && !keyword.contains(UNTOLD);
        let (by, finds) = if length < PART && is_spelled {
            (By::Parts(vec![keyword]), Finds::AllBut)
        } else if length == PART && is_spelled {
            (By::Parts(vec![keyword]), Finds::All)
        } else if IN_WORD.contains(&length) && keyword.chars().all(is_in_word) {
            (By::InWord(keyword), Finds::All)
        } else if let Some(by) = of_words(keyword, sample) {
            (by, Finds::All)
        } else {
            (By::Parts(parts), Finds::More)
        };
        Self { by, finds }
    }
}

impl By<'_> {
    /// The index.
    pub(super) const fn index(&self) -> &'static str {
        match self {
            Self::Parts(_) => "video_room_search",
            Self::InWord(_) | Self::Word(_) => "video_room_words",
            Self::Following { .. } | Self::Preceding { .. } => "video_room_words_begun",
        }
    }

    /// Whether the index has a room as often as its title has what is looked for.
    pub(super) const fn repeats(&self) -> bool {
        matches!(self, Self::Following { .. } | Self::Preceding { .. })
    }

    /// The number of the room that a row of the index is of.
    pub(super) const fn room(&self) -> &'static str {
        match self {
            Self::Parts(_) => "video_room_search.rowid & 1099511627775",
            Self::InWord(_) | Self::Word(_) => "video_room_words.rowid",
            Self::Following { .. } | Self::Preceding { .. } => "video_room_words_begun.room_id",
        }
    }

    /// Behind a query's tables, the condition that the index finds a title of the app.
    pub(super) fn condition<T>(&self, query: Written<T>, app: AppId) -> Written<T> {
        match self {
            Self::Parts(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| spelled(part)).collect();
                let first = app.get() << APP_SHIFT;
                query
                    .sql(" WHERE video_room_search MATCH ")
                    .text(parts.join(" AND "))
                    .sql(" AND video_room_search.rowid >= ")
                    .number(first)
                    .sql(" AND video_room_search.rowid < ")
                    .number(first + (1 << APP_SHIFT))
            }
            Self::InWord(beginning) => query
                .sql(" WHERE video_room_words MATCH ")
                .text(format!("\"{}\" *", term(app, beginning))),
            Self::Word(word) => query
                .sql(" WHERE video_room_words MATCH ")
                .text(format!("\"{}\"", term(app, word))),
            Self::Following { following, preceding } => {
                let query = query
                    .sql(" WHERE video_room_words_begun.app_id = ")
                    .number(app.get())
                    .sql(" AND video_room_words_begun.following");
                begins(query, *following)
                    .sql(" AND substr(video_room_words_begun.preceding, 1, ")
                    .number(length(preceding))
                    .sql(") = ")
                    .text(reversed(preceding))
            }
            Self::Preceding { following, preceding } => {
                let query = query
                    .sql(" WHERE video_room_words_begun.app_id = ")
                    .number(app.get())
                    .sql(" AND video_room_words_begun.preceding");
                begins(query, reversed(preceding))
                    .sql(" AND substr(video_room_words_begun.following, 1, ")
                    .number(length(following))
                    .sql(") = ")
                    .text(*following)
            }
        }
    }
}

/// A word as the index has it: behind its app's number.
pub(super) fn term(app: AppId, word: &str) -> String {
    format!("{app}x{word}")
}

/// Behind a column, the condition that a text begins with this.
pub(super) fn begins<T>(query: Written<T>, with: impl Into<String>) -> Written<T> {
    let with = with.into();
    // It is not before it, nor as far behind it as what no text has.
    query
        .sql(" BETWEEN ")
        .text(with.clone())
        .sql(" AND ")
        .text(with)
        .sql(" || x'ff'")
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// Where the number of the app begins in the number of a row of the index of parts.
const APP_SHIFT: u32 = 40;

/// How many characters a part has at most.
const PART: usize = 3;

/// How many characters are indexed of a word, or of the end of one.
const IN_WORD: RangeInclusive<usize> = 4..=16;

/// How many characters are indexed before and behind the place where a word begins.
const AROUND: usize = 24;

/// What stands between characters where they are indexed one by one.
const BETWEEN: char = '\u{1}';

/// Characters that the index of parts takes for one: FTS5 reads two of them as the third.
const UNTOLD: [char; 3] = ['\u{fffd}', '\u{fffe}', '\u{ffff}'];

const fn is_in_word(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric()
}

/// Several words: by what follows or precedes a place where one begins, whichever is rarer.
fn of_words<'k>(keyword: &'k str, sample: &Sample) -> Option<By<'k>> {
    let following = begun(keyword).find(|(_, following)| sample.is_rare(following));
    let preceding = begun(keyword)
        .filter(|(preceding, _)| sample.is_rare(preceding))
        .last();
    let by_following = |(preceding, following)| By::Following { following, preceding };
    let by_preceding = |(preceding, following)| By::Preceding { following, preceding };
    match (following, preceding) {
        (Some(following), Some(preceding)) => {
            let seen = |text: &str| (sample.seen(text), Reverse(text.len()));
            Some(if seen(following.1) <= seen(preceding.0) {
                by_following(following)
            } else {
                by_preceding(preceding)
            })
        }
        (following, preceding) => following.map(by_following).or(preceding.map(by_preceding)),
    }
}

/// What precedes and what follows the places in a keyword where a word begins behind something, where the index has both.
fn begun(keyword: &str) -> impl Iterator<Item = (&str, &str)> {
    let places = keyword.char_indices().zip(keyword.chars().skip(1));
    places.filter_map(|((at, before), behind)| {
        let around = keyword.split_at_checked(at + before.len_utf8())?;
        let is_indexed = |text: &str| text.chars().nth(AROUND).is_none();
        (!is_in_word(before) && is_in_word(behind) && is_indexed(around.0) && is_indexed(around.1))
            .then_some(around)
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of an app with so many rooms that what several of these titles have is common.
    fn of(keyword: &str) -> (By<'_>, Finds) {
        let titles = (0..100).map(|number| format!("the live room {number} (방송)"));
        let titles = titles.chain(["a zoological garden".to_owned()]);
        let sample = Sample::new(1_000_000, titles.collect());
        let LookedUpBy { by, finds } = LookedUpBy::of(keyword, vec!["777", " 77"], &sample);
        (by, finds)
    }

    fn others() -> (By<'static>, Finds) {
        (By::Parts(vec!["777", " 77"]), Finds::More)
    }

    #[test]
    fn a_short_keyword_is_a_part() {
        assert_eq!(of("방"), (By::Parts(vec!["방"]), Finds::AllBut));
        assert_eq!(of("a "), (By::Parts(vec!["a "]), Finds::AllBut));
        assert_eq!(of("a--"), (By::Parts(vec!["a--"]), Finds::All));
    }

    #[test]
    fn a_part_that_the_index_takes_for_another_is_compared() {
        for keyword in ["a\u{1}-", "\u{1}", "\u{ffff}", "a\u{fffd}b", "\u{fffe}-"] {
            assert_eq!(of(keyword), others(), "{keyword:?}");
        }
    }

    #[test]
    fn a_part_of_a_word_is_looked_up_in_words() {
        for keyword in ["live", "생방송입", "0123456789abcdef"] {
            assert_eq!(of(keyword), (By::InWord(keyword), Finds::All));
        }
        for keyword in ["0123456789abcdefg", "방송방송방송방송방송방송방송방송방", "live "] {
            assert_eq!(of(keyword), others(), "{keyword:?}");
        }
    }

    #[test]
    fn several_words_are_looked_up_where_one_begins_by_the_rarer_side() {
        let by_following = |preceding, following| (By::Following { following, preceding }, Finds::All);
        assert_eq!(of("room 77777"), by_following("room ", "77777"));
        assert_eq!(of(" night"), by_following(" ", "night"));
        assert_eq!(of("the zoo"), by_following("the ", "zoo"));
        let by_preceding = |preceding, following| (By::Preceding { following, preceding }, Finds::All);
        assert_eq!(of("night room"), by_preceding("night ", "room"));
        assert_eq!(
            of("good night live room"),
            by_preceding("good night live ", "room")
        );
        assert_eq!(of("the live"), others());
        // Of two that are as rare the longer one.
        assert_eq!(of("good night"), by_following("good ", "night"));
        assert_eq!(of("evenings night"), by_preceding("evenings ", "night"));
        assert_eq!(of("room, (a-b) "), by_preceding("room, (a-", "b) "));
        // The one was seen, the other never.
        assert_eq!(of("zoological kinder"), by_following("zoological ", "kinder"));
    }

    #[test]
    fn only_what_is_indexed_around_a_place_is_looked_up() {
        let longest = "x".repeat(23);
        for (before, behind, is_indexed) in [("", "", true), ("a", "", false), ("", "b", false)] {
            let keyword = format!("{before}{longest} 방{longest}{behind}");
            assert_eq!(of(&keyword) != others(), is_indexed, "{keyword}");
        }
    }
}
