"""Servers that stumble, cut, lie or refuse: the real command line against a real port, and the laws afterwards.

Naps pass at once (both clocks jump), so a test of eleven attempts takes no minute.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from maestro_procore.sandbox.answers import Refused
from maestro_procore.sandbox.procore_api import ProcoreApi
from tests import nothing_lost, nothing_twice
from tests.programs import Control, InnerProgram, JumpingClock, another_start_line, closed_port, sandbox_inside

PROJECTS_SYNC, VENDORS_SYNC = "*/projects/sync", "*/vendors/sync"
VENDORS = "*/v1.0/vendors"


@pytest.fixture
def control() -> Iterator[Control]:
    with sandbox_inside(strict=True, spike_limit=1000) as found:
        yield found


@pytest.fixture
def clock(control: Control, monkeypatch: pytest.MonkeyPatch) -> JumpingClock:
    return JumpingClock(control).wind(monkeypatch)


@pytest.fixture
def program(control: Control, clock: JumpingClock, tmp_path) -> InnerProgram:
    return InnerProgram(tmp_path / "profile", control)


def calls_to(control: Control, ending: str, method: str = "GET") -> list[dict]:
    return [c for c in control.calls() if c["method"] == method and c["path"].endswith(ending)]


def attempts(program: InnerProgram, element: str) -> int:
    """Of the newest request of that element, as `requests --json` tells."""
    rows = program.run("requests").document
    return next(row["attempts"] for row in rows if row["element"] == element)


def writes(control: Control) -> int:
    return sum(call["method"] != "GET" for call in control.calls() if call["api"] == "procore")


def assert_lawful(program: InnerProgram, before: nothing_lost.Sides) -> nothing_lost.Sides:
    after = nothing_lost.look(program)
    assert nothing_lost.check(before, after) == []
    return after


# --- attempts ------------------------------------------------------------------------------------


def test_two_refusals_for_load_are_two_attempts_and_then_it_is_done(program, control, clock):
    """F049, F6: 503 waits for its Retry-After and is counted."""
    before = nothing_lost.start(program)
    control.plant({"path": VENDORS_SYNC, "status": 503, "headers": {"Retry-After": "7"}, "times": 2})

    finished = program.run(*nothing_lost.SYNC)

    assert finished.exit_code == 0
    assert (attempts(program, "suppliers"), attempts(program, "projects")) == (2, 0)
    assert clock.napped.total_seconds() > 13  # twice seven, less what the work between took
    assert len(calls_to(control, "/vendors/sync", "PATCH")) == 3
    assert_lawful(program, before)


def test_a_server_that_always_refuses_is_asked_eleven_times(program, control):
    """F049: one try and ten resumes, then SRV-05."""
    control.plant({"path": VENDORS, "status": 503, "headers": {"Retry-After": "0"}, "times": None})

    finished = program.run("sync", "suppliers")

    assert (finished.exit_code, finished.requests["suppliers"]["state"]) == (1, "failed")
    assert finished.problem_codes == {"SRV-05"}
    assert len(calls_to(control, "/vendors")) == 11


def test_f003_a_server_that_always_refuses_writes_turns_the_lines_red(program, control):
    """F003: no green checkmark without an accepted record; what was done before stays."""
    before = nothing_lost.start(program)
    control.plant({"path": VENDORS_SYNC, "status": 503, "headers": {"Retry-After": "0"}, "times": None})

    finished = program.run(*nothing_lost.SYNC)

    assert finished.exit_code == 1
    assert len(calls_to(control, "/vendors/sync", "PATCH")) == 11
    green = program.rows("select * from line where element = 'suppliers' and status = 'done'")
    assert green == []
    assert (
        "SRV-05" in program.rows("select group_concat(problems) as told from line where status = 'failed'")[0]["told"]
    )

    control.heal()
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    assert_lawful(program, before)


# --- answers that never came ----------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_cut_at_every_write_makes_no_duplicate(program, control, cut):
    """F2: whether the server applied the call or not, the record exists once."""
    before = nothing_lost.start(program)
    control.plant({"path": PROJECTS_SYNC, "cut": cut}, {"path": VENDORS_SYNC, "cut": cut})

    finished = program.run(*nothing_lost.SYNC)

    assert finished.exit_code == 0
    assert all(row["errors"] == 0 for row in finished.requests.values())
    assert_lawful(program, before)
    control.forget_calls()
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    assert writes(control) == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": "<html><body>Hotel Wi-Fi</body></html>"},
        {"truncate": 900},
        {"status": 200, "body": {"data": []}},
        {"status": 200, "body": "[1, 2", "headers": {"Content-Type": "application/json"}},
    ],
    ids=["web page", "truncated", "wrong form", "no JSON"],
)
@pytest.mark.parametrize("path", [VENDORS, VENDORS_SYNC], ids=["list", "write"])
def test_an_unreadable_answer_is_asked_for_again(program, control, path, fault):
    """F10: an unknown outcome, never an empty list and never a success."""
    before = nothing_lost.start(program)
    control.plant({"path": path, **fault})

    finished = program.run(*nothing_lost.SYNC)

    assert finished.exit_code == 0
    assert attempts(program, "suppliers") == 1
    assert_lawful(program, before)


def test_an_empty_list_marks_and_deletes_nothing(program, control):
    """F10, C16: absence is not deletion, and an empty answer is not even absence."""
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    before = nothing_lost.look(program)
    for resource in ("*/v1.1/projects", VENDORS, "*/vendors/inactive"):
        control.plant({"method": "GET", "path": resource, "status": 200, "body": []})
    control.forget_calls()

    finished = program.run(*nothing_lost.SYNC, "--full")

    assert finished.exit_code == 0
    assert writes(control) == 0
    after = assert_lawful(program, before)
    told = [line for line in after.journal["line"] if "LNK-02" in str(line["problems"])]
    assert told == []
    assert program.run(*nothing_lost.SYNC, "--full").exit_code == 0
    assert writes(control) == 0


# --- signing in -----------------------------------------------------------------------------------


def test_a_token_that_dies_in_mid_run_is_renewed_once(program, control):
    """F7: one new token, the call repeated, nothing lost."""
    before = nothing_lost.start(program)
    control.plant({"path": VENDORS_SYNC, "status": 401, "body": {"error": "The access token expired"}})

    finished = program.run(*nothing_lost.SYNC)

    assert finished.exit_code == 0
    assert sum(call["api"] == "login" for call in control.calls()) == 2
    assert attempts(program, "suppliers") == 0
    assert_lawful(program, before)


def test_a_wrong_password_says_so_and_nothing_is_asked(program, control, tmp_path):
    """CFG-03, exit 2."""
    with another_start_line(control, client_secret="mistyped") as wrong:
        finished = InnerProgram(tmp_path / "wrong", wrong).run(*nothing_lost.SYNC)

    assert (finished.exit_code, finished.problem_codes) == (2, {"CFG-03"})
    assert [call for call in control.calls() if call["api"] == "procore"] == []


def test_a_company_without_the_app_says_so(program, control, tmp_path):
    """CFG-04, exit 2: Procore knows the company, but the app is not installed there."""
    company = next(row["id"] for row in control.state("companies") if row["id"] != control.line["company_id"])
    with another_start_line(control, company_id=company) as other:
        finished = InnerProgram(tmp_path / "other", other).run(*nothing_lost.SYNC)

    assert (finished.exit_code, finished.problem_codes) == (2, {"CFG-04"})
    assert writes(control) == 0


def test_f027_an_address_where_nobody_listens_is_told_at_once(program, control, clock, tmp_path):
    """Exit 4, without eleven attempts: nobody gains from waiting for a wrong address."""
    nowhere = f"http://127.0.0.1:{closed_port()}"
    with another_start_line(control, procore_api=nowhere, procore_login=nowhere) as line:
        finished = InnerProgram(tmp_path / "nowhere", line).run(*nothing_lost.SYNC)

    assert finished.exit_code == 4
    assert {row["state"] for row in finished.requests.values()} == {"failed"}
    assert clock.napped.total_seconds() == 0


# --- one bad record -------------------------------------------------------------------------------


def test_a_record_that_breaks_the_server_stands_alone(program, control, monkeypatch):
    """F9: 500 for every body that holds it; isolated within 2·log2(n)+1 calls, all others stored."""
    before = nothing_lost.start(program)
    row = next(r for r in control.line["company"]["m_supplier"] if r["status"] == "A" and not r.get("website"))
    poison = f"MST:{control.line['company']['m_company'][0]['tag']}:suppliers:{row['supplier_code']}"
    broken = _poisoned(control, monkeypatch, poison)

    finished = program.run(*nothing_lost.SYNC)

    assert finished.exit_code == 1
    assert finished.requests["suppliers"]["errors"] == 1
    isolating = len(calls_to(control, "/vendors/sync", "PATCH")) - 10  # the ten resumes of the record itself
    assert isolating <= 2 * 6 + 1  # fewer than 64 records in the batch
    assert broken
    lines = program.rows("select maestro_key from line where element = 'suppliers' and status = 'failed'")
    assert lines == [{"maestro_key": row["supplier_code"]}]
    monkeypatch.undo()
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    assert_lawful(program, before)


def _poisoned(control: Control, monkeypatch: pytest.MonkeyPatch, poison: str) -> list[str]:
    """Lets the sandbox's API break on any write that holds a text; returns the list of the calls that did."""
    serve, broken = ProcoreApi.serve, []

    def breaking(api, call):
        if call.method == "PATCH" and poison.encode() in call.body:
            broken.append(call.path)
            raise Refused(500, {"message": "Internal server error"})
        return serve(api, call)

    monkeypatch.setattr(ProcoreApi, "serve", breaking)
    return broken


