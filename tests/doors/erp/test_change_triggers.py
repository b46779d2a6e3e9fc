"""What people type into the embedded company with plain SQL is seen by the next differential run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maestro_procore.erp.maestro_company import MaestroCompany

OLD = "2020-01-01T00:00:00.000000Z"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "company.db"


@pytest.fixture
def company(file: Path):
    company = MaestroCompany(file)
    company.create_schema()
    company.load_rows(
        {
            "m_company": [{"company_id": 1, "name": "x", "tag": "X", "currency": "CAD", "environment": "test",
                           "security_mode": "local", "language": "fr"}],
            "m_supplier": [{"company_id": 1, "supplier_code": code, "name": code, "status": "A", "changed_at": OLD}
                           for code in ("A", "B", "C")],
        }
    )  # fmt: skip
    yield company
    company.close()


def type_by_hand(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as direct, direct:
        for statement in statements:
            direct.execute(statement)


def seen_since(company: MaestroCompany, since: datetime) -> dict[str, int]:
    """Code and rowver of the suppliers that a differential run reads."""
    return {row["supplier_code"]: row["rowver"] for row in company.rows("m_supplier", changed_since=since)}


def after_loading() -> datetime:
    return datetime(2020, 1, 1, 0, 0, 0, 1, tzinfo=UTC)


def test_loaded_rows_keep_the_times_they_bring(company: MaestroCompany) -> None:
    assert seen_since(company, after_loading()) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE m_supplier SET phone = '418-555-0101' WHERE supplier_code = 'B'",
        "UPDATE m_supplier SET phone = '1', changed_at = '2026-11-02 12:00:00' WHERE supplier_code = 'B'",
        "UPDATE m_supplier SET phone = '1', rowver = rowver + 1 WHERE supplier_code = 'B'",
        "UPDATE m_supplier SET is_deleted = 1 WHERE supplier_code = 'B'",
    ],
    ids=["plain", "time in another form", "only rowver", "marked deleted"],
)
def test_a_row_updated_by_hand_is_seen(company: MaestroCompany, file: Path, statement: str) -> None:
    type_by_hand(file, statement)
    changed = company.rows("m_supplier", changed_since=after_loading(), include_deleted=True)
    assert [(row["supplier_code"], row["rowver"]) for row in changed] == [("B", 2)]


@pytest.mark.parametrize("extra", ["", ", changed_at", ", rowver"], ids=["defaults", "old time", "old rowver"])
def test_a_row_inserted_by_hand_is_seen(company: MaestroCompany, file: Path, extra: str) -> None:
    type_by_hand(
        file,
        "UPDATE m_supplier SET phone = '1' WHERE supplier_code = 'A'",
        f"INSERT INTO m_supplier (company_id, supplier_code, name, status{extra})"
        f" SELECT company_id, 'D', name, status{extra} FROM m_supplier WHERE supplier_code = 'B'",
    )
    assert set(seen_since(company, after_loading())) == {"A", "D"}


def test_a_hand_typed_change_comes_after_everything_seen_before(company: MaestroCompany, file: Path) -> None:
    far = datetime(2190, 1, 1, tzinfo=UTC)  # a workstation whose clock is wrong wrote last
    company.update("m_supplier", {"supplier_code": "A"}, {"phone": "1"}, far)
    type_by_hand(file, "UPDATE m_supplier SET phone = '2' WHERE supplier_code = 'C'")
    assert set(seen_since(company, far)) == {"A", "C"}


def test_our_own_writes_keep_the_time_of_our_clock(company: MaestroCompany) -> None:
    company.update("m_supplier", {"supplier_code": "A"}, {"phone": "1"}, NOW)
    company.insert("m_supplier", {"supplier_code": "N", "name": "n", "status": "A"}, NOW)
    assert company.rows("m_supplier", keys=["A"])[0]["changed_at"] == NOW
    assert seen_since(company, NOW) == {"A": 2, "N": 1}


def test_all_rows_changed_in_one_statement_are_seen(company: MaestroCompany, file: Path) -> None:
    type_by_hand(file, "UPDATE m_supplier SET city = 'Alma'")
    assert seen_since(company, after_loading()) == {"A": 2, "B": 2, "C": 2}


def test_a_name_typed_too_long_is_refused_by_the_company_itself(company: MaestroCompany, file: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="ck_m_supplier_name_length"):
        type_by_hand(file, f"UPDATE m_supplier SET name = '{'x' * 61}'")


def test_an_amount_typed_by_hand_stays_exact(company: MaestroCompany, file: Path) -> None:
    type_by_hand(file, "UPDATE m_supplier SET holdback_pct = 7.1 WHERE supplier_code = 'A'")
    assert str(company.rows("m_supplier", keys=["A"])[0]["holdback_pct"]) == "7.10"
