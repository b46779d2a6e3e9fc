"""Project costs (→): what goes to Procore as direct costs, to the cent, and what stays in maestro* (F082, F089)."""

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro_procore.model.charges import charged, kept_share
from maestro_procore.model.cost_lines import MAP as LINES
from maestro_procore.model.cost_lines import no_tax, owner_of, total_problem
from maestro_procore.model.elements import Side
from maestro_procore.model.lookups import TAX_CODES, UNITS
from maestro_procore.model.mapping import Record
from maestro_procore.model.plan import Item
from maestro_procore.model.status import ActionKind
from tests.model.cost_world import CostWorld

HERE, THERE = "26001", "26002"
MAT, ST = (HERE, "03-300", "MAT"), (HERE, "05-120", "ST")


def codes(item: Item) -> list[str]:
    return [problem.code for problem in item.problems]


def told(items: list[Item]) -> list[str]:
    return [code for item in items for code in codes(item)]


def only(items: list[Item]) -> Item:
    assert len(items) == 1, items
    return items[0]


def amounts(world: CostWorld, project: str = HERE) -> dict[str, str]:
    return {name: str(amount) for name, amount in sorted(world.charged_in_procore(project).items())}


def is_idle(world: CostWorld, project: str = HERE) -> bool:
    world.calls.clear()
    items, lines = world.run(project)
    return world.calls == [] and not [i for i in (*items, *lines) if i.kind is not None]


# --- what is sent ---------------------------------------------------------------------------------


def test_a_transferred_invoice_becomes_one_direct_cost_with_a_line_per_activity_and_group() -> None:
    """F082."""
    world = CostWorld()
    number = world.cost((*MAT, "100.10"), (*ST, "50.00"), (*MAT, "0.05"))
    items, lines = world.run()
    assert only(items).writes[Side.PROCORE] == {
        "origin_id": f"MST:ACME:costs:{number}/26001", "invoice_number": f"F{number}", "direct_cost_type": "invoice",
        "vendor_id": 77, "direct_cost_date": "2026-11-02", "received_date": "2026-11-01",
        "description": "Achat projet", "status": "approved",
    }  # fmt: skip
    assert [i.writes[Side.PROCORE]["origin_id"] for i in lines] == [
        f"MST:ACME:cost-lines:{number}/26001/1", f"MST:ACME:cost-lines:{number}/26001/2",
    ]  # fmt: skip
    assert amounts(world) == {"03-300/MAT": "100.15", "05-120/ST": "50.00"}
    assert world.calls == [(HERE, "costs"), (HERE, "cost-lines")]


def test_a_line_says_manual_amount_and_no_tax() -> None:
    """A company's default tax code would raise total_amount."""
    world = CostWorld()
    world.cost((*MAT, "100.10"))
    rows = (("TPSTVQ", 14.975, False), ("OLD", 0.0, True), ("EXO", 0.0, False), ("NONE", None, False))
    world.lookups["tax-codes"] = [
        TAX_CODES.from_procore({"id": n, "code": code, "rate1": rate, "archived": archived})
        for n, (code, rate, archived) in enumerate(rows, 1)
    ]
    write = only(world.run()[1]).writes[Side.PROCORE]
    assert (write["amount"], write["extended_type"], write["tax_code_id"]) == (100.1, "manual", 3)


def test_where_procore_has_no_such_code_the_tax_code_is_named_as_none() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.10"))
    write = only(world.run()[1]).writes[Side.PROCORE]
    assert "tax_code_id" in write and write["tax_code_id"] is None
    assert no_tax(world.context("cost-lines", HERE)) is None


def test_a_second_run_makes_no_call() -> None:
    """F033; limits-and-faults.md §1.5: an idle run writes nothing and reads no direct cost."""
    world = CostWorld()
    world.cost((*MAT, "100.10"), (*ST, "50.00"))
    world.cost((*MAT, "-12.34"), module="PR", document_no="PAIE-7")
    world.run()
    assert is_idle(world)
    assert is_idle(world)


