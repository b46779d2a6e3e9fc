"""A document is written with all its lines or not at all, by one program at a time, under a number of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.ports import CompanyRefused, DocumentRow

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
COMPANY = {"company_id": 1, "name": "x", "tag": "X", "currency": "CAD", "environment": "test",
           "security_mode": "local", "language": "fr"}  # fmt: skip
SUPPLIER = {"company_id": 1, "supplier_code": "A", "name": "Béton Côté", "status": "A"}
PROJECT = {"company_id": 1, "project_code": "26001", "description": "École", "status": "A"}
COUNTER = {"company_id": 1, "name": "ORDER", "next_value": 7, "mask": "24-0000"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "company.db"
    company = MaestroCompany(path)
    company.create_schema()
    company.load_rows(
        {"m_company": [COMPANY], "m_supplier": [SUPPLIER], "m_project": [PROJECT], "m_counter": [COUNTER]}
    )
    company.close()
    return path


@pytest.fixture
def company(file: Path) -> Iterator[MaestroCompany]:
    company = MaestroCompany(file)
    yield company
    company.close()


def line(number: int, amount: str = "10.00", **more: Any) -> dict[str, Any]:
    return {"line_no": number, "description": f"Ligne {number}", "amount": amount, "group_code": "MAT", **more}


def order(*lines: dict[str, Any], **values: Any) -> DocumentRow:
    header = {"kind": "PO", "order_no": "24-0153", "supplier_code": "A", "project_code": "26001", "status": "open"}
    return DocumentRow("m_order", "order_id", {**header, **values}, "order_id", {"m_order_line": lines})


def lines_of(company: MaestroCompany, key: int) -> dict[int, Decimal]:
    rows = company.rows("m_order_line", where={"order_id": [key]})
    return {row["line_no"]: row["amount"] for row in rows}


def everything(company: MaestroCompany) -> list[Any]:
    return [company.rows(table, include_deleted=True) for table in ("m_order", "m_order_line")]


def refusal(call: Any, *arguments: Any) -> tuple[str, str, str | None, str]:
    with pytest.raises(CompanyRefused) as caught:
        call(*arguments)
    return caught.value.table, caught.value.key, caught.value.column, caught.value.reason


def test_a_document_gets_the_key_that_the_company_counts_and_its_lines_name_it(company: MaestroCompany) -> None:
    first = company.insert_document(order(line(1), line(2, "0.10")), NOW)
    second = company.insert_document(order(line(1), order_no="24-0154"), NOW)
    assert second > first
    assert lines_of(company, first) == {1: Decimal("10.00"), 2: Decimal("0.10")}
    [header] = company.rows("m_order", where={"order_id": [first]})
    assert (header["order_no"], header["extension"], header["rowver"], header["changed_at"]) == ("24-0153", 0, 1, NOW)


def test_a_document_without_lines_may_stand_alone(company: MaestroCompany) -> None:
    assert lines_of(company, company.insert_document(order(), NOW)) == {}


REFUSED = [
    pytest.param({}, {"description": "x" * 121}, ("m_order_line", "24-0153, 3", "description", "too_long"), id="long"),
    pytest.param({}, {"amount": "1.005"}, ("m_order_line", "24-0153, 3", "amount", "wrong_type"), id="decimals"),
    pytest.param({"supplier_code": "Z"}, {}, ("m_order", "24-0153", "supplier_code", "no_such_reference"), id="code"),
    pytest.param({"status": "x"}, {}, ("m_order", "24-0153", "status", "not_allowed"), id="word"),
    pytest.param({"order_no": "2" * 13}, {}, ("m_order", "2" * 13, "order_no", "too_long"), id="number"),
]


@pytest.mark.parametrize(("values", "third", "refused"), REFUSED)
def test_a_document_that_is_refused_leaves_nothing_behind(
    company: MaestroCompany, values: dict[str, Any], third: dict[str, Any], refused: tuple[str, ...]
) -> None:
    document = order(line(1), line(2), {**line(3), **third}, **values)
    assert refusal(company.insert_document, document, NOW) == refused
    assert everything(company) == [[], []]


def test_a_line_that_the_database_refuses_takes_header_and_other_lines_along(company: MaestroCompany) -> None:
    """The third line points to no order: only the database knows, when header and two lines stand already."""
    header = {"project_code": "26001", "co_no": "CO-1", "status": "pending"}
    rows = [{"line_no": n, "side": "cost", "amount": "1.00", "order_id": None if n < 3 else 404} for n in (1, 2, 3)]
    change = DocumentRow("m_change_order", "co_id", header, "co_id", {"m_change_order_line": rows})
    assert refusal(company.insert_document, change, NOW) == (
        "m_change_order_line", "26001 CO-1, 3", "order_id", "no_such_reference",
    )  # fmt: skip
    assert company.rows("m_change_order") == company.rows("m_change_order_line") == []


def test_a_number_that_stands_already_is_refused(company: MaestroCompany) -> None:
    company.insert_document(order(line(1)), NOW)
    before = everything(company)
    assert refusal(company.insert_document, order(line(1)), NOW) == ("m_order", "24-0153", "order_no", "exists")
    assert everything(company) == before
    company.insert_document(order(line(1), extension=1), NOW)


def test_lines_are_changed_added_deleted_and_revived_by_their_number(company: MaestroCompany) -> None:
    key = company.insert_document(order(line(1), line(2), line(3)), NOW)
    old = {row["line_no"]: row for row in company.rows("m_order_line")}
    assert company.update_document(order(line(1), line(2, "5.00"), line(4)), key, LATER)
    assert lines_of(company, key) == {1: Decimal("10.00"), 2: Decimal("5.00"), 4: Decimal("10.00")}
    now = {row["line_no"]: row for row in company.rows("m_order_line", include_deleted=True)}
    assert now[1] == old[1]  # not touched
    assert (now[2]["rowver"], now[2]["changed_at"], now[2]["line_id"]) == (2, LATER, old[2]["line_id"])
    assert (now[3]["is_deleted"], now[3]["rowver"]) == (True, 2)
    assert company.update_document(order(line(3, "7.00")), key, LATER)
    [revived] = company.rows("m_order_line")
    assert (revived["line_id"], revived["amount"], revived["rowver"]) == (old[3]["line_id"], Decimal("7.00"), 3)


def test_what_stands_already_is_not_written_again(company: MaestroCompany) -> None:
    key = company.insert_document(order(line(1), line(2)), NOW)
    before = everything(company)
    assert company.update_document(order(line(1), line(2)), key, LATER)
    assert everything(company) == before


def test_a_table_that_is_left_out_is_not_touched(company: MaestroCompany) -> None:
    key = company.insert_document(order(line(1)), NOW)
    header = DocumentRow("m_order", "order_id", {"description": "Toit"}, "order_id", {})
    assert company.update_document(header, key, LATER)
    [row] = company.rows("m_order")
    assert (row["description"], row["rowver"], lines_of(company, key)) == ("Toit", 2, {1: Decimal("10.00")})


@pytest.mark.parametrize("expect", [{"status": "closed"}, {"description": "Toit"}])
def test_a_document_that_no_longer_holds_what_is_expected_stays_as_it_is(
    company: MaestroCompany, expect: dict[str, Any]
) -> None:
    key = company.insert_document(order(line(1)), NOW)
    before = everything(company)
    assert not company.update_document(order(line(2), status="closed"), key, LATER, expect)
    assert everything(company) == before
    assert company.update_document(order(line(2), status="closed"), key, LATER, {"status": "open"})


def test_a_document_that_is_gone_or_deleted_is_not_changed(company: MaestroCompany) -> None:
    key = company.insert_document(order(line(1)), NOW)
    assert not company.update_document(order(line(2)), key + 1, LATER)
    company.update("m_order", {"order_id": key}, {"is_deleted": True}, NOW)
    before = everything(company)
    assert not company.update_document(order(line(2)), key, LATER)
    assert everything(company) == before


def test_a_refused_line_of_an_update_changes_nothing(company: MaestroCompany) -> None:
    key = company.insert_document(order(line(1), line(2)), NOW)
    before = everything(company)
    bad = order(line(1, "99.00"), line(3), {**line(4), "description": "x" * 121}, status="closed")
    assert refusal(company.update_document, bad, key, LATER) == (
        "m_order_line", "24-0153 0, 4", "description", "too_long",
    )  # fmt: skip
    assert everything(company) == before


WRONG = [
    pytest.param(order({"description": "x"}), "line_no", id="no number"),
    pytest.param(order(line(1), line(1)), "line_no", id="number twice"),
    pytest.param(order({**line(1), "colour": "red"}), "colour", id="unknown column"),
    pytest.param(DocumentRow("m_order", "order_no", {}, "order_id", {}), "no key", id="no key"),
    pytest.param(DocumentRow("m_order", "order_id", {}, "order_id", {"m_supplier": []}), "holds no lines", id="lines"),
    pytest.param(order(rowver=7), "rowver", id="housekeeping"),
]


@pytest.mark.parametrize(("document", "said"), WRONG)
def test_a_document_that_is_put_together_wrongly_is_a_mistake_of_the_program(
    company: MaestroCompany, document: DocumentRow, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        company.insert_document(document, NOW)
    assert everything(company) == [[], []]


def test_a_document_may_bring_its_own_key_which_its_lines_share(company: MaestroCompany) -> None:
    def contract(*amounts: str) -> DocumentRow:
        lines = [{"line_no": place, "amount": amount} for place, amount in enumerate(amounts, start=1)]
        header = {"contract_no": "26001", "project_code": "26001"}
        return DocumentRow("m_contract", "contract_no", header, "contract_no", {"m_contract_line": lines})

    assert company.insert_document(contract("1.00", "2.00"), NOW) == "26001"
    assert company.update_document(contract("3.00"), "26001", LATER)
    assert company.update_document(contract("3.00", "4.00"), "26001", LATER)
    assert [str(row["amount"]) for row in company.rows("m_contract_line")] == ["3.00", "4.00"]
    with pytest.raises(ValueError, match="never changed"):
        company.update_document(contract(), "26002", LATER)


# --- rows that hold certain values --------------------------------------------------------------------


def test_rows_are_chosen_by_the_values_of_any_columns(company: MaestroCompany) -> None:
    keys = [company.insert_document(order(line(1), order_no=f"24-000{n}", status=status), NOW)
            for n, status in enumerate(["open", "closed", "open"])]  # fmt: skip

    def found(**where: Any) -> list[int]:
        return [row["order_id"] for row in company.rows("m_order", where=where)]

    assert found(status=["open"]) == [keys[0], keys[2]]
    assert found(status=["open", "closed"], order_no=["24-0001"]) == [keys[1]]
    assert found(memo=[None], status=["closed"]) == [keys[1]]
    assert found(memo=[]) == []
    assert found(order_id=[*range(10_000, 15_000), *keys, keys[0]]) == keys
    assert [row["order_id"] for row in company.rows("m_order", keys=keys[:2], where={"status": ["open"]})] == keys[:1]
    with pytest.raises(ValueError, match="colour"):
        found(colour=["red"])


# --- numbers -------------------------------------------------------------------------------------------


def nobody(number: str) -> bool:
    return False


def test_numbers_come_in_their_mask_and_only_once(company: MaestroCompany) -> None:
    assert [company.next_number("ORDER", nobody, NOW) for _ in range(3)] == ["24-0007", "24-0008", "24-0009"]
    [row] = company.rows("m_counter")
    assert (row["next_value"], row["rowver"]) == (10, 4)


def test_numbers_that_somebody_typed_are_passed_over(company: MaestroCompany) -> None:
    for number in ("24-0007", "24-0008"):
        company.insert_document(order(line(1), order_no=number), NOW)

    def is_taken(number: str) -> bool:
        return bool(company.rows("m_order", where={"order_no": [number]}, include_deleted=True))

    assert company.next_number("ORDER", is_taken, NOW) == "24-0009"
    assert company.next_number("ORDER", nobody, NOW) == "24-0010"


MASKS = [("000000", 153, "000153"), ("", 153, "153"), (None, 153, "153"), ("24-0000", 153, "24-0153"),
         ("20-0000", 153, "20-0153"), ("BC0000Q", 153, "BC0153Q"), ("000", 153, "153")]  # fmt: skip


@pytest.mark.parametrize(("mask", "number", "text"), MASKS)
def test_a_mask_says_how_a_number_looks(company: MaestroCompany, mask: str | None, number: int, text: str) -> None:
    company.update("m_counter", {"name": "ORDER"}, {"mask": mask, "next_value": number}, NOW)
    assert company.next_number("ORDER", nobody, NOW) == text


def test_a_counter_that_cannot_count_is_refused(company: MaestroCompany) -> None:
    assert refusal(company.next_number, "CHEQUE", nobody, NOW) == ("m_counter", "CHEQUE", None, "no_counter")
    company.update("m_counter", {"name": "ORDER"}, {"next_value": 9_998}, NOW)

    def is_taken(number: str) -> bool:
        return number == "24-9999"

    assert company.next_number("ORDER", is_taken, NOW) == "24-9998"
    assert refusal(company.next_number, "ORDER", is_taken, NOW) == ("m_counter", "ORDER", "next_value", "used_up")
    company.update("m_counter", {"name": "ORDER"}, {"mask": "PO-#"}, NOW)
    assert refusal(company.next_number, "ORDER", nobody, NOW) == ("m_counter", "ORDER", "mask", "not_allowed")


# --- several programs ----------------------------------------------------------------------------------

TAKE = """
import sys
from datetime import UTC, datetime
from maestro_procore.erp.maestro_company import MaestroCompany
company = MaestroCompany(sys.argv[1])
for _ in range(20):
    print(company.next_number("ORDER", lambda number: number.endswith("5"), datetime(2026, 11, 2, tzinfo=UTC)))
