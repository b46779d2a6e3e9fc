"""One project with its activities, groups and budget on both sides, for the tests of codes and budgets.

Procore's rows have the shapes of its own answers (procore-api.md §§6.3, 6.4, 6.6). `carried_out` does what an honest
Procore answers to a plan, so that a test can plan once more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maestro_procore.model import budget_changes, budget_codes, budgets, cost_codes, value_maps, wbs_segments
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import agreement
from maestro_procore.model.plan import Item, LinkState, PlanSettings, Subject
from maestro_procore.model.rules import Context, Rules, Scope
from maestro_procore.model.status import ActionKind
from maestro_procore.model.write_order import filled, levels

PROJECT, PROJECT_ID = "26001", 900
SEGMENTS = [
    {"id": 1, "type": "sub_job", "name": "Sub Job", "required": False},
    {"id": 2, "type": "cost_code", "name": "Cost Code", "required": True},
    {"id": 3, "type": "line_item_type", "name": "Cost Type", "required": True},
]
KINDS: dict[str, tuple[ElementMap, Rules]] = {
    "cost-codes": (cost_codes.MAP, cost_codes.RULES),
    "budget-codes": (budget_codes.MAP, budget_codes.RULES),
    "budgets": (budgets.MAP, budgets.RULES),
    "budget-changes": (budget_changes.MAP, budget_changes.RULES),
}
LOOKUPS = {
    "wbs-patterns": wbs_segments.WBS_PATTERNS,
    "project-patterns": wbs_segments.PROJECT_PATTERNS,
    "cost-type-items": wbs_segments.COST_TYPE_ITEMS,
    "segment-items": wbs_segments.SEGMENT_ITEMS,
    "budget-views": budgets.BUDGET_VIEWS,
}
GROUPS = (
    ("MAT", "material"), ("ACIER", "material"), ("ST", "subcontractor"), ("MO", "labour"), ("REV", "billing"),
)  # fmt: skip
ITEM = 1_000_000  # a segment item has an id of its own


def activity(code: str, name: str = "", parent: str | None = None, kind: str = "activity", status: str = "A") -> Any:
    """A row of m_activity."""
    return {"project_code": PROJECT, "activity_code": code, "description": name or code, "activity_type": kind,
            "parent_code": parent, "status": status}  # fmt: skip


def budget(code: str, group: str, amount: Any) -> Any:
    """A row of m_budget."""
    return {"project_code": PROJECT, "activity_code": code, "group_code": group, "original_cost": amount,
            "modified_cost": amount}  # fmt: skip


def modification(number: int, code: str, group: str, amount: Any, **columns: Any) -> Any:
    """A row of m_budget_change in force."""
    return {"change_id": number, "project_code": PROJECT, "activity_code": code, "group_code": group, "amount": amount,
            "reference": f"MB-{number}", "status": "approved", "co_id": None, **columns}  # fmt: skip


@dataclass
class World:
    """Both sides as rows, and what we know of Procore: lists as last read and links."""

    activities: list[Any] = field(
        default_factory=lambda: [activity("DIV03", "Béton", kind="division"), activity("03-300", "Coffrage", "DIV03"),
                                 activity("03-100", "Armature", "DIV03")]
    )  # fmt: skip
    groups: list[Any] = field(default_factory=lambda: [{"group_code": c, "family": f} for c, f in GROUPS])
    budgets: list[Any] = field(default_factory=list)
    modifications: list[Any] = field(default_factory=list)
    change_orders: list[Any] = field(default_factory=list)
    charges: list[Any] = field(default_factory=list)
    known: dict[str, dict[int, Any]] = field(default_factory=dict)
    """Kind → id → row of Procore as last told."""
    links: dict[str, dict[str, LinkState]] = field(default_factory=dict)
    decisions: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    pending: dict[str, frozenset[str]] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)
    procore_id: int | None = PROJECT_ID
    is_for_procore: bool = True
    last_id: int = 5_000

    def __post_init__(self) -> None:
        self.learn("wbs-patterns", {"id": 70, "segments": SEGMENTS})
        for number, (code, name) in enumerate((("M", "Materials"), ("S", "Commitment"), ("L", "Labor")), start=801):
            self.learn("cost-type-items", {"id": number, "code": code, "name": name, "status": "active"})

    def learn(self, kind: str, *rows: Any) -> None:
        """Procore told us these rows."""
        self.known.setdefault(kind, {}).update({row["id"]: row for row in rows})

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def cost_code(self, code: str, parent: int | None = None, name: str | None = None, **more: Any) -> int:
        """A cost code in Procore, and the segment item that it is."""
        number = self.new_id()
        above = self.known["cost-codes"][parent] if parent else None
        whole = f"{above['full_code']}-{code}" if above else code
        row = {"id": number, "code": code, "full_code": whole, "name": name or code, "origin_id": None,
               "parent": {"id": parent} if parent else None, "deleted_at": None, **more}  # fmt: skip
        self.learn("cost-codes", row)
        self.learn("segment-items", {"id": number + ITEM, "path_code": whole, "name": row["name"], "status": "active"})
        return number

    def with_codes(self) -> "World":
        """Every activity has its cost code in Procore and is linked."""
        division = self.cost_code("DIV03", name="Béton")
        for code, number in (("DIV03", division), ("03-300", self.cost_code("03-300", division, "Coffrage")),
                             ("03-100", self.cost_code("03-100", division, "Armature"))):  # fmt: skip
            self.links.setdefault("cost-codes", {})[f"{PROJECT}/{code}"] = LinkState(number, {})
            self.known["cost-codes"][number]["origin_id"] = f"MST:ACME:cost-codes:{PROJECT}/{code}"
        return self

    def records(self, kind: str) -> list[Record]:
        element_map = KINDS[kind][0] if kind in KINDS else LOOKUPS[kind]
        return [element_map.from_procore(row) for row in self.known.get(kind, {}).values()]

    @property
    def context(self) -> Context:
        tables = {"m_activity": self.activities, "m_cost_group": self.groups, "m_budget": self.budgets,
                  "m_budget_change": self.modifications, "m_change_order": self.change_orders,
                  "m_transaction_line": self.charges}  # fmt: skip
        return Context(
            settings=PlanSettings("", company_id=1),
            scope=Scope(PROJECT, self.procore_id, {"project_code": PROJECT, "procore_sync": self.is_for_procore}),
            tables=tables,
            links={kind: {key: link.procore_id for key, link in links.items()} for kind, links in self.links.items()},
            records={kind: self.records(kind) for kind in self.known},
            pending=self.pending,
            maps=value_maps.in_force(self.maps),
        )

    def subject(self, kind: str, selection: Sequence[str] | None = None) -> Subject:
        element_map, rules = KINDS[kind]
        context = self.context
        return Subject(
            element_map,
            rules,
            PlanSettings(f"MST:ACME:{kind}:", company_id=1),
            rules.assemble(element_map, context),
            [rules.prepare(record, context) for record in self.records(kind)],
            self.links.get(kind, {}),
            self.decisions.get(kind, {}),
            None if selection is None else frozenset(selection),
            context,
        )

    def plan(self, kind: str, selection: Sequence[str] | None = None) -> dict[str, Item]:
        """Key (or, without one, Procore id as text) → item."""
        planner = KINDS[kind][1].planner
        assert planner is not None
        items = planner(self.subject(kind, selection))
        return {item.key or (item.procore.key if item.procore else ""): item for item in items}

    # --- an honest Procore ---

    def run(self, *kinds: str) -> dict[str, list[Any]]:
        """Plans and carries out kind by kind. Kind → what was sent, in the order of sending."""
        return {kind: self._carry_out(kind) for kind in kinds or KINDS}

    def _carry_out(self, kind: str) -> list[Any]:
        items = {key: item for key, item in self.plan(kind).items() if item.kind in _DONE and not item.is_blocked}
        writes = {key: item.writes.get(Side.PROCORE) for key, item in items.items()}
        height = levels(writes)
        sent = []
        for key in sorted(items, key=lambda key: (height[key], key)):
            numbers = {each: link.procore_id for each, link in self.links.get(kind, {}).items()}
            write = writes[key]
            procore = items[key].procore
            number = procore.procore_id if procore is not None else 0
            if write:
                complete = filled(write, numbers)
                assert complete is not None, key
                sent.append(complete)
                number = getattr(self, "_" + kind.replace("-", "_"))(complete)
            self._link(kind, key, items[key], number)
        return sent

    def _link(self, kind: str, key: str, item: Item, number: int) -> None:
        element_map = KINDS[kind][0]
        theirs = element_map.from_procore(self.known[kind][number])
        mine = item.maestro.values if item.maestro else {}
        agreed = agreement(element_map, mine, theirs.values, item.agreed)
        self.links.setdefault(kind, {})[key] = LinkState(number, agreed)

    def _cost_codes(self, write: Mapping[str, Any]) -> int:
        if "id" in write:
            self.known["cost-codes"][write["id"]] |= write
            return int(write["id"])
        assert isinstance(write.get("parent_id", 0), int)
        return self.cost_code(write["code"], write.get("parent_id"), write["name"], origin_id=write["origin_id"])

    def _budget_codes(self, write: Mapping[str, Any]) -> int:
        items = []
        for part in write["segment_items"]:
            segment = next(each for each in SEGMENTS if each["id"] == part["segment_id"])
            items.append({"id": part["segment_item_id"], "segment": segment})
        lists = [self.known["segment-items"], self.known["cost-type-items"]]
        rows = [known[item["id"]] for known, item in zip(lists, items, strict=True)]
        flat = f"{rows[0]['path_code']}.{rows[1]['code']}"
        same = [row["id"] for row in self.known.get("budget-codes", {}).values() if row["flat_code"] == flat]
        number = same[0] if same else self.new_id()
        self.learn("budget-codes", {"id": number, "flat_code": flat, "description": flat, "segment_items": items,
                                    "status": "active"})  # fmt: skip
        return number

    def _budgets(self, write: Mapping[str, Any]) -> int:
        number = write.get("id") or self.new_id()
        code = self.known["budget-codes"][write["wbs_code_id"]]
        wbs = {name: code[name] for name in ("id", "flat_code", "description")}
        self.learn("budgets", {"id": number, "original_budget_amount": float(write["original_budget_amount"]),
                               "wbs_code": wbs})  # fmt: skip
        return int(number)

    def _budget_changes(self, write: Mapping[str, Any]) -> int:
        number = self.new_id()
        lines = [{**line, "amount": float(line["amount"])} for line in write["adjustment_line_items"]]
        self.learn("budget-changes", {"id": number, "number": number, "title": write["title"],
                                      "status": write["status"], "adjustment_line_items": lines})  # fmt: skip
        return number

    def budget_row(self, code: str, kind: str, amount: str) -> int:
        """A budget line as somebody entered it in Procore, read through a view."""
        items = [row for row in self.known["segment-items"].values() if row["path_code"].endswith(code)]
        types = [row for row in self.known["cost-type-items"].values() if row["code"] == kind]
        wbs = self._budget_codes({"segment_items": [{"segment_id": 2, "segment_item_id": items[0]["id"]},
                                                    {"segment_id": 3, "segment_item_id": types[0]["id"]}]})  # fmt: skip
        number = self.new_id()
        self.learn("budgets", {"id": number, "wbs_code_id": wbs, "cost_code": f"{items[0]['path_code']} - {code}",
                               "category": types[0]["name"], "original_budget_amount": amount})  # fmt: skip
        return number


_DONE = (ActionKind.CREATE, ActionKind.UPDATE, ActionKind.LINK)


def codes_of(item: Item) -> list[str]:
    """Codes of the messages of an item."""
    return [problem.code for problem in item.problems]


def sent(item: Item) -> dict[str, Any]:
    """What of an item goes to Procore."""
    return dict(item.writes.get(Side.PROCORE, {}))
