"""Budget codes of Procore (→): one per activity and cost type that maestro* has budgeted or charged.

Made in bulk; a combination that exists already is answered like a new one, so no list of them is read (procore-api.md
§6.4). They carry no mark: an answer is recognised by the two items that it is made of.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

from maestro_procore.model.cost_codes import CHARGEABLE, CLOSED, broken, code_key, is_reachable
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record, TableUse
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Item, LinkState, Rules, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, lines_of
from maestro_procore.model.wbs_segments import COST_CODE, COST_TYPE, has_custom_segments, segment_ids

Row = Mapping[str, Any]


def _attributes(row: Row) -> Row:
    """A list or bulk answer nests each item with its segment."""
    parts = [
        {"segment_id": str((item.get("segment") or {}).get("id")), "segment_item_id": str(item["id"])}
        for item in row.get("segment_items") or ()
    ]
    flat = str(row.get("flat_code") or "")
    return {
        **row,
        "segment_items": sorted(parts, key=lambda part: part["segment_id"]),
        "cost_code": flat.rpartition(".")[0] or None,
        "cost_type": flat.rpartition(".")[2] or None,
        "is_in_use": row.get("status") != "inactive",
    }


MAP = ElementMap(
    element="budget-codes",
    table="m_budget",
    key_column="activity_code",
    resources=("budget-codes",),
    number="flat_code",
    active="is_in_use",
    fields=(Field("code", "activity_code", "flat_code", is_identity=True, shown=True),),
    clues=(
        Field("name", "", "description"),
        Field("segment_items", "", "segment_items", Kind.LINES),
        Field("cost_code", "", "cost_code"),
        Field("cost_type", "", "cost_type"),
    ),
    read_procore=_attributes,
    part_of="budgets",
    tables=(
        TableUse("m_cost_group"),
        TableUse("m_activity", "project_code"),
        TableUse("m_budget", "project_code"),
        TableUse("m_budget_change", "project_code"),
        TableUse("m_transaction_line", "project_code"),
    ),
    needs=("projects", "cost-codes", "segment-items", "wbs-patterns", "project-patterns", "cost-type-items"),
    reading=Reading.NEVER,
    write_resource="budget-codes",
    is_idempotent=True,
)

SELLING: Final = "billing"


def text(value: Any) -> str:
    """A code as maestro* keeps it, without the blanks around it."""
    return str(value or "").strip()


class Codes:
    """What maestro*'s activities and groups are in Procore. Made once per plan; needs the kinds of MAP.needs.

    Groups may share a cost type, so a budget code has the key "project/activity/type", never the group.
    """

    def __init__(self, context: Context) -> None:
        self.context, self.project = context, context.scope.project

    @cached_property
    def groups(self) -> Mapping[str, Row]:
        return {text(row["group_code"]): row for row in self.context.tables.get("m_cost_group", ())}

    @cached_property
    def activities(self) -> Mapping[str, Row]:
        return {text(row["activity_code"]): row for row in self.context.tables.get("m_activity", ())}

    def is_selling(self, group: str) -> bool:
        """Whether a group holds revenue: what stands there stays in maestro*."""
        return self.groups.get(group, {}).get("family") == SELLING

    def cost_type(self, group: str) -> str | None:
        """Code of Procore's cost type: the group's own row of the editable table, else its family's. None: none."""
        own = self.context.maps.get("cost_types", {}).get(group)
        family = str(self.groups.get(group, {}).get("family") or "")
        found = own if own is not None else self.context.maps.get("cost_type_families", {}).get(family)
        return found.upper() if found else None

    def key(self, activity: str, group: str) -> str | None:
        """maestro* key of the budget code; None for a group without a cost type."""
        kind = self.cost_type(group)
        return f"{code_key(self.project, activity)}/{kind}" if kind else None

    def number(self, activity: str, group: str) -> int | None:
        """Procore id of the budget code, None when there is none (yet)."""
        return self.context.links.get("budget-codes", {}).get(self.key(activity, group) or "")

    def is_coming(self, activity: str, group: str) -> bool:
        """Whether this very run is about to make the budget code."""
        return self.key(activity, group) in self.context.pending.get("budget-codes", frozenset())

    def shown(self, activity: str, group: str) -> str:
        """The budget code as a person reads it."""
        return f"{activity}.{self.cost_type(group) or group}"

    # --- the two items of a budget code ---

    @cached_property
    def _types(self) -> Mapping[str | None, Record]:
        return {r.number: r for r in self.context.records.get("cost-type-items", ()) if not r.is_gone}

    @cached_property
    def _items(self) -> Mapping[str | None, Record]:
        return {r.number: r for r in self.context.records.get("segment-items", ()) if not r.is_gone}

    @cached_property
    def _cost_codes(self) -> Mapping[int, Record]:
        return {r.procore_id: r for r in self.context.records.get("cost-codes", ()) if not r.is_gone}

    @cached_property
    def _segments(self) -> Mapping[str, str]:
        return segment_ids(self.context)

    def cost_code(self, activity: str) -> Record | None:
        """The linked cost code of an activity."""
        number = self.context.links.get("cost-codes", {}).get(code_key(self.project, activity))
        return None if number is None else self._cost_codes.get(number)

    def parts(self, activity: str, group: str) -> list[dict[str, int]] | None:
        """The items of a budget code as they are sent; None while one of them is not known."""
        code, kind = self.cost_code(activity), self._types.get(self.cost_type(group))
        item = self._items.get(str(code.values.get("full_code") or "").upper()) if code is not None else None
        segments = self._segments
        if item is None or kind is None or not {COST_CODE, COST_TYPE} <= segments.keys():
            return None
        return [
            {"segment_id": int(segments[COST_CODE]), "segment_item_id": item.procore_id},
            {"segment_id": int(segments[COST_TYPE]), "segment_item_id": kind.procore_id},
        ]

    def obstacle(self, activity: str, group: str) -> Problem | None:
        """Why there can be no budget code for an activity and group; None: nothing stands against one."""
        if has_custom_segments(self.context):
            return Problem("PRJ-18", {"code": self.project})
        kind = self.cost_type(group)
        item = self._types.get(kind)
        if kind is None or (self._types and item is None):
            return Problem("COD-04", {"group": group})
        if item is not None and not item.is_active:
            return Problem("COD-06", {"type": kind})
        return self._against(activity)

    def _against(self, activity: str) -> Problem | None:
        row = self.activities.get(activity)
        if row is not None and (row.get("activity_type") != CHARGEABLE or row.get("status") == CLOSED):
            return Problem("COD-07", {"activity": activity})
        code, key = self.cost_code(activity), code_key(self.project, activity)
        if code is None:
            is_coming = key in self.context.pending.get("cost-codes", frozenset())
            return None if is_coming else Problem("COD-01", {"activity": activity, "project": self.project})
        item = self._items.get(str(code.values.get("full_code") or "").upper())
        if not code.is_active or (item is not None and not item.is_active):
            return Problem("COD-11", {"code": activity})
        return None