def test_two_thousand_costs_of_a_project_are_two_calls_and_their_lines_three() -> None:
    """Σ⌈items/1000⌉ + Σ⌈lines/1000⌉ of each project touched (F030)."""
    world = CostWorld()
    for number in range(1_250):
        world.cost((*MAT, "1.00"), *([(*ST, "2.00")] if number % 2 else []))
    world.cost((THERE, "03-300", "MAT", "5.00"))
    world.run(HERE)
    world.run(THERE)
    assert world.calls == [(HERE, "costs")] * 2 + [(HERE, "cost-lines")] * 2 + [(THERE, "costs"), (THERE, "cost-lines")]


@pytest.mark.parametrize(
    ("module", "kind"),
    [("AP", "invoice"), ("PR", "payroll"), ("EQ", "expense"), ("IN", "expense"), ("GL", "expense"), ("WO", "expense")],
)
def test_the_module_decides_the_type(module: str, kind: str) -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"), module=module)
    assert only(world.run()[0]).writes[Side.PROCORE]["direct_cost_type"] == kind


def test_nothing_of_a_payroll_can_be_read_on_site() -> None:
    """Wages: no name, hours, rate or text; one line per posting, project, activity and group."""
    world = CostWorld()
    number = world.cost(
        module="PR", document_no="PAIE-000044", supplier_code="V001", description="Paie de Luc Tremblay"
    )
    for hours, amount in (("32", "1600.00"), ("40", "2100.55")):
        world.charge(
            number, HERE, "03-300", "MO", amount,
            description="Tremblay, Luc – 40 h", quantity=hours, unit="H", unit_cost="52.5137",
        )  # fmt: skip
    world.lookups["units"] = [Record("1", {"name": "H"})]
    items, lines = world.run()
    sent = json.dumps([i.writes[Side.PROCORE] for i in (*items, *lines)])
    assert amounts(world) == {"03-300/MO": "3700.55"}
    assert only(items).writes[Side.PROCORE]["description"] == "Paie"
    for secret in ("Tremblay", "Luc", "52.5", "vendor", "quantity", "uom", "1600", "2100"):
        assert secret not in sent


def test_the_amount_is_before_holdback_and_without_the_taxes_that_come_back() -> None:
    world = CostWorld()
    number = world.cost(holdback_amt="100.00")
    world.charge(number, *MAT, "1000.00", tax_amount="149.75")
    world.run()
    assert amounts(world) == {"03-300/MAT": "1000.00"}


def test_tax_that_does_not_come_back_is_part_of_the_cost() -> None:
    world = CostWorld()
    world.supplier("V001", tax_code="NONRECUP")
    number = world.cost()
    world.charge(number, *MAT, "1000.00", tax_amount="149.75")
    world.charge(number, *ST, "-10.00", tax_amount="-1.50")
    world.run()
    assert amounts(world) == {"03-300/MAT": "1099.75", "05-120/ST": "-11.00"}


@pytest.mark.parametrize(
    ("rate", "recoverable", "share"),
    [("0.14975", "0.14975", "0"), ("0.1", "0", "1"), ("0.1", "0.025", "0.75"), ("0", "0", "0"), ("0.1", "0.2", "0"),
     (None, None, "0")],
)  # fmt: skip
def test_the_share_of_a_tax_that_stays(rate: str | None, recoverable: str | None, share: str) -> None:
    assert kept_share({"rate": rate, "recoverable": recoverable}) == Decimal(share)


def test_half_a_cent_of_tax_is_rounded_away_from_zero() -> None:
    half = Decimal("0.5")
    assert charged(Decimal("1.00"), Decimal("0.01"), half) == Decimal("1.01")
    assert charged(Decimal("-1.00"), Decimal("-0.01"), half) == Decimal("-1.01")


def test_revenue_is_no_cost() -> None:
    world = CostWorld()
    world.cost((HERE, "03-300", "REV", "9000.00"))
    world.cost((*MAT, "1.00"), (HERE, "03-300", "REV", "-5.00"))
    assert len(world.run()[0]) == 1
    assert amounts(world) == {"03-300/MAT": "1.00"}