def test_f031_only_what_failed_is_sent_again(program, control):
    """F031: one record of a batch is refused; the next run sends that one alone."""
    control.switch(short_text_limit=44)  # of all the records to write, few have a text as long as this

    refused = program.run("sync", "suppliers")

    failed = program.rows("select maestro_key from line where status = 'failed' and element = 'suppliers'")
    assert refused.requests["suppliers"]["errors"] == len(failed) > 0
    control.switch(short_text_limit=255)
    control.forget_calls()
    again = program.run("sync", "suppliers")

    assert again.exit_code == 0
    row = again.requests["suppliers"]
    assert row["created"] + row["linked"] == len(failed)
    assert writes(control) == 1


def test_f017_an_altered_value_is_told_after_the_write_and_never_green(program, control):
    """F017, F003: the server stored another number than was sent."""
    assert program.run("sync", "suppliers").exit_code == 0
    made = program.rows("select maestro_key from link where element = 'suppliers' and rule = 'created'")
    key = made[0]["maestro_key"]  # one that Procore had may differ there, which would be a conflict
    program.type_in_maestro("update m_supplier set fax = '418-555-0199' where supplier_code = ?", key)
    control.plant({"path": VENDORS_SYNC, "alter": {"418-555-0199": "418-555-0100"}})

    finished = program.run("sync", "suppliers")

    line = program.rows("select status, problems from line where maestro_key = ?", key)[0]
    assert "CHK-01" in line["problems"]
    assert line["status"] != "done"
    assert finished.exit_code == 1


