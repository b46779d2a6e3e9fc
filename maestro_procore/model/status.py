"""Closed lists of states and outcomes, what may follow what, and the symbol each one shows."""

from enum import StrEnum


class RequestState(StrEnum):
    """Where a request for synchronization stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    WARNED = "warned"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """True when nothing more happens without a person."""
        return self in ENDED


OPEN = frozenset({RequestState.QUEUED, RequestState.RUNNING, RequestState.WAITING})
ENDED = frozenset(RequestState) - OPEN

# QUEUED is reachable from every state: a crash, or a person who resumes, starts over from the journal.
NEXT: dict[RequestState, frozenset[RequestState]] = {
    RequestState.QUEUED: frozenset({RequestState.RUNNING, RequestState.CANCELLED}),
    RequestState.RUNNING: frozenset(RequestState) - {RequestState.RUNNING},
    RequestState.WAITING: frozenset(
        {RequestState.RUNNING, RequestState.CANCELLED, RequestState.QUEUED, RequestState.FAILED}
    ),
    RequestState.DONE: frozenset(),
    RequestState.WARNED: frozenset({RequestState.QUEUED}),
    RequestState.FAILED: frozenset({RequestState.QUEUED}),
    RequestState.CANCELLED: frozenset({RequestState.QUEUED}),
}


class ActionState(StrEnum):
    """Where one action of a request stands."""

    PLANNED = "planned"
    RUNNING = "running"
    RETRY = "retry"
    DONE = "done"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"

    @property
    def is_open(self) -> bool:
        """True while its request still has to do something about the action.

        An unknown one is no longer open: sent again as it stands, it might be written twice. Only a new
        comparison, of the next run or of a resumed request, tells what became of it.
        """
        return self in OPEN_ACTIONS


OPEN_ACTIONS = frozenset({ActionState.PLANNED, ActionState.RUNNING, ActionState.RETRY})


class ActionKind(StrEnum):
    """What an action does to a record."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    LINK = "link"
    SKIP = "skip"
    UNLINK = "unlink"


class LineStatus(StrEnum):
    """The stored part of the symbol in front of a line (F002, C20)."""

    NEVER = "never"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Symbol(StrEnum):
    """What the reader sees in front of a line; also the name of the icon in resources/icons."""

    DASH = "dash"
    CHECK = "check"
    CROSS = "cross"
    WHEEL = "wheel"
    HOURGLASS = "hourglass"


_SYMBOLS = {
    LineStatus.NEVER: Symbol.DASH,
    LineStatus.QUEUED: Symbol.HOURGLASS,
    LineStatus.RUNNING: Symbol.WHEEL,
    LineStatus.DONE: Symbol.CHECK,
    LineStatus.FAILED: Symbol.CROSS,
}

REQUEST_SYMBOLS = {
    RequestState.QUEUED: Symbol.HOURGLASS,
    RequestState.RUNNING: Symbol.WHEEL,
    RequestState.WAITING: Symbol.HOURGLASS,
    RequestState.DONE: Symbol.CHECK,
    RequestState.WARNED: Symbol.CHECK,
    RequestState.FAILED: Symbol.CROSS,
    RequestState.CANCELLED: Symbol.DASH,
}

ACTION_SYMBOLS = {
    ActionState.PLANNED: Symbol.HOURGLASS,
    ActionState.RUNNING: Symbol.WHEEL,
    ActionState.RETRY: Symbol.HOURGLASS,
    ActionState.DONE: Symbol.CHECK,
    ActionState.WARNED: Symbol.CHECK,
    ActionState.FAILED: Symbol.CROSS,
    ActionState.SKIPPED: Symbol.DASH,
    ActionState.UNKNOWN: Symbol.CROSS,
}


def symbol_of(status: LineStatus, request_state: RequestState | None) -> Symbol:
    """The symbol of a line, given the state of the request that holds it (None: no request does).

    A running line turns into an hourglass while its request waits for the call limit (F008).
    """
    if status is LineStatus.RUNNING and request_state is RequestState.WAITING:
        return Symbol.HOURGLASS
    return _SYMBOLS[status]
