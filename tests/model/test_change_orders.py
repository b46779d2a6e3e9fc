"""Change orders come from Procore: of subcontracts, of the owner, and of purchase orders as extensions (F085)."""

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
from maestro_procore.model.status import ActionKind
from maestro_procore.model.value_maps import in_force

CHANGES, EXTENSIONS, PRIMES = "change-orders", "order-extensions", "prime-contracts"


@pytest.fixture
def world() -> OrderWorld:
    return OrderWorld()


def with_subcontract(world: OrderWorld) -> dict[str, Any]:
    """A linked subcontract; its row in Procore. Its order is N00001."""
    row = world.sub("S-01", line(1, "1000.00"))
    world.run("subcontracts")
    return row


def with_order(world: OrderWorld) -> dict[str, Any]:
    """A linked purchase order; its row in Procore. Its order is N00001."""
    row = world.po("P-01", line(1, "1000.00", cost_type="M"))
    world.run("purchase-orders")
    return row


def with_prime(world: OrderWorld) -> dict[str, Any]:
    row = world.prime()
    world.run(PRIMES)
    return row


def planned(world: OrderWorld) -> Item:
    return only(world.plan(CHANGES))


# --- on a subcontract -------------------------------------------------------------------------------


def test_an_approved_package_becomes_an_untransferred_change_order(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "003", line(1, "12.34"), line(2, "5.00", "05-120", "M"))
    world.run(CHANGES, EXTENSIONS)
    order = world.change_order("N00001-003")
    assert (order["status"], order["do_orders"], order["do_invoicing"], order["do_budget"]) == (
        "approved", True, False, False,
    )  # fmt: skip
    assert (order["final_transfer"], order.get("transferred_at"), order["approved_date"]) == (False, None, "2026-11-04")
    held = [(r["activity_code"], r["group_code"], r["amount"], r["order_id"]) for r in world.change_lines(order)]
    assert held == [("03-100", "ST", "12.34", 1), ("05-120", "MAT", "5.00", 1)]
    assert world.change_lines(order)[0]["supplier_code"] == "V001"


