"""The doors of the engine: what it needs from the outside, in its own words.

Adapters stand in erp/, procore/ and store/; wiring.py chooses them; tests bring small real ones.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Protocol

from maestro_procore.model.knowledge import Explanation, Known
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciliation import Reconciliation
from maestro_procore.model.status import RequestState

Row = dict[str, Any]


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> datetime:
        """Aware, UTC: the wall clock of this computer."""
        ...

    async def nap(self, length: timedelta) -> None:
        """Let others run for that long; callers ask for 30 s at most and look at the wall clock again."""
        ...


# --- maestro* -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class CompanyFacts:
    """The maestro* company that this profile works for."""

    company_id: int
    name: str
    tag: str
    environment: str
    """production · test"""
    language: str
    currency: str


@dataclass(frozen=True)
class DocumentRow:
    """A header and its lines as they are to stand in maestro*.

    key_column: the counted key. parent: the column by which a line names its header. lines: table → rows, each with
    its line_no; a table that is left out is not touched.
    """

    table: str
    key_column: str
    values: Mapping[str, Any]
    parent: str
    lines: Mapping[str, Sequence[Mapping[str, Any]]]


class CompanyUnreachable(Exception):
    """The maestro* server does not answer (SRV-01). Nothing was written."""


class CompanyRefused(Exception):
    """maestro* refused a row: what, which and why. Nothing was written."""

    def __init__(self, table: str, key: str, column: str | None, reason: str) -> None:
        super().__init__(f"{table} {key}: {column or 'record'}: {reason}")
        self.table, self.key, self.column, self.reason = table, key, column, reason


class Company(Protocol):
    """The maestro* company. Plain calls that may block: the engine makes them in a thread."""

    def company(self) -> CompanyFacts:
        """Raises CompanyUnreachable, as every method here does when the server does not answer."""
        ...

    def user(self, code: str) -> Row | None:
        """The m_user row of that code, with its rights, or None."""
        ...

    def rows(
        self,
        table: str,
        *,
        changed_since: datetime | None = None,
        keys: Sequence[str] | None = None,
        where: Mapping[str, Sequence[Any]] | None = None,
        include_deleted: bool = False,
        columns: Sequence[str] = (),
    ) -> list[Row]:
        """Rows of an m_ table, without deleted ones. where: column → the values it may hold, all columns together.

        columns: no others; () means all.
        """
        ...

    def count_by(self, table: str, column: str) -> dict[str, int]:
        """Value of a column as text → how many rows of an m_ table hold it."""
        ...

    def latest_change(self, table: str) -> datetime | None:
        """When the newest change of an m_ table was made; None when it is empty."""
        ...

    def insert(self, table: str, row: Mapping[str, Any], now: datetime) -> None:
        """One new row, one transaction. Raises CompanyRefused when its key exists or a column does not fit."""
        ...

    def update(
        self,
        table: str,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        now: datetime,
        expect: Mapping[str, Any] | None = None,
    ) -> bool:
        """Changes one row, one transaction. False when it no longer holds the expected values."""
        ...

    def next_number(self, counter: str, taken: Callable[[str], bool], now: datetime) -> str:
        """The next number of an m_counter row in its mask, given away for good; numbers that are taken are passed over.

        Own transaction. Raises CompanyRefused when there is no such counter or its numbers are used up.
        """
        ...

    def insert_document(self, document: DocumentRow, now: datetime) -> Any:
        """A header with its lines, one transaction; the key that maestro* counted. CompanyRefused: nothing written."""
        ...

    def update_document(
        self, document: DocumentRow, key: Any, now: datetime, expect: Mapping[str, Any] | None = None
    ) -> bool:
        """Header columns, and the lines made equal to those given, one transaction.

        Lines are told apart by line_no: those given are changed or added, the others become deleted. False, and
        nothing written, when the header is gone or no longer holds what is expected.
        """
        ...


# --- Procore ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CallRecord:
    """One call as the history keeps it. Bodies are already masked."""

    at: datetime
    api: str
    """procore · login"""
    method: str
    path: str
    query: str
    status: int | None
    """None: no answer came."""
    milliseconds: int
    is_counted: bool
    records: int = 0
    request_body: str | None = None
    answer_body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


Place = Mapping[str, str]
"""Where in Procore a list or write lies: values for its address, such as project_id."""
NOWHERE: Place = {}


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    rows: list[Row]
    total: int | None
    """Rows of the whole list as the server counts them, or None when it does not say."""
    has_next: bool
    page_size: int
    """Rows that a page can hold: what the server says, else what was asked for."""
    server_time: datetime | None
    """The answer's Date header: the only clock that Procore's updated_at can be compared with."""
    call: CallRecord


@dataclass(frozen=True)
class SyncAnswer:
    """Procore's answer to a bulk call: every record on its own."""

    entities: list[Row]
    errors: list[Row]
    """The attributes sent, plus `errors`: {field: [reason, …]}."""
    server_time: datetime | None
    call: CallRecord


