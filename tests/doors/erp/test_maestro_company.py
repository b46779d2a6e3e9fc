"""The maestro* company on SQLite: what comes back is what was written, and nothing is written that does not fit."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.erp.absent_company import AbsentCompany
from maestro_procore.erp.maestro_company import MaestroCompany, parents_first
from maestro_procore.erp.maestro_tables import M_PROJECT
from maestro_procore.ports import Company, CompanyRefused, CompanyUnreachable

LOADED = "2026-10-03T12:00:00Z"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

TABLES: dict[str, list[dict[str, Any]]] = {
    "m_company": [
        {"company_id": 7, "name": "Béton Côté ltée", "tag": "COTE", "currency": "CAD", "environment": "test",
         "security_mode": "local", "language": "fr", "changed_at": LOADED},
    ],
    "m_user": [
        {"company_id": 7, "user_id": 1, "code": "COMPTA", "name": "Mélanie", "can_synchronize": True},
        {"company_id": 7, "user_id": 2, "code": "LECTURE", "name": "Noémie"},
    ],
    "m_template": [{"company_id": 7, "template_no": 2, "description": "Civil"},
                   {"company_id": 7, "template_no": 1, "description": "Bâtiment"}],
    "m_supplier": [
        {"company_id": 7, "supplier_code": "A001", "name": "Plomberie L'Heureux", "status": "A",
         "holdback_pct": "10.00", "is_subcontractor": True, "changed_at": LOADED},
        {"company_id": 7, "supplier_code": "B002", "name": "Toitures Val-d'Or", "status": "B", "changed_at": LOADED},
    ],
    "m_project": [
        {"company_id": 7, "project_code": "26002", "description": "Annexe", "status": "A", "master_code": "26001",
         "changed_at": LOADED},
        {"company_id": 7, "project_code": "26001", "description": "École", "status": "A", "start_date": "2026-03-01",
         "changed_at": LOADED},
    ],
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "company.db"


@pytest.fixture
def company(file: Path):
    company = MaestroCompany(file)
    company.create_schema()
    company.load_rows(TABLES)
    yield company
    company.close()


def refusal(call, *arguments: Any, **named: Any) -> CompanyRefused:
    with pytest.raises(CompanyRefused) as caught:
        call(*arguments, **named)
    return caught.value


def supplier(company: MaestroCompany, code: str) -> dict[str, Any]:
    [row] = company.rows("m_supplier", keys=[code])
    return row


# --- reading -------------------------------------------------------------------------------------


def test_a_row_comes_back_with_the_types_of_the_program(company: MaestroCompany) -> None:
    row = supplier(company, "A001")
    assert row["holdback_pct"] == Decimal("10.00")
    assert row["is_subcontractor"] is True
    assert row["intercompany"] is False
    assert row["changed_at"] == datetime(2026, 10, 3, 12, 0, tzinfo=UTC)
    assert row["changed_at"].tzinfo is UTC
    assert company.rows("m_project", keys=["26001"])[0]["start_date"] == date(2026, 3, 1)


def test_the_company_says_who_it_is(company: MaestroCompany) -> None:
    facts = company.company()
    assert (facts.company_id, facts.name, facts.tag) == (7, "Béton Côté ltée", "COTE")
    assert (facts.environment, facts.language, facts.currency) == ("test", "fr", "CAD")


def test_a_user_brings_the_rights_of_the_program(company: MaestroCompany) -> None:
    """F041"""
    accountant = company.user("COMPTA")
    assert accountant is not None
    assert (accountant["can_synchronize"], accountant["can_configure"]) == (True, False)
    assert company.user("NOBODY") is None


def test_templates_come_in_the_order_of_their_numbers(company: MaestroCompany) -> None:
    assert [row["template_no"] for row in company.templates()] == [1, 2]


def test_rows_are_limited_to_the_wanted_keys(company: MaestroCompany) -> None:
    assert [row["supplier_code"] for row in company.rows("m_supplier", keys=["B002", "NONE"])] == ["B002"]
    assert company.rows("m_supplier", keys=[]) == []


def test_more_keys_than_one_statement_takes_are_all_found(company: MaestroCompany) -> None:
    many = [f"X{number}" for number in range(2500)]
    assert len(company.rows("m_supplier", keys=[*many, "A001", "B002"])) == 2


def test_a_differential_read_gives_what_changed_at_that_time_or_later(company: MaestroCompany) -> None:
    company.update("m_supplier", {"supplier_code": "B002"}, {"phone": "514-555-0101"}, NOW)
    assert [row["supplier_code"] for row in company.rows("m_supplier", changed_since=NOW)] == ["B002"]
    assert company.rows("m_supplier", changed_since=NOW + timedelta(microseconds=1)) == []


def test_deleted_rows_are_left_out_unless_asked_for(company: MaestroCompany) -> None:
    company.update("m_supplier", {"supplier_code": "B002"}, {"is_deleted": True}, NOW)
    assert company.count("m_supplier") == 1
    assert len(company.rows("m_supplier")) == 1
    assert len(company.rows("m_supplier", include_deleted=True)) == 2


def test_rows_of_another_company_in_the_same_database_are_not_seen(company: MaestroCompany, file: Path) -> None:
    with sqlite3.connect(file) as direct:
        direct.execute("INSERT INTO m_company (company_id, name, tag, currency, environment, security_mode, language)"
                       " VALUES (8, 'Autre', 'AUTRE', 'CAD', 'test', 'local', 'fr')")  # fmt: skip
        direct.execute("INSERT INTO m_supplier (company_id, supplier_code, name, status) VALUES (8, 'A001', 'x', 'A')")
    direct.close()
    seen = MaestroCompany(file, company_id=7)
    assert seen.count("m_supplier") == 2
    assert refusal(MaestroCompany(file).company).reason == "several_companies"
    seen.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda company: company.rows("x_link"),
        lambda company: company.count("m_supplier; --"),
        lambda company: company.high_water("nothing"),
        lambda company: company.insert("m_nothing", {}, NOW),
    ],
    ids=["rows", "count", "high_water", "insert"],
)
def test_an_unknown_table_is_a_mistake_of_the_caller(company: MaestroCompany, call) -> None:
    with pytest.raises(ValueError, match="no table"):
        call(company)


# --- inserting -----------------------------------------------------------------------------------


def test_an_inserted_row_is_there_with_its_housekeeping(company: MaestroCompany) -> None:
    company.insert("m_project", {"project_code": "P26900", "description": "Résidence", "status": "A"}, NOW)
    [row] = company.rows("m_project", keys=["P26900"])
    assert (row["company_id"], row["rowver"], row["changed_at"], row["is_deleted"]) == (7, 1, NOW, False)


def test_text_is_stored_in_nfc(company: MaestroCompany) -> None:
    company.insert("m_supplier", {"supplier_code": "E1", "name": "Be\u0301ton", "status": "A"}, NOW)
    assert supplier(company, "E1")["name"] == "Béton"


def test_quotes_in_a_value_are_only_text(company: MaestroCompany) -> None:
    name = "Robert'); DROP TABLE m_supplier; --"
    company.insert("m_supplier", {"supplier_code": "E2", "name": name, "status": "A"}, NOW)
    assert supplier(company, "E2")["name"] == name


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"supplier_code": "A001"}, "supplier_code", "exists"),
        ({"name": "x" * 61}, "name", "too_long"),
        ({"name": None}, "name", "required"),
        ({"status": "Z"}, "status", "not_allowed"),
        ({"supplier_code": "a001"}, "supplier_code", "not_a_code"),
        ({"supplier_code": " A1"}, "supplier_code", "not_a_code"),
        ({"supplier_code": "ABCDEFGHIJK"}, "supplier_code", "too_long"),
        ({"phone": 4185550101}, "phone", "wrong_type"),
        ({"holdback_pct": "10.001"}, "holdback_pct", "wrong_type"),
        ({"holdback_pct": 0.1}, "holdback_pct", "wrong_type"),
        ({"holdback_pct": "1000.00"}, "holdback_pct", "wrong_type"),
        ({"holdback_pct": "NaN"}, "holdback_pct", "wrong_type"),
        ({"is_subcontractor": "yes"}, "is_subcontractor", "wrong_type"),
        ({"contact": "a\0b"}, "contact", "not_allowed"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_column(company, row, column, reason) -> None:
    whole = {"supplier_code": "NEW1", "name": "Nouveau", "status": "A", **row}
    refused = refusal(company.insert, "m_supplier", whole, NOW)
    assert (refused.table, refused.key, refused.column, refused.reason) == (
        "m_supplier", whole["supplier_code"], column, reason)  # fmt: skip
    assert company.count("m_supplier") == 2


def test_a_missing_required_column_is_named(company: MaestroCompany) -> None:
    assert refusal(company.insert, "m_project", {"project_code": "X1", "status": "A"}, NOW).column == "description"


def test_a_reference_to_nothing_is_refused_with_its_column(company: MaestroCompany) -> None:
    row = {"project_code": "X1", "description": "x", "status": "A", "customer_code": "NOBODY"}
    refused = refusal(company.insert, "m_project", row, NOW)
    assert (refused.column, refused.reason) == ("customer_code", "no_such_reference")


def test_a_second_user_of_the_same_code_is_refused(company: MaestroCompany) -> None:
    refused = refusal(company.insert, "m_user", {"code": "COMPTA"}, NOW)
    assert (refused.column, refused.reason) == ("code", "exists")


def test_an_unknown_column_is_a_mistake_of_the_caller(company: MaestroCompany) -> None:
    with pytest.raises(ValueError, match="no column nickname"):
        company.insert("m_supplier", {"supplier_code": "N1", "name": "x", "status": "A", "nickname": "x"}, NOW)


def test_the_caller_cannot_set_rowver(company: MaestroCompany) -> None:
    with pytest.raises(ValueError, match="written by the company"):
        company.update("m_supplier", {"supplier_code": "A001"}, {"rowver": 9}, NOW)


# --- updating ------------------------------------------------------------------------------------


def test_an_update_raises_rowver_and_changed_at(company: MaestroCompany) -> None:
    assert company.update("m_supplier", {"supplier_code": "A001"}, {"phone": "418-555-0101"}, NOW)
    row = supplier(company, "A001")
    assert (row["phone"], row["rowver"], row["changed_at"]) == ("418-555-0101", 2, NOW)
    assert company.high_water("m_supplier") == 2


def test_an_update_of_a_row_that_changed_meanwhile_writes_nothing(company: MaestroCompany) -> None:
    company.update("m_supplier", {"supplier_code": "A001"}, {"phone": "typed by somebody"}, NOW)
    done = company.update("m_supplier", {"supplier_code": "A001"}, {"phone": "ours"}, NOW, expect={"phone": None})
    assert done is False
    assert supplier(company, "A001")["phone"] == "typed by somebody"


def test_expected_text_is_compared_in_nfc(company: MaestroCompany, file: Path) -> None:
    with sqlite3.connect(file) as direct:
        direct.execute("UPDATE m_supplier SET city = 'Que\u0301bec' WHERE supplier_code = 'A001'")
    direct.close()
    assert company.update("m_supplier", {"supplier_code": "A001"}, {"phone": "1"}, NOW, expect={"city": "Québec"})


def test_an_update_that_changes_nothing_leaves_the_row_alone(company: MaestroCompany) -> None:
    assert company.update("m_supplier", {"supplier_code": "A001"}, {"status": "A"}, NOW)
    assert supplier(company, "A001")["rowver"] == 1


def test_an_update_of_a_row_that_is_gone_says_so(company: MaestroCompany) -> None:
    assert company.update("m_supplier", {"supplier_code": "GONE"}, {"phone": "1"}, NOW) is False


def test_an_update_that_does_not_fit_writes_none_of_its_columns(company: MaestroCompany) -> None:
    key = {"supplier_code": "A001"}
    refused = refusal(company.update, "m_supplier", key, {"phone": "1", "address": "x" * 41}, NOW)
    assert (refused.key, refused.column, refused.reason) == ("A001", "address", "too_long")
    assert supplier(company, "A001")["phone"] is None


def test_an_update_to_a_missing_reference_is_refused(company: MaestroCompany) -> None:
    refused = refusal(company.update, "m_project", {"project_code": "26001"}, {"master_code": "NONE"}, NOW)
    assert (refused.column, refused.reason) == ("master_code", "no_such_reference")


def test_the_key_must_be_whole_and_is_never_changed(company: MaestroCompany) -> None:
    with pytest.raises(ValueError, match="the key of"):
        company.update("m_supplier_address", {"supplier_code": "A001"}, {"phone": "1"}, NOW)
    with pytest.raises(ValueError, match="never changed"):
        company.update("m_supplier", {"supplier_code": "A001"}, {"supplier_code": "A002"}, NOW)


def test_a_clock_that_was_set_back_hides_no_change(company: MaestroCompany) -> None:
    """The clock of a workstation may be an hour off."""
    company.update("m_supplier", {"supplier_code": "A001"}, {"phone": "1"}, NOW)
    seen = company.latest_change("m_supplier")
    company.update("m_supplier", {"supplier_code": "B002"}, {"phone": "2"}, NOW - timedelta(hours=1))
    changed = company.rows("m_supplier", changed_since=seen)
    assert "B002" in [row["supplier_code"] for row in changed]
    assert supplier(company, "B002")["changed_at"] > seen


# --- loading -------------------------------------------------------------------------------------


def test_a_company_that_holds_data_is_not_loaded_again(company: MaestroCompany) -> None:
    assert refusal(company.load_rows, TABLES).reason == "not_empty"
    assert company.count("m_supplier") == 2


def test_a_test_company_is_replaced_as_a_whole(company: MaestroCompany) -> None:
    assert company.load_rows({"m_company": TABLES["m_company"]}, replace=True) == 1
    assert company.count("m_supplier") == 0


def test_a_production_company_is_never_replaced(company: MaestroCompany) -> None:
    company.update("m_company", {"company_id": 7}, {"environment": "production"}, NOW)
    assert refusal(company.load_rows, TABLES, replace=True).reason == "production"
    assert company.count("m_supplier") == 2


def test_a_load_with_one_bad_row_loads_nothing(file: Path) -> None:
    company = MaestroCompany(file)
    company.create_schema()
    twice = {**TABLES, "m_supplier": [TABLES["m_supplier"][0], TABLES["m_supplier"][0]]}
    refused = refusal(company.load_rows, twice)
    assert (refused.key, refused.column, refused.reason) == ("A001", "supplier_code", "exists")
    assert company.is_empty()
    company.close()


def test_projects_are_loaded_after_their_master() -> None:
    rows = [{"company_id": 7, "project_code": code, "master_code": master}
            for code, master in (("C", "B"), ("B", "A"), ("A", None), ("D", "D"))]  # fmt: skip
    assert [row["project_code"] for row in parents_first(M_PROJECT, rows)] == ["A", "D", "B", "C"]


def test_a_company_without_tables_is_empty_and_says_what_is_missing(file: Path) -> None:
    company = MaestroCompany(file)
    assert company.is_empty()
    assert refusal(company.company).reason == "no_table"
    company.create_schema()
    assert company.is_empty()
    assert refusal(company.company).reason == "no_company"
    company.close()


def test_a_view_in_place_of_a_table_is_kept_and_counts_as_data(file: Path) -> None:
    """IT puts views on the real database; nothing may be loaded over them."""
    with sqlite3.connect(file) as direct:
        direct.execute("CREATE TABLE PROJET (NO TEXT, NOM TEXT)")
        direct.execute("INSERT INTO PROJET VALUES ('26001', 'École')")
        direct.execute(
            "CREATE VIEW m_template AS SELECT 1 AS company_id, 1 AS template_no, NOM AS description,"
            " 1 AS rowver, '2026-10-03T12:00:00.000000Z' AS changed_at, 0 AS is_deleted FROM PROJET"
        )
    direct.close()  # fmt: skip
    company = MaestroCompany(file, company_id=1)
    company.create_schema()
    assert not company.is_empty()
    assert refusal(company.load_rows, TABLES).reason == "not_empty"
    assert [row["description"] for row in company.templates()] == ["École"]
    company.close()


def test_making_the_schema_twice_changes_nothing(company: MaestroCompany) -> None:
    company.create_schema()
    assert company.count("m_supplier") == 2


# --- the database --------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_means_unreachable(tmp_path: Path) -> None:
    """SRV-01"""
    company = MaestroCompany(tmp_path / "missing" / "company.db")
    with pytest.raises(CompanyUnreachable):
        company.rows("m_supplier")
    company.close()


def test_a_server_that_nobody_runs_means_unreachable() -> None:
    """SRV-01"""
    pytest.importorskip("psycopg")
    company = MaestroCompany("postgresql+psycopg://nobody@127.0.0.1:1/none", company_id=1)
    with pytest.raises(CompanyUnreachable):
        company.rows("m_supplier")
    company.close()


def test_a_company_locked_by_somebody_else_means_unreachable(company: MaestroCompany, file: Path) -> None:
    direct = sqlite3.connect(file, isolation_level=None)
    direct.execute("BEGIN IMMEDIATE")
    impatient = MaestroCompany(f"sqlite:///{file}?timeout=0")
    with pytest.raises(CompanyUnreachable):
        impatient.update("m_supplier", {"supplier_code": "A001"}, {"phone": "1"}, NOW)
    assert impatient.count("m_supplier") == 2, "readers go on while somebody writes"
    direct.execute("ROLLBACK")
    direct.close()
    assert impatient.update("m_supplier", {"supplier_code": "A001"}, {"phone": "1"}, NOW)
    impatient.close()


def test_a_read_only_company_can_be_read_and_refuses_to_be_written(company: MaestroCompany, file: Path) -> None:
    reader = MaestroCompany(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert reader.count("m_supplier") == 2
    refused = refusal(reader.update, "m_supplier", {"supplier_code": "A001"}, {"phone": "1"}, NOW)
    assert (refused.table, refused.key, refused.reason) == ("m_supplier", "A001", "read_only")
    reader.close()


def test_a_file_that_is_no_database_is_called_damaged(file: Path) -> None:
    file.write_bytes(b"%PDF-1.7 this is not a company at all, but an invoice" * 50)
    company = MaestroCompany(file)
    assert refusal(company.rows, "m_supplier").reason == "damaged"
    company.close()


@pytest.mark.parametrize("address", ["nosuchdatabase://x", "://", "postgresql+nosuchdriver://x"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        MaestroCompany(address)


def test_where_there_is_no_company_every_question_is_answered_with_the_reason() -> None:
    """A method that the door gets later must not be missing here."""
    asked = [name for name in vars(Company) if not name.startswith("_")]
    assert {"rows", "next_number", "insert_document", "update_document"} <= set(asked)
    for name in asked:
        assert refusal(getattr(AbsentCompany("no_company"), name)).reason == "no_company"


# --- fewer columns -------------------------------------------------------------------------------


def test_rows_carry_the_columns_that_were_asked_for(company: MaestroCompany) -> None:
    whole = company.rows("m_supplier", keys=["A001"])
    narrow = company.rows("m_supplier", keys=["A001"], columns=("supplier_code", "phone"))
    assert narrow == [{name: row[name] for name in ("supplier_code", "phone")} for row in whole]
    with pytest.raises(ValueError, match="no column nickname"):
        company.rows("m_supplier", columns=("nickname",))