# --- maestro*'s part ------------------------------------------------------------------------------

_CHARGED_IN: Final = ("m_budget", "m_budget_change", "m_transaction_line")


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    """One record per activity and cost type; groups without a type have none, their lines say why."""
    codes = Codes(context)
    found: dict[str, Record] = {}
    for activity, group in _pairs(context):
        key = codes.key(activity, group)
        if key is not None and not codes.is_selling(group):
            shown = codes.shown(activity, group)
            facts = {"activity": activity, "group": group}
            found.setdefault(key, Record(key, {"code": shown, "name": shown}, facts=facts))
    return list(found.values())


def _pairs(context: Context) -> Iterable[tuple[str, str]]:
    pairs = {
        (text(row.get("activity_code")), text(row.get("group_code")))
        for table in _CHARGED_IN
        for row in context.tables.get(table, ())
    }
    return sorted(pair for pair in pairs if all(pair))


# --- plan -----------------------------------------------------------------------------------------


def _plan(subject: Subject) -> list[Item]:
    """One item per code that is in step or can be made; what stands against the others is told by their lines."""
    context = subject.around
    if not is_reachable(context) or has_custom_segments(context):
        return []
    codes, known = Codes(context), {record.procore_id: record for record in subject.procore}
    owned = {link.procore_id for link in subject.links.values()}
    free = {_answered_as(r): r for r in subject.procore if not r.is_gone and r.procore_id not in owned}
    found = []
    for record in sorted(subject.maestro, key=lambda each: each.key):
        link = subject.links.get(record.key)
        item = _unlinked(record, codes, free) if link is None else _linked(record, link, known.get(link.procore_id))
        found += [item] if item is not None else []
    return found


def _linked(record: Record, link: LinkState, partner: Record | None) -> Item:
    if partner is None or partner.is_gone:
        return broken(record, partner, link.agreed)
    return Item(record, partner, None, is_linked=True, agreed=link.agreed)


def _unlinked(record: Record, codes: Codes, free: Mapping[str, Record]) -> Item | None:
    activity, group = record.facts["activity"], record.facts["group"]
    if codes.obstacle(activity, group) is not None:
        return None
    parts = codes.parts(activity, group)
    write: Writes = {} if parts is None else {"segment_items": parts}
    found = free.get(_sent_as(write))
    if found is not None:
        return Item(record, found, ActionKind.LINK, rule="number")
    if parts is None and code_key(codes.project, activity) not in codes.context.pending.get("cost-codes", ()):
        return None  # the cost code has no item yet: its list is read again by the next run
    return Item(record, None, ActionKind.CREATE, {Side.PROCORE: write}, rule="created")


def _sent_as(write: Writes) -> str:
    """Budget codes have no mark: they are the items that they are made of."""
    return _named(write.get("segment_items") or ())


def _answered_as(record: Record) -> str:
    return _named(lines_of(record.values.get("segment_items")))


def _named(parts: Iterable[Mapping[str, Any]]) -> str:
    return " ".join(sorted(f"{part['segment_id']}:{part['segment_item_id']}" for part in parts))


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=_plan,
    assemble=_assemble,
    sent_as=_sent_as,
    answered_as=_answered_as,
)
