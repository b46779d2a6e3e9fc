"""What the journal keeps of a plan: lines for the pages, actions for the run."""

import json

import pytest

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import (
    BULK,
    NOTHING_KEY,
    ORDER_WIDTH,
    action_of,
    agreement_of,
    line_of,
    numbered,
    order_keys,
    order_place,
    search_text,
    status_before,
    worst_kind,
)
from maestro_procore.model.plan import LinkState
from maestro_procore.model.problems import Problem
from maestro_procore.model.projects import MAP as PROJECTS
from maestro_procore.model.status import LineStatus
from maestro_procore.model.suppliers import MAP as SUPPLIERS
from tests.model.records import linked_with, only, planned, project, site, supplier, vendor


def action(mine=(), theirs=(), element="suppliers", **more):
    return action_of(MAPS[element], planned(element, mine, theirs, **more)[0])


def linked(mine, theirs, agreed):
    return only(planned("suppliers", [mine], [theirs], links=linked_with("suppliers", (mine, theirs), agreed=agreed)))


# --- lines ----------------------------------------------------------------------------------------


def test_a_line_shows_both_sides_and_what_differs():
    item = linked(supplier(phone="2"), vendor(id=7, origin_code="V001"), supplier().values)
    line = line_of(SUPPLIERS, item)
    assert (line["maestro_key"], line["procore_id"], line["is_linked"], line["needs_sync"]) == ("V001", 7, True, True)
    assert line["differing"] == ["phone"] and line["agreed"]["phone"] == "418-555-0101"
    assert line["maestro_values"]["phone"] == "2" and "fax" not in line["maestro_values"]
    json.dumps(line)


def test_a_question_carries_its_candidates_with_their_likeness():
    item = planned(
        "suppliers", [supplier()], [vendor(id=7, name="Béton Lévesque inc."), vendor(id=8, name="Béton Lévesques")]
    )[0]
    found = line_of(SUPPLIERS, item)["candidates"]
    assert [(c["procore_id"], c["name"]) for c in found] == [(7, "Béton Lévesque inc."), (8, "Béton Lévesques")]
    assert found[0]["likeness"] == 100 and 90 <= found[1]["likeness"] < 100


def test_a_project_is_grouped_by_what_filter_projects_by_offers():
    """F091."""
    line = line_of(PROJECTS, only(planned("projects", [project(type_code="INST", manager="Roy")])))
    assert line["groups"] == {
        "status": "A",
        "type": "INST",
        "category": "",
        "department": "",
        "manager": "Roy",
        "master": "",
    }


def test_a_record_that_only_procore_has_stands_where_its_code_will_be():
    line = line_of(PROJECTS, only(planned("projects", [], [site(id=7, project_number="P26900")])))
    assert (line["maestro_key"], line["procore_id"], line["sort_key"], line["maestro_values"]) == (
        None,
        7,
        "p26900",
        None,
    )
    assert line_of(PROJECTS, only(planned("projects", [], [site(id=7, project_number=None)])))["sort_key"] == "\uffff"


@pytest.mark.parametrize(
    ("codes", "worst"),
    [([], ""), (["SUP-11"], "I"), (["SUP-11", "PRJ-09"], "W"), (["PRJ-09", "PRJ-14", "SUP-11"], "E")],
)
def test_the_gravest_problem_stands_for_the_line(codes, worst):
    assert worst_kind([Problem(code) for code in codes]) == worst


def test_a_search_looks_through_both_sides_once_and_forgives_accents():
    assert search_text({"name": "Béton", "is_active": True}, {"name": "Béton", "city": "Évain"}) == "beton evain"
    assert search_text(None, {"name": "Œuvre"}) == "oeuvre" and search_text(None, None) == ""


def test_the_keys_for_sorting_stand_at_their_places():
    for element_map in MAPS.values():
        shown = [f.name for f in element_map.fields if f.shown]
        mine, theirs = {name: f"É{name}" for name in shown}, dict.fromkeys(shown[1:], "Z" * 50)
        keys = order_keys(element_map, mine, theirs)
        assert len(keys) == 2 * len(shown) * ORDER_WIDTH
        for side, values in (("maestro", mine), ("procore", theirs)):
            for name in shown:
                place = order_place(element_map, side, name)
                key = keys[place : place + ORDER_WIDTH]
                wanted = values.get(name)
                assert key == (
                    NOTHING_KEY if wanted is None else wanted.lower().replace("é", "e")[:ORDER_WIDTH].ljust(ORDER_WIDTH)
                )
    assert order_place(SUPPLIERS, "maestro", "fax") is None and order_place(SUPPLIERS, "moon", "name") is None


