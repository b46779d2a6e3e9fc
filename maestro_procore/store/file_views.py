"""What screens and the command line show of Documents and Photos: projects, conflicts, held deletions, histories."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maestro_procore.model import file_settings
from maestro_procore.model.elements import FILES
from maestro_procore.model.file_forecast import Forecast, forecast_of
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import OPEN, ActionState
from maestro_procore.store.batches import in_chunks
from maestro_procore.store.database import Database
from maestro_procore.store.file_costs import counts_of, lists_of, pace_of, planned_of
from maestro_procore.store.file_counts import in_step
from maestro_procore.store.file_history import file_history, path_holds
from maestro_procore.store.file_meanwhile import changed_meanwhile
from maestro_procore.store.file_queue import places
from maestro_procore.store.file_run_views import FileRunViews, taken_back
from maestro_procore.store.file_tables import APART, CONFLICT, HOLD, NOTICE, PAIR, PROJECT, SEEN, STEP, TRASH
from maestro_procore.store.rows import BudgetRow
from maestro_procore.store.tables import REQUEST

_MOST_TRASH = 10_000
_OPEN_REQUESTS = [state.value for state in OPEN]
_HISTORY = STEP.c.ended_at.is_not(None) | (STEP.c.state != ActionState.SKIPPED.value)
"""Without what a plan left undone that a later one replaced: nothing of it ever happened."""


@dataclass(frozen=True)
class FilePairRow:
    """One tool of a project. waiting: files that stay back for now; files, bytes: what is in step."""

    id: int
    tool: str
    name: str
    flow: str
    files: int
    folders: int
    size_bytes: int
    problem: Problem | None


@dataclass(frozen=True)
class FileCheckRow:
    """What was found before the first plan. tool: '' for the whole project. what: rights_procore · rights_drive ·
    names · sizes · others · space. needed, left: bytes of the drive, of space only; None: it does not say.
    """

    tool: str
    what: str
    ok: bool
    problem: Problem | None
    needed: int | None = None
    left: int | None = None


@dataclass(frozen=True)
class FileProjectRow:
    """One line of the Documents page. planned: actions of a plan that waits for approval, by verb and target."""

    id: int
    name: str
    phase: str
    problem: Problem | None
    destination: str
    option: str
    procore_connection: int
    account: str
    drive_id: str
    procore_project: int
    pairs: tuple[FilePairRow, ...]
    preflight: tuple[FileCheckRow, ...]
    conflicts: int
    held: int
    apart: int
    waiting: int
    looked_at: datetime | None
    changed_at: datetime | None
    completed_at: datetime | None
    request_id: str | None
    """The newest request; open when `state` is."""
    state: str
    done: int
    total: int
    started_at: datetime | None
    resumes_at: datetime | None
    settings: Mapping[str, Any]
    forecast: Forecast | None = None
    """Of what its plan has left to do; only who asks for it gets it."""

    @property
    def files(self) -> int:
        return sum(pair.files for pair in self.pairs)

    @property
    def size_bytes(self) -> int:
        return sum(pair.size_bytes for pair in self.pairs)

    @property
    def is_running(self) -> bool:
        return self.state in _OPEN_REQUESTS


@dataclass(frozen=True)
class FileStepRow:
    """One action and what became of it."""

    id: int
    request_id: str
    project_id: int
    tool: str
    number: int
    verb: str
    rule: str
    target: str
    name: str
    path: str
    is_folder: bool
    size_bytes: int
    state: str
    attempts: int
    problems: tuple[Problem, ...]
    saw: Mapping[str, Any]
    started_at: datetime | None
    ended_at: datetime | None
    bytes_moved: int
    place: int = 0
    """In the queue, while it was not begun; 1 is the next one (F131)."""
    undone_by: int | None = None
    """Number of the request that took it back."""


@dataclass(frozen=True)
class FileConflictRow:
    """Something that both sides changed."""

    id: int
    project_id: int
    pair_id: int
    tool: str
    kind: str
    settled: str
    winner: str | None
    copy_name: str
    name: str
    path: str
    procore: Mapping[str, Any] | None
    drive: Mapping[str, Any] | None
    agreed: Mapping[str, Any] | None
    found_at: datetime | None
    choice: str
    is_open: bool


@dataclass(frozen=True)
class FileApartRow:
    """An item that is not synchronized."""

    project_id: int
    pair_id: int
    tool: str
    side: str
    item_id: str
    name: str
    path: str
    size_bytes: int
    problem: Problem
    is_waiting: bool
    is_refused: bool
    since: datetime | None


@dataclass(frozen=True)
class FileHoldRow:
    """Deletions that wait for a person."""

    project_id: int
    pair_id: int
    tool: str
    problem: Problem
    items: tuple[Mapping[str, Any], ...]
    held_at: datetime | None
    choice: str


@dataclass(frozen=True)
class FileNoticeRow:
    """Something that people are told once."""

    id: int
    project_id: int
    problem: Problem
    at: datetime | None
    is_shown: bool


class FileViews:
    """Reads in pages; every call answers in a few milliseconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def of_runs(self) -> FileRunViews:
        """What runs did: store/file_run_views.py."""
        return FileRunViews(self._database)

    def history(self, project_id: int, name: str = "") -> Iterator[dict[str, Any]]:
        """For an export: store/file_history.py."""
        return file_history(self._database, project_id, name)

    def trash(
        self, project_id: int | None = None, *, with_removed: bool = True, limit: int | None = _MOST_TRASH
    ) -> list[dict[str, Any]]:
        """What the trash of this computer holds, newest first; with_removed: and held.

        keep_until: by the policy of the project as it is now; None for what is no longer there.
        """
        query = sa.select(TRASH).order_by(TRASH.c.id.desc()).limit(limit)
        if project_id is not None:
            query = query.where(TRASH.c.project_id == project_id)
        if not with_removed:
            query = query.where(TRASH.c.removed_at.is_(None))
        with self._database.read() as tx:
            rows = [dict(row._mapping) for row in tx.execute(query)]
            settings = {row.id: row.settings for row in tx.execute(sa.select(PROJECT.c.id, PROJECT.c.settings))}
        return [{**row, "keep_until": _kept_until(row, settings.get(row["project_id"], {}))} for row in rows]

    def projects(self, project_id: int | None = None) -> list[FileProjectRow]:
        """All of them, or one, by name."""
        query = sa.select(PROJECT).order_by(PROJECT.c.name, PROJECT.c.id)
        if project_id is not None:
            query = query.where(PROJECT.c.id == project_id)
        with self._database.read() as tx:
            return [self._project(tx, dict(row._mapping)) for row in tx.execute(query)]

    def _project(self, tx: Connection, row: dict[str, Any]) -> FileProjectRow:
        pairs = [dict(each._mapping) for each in tx.execute(sa.select(PAIR).where(PAIR.c.project_id == row["id"]))]
        ids = [pair["id"] for pair in pairs]
        held = tx.execute(sa.select(HOLD.c["items"]).where(HOLD.c.pair_id.in_(ids))).scalars()
        newest = tx.execute(
            sa.select(REQUEST)
            .where(REQUEST.c.element == FILES, REQUEST.c.project == str(row["id"]))
            .order_by(REQUEST.c.number.desc())
            .limit(1)
        ).first()
        return FileProjectRow(
            **{name: row[name] for name in _PLAIN},
            problem=_problem(row["problem"]),
            pairs=tuple(self._pair(tx, pair) for pair in pairs),
            preflight=tuple(map(_check, row["preflight"])),
            conflicts=_count(tx, CONFLICT, CONFLICT.c.pair_id.in_(ids) & CONFLICT.c.is_open),
            held=sum(len(items) for items in held),
            apart=_count(tx, APART, APART.c.pair_id.in_(ids)),
            waiting=_count(tx, APART, APART.c.pair_id.in_(ids) & APART.c.is_waiting),
            request_id=newest.id if newest else None,
            state=newest.state if newest else "",
            done=newest.progress_done if newest else 0,
            total=newest.progress_total if newest else 0,
            started_at=newest.started_at if newest else None,
            resumes_at=newest.resumes_at if newest else None,
        )

    @staticmethod
    def _pair(tx: Connection, pair: dict[str, Any]) -> FilePairRow:
        plain = {name: pair[name] for name in ("id", "tool", "name", "flow")}
        return FilePairRow(**plain, **in_step(tx, pair["id"])._asdict(), problem=_problem(pair["problem"]))

    def planned(self, project_id: int) -> list[dict[str, Any]]:
        """Of the newest plan that is not carried out: [{tool, verb, target, n, size_bytes}]."""
        with self._database.read() as tx:
            return planned_of(tx, project_id)

    def forecast(self, project_id: int, budget: BudgetRow, now: datetime) -> Forecast:
        """What that plan will take, by our own figures and by the usual product's rule (F114, F276, F277)."""
        with self._database.read() as tx:
            both = (PROJECT.c.id == project_id) & (PROJECT.c.option == "merge") & PROJECT.c.completed_at.is_(None)
            has_both_sides = _count(tx, PROJECT, both) > 0
            planned, pace = counts_of(planned_of(tx, project_id)), pace_of(tx, project_id, budget)
            lists = lists_of(tx, project_id, now)
        return forecast_of(planned, pace, now, lists=lists, has_both_sides=has_both_sides)

    def steps(
        self, project_id: int, *, request_id: str | None = None, name: str = "", offset: int = 0, limit: int = 200
    ) -> list[FileStepRow]:
        """Newest first: of a project, of one request, or of the files whose path holds `name`."""
        of_project = STEP.c.pair_id.in_(sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id))
        newest = STEP.c.id.desc()
        page = sa.select(STEP.c.id).where(of_project, _HISTORY).order_by(newest)
        if request_id is not None:
            page = page.where(STEP.c.request_id == request_id)
        if name:
            page = page.where(path_holds(name))
        # First which, then what is in them: sorting 50,000 whole steps takes three times as long.
        query = _steps().where(STEP.c.id.in_(page.offset(offset).limit(limit))).order_by(newest)
        with self._database.read() as tx:
            rows = [row._mapping for row in tx.execute(query)]
            place, undone = places(tx, rows), taken_back(tx, project_id)
        return [_step(row, place.get(row["id"], 0), undone.get(row["id"])) for row in rows]

    def changed_meanwhile(self, project_id: int) -> list[FileStepRow]:
        """What people changed in the drive during the first synchronization, oldest first (F105)."""
        with self._database.read() as tx:
            ids = changed_meanwhile(tx, project_id)
            parts = [tx.execute(_steps().where(STEP.c.id.in_(part)).order_by(STEP.c.id)) for part in in_chunks(ids)]
            return [_step(row._mapping) for part in parts for row in part]

    def count_steps(self, project_id: int, *, name: str = "") -> int:
        """How many `steps` there are."""
        where = STEP.c.pair_id.in_(sa.select(PAIR.c.id).where(PAIR.c.project_id == project_id)) & _HISTORY
        if name:
            where &= path_holds(name)
        with self._database.read() as tx:
            return _count(tx, STEP, where)

    def conflicts(self, project_id: int | None = None, *, only_open: bool = True) -> list[FileConflictRow]:
        """Newest first."""
        query = sa.select(CONFLICT, PAIR.c.tool, PAIR.c.project_id).join(PAIR, PAIR.c.id == CONFLICT.c.pair_id)
        query = query.order_by(CONFLICT.c.is_open.desc(), CONFLICT.c.id.desc())
        if project_id is not None:
            query = query.where(PAIR.c.project_id == project_id)
        if only_open:
            query = query.where(CONFLICT.c.is_open)
        with self._database.read() as tx:
            rows = [row._mapping for row in tx.execute(query)]
        return [FileConflictRow(**{key: row[key] for key in FileConflictRow.__dataclass_fields__}) for row in rows]

    def not_synchronized(self, project_id: int | None = None, *, name: str = "") -> list[FileApartRow]:
        """By project, tool and path. name: only those whose path holds it."""
        query = sa.select(APART, PAIR.c.tool, PAIR.c.project_id).join(PAIR, PAIR.c.id == APART.c.pair_id)
        query = query.order_by(PAIR.c.project_id, PAIR.c.tool, APART.c.path)
        if project_id is not None:
            query = query.where(PAIR.c.project_id == project_id)
        if name:
            query = query.where(path_holds(name, APART.c.path))
        with self._database.read() as tx:
            rows = [row._mapping for row in tx.execute(query)]
        plain = [key for key in FileApartRow.__dataclass_fields__ if key != "problem"]
        return [
            FileApartRow(**{key: row[key] for key in plain}, problem=Problem.from_json(row["problem"])) for row in rows
        ]

    def holds(self, project_id: int | None = None) -> list[FileHoldRow]:
        """Deletions that wait for a person."""
        query = sa.select(HOLD, PAIR.c.tool, PAIR.c.project_id).join(PAIR, PAIR.c.id == HOLD.c.pair_id)
        if project_id is not None:
            query = query.where(PAIR.c.project_id == project_id)
        with self._database.read() as tx:
            rows = [row._mapping for row in tx.execute(query)]
        plain = ("project_id", "pair_id", "tool", "held_at", "choice")
        return [
            FileHoldRow(
                **{key: row[key] for key in plain},
                problem=Problem.from_json(row["problem"]),
                items=tuple(row["items"]),
            )
            for row in rows
        ]

    def notices(self, *, only_new: bool = False) -> list[FileNoticeRow]:
        """Newest first."""
        query = sa.select(NOTICE).order_by(NOTICE.c.id.desc())
        if only_new:
            query = query.where(NOTICE.c.is_shown.is_(False))
        with self._database.read() as tx:
            rows = [row._mapping for row in tx.execute(query)]
        plain = ("id", "project_id", "at", "is_shown")
        return [
            FileNoticeRow(**{key: row[key] for key in plain}, problem=Problem.from_json(row["problem"])) for row in rows
        ]

    def latencies(self, project_id: int | None = None, last: int = 1000) -> list[float]:
        """Seconds from a file's change to its being on the other side, sorted; of the newest copies and versions.

        Of changes since the first synchronization: what it brought over may be years old.
        """
        query = (
            sa.select(STEP.c.saw, STEP.c.target, STEP.c.ended_at, PROJECT.c.completed_at)
            .join(PAIR, PAIR.c.id == STEP.c.pair_id)
            .join(PROJECT, PROJECT.c.id == PAIR.c.project_id)
            .where(STEP.c.state == ActionState.DONE.value, STEP.c.verb.in_(_CONTENTS))
            .order_by(STEP.c.id.desc())
            .limit(last)
        )
        if project_id is not None:
            query = query.where(PAIR.c.project_id == project_id)
        with self._database.read() as tx:
            rows = tx.execute(query).all()
        found = []
        for row in rows:
            source = row.saw.get("procore" if row.target == "drive" else "drive") or {}
            changed = datetime.fromisoformat(source["modified"]) if source.get("modified") else None
            if changed and row.ended_at and row.completed_at and changed >= row.completed_at:
                found.append((row.ended_at - changed).total_seconds())
        return sorted(found)

    def seen_counts(self, pair_id: int) -> dict[str, int]:
        """Side → items that it holds."""
        query = sa.select(SEEN.c.side, sa.func.count()).where(SEEN.c.pair_id == pair_id).group_by(SEEN.c.side)
        with self._database.read() as tx:
            return {row[0]: row[1] for row in tx.execute(query)}