class Trouble(Enum):
    """What a failed call means for the one who made it."""

    AGAIN = auto()
    """Passing fault: try again after `wait`; costs an attempt."""
    SMALLER = auto()
    """The batch is too big or holds a poisoned record: halve it; a single record costs an attempt."""
    REFUSED = auto()
    """Will be refused again: stop and say why."""
    SIGN_IN = auto()
    """The session could not be renewed: stop, keep the queue, ask for credentials."""
    UNREACHABLE = auto()
    """Nothing answered: network, name, certificate, proxy."""


class CallFailed(Exception):
    """A Procore call that brought no usable answer."""

    def __init__(
        self,
        trouble: Trouble,
        problem: Problem,
        *,
        wait: timedelta | None = None,
        may_have_applied: bool = False,
        call: CallRecord | None = None,
    ) -> None:
        super().__init__(problem.code)
        self.trouble, self.problem, self.wait = trouble, problem, wait
        self.may_have_applied, self.call = may_have_applied, call


class TooLate(Exception):
    """What was to be sent had waited too long for the call limit: either side may have moved. Nothing was sent."""


class Gate(Protocol):
    """Stands before every Procore call and keeps both call limits. A 429 never passes it (C8, F046)."""

    async def enter(self, not_after: datetime | None = None) -> None:
        """Returns when one call may go out; waits for the announced time otherwise. Raises TooLate, nothing counted."""
        ...

    async def leave(self, status: int | None, headers: Mapping[str, str]) -> bool:
        """Learns from the answer (None, {}: no answer came). True: limit hit, enter again and repeat the call."""
        ...


class Procore(Protocol):
    """Procore, in terms of lists and bulk calls. Raises CallFailed."""

    async def read_page(self, resource: str, page: int, changed_since: datetime | None, place: Place = NOWHERE) -> Page:
        """Page `page` (from 1) of a list of procore/catalogue.py, at its greatest page size."""
        ...

    async def read_one(self, resource: str, record_id: int, place: Place = NOWHERE) -> Page:
        """One record with everything that its list leaves out, as the only row of a page."""
        ...

    async def synchronize(
        self, resource: str, updates: Sequence[Row], place: Place = NOWHERE, not_after: datetime | None = None
    ) -> SyncAnswer:
        """Creations and updates in one call: at most as many as the resource's write takes. Raises ValueError for more.

        not_after: when the call limit lets it go only later, nothing is sent and TooLate is raised.
        """
        ...

    async def companies(self) -> list[Row]:
        """The companies this client may see: id, name, is_active."""
        ...

    async def me(self) -> Row:
        """Who the connection acts as: id, login, name."""
        ...

    async def aclose(self) -> None:
        """Gives the connections back."""
        ...


# --- our own data -------------------------------------------------------------------------------

Tx = Any
"""The engine's open transaction, as the journal's own kind of session; opaque to everyone else."""


