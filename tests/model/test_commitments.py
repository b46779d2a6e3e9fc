"""Purchase orders and subcontracts come from Procore: entered once, followed until posted, never overwritten (F033)."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from order_world import KINDS, PROJECT, OrderWorld, codes, line, only, problem_of

from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import Record
from maestro_procore.model.plan import Item
from maestro_procore.model.problems import CATALOGUE, message, remedy
from maestro_procore.model.status import ActionKind
from maestro_procore.model.value_maps import in_force

SUBS, POS = "subcontracts", "purchase-orders"


@pytest.fixture
def world() -> OrderWorld:
    return OrderWorld()


def planned(world: OrderWorld, kind: str = SUBS) -> Item:
    return only(world.plan(kind))


# --- entering ---------------------------------------------------------------------------------------


def test_an_approved_subcontract_becomes_an_untransferred_order(world: OrderWorld) -> None:
    """F084: the schedule of values stands on both sides, and accounting posts it."""
    world.sub("S-01", line(1, "1000.00"), line(2, "-50.25", "05-120", "M"))
    world.run(SUBS)
    order = world.order("S-01")
    assert (order["kind"], order["status"], order["transferred"], order["supplier_code"]) == (
        "SC", "approved", False, "V001",
    )  # fmt: skip
    assert (order["contract_type"], order["accrual"], order["currency"], order["extension"]) == (
        "regular", True, "CAD", 0,
    )  # fmt: skip
    charged = [(r["activity_code"], r["group_code"], r["amount"], r["project_code"]) for r in world.lines(order)]
    assert charged == [("03-100", "ST", "1000.00", PROJECT), ("05-120", "MAT", "-50.25", PROJECT)]


def test_maestro_numbers_the_order_and_procore_shows_the_number(world: OrderWorld) -> None:
    row = world.sub("S-01")
    world.run(SUBS)
    assert world.order("S-01")["order_no"] == "N00001"
    assert (row["origin_id"], row["origin_code"]) == (f"MST:ACME:{SUBS}:N00001", "N00001")


@pytest.mark.parametrize("kind", [SUBS, POS])
def test_planning_twice_gives_nothing_to_do(world: OrderWorld, kind: str) -> None:
    """F033: a second full run writes nothing."""
    world.commitment(kind, "C-1", line(1, "10.00"), line(2, "0.01", quantity="3", unit_cost="0.0033", uom="un"))
    world.run(kind)
    again = planned(world, kind)
    assert (again.kind, again.is_linked, again.problems, again.differences) == (None, True, (), ())


def test_the_amount_before_tax_is_taken_never_the_total(world: OrderWorld) -> None:
    world.sub("S-01", line(1, "100.00", total_amount="114.98"), grand_total="114.98")
    world.run(SUBS)
    [row] = world.lines(world.order("S-01"))
    assert row["amount"] == "100.00"


def test_quantity_and_price_go_with_procores_amount_when_it_rounds_by_a_cent(world: OrderWorld) -> None:
    world.po("P-01", line(1, "0.83", cost_type="M", quantity="2.5", unit_cost="0.33", uom="UN"))
    world.run(POS)
    [row] = world.lines(world.order("P-01"))
    assert (row["quantity"], row["unit_price"], row["unit"], row["amount"]) == ("2.5", "0.33", "UN", "0.83")


def test_a_line_with_an_amount_only_has_no_price(world: OrderWorld) -> None:
    world.sub("S-01", line(1, "80.00", quantity="0.0", unit_cost="0.0"))
    world.run(SUBS)
    [row] = world.lines(world.order("S-01"))
    assert (row["quantity"], row["unit_price"], row["amount"]) == (None, None, "80.00")


@pytest.mark.parametrize("status", ["Draft", "Out For Bid", "Out For Signature", "Void", "Terminated"])
def test_what_is_not_approved_stays_in_procore(world: OrderWorld, status: str) -> None:
    world.sub("S-01", status=status)
    item = planned(world)
    assert (item.kind, item.is_in_scope, codes(item)) == (None, False, ["PO-01"])


@pytest.mark.parametrize("status", ["Received", "Partially Received", "Closed"])
def test_an_order_that_was_never_linked_is_not_entered_after_its_end(world: OrderWorld, status: str) -> None:
    world.po("P-01", status=status)
    assert codes(planned(world, POS)) == ["PO-01"]


def test_a_draft_costs_no_call() -> None:
    wants = KINDS[SUBS][0].wants_detail
    statuses = ("Draft", "Out For Bid", "Approved", "Complete", "Void", "Made up")
    read = [s for s in statuses if wants(Record("1", {"status": s}), in_force({}))]
    assert read == ["Approved", "Complete", "Made up"]


def test_a_complete_subcontract_is_entered_closed(world: OrderWorld) -> None:
    world.sub("S-01", status="Complete")
    world.run(SUBS)
    assert world.order("S-01")["status"] == "closed"


def test_an_order_whose_lines_were_not_read_yet_waits(world: OrderWorld) -> None:
    row = world.sub("S-01")
    del row["line_items"]
    item = planned(world)
    assert (item.kind, item.problems) == (None, ())


def test_a_status_of_the_companys_own_stops_until_it_is_mapped(world: OrderWorld) -> None:
    world.sub("S-01", status="En signature")
    assert codes(planned(world)) == ["PO-20"]
    world.maps["statuses.subcontracts"] = {"En signature": "skip"}
    assert codes(planned(world)) == ["PO-01"]
    world.maps["statuses.subcontracts"] = {"En signature": "approved"}
    assert planned(world).kind is ActionKind.CREATE


def test_inclusions_and_exclusions_are_titled_paragraphs_of_the_memo(world: OrderWorld) -> None:
    world.sub("S-01", inclusions="Grue", exclusions="Permis")
    world.run(SUBS)
    assert world.order("S-01")["memo"] == "Inclusions\nGrue\n\nExclusions\nPermis"


def test_a_long_title_is_shortened_and_said(world: OrderWorld) -> None:
    world.sub("S-01", title="x" * 61)
    item = only(world.run(SUBS)[SUBS])
    assert (codes(item), problem_of(item, "PO-06").args["n"]) == (["PO-06"], 60)
    assert world.order("S-01")["description"] == "x" * 60
    assert planned(world).kind is None


# --- what stands against it -------------------------------------------------------------------------

STOPS: dict[str, tuple[str, dict[str, Any], list[Any]]] = {
    "no supplier": ("PO-03", {"vendor": {"id": 79}}, [line()]),
    "no vendor at all": ("PO-03", {"vendor": None}, [line()]),
    "no date": ("PO-07", {"contract_date": None}, [line()]),
    "unknown unit": ("PO-08", {}, [line(uom="brouette", quantity="1", unit_cost="1")]),
    "unmapped tax code": ("PO-09", {}, [line(tax_code_id=502)]),
    "currency": ("PO-15", {"currency_configuration": {"currency_iso_code": "USD"}}, [line()]),
    "unknown cost code": ("COD-02", {}, [line(), line(2, code="77-777")]),
    "no known code at all": ("PO-02", {}, [line(code="77-777")]),
    "closed activity": ("COD-07", {}, [line(code="09-999")]),
    "unmapped cost type": ("PO-19", {}, [line(), line(2, cost_type="OC")]),
    "three decimals": ("VAL-01", {}, [line(1, "10.005")]),
    "thousands separators": ("VAL-01", {}, [line(1, "1,000.00")]),
    "not a number": ("VAL-01", {}, [line(1, float("nan"))]),
    "foreign mark": ("LNK-01", {"origin_id": "sage:12"}, [line()]),
    "number too long": ("PO-05", {"number": "9" * 256}, [line()]),
}


@pytest.mark.parametrize("case", STOPS)
def test_one_bad_commitment_is_told_and_the_others_go_on(world: OrderWorld, case: str) -> None:
    code, columns, lines = STOPS[case]
    world.sub("S-01", *lines).update(columns)
    world.sub("S-02")
    items = world.run(SUBS)[SUBS]
    bad = next(item for item in items if item.procore is not None and item.procore.procore_id == 100)
    assert (bad.kind, bad.writes) == (ActionKind.SKIP, {})
    assert code in codes(bad)
    assert world.order("S-02")["order_no"] == "N00001"


def test_f020_a_commitment_of_a_supplier_that_is_not_linked_names_it_and_leads_to_suppliers(world: OrderWorld) -> None:
    world.po("P-01", line(cost_type="M"), vendor={"id": 79})
    item = planned(world, POS)
    assert (item.kind, item.writes) == (ActionKind.SKIP, {})
    problem = problem_of(item, "PO-03")
    assert "P-01" in message(problem, "en")
    assert remedy(problem, "en").startswith("Synchronize Suppliers")
    assert CATALOGUE["PO-03"].action == "open_suppliers"


def test_an_empty_schedule_has_no_known_budget_code(world: OrderWorld) -> None:
    world.sub("S-01")["line_items"] = []
    assert codes(planned(world)) == ["PO-02"]


def test_payment_terms_are_one_of_maestros_codes(world: OrderWorld) -> None:
    row = world.po("P-01", line(cost_type="M"), payment_terms="à la livraison")
    assert codes(planned(world, POS)) == ["PO-10"]
    world.maps["terms"] = {"NET30": "À la livraison"}
    assert planned(world, POS).writes[Side.MAESTRO]["terms_code"] == "NET30"
    row["payment_terms"] = "net 30 jours"
    assert planned(world, POS).writes[Side.MAESTRO]["terms_code"] == "NET30"


@pytest.mark.parametrize(("status", "code"), [("B", "SUP-02"), ("1", "SUP-03")])
def test_a_blocked_supplier_gets_no_order_until_it_is_free(world: OrderWorld, status: str, code: str) -> None:
    world.sub("S-01")
    world.row_of_supplier()["status"] = status
    assert codes(planned(world)) == [code]
    world.row_of_supplier()["status"] = "A"
    assert planned(world).kind is ActionKind.CREATE


def test_a_supplier_that_is_blocked_later_leaves_the_linked_order_alone(world: OrderWorld) -> None:
    world.sub("S-01")
    world.run(SUBS)
    world.row_of_supplier()["status"] = "B"
    assert planned(world).problems == ()


def test_only_a_sub_contractor_has_a_subcontract(world: OrderWorld) -> None:
    world.row_of_supplier()["is_subcontractor"] = False
    world.sub("S-01")
    world.po("P-01", line(cost_type="M"))
    assert codes(planned(world)) == ["SC-01"]
    assert planned(world, POS).kind is ActionKind.CREATE


def test_another_holdback_is_entered_and_said(world: OrderWorld) -> None:
    world.sub("S-01", retainage_percent="5.0")
    item = only(world.run(SUBS)[SUBS])
    assert (codes(item), dict(problem_of(item, "SC-03").args)) == (["SC-03"], {"a": "5", "b": "10"})
    assert world.order("S-01")["holdback_pct"] == "5"


def test_a_closed_project_takes_no_order(world: OrderWorld) -> None:
    world.project["status"] = "1"
    world.sub("S-01")
    assert codes(planned(world)) == ["SC-04"]


def test_a_project_that_is_not_linked_has_no_commitments(world: OrderWorld) -> None:
    world.scope = (PROJECT, None)
    world.typed("SC", "000001", "S-01", ("03-100", "ST", "100.00"))
    assert world.plan(SUBS) == []


# --- activity and group -----------------------------------------------------------------------------


def test_the_group_is_the_one_that_the_budget_of_the_activity_uses(world: OrderWorld) -> None:
    """MAT and MAT2 are both materials: the budget of 03-300 holds MAT2; elsewhere the first by code is taken."""
    world.po("P-01", line(1, code="03-300", cost_type="M"), line(2, code="03-100", cost_type="M"))
    world.run(POS)
    assert [row["group_code"] for row in world.lines(world.order("P-01"))] == ["MAT2", "MAT"]


def test_a_group_of_its_own_row_goes_before_its_family(world: OrderWorld) -> None:
    world.maps["cost_types"] = {"DIV": "OC"}
    world.sub("S-01", line(cost_type="OC"))
    world.run(SUBS)
    [row] = world.lines(world.order("S-01"))
    assert row["group_code"] == "DIV"


def test_the_budget_code_alone_leads_to_activity_and_group(world: OrderWorld) -> None:
    bare = line(code="03-300", cost_type="S") | {"cost_code": None, "line_item_type": None}
    world.sub("S-01", bare)
    world.run(SUBS)
    [row] = world.lines(world.order("S-01"))
    assert (row["activity_code"], row["group_code"]) == ("03-300", "ST")


def test_a_cost_code_that_was_renamed_in_procore_keeps_its_activity(world: OrderWorld) -> None:
    renamed = line() | {"cost_code": {"id": 1, "code": "99-999"}}
    world.sub("S-01", renamed)
    world.run(SUBS)
    [row] = world.lines(world.order("S-01"))
    assert row["activity_code"] == "03-100"


# --- orders that accounting typed -------------------------------------------------------------------


def test_a_typed_order_that_comes_to_the_same_is_adopted(world: OrderWorld) -> None:
    row = world.sub("s-01", line(1, "100.00"), title="Autre titre", inclusions="Grue")
    world.typed("SC", "000001", "S-01", ("03-100", "ST", "100.00"))
    item = only(world.run(SUBS)[SUBS])
    assert (item.kind, item.rule, item.problems) == (ActionKind.LINK, "number", ())
    assert set(item.writes) == {Side.PROCORE}
    assert (row["origin_code"], len(world.tables["m_order"])) == ("000001", 1)
    again = planned(world)
    assert (again.kind, again.problems) == (None, ())


def test_a_typed_order_that_differs_is_a_question(world: OrderWorld) -> None:
    world.sub("S-01", line(1, "100.00"))
    world.typed("SC", "000001", "S-01", ("03-100", "ST", "100.01"))
    item = planned(world)
    assert (item.kind, item.is_question, codes(item)) == (ActionKind.SKIP, True, ["PO-18"])
    assert problem_of(item, "PO-18").args["fields"] == ["lines"]


def test_a_person_says_that_a_differing_order_is_the_commitment(world: OrderWorld) -> None:
    """The posted order stays as it is, and the difference is told."""
    world.sub("S-01", line(1, "100.00"))
    world.typed("SC", "000001", "S-01", ("03-100", "ST", "100.01"))
    world.decisions[SUBS] = {"000001": {"link": "100"}}
    item = planned(world)
    assert (item.kind, codes(item)) == (ActionKind.SKIP, ["PO-17"])
    world.tables["m_order"][0]["transferred"] = False
    item = planned(world)
    assert (item.kind, item.rule, set(item.writes)) == (ActionKind.LINK, "choice", {Side.MAESTRO, Side.PROCORE})


def test_a_person_says_that_it_is_another_order(world: OrderWorld) -> None:
    world.sub("S-01", line(1, "100.00"))
    world.typed("SC", "000001", "S-01", ("03-100", "ST", "100.01"))
    world.decisions[SUBS] = {"000001": {"link": "create"}}
    assert planned(world).kind is ActionKind.CREATE


@pytest.mark.parametrize(("kind", "maestro", "code"), [(POS, "PO", "PO-04"), (SUBS, "SC", "SC-02")])
def test_a_number_that_a_linked_order_carries_is_not_used_twice(
    world: OrderWorld, kind: str, maestro: str, code: str
) -> None:
    world.commitment(kind, "C-1")
    world.run(kind)
    world.commitment(kind, "C-1")
    items = world.plan(kind)
    assert [codes(item) for item in items] == [[], [code]]


def test_two_commitments_of_one_number_become_one_order(world: OrderWorld) -> None:
    world.sub("S-01")
    world.sub("S-01")
    assert [codes(item) for item in world.run(SUBS)[SUBS]] == [[], ["SC-02"]]
    assert len(world.tables["m_order"]) == 1


def test_an_order_of_the_other_kind_is_no_partner(world: OrderWorld) -> None:
    world.typed("PO", "000001", "S-01", ("03-100", "ST", "100.00"))
    world.sub("S-01")
    assert planned(world).kind is ActionKind.CREATE


def test_our_mark_finds_the_order_when_the_link_is_lost(world: OrderWorld) -> None:
    """Killed between both writes, or a journal that was put back: no second order."""
    world.sub("S-01", line(1, "100.00"))
    world.run(SUBS)
    world.states[SUBS].clear()
    world.order("S-01")["external_no"] = None
    item = planned(world)
    assert (item.kind, item.rule) == (ActionKind.LINK, "origin_id")


def test_orders_that_only_maestro_has_concern_nobody(world: OrderWorld) -> None:
    world.typed("PO", "000001", "", ("03-100", "MAT", "5.00"))
    assert world.plan(POS) == []


# --- after the link ---------------------------------------------------------------------------------


def linked(world: OrderWorld, **columns: Any) -> dict[str, Any]:
    """A subcontract with two lines, entered and linked; its row in Procore."""
    row = world.sub("S-01", line(1, "100.00"), line(2, "200.00"), **columns)
    world.run(SUBS)
    return row


def test_set_back_edited_and_approved_again_it_follows(world: OrderWorld) -> None:
    """Approved → Draft → edited → Approved: in place, as long as it is neither transferred nor invoiced."""
    row = linked(world)
    row["status"] = "Draft"
    row["line_items"][1] |= {"extended_amount": "250.00"}
    waiting = planned(world)
    assert (waiting.kind, waiting.is_linked, codes(waiting), waiting.writes) == (None, True, ["PO-01"], {})
    row["status"] = "Approved"
    item = only(world.run(SUBS)[SUBS])
    assert (item.kind, item.problems) == (ActionKind.UPDATE, ())
    assert [r["amount"] for r in world.lines(world.order("S-01"))] == ["100.00", "250.00"]
    assert planned(world).kind is None


@pytest.mark.parametrize(
    ("column", "value", "field", "stored"),
    [
        ("title", "Autre", "description", "Autre"),
        ("number", "S-01R", "external_no", "S-01R"),
        ("vendor", {"id": 78}, "supplier_code", "V002"),
        ("contract_date", "2026-11-09", "order_date", "2026-11-09"),
    ],
)
def test_what_changes_in_procore_follows_while_it_is_not_posted(
    world: OrderWorld, column: str, value: Any, field: str, stored: str
) -> None:
    row = linked(world)
    row[column] = value
    item = planned(world)
    assert (item.kind, item.writes) == (ActionKind.UPDATE, {Side.MAESTRO: {field: stored}})


def test_a_transferred_order_stays_and_the_difference_is_told(world: OrderWorld) -> None:
    row = linked(world)
    world.order("S-01")["transferred"] = True
    row["title"] = "Autre"
    row["line_items"][0] |= {"extended_amount": "1.00"}
    item = planned(world)
    assert (item.kind, item.writes, codes(item)) == (ActionKind.SKIP, {}, ["PO-17"])
    assert problem_of(item, "PO-17").args["fields"] == ["title", "lines"]


def test_an_invoiced_line_that_is_edited_stops(world: OrderWorld) -> None:
    row = linked(world)
    world.lines(world.order("S-01"))[1]["amt_invoiced"] = Decimal("40.00")
    row["line_items"][1] |= {"extended_amount": "250.00"}
    item = planned(world)
    assert (item.kind, item.writes, codes(item)) == (ActionKind.SKIP, {}, ["PO-16"])
    assert problem_of(item, "PO-16").args == {"line": 2, "no": "S-01"}
    row["line_items"][1] |= {"extended_amount": "200.00"}
    assert (planned(world).kind, planned(world).problems) == (None, ())


def test_a_line_beside_an_invoiced_one_stops_too(world: OrderWorld) -> None:
    row = linked(world)
    world.lines(world.order("S-01"))[1]["amt_invoiced"] = Decimal("40.00")
    row["line_items"][0] |= {"extended_amount": "1.00"}
    assert codes(planned(world)) == ["PO-17"]


def test_what_a_line_no_longer_says_is_emptied(world: OrderWorld) -> None:
    row = world.po("P-01", line(1, "10.00", cost_type="M", quantity="2", unit_cost="5", uom="UN"))
    world.run(POS)
    row["line_items"][0] |= {"quantity": None, "unit_cost": None, "uom": None}
    world.run(POS)
    [held] = world.lines(world.order("P-01"))
    assert (held["quantity"], held["unit_price"], held["unit"], held["amount"]) == (None, None, None, "10.00")
    assert planned(world, POS).kind is None


def test_void_without_invoices_cancels_the_order(world: OrderWorld) -> None:
    row = linked(world)
    row["status"] = "Void"
    item = only(world.run(SUBS)[SUBS])
    assert (item.kind, world.order("S-01")["status"]) == (ActionKind.UPDATE, "cancelled")
    assert planned(world).kind is None


def test_void_with_invoices_stops_until_it_is_approved_again(world: OrderWorld) -> None:
    row = linked(world)
    world.lines(world.order("S-01"))[0]["amt_invoiced"] = Decimal("40.00")
    row["status"] = "Void"
    item = planned(world)
    assert (item.kind, item.writes, codes(item)) == (ActionKind.SKIP, {}, ["PO-12"])
    row["status"] = "Approved"
    assert planned(world).problems == ()


def test_received_opens_the_order_and_partially_received_says_nothing_new(world: OrderWorld) -> None:
    row = world.po("P-01", line(cost_type="M"))
    world.run(POS)
    world.order("P-01")["transferred"] = True
    row["status"] = "Received"
    world.run(POS)
    assert world.order("P-01")["status"] == "open"
    row["status"] = "Partially Received"
    assert planned(world, POS).kind is None
    row["status"] = "Closed"
    world.run(POS)
    assert world.order("P-01")["status"] == "closed"


def test_an_order_closed_early_in_maestro_is_told_and_stays_closed(world: OrderWorld) -> None:
    linked(world)
    world.order("S-01")["status"] = "closed"
    item = planned(world)
    assert (item.kind, item.is_question, item.writes, codes(item)) == (ActionKind.SKIP, True, {}, ["PO-11"])


def test_what_accounting_changed_is_told_and_stays(world: OrderWorld) -> None:
    linked(world)
    world.order("S-01")["description"] = "Corrigé"
    world.lines(world.order("S-01"))[0]["amount"] = "101.00"
    item = planned(world)
    assert (item.writes, codes(item), item.is_question) == ({}, ["PO-11"], True)
    world.decisions[SUBS] = {"N00001": {"title": "procore", "lines": "maestro"}}
    item = planned(world)
    assert item.writes == {Side.MAESTRO: {"description": "Contrat S-01"}}
    assert codes(item) == ["LNK-09"]


def test_what_procore_never_said_may_be_filled_in_here(world: OrderWorld) -> None:
    world.po("P-01", line(cost_type="M"))
    world.run(POS)
    world.order("P-01")["terms_code"] = "NET30"
    assert (planned(world, POS).kind, planned(world, POS).problems) == (None, ())


def test_a_deleted_commitment_breaks_the_link_and_deletes_nothing(world: OrderWorld) -> None:
    row = linked(world)
    row["deleted_at"] = "2026-11-20T10:00:00Z"
    item = planned(world)
    assert (item.kind, item.is_question, item.writes, codes(item)) == (ActionKind.SKIP, True, {}, ["LNK-02"])


def test_a_deleted_draft_is_nobodys_business(world: OrderWorld) -> None:
    world.sub("S-01", status="Draft", deleted_at="2026-11-20T10:00:00Z")
    assert world.plan(SUBS) == []


def test_an_order_that_is_gone_from_maestro_is_told(world: OrderWorld) -> None:
    linked(world)
    world.tables["m_order"].clear()
    assert codes(planned(world)) == ["LNK-02"]


def test_a_mark_that_somebody_took_away_is_put_back(world: OrderWorld) -> None:
    row = linked(world)
    row["origin_code"] = None
    item = planned(world)
    assert item.writes == {
        Side.PROCORE: {"id": 100, "origin_id": f"MST:ACME:{SUBS}:N00001", "origin_code": "N00001"}
    }  # fmt: skip


def test_only_what_was_chosen_is_planned(world: OrderWorld) -> None:
    world.sub("S-01")
    world.sub("S-02", status="Draft")
    assert [item.kind for item in world.plan(SUBS, ["S-01"])] == [ActionKind.CREATE]
    assert [(item.kind, codes(item)) for item in world.plan(SUBS, ["S-02"])] == [(ActionKind.SKIP, ["PO-01"])]


def test_an_order_of_five_thousand_lines_is_one_document(world: OrderWorld) -> None:
    world.sub("S-01", *(line(position, "1.01") for position in range(1, 5_001)))
    world.run(SUBS)
    rows = world.lines(world.order("S-01"))
    assert (len(rows), sum(Decimal(row["amount"]) for row in rows)) == (5_000, Decimal("5050.00"))
    assert planned(world).kind is None
