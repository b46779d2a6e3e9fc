"""What people on both sides do that makes a message: orders, codes, change orders and costs with one thing wrong each.

Each maker leaves one record that a run has to speak of, and gives back how the run will call it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from maestro_procore.ports import Row
from tests.engine.world import World

POS, SUBS, CHANGES, COSTS = "purchase-orders", "subcontracts", "change-orders", "costs"
P, OTHER = "26003", "26005"
"""Two projects that both sides have under their number."""
APPROVED = {"purchase_order_contracts": "Approved", "work_order_contracts": "Approved"}
VENDOR, USD_VENDOR = "CARR0009", "ADIR0012"
SUBCONTRACTOR = "CLOI0005"


def project_id(world: World, code: str = P) -> int:
    return next(int(row["id"]) for row in world.procore("projects") if row["project_number"] == code)


def cost_code(world: World, code: str, project: str = P) -> int:
    rows = (row for row in world.procore("cost_codes") if row["project_id"] == project_id(world, project))
    return next(int(row["id"]) for row in rows if row["code"] == code)


def cost_type(world: World, code: str) -> int:
    return next(int(row["id"]) for row in world.procore("line_item_types") if row["code"] == code)


def vendor_id(world: World, code: str) -> int:
    """Procore's company that is linked with a supplier."""
    return int(world.line("suppliers", code).procore_id)


def wbs(world: World, flat: str, code: str = P) -> int:
    rows = (row for row in world.procore("wbs_codes") if row["project_id"] == project_id(world, code))
    return next(int(row["id"]) for row in rows if row["flat_code"] == flat)


def line(world: World, project: str = P, flat: str = "DIV03-03-100.M", **values: Any) -> Row:
    """A line of 100.00 of a schedule of values. cost_code_id: instead of a budget code."""
    code = {} if "cost_code_id" in values else {"wbs_code_id": wbs(world, flat, project)}
    return {"description": "Line", "amount": "100.00", "extended_type": "manual", **code, **values}


async def commitment(world: World, element: str, number: str, *lines: Row, **values: Any) -> str:
    """Another user enters and approves a commitment; its Procore id as text."""
    collection = "purchase_order_contracts" if element == POS else "work_order_contracts"
    supplier = VENDOR if element == POS else SUBCONTRACTOR
    row = {
        "project_id": project_id(world, values.pop("project", P)),
        "number": number,
        "title": f"Commitment {number}",
        "status": "Approved",
        "vendor_id": vendor_id(world, supplier),
        "contract_date": "2026-10-05",
        "line_items": [*lines],
        **values,
    }
    return str((await world.edit_procore(collection, row))["id"])


async def package(world: World, contract_id: int | str, number: str | None, *lines: Row, **values: Any) -> str:
    """Another user enters and approves a change order of a contract; its Procore id as text."""
    row = {
        "project_id": project_id(world, values.pop("project", P)),
        "contract_id": int(contract_id),
        "number": number,
        "title": f"Change {number}",
        "status": "approved",
        "type": "CommitmentContractChangeOrder",
        "reviewed_at": "2026-10-06T12:00:00Z",
        "line_items": [*lines],
        **values,
    }
    return str((await world.edit_procore("change_order_packages", row))["id"])


def enter(world: World, table: str, like: Mapping[str, Any], **values: Any) -> None:
    """An accountant enters a row."""
    kept = {name: value for name, value in like.items() if name not in ("rowver", "changed_at", "is_deleted")}
    world.company.insert(table, {**kept, **values}, world.clock.now())


def change(world: World, table: str, found: Mapping[str, Any], **values: Any) -> None:
    """An accountant changes the row that these values find."""
    company = world.company.company().company_id
    assert world.company.update(table, {"company_id": company, **found}, values, world.clock.now())


def rows(world: World, table: str, **where: Any) -> list[Row]:
    return world.company.rows(table, where={name: [value] for name, value in where.items()})


def activity(world: World, code: str, project: str = P, **values: Any) -> str:
    """An accountant opens an activity; its key."""
    like = rows(world, "m_activity", project_code=project, activity_code="03-100")[0]
    enter(world, "m_activity", like, activity_code=code, description=f"Activity {code}", **values)
    return f"{project}/{code}"


def budget(world: World, activity_code: str, group: str = "MAT", project: str = P, amount: str = "500.00") -> str:
    """An accountant budgets an activity and group; its key."""
    like = rows(world, "m_budget", project_code=project)[0]
    values = {"activity_code": activity_code, "group_code": group, "original_cost": Decimal(amount)}
    enter(world, "m_budget", like, **values)
    return f"{project}/{activity_code}/{group}"


def modification(world: World, activity_code: str, group: str, project: str = P, **values: Any) -> str:
    """An accountant modifies a budget; the key of the modification."""
    number = 1 + max(row["change_id"] for row in world.company.rows("m_budget_change"))
    like = next(row for row in world.company.rows("m_budget_change") if row["status"] == "approved")
    told = {"project_code": project, "activity_code": activity_code, "group_code": group, "change_id": number}
    enter(world, "m_budget_change", like, **{**told, "reference": f"T-{number}", "amount": Decimal("10.00"), **values})
    return f"{project}/{number}"


def change_order(world: World, number: str, project: str = P, **values: Any) -> int:
    """An accountant types a change order; its number in the table."""
    taken = [row["co_id"] for row in world.company.rows("m_change_order")]
    co_id = 1 + max(taken, default=0)
    row = {
        "company_id": world.company.company().company_id,
        "co_id": co_id,
        "co_no": number,
        "project_code": project,
        "description": "Typed",
        "level": "unit",
        "status": "approved",
        "entered_date": date(2026, 10, 6),
        "approved_date": date(2026, 10, 6),
        "do_invoicing": False,
        "do_orders": True,
        "do_budget": False,
        "final_transfer": False,
        **values,
    }
    world.company.insert("m_change_order", row, world.clock.now())
    return co_id


def transaction(
    world: World, project: str = P, *, activity_code: str = "03-100", group: str = "MAT", **values: Any
) -> str:
    """An accountant enters a transaction of 100.00, by default transferred; its key."""
    number = 1 + max(row["trans_id"] for row in world.company.rows("m_transaction"))
    like = next(r for r in world.company.rows("m_transaction") if r["transferred"] and r["order_id"] is None
                and r["currency"] == "CAD" and r["module"] == "AP")  # fmt: skip
    header = {"trans_id": number, "document_no": f"T{number}", "supplier_code": VENDOR, "holdback_amt": Decimal(0)}
    enter(world, "m_transaction", like, **{**header, "order_id": None, **values})
    line_no = 1 + max(row["line_id"] for row in world.company.rows("m_transaction_line"))
    of_line = rows(world, "m_transaction_line", trans_id=like["trans_id"])[0]
    told = {"project_code": project, "activity_code": activity_code, "group_code": group}
    amounts = {"amount": Decimal("100.00"), "tax_amount": Decimal("14.98")}
    enter(world, "m_transaction_line", of_line, line_id=line_no, trans_id=number, line_no=1, **told, **amounts)
    return f"{number}/{project}"


def of_procore(world: World, collection: str, number: str, project: str = P) -> Row:
    """A record of Procore by its number."""
    here = (row for row in world.procore(collection) if row["project_id"] == project_id(world, project))
    return next(row for row in here if row["number"] == number)


def order_number(world: World, external: str) -> str:
    """maestro*'s number of the order that has this number in Procore."""
    return next(str(row["order_no"]) for row in world.company.rows("m_order") if row["external_no"] == external)
