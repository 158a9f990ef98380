//! The list of cases.

/// Makes a test of every case, run on a media server of the given [`Harness`](crate::media::Harness).
#[macro_export]
macro_rules! media_contract {
    ($harness:ty) => {
        $crate::cases! { media, $harness:
            publishing {
                publisher_shows_its_key,
                publisher_that_is_refused_is_not_let_in,
                publisher_that_is_let_in_is_connected,
                playable_media_is_told,
                latest_fact_is_told_alone,
                gone_publisher_is_told_once,
                publisher_goes_on_with_its_broadcast,
            }
            sending_off {
                publisher_that_is_sent_off_is_gone,
                nobody_else_is_sent_off,
                sending_off_nobody_does_nothing,
            }
            silence {
                nothing_is_known_of_a_stranger,
                publisher_that_says_nothing_is_silent,
                publisher_that_speaks_is_heard,
                publisher_that_leaves_is_not_waited_for,
                silence_lasts_until_the_next_word,
                nothing_is_known_of_who_is_gone,
            }
            shutting_down {
                nobody_is_waited_for_any_more,
                everybody_is_sent_off,
                who_waits_for_a_verdict_is_sent_away,
                nobody_is_let_in_any_more,
            }
            origin {
                playable_media_has_a_playlist,
                what_is_not_there_is_not_found,
                media_outlives_its_publisher,
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_case_is_left_out_of_the_list() {
        let modules = [
            ("publishing", include_str!("publishing.rs")),
            ("sending_off", include_str!("sending_off.rs")),
            ("silence", include_str!("silence.rs")),
            ("shutting_down", include_str!("shutting_down.rs")),
            ("origin", include_str!("origin.rs")),
        ];
        crate::cases::assert_all_are_listed(include_str!("macros.rs"), &modules);
    }
}
