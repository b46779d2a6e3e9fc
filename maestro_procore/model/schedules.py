"""Schedules of values of Procore in maestro*'s words: activity, group, unit, tax and exact amounts of each line.

Shared by commitments and change orders, which both come from Procore. Source: procore-api.md §§6.7, 6.9,
maestro-interface.md §3.6. Amounts are before tax: `extended_amount`, never a total.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context
from maestro_procore.model.value_maps import in_force
from maestro_procore.model.values import Kind, Value, cut, exact_number, fold, lines_of, money

Row = Mapping[str, Any]
DESCRIPTION_LENGTH = 120
LINE_COLUMNS = ("description", "activity_code", "group_code", "quantity", "unit", "unit_price", "amount")
"""Columns that the lines of orders and of change orders have in common."""
NO_COST = "billing"
"""Family of the groups whose lines are revenue."""


def raw_lines(rows: Sequence[Row] | None) -> list[dict[str, Any]]:
    """What of the lines of a shown record is kept, as Procore wrote it: nothing is judged here.

    A fault in one amount must stop its record, not the reading of the others; SCHEDULES reads strictly.
    """
    return [_raw_line(row) for row in rows or () if isinstance(row, Mapping)]


def _raw_line(row: Row) -> dict[str, Any]:
    wbs, code, kind = (row.get(name) or {} for name in ("wbs_code", "cost_code", "line_item_type"))
    amount = row.get("extended_amount")
    return {
        "position": row.get("position"),
        "description": row.get("description"),
        "flat_code": wbs.get("flat_code"),
        "code_id": code.get("id") or row.get("cost_code_id"),
        "code": code.get("code"),
        "type": kind.get("code"),
        "quantity": _text(row.get("quantity")),
        "unit_cost": _text(row.get("unit_cost")),
        "uom": row.get("uom"),
        "amount": _text(row.get("amount") if amount is None else amount),
        "total": _text(row.get("total_amount")),
        "tax_code_id": row.get("tax_code_id"),
    }


def _text(value: Any) -> str | None:
    """A number of JSON as it was written there; what cannot be one is refused when it is used."""
    return None if value is None else repr(value) if isinstance(value, float) else str(value)


class Schedules:
    """Everything that a line of a schedule is looked up in, of one project. Made once per plan.

    group of a cost type: the one that maestro*'s budget of the activity uses, else the first by code.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.maps = in_force(context.maps)

    @cached_property
    def suppliers(self) -> Mapping[str, Row]:
        return {str(row["supplier_code"]).strip().upper(): row for row in self._rows("m_supplier")}

    @cached_property
    def supplier_codes(self) -> Mapping[int, str]:
        """Procore's id of a company → code of its supplier."""
        return self.context.owners("suppliers")

    @cached_property
    def activities(self) -> Mapping[str, Row]:
        return {str(row["activity_code"]).strip().upper(): row for row in self._rows("m_activity")}

    @cached_property
    def linked_codes(self) -> Mapping[int, str]:
        """Procore's id of a cost code → activity ("PROJ/activity" is its key)."""
        owners = self.context.owners("cost-codes")
        return {procore_id: key.partition("/")[2].upper() for procore_id, key in owners.items()}

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """Whole code as Procore writes it, parents first ("DIV03-03-300") → activity."""
        return {"-".join(self._path(code)): code for code in self.activities}

    def _path(self, code: str) -> list[str]:
        path = [code]
        while (parent := str(self.activities.get(path[0], {}).get("parent_code") or "").strip().upper()) in (
            self.activities
        ) and parent not in path:  # a circle of parents ends where it began
            path.insert(0, parent)
        return path

    @cached_property
    def groups_of_type(self) -> Mapping[str, Sequence[str]]:
        """Cost type → its groups by code. A group goes by its own row of the table, else by its family's."""
        found: dict[str, list[str]] = defaultdict(list)
        own, by_family = self.maps["cost_types"], self.maps["cost_type_families"]
        for row in self._rows("m_cost_group"):
            group = str(row["group_code"]).strip().upper()
            cost_type = own.get(group, by_family.get(str(row.get("family") or ""), ""))
            if cost_type and row.get("family") != NO_COST:
                found[cost_type.strip().upper()].append(group)
        return {cost_type: sorted(groups) for cost_type, groups in found.items()}

    @cached_property
    def budgeted(self) -> Mapping[str, frozenset[str]]:
        """Activity → groups that maestro*'s budget holds for it."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self._rows("m_budget"):
            found[str(row["activity_code"]).strip().upper()].add(str(row["group_code"]).strip().upper())
        return {activity: frozenset(groups) for activity, groups in found.items()}

    @cached_property
    def revenue_group(self) -> str | None:
        """The group that selling lines are charged to: the first by code of the billing family."""
        groups = (str(row["group_code"]) for row in self._rows("m_cost_group") if row.get("family") == NO_COST)
        return min(groups, default=None)

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Procore's name of a unit, in lower case without accents → maestro*'s unit. The table, then equal names."""
        known = {str(row["unit_code"]).strip() for row in self._rows("m_unit")}
        same = {fold(unit): unit for unit in sorted(known)}
        table = {fold(theirs): mine for mine, theirs in self.maps["units"].items() if mine in known}
        return table | same

    @cached_property
    def taxes(self) -> Mapping[int, str]:
        """Procore's id of a tax code → maestro*'s tax code. The table, then equal codes."""
        known = {str(row["tax_code"]).strip().upper() for row in self._rows("m_tax_code")}
        table = {theirs.strip().upper(): mine for mine, theirs in self.maps["taxes"].items() if mine in known}
        names = {r.procore_id: str(r.number or r.values.get("code") or "").upper()
                 for r in self.context.records.get("tax-codes", ())}  # fmt: skip
        found = {i: table.get(name, name if name in known else None) for i, name in names.items()}
        return {i: mine for i, mine in found.items() if mine is not None}

    @cached_property
    def terms(self) -> Mapping[str, str]:
        """What people write as payment terms → maestro*'s code: the table, the code itself, its description."""
        rows = self._rows("m_terms")
        said = {fold(str(row["description"])): str(row["terms_code"]) for row in rows if row.get("description")}
        codes = {fold(str(row["terms_code"])): str(row["terms_code"]) for row in rows}
        table = {fold(theirs): mine for mine, theirs in self.maps["terms"].items()}
        return said | table | codes

    def tax_name(self, tax_code_id: int) -> str:
        """What Procore calls a tax code; its id when it was not read."""
        named = (r for r in self.context.records.get("tax-codes", ()) if r.procore_id == tax_code_id)
        return next((str(r.number or r.values.get("code") or tax_code_id) for r in named), str(tax_code_id))

    def _rows(self, table: str) -> Sequence[Row]:
        return self.context.tables.get(table, ())

    # --- one line -------------------------------------------------------------------------------

    def activity_of(self, line: Row) -> str | None:
        """By the link of its cost code, else by the code itself, else by the path that the budget code shows."""
        linked = self.linked_codes.get(line.get("code_id") or 0)
        if linked in self.activities:
            return linked
        code = str(line.get("code") or "").strip().upper()
        path = str(line.get("flat_code") or "").rpartition(".")[0].strip().upper()
        if code in self.activities:
            return code
        return self.paths.get(path) or (path if path in self.activities else None)

    def group_of(self, line: Row, activity: str) -> str | None:
        groups = self.groups_of_type.get(type_of(line), ())
        budgeted = self.budgeted.get(activity, frozenset())
        return next((group for group in groups if group in budgeted), next(iter(groups), None))

    def is_chargeable(self, activity: str) -> bool:
        """Divisions, phases and sections only add up; a closed activity takes nothing more."""
        row = self.activities[activity]
        return row.get("activity_type") in (None, "activity") and row.get("status") in (None, "", "A")

    def read(self, lines: Value, number: str, element: str) -> tuple[list[dict[str, Any]], list[Problem]]:
        """The lines in maestro*'s words, and what stands against them.

        lines: of `raw_lines`. Columns: line_no, description, project_code, activity_code, group_code, quantity,
        unit, unit_price, amount, tax_code.
        """
        found: list[dict[str, Any]] = []
        problems: dict[Problem, None] = {}
        rows = lines_of(lines)
        for place, line in zip(_numbers(rows), rows, strict=True):
            read, told = self._line(line, place, number, element)
            problems |= dict.fromkeys(told)
            found.append(read)
        return found, list(problems)

    def _line(self, line: Row, place: int, number: str, element: str) -> tuple[dict[str, Any], list[Problem]]:
        activity = self.activity_of(line)
        group = self.group_of(line, activity) if activity else None
        told = [] if activity else [self._unknown_code(line)]
        if activity and not group:
            told.append(Problem("PO-19", {"type": type_of(line) or "–", "line": place, "no": number}))
        unit, tax = self._unit(line, told), self._tax(line, told)
        amounts, unreadable = _amounts(line, number, element)
        return {
            "line_no": place,
            "description": cut(Kind.TEXT.read(line.get("description")), DESCRIPTION_LENGTH),
            "project_code": self.context.scope.project,
            "activity_code": activity,
            "group_code": group,
            "unit": unit,
            "tax_code": tax,
            **amounts,
        }, [*told, *unreadable]

    def _unknown_code(self, line: Row) -> Problem:
        code = str(line.get("code") or line.get("flat_code") or "–")
        return Problem("COD-02", {"code": code, "project": self.context.scope.project})

    def _unit(self, line: Row, told: list[Problem]) -> str | None:
        uom = Kind.TEXT.read(line.get("uom"))
        if uom is None:
            return None
        unit = self.units.get(fold(str(uom)))
        if unit is None:
            told.append(Problem("PO-08", {"uom": uom}))
        return unit

    def _tax(self, line: Row, told: list[Problem]) -> str | None:
        tax_code_id = line.get("tax_code_id")
        if tax_code_id is None:
            return None
        tax = self.taxes.get(int(tax_code_id))
        if tax is None:
            told.append(Problem("PO-09", {"code": self.tax_name(int(tax_code_id))}))
        return tax