def test_nothing_is_marked_in_procore(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", line())
    assert set(planned(world).writes) == {Side.MAESTRO}


def test_planning_twice_gives_nothing_to_do(world: OrderWorld) -> None:
    """F033."""
    world.package(with_subcontract(world), "001", line(), line(2, "-3.00"))
    world.package(with_prime(world), "001", line(1, "50.00"))
    world.run(CHANGES, EXTENSIONS)
    again = world.plan(CHANGES)
    assert [(item.kind, item.is_linked, item.problems) for item in again] == [(None, True, ())] * 2


def test_procores_numbers_may_repeat_on_each_contract(world: OrderWorld) -> None:
    """maestro*'s are one per project: {order}-{number} on the commitment side, P-{number} on the owner's."""
    first, second = world.sub("S-01"), world.sub("S-02")
    world.run("subcontracts")
    for contract in (first, second, with_prime(world)):
        world.package(contract, "001", line())
    world.run(CHANGES)
    assert sorted(row["co_no"] for row in world.tables["m_change_order"]) == ["N00001-001", "N00002-001", "P-001"]


@pytest.mark.parametrize(
    ("amounts", "total"), [(["-70.00", "-1.00"], "-71.00"), (["20.00", "-20.00"], "0.00")], ids=["deductive", "zero"]
)
def test_deductive_and_zero_dollar_orders_come_too(world: OrderWorld, amounts: list[str], total: str) -> None:
    world.package(with_subcontract(world), "001", *(line(n, amount) for n, amount in enumerate(amounts, start=1)))
    world.run(CHANGES)
    rows = world.change_lines(world.change_order("N00001-001"))
    assert str(sum(Decimal(row["amount"]) for row in rows)) == total


def test_an_order_without_lines_and_amount_is_entered_without_lines(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001")
    world.run(CHANGES)
    assert world.change_lines(world.change_order("N00001-001")) == []


def test_an_amount_without_lines_stops(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", grand_total="80.00")
    assert codes(planned(world)) == ["CO-11"]


def test_lines_without_an_amount_are_left_out_and_said(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", line(1, "10.00"), line(2, "0.00"))
    assert codes(only(world.run(CHANGES)[CHANGES])) == ["CO-06"]
    assert [row["amount"] for row in world.change_lines(world.change_order("N00001-001"))] == ["10.00"]


def test_f085_a_change_order_waits_for_its_commitment(world: OrderWorld) -> None:
    """F085: a change order of a commitment that is not in maestro* is an error, and nothing is written."""
    row = world.sub("S-01", status="Draft")
    world.run("subcontracts")
    world.package(row, "001", line())
    item = planned(world)
    assert (item.kind, item.writes, codes(item)) == (ActionKind.SKIP, {}, ["CO-01"])
    assert problem_of(item, "CO-01").args["no"] == "S-01"
    row["status"] = "Approved"
    world.run("subcontracts")
    assert planned(world).kind is ActionKind.CREATE


@pytest.mark.parametrize("number", [None, " "])
def test_a_change_order_without_a_number_stops(world: OrderWorld, number: str | None) -> None:
    world.package(with_subcontract(world), number, line())
    assert codes(planned(world)) == ["CO-03"]


def test_a_number_of_more_than_twenty_characters_stops(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "1" * 14, line())
    item = planned(world)
    assert codes(item) == ["PO-05"]
    assert problem_of(item, "PO-05").args["n"] == 20


def test_a_blocked_supplier_gets_no_change_order(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", line())
    world.row_of_supplier()["status"] = "B"
    assert codes(planned(world)) == ["SUP-02"]


def test_another_currency_than_the_suppliers_stops(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", line(), currency_configuration={"currency_iso_code": "USD"})
    assert codes(planned(world)) == ["PO-15"]


@pytest.mark.parametrize(
    "status", ["draft", "pending", "revised", "pricing", "proceeding", "no_charge", "rejected", "void"]
)
def test_what_is_not_approved_stays_in_procore(world: OrderWorld, status: str) -> None:
    world.package(with_subcontract(world), "001", line(), status=status)
    item = planned(world)
    assert (item.kind, item.is_in_scope, codes(item)) == (None, False, ["CO-02"])


def test_a_status_that_nothing_says_anything_about_stops(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", line(), status="En négociation")
    assert codes(planned(world)) == ["CO-08"]
    world.maps["statuses.change-orders"] = {"En négociation": "skip"}
    assert codes(planned(world)) == ["CO-02"]


def test_only_what_may_be_entered_costs_a_call() -> None:
    wants = KINDS[CHANGES][0].wants_detail
    read = [s for s in ("draft", "approved", "void", "Made up") if wants(Record("1", {"status": s}), in_force({}))]
    assert read == ["approved", "Made up"]


def test_a_pending_one_is_entered_as_pending_where_configuration_says_so(world: OrderWorld) -> None:
    """Of the day on which it was read: nobody has approved it yet. It follows when it is approved."""
    world.maps["statuses.change-orders"] = {"pending": "pending"}
    number = world.package(with_subcontract(world), "001", line(1, "75.00"), status="pending", reviewed_at=None)["id"]
    assert KINDS[CHANGES][0].wants_detail(Record("1", {"status": "pending"}), in_force(world.maps))
    world.run(CHANGES)
    order = world.tables["m_change_order"][0]
    assert (order["status"], order["approved_date"]) == ("pending", None)
    assert [row["amount"] for row in world.change_lines(order)] == ["75.00"]
    world.held[CHANGES][number] |= {"status": "approved", "reviewed_at": "2026-11-12T15:00:00Z"}
    world.run(CHANGES)
    assert (order["status"], str(order["approved_date"])) == ("approved", "2026-11-12")


def test_one_without_charge_is_entered_without_amounts_where_configuration_says_so(world: OrderWorld) -> None:
    world.maps["statuses.change-orders"] = {"no_charge": "non_billable"}
    world.package(with_subcontract(world), "001", line(1, "75.00"), status="no_charge")
    world.run(CHANGES)
    order = world.tables["m_change_order"][0]
    assert (order["status"], world.change_lines(order)) == ("non_billable", [])
    assert [(item.kind, item.problems) for item in world.plan(CHANGES)] == [(None, ())]


# --- on the owner's contract ------------------------------------------------------------------------


def test_the_owners_change_order_is_billed_and_raises_the_budget(world: OrderWorld) -> None:
    world.package(with_prime(world), "002", line(1, "31200.00"), line(2, "11300.00", "05-120"))
    world.run(CHANGES)
    order = world.change_order("P-002")
    assert (order["do_orders"], order["do_invoicing"], order["do_budget"]) == (False, True, True)
    cost, sell = world.change_lines(order), world.change_lines(order, "sell")
    assert [(r["activity_code"], r["group_code"], r["amount"]) for r in cost] == [
        ("03-100", "ST", "31200.00"), ("05-120", "ST", "11300.00"),
    ]  # fmt: skip
    assert [(r["activity_code"], r["group_code"], r["amount"]) for r in sell] == [
        ("03-100", "REV", "31200.00"), ("05-120", "REV", "11300.00"),
    ]  # fmt: skip
    assert [row["line_no"] for row in (*cost, *sell)] == [1, 2, 3, 4]


def test_a_markup_is_billed_and_costs_nothing(world: OrderWorld) -> None:
    world.package(with_prime(world), "001", line(1, "100.00"), grand_total="110.00")
    item = only(world.run(CHANGES)[CHANGES])
    assert codes(item) == ["CO-09"]
    order = world.change_order("P-001")
    assert [row["amount"] for row in world.change_lines(order)] == ["100.00"]
    assert [row["amount"] for row in world.change_lines(order, "sell")] == ["100.00", "10.00"]
    assert only(world.plan(CHANGES)).kind is None


def test_without_a_linked_prime_contract_it_stops(world: OrderWorld) -> None:
    row = world.prime("AUTRE")
    world.prime("ENCORE")
    world.run(PRIMES)
    world.package(row, "001", line())
    assert codes(planned(world)) == ["CO-04"]


def test_without_a_customer_that_is_linked_it_stops(world: OrderWorld) -> None:
    world.package(with_prime(world), "001", line())
    world.links["customers"].clear()
    assert codes(planned(world)) == ["CO-05"]


@pytest.mark.parametrize("status", ["B", "1", None])
def test_without_a_customer_that_may_be_billed_it_stops(world: OrderWorld, status: str | None) -> None:
    world.package(with_prime(world), "001", line())
    if status is None:
        world.tables["m_customer"].clear()
    else:
        world.tables["m_customer"][0]["status"] = status
    assert codes(planned(world)) == ["CO-05"]


def test_it_is_entered_into_an_open_period(world: OrderWorld) -> None:
    """October is closed: the day of the approval stays as it is, the entry moves to the first open day."""
    world.package(with_prime(world), "001", line(), reviewed_at="2026-10-12T15:00:00Z")
    world.run(CHANGES)
    order = world.change_order("P-001")
    assert (order["approved_date"], order["entered_date"]) == ("2026-10-12", "2026-11-01")


# --- prime contracts --------------------------------------------------------------------------------


def test_the_contract_with_the_projects_number_is_linked_and_nothing_is_written(world: OrderWorld) -> None:
    world.prime("AUTRE")
    world.prime(PROJECT)
    item = only(world.plan(PRIMES))
    assert (item.kind, item.rule, item.writes) == (ActionKind.LINK, "number", {})
    assert item.procore is not None
    assert item.procore.procore_id == 501


def test_the_only_contract_of_a_project_is_linked_whatever_its_number(world: OrderWorld) -> None:
    world.prime("1")
    item = only(world.plan(PRIMES))
    assert (item.kind, item.rule) == (ActionKind.LINK, "only")


def test_a_contract_is_never_created_on_either_side(world: OrderWorld) -> None:
    world.tables["m_contract"].clear()
    world.prime()
    assert world.plan(PRIMES) == []
    world = OrderWorld()
    item = only(world.plan(PRIMES))
    assert (item.kind, item.writes, item.is_in_scope) == (None, {}, False)


def test_a_contract_that_is_gone_breaks_the_link(world: OrderWorld) -> None:
    with_prime(world)["deleted_at"] = "2026-11-20T10:00:00Z"
    assert codes(only(world.plan(PRIMES))) == ["LNK-02"]


# --- after the link ---------------------------------------------------------------------------------


def test_an_edited_change_order_follows_until_it_is_transferred(world: OrderWorld) -> None:
    row = world.package(with_subcontract(world), "001", line(1, "10.00"))
    world.run(CHANGES)
    row["line_items"][0] |= {"extended_amount": "20.00", "total_amount": "20.00"}
    world.run(CHANGES)
    order = world.change_order("N00001-001")
    assert [r["amount"] for r in world.change_lines(order)] == ["20.00"]
    order |= {"status": "transferred", "transferred_at": "2026-11-09T20:30:00+00:00"}
    assert (planned(world).kind, planned(world).problems) == (None, ())
    row["line_items"][0] |= {"extended_amount": "30.00"}
    assert (planned(world).kind, codes(planned(world))) == (ActionKind.SKIP, ["CO-07"])


def test_voided_it_is_rejected_here_unless_it_was_transferred(world: OrderWorld) -> None:
    row = world.package(with_subcontract(world), "001", line(1, "10.00"))
    world.run(CHANGES)
    order = world.change_order("N00001-001")
    order["status"] = "transferred"
    row["status"] = "void"
    item = planned(world)
    assert (item.kind, item.writes, codes(item)) == (ActionKind.SKIP, {}, ["CO-07"])
    order["status"] = "approved"
    world.run(CHANGES)
    assert world.change_order("N00001-001")["status"] == "rejected"
    assert planned(world).kind is None


def test_what_accounting_changed_is_told_and_stays(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", line(1, "10.00"))
    world.run(CHANGES)
    world.change_order("N00001-001")["description"] = "Corrigé"
    item = planned(world)
    assert (item.writes, item.is_question, codes(item)) == ({}, True, ["CO-12"])


def test_a_change_order_that_accounting_refused_is_told(world: OrderWorld) -> None:
    row = world.package(with_subcontract(world), "001", line(1, "10.00"))
    world.run(CHANGES)
    world.change_order("N00001-001")["status"] = "rejected"
    row["title"] = "Autre"
    assert "CO-08" in codes(planned(world))


def test_one_that_accounting_typed_is_adopted_when_it_comes_to_the_same(world: OrderWorld) -> None:
    world.package(with_subcontract(world), "001", line(1, "10.00"))
    row = {"co_id": 1, "co_no": "N00001-001", "project_code": PROJECT, "description": "Main", "status": "submitted"}
    world.tables["m_change_order"].append(row | {"do_invoicing": False, "transferred_at": None})
    typed = {"co_id": 1, "line_no": 1, "side": "cost", "activity_code": "03-100", "group_code": "ST", "order_id": 1}
    world.tables["m_change_order_line"].append(typed | {"supplier_code": "V001", "amount": Decimal("10.00")})
    item = planned(world)
    assert (item.kind, item.rule) == (ActionKind.LINK, "number")
    world.tables["m_change_order_line"][0]["amount"] = Decimal("11.00")
    item = planned(world)
    assert (item.kind, item.is_question, codes(item)) == (ActionKind.SKIP, True, ["CO-14"])


def test_two_packages_of_one_number_become_one_change_order(world: OrderWorld) -> None:
    contract = with_subcontract(world)
    world.package(contract, "001", line())
    world.package(contract, "001", line())
    assert [codes(item) for item in world.run(CHANGES)[CHANGES]] == [[], ["CO-13"]]


# --- on a purchase order ----------------------------------------------------------------------------


def test_on_a_purchase_order_it_becomes_an_extension_of_the_order(world: OrderWorld) -> None:
    """CO-10: the extension keeps the header of its order and has lines of its own."""
    world.package(with_order(world), "001", line(1, "75.00", cost_type="M"))
    found = world.run(CHANGES, EXTENSIONS)
    item = only(found[EXTENSIONS])
    assert (item.kind, item.new_key, codes(item)) == (ActionKind.CREATE, "N00001/1", ["CO-10"])
    assert problem_of(item, "CO-10").args == {"order": "N00001", "ext": "1", "no": "N00001-001"}
    extension = world.order("P-01", 1)
    assert (extension["order_no"], extension["kind"], extension["supplier_code"], extension["transferred"]) == (
        "N00001", "PO", "V001", False,
    )  # fmt: skip
    assert [(r["activity_code"], r["group_code"], r["amount"]) for r in world.lines(extension)] == [
        ("03-100", "MAT", "75.00")
    ]
    assert world.tables["m_change_order"] == []


def test_the_page_shows_it_and_says_what_becomes_of_it(world: OrderWorld) -> None:
    world.package(with_order(world), "001", line(1, "75.00", cost_type="M"))
    item = only(world.run(CHANGES, EXTENSIONS)[CHANGES])
    assert (item.kind, codes(item)) == (None, ["CO-15"])
    item = planned(world)
    assert (item.kind, item.is_linked, item.problems) == (None, True, ())


def test_extensions_are_counted_on_and_planned_once(world: OrderWorld) -> None:
    order = with_order(world)
    world.order("P-01")["exchange_rate"] = Decimal("1.00000000")
    for number in ("001", "002"):
        world.package(order, number, line(1, "75.00", cost_type="M"))
    world.run(CHANGES, EXTENSIONS)
    assert [world.order("P-01", n)["description"] for n in (1, 2)] == ["Changement 001", "Changement 002"]
    assert [(item.kind, item.problems) for item in world.plan(EXTENSIONS)] == [(None, ())] * 2
    world.package(order, "003", line(1, "5.00", cost_type="M"))
    world.run(CHANGES, EXTENSIONS)
    assert world.order("P-01", 3)["description"] == "Changement 003"


def test_changes_of_one_order_with_one_title_are_extensions_of_their_own(world: OrderWorld) -> None:
    """Site staff write the same title again and again; only one that somebody typed here is a question (PO-04)."""
    order = with_order(world)
    for number in ("001", "002"):
        world.package(order, number, line(1, "75.00", cost_type="M"), title="Demande du client")
    found = world.run(CHANGES, EXTENSIONS)
    assert [(item.kind, item.new_key) for item in found[EXTENSIONS]] == [
        (ActionKind.CREATE, "N00001/1"),
        (ActionKind.CREATE, "N00001/2"),
    ]
    assert [(item.kind, item.problems) for item in world.plan(EXTENSIONS)] == [(None, ())] * 2


def test_an_extension_is_no_partner_of_a_purchase_order(world: OrderWorld) -> None:
    world.package(with_order(world), "001", line(1, "75.00", cost_type="M"))
    world.run(CHANGES, EXTENSIONS)
    assert [(item.kind, item.problems) for item in world.plan("purchase-orders")] == [(None, ())]


def test_a_voided_change_of_a_purchase_order_cancels_its_extension(world: OrderWorld) -> None:
    row = world.package(with_order(world), "001", line(1, "75.00", cost_type="M"))
    world.run(CHANGES, EXTENSIONS)
    row["status"] = "void"
    world.run(CHANGES, EXTENSIONS)
    assert world.order("P-01", 1)["status"] == "cancelled"


def test_an_invoiced_extension_cannot_be_cancelled(world: OrderWorld) -> None:
    row = world.package(with_order(world), "001", line(1, "75.00", cost_type="M"))
    world.run(CHANGES, EXTENSIONS)
    world.lines(world.order("P-01", 1))[0]["amt_invoiced"] = Decimal("1.00")
    row["status"] = "void"
    assert codes(only(world.plan(EXTENSIONS))) == ["PO-12"]


def test_a_change_of_a_purchase_order_waits_for_the_order(world: OrderWorld) -> None:
    row = world.po("P-01", status="Draft")
    world.run("purchase-orders")
    world.package(row, "001", line())
    found = world.run(CHANGES, EXTENSIONS)
    assert ([codes(item) for item in found[CHANGES]], found[EXTENSIONS]) == ([["CO-01"]], [])
