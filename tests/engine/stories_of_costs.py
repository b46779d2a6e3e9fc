"""Transactions that Procore cannot take as they are (CST-)."""

from datetime import date
from decimal import Decimal
from typing import Any

from maestro_procore.ports import Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import COSTS, OTHER, POS, SUBS, P
from tests.engine.stories import Maker, Step, Story
from tests.engine.world import World


def _cost(project: str = P, **values: Any) -> Maker:
    return lambda world: trouble.transaction(world, project, **values)


def _closed_month(world: World) -> str:
    return trouble.transaction(world, transferred=False, transferred_at=None, accounting_date=date(2025, 11, 30))


async def _sent_before_its_order(world: World) -> str:
    """The order is there, and Procore's commitment is linked with it only by the next run."""
    key = trouble.transaction(world, OTHER)
    trouble.change(world, "m_transaction", {"trans_id": int(key.split("/")[0])}, order_id=1)
    return key


def _recoded(world: World) -> str:
    row = next(r for r in world.company.rows("m_transaction_line") if r["project_code"] == P and _is_sent(world, r))
    trouble.change(world, "m_transaction_line", {"line_id": row["line_id"]}, amount=row["amount"] + Decimal("1.11"))
    return f"{row['trans_id']}/{P}"


def _is_sent(world: World, row: Row) -> bool:
    key = f"{row['trans_id']}/{row['project_code']}"
    return any(line.maestro_key == key and line.is_linked for line in world.lines(COSTS))


def _answered_otherwise(world: World) -> str:
    """Procore answers a line with another amount than was sent."""
    row = next(r for r in trouble.rows(world, "m_transaction_line", project_code=OTHER) if _is_sent(world, r))
    trouble.change(world, "m_transaction_line", {"line_id": row["line_id"]}, amount=row["amount"] + 3)
    origin = f":cost-lines:{row['trans_id']}/{OTHER}/"
    there = next(r for r in world.procore("direct_cost_line_items") if origin in str(r["origin_id"]))
    body = {"entities": [{**there, "amount": "0.01"}], "errors": []}
    path = f"*/projects/{trouble.project_id(world, OTHER)}/direct_costs/line_items/sync"
    world.sandbox.faults.plant({"method": "PATCH", "path": path, "status": 200, "times": 1, "body": body})
    return OTHER


COST_STORY = Story(
    (
        Step(("projects", "suppliers", f"budgets@{P}", f"budgets@{OTHER}")),
        Step(
            (COSTS,),
            {
                "CST-02": _cost(supplier_code="ARMA0031"),
                "CST-03": _cost(transferred=False, transferred_at=None, accounting_date=date(2027, 1, 15)),
                "CST-09": _closed_month,
                "CST-10": _cost(currency="USD"),
                "CST-11": _cost(activity_code="DIV03"),
            },
        ),
        Step(
            (POS, SUBS, COSTS),
            {"CST-04": _cost(OTHER, order_id=1), "CST-06": _recoded, "CST-08": lambda world: _first_reversed(world)},
        ),
        Step((COSTS,), {"CST-07": _answered_otherwise}),
    )
)


def _first_reversed(world: World) -> str:
    """An invoice that went before its order was linked."""
    for line in world.lines(COSTS):
        row = trouble.rows(world, "m_transaction", trans_id=int(line.maestro_key.split("/")[0]))[0]
        if row["order_id"] is not None and line.is_linked:
            return str(line.maestro_key)
    raise AssertionError("no invoice of an order was sent")


NOT_LINKED = Story((Step((COSTS, "budgets"), {"CST-01": _cost(), "BUD-01": lambda world: f"{P}/03-100"}),))
