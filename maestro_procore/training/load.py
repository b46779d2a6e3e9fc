"""A training company from a file: read, checked row by row on both sides, and only then put in place of the other one.

The file is a JSON object of two parts: maestro, rows per m_ table with the columns of the reference's section 5.1, and
procore, rows per collection word in the shape of Procore's show answers. Nothing of a wrong file is loaded.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.erp.maestro_tables import table_of
from maestro_procore.erp.row_rules import checked, key_text
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import CompanyRefused
from maestro_procore.sandbox.application import Sandbox
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.scopes import scope_of_start_row
from maestro_procore.sandbox.sign_in import USERS
from maestro_procore.sandbox.start_data import StartData

Row = dict[str, Any]
Rows = dict[str, list[Row]]

# Part → the words it may stand under: a file made for the sandbox calls maestro*'s side `company`.
_PARTS = {"maestro": ("maestro", "company"), "procore": ("procore",)}
_COMPANY = "m_company"
REASONS = frozenset({"unknown_table", "unknown_column", "no_rows"})
"""Why a file was refused, beside the reasons of row_rules.REASONS."""
_RESOURCES = {resource.name: resource for resource in RESOURCES}
_COLLECTIONS = frozenset({"companies", USERS, *_RESOURCES})


@dataclass(frozen=True)
class CompanyFile:
    """Both sides of a company, checked."""

    maestro: Rows
    procore: Rows

    def to_json(self) -> str:
        """As the sandbox takes it with `--company FILE`."""
        return json.dumps({"company": self.maestro, "procore": self.procore}, ensure_ascii=False)


def read(file: Path) -> CompanyFile:
    """Errors: Refused: TRN-04 the file as a whole, TRN-05 one row, with its table, number from 1 and column."""
    content = _json(file)
    parts: dict[str, Rows] = {}
    for part, words in _PARTS.items():
        rows = next((content[word] for word in words if word in content), None)
        if not isinstance(rows, dict):
            raise _unreadable(file, part)
        for name, listed in rows.items():
            _check_list(name, listed)
        parts[part] = rows
    found = CompanyFile(parts["maestro"], parts["procore"])
    _check_maestro(found.maestro)
    _check_procore(file, found)
    return found


def _json(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(file, str(error.strerror)) from error
    except ValueError as error:
        raise _unreadable(file, str(error)) from error
    if not isinstance(content, dict):
        raise _unreadable(file, ", ".join(_PARTS))
    return content


def _unreadable(file: Path, text: str) -> Refused:
    return Refused(Problem("TRN-04", {"file": str(file), "text": text}))


def _wrong(table: str, row: int | None, column: str | None, reason: str) -> Refused:
    return Refused(Problem("TRN-05", {"table": table, "row": row, "column": column, "reason": reason}))


def _check_list(name: str, listed: Any) -> None:
    if not isinstance(listed, list):
        raise _wrong(name, None, None, "no_rows")
    for number, row in enumerate(listed, start=1):
        if not isinstance(row, dict):
            raise _wrong(name, number, None, "no_rows")


# --- maestro* ---------------------------------------------------------------------------------------


def _check_maestro(tables: Rows) -> None:
    """Each row by itself, then all together in a company that is thrown away."""
    companies = tables.get(_COMPANY) or []
    if len(companies) != 1:
        raise _wrong(_COMPANY, None, "company_id", "several_companies" if companies else "no_company")
    for name, rows in tables.items():
        _check_table(name, rows, companies[0].get("company_id"))
    if companies[0].get("environment") == "production":
        raise _wrong(_COMPANY, 1, "environment", "production")
    with contextlib.closing(MaestroCompany("sqlite://")) as trial:
        trial.create_schema()
        try:
            trial.load_rows(tables)
        except CompanyRefused as refused:
            number = _number_of(refused, tables.get(refused.table) or [])
            raise _wrong(refused.table, number, refused.column, refused.reason) from refused


def _check_table(name: str, rows: list[Row], company_id: Any) -> None:
    try:
        table = table_of(name)
    except ValueError:
        raise _wrong(name, None, None, "unknown_table") from None
    for number, row in enumerate(rows, start=1):
        if name != _COMPANY:
            row.setdefault("company_id", company_id)
            if row["company_id"] != company_id:
                raise _wrong(name, number, "company_id", "no_such_reference")
        unknown = sorted(set(row) - set(table.columns.keys()))
        if unknown:
            raise _wrong(name, number, unknown[0], "unknown_column")
        try:
            checked(table, row, is_new=True)
        except CompanyRefused as refused:
            raise _wrong(name, number, refused.column, refused.reason) from refused


def _number_of(refused: CompanyRefused, rows: list[Row]) -> int | None:
    """Which row it was: the last of that key, because the first of two may stand."""
    table = table_of(refused.table)
    found = [number for number, row in enumerate(rows, start=1) if key_text(table, row) == refused.key]
    return found[-1] if found else None


# --- Procore ----------------------------------------------------------------------------------------


def _check_procore(file: Path, found: CompanyFile) -> None:
    """Ids, what rows stand in, and at last a sandbox that is thrown away."""
    if not found.procore.get("companies"):
        raise _wrong("companies", None, None, "no_company")
    for name, rows in found.procore.items():
        if name not in _COLLECTIONS:
            raise _wrong(name, None, None, "unknown_table")
        seen: set[int] = set()
        for number, row in enumerate(rows, start=1):
            if not isinstance(row.get("id"), int) or isinstance(row["id"], bool):
                raise _wrong(name, number, "id", "required" if row.get("id") is None else "wrong_type")
            if row["id"] in seen:
                raise _wrong(name, number, "id", "exists")
            seen.add(row["id"])
    _check_parents(found.procore)
    try:
        Sandbox(SandboxOptions(), data=StartData(found.maestro, found.procore)).close()
    except Exception as error:  # whatever a value of a wrong type breaks, the file is to blame
        raise _unreadable(file, f"procore: {type(error).__name__}: {error}") from error


def _check_parents(collections: Rows) -> None:
    """Every row that stands in a project or a list names one that is there."""
    ids = {name: {row["id"] for row in rows} for name, rows in collections.items()}
    for name, rows in collections.items():
        scope = _RESOURCES[name].scope if name in _RESOURCES else None
        if scope is None or scope.optional:
            continue
        for number, row in enumerate(rows, start=1):
            parent = scope_of_start_row(scope, row)
            if parent is None:
                raise _wrong(name, number, scope.key, "required")
            if parent not in ids.get(scope.collection, set()):
                raise _wrong(name, number, scope.key, "no_such_reference")
