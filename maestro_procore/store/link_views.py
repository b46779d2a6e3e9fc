"""What the Links page reads: records by the state of their link, the history of one, and who may be its partner."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.link_states import APART, IGNORE, LOST_CODES, SUBJECT, LinkState, name_of, survivors
from maestro_procore.model.mapping import Record
from maestro_procore.model.status import ActionKind, ActionState
from maestro_procore.model.values import Value, fold
from maestro_procore.store.database import Database
from maestro_procore.store.link_tables import EVENT
from maestro_procore.store.tables import ACTION, DECISION, LINE, LINK, RECORD, REQUEST

_HISTORY = 100
_PARTNERS = 50
_DOCUMENTS = ("purchase-orders", "subcontracts")
"""Kinds whose records name a supplier: where they went after a merge says who survived."""


@dataclass(frozen=True)
class LinkQuery:
    """Which records: of one element, of these states (none: all), with these words in them."""

    element: str
    states: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class LinkRow:
    """A record and its partner."""

    element: str
    maestro_key: str | None
    procore_id: int | None
    name: str
    state: str
    rule: str
    linked_by: str
    first_linked_at: datetime | None
    last_synced_at: datetime | None
    is_inactive: bool
    """Its partner is there, and not in use in Procore."""

    @property
    def key(self) -> str:
        """Under which its choices and its history are kept."""
        return name_of(self.maestro_key, self.procore_id)


@dataclass(frozen=True)
class LinkEventRow:
    """One line of the history of a link. what: a deed of model/link_states.py, or what a run did."""

    at: datetime
    by: str
    what: str
    why: str = ""
    request_number: int | None = None
    procore_id: int | None = None


@dataclass(frozen=True)
class PartnerRow:
    """A record of Procore that may become a partner. documents: so many followed a merged company there."""

    procore_id: int
    values: Mapping[str, Value] = field(default_factory=dict)
    documents: int = 0
    held_by: str = ""
    is_alike: bool = False


class LinkViews:
    """Reads links for screens. Safe from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_links(self, query: LinkQuery) -> int:
        """How many records a query has."""
        found = _records(query).subquery()
        with self._database.read() as tx:
            return int(tx.execute(sa.select(sa.func.count()).select_from(found)).scalar_one())

    def link_counts(self, element: str) -> dict[str, int]:
        """State → number of records of an element."""
        found = _records(LinkQuery(element)).subquery()
        counted = sa.select(found.c.state, sa.func.count().label("number")).group_by(found.c.state)
        with self._database.read() as tx:
            held = {row.state: int(row.number) for row in tx.execute(counted)}
        return {state.value: held.get(state.value, 0) for state in LinkState}

    def links(self, query: LinkQuery, offset: int = 0, limit: int = 100) -> list[LinkRow]:
        """A page of records, by their codes."""
        found = _records(query).order_by("sort_key", "maestro_key", "procore_id")
        with self._database.read() as tx:
            rows = tx.execute(found.offset(offset).limit(limit)).all()
            names = _names(tx, query.element, rows)
        return [_link_row(query.element, names, row) for row in rows]

    def link_history(self, element: str, maestro_key: str | None, procore_id: int | None) -> list[LinkEventRow]:
        """What people and runs did to the link of a record, newest first."""
        name = name_of(maestro_key, procore_id)
        with self._database.read() as tx:
            mine = (EVENT.c.element == element) & (EVENT.c.maestro_key == name)
            events = tx.execute(
                sa.select(EVENT, REQUEST.c.number.label("number"))
                .join(REQUEST, REQUEST.c.id == EVENT.c.request_id, isouter=True)
                .where(mine)
                .order_by(EVENT.c.id.desc())
                .limit(_HISTORY)
            ).all()
            actions = tx.execute(_actions_of(element, maestro_key, procore_id)).all()
        told = [LinkEventRow(e.at, e.by, e.what, e.why, e.number, e.procore_id) for e in events]
        done = [LinkEventRow(a.ended_at, a.requested_by, f"run_{a.kind}", "", a.number, a.procore_id) for a in actions]
        return sorted([*told, *done], key=lambda row: row.at, reverse=True)[:_HISTORY]

    def partners(self, element: str, maestro_key: str, text: str = "") -> list[PartnerRow]:
        """Who may be the partner of a record: those that stand for a lost one or look alike, then all free ones."""
        words = fold(text).split()
        with self._database.read() as tx:
            scope, lost_id, mine = _seeker(tx, element, maestro_key)
            if mine is None:
                return []
            chosen = sa.select(RECORD).where(RECORD.c.element == MAPS[element].list_kind, RECORD.c.is_gone.is_(False))
            rows = tx.execute(chosen.where(RECORD.c.scope == scope).order_by(RECORD.c.procore_id)).all()
            linked = tx.execute(sa.select(LINK.c.maestro_key, LINK.c.procore_id).where(LINK.c.element == element))
            links = {row.maestro_key: int(row.procore_id) for row in linked}
            moved = _moved_documents(tx, maestro_key) if element == "suppliers" else []
        procore = [_record(row) for row in rows]
        values = {record.procore_id: record.values for record in procore}
        # Who types knows what he looks for; likenesses of thousands of names take a second.
        likely = [] if words else survivors(MAPS[element], mine, lost_id or 0, procore, links, "", moved)
        first = [PartnerRow(s.procore_id, values[s.procore_id], s.documents, s.held_by, True) for s in likely]
        named, taken = {row.procore_id for row in first}, set(links.values())
        free = [PartnerRow(n, held) for n, held in values.items() if n not in named and n not in taken]
        return [row for row in (*first, *free) if _has_words(row, words)][:_PARTNERS]