def test_a_transaction_over_two_projects_is_one_direct_cost_in_each() -> None:
    world = CostWorld()
    number = world.cost((*MAT, "100.00"), (THERE, "03-300", "MAT", "40.00"))
    world.run(HERE)
    world.run(THERE)
    assert world.header(f"{number}/26001")["project"] == HERE and world.header(f"{number}/26002")["project"] == THERE
    assert (amounts(world, HERE), amounts(world, THERE)) == ({"03-300/MAT": "100.00"}, {"03-300/MAT": "40.00"})


def test_quantity_and_unit_go_where_procore_knows_the_unit() -> None:
    world = CostWorld()
    number = world.cost()
    world.charge(number, *MAT, "100.00", quantity=Decimal("12.500000"), unit="M3")
    world.charge(number, *ST, "10.00", quantity="3", unit="TM")
    world.lookups["units"] = [UNITS.from_procore({"id": n, "name": name}) for n, name in enumerate(("m³", "h"), 1)]
    world.maps["units"] = {"M3": "m³", "TM": "t"}
    first, second = (i.writes[Side.PROCORE] for i in world.run()[1])
    assert (first["quantity"], first["uom"]) == (12.5, "m³")
    assert "quantity" not in second and "uom" not in second
    assert is_idle(world)


def test_a_cost_on_a_code_without_a_budget_line_goes_through() -> None:
    """Nothing but the budget code is asked for."""
    world = CostWorld()
    world.cost((HERE, "99-999", "DIV", "12.00"))
    assert told(world.run()[0]) == [] and amounts(world) == {"99-999/DIV": "12.00"}


# --- what stays -----------------------------------------------------------------------------------


def test_what_is_not_transferred_waits_and_goes_after_its_transfer() -> None:
    """CST-03."""
    world = CostWorld()
    number = world.cost((*MAT, "100.00"), transferred=False)
    item = only(world.run()[0])
    assert (codes(item), item.kind, item.is_in_scope, world.calls) == (["CST-03"], None, False, [])
    world.transactions[number]["transferred"] = True
    world.run()
    assert amounts(world) == {"03-300/MAT": "100.00"}


def test_an_untransferred_cost_of_a_closed_period_is_an_error() -> None:
    """CST-09: as it stands it can never be transferred."""
    world = CostWorld()
    number = world.cost((*MAT, "100.00"), transferred=False, accounting_date="2026-09-12")
    item = only(world.run()[0])
    assert (codes(item), item.is_blocked) == (["CST-09"], True)
    assert item.problems[0].args == {"period": "2026-09", "no": str(number)}


def test_a_cost_that_was_posted_before_its_period_was_closed_goes() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"), accounting_date="2026-09-12")
    assert told(world.run()[0]) == [] and amounts(world) == {"03-300/MAT": "100.00"}


def test_invoices_of_linked_orders_stay() -> None:
    """CST-04: Procore's commitment counts them already."""
    world = CostWorld()
    world.cost((*MAT, "100.00"), order_id=world.order("24-0153", number=55), source="invoicing")
    world.cost((*MAT, "9.00"), order_id=world.order("24-0154"), source="invoicing")
    items, _ = world.run()
    assert [(codes(i), i.is_in_scope) for i in items] == [(["CST-04"], False), ([], True)]
    assert amounts(world) == {"03-300/MAT": "9.00"}


def test_the_invoice_of_an_extension_stays_with_its_order() -> None:
    world = CostWorld()
    world.order("24-0153", number=55)
    world.cost((*MAT, "100.00"), order_id=world.order("24-0153", extension=1))
    assert told(world.run()[0]) == ["CST-04"]


def test_an_order_that_this_run_is_about_to_link_keeps_its_invoices() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"), order_id=world.order("24-0153"))
    world.pending = {"subcontracts": frozenset({"24-0153"})}
    assert told(world.plan("costs")) == ["CST-04"]


@pytest.mark.parametrize("how", ["unlinked", "cancelled", "void", "gone"])
def test_invoices_of_an_order_that_is_no_commitment_any_more_are_sent(how: str) -> None:
    world = CostWorld()
    order = world.order("24-0153", number=55)
    world.cost((*MAT, "100.00"), order_id=order)
    world.run()
    assert amounts(world) == {}
    if how == "unlinked":
        world.links["purchase-orders"].clear()
    elif how == "cancelled":
        world.orders[order]["status"] = "cancelled"
    else:
        status = "Void" if how == "void" else "Approved"
        world.lookups["purchase-orders"] = [Record("55", {"status": status}, is_gone=how == "gone")]
    world.run()
    assert amounts(world) == {"03-300/MAT": "100.00"}
    assert is_idle(world)


