"""Every element of the training company: counts, shapes, and rows that fit each other. Sums are beside it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from maestro_procore.erp.maestro_tables import table_of
from maestro_procore.erp.row_rules import checked
from maestro_procore.sandbox.api_document import Place, api_document
from maestro_procore.sandbox.training_company import TrainingCompany, generate
from maestro_procore.sandbox.training_money import cents_of, extended, half_up, money, price_text, split
from maestro_procore.sandbox.training_suppliers import NEAR_DUPLICATES
from tests.doors.training.whole_company import COMMITMENTS, SECONDS, SIZES, Row, rounded, whole

# Where each record is documented, and the keys beside that say what it stands in.
SHOWN: dict[str, tuple[str, set[str]]] = {
    "purchase_order_contracts": ("/rest/v1.0/purchase_order_contracts/{id}", {"project_id"}),
    "work_order_contracts": ("/rest/v1.0/work_order_contracts/{id}", {"project_id"}),
    "change_order_packages": ("/rest/v1.0/change_order_packages/{id}", {"project_id"}),
    "prime_contracts": ("/rest/v1.0/prime_contract/{id}", {"project_id"}),
    "cost_codes": ("/rest/v1.0/cost_codes/{id}", {"project_id"}),
    "tax_codes": ("/rest/v1.0/tax_codes/{id}", set()),
    "uoms": ("/rest/v1.0/companies/{company_id}/uoms/{id}", set()),
    "line_item_types": ("/rest/v1.0/line_item_types/{id}", set()),
    "potential_change_orders": (
        "/rest/v1.0/potential_change_orders/{id}",
        {"project_id", "change_order_package_id", "change_order_package_title", "change_order_tiers"},
    ),
    "prime_contract_line_items": (
        "/rest/v1.0/prime_contracts/{prime_contract_id}/line_items/{id}",
        {"project_id", "prime_contract_id"},
    ),
}
TYPES: dict[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict,
}  # fmt: skip


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


@pytest.mark.parametrize(("size", "seconds"), [("small", 0.3), ("reference", 6.0)])
def test_a_whole_company_is_made_quickly(size: str, seconds: float) -> None:
    whole(size)
    assert SECONDS[size] < seconds


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


@pytest.mark.parametrize("collection", SHOWN)
def test_rows_of_procore_have_the_documented_fields_and_types(small: TrainingCompany, collection: str) -> None:
    path, own_keys = SHOWN[collection]
    document = api_document()
    properties = document.properties(document.at(Place("get", path)))
    rows: list[Row] = small.procore[collection]
    assert rows
    for row in rows:
        assert set(row) - set(properties) <= own_keys
        for name in set(row) & set(properties):
            kind = document.resolve(properties[name]).get("type")
            assert kind is None or isinstance(row[name], TYPES[kind]), (name, row[name])
