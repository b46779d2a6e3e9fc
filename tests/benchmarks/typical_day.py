"""A typical day of the whole company: what people change on both sides between two runs.

As many changes as the table of limits-and-faults.md §1.5 has, in as many projects, as far as the company has them.
Each function returns how many of its changes must have arrived on the other side, by a look at what stands there.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from tests.benchmarks.companies import Whole, say
from tests.benchmarks.counting import COSTS, ORDERS, PACKAGES, SUBCONTRACTS
from tests.programs import Row

Check = Callable[[], bool]

PLACE, EMAIL, TITLE = "Saint-Hyacinthe", "comptes@exemple.test", "Corrigé au chantier"
_SUMS: Final = frozenset(
    {
        "grand_total", "approved_change_orders", "draft_change_orders_amount", "pending_change_orders",
        "revised_contract", "pending_revised_contract", "remaining_balance_outstanding", "total_payments",
        "total_requisitions_amount", "percentage_paid",
    }
)  # fmt: skip


def type_day(world: Whole, elements: Mapping[str, Any]) -> list[Check]:
    """The day's changes for the elements that are built. One question for each that must have arrived after the run."""
    return [check for name, typed in _DAY.items() if name in elements for check in typed(world)]


def _projects(world: Whole) -> Iterator[Check]:
    """One corrected in maestro*, another one in Procore."""
    here, there = _two_linked(world, "projects")
    _type(world, "update m_project set city = ? where project_code = ?", PLACE, here["maestro_key"])
    world.control.edit("projects", id=there["procore_id"], city=PLACE)
    yield lambda: _in_procore(world, "projects", here["procore_id"], "city", PLACE)
    sql = "select city from m_project where project_code = ?"
    yield lambda: world.maestro(sql, there["maestro_key"]) == [{"city": PLACE}]


def _suppliers(world: Whole) -> Iterator[Check]:
    """One corrected in maestro*; one corrected in Procore, from where nothing comes."""
    here, there = _two_linked(world, "suppliers")
    _type(world, "update m_supplier set email = ? where supplier_code = ?", EMAIL, here["maestro_key"])
    world.control.edit("vendors", id=there["procore_id"], email_address=EMAIL)
    yield lambda: _in_procore(world, "vendors", here["procore_id"], "email_address", EMAIL)


def _budgets(world: Whole) -> Iterator[Check]:
    """A line raised in three projects."""
    wanted = (
        "select project_code, min(activity_code) activity, group_code, original_cost from m_budget"
        " where group_code <> 'REV' and project_code in (select project_code from m_project where status = 'A')"
        " group by project_code order by project_code limit 3"
    )
    before = {row["id"]: row["original_budget_amount"] for row in world.control.state("budget_line_items")}
    rows = world.maestro(wanted)
    for row in rows:
        _type(
            world,
            "update m_budget set original_cost = original_cost + 1000, modified_cost = modified_cost + 1000"
            " where project_code = ? and activity_code = ? and group_code = ?",
            row["project_code"], row["activity"], row["group_code"],
        )  # fmt: skip

    def arrived() -> bool:
        now = world.control.state("budget_line_items")
        return sum(before.get(row["id"]) != row["original_budget_amount"] for row in now) == len(rows)

    yield arrived


def _purchase_orders(world: Whole) -> Iterator[Check]:
    """Ten approved in ten projects, two others corrected."""
    return _commitments(world, ORDERS, new=10, corrected=2)


def _subcontracts(world: Whole) -> Iterator[Check]:
    """Five approved in five projects."""
    return _commitments(world, SUBCONTRACTS, new=5, corrected=0)


def _commitments(world: Whole, collection: str, new: int, corrected: int) -> Iterator[Check]:
    first: dict[int, Row] = {}
    for header in world.company.procore[collection]:
        first.setdefault(header["project_id"], header)
    chosen = list(islice(first.values(), new))
    lines = collection.removesuffix("s").replace("_contract", "_contract_line_items")
    key = f"{collection.removesuffix('s')}_id"
    numbers = []
    for header in chosen:
        parts = [line for line in world.company.procore[lines] if line[key] == header["id"]]
        copy = {name: value for name, value in header.items() if name not in _SUMS | {"id", "created_at", "updated_at"}}
        numbers.append(f"{header['number']}-J")
        world.control.edit(collection, **{**copy, "number": numbers[-1], "line_items": [_new(p, key) for p in parts]})
    for header in islice(first.values(), corrected):
        world.control.edit(collection, id=header["id"], title=TITLE)

    def arrived() -> bool:
        marked = {row["number"] for row in world.control.state(collection) if row["origin_id"]}
        return marked.issuperset(numbers)

    yield arrived


def _new(line: Row, key: str) -> Row:
    return {name: value for name, value in line.items() if name not in ("id", key, "holder")}


def _change_orders(world: Whole) -> Iterator[Check]:
    """Ten corrected."""
    chosen = [row for row in world.company.procore[PACKAGES] if row["type"].startswith("Commitment")][:10]
    for row in chosen:
        world.control.edit(PACKAGES, id=row["id"], title=TITLE)
    sql = "select count(*) n from m_change_order where description = ?"
    extensions = "select count(*) n from m_order where extension > 0 and description = ?"
    yield lambda: sum(world.maestro(each, TITLE)[0]["n"] for each in (sql, extensions)) == len(chosen)


def _costs(world: Whole) -> Iterator[Check]:
    """An invoice posted in fifteen projects."""
    sql = (
        "select min(t.trans_id) trans_id from m_transaction t join m_transaction_line l on l.trans_id = t.trans_id"
        " where not t.transferred and t.currency = 'CAD' group by l.project_code order by l.project_code limit 15"
    )
    chosen = [row["trans_id"] for row in world.maestro(sql)]
    before = len(world.control.state(COSTS))
    for number in chosen:
        _type(
            world,
            "update m_transaction set transferred = 1, transferred_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
            " where trans_id = ?",
            number,
        )

    def arrived() -> bool:
        now = world.control.state(COSTS)
        say(f"calls: {len(now) - before} of {len(chosen)} invoices arrived")
        return len(now) == before + len(chosen)

    yield arrived


_DAY: Final[Mapping[str, Callable[[Whole], Iterator[Check]]]] = {
    "projects": _projects,
    "suppliers": _suppliers,
    "budgets": _budgets,
    "purchase-orders": _purchase_orders,
    "subcontracts": _subcontracts,
    "change-orders": _change_orders,
    "costs": _costs,
}


def _type(world: Whole, sql: str, *values: Any) -> None:
    if world.program.type_in_maestro(sql, *values) != 1:
        raise AssertionError(f"not one row: {sql} {values}")


def _in_procore(world: Whole, collection: str, number: int, attribute: str, value: str) -> bool:
    return any(row["id"] == number and row[attribute] == value for row in world.control.state(collection))


def _two_linked(world: Whole, element: str) -> tuple[Row, Row]:
    """The first and the last line that is linked and has nothing against it."""
    lines = world.program.rows(
        "select maestro_key, procore_id from line where element = ? and is_linked and status = 'done' and worst = ''"
        " order by maestro_key",
        element,
    )
    return lines[0], lines[-1]
