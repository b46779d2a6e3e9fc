"""Small makers of what is written into a journal."""

from datetime import UTC, datetime

from maestro_procore.model.lines import line_of
from maestro_procore.model.plan import Item
from maestro_procore.model.status import ActionKind
from maestro_procore.model.suppliers import MAP as SUPPLIERS
from tests.model.records import supplier, vendor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def line(code="V001", *, problems=(), is_linked=True, needs_sync=False, theirs=None, **columns):
    """One line of the page Suppliers, as a plan would put it."""
    mine = supplier(supplier_code=code, **columns)
    other = vendor(id=int(code.lstrip("V") or 0) + 1000, origin_code=code, **(theirs or {})) if is_linked else None
    kind = ActionKind.UPDATE if needs_sync else None
    return line_of(SUPPLIERS, Item(mine, other, kind, problems=tuple(problems), is_linked=is_linked))


def action(seq, key="V001", **columns):
    """One planned action of a request."""
    return {
        "seq": seq,
        "batch": 0,
        "element": "suppliers",
        "kind": "update",
        "maestro_key": key,
        "name": key,
        **columns,
    }


def part_of(row):
    """The part that a request of an element of the company has."""
    return (row["id"], row["element"], "")
