"""Every message of the catalogue is raised by its condition on a real run against the strict sandbox.

A story makes many conditions in one company, runs its elements, and each message must stand with its own record.
Codes that another test proves, or that no run can raise, are listed with that test or the reason.
"""

import ast
import re
from pathlib import Path

import pytest

from maestro_procore.i18n import LANGUAGES
from maestro_procore.model.problems import CATALOGUE, message, remedy
from tests.engine.stories import Story, played
from tests.engine.stories_of_budgets import BUDGETS, NO_VIEW
from tests.engine.stories_of_change_orders import CHANGE_ORDERS, UNDOCUMENTED
from tests.engine.stories_of_costs import COST_STORY, NOT_LINKED
from tests.engine.stories_of_orders import ORDERS
from tests.engine.stories_of_reconciliation import GUARDED, NO_COLUMN, OTHER_COLUMN
from tests.engine.stories_of_reconciliation import RECONCILIATION as RECONCILED
from tests.engine.stories_of_service import PROJECTS, SERVICE, SUPPLIERS, TOOLS_OFF, TWICE
from tests.model.test_problems import NOT_RAISED
from tests.pointed import is_there

STORIES: dict[str, Story] = {
    "budgets": BUDGETS,
    "orders": ORDERS,
    "change orders": CHANGE_ORDERS,
    "costs": COST_STORY,
    "undocumented": UNDOCUMENTED,
    "not linked": NOT_LINKED,
    "projects": PROJECTS,
    "suppliers": SUPPLIERS,
    "twice": TWICE,
    "service": SERVICE,
    "tools off": TOOLS_OFF,
    "no view": NO_VIEW,
    "reconciled": RECONCILED,
    "other column": OTHER_COLUMN,
    "no column": NO_COLUMN,
    "guarded": GUARDED,
}
CASES = [(name, code) for name, story in STORIES.items() for code in story.codes]


@pytest.mark.parametrize(("name", "code"), CASES, ids=[code for _, code in CASES])
def test_the_message_is_told_of_the_record_it_is_about(name: str, code: str) -> None:
    heard = played(STORIES[name])
    if isinstance(heard, Exception):
        raise heard
    told, wanted = heard
    assert code in told, f"nothing said {code}; told: {sorted(told)}"
    about = [problem for names, problem in told[code] if any(each.startswith(wanted[code]) for each in names)]
    assert about, f"{code} is not about {wanted[code]}: {[sorted(names) for names, _ in told[code]][:5]}"
    for language in LANGUAGES:
        assert message(about[0], language)
        assert remedy(about[0], language)


# --- all the others ---------------------------------------------------------------------------------

TESTS = Path(__file__).parents[1]
ON_RUNS = ("engine", "journeys")
"""Folders whose tests run the program: a code that one of them expects is proved there."""

