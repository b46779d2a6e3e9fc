"""Projects and suppliers that one side refuses, and a Procore that does not serve (PRJ-, SUP-, LNK-, SRV-)."""

from datetime import date
from typing import Any

from maestro_procore.ports import Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import POS, P
from tests.engine.stories import Maker, Step, Story
from tests.engine.world import World

SUPPLIER = "CARR0009"


def _project(code: str, **values: Any) -> Maker:
    """A project of maestro* that goes to Procore for the first time."""

    def make(world: World) -> str:
        like = trouble.rows(world, "m_project", project_code="26002")[0]
        trouble.enter(world, "m_project", like, **{"project_code": code, "description": f"Project {code}", **values})
        return code

    return make


async def _bad_number(world: World) -> str:
    like = next(row for row in world.procore("projects") if row["project_number"] == "P26900")
    await world.edit_procore("projects", {"id": like["id"], "project_number": "26 900, é"})
    return str(like["id"])


async def _no_template(world: World) -> str:
    world.journal.change_settings({"default_template": None}, "test", world.clock.now())
    row = {"name": "From Procore", "project_number": "T-NEW", "active": True, "estimated_start_date": "2026-01-05"}
    made = await world.edit_procore("projects", {**row, "estimated_completion_date": "2027-01-05"})
    return str(made["id"])


async def _renumbered(world: World) -> str:
    await world.edit_procore("projects", {"id": trouble.project_id(world), "project_number": "26003-B"})
    return P


async def _inactive_there(world: World) -> str:
    await world.edit_procore("projects", {"id": trouble.project_id(world, "26009"), "active": False})
    return "26009"


async def _twin_there(world: World) -> str:
    row = {"name": "Twin", "project_number": "26004", "active": True, "estimated_start_date": "2026-01-05"}
    await world.edit_procore("projects", row)
    return "26004"


PROJECTS = Story(
    (
        Step(
            ("projects",),
            {
                "PRJ-03": _project("T-03", start_date=None),
                "PRJ-04": _project("T-04", closing_date=None),
                "PRJ-05": _project("T-05", start_date=date(2027, 1, 1), closing_date=date(2026, 1, 1)),
                "PRJ-08": _inactive_there,
                "PRJ-11": _bad_number,
                "PRJ-12": _twin_there,
                "PRJ-15": _no_template,
            },
        ),
        Step(
            ("projects", "projects#26011", "projects#26010"),
            {"PRJ-06": _renumbered, "PRJ-01": lambda world: "26011", "PRJ-02": lambda world: "26010"},
        ),
    )
)


def _mark(world: World, key: str) -> str:
    return f"MST:{world.company.company().tag}:suppliers:{key}"


def _refused(world: World, **errors: dict[str, list[str]]) -> None:
    """Procore takes these suppliers not, each for its own reason."""
    rows = [{"origin_id": _mark(world, key), "errors": reason} for key, reason in errors.items()]
    where = {"method": "PATCH", "path": "*/vendors/sync", "times": 1}
    world.sandbox.faults.plant({**where, "status": 200, "body": {"entities": [], "errors": rows}})


def _new_supplier(code: str) -> Maker:
    def make(world: World) -> str:
        like = trouble.rows(world, "m_supplier", supplier_code="CLOI0005")[0]
        trouble.enter(world, "m_supplier", like, supplier_code=code, name=f"Zymurgie {code}", phone=None, email=None)
        return code

    return make


def _refused_field(world: World) -> str:
    _refused(
        world,
        T06={"email_address": ["is not valid"]},
        T05={"origin_id": ["has already been taken"]},
        T14={"base": ["is locked: it belongs to an ERP integration"]},
    )
    return "T06"


async def _inactive_company(world: World) -> str:
    name = trouble.rows(world, "m_supplier", supplier_code="QUIN0057")[0]["name"]
    vendor = next(row for row in world.procore("vendors") if row["name"] == name)
    await world.edit_procore("vendors", {"id": vendor["id"], "is_active": False})
    world.commands.choose("suppliers", "QUIN0057", "link", str(vendor["id"]))
    return "QUIN0057"


def _closed_here(world: World) -> str:
    trouble.change(world, "m_supplier", {"supplier_code": "CERA0041"}, status="1")
    return "CERA0041"


def _held_by_another(world: World) -> str:
    """Somebody chose a company that another supplier has already."""
    world.commands.choose("suppliers", "T07", "link", str(trouble.vendor_id(world, SUPPLIER)))
    return "T07"