def test_an_order_linked_after_its_invoices_were_sent_takes_them_back_in_the_same_run() -> None:
    """CST-08; the direct costs stay with 0.00, and come back when the order loses its link."""
    world = CostWorld()
    order = world.order("24-0153")
    world.cost((*MAT, "100.00"), (*ST, "20.00"), order_id=order)
    world.cost((*MAT, "-30.00"), order_id=order)
    world.cost((*MAT, "1.00"))
    world.run()
    world.links["subcontracts"] = {"24-0153": 55}
    items, _ = world.run()
    assert [codes(i) for i in items] == [["CST-08"], ["CST-08"], []]
    assert items[0].problems[0].args == {"no": "24-0153", "n": 2}
    assert [(d.field.name, d.maestro, d.procore) for d in items[0].differences] == [("amount", "0.00", "120.00")]
    assert amounts(world) == {"03-300/MAT": "1.00"}
    assert is_idle(world)
    assert told(world.plan("costs")) == ["CST-04", "CST-04"]
    world.links["subcontracts"].clear()
    world.run()
    assert amounts(world) == {"03-300/MAT": "71.00", "05-120/ST": "20.00"}
    assert is_idle(world)


def test_f089_costs_of_a_project_that_is_not_linked_say_so() -> None:
    """CST-01, F089."""
    world = CostWorld(projects={HERE: None})
    world.cost((*MAT, "100.00"))
    items, lines = world.run()
    assert (told(items), lines, world.calls) == (["CST-01"], [], [])
    world.pending = {"projects": frozenset({HERE})}
    assert only(world.plan("costs")).kind is ActionKind.CREATE


def test_an_invoice_wants_a_linked_supplier_and_the_others_go_on() -> None:
    """CST-02."""
    world = CostWorld()
    world.supplier("V002")
    number = world.cost((*MAT, "100.00"), supplier_code="V002")
    world.cost((*MAT, "7.00"), supplier_code="V002", module="EQ")
    world.cost((*MAT, "3.00"), supplier_code=None)
    items, _ = world.run()
    assert [codes(i) for i in items] == [["CST-02"], [], ["CST-02"]]
    assert items[0].problems[0].args == {"code": "V002", "no": str(number)}
    assert amounts(world) == {"03-300/MAT": "7.00"}
    world.pending = {"suppliers": frozenset({"V002"})}
    assert told(world.plan("costs")) == ["CST-02"]


def test_amounts_are_never_converted() -> None:
    """CST-10: a direct cost in another currency than its project's stops."""
    world = CostWorld()
    world.cost((*MAT, "100.00"), currency="USD")
    item = only(world.run()[0])
    assert (codes(item), item.kind, item.is_blocked, world.calls) == (["CST-10"], ActionKind.SKIP, False, [])
    assert item.problems[0].args == {"no": "101", "a": "USD", "project": HERE, "b": "CAD"}


def test_a_project_in_another_currency_than_the_company_says_so() -> None:
    world = CostWorld(project_rows={HERE: {"currency": "USD"}})
    world.cost((*MAT, "100.00"), currency="USD")
    assert only(world.plan("costs")).writes[Side.PROCORE]["currency_iso_code"] == "USD"


def test_without_a_budget_code_nothing_of_the_transaction_is_sent() -> None:
    """CST-11: half an invoice would be worse than none."""
    world = CostWorld(missing_codes={"26001/05-120/S"})
    world.cost((*MAT, "100.00"), (*ST, "20.00"))
    items, lines = world.run()
    assert (told(items), lines, world.calls) == (["CST-11"], [], [])
    world.pending = {"budget-codes": frozenset({"26001/05-120/S"})}
    assert only(world.plan("costs")).kind is ActionKind.CREATE
    world.missing_codes.clear()
    world.run()
    assert amounts(world) == {"03-300/MAT": "100.00", "05-120/ST": "20.00"}