_PLAIN = (
    "id",
    "name",
    "phase",
    "destination",
    "option",
    "procore_connection",
    "account",
    "drive_id",
    "procore_project",
    "looked_at",
    "changed_at",
    "completed_at",
    "settings",
)


def _steps() -> sa.Select[Any]:
    return sa.select(STEP, PAIR.c.tool, PAIR.c.project_id).join(PAIR, PAIR.c.id == STEP.c.pair_id)


def _step(row: sa.RowMapping, place: int = 0, undone_by: int | None = None) -> FileStepRow:
    plain = (each for each in FileStepRow.__dataclass_fields__ if each not in ("problems", "place", "undone_by"))
    problems = tuple(Problem.from_json(each) for each in row["problems"])
    return FileStepRow(**{key: row[key] for key in plain}, problems=problems, place=place, undone_by=undone_by)


def _check(held: Mapping[str, Any]) -> FileCheckRow:
    problem = _problem(held["problem"])
    return FileCheckRow(held["tool"], held["what"], held["ok"], problem, held.get("needed"), held.get("left"))


def _problem(held: dict[str, Any] | None) -> Problem | None:
    return Problem.from_json(held) if held else None


def _kept_until(row: Mapping[str, Any], settings: Mapping[str, Any]) -> datetime | None:
    """What is kept of a project that left the list has its day already; of the others the policy may still change."""
    if row["removed_at"] is not None or row["keep_until"] is not None:
        return None if row["removed_at"] is not None else row["keep_until"]
    days = int(file_settings.effective(settings)["trash_days"])
    return None if row["kept_at"] is None else row["kept_at"] + timedelta(days=days)


_CONTENTS = ("copy", "version")


def _count(tx: Connection, table: sa.Table, where: Any) -> int:
    return int(tx.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar() or 0)
