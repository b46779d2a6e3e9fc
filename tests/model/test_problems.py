"""The catalogue of messages is complete, and a problem becomes a sentence in the reader's language (F012–F027)."""

import ast
import json
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import text_uses

from maestro_procore import i18n
from maestro_procore.i18n import NBSP
from maestro_procore.model import problems
from maestro_procore.model.problems import (
    CATALOGUE,
    Kind,
    Phase,
    Problem,
    Refused,
    UnknownCode,
    cause,
    message,
    not_catalogued,
    remedy,
    said,
)  # fmt: skip
from maestro_procore.places import PlaceRefused, Reason

forget_sources = pytest.fixture(scope="module", autouse=True)(text_uses.forget_sources)

# Code, kind and phase of sections 4.1 to 4.4 and 4.8 of the interface's documentation.
DOCUMENTED = """
CFG-01 E pre · CFG-02 E pre · CFG-03 E pre · CFG-04 E pre · CFG-05 E pre · CFG-06 E pre · CFG-07 E pre · CFG-08 E pre
CFG-09 W pre · CFG-10 W pre · CFG-11 E pre · CFG-12 E pre
SRV-01 E post · SRV-02 W post · SRV-03 W post · SRV-04 W post · SRV-05 E post · SRV-06 E post · SRV-07 E post
SRV-08 E post · SRV-09 E post · SRV-10 E post · SRV-11 E pre · SRV-12 I post · SRV-13 W pre
PRJ-01 E pre · PRJ-02 E pre · PRJ-03 E pre · PRJ-04 E pre · PRJ-05 E pre · PRJ-06 E pre · PRJ-07 W pre · PRJ-08 W pre
PRJ-09 W pre · PRJ-10 E pre · PRJ-11 E pre · PRJ-12 E pre · PRJ-13 W pre · PRJ-14 E pre · PRJ-15 W pre · PRJ-16 W post
PRJ-17 E post · PRJ-18 E pre · PRJ-19 E post
SUP-01 E pre · SUP-02 E pre · SUP-03 E pre · SUP-04 W pre · SUP-05 E pre · SUP-06 E pre · SUP-07 E pre · SUP-08 E pre
SUP-09 E post · SUP-10 W post
COD-01 E pre · COD-02 E pre · COD-03 W pre · COD-04 E pre · COD-05 W pre · COD-06 E pre · COD-07 E pre
BUD-01 E pre · BUD-02 E pre · BUD-03 W post · BUD-04 W pre · BUD-05 W pre · BUD-06 W pre · BUD-07 E post · BUD-08 I pre
PO-01 I pre · PO-02 E pre · PO-03 E pre · PO-04 E pre · PO-05 E pre · PO-06 W pre · PO-07 E pre · PO-08 E pre
PO-09 E pre · PO-10 E pre · PO-11 W pre · PO-12 E pre · PO-13 E post · PO-14 W post · PO-15 E pre · PO-16 E pre
SC-01 E pre · SC-02 E pre · SC-03 W pre · SC-04 E pre
CO-01 E pre · CO-02 I pre · CO-03 E pre · CO-04 E pre · CO-05 E pre · CO-06 W pre · CO-07 E pre · CO-08 E pre
CO-09 W pre · CO-10 W post
LNK-01 E pre · LNK-02 W pre · LNK-03 I post · LNK-04 E pre · LNK-05 E post · LNK-06 E post
"""
ROWS = re.findall(r"([A-Z]{2,3}-\d\d) ([EWI]) (pre|post)", DOCUMENTED)


@pytest.fixture(autouse=True)
def strict_reader() -> Iterator[None]:
    zone, strict = i18n._reader.time_zone, i18n._reader.strict
    i18n.set_time_zone(ZoneInfo("America/Toronto"))
    i18n.be_strict()
    yield
    i18n.set_time_zone(zone)
    i18n.be_strict(strict)


def test_every_documented_message_is_there_with_its_kind_and_phase() -> None:
    assert len(ROWS) == 105
    differing = [row for row in ROWS if (CATALOGUE[row[0]].kind, CATALOGUE[row[0]].phase) != (row[1], row[2])]
    assert differing == []


def test_the_maestro_server_message_is_word_for_word() -> None:
    """F026."""
    assert message(Problem("SRV-01"), "en") == "An error occurred while communicating with the maestro server"
    assert message(Problem("SRV-01"), "fr") == (
        "Une erreur s'est produite lors de la communication avec le serveur maestro"
    )


def test_its_meaning_names_the_maestro_service_and_task_management() -> None:
    """F027, F028."""
    assert "Maestro Service" in cause(Problem("SRV-01"), "en")
    assert "Task Management" in remedy(Problem("SRV-01"), "en")
    assert "Gestion des tâches" in remedy(Problem("SRV-01"), "fr")


def test_every_error_and_warning_says_why_and_what_to_do() -> None:
    for code, entry in CATALOGUE.items():
        for part in (entry.cause, entry.remedy):
            for language in i18n.LANGUAGES:
                assert part[language]["other"].strip(), (code, language)


