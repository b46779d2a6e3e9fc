"""Activities and cost codes (→): recognised, linked, created below their parents (F018, F019; COD-03, COD-05 …)."""

import pytest

from maestro_procore.model import cost_codes, wbs_segments
from maestro_procore.model.plan import LinkState
from maestro_procore.model.status import ActionKind
from maestro_procore.model.write_order import awaited, filled, later, levels
from tests.model.budget_world import PROJECT, World, activity, codes_of, sent

ORIGIN = f"MST:ACME:cost-codes:{PROJECT}/"


def key(code: str) -> str:
    return f"{PROJECT}/{code}"


def test_f019_a_code_that_procore_has_is_linked_and_marked():
    """F019: groups and codes that exist already."""
    world = World()
    division = world.cost_code("DIV03", name="Béton")
    number = world.cost_code("03-300", division, "Coffrage")
    item = world.plan("cost-codes")[key("03-300")]
    assert (item.kind, codes_of(item)) == (ActionKind.LINK, ["COD-03"])
    assert sent(item) == {"id": number, "origin_id": ORIGIN + "03-300"}


def test_a_description_that_differs_stays_procores():
    world = World()
    world.cost_code("03-300", name="Formwork")
    item = world.plan("cost-codes")[key("03-300")]
    assert codes_of(item) == ["COD-03", "COD-05"]
    assert "name" not in sent(item)


def test_our_own_mark_is_no_news():
    world = World()
    world.cost_code("OTHER", name="Coffrage", origin_id=ORIGIN + "03-300")
    item = world.plan("cost-codes")[key("03-300")]
    assert (item.kind, codes_of(item), item.rule) == (ActionKind.LINK, [], "origin_id")


def test_a_code_of_two_tiers_is_recognised_by_its_whole_code():
    world = World(activities=[activity("01-100")])
    number = world.cost_code("100", world.cost_code("01"), "01-100")
    assert sent(world.plan("cost-codes")[key("01-100")])["id"] == number


def test_of_codes_that_repeat_the_one_below_the_right_parent_is_taken():
    world = World(activities=[activity("DIV01", kind="division"), activity("100", parent="DIV01")])
    right = world.cost_code("100", world.cost_code("DIV01"))
    world.cost_code("100", world.cost_code("DIV02"))
    assert sent(world.plan("cost-codes")[key("100")])["id"] == right


def test_of_codes_that_repeat_a_person_chooses_when_no_parent_tells():
    world = World(activities=[activity("100")])
    first = world.cost_code("100", world.cost_code("DIV01"))
    world.cost_code("100", world.cost_code("DIV02"))
    item = world.plan("cost-codes")[key("100")]
    assert (codes_of(item), item.is_question, len(item.candidates)) == (["COD-08"], True, 2)
    world.decisions = {"cost-codes": {key("100"): {"link": str(first)}}}
    assert sent(world.plan("cost-codes")[key("100")])["id"] == first


def test_two_activities_never_share_a_code():
    world = World(activities=[activity("01-100"), activity("100")])
    world.cost_code("100", world.cost_code("01"))
    plan = world.plan("cost-codes")
    assert plan[key("100")].kind is ActionKind.LINK, "its own part is the better claim"
    assert codes_of(plan[key("01-100")]) == ["COD-10"]


def test_the_mark_of_another_integration_is_never_overwritten():
    world = World()
    world.cost_code("03-300", origin_id="OTHER:7")
    assert codes_of(world.plan("cost-codes")[key("03-300")]) == ["LNK-01"]


def test_a_new_project_gets_its_codes_level_by_level():
    """A parent made in the same call has no id yet: each level goes after the one above."""
    world = World()
    world.activities.append(activity("S03", "Section", "DIV03", "section"))
    world.activities.append(activity("03-900", "Divers", "S03"))
    plan = world.plan("cost-codes")
    assert {k.partition("/")[2]: awaited(sent(item)) for k, item in plan.items()} == {
        "DIV03": None, "S03": key("DIV03"), "03-100": key("DIV03"), "03-300": key("DIV03"), "03-900": key("S03"),
    }  # fmt: skip
    assert levels({k: sent(item) for k, item in plan.items()})[key("03-900")] == 2
    world.run("cost-codes")
    codes = {row["code"]: row["full_code"] for row in world.known["cost-codes"].values()}
    assert codes["03-900"] == "DIV03-S03-03-900"
    assert world.run("cost-codes") == {"cost-codes": []}, "and then there is nothing left to do"


def test_a_child_of_a_linked_parent_names_it_at_once():
    world = World()
    division = world.cost_code("DIV03")
    assert sent(world.plan("cost-codes")[key("03-300")])["parent_id"] == division


