"""What enters maestro* waits until an accounting approver has seen it and accepted exactly that. Pure.

Applied to the items of a plan before they are written down. What waits, and what was decided, the journal keeps
(store/acceptances.py); deciding is engine/approvals.py.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from maestro_procore.model.document_rules import shown_number
from maestro_procore.model.elements import Direction, Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, exact_number, lines_of, money


class Verdict(StrEnum):
    """What an approver has said of a document."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Approver:
    """Who accepts. limit: the highest amount of one document, None: any. accepts_own: also what he requested."""

    user: str
    limit: Decimal | None = None
    accepts_own: bool = False


@dataclass(frozen=True)
class Held:
    """One document that wants to enter maestro*, as the journal keeps it.

    kind: of record. maestro_key: of its line, '' while it has none or when the page shows it by its Procore id only.
    digest: names the content that the verdict is about. amount: canonical text, of the whole document, before tax.
    requested_by: who requested the run in which the document was first planned. decided_by of a document that waits:
    who had decided about it before Procore changed it.
    """

    kind: str
    procore_id: int
    digest: str
    requested_by: str
    name: str = ""
    amount: str = "0.00"
    currency: str = ""
    maestro_key: str = ""
    verdict: Verdict = Verdict.WAITING
    decided_by: str = ""
    reason: str = ""

    @property
    def key(self) -> str:
        """By what its line is named: the maestro* key, or while there is none the Procore id as text."""
        return self.maestro_key or str(self.procore_id)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Held":
        """From a row of the journal."""
        same = {name: row[name] for name in _SAME}
        return cls(row["element"], **same, verdict=Verdict(row["verdict"]))

    def to_row(self) -> dict[str, Any]:
        """The columns that tell it from others of its kind."""
        return {**{name: getattr(self, name) for name in _SAME}, "verdict": self.verdict.value}


_SAME = tuple(f.name for f in fields(Held) if f.name not in ("kind", "verdict"))


@dataclass(frozen=True)
class Total:
    """What an approver says that he accepts: how many documents, and what they come to per currency."""

    count: int
    amounts: Mapping[str, Decimal]

    def __str__(self) -> str:
        """For a message: "3 · 12345.67 CAD"."""
        return " · ".join(
            [str(self.count), *(f"{each:.2f} {cur}".strip() for cur, each in sorted(self.amounts.items()))]
        )


def page_of(element_map: ElementMap) -> str:
    """The element on whose page people see the records of a kind."""
    return element_map.part_of or element_map.element


def concerns(element_map: ElementMap) -> bool:
    """Whether records of a kind may wait: those that come from Procore."""
    return element_map.direction is Direction.FROM_PROCORE


def judge(
    element_map: ElementMap,
    items: Sequence[Item],
    held: Mapping[int, Held],
    requested_by: str,
    approver: Approver | None = None,
) -> tuple[list[Item], list[Held]]:
    """The items with those that have to wait turned into questions, and what the journal is to keep of each.

    held: Procore id → what it kept last time. requested_by: of this run. approver: accepts what waits, in this run.
    """
    judged, kept = [], []
    for item in items:
        if item.procore is None or item.is_blocked or not item.writes.get(Side.MAESTRO):
            judged.append(item)
            continue
        row = _standing(element_map, item, held.get(item.procore.procore_id), requested_by)
        against = None
        if approver is not None and row.verdict is Verdict.WAITING:
            against = objection(row, approver)
            row = row if against is not None else replace(row, verdict=Verdict.ACCEPTED, decided_by=approver.user)
        kept.append(row)
        judged.append(item if row.verdict is Verdict.ACCEPTED else _waiting(item, told(row), against))
    return judged, kept


def _standing(element_map: ElementMap, item: Item, before: Held | None, requested_by: str) -> Held:
    """What is known of an item's content: a verdict about another content is none."""
    assert item.procore is not None, "only what comes from Procore waits"
    is_line = item.maestro is not None and element_map.has_page
    now = Held(
        element_map.element,
        item.procore.procore_id,
        digest_of(element_map, item),
        requested_by,
        name=shown_number(item.procore),
        amount=format(amount_of(element_map, item.procore), "f"),
        currency=str(item.procore.values.get("currency") or ""),
        maestro_key=item.maestro.key if is_line and item.maestro is not None else "",
    )
    if before is None:
        return now
    if before.digest != now.digest:
        # Still the wish of whoever asked for the document first: an approver's own run must not bar him.
        return replace(now, requested_by=before.requested_by, decided_by=before.decided_by)
    return replace(
        now,
        requested_by=before.requested_by,
        verdict=before.verdict,
        decided_by=before.decided_by,
        reason=before.reason,
    )


