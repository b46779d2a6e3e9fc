"""Hold a run that would change unusually much, until a person types how much it is. Pure.

Weighed part by part, as runs go project by project; the figures of one request are added up. What holds a request and
lets it go is engine/holding.py. Creations of the first synchronization of an element are what everybody expects; later
ones count with their amounts, but for the share of a project: a young one grows by more than it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from maestro_procore.model.acceptance import amount_of
from maestro_procore.model.compare import Difference, Winner
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.problems import JsonValue, Problem
from maestro_procore.model.rules import Item, Subject
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, exact_number, lines_of

_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Limits:
    """Above which a run waits. records: of a request. amount: moved by a request. percent: of one project's amount.

    None: not looked at.
    """

    records: int | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None

    @classmethod
    def of_settings(cls, values: Mapping[str, Any]) -> "Limits":
        """As Configuration says; nothing is looked at while the guard is off."""
        if values.get("guard") is False:
            return cls()
        amount, percent = values.get("guard_amount"), values.get("guard_percent")
        return cls(
            values.get("guard_records"),
            None if amount is None else Decimal(amount),
            None if percent is None else Decimal(percent),
        )

    @property
    def is_off(self) -> bool:
        return self.records is None and self.amount is None and self.percent is None


@dataclass(frozen=True)
class Weight:
    """What a part would change. moved: sum of absolute differences. created: the same of what is new.

    base: what its linked records come to now.
    """

    name: str = ""
    """Kind and project, "budgets@P100"."""
    records: int = 0
    moved: Decimal = _NOTHING
    base: Decimal = _NOTHING
    currency: str = "CAD"
    """Of the company: amounts are added up as they stand, never converted."""
    created: Decimal = _NOTHING

    def to_json(self) -> dict[str, Any]:
        amounts = {"moved": str(self.moved), "created": str(self.created), "base": str(self.base)}
        return {"name": self.name, "records": self.records, "currency": self.currency, **amounts}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Weight":
        amounts = (Decimal(row["moved"]), Decimal(row["base"]))
        created = Decimal(row.get("created", "0.00"))  # an older program wrote none
        return cls(row["name"], row["records"], *amounts, row["currency"], created)

    @property
    def project(self) -> str:
        return self.name.partition("@")[2]

    @property
    def percent(self) -> Decimal:
        """Of the project's amount; 0 where there is none to compare with."""
        return abs(self.moved) * 100 / self.base if self.project and self.base else Decimal(0)


@dataclass(frozen=True)
class Confirmed:
    """What a person has let go: so many records, so much moved, and so much of each part."""

    records: int = 0
    moved: Decimal = _NOTHING
    parts: Mapping[str, Decimal] = field(default_factory=dict)

    @classmethod
    def all_of(cls, weights: Sequence[Weight]) -> "Confirmed":
        """Everything that a request was found to change."""
        return cls(records_of(weights), moved_of(weights), {w.name: w.moved for w in weights if w.moved})

    def to_json(self) -> dict[str, Any]:
        parts = {name: str(moved) for name, moved in self.parts.items()}
        return {"records": self.records, "moved": str(self.moved), "parts": parts}

    @classmethod
    def from_json(cls, row: Mapping[str, Any] | None) -> "Confirmed":
        """Nothing at all for None."""
        if row is None:
            return cls()
        parts = {name: Decimal(moved) for name, moved in row["parts"].items()}
        return cls(row["records"], Decimal(row["moved"]), parts)


def records_of(weights: Sequence[Weight]) -> int:
    """Records that a request would change."""
    return sum(weight.records for weight in weights)


def moved_of(weights: Sequence[Weight]) -> Decimal:
    """Dollars that a request would move, what is new included."""
    return sum((weight.moved + weight.created for weight in weights), _NOTHING)


def weigh(name: str, subject: Subject, items: Sequence[Item], *, is_main: bool, is_first: bool) -> Weight:
    """What a plan would change. is_main: its records are the element's own. is_first: it never succeeded before."""
    changing = [item for item in items if any(item.writes.values()) and not item.is_blocked]
    records = sum(_counts(item, is_first=is_first) for item in changing) if is_main else 0
    moved = sum((_moved(item) for item in changing), _NOTHING)
    new = [item for item in changing if item.kind is ActionKind.CREATE and not is_first]
    created = sum((_created(subject.element_map, item) for item in new), _NOTHING)
    base = _base(subject) if moved else _NOTHING
    return Weight(name, records, moved, base, subject.settings.currency, created)


def _counts(item: Item, *, is_first: bool) -> bool:
    """Whether a person would say that the record is changed: a mere mark or number is not."""
    if item.kind is ActionKind.CREATE:
        return not is_first
    if item.kind is ActionKind.LINK:
        return any(_is_written(item, each) for each in item.differences)
    return item.kind is ActionKind.UPDATE


