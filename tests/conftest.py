"""Which tests stand behind the mark `slow` because of their length, and not where they are written.

The test command of the README is to take less than four minutes on two cores. A test that takes seconds, or has many
cases that take one, is here: of its cases, the command runs each nth, or none. CI runs them all. Tests that are only
for CI, such as storms and long searches, have the mark themselves.
"""

from collections import Counter

import pytest

# The nth of the cases that is run at once; 0: none is.
SAMPLED = {
    "benchmarks/corpus/test_corpus.py::test_a_bug_is_found": 4,
    "benchmarks/corpus/test_corpus.py::test_nothing_is_said_against_a_right_form": 4,
    "benchmarks/test_benchmarks.py::test_a_comparison_runs_and_has_the_figures_that_its_goals_name": 13,
    "book/test_book.py::test_a_page_shows_what_its_notebook_shows": 0,
    "book/test_book.py::test_every_link_leads_somewhere": 0,
    "book/test_book.py::test_every_notebook_and_manual_has_a_page_and_the_side_lists_the_notebooks_in_order": 0,
    "book/test_book.py::test_it_builds_without_a_warning_and_says_where_it_is": 0,
    "book/test_book.py::test_new_notebooks_are_taken_links_between_them_hold_and_a_wrong_one_is_told": 0,
    "book/test_book.py::test_nothing_is_fetched": 0,
    "book/test_book.py::test_the_search_index_knows_every_page": 0,
    "book/test_book.py::test_the_search_works_from_a_folder": 0,
    "book/test_book.py::test_the_stepper_works_in_the_book": 0,
    "lab/instructor/test_comparison.py::test_a_folder_that_does_not_parse_is_compared_as_far_as_it_goes": 0,
    "lab/instructor/test_grades.py::test_a_report_shows_and_escapes_what_came": 0,
    "lab/instructor/test_grades.py::test_each_has_a_line_that_says_what_to_mend_first": 0,
    "lab/instructor/test_key_lines.py::test_each_line_breaks_its_promise_if_it_is_changed": 0,
    "lab/learn/test_folder_watch.py::test_each_save_is_tried_once_when_it_is_whole_even_of_a_folder_that_was_away": 0,
    "lab/learn/test_folder_watch.py::test_when_all_are_kept_the_next_step_is_named": 0,
    "notebooks/test_lessons.py::test_what_refutes_can_be_typed_in": 3,
    "queue/races/test_cancelling.py::test_a_look_in_the_wrong_order_is_found": 2,
    "queue/races/test_keeping.py::test_no_alarm_is_missed": 2,
    "queue/races/test_room.py::test_a_job_that_is_cancelled_or_deleted_makes_room": 0,
    "queue/races/test_sleeping.py::test_two_workers_and_two_jobs": 0,
    "queue/races/test_sleeping.py::test_two_workers_share_what_one_has_claimed_or_handed_back": 0,
    "queue/races/test_stopping.py::test_a_job_is_completed_or_pending_after_a_stop": 0,
    "queue/races/test_stopping.py::test_a_keeper_ends_with_its_pool": 0,
    "queue/races/test_unlocked.py::test_what_is_read_without_a_lock_is_listed": 0,
    "queue/races/test_waiting.py::test_one_waits_for_two_jobs_of_two_workers": 0,
    "queue/races/test_whole.py::test_a_job_that_is_cut_short_is_pending": 0,
    "queue/races/test_whole.py::test_a_retry_waits_in_the_storage_while_its_queue_stops": 0,
    "queue/races/test_whole.py::test_a_submitted_job_is_run_and_waited_for": 0,
    "queue/test_sqlite_commits.py::test_nobody_is_left_asleep": 4,
    "queue/test_testing.py::test_a_job_ends_inline_as_in_real_life": 3,
    "races/faults/test_all_outcomes.py::test_no_interrupt_by_chance_shows_what_the_search_has_not_seen": 6,
    "races/faults/test_pairs.py::test_the_failure_replays": 3,
    "races/test_differential.py::test_reduction_sees_what_exhaustive_search_sees": 10,
    "races/test_differential.py::test_the_programs_differ_and_block": 0,
    "races/test_executors.py::test_each_run_has_threads_of_its_own": 3,
    "races/test_interrupts.py::test_a_run_without_an_end_is_cut_off": 2,
    "races/test_interrupts.py::test_at_any_moment_it_leaves_everything_as_it_was": 0,
    "races/test_large_processes.py::test_more_objects_and_functions_make_no_more_calls": 0,
    "races/test_large_processes.py::test_references_are_found_again_without_a_search": 0,
    "races/test_large_processes.py::test_what_is_made_between_two_explorations_is_found": 4,
    "races/test_large_processes.py::test_what_is_made_in_an_exploration_is_found_in_the_next": 4,
    "races/test_leaks.py::test_an_exploration_leaves_no_garbage_for_later": 4,
    "races/test_leaks.py::test_everything_is_back_after_the_other_functions": 0,
    "races/test_leaks.py::test_everything_is_back_however_it_ended": 4,
    "races/test_leaks.py::test_memory_does_not_grow": 0,
    "races/test_leaks.py::test_no_thread_is_left_after_many_explorations": 0,
    "races/test_litmus.py::test_the_broken_form_is_found": 3,
    "races/test_litmus.py::test_the_failing_schedule_replays": 3,
    "races/test_litmus.py::test_the_right_form_is_exhausted": 2,
    "races/test_litmus.py::test_the_same_bytes_in_another_process": 0,
    "races/test_logging.py::test_a_handler_made_before_gets_the_records_of_each_run": 2,
    "races/test_logging.py::test_caplog": 0,
    "races/test_long_runs.py::test_a_circle_in_which_one_thread_never_moves_is_no_livelock": 0,
    "races/test_long_runs.py::test_a_long_run_is_no_livelock": 7,
    "races/test_long_runs.py::test_a_state_that_comes_again_is_a_livelock": 2,
    "races/test_mutants.py::test_the_fixed_programs_are_explored_as_the_oracle_says": 6,
    "races/test_oracle.py::test_exhausted_has_reached_what_the_oracle_reaches": 0,
    "races/test_oracle.py::test_what_was_missed_once_is_reached": 3,
    "races/test_outside.py::test_what_waits_elsewhere_is_refused_at_once": 6,
    "races/test_pits_of_searching.py::test_14_what_was_disabled_counts_too": 2,
    "races/test_pits_of_searching.py::test_polling_while_another_thread_could_go_on_is_no_livelock": 0,
    "races/test_pits_of_searching.py::test_the_search_may_call_what_the_model_calls": 0,
    "races/test_strategies.py::test_a_loop_that_polls_is_no_livelock_and_pct_promises_nothing_for_it": 2,
    "races/test_strategies.py::test_the_seed_alone_decides": 4,
    "races/test_stuck.py::test_one_ctrl_c_ends_it": 4,
    "races/test_touching.py::test_a_way_to_touch_state_is_seen": 3,
    "races/test_touching.py::test_pytest_warns_of_what_was_not_seen": 0,
    "races/test_watching.py::test_other_threads_may_run_watched_code_meanwhile": 0,
    "races/test_watching.py::test_watched_code_does_what_plain_code_does": 3,
    "races/test_what_is_watched.py::test_a_function_is_watched_wherever_it_is_kept": 3,
    "races/test_words_for_waiting.py::test_the_word_for_it": 3,
    "steps/test_promises.py::test_a_counterexample_breaks_its_promise": 2,
    "steps/test_trial.py::test_a_subprocess_finds_what_this_process_finds": 0,
    "steps/test_trial.py::test_one_that_hangs_often_costs_little": 0,
    "steps/test_trial.py::test_what_cannot_be_imported_is_told_once": 3,
}


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cases that are not run at once."""
    seen: Counter[str] = Counter()
    for item in items:
        name = item.nodeid.partition("[")[0].removeprefix("tests/")
        if name in SAMPLED and item.get_closest_marker("slow") is None:
            every = SAMPLED[name]
            if not every or seen[name] % every:
                item.add_marker(pytest.mark.slow)
            seen[name] += 1
