//! Many callers at the same moment, through real processes: one wins, the others get the refusal that the state they
//! find calls for, and a reader who looks all the while never sees what must not be. Each race is run through two
//! processes on one PostgreSQL, and through one process on SQLite.

#[path = "races/against.rs"]
mod against;
#[path = "races/crowd.rs"]
mod crowd;
#[path = "support/encoder.rs"]
mod encoder;
#[path = "races/everything.rs"]
mod everything;
#[path = "support/feed.rs"]
mod feed;
#[path = "../../adapters/tests/postgres_support/mod.rs"]
mod postgres_support;
#[path = "races/reader.rs"]
mod reader;
#[path = "races/same.rs"]
mod same;
#[path = "races/stage.rs"]
mod stage;
mod support;

use stage::Stage;

/// How often each race is run.
const ROUNDS: usize = 3;

/// Each race on both stores.
macro_rules! races {
    ($($race:path as $name:ident,)*) => {
        mod two_processes_on_one_postgresql {
            $(#[test]
            fn $name() {
                super::run(super::Stage::on_postgresql(), $race);
            })*
        }

        mod one_process_on_sqlite {
            $(#[test]
            fn $name() {
                super::run(super::Stage::on_sqlite(), $race);
            })*
        }
    };
}

fn run(mut stage: Stage, race: fn(&mut Stage, usize)) {
    for round in 0..ROUNDS {
        race(&mut stage, round);
    }
    stage.closes();
}

races! {
    crate::same::starts as of_24_starts_of_one_room_one_wins,
    crate::same::ends as of_24_ends_of_one_room_one_wins,
    crate::same::starts_on_one_key as of_24_starts_of_two_rooms_on_one_key_one_wins,
    crate::against::start_and_end_of_one_room as a_start_against_ends_of_the_same_room_wins,
    crate::against::end_and_start_of_the_next as an_end_against_starts_of_the_next_room_wins,
    crate::against::end_and_return as an_end_against_the_publisher_who_comes_back_wins_or_is_refused,
    crate::against::end_and_reissue as an_end_against_reissues_wins,
    crate::against::delete_and_start as a_delete_against_starts_wins,
    crate::against::terminate_and_start as a_force_termination_against_starts_wins,
    crate::everything::at_once as of_everything_at_once_each_is_done_or_refused_by_its_own_codes,
}
