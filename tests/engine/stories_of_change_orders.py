"""Change orders of Procore that maestro* cannot take as they are (CO-)."""

from typing import Any

from maestro_procore.ports import Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import CHANGES, OTHER, POS, SUBS, P
from tests.engine.stories import Maker, Step, Story, made
from tests.engine.stories_of_orders import order
from tests.engine.world import World


def _contract(world: World, collection: str, number: str, project: str = P) -> int:
    return int(trouble.of_procore(world, collection, number, project)["id"])


def _package(contract: str, number: str | None, project: str = P, lines: bool = True, **values: Any) -> Maker:
    """An approved change order of a subcontract with one thing that is not right."""

    async def make(world: World) -> str:
        contract_id = _contract(world, "work_order_contracts", contract, project)
        made = [trouble.line(world, project, flat=_any_code(world, project))] if lines else []
        return await trouble.package(world, contract_id, number, *made, project=project, **values)

    return make


def _any_code(world: World, project: str) -> str:
    where = trouble.project_id(world, project)
    return min(row["flat_code"] for row in world.procore("wbs_codes") if row["project_id"] == where)


def _owners(project: str, number: str, **values: Any) -> Maker:
    """An approved change order of the owner."""

    async def make(world: World) -> str:
        where = trouble.project_id(world, project)
        contracts = (row for row in world.procore("prime_contracts") if row["project_id"] == where)
        contract_id = next((row["id"] for row in contracts), 4711)
        line = trouble.line(world, project, flat=_any_code(world, project))
        given = {"type": "PrimeContractChangeOrder", **values}
        return await trouble.package(world, contract_id, number, line, project=project, **given)

    return make


async def _no_contract_of_the_owner(world: World) -> str:
    (row,) = trouble.rows(world, "m_contract", project_code="26009")
    trouble.change(world, "m_contract", {"contract_no": row["contract_no"]}, is_deleted=True)
    return await made(_owners("26009", "701"), world)


async def _blocked_customer(world: World) -> str:
    (row,) = trouble.rows(world, "m_contract", project_code="26001")
    trouble.change(world, "m_customer", {"customer_code": row["customer_code"]}, status="B")
    return await made(_owners("26001", "702"), world)


async def _zero_line(world: World) -> str:
    contract_id = _contract(world, "work_order_contracts", "26003-S01")
    lines = [trouble.line(world), trouble.line(world, amount="0.00")]
    return await trouble.package(world, contract_id, "703", *lines)


async def _two_packages_of_a_number(world: World) -> str:
    contract_id = _contract(world, "work_order_contracts", "26003-S01")
    await trouble.package(world, contract_id, "704", trouble.line(world))
    return await trouble.package(world, contract_id, "704", trouble.line(world, amount="7.00"))


async def _typed_change_order_differs(world: World) -> str:
    number = f"{trouble.order_number(world, '26003-S01')}-705"
    trouble.change_order(world, number)
    contract_id = _contract(world, "work_order_contracts", "26003-S01")
    return await trouble.package(world, contract_id, "705", trouble.line(world))


async def _amount_without_lines(world: World) -> str:
    name = await made(_package("26003-S01", "706", lines=False), world)
    kept = world.sandbox.world.collection("change_order_packages")
    kept.put({**kept.get(int(name)), "grand_total": "123.45"})
    return name


async def _markup(world: World) -> str:
    name = await made(_owners("26008", "707"), world)
    kept = world.sandbox.world.collection("change_order_packages")
    kept.put({**kept.get(int(name)), "grand_total": "150.00"})
    return name


async def _number_too_long(world: World) -> str:
    return await made(_package("26003-S01", "70812345678901234567890"), world)


async def _of_a_draft(world: World) -> str:
    contract_id = _contract(world, "work_order_contracts", "26003-S901")
    return await trouble.package(world, contract_id, "001", trouble.line(world))


def _co(world: World, project: str) -> Row:
    rows = (row for row in world.company.rows("m_change_order") if row["project_code"] == project)
    return next(row for row in rows if row["co_no"].endswith("-001") and not row["co_no"].startswith("P-"))


async def _edited_after_transfer(world: World) -> str:
    row = _co(world, "26006")
    trouble.change(world, "m_change_order", {"co_id": row["co_id"]}, status="transferred")
    package = next(r for r in world.procore("change_order_packages")
                   if r["number"] == "001" and r["project_id"] == trouble.project_id(world, "26006"))  # fmt: skip
    await world.edit_procore("change_order_packages", {"id": package["id"], "title": "Edited"})
    return f"26006/{row['co_no']}"


def _co_changed_here(world: World) -> str:
    row = _co(world, P)
    trouble.change(world, "m_change_order", {"co_id": row["co_id"]}, description="Changed by accounting")
    return f"{P}/{row['co_no']}"


def _echo(world: World) -> str:
    """maestro* raised the budget by the owner's change order that came from Procore."""
    row = next(r for r in world.company.rows("m_change_order") if r["project_code"] == OTHER and r["co_no"] == "P-001")
    trouble.modification(world, "03-100", "ST", OTHER, co_id=row["co_id"])
    return f"{OTHER}/03-100"


CHANGE_ORDERS = Story(
    (
        Step(("projects", "suppliers", POS, SUBS)),
        Step(
            (CHANGES,),
            {
                "CO-01": _of_a_draft,
                "CO-02": lambda world: "598101200800002",
                "CO-04": _no_contract_of_the_owner,
                "CO-05": _blocked_customer,
                "CO-06": _zero_line,
                "CO-09": _markup,
                "CO-10": lambda world: "26005",
                "CO-11": _amount_without_lines,
                "CO-13": _two_packages_of_a_number,
                "CO-14": _typed_change_order_differs,
                "CO-15": lambda world: "598101200500001",
                "PO-05": _number_too_long,
            },
        ),
        Step(
            (CHANGES, f"budgets@{OTHER}"), {"CO-07": _edited_after_transfer, "CO-12": _co_changed_here, "BUD-08": _echo}
        ),
    )
)


async def _without_number(world: World) -> str:
    name = await made(_package("26003-S01", "710"), world)
    kept = world.sandbox.world.collection("change_order_packages")
    kept.put({**kept.get(int(name)), "number": None})
    return name


UNDOCUMENTED = Story(
    (
        Step(("projects", "suppliers")),
        Step((POS, SUBS), {"PO-20": order("T-STATUS", status="On Hold")}),
        Step(
            (CHANGES,),
            {"CO-03": _without_number, "CO-08": _package("26003-S01", "709", status="on_hold")},
        ),
    ),
    is_strict=False,
)
