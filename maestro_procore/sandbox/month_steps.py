"""What the days of the month scenario are made of: single steps on either side, as data.

A step names the record it works on by what people call it (an order's number, a supplier's code), never by an id, so
that it finds the record after any run of the program. Carrying steps out is training/play.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    """What a step does with the records that answer to its description.

    All can be repeated: whoever finds the outcome in place writes nothing.
    """

    ENTER = "enter"
    """Make the record, unless one answers to the description."""
    CHANGE = "change"
    """Give all that answer to the description these values; there is at least one."""
    REMOVE = "remove"
    """Take away what answers to the description, if anything does."""
    MERGE = "merge"
    """Merge the company of Procore that answers to the description, if one does, into the one of `merged_into`."""
    RECOUNT = "recount"
    """A budget line of maestro*: modified cost = original cost and its approved modifications."""


@dataclass(frozen=True)
class Ref:
    """A value that is looked up when the step is played: the column of the one record with that description.

    place: an m_ table of maestro*, or a collection word of Procore.
    """

    place: str
    match: Mapping[str, Any]
    column: str = "id"


@dataclass(frozen=True)
class Step:
    """One write. place: an m_ table of maestro*, or a collection word of Procore's control interface.

    match: describes the record; values may be Ref. An entered record gets match and values together.
    """

    act: Act
    place: str
    match: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_in_maestro(self) -> bool:
        """Whether the step works on maestro*, and not on Procore."""
        return self.place.startswith("m_")


class Outcome(StrEnum):
    """What an accountant sees of a record after the synchronization that follows the day."""

    CREATED = "created"
    UPDATED = "updated"
    LINKED = "linked"
    UNCHANGED = "unchanged"
    """Nothing is written: the record is skipped, or both sides have it already."""
    WARNED = "warned"
    """A warning on the line: it goes through, or waits for somebody's choice."""
    REFUSED = "refused"
    """An error on the line; nothing is written of it."""


@dataclass(frozen=True)
class Expected:
    """One line of an element after the day. record: the number, code or title that the line shows.

    code: of the message on it, "" when none is asked for.
    """

    element: str
    record: str
    outcome: Outcome
    code: str = ""


@dataclass(frozen=True)
class Day:
    """One day of the scenario.

    topics: the happenings it holds, words of TOPICS. clicks: how many accountants press Synchronize at once
    afterwards. is_quiet: the following synchronization has nothing to write. cutoff: the certificate to draw up
    that day, None on most.
    """

    number: int
    falls_on: date
    steps: tuple[Step, ...] = ()
    expected: tuple[Expected, ...] = ()
    topics: tuple[str, ...] = ()
    clicks: int = 1
    is_quiet: bool = False
    cutoff: date | None = None


# Everything that the month must hold at least once.
TOPICS = (
    "orders approved",
    "change order approved before its commitment",
    "commitment edited before an invoice",
    "commitment edited after an invoice",
    "number changed after the link",
    "vendor changed after the link",
    "title changed after the link",
    "void with invoices",
    "void without invoices",
    "received, then partially received",
    "order short-closed in maestro*",
    "owner change order raises the budget",
    "budget locked, then modified",
    "invoice sent, order linked later",
    "invoice reversed and re-entered",
    "cost recoded",
    "cost moved to another project",
    "credit note",
    "back-charge",
    "holdback release",
    "backdated invoice in a closed period",
    "accrual and its reversal",
    "same invoice number twice",
    "rounding by a cent",
    "supplier address changed on both sides",
    "supplier blocked, then unblocked",
    "companies merged in Procore",
    "project closed, then reopened",
    "commitment deleted while Draft",
    "change order voided after transfer",
    "two accountants at once",
    "construction holiday",
    "month end with certificate",
)


def enter(place: str, match: Mapping[str, Any], **values: Any) -> Step:
    """Make a record unless there is one."""
    return Step(Act.ENTER, place, match, values)


def change(place: str, match: Mapping[str, Any], **values: Any) -> Step:
    """Change the records that answer to the description."""
    return Step(Act.CHANGE, place, match, values)


def merge(match: Mapping[str, Any], survivor: Ref) -> Step:
    """One company of Procore becomes a part of another."""
    return Step(Act.MERGE, "vendors", match, {"merged_into": survivor})


def remove(place: str, match: Mapping[str, Any]) -> Step:
    """Take records away."""
    return Step(Act.REMOVE, place, match)
