"""Projects and customers of the training company, and the projects that Procore has.

The first rows are the cases of SPECIAL (one side only, both but unlinked, closed, blocked); the rest is filled.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from maestro_procore.sandbox.training_names import CITIES, FIRST_NAMES, RARE_FAMILY_NAMES, City
from maestro_procore.sandbox.training_numbers import Numbers, plain_letters
from maestro_procore.sandbox.training_world import CONNECTED_COMPANY_ID, Row, World, day, moment

WORKS = ("Construction", "Agrandissement", "Réfection", "Mise aux normes", "Transformation", "Rénovation")
BUILDINGS = (
    "de l'école primaire", "de l'aréna", "de l'usine de filtration", "de la caserne d'incendie", "du CPE",
    "de la résidence pour aînés", "du centre de distribution", "de la bibliothèque", "du garage municipal",
    "du complexe sportif", "de la clinique médicale", "du poste de pompage", "de l'immeuble à bureaux",
)  # fmt: skip
ENGLISH_WORKS = ("New", "Extension of the", "Renovation of the")
ENGLISH_BUILDINGS = (
    "Distribution Centre",
    "Elementary School",
    "Community Arena",
    "Data Centre",
    "Medical Clinic",
    "Fire Hall",
)
OWNERS = (
    "Centre de services scolaire",
    "Coopérative d'habitation",
    "Immeubles",
    "Office d'habitation",
    "Développements",
)

STAGES = ("Bidding", "Pre-Construction", "Course of Construction", "Warranty")
LONG_PROCORE_ADDRESS = "2475, chemin de la Montagne-Saint-Hilaire, bâtiment C, entrée des fournisseurs"
HUNDRED_CHARACTERS = (
    "Réfection de l'enveloppe, de la toiture et des systèmes mécaniques – Pavillon Marie-Guyart, phases 2"
)


@dataclass(frozen=True)
class Case:
    """One project to make. in_procore and in_maestro say on which side it stands at the start."""

    name: str = ""
    city: str = ""
    in_maestro: bool = True
    in_procore: bool = True
    status: str = "A"
    flagged: bool = True  # "synchronize with Procore" in the project's Procore sub-tab
    language: str = "fr"
    detail: str = ""
    differs: str = ""  # a key of DIFFERENCES
    is_part_of_first: bool = False


SPECIAL: tuple[Case, ...] = (
    Case("Agrandissement du centre sportif Val-d'Or – phase 1", "Val-d'Or"),
    Case("Réaménagement des bureaux L'Heureux & Associés", "Laval", in_procore=False),
    Case("Poste de pompage de la rivière aux Brochets", "Granby", differs="phone"),
    Case("École secondaire du Mont-Saint-Hilaire", "Saint-Hyacinthe", differs="long address"),
    Case("West Island Distribution Centre – Phase 2", "Pointe-Claire", language="en", differs="typing"),
    Case(HUNDRED_CHARACTERS, "Québec", differs="decomposed"),
    Case("Aréna Saint-Cœur : dalle réfrigérée et bandes", "Sept-Îles", in_procore=False,
         detail="Dalle réfrigérée au CO₂; travaux de nuit \"sans bruit\" après 22 h & fins de semaine <sur appel>."),
    Case("Kanata Data Centre Fit-Out", "Ottawa", language="en"),
    Case("Travaux connexes – stationnement du centre sportif", "Val-d'Or", is_part_of_first=True),
    Case("Atelier et entretien (usage interne)", "Longueuil", in_procore=False, flagged=False),
    Case("Résidence Les Érables, 84 logements", "Drummondville", in_maestro=False,
         detail="Quatre étages, ossature de bois, stationnement intérieur."),
)  # fmt: skip

ONLY_IN_PROCORE = "P26900"


def build_customers(world: World) -> None:
    """Fill m_customer with owners of projects."""
    rng = world.random("customers")
    numbers = world.numbers("customers")
    for index in range(world.size.customers):
        city = CITIES[(index * 3) % len(CITIES)]
        name = f"{OWNERS[index % len(OWNERS)]} {RARE_FAMILY_NAMES[(index * 3 + 1) % len(RARE_FAMILY_NAMES)]}"
        world.add("m_customer", {
            "customer_code": f"C{plain_letters(city.name)[:4].upper()}{index + 1:03d}",
            "name": name,
            "status": "W" if index % 13 == 5 else "A",
            "block_reason": "Compte en retard de plus de 90 jours" if index % 13 == 5 else None,
            **numbers.place(city)._asdict(),
            "phone": numbers.phone(city),
            "email": f"comptes@{plain_letters(name)[:40]}.example",
            "contact": f"{rng.choice(FIRST_NAMES)} {rng.choice(RARE_FAMILY_NAMES)}",
            "language": "fr" if city.province == "QC" else "en",
        })  # fmt: skip


def build_owners(world: World) -> None:
    """The same customers as companies of Procore's directory: every third one without maestro*'s code."""
    for index, row in enumerate(world.company["m_customer"]):
        world.add_procore("vendors", {
            "name": row["name"], "address": row["address"], "city": row["city"], "state_code": row["province"],
            "country_code": row["country"], "zip": row["postal_code"], "business_phone": row["phone"],
            "email_address": row["email"], "is_active": True,
            **({"origin_code": row["customer_code"]} if index % 3 else {}),
            "created_at": moment(days_before=600 + index), "updated_at": moment(days_before=60 + index),
        })  # fmt: skip


def build_projects(world: World) -> None:
    """Fill m_project and Procore's projects."""
    rng = world.random("projects")
    numbers = world.numbers("projects")
    first_code = "26001"
    for index, case in enumerate(_cases(world, rng)):
        code = f"26{index + 1:03d}" if case.in_maestro else ONLY_IN_PROCORE
        row = _project(case, code, index, rng, numbers, world.size.customers)
        if case.is_part_of_first:
            row["master_code"] = first_code
        if case.in_maestro and not case.in_procore:
            # Without a template a new project of Procore has no Budget, Commitments and Direct Costs tools (SRV-09).
            row["procore_template_id"] = world.procore["project_templates"][0]["id"]
        if case.in_maestro:
            world.add("m_project", row)
        if case.in_procore:
            world.add_procore("projects", _procore_project(case, row, index, world))


