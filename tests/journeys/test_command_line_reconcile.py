"""`reconcile` as a scheduler uses it: real processes, killed and cut short, one JSON document, one workbook."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.journeys.command_line import Say, speaker
from tests.programs import (
    ROOT,
    Control,
    Program,
    another_start_line,
    closed_port,
    finish,
    kill_group,
    sandbox_process,
    wait_until,
)

LINE_FIELDS = {"project", "code", "element", "figure", "currency", "maestro", "expected", "procore", "unexplained"}
P = "26003"
DETAIL_ROWS = {"method": "GET", "path": "*/detail_rows"}


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with sandbox_process("--strict", "--spike-limit", "1000") as running:
        yield running


@pytest.fixture(scope="module")
def program(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A profile whose company is in step."""
    made = Program(tmp_path_factory.mktemp("reconcile") / "profile", control)
    assert made.run("sync", "all", "--full").requests.keys() >= {"costs", "budgets"}
    control.forget_calls()
    return made


@pytest.fixture
def say(program: Program, control: Control, capfd: pytest.CaptureFixture[str]) -> Say:
    return speaker(program.profile, capfd, "--training", "--sandbox", control.url, "--language", "en")


def reads(control: Control) -> list[str]:
    """Last words of the paths that were asked for, those that nobody answered yet among them."""
    return [call["path"].rpartition("/")[2] for call in control.calls() if call["api"] == "procore"]


def test_after_a_full_synchronization_both_sides_agree(program: Program, control: Control, tmp_path: Path) -> None:
    """Issue 3: `sync all --full`, then `reconcile --json` → agrees."""
    said = program.run("reconcile", "--xlsx", str(tmp_path / "certificate.xlsx"))
    assert (said.exit_code, said.document["agrees"]) == (0, True)
    assert set(said.document["unexplained"].values()) == {"0.00"}
    differences = said.document["differences"]
    assert differences and all(row["cause"] and row["unexplained"] == "0.00" for row in differences)
    assert all(row.keys() >= LINE_FIELDS for row in differences)
    assert set(reads(control)) == {"detail_rows"}
    assert load_workbook(tmp_path / "certificate.xlsx")["Summary"]["B10"].value == "Agrees: unexplained 0.00"


def test_it_is_seen_among_the_requests_with_its_calls(say: Say, control: Control) -> None:
    (row,) = [row for row in say("requests", "--json").document if row["element"] == "reconciliation"]
    assert (row["mode"], row["state"], row["errors"]) == ("reconcile", "done", 0)
    actions = say("actions", str(row["number"]), "--json").document
    assert len(actions) == row["calls"] == len(reads(control))
    assert {action["kind"] for action in actions} == {"read"}


def test_a_person_reads_a_table(program: Program) -> None:
    command = program.command("reconcile", "--project", P, "--cutoff", "2026-11-30")
    said = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert said.returncode == 0, said.stderr
    for words in ("Certificate of reconciliation", "Cut-off date: 2026-11-30", "Unexplained", "✔ Agrees"):
        assert words in said.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--cutoff", "2026-02-30"), "CLI-01"), (("--project", "99999"), "CLI-03"), (("--cutoff",), "CLI-01")],
)
def test_what_cannot_be_meant_is_refused(say: Say, words: tuple[str, ...], code: str) -> None:
    said = say("reconcile", *words, "--json")
    assert (said.exit_code, said.codes) == (2, {code})


def test_a_cent_that_nobody_can_name_ends_with_1(program: Program, control: Control) -> None:
    """The lists that would tell which record it is are refused."""
    (number,) = [row["id"] for row in control.state("projects") if row["project_number"] == P]
    line = next(row for row in control.state("direct_cost_line_items") if row["project_id"] == number)
    amount = f"{float(line['extended_amount']) + 0.01:.2f}"
    edited = {"quantity": "1.0", "unit_cost": amount, "extended_amount": amount}
    before = {name: line[name] for name in edited}
    control.edit("direct_cost_line_items", id=line["id"], **edited)
    control.plant({"method": "GET", "path": "*/direct_costs*", "status": 403, "body": {"errors": "no"}, "times": None})
    try:
        said = program.run("reconcile", "--project", P)
    finally:
        control.heal()
        control.edit("direct_cost_line_items", id=line["id"], **before)
    assert (said.exit_code, said.document["agrees"], said.document["unexplained"]["CAD"]) == (1, False, "0.01")
    (row,) = [row for row in said.document["differences"] if row["unexplained"] != "0.00"]
    assert (row["element"], row["unexplained"], row["cause"].split(", ")[-1]) == ("costs", "-0.01", "REC-00")
    assert said.problem_codes == {"REC-00"}


def test_a_killed_one_goes_on_where_it_was(program: Program, control: Control) -> None:
    """kill -9 while it waits for the fourth project: the first three are not read again."""
    control.forget_calls()
    control.plant({**DETAIL_ROWS, "nth": 4, "delay": 30.0})
    process = program.start("reconcile")
    try:
        wait_until(lambda: reads(control).count("detail_rows") == 4, "the fourth project", 60.0)
    finally:
        kill_group(process)
        control.heal()
    said = finish(program.start("reconcile"))
    assert (said.exit_code, said.document["agrees"]) == (0, True)
    rows = program.rows("SELECT * FROM sync_request WHERE element = 'reconciliation' ORDER BY number")
    assert (rows[-1]["id"], rows[-1]["state"]) == (said.document["request_id"], "done")
    projects = len(program.rows("SELECT * FROM reconciled_project WHERE request_id = ?", rows[-1]["id"]))
    assert len([path for path in reads(control) if path == "detail_rows"]) == projects + 1


def test_when_nobody_answers_it_ends_with_4(program: Program, control: Control) -> None:
    nobody = f"http://127.0.0.1:{closed_port()}"
    with another_start_line(control, procore_api=nobody) as elsewhere:
        said = Program(program.profile, elsewhere).run("reconcile", "--project", P)
    assert (said.exit_code, said.document["agrees"]) == (4, False)
    assert said.problem_codes & {"SRV-06", "SRV-17", "SRV-18", "SRV-19", "SRV-21"}
