"""Costs and orders of the training company: what goes to Procore, what must not, and every amount to the cent."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from maestro_procore.sandbox.training_company import TrainingCompany
from tests.doors.training.whole_company import SIZES, Row, by, rounded, sendable, total, typed_orders, whole

MODULES = {"AP", "PR", "EQ", "IN", "GL"}
TAXES = {"TPSTVQ": ("0.05", "0.09975"), "TVH": ("0.13",), "EXO": ()}


@pytest.fixture(params=SIZES)
def training(request: pytest.FixtureRequest) -> TrainingCompany:
    return whole(request.param)


@pytest.fixture
def reference() -> TrainingCompany:
    return whole("reference")


def order_invoices(training: TrainingCompany) -> list[Row]:
    typed = typed_orders(training)
    return [row for row in training.company["m_transaction"]
            if row["order_id"] in typed and row["source"] == "invoicing"]  # fmt: skip


def charged(line: Row) -> tuple[str, str, str]:
    return line["project_code"], line["activity_code"], line["group_code"]


def test_the_reference_company_has_the_counts_of_the_specification(reference: TrainingCompany) -> None:
    """16,000 direct costs with 40,000 lines, 9,000 invoices of orders that stand in Procore."""
    items = {(row["trans_id"], line["project_code"]) for row, lines in sendable(reference) for line in lines}
    lines = {(row["trans_id"], *charged(line)) for row, lines in sendable(reference) for line in lines}
    assert (len(items), len(lines)) == (16_000, 40_000)
    assert len(order_invoices(reference)) == 9_000
    assert len(typed_orders(reference)) == 1_500


def test_costs_are_skewed_over_the_projects(reference: TrainingCompany) -> None:
    items = {(row["trans_id"], line["project_code"]) for row, lines in sendable(reference) for line in lines}
    counts = sorted(Counter(project for _, project in items).values(), reverse=True)
    weights = [1 / rank**0.8 for rank in range(1, len(counts) + 1)]
    assert all(abs(n - 16_000 * w / sum(weights)) < 1 for n, w in zip(counts, weights, strict=True))


def test_costs_come_from_every_module(training: TrainingCompany) -> None:
    """F082"""
    assert {row["module"] for row, _ in sendable(training)} == MODULES
    for row, _ in sendable(training):
        assert (row["supplier_code"] is not None) == (row["module"] == "AP")


def test_suppliers_of_costs_are_in_good_standing(training: TrainingCompany) -> None:
    """CST-02"""
    suppliers = {row["supplier_code"]: row for row in training.company["m_supplier"]}
    used = {row["supplier_code"] for row in training.company["m_transaction"] if row["supplier_code"]}
    assert {suppliers[code]["status"] for code in used} == {"A"}
    assert not {suppliers[code]["type_code"] for code in used} & {"BANK", "GOV", "EMP"}


def test_taxes_are_taken_on_the_price_and_rounded_each_by_itself(training: TrainingCompany) -> None:
    """GST 5 % and QST 9.975 %, or HST 13 %; never inside the amount."""
    codes = {row["supplier_code"]: row["tax_code"] for row in training.company["m_supplier"]}
    lines = by(training.company["m_transaction_line"], "trans_id")
    taxed = 0
    for row in training.company["m_transaction"]:
        mine = lines.get(row["trans_id"], [])
        rates = TAXES[codes[row["supplier_code"]]] if row["module"] == "AP" else ()
        price = total(mine)
        expected = sum((rounded(price * Decimal(rate)) for rate in rates), Decimal(0))
        assert total(mine, "tax_amount") == expected, row["trans_id"]
        taxed += bool(expected)
    assert taxed > 20


def test_holdback_is_ten_percent_of_the_price_and_part_of_it_is_released(training: TrainingCompany) -> None:
    lines = by(training.company["m_transaction_line"], "trans_id")
    withheld: Counter[int] = Counter()
    released: Counter[int] = Counter()
    for row in training.company["m_transaction"]:
        holdback = Decimal(row["holdback_amt"])
        if row["source"] == "holdback":
            assert row["trans_id"] not in lines, "a release costs nothing"
            assert holdback < 0
            if row["order_id"]:
                released[row["order_id"]] -= int(holdback * 100)
        elif holdback:
            assert holdback == rounded(total(lines[row["trans_id"]]) / 10)
            if row["order_id"]:
                withheld[row["order_id"]] += int(holdback * 100)
    assert withheld
    assert released
    assert all(withheld[order] == amount for order, amount in released.items())
    assert set(withheld) - set(released), "some is still held back"


def test_typed_orders_are_those_of_procore(training: TrainingCompany) -> None:
    """They carry Procore's number as external number and the same lines."""
    commitments = {}
    for kind, headers, lines, key in (
        ("PO", "purchase_order_contracts", "purchase_order_contract_line_items", "purchase_order_contract_id"),
        ("SC", "work_order_contracts", "work_order_contract_line_items", "work_order_contract_id"),
    ):
        grouped = by(training.procore[lines], key)
        commitments |= {row["number"]: (kind, row, grouped[row["id"]]) for row in training.procore[headers]}
    own = by(training.company["m_order_line"], "order_id")
    for number, order in typed_orders(training).items():
        kind, header, theirs = commitments[order["external_no"]]
        assert (order["kind"], header["status"]) == (kind, "Approved")
        assert header["title"].startswith(order["description"])
        assert order["currency"] == header["currency_configuration"]["currency_iso_code"]
        ours = [(row["line_no"], row["amount"], row["activity_code"], row["quantity"]) for row in own[number]]
        assert ours == [
            (row["position"], row["amount"], row["cost_code"]["code"], row.get("quantity")) for row in theirs
        ]


