"""Commitments of Procore that maestro* cannot take as they are (PO-, SC-)."""

from collections.abc import Mapping
from typing import Any

from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import OTHER, POS, SUBS
from tests.engine.stories import Maker, Step, Story
from tests.engine.world import World


def order(
    number: str, /, lines: int = 1, element: str = POS, line: Mapping[str, Any] | None = None, **values: Any
) -> Maker:
    """An approved commitment with one thing that is not right."""

    async def make(world: World) -> str:
        made = [trouble.line(world, **(line or {})) for _ in range(lines)]
        return await trouble.commitment(world, element, number, *made, **values)

    return make


async def _two_of_a_number(world: World) -> str:
    await trouble.commitment(world, POS, "T-TWIN", trouble.line(world))
    return await trouble.commitment(world, POS, "T-TWIN", trouble.line(world), title="Second")


async def _two_contracts_of_a_number(world: World) -> str:
    await trouble.commitment(world, SUBS, "S-TWIN", trouble.line(world))
    return await trouble.commitment(world, SUBS, "S-TWIN", trouble.line(world), title="Second")


async def _unknown_tax(world: World) -> str:
    tax = await world.edit_procore("tax_codes", {"code": "PST7", "description": "PST 7 %", "rate1": 7.0})
    return await trouble.commitment(world, POS, "T-TAX", trouble.line(world, tax_code_id=tax["id"]))


async def _code_of_procore_only(world: World) -> str:
    row = {"project_id": trouble.project_id(world), "code": "95-100", "name": "Only there"}
    code = await world.edit_procore("cost_codes", row)
    line = trouble.line(world, cost_code_id=code["id"], line_item_type_id=trouble.cost_type(world, "M"))
    return await trouble.commitment(world, POS, "T-CODE", line)


async def _type_without_group(world: World) -> str:
    codes = {"cost_code_id": trouble.cost_code(world, "03-100"), "line_item_type_id": trouble.cost_type(world, "OC")}
    return await trouble.commitment(world, POS, "T-TYPE", trouble.line(world, **codes))


async def _blocked_supplier(world: World) -> str:
    trouble.change(world, "m_supplier", {"supplier_code": "TRAN0048"}, status="B")
    vendor = trouble.vendor_id(world, "TRAN0048")
    return await trouble.commitment(world, POS, "T-BLOCKED", trouble.line(world), vendor_id=vendor)


async def _closed_supplier(world: World) -> str:
    trouble.change(world, "m_supplier", {"supplier_code": "VENT0020"}, status="1")
    vendor = trouble.vendor_id(world, "VENT0020")
    return await trouble.commitment(world, POS, "T-CLOSED", trouble.line(world), vendor_id=vendor)


async def _no_sub_contractor(world: World) -> str:
    vendor = trouble.vendor_id(world, trouble.VENDOR)
    return await trouble.commitment(world, SUBS, "S-NOT", trouble.line(world), vendor_id=vendor)


async def _foreign_currency(world: World) -> str:
    vendor = trouble.vendor_id(world, trouble.USD_VENDOR)
    return await trouble.commitment(world, POS, "T-USD", trouble.line(world), vendor_id=vendor)


async def _typed_otherwise(world: World) -> str:
    """Accounting typed the order with Procore's number, and another amount."""
    (row,) = trouble.rows(world, "m_order_line", order_id=3, line_no=1)
    trouble.change(world, "m_order_line", {"line_id": row["line_id"]}, amount=row["amount"] + 1)
    return "000003"


def _changed_here(world: World) -> str:
    number = trouble.order_number(world, "26006-001")
    trouble.change(world, "m_order", {"order_id": _order_id(world, number)}, description="Changed by accounting")
    return number


def _order_id(world: World, number: str) -> Any:
    return next(row["order_id"] for row in world.company.rows("m_order") if row["order_no"] == number)


async def _void_with_invoices(world: World) -> str:
    row = trouble.of_procore(world, "work_order_contracts", "26005-S01", OTHER)
    await world.edit_procore("work_order_contracts", {"id": row["id"], "status": "Void"})
    return "000005"


async def _edited_after_the_transfer(world: World) -> str:
    row = trouble.of_procore(world, "purchase_order_contracts", "26005-001", OTHER)
    await world.edit_procore("purchase_order_contracts", {"id": row["id"], "title": "Another title"})
    return "000001"


async def _edited_after_the_invoice(world: World) -> str:
    row = trouble.of_procore(world, "purchase_order_contracts", "26005-004", OTHER)
    key = "purchase_order_contract"
    line = next(r for r in world.procore(f"{key}_line_items") if r[f"{key}_id"] == row["id"])
    edited = {"id": line["id"], "amount": "99999.99", "extended_type": "manual"}
    await world.edit_procore(f"{key}_line_items", edited)
    return "000002"


async def _deleted_there(world: World) -> str:
    row = trouble.of_procore(world, "purchase_order_contracts", "26001-001", "26001")
    number = trouble.order_number(world, "26001-001")
    await world.edit_procore("purchase_order_contracts", {"id": row["id"], "deleted_at": "2026-11-20T12:00:00Z"})
    return number


ORDERS = Story(
    (
        Step(("projects", "suppliers")),
        Step(
            (POS, SUBS),
            {
                "PO-01": lambda world: str(trouble.of_procore(world, "purchase_order_contracts", "26003-901")["id"]),
                "PO-02": order("T-EMPTY", lines=0),
                "PO-03": order("T-NOBODY", vendor_id=None),
                "PO-04": _two_of_a_number,
                "PO-06": order("T-TITLE", title="A title that is much longer than the sixty characters that fit here"),
                "PO-07": order("T-DATE", contract_date=None),
                "PO-08": order("T-UNIT", line={"uom": "PALLET", "quantity": "1", "unit_cost": "100.00"}),
                "PO-09": _unknown_tax,
                "PO-10": order("T-TERMS", payment_terms="when the moon is full"),
                "PO-15": _foreign_currency,
                "PO-18": _typed_otherwise,
                "PO-19": _type_without_group,
                "COD-02": _code_of_procore_only,
                "SUP-02": _blocked_supplier,
                "SUP-03": _closed_supplier,
                "LNK-01": order("T-SAGE", origin_id="SAGE:4711"),
                "SC-01": _no_sub_contractor,
                "SC-02": _two_contracts_of_a_number,
                "SC-03": order("S-RATE", element=SUBS, retainage_percent="5.0"),
            },
        ),
        Step(
            (POS, SUBS),
            {
                "PO-11": _changed_here,
                "PO-12": _void_with_invoices,
                "PO-16": _edited_after_the_invoice,
                "PO-17": _edited_after_the_transfer,
                "LNK-02": _deleted_there,
            },
        ),
    )
)
