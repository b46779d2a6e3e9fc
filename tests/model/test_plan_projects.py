"""Projects (↔): prerequisites, links, conflicts, creations on both sides, and every message of theirs (F079)."""

from dataclasses import replace

import pytest

from maestro_procore.model.elements import Side
from maestro_procore.model.lines import worst_kind
from maestro_procore.model.outcome import row_problem
from maestro_procore.model.plan import LinkState
from maestro_procore.model.projects import MAP as PROJECTS
from maestro_procore.model.projects import RULES
from maestro_procore.model.status import ActionKind
from tests.model.records import (
    PREFIX,
    World,
    codes,
    linked_with,
    only,
    planned,
    procore_row,
    project,
    reason_of,
    site,
    written,
)

ORIGIN = PREFIX["projects"]
ELSEWHERE = {"name": "Aréna", "address": "1, rue X", "zip": "J8X 1A1", "phone": "819-555-0000", "city": "Laval"}


def plan(mine=(), theirs=(), **more):
    return planned("projects", mine, theirs, **more)


def linked(mine, theirs, agreed=None, **more):
    return only(plan([mine], [theirs], links=linked_with("projects", (mine, theirs), agreed=agreed), **more))


# --- to Procore -----------------------------------------------------------------------------------


def test_a_project_that_procore_lacks_is_created_there_with_every_mapped_value():
    """F079."""
    item = only(plan([project(detail="Deux étages", procore_template_id=12)]))
    assert (item.kind, item.rule, codes(item)) == (ActionKind.CREATE, "created", [])
    assert item.writes == {
        Side.PROCORE: {
            "project_number": "26001", "name": "École du Mont", "description": "Deux étages",
            "address": "12, rue Côté", "city": "Québec", "state_code": "QC", "country_code": "CA", "zip": "G1K 3X2",
            "phone": "418-555-0101", "estimated_start_date": "2026-01-05", "estimated_completion_date": "2027-06-30",
            "active": True, "project_template_id": 12, "origin_id": ORIGIN + "26001",
        }
    }  # fmt: skip


STOPPED = {
    "PRJ-03 no start date": ({"start_date": None}, "PRJ-03"),
    "PRJ-04 no closing date": ({"closing_date": None}, "PRJ-04"),
    "PRJ-05 dates exchanged": ({"start_date": "2027-01-01", "closing_date": "2026-01-01"}, "PRJ-05"),
    "PRJ-14 province of another country": ({"province": "NY"}, "PRJ-14"),
    "PRJ-14 no province at all": ({"province": "ZZ"}, "PRJ-14"),
}


@pytest.mark.parametrize(("columns", "code"), STOPPED.values(), ids=STOPPED)
def test_a_project_that_procore_would_refuse_is_not_sent(columns, code):
    """F014."""
    item = only(plan([project(**columns)]))
    assert item.kind is ActionKind.SKIP and item.is_blocked and codes(item) == [code] and not item.writes


def test_one_day_projects_and_unknown_countries_are_no_errors():
    same_day = project(start_date="2026-05-01", closing_date="2026-05-01")
    abroad = project(project_code="26002", country="FR", province="IDF", description="Paris")
    assert [item.kind for item in plan([same_day, abroad])] == [ActionKind.CREATE, ActionKind.CREATE]


OUTSIDE = {
    "PRJ-01 closed": ({"status": "1"}, "PRJ-01"),
    "PRJ-01 blocked": ({"status": "B"}, "PRJ-01"),
    "PRJ-02 not flagged": ({"procore_sync": False}, "PRJ-02"),
}


