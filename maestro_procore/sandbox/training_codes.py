"""Activities of the training company's projects, and the codes, types, units and taxes that Procore has for them.

Procore's cost codes carry the activity's own code; a division is their parent, as maestro*'s interface sends them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from maestro_procore.sandbox.training_books import Books, Site
from maestro_procore.sandbox.training_lookups import ACTIVITIES, UNITS
from maestro_procore.sandbox.training_works import DIVISIONS, ZONES
from maestro_procore.sandbox.training_world import Row, moment

TEMPLATE = 1


class Activity(NamedTuple):
    """One row of the catalogue that every project starts with."""

    code: str
    french: str
    english: str
    kind: str
    parent: str | None


# code, name, what Procore takes it for (None: its answers know no word for labour), maestro* group
COST_TYPES: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("L", "Labor", None, "MO"),
    ("M", "Materials", "materials", "MAT"),
    ("E", "Equipment", "equipment", "EQP"),
    ("S", "Commitment", "commitment", "ST"),
    ("O", "Other", "other", "DIV"),
    ("OC", "Owner Cost", "owner_cost", None),
    ("SVC", "Professional Services", "professional_services", None),
)

# Units as the company added them to Procore's list, then some that Procore has by itself.
STANDARD_UNITS = (("ea", "Each"), ("hr", "Hours"), ("ls", "Lump Sum"), ("sf", "Square Feet"), ("cy", "Cubic Yards"))

# Procore keeps one rate per code: the sum of those that maestro* takes.
TAX_RATES = (("TPSTVQ", "TPS 5 % et TVQ 9,975 %", 14.975), ("TVH", "TVH Ontario 13 %", 13.0), ("EXO", "Exonéré", 0.0))

# Procore's own words, as a company finds them before it makes any of its own.
CHANGE_STATUSES = (
    ("Draft", "draft"), ("Pending - In Review", "pending"), ("Pending - Revised", "revised"),
    ("Pending - Pricing", "pricing"), ("Pending - Not Pricing", "not_pricing"),
    ("Pending - Proceeding", "proceeding"), ("Pending - Not Proceeding", "not_proceeding"),
    ("Approved", "approved"), ("No Charge", "no_charge"), ("Rejected", "rejected"), ("Void", "void"),
)  # fmt: skip


def catalogue(wanted: int) -> list[Activity]:
    """The first activities, divisions included, by code: those of the template, then the works of each division."""
    known = {row[0]: Activity(*row) for row in ACTIVITIES}
    for activity in islice(_more(set(known)), max(0, wanted - len(known))):
        known[activity.code] = activity
    return sorted(known.values(), key=lambda a: (a.parent or a.code, a.parent is not None, a.code))


def _more(known: set[str]) -> Iterator[Activity]:
    """Activities beyond those of the template; a division comes before its works."""
    for division in DIVISIONS:
        parent = f"DIV{division.number}"
        if parent not in known:
            yield Activity(parent, division.name.french, division.name.english, "division", None)
        for work_number, work in enumerate(division.works, start=1):
            for zone_number, zone in enumerate(ZONES):
                code = f"{division.number}-{work_number}{zone_number}0"
                if code not in known:
                    french, english = f"{work.french} – {zone.french}", f"{work.english} – {zone.english}"
                    yield Activity(code, french, english, "activity", parent)


def build_codes(books: Books) -> None:
    """Fill the rest of the template, m_activity of every project, and Procore's codes, types, units and taxes."""
    activities = catalogue(books.counts.activities)
    books.activities = {a.code: (a.french, a.english) for a in activities if a.kind == "activity"}
    in_template = {row[0] for row in ACTIVITIES}
    books.world.add("m_template_activity", *(
        {"template_no": TEMPLATE, "activity_code": a.code, "description_fr": a.french, "description_en": a.english,
         "activity_type": a.kind, "parent_code": a.parent}
        for a in activities if a.code not in in_template
    ))  # fmt: skip
    for site in books.sites:
        books.world.add("m_activity", *(_activity(a, site, n) for n, a in enumerate(activities)))
    _lookups(books)
    standard = _standard_codes(books, activities)
    for site in books.sites:
        if site.procore is not None:
            books.world.add_procore("cost_codes", *_cost_codes(books, site, activities, standard))