@pytest.mark.parametrize("amount", ["1.005", "NaN", "1,000.00", "mille", 0.125])
def test_an_amount_that_cannot_be_read_stops_its_transaction_only(amount: object) -> None:
    """VAL-01."""
    world = CostWorld()
    world.cost((*MAT, amount), (*MAT, "1.00"))  # type: ignore[arg-type]
    world.cost((*MAT, "5.00"))
    items, _ = world.run()
    assert [codes(i) for i in items] == [["VAL-01"], []]
    assert amounts(world) == {"03-300/MAT": "5.00"}


# --- corrections ----------------------------------------------------------------------------------


def test_a_recoded_line_is_corrected_through_its_link() -> None:
    """CST-06; the line keeps its number in Procore."""
    world = CostWorld()
    world.cost((*MAT, "100.00"))
    world.run()
    before = list(world.held["cost-lines"])
    world.lines[1]["activity_code"] = "03-100"
    world.calls.clear()
    items, lines = world.run()
    assert codes(only(items)) == ["CST-06"] and world.calls == [(HERE, "cost-lines")]
    assert set(only(lines).writes[Side.PROCORE]) == {"wbs_code_id", "id", "origin_id"}
    assert list(world.held["cost-lines"]) == before and amounts(world) == {"03-100/MAT": "100.00"}
    assert is_idle(world)


def test_another_amount_is_corrected_through_the_link() -> None:
    """CST-06."""
    world = CostWorld()
    world.cost((*MAT, "100.00"))
    world.run()
    world.lines[1]["amount"] = "100.01"
    items, _ = world.run()
    assert codes(only(items)) == ["CST-06"]
    assert [(d.field.name, d.maestro, d.procore) for d in items[0].differences] == [("amount", "100.01", "100.00")]
    assert amounts(world) == {"03-300/MAT": "100.01"} and is_idle(world)


def test_a_line_of_two_on_one_code_that_is_recoded_takes_its_amount_along() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"), (*MAT, "30.00"), (*ST, "5.00"))
    world.run()
    world.lines[1] |= {"activity_code": "05-120", "group_code": "ST"}
    world.run()
    assert amounts(world) == {"03-300/MAT": "30.00", "05-120/ST": "105.00"} and is_idle(world)


def test_a_removed_line_goes_to_zero() -> None:
    """CST-06: Procore's sync cannot delete."""
    world = CostWorld()
    world.cost((*MAT, "100.00"), (*ST, "20.00"))
    world.run()
    del world.lines[2]
    assert told(world.run()[0]) == ["CST-06"]
    assert amounts(world) == {"03-300/MAT": "100.00"} and len(world.held["cost-lines"]) == 2
    assert is_idle(world)


def test_a_removed_transaction_goes_to_zero_and_stays() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"))
    world.cost((*MAT, "1.00"))
    world.run()
    del world.lines[1]
    assert told(world.run()[0]) == ["CST-06"]
    assert amounts(world) == {"03-300/MAT": "1.00"} and len(world.held["costs"]) == 2
    assert is_idle(world)


def test_a_cost_moved_to_another_project_is_zeroed_there_and_sent_under_a_new_key() -> None:
    """One origin_id may not stand in two projects."""
    world = CostWorld()
    number = world.cost((*MAT, "100.00"))
    world.run()
    world.lines[1]["project_code"] = THERE
    gone, _ = world.run(HERE)
    new, _ = world.run(THERE)
    assert codes(only(gone)) == ["CST-06"] and only(new).key == f"{number}/26002"
    assert (amounts(world, HERE), amounts(world, THERE)) == ({}, {"03-300/MAT": "100.00"})
    assert is_idle(world, HERE) and is_idle(world, THERE)


def test_a_reversal_is_a_negative_direct_cost_of_its_own() -> None:
    world = CostWorld()
    first = world.cost((*MAT, "100.00"))
    world.run()
    world.cost((*MAT, "-100.00"), reverses_trans_id=first)
    world.cost((*MAT, "100.10"))
    items, _ = world.run()
    assert [i.kind for i in items] == [None, ActionKind.CREATE, ActionKind.CREATE]
    assert len(world.held["costs"]) == 3 and amounts(world) == {"03-300/MAT": "100.10"}


