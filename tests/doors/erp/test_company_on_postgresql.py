"""The same company on a PostgreSQL server, started here when the machine has one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.ports import CompanyRefused, CompanyUnreachable, DocumentRow
from maestro_procore.sandbox.training_company import generate
from tests.postgresql import NEEDS_SERVER, running_server

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
pytestmark = NEEDS_SERVER


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    pytest.importorskip("psycopg")
    with running_server() as address:
        yield address


@pytest.fixture(scope="module")
def address(server: str) -> str:
    company = MaestroCompany(server)
    company.create_schema()
    company.load_rows(generate("small").company)
    company.close()
    return server


@pytest.fixture
def company(address: str) -> Iterator[MaestroCompany]:
    company = MaestroCompany(address)
    yield company
    company.close()


def test_rows_come_back_with_the_same_types_as_from_sqlite(company: MaestroCompany, tmp_path: Path) -> None:
    embedded = MaestroCompany(tmp_path / "company.db")
    embedded.create_schema()
    embedded.load_rows(generate("small").company)
    for table in ("m_project", "m_supplier", "m_tax_code", "m_user", "m_period"):
        ours = sorted(embedded.rows(table), key=repr)
        assert sorted(company.rows(table), key=repr) == ours
    embedded.close()
    row = company.rows("m_project", keys=["26001"])[0]
    assert isinstance(row["start_date"], date)
    assert (row["holdback_pct"], str(row["holdback_pct"])) == (Decimal(10), "10.00")
    assert row["changed_at"].tzinfo is UTC


def test_refusals_name_the_same_column_as_on_sqlite(company: MaestroCompany) -> None:
    code = company.rows("m_supplier")[0]["supplier_code"]
    for row, column, reason in (
        ({"supplier_code": code}, "supplier_code", "exists"),
        ({"name": "x" * 61}, "name", "too_long"),
        ({"status": "Z"}, "status", "not_allowed"),
    ):
        with pytest.raises(CompanyRefused) as refused:
            company.insert("m_supplier", {"supplier_code": "N1", "name": "n", "status": "A", **row}, NOW)
        assert (refused.value.column, refused.value.reason) == (column, reason)


def test_a_written_row_is_seen_by_a_differential_read(company: MaestroCompany) -> None:
    company.insert("m_supplier", {"supplier_code": "PG1", "name": "Béton", "status": "A"}, NOW)
    assert company.update("m_supplier", {"supplier_code": "PG1"}, {"city": "Alma"}, NOW, expect={"city": None})
    assert not company.update("m_supplier", {"supplier_code": "PG1"}, {"city": "Laval"}, NOW, expect={"city": None})
    [row] = company.rows("m_supplier", changed_since=NOW)
    assert (row["supplier_code"], row["city"], row["rowver"]) == ("PG1", "Alma", 2)


def test_no_update_of_several_programs_is_lost(address: str) -> None:
    def count_up(_: int) -> None:
        company = MaestroCompany(address)
        for _ in range(10):
            is_done = False
            while not is_done:
                [row] = company.rows("m_template", keys=[2])
                more = {"description": str(int(row["description"]) + 1)}
                expect = {"description": row["description"]}
                is_done = company.update("m_template", {"template_no": 2}, more, NOW, expect)
        company.close()

    company = MaestroCompany(address)
    company.update("m_template", {"template_no": 2}, {"description": "0"}, NOW)
    with ThreadPoolExecutor(3) as programs:
        list(programs.map(count_up, range(3)))
    assert company.rows("m_template", keys=[2])[0]["description"] == "30"
    company.close()


def test_views_that_may_only_be_read_refuse_to_be_written(address: str) -> None:
    """IT gives a user who sees the tables, and may not change them."""
    boss = create_engine(address)
    with boss.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    boss.dispose()
    reader = MaestroCompany(address.replace("boss@", "reader@"))
    assert reader.count("m_project") == 12
    with pytest.raises(CompanyRefused) as refused:
        reader.update("m_project", {"project_code": "26001"}, {"phone": "1"}, NOW)
    assert (refused.value.table, refused.value.key, refused.value.reason) == ("m_project", "26001", "read_only")
    reader.close()


def test_an_unknown_user_is_refused_not_unreachable(address: str) -> None:
    """The server answers, so waiting for it would help nobody."""
    stranger = MaestroCompany(address.replace("boss@", "stranger@"))
    with pytest.raises((CompanyRefused, CompanyUnreachable)) as answer:
        stranger.count("m_project")
    assert isinstance(answer.value, CompanyRefused)
    assert answer.value.reason == "sign_in"
    stranger.close()


# --- documents ---------------------------------------------------------------------------------------


def order(number: str, *amounts: str, **values: Any) -> DocumentRow:
    header = {"kind": "PO", "order_no": number, "project_code": "26001", "status": "open", **values}
    lines = [{"line_no": place, "amount": amount} for place, amount in enumerate(amounts, start=1)]
    return DocumentRow("m_order", "order_id", header, "order_id", {"m_order_line": lines})


def amounts_of(company: MaestroCompany, key: int) -> list[str]:
    rows = company.rows("m_order_line", where={"order_id": [key]})
    return [str(row["amount"]) for row in sorted(rows, key=lambda row: row["line_no"])]


def test_keys_are_counted_on_behind_those_that_were_loaded(company: MaestroCompany) -> None:
    """PostgreSQL's own counter does not see rows that bring their keys."""
    highest = max(row["order_id"] for row in company.rows("m_order", include_deleted=True))
    key = company.insert_document(order("PG-1", "10.00", "0.10"), NOW)
    assert key > highest
    assert amounts_of(company, key) == ["10.00", "0.10"]