def _activity(activity: Activity, site: Site, number: int) -> Row:
    by_units = activity.kind == "activity" and number % 3 == 1
    return {
        "project_code": site.code,
        "activity_code": activity.code,
        "description": activity.english if site.project["language"] == "en" else activity.french,
        "activity_type": activity.kind,
        "parent_code": activity.parent,
        "gl_account": None,
        "wbs_number": None,
        "follow_up": ("units" if by_units else "lump_sum") if activity.kind == "activity" else None,
        "is_change_order": False,
        "unit": UNITS[number % len(UNITS)][0] if by_units else None,
        "qty_original": f"{10 + number % 90}" if by_units else None,
        "qty_modified": f"{10 + number % 90}" if by_units else None,
        "status": "1" if site.project["status"] == "1" else "A",
    }


def _lookups(books: Books) -> None:
    world = books.world
    for code, name, base_type, group in COST_TYPES:
        row: Row = {"id": books.id("line_item_types"), "name": name, "code": code}
        if base_type:
            row["base_type"] = base_type
        world.add_procore("line_item_types", row)
        if group:
            books.types[group] = row
    category = {"id": books.id("uom_categories"), "name": "Belle-Rivière"}
    standard = {"id": books.id("uom_categories"), "name": "Standard"}
    world.add_procore("uom_categories", category, standard)
    for code, french, _ in UNITS:
        world.add_procore("uoms", {"id": books.id("uoms"), "is_standard": False, "name": code, "description": french,
                                   "uom_category": category})  # fmt: skip
    for code, english in STANDARD_UNITS:
        world.add_procore("uoms", {"id": books.id("uoms"), "is_standard": True, "name": code, "description": english,
                                   "uom_category": standard})  # fmt: skip
    for code, description, rate in TAX_RATES:
        row = {"id": books.id("tax_codes"), "code": code, "description": description, "rate1": rate,
               "archived": False, "default_tax_code": code == "TPSTVQ"}  # fmt: skip
        [books.tax_codes[code]] = world.add_procore("tax_codes", row)
    world.add_procore("change_order_statuses", *(
        {"id": books.id("change_order_statuses"), "name": name, "mapped_to_status": status, "show_in_select": True}
        for name, status in CHANGE_STATUSES
    ))  # fmt: skip


def _standard_codes(books: Books, activities: list[Activity]) -> dict[str, Row]:
    """The company's standard list, by code."""
    [kept] = books.world.add_procore("standard_cost_code_lists", {
        "id": books.id("standard_cost_code_lists"), "name": "Codes de coût – Belle-Rivière", "is_erp_list": False,
        "available_to_use_on_new_projects": True,
    })  # fmt: skip
    made: dict[str, Row] = {}
    for activity in activities:
        row = {"id": books.id("standard_cost_codes"), "standard_cost_code_list_id": kept["id"],
               "code": activity.code, "full_code": full_code(activity), "name": activity.french}  # fmt: skip
        if activity.parent:
            row["parent_id"] = made[activity.parent]["id"]
        made[activity.code] = row
    books.world.add_procore("standard_cost_codes", *made.values())
    return made


def _cost_codes(books: Books, site: Site, activities: list[Activity], standard: dict[str, Row]) -> Iterator[Row]:
    """The codes of one project, parents first; the site remembers them as its lines name them."""
    project = site.brief
    made, changed = moment(days_before=500), moment(days_before=120)
    for position, activity in enumerate(activities, start=1):
        number = books.id("cost_codes", site)
        whole = full_code(activity)
        name = activity.english if site.project["language"] == "en" else activity.french
        site.codes[activity.code] = {"id": number, "code": activity.code, "full_code": whole, "name": name}
        row = {
            "id": number,
            "project_id": project["id"],
            "biller": project["name"],
            "biller_id": project["id"],
            "biller_type": "Project",
            "budgeted": False,
            "code": activity.code,
            "full_code": whole,
            "name": name,
            "position": position,
            "sortable_code": whole,
            "standard_cost_code_id": standard[activity.code]["id"],
            "standard_cost_code_list_id": standard[activity.code]["standard_cost_code_list_id"],
            "created_at": made,
            "updated_at": changed,
        }
        if activity.parent:
            row["parent"] = {"id": site.codes[activity.parent]["id"]}
        yield row


def full_code(activity: Activity) -> str:
    """Procore puts the codes of the parents before the own one."""
    return f"{activity.parent}-{activity.code}" if activity.parent else activity.code
