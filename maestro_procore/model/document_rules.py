"""What of a document that comes from Procore may be written here: its locks, and the verdict on each difference.

Pure. Nothing that accounting transferred or invoiced is ever changed: the difference is told instead.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from maestro_procore.model.compare import Difference, Winner
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Subject, Writes
from maestro_procore.model.values import Value, lines_of, means_the_same, money

LINES, STATUS, PARTNER = "lines", "status", "supplier"
# Further along comes later. A document is never moved back here because Procore is behind.
_RANK = {"pending": 0, "submitted": 1, "approved": 1, "open": 2, "closed": 3, "cancelled": 4, "rejected": 4,
         "non_billable": 4}  # fmt: skip
ENDS = frozenset({"cancelled", "rejected"})
_LIVE = frozenset({"approved", "open", "submitted"})


@dataclass(frozen=True)
class Lock:
    """What keeps a document of maestro* as it is. invoiced: numbers of the lines that were."""

    is_transferred: bool = False
    invoiced: frozenset[int] = frozenset()

    @property
    def holds(self) -> bool:
        return self.is_transferred or bool(self.invoiced)


@dataclass(frozen=True)
class Found:
    """What is to be written of a document: to be judged once more before it is."""

    record: Record
    mine: Record | None
    writes: Mapping[str, Any]


@dataclass(frozen=True)
class Documents:
    """What tells one kind of document that comes from Procore from another: its messages, rules and columns.

    creates: statuses, in maestro*'s words, with which a new one is entered. lock: of a document of maestro*. checks:
    what stands against a write, beyond what could not be translated. new: header columns besides the mapped ones,
    and the maestro* key ('' : counted). soft: fields that accounting owns after the transfer. ended: message when
    what is invoiced is voided; can_end_transferred: what is only transferred may be. told: of a creation, by its key.
    """

    skipped: str
    transferred: str
    moved_here: str
    taken: str
    differing: str
    ended: str
    lock: Callable[[Record], Lock]
    checks: Callable[[Found, Subject], list[Problem]]
    new: Callable[[Record, Subject], tuple[Writes, str]]
    creates: frozenset[str] = frozenset({"approved"})
    soft: frozenset[str] = frozenset({"memo"})
    is_marked: bool = True
    can_end_transferred: bool = True
    told: Callable[[Record, str], list[Problem]] = lambda record, key: []


def natural_number(record: Record) -> str | None:
    """The number that both sides know a document by, in capitals."""
    number = record.values.get("natural")
    return str(number).upper() if number else None


@dataclass
class Judge:
    """Decides about the differences of one document, and collects what has to be told."""

    documents: Documents
    element: str
    mine: Record
    record: Record
    lock: Lock
    choices: Mapping[str, str]
    kept: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    moved: bool = False
    ended: bool = False

    def winner(self, each: Difference) -> Winner:
        name = each.field.name
        if each.procore is None and each.agreed is None:
            return Winner.KEEP  # Procore has never said anything about it
        if name in self.choices:
            if each.winner is Winner.KEEP:
                self.kept.append(name)
                return Winner.KEEP
        elif each.was_agreed and self._moved_here(each) and not self._is_live(each):
            self.moved = True
            return Winner.CONFLICT
        if name == STATUS:
            return self._status(each)
        return self._locked(each) if self.lock.holds else Winner.PROCORE

    def _moved_here(self, each: Difference) -> bool:
        """Somebody changed it in maestro* since both sides agreed."""
        return not means_the_same(each.field.kind, each.maestro, each.agreed, each.field.narrower)

    def _is_live(self, each: Difference) -> bool:
        """Approved here and open there: maestro* opens an order by itself."""
        return each.field.name == STATUS and {each.maestro, each.procore} <= _LIVE

    def _status(self, each: Difference) -> Winner:
        mine, theirs = str(each.maestro), str(each.procore)
        if theirs in ENDS:
            is_posted = self.lock.is_transferred and not self.documents.can_end_transferred
            self.ended = bool(self.lock.invoiced) or is_posted
            return Winner.KEEP if self.ended else Winner.PROCORE
        if self._is_live(each) or not each.was_agreed:
            return Winner.PROCORE if _RANK.get(theirs, 0) > _RANK.get(mine, 9) else Winner.KEEP
        return Winner.PROCORE

    def _locked(self, each: Difference) -> Winner:
        """Of a transferred or invoiced document nothing moves. What differed when it was linked stays so, untold."""
        name = each.field.name
        is_of_the_first_day = not each.was_agreed and (
            name not in (LINES, PARTNER) or comes_to_the_same(self.mine, self.record)
        )
        if name in self.documents.soft or (is_of_the_first_day and name not in self.choices):
            return Winner.KEEP
        touched = _changed_lines(each.maestro, each.procore) & self.lock.invoiced if name == LINES else frozenset()
        self.lines += sorted(touched)
        if not touched:
            self.stopped.append(name)
        return Winner.KEEP

    def is_let_be(self, each: Difference) -> bool:
        """Accounting's own text on a transferred document is no difference that anybody has to see."""
        return each.winner is Winner.KEEP and self.lock.holds and each.field.name in self.documents.soft

    def problems(self) -> list[Problem]:
        of = {"element": self.element}
        told = [Problem("PO-16", {"line": line, "no": shown_number(self.record)}) for line in self.lines]
        if self.stopped:
            told.append(Problem(self.documents.transferred, {"no": self._name, "fields": self.stopped, **of}))
        if self.ended:
            told.append(Problem(self.documents.ended, {"no": self._name}))
        if self.moved:
            told.append(Problem(self.documents.moved_here, {"no": self._name}))
        return told + [Problem("LNK-09", {"field": name, **of}) for name in self.kept]

    @property
    def _name(self) -> str:
        return self.mine.key


def shown_number(record: Record) -> str:
    """What people call a document of Procore."""
    return str(record.values.get("shown") or natural_number(record) or record.key)


def _sums(record: Record) -> tuple[Value, Counter[tuple[Any, ...]]]:
    """What a document comes to: supplier, and amount per side, order, activity and group."""
    sums: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for line in lines_of(record.values.get(LINES)):
        sums[tuple(line.get(n) for n in _CHARGED)] += money(line.get("amount"))
    return record.values.get(PARTNER), Counter({(*key, amount): 1 for key, amount in sums.items() if amount})


_CHARGED = ("side", "order_id", "project_code", "activity_code", "group_code")


def comes_to_the_same(mine: Record, record: Record) -> bool:
    """Same supplier, and the same amount on each activity and group: texts, units and prices may differ."""
    return _sums(mine) == _sums(record)


def _changed_lines(mine: Value, theirs: Value) -> frozenset[int]:
    """Numbers of the lines that the two sides do not have alike."""
    here, there = ({int(line["line_no"]): line for line in lines_of(v)} for v in (mine, theirs))
    return frozenset(n for n in here.keys() | there.keys() if here.get(n) != there.get(n))


def lines_named(record: Record, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Columns of the lines of a document."""
    return [tuple(line.get(name) for name in names) for line in lines_of(record.values.get(LINES))]