# Codes that come from what lies around a run, proved where that is: test, by file.
ELSEWHERE = {
    "ACC-09": "gui/test_decisions.py::test_ticked_lines_of_which_none_waits_are_named_as_such",
    "BCK-12": "doors/drive/test_against_sandbox.py::"
    "test_f270_a_personal_drive_gives_back_what_was_deleted_and_a_library_does_not",
    "CFG-18": "doors/procore/test_sign_in.py::test_a_strange_sign_in_server_is_named",
    "CON-12": "doors/procore/test_person_sign_in.py::"
    "test_a_turn_that_another_process_never_gives_back_is_told_and_the_next_try_works",
    "DOC-01": "doors/procore/test_documents_store.py::test_what_is_gone_short_or_locked_is_said",
    "DOC-03": "doors/procore/test_documents_store.py::test_what_is_gone_short_or_locked_is_said",
    "DOC-04": "doors/procore/test_documents_store.py::test_what_is_gone_short_or_locked_is_said",
    "DOC-06": "doors/procore/test_documents_store.py::test_f186_photos_are_images_in_albums",
    "DOC-07": "doors/procore/test_documents_store.py::test_what_is_gone_short_or_locked_is_said",
    "DOC-65": "doors/procore/test_one_way_attaching.py::test_a_name_that_procore_would_show_shortened_is_left",
    "DOC-66": "doors/procore/test_one_way_attaching.py::test_a_procore_that_keeps_no_file_gets_no_empty_entry",
    "DRV-01": "doors/drive/test_client.py::test_a_write_that_never_left_is_no_unknown_outcome",
    "DRV-02": "doors/drive/test_client.py::test_an_answer_means_what_its_deepest_known_code_says",
    "DRV-03": "doors/drive/test_client.py::test_a_token_that_stays_dead_asks_for_a_sign_in",
    "DRV-04": "doors/drive/test_transfers.py::test_a_locked_file_waits_and_the_session_is_given_up",
    "DRV-05": "doors/drive/test_client.py::test_an_answer_means_what_its_deepest_known_code_says",
    "DRV-06": "doors/drive/test_client.py::test_an_answer_means_what_its_deepest_known_code_says",
    "DRV-07": "doors/drive/test_items.py::test_an_item_that_somebody_changed_is_left_alone",
    "DRV-08": "doors/drive/test_client.py::test_an_answer_means_what_its_deepest_known_code_says",
    "DRV-09": "doors/drive/test_items.py::test_an_account_that_may_only_read_is_told_before_the_first_run",
    "DRV-10": "doors/drive/test_client.py::test_a_name_that_leads_elsewhere_is_refused_before_any_call",
    "DRV-11": "doors/drive/test_client.py::test_an_answer_means_what_its_deepest_known_code_says",
    "DRV-12": "doors/drive/test_transfers.py::test_malware_is_named",
    "DRV-13": "doors/drive/test_client.py::test_an_answer_means_what_its_deepest_known_code_says",
    "DRV-14": "doors/drive/test_client.py::test_a_page_cut_in_the_middle_is_no_shorter_page",
    "DRV-15": "doors/drive/test_client.py::test_a_web_page_in_between_is_no_answer",
    "DRV-16": "doors/drive/test_client.py::test_the_token_goes_to_no_other_host",
    "DRV-17": "doors/drive/test_sign_in.py::test_a_sign_in_server_that_does_not_answer_is_named",
    "DRV-18": "doors/drive/test_transfers.py::test_a_content_that_stays_wrong_is_given_up",
    "DRV-19": "doors/drive/test_client.py::test_an_answer_means_what_its_deepest_known_code_says",
    "DRV-20": "doors/drive/test_sign_in.py::test_f170_f171_a_refused_renewal_says_what_a_person_has_to_do",
    "DRV-21": "doors/drive/test_sign_in.py::test_f170_f171_a_refused_renewal_says_what_a_person_has_to_do",
    "DRV-22": "doors/drive/test_sign_in.py::test_f170_f171_a_refused_renewal_says_what_a_person_has_to_do",
    "DRV-23": "doors/drive/test_sign_in.py::test_f170_f171_a_refused_renewal_says_what_a_person_has_to_do",
    "DRV-24": "doors/drive/test_sign_in.py::test_f170_f171_a_refused_renewal_says_what_a_person_has_to_do",
    "DRV-25": "doors/drive/test_sign_in.py::test_a_sign_in_that_is_not_finished_says_so",
    "DRV-26": "doors/drive/test_sign_in.py::test_f170_f171_a_refused_renewal_says_what_a_person_has_to_do",
    "DRV-27": "doors/drive/test_transfers.py::test_a_session_that_nobody_remembers_is_waited_for",
    "FIL-01": "model/test_file_limits.py::test_a_pair_that_grows_past_the_limit_stays_as_it_was",
    "FIL-02": "model/test_file_decider.py::test_what_is_below_a_name_that_is_too_long_stays_with_it",
    "FIL-03": "model/test_file_decider.py::test_a_path_that_is_too_long_is_reported_with_its_excess",
    "FIL-04": "model/test_file_limits.py::test_what_programs_leave_behind_is_ignored",
    "FIL-05": "model/test_file_limits.py::test_f129_f133_f134_an_item_that_cannot_be_written_waits_with_its_reason",
    "FIL-06": "model/test_file_limits.py::test_f129_f133_f134_an_item_that_cannot_be_written_waits_with_its_reason",
    "FIL-07": "model/test_file_limits.py::test_f129_f133_f134_an_item_that_cannot_be_written_waits_with_its_reason",
    "FIL-08": "model/test_file_limits.py::test_f129_f133_f134_an_item_that_cannot_be_written_waits_with_its_reason",
    "FIL-09": "model/test_file_limits.py::test_f129_f133_f134_an_item_that_cannot_be_written_waits_with_its_reason",
    "FIL-10": "model/test_file_limits.py::test_f129_f133_f134_an_item_that_cannot_be_written_waits_with_its_reason",
    "FIL-11": "model/test_file_decider.py::test_f127_changes_in_the_copy_of_a_one_way_tool_are_reported_and_not_pushed",
    "FIL-12": "model/test_file_decider.py::test_f186_albums_hold_no_folders",
    "FIL-13": "model/test_file_decider.py::test_a_root_that_is_gone_halts_everything",
    "FIL-14": "model/test_file_guard.py::test_a_side_that_was_emptied_is_held_with_its_own_reason",
    "FIL-15": "model/test_file_guard.py::test_f249_more_than_250_deletions_are_held",
    "FIL-16": "model/test_file_guard.py::test_more_than_a_tenth_of_a_project_is_held",
    "FIL-17": "model/test_file_phases.py::test_f108_f123_the_completion_has_the_title_that_people_know",
    "FIL-18": "model/test_file_phases.py::test_f197_f198_f206_a_changed_top_folder_pauses_the_project_and_is_put_back",
    "FIL-19": "model/test_file_phases.py::test_f197_f198_f206_a_changed_top_folder_pauses_the_project_and_is_put_back",
    "FIL-30": "model/test_file_limits.py::test_a_private_record_is_left_and_told",
    "KEY-02": "doors/keyring/test_secret_service.py::test_a_locked_key_ring_is_named_and_nothing_hangs",
    "KEY-03": "doors/keyring/test_key_ring.py::test_a_refusing_key_ring_leaves_memory_for_this_run",
    "REC-02": "doors/test_direct_costs_on_sandbox.py::test_f082_the_costs_of_the_training_company_agree_to_the_cent",
    "SRV-13": "gui/test_conditions.py::test_a_full_synchronization_asks_one_question_for_both",
    "SRV-17": "doors/procore/test_network.py::test_f283_a_server_that_cannot_prove_who_it_is_gets_nothing",
    "SRV-18": "doors/procore/test_network.py::test_a_proxy_that_wants_a_password_is_named",
    "SRV-19": "doors/procore/test_network.py::test_an_unknown_name_is_told_as_such",
    "SRV-20": "doors/procore/test_client.py::test_a_redirect_to_a_foreign_host_is_not_followed",
    "SRV-21": "doors/procore/test_network.py::test_a_server_that_sends_a_byte_at_a_time_is_given_up_in_time",
    "SRV-28": "gui/test_closing.py::test_f045_work_that_stopped_behind_the_window_is_told_with_what_to_do",
    "STO-04": "doors/store/test_database.py::test_a_journal_of_a_newer_version_is_refused_and_untouched",
    "TRN-01": "doors/training/test_month_play.py::test_a_day_that_the_month_has_not_is_refused",
    "TRN-02": "doors/training/test_month_play.py::test_a_missing_record_is_named_and_the_rest_of_the_day_waits",
    "TRN-03": "doors/training/test_month_play.py::test_the_sandbox_says_why_it_refuses",
    "TRN-04": "doors/training/test_training_load.py::test_a_file_that_is_no_company_is_refused",
    "TRN-05": "doors/training/test_training_load.py::test_a_wrong_row_is_named",
    "TRN-06": "doors/training/test_training_verb.py::test_a_replacement_cut_short_is_not_opened_as_if_it_were_whole",
    "TRN-07": "doors/training/test_training_verb.py::test_a_running_sandbox_keeps_its_company",
}