def _cases(world: World, rng: Random) -> Iterator[Case]:
    """Special cases first, then closed and running projects: as many in maestro* as the size says."""
    size = world.size
    special = [case for case in SPECIAL if case.in_maestro]
    yield from (
        replace(case, in_procore=True, flagged=True) if size.everything_in_procore else case for case in special
    )
    for index, case in enumerate(_filler(rng, size.projects - len(special))):
        if index < size.closed_projects:
            yield replace(case, status="1", flagged=False, in_procore=size.everything_in_procore)
        else:
            yield case
    yield from (case for case in SPECIAL if not case.in_maestro)


def _filler(rng: Random, wanted: int) -> Iterator[Case]:
    """Projects without a special case, no name twice."""
    seen: set[str] = set()
    while len(seen) < wanted:
        city = rng.choice(CITIES)
        if city.province == "ON":
            name = f"{rng.choice(ENGLISH_WORKS)} {city.name} {rng.choice(ENGLISH_BUILDINGS)}"
        else:
            name = f"{rng.choice(WORKS)} {rng.choice(BUILDINGS)} – {city.name}"
        if name not in seen:
            seen.add(name)
            yield Case(name, city.name, language="en" if city.province == "ON" else "fr")


def _project(case: Case, code: str, index: int, rng: Random, numbers: Numbers, customers: int) -> Row:
    """One row of m_project."""
    city = _city(case.city)
    place = numbers.place(city)
    started = -rng.randrange(20, 600) if case.status == "A" else -rng.randrange(900, 1500)
    return {
        "project_code": code,
        "description": case.name,
        "detail": case.detail or None,
        **place._asdict(),
        "address": LONG_PROCORE_ADDRESS[:40] if case.differs == "long address" else place.address,
        "phone": numbers.phone(city),
        "fax": None,
        "start_date": day(started),
        "closing_date": day(started + rng.randrange(620, 890)),
        "status": case.status,
        "customer_code": None,
        "manager": f"{rng.choice(FIRST_NAMES)} {rng.choice(RARE_FAMILY_NAMES)}",
        "type_code": rng.choice(("INST", "COMM", "INDU", "RESI")),
        "category_code": rng.choice(("NEUF", "RENO")),
        "department_code": rng.choice(("BAT", "CIV")),
        "template_no": 1,
        "master_code": None,
        "holdback_pct": "10.00",
        "accrual_subcontracts": bool(index % 2),
        "language": case.language,
        "currency": "CAD",
        "memo": None,
        "procore_sync": case.flagged,
        "procore_template_id": None,
        "procore_stage": None,
    }


def _procore_project(case: Case, row: Row, index: int, world: World) -> Row:
    """What Procore holds for a project at the start."""
    stage = world.procore["project_stages"][3 if case.status != "A" else 1 + index % 2]
    project: Row = {
        "name": row["description"],
        "project_number": row["project_code"],
        "description": row["detail"],
        "address": row["address"],
        "city": row["city"],
        "state_code": row["province"],
        "country_code": row["country"],
        "zip": row["postal_code"],
        "phone": row["phone"],
        "estimated_start_date": row["start_date"],
        "estimated_completion_date": row["closing_date"],
        "active": case.status == "A",
        "template": False,
        "is_demo": False,
        "time_zone": "America/Toronto",
        "project_stage_id": stage["id"],
        "project_stage": {"id": stage["id"], "name": stage["name"]},
        "company": {"id": CONNECTED_COMPANY_ID, "name": world.procore["companies"][0]["name"]},
        "created_at": moment(days_before=650 + index),
        "updated_at": moment(days_before=35 + index % 90),
    }
    if case.differs:
        DIFFERENCES[case.differs](project)
    project["display_name"] = f"{project['project_number']} - {project['name']}"
    return {key: value for key, value in project.items() if value is not None}


def _differ_phone(project: Row) -> None:
    """Somebody in Procore noted another number."""
    head, _, last = project["phone"].rpartition("-")
    project["phone"] = f"{head}-{(int(last) + 1111) % 10_000:04d}"


def _differ_long_address(project: Row) -> None:
    """maestro* keeps the first 40 characters of this: no difference."""
    project["address"] = LONG_PROCORE_ADDRESS


def _differ_typing(project: Row) -> None:
    """The same values, typed another way: no difference."""
    phone = project["phone"]
    project["phone"] = f"({phone[:3]}) {phone[4:]}"
    project["zip"] = project["zip"].replace(" ", "")
    project["city"] = project["city"].upper()


def _differ_decomposed(project: Row) -> None:
    """Accents as macOS file names have them (NFD), and spaces at the end: no difference."""
    project["name"] = unicodedata.normalize("NFD", project["name"]) + "  "


DIFFERENCES: dict[str, Callable[[Row], None]] = {
    "phone": _differ_phone,
    "long address": _differ_long_address,
    "typing": _differ_typing,
    "decomposed": _differ_decomposed,
}

_CITIES = {city.name: city for city in CITIES}


def _city(name: str) -> City:
    return _CITIES[name]