def test_what_is_invoiced_stands_on_the_lines_of_the_order(training: TrainingCompany) -> None:
    lines = by(training.company["m_transaction_line"], "trans_id")
    by_order = by([row for row in training.company["m_transaction"] if row["order_id"]], "order_id")
    own = by(training.company["m_order_line"], "order_id")
    invoiced = 0
    for order in training.company["m_order"]:
        booked = total([line for row in by_order.get(order["order_id"], []) for line in lines.get(row["trans_id"], [])])
        assert booked == total(own[order["order_id"]], "amt_invoiced"), order["order_no"]
        invoiced += bool(booked)
        assert order["project_code"] in {row["project_code"] for row in own[order["order_id"]]}
    assert invoiced >= 4


def test_some_costs_belong_to_orders_that_procore_does_not_have(training: TrainingCompany) -> None:
    orders = {row["order_id"]: row for row in training.company["m_order"]}
    found = [orders[row["order_id"]] for row, _ in sendable(training) if row["order_id"]]
    assert found
    assert {order["external_no"] for order in found} == {None}


def test_reversals_take_back_to_the_cent(training: TrainingCompany) -> None:
    lines = by(training.company["m_transaction_line"], "trans_id")
    rows = {row["trans_id"]: row for row in training.company["m_transaction"]}
    reversals = [row for row in rows.values() if row["reverses_trans_id"]]
    assert reversals
    for row in reversals:
        original = rows[row["reverses_trans_id"]]
        assert original["accounting_date"] <= row["accounting_date"]
        taken = [(charged(a), Decimal(a["amount"]), Decimal(a["tax_amount"])) for a in lines[row["trans_id"]]]
        booked = [(charged(b), -Decimal(b["amount"]), -Decimal(b["tax_amount"])) for b in lines[original["trans_id"]]]
        assert taken == booked


def test_awkward_costs_are_there(training: TrainingCompany) -> None:
    """CST-03, CST-05; credit notes, US dollars, an invoice of two projects, payroll with names."""
    company = training.company
    rows = sendable(training)
    assert [row for row in company["m_transaction"] if not row["transferred"] and row["transferred_at"] is None]
    assert [row for row, lines in rows if not row["reverses_trans_id"] and total(lines) < 0], "credit note"
    assert [row for row, _ in rows if row["currency"] == "USD" and Decimal(row["exchange_rate"]) != 1]
    shared = [lines for _, lines in rows if len({line["project_code"] for line in lines}) > 1]
    assert [len({line["project_code"] for line in lines}) for lines in shared] == [2]
    budgets = {charged(row) for row in company["m_budget"]}
    assert [line for _, lines in rows for line in lines if charged(line) not in budgets], "no budget line"


def test_payroll_names_people_and_pairs_twice(training: TrainingCompany) -> None:
    """Wages must not be readable in Procore: several lines become one, without their text."""
    payroll = [lines for row, lines in sendable(training) if row["module"] == "PR"]
    assert payroll
    for lines in payroll:
        assert set(Counter(charged(line) for line in lines).values()) == {2}
        for line in lines:
            assert ", " in line["description"]
            assert Decimal(line["amount"]) == rounded(Decimal(line["quantity"]) * Decimal(line["unit_cost"]))


def test_elsewhere_each_pair_stands_once_in_a_transaction(training: TrainingCompany) -> None:
    for row, lines in sendable(training):
        if row["module"] != "PR":
            assert len({charged(line) for line in lines}) == len(lines)


def test_dates_lie_in_a_fiscal_period_before_today(training: TrainingCompany) -> None:
    periods = {(row["year"], row["period"]) for row in training.company["m_period"]}
    for row in training.company["m_transaction"]:
        day = date.fromisoformat(row["accounting_date"])
        assert (day.year, day.month) in periods
        assert day < date(2026, 11, 2)
        if row["transferred"]:
            assert row["transferred_at"][:10] >= row["accounting_date"]