def test_every_error_and_warning_says_who_can_put_it_right() -> None:
    labels = {key.removeprefix("who.") for key in i18n.keys_under("who.")}
    for code, entry in CATALOGUE.items():
        if entry.kind is not Kind.INFORMATION:
            assert entry.who in labels, code


def test_every_action_has_its_button() -> None:
    """F020 and the fix buttons: no action without a label in both languages."""
    assert [code for code, e in CATALOGUE.items() if e.action and not i18n.has_text(f"action.{e.action}")] == []


def test_a_count_is_one_of_the_values_of_its_message() -> None:
    for code, entry in CATALOGUE.items():
        if entry.count:
            assert entry.count in text_uses.needed(code), code
            assert entry.text["en"]["one"] != entry.text["en"]["other"], code
        else:
            assert entry.text["en"]["one"] == entry.text["en"]["other"], code


def test_messages_read_well_for_one_and_for_many() -> None:
    assert message(Problem("CFG-08", {"n": 1}), "en").endswith("1 record is already linked.")
    assert message(Problem("CFG-08", {"n": 3512}), "en").endswith("3,512 records are already linked.")
    assert message(Problem("CFG-08", {"n": 0}), "fr").endswith("0 fiche est déjà liée.")


def test_every_message_can_be_made_from_its_values() -> None:
    """No broken place hides in a message that is rarely shown."""
    amounts = {"amount": "1234.50 CAD", "limit": "1000.00", "percent": "12.5"}
    values = {"time": "2026-11-23T19:05:00+00:00", "n": 2, "minutes": 2, "size_bytes": 2, "limit_bytes": 2, **amounts}
    values |= {"needed": 2, "left": 1}
    for code in CATALOGUE:
        problem = Problem(code, {name: values.get(name, "x") for name in text_uses.needed(code)})
        for language in i18n.LANGUAGES:
            for made in (message(problem, language), cause(problem, language), remedy(problem, language)):
                assert "{" not in made, code
                assert not made.endswith(".."), code


def test_the_call_limit_message_names_the_hour_of_the_reader() -> None:
    """F009, F010."""
    waiting = Problem("SRV-02", {"time": "2026-11-23T19:05:00+00:00"})
    assert message(waiting, "en") == "Procore call limit reached. Work resumes at 14:05."
    assert message(waiting, "fr") == f"Limite d'appels Procore atteinte. Reprise à 14{NBSP}h{NBSP}05."


def test_names_of_fields_elements_and_states_are_shown_as_labels() -> None:
    assert "Closing Date" in message(Problem("PRJ-09", {"field": "closing_date"}), "en")
    assert "Date de fermeture" in message(Problem("PRJ-09", {"field": "closing_date", "element": "projects"}), "fr")
    assert "Nom" in message(Problem("PRJ-09", {"field": "name", "element": "suppliers"}), "fr")
    assert "Fournisseurs" in message(Problem("SRV-11", {"element": "suppliers"}), "fr")
    assert "Procore" in message(Problem("LNK-02", {"code": "A1", "system": "procore"}), "en")
    wrong = Problem("CFG-19", {"setting": "theme", "name": "theme", "value": "pink"})
    assert message(wrong, "fr") == "Le paramètre Apparence n'accepte pas la valeur pink."
    assert "theme" in cause(wrong, "fr"), "as a settings file calls it"
    assert "Done with warnings" in message(Problem("RUN-07", {"id": "7", "state": "warned"}), "en")
    assert "Phone, city_hall" in message(Problem("LNK-04", {"fields": ["business_phone", "city_hall"]}), "en")


def test_a_problem_inside_a_problem_speaks_the_same_language() -> None:
    why = Problem("SRV-06").to_json()
    assert message(Problem("SRV-05", {"reason": why}), "fr") == (
        f"Arrêt après 10 reprises{NBSP}: Aucune connexion Internet, ou Procore ne répond pas."
    )


def test_a_reason_with_its_own_full_stop_does_not_get_a_second_one() -> None:
    assert message(Problem("LNK-06", {"field": "zip", "text": "is invalid."}), "en").endswith("is invalid.")


def test_data_in_a_message_is_never_interpreted() -> None:
    """S3."""
    assert "{code}<img src=x>" in message(Problem("SUP-01", {"name": "{code}<img src=x>"}), "en")


def test_an_unknown_code_is_a_clear_error() -> None:
    with pytest.raises(UnknownCode, match="XYZ-99"):
        message(Problem("XYZ-99"), "en")


def test_a_code_of_a_newer_program_is_still_shown() -> None:
    assert said(Problem("XYZ-99", {"code": "A1"}), "en") == "XYZ-99 code: A1"


def test_message_and_remedy_together_make_one_paragraph() -> None:
    assert said(Problem("PRJ-03", {"code": "P1"}), "en") == (
        "Start date missing for project P1. Fill in the start date of the project, then synchronize again."
    )