def test_a_record_changed_between_reading_and_linking_is_not_green(program, control, monkeypatch):
    """F003: its answer shows another value than maestro*; the next run sees to it."""
    project = control.state("projects")[0]
    serve = ProcoreApi.serve

    def edited_just_before(api, call):
        if call.method == "PATCH" and call.path.endswith("/projects/sync"):
            row = api._world.collection("projects").get(project["id"])
            api._world.collection("projects").put({**row, "city": "Ailleurs"})
        return serve(api, call)

    monkeypatch.setattr(ProcoreApi, "serve", edited_just_before)

    assert program.run("sync", "projects").exit_code == 0

    line = program.rows("select * from line where procore_id = ?", project["id"])[0]
    assert (line["status"], line["needs_sync"], line["differing"]) == ("never", 1, '["city"]')


# --- what is asked and what is written ------------------------------------------------------------


def test_f033_two_full_runs_write_nothing_the_second_time(program, control):
    """F033: everything is compared again, nothing is doubled."""
    before = nothing_lost.start(program)
    for words in (nothing_lost.SYNC, nothing_twice.SYNC):
        assert program.run(*words, "--full").exit_code == 0
    control.forget_calls()

    for words in (nothing_lost.SYNC, nothing_twice.SYNC):
        second = program.run(*words, "--full")
        assert all(row["created"] == row["updated"] == 0 for row in second.requests.values())

    assert writes(control) == 0
    assert all("filters%5Bupdated_at%5D" not in call["query"] for call in control.calls())
    assert_lawful(program, before)
    assert list(nothing_twice.check(program)) == []