# Codes that no run can raise today, and why.
NO_RUN = {
    "DOC-21": "told before a run begins: nobody is signed in (file_wiring.py), which training cannot be",
    "DOC-22": "told before a run begins: no application is set, which training does not need",
    "DOC-40": "doors/procore/test_one_way.py::test_nothing_is_written_into_a_tool_that_is_only_copied",
    "DOC-25": "told by `documents add` of an account without a OneDrive, which the practice company has",
    "CFG-09": "told before a run begins: nothing is ticked (engine/commands.py)",
    "CFG-10": "told by Configuration before a run begins",
    "CFG-15": "told by Configuration before a run begins",
    "SRV-26": "a row of maestro* that its own rules refuse; orders say PO-13, and suppliers go to Procore only",
    "STO-05": "a network folder, which no test computer has",
    "STO-09": "told by the window, where the command line says STO-01 to STO-04",
    "UND-10": "an undo whose before-image is missing: only a journal of an older program has one",
    "RUN-12": "two engines on one journal; the lease keeps the second from starting",
}


def _expected(folder: str) -> dict[str, str]:
    """Code → a test of that folder that names it among what it proves or expects."""
    found: dict[str, str] = {}
    for path in sorted((TESTS / folder).rglob("test_*.py")):
        if path == Path(__file__):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found |= dict.fromkeys(_codes_in(node), f"{path.relative_to(TESTS)}::{node.name}")
    return found


def _codes_in(test: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    texts = (n.value for n in ast.walk(test) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return {code for text in texts for code in CODE.findall(text)}


CODE = re.compile(r"\b[A-Z]{2,3}-\d\d\b")


def test_every_message_is_raised_on_a_run_or_says_where_else_it_is_proved() -> None:
    proved = {code for _, code in CASES}
    for folder in ON_RUNS:
        proved |= _expected(folder).keys()
    assert sorted(CATALOGUE.keys() - proved - ELSEWHERE.keys() - NO_RUN.keys() - NOT_RAISED.keys()) == []


def test_nobody_is_excused_twice() -> None:
    """A code that a story raises by now needs no excuse any more."""
    raised = {code for _, code in CASES}
    assert raised & (ELSEWHERE.keys() | NO_RUN.keys() | NOT_RAISED.keys()) == set()
    assert (ELSEWHERE.keys() | NO_RUN.keys()) - CATALOGUE.keys() == set()


@pytest.mark.parametrize("code", ELSEWHERE)
def test_the_test_that_proves_a_code_elsewhere_is_there(code: str) -> None:
    assert is_there(ELSEWHERE[code])
