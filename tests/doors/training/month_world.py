"""A fresh small company on both sides, and the month scenario played on it."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.erp.maestro_tables import METADATA
from maestro_procore.places import Profile
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.training_company import generate
from maestro_procore.training.play import Played, play
from tests.programs import Control, sandbox_inside

Row = dict[str, Any]
NOW = datetime(2027, 1, 5, 15, 0, tzinfo=UTC)
HOUSEKEEPING = ("rowver", "changed_at")


@dataclass
class MonthWorld:
    """Both sides. Answers are plain rows."""

    profile: Profile
    company: MaestroCompany
    control: Control
    _token: str | None = None

    def play(self, day: int) -> Played:
        return play(self.profile, self.company, self.control.url, day, lambda: NOW)

    def maestro(self, table: str, **match: Any) -> list[Row]:
        """Rows that hold these values."""
        return [row for row in self.company.rows(table) if all(row[key] == value for key, value in match.items())]

    def procore(self, collection: str, **match: Any) -> list[Row]:
        return [
            row for row in self.control.state(collection) if all(row.get(key) == value for key, value in match.items())
        ]

    def only(self, place: str, **match: Any) -> Row:
        """The one record of either side with these values."""
        [row] = self.maestro(place, **match) if place.startswith("m_") else self.procore(place, **match)
        return row

    def lines(self, document: str, description: str | None = None) -> list[Row]:
        """The lines of a transaction, by its number and, where two share it, its description."""
        known = {"document_no": document} | ({} if description is None else {"description": description})
        return self.maestro("m_transaction_line", trans_id=self.only("m_transaction", **known)["trans_id"])

    def ask(self, path: str, **query: Any) -> Any:
        """An answer of Procore's API, as our program would get it."""
        line = self.control.line
        if self._token is None:
            wish = {"grant_type": "client_credentials", **{k: line[k] for k in ("client_id", "client_secret")}}
            self._token = _answer(f"{line['procore_login']}/oauth/token", {}, wish)["access_token"]
        headers = {"Authorization": f"Bearer {self._token}", "Procore-Company-Id": str(line["company_id"])}
        return _answer(f"{line['procore_api']}{path}?{urllib.parse.urlencode(query)}", headers)

    def state(self) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
        """Everything that both sides hold, without the times of changes."""
        maestro = {
            table.name: [
                {key: value for key, value in row.items() if key not in HOUSEKEEPING}
                for row in self.company.rows(table.name, include_deleted=True)
            ]
            for table in METADATA.sorted_tables
        }
        procore = {
            resource.name: [_timeless(row) for row in self.control.state(resource.name)] for resource in RESOURCES
        }
        return maestro, procore


@contextmanager
def month_world(root: Path, **options: Any) -> Iterator[MonthWorld]:
    """The small company before its first synchronization. options: of the sandbox."""
    with sandbox_inside(**options) as control, closing(MaestroCompany(root / "company.sqlite")) as company:
        company.create_schema()
        company.load_rows(generate("small").company)
        yield MonthWorld(Profile(root), company, control)


def _answer(url: str, headers: dict[str, str], body: Row | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def _timeless(value: Any) -> Any:
    """Without times of changes; addresses of files without their host and the hour at which they expire."""
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items() if not key.endswith("_at")}
    if isinstance(value, str) and "signature=" in value:
        return urllib.parse.urlsplit(value).path
    return [_timeless(each) for each in value] if isinstance(value, list) else value