SUPPLIERS = Story(
    (
        Step(("suppliers",), {"SUP-05": _inactive_company}),
        Step(
            ("suppliers",),
            {
                "LNK-04": lambda world: "T14",
                "LNK-05": lambda world: "T05",
                "LNK-06": _refused_field,
                "SUP-10": _closed_here,
            },
            (_new_supplier("T05"), _new_supplier("T06"), _new_supplier("T14")),
        ),
        Step(("suppliers",), {"SUP-06": _held_by_another}, (_new_supplier("T07"),)),
    )
)


# --- the same company twice -----------------------------------------------------------------------


def _entered_twice(world: World) -> str:
    """Two suppliers of maestro* that nothing tells apart."""
    for code in ("T08", "T09"):
        like = trouble.rows(world, "m_supplier", supplier_code="CLOI0005")[0]
        trouble.enter(world, "m_supplier", like, supplier_code=code, name="Zymurgie du Nord", phone=None, email=None)
    return "T09"


def _customer(world: World, code: str, name: str, project: str, **values: Any) -> str:
    """A customer whom the contract of a project names, and of whom no more than the name is known."""
    known = ("address", "city", "province", "country", "postal_code", "phone", "email")
    like = {**trouble.rows(world, "m_customer")[0], **dict.fromkeys(known)}
    trouble.enter(world, "m_customer", like, customer_code=code, name=name, **values)
    trouble.change(world, "m_contract", {"contract_no": project}, customer_code=code)
    return code


async def _alike_there(world: World) -> str:
    await world.edit_procore("vendors", {"name": "Musee maritime du Golf", "business_phone": "418 555-0177"})
    return _customer(world, "T10", "Musée Maritime du Golfe", "26001", phone="418-555-0177")


async def _given_to_another(world: World) -> str:
    """Somebody chose for a new customer the company that has the code of another one."""
    await world.sync("suppliers", preview=True)
    owner = trouble.rows(world, "m_contract", project_code="26004")[0]["customer_code"]
    name = trouble.rows(world, "m_customer", customer_code=owner)[0]["name"]
    company = next(int(row["id"]) for row in world.procore("vendors") if row["name"] == name)
    _customer(world, "T11", "Fondation Zygote", "26002")
    world.commands.links.choose_all("customers", {"T11": company})
    return str(owner)


def _customer_twice(world: World) -> str:
    for code, project in (("T12", "26005"), ("T13", "26006")):
        _customer(world, code, "Société Zénith", project)
    return "T13"


TWICE = Story(
    (
        Step(
            ("suppliers",),
            {"LNK-07": _entered_twice, "CUS-01": _alike_there, "CUS-02": _given_to_another, "CUS-03": _customer_twice},
        ),
    )
)


# --- a service that fails -------------------------------------------------------------------------


def _fault(path: str, status: int, about: str, **more: Any) -> Maker:
    """Every reading of a list fails."""

    def make(world: World) -> str:
        world.sandbox.faults.clear()
        world.sandbox.faults.plant({"method": "GET", "path": path, "status": status, "times": None, **more})
        return about

    return make


def _list_of(project: str) -> str:
    return f"*/projects/{project}/*"


def _of_project(status: int, **more: Any) -> Maker:
    """The commitments of one project cannot be read."""

    def make(world: World) -> str:
        world.sandbox.faults.clear()
        where: Row = {"method": "GET", "path": "*/purchase_order_contracts", "nth": 1, "times": 1}
        world.sandbox.faults.plant({**where, "status": status, **more})
        return "26001"  # the smallest comes first

    return make


JSON = {"content-type": "application/json"}
VENDORS = "/rest/v1.0/vendors"
SERVICE = Story(
    (
        Step(("projects", "suppliers")),
        Step(("suppliers",), {"SRV-03": _fault(VENDORS, 503, "suppliers", headers={"Retry-After": "5"})}),
        Step(("suppliers",), {"SRV-07": _fault(VENDORS, 401, "suppliers", body={"errors": "Unauthorized"})}),
        Step(("suppliers",), {"SRV-15": _fault(VENDORS, 200, "suppliers", body='[{"id": 1, "na', headers=JSON)}),
        Step(("suppliers",), {"SRV-24": _fault(VENDORS, 500, "suppliers")}),
        Step(("suppliers",), {"SRV-25": _fault(VENDORS, 404, "suppliers", body={"errors": "Not Found"})}),
        Step((POS,), {"SRV-08": _of_project(403, body={"errors": "You do not have permission"})}),
        Step((POS,), {"PRJ-19": _of_project(404, body={"errors": "Not Found"})}),
    )
)


def _without_template(world: World) -> str:
    """Without a template the tools of a new project are off in Procore."""
    trouble.change(world, "m_project", {"project_code": "26002"}, procore_template_id=None)
    return "26002"


TOOLS_OFF = Story((Step(("projects", "suppliers", POS), {"SRV-09": _without_template}),), switches={})
