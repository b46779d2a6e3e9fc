"""Suppliers (→): scope, links, updates, every message of theirs, and the laws that hold for any two sides (F081)."""

from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro_procore.model.elements import Side
from maestro_procore.model.lines import worst_kind
from maestro_procore.model.plan import LinkState
from maestro_procore.model.status import ActionKind
from maestro_procore.model.suppliers import MAP as SUPPLIERS
from tests.model.records import (
    PREFIX,
    PROJECT,
    SUPPLIER,
    World,
    codes,
    linked_with,
    only,
    planned,
    procore_row,
    reason_of,
    supplier,
    vendor,
    written,
)

ORIGIN = PREFIX["suppliers"]


def plan(mine=(), theirs=(), **more):
    return planned("suppliers", mine, theirs, **more)


def linked(mine, theirs, agreed=None, **more):
    return only(plan([mine], [theirs], links=linked_with("suppliers", (mine, theirs), agreed=agreed), **more))


def coded(**attributes):
    """Procore's copy of the usual supplier, with its code."""
    return vendor(**{"id": 7, "origin_code": "V001", **attributes})


# --- scope ----------------------------------------------------------------------------------------


def test_a_new_supplier_is_created_with_its_code_and_mark():
    """F081."""
    item = only(plan([supplier(mobile="418-555-0102", fax="418-555-0103")]))
    assert (item.kind, codes(item)) == (ActionKind.CREATE, [])
    assert item.writes == {
        Side.PROCORE: {
            "origin_code": "V001", "origin_id": ORIGIN + "V001", "name": "Béton Lévesque ltée",
            "address": "12, rue Côté", "city": "Québec", "state_code": "QC", "country_code": "CA", "zip": "G1K 3X2",
            "business_phone": "418-555-0101", "mobile_phone": "418-555-0102", "fax_number": "418-555-0103",
            "email_address": "info@levesque.example", "license_number": "1234-5678-90", "is_active": True,
        }
    }  # fmt: skip


def test_an_american_supplier_is_sent_with_its_zip_code():
    item = only(plan([supplier(country="US", province="NY", postal_code=None, zip_code="12901")]))
    assert item.writes[Side.PROCORE]["zip"] == "12901"


OUTSIDE = {
    "SUP-03 closed": ({"status": "1"}, {}, "SUP-03"),
    "SUP-11 excluded type": ({"type_code": "bank"}, {"excluded_supplier_types": frozenset({"BANK"})}, "SUP-11"),
    "SUP-11 sub-contractors only": ({"is_subcontractor": False}, {"supplier_filter": "subcontractors"}, "SUP-11"),
}


