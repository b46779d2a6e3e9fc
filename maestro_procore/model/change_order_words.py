"""Change order packages of Procore in maestro*'s words: which contract each changes, its number, its dates and lines.

One package with its show is the whole change order in one, two and three tiers: the lines of what stands below are in
it, so nothing below is ever read. Source: maestro-interface.md §3.8, procore-api.md §6.9.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from maestro_procore.model.charges import order_key
from maestro_procore.model.mapping import Field, Record, ValueTables
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context
from maestro_procore.model.schedules import raw_lines, schedules_of, total_of
from maestro_procore.model.value_maps import SKIP, in_force
from maestro_procore.model.values import Kind, Value, exact_number, lines_of, money

ELEMENT: Final = "change-orders"
NUMBER_LENGTH: Final = 20
COMMITMENTS: Final = ("purchase-orders", "subcontracts")
Row = Mapping[str, Any]


class Contract(StrEnum):
    """What a change order changes."""

    SUBCONTRACT = "subcontracts"
    PURCHASE_ORDER = "purchase-orders"
    OWNER = "prime-contracts"


@dataclass(frozen=True)
class Changed:
    """The contract of a package. order: its m_order row, empty for the owner's; fault: why there is none here."""

    kind: Contract | None
    order: Row
    key: str = ""
    fault: Problem | None = None


TITLE: Final = Field("title", "description", "title", Kind.TEXT, 60, 255, "PO-06", shown=True)
STATUS: Final = Field("status", "status", "status", Kind.TEXT, 12, shown=True)
TOTAL: Final = Field("total", "total", "total", Kind.MONEY, is_identity=True, shown=True)
"""The sum of the lines on the contract's own side: shown, but what is compared is each line."""
MEMO: Final = Field("memo", "memo", "description", Kind.LONG_TEXT)


CLUES: Final = (
    Field("contract_id", "", "contract_id"),
    Field("package", "", "number"),
    Field("type", "", "type"),
    Field("grand_total", "", "grand_total"),
    Field("currency", "currency", "currency", Kind.CODE),
    Field("is_whole", "", "is_whole", Kind.FLAG),
    Field("potential_id", "", "potential_id"),
    Field("several", "", "several", Kind.FLAG),
)
"""What a package is recognised and judged by, beside the mapped fields."""


def attributes(row: Row) -> Row:
    """A package as the mapping reads it; its lines stand in its show only."""
    currency = row.get("currency_configuration") or {}
    return {
        **row,
        "currency": currency.get("currency_iso_code"),
        "approved_on": row.get("reviewed_at") or row.get("due_date"),
        "is_whole": row.get("line_items") is not None or None,
        "line_items": raw_lines(row.get("line_items")),
    }


def wants_detail(record: Record, tables: ValueTables) -> bool:
    """One call each: only for what may be entered."""
    if record.values.get("several"):
        return False
    target = tables[f"statuses.{ELEMENT}"].get(str(record.values.get("status")), "approved")
    return target not in (SKIP, "rejected")


def target_of(record: Record, context: Context) -> str | None:
    """What a package's status means here; None when nothing says so."""
    return in_force(context.maps)[f"statuses.{ELEMENT}"].get(str(record.values.get("status") or ""))


def changed_contract(record: Record, context: Context) -> Changed:
    """The contract that a package belongs to, as far as it is linked."""
    raw = str(record.values.get("contract_id") or "")
    number = int(raw) if raw.isdecimal() else 0
    orders = {order_key(row): row for row in context.tables.get("m_order", ())}
    for kind in (Contract.SUBCONTRACT, Contract.PURCHASE_ORDER):
        key = context.owners(kind).get(number)
        if key is not None and key in orders:
            return Changed(kind, orders[key], key)
    owner = context.owners(Contract.OWNER).get(number)
    if owner is not None or (context.scope.project in context.pending.get(Contract.OWNER, ()) and _is_owners(record)):
        return Changed(Contract.OWNER, {}, owner or context.scope.project)
    return _unlinked(record, number, context)


def _is_owners(record: Record) -> bool:
    return str(record.values.get("type") or "").startswith("Prime")


def _unlinked(record: Record, number: int, context: Context) -> Changed:
    for kind in (Contract.SUBCONTRACT, Contract.PURCHASE_ORDER):
        for each in context.records.get(kind, ()):
            if each.procore_id == number and f"#{number}" in context.pending.get(kind, ()):
                # Of a preview: its order will be there, under a number that maestro* has not given yet.
                return Changed(kind, {"order_no": each.values.get("external_no") or each.key}, f"#{number}")
            if each.procore_id == number:
                return Changed(kind, {}, fault=Problem("CO-01", {"no": each.values.get("external_no") or each.key}))
    is_owners = any(each.procore_id == number for each in context.records.get(Contract.OWNER, ()))
    if is_owners or _is_owners(record):
        return Changed(Contract.OWNER, {}, fault=Problem("CO-04", {"project": context.scope.project}))
    return Changed(None, {}, fault=Problem("CO-01", {"no": str(number) if number else "–"}))


def number_of(record: Record, changed: Changed) -> tuple[str | None, Problem | None]:
    """maestro*'s number of a change order: Procore's may repeat on each contract, maestro*'s are one per project."""
    package = Kind.CODE.read(record.values.get("package"))
    if package is None:
        return None, Problem("CO-03")
    before = "P" if changed.kind is Contract.OWNER else str(changed.order.get("order_no") or "").strip()
    number = f"{before}-{package}" if before else str(package)
    return number, Problem("PO-05", {"no": number, "n": NUMBER_LENGTH}) if len(number) > NUMBER_LENGTH else None


@dataclass(frozen=True)
class Words:
    """The lines of a package. lines: in the columns of schedules.py; markup: what the owner pays beyond them."""

    lines: list[dict[str, Any]]
    faults: list[Problem]
    total: str | None
    markup: str | None = None


def words_of(record: Record, context: Context, number: str, is_owners: bool) -> Words:
    """The lines with an amount; a deductive or zero-dollar change order is one like any other."""
    raw = lines_of(record.values.get("lines"))
    lines, faults = schedules_of(context).read(record.values.get("lines"), number, ELEMENT)
    kept = [line for line in lines if money(line["amount"]) != 0]
    if faults or not record.values.get("is_whole"):
        return Words(kept, faults, None)
    try:
        stated = Kind.MONEY.read(record.values.get("grand_total"))
        taxed = total_of({"amount": line.get("total") or line.get("amount")} for line in raw)
    except ValueError:
        text = str(record.values.get("grand_total"))[:80]
        told = {"field": "total", "element": ELEMENT, "code": number, "text": text}
        return Words(kept, [Problem("VAL-01", told)], None)
    if stated is not None and not raw and money(stated) != 0:
        return Words([], [Problem("CO-11", {"no": number, "amount": stated})], None)
    markup = Kind.MONEY.read(money(stated) - money(taxed)) if is_owners and stated is not None else None
    return Words(kept, [], total_of(kept), str(markup) if exact_number(markup) else None)


def dropped_lines(record: Record, context: Context, number: str) -> bool:
    """Whether lines without an amount are left out."""
    lines, _ = schedules_of(context).read(record.values.get("lines"), number, ELEMENT)
    return any(money(line["amount"]) == 0 for line in lines)


def with_target(record: Record, target: str | None, faults: tuple[Problem, ...], **values: Value) -> Record:
    """The record with what its status means, and no lines yet."""
    changed = {**record.values, "target": target, "element": ELEMENT, "lines": None, "total": None, **values}
    return replace(record, values=changed, faults=faults)