@pytest.mark.parametrize(("columns", "code"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_project_outside_the_scope_says_why_and_is_an_error_only_for_whoever_asks_for_it(columns, code):
    mine = project(**columns)
    quiet, asked = only(plan([mine])), only(plan([mine], selection=["26001"]))
    assert (quiet.kind, quiet.is_in_scope, worst_kind(quiet.problems)) == (None, False, "I")
    assert [reason_of(told) for told in quiet.problems] == [code]
    assert asked.kind is ActionKind.SKIP and codes(asked) == [code] and asked.is_in_scope and not asked.writes


@pytest.mark.parametrize("columns", [{"status": "1"}, {"procore_sync": False}], ids=["closed", "not flagged"])
def test_a_project_outside_the_scope_stands_beside_its_procore_project_and_nothing_happens(columns):
    """A closed job that nobody ever linked is no error at each run, and is not created a second time in maestro*."""
    item = only(plan([project(**columns)], [site(id=7)]))
    assert (item.kind, item.procore.procore_id, worst_kind(item.problems)) == (None, 7, "I")


# --- link -----------------------------------------------------------------------------------------


def test_the_number_links_and_says_so():
    """PRJ-16; maestro-interface 3.1: matching by number."""
    item = only(plan([project()], [site(id=7)]))
    assert (item.kind, item.rule, codes(item)) == (ActionKind.LINK, "number", ["PRJ-16"])
    assert item.writes == {Side.PROCORE: {"id": 7, "origin_id": ORIGIN + "26001"}}


def test_at_the_first_link_an_empty_value_is_filled_from_the_other_side():
    item = only(plan([project(phone=None)], [site(id=7, city=None)]))
    assert written(item, Side.MAESTRO) == {"phone": "418-555-0101"}
    assert written(item, Side.PROCORE) == {"city": "Québec"}


def test_at_the_first_link_two_different_values_ask_and_are_not_written():
    """PRJ-09: only this field is held back."""
    item = only(plan([project(phone="418-555-0199", detail="Plan B")], [site(id=7)]))
    assert "PRJ-09" in codes(item) and item.kind is ActionKind.LINK
    assert written(item, Side.PROCORE) == {"description": "Plan B"} and Side.MAESTRO not in item.writes


def test_dates_that_only_procore_has_are_taken_over_and_do_not_stop_the_link():
    item = only(plan([project(start_date=None, closing_date=None)], [site(id=7)]))
    assert item.kind is ActionKind.LINK
    assert written(item, Side.MAESTRO) == {"start_date": "2026-01-05", "closing_date": "2027-06-30"}


def test_a_date_that_neither_side_has_stops_the_link():
    theirs = site(id=7, estimated_completion_date=None, phone=None)
    assert codes(only(plan([project(closing_date=None)], [theirs])))[0] == "PRJ-04"


def test_an_inactive_project_is_not_linked():
    """PRJ-08."""
    item = only(plan([project()], [site(id=7, active=False)]))
    assert (item.kind, codes(item), item.writes) == (ActionKind.SKIP, ["PRJ-08"], {})


def test_two_projects_with_one_number_are_an_error_and_both_are_shown():
    """PRJ-12."""
    item = only(plan([project()], [site(id=7), site(id=8)]))
    assert item.is_blocked and codes(item) == ["PRJ-12"] and len(item.candidates) == 2


def test_a_project_of_another_integration_is_left_alone():
    """LNK-01."""
    item = only(plan([project()], [site(id=7, origin_id="SAGE:1")]))
    assert item.is_blocked and codes(item) == ["LNK-01"] and not item.writes


def test_a_project_without_a_number_that_looks_the_same_asks():
    """PRJ-21."""
    item = only(plan([project()], [site(id=7, project_number=None)]))
    assert item.is_question and not item.is_blocked and codes(item) == ["PRJ-21"]


def test_the_chosen_project_without_a_number_gets_it():
    item = only(plan([project()], [site(id=7, project_number=None)], decisions={"26001": {"link": "7"}}))
    assert (item.kind, item.rule, codes(item)) == (ActionKind.LINK, "choice", [])
    assert written(item, Side.PROCORE) == {"project_number": "26001"}


def test_the_choice_to_create_is_followed():
    items = plan([project()], [site(id=7, project_number=None)], decisions={"26001": {"link": "create"}})
    assert items[0].kind is ActionKind.CREATE


def test_a_choice_never_renumbers_another_project():
    item = plan([project()], [site(id=7, project_number="P-9", **ELSEWHERE)], decisions={"26001": {"link": "7"}})[0]
    assert item.is_blocked and codes(item)[0] == "PRJ-06" and not item.writes


@pytest.mark.parametrize("choice", ["99", "", "seven", "-1"], ids=["gone", "empty", "no number", "negative"])
def test_a_choice_that_leads_nowhere_asks_again(choice):
    item = plan([project()], [site(id=7, project_number=None)], decisions={"26001": {"link": choice}})[0]
    assert codes(item) == ["PRJ-21"]


def test_our_mark_on_a_project_is_followed_even_against_the_choice_to_create():
    marked = site(id=7, origin_id=ORIGIN + "26001")
    item = only(plan([project()], [marked], decisions={"26001": {"link": "create"}}))
    assert (item.kind, item.procore.procore_id) == (ActionKind.LINK, 7)


# --- linked ---------------------------------------------------------------------------------------


def test_a_linked_project_that_agrees_has_nothing_to_do():
    item = linked(project(), site(id=7))
    assert (item.kind, item.problems, item.writes) == (None, (), {})


@pytest.mark.parametrize(
    ("columns", "attributes", "side", "write"),
    [
        ({"phone": "418-555-0199"}, {}, Side.PROCORE, {"phone": "418-555-0199"}),
        ({}, {"phone": "418-555-0199"}, Side.MAESTRO, {"phone": "418-555-0199"}),
        ({"phone": None}, {}, Side.PROCORE, {"phone": None}),
        ({}, {"estimated_completion_date": "2027-07-31"}, Side.MAESTRO, {"closing_date": "2027-07-31"}),
    ],
    ids=["changed in maestro*", "changed in Procore", "emptied in maestro*", "date moved in Procore"],
)
def test_the_side_that_changed_wins(columns, attributes, side, write):
    agreed = project().values
    item = linked(project(**columns), site(id=7, **attributes), agreed)
    assert item.kind is ActionKind.UPDATE and written(item, side) == write and set(item.writes) == {side}


def test_different_fields_changed_on_each_side_go_both_ways():
    """F17: edits on both sides at once, different fields."""
    item = linked(project(city="Lévis"), site(id=7, phone="418-555-0199"), project().values)
    assert written(item, Side.PROCORE) == {"city": "Lévis"} and written(item, Side.MAESTRO) == {"phone": "418-555-0199"}


def test_a_field_changed_on_both_sides_waits_and_the_others_go():
    """PRJ-09."""
    mine, theirs = project(phone="418-555-0111", city="Lévis"), site(id=7, phone="418-555-0222")
    item = linked(mine, theirs, project().values)
    assert codes(item) == ["PRJ-09"] and item.problems[0].args["field"] == "phone"
    assert written(item, Side.PROCORE) == {"city": "Lévis"} and Side.MAESTRO not in item.writes


def test_a_conflict_alone_is_a_question_and_no_error():
    item = linked(project(phone="1"), site(id=7, phone="2"), project().values)
    assert (item.kind, item.is_question, item.is_blocked) == (ActionKind.SKIP, True, False)


@pytest.mark.parametrize(("choice", "side"), [("maestro", Side.PROCORE), ("procore", Side.MAESTRO)])
def test_the_chosen_value_goes_to_the_other_side(choice, side):
    mine, theirs = project(phone="418-555-0111"), site(id=7, phone="418-555-0222")
    item = linked(mine, theirs, project().values, decisions={"26001": {"phone": choice}})
    assert list(item.writes) == [side] and not item.problems


def test_a_long_address_is_shortened_for_maestro_and_the_reader_is_told():
    """PRJ-07."""
    long = "2475, chemin de la Montagne-Saint-Hilaire, bâtiment C"
    item = linked(project(), site(id=7, address=long), project().values)
    assert codes(item) == ["PRJ-07"] and written(item, Side.MAESTRO) == {"address": long[:40].rstrip()}
    assert item.problems[0].args["text"] == long[:40].rstrip()


def test_a_long_name_is_shortened_for_maestro_and_the_reader_is_told():
    """PRJ-13."""
    item = linked(project(), site(id=7, name="É" * 101), project().values)
    assert codes(item) == ["PRJ-13"] and written(item, Side.MAESTRO) == {"description": "É" * 100}


@pytest.mark.parametrize("number", ["26099", None, "26-001"], ids=["changed", "emptied", "retyped"])
def test_a_number_changed_in_procore_stops_the_project(number):
    """PRJ-06."""
    item = linked(project(city="Lévis"), site(id=7, project_number=number), project().values)
    assert item.is_blocked and codes(item) == ["PRJ-06"] and not item.writes


def test_nothing_is_exchanged_with_an_inactive_project():
    """PRJ-08."""
    item = linked(project(city="Lévis"), site(id=7, active=False, phone="1"), project().values)
    assert (item.kind, codes(item), item.writes) == (ActionKind.SKIP, ["PRJ-08", "PRJ-23"], {})


def test_an_inactive_project_that_agrees_writes_nothing():
    assert linked(project(), site(id=7, active=False)).kind is None


def test_a_change_of_a_closed_project_is_not_exchanged():
    """PRJ-01."""
    item = linked(project(status="1", city="Lévis"), site(id=7), project().values)
    assert item.is_blocked and codes(item) == ["PRJ-01", "PRJ-22"] and not item.writes


def test_a_closed_project_that_agrees_writes_nothing():
    assert linked(project(status="1"), site(id=7)).kind is None


def test_a_change_that_would_leave_bad_dates_is_not_exchanged():
    item = linked(project(), site(id=7, estimated_completion_date="2025-01-01"), project().values)
    assert item.is_blocked and codes(item) == ["PRJ-05"]


def test_a_province_from_procore_that_does_not_exist_is_not_taken_over():
    item = linked(project(), site(id=7, state_code="NY"), project().values)
    assert item.is_blocked and codes(item) == ["PRJ-14"]


@pytest.mark.parametrize("is_known", [True, False], ids=["absent from a whole read", "never seen"])
def test_a_linked_project_that_procore_no_longer_shows_is_told_and_not_created_again(is_known):
    """LNK-02; design §4: absence is not deletion."""
    links = {"26001": LinkState(7, project().values)}
    item = only(plan([project()], [replace(site(id=7), is_gone=True)] if is_known else [], links=links))
    assert item.is_question and codes(item) == ["LNK-02"] and not item.writes
    assert item.problems[0].args["system"] == "Procore"


def test_a_linked_project_that_maestro_no_longer_has_is_told_and_not_created_again():
    """LNK-02."""
    item = only(plan([], [site(id=7)], links={"26001": LinkState(7, {})}))
    assert (codes(item), item.is_question, item.writes) == (["LNK-02"], True, {})
    assert item.problems[0].args == {"code": "26001", "system": "maestro*"}


def test_procore_that_no_longer_finds_the_linked_project_is_told():
    """PRJ-17."""
    assert row_problem("projects", "26001", {"id": ["not found"]}).code == "PRJ-17"


# --- from Procore ---------------------------------------------------------------------------------


def test_a_project_that_maestro_lacks_is_created_there_and_marked_in_procore():
    """F079."""
    item = only(plan([], [site(id=7, project_number="p26900")], default_template=4, language="en", currency="CAD"))
    assert (item.kind, item.key) == (ActionKind.CREATE, "P26900")
    assert item.writes[Side.PROCORE] == {"id": 7, "origin_id": ORIGIN + "P26900"}
    row = item.writes[Side.MAESTRO]
    assert row["project_code"] == "P26900" and row["template_no"] == 4 and row["procore_sync"] is True
    assert (row["status"], row["language"], row["currency"], row["company_id"]) == ("A", "en", "CAD", 1)
    assert row["start_date"] == "2026-01-05" and row["description"] == "École du Mont"


NOT_CREATED = {
    "PRJ-10 no number": ({"project_number": " "}, "PRJ-10"),
    "PRJ-11 too long": ({"project_number": "26001-PHASE-2"}, "PRJ-11"),
    "PRJ-11 accent": ({"project_number": "ÉCOLE"}, "PRJ-11"),
    "PRJ-11 star": ({"project_number": "26*01"}, "PRJ-11"),
    "PRJ-11 comma": ({"project_number": "26,01"}, "PRJ-11"),
    "PRJ-11 pound sign": ({"project_number": "26#01"}, "PRJ-11"),
    "PRJ-11 colon": ({"project_number": "26:01"}, "PRJ-11"),
    "PRJ-11 space": ({"project_number": "26 01"}, "PRJ-11"),
    "PRJ-03": ({"estimated_start_date": None}, "PRJ-03"),
    "PRJ-04": ({"estimated_completion_date": None}, "PRJ-04"),
    "PRJ-05": ({"estimated_completion_date": "2020-01-01"}, "PRJ-05"),
    "PRJ-14": ({"state_code": "NY"}, "PRJ-14"),
    "LNK-01": ({"origin_id": "SAGE:1"}, "LNK-01"),
}


@pytest.mark.parametrize(("attributes", "code"), NOT_CREATED.values(), ids=NOT_CREATED)
def test_a_procore_project_that_maestro_cannot_hold_is_not_created(attributes, code):
    item = only(plan([], [site(**{"id": 7, "project_number": "26900", **attributes})]))
    assert item.is_blocked and codes(item) == [code] and not item.writes


def test_without_a_template_the_project_waits_for_a_choice():
    """PRJ-15: a choice is skipped with a warning, never an error."""
    item = only(plan([], [site(id=7)], default_template=None))
    assert (item.kind, codes(item), item.is_question) == (ActionKind.SKIP, ["PRJ-15"], True)
    assert not item.is_blocked and not item.writes


def test_an_inactive_procore_project_stays_in_procore():
    item = only(plan([], [site(id=7, active=False)]))
    assert (item.kind, item.is_in_scope) == (None, False)


def test_two_new_procore_projects_with_one_number_are_not_created():
    """PRJ-12."""
    items = plan([], [site(id=7), site(id=8)])
    assert [codes(i) for i in items] == [["PRJ-12"], ["PRJ-12"]] and not any(i.writes for i in items)


def test_an_archived_copy_with_the_same_number_does_not_stop_the_active_one():
    items = plan([], [site(id=7), site(id=8, active=False)])
    assert [i.kind for i in items] == [ActionKind.CREATE, None]


def test_a_second_procore_project_with_the_number_of_a_linked_one_is_not_created():
    """PRJ-12."""
    links = linked_with("projects", (project(), site(id=7)))
    items = plan([project()], [site(id=7), site(id=8)], links=links)
    assert [codes(i) for i in items] == [[], ["PRJ-12"]]


def test_a_project_renumbered_onto_another_code_blocks_both_and_names_the_cause():
    """PRJ-06: P2's Procore project now carries P1's number."""
    first, second = project(project_code="P1"), project(project_code="P2", description="Autre")
    theirs = site(id=7, project_number="P1", name="Autre")
    items = plan([first, second], [theirs], links={"P2": LinkState(7, second.values)})
    assert [codes(i) for i in items] == [["PRJ-06"], ["PRJ-06"]]
    assert [i.problems[0].args["code"] for i in items] == ["P2", "P2"]


# --- selection ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["26001", "7"])
def test_a_selection_names_records_by_code_or_procore_id(wanted):
    items = plan([project(), project(project_code="26002", description="B")], [site(id=7)], selection=[wanted])
    assert [i.key for i in items] == ["26001"]


def test_a_project_that_maestro_lacks_is_selected_by_its_number():
    """The window and `sync --project` know no other name for it."""
    items = plan([project()], [site(id=7, project_number="P26900", **ELSEWHERE)], selection=["P26900"])
    assert [i.key for i in items] == ["P26900"]


# --- laws -----------------------------------------------------------------------------------------


def test_f079_created_on_each_side_appears_on_the_other_and_then_everything_agrees():
    """F079, F033."""
    world = World("projects", rows={"26001": dict(project().facts)})
    world.records[7] = procore_row("projects", id=7, project_number="P26900", **ELSEWHERE)
    world.run()
    assert set(world.rows) == {"26001", "P26900"} and len(world.records) == 2
    assert [i.kind for i in world.plan()] == [None, None]


def test_every_column_of_the_mapping_can_be_changed_from_either_side():
    """A field that is mapped but never carried would stay different for ever."""
    other = {"start_date": "2026-02-02", "closing_date": "2028-01-01", "province": "ON", "country": "US"}
    for each in PROJECTS.compared:
        value = other.get(each.maestro, "9")
        more = {"country": "US"} if each.name == "province" else {}
        if each.name in ("province", "country"):
            continue  # one without the other is no valid pair
        changed = linked(project(**{each.maestro: value}, **more), site(id=7), project().values)
        assert written(changed, Side.PROCORE) == {each.procore: value}, each.name
        back = linked(project(), site(id=7, **{each.procore: value}), project().values)
        assert written(back, Side.MAESTRO) == {each.maestro: value}, each.name


def test_province_and_country_move_together():
    item = linked(project(province="NY", country="US"), site(id=7), project().values)
    assert written(item, Side.PROCORE) == {"state_code": "NY", "country_code": "US"}


# --- in use on one side only ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "active", "told"),
    [("1", True, ["PRJ-22"]), ("A", False, ["PRJ-23"]), ("A", True, []), ("1", False, [])],
    ids=["closed here", "inactive there", "in use", "neither"],
)
def test_what_is_in_use_on_one_side_only_is_offered_and_nothing_written(status, active, told):
    item = linked(project(status=status), site(id=7, active=active), project().values)

    assert (item.kind, codes(item), item.writes) == (None, told, {})


@pytest.mark.parametrize(
    ("status", "active", "deed", "written"),
    [
        ("1", True, "set-inactive", False),
        ("A", False, "set-active", True),
        ("A", True, "set-inactive", None),
        ("1", False, "set-active", None),
        ("1", True, "set-active", None),
    ],
)
def test_on_wish_it_is_set_where_that_fits(status, active, deed, written):
    """PRJ-24."""
    use = RULES.in_use(project(status=status), site(id=7, active=active), deed)

    assert (use.write or {}).get("active") is written
    assert (use.told.code if use.told is not None else None) == (None if written is not None else "PRJ-24")
