"""What a plan that waits for approval means: counts by tool, names that change, and the listings of both sides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model.file_items import Flow
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.file_settings import conflict_rule
from maestro_procore.model.file_winners import if_they_differ
from maestro_procore.store.database import Database
from maestro_procore.store.file_plans import OPEN_STEPS
from maestro_procore.store.file_tables import APART, CONFLICT, PAIR, PROJECT, SEEN, STEP

_MADE_BY_US: Final = ("keep_both", "name_freed")
"""Rules of steps that stand for no item of either listing: a copy of a conflict's loser, a name for a moment."""
_KIND: Final[Mapping[tuple[str, str], str]] = {
    ("copy", "drive"): "only_procore",
    ("copy", "procore"): "only_drive",
    ("create_folder", "drive"): "folders",
    ("create_folder", "procore"): "folders",
    ("adopt", "drive"): "equal",
    ("adopt", "procore"): "equal",
    ("compare", "procore"): "compare",
}


@dataclass(frozen=True)
class FilePlanRow:
    """The plan of one tool in files. only_*: on that side alone. equal: on both, the same. compare: of one size, to be
    read before it is known. conflicts: the same name with another content. folders: to be made. bytes: to copy there.
    """

    tool: str
    procore_files: int
    drive_files: int
    only_procore: int = 0
    only_drive: int = 0
    equal: int = 0
    compare: int = 0
    conflicts: int = 0
    folders: int = 0
    apart: int = 0
    drive_bytes: int = 0
    procore_bytes: int = 0


@dataclass(frozen=True)
class RenamedRow:
    """An item whose name the other side cannot hold: what it will be called there (F241 to F245)."""

    tool: str
    path: str
    name: str
    new_name: str


@dataclass(frozen=True)
class ListedRow:
    """One line of the listings: an item and what the plan makes of it. None: it is not on that side.

    settled, winner: of a conflict, and of two that are to be compared should they differ (model/file_winners.py).
    """

    tool: str
    path: str
    is_folder: bool
    state: str
    procore_bytes: int | None
    procore_modified: datetime | None
    drive_bytes: int | None
    drive_modified: datetime | None
    settled: str = ""
    winner: str | None = None


@dataclass(frozen=True)
class DifferingRow:
    """A file that differs on both sides, and what the plan makes of it. copy_name: of the loser; '': no copy."""

    tool: str
    path: str
    kind: str
    settled: str
    winner: str | None
    copy_name: str