@pytest.mark.parametrize(("columns", "more", "code"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_supplier_outside_the_scope_says_why_and_is_an_error_only_for_whoever_asks_for_it(columns, more, code):
    quiet, asked = (
        only(plan([supplier(**columns)], **more)),
        only(plan([supplier(**columns)], selection=["V001"], **more)),
    )
    assert (quiet.kind, quiet.is_in_scope, worst_kind(quiet.problems)) == (None, False, "I")
    assert [reason_of(told) for told in quiet.problems] == [code]
    assert asked.kind is ActionKind.SKIP and codes(asked) == [code] and not asked.writes


@pytest.mark.parametrize("more", [{}, {"supplier_filter": "subcontractors"}], ids=["all", "sub-contractors"])
def test_a_blocked_sub_contractor_is_sent_and_stays_active(more):
    """A block is often a hold of days."""
    item = only(plan([supplier(status="B")], **more))
    assert item.kind is ActionKind.CREATE and item.writes[Side.PROCORE]["is_active"] is True


def test_a_province_of_another_country_stops_the_supplier():
    """PRJ-14."""
    item = only(plan([supplier(province="NY")]))
    assert item.is_blocked and codes(item) == ["PRJ-14"] and not item.writes


def test_a_company_that_only_procore_has_stays_there():
    item = only(plan([], [vendor(id=7)]))
    assert (item.kind, item.is_in_scope, item.writes) == (None, False, {})


# --- link -----------------------------------------------------------------------------------------


def test_the_same_name_links_marks_and_says_so():
    """SUP-13."""
    item = only(plan([supplier()], [vendor(id=7)]))
    assert (item.kind, item.rule, codes(item)) == (ActionKind.LINK, "name", ["SUP-13"])
    assert item.writes == {Side.PROCORE: {"id": 7, "origin_id": ORIGIN + "V001", "origin_code": "V001"}}


def test_a_link_by_code_says_nothing_and_writes_the_mark_only():
    item = only(plan([supplier()], [coded()]))
    assert codes(item) == [] and written(item, Side.PROCORE) == {}


def test_an_empty_value_of_maestro_does_not_wipe_procores_at_the_link():
    item = only(plan([supplier(fax=None)], [coded(fax_number="418-555-0109")]))
    assert written(item, Side.PROCORE) == {}


def test_maestros_values_win_at_the_link_and_nothing_comes_back():
    """F075."""
    item = only(plan([supplier(phone="418-555-0199")], [coded(mobile_phone="418-555-0155")]))
    assert written(item, Side.PROCORE) == {"business_phone": "418-555-0199"} and Side.MAESTRO not in item.writes


def test_several_look_alikes_ask():
    """SUP-04."""
    item = only(plan([supplier()], [vendor(id=7, phone=None), vendor(id=8)])[:1])
    assert item.is_question and not item.is_blocked and codes(item) == ["SUP-04"]
    assert item.problems[0].args["n"] == len(item.candidates) == 2


@pytest.mark.parametrize("decisions", [{}, {"V001": {"link": "7"}}], ids=["found by name", "chosen"])
def test_an_inactive_company_cannot_be_linked(decisions):
    """SUP-05."""
    item = only(plan([supplier()], [vendor(id=7, is_active=False)], decisions=decisions))
    assert item.is_blocked and codes(item) == ["SUP-05"] and not item.writes


def test_a_company_that_belongs_to_another_supplier_cannot_be_linked():
    """SUP-06: its code was typed on a company that is linked already."""
    first, second, theirs = supplier(), supplier(supplier_code="V002"), coded(origin_code="V002")
    items = plan([first, second], [theirs], links={"V001": LinkState(7, first.values)})
    assert codes(items[1]) == ["SUP-06"] and items[1].problems[0].args["code"] == "V001"


def test_a_choice_of_a_linked_company_is_refused_instead_of_linking_it_twice():
    """SUP-06: one Procore company, one supplier."""
    first, second = supplier(), supplier(supplier_code="V002", name="Acier Nordique")
    links = linked_with("suppliers", (first, coded()))
    items = plan([first, second], [coded()], links=links, decisions={"V002": {"link": "7"}})
    assert codes(items[1]) == ["SUP-06"] and not items[1].writes


def test_two_suppliers_that_chose_one_company_do_not_both_get_it():
    """SUP-06."""
    mine = [supplier(), supplier(supplier_code="V002")]
    items = plan(mine, [vendor(id=7)], decisions={"V001": {"link": "7"}, "V002": {"link": "7"}})
    assert [i.kind for i in items] == [ActionKind.LINK, ActionKind.SKIP] and codes(items[1]) == ["SUP-06"]


def test_whoever_chose_a_company_already_taken_can_choose_another():
    """SUP-06: the look-alikes of the question stay."""
    mine = [supplier(), supplier(supplier_code="V002", name="Acier Nordique")]
    theirs = [coded(), vendor(id=8, name="Acier Nordic"), vendor(id=9, name="Aciers Nordique")]
    links = linked_with("suppliers", (mine[0], theirs[0]))
    asked = plan(mine, theirs, links=links)[1]
    stopped = plan(mine, theirs, links=links, decisions={"V002": {"link": "7"}})[1]
    assert codes(stopped) == ["SUP-06"] and stopped.is_blocked
    assert [c.procore_id for c in stopped.candidates] == [c.procore_id for c in asked.candidates] != []


def test_of_two_that_chose_one_company_the_second_can_choose_another():
    """SUP-06."""
    mine = [supplier(), supplier(supplier_code="V002", name="Acier Nordique")]
    theirs = [vendor(id=7), vendor(id=8, name="Acier Nordique")]
    items = plan(mine, theirs, decisions={"V001": {"link": "7"}, "V002": {"link": "7"}})
    assert codes(items[1]) == ["SUP-06"] and [c.procore_id for c in items[1].candidates] == [8]


def test_the_stronger_claim_keeps_the_company_whatever_the_order_of_the_codes():
    mine = [supplier(supplier_code="A"), supplier(supplier_code="B", name="Acier Nordique")]
    items = plan(mine, [vendor(id=7)], decisions={"B": {"link": "7"}})
    assert [i.kind for i in items] == [ActionKind.SKIP, ActionKind.LINK] and codes(items[0]) == ["SUP-06"]


def test_a_company_of_another_integration_is_left_alone():
    """LNK-01, F18."""
    item = only(plan([supplier()], [coded(origin_id="SAGE300:99")]))
    assert item.is_blocked and codes(item) == ["LNK-01"] and not item.writes


def test_the_mark_of_another_supplier_of_ours_is_never_overwritten():
    """F18: id swapped. Two suppliers, one mark."""
    mine = [supplier(), supplier(supplier_code="V002", name="Acier Nordique")]
    items = plan(mine, [coded(origin_id=ORIGIN + "V002")])
    assert items[0].kind is not ActionKind.LINK
    assert items[1].is_question and [c.procore_id for c in items[1].candidates] == [7], "mark and name disagree"


@pytest.mark.parametrize("others", [{}, {"id": 8}], ids=["alone", "beside others"])
def test_the_choice_to_create_is_followed_and_the_company_appears_once(others):
    world = World("suppliers", rows={"V001": {**SUPPLIER}}, decisions={"V001": {"link": "create"}})
    world.records[9] = procore_row("suppliers", id=9, name="Béton Lévesque inc.", origin_code=None)
    world.run()
    assert len(world.records) == 2 and world.links["V001"].procore_id == 10
    world.run()
    assert len(world.records) == 2


def test_a_choice_of_a_company_is_followed():
    item = plan([supplier()], [vendor(id=7, name="Bétons L."), vendor(id=8)], decisions={"V001": {"link": "7"}})[0]
    assert (item.kind, item.rule, item.procore.procore_id, codes(item)) == (ActionKind.LINK, "choice", 7, [])


# --- linked ---------------------------------------------------------------------------------------


def test_a_linked_supplier_that_agrees_has_nothing_to_do():
    assert linked(supplier(), coded()).kind is None


def test_maestros_value_replaces_what_somebody_typed_in_procore_and_can_be_put_back():
    """F075. What is overwritten stays in the action as before-image."""
    item = linked(supplier(), coded(business_phone="1"), supplier().values)
    assert written(item, Side.PROCORE) == {"business_phone": "418-555-0101"} and list(item.writes) == [Side.PROCORE]


def test_a_field_changed_on_both_sides_asks():
    """PRJ-09."""
    item = linked(supplier(phone="2"), coded(business_phone="1"), supplier().values)
    assert codes(item) == ["PRJ-09"] and item.is_question and not item.writes


@pytest.mark.parametrize(
    ("choice", "write", "said"),
    [("maestro", {"business_phone": "2"}, []), ("procore", {}, ["LNK-09"])],
    ids=["maestro", "procore: the two stay different, and the line says so"],
)
def test_the_choice_for_a_field_is_followed_and_never_written_back(choice, write, said):
    item = linked(
        supplier(phone="2"), coded(business_phone="1"), supplier().values, decisions={"V001": {"phone": choice}}
    )
    assert written(item, Side.PROCORE) == write and Side.MAESTRO not in item.writes and codes(item) == said


def test_a_supplier_closed_in_maestro_is_set_inactive_and_the_reader_is_told():
    """SUP-10."""
    item = linked(supplier(status="1"), coded(), supplier().values)
    assert written(item, Side.PROCORE) == {"is_active": False} and codes(item) == ["SUP-10"]


def test_a_supplier_blocked_in_maestro_stays_active():
    assert linked(supplier(status="B"), coded(), supplier().values).kind is None


def test_a_company_set_inactive_in_procore_by_hand_is_active_again():
    item = linked(supplier(), coded(is_active=False), supplier().values)
    assert written(item, Side.PROCORE) == {"is_active": True} and codes(item) == []


def test_an_address_is_not_sent_any_more_after_the_link_where_the_company_says_so():
    mine = supplier(address="99, rue Neuve", city="Lévis", phone="2")
    item = linked(mine, coded(), supplier().values, sends_address_after_link=False)
    assert written(item, Side.PROCORE) == {"business_phone": "2"}
    assert {d.field.name for d in item.differences} == {"address", "city", "phone"}


def test_a_code_changed_in_procore_is_put_back():
    item = linked(supplier(), coded(origin_code="V777"))
    assert item.kind is ActionKind.UPDATE and written(item, Side.PROCORE) == {"origin_code": "V001"}


def test_a_code_that_procore_does_not_show_is_not_sent_again_at_each_run():
    assert linked(supplier(), coded(origin_code=None)).kind is None


def test_a_supplier_that_left_the_scope_after_the_link_is_kept_in_step():
    more = {"excluded_supplier_types": frozenset({"BANK"})}
    item = linked(supplier(type_code="BANK", phone="2"), coded(), supplier().values, **more)
    assert item.kind is ActionKind.UPDATE


def test_a_lost_company_is_told_and_not_created_again():
    """LNK-02."""
    item = only(plan([supplier()], [], links={"V001": LinkState(7, supplier().values)}))
    assert codes(item) == ["LNK-02"] and item.is_question and not item.writes


def test_a_shortened_address_is_no_difference():
    """Issue 2."""
    long = "12475, chemin de la Montagne-Saint-Hilaire, bâtiment C, quai de réception 3"
    assert linked(supplier(address=long[:40]), coded(address=long)).kind is None


# --- laws -----------------------------------------------------------------------------------------

NAMES = st.sampled_from(
    ["Béton Lévesque ltée", "Beton Levesque Ltee", "Béton Lévesque inc.", "Acier Nordique", "9123-4567 Québec inc.",
     "9123-4568 Québec inc.", "Plomberie Saint-Onge & Fils", "Plomberie St-Onge et Fils", "", "Rona"]
)  # fmt: skip
PHONES = st.sampled_from([None, "418-555-0101", "(418) 555-0101", "514-555-0199"])
CITIES = st.sampled_from([None, "Québec", "QUEBEC", "Laval"])
ADDRESSES = st.sampled_from([None, "12, rue Côté", "x" * 40, "x" * 39 + " y", "x" * 60])
CODES = st.sampled_from(["V001", "V002", "V003", "V004"])
LAWS = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def supplier_worlds(draw):
    world = World("suppliers")
    for code in draw(st.sets(CODES, max_size=4)):
        columns = {
            "name": draw(NAMES),
            "phone": draw(PHONES),
            "city": draw(CITIES),
            "status": draw(st.sampled_from("AB1")),
        }
        address = (draw(ADDRESSES) or "")[:40].rstrip() or None
        world.rows[code] = {
            **SUPPLIER,
            "supplier_code": code,
            "address": address,
            **columns,
            "email": None,
            "rbq": None,
            "gst_no": None,
            "qst_no": None,
        }
    for number in range(draw(st.integers(0, 4))):
        attributes = {
            "name": draw(NAMES),
            "business_phone": draw(PHONES),
            "city": draw(CITIES),
            "address": draw(ADDRESSES),
        }
        # Procore keeps origin ids unique within a company: the first record takes ours.
        origin = draw(st.sampled_from([None, None, f"SAGE:{number}", ORIGIN + f"V00{number}"]))
        code = draw(st.sampled_from([None, None, "V001", "v002 ", "X9"]))
        world.records[10 + number] = procore_row(
            "suppliers", **attributes, id=10 + number, origin_code=code, origin_id=origin, email_address=None,
            license_number=None, is_active=draw(st.booleans()),
        )  # fmt: skip
    return world


@st.composite
def project_worlds(draw):
    world = World("projects")
    names, dates = st.sampled_from(["École", "Ecole", "Aréna"]), st.sampled_from([None, "2026-01-01", "2027-01-01"])
    for code in draw(st.sets(st.sampled_from(["P1", "P2", "P3"]), max_size=3)):
        world.rows[code] = {
            **PROJECT, "project_code": code, "description": draw(names), "status": draw(st.sampled_from("A1")),
            "procore_sync": draw(st.booleans()), "phone": draw(PHONES), "start_date": draw(dates),
            "closing_date": draw(dates),
        }  # fmt: skip
    for number in range(draw(st.integers(0, 3))):
        attributes = {
            "name": draw(names),
            "phone": draw(PHONES),
            "address": draw(ADDRESSES),
            "active": draw(st.booleans()),
        }
        attributes |= {"estimated_start_date": draw(dates), "estimated_completion_date": draw(dates)}
        numbers = st.sampled_from([None, "P1", " p2", "P9", "P-1"])
        world.records[10 + number] = procore_row("projects", id=10 + number, project_number=draw(numbers), **attributes)
    return world


WORLDS = st.one_of(supplier_worlds(), project_worlds())


@LAWS
@given(WORLDS)
def test_a_second_run_writes_nothing(world):
    """F033; planning twice gives nothing to do: what remains are questions and errors, and they stay the same."""
    world.run()
    linked_after_one_run, records_after_one_run = set(world.links), len(world.records)
    again = world.run()
    assert [i for i in again if i.writes] == []
    assert (set(world.links), len(world.records)) == (linked_after_one_run, records_after_one_run)


@LAWS
@given(WORLDS)
def test_no_procore_record_belongs_to_two_maestro_records(world):
    world.run()
    world.run()
    partners = [link.procore_id for link in world.links.values()]
    assert len(partners) == len(set(partners))
    marks = [r["origin_id"] for r in world.records.values() if (r.get("origin_id") or "").startswith("MST:")]
    assert len(marks) == len(set(marks))


@LAWS
@given(supplier_worlds())
def test_the_arrow_of_suppliers_never_points_back(world):
    """F075."""
    before = deepcopy(world.rows)
    for _ in range(2):
        assert all(Side.MAESTRO not in item.writes for item in world.run())
    assert world.rows == before


@LAWS
@given(WORLDS)
def test_errors_and_questions_write_nothing(world):
    """F014."""
    for item in world.plan():
        assert not (item.writes and (item.is_blocked or item.is_question))
        assert bool(item.problems) or item.kind is not ActionKind.SKIP, "whoever is skipped is told why"


@LAWS
@given(WORLDS)
def test_foreign_marks_survive(world):
    """LNK-01: the mark of another integration is never overwritten."""
    before = foreign(world)
    world.run()
    assert foreign(world) == before


def foreign(world):
    return {i: r["origin_id"] for i, r in world.records.items() if (r.get("origin_id") or "").startswith("SAGE:")}


@LAWS
@given(WORLDS)
def test_every_record_of_both_sides_stands_on_exactly_one_line(world):
    items = world.plan()
    assert sorted(i.maestro.key for i in items if i.maestro) == sorted(world.rows)
    shown = [i.procore.procore_id for i in items if i.procore] + [c.procore_id for i in items for c in i.candidates]
    assert set(shown) == set(world.records)


@LAWS
@given(WORLDS, st.data())
def test_whoever_changes_one_side_sees_it_on_the_other(world, data):
    """Differential or not: after a change and two runs both sides agree again, or somebody was told."""
    world.run()
    if not world.links:
        return
    key = data.draw(st.sampled_from(sorted(world.links)))
    if key not in world.rows:
        return
    world.rows[key]["city"] = "Rimouski"
    world.run()
    item = next(i for i in world.plan() if i.maestro and i.maestro.key == key)
    theirs = world.records[world.links[key].procore_id]["city"]
    assert theirs == "Rimouski" or item.problems


def test_the_mapping_names_each_column_and_attribute_once():
    for side in ("maestro", "procore"):
        names = [getattr(f, side) for f in SUPPLIERS.fields]
        assert len(names) == len(set(names))
