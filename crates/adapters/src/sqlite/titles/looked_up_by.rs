//! What a keyword is looked up by in the indexes, and how they spell it.

use std::ops::RangeInclusive;

use domain::AppId;

use super::super::sql::Written;

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
    /// What few titles have beside those that have the keyword: by words of which `is_rare` says that few titles have them,
    /// or else by these `parts` of it.
    pub(in super::super) fn of(
        keyword: &'k str,
        parts: Vec<&'k str>,
        is_rare: impl Fn(&str) -> bool,
    ) -> LookedUpBy<'k> {
        let length = keyword.chars().count();
        let is_spelled = !keyword.contains(BETWEEN);
        let (by, finds) = if length < PART && is_spelled {
            (By::Parts(vec![keyword]), Finds::AllBut)
        } else if length == PART && is_spelled {
            (By::Parts(vec![keyword]), Finds::All)
        } else if IN_WORD.contains(&length) && keyword.chars().all(is_in_word) {
            (By::InWord(keyword), Finds::All)
        } else if let Some(by) = of_words(keyword, is_rare) {
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

const fn is_in_word(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric()
}

/// Several words: by what follows or precedes a place where one begins, whichever few titles have.
fn of_words(keyword: &str, is_rare: impl Fn(&str) -> bool) -> Option<By<'_>> {
    let by_following = begun(keyword).find(|(_, following)| is_rare(following));
    let by_following = by_following.map(|(preceding, following)| By::Following { following, preceding });
    by_following.or_else(|| {
        let (preceding, following) = begun(keyword)
            .filter(|(preceding, _)| is_rare(preceding))
            .last()?;
        Some(By::Preceding { following, preceding })
    })
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

    fn of(keyword: &str, is_rare: impl Fn(&str) -> bool) -> (By<'_>, Finds) {
        let LookedUpBy { by, finds } = LookedUpBy::of(keyword, vec!["777", " 77"], is_rare);
        (by, finds)
    }

    fn others() -> (By<'static>, Finds) {
        (By::Parts(vec!["777", " 77"]), Finds::More)
    }

    #[test]
    fn a_short_keyword_is_a_part() {
        assert_eq!(of("방", |_| false), (By::Parts(vec!["방"]), Finds::AllBut));
        assert_eq!(of("a ", |_| false), (By::Parts(vec!["a "]), Finds::AllBut));
        assert_eq!(of("a b", |_| false), (By::Parts(vec!["a b"]), Finds::All));
        assert_eq!(of("a\u{1}b", |_| false), others());
        assert_eq!(of("\u{1}", |_| false), others());
    }

    #[test]
    fn a_part_of_a_word_is_looked_up_in_words() {
        for keyword in ["live", "생방송입", "0123456789abcdef"] {
            assert_eq!(of(keyword, |_| false), (By::InWord(keyword), Finds::All));
        }
        for keyword in ["0123456789abcdefg", "방송방송방송방송방송방송방송방송방", "live "] {
            assert_eq!(of(keyword, |_| true), others(), "{keyword:?}");
        }
    }

    #[test]
    fn several_words_are_looked_up_where_one_begins_by_what_few_titles_have_there() {
        let by_following = |preceding, following| (By::Following { following, preceding }, Finds::All);
        assert_eq!(of("room 77777", |_| true), by_following("room ", "77777"));
        assert_eq!(of(" live", |_| true), by_following(" ", "live"));
        assert_eq!(of("방송, (a-b) ", |_| true), by_following("방송, (", "a-b) "));
        assert_eq!(
            of("방송, (a-b) ", |text| text == "b) "),
            by_following("방송, (a-", "b) ")
        );
        let by_preceding = |preceding, following| (By::Preceding { following, preceding }, Finds::All);
        assert_eq!(
            of("zoo room", |text| text == "zoo "),
            by_preceding("zoo ", "room")
        );
        assert_eq!(
            of("a zoo room", |text| text.contains("zoo ") && text != "zoo room"),
            by_preceding("a zoo ", "room")
        );
        assert_eq!(of("room 77777", |_| false), others());
    }

    #[test]
    fn only_what_is_indexed_around_a_place_is_looked_up() {
        let longest = "x".repeat(23);
        for (before, behind, is_indexed) in [("", "", true), ("a", "", false), ("", "b", false)] {
            let keyword = format!("{before}{longest} 방{longest}{behind}");
            assert_eq!(of(&keyword, |_| true) != others(), is_indexed, "{keyword}");
        }
    }
}