def _is_written(item: Item, each: Difference) -> bool:
    if each.winner not in (Winner.MAESTRO, Winner.PROCORE):
        return False
    columns = {Side.MAESTRO: each.field.maestro, Side.PROCORE: each.field.procore}
    return any(columns[side] in written for side, written in item.writes.items())


def _moved(item: Item) -> Decimal:
    """Sum of the absolute differences of a record's amounts; where its lines tell more than its total, that of them."""
    if item.kind not in (ActionKind.UPDATE, ActionKind.LINK):
        return _NOTHING
    written = [each for each in item.differences if _is_written(item, each)]
    amounts = [abs(_number(d.maestro) - _number(d.procore)) for d in written if d.field.kind is Kind.MONEY]
    lines = [_lines_moved(d) for d in written if d.field.kind is Kind.LINES]
    return max(sum(amounts, _NOTHING), sum(lines, _NOTHING))


def _created(element_map: ElementMap, item: Item) -> Decimal:
    """What a new record brings along, in absolute amounts; a total that only sums up its lines is not counted."""
    record = item.maestro or item.procore
    values = record.values if record is not None else {}
    amounts = [abs(_number(values.get(f.name))) for f in element_map.compared if f.kind is Kind.MONEY]
    lines = [_amounts(values.get(f.name)) for f in element_map.compared if f.kind is Kind.LINES]
    of_lines = (abs(amount) for each in lines for amount in each.values())
    return max(sum(amounts, _NOTHING), sum(of_lines, _NOTHING))


def _lines_moved(each: Difference) -> Decimal:
    here, there = _amounts(each.maestro), _amounts(each.procore)
    numbers = sorted(here.keys() | there.keys())
    return sum((abs(here.get(n, _NOTHING) - there.get(n, _NOTHING)) for n in numbers), _NOTHING)


def _amounts(value: Any) -> dict[int, Decimal]:
    """Number of a line, or its place where lines have none, → amount."""
    found: dict[int, Decimal] = {}
    for place, row in enumerate(lines_of(value), start=1):
        number = int(row.get("line_no") or place)
        found[number] = found.get(number, _NOTHING) + _number(row.get("amount"))
    return found


def _number(value: Any) -> Decimal:
    return exact_number(value) or _NOTHING


def _base(subject: Subject) -> Decimal:
    """What the linked records come to on the side that is written to."""
    targets = subject.element_map.direction.targets
    if Side.MAESTRO in targets:
        held = [record for record in subject.maestro if record.key in subject.links]
    else:
        linked = {link.procore_id for link in subject.links.values()}
        held = [record for record in subject.procore if record.procore_id in linked]
    return sum((abs(amount_of(subject.element_map, record)) for record in held), _NOTHING)


def is_over(weights: Sequence[Weight], limits: Limits, confirmed: Confirmed) -> bool:
    """Whether what a request would change, all weights together, is more than allowed and more than confirmed."""
    return _is_too_much(weights, limits, confirmed) or any(_is_too_much_of(w, limits, confirmed) for w in weights)


def _is_too_much(weights: Sequence[Weight], limits: Limits, confirmed: Confirmed) -> bool:
    records, moved = records_of(weights), moved_of(weights)
    if limits.records is not None and records > max(limits.records, confirmed.records):
        return True
    return limits.amount is not None and moved > max(limits.amount, confirmed.moved)


def _is_too_much_of(weight: Weight, limits: Limits, confirmed: Confirmed) -> bool:
    is_over_percent = limits.percent is not None and weight.percent > limits.percent
    return is_over_percent and weight.moved > confirmed.parts.get(weight.name, _NOTHING)


def foretold(weights: Sequence[Weight]) -> Problem:
    """What a preview says of a request that would be held (GRD-05)."""
    amount = f"{moved_of(weights)} {weights[0].currency}"
    return Problem("GRD-05", {"n": records_of(weights), "amount": amount})


def told(weights: Sequence[Weight], limits: Limits, confirmed: Confirmed, request: str) -> Problem:
    """What a held request would change: GRD-01, or GRD-02 when it is much of one project only.

    request: its number, as people call it.
    """
    currency = weights[0].currency
    shown: dict[str, JsonValue] = {
        "n": records_of(weights),
        "amount": f"{moved_of(weights)} {currency}",
        "request": request,
    }
    of_one = [weight for weight in weights if _is_too_much_of(weight, limits, confirmed)]
    if _is_too_much(weights, limits, confirmed) or not of_one:
        return Problem("GRD-01", shown)
    widest = max(of_one, key=lambda weight: weight.percent)
    return Problem("GRD-02", {**shown, "percent": f"{widest.percent:.1f}", "project": widest.project})
