"""Cost codes and budgets with something that is not right (COD-, BUD-)."""

from maestro_procore.ports import Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import OTHER, P
from tests.engine.stories import Step, Story
from tests.engine.world import World


def _described_otherwise(world: World) -> str:
    where = {"project_code": P, "activity_code": "05-120"}
    trouble.change(world, "m_activity", where, description="Quelque chose d'autre")
    return f"{P}/05-120"


def _switched_off(world: World, collection: str, row: Row) -> None:
    """In the segment of a code or cost type, where the control interface has no field for it."""
    world.sandbox.world.collection(collection).put({**row, "segment_status": "inactive"})


def _inactive_type(world: World) -> str:
    (kind,) = [row for row in world.procore("line_item_types") if row["code"] == "L"]
    _switched_off(world, "line_item_types", kind)
    return trouble.budget(world, "03-100", "MO")


def _code_switched_off(world: World) -> str:
    where = trouble.project_id(world, "26009")
    code = next(r for r in world.procore("cost_codes") if r["project_id"] == where and r["code"] == "01-100")
    _switched_off(world, "cost_codes", code)
    return "26009/01-100"


async def _twin_codes(world: World) -> str:
    """One code below two parents, neither of which is the activity's."""
    above = [r for r in world.procore("cost_codes") if r["full_code"] in ("DIV05", "DIV07")]
    for parent in above:
        if parent["project_id"] == trouble.project_id(world):
            row = {"project_id": parent["project_id"], "parent": {"id": parent["id"]}, "code": "97-100", "name": "Twin"}
            await world.edit_procore("cost_codes", row)
    return trouble.activity(world, "97-100", parent_code="DIV01")


def _circle(world: World) -> str:
    trouble.activity(world, "96-100", parent_code="96-200")
    return trouble.activity(world, "96-200", parent_code="96-100")


def _same_group_twice(world: World) -> str:
    like = trouble.rows(world, "m_cost_group", group_code="MAT")[0]
    trouble.enter(world, "m_cost_group", like, group_code="MA2")
    trouble.budget(world, "03-100", "MA2", OTHER)
    return f"{OTHER}/03-100/MA2"


async def _line_of_procore(world: World) -> str:
    """A line of the budget that maestro* does not have."""
    code = trouble.wbs(world, "DIV26-26-050.O")
    where = {"project_code": P, "activity_code": "26-050", "group_code": "DIV"}
    if trouble.rows(world, "m_budget", **where):
        trouble.change(world, "m_budget", where, is_deleted=True)
    row = {"project_id": trouble.project_id(world), "wbs_code_id": code, "original_budget_amount": 77.0}
    return str((await world.edit_procore("budget_line_items", row))["id"])


def _change_order_that_procore_may_have(world: World) -> str:
    co_id = trouble.change_order(world, "TYPED-1")
    return trouble.modification(world, "03-100", "MAT", co_id=co_id)


def _no_budget_code(world: World) -> str:
    path = f"*/projects/{trouble.project_id(world, '26006')}/work_breakdown_structure/wbs_codes/bulk_create"
    world.sandbox.faults.plant(
        {"method": "PATCH", "path": path, "status": 422, "times": None, "body": {"errors": "no"}}
    )
    return "26006/"


def _amount_changed_after_sending(world: World) -> str:
    row = next(r for r in world.company.rows("m_budget_change") if r["status"] == "approved" and r["project_code"] == P)
    trouble.change(world, "m_budget_change", {"change_id": row["change_id"]}, amount=row["amount"] + 5)
    return f"{P}/{row['change_id']}"


def _another_type_for_a_group(world: World) -> str:
    maps = {"value_maps": {"cost_types": {"ST": "M"}}}
    world.journal.change_settings(maps, "test", world.clock.now())
    held = trouble.rows(world, "m_budget", project_code="26004", group_code="ST")
    mat = {r["activity_code"] for r in trouble.rows(world, "m_budget", project_code="26004", group_code="MAT")}
    row = next(r for r in held if r["activity_code"] not in mat)
    return f"26004/{row['activity_code']}/ST"


def _refused_parent(world: World) -> str:
    """Procore refuses a division; the activity below it waits."""
    project = "26008"
    trouble.activity(world, "DIV94", project, parent_code=None, activity_type="division")
    mark = f"MST:{world.company.company().tag}:cost-codes:{project}/DIV94"
    errors = [{"origin_id": mark, "errors": {"name": ["is not valid"]}}]
    where = {"method": "PATCH", "path": "*/cost_codes/sync", "body_contains": mark, "times": 1}
    world.sandbox.faults.plant({**where, "status": 200, "body": {"entities": [], "errors": errors}})
    return trouble.activity(world, "94-100", project, parent_code="DIV94")


def _no_view(world: World) -> str:
    where = {"method": "GET", "path": "*/budget_views", "times": None, "headers": {"Total": "0"}}
    world.sandbox.faults.plant({**where, "status": 200, "body": []})
    return P


NO_VIEW = Story((Step(("projects", f"budgets@{P}"), {"BUD-13": _no_view}),))
BUDGETS = Story(
    (
        Step(("projects", "suppliers")),
        Step(
            ("budgets",),
            {
                "COD-01": lambda world: trouble.budget(world, "98-765"),
                "COD-03": lambda world: f"{OTHER}/03-100",
                "COD-05": _described_otherwise,
                "COD-06": _inactive_type,
                "COD-07": lambda world: trouble.budget(world, "DIV01"),
                "COD-08": _twin_codes,
                "COD-09": _circle,
                "COD-11": _code_switched_off,
                "COD-10": lambda world: trouble.activity(world, "DIV03-03-300"),
                "LNK-11": _refused_parent,
                "BUD-04": _same_group_twice,
                "BUD-05": lambda world: f"{OTHER}/",
                "BUD-11": _change_order_that_procore_may_have,
                "BUD-12": _line_of_procore,
                "BUD-15": _no_budget_code,
            },
        ),
        Step(
            ("budgets",),
            {
                "BUD-10": _amount_changed_after_sending,
                "BUD-14": _another_type_for_a_group,
            },
        ),
    )
)