class FilePlanViews:
    """Reads of one project each; the listings come piece by piece."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, project_id: int) -> list[FilePlanRow]:
        """Of the newest plan that is not carried out, by tool (F113, F122)."""
        with self._database.read() as tx:
            return [_plan_row(tx, pair) for pair in _pairs(tx, project_id)]

    def renamed(self, project_id: int, limit: int = 500) -> list[RenamedRow]:
        """Names that the plan changes on their way, by tool and path."""
        columns = (PAIR.c.tool, STEP.c.path, STEP.c.name, STEP.c.saw, STEP.c.target)
        query = sa.select(*columns).join(PAIR, PAIR.c.id == STEP.c.pair_id)
        query = query.where(PAIR.c.project_id == project_id, STEP.c.state.in_(OPEN_STEPS))
        query = query.where(STEP.c.verb.in_(("copy", "create_folder")), STEP.c.rule.not_in(_MADE_BY_US))
        found: list[RenamedRow] = []
        with self._database.read() as tx:
            for row in tx.execute(query.order_by(PAIR.c.tool, STEP.c.path)):
                source = row.saw.get("procore" if row.target == "drive" else "drive")
                if source and row.name and source["name"] != row.name:
                    found.append(RenamedRow(row.tool, row.path, source["name"], row.name))
                    if len(found) == limit:
                        break
        return found

    def differing(self, project_id: int) -> list[DifferingRow]:
        """Every conflict that the open plan settles or leaves, by tool and path."""
        with self._database.read() as tx:
            return [row for pair in _pairs(tx, project_id) for row in _differing(tx, pair)]

    def listing(self, project_id: int) -> Iterator[ListedRow]:
        """Everything that both sides hold, by tool and path, with what the plan makes of it."""
        with self._database.read() as tx:
            for pair in _pairs(tx, project_id):
                yield from _listed(tx, pair)


def _pairs(tx: Connection, project_id: int) -> list[Mapping[str, Any]]:
    columns = (PAIR, PROJECT.c.settings, PROJECT.c.phase)
    query = sa.select(*columns).join(PROJECT, PROJECT.c.id == PAIR.c.project_id)
    query = query.where(PAIR.c.project_id == project_id).order_by(PAIR.c.id)
    return [dict(row._mapping) for row in tx.execute(query)]


def _plan_row(tx: Connection, pair: Mapping[str, Any]) -> FilePlanRow:
    counts: dict[str, int] = {}
    sizes = {"drive": 0, "procore": 0}
    columns = (STEP.c.verb, STEP.c.target, STEP.c.is_folder, STEP.c.rule)
    query = sa.select(*columns, sa.func.count(), sa.func.sum(STEP.c.size_bytes))
    query = query.where(STEP.c.pair_id == pair["id"], STEP.c.state.in_(OPEN_STEPS)).group_by(*columns)
    for verb, target, is_folder, rule, n, size in tx.execute(query):
        kind = _KIND.get((verb, target))
        if verb in ("copy", "version"):
            sizes[target] += int(size or 0)
        if kind is not None and rule not in _MADE_BY_US and (kind == "folders" or not is_folder):
            counts[kind] = counts.get(kind, 0) + n
    of_pair = (CONFLICT.c.pair_id == pair["id"]) & CONFLICT.c.request_id.in_(_requests(pair["id"]))
    conflicts = int(tx.execute(sa.select(sa.func.count()).select_from(CONFLICT).where(of_pair)).scalar() or 0)
    apart = sa.select(sa.func.count()).select_from(APART).where(APART.c.pair_id == pair["id"])
    files = sa.select(SEEN.c.side, sa.func.count()).where(SEEN.c.pair_id == pair["id"], SEEN.c.is_folder.is_(False))
    held = {row[0]: row[1] for row in tx.execute(files.group_by(SEEN.c.side))}
    return FilePlanRow(
        pair["tool"],
        procore_files=held.get("procore", 0),
        drive_files=held.get("drive", 0),
        conflicts=conflicts,
        apart=int(tx.execute(apart).scalar() or 0),
        drive_bytes=sizes["drive"],
        procore_bytes=sizes["procore"],
        **counts,
    )


def _differing(tx: Connection, pair: Mapping[str, Any]) -> Iterator[DifferingRow]:
    query = sa.select(CONFLICT).where(CONFLICT.c.pair_id == pair["id"])
    query = query.where(CONFLICT.c.is_open | CONFLICT.c.request_id.in_(_requests(pair["id"])))
    for row in tx.execute(query.order_by(CONFLICT.c.path, CONFLICT.c.id)):
        yield DifferingRow(pair["tool"], row.path or row.name, row.kind, row.settled, row.winner, row.copy_name)


def _requests(pair_id: int) -> Any:
    """The request whose plan is open."""
    return sa.select(STEP.c.request_id).where(STEP.c.pair_id == pair_id, STEP.c.state.in_(OPEN_STEPS)).distinct()


# --- listings ---------------------------------------------------------------------------------------------


def _listed(tx: Connection, pair: Mapping[str, Any]) -> Iterator[ListedRow]:
    sides = {side: _seen(tx, pair, side) for side in ("procore", "drive")}
    states, partner, outcomes = _states(tx, pair["id"])
    rule = conflict_rule(pair["settings"], pair["tool"], is_first=pair["phase"] != FilePhase.REGULAR)
    rows: list[ListedRow] = []
    for side, items in sides.items():
        for item_id, (path, item) in items.items():
            other = sides["drive" if side == "procore" else "procore"].get(partner.get((side, item_id), ""))
            if other is not None and side == "drive":
                continue  # it stands beside Procore's
            state = states.get((side, item_id), "rest")
            here, there = (item, other[1] if other else None)
            procore, drive = (here, there) if side == "procore" else (there, here)
            outcome = outcomes.get((side, item_id), ("", None))
            if state == "compare" and procore is not None and drive is not None:
                outcome = if_they_differ(rule, Flow(pair["flow"]), procore.modified, drive.modified)
            rows.append(_row(pair["tool"], path, state, procore, drive, outcome))
    yield from sorted(rows, key=lambda row: (row.path.casefold(), row.path))


def _row(tool: str, path: str, state: str, procore: Any, drive: Any, outcome: tuple[str, str | None]) -> ListedRow:
    return ListedRow(
        tool,
        path,
        bool((procore or drive).is_folder),
        state,
        None if procore is None else procore.size_bytes,
        None if procore is None else procore.modified,
        None if drive is None else drive.size_bytes,
        None if drive is None else drive.modified,
        *outcome,
    )


def _seen(tx: Connection, pair: Mapping[str, Any], side: str) -> dict[str, tuple[str, Any]]:
    """Id → path below the tool's folder, and the item."""
    columns = (SEEN.c.id, SEEN.c.parent_id, SEEN.c.name, SEEN.c.is_folder, SEEN.c.size_bytes, SEEN.c.modified)
    query = sa.select(*columns).where(SEEN.c.pair_id == pair["id"], SEEN.c.side == side)
    items = {row.id: row for row in tx.execute(query)}
    root = pair["procore_root" if side == "procore" else "drive_root"]
    paths: dict[str, str] = {root: ""}

    def path_of(item_id: str) -> str:
        names: list[str] = []
        one, passed = item_id, set[str]()
        while one not in paths and one in items and one not in passed:
            passed.add(one)
            names.append(items[one].name)
            one = items[one].parent_id
        head = paths.get(one, "")
        paths[item_id] = "/".join([*([head] if head else []), *reversed(names)])
        return paths[item_id]

    return {item_id: (path_of(item_id), item) for item_id, item in items.items() if item_id != root}


