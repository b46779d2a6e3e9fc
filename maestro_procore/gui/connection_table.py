"""The list of connections: where each leads, as whom it acts, whether it works and when that was last seen."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject

from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask
from maestro_procore.gui.cell_delegate import Cell
from maestro_procore.gui.documents_tables import FileTable, whole
from maestro_procore.gui.formats import Clock, Words
from maestro_procore.gui.grid_view import RIGHT, Column
from maestro_procore.i18n import text
from maestro_procore.model.connections import Platform, State
from maestro_procore.model.microsoft_clouds import GLOBAL, cloud_of

KINDS: Mapping[State, str] = {
    State.SUCCEEDED: "",
    State.UNTESTED: "",
    State.FAILED: "error",
    State.ENDED: "warning",
}
"""State → the sign in front of its words."""


@dataclass(frozen=True)
class ConnectionQuery:
    """Which connections: words of their name, and a platform, '' for all."""

    words: str = ""
    platform: str = ""


def chosen(rows: Sequence[Any], query: ConnectionQuery) -> list[Any]:
    """Those whose name, domain or identity holds every word (F147)."""
    wanted = _plain(query.words).split()
    return [
        row
        for row in rows
        if (not query.platform or row.details.platform == query.platform)
        and all(word in _plain(f"{row.name} {row.details.url} {row.acts_as} {row.login}") for word in wanted)
    ]


def _plain(words: str) -> str:
    """Without case and accents: who searches for Quebec finds Québec."""
    split = unicodedata.normalize("NFD", words.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def domain_of(row: Any) -> str:
    """What stands in the column Domain: an address; of Microsoft the organization, and a national cloud."""
    details = row.details
    if details.platform is not Platform.MICROSOFT:
        return str(details.url)
    cloud = cloud_of(details.url)
    parts = [details.tenant, "" if cloud in (None, GLOBAL) else text(f"connection.cloud.{cloud.name}")]
    return " · ".join(part for part in parts if part)


def _state(row: Any) -> Words:
    if row.problem is not None:
        return Words(KINDS[row.state], formats.sentence(row.problem), formats.remedy(row.problem))
    return Words(KINDS[row.state], text(f"connection.state.{row.state.value}"))


class ConnectionTable(FileTable):
    """Rows are engine.connection_commands.Connection; the query is a ConnectionQuery."""

    cells: Mapping[str, Callable[[Any, datetime], Cell]] = {
        "platform": lambda row, _at: Cell(text(f"connection.platform.{row.details.platform.value}")),
        "name": lambda row, _at: Cell(formats.one_line(row.name), is_bold=True),
        "domain": lambda row, _at: Cell(formats.one_line(domain_of(row))),
        "company": lambda row, _at: Cell(formats.one_line(row.details.company_name)),
        "acts_as": lambda row, _at: Cell(formats.one_line(row.acts_as), is_dim=not row.acts_as),
        "users": lambda row, _at: Cell(formats.count(row.users), is_dim=not row.users),
        "tested_at": lambda row, at: Cell(formats.moment(row.tested_at, at), is_dim=row.tested_at is None),
        "state": lambda row, _at: Cell(words=_state(row)),
    }

    def __init__(self, desk: Any, ask: Ask, clock: Clock, parent: QObject) -> None:
        source = whole(lambda query: chosen(desk.commands.connections.rows(), query), lambda row: row.id)
        columns = [
            _column("platform", 150, is_rigid=True),
            _column("name", 150, most=260),
            _column("domain", 150, most=260, rank=2),
            _column("company", 150, most=260, rank=1),
            _column("acts_as", 150, most=260),
            _column("users", 70, align=RIGHT, is_rigid=True, rank=3),
            _column("tested_at", 120, is_rigid=True, rank=1),
            _column("state", 180, kind="message", stretches=True),
        ]
        super().__init__(columns, source, ask, clock, parent)

    def tooltip_of(self, row: Any, column: Column) -> str:
        return formats.exact(row.tested_at) if column.id == "tested_at" else super().tooltip_of(row, column)


def _column(name: str, width: int, **rest: Any) -> Column:
    return Column(name, f"connection.column.{name}", width, is_sortable=False, **rest)