def told(row: Held) -> Problem:
    """Why a document does not enter maestro* yet."""
    shown = f"{row.amount} {row.currency}".strip()
    if row.verdict is Verdict.REFUSED:
        return Problem("ACC-03", {"no": row.name, "user": row.decided_by, "text": row.reason})
    if row.decided_by:
        return Problem("ACC-02", {"no": row.name, "amount": shown, "user": row.decided_by})
    return Problem("ACC-01", {"no": row.name, "amount": shown, "user": row.requested_by})


def _waiting(item: Item, why: Problem, against: Problem | None) -> Item:
    problems = (why, *((against,) if against is not None else ()), *item.problems)
    return replace(item, kind=ActionKind.SKIP, writes={}, problems=problems, is_question=True)


def objection(row: Held, approver: Approver) -> Problem | None:
    """Why this person may not accept this document; None: he may."""
    if row.requested_by == approver.user and not approver.accepts_own:
        return Problem("ACC-04", {"no": row.name, "user": approver.user})
    if approver.limit is not None and abs(Decimal(row.amount)) > approver.limit:
        shown = f"{row.amount} {row.currency}".strip()
        return Problem(
            "ACC-05", {"no": row.name, "amount": shown, "user": approver.user, "limit": f"{approver.limit:.2f}"}
        )
    return None


def total_of(rows: Sequence[Held]) -> Total:
    """The control total of some documents."""
    amounts: dict[str, Decimal] = {}
    for row in rows:
        amounts[row.currency] = amounts.get(row.currency, Decimal(0)) + Decimal(row.amount)
    return Total(len(rows), amounts)


def digest_of(element_map: ElementMap, item: Item) -> str:
    """Names what would be written of the mapping: 32 hex digits.

    Columns that the mapping does not know (period, who entered it, when) may be others tomorrow: nobody accepts those.
    Nor the number of what maestro* counts: whether Procore's is still free is known when it is given.
    """
    written = item.writes.get(Side.MAESTRO, {})
    is_counted = element_map.document is not None and bool(element_map.document.numbered_by)
    mapped = {each.maestro for each in element_map.fields} - ({element_map.key_column} if is_counted else set())
    content: dict[str, Any] = {column: value for column, value in written.items() if column in mapped}
    whole = json.dumps([element_map.element, content], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def amount_of(element_map: ElementMap, record: Record) -> Decimal:
    """What a record comes to: its first amount, else the sum of its lines."""
    for each in element_map.fields:
        if each.kind is Kind.MONEY and record.values.get(each.name) is not None:
            return money(record.values[each.name])
    lines = [line for f in element_map.fields if f.kind is Kind.LINES for line in lines_of(record.values.get(f.name))]
    return sum((exact_number(line.get("amount")) or Decimal(0) for line in lines), Decimal(0)) + Decimal("0.00")


def limits_of(words: str) -> dict[str, Decimal | None]:
    """User code in capitals → highest amount of one document (None: any), from the setting `acceptance_limits`.

    words: "CODE 50000, OTHER any, * 10000"; the star stands for everybody else. Errors: ValueError.
    """
    found: dict[str, Decimal | None] = {}
    for pair in (part.split() for part in words.replace(";", ",").split(",") if part.strip()):
        if len(pair) != 2:
            raise ValueError(" ".join(pair))
        limit = None if pair[1].casefold() == ANY else exact_number(pair[1])
        if limit is not None and limit < 0:
            raise ValueError(" ".join(pair))
        found[pair[0].upper()] = limit
    return found


ANY = "any"


def approver_of(user: str, values: Mapping[str, Any]) -> Approver:
    """A person as an approver. values: the settings in force. Without limits anybody may accept any amount.

    As soon as limits are written down, whoever is not among them (and no star is) accepts nothing.
    """
    limits = limits_of(str(values.get("acceptance_limits") or ""))
    limit = limits.get(user.upper(), limits.get("*", Decimal(0))) if limits else None
    return Approver(user, limit, bool(values.get("accepts_own_requests")))


def setting_of(element: str) -> str:
    """The setting that switches acceptance on and off for an element."""
    return f"acceptance_{element.replace('-', '_')}"


def is_on(element: str, values: Mapping[str, Any]) -> bool:
    """Whether the documents of an element wait for an approver; emptied, a setting stands at its default."""
    return values.get(setting_of(element), False) is not False