company.close()
"""


def test_two_programs_never_get_the_same_number(file: Path) -> None:
    command = [sys.executable, "-c", TAKE, str(file)]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [program.communicate(timeout=60)[0].split() for program in programs]
    numbers = [number for each in said for number in each]
    assert [program.returncode for program in programs] == [0, 0]
    assert sorted(numbers) == [f"24-{n:04}" for n in range(7, 51) if n % 10 != 5][:40]


def test_of_two_programs_that_change_a_document_one_comes_too_late(file: Path) -> None:
    company = MaestroCompany(file)
    key = company.insert_document(order(line(1)), NOW)

    def change(amount: str) -> bool:
        other = MaestroCompany(file)
        try:
            return other.update_document(order(line(1, amount), line(2, amount), status="closed"), key, LATER,
                                         {"status": "open"})  # fmt: skip
        finally:
            other.close()

    with ThreadPoolExecutor(2) as programs:
        done = list(programs.map(change, ["1.00", "2.00"]))
    assert sorted(done) == [False, True]
    won = Decimal(["1.00", "2.00"][done.index(True)])
    assert lines_of(company, key) == {1: won, 2: won}
    company.close()


def test_of_two_programs_that_insert_the_same_document_one_is_refused(file: Path) -> None:
    def insert(_: int) -> str:
        other = MaestroCompany(file)
        try:
            other.insert_document(order(line(1), line(2)), NOW)
        except CompanyRefused as refused:
            return refused.reason
        finally:
            other.close()
        return "inserted"

    with ThreadPoolExecutor(2) as programs:
        assert sorted(programs.map(insert, range(2))) == ["exists", "inserted"]
    company = MaestroCompany(file)
    assert (len(company.rows("m_order")), len(company.rows("m_order_line"))) == (1, 2)
    company.close()
