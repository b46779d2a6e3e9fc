"""Project Budgets (→): one line per activity and group, to the cent; adopted, never overwritten (F080; BUD-01 …)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from maestro_procore.model import budget_codes, budgets
from maestro_procore.model.budget_codes import Codes
from maestro_procore.model.plan import LinkState
from maestro_procore.model.problems import Refused
from maestro_procore.model.status import ActionKind
from tests.model.budget_world import PROJECT, SEGMENTS, World, activity, budget, codes_of, modification, sent


def key(*parts: str) -> str:
    return "/".join((PROJECT, *parts))


def world(*rows, **more) -> World:
    """A project whose cost codes are linked, with these budget lines."""
    return World(budgets=list(rows), **more).with_codes()


FORMWORK = budget("03-300", "MAT", "12500.00")


# --- budget codes ---------------------------------------------------------------------------------


def test_a_budget_code_is_made_of_the_items_of_its_cost_code_and_cost_type():
    here = world(FORMWORK)
    item = here.plan("budget-codes")[key("03-300", "M")]
    number = here.links["cost-codes"][key("03-300")].procore_id
    assert item.kind is ActionKind.CREATE
    assert sent(item) == {
        "segment_items": [
            {"segment_id": 2, "segment_item_id": number + 1_000_000},
            {"segment_id": 3, "segment_item_id": 801},
        ]
    }


def test_everything_that_is_budgeted_modified_or_charged_gets_its_code_but_revenue():
    here = world(FORMWORK, budget("03-300", "REV", "0.00"), modifications=[modification(1, "03-100", "ST", "5.00")])
    here.charges = [{"project_code": PROJECT, "activity_code": "03-100", "group_code": "MO"}]
    assert set(here.plan("budget-codes")) == {key("03-300", "M"), key("03-100", "S"), key("03-100", "L")}


def test_groups_of_one_cost_type_share_a_budget_code():
    here = world(FORMWORK, budget("03-300", "ACIER", "1.00"))
    assert set(here.plan("budget-codes")) == {key("03-300", "M")}


def test_a_group_goes_by_its_own_row_of_the_table_before_its_familys():
    here = world(FORMWORK, budget("03-300", "ACIER", "1.00"), maps={"cost_types": {"ACIER": "s"}})
    assert set(here.plan("budget-codes")) == {key("03-300", "M"), key("03-300", "S")}


def test_a_budget_code_that_is_known_but_not_linked_is_linked_without_a_call():
    here = world(FORMWORK)
    here.run("budget-codes")
    here.links["budget-codes"] = {}
    item = here.plan("budget-codes")[key("03-300", "M")]
    assert (item.kind, sent(item)) == (ActionKind.LINK, {})


def test_an_answered_code_is_recognised_by_its_items_in_any_order():
    here = world(FORMWORK)
    [item] = here.plan("budget-codes").values()
    here.run("budget-codes")
    [record] = here.records("budget-codes")
    backwards = {"segment_items": list(reversed(sent(item)["segment_items"]))}
    assert budget_codes.RULES.sent_as(backwards) == budget_codes.RULES.answered_as(record)


# --- new lines ------------------------------------------------------------------------------------


def test_a_budget_is_sent_line_by_line_and_then_rests():
    """F080: equal on both sides after the run; run again, nothing is written."""
    here = world(FORMWORK, budget("03-100", "ST", "890.10"), budget("03-100", "MAT", "0.00"))
    first = here.run()
    assert [line["original_budget_amount"] for line in first["budgets"]] == ["0.00", "890.10", "12500.00"]
    assert all(line["calculation_strategy"] == "manual" for line in first["budgets"])
    assert here.run() == {"cost-codes": [], "budget-codes": [], "budgets": [], "budget-changes": []}
    assert {(i.kind, i.is_linked, i.problems) for i in here.plan("budgets").values()} == {(None, True, ())}
    assert budgets.RULES.checks(here.subject("budgets")) is None


def test_lines_of_one_budget_code_are_added_together():
    """BUD-04."""
    here = world(FORMWORK, budget("03-300", "ACIER", "0.35"))
    here.run("budget-codes")
    [(name, item)] = here.plan("budgets").items()
    assert (name, codes_of(item)) == (key("03-300", "ACIER"), ["BUD-04"])
    assert item.problems[0].args == {"n": 2, "activity": "03-300", "group": "ACIER, MAT"}
    assert sent(item)["original_budget_amount"] == "12500.35"


def test_a_line_keeps_its_link_when_the_group_that_named_it_leaves():
    here = world(FORMWORK, budget("03-300", "ACIER", "0.35"))
    here.run()
    here.budgets.pop()
    [(name, item)] = here.plan("budgets").items()
    assert (name, item.kind, sent(item)["original_budget_amount"]) == (
        key("03-300", "ACIER"), ActionKind.UPDATE, "12500.00",
    )  # fmt: skip


def test_selling_budgets_stay_in_maestro():
    """BUD-05."""
    here = world(FORMWORK, budget("03-300", "REV", "0.00"))
    here.run("budget-codes")
    item = here.plan("budgets")[key("03-300", "REV")]
    assert (codes_of(item), item.kind, item.is_in_scope) == (["BUD-05"], None, False)
    asked = here.plan("budgets", selection=[key("03-300", "REV")])
    assert [item.kind for item in asked.values()] == [ActionKind.SKIP]


def test_a_project_without_link_says_so_on_every_line():
    """BUD-01."""
    here = World(budgets=[FORMWORK], procore_id=None)
    assert here.plan("budget-codes") == {}
    [item] = here.plan("budgets").values()
    assert (codes_of(item), item.is_blocked) == (["BUD-01"], True)


def test_a_preview_counts_on_what_its_own_run_will_make():
    here = World(budgets=[FORMWORK], procore_id=None, pending={"projects": frozenset({PROJECT})})
    for kind in ("cost-codes", "budget-codes", "budgets"):
        plan = here.plan(kind)
        assert ActionKind.CREATE in {item.kind for item in plan.values()}, kind
        assert not any(item.is_blocked for item in plan.values())
        here.pending[kind] = frozenset(plan)


# --- what stands against a line -------------------------------------------------------------------


def _unmapped(here):
    here.groups.append({"group_code": "X", "family": "unheard-of"})
    here.budgets = [budget("03-300", "X", "1.00")]


def _not_a_type_of_procore(here):
    here.maps = {"cost_types": {"MAT": "ZZ"}}


def _inactive_type(here):
    here.known["cost-type-items"][801]["status"] = "inactive"


def _closed_activity(here):
    here.activities[1]["status"] = "1"


def _division(here):
    here.budgets = [budget("DIV03", "MAT", "1.00")]


def _no_cost_code(here):
    del here.links["cost-codes"][key("03-300")]


def _unknown_activity(here):
    here.budgets = [budget("99-999", "MAT", "1.00")]


def _inactive_code(here):
    number = here.links["cost-codes"][key("03-300")].procore_id
    here.known["segment-items"][number + 1_000_000]["status"] = "inactive"


def _custom_segments(here):
    segments = [*SEGMENTS, {"id": 9, "type": "custom", "name": "Zone", "required": True}]
    here.learn("project-patterns", {"id": 71, "segments": segments})


def _no_item(here):
    here.known["segment-items"].clear()


AGAINST = {
    "COD-04 no mapping": (_unmapped, "COD-04"),
    "COD-04 a type that Procore lacks": (_not_a_type_of_procore, "COD-04"),
    "COD-06 inactive type": (_inactive_type, "COD-06"),
    "COD-07 closed": (_closed_activity, "COD-07"),
    "COD-07 not chargeable": (_division, "COD-07"),
    "COD-01 no cost code": (_no_cost_code, "COD-01"),
    "COD-01 no activity": (_unknown_activity, "COD-01"),
    "COD-11 inactive code": (_inactive_code, "COD-11"),
    "PRJ-18 custom segments": (_custom_segments, "PRJ-18"),
    "BUD-15 no budget code": (_no_item, "BUD-15"),
}


@pytest.mark.parametrize(("change", "code"), AGAINST.values(), ids=AGAINST)
def test_f018_a_line_that_cannot_go_says_why_and_the_others_go_on(change, code):
    """F018: the message names the code that is missing."""
    here = world(FORMWORK)
    change(here)
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert (codes_of(item), item.is_blocked) == ([code], True)


def test_a_bad_amount_stops_its_line_only():
    """Bad input: three decimals, NaN, thousands separators."""
    for amount in ("1.005", "NaN", "1,250.00", "douze"):
        here = world(FORMWORK, budget("03-100", "MAT", amount))
        here.run("budget-codes")
        plan = here.plan("budgets")
        assert codes_of(plan[key("03-100", "MAT")]) == ["VAL-01"], amount
        assert plan[key("03-300", "MAT")].kind is ActionKind.CREATE


# --- a budget that Procore has already ------------------------------------------------------------


def test_an_equal_line_is_adopted_without_a_call():
    """BUD-03."""
    here = world(FORMWORK)
    number = here.budget_row("03-300", "M", "12500.00")
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert (item.kind, sent(item), codes_of(item)) == (ActionKind.LINK, {}, ["BUD-03"])
    assert item.procore is not None
    assert item.procore.procore_id == number


def test_a_line_without_amount_is_filled():
    here = world(FORMWORK)
    number = here.budget_row("03-300", "M", "0.00")
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert (item.kind, sent(item)["id"], sent(item)["original_budget_amount"]) == (ActionKind.LINK, number, "12500.00")


def test_another_amount_is_a_conflict_and_never_overwritten_unasked():
    here = world(FORMWORK)
    here.budget_row("03-300", "M", "12500.01")
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert (item.kind, codes_of(item), item.is_question, sent(item)) == (ActionKind.SKIP, ["BUD-09"], True, {})
    assert item.problems[0].args == {"wbs": "03-300.M", "a": "12500.00", "b": "12500.01"}


def test_a_person_who_chooses_maestros_amount_has_it_sent():
    here = world(FORMWORK, decisions={"budgets": {key("03-300", "MAT"): {"original": "maestro"}}})
    here.budget_row("03-300", "M", "99.00")
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert (item.kind, sent(item)["original_budget_amount"]) == (ActionKind.LINK, "12500.00")


def test_a_person_who_keeps_procores_amount_has_nothing_sent_ever():
    here = world(FORMWORK, decisions={"budgets": {key("03-300", "MAT"): {"original": "procore"}}})
    here.budget_row("03-300", "M", "99.00")
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert (item.kind, codes_of(item), sent(item)) == (ActionKind.SKIP, ["LNK-09"], {})


def test_zero_in_maestro_does_not_overwrite_an_amount_either():
    here = world(budget("03-300", "MAT", "0.00"))
    here.budget_row("03-300", "M", "50.00")
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert codes_of(item) == ["BUD-09"]


def test_a_line_that_only_procore_has_is_told_while_it_holds_an_amount():
    """BUD-12; nothing is deleted."""
    here = world()
    filled = here.budget_row("03-300", "M", "50.00")
    empty = here.budget_row("03-100", "M", "0.00")
    plan = here.plan("budgets")
    assert (codes_of(plan[str(filled)]), plan[str(filled)].writes) == (["BUD-12"], {})
    assert (plan[str(empty)].kind, plan[str(empty)].is_in_scope) == (None, False)


def test_totals_that_differ_are_told_with_both():
    """BUD-07."""
    here = world(FORMWORK, budget("03-100", "REV", "77.00"))
    here.budget_row("03-300", "M", "50.00")
    told = budgets.RULES.checks(here.subject("budgets"))
    assert told is not None
    assert (told.code, told.args) == ("BUD-07", {"project": PROJECT, "a": "12500.00", "b": "50.00"})
    assert budgets.RULES.checks(here.subject("budgets", [key("03-300", "MAT")])) is None, (
        "of a few lines nothing follows"
    )


# --- linked lines ---------------------------------------------------------------------------------


def in_step(*rows) -> World:
    here = world(*rows)
    here.run()
    return here


def test_a_changed_original_amount_is_written_to_its_line():
    here = in_step(FORMWORK)
    here.budgets[0] = {**FORMWORK, "original_cost": Decimal("13000.00")}
    [item] = here.plan("budgets").values()
    assert item.kind is ActionKind.UPDATE
    assert sent(item)["id"] == here.links["budgets"][key("03-300", "MAT")].procore_id
    assert sent(item)["original_budget_amount"] == "13000.00"


def test_an_amount_that_both_sides_changed_waits_for_a_person():
    here = in_step(FORMWORK)
    here.budgets[0] = {**FORMWORK, "original_cost": "13000.00"}
    number = here.links["budgets"][key("03-300", "MAT")].procore_id
    here.known["budgets"][number]["original_budget_amount"] = 14000.0
    [item] = here.plan("budgets").values()
    assert (codes_of(item), item.is_question, sent(item)) == (["PRJ-09"], True, {})


def test_a_line_removed_in_maestro_goes_to_zero_once():
    """BUD-06."""
    here = in_step(FORMWORK, budget("03-100", "MAT", "8.00"))
    here.budgets.pop(0)
    item = here.plan("budgets")[key("03-300", "MAT")]
    assert (item.kind, codes_of(item), sent(item)["original_budget_amount"]) == (
        ActionKind.UPDATE, ["BUD-06"], "0.00",
    )  # fmt: skip
    here.run()
    item = here.plan("budgets")[key("03-300", "MAT")]
    assert (item.kind, codes_of(item)) == (None, [])


def test_a_budget_that_vanishes_as_a_whole_is_not_emptied():
    """Absence is not deletion: a view that answers nothing must not cost a budget."""
    here = in_step(FORMWORK, budget("03-100", "MAT", "8.00"))
    here.budgets.clear()
    plan = here.plan("budgets")
    assert {tuple(codes_of(item)) for item in plan.values()} == {("LNK-02",)}
    assert not any(item.writes for item in plan.values())


def test_a_line_that_is_gone_from_procore_waits_for_a_person():
    here = in_step(FORMWORK)
    here.links["budgets"][key("03-300", "MAT")] = LinkState(1, {})
    [item, *_] = here.plan("budgets").values()
    assert (codes_of(item), item.is_question) == (["LNK-02"], True)


def test_a_group_that_got_another_cost_type_does_not_move_its_line():
    """BUD-14."""
    here = in_step(FORMWORK)
    here.maps = {"cost_types": {"MAT": "S"}}
    here.run("budget-codes")
    [item] = here.plan("budgets").values()
    assert (codes_of(item), sent(item)) == (["BUD-14"], {})


def test_an_echo_of_procores_change_order_is_told_on_its_line():
    """BUD-08."""
    here = in_step(FORMWORK)
    here.modifications = [modification(9, "03-300", "MAT", "100.00", co_id=4, reference="P-002")]
    here.change_orders = [{"co_id": 4, "co_no": "P-002"}]
    here.links["change-orders"] = {key("P-002"): LinkState(77, {})}
    [item] = here.plan("budgets").values()
    assert (item.kind, codes_of(item), item.problems[0].args) == (None, ["BUD-08"], {"ref": "P-002", "no": "P-002"})


# --- where the list is read, and answers ----------------------------------------------------------


def test_rows_are_read_through_the_default_view_else_the_oldest():
    here = World()
    here.learn("budget-views", {"id": 31, "name": "B", "role": None}, {"id": 30, "name": "A", "role": None})
    assert budgets.RULES.path_values(here.context) == {"budget_view_id": "30"}
    here.learn("budget-views", {"id": 32, "name": "C", "role": "default"})
    assert budgets.RULES.path_values(here.context) == {"budget_view_id": "32"}


def test_a_company_without_any_budget_view_is_told():
    """BUD-13."""
    with pytest.raises(Refused) as refused:
        budgets.RULES.path_values(World().context)
    assert refused.value.problem.code == "BUD-13"


def test_a_row_of_a_view_and_the_answer_to_a_write_are_one_record():
    row = budgets.MAP.from_procore(
        {"id": 1, "wbs_code_id": 5, "cost_code": "DIV03-03-300 - Coffrage", "category": "Materials",
         "original_budget_amount": "12.50"}
    )  # fmt: skip
    answer = budgets.MAP.from_procore(
        {"id": 1, "original_budget_amount": 12.5,
         "wbs_code": {"id": 5, "flat_code": "DIV03-03-300.M", "description": "Coffrage"}}
    )  # fmt: skip
    shared = ("activity", "original", "wbs", "name")
    assert [row.values[name] for name in shared] == [answer.values[name] for name in shared]
    assert row.number == answer.number == "5"


def test_what_was_sent_is_found_again_only_with_its_amount():
    sent_as, answered_as = budgets.RULES.sent_as, budgets.RULES.answered_as
    assert sent_as is not None
    record = budgets.MAP.from_procore({"id": 1, "wbs_code_id": 5, "original_budget_amount": "12.50"})
    assert sent_as({"wbs_code_id": 5, "original_budget_amount": "12.50"}) == answered_as(record)
    assert sent_as({"wbs_code_id": 5, "original_budget_amount": "12.51"}) != answered_as(record)


def test_codes_tell_other_kinds_where_a_charge_goes():
    here = in_step(FORMWORK)
    codes = Codes(here.context)
    assert codes.number("03-300", "ACIER") == codes.number("03-300", "MAT") is not None
    assert (codes.number("03-100", "MAT"), codes.key("03-100", "REV")) == (None, None)
    pending = replace(here.context, pending={"budget-codes": frozenset({key("03-100", "M")})})
    assert Codes(pending).is_coming("03-100", "MAT")


def test_blanks_around_codes_do_not_make_another_line():
    here = world(budget(" 03-300", "MAT ", "5.00"))
    here.activities.append(activity("04-100"))
    here.run("budget-codes")
    assert set(here.plan("budgets")) == {key("03-300", "MAT")}