def test_f034_one_change_is_one_written_record(program, control):
    """F034: a differential run asks for changes only and writes the one that was made."""
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    made = program.rows("select maestro_key from link where element = 'suppliers' and rule = 'created'")
    key = made[0]["maestro_key"]  # one that Procore had may differ there, which would be a conflict
    program.type_in_maestro("update m_supplier set fax = '418-555-0199' where supplier_code = ?", key)
    before = nothing_lost.look(program)
    control.forget_calls()

    finished = program.run(*nothing_lost.SYNC)

    assert finished.requests["suppliers"]["updated"] == 1
    assert writes(control) == 1
    asked = [call for call in control.calls() if call["method"] == "GET"]
    assert len(asked) == 2
    assert all("filters%5Bupdated_at%5D" in call["query"] for call in asked)
    assert_lawful(program, before)


def test_f075_a_one_way_element_never_writes_back(program, control):
    """F075: what Procore's people change in a supplier never reaches maestro*."""
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    link = program.rows("select procore_id from link where element = 'suppliers'")[0]
    control.edit("vendors", id=link["procore_id"], fax_number="514-555-0111")
    before = nothing_lost.look(program)

    assert program.run(*nothing_lost.SYNC).exit_code == 0

    after = assert_lawful(program, before)
    assert {k: v["rowver"] for k, v in after.maestro["suppliers"].items()} == {
        k: v["rowver"] for k, v in before.maestro["suppliers"].items()
    }


def test_elements_run_in_the_order_of_their_dependence(program, control):
    """F088, C22: projects come first whatever order was typed."""
    assert program.run("sync", "suppliers", "projects").exit_code == 0

    lists = [c["path"].rsplit("/", 1)[-1] for c in control.calls() if c["method"] == "GET" and c["api"] == "procore"]
    assert lists[0] == "projects"


@pytest.mark.parametrize("hours", [1, -1], ids=["behind", "ahead"])
def test_a_clock_an_hour_off_misses_no_change(control, tmp_path, monkeypatch, hours):
    """F14: watermarks are the server's time, whatever this computer believes."""
    JumpingClock(control, behind=timedelta(hours=hours)).wind(monkeypatch)
    program = InnerProgram(tmp_path / "profile", control)
    assert program.run(*nothing_lost.SYNC).exit_code == 0
    project = program.rows("select maestro_key, procore_id from link where element = 'projects'")[0]
    control.edit("projects", id=project["procore_id"], address="1, rue du Moulin")

    finished = program.run(*nothing_lost.SYNC)

    assert finished.requests["projects"]["updated"] == 1
    sql = "select address from m_project where project_code = ?"
    assert program.rows(sql, project["maestro_key"], file="company.sqlite") == [{"address": "1, rue du Moulin"}]
