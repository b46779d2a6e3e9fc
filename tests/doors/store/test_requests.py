"""Requests in the journal: never doubled, stopped, taken up again, shown as waiting."""

from datetime import timedelta

import pytest

from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import ENDED, RequestState
from maestro_procore.store.views import ActionQuery
from tests.doors.store.made import NOON, action, part_of


def submit(journal, element="suppliers", **wish):
    return journal.submit({"element": element, "requested_by": "ANNE", **wish}, NOON)


@pytest.mark.parametrize("state", ["queued", "running", "waiting"])
def test_a_request_that_has_not_ended_is_continued_not_doubled(journal, state):
    first, _ = submit(journal)
    journal.change_request(first["id"], state=state)
    again, is_new = submit(journal, mode="full")
    assert (again["id"], is_new, again["mode"]) == (first["id"], False, "differential")


@pytest.mark.parametrize("state", sorted(ENDED))
def test_after_its_end_the_next_request_is_a_new_one(journal, state):
    first, _ = submit(journal)
    journal.change_request(first["id"], state=state.value)
    again, is_new = submit(journal)
    assert is_new and again["number"] == first["number"] + 1


def test_elements_do_not_stand_in_each_others_way(journal):
    assert submit(journal, "projects")[1] and submit(journal, "suppliers")[1]


def test_open_requests_come_in_the_order_in_which_they_must_run(journal):
    """F087, C22."""
    submit(journal, "suppliers"), submit(journal, "projects")
    assert [r["element"] for r in journal.open_requests()] == ["projects", "suppliers"]


def test_a_request_is_found_by_number_id_and_beginning_of_its_id(journal, asked):
    row = asked()
    for name in (str(row["number"]), row["id"], row["id"][:9]):
        assert journal.request(name)["id"] == row["id"]


# The number is longer than an id: a shorter one can be the beginning of an id.
NOT_THERE = ["", "zz", "9" * 40, "%", "_"]


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_request_that_is_not_there_is_refused_with_its_name(journal, asked, name):
    """CLI-04; two requests, so that the empty beginning is ambiguous."""
    asked("suppliers"), asked("projects")
    with pytest.raises(Refused) as refused:
        journal.request(name)
    assert refused.value.problem == Problem("CLI-04", {"id": name})


def test_a_cancel_is_seen_by_the_runner_and_only_while_the_request_is_open(journal, asked):
    row = asked()
    assert journal.is_cancelled(row["id"]) is None
    assert journal.cancel(row["id"], "ANNE") and journal.is_cancelled(row["id"]) == "ANNE"
    journal.change_request(row["id"], state="cancelled")
    assert not journal.cancel(row["id"], "LUC") and journal.is_cancelled(row["id"]) == "ANNE"


def test_every_open_request_waits_for_the_limit_and_goes_back_to_where_it_was(journal, asked):
    """F008: the hourglass and its clock time."""
    running, queued = asked("projects", state="running", started_at=NOON), asked("suppliers")
    until = NOON + timedelta(minutes=40)
    journal.show_waiting(until)
    shown = [journal.request(r["id"]) for r in (running, queued)]
    assert [(r["state"], r["resumes_at"], r["wait_reason"]) for r in shown] == [("waiting", until, "limit")] * 2
    journal.show_waiting(None)
    back = [journal.request(r["id"]) for r in (running, queued)]
    assert [(r["state"], r["resumes_at"], r["wait_reason"]) for r in back] == [
        ("running", None, None),
        ("queued", None, None),
    ]


def test_waiting_leaves_ended_requests_alone(journal, asked):
    row = asked(state="done")
    journal.show_waiting(NOON)
    assert journal.request(row["id"])["state"] == "done"


def test_a_request_that_nobody_can_carry_out_ends_with_its_reason(journal, asked):
    row = asked()
    journal.end_unstarted(row["id"], RequestState.FAILED, Problem("CFG-01"), NOON)
    ended = journal.request(row["id"])
    assert (ended["state"], ended["ended_at"], ended["problem"]["code"]) == ("failed", NOON, "CFG-01")


@pytest.fixture
def interrupted(journal, asked):
    """A planned, cancelled request: one action done, one failed after 11 calls, one never sent, one skipped."""
    row = asked()
    states = [("done", 0), ("failed", 11), ("planned", 0), ("running", 2), ("retry", 1), ("unknown", 1)]
    actions = [
        action(n, f"V{n}", state=s, attempts=a, problems=[{"code": "SRV-05"}]) for n, (s, a) in enumerate(states)
    ]
    actions.append(action(9, "V9", state="skipped", batch=None))
    with journal.begin() as tx:
        journal.write_plan(tx, part_of(row), actions, {"progress_total": 6})
    journal.change_request(row["id"], state="cancelled", cancel_requested_by="ANNE", attempts=11, ended_at=NOON)
    return journal.request(row["id"])


def test_resume_takes_up_what_was_left_and_leaves_what_was_done(journal, views, interrupted):
    """F035, F049: failed actions get a fresh set of attempts."""
    assert journal.resume(interrupted["id"])
    states = {a.maestro_key: (a.state, a.attempts) for a in views.actions(interrupted["id"], ActionQuery())}
    assert states.pop("V0") == ("done", 0) and states.pop("V9") == ("skipped", 0)
    assert set(states.values()) == {("planned", 0)}
    row = journal.request(interrupted["id"])
    assert (row["state"], row["run"], row["attempts"], row["cancel_requested_by"], row["ended_at"]) == (
        "queued",
        2,
        0,
        None,
        None,
    )


def test_an_open_request_is_not_resumed(journal, asked):
    assert not journal.resume(asked(state="running")["id"])


def test_a_request_with_nothing_left_is_not_resumed(journal, asked):
    row = asked()
    with journal.begin() as tx:
        journal.write_plan(
            tx, part_of(row), [action(1, state="done"), action(2, "V2", state="skipped", batch=None)], {}
        )
    journal.change_request(row["id"], state="warned")
    assert not journal.resume(row["id"]) and journal.request(row["id"])["state"] == "warned"


def test_a_preview_that_has_shown_its_plan_is_not_resumed(journal, asked):
    """Its actions are planned for ever; there is nothing left to do."""
    row = asked(is_preview=True)
    with journal.begin() as tx:
        journal.write_plan(tx, part_of(row), [action(1, state="planned")], {})
    journal.change_request(row["id"], state="done")
    assert not journal.resume(row["id"]) and journal.request(row["id"])["state"] == "done"


def test_a_request_that_failed_before_its_plan_can_be_resumed(journal, asked):
    assert journal.resume(asked(state="failed")["id"])