def test_the_same_supplier_number_twice_is_two_direct_costs() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"), document_no="A-77")
    world.cost((*MAT, "100.00"), document_no="A-77")
    world.run()
    assert len(world.held["costs"]) == 2 and amounts(world) == {"03-300/MAT": "200.00"}


def test_a_header_that_alone_changed_is_written_without_its_lines() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"))
    world.run()
    world.transactions[101]["document_no"] = "F101-A"
    world.calls.clear()
    items, _ = world.run()
    assert only(items).writes[Side.PROCORE] == {
        "invoice_number": "F101-A", "id": 5000, "origin_id": "MST:ACME:costs:101/26001",
    }  # fmt: skip
    assert (codes(only(items)), world.calls) == ([], [(HERE, "costs")])


def test_lines_that_procore_refused_go_again_and_are_no_change_of_the_transaction() -> None:
    """F031: only what failed is sent again; the direct cost is not in step until then."""
    world = CostWorld()
    world.cost((*MAT, "100.00"), (*ST, "20.00"))
    world.refused = {"MST:ACME:cost-lines:101/26001/2"}
    world.run()
    assert only(world.plan("costs")).kind is ActionKind.UPDATE
    world.refused.clear()
    world.calls.clear()
    items, lines = world.run()
    assert told(items) == [] and [i.kind for i in lines] == [None, ActionKind.CREATE]
    assert world.calls == [(HERE, "cost-lines")] and is_idle(world)


def test_the_lines_of_a_refused_direct_cost_are_not_sent() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"))
    world.refused = {"MST:ACME:costs:101/26001"}
    assert world.run()[1] == [] and world.calls == [(HERE, "costs")]


def test_an_error_against_a_correction_leaves_what_was_sent_alone() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"), (*ST, "20.00"))
    world.run()
    world.lines[1]["activity_code"] = "44-444"
    del world.lines[2]
    world.missing_codes = {"26001/44-444/M"}
    world.calls.clear()
    assert told(world.run()[0]) == ["CST-11"]
    assert world.calls == [] and {row["amount"] for row in world.held["cost-lines"].values()} == {"100.00", "20.00"}


def test_a_direct_cost_that_is_gone_in_procore_waits_for_a_person() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"))
    world.run()
    records = world.records
    world.records = lambda kind, project: [  # type: ignore[method-assign]
        Record(r.key, r.values, r.number, is_gone=kind == "costs") for r in records(kind, project)
    ]
    assert told(world.plan("costs")) == ["LNK-02"]


def test_a_direct_cost_that_was_never_answered_is_sent_again_by_its_number() -> None:
    """A restored journal may hold the link without the record: nothing is created twice."""
    world = CostWorld()
    order = world.order("24-0153")
    world.cost((*MAT, "100.00"), order_id=order)
    world.run()
    records = world.records
    world.records = lambda kind, project: [] if kind == "costs" else records(kind, project)  # type: ignore[method-assign]
    assert only(world.plan("costs")).writes[Side.PROCORE]["id"] == 5000
    world.links["purchase-orders"] = {"24-0153": 55}
    item = only(world.plan("costs"))
    assert (codes(item), item.writes) == (
        ["CST-08"],
        {Side.PROCORE: {"id": 5000, "origin_id": "MST:ACME:costs:101/26001"}},
    )


def test_a_value_of_procore_that_a_person_keeps_is_not_sent() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"))
    world.run()
    world.transactions[101]["document_no"] = "F101-A"
    world.decisions = {"101/26001": {"document": "procore"}}
    item = only(world.plan("costs"))
    assert (item.kind, item.is_question, codes(item), item.writes) == (ActionKind.SKIP, True, ["LNK-09"], {})


def test_a_chosen_line_of_the_page_takes_its_lines_along() -> None:
    world = CostWorld()
    world.cost((*MAT, "100.00"), (*ST, "20.00"))
    world.cost((*MAT, "1.00"))
    chosen = {"101/26001"}
    assert [i.key for i in world.plan("costs", selection=chosen)] == ["101/26001"]
    world.pending = {"costs": frozenset(chosen)}
    assert [i.key for i in world.plan("cost-lines", selection=chosen)] == ["101/26001/1", "101/26001/2"]
    assert owner_of("101/A/B/7") == "101/A/B"


