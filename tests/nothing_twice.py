"""What may exist once only, of every element: asked of both sides, whatever the program says of itself.

Procore's records are told apart by our mark, by their title or by the code that they stand for; maestro*'s by the
columns under which accounting would find them.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

from maestro_procore.model.elements import built_elements, in_run_order
from tests.nothing_lost import Violation
from tests.programs import Program

Row = Mapping[str, Any]
SYNC: Final = (
    "sync",
    *in_run_order([element.name for element in built_elements() if element.is_by_project]),
    *("--project", "26004"),
)
"""A run of the elements that go by project, in one project that has records of each: five times as quick as all."""


def _mark(row: Row) -> Any:
    return row.get("origin_id")


PROCORE: Final[dict[str, Callable[[Row], Any]]] = {
    "cost_codes": _mark,
    "direct_costs": _mark,
    "direct_cost_line_items": _mark,
    "purchase_order_contracts": _mark,
    "work_order_contracts": _mark,
    "budget_line_items": lambda row: (row.get("wbs_code") or {}).get("id"),
    "budget_changes": lambda row: row.get("title"),
}
MAESTRO: Final = {
    "m_order": "kind, project_code, external_no, extension",
    "m_order_line": "order_id, line_no",
    "m_change_order": "project_code, co_no",
    "m_change_order_line": "co_id, line_no, side",
}


def check(program: Program) -> Iterator[Violation]:
    """L2 for each record that is there twice, and for each document of maestro* that has a header and no lines."""
    assert program.control is not None
    for resource, name_of in PROCORE.items():
        names = Counter(name for row in program.control.state(resource) if (name := name_of(row)))
        for name, n in names.items():
            if n > 1:
                yield Violation("L2", resource, str(name), f"{n} of them in Procore")
    with closing(sqlite3.connect(program.profile / "company.sqlite")) as company:
        for table, columns in MAESTRO.items():
            given = " and ".join(f"{column.strip()} is not null" for column in columns.split(","))
            rows = company.execute(
                f"select count(*), {columns} from {table} where {given} and not is_deleted group by {columns} "
                "having count(*) > 1"
            )
            for n, *names in rows:
                yield Violation("L2", table, "/".join(map(str, names)), f"{n} of them in maestro*")
        for header, lines, key in (
            ("m_order", "m_order_line", "order_id"),
            ("m_change_order", "m_change_order_line", "co_id"),
        ):
            halves = company.execute(
                f"select {key} from {header} where not is_deleted and {key} not in (select {key} from {lines})"
            )
            for (name,) in halves:
                yield Violation("L2", header, str(name), "was written by half: it has no lines")
