"""Plans, results, links, decisions and the lines of the pages, as the engine writes them."""

import pytest
from sqlalchemy.exc import IntegrityError

from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import Symbol
from maestro_procore.ports import CallRecord
from maestro_procore.store.tables import ACTION, EXCHANGE, LINE
from maestro_procore.store.views import ActionQuery, LineQuery
from tests.doors.store.made import NOON, action, line, part_of


def links_of(journal):
    with journal.begin() as tx:
        return {link["maestro_key"]: link for link in journal.links(tx, "suppliers")}


def link(key, procore_id, **more):
    return {
        "element": "suppliers", "maestro_key": key, "procore_id": procore_id, "origin_id": f"MST:ACME:suppliers:{key}",
        "rule": "name", "agreed": {"name": key}, "linked_by": "ANNE", "at": NOON, **more,
    }  # fmt: skip


# --- plan and results -----------------------------------------------------------------------------


def test_a_plan_is_carried_out_batch_by_batch_and_counted(journal, asked):
    row = asked()
    plan = [action(n, f"V{n}", batch=n // 2, kind="create" if n < 3 else "link") for n in range(5)]
    with journal.begin() as tx:
        journal.write_plan(
            tx, part_of(row), [*plan, action(9, "V9", batch=None, kind="skip", state="skipped")], {"unchanged": 7}
        )
    assert journal.open_batches(part_of(row)) == [0, 1, 2]
    with journal.begin() as tx:
        first = journal.open_actions(part_of(row), 0)
        assert [a["maestro_key"] for a in first] == ["V0", "V1"]
        done = [{"id": a["id"], "state": "done", "attempts": n, "ended_at": NOON} for n, a in enumerate(first)]
        journal.change_actions(tx, done)
        journal.add_progress(tx, row["id"], 2)
        counted = {(c["kind"], c["state"]): (c["n"], c["attempts"]) for c in journal.count_states(tx, row["id"])}
    assert journal.open_batches(part_of(row)) == [1, 2]
    assert counted == {
        ("create", "done"): (2, 1),
        ("create", "planned"): (1, 0),
        ("link", "planned"): (2, 0),
        ("skip", "skipped"): (1, 0),
    }
    held = journal.request(row["id"])
    assert held["is_planned"] and (held["unchanged"], held["progress_done"]) == (7, 2)


def test_actions_that_are_begun_stay_open_and_say_since_when(journal, asked):
    row = asked()
    with journal.begin() as tx:
        journal.write_plan(tx, part_of(row), [action(n, f"V{n}") for n in range(3)], {})
        begun = [{**action(3, "V3"), "batch": 1}, {**action(4, "V4"), "batch": 1, "state": "done"}]
        journal.write_plan(tx, part_of(row), begun, {})
        journal.begin_actions(tx, part_of(row), 1, NOON)
        held = {a.maestro_key: (a.state, a.started_at) for a in tx.execute(ACTION.select())}
    assert held == {
        **dict.fromkeys(("V0", "V1", "V2"), ("planned", None)),
        "V3": ("running", NOON),
        "V4": ("done", None),
    }
    assert [a["state"] for a in journal.open_actions(part_of(row), 1)] == ["running"]


def test_lines_that_are_worked_on_show_the_wheel_by_key_or_by_procore_id(journal, asked):
    row = asked()
    with journal.begin() as tx:
        journal.put_lines(
            tx, "suppliers", [line("V1"), {**line("V7"), "maestro_key": None, "procore_id": 7}, line("V2")], True
        )
        begun = [{**action(1, "V1"), "procore_id": 9}, {**action(2, "V8"), "procore_id": 7}, action(3, "V2")]
        begun[2]["batch"] = 1
        journal.write_plan(tx, part_of(row), begun, {})
        journal.hold_lines(tx, part_of(row), 0)
        found = {(r.maestro_key, r.status, r.request_id) for r in tx.execute(LINE.select())}
    assert found == {("V1", "running", row["id"]), (None, "running", row["id"]), ("V2", "never", None)}


def test_a_plan_is_written_whole_or_not_at_all(journal, asked):
    row = asked()
    with pytest.raises(TypeError), journal.begin() as tx:
        journal.write_plan(tx, part_of(row), [action(1), {**action(2), "no_such_column": 1}], {})
    assert journal.open_batches(part_of(row)) == [] and not journal.request(row["id"])["is_planned"]


def test_the_history_goes_on_after_the_last_action(journal, asked):
    row = asked()
    with journal.begin() as tx:
        assert journal.next_seq(tx, row["id"]) == 1
        journal.add_action(tx, {**action(4), "request_id": row["id"]})
        assert journal.next_seq(tx, row["id"]) == 5


# --- links ----------------------------------------------------------------------------------------


def test_a_second_synchronization_of_a_link_keeps_how_and_when_it_was_made(journal):
    later = NOON.replace(hour=15)
    with journal.begin() as tx:
        journal.store_links(tx, [link("V1", 7)])
        journal.store_links(tx, [link("V1", 7, rule="", linked_by="LUC", at=later, agreed={"name": "new"})])
    held = links_of(journal)["V1"]
    assert (held["rule"], held["linked_by"], held["first_linked_at"]) == ("name", "ANNE", NOON)
    assert (held["agreed"], held["last_synced_at"]) == ({"name": "new"}, later)


def test_one_procore_record_never_has_two_links(journal):
    """SUP-06 is the model's; the journal is the last fence."""
    with journal.begin() as tx:
        journal.store_links(tx, [link("V1", 7)])
    with pytest.raises(Refused) as refused, journal.begin() as tx:
        journal.store_links(tx, [link("V2", 7)])
    assert isinstance(refused.value.__cause__, IntegrityError) and list(links_of(journal)) == ["V1"]


def test_the_same_number_may_stand_for_two_elements(journal):
    with journal.begin() as tx:
        journal.store_links(tx, [link("V1", 7), {**link("26001", 7), "element": "projects"}])
    assert journal.count_links() == 2


def test_what_both_sides_agree_on_can_move_without_a_write(journal):
    with journal.begin() as tx:
        journal.store_links(tx, [link("V1", 7)])
    held = links_of(journal)["V1"]
    with journal.begin() as tx:
        journal.update_links(tx, {held["id"]: {"name": "by hand"}})
    assert links_of(journal)["V1"]["agreed"] == {"name": "by hand"}


def test_unpairing_forgets_links_lines_and_what_was_read_and_keeps_the_history(journal, put, asked):
    row = asked()
    put(line())
    with journal.begin() as tx:
        journal.store_links(tx, [link("V1", 7)])
        journal.store_records(tx, "suppliers", [Record("7", {"name": "A"})], row["id"])
    journal.unpair()
    with journal.begin() as tx:
        assert journal.count_links() == 0 and journal.known(tx, "suppliers") == []
        assert tx.execute(LINE.select()).all() == []
    assert journal.request(row["id"])["id"] == row["id"]


# --- what Procore holds ---------------------------------------------------------------------------


def test_what_procore_told_comes_back_as_it_was(journal):
    told = Record("7", {"name": "Béton", "is_active": True, "city": None}, "V001", False, "MST:1", NOON)
    with journal.begin() as tx:
        journal.store_records(tx, "suppliers", [told], "r1")
        (held,) = journal.known(tx, "suppliers")
    assert (held.key, held.number, held.is_active, held.origin_id, held.updated_at) == (
        "7",
        "V001",
        False,
        "MST:1",
        NOON,
    )
    assert held.values == {"name": "Béton", "is_active": True}


def test_absence_from_a_whole_read_is_marked_and_taken_back_when_the_record_shows_again(journal):
    """Design §4: absence is not deletion."""
    seven, eight = Record("7", {}), Record("8", {})
    with journal.begin() as tx:
        journal.store_records(tx, "suppliers", [seven, eight], "r1")
        journal.store_records(tx, "suppliers", [eight], "r2")
        assert journal.mark_absent(tx, "suppliers", "r2") == 1
        assert {r.key: r.is_gone for r in journal.known(tx, "suppliers")} == {"7": True, "8": False}
        journal.store_records(tx, "suppliers", [seven], "r3")
        assert not any(r.is_gone for r in journal.known(tx, "suppliers"))


# --- decisions ------------------------------------------------------------------------------------


def decide(journal, key, subject, choice, element="suppliers"):
    journal.decide(
        {
            "element": element,
            "maestro_key": key,
            "subject": subject,
            "choice": choice,
            "decided_by": "ANNE",
            "decided_at": NOON,
        }
    )


def decisions(journal, element="suppliers"):
    with journal.begin() as tx:
        return journal.decisions(tx, element)


def test_a_choice_replaces_the_one_before_and_its_line_has_something_to_do(journal, views, put):
    put(line("V1"))
    decide(journal, "V1", "phone", "maestro")
    decide(journal, "V1", "phone", "procore")
    assert decisions(journal) == {"V1": {"phone": "procore"}}
    assert views.lines("suppliers", LineQuery(only="to_synchronize"), 0, 9)[0].maestro_key == "V1"


def test_a_choice_that_was_carried_out_is_forgotten(journal):
    decide(journal, "V1", "link", "7"), decide(journal, "V1", "phone", "maestro"), decide(journal, "V2", "link", "8")
    with journal.begin() as tx:
        journal.forget_decisions(tx, "suppliers", ["V1"])
    assert decisions(journal) == {"V2": {"link": "8"}}


def test_to_keep_procores_value_on_a_one_way_element_is_not_asked_again_after_each_run(journal):
    decide(journal, "V1", "phone", "procore"), decide(journal, "26001", "phone", "procore", "projects")
    with journal.begin() as tx:
        journal.forget_decisions(tx, "suppliers", ["V1"]), journal.forget_decisions(tx, "projects", ["26001"])
    assert decisions(journal) == {"V1": {"phone": "procore"}} and decisions(journal, "projects") == {}


# --- lines ----------------------------------------------------------------------------------------


def rows(database):
    with database.read() as tx:
        return {r.maestro_key or r.procore_id: r for r in tx.execute(LINE.select())}


def test_a_refreshed_line_keeps_its_symbol_and_its_place(database, put):
    put({**line("V1"), "status": "failed"})
    before = rows(database)["V1"]
    put(line("V1", phone="1"))
    after = rows(database)["V1"]
    assert (after.id, after.status) == (before.id, "failed") and after.maestro_values["phone"] == "1"


def test_lines_that_vanished_leave_a_complete_page_and_stay_on_a_partial_one(database, put):
    put(line("V1"), line("V2"))
    put(line("V1"), is_complete=False)
    assert sorted(rows(database)) == ["V1", "V2"]
    put(line("V1"))
    assert sorted(rows(database)) == ["V1"]


def test_a_line_written_twice_alike_is_not_written_again(database, put):
    put(line("V1"), line("V2"))
    with database.begin() as tx:  # whatever `put` writes would restore this
        tx.execute(LINE.update().values(sort_key="untouched"))
    put(line("V1"), line("V2", phone="1"))
    assert {k: r.sort_key for k, r in rows(database).items()} == {"V1": "untouched", "V2": "v2"}


ANSWERED = {"maestro_key": "V1", "procore_id": 7, "needs_sync": True}
TOUCHES = {
    "the answer of a call": lambda j, tx: j.change_lines(tx, "suppliers", [ANSWERED]),
    "the end of a request": lambda j, tx: j.release_lines(tx, "R1"),
}  # fmt: skip


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_a_line_that_something_else_changed_is_written_again(database, journal, put, touch):
    same = {**line("V1"), "status": "queued", "request_id": "R1"}
    put(same)
    with journal.begin() as tx:
        touch(journal, tx)
    put(same)
    row = rows(database)["V1"]
    assert (row.needs_sync, row.status) == (False, "queued")


def test_a_decision_marks_a_line_that_the_next_plan_writes_again(database, journal, put):
    put(line("V1"))
    decide(journal, "V1", "phone", "maestro")
    put(line("V1"))
    assert rows(database)["V1"].needs_sync is False


def test_released_lines_go_back_to_the_symbol_they_deserve(database, journal, put):
    put(
        {**line("V1"), "status": "running", "request_id": "R1", "last_synced_at": NOON},
        {**line("V2"), "status": "queued", "request_id": "R1"},
        {**line("V3"), "status": "failed", "request_id": "R1"},
        {**line("V4"), "status": "running", "request_id": "R2"},
    )
    with journal.begin() as tx:
        journal.release_lines(tx, "R1")
    assert {k: r.status for k, r in rows(database).items()} == {
        "V1": "done",
        "V2": "never",
        "V3": "failed",
        "V4": "running",
    }


def test_a_record_that_was_just_created_in_maestro_gets_its_code_on_its_own_line(database, journal, put):
    put({**line("V1"), "maestro_key": None, "procore_id": 7, "maestro_values": None})
    with journal.begin() as tx:
        journal.change_lines(
            tx, "suppliers", [{"maestro_key": None, "procore_id": 7, "becomes_key": "V1", "status": "done"}]
        )
    assert [(r.maestro_key, r.procore_id, r.status) for r in rows(database).values()] == [("V1", 7, "done")]


def test_lines_changed_by_an_answer_are_found_by_their_new_values(journal, views, put):
    put(line("V1"))
    values = {"name": "Coffrages Évangéline"}
    change = {
        "maestro_key": "V1",
        "procore_id": 7,
        "maestro_values": values,
        "procore_values": values,
        "differing": ["name"],
    }
    with journal.begin() as tx:
        journal.change_lines(tx, "suppliers", [change])
    assert [row.maestro_key for row in views.lines("suppliers", LineQuery(text="evangeline"), 0, 9)] == ["V1"]
    assert views.count_lines("suppliers", LineQuery(only="differing")) == 1


def test_lines_of_different_shape_are_changed_in_one_go(database, journal, put):
    put(line("V1"), line("V2"))
    with journal.begin() as tx:
        journal.change_lines(tx, "suppliers", [
            {"maestro_key": "V1", "procore_id": 7, "status": "done"},
            {"maestro_key": "V2", "procore_id": 8, "status": "failed", "worst": "E"},
        ])  # fmt: skip
    assert {k: (r.status, r.worst) for k, r in rows(database).items()} == {"V1": ("done", ""), "V2": ("failed", "E")}


# --- calls, budget, settings ----------------------------------------------------------------------


def call(**more):
    return CallRecord(**{
        "at": NOON, "api": "procore", "method": "PATCH", "path": "/rest/v1.0/vendors/sync", "query": "", "status": 200,
        "milliseconds": 12, "is_counted": True, "request_body": "é" * 50_000, "answer_body": "a" * 50_000, **more,
    })  # fmt: skip


def test_bodies_are_kept_compressed_and_read_back_as_they_were(database, journal, views, asked):
    row = asked()
    with journal.begin() as tx:
        number = journal.add_exchange(tx, call(), row["id"], 1)
    with database.read() as tx:
        stored = tx.execute(EXCHANGE.select()).one()
    assert len(stored.request_body) + len(stored.answer_body) < 1_000
    read = views.exchange(number)
    assert (read.request_text, read.answer_text) == ("é" * 50_000, "a" * 50_000)
    assert views.exchanges(row["id"])[0].request_text is None  # the list is read without bodies


def test_a_call_counts_for_its_request_unless_it_is_free(journal, asked):
    row = asked()
    with journal.begin() as tx:
        journal.add_exchange(tx, call(), row["id"], 1)
        journal.add_exchange(tx, call(api="login", is_counted=False), row["id"], 1)
        journal.add_exchange(tx, call(), None, 1)
    assert journal.request(row["id"])["calls"] == 1


def test_old_bodies_are_dropped_and_the_history_stays(journal, views, asked):
    row = asked()
    with journal.begin() as tx:
        number = journal.add_exchange(tx, call(), row["id"], 1)
    journal.clean(NOON)
    assert views.exchange(number).request_text
    journal.clean(NOON.replace(hour=13))
    assert views.exchange(number).request_text is None and views.exchange(number).status == 200


def test_the_budget_is_kept_as_it_was_told(journal):
    assert journal.load_budget("a@b") is None
    journal.save_budget("a@b", {"hour": {"left": 10}}, NOON)
    journal.save_budget("a@b", {"hour": {"left": 9}}, NOON)
    assert journal.load_budget("a@b") == {"hour": {"left": 9}} and journal.load_budget("other") is None


def test_settings_are_stored_all_or_none_and_elements_start_ticked(journal):
    journal.change_settings({"language": "fr", "default_template": 4}, "ANNE", NOON)
    journal.change_settings({"language": "en"}, "ANNE", NOON)
    assert journal.settings() == {"language": "en", "default_template": 4}
    assert journal.element_states()["suppliers"]["is_enabled"] is True
    journal.change_element("suppliers", is_enabled=False)
    journal.change_element("suppliers", last_success_at=NOON)
    state = journal.element_states()["suppliers"]
    assert (state["is_enabled"], state["last_success_at"]) == (False, NOON)


def test_naive_times_are_refused(journal, asked):
    row = asked()
    with pytest.raises(Exception, match="without its zone"):
        journal.change_request(row["id"], started_at=NOON.replace(tzinfo=None))


def test_actions_and_lines_know_each_other_through_the_record(journal, views, put, asked):
    row = asked()
    put(line("V1", problems=[Problem("PRJ-09", {"field": "phone", "element": "suppliers"})]))
    with journal.begin() as tx:
        journal.write_plan(tx, part_of(row), [action(1, "V1", state="done", problems=[]), action(2, "V2")], {})
    shown = views.lines("suppliers", LineQuery(), 0, 9)[0]
    detail = views.line(shown.id)
    assert [a.maestro_key for a in detail.history] == ["V1"] and detail.history[0].symbol is Symbol.CHECK
    assert views.count_actions(row["id"], ActionQuery(states=("planned",))) == 1
