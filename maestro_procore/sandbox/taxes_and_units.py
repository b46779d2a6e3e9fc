"""Tax codes, tax types and units of measure of a company.

Source: reference 6.5. A broken rule of taxes answers 400, of units 422 (SDK24 error models).
"""

from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.code_lists import written
from maestro_procore.sandbox.resources import Operation, Reference, Resource
from maestro_procore.sandbox.row_changes import BLANK, TAKEN
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

TAX_CODES, TAX_TYPES = "/rest/v1.0/tax_codes", "/rest/v1.0/tax_types"
UOMS, CATEGORIES = "/rest/v1.0/companies/{company_id}/uoms", "/rest/v1.0/companies/{company_id}/uom_categories"
STANDARD_UNIT = "is a standard unit and cannot be changed"


def _coded(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    return {} if str(row.get("code") or "").strip() else {"code": [BLANK]}


def _one_default(visit: Visit, row: Row, _before: Row | None) -> None:
    """At most one tax code is the default: the last one that was made it."""
    if not row.get("default_tax_code"):
        return
    codes = visit.world.collection("tax_codes")
    for other in codes.where(default_tax_code=True):
        if other["id"] != row["id"] and visit.owns(other):
            codes.put({**other, "default_tax_code": False})


def _unit_is_free(row: Row, _before: Row | None, visit: Visit) -> Errors:
    same = visit.world.collection("uoms").where(**{COMPANY: visit.company_id, "name": row.get("name")})
    return {"name": [TAKEN]} if any(other["id"] != row["id"] for other in same) else {}


def _standard_stays(_row: Row, before: Row | None, _visit: Visit) -> Errors:
    return {"base": [STANDARD_UNIT]} if before is not None and before.get("is_standard") else {}


def _standard_is_kept(_visit: Visit, row: Row) -> Errors:
    return {"base": [STANDARD_UNIT]} if row.get("is_standard") else {}


def unit_is_known(row: Row, before: Row | None, visit: Visit) -> Errors:
    """A rule for lines of every kind: `uom` is a unit of the company, once the company has a list of them."""
    uom = row.get("uom")
    if not uom or (before is not None and before.get("uom") == uom) or not visit.switches["uom_must_be_listed"]:
        return {}
    units = visit.world.collection("uoms")
    if units.where(**{COMPANY: visit.company_id, "name": uom}) or not units.where(**{COMPANY: visit.company_id}):
        return {}
    return {"uom": ["is not included in the list"]}


TAXES_AND_UNITS = (
    Resource(
        name="tax_codes",
        wrapper="tax_code",
        show=Place("get", TAX_CODES, steps=("items",)),
        defaults={"archived": False, "default_tax_code": False},
        rules=(_coded,),
        stored=_one_default,
        refused_status=400,
        operations=(
            Operation(
                "list",
                "get",
                TAX_CODES,
                shapes={"full": Place("get", TAX_CODES, steps=("items",))},
                default_view="full",
            ),
            *written(TAX_CODES, Place("get", TAX_CODES, steps=("items",)), "show create update sync"),
        ),
    ),
    Resource(
        name="tax_types",
        wrapper="tax_type",
        show=Place("get", TAX_TYPES, steps=("items",)),
        refused_status=400,
        operations=(
            Operation(
                "list",
                "get",
                TAX_TYPES,
                shapes={"full": Place("get", TAX_TYPES, steps=("items",))},
                default_view="full",
            ),
            *written(TAX_TYPES, Place("get", TAX_TYPES, steps=("items",)), "show create update sync"),
            Operation("delete", "delete", f"{TAX_TYPES}/{{id}}"),
        ),
    ),
    Resource(
        name="uom_categories",
        wrapper="",
        show=Place("get", CATEGORIES, steps=("items",)),
        operations=(
            Operation(
                "list",
                "get",
                CATEGORIES,
                shapes={"full": Place("get", CATEGORIES, steps=("items",))},
                default_view="full",
                cap=None,
            ),
        ),
    ),
    Resource(
        name="uoms",
        wrapper="uom",
        show=Place("get", UOMS, steps=("items",)),
        references=(Reference("uom_category_id", "uom_category", "uom_categories", live=True),),
        defaults={"is_standard": False},
        rules=(_unit_is_free, _standard_stays),
        kept=_standard_is_kept,
        operations=(
            Operation("list", "get", UOMS, shapes={"full": Place("get", UOMS, steps=("items",))}, default_view="full"),
            *written(UOMS, Place("get", UOMS, steps=("items",)), "show create update sync delete"),
        ),
    ),
)