# --- SQL ---------------------------------------------------------------------------------------------


def _records(query: LinkQuery) -> sa.Select[Any]:
    """Linked records, then those without a link that a person could give one: as one list."""
    both = sa.union_all(_linked(query), _unlinked(query)).subquery()
    chosen = sa.select(both)
    return chosen.where(both.c.state.in_(query.states)) if query.states else chosen


def _linked(query: LinkQuery) -> sa.Select[Any]:
    of_line = (LINE.c.element == LINK.c.element) & (LINE.c.maestro_key == LINK.c.maestro_key)
    element_map = MAPS[query.element]
    of_record = (RECORD.c.element == element_map.list_kind) & (RECORD.c.procore_id == LINK.c.procore_id)
    told = sa.cast(LINE.c.problems, sa.String)
    is_told_gone = sa.or_(*(told.contains(f'"{code}"', autoescape=True) for code in LOST_CODES))
    is_told_gone = (LINE.c.worst != "") & is_told_gone  # most lines have nothing to say: their text is not read
    has_no_line = LINE.c.id.is_(None) if element_map.has_page else sa.false()
    is_lost = RECORD.c.procore_id.is_(None) | RECORD.c.is_gone | has_no_line | is_told_gone
    state = sa.case(
        (_choice(LINK.c.element, LINK.c.maestro_key) == IGNORE, LinkState.IGNORED.value),
        (is_lost, LinkState.ORPHANED.value),
        (LINE.c.needs_sync, LinkState.OUTDATED.value),
        else_=LinkState.LINKED.value,
    )
    columns = (
        LINK.c.maestro_key,
        LINK.c.procore_id,
        state.label("state"),
        LINK.c.rule,
        LINK.c.linked_by,
        LINK.c.first_linked_at,
        LINK.c.last_synced_at,
        (RECORD.c.is_active.is_(False) & RECORD.c.is_gone.is_(False)).label("is_inactive"),
        sa.func.coalesce(LINE.c.sort_key, LINK.c.maestro_key).label("sort_key"),
    )
    found = sa.select(*columns).select_from(
        LINK.join(LINE, of_line, isouter=True).join(RECORD, of_record, isouter=True)
    )
    return found.where(LINK.c.element == query.element, *_words(query.text, LINK.c.maestro_key, LINK.c.procore_id))


def _unlinked(query: LinkQuery) -> sa.Select[Any]:
    name = sa.func.coalesce(LINE.c.maestro_key, sa.literal("#") + sa.cast(LINE.c.procore_id, sa.String))
    choice = _choice(LINE.c.element, name)
    is_kept_out = choice == IGNORE
    # A record that Procore alone has stands here only when somebody ignores it; its own page lists the others.
    is_asked = is_kept_out | (LINE.c.maestro_key.is_not(None) & (LINE.c.is_in_scope | (choice == APART)))
    nothing = sa.null()
    columns = (
        LINE.c.maestro_key,
        LINE.c.procore_id,
        sa.case((is_kept_out, LinkState.IGNORED.value), else_=LinkState.UNLINKED.value).label("state"),
        sa.literal("").label("rule"),
        sa.literal("").label("linked_by"),
        sa.type_coerce(nothing, LINK.c.first_linked_at.type).label("first_linked_at"),
        LINE.c.last_synced_at,
        sa.false().label("is_inactive"),
        LINE.c.sort_key,
    )
    is_linked = sa.exists().where(LINK.c.element == LINE.c.element, LINK.c.maestro_key == LINE.c.maestro_key)
    found = sa.select(*columns).where(LINE.c.element == query.element, LINE.c.is_linked.is_(False), ~is_linked)
    return found.where(is_asked, *_words(query.text, LINE.c.maestro_key, LINE.c.procore_id))


def _choice(element: ColumnElement[str], name: ColumnElement[str]) -> ColumnElement[str]:
    of_name = (DECISION.c.element == element) & (DECISION.c.maestro_key == name) & (DECISION.c.subject == SUBJECT)
    found = sa.select(DECISION.c.choice).where(of_name).correlate(LINK, LINE).scalar_subquery()
    return sa.func.coalesce(found, "")


