"""A maestro* company with costs and an honest Procore, for the tests of direct costs: run() plans and carries out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any
from zlib import crc32

from maestro_procore.model import cost_lines, costs
from maestro_procore.model.charges import CHARGED
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import agreement, objections
from maestro_procore.model.plan import Item, LinkState, PlanSettings, Subject
from maestro_procore.model.rules import Context, Rules, Scope
from maestro_procore.model.status import ActionKind
from maestro_procore.model.value_maps import FAMILIES

RULES: dict[str, tuple[ElementMap, Rules]] = {
    "costs": (costs.MAP, costs.RULES),
    "cost-lines": (cost_lines.MAP, cost_lines.RULES),
}
BULK = 1_000

GROUPS = (("MAT", "material"), ("ST", "subcontractor"), ("DIV", "miscellaneous"), ("MO", "labour"), ("REV", "billing"))
TAX_CODES = (("TPSTVQ", "0.149750", "0.149750"), ("NONRECUP", "0.149750", "0.050000"), ("EXO", "0", "0"))
PERIODS = ((2026, 9, "closed"), (2026, 10, "open"), (2026, 11, "open"))


@dataclass
class CostWorld:
    """maestro*'s tables, what Procore holds, and the links between them. All amounts are text."""

    transactions: dict[int, dict[str, Any]] = field(default_factory=dict)
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    suppliers: dict[str, dict[str, Any]] = field(default_factory=dict)
    projects: dict[str, int | None] = field(default_factory=lambda: {"26001": 900, "26002": 901})
    project_rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, dict[str, int]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    missing_codes: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """Origin ids that Procore does not take."""
    pending: dict[str, frozenset[str]] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)
    lookups: dict[str, list[Record]] = field(default_factory=dict)
    held: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {"costs": {}, "cost-lines": {}})
    """Kind → Procore id → row, as Procore answers it."""
    states: dict[str, dict[str, LinkState]] = field(default_factory=lambda: {"costs": {}, "cost-lines": {}})
    calls: list[tuple[str, str]] = field(default_factory=list)
    """(project, kind) of each call."""
    decisions: dict[str, dict[str, str]] = field(default_factory=dict)
    settings: PlanSettings = field(default_factory=lambda: PlanSettings("MST:ACME:", company_id=1))

    def __post_init__(self) -> None:
        self._ids, self._numbers, self._line_ids = count(5_000), count(101), count(1)
        self.supplier("V001")
        self.links.setdefault("suppliers", {})["V001"] = 77

    # --- maestro* -------------------------------------------------------------------------------

    def supplier(self, code: str, **columns: Any) -> None:
        row = {"supplier_code": code, "name": f"Fournisseur {code}", "tax_code": "TPSTVQ", "currency": "CAD"}
        self.suppliers[code] = {**row, **columns}

    def order(self, order_no: str, *, number: int | None = None, **columns: Any) -> int:
        """An order of maestro*; number: Procore's, when it is linked."""
        order_id = 300 + len(self.orders)
        row = {"order_id": order_id, "order_no": order_no, "extension": 0, "status": "approved", "tax_code": "TPSTVQ"}
        self.orders[order_id] = {**row, **columns}
        if number is not None:
            self.links.setdefault("purchase-orders", {})[order_no] = number
        return order_id

    def cost(self, *charges: tuple[str, str, str, str], **columns: Any) -> int:
        """A transferred invoice. charges: project, activity, group and amount of each line."""
        number = next(self._numbers)
        self.transactions[number] = {
            "trans_id": number, "module": "AP", "source": "project_purchase", "document_no": f"F{number}",
            "supplier_code": "V001", "order_id": None, "document_date": "2026-11-01", "accounting_date": "2026-11-02",
            "description": "Achat projet", "holdback_amt": "0.00", "currency": "CAD", "transferred": True, **columns,
        }  # fmt: skip
        for charge in charges:
            self.charge(number, *charge)
        return number

    def charge(self, number: int, project: str, activity: str, group: str, amount: Any, **columns: Any) -> int:
        """One line of a transaction."""
        line_id = next(self._line_ids)
        self.lines[line_id] = {
            "line_id": line_id, "trans_id": number, "line_no": line_id, "project_code": project,
            "activity_code": activity, "group_code": group, "description": "Béton 25 MPa", "quantity": None,
            "unit": None, "unit_cost": None, "amount": amount, "tax_amount": "0.00", **columns,
        }  # fmt: skip
        return line_id

    # --- a run ----------------------------------------------------------------------------------

    def context(self, kind: str, project: str) -> Context:
        """What the engine gathers for a kind."""
        mine = [line for line in self.lines.values() if line["project_code"] == project]
        numbers = {line["trans_id"] for line in mine}
        self.codes |= {code_of(line) for line in self.lines.values()}  # once made, a code stays
        codes = self.codes - self.missing_codes
        links = {kind: {key: state.procore_id for key, state in states.items()} for kind, states in self.states.items()}
        return Context(
            replace(self.settings, origin_prefix=f"MST:ACME:{kind}:"),
            Scope(project, self.projects[project], {"procore_sync": True, "currency": "CAD"} | self.row_of(project)),
            {
                "m_transaction_line": [{name: line[name] for name in CHARGED} for line in mine],
                "m_transaction": [row for number, row in self.transactions.items() if number in numbers],
                "m_order": list(self.orders.values()),
                "m_supplier": list(self.suppliers.values()),
                "m_cost_group": [{"group_code": code, "family": family} for code, family in GROUPS],
                "m_tax_code": [{"tax_code": c, "rate": r, "recoverable": back} for c, r, back in TAX_CODES],
                "m_period": [
                    {"year": y, "period": m, "start_date": f"{y}-{m:02d}-01", "end_date": f"{y}-{m:02d}-28"}
                    | {"status": state}
                    for y, m, state in PERIODS
                ],
            },
            {**self.links, **links, "budget-codes": {key: code_id(key) for key in codes}},
            {**self.lookups, **{kind: self.records(kind, project) for kind in self.held}},
            self.pending,
            {"cost_type_families": FAMILIES, **self.maps},
        )  # fmt: skip

    def row_of(self, project: str) -> Mapping[str, Any]:
        return self.project_rows.get(project, {})

    def records(self, kind: str, project: str) -> list[Record]:
        rows = (row for row in self.held[kind].values() if row["project"] == project)
        return [RULES[kind][0].from_procore(row) for row in rows]

    def plan(self, kind: str, project: str = "26001", selection: Iterable[str] | None = None) -> list[Item]:
        element_map, rules = RULES[kind]
        context = self.context(kind, project)
        subject = Subject(
            element_map, rules, context.settings, rules.assemble(element_map, context), self.records(kind, project),
            self.states[kind], self.decisions if kind == "costs" else {},
            None if selection is None else frozenset(selection), context,
        )  # fmt: skip
        assert rules.planner is not None
        return rules.planner(subject)

    def run(self, project: str = "26001") -> tuple[list[Item], list[Item]]:
        """Direct costs, then their lines: the items of both."""
        return self._carry_out("costs", project), self._carry_out("cost-lines", project)

    def _carry_out(self, kind: str, project: str) -> list[Item]:
        items = self.plan(kind, project)
        self._agree(kind, items)
        sent = [i for i in items if i.kind in (ActionKind.CREATE, ActionKind.UPDATE) and i.writes.get(Side.PROCORE)]
        self.calls += [(project, kind)] * -(-len(sent) // BULK)
        for item in sent:
            self._write(kind, project, item)
        return items

    def _agree(self, kind: str, items: list[Item]) -> None:
        """As the engine does while planning: what both sides hold alike is agreed."""
        for item in items:
            if item.is_linked and item.maestro is not None and item.procore is not None:
                state = self.states[kind][item.maestro.key]
                agreed = agreement(RULES[kind][0], item.maestro.values, item.procore.values, item.agreed)
                self.states[kind][item.maestro.key] = replace(state, agreed=agreed)

    def _write(self, kind: str, project: str, item: Item) -> None:
        write, key, element_map = dict(item.writes[Side.PROCORE]), item.key, RULES[kind][0]
        assert key is not None and write["origin_id"] == f"MST:ACME:{kind}:{key}"
        if write["origin_id"] in self.refused:
            return
        rows = self.held[kind]
        known = next((n for n, row in rows.items() if row["origin_id"] == write["origin_id"]), None)
        number = write.get("id") or known or next(self._ids)
        if kind == "costs":
            row = {"amount": "0.00", "vendor_name": "Béton", "currency_configuration": {"currency_iso_code": "CAD"}}
        else:
            row = {"holder": {"id": write.get("direct_cost_id")}}
            assert "amount" not in write or (isinstance(write["amount"], float) and "tax_code_id" in write)
        row = {**row, **rows.get(number, {}), **write, "id": number, "project": project}
        if kind == "cost-lines":
            row["amount"] = f"{Decimal(repr(row['amount'])):.2f}" if isinstance(row["amount"], float) else row["amount"]
            row["wbs_code"] = {"id": row["wbs_code_id"]}
        rows[number] = row
        answered = element_map.from_procore(row)
        assert objections(element_map, write, answered, key) == []
        assert item.maestro is not None
        agreed = agreement(element_map, item.maestro.values, answered.values, item.agreed)
        self.states[kind][key] = LinkState(number, agreed)

    # --- what stands in Procore -------------------------------------------------------------------

    def charged_in_procore(self, project: str = "26001") -> dict[str, Decimal]:
        """Budget code → amount, without zeros: what a budget's Direct Costs column adds up."""
        found: dict[str, Decimal] = {}
        mine = self.lines.values()
        names = {code_id(code_of(line)): f"{line['activity_code']}/{line['group_code']}" for line in mine}
        for row in self.held["cost-lines"].values():
            if row["project"] == project:
                name = names.get(row["wbs_code_id"], "?")
                found[name] = found.get(name, Decimal(0)) + Decimal(row["amount"])
        return {name: amount for name, amount in found.items() if amount}

    def header(self, key: str) -> dict[str, Any]:
        """Procore's direct cost of that key."""
        return next(row for row in self.held["costs"].values() if row["origin_id"] == f"MST:ACME:costs:{key}")


def code_of(line: Mapping[str, Any]) -> str:
    """maestro* key of the budget code that a line is charged to."""
    family = dict(GROUPS)[line["group_code"]]
    return f"{line['project_code']}/{line['activity_code']}/{FAMILIES[family]}"


def code_id(key: str) -> int:
    """Procore's number of a budget code, the same in every run."""
    return 10_000 + crc32(key.encode())
