"""What waits for a person, from the command line: `sync --confirm` lets a held run go, `sync --accept` accepts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.command_line import Say, speaker
from tests.programs import Control, InnerProgram, sandbox_process

ORDERS = "purchase-orders"
SWITCHED_ON = {
    "guard": True,
    "guard_records": 1,
    "acceptance_purchase_orders": True,
    "accepts_own_requests": False,
    "acceptance_limits": "compta 100000",
}


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with sandbox_process("--strict", "--spike-limit", "1000") as running:
        yield running


@pytest.fixture(scope="module")
def program(control: Control, tmp_path_factory: pytest.TempPathFactory) -> InnerProgram:
    """A training company in step, where somebody then wants to practise what is off by itself."""
    made = InnerProgram(tmp_path_factory.mktemp("held") / "profile", control)
    assert made.run("sync", "projects", "suppliers").exit_code == 0
    switch(made, **SWITCHED_ON)
    return made


def switch(program: InnerProgram, **settings: Any) -> None:
    """What somebody sets in Configuration."""
    file = program.profile.parent / "settings.json"
    file.write_text(json.dumps(settings))
    assert program.run("configure", "--from", str(file)).exit_code == 0


@pytest.fixture
def say(program: InnerProgram, control: Control, capfd: pytest.CaptureFixture[str]) -> Say:
    return speaker(program.profile, capfd, "--training", "--sandbox", control.url, "--language", "en")


def cities(control: Control) -> list[str]:
    return [str(row.get("city")) for row in control.state("vendors")]


def test_a_run_that_changes_too_much_is_held_and_ends_with_one(
    program: InnerProgram, control: Control, say: Say
) -> None:
    """GRD-01: a scheduler hears of it."""
    program.type_in_maestro("UPDATE m_supplier SET city = 'Matane', rowver = rowver + 1 WHERE status = 'A'")
    said = say("sync", "suppliers", "--json")
    (row,) = said.document["requests"]
    assert (said.exit_code, row["state"], row["problem"]["code"]) == (1, "failed", "GRD-01")
    assert f"--confirm {row['number']}" in row["problem"]["remedy"]
    assert "Matane" not in cities(control)


def test_confirmed_it_sends_what_was_held(control: Control, say: Say) -> None:
    held = say("requests", "--last", "1", "--json").document[0]
    said = say("sync", "--confirm", str(held["number"]), "--json")
    (row,) = said.document["requests"]
    assert (said.exit_code, row["id"], row["problem"]) == (0, held["id"], None)
    assert row["updated"] == held["problem"]["args"]["n"] == cities(control).count("Matane")


def test_it_cannot_be_confirmed_twice(say: Say) -> None:
    """GRD-04."""
    last = say("requests", "--last", "1", "--json").document[0]["number"]
    assert say("sync", "--confirm", str(last), "--json").codes == {"GRD-04"}


@pytest.mark.parametrize("words", [("suppliers",), ("--full",), ("--preview",), ("--project", "26001")])
def test_a_confirmation_is_about_its_request_only(say: Say, words: tuple[str, ...]) -> None:
    said = say("sync", "--confirm", "1", *words, "--json")
    assert (said.exit_code, said.codes) == (2, {"CLI-01"})


def test_orders_wait_and_the_run_is_well(program: InnerProgram, say: Say) -> None:
    """ACC-01: skipped with a warning; projects without the tool are another matter."""
    (row,) = say("sync", ORDERS, "--json").document["requests"]
    assert row["created"] == 0 and row["skipped"] > 3
    assert {told["code"] for told in say("messages", ORDERS, "--json").document} >= {"ACC-01"}


def test_the_requester_accepts_nothing_of_it(say: Say) -> None:
    """ACC-04."""
    (row,) = say("sync", ORDERS, "--accept", "--json").document["requests"]
    assert row["created"] == 0
    assert {told["code"] for told in say("messages", ORDERS, "--json").document} >= {"ACC-01", "ACC-04"}


def test_another_person_accepts_within_his_limit(program: InnerProgram, control: Control) -> None:
    """ACC-05, then everything; what was accepted is not held once more by the change guard."""
    waiting = program.rows("SELECT count(*) AS n FROM acceptance WHERE verdict = 'waiting'")[0]["n"]
    approver = InnerProgram(program.profile, control, "--user", "COMPTA")
    made = 0
    for _ in range(2):
        (row,) = approver.run("sync", ORDERS, "--accept").document["requests"]
        query = "SELECT accepted_by FROM sync_action WHERE request_id = ? AND kind = 'create'"
        assert {each["accepted_by"] for each in program.rows(query, row["id"])} == {"COMPTA"}
        assert 0 < row["created"] < waiting and row["problem"] is None
        made += row["created"]
        switch(program, acceptance_limits="")
    assert made == waiting and program.rows("SELECT name FROM acceptance WHERE verdict = 'waiting'") == []
