"""The m_ tables keep the promises of the schema on every database that a company may use."""

from __future__ import annotations

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects import mssql, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from maestro_procore.erp.maestro_tables import METADATA, key_columns, table_of

TABLES = METADATA.sorted_tables

# Lengths that maestro*'s own pages document, and one of each element.
DOCUMENTED_LENGTHS = {
    ("m_company", "neq"): 10, ("m_company", "prefix"): 10, ("m_project", "project_code"): 10,
    ("m_project", "description"): 100, ("m_project", "address"): 40, ("m_project", "city"): 60,
    ("m_supplier", "supplier_code"): 10, ("m_supplier", "name"): 60, ("m_contract", "contract_no"): 10,
    ("m_order", "external_no"): 255, ("m_activity", "activity_code"): 20, ("m_order", "order_no"): 12,
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_can_be_read_differentially(table: Table) -> None:
    assert {"company_id", "rowver", "changed_at", "is_deleted"} <= set(table.columns.keys())
    assert ("company_id", "changed_at") in [tuple(index.columns.keys()) for index in table.indexes]


def test_there_is_a_table_for_everything_that_maestro_keeps() -> None:
    assert len(TABLES) == 30
    assert all(table.name.startswith("m_") for table in TABLES)


@pytest.mark.parametrize(("place", "length"), DOCUMENTED_LENGTHS.items(), ids=lambda value: str(value))
def test_documented_lengths_are_kept(place: tuple[str, str], length: int) -> None:
    table, column = place
    assert table_of(table).c[column].type.length == length


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_amount_becomes_a_binary_fraction(table: Table) -> None:
    for dialect in (sqlite, postgresql, mssql):
        made = str(CreateTable(table).compile(dialect=dialect.dialect())).upper()
        assert not any(word in made for word in (" REAL", "FLOAT", "DOUBLE")), made
    assert "NUMERIC" not in str(CreateTable(table).compile(dialect=sqlite.dialect())).upper()


def test_the_key_of_a_row_leaves_the_company_out() -> None:
    assert [column.name for column in key_columns(table_of("m_supplier_address"))] == ["supplier_code", "address_no"]
    assert [column.name for column in key_columns(table_of("m_order"))] == ["order_id"]
    assert [column.name for column in key_columns(table_of("m_company"))] == ["company_id"]