def _words(text: str, key: ColumnElement[Any], procore_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    held = (LINE.c.search_text, key, sa.cast(procore_id, sa.String))
    return [sa.or_(*(c.icontains(word, autoescape=True) for c in held)) for word in fold(text).split()]


def _actions_of(element: str, maestro_key: str | None, procore_id: int | None) -> sa.Select[Any]:
    is_it = ACTION.c.maestro_key == maestro_key if maestro_key is not None else ACTION.c.procore_id == procore_id
    kinds = [ActionKind.CREATE.value, ActionKind.LINK.value, ActionKind.UPDATE.value]
    done = ACTION.c.state.in_([ActionState.DONE.value, ActionState.WARNED.value]) & ACTION.c.ended_at.is_not(None)
    columns = (ACTION.c.ended_at, ACTION.c.kind, ACTION.c.procore_id, REQUEST.c.requested_by, REQUEST.c.number)
    found = sa.select(*columns).join(REQUEST, REQUEST.c.id == ACTION.c.request_id)
    return found.where(ACTION.c.element == element, is_it, ACTION.c.kind.in_(kinds), done).order_by(
        ACTION.c.id.desc()
    ).limit(_HISTORY)  # fmt: skip


def _seeker(tx: Connection, element: str, maestro_key: str) -> tuple[str, int | None, Record | None]:
    """Scope of a line, the Procore id that it lost, and its maestro* record; None: there is no such line.

    Of a kind without a page the journal holds the key only.
    """
    of_line = (LINE.c.element == element) & (LINE.c.maestro_key == maestro_key)
    line = tx.execute(sa.select(LINE.c.scope, LINE.c.maestro_values).where(of_line)).first()
    of_link = (LINK.c.element == element) & (LINK.c.maestro_key == maestro_key)
    lost_id = tx.execute(sa.select(LINK.c.procore_id).where(of_link)).scalar()
    if line is None:
        return "", lost_id, None if MAPS[element].has_page else Record(maestro_key, {}, number=maestro_key.upper())
    return line.scope, lost_id, Record(maestro_key, line.maestro_values or {}, number=maestro_key.upper())


def _moved_documents(tx: Connection, supplier: str) -> list[int]:
    """Procore ids of the companies that documents agreed to be this supplier's name now."""
    of_record = (RECORD.c.element == LINK.c.element) & (RECORD.c.procore_id == LINK.c.procore_id)
    found = sa.select(LINK.c.agreed, RECORD.c["values"].label("held")).join(RECORD, of_record)
    rows = tx.execute(found.where(LINK.c.element.in_(_DOCUMENTS)))
    named = [str(row.held.get("supplier") or "") for row in rows if row.agreed.get("supplier") == supplier]
    return [int(vendor) for vendor in named if vendor.isdecimal()]


# --- rows --------------------------------------------------------------------------------------------


def _names(tx: Connection, element: str, rows: Sequence[Any]) -> dict[str, str]:
    """Names of the records of a page: sorting would carry the wide columns that hold them."""
    title, list_kind = MAPS[element].title, MAPS[element].list_kind
    keys = [row.maestro_key for row in rows if row.maestro_key is not None]
    ids = [row.procore_id for row in rows if row.maestro_key is None]
    named = LINE.c.maestro_key.in_(keys) | (LINE.c.maestro_key.is_(None) & LINE.c.procore_id.in_(ids))
    columns = (LINE.c.maestro_key, LINE.c.procore_id, LINE.c.maestro_values, LINE.c.procore_values)
    found = {}
    for line in tx.execute(sa.select(*columns).where(LINE.c.element == element, named)):
        values = line.maestro_values or line.procore_values or {}
        found[name_of(line.maestro_key, line.procore_id)] = str(values.get(title) or "")
    lost = {row.procore_id: row.maestro_key for row in rows if row.maestro_key is not None}
    lost = {procore_id: key for procore_id, key in lost.items() if key not in found}
    of_lost = sa.select(RECORD.c.procore_id, RECORD.c["values"].label("held"))
    for record in tx.execute(of_lost.where(RECORD.c.element == list_kind, RECORD.c.procore_id.in_(lost))):
        found[lost[record.procore_id]] = str(record.held.get(title) or "")
    return found


def _link_row(element: str, names: Mapping[str, str], row: Any) -> LinkRow:
    return LinkRow(
        element=element,
        maestro_key=row.maestro_key,
        procore_id=row.procore_id,
        name=names.get(name_of(row.maestro_key, row.procore_id), ""),
        state=row.state,
        rule=row.rule,
        linked_by=row.linked_by,
        first_linked_at=row.first_linked_at,
        last_synced_at=row.last_synced_at,
        is_inactive=bool(row.is_inactive),
    )


def _record(row: Any) -> Record:
    return Record(
        key=str(row.procore_id),
        values=row._mapping["values"],
        number=row.origin_code,
        is_active=row.is_active,
        origin_id=row.origin_id,
        is_gone=row.is_gone,
    )


def _has_words(row: PartnerRow, words: Iterable[str]) -> bool:
    held = fold(" ".join([str(row.procore_id), *(str(v) for v in row.values.values() if v is not None)]))
    return all(word in held for word in words)
