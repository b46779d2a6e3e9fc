"""Each bad input of the fault matrix and of issue 4, as far as it concerns files, and the tests that prove it.

F1 to F29 and S1 to S5 are the rows of the fault matrix (limits and faults, 4); the names below them are those of the
issue, "Bad input". A row without a test says why none is needed.
"""

import pytest

from tests.pointed import is_there

HERE = "engine/test_bad_input_of_files.py::"
LISTINGS = HERE + "test_a_listing_that_says_less_than_there_is_deletes_nothing"
PASSING = HERE + "test_a_fault_that_passes_leaves_both_sides_equal"
ONCE = HERE + "test_an_upload_to_procore_is_there_once_whatever_becomes_of_its_answer"
KILLED = (
    "engine/test_files_killed.py::test_a_run_that_dies_at_any_call_goes_on",
    "journeys/test_documents_killed.py::test_f098_f260_a_few_kills_lose_and_double_no_file",
)
HOSTILE = HERE + "test_hostile_names_of_procore_stay_below_their_folder_and_come_back_as_they_were"
TWINS = HERE + "test_twins_of_case_and_of_unicode_are_kept_apart"
FOREIGN = HERE + "test_a_redirect_to_a_foreign_host_gets_neither_token_nor_visit"

MATRIX: dict[str, tuple[str, ...]] = {
    "F1 power cut or kill at any point": KILLED,
    "F2 lost response": (
        ONCE,
        PASSING,
        "doors/drive/test_against_sandbox.py::test_a_write_whose_answer_is_lost_is_found_again",
        "engine/test_daily_log_added.py::test_f184_what_was_added_is_there_once_whatever_is_killed_when",
    ),
    "F3 429 spike": (PASSING, "doors/drive/test_against_sandbox.py::test_the_limit_is_waited_for"),
    "F4 429 hourly": ("model/test_pacing.py::test_work_goes_on_within_two_seconds_of_the_reset",),
    "F5 missing or wrong reset": ("model/test_pacing.py::test_no_announcement_makes_a_hot_loop_or_an_endless_wait",),
    "F6 503 with Retry-After": (PASSING,),
    "F7 401 in mid-run": (
        PASSING,
        HERE + "test_a_dead_client_stops_with_a_request_to_sign_in_and_goes_on_later",
        "doors/procore/test_sign_in.py::test_ten_dead_calls_fetch_one_new_token",
        "doors/drive/test_sign_in.py::test_many_calls_that_find_the_token_dead_fetch_one",
    ),
    "F8 refresh rotation": ("doors/drive/test_sign_in.py::test_two_programs_of_one_profile_see_each_others_sign_ins",),
    "F9 bursts of 5xx": (PASSING, LISTINGS),
    "F10 broken, short or wrong answers": (
        LISTINGS,
        "doors/drive/test_client.py::test_a_page_cut_in_the_middle_is_no_shorter_page",
        "doors/drive/test_client.py::test_an_answer_that_unpacks_to_gigabytes_is_not_read",
    ),
    "F12 slow answers": (
        "doors/procore/test_network.py::test_a_server_that_sends_a_byte_at_a_time_is_given_up_in_time",
    ),
    "F13 names, certificates, proxies": (
        "doors/procore/test_network.py::test_f283_a_server_that_cannot_prove_who_it_is_gets_nothing",
        "doors/procore/test_network.py::test_an_unknown_name_is_told_as_such",
        "doors/procore/test_network.py::test_a_proxy_that_wants_a_password_is_named",
    ),
    "F14 clocks": (HERE + "test_a_clock_that_is_a_day_wrong_misses_no_change",),
    "F15 a list that moves while it is read": (
        LISTINGS,
        "doors/graph/test_graph_delta.py::test_what_changes_between_two_pages_comes_in_the_next_round",
    ),
    "F16 a cursor saved before the work": KILLED[:1],
    "F17 edits on both sides": (
        HERE + "test_what_both_sides_edit_is_kept_twice",
        HERE + "test_folders_moved_into_each_other_lose_nothing",
        "model/test_file_pairs_of_operations.py::test_two_people_at_the_same_time",
        "model/test_file_properties.py::test_left_alone_both_sides_end_up_equal_and_nothing_is_lost",
    ),
    "F19 a project that is closed or gone": (
        HERE + "test_a_project_that_procore_does_not_know_any_more_deletes_nothing",
    ),
    "F20 403, 404, 409, 422": (
        ONCE,
        "engine/test_file_one_tool.py::test_a_tool_that_is_switched_off_later_stops_alone_and_nothing_is_deleted",
        "doors/procore/test_one_way_attaching.py::test_a_log_that_takes_no_file_leaves_the_file_and_says_why",
    ),
    "F21 mass deletion": (
        LISTINGS,
        "engine/test_files.py::test_f249_many_deletions_are_held_and_everything_else_goes_on",
        "model/test_file_guard.py::test_a_side_that_was_emptied_is_held_with_its_own_reason",
    ),
    "F22 full, locked, checked out, infected": (
        HERE + "test_a_full_drive_waits_and_goes_on_once_there_is_space",
        HERE + "test_what_is_locked_full_or_infected_in_the_drive_waits_with_its_reason",
        "engine/test_file_limits_and_stops.py::test_f250_a_full_drive_pauses_what_is_under_way_and_it_goes_on_once_space_is_freed",
    ),
    "F23 the disk of this computer": ("engine/test_files.py::test_f251_a_full_disk_pauses_and_the_next_run_goes_on",),
    "F24 the journal": (
        "doors/store/test_database.py::test_a_damaged_journal_is_refused_and_not_touched",
        "doors/store/test_database.py::test_a_locked_journal_is_told_after_the_wait_and_works_again_when_it_is_free",
    ),
    "F25 the key ring": (
        "doors/keyring/test_key_ring.py::test_a_refusing_key_ring_leaves_memory_for_this_run",
        "doors/drive/test_sign_in.py::test_without_its_key_the_file_is_empty_and_nothing_breaks",
    ),
    "F26 sleep": (HERE + "test_a_computer_that_slept_for_days_catches_up_once",),
    "F27 two programs": ("doors/store/test_database.py::test_two_processes_make_and_write_one_journal_at_once",),
    "F28 another version of the program": (
        "doors/store/test_database.py::test_a_journal_of_a_newer_version_is_refused_and_untouched",
    ),
    "F29 fields that come and go": (
        HERE + "test_a_field_that_is_missing_or_says_something_else_changes_nothing",
        HERE + "test_an_answer_to_a_write_that_cannot_be_read_is_looked_up",
        HERE + "test_a_day_that_is_none_stops_the_daily_log_alone",
    ),
    "S1 hostile names": (
        HOSTILE,
        TWINS,
        "model/test_file_names.py::test_f243_every_name_comes_back_as_it_was",
        "model/test_file_names.py::test_what_is_mapped_is_a_name_that_the_drive_accepts",
        "doors/drive/test_client.py::test_a_name_cannot_lead_out_of_its_folder",
    ),
    "S2 answers without end": (
        "doors/drive/test_client.py::test_an_answer_that_unpacks_to_gigabytes_is_not_read",
        "doors/procore/test_client.py::test_an_answer_beyond_every_size_is_not_read_on",
    ),
    "S3 markup in names": ("gui/test_documents_page.py::test_s3_a_name_with_markup_is_shown_as_it_is",),
    "S5 foreign hosts": (
        FOREIGN,
        "doors/procore/test_documents_store.py::test_s5_the_token_does_not_follow_to_the_storage",
        "doors/drive/test_transfers.py::test_a_foreign_address_gets_no_visit",
        "doors/drive/test_transfers.py::test_a_foreign_upload_address_gets_nothing",
        "doors/drive/test_client.py::test_a_list_that_leads_to_another_host_ends",
    ),
}
ISSUE: dict[str, tuple[str, ...]] = {
    "path traversal and reserved names": (HOSTILE,),
    "case twins": (TWINS,),
    "0 bytes": (HERE + "test_f229_files_of_no_bytes_go_both_ways_and_stay",),
    "1 GB": (
        "engine/test_file_limits_and_stops.py::test_f227_a_billion_bytes_stay_and_are_listed_and_one_byte_less_goes",
    ),
    "names of 300 characters": (HERE + "test_names_of_300_letters_and_paths_of_more_than_400_are_reported",),
    "a folder moved into itself": (HERE + "test_folders_moved_into_each_other_lose_nothing",),
    "a file deleted while copying": (HERE + "test_a_file_deleted_while_it_is_copied_harms_no_other",),
    "both sides edited": (HERE + "test_what_both_sides_edit_is_kept_twice",),
    "empty listing": (LISTINGS,),
    "404 on the root": (
        HERE + "test_a_root_of_the_drive_that_is_gone_pauses_and_deletes_nothing",
        HERE + "test_a_project_that_procore_does_not_know_any_more_deletes_nothing",
    ),
    "410": (HERE + "test_a_forgotten_cursor_reads_everything_and_deletes_nothing",),
    "423": (PASSING, HERE + "test_what_is_locked_full_or_infected_in_the_drive_waits_with_its_reason"),
    "507": (HERE + "test_a_full_drive_waits_and_goes_on_once_there_is_space",),
    "expired download address": (
        PASSING,
        "doors/drive/test_against_sandbox.py::test_a_download_address_that_is_too_old_is_asked_for_anew",
    ),
    "redirect to a foreign host": (FOREIGN,),
    "a token that dies in the middle": (
        PASSING,
        HERE + "test_a_dead_client_stops_with_a_request_to_sign_in_and_goes_on_later",
    ),
    "kill at every cut point": KILLED,
}
NOT_OF_FILES = {
    "F11 partial success of a bulk call": "files travel one by one; no call carries several",
    "F18 origin_id": "files and folders have none: they are told apart by Procore's own numbers",
    "S4 formulas in exports": "nothing of files is exported to a table; signed reports are JSON",
}
"""Row of the matrix → why it has no test here."""


@pytest.mark.parametrize("row", [*MATRIX, *ISSUE])
def test_a_bad_input_has_the_tests_that_prove_it(row: str) -> None:
    assert [proof for proof in (MATRIX | ISSUE)[row] if not is_there(proof)] == []


def test_every_row_of_the_matrix_is_there_once() -> None:
    rows = [row.partition(" ")[0] for row in (*MATRIX, *NOT_OF_FILES)]
    assert sorted(rows) == sorted([*(f"F{n}" for n in range(1, 30)), *(f"S{n}" for n in range(1, 6))])
