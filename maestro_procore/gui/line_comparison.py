"""The lines of a document, both sides below one another: what is alike once, what differs as each side has it.

A value of Kind.LINES as people read it: position, description, activity, group, quantity, unit, price, amount, totals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.i18n import has_text, text
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.values import Kind, Value, exact_number, lines_of

Row = Mapping[str, Any]
SIDES: Final = ("maestro", "agreed", "procore")

# Column → its names in a line: in maestro*'s words, and as Procore wrote what could not be translated.
COLUMNS: Final[Mapping[str, tuple[tuple[str, ...], Kind]]] = {
    "side": (("side",), Kind.TEXT),
    "description": (("description",), Kind.TEXT),
    "activity": (("activity_code", "flat_code", "code"), Kind.TEXT),
    "group": (("group_code", "type"), Kind.TEXT),
    "quantity": (("quantity",), Kind.QUANTITY),
    "unit": (("unit", "uom"), Kind.TEXT),
    "unit_price": (("unit_price", "unit_cost"), Kind.MONEY),
    "tax": (("tax_code", "tax_code_id"), Kind.TEXT),
    "amount": (("amount",), Kind.MONEY),
}
_NUMBER: Final = ("line_no", "position")
_PLACE: Final = {name: place for place, name in enumerate(COLUMNS, start=2)}  # after its number and whose it is


@dataclass(frozen=True)
class Sides:
    """The lines of each side; `agreed` those that both last had alike. None: that side has no such document."""

    maestro: Value = None
    agreed: Value = None
    procore: Value = None
    currency: str = formats.HOME

    @property
    def is_empty(self) -> bool:
        return self.maestro is None and self.procore is None


def lines_field(element_map: ElementMap) -> str | None:
    """Name of the field that holds the lines of a document; None for records without any."""
    return next((field.name for field in element_map.compared if field.kind is Kind.LINES), None)


def compared(sides: Sides) -> list[FieldLine]:
    """Rows of number, system and COLUMNS, the totals last; a line that differs has one for each side, marked."""
    held = {name: _by_number(getattr(sides, name)) for name in SIDES}
    has_both = sides.maestro is not None and sides.procore is not None
    found: list[FieldLine] = []
    for number in sorted({*held["maestro"], *held["procore"]}, key=_in_order):
        rows = {name: held[name].get(number) for name in SIDES}
        found += _of_line(number, rows, sides.currency, has_both=has_both)
    return found + _totals(sides, has_both=has_both)


def _by_number(value: Value) -> dict[str, Row]:
    rows = lines_of(value)
    return {str(_of(row, _NUMBER) or place): row for place, row in enumerate(rows, start=1)}


def _in_order(number: str) -> tuple[int, str]:
    return (int(number), "") if number.isdecimal() else (10**9, number)


def _of(row: Row | None, names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row is not None and row.get(name) is not None), None)


def _of_line(number: str, rows: Mapping[str, Row | None], currency: str, *, has_both: bool) -> list[FieldLine]:
    mine, theirs = rows["maestro"], rows["procore"]
    if not has_both:
        name = "maestro" if mine is not None else "procore"
        return [_line(number, name, rows[name], currency, frozenset())]
    apart = frozenset(_PLACE[name] for name, (names, _) in COLUMNS.items() if _of(mine, names) != _of(theirs, names))
    if not apart and mine is not None and theirs is not None:
        return [_line(number, "both", mine, currency, frozenset())]
    marked = apart if mine is not None and theirs is not None else frozenset(_PLACE.values())
    is_told = rows["agreed"] is not None and rows["agreed"] not in (mine, theirs)
    shown = [name for name in SIDES if rows[name] is not None and (name != "agreed" or is_told)]
    return [_line(number, name, rows[name], currency, marked if name != "agreed" else frozenset()) for name in shown]


def _line(number: str, system: str, row: Row | None, currency: str, marked: frozenset[int]) -> FieldLine:
    cells = [_cell(name, _of(row, names), kind, currency) for name, (names, kind) in COLUMNS.items()]
    return FieldLine((number, text(f"lines.system.{system}"), *cells), marked)


def _cell(name: str, value: Any, kind: Kind, currency: str) -> str:
    if name == "side" and has_text(f"lines.side.{value}"):
        return text(f"lines.side.{value}")
    return formats.field_value(value, kind, currency)


def _totals(sides: Sides, *, has_both: bool) -> list[FieldLine]:
    """One row for each sum: of what is bought and what is sold apart, of both systems apart where they differ."""
    sums = {name: _sums(getattr(sides, name)) for name in ("maestro", "procore")}
    found: list[FieldLine] = []
    for side in dict.fromkeys([*sums["maestro"], *sums["procore"]]):
        mine, theirs = (sums[name].get(side) for name in ("maestro", "procore"))
        if has_both and mine != theirs:
            found += [_total(name, side, sums[name].get(side), sides.currency) for name in ("maestro", "procore")]
        else:
            held = mine if mine is not None else theirs
            system = "both" if has_both else "maestro" if mine is not None else "procore"
            found.append(_total(system, side, held, sides.currency, is_marked=False))
    return found


def _sums(value: Value) -> dict[str, Decimal | None]:
    """Side (`cost`, `sell`, '' where lines have none) → sum of its amounts; None when one is no number."""
    found: dict[str, Decimal | None] = {}
    for row in lines_of(value):
        side = str(row.get("side") or "")
        try:
            amount = exact_number(row.get("amount")) or Decimal(0)
        except ValueError:
            found[side] = None
            continue
        before = found.get(side, Decimal(0))
        found[side] = None if before is None else before + amount
    return found


def _total(system: str, side: str, amount: Decimal | None, currency: str, *, is_marked: bool = True) -> FieldLine:
    shown = formats.NOTHING if amount is None else formats.money(format(amount, "f"), currency)
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {"side": _cell("side", side or None, Kind.TEXT, currency), "amount": shown}
    cells["description"] = text("lines.total")
    places = {_PLACE["description"], _PLACE["amount"]} if is_marked else {_PLACE["description"]}
    return FieldLine(("", text(f"lines.system.{system}"), *cells.values()), frozenset(places))


class LineComparison(FieldGrid):
    """The table of both sides' lines. Columns that no line fills are not shown."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._sides = Sides()
        self.share_width(frozenset(), title_share=0.5)

    def show_sides(self, sides: Sides) -> None:
        """Both sides' lines; nothing for a record without any."""
        self._sides = sides
        rows = [] if sides.is_empty else compared(sides)
        names = [name for name in COLUMNS if _is_worth_a_column(name, rows)]
        shown = ["number", "system", *names]
        places = {old: new for new, old in enumerate([0, 1, *(_PLACE[name] for name in names)])}
        self.show_lines(
            [text(f"lines.column.{name}") for name in shown],
            [_narrowed(row, places) for row in rows],
            frozenset(n for n, name in enumerate(shown) if name in COLUMNS and COLUMNS[name][1] in formats.NUMBERS),
        )

    def retranslate(self) -> None:
        """Again, in the language that was just chosen."""
        self.setAccessibleName(text("lines.title"))
        self.show_sides(self._sides)


def _is_worth_a_column(name: str, rows: Sequence[FieldLine]) -> bool:
    """Tax never enters an amount here: it is shown where the two sides differ in it."""
    place = _PLACE[name]
    return any(row.cells[place] and (name != "tax" or place in row.marked) for row in rows)


def _narrowed(row: FieldLine, places: Mapping[int, int]) -> FieldLine:
    """The row with those of its columns only. places: old → new."""
    marked = frozenset(places[place] for place in row.marked if place in places)
    whole = frozenset(new for old, new in places.items() if old != _PLACE["description"])
    return FieldLine(tuple(row.cells[place] for place in places), marked, whole)