_last: list[Schedules] = []


def schedules_of(context: Context) -> Schedules:
    """The look-ups of a context; those of the last context are kept, as its records come one after the other."""
    if not _last or _last[0].context is not context:
        _last[:] = [Schedules(context)]
    return _last[0]


def type_of(line: Row) -> str:
    """Cost type of a line: its own, else what stands behind the point of its budget code."""
    return str(line.get("type") or str(line.get("flat_code") or "").rpartition(".")[2]).strip().upper()


def _numbers(rows: Sequence[Row]) -> list[int]:
    """Numbers of the lines: their positions, unless two share one."""
    positions = [row.get("position") for row in rows]
    are_usable = all(isinstance(p, int) and p > 0 for p in positions) and len(set(positions)) == len(positions)
    return [int(p) for p in positions if p is not None] if are_usable else list(range(1, len(rows) + 1))


_NUMBERS = (("quantity", "quantity", Kind.QUANTITY), ("unit_price", "unit_cost", Kind.QUANTITY),
            ("amount", "amount", Kind.MONEY))  # fmt: skip


def _amounts(line: Row, number: str, element: str) -> tuple[dict[str, Value], list[Problem]]:
    """Quantity, price and amount of a line; VAL-01 for each that cannot be read."""
    read: dict[str, Value] = {}
    faults = []
    for column, attribute, kind in _NUMBERS:
        try:
            read[column] = kind.read(line.get(attribute))
        except ValueError:
            read[column] = None
            told = {"field": column, "element": element, "code": number, "text": str(line.get(attribute))[:80]}
            faults.append(Problem("VAL-01", told))
    if not faults and read["amount"] is None:
        read["amount"] = "0.00"
    return _without_zeros(read), faults


def _without_zeros(row: dict[str, Value]) -> dict[str, Value]:
    """A line with an amount only: Procore writes its price as nothing or as zero, with any quantity."""
    if not exact_number(row["unit_price"]):
        row |= {"quantity": None, "unit_price": None}
    return row


def held_line(row: Row, **columns: Any) -> dict[str, Any]:
    """A line of maestro* in the columns of `Schedules.read`. Errors: ValueError when an amount cannot be read."""
    numbers = {column: kind.read(row.get(column)) for column, _, kind in _NUMBERS}
    texts = ("project_code", "activity_code", "group_code", "unit", "tax_code")
    return {
        "line_no": int(row.get("line_no") or 0),
        "description": Kind.TEXT.read(row.get("description")),
        **{name: Kind.TEXT.read(row.get(name)) for name in texts},
        **_without_zeros({**numbers, "amount": numbers["amount"] or "0.00"}),
        **columns,
    }


def total_of(lines: Iterable[Row]) -> str:
    """What lines come to before tax, as canonical text."""
    return str(Kind.MONEY.read(sum((money(line.get("amount")) for line in lines), money(None))))