json_values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.lists(st.text(), max_size=3)


# The first example of a process also pays for hypothesis' own character tables.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.text(string.ascii_lowercase, min_size=1), json_values, max_size=5))
def test_a_problem_survives_the_journal(args: dict[str, problems.JsonValue]) -> None:
    problem = Problem("LNK-06", args)
    again = Problem.from_json(json.loads(json.dumps(problem.to_json())))
    assert again == problem
    assert hash(again) == hash(problem)


@pytest.mark.parametrize("reason", get_args(Reason))
def test_a_refused_folder_is_named_in_the_message(reason: Reason) -> None:
    folder = Path("/srv/profile")
    assert str(folder) in message(problems.of_place(PlaceRefused(reason, folder)), "fr")


def test_a_reason_given_as_a_code_is_explained_by_its_cause() -> None:
    said_so = message(Problem("SRV-05", {"reason": "SRV-24"}), "en")
    assert said_so == "Stopped after 10 resumes: A fault on Procore's side."


def test_a_reason_of_the_company_is_put_into_words() -> None:
    assert "une valeur est trop longue" in message(Problem("SRV-26", {"code": "A1", "reason": "too_long"}), "fr")


def test_f012_severities_are_errors_and_warnings_and_what_stands_in_history_only() -> None:
    """F012."""
    assert {entry.kind for entry in CATALOGUE.values()} == set(Kind)
    assert Problem("PRJ-03").kind is Kind.ERROR
    assert Problem("PRJ-03").is_error
    assert Problem("PRJ-07").kind is Kind.WARNING
    assert Problem("PRJ-03").phase is Phase.PRE


def test_refused_carries_its_problem_and_shows_its_code() -> None:
    refused = Refused(Problem("STO-03", {"file": "journal.sqlite"}))
    assert refused.problem.code == "STO-03"
    assert "STO-03" in str(refused)


def test_an_answer_that_nobody_catalogued_is_shown_as_received() -> None:
    """F025."""
    problem = not_catalogued(409, "POST", "/rest/v1.0/vendors", "  The moon\n is full 17 ")
    assert message(problem, "en") == "Unknown Procore message: The moon is full 17."
    assert problem.args["status"] == 409
    assert message(not_catalogued(502, "GET", "/x", " \n"), "fr") == f"Message Procore inconnu{NBSP}: HTTP 502."


def test_a_very_long_answer_is_cut() -> None:
    shown = not_catalogued(500, "GET", "/x", "word " * 10_000).args["text"]
    assert isinstance(shown, str)
    assert len(shown) == 500


def test_every_code_that_the_program_raises_is_in_the_catalogue() -> None:
    assert [(use.where, use.key) for use in text_uses.made_problems() if use.key not in CATALOGUE] == []


def test_every_code_that_stands_in_a_table_is_in_the_catalogue() -> None:
    """Codes kept as constants ("PRJ-13" in a mapping row) are checked like those of calls."""
    pattern = re.compile(r"[\"'](" + "|".join({code[:3].rstrip("-") for code in CATALOGUE}) + r")-(\d\d)[\"']")
    unknown = []
    for path in text_uses.PACKAGE.rglob("*.py"):
        for family, number in pattern.findall(path.read_text(encoding="utf-8")):
            if f"{family}-{number}" not in CATALOGUE:
                unknown.append((path.name, f"{family}-{number}"))
    assert unknown == []


# Codes that no part raises yet, and what has to be there first.
NOT_RAISED = {
    "CFG-11": "maestro*'s tables do not hold the installation options",
    "RUN-03": "projects and suppliers need no other element; budgets do",
    "RUN-09": "no record refers to one of another element yet; orders refer to suppliers",
    "SUP-01": "orders bring companies of Procore that maestro* may lack",
    "SUP-07": "no supplier is created from Procore",
    "SUP-08": "no supplier is created from Procore",
    "SUP-09": "no supplier is created from Procore",
}


def test_every_code_is_raised_or_says_why_not_yet() -> None:
    """A message that nothing raises promises a check that nobody makes."""
    assert sorted(CATALOGUE.keys() - text_uses.raised_codes()) == sorted(NOT_RAISED)


def test_a_code_that_is_only_compared_with_or_looked_up_is_not_raised() -> None:
    source = 'x = p.code == "CFG-01" or p.code in ("CFG-02",)\ny = Problem("CFG-03")\nz = {"CFG-04": {404: "CFG-05"}}'
    assert text_uses.codes_in(ast.parse(source)) == {"CFG-03", "CFG-05"}


def test_every_problem_gets_the_values_it_shows() -> None:
    lacking = [
        (use.where, use.key, text_uses.needed(use.key) - use.args)
        for use in text_uses.made_problems()
        if use.args is not None and use.key in CATALOGUE and text_uses.needed(use.key) - use.args
    ]
    assert lacking == []
