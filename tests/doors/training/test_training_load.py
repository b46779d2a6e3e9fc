"""A training company from a file: loaded whole, or refused with the table, the row and the column."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.model.problems import Refused
from maestro_procore.training.load import read
from tests.doors.training.whole_company import whole

Content = dict[str, Any]


def _content() -> Content:
    made = whole("small")
    return {"maestro": copy.deepcopy(made.company), "procore": copy.deepcopy(made.procore)}


def _written(folder: Path, content: Any) -> Path:
    file = folder / "company.json"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


def test_a_whole_company_is_read(tmp_path: Path) -> None:
    found = read(_written(tmp_path, _content()))
    assert found.maestro == whole("small").company
    assert found.procore == whole("small").procore


def test_a_file_made_for_the_sandbox_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "company.json"
    file.write_text(whole("small").to_json(), encoding="utf-8")
    assert len(read(file).maestro["m_project"]) == 12


def test_company_ids_may_be_left_out(tmp_path: Path) -> None:
    content = _content()
    for row in content["maestro"]["m_supplier"]:
        del row["company_id"]
    assert read(_written(tmp_path, content)).maestro["m_supplier"][0]["company_id"] == 1


def _set(part: str, table: str, row: int, column: str, value: Any) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        content[part][table][row][column] = value

    return change


def _without(part: str, table: str, row: int, column: str) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        del content[part][table][row][column]

    return change


def _twice(part: str, table: str) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        content[part][table].append(dict(content[part][table][0]))

    return change


def _table(part: str, table: str, rows: Any) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        content[part][table] = rows

    return change


M, P = "maestro", "procore"
POS = "purchase_order_contracts"
# What is wrong → table, row, column and reason that are told.
WRONG: dict[str, tuple[Callable[[Content], None], tuple[Any, ...]]] = {
    "an amount in words": (_set(M, "m_order_line", 3, "amount", "abc"), ("m_order_line", 4, "amount", "wrong_type")),
    "three decimals": (
        _set(M, "m_budget", 0, "original_cost", "1.005"), ("m_budget", 1, "original_cost", "wrong_type"),
    ),
    "a float": (_set(M, "m_budget", 1, "original_cost", 1.5), ("m_budget", 2, "original_cost", "wrong_type")),
    "a name too long": (_set(M, "m_supplier", 9, "name", "x" * 61), ("m_supplier", 10, "name", "too_long")),
    "no name": (_without(M, "m_project", 1, "description"), ("m_project", 2, "description", "required")),
    "a status of nowhere": (_set(M, "m_order", 0, "status", "maybe"), ("m_order", 1, "status", "not_allowed")),
    "a column of nowhere": (_set(M, "m_order", 2, "colour", "red"), ("m_order", 3, "colour", "unknown_column")),
    "a table of nowhere": (_table(M, "m_colour", []), ("m_colour", None, None, "unknown_table")),
    "a table that is no list": (_table(M, "m_order", {"a": 1}), ("m_order", None, None, "no_rows")),
    "a row that is no object": (_table(M, "m_order", [7]), ("m_order", 1, None, "no_rows")),
    "a supplier of nowhere": (
        _set(M, "m_order", 4, "supplier_code", "NOBODY"), ("m_order", 5, "supplier_code", "no_such_reference"),
    ),
    "a supplier twice": (_twice(M, "m_supplier"), ("m_supplier", 61, "supplier_code", "exists")),
    "two companies": (_twice(M, "m_company"), ("m_company", None, "company_id", "several_companies")),
    "no company": (_table(M, "m_company", []), ("m_company", None, "company_id", "no_company")),
    "another company": (_set(M, "m_order", 1, "company_id", 2), ("m_order", 2, "company_id", "no_such_reference")),
    "a production company": (
        _set(M, "m_company", 0, "environment", "production"), ("m_company", 1, "environment", "production"),
    ),
    "no company in Procore": (_table(P, "companies", []), ("companies", None, None, "no_company")),
    "a resource of nowhere": (_table(P, "colours", []), ("colours", None, None, "unknown_table")),
    "a record without id": (_without(P, POS, 2, "id"), (POS, 3, "id", "required")),
    "an id that is text": (_set(P, "vendors", 0, "id", "7"), ("vendors", 1, "id", "wrong_type")),
    "a record twice": (_twice(P, "vendors"), ("vendors", 48, "id", "exists")),
    "a project of nowhere": (_set(P, POS, 5, "project_id", 7), (POS, 6, "project_id", "no_such_reference")),
    "no project": (_without(P, "wbs_codes", 0, "project_id"), ("wbs_codes", 1, "project_id", "required")),
}  # fmt: skip


@pytest.mark.parametrize(("change", "told"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_row_is_named(tmp_path: Path, change: Callable[[Content], None], told: tuple[Any, ...]) -> None:
    content = _content()
    change(content)
    with pytest.raises(Refused) as refused:
        read(_written(tmp_path, content))
    problem = refused.value.problem
    assert problem.code == "TRN-05"
    assert tuple(problem.args[name] for name in ("table", "row", "column", "reason")) == told


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"maestro": {}}', '{"maestro": [], "procore": {}}', '{"maestro": {}, "procore": 1}'],
    ids=["empty", "broken", "a list", "no parts", "one part", "a part that is a list", "a part that is a number"],
)
def test_a_file_that_is_no_company_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "company.json"
    file.write_text(text)
    with pytest.raises(Refused) as refused:
        read(file)
    assert refused.value.problem.code == "TRN-04"
    assert refused.value.problem.args["file"] == str(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read(tmp_path / "nowhere.json")
    assert refused.value.problem.code == "TRN-04"


def test_a_value_that_the_sandbox_cannot_take_is_refused(tmp_path: Path) -> None:
    content = _content()
    content["procore"]["change_order_packages"][0]["line_items"] = 7
    with pytest.raises(Refused) as refused:
        read(_written(tmp_path, content))
    assert refused.value.problem.code == "TRN-04"
    assert "procore" in str(refused.value.problem.args["text"])
