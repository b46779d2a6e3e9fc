"""Codes, budgets, commitments, change orders and contracts of the training company: complete and exact."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest

from maestro_procore.erp.maestro_tables import table_of
from maestro_procore.erp.row_rules import checked
from maestro_procore.sandbox.training_company import TrainingCompany, generate
from maestro_procore.sandbox.training_money import cents_of, extended, half_up, money, price_text, split
from maestro_procore.sandbox.training_suppliers import NEAR_DUPLICATES
from tests.doors.training.whole_company import SIZES, by, rounded, total, whole

COMMITMENTS = (
    ("purchase_order_contracts", "purchase_order_contract_line_items", "purchase_order_contract_id"),
    ("work_order_contracts", "work_order_contract_line_items", "work_order_contract_id"),
)
TYPE_OF_GROUP = {"MAT": "M", "ST": "S", "DIV": "O", "EQP": "E", "MO": "L"}


@pytest.fixture(params=SIZES)
def training(request: pytest.FixtureRequest) -> TrainingCompany:
    return whole(request.param)


@pytest.fixture
def small() -> TrainingCompany:
    return whole("small")


@pytest.fixture
def reference() -> TrainingCompany:
    return whole("reference")


# --- arithmetic ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cents", [0, 1, -1, 99, -199, 12_345, 100_000_000])
def test_cents_become_text_and_come_back(cents: int) -> None:
    assert Decimal(money(cents)) == Decimal(cents) / 100
    assert cents_of(money(cents)) == cents


@pytest.mark.parametrize(("quantity", "price"), [(2_500, 3_300), (333_333, 1_235), (-1_000, 99_900), (7, 5_000)])
def test_a_product_is_rounded_as_a_ledger_does(quantity: int, price: int) -> None:
    exact = Decimal(quantity) / 1_000 * Decimal(price) / 10_000
    assert Decimal(money(extended(quantity, price))) == rounded(exact)


def test_halves_are_rounded_away_from_zero() -> None:
    assert [half_up(value, 10) for value in (5, 4, -5, -4, 15, -15)] == [1, 0, -1, 0, 2, -2]


def test_a_price_keeps_all_its_digits() -> None:
    assert [price_text(value) for value in (187_500, 12_345, 10_000, -5_000)] == ["18.75", "1.2345", "1.00", "-0.50"]


@pytest.mark.parametrize("whole_number", [0, 7, 16_000])
def test_shares_add_up_and_fall(whole_number: int) -> None:
    shares = split(whole_number, [1 / rank**0.8 for rank in range(1, 113)])
    assert sum(shares) == whole_number
    assert all(one >= other for one, other in pairwise(shares))


# --- what stands beside it does not move ---------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_the_other_elements_change_no_project_and_no_supplier(size: str) -> None:
    bare, complete = generate(size, whole=False), whole(size)
    for name, rows in bare.company.items():
        assert complete.company[name][: len(rows)] == rows, name
        assert len(complete.company[name]) == len(rows) or name == "m_template_activity"
    for name, rows in bare.procore.items():
        assert complete.procore[name] == rows, name


def test_only_the_small_company_is_whole_unless_asked() -> None:
    assert "m_transaction" in generate("small").company
    assert "m_transaction" not in generate("reference").company


def test_ids_are_unique_and_below_those_of_projects_and_vendors(training: TrainingCompany) -> None:
    bare = set(generate(training.name, whole=False).procore)
    lowest = min(row["id"] for name in bare for row in training.procore[name])
    for name in set(training.procore) - bare:
        ids = [row["id"] for row in training.procore[name]]
        assert len(set(ids)) == len(ids), name
        assert 2**32 < min(ids) <= max(ids) < lowest, name


# --- counts of limits-and-faults.md §1.5 ---------------------------------------------------------


def test_the_reference_company_has_the_counts_of_the_specification(reference: TrainingCompany) -> None:
    procore, company = reference.procore, reference.company
    counts = {
        "purchase_order_contracts": 4_000,
        "purchase_order_contract_line_items": 20_000,
        "work_order_contracts": 1_500,
        "work_order_contract_line_items": 12_000,
        "change_order_packages": 2_500,
        "prime_contracts": 120,
    }
    assert {name: len(procore[name]) for name in counts} == counts
    assert set(Counter(row["project_id"] for row in procore["cost_codes"]).values()) == {900}
    assert set(Counter(row["project_code"] for row in company["m_activity"]).values()) == {900}
    budgets = Counter(row["project_code"] for row in company["m_budget"] if row["group_code"] != "REV")
    assert set(budgets.values()) == {350}
    assert len(company["m_customer"]) == 60
    assert {len(row["line_items"]) for row in procore["change_order_packages"]} == {2}
    kinds = Counter(row["type"] for row in procore["change_order_packages"])
    assert kinds == {"CommitmentContractChangeOrder": 2_100, "PrimeContractChangeOrder": 400}


def test_procore_has_neither_budgets_nor_direct_costs_at_the_start(training: TrainingCompany) -> None:
    assert not [name for name in training.procore if "budget" in name or "direct" in name]


def test_everything_of_the_reference_company_can_be_taken_at_once(reference: TrainingCompany) -> None:
    """All in a pulled status: no commitment is a draft, no change order is open."""
    assert {row["status"] for row in reference.procore["purchase_order_contracts"]} == {"Approved"}
    assert {row["status"] for row in reference.procore["work_order_contracts"]} == {"Approved", "Complete"}
    assert {row["status"] for row in reference.procore["change_order_packages"]} == {"approved"}


def test_the_small_company_has_some_that_are_not_approved_yet(small: TrainingCompany) -> None:
    """PO-01, CO-02"""
    for collection, _, _ in COMMITMENTS:
        statuses = {row["status"] for row in small.procore[collection]}
        assert {"Approved", "Draft"} <= statuses
    assert {"approved", "draft", "pending", "rejected"} == {
        row["status"] for row in small.procore["change_order_packages"]
    }


@pytest.mark.parametrize("collection", ["purchase_order_contracts", "work_order_contracts"])
def test_commitments_are_skewed_over_the_projects(reference: TrainingCompany, collection: str) -> None:
    counts = sorted(Counter(row["project_id"] for row in reference.procore[collection]).values(), reverse=True)
    weights = [1 / rank**0.8 for rank in range(1, len(counts) + 1)]
    expected = [sum(counts) * weight / sum(weights) for weight in weights]
    assert all(abs(count - wanted) < 1 for count, wanted in zip(counts, expected, strict=True))


# --- rows fit their tables and each other --------------------------------------------------------


def test_rows_of_every_table_fit_it(reference: TrainingCompany) -> None:
    for name, rows in reference.company.items():
        for row in rows[:: max(1, len(rows) // 400)]:
            checked(table_of(name), row, is_new=True)


@pytest.mark.parametrize(
    ("table", "key"),
    [("m_activity", ("project_code", "activity_code")), ("m_budget", ("project_code", "activity_code", "group_code")),
     ("m_order", ("order_no",)), ("m_order", ("order_id",)), ("m_order_line", ("line_id",)),
     ("m_transaction", ("trans_id",)), ("m_transaction_line", ("line_id",)), ("m_contract", ("contract_no",)),
     ("m_template_activity", ("template_no", "activity_code"))],
)  # fmt: skip
def test_keys_are_given_once(training: TrainingCompany, table: str, key: tuple[str, ...]) -> None:
    keys = [tuple(row[part] for part in key) for row in training.company[table]]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "table", ["m_budget", "m_budget_change", "m_order_line", "m_transaction_line"]
)  # fmt: skip
def test_everything_is_charged_to_an_activity_and_group_that_exist(training: TrainingCompany, table: str) -> None:
    company = training.company
    known = {(r["project_code"], r["activity_code"]) for r in company["m_activity"] if r["activity_type"] == "activity"}
    groups = {row["group_code"] for row in company["m_cost_group"]}
    rows = company.get(table, [])
    assert {(row["project_code"], row["activity_code"]) for row in rows} <= known
    assert {row["group_code"] for row in rows} <= groups


def test_every_activity_has_its_cost_code_and_division_in_procore(training: TrainingCompany) -> None:
    numbers = {row["project_number"]: row["id"] for row in training.procore["projects"]}
    codes = {(row["project_id"], row["code"]): row for row in training.procore["cost_codes"]}
    by_id = {row["id"]: row for row in training.procore["cost_codes"]}
    for row in training.company["m_activity"]:
        if row["project_code"] not in numbers:
            continue
        code = codes[numbers[row["project_code"]], row["activity_code"]]
        assert code["name"] == row["description"]
        parent = by_id[code["parent"]["id"]]["code"] if "parent" in code else None
        assert parent == row["parent_code"]


@pytest.mark.parametrize(("headers", "lines", "key"), [*COMMITMENTS])
def test_lines_name_their_contract_project_code_type_and_tax(
    training: TrainingCompany, headers: str, lines: str, key: str
) -> None:
    procore = training.procore
    contracts = {row["id"]: row for row in procore[headers]}
    codes = {row["id"]: row["project_id"] for row in procore["cost_codes"]}
    wbs = {row["id"]: row for row in procore["wbs_codes"]}
    types = {row["id"] for row in procore["line_item_types"]}
    taxes = {row["id"] for row in procore["tax_codes"]}
    units = {row["name"] for row in procore["uoms"]}
    for line in procore[lines]:
        contract = contracts[line[key]]
        assert line["holder"]["id"] == contract["id"]
        assert line["project_id"] == contract["project_id"] == codes[line["cost_code"]["id"]]
        code = wbs[line["wbs_code"]["id"]]
        assert (code["cost_code_id"], code["line_item_type_id"]) == (
            line["cost_code"]["id"],
            line["line_item_type"]["id"],
        )
        assert line["line_item_type"]["id"] in types
        assert line["tax_code_id"] in taxes
        assert line.get("uom", "FORF") in units


def test_commitments_name_active_vendors_that_nobody_has_to_choose(training: TrainingCompany) -> None:
    vendors = {row["id"]: row for row in training.procore["vendors"]}
    names = {row["name"] for row in training.company["m_supplier"] if row["supplier_code"] in NEAR_DUPLICATES}
    stopped = {row["supplier_code"] for row in training.company["m_supplier"] if row["status"] != "A"}
    for collection, _, _ in COMMITMENTS:
        for row in training.procore[collection]:
            vendor = vendors[row["vendor"]["id"]]
            assert vendor["is_active"]
            assert vendor["name"] not in names
            assert vendor.get("origin_code") not in stopped


def test_subcontracts_are_with_subcontractors(training: TrainingCompany) -> None:
    """SC-01"""
    others = {row["supplier_code"] for row in training.company["m_supplier"] if not row["is_subcontractor"]}
    codes = {row["id"]: row.get("origin_code") for row in training.procore["vendors"]}
    assert not [row for row in training.procore["work_order_contracts"] if codes[row["vendor"]["id"]] in others]


def test_closed_projects_carry_no_amounts(training: TrainingCompany) -> None:
    stopped = {row["project_code"] for row in training.company["m_project"]
               if row["status"] != "A" or not row["procore_sync"]}  # fmt: skip
    assert stopped
    for table in ("m_budget", "m_order", "m_transaction_line"):
        assert not [row for row in training.company[table] if row["project_code"] in stopped], table
    ids = {row["id"] for row in training.procore["projects"] if row["project_number"] in stopped}
    for name in ("purchase_order_contracts", "work_order_contracts", "change_order_packages", "wbs_codes"):
        assert not [row for row in training.procore[name] if row["project_id"] in ids], name
    assert not [row for row in training.procore["prime_contracts"] if row["project_id"] in ids and "grand_total" in row]


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