_Key = tuple[str, str]


def _states(
    tx: Connection, pair_id: int
) -> tuple[dict[_Key, str], dict[_Key, str], dict[_Key, tuple[str, str | None]]]:
    """(side, id) → what becomes of it, → the id of the same thing on the other side, → how its conflict is settled."""
    outcomes: dict[_Key, tuple[str, str | None]] = {}
    states: dict[_Key, str] = {}
    partner: dict[_Key, str] = {}
    columns = (STEP.c.verb, STEP.c.target, STEP.c.procore_id, STEP.c.drive_id, STEP.c.rule)
    query = sa.select(*columns).where(STEP.c.pair_id == pair_id, STEP.c.state.in_(OPEN_STEPS))
    for verb, target, procore_id, drive_id, rule in tx.execute(query):
        kind = _KIND.get((verb, target), "rest")
        if kind == "folders":
            kind = "only_procore" if target == "drive" else "only_drive"
        if rule not in _MADE_BY_US:
            _note(states, partner, procore_id, drive_id, kind)
    told = (CONFLICT.c.procore_id, CONFLICT.c.drive_id, CONFLICT.c.settled, CONFLICT.c.winner)
    conflicts = sa.select(*told).where(CONFLICT.c.pair_id == pair_id, CONFLICT.c.request_id.in_(_requests(pair_id)))
    for procore_id, drive_id, settled, winner in tx.execute(conflicts):
        _note(states, partner, procore_id, drive_id, "conflict")
        outcomes |= dict.fromkeys((("procore", procore_id), ("drive", drive_id)), (settled, winner))
    for side, item_id in tx.execute(sa.select(APART.c.side, APART.c.item_id).where(APART.c.pair_id == pair_id)):
        states[(side, item_id)] = "apart"
    return states, partner, outcomes


def _note(
    states: dict[tuple[str, str], str], partner: dict[tuple[str, str], str], procore_id: str, drive_id: str, state: str
) -> None:
    ids = (("procore", procore_id), ("drive", drive_id))
    for key in ids:
        if key[1]:
            states[key] = state
    if procore_id and drive_id:
        partner[ids[0]], partner[ids[1]] = drive_id, procore_id