def test_an_empty_value_sorts_behind_every_other():
    assert "zzz".ljust(ORDER_WIDTH) < NOTHING_KEY and "œ".ljust(ORDER_WIDTH) < NOTHING_KEY


# --- actions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "kind", "target", "state"),
    [
        (lambda: action([supplier()]), "create", "procore", "planned"),
        (lambda: action([supplier()], [vendor(id=7)]), "link", "procore", "planned"),
        (lambda: action([supplier(province="ZZ")]), "skip", None, "failed"),
        (lambda: action([supplier()], [vendor(id=7, name="Béton Lévesque inc.")]), "skip", None, "skipped"),
        (lambda: action([], [site(id=7)], "projects"), "create", "both", "planned"),
    ],
    ids=["create", "link", "error", "question", "create in maestro*"],
)
def test_an_action_says_what_happens_where(made, kind, target, state):
    made = made()
    assert (made["kind"], made["target"], made["state"]) == (kind, target, state)
    json.dumps(made)


def test_an_update_keeps_what_it_replaces_and_what_is_meant():
    """What undo would put back; L1: no value lost."""
    mine, theirs = supplier(phone="2"), vendor(id=7, origin_code="V001", origin_id="MST:ACME:suppliers:V001")
    made = action_of(SUPPLIERS, linked(mine, theirs, supplier().values))
    assert made["before"] == {"procore": {"business_phone": "418-555-0101", "origin_id": "MST:ACME:suppliers:V001"}}
    assert made["after"]["procore"]["phone"] == made["after"]["maestro"]["phone"] == "2"
    assert "tax_numbers" not in made["after"]["maestro"]


def test_a_project_from_procore_is_named_by_the_code_it_gets():
    made = action([], [site(id=7, project_number="p26900")], "projects")
    assert (made["maestro_key"], made["project"], made["procore_id"]) == ("P26900", "P26900", 7)


def test_a_record_with_nothing_to_do_is_no_action():
    with pytest.raises(ValueError, match="nothing to do"):
        action_of(SUPPLIERS, linked(supplier(), vendor(id=7, origin_code="V001"), supplier().values))


def test_actions_are_numbered_in_order_and_cut_into_bulk_calls():
    """Design §2: bulk calls of up to 1,000 records."""
    sent = [
        {"maestro_key": f"{n:05d}", "maestro_write": None, "procore_write": {}, "state": "planned"}
        for n in range(BULK + 1)
    ]
    held = {"maestro_key": "a", "maestro_write": None, "procore_write": None, "state": "skipped"}
    first = {"maestro_key": "z", "maestro_write": {}, "procore_write": None, "state": "planned"}
    ordered = numbered([held, *reversed(sent), first], 5)
    assert [a["seq"] for a in ordered] == list(range(5, 5 + len(ordered)))
    assert ordered[0] is first and ordered[0]["batch"] == 0
    assert [a["batch"] for a in ordered if a["procore_write"] is not None].count(0) == BULK
    assert held["batch"] is None and ordered[-1] is held


# --- symbols and agreements -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status"),
    [("planned", LineStatus.QUEUED), ("failed", LineStatus.FAILED), ("skipped", None), (None, None)],
)
def test_a_planned_line_waits_and_a_refused_one_is_red(state, status):
    """F004, F008."""
    assert status_before(None if state is None else {"state": state}) is status


def test_only_a_whole_link_agrees_on_something():
    both = linked(supplier(), vendor(id=7, origin_code="V001"), supplier().values)
    assert agreement_of(SUPPLIERS, both)["name"] == "Béton Lévesque ltée"
    lost = only(planned("suppliers", [supplier()], [], links={"V001": LinkState(7, {})}))
    assert agreement_of(SUPPLIERS, lost) is None
    assert agreement_of(SUPPLIERS, only(planned("suppliers", [supplier()]))) is None
