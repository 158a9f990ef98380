//! The list of cases.

/// Makes a test of every case, run on a store of the given [`Harness`](crate::store::Harness).
#[macro_export]
macro_rules! store_contract {
    ($harness:ty) => {
        $crate::cases! { store, $harness:
            apps {
                user_comes_back_as_it_was,
                username_is_unique,
                app_comes_back_as_it_was,
                app_is_found_by_its_owner_and_name,
                apps_are_listed_oldest_first_without_deleted_ones,
                app_key_comes_back_as_it_was,
                revoked_key_is_gone_and_the_others_stay,
                id_of_a_revoked_key_stays_taken,
                key_of_a_deleted_app_is_none,
            }
            members {
                member_comes_back_as_it_was,
                view_shows_the_app,
                app_user_id_is_unique_in_its_app,
                member_of_another_app_is_none,
                member_is_found_by_its_number,
                deleted_member_is_none_and_may_register_again,
                of_some_members_the_deleted_ones_are_found,
                outdated_update_is_stale,
            }
            member_list {
                list_shows_the_views_of_the_apps_members,
                filters_combine_with_and,
                each_order_is_as_it_is_called,
                pages_follow_each_other_without_overlap,
            }
            stream_keys {
                several_keys_come_at_once,
                keys_of_several_members_come_at_once,
                key_comes_back_as_it_was,
                key_string_is_unique,
                member_has_one_key,
                room_is_bound_to_one_key,
                key_is_found_in_each_way,
                deleted_key_is_not_found_by_its_string,
                view_shows_the_room_only_while_it_is_bound,
                view_of_another_apps_or_a_deleted_members_key_is_none,
                outdated_update_is_stale,
            }
            stream_key_list {
                view_by_number_is_the_view_by_member,
                view_of_another_apps_or_a_deleted_key_is_none,
                list_is_newest_first_without_deleted_and_foreign_keys,
                filters_combine_with_and,
                pages_follow_each_other_without_overlap,
            }
            video_rooms {
                several_rooms_come_at_once,
                room_comes_back_as_it_was,
                every_name_can_be_stored,
                room_of_another_app_is_none,
                deleted_room_is_none,
                view_shows_the_key_only_while_it_is_bound,
                view_shows_that_the_member_is_deleted,
                playback_id_is_unique,
                ids_are_never_used_again,
                outdated_update_is_stale,
                interrupted_rooms_are_found_after_a_while,
            }
            list {
                empty_list_is_an_empty_page,
                items_are_what_the_view_shows,
                list_has_no_deleted_rooms_and_none_of_other_apps,
                filters_combine_with_and,
                equal_keys_are_ordered_by_id,
                pages_follow_each_other_without_overlap,
            }
            keyword {
                keyword_ignores_case_as_unicode_does,
                keyword_is_taken_literally,
                keyword_follows_a_changed_title,
                keyword_finds_what_looking_at_every_title_finds,
            }
            totals {
                totals_stay_true_through_any_history,
                totals_stay_true_when_many_change_rooms_at_once,
            }
            playback {
                unknown_playback_id_leads_nowhere,
                room_is_played_from_its_start_until_after_its_end,
                forcibly_terminated_room_leads_nowhere,
                deleted_room_leads_nowhere,
                preview_lasts_as_long_as_its_session_is_the_keys,
                media_is_held_by_the_process_of_the_latest_session,
                process_that_held_media_is_told_dead_from_alive,
            }
            whitelist {
                whitelist_shows_the_last_one_added_first,
                adding_and_removing_twice_is_the_same_as_once,
                whitelist_and_room_change_side_by_side,
                what_is_deleted_is_put_on_no_whitelist,
                deleted_member_drops_out_of_every_whitelist,
                whitelist_of_a_deleted_room_stays,
                of_some_rooms_and_members_the_listed_ones_are_found,
                concurrent_changes_are_all_counted,
            }
            sessions {
                session_comes_back_as_it_was,
                session_id_is_unique,
                node_is_told_which_sessions_to_send_off,
                latest_session_is_the_one_accepted_last,
                gone_session_stays_known_until_another_has_long_come_after_it,
                closing_twice_changes_nothing,
                open_sessions_are_listed_in_order,
                sessions_of_a_node_are_those_that_are_not_gone,
                silence_is_noted_until_the_publisher_speaks,
                session_is_taken_back_while_nothing_came_after_it,
            }
            nodes {
                name_of_a_living_node_is_taken,
                name_of_a_dead_node_goes_to_the_next,
                name_that_was_given_back_is_free,
                unbroken_time_counts_from_the_last_gap,
                sessions_of_a_dead_node_are_orphans,
                dead_node_is_forgotten_with_its_last_session,
                one_of_many_gets_a_name,
            }
            ingest_health {
                health_comes_back_as_it_was,
                later_health_takes_the_place_of_the_one_before,
                old_health_is_forgotten,
            }
            settings {
                setting_is_set_once,
            }
            requests {
                done_request_comes_back_as_it_was,
                key_is_unique_in_its_app,
                request_is_there_exactly_when_its_change_is,
                key_of_an_old_request_may_be_used_anew,
                old_requests_are_forgotten_some_at_a_time,
                requests_of_one_moment_are_forgotten_some_at_a_time,
                of_many_who_claim_a_key_one_does_the_request,
            }
            callbacks {
                callback_comes_back_as_it_was,
                setting_anew_keeps_the_place,
                removed_callback_is_gone,
                cursor_is_compared_and_set,
                lease_is_compared_and_set,
            }
            deliveries {
                delivery_comes_back_as_it_was,
                event_has_one_delivery,
                first_of_each_lane_is_due,
                outcome_is_noted_while_pending_only,
                delivery_is_sent_again,
                pending_deliveries_are_given_up,
                deliveries_come_in_pages,
                old_deliveries_are_forgotten,
            }
            events {
                each_app_counts_its_own_events,
                every_state_can_be_written,
                dropped_unit_of_work_leaves_no_gap,
                concurrent_committers_leave_no_gap,
                events_come_back_in_order,
                page_of_events_is_bounded,
                last_numbers_of_several_apps,
                oldest_events_are_forgotten,
                forgetting_leaves_no_gap,
            }
            units_of_work {
                store_answers,
                giving_up_a_read_harms_nothing,
                uncommitted_writes_are_seen_by_nobody_else,
                dropped_unit_of_work_is_rolled_back_and_frees_its_locks,
                waiting_writer_gets_its_turn_when_the_other_is_dropped,
                refused_unit_of_work_leaves_nothing,
                giving_up_anywhere_harms_nothing,
            }
            concurrency {
                one_of_many_writers_wins_a_version,
                one_of_many_starts_on_a_key_succeeds,
            }
            corruption {
                unknown_state_is_corrupt,
                disagreeing_record_is_corrupt,
                impossible_value_is_corrupt,
            }
            reopening {
                what_was_committed_is_there_after_reopening,
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_case_is_left_out_of_the_list() {
        let modules = [
            ("apps", include_str!("apps.rs")),
            ("concurrency", include_str!("concurrency.rs")),
            ("corruption", include_str!("corruption.rs")),
            ("callbacks", include_str!("callbacks.rs")),
            ("deliveries", include_str!("deliveries.rs")),
            ("events", include_str!("events.rs")),
            ("keyword", include_str!("keyword.rs")),
            ("list", include_str!("list.rs")),
            ("member_list", include_str!("member_list.rs")),
            ("members", include_str!("members.rs")),
            ("nodes", include_str!("nodes.rs")),
            ("playback", include_str!("playback.rs")),
            ("reopening", include_str!("reopening.rs")),
            ("requests", include_str!("requests.rs")),
            ("sessions", include_str!("sessions.rs")),
            ("settings", include_str!("settings.rs")),
            ("stream_key_list", include_str!("stream_key_list.rs")),
            ("stream_keys", include_str!("stream_keys.rs")),
            ("totals", include_str!("totals.rs")),
            ("units_of_work", include_str!("units_of_work.rs")),
            ("video_rooms", include_str!("video_rooms.rs")),
            ("whitelist", include_str!("whitelist.rs")),
        ];
        crate::cases::assert_all_are_listed(include_str!("macros.rs"), &modules);
    }
}
