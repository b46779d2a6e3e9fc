"""Commitments, change orders, contracts and budgets of the training company, to the cent, with their awkward cases."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from maestro_procore.sandbox.training_company import TrainingCompany
from tests.doors.training.whole_company import COMMITMENTS, SIZES, by, rounded, total, whole

TYPE_OF_GROUP = {"MAT": "M", "ST": "S", "DIV": "O", "EQP": "E", "MO": "L"}


@pytest.fixture(params=SIZES)
def training(request: pytest.FixtureRequest) -> TrainingCompany:
    return whole(request.param)


@pytest.fixture
def small() -> TrainingCompany:
    return whole("small")


# --- sums to the cent ----------------------------------------------------------------------------


@pytest.mark.parametrize(("headers", "lines", "key"), [*COMMITMENTS])
def test_headers_are_the_sums_of_their_lines_and_change_orders(
    training: TrainingCompany, headers: str, lines: str, key: str
) -> None:
    """F083, F084"""
    grouped = by(training.procore[lines], key)
    packages = by(training.procore["change_order_packages"], "contract_id")
    for row in training.procore[headers]:
        mine = grouped[row["id"]]
        changes = packages.get(row["id"], [])
        approved = total([change for change in changes if change["status"] == "approved"], "grand_total")
        assert Decimal(row["grand_total"]) == total(mine, "total_amount")
        assert Decimal(row["approved_change_orders"]) == approved
        assert Decimal(row["revised_contract"]) == Decimal(row["grand_total"]) + approved
        assert [line["position"] for line in mine] == list(range(1, len(mine) + 1))


@pytest.mark.parametrize(("headers", "lines", "key"), [*COMMITMENTS])
def test_lines_are_quantity_times_price_and_taxes_stand_beside(
    training: TrainingCompany, headers: str, lines: str, key: str
) -> None:
    """Procore knows one rate per tax code and rounds it per line."""
    rates = {row["id"]: Decimal(str(row["rate1"])) / 100 for row in training.procore["tax_codes"]}
    assert sorted(rates.values()) == [Decimal(0), Decimal("0.13"), Decimal("0.14975")]
    for line in training.procore[lines]:
        amount = Decimal(line["extended_amount"])
        assert line["amount"] == line["extended_amount"]
        if line["extended_type"] == "calculated":
            assert amount == rounded(Decimal(line["quantity"]) * Decimal(line["unit_cost"]))
        assert Decimal(line["total_amount"]) == amount + rounded(amount * rates[line["tax_code_id"]])


def test_change_orders_are_the_sums_of_their_lines(training: TrainingCompany) -> None:
    """F085"""
    for row in training.procore["change_order_packages"]:
        assert Decimal(row["grand_total"]) == total(row["line_items"], "extended_amount")


def test_each_package_has_one_hidden_potential_change_order_with_its_lines(training: TrainingCompany) -> None:
    packages = {row["id"]: row for row in training.procore["change_order_packages"]}
    hidden = {row["change_order_package_id"]: row for row in training.procore["potential_change_orders"]}
    assert set(packages) == set(hidden)
    for number, package in packages.items():
        assert hidden[number]["grand_total"] == package["grand_total"]
        assert {line["holder"]["id"] for line in package["line_items"]} == {hidden[number]["id"]}


def test_change_orders_stand_on_approved_commitments_or_prime_contracts(training: TrainingCompany) -> None:
    contracts = {row["id"]: row for name in ("purchase_order_contracts", "work_order_contracts", "prime_contracts")
                 for row in training.procore[name]}  # fmt: skip
    for row in training.procore["change_order_packages"]:
        contract = contracts[row["contract_id"]]
        assert contract["status"] == "Approved"
        assert contract["project_id"] == row["project_id"]


def test_prime_contracts_are_the_same_on_both_sides(training: TrainingCompany) -> None:
    ours = {row["contract_no"]: row for row in training.company["m_contract"]}
    lines = by(training.company["m_contract_line"], "contract_no")
    theirs = by(training.procore["prime_contract_line_items"], "prime_contract_id")
    packages = by(training.procore["change_order_packages"], "contract_id")
    customers = {row["customer_code"] for row in training.company["m_customer"]}
    numbers = [row["number"] for row in training.procore["prime_contracts"]]
    assert len(set(numbers)) == len(numbers)
    for row in training.procore["prime_contracts"]:
        contract = ours[row["number"]]
        assert contract["project_code"] == contract["contract_no"]
        assert contract["customer_code"] in customers
        if contract["status"] == "closed":
            assert contract["original_value"] is None
            continue
        value = Decimal(contract["original_value"])
        assert value == Decimal(row["grand_total"]) == total(lines[row["number"]]) == total(theirs[row["id"]])
        assert Decimal(row["approved_change_orders"]) == total(packages.get(row["id"], []), "grand_total")


def test_an_owner_pays_more_than_the_budget(training: TrainingCompany) -> None:
    budgets = by(training.company["m_budget"], "project_code")
    for contract in training.company["m_contract"]:
        if contract["status"] != "closed":
            lines = budgets[contract["project_code"]]
            assert Decimal(contract["original_value"]) == total(lines, "original_sell") > total(lines, "original_cost")


def test_approved_budget_changes_count_in_the_modified_budget(small: TrainingCompany) -> None:
    changes = small.company["m_budget_change"]
    assert {row["status"] for row in changes} == {"approved", "pending"}
    for row in small.company["m_budget"]:
        own = [c for c in changes if c["status"] == "approved"
               and all(c[key] == row[key] for key in ("project_code", "activity_code", "group_code"))]  # fmt: skip
        assert Decimal(row["modified_cost"]) == Decimal(row["original_cost"]) + total(own)


# --- the cases worth practising ------------------------------------------------------------------


def test_awkward_commitments_are_there(training: TrainingCompany) -> None:
    """PO-06; negative lines, US dollars, a product of exactly half a cent, prices beyond the cent."""
    orders, lines = training.procore["purchase_order_contracts"], training.procore["purchase_order_contract_line_items"]
    assert [row for row in orders if len(row["title"]) > 60]
    assert max(len(row["title"]) for row in orders) <= 255
    assert [row for row in orders if row["currency_configuration"]["currency_iso_code"] == "USD"]
    assert [line for line in lines if line["amount"].startswith("-")]
    products = [Decimal(line["quantity"]) * Decimal(line["unit_cost"]) for line in lines if "quantity" in line]
    assert Decimal("0.825") in products
    assert [product for product in products if product != rounded(product)]
    assert {row["accounting_method"] for row in training.procore["work_order_contracts"]} == {"amount", "unit"}


def test_awkward_change_orders_are_there(training: TrainingCompany) -> None:
    """Deductive and zero-dollar; numbers that repeat from contract to contract."""
    approved = [row for row in training.procore["change_order_packages"] if row["status"] == "approved"]
    totals = [Decimal(row["grand_total"]) for row in approved]
    assert min(totals) < 0
    assert 0 in totals
    numbers = Counter(row["number"] for row in approved)
    assert numbers.most_common(1)[0][1] > 1
    per_contract = Counter((row["contract_id"], row["number"]) for row in training.procore["change_order_packages"])
    assert set(per_contract.values()) == {1}


def test_commitment_numbers_are_unique_and_fit_maestro(training: TrainingCompany) -> None:
    """PO-04, PO-05: an order number has twelve characters."""
    numbers = [row["number"] for collection, _, _ in COMMITMENTS for row in training.procore[collection]]
    assert len(set(numbers)) == len(numbers)
    assert max(map(len, numbers)) <= 12
    assert not set(numbers) & {row["order_no"] for row in training.company["m_order"]}


def test_each_cost_group_has_its_type_in_procore(training: TrainingCompany) -> None:
    """COD-04"""
    codes = {row["code"] for row in training.procore["line_item_types"]}
    assert set(TYPE_OF_GROUP.values()) <= codes
    charged = {line["wbs_code"]["flat_code"].rpartition(".")[2]
               for _, lines, _ in COMMITMENTS for line in training.procore[lines]}  # fmt: skip
    assert charged <= set(TYPE_OF_GROUP.values())


def test_selling_budgets_stand_in_the_revenue_group_alone(training: TrainingCompany) -> None:
    """BUD-05"""
    for row in training.company["m_budget"]:
        sells = Decimal(row["original_sell"]) != 0
        assert sells == (row["group_code"] == "REV")
        assert not (sells and Decimal(row["original_cost"]))
