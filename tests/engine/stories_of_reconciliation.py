"""What a reconciliation says of differences that people leave on either side (CST-05, REC-05, REC-10 to REC-14).

And a project that would move by more than its share (GRD-02). Conditions are made once both sides are in step.
"""

from decimal import Decimal
from typing import Any

from maestro_procore.ports import Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import P
from tests.engine.stories import Step, Story
from tests.engine.world import World

ELEMENTS = ("projects", "suppliers", *(f"{name}@{P}" for name in (
    "budgets", "purchase-orders", "subcontracts", "change-orders", "costs",
)))  # fmt: skip
RECONCILE = f"reconciliation@{P}"
COST_ALONE = ("01-500", "MAT", "DIV01-01-500.M")
"""A code of the project with a cost and without a budget: activity, group, Procore's name."""


def _cost_without_budget(world: World) -> str:
    activity, group, _ = COST_ALONE
    return trouble.transaction(world, activity_code=activity, group=group)


async def _line_that_procore_adds(world: World) -> str:
    """What Procore does by itself when a cost stands where the budget has no line."""
    code = trouble.wbs(world, COST_ALONE[2])
    line = {"project_id": trouble.project_id(world), "wbs_code_id": code, "original_budget_amount": "0.00"}
    await world.edit_procore("budget_line_items", line)
    return P


def _group_without_code(world: World) -> str:
    """The budget of a group that Configuration maps to a cost type that Procore has not."""
    like = trouble.rows(world, "m_cost_group", group_code="MAT")[0]
    trouble.enter(world, "m_cost_group", like, group_code="NEUF", family="miscellaneous")
    world.journal.change_settings({"value_maps": {"cost_types": {"NEUF": "ZZ"}}}, "test", world.clock.now())
    trouble.budget(world, "03-100", "NEUF")
    return "03-100.ZZ"


def _pending_here(world: World) -> str:
    """An order that Procore has approved goes back to Pending in maestro*."""
    order = _order(world)
    trouble.change(world, "m_order", {"order_id": order["order_id"]}, status="pending")
    return str(order["order_no"])


def _order(world: World) -> Row:
    with world.journal.begin() as tx:
        linked = world.journal.link_pairs(tx, "purchase-orders")
    rows = trouble.rows(world, "m_order", project_code=P)
    return next(row for row in rows if row["order_no"] in linked and row["status"] == "approved")


def _budget(world: World) -> Row:
    rows = trouble.rows(world, "m_budget", project_code=P)
    return next(row for row in rows if Decimal(row["original_cost"]) > 1000)


def _where(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("project_code", "activity_code", "group_code")}


def _typed_into_the_whole(world: World) -> str:
    row = _budget(world)
    trouble.change(world, "m_budget", _where(row), modified_cost=Decimal(row["modified_cost"]) + 7)
    return f"{row['activity_code']}"


RECONCILIATION = Story(
    (
        Step(ELEMENTS, before=(_cost_without_budget,)),
        Step(
            (RECONCILE,),
            {
                "CST-05": _line_that_procore_adds,
                "REC-10": lambda world: "P-001",
                "REC-11": _pending_here,
                "REC-12": _typed_into_the_whole,
            },
        ),
        Step((f"budgets@{P}", RECONCILE), {"REC-05": _group_without_code}),
    )
)


def _view(code: str, record: str, **switches: str) -> Story:
    """A budget view of Procore that says something else than the usual one."""
    told = Step((RECONCILE,), {code: lambda world: record})
    return Story((Step(ELEMENTS), told), switches={"tools_without_template": "active", **switches})


OTHER_COLUMN = _view("REC-13", "001", approved_cos_of="commitment")
NO_COLUMN = _view("REC-14", P, budget_view_columns="standard")


def _a_tenth_more(world: World) -> str:
    """One budget line moves by more of the project than may go out without a word."""
    world.commands.set("guard", True)
    world.commands.set("guard_percent", 0)
    row = _budget(world)
    trouble.change(world, "m_budget", _where(row), original_cost=Decimal(row["original_cost"]) * 2)
    return "budgets"


GUARDED = Story((Step(ELEMENTS[:3]), Step((f"budgets@{P}",), {"GRD-02": _a_tenth_more})))