def test_a_document_is_written_whole_or_not_at_all(company: MaestroCompany) -> None:
    key = company.insert_document(order("PG-2", "1.00", "2.00"), NOW)
    for written, refused in (
        (lambda: company.insert_document(order("PG-2", "1.00"), NOW), ("order_no", "exists")),
        (
            lambda: company.insert_document(order("PG-3", supplier_code="NOBODY"), NOW),
            ("supplier_code", "no_such_reference"),
        ),
        (lambda: company.update_document(order("PG-2", "9.00", "9.00", "9.001"), key, NOW), ("amount", "wrong_type")),
    ):
        with pytest.raises(CompanyRefused) as caught:
            written()
        assert (caught.value.column, caught.value.reason) == refused
    assert amounts_of(company, key) == ["1.00", "2.00"]
    assert company.rows("m_order", where={"order_no": ["PG-3"]}) == []
    assert company.update_document(order("PG-2", "3.00"), key, NOW)
    assert company.update_document(order("PG-2", "3.00", "4.00", "5.00"), key, NOW, {"status": "open"})
    assert not company.update_document(order("PG-2", "0.00"), key, NOW, {"status": "closed"})
    assert amounts_of(company, key) == ["3.00", "4.00", "5.00"]


def test_several_programs_get_different_numbers_and_one_document_each(address: str) -> None:
    def enter(_: int) -> list[str]:
        company = MaestroCompany(address)
        numbers = [company.next_number("ORDER", lambda number: number.endswith("7"), NOW) for _ in range(8)]
        for number in numbers:
            company.insert_document(order(number, "1.00"), NOW)
        company.close()
        return numbers

    with ThreadPoolExecutor(3) as programs:
        numbers = [number for each in programs.map(enter, range(3)) for number in each]
    assert len(set(numbers)) == 24
    assert not any(number.endswith("7") for number in numbers)


def test_of_several_programs_that_change_a_document_one_wins(address: str) -> None:
    company = MaestroCompany(address)
    key = company.insert_document(order("PG-4", "1.00"), NOW)

    def change(amount: str) -> bool:
        other = MaestroCompany(address)
        try:
            return other.update_document(order("PG-4", amount, amount, status="closed"), key, NOW, {"status": "open"})
        finally:
            other.close()

    amounts = ["2.00", "3.00", "4.00"]
    with ThreadPoolExecutor(3) as programs:
        done = list(programs.map(change, amounts))
    assert done.count(True) == 1
    assert amounts_of(company, key) == [amounts[done.index(True)]] * 2
    company.close()