CIRCLES = {
    "missing": [activity("03-300", parent="NONE")],
    "itself": [activity("03-300", parent="03-300")],
    "two": [activity("03-300", parent="03-400"), activity("03-400", parent="03-300")],
    "above": [activity("03-300", parent="A"), activity("A", parent="B"), activity("B", parent="A")],
}


@pytest.mark.parametrize("rows", CIRCLES.values(), ids=CIRCLES)
def test_parents_that_are_missing_or_go_round_stop_the_code_and_no_other(rows):
    """Bad input: cyclic parents."""
    world = World(activities=[*rows, activity("09-900")])
    plan = world.plan("cost-codes")
    assert codes_of(plan[key("03-300")]) == ["COD-09"]
    assert plan[key("03-300")].is_blocked
    assert plan[key("09-900")].kind is ActionKind.CREATE


def test_a_closed_activity_is_linked_but_not_created():
    world = World(activities=[activity("03-300", status="1"), activity("03-400", status="1")])
    world.cost_code("03-400")
    plan = world.plan("cost-codes")
    assert (plan[key("03-300")].kind, plan[key("03-300")].is_in_scope) == (None, False)
    assert plan[key("03-400")].kind is ActionKind.LINK


def test_a_linked_code_is_left_alone_whatever_it_is_called_now():
    world = World().with_codes()
    world.activities[1]["description"] = "Autre nom"
    assert [item.kind for item in world.plan("cost-codes").values()] == [None] * 3


def test_a_code_that_is_gone_from_procore_waits_for_a_person():
    world = World().with_codes()
    world.links["cost-codes"][key("03-300")] = LinkState(1, {})
    item = world.plan("cost-codes")[key("03-300")]
    assert (codes_of(item), item.is_question) == (["LNK-02"], True)


def test_a_mark_that_somebody_emptied_is_set_again():
    world = World().with_codes()
    link = world.links["cost-codes"][key("03-300")]
    world.known["cost-codes"][link.procore_id]["origin_id"] = None
    item = world.plan("cost-codes")[key("03-300")]
    assert (item.kind, sent(item)) == (ActionKind.UPDATE, {"id": link.procore_id, "origin_id": ORIGIN + "03-300"})


def test_a_project_without_link_has_nothing_to_do_but_one_that_is_coming_has():
    world = World(procore_id=None)
    assert world.plan("cost-codes") == {}
    world.pending = {"projects": frozenset({PROJECT})}
    assert len(world.plan("cost-codes")) == 3


def test_writes_that_wait_for_each_other_in_a_circle_are_a_mistake_of_the_planner():
    with pytest.raises(ValueError, match="waits for itself"):
        levels({"A": {"parent_id": later("B")}, "B": {"parent_id": later("A")}})


def test_a_write_whose_parent_was_refused_is_not_sent():
    assert filled({"code": "A", "parent_id": later("P")}, {}) is None
    assert filled({"code": "A", "parent_id": later("P")}, {"P": 7}) == {"code": "A", "parent_id": 7}


# --- which lists are read -------------------------------------------------------------------------


def test_segment_items_are_read_again_only_when_a_code_was_made_since():
    """An idle run makes no call (limits-and-faults.md §1.5)."""
    world = World().with_codes()
    reads = wbs_segments.SEGMENT_ITEM_RULES.reads
    assert (reads(world.context, True), reads(world.context, False)) == (True, False)
    number = world.cost_code("03-500")
    world.links["cost-codes"][key("03-500")] = LinkState(number, {})
    del world.known["segment-items"][number + 1_000_000]
    assert reads(world.context, False)


def test_project_patterns_are_read_only_in_a_company_with_custom_segments():
    world = World()
    reads = wbs_segments.PROJECT_PATTERN_RULES.reads
    assert not reads(world.context, True)
    world.known["wbs-patterns"][70]["segments"].append({"id": 9, "type": "custom", "name": "Zone"})
    try:
        assert (reads(world.context, True), reads(world.context, False)) == (True, False)
    finally:
        world.known["wbs-patterns"][70]["segments"].pop()


def test_the_lists_of_items_go_to_their_own_segments():
    context = World().context
    assert wbs_segments.SEGMENT_ITEM_RULES.path_values(context) == {"segment_id": "2"}
    assert wbs_segments.COST_TYPE_ITEM_RULES.path_values(context) == {"segment_id": "3"}


def test_cost_types_are_found_by_their_code():
    record = cost_codes.COST_TYPES.from_procore({"id": 5, "code": "m", "name": "Materials", "base_type": "materials"})
    assert (record.number, record.is_active) == ("M", True)
