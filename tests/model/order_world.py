"""A maestro* company and an honest Procore with commitments and change orders: run() plans and carries out.

Rows of Procore are in the shape of its show answers; a list answer is the same without lines.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from maestro_procore.model import change_orders, commitments, order_extensions, prime_contracts
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import agreement
from maestro_procore.model.plan import Item, LinkState, PlanSettings, Subject
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Rules, Scope
from maestro_procore.model.status import ActionKind
from maestro_procore.model.value_maps import in_force

KINDS: dict[str, tuple[ElementMap, Rules]] = {
    "purchase-orders": (commitments.PURCHASE_ORDER_MAP, commitments.PURCHASE_ORDER_RULES),
    "subcontracts": (commitments.SUBCONTRACT_MAP, commitments.SUBCONTRACT_RULES),
    "prime-contracts": (prime_contracts.MAP, prime_contracts.RULES),
    "change-orders": (change_orders.MAP, change_orders.RULES),
    "order-extensions": (order_extensions.MAP, order_extensions.RULES),
}
IN_ORDER = ("purchase-orders", "subcontracts", "prime-contracts", "change-orders", "order-extensions")
COMPANY_RECORDS = ("suppliers", "tax-codes")
PROJECT, SITE = "26001", 900
DONE = (ActionKind.CREATE, ActionKind.UPDATE, ActionKind.LINK)

ACTIVITIES = (
    ("DIV03", "division", None, "A"), ("03-100", "activity", "DIV03", "A"), ("03-300", "activity", "DIV03", "A"),
    ("05-120", "activity", None, "A"), ("09-999", "activity", None, "1"),
)  # fmt: skip
GROUPS = (("MAT", "material"), ("MAT2", "material"), ("ST", "subcontractor"), ("DIV", "miscellaneous"),
          ("REV", "billing"))  # fmt: skip
CODES = {"03-100": 1, "03-300": 2, "05-120": 3, "09-999": 4}


def _tables() -> dict[str, list[dict[str, Any]]]:
    return {
        "m_project": [{"project_code": PROJECT, "status": "A", "accrual_subcontracts": True}],
        "m_activity": [
            {"project_code": PROJECT, "activity_code": code, "activity_type": kind, "parent_code": parent, "status": s}
            for code, kind, parent, s in ACTIVITIES
        ],
        "m_budget": [{"project_code": PROJECT, "activity_code": "03-300", "group_code": "MAT2"}],
        "m_cost_group": [{"group_code": code, "family": family} for code, family in GROUPS],
        "m_supplier": [],
        "m_unit": [{"unit_code": code} for code in ("UN", "H", "M2", "FORF")],
        "m_tax_code": [{"tax_code": code} for code in ("TPSTVQ", "EXO")],
        "m_terms": [{"terms_code": "NET30", "description": "Net 30 jours"}],
        "m_period": [
            {"start_date": "2026-10-01", "end_date": "2026-10-31", "status": "closed"},
            {"start_date": "2026-11-01", "end_date": "2026-11-30", "status": "open"},
        ],
        "m_customer": [{"customer_code": "C1", "status": "A"}],
        "m_contract": [{"contract_no": PROJECT, "project_code": PROJECT, "customer_code": "C1", "status": "approved"}],
        **{name: [] for name in ("m_order", "m_order_line", "m_change_order", "m_change_order_line")},
    }


def line(position: int = 1, amount: Any = "100.00", code: str = "03-100", cost_type: str = "S", **more: Any) -> Any:
    """A line of a schedule as a show answers it."""
    whole = f"DIV03-{code}" if code.startswith("03") else code
    return {
        "id": 7000 + position, "position": position, "description": f"Ligne {position}", "extended_amount": amount,
        "amount": amount, "total_amount": amount, "quantity": None, "unit_cost": None, "uom": None,
        "wbs_code": {"id": 1, "flat_code": f"{whole}.{cost_type}"}, "cost_code": {"id": CODES.get(code), "code": code},
        "line_item_type": {"id": 1, "code": cost_type}, "tax_code_id": None, **more,
    }  # fmt: skip


@dataclass
class OrderWorld:
    """Tables of maestro*, rows of Procore and the links between them, of one project."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=_tables)
    held: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    states: dict[str, dict[str, LinkState]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    links: dict[str, dict[str, int]] = field(
        default_factory=lambda: {"suppliers": {}, "cost-codes": {}, "customers": {"C1": 800}}
    )
    records: dict[str, list[Record]] = field(default_factory=dict)
    decisions: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)
    project: dict[str, Any] = field(default_factory=lambda: {"status": "A", "currency": "CAD"})
    settings: PlanSettings = field(default_factory=lambda: PlanSettings("MST:ACME:", company_id=1))
    scope: tuple[str, int | None] = (PROJECT, SITE)
    next_number: int = 1

    def __post_init__(self) -> None:
        if not self.tables["m_supplier"]:
            self.supplier("V001", 77)
            self.supplier("V002", 78)
            self.links["cost-codes"] = {f"{PROJECT}/{code}": number for code, number in CODES.items()}
            self.records["tax-codes"] = [Record("501", {}, number="TPSTVQ"), Record("502", {}, number="GST")]

    # --- making both sides ----------------------------------------------------------------------

    def supplier(self, code: str, vendor: int, **columns: Any) -> None:
        row = {"supplier_code": code, "name": f"Fournisseur {code}", "status": "A", "currency": "CAD",
               "is_subcontractor": True, "terms_code": "NET30", "tax_code": "TPSTVQ", "holdback_pct": "10"}  # fmt: skip
        self.tables["m_supplier"].append({**row, **columns})
        self.links["suppliers"][code] = vendor

    def row_of_supplier(self, code: str = "V001") -> dict[str, Any]:
        return next(row for row in self.tables["m_supplier"] if row["supplier_code"] == code)

    def commitment(self, kind: str, number: str, *lines: Any, vendor: int = 77, **columns: Any) -> dict[str, Any]:
        """An approved commitment of Procore."""
        procore_id = 100 + len(self.held["purchase-orders"]) + len(self.held["subcontracts"])
        row = {
            "id": procore_id, "number": number, "title": f"Contrat {number}", "status": "Approved",
            "vendor": {"id": vendor}, "contract_date": "2026-11-02", "retainage_percent": "10.0",
            "currency_configuration": {"currency_iso_code": "CAD"}, "origin_id": None, "origin_code": None,
            "line_items": list(lines or (line(),)), "updated_at": "2026-11-03T10:00:00Z", **columns,
        }  # fmt: skip
        self.held[kind][procore_id] = row
        return row

    def sub(self, number: str = "S-01", *lines: Any, **columns: Any) -> dict[str, Any]:
        return self.commitment("subcontracts", number, *lines, **columns)

    def po(self, number: str = "P-01", *lines: Any, **columns: Any) -> dict[str, Any]:
        return self.commitment("purchase-orders", number, *lines, **columns)

    def prime(self, number: str = PROJECT, **columns: Any) -> dict[str, Any]:
        """The owner's contract in Procore."""
        row = {"id": 500 + len(self.held["prime-contracts"]), "number": number, "title": "Contrat", **columns}
        self.held["prime-contracts"][row["id"]] = row
        return row

    def package(self, contract: Mapping[str, Any], number: str | None, *lines: Any, **columns: Any) -> dict[str, Any]:
        """An approved change order package with its lines."""
        rows = list(lines)
        total = sum((Decimal(row["total_amount"]) for row in rows), Decimal(0))
        row = {
            "id": 600 + len(self.held["change-orders"]), "contract_id": contract["id"], "number": number,
            "title": f"Changement {number}", "status": "approved", "grand_total": str(total), "due_date": "2026-11-05",
            "reviewed_at": "2026-11-04T15:00:00Z", "currency_configuration": {"currency_iso_code": "CAD"},
            "line_items": rows, **columns,
        }  # fmt: skip
        self.held["change-orders"][row["id"]] = row
        return row

    def typed(self, kind: str, order_no: str, external_no: str, *amounts: Any, **columns: Any) -> dict[str, Any]:
        """An order that accounting typed and transferred. amounts: (activity, group, amount)."""
        order_id = 1 + max((row["order_id"] for row in self.tables["m_order"]), default=0)
        row = {
            "order_id": order_id, "kind": kind, "order_no": order_no, "extension": 0, "external_no": external_no,
            "supplier_code": "V001", "project_code": PROJECT, "description": f"Contrat {external_no}",
            "status": "approved", "order_date": "2026-11-02", "holdback_pct": Decimal(10), "currency": "CAD",
            "memo": None, "transferred": True, **columns,
        }  # fmt: skip
        self.tables["m_order"].append(row)
        for number, (activity, group, amount) in enumerate(amounts, start=1):
            self.tables["m_order_line"].append({
                "order_id": order_id, "line_no": number, "description": f"Ligne {number}", "project_code": PROJECT,
                "activity_code": activity, "group_code": group, "quantity": None, "unit": None, "unit_price": None,
                "amount": Decimal(amount), "tax_code": None, "amt_invoiced": Decimal(0), "qty_invoiced": None,
            })  # fmt: skip
        return row

    # --- a run ----------------------------------------------------------------------------------

    def run(self, *kinds: str) -> dict[str, list[Item]]:
        """Plans and carries out, kind by kind; kind → its items."""
        found = {}
        for kind in kinds or IN_ORDER:
            found[kind] = self.plan(kind)
            json.dumps([item.writes for item in found[kind]])  # a plan is kept as JSON
            for item in found[kind]:
                if item.kind in DONE and not item.is_blocked:
                    self._carry_out(kind, item)
        return found

    def plan(self, kind: str, selection: Iterable[str] | None = None) -> list[Item]:
        element_map, rules = KINDS[kind]
        context = self.context(kind)
        assert rules.planner is not None
        return rules.planner(
            Subject(
                element_map,
                rules,
                context.settings,
                rules.assemble(element_map, context),
                [rules.prepare(record, context) for record in context.records[kind]],
                self.states[kind],
                self.decisions.get(kind, {}),
                None if selection is None else frozenset(selection),
                context,
            )
        )

    def context(self, kind: str) -> Context:
        """What the engine gathers for a kind."""
        links = {name: {key: s.procore_id for key, s in states.items()} for name, states in self.states.items()}
        code, site = self.scope
        return Context(
            replace(self.settings, origin_prefix=f"MST:ACME:{kind}:"),
            Scope(code, site, self.project),
            self.tables,
            {**links, **self.links},
            {**{name: self._read(name) for name in KINDS}, **self.records},
            maps=self.maps,
        )

    def _read(self, kind: str) -> list[Record]:
        element_map, _ = KINDS[kind]
        if kind == "order-extensions":
            return []
        listed = [element_map.from_procore(_without_lines(row)) for row in self.held[kind].values()]
        shown = (element_map.from_procore(self.held[kind][r.procore_id]) for r in listed)
        tables = in_force(self.maps)
        return [
            whole if element_map.detail and element_map.wants_detail(r, tables) else r
            for r, whole in zip(listed, shown, strict=True)
        ]

    def _carry_out(self, kind: str, item: Item) -> None:
        element_map, rules = KINDS[kind]
        assert item.procore is not None
        key = item.key or ""
        if Side.MAESTRO in item.writes:
            key = self._write(element_map, item)
        mark = dict(item.writes.get(Side.PROCORE, {}))
        if mark:
            row = self.held[kind][mark["id"]]
            is_new = not item.key
            row["origin_id"] = mark["origin_id"] + (key if is_new else "")
            row["origin_code"] = key if is_new else mark["origin_code"]
        context = self.context(kind)
        mine = next(r for r in rules.assemble(element_map, context) if r.key == key)
        before = {d.field.name: d.agreed for d in item.differences if d.was_agreed}
        agreed = agreement(element_map, mine.values, item.procore.values, before)
        self.states[kind][key] = LinkState(item.procore.procore_id, agreed)

    def _write(self, element_map: ElementMap, item: Item) -> str:
        """A header and its lines, as the engine writes them; the key of the document."""
        document = element_map.document
        assert document is not None
        row = dict(item.writes[Side.MAESTRO])
        table = document.lines["lines"]
        lines = document.rows(row.pop(table)) if table in row else None
        key = item.key
        if item.kind is ActionKind.CREATE:
            key = key or row.get(element_map.key_column) or self._count(row, element_map)
            rows = self.tables[element_map.table]
            row = {document.counted: 1 + max((r[document.counted] for r in rows), default=0), **row}
            rows.append(row)
        else:
            assert key is not None
            place = document.locate(key)
            [stands] = [r for r in self.tables[element_map.table] if all(r.get(n) == v for n, v in place.items())]
            stands.update(row)
            row = stands
        if lines is not None:
            number = row[document.parent]
            before = {r["line_no"]: r for r in self.tables[table] if r[document.parent] == number}
            kept = [r for r in self.tables[table] if r[document.parent] != number]
            made = ({**before.get(each["line_no"], {}), **each, document.parent: number} for each in lines)
            self.tables[table][:] = [*kept, *made]
        assert key is not None
        return key

    def _count(self, row: dict[str, Any], element_map: ElementMap) -> str:
        number = f"N{self.next_number:05d}"
        self.next_number += 1
        row[element_map.key_column] = number
        return number

    # --- looking at it --------------------------------------------------------------------------

    def order(self, external_no: str, extension: int = 0) -> dict[str, Any]:
        rows = self.tables["m_order"]
        [found] = [r for r in rows if (r["external_no"], r["extension"]) == (external_no, extension)]
        return found

    def lines(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [row for row in self.tables["m_order_line"] if row["order_id"] == order["order_id"]]

    def change_order(self, number: str) -> dict[str, Any]:
        [found] = [row for row in self.tables["m_change_order"] if row["co_no"] == number]
        return found

    def change_lines(self, order: Mapping[str, Any], side: str = "cost") -> list[dict[str, Any]]:
        rows = self.tables["m_change_order_line"]
        return [row for row in rows if row["co_id"] == order["co_id"] and row["side"] == side]


def _without_lines(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "line_items"}


def codes(item: Item) -> list[str]:
    return [problem.code for problem in item.problems]


def only(items: Iterable[Item]) -> Item:
    [item] = items
    return item


def problem_of(item: Item, code: str) -> Problem:
    return next(problem for problem in item.problems if problem.code == code)


__all__ = ["OrderWorld", "codes", "line", "only", "problem_of"]