class Steps(Protocol):
    """What a flow may do durably: a finished step is never repeated, whatever is killed when."""

    async def call(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """The JSON-able result of `work`, remembered before it is returned."""
        ...

    async def record(self, name: str, write: Callable[[Tx], Any]) -> Any:
        """`write` and the checkpoint in one commit; its JSON-able result."""
        ...


class Secrets(Protocol):
    """The operating system's key ring, or memory where there is none."""

    @property
    def is_lasting(self) -> bool:
        """False: kept for this run only; the window says so (KEY-01)."""
        ...

    def get(self, name: str) -> str | None:
        """None when nothing is stored under that name."""
        ...

    def put(self, name: str, value: str) -> None:
        """Stores or replaces."""
        ...

    def forget(self, name: str) -> None:
        """Nothing happens when there is none."""
        ...


class Lease(Protocol):
    """Says who may run the engine of a profile: one process at a time, free again with its process."""

    def take(self) -> bool:
        """False when another process has it."""
        ...

    def give_back(self) -> None:
        """Nothing happens when it was never taken."""
        ...


@dataclass(frozen=True)
class HeldCounts:
    """How much the journal holds, for a forecast. Every key is (kind of record, maestro* code of the project or '').

    there: Procore's records that are not gone. to_open: those whose details are out of date. to_send: lines that wait
    to be sent and may be; a key without any is left out. lines: all lines. read_from, sweep_due: of the readings.
    budget: model/pacing.py's Budget as written, {} before the first call. call_seconds: one call, on average; None:
    there was none yet. listed: parts of requests that have not ended whose lists were read before anything else.
    """

    there: Mapping[tuple[str, str], int]
    linked: Mapping[tuple[str, str], int]
    lines: Mapping[tuple[str, str], int]
    to_send: Mapping[tuple[str, str], int]
    to_open: Mapping[tuple[str, str], Sequence[Record]]
    read_from: Mapping[tuple[str, str], datetime]
    sweep_due: Mapping[tuple[str, str], datetime]
    budget: Mapping[str, Any]
    call_seconds: float | None
    listed: Set["PartName"] = frozenset()


PartName = tuple[str, str, str]
"""Request id, kind of record, maestro* code of the project ('' for the company)."""


class Journal(Protocol):
    """The history that outlives everything. Plain calls of a few milliseconds; store/journal.py says more."""

    def begin(self) -> AbstractContextManager[Tx]: ...
    def submit(
        self, wish: Mapping[str, Any], now: datetime, beside: Callable[[Tx, str], None] | None = None
    ) -> tuple[Row, bool]: ...
    def request(self, request_id: str) -> Row: ...
    def open_requests(self) -> list[Row]: ...
    def change_request(self, request_id: str, within: Tx | None = None, **values: Any) -> None: ...
    def cancel(self, request_id: str, user: str) -> bool: ...
    def show_waiting(self, resumes_at: datetime | None) -> None: ...
    def end_unstarted(self, request_id: str, state: RequestState, problem: Problem | None, now: datetime) -> None: ...
    def resume(self, request_id: str) -> bool: ...
    def is_cancelled(self, request_id: str) -> str | None: ...
    def store_records(
        self, tx: Tx, element: str, records: Sequence[Record], seen_by: str | None, scope: str = ""
    ) -> None: ...
    def store_headers(
        self, tx: Tx, element: str, records: Sequence[Record], seen_by: str | None, scope: str = ""
    ) -> None: ...
    def touch_records(self, tx: Tx, element: str, rows: Sequence[Row]) -> None: ...
    def mark_absent(self, tx: Tx, element: str, seen_by: str, scope: str = "") -> int: ...
    def known(self, tx: Tx, element: str, scope: str | None = None) -> list[Record]: ...
    def known_of(self, tx: Tx, kinds: Sequence[str], scope: str) -> dict[str, list[Record]]: ...
    def links(self, tx: Tx, element: str, scope: str | None = None) -> list[Row]: ...
    def link_pairs(self, tx: Tx, element: str, scope: str | None = None) -> dict[str, int]: ...
    def link_pairs_of(self, tx: Tx, kinds: Sequence[str], scope: str) -> dict[str, dict[str, int]]: ...
    def count_links(self) -> int: ...
    def count_marks(self, tx: Tx, element: str, scope: str) -> tuple[int, int]: ...
    def decisions(self, tx: Tx, element: str) -> dict[str, dict[str, str]]: ...
    def decide(self, row: Mapping[str, Any]) -> None: ...
    def unlink(self, tx: Tx, element: str, maestro_key: str, audit: Problem) -> bool: ...
    def link_ends(self, tx: Tx, element: str, maestro_key: str) -> Row | None: ...
    def note_link(self, tx: Tx, **event: Any) -> None: ...
    def note_links(self, tx: Tx, events: Sequence[Row]) -> None: ...
    def link_choice(self, tx: Tx, element: str, name: str) -> str: ...
    def choose_link(self, tx: Tx, element: str, name: str, choice: str, user: str, now: datetime) -> None: ...
    def choose_links(self, tx: Tx, element: str, choices: Mapping[str, str], user: str, now: datetime) -> None: ...
    def link_marks(self, tx: Tx, element: str, scope: str | None = None) -> list[Row]: ...
    def put_link_mark(self, tx: Tx, **mark: Any) -> None: ...
    def forget_link_marks(self, tx: Tx, element: str, procore_ids: Sequence[int]) -> None: ...
    def reading(self, element: str, scope: str) -> Row: ...
    def counts(self) -> "HeldCounts": ...
    def change_reading(self, element: str, scope: str, within: Tx | None = None, **values: Any) -> None: ...
    def part(self, name: PartName) -> Row: ...
    def change_part(self, tx: Tx, name: PartName, **values: Any) -> None: ...
    def part_problems(self, tx: Tx, request_id: str) -> list[Row]: ...
    def count_unchanged(self, tx: Tx, request_id: str, element: str) -> int: ...
    def count_done(self, tx: Tx, name: PartName) -> int: ...
    def write_plan(self, tx: Tx, name: PartName, actions: Sequence[Row], facts: Row) -> None: ...
    def drop_plan(self, tx: Tx, name: PartName) -> None: ...
    def add_action(self, tx: Tx, row: Row) -> int: ...
    def next_seq(self, tx: Tx, request_id: str) -> int: ...
    def update_links(self, tx: Tx, agreements: Mapping[int, Mapping[str, Any]]) -> None: ...
    def open_batches(self, name: PartName) -> list[int]: ...
    def open_actions(self, name: PartName, batch: int) -> list[Row]: ...
    def begin_actions(self, tx: Tx, name: PartName, batch: int, now: datetime) -> None: ...
    def keys_to_create(self, tx: Tx, request_id: str, elements: Sequence[str]) -> dict[str, frozenset[str]]: ...
    def foreseen(self, tx: Tx, kinds: Sequence[str]) -> dict[str, dict[str, int | None]]: ...
    def numbers_in_use(
        self, kinds: Sequence[str], column: str, numbers: Sequence[str], *, is_preview: bool
    ) -> dict[str, str]: ...
    def scopes_of(self, element: str, keys: Sequence[str]) -> set[str]: ...
    def finished_actions(self, tx: Tx, request_id: str, element: str | None = None) -> list[Row]: ...
    def keep_fields(self, tx: Tx, element: str, kept: Mapping[str, Sequence[str]], user: str, at: datetime) -> None: ...
    def release_fields(self, tx: Tx, element: str, kept: Iterable[tuple[str, str]]) -> None: ...
    def change_actions(self, tx: Tx, rows: Sequence[Row]) -> None: ...
    def store_links(self, tx: Tx, rows: Sequence[Row]) -> None: ...
    def forget_decisions(self, tx: Tx, element: str, keys: Iterable[str]) -> None: ...
    def add_progress(self, tx: Tx, request_id: str, done: int) -> None: ...
    def count_states(self, tx: Tx, request_id: str) -> list[Row]: ...
    def acceptances(self, tx: Tx, element: str, scope: str | None = None) -> list[Row]: ...
    def put_acceptances(
        self, tx: Tx, element: str, scope: str, rows: Sequence[Row], present: Set[int] | None
    ) -> None: ...
    def decide_acceptance(self, tx: Tx, element: str, procore_id: int, digest: str, **values: Any) -> bool: ...
    def weights(self, tx: Tx, request_id: str, run: int) -> list[Row]: ...
    def failed_lines(self, tx: Tx, element: str, scope: str) -> frozenset[tuple[str | None, int | None]]: ...
    def put_lines(self, tx: Tx, element: str, lines: Sequence[Row], is_complete: bool, scope: str = "") -> None: ...
    def change_lines(self, tx: Tx, element: str, rows: Sequence[Row]) -> None: ...
    def hold_lines(self, tx: Tx, name: PartName, batch: int) -> None: ...
    def release_lines(self, tx: Tx, request_id: str) -> None: ...
    def strangers(self, tx: Tx, element: str) -> frozenset[tuple[str, str]]: ...
    def tell_apart(self, tx: Tx, element: str, pairs: Iterable[tuple[str, str]], user: str, now: datetime) -> None: ...
    def look_again(self, tx: Tx, element: str, pairs: Iterable[tuple[str, str]]) -> None: ...
    def explanations(self, tx: Tx) -> Known: ...
    def put_explanations(self, tx: Tx, written: Iterable[Explanation]) -> None: ...
    def was_asked_for(self, element: str) -> bool: ...
    def element_states(self) -> dict[str, Row]: ...
    def change_element(self, element: str, within: Tx | None = None, **values: Any) -> None: ...
    def settings(self) -> dict[str, Any]: ...
    def setting(self, tx: Tx, key: str) -> Any: ...
    def change_settings(
        self, values: Mapping[str, Any], user: str, now: datetime, within: Tx | None = None
    ) -> None: ...
    def unpair(self) -> None: ...
    def forget_reading(self) -> None: ...
    def add_exchange(self, tx: Tx, call: CallRecord, request_id: str | None, attempt: int) -> int: ...
    def put_reconciliation(self, tx: Tx, request_id: str, **values: Any) -> None: ...
    def reconciliation(self, request_id: str) -> Row | None: ...
    def forget_reconciled(self, tx: Tx, request_id: str) -> None: ...
    def keep_reconciled(self, tx: Tx, request_id: str, project: str, found: Reconciliation) -> None: ...
    def reconciled_facts(self, tx: Tx, request_id: str) -> Row: ...
    def unsent(self, tx: Tx, project: str) -> dict[str, dict[str, Problem]]: ...
    def beat(
        self, worker: str, host: str, process: int, now: datetime | None, doing: str, started_at: datetime
    ) -> None: ...
    def clean(self, before: datetime) -> None: ...
    def prune(self, before: datetime) -> int: ...
