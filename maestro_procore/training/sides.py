"""Both sides of a training company as the players of a scenario reach them: people with a keyboard, not our engine.

maestro* is written like plain SQL of a user, through erp/; Procore through the sandbox's control interface.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from maestro_procore.erp.maestro_columns import as_python
from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.erp.maestro_tables import key_columns, table_of
from maestro_procore.model.problems import Problem, Refused

Row = dict[str, Any]
_SECONDS = 60


class MaestroSide:
    """The embedded company. now: the time of each change, aware, UTC."""

    name = "maestro"

    def __init__(self, company: MaestroCompany, now: Callable[[], datetime]) -> None:
        self._company, self._now = company, now
        self._read: dict[str, list[Row]] = {}

    def find(self, table: str, match: Mapping[str, Any]) -> list[Row]:
        """The rows that hold all these values."""
        columns = table_of(table).columns
        wanted = {name: as_python(columns[name], value) for name, value in match.items()}
        rows = self._read.get(table)
        if rows is None:
            rows = self._read[table] = self._company.rows(table)
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def holds(self, table: str, row: Row, values: Mapping[str, Any]) -> bool:
        """Whether the row has these values already."""
        columns = table_of(table).columns
        return all(row[name] == as_python(columns[name], value) for name, value in values.items())

    def enter(self, table: str, values: Mapping[str, Any]) -> None:
        """A new row. Errors: CompanyRefused."""
        self._read.pop(table, None)
        self._company.insert(table, values, self._now())

    def change(self, table: str, row: Row, values: Mapping[str, Any]) -> None:
        """Other values in a row. Errors: CompanyRefused."""
        self._read.pop(table, None)
        key = {column.name: row[column.name] for column in key_columns(table_of(table))}
        self._company.update(table, key, values, self._now())

    def remove(self, table: str, row: Row) -> None:
        """maestro* keeps its rows and marks them."""
        self.change(table, row, {"is_deleted": True})


class ProcoreSide:
    """The sandbox, as another user of Procore. control: address of its control interface."""

    name = "procore"

    def __init__(self, control: str) -> None:
        self._control = control
        self._read: dict[str, list[Row]] = {}

    def find(self, collection: str, match: Mapping[str, Any]) -> list[Row]:
        """The records that show all these values."""
        rows = self._read.get(collection)
        if rows is None:
            rows = self._read[collection] = self._ask("GET", f"state/{collection}")
        return [row for row in rows if all(row.get(name) == _plain(value) for name, value in match.items())]

    def holds(self, collection: str, row: Row, values: Mapping[str, Any]) -> bool:
        """Whether the record shows these values already; what it does not show counts as different."""
        del collection
        return all(name in row and row[name] == _plain(value) for name, value in values.items())

    def enter(self, collection: str, values: Mapping[str, Any]) -> None:
        """A new record. Errors: Refused (TRN-03, CLI-05)."""
        self._write(collection, values)

    def change(self, collection: str, row: Row, values: Mapping[str, Any]) -> None:
        """Other values in a record. Errors: as enter."""
        self._write(collection, {**values, "id": row["id"]})

    def remove(self, collection: str, row: Row) -> None:
        """Deleted as Procore does it: some records stay, marked. Errors: as enter."""
        self._read.clear()
        self._ask("DELETE", f"state/{collection}/{row['id']}")

    def _write(self, collection: str, values: Mapping[str, Any]) -> None:
        self._read.clear()  # sums and names of other records follow
        self._ask("POST", f"state/{collection}", {name: _plain(value) for name, value in values.items()})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._control}/{path}", data, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - loopback
                return json.load(answer)
        except urllib.error.HTTPError as error:
            told = error.read().decode(errors="replace")
            raise Refused(Problem("TRN-03", {"path": path, "text": told[:500]})) from error
        except OSError as error:
            raise Refused(Problem("CLI-05", {"url": self._control})) from error


def _plain(value: Any) -> Any:
    """A value of maestro* as JSON has it: dates and amounts are text there."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
