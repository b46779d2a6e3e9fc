"""The tables of the journal: everything the screens show and everything that must outlive a crash.

Schema only. Writing and reading is store/journal.py and store/views.py; the durable
engine keeps tables of its own in the same file, which nothing here knows.
Times are aware UTC, stored as text in ISO 8601 so that they sort and compare as written.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

metadata = MetaData()


@lru_cache(maxsize=64)
def stored_time(value: datetime) -> str:
    """Remembered, for the rows of a batch carry the same time; and not by strftime, which takes five times as long."""
    if value.tzinfo is None:
        raise ValueError(f"a time without its zone cannot be stored: {value!r}")
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time, stored as fixed-width ISO 8601 text (microseconds, trailing Z)."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Refuses naive times: they are the usual source of an hour's error."""
        return None if value is None else stored_time(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Aware, UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Table(SQLModel):
    """Base of our own tables; their metadata is kept apart from any other in the process."""

    metadata = metadata


def _time(**options: Any) -> Any:
    return Field(sa_type=UtcTime, **options)


def _json(**options: Any) -> Any:
    return Field(sa_type=JSON, **options)


def wide(**options: Any) -> Any:
    """A whole number that needs more than 32 bits: an id of Procore (15 digits), or bytes. SQLite's are wide anyway."""
    return Field(sa_type=BigInteger().with_variant(Integer, "sqlite"), **options)


class Setting(Table, table=True):
    """One setting of model/settings.py that differs from its default."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: Any = _json(default=None, nullable=True)
    changed_at: datetime = _time()
    changed_by: str = ""


class ElementState(Table, table=True):
    """One row of the grid *Elements synchronization*, and how far it has been synchronized."""

    __tablename__ = "element_state"

    element: str = Field(primary_key=True)
    is_enabled: bool = True
    last_success_at: datetime | None = _time(default=None)
    last_request_id: str | None = None


class Reading(Table, table=True):
    """How far Procore's list of one kind of record was read, for the company or one project."""

    __tablename__ = "reading"

    element: str = Field(primary_key=True)
    """Kind of record."""
    scope: str = Field(primary_key=True)
    """maestro* code of the project, '' for the company."""
    read_from: datetime | None = _time(default=None)
    """Procore's own time from which the next differential read starts."""
    sweep_due_at: datetime | None = _time(default=None)
    """When set and past, the next differential run reads everything (model/pacing.py says why)."""
    refuses_ids: bool = False
    """Of the whole kind (scope ''): its bulk call takes no ids, so known records are written one by one."""
    told_at: datetime | None = _time(default=None)
    """Our time before it was last read for others as well: by a list that kinds share, or one that elements share."""
    unused: list[str] = _json(default_factory=list)
    """Of the whole kind (scope ''): its lists that this server does not serve, or that another one makes needless."""


class RequestPart(Table, table=True):
    """How far a request has come with one kind of record in one scope."""

    __tablename__ = "request_part"

    request_id: str = Field(primary_key=True)
    element: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    run: int = 1
    """Of the request, when this part was planned."""
    round: int = 1
    """Counts plans made anew because the one before had waited too long."""
    is_planned: bool = False
    planned_at: datetime | None = _time(default=None)
    unchanged: int = 0
    problem: dict[str, Any] | None = _json(default=None, nullable=True)
    """Why this part came to nothing, while the others went on."""
    weight: dict[str, Any] | None = _json(default=None, nullable=True)
    """What its plan would change (model/change_guard.py)."""
    is_held: bool = False
    """Planned, and not sent before somebody confirms."""
    listed: dict[str, Any] | None = _json(default=None, nullable=True)
    """What its list told that was read before everything else: {run, read_at, page_size}."""


class SyncRequest(Table, table=True):
    """A person's (or schedule's) wish to synchronize one element."""

    __tablename__ = "sync_request"
    __table_args__ = (Index("ix_sync_request_state", "state"), Index("ix_sync_request_requested_at", "requested_at"))

    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    """What people call it: 1, 2, 3 …"""
    element: str
    scope: str = "all"
    """all · selection · project"""
    keys: list[str] | None = _json(default=None, nullable=True)
    project: str | None = None
    mode: str = "differential"
    """differential · full · undo"""
    undoes: dict[str, Any] | None = _json(default=None, nullable=True)
    """Of mode undo: {request, actions: ids or None for all of them}."""
    is_preview: bool = False
    state: str = "queued"
    run: int = 1
    """Counts resumes by a person; the durable workflow of each run has its own id."""
    requested_by: str = ""
    requested_at: datetime = _time()
    started_at: datetime | None = _time(default=None)
    ended_at: datetime | None = _time(default=None)
    resumes_at: datetime | None = _time(default=None)
    wait_reason: str | None = None
    """limit · retry: why it waits."""
    cancel_requested_by: str | None = None
    is_planned: bool = False
    """Some of its plan is written down."""
    attempts: int = 0
    created: int = 0
    updated: int = 0
    linked: int = 0
    unchanged: int = 0
    skipped: int = 0
    warnings: int = 0
    errors: int = 0
    calls: int = 0
    progress_done: int = 0
    progress_total: int = 0
    progress_step: str = ""
    """reading · listing · planning · sending · '' """
    problem: dict[str, Any] | None = _json(default=None, nullable=True)
    accepts_as: str = ""
    """Who accepts what waits for an approver, in this very run; '': nobody."""
    confirmed: dict[str, Any] | None = _json(default=None, nullable=True)
    """What of its changes a person has let go (model/change_guard.py)."""
    foretold: dict[str, Any] | None = _json(default=None, nullable=True)
    """All its calls as last foreseen: {least, likely, most, unread, finishes_at}; most None: unknown."""


class SyncAction(Table, table=True):
    """One step of a request on one record (or one page read): the history the technician reads."""

    __tablename__ = "sync_action"
    __table_args__ = (
        Index("ix_sync_action_page", "request_id", "seq", "state", "kind", "attempts"),
        Index("ix_sync_action_part", "request_id", "element", "scope", "batch", "state"),
        Index("ix_sync_action_maestro", "element", "maestro_key"),
        Index("ix_sync_action_procore", "element", "procore_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    request_id: str
    seq: int
    scope: str = ""
    batch: int | None = None
    """Bulk call that carries the Procore part, counted in its kind and scope; None when there is none."""
    is_sent: bool = False
    """Its call has left at least once: before it leaves again, what cannot be repeated is looked up."""
    element: str
    kind: str
    """read · create · update · link · skip"""
    target: str | None = None
    """maestro · procore · both"""
    maestro_key: str | None = None
    procore_id: int | None = wide(default=None)
    rule: str = ""
    """How the partner was found, for the link that the action makes."""
    name: str = ""
    project: str | None = None
    state: str = "planned"
    attempts: int = 0
    problems: list[dict[str, Any]] = _json(default_factory=list)
    differences: list[dict[str, Any]] = _json(default_factory=list)
    """[{field, maestro, procore, agreed, result}]: result is maestro · procore · conflict · keep."""
    maestro_write: dict[str, Any] | None = _json(default=None, nullable=True)
    procore_write: dict[str, Any] | None = _json(default=None, nullable=True)
    before: dict[str, Any] | None = _json(default=None, nullable=True)
    """{maestro: {...}, procore: {...}} of the written fields: what undo would put back."""
    after: dict[str, Any] | None = _json(default=None, nullable=True)
    accepted_by: str = ""
    """Who sent the record although a warning said under which condition it goes through."""
    exchange_id: int | None = None
    started_at: datetime | None = _time(default=None)
    ended_at: datetime | None = _time(default=None)


class Link(Table, table=True):
    """A maestro* record and its Procore record, with the values both last agreed on."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("element", "maestro_key"),
        UniqueConstraint("element", "procore_id"),
        Index("ix_link_scope", "element", "scope"),
    )

    id: int | None = Field(default=None, primary_key=True)
    element: str
    scope: str = ""
    maestro_key: str
    procore_id: int = wide()
    origin_id: str
    rule: str
    """How it was found: origin_id · number · name · choice · created."""
    agreed: dict[str, Any] = _json(default_factory=dict)
    first_linked_at: datetime = _time()
    last_synced_at: datetime | None = _time(default=None)
    linked_by: str = ""


class ProcoreRecord(Table, table=True):
    """What Procore last told us of one of its records: mapped fields only."""

    __tablename__ = "procore_record"
    __table_args__ = (
        Index("ix_procore_record_origin", "element", "origin_id"),
        Index("ix_procore_record_scope", "element", "scope"),
    )

    element: str = Field(primary_key=True)
    procore_id: int = wide(primary_key=True)
    origin_id: str | None = None
    origin_code: str | None = None
    is_active: bool = True
    values: dict[str, Any] = _json(default_factory=dict)
    updated_at: datetime | None = _time(default=None)
    seen_by: str | None = None
    """Request that read it last."""
    is_gone: bool = False
    """Absent from a complete read. Never a reason to delete anything."""
    scope: str = ""
    read_at: datetime | None = _time(default=None)
    """updated_at of the record when its details were read; they are read again when the two differ."""


LINE_FLAGS = ("is_in_scope", "is_linked", "needs_sync", "has_differences", "worst", "status", "maestro_key")
"""What pages are filtered and counted by."""


class Line(Table, table=True):
    """One line of a synchronization page."""

    __tablename__ = "line"
    __table_args__ = (
        UniqueConstraint("element", "maestro_key"),
        # Each answers one kind of question from the index alone: the rows behind it are wide.
        Index("ix_line_page", "element", "sort_key", *LINE_FLAGS),
        Index("ix_line_search", "element", "sort_key", "search_text"),
        Index("ix_line_order", "element", "sort_key", "order_keys"),
        Index("ix_line_procore", "element", "procore_id"),
        Index("ix_line_request", "request_id"),
        Index("ix_line_scope", "element", "scope"),
    )

    id: int | None = Field(default=None, primary_key=True)
    element: str
    scope: str = ""
    """maestro* code of the project that it belongs to, for elements that go by project."""
    maestro_key: str | None = None
    procore_id: int | None = wide(default=None)
    sort_key: str = ""
    search_text: str = ""
    """All values, without accents, in lower case."""
    order_keys: str = ""
    """model/lines.py's order_keys: the shown values, fixed widths side by side, for sorting."""
    digest: str = ""
    """Of the line as a plan put it; '' once anything else has touched it (store/line_rows.py)."""
    groups: dict[str, Any] = _json(default_factory=dict)
    """What *Filter Projects by* looks at: type, category, department, manager, status …"""
    maestro_values: dict[str, Any] | None = _json(default=None, nullable=True)
    procore_values: dict[str, Any] | None = _json(default=None, nullable=True)
    differing: list[str] = _json(default_factory=list)
    has_differences: bool = False
    agreed: dict[str, Any] = _json(default_factory=dict)
    direction: str = "both"
    status: str = "never"
    is_in_scope: bool = True
    is_linked: bool = False
    needs_sync: bool = True
    problems: list[dict[str, Any]] = _json(default_factory=list)
    worst: str = ""
    """Kind of the gravest problem: E · W · I · ''."""
    candidates: list[dict[str, Any]] = _json(default_factory=list)
    """Procore records to choose from when the program asks (SUP-04): [{procore_id, name, city, …}]."""
    request_id: str | None = None
    last_synced_at: datetime | None = _time(default=None)


class Decision(Table, table=True):
    """What a person chose when the program asked; the next plan follows it."""

    __tablename__ = "decision"

    element: str = Field(primary_key=True)
    maestro_key: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    """'link' or the name of a field."""
    choice: str
    """For link: 'create' or a Procore id. For a field: maestro · procore."""
    decided_by: str = ""
    decided_at: datetime = _time()


class Acceptance(Table, table=True):
    """A document of Procore that waits to enter maestro*, or what an accounting approver said of it.

    Kept by Procore id, as a new document has no maestro* number yet; gone when the document waits for nothing more
    (who accepted it stands with the action that entered it).
    """

    __tablename__ = "acceptance"
    __table_args__ = (Index("ix_acceptance_scope", "element", "scope", "verdict"),)

    element: str = Field(primary_key=True)
    procore_id: int = wide(primary_key=True)
    scope: str = ""
    maestro_key: str = ""
    name: str = ""
    digest: str
    """Of the content that the verdict is about."""
    amount: str = "0.00"
    """Canonical text, of the whole document, before tax."""
    currency: str = ""
    requested_by: str = ""
    """Who requested the run in which the document was first planned: not he accepts it."""
    verdict: str = "waiting"
    """waiting · accepted · refused"""
    decided_by: str = ""
    decided_at: datetime | None = _time(default=None)
    reason: str = ""


class Exchange(Table, table=True):
    """One call to the other side and its answer, secrets masked."""

    __tablename__ = "exchange"
    __table_args__ = (Index("ix_exchange_request", "request_id"), Index("ix_exchange_at", "at", "is_counted"))

    id: int | None = Field(default=None, primary_key=True)
    request_id: str | None = None
    at: datetime = _time()
    api: str = "procore"
    method: str
    path: str
    query: str = ""
    status: int | None = None
    """None: no answer came."""
    milliseconds: int = 0
    is_counted: bool = True
    attempt: int = 1
    records: int = 0
    request_body: bytes | None = Field(default=None, sa_type=LargeBinary)
    answer_body: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Both zlib-compressed JSON or text; long listings are shortened."""
    headers: dict[str, Any] = _json(default_factory=dict)
    """Rate-limit headers, request id, Retry-After."""
    error: str = ""


class ApiBudget(Table, table=True):
    """What is left of Procore's two call limits, shared by everything that calls as one client."""

    __tablename__ = "api_budget"

    client: str = Field(primary_key=True)
    state: dict[str, Any] = _json(default_factory=dict)
    """model/pacing.py's Budget, as it writes itself."""
    changed_at: datetime = _time()


class WorkerHeartbeat(Table, table=True):
    """Says which process runs the engine and that it is alive."""

    __tablename__ = "worker_heartbeat"

    worker: str = Field(primary_key=True)
    host: str
    process: int
    started_at: datetime = _time()
    beat_at: datetime = _time()
    doing: str = ""


class JournalUpgrade(Table, table=True):
    """Which version of the program brought the journal to a step of store/migrations: an older one can name it."""

    __tablename__ = "journal_upgrade"

    revision: str = Field(primary_key=True)
    program: str


REQUEST, ACTION, LINK, LINE, RECORD = (
    metadata.tables[name] for name in ("sync_request", "sync_action", "link", "line", "procore_record")
)
STATE, DECISION, EXCHANGE, BUDGET, BEAT, SETTING, READING, PART, ACCEPTANCE = (
    metadata.tables[name]
    for name in (
        "element_state",
        "decision",
        "exchange",
        "api_budget",
        "worker_heartbeat",
        "setting",
        "reading",
        "request_part",
        "acceptance",
    )
)