# --- totals and laws ------------------------------------------------------------------------------


def test_the_totals_of_a_project_are_compared_to_the_cent() -> None:
    """CST-07."""
    world = CostWorld()
    world.cost((*MAT, "100.00"), (*ST, "20.00"))
    world.run()
    meant = [i.maestro for i in world.plan("cost-lines") if i.maestro is not None]
    assert total_problem(HERE, meant, world.records("cost-lines", HERE)) is None
    stored = next(iter(world.held["cost-lines"].values()))
    stored["amount"] = "100.01"
    found = total_problem(HERE, meant, world.records("cost-lines", HERE))
    assert found is not None and found.args == {"project": HERE, "a": "120.00", "b": "120.01"}


def test_a_line_is_read_from_the_objects_that_procore_shows() -> None:
    row = {"id": 5, "origin_id": "MST:ACME:cost-lines:1/A/1", "amount": "12.30", "holder": {"id": 7},
           "wbs_code": {"id": 9}, "quantity": "2.500", "uom": "h", "description": "x"}  # fmt: skip
    values = LINES.from_procore(row).values
    assert (values["direct_cost"], values["budget_code"], values["amount"], values["quantity"]) == (
        "7", "9", "12.30", "2.5",
    )  # fmt: skip


cents = st.integers(-10_000_000, 10_000_000).map(lambda n: f"{Decimal(n) / 100:.2f}")
pags = st.sampled_from([("03-300", "MAT"), ("03-100", "MAT"), ("05-120", "ST"), ("03-300", "MO")])
costs = st.lists(
    st.tuples(
        st.sampled_from(["AP", "PR", "GL"]),
        st.booleans(),
        st.sampled_from([None, 300, 301]),
        st.lists(st.tuples(st.sampled_from([HERE, THERE]), pags, cents), max_size=4),
    ),
    max_size=6,
)


def expected(world: CostWorld, project: str) -> dict[str, str]:
    """What a person with a pencil would want in Procore: transferred, and not on a linked order."""
    linked = {i for i, row in world.orders.items() if row["order_no"] in world.links.get("purchase-orders", {})}
    found: dict[str, Decimal] = {}
    for line in world.lines.values():
        row = world.transactions[line["trans_id"]]
        if line["project_code"] == project and row["transferred"] and row["order_id"] not in linked:
            name = f"{line['activity_code']}/{line['group_code']}"
            found[name] = found.get(name, Decimal(0)) + Decimal(line["amount"])
    return {name: str(amount) for name, amount in sorted(found.items()) if amount}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(costs, costs, st.booleans(), st.data())
def test_whatever_happened_in_maestro_both_sides_agree_after_a_run_and_the_next_one_writes_nothing(
    first: list, second: list, is_linked_later: bool, data: st.DataObject
) -> None:
    """F033, F082: to the cent, per activity and group, after recoding, removal, moves and late links."""
    world = CostWorld()
    world.order("24-0300")
    world.order("24-0301", number=55)
    for booked in (first, second):
        for module, is_transferred, order, charges in booked:
            world.cost(*((p, *pag, amount) for p, pag, amount in charges), module=module, transferred=is_transferred,
                       order_id=order)  # fmt: skip
        if booked is second:
            world.links["purchase-orders"] = {"24-0300": 54} if is_linked_later else {}
            for line_id in sorted(world.lines):
                match data.draw(st.sampled_from(["keep", "recode", "amount", "move", "remove"])):
                    case "recode":
                        world.lines[line_id] |= {"activity_code": "05-120", "group_code": "ST"}
                    case "amount":
                        world.lines[line_id]["amount"] = data.draw(cents)
                    case "move":
                        world.lines[line_id]["project_code"] = THERE
                    case "remove":
                        del world.lines[line_id]
        for project in (HERE, THERE):
            world.run(project)
            assert amounts(world, project) == expected(world, project)
            assert is_idle(world, project)
