"""Suppliers of the training company and the companies in Procore's directory.

What a case should show is a row of SPECIAL; the rest is filled from the names by the counts of the size.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from random import Random
from typing import TypeVar

from maestro_procore.sandbox.training_names import (
    CITIES,
    ENGLISH_FORMS,
    ENGLISH_TRADES,
    FAMILY_NAMES,
    FIRST_NAMES,
    FRENCH_FORMS,
    RARE_FAMILY_NAMES,
    SUBCONTRACT_TRADES,
    SUPPLY_TRADES,
    City,
    Trade,
)
from maestro_procore.sandbox.training_numbers import Numbers, Place, plain_letters
from maestro_procore.sandbox.training_world import Row, World, moment

T = TypeVar("T")

# How Procore knows a supplier at the start.
BY_CODE, BY_NAME, ABSENT, TWICE = "by code", "by name", "absent", "twice"

SUBCONTRACTOR = Trade("", "SUB", True)
MATERIAL = Trade("", "MAT", False)
PLATTSBURGH = Place("48 Boynton Avenue", "Plattsburgh", "NY", "US", "")
# The first trades belong to the firms known by name; a small company gives them to nobody else.
RARE_TRADES = 9
NAMED_CITIES = {city.name: city for city in CITIES}


@dataclass(frozen=True)
class Case:
    """One supplier to make, before its numbers are drawn."""

    name: str
    city: City
    procore: str
    status: str = "A"
    trade: Trade = SUBCONTRACTOR
    code: str = ""
    language: str = "fr"
    long_address: str = ""  # as Procore holds it; maestro* keeps its first 40 characters
    edit: str = ""  # a key of EDITS: how Procore's people typed it
    united_states: bool = False


def _case(name: str, city: str, procore: str = BY_CODE, **more: object) -> Case:
    return replace(Case(name, NAMED_CITIES[city], procore), **more)  # type: ignore[arg-type]


SIXTY_CHARACTERS = "Les Entreprises de Construction et Rénovation Beauséjour ltd"

SPECIAL: tuple[Case, ...] = (
    _case("Béton Lévesque & Frères ltée", "Trois-Rivières", BY_NAME, edit="decomposed accents"),
    _case("Toitures de l'Abitibi Val-d'Or ltée", "Val-d'Or", BY_NAME, edit="trailing spaces"),
    _case("Ascenseurs Sainte-Émélie & Cie", "Québec", BY_NAME, edit="city in capitals"),
    _case("Pavage <b>Rapide</b> inc.", "Saint-Jérôme"),
    _case("=Cloisons Sèches Égalité inc.", "Repentigny"),
    _case('Menuiserie "Le Rabot d\'Or" enr.', "Magog"),
    _case("Excavation L'Heureux & Filles inc.", "L'Assomption", edit="phone with brackets"),
    _case("Œuvres d'acier Saint-Cœur & Cie", "Sept-Îles", edit="decomposed accents"),
    _case("Carrières L'Haÿ-les-Érables ltée", "Rouyn-Noranda", trade=MATERIAL, edit="postal code without space"),
    _case(SIXTY_CHARACTERS, "Saint-Bruno-de-Montarville"),
    _case(
        "Fenestration Rive-Sud ltée",
        "Brossard",
        long_address="12475, chemin de la Montagne-Saint-Hilaire, bâtiment C, quai de réception 3",
    ),
    _case("Adirondack Precast Corp.", "Cornwall", trade=MATERIAL, language="en", united_states=True),
    # Near-duplicates: Procore holds the first name twice in the same city, so neither can be linked without a person.
    _case("Plomberie Saint-Onge & Fils inc.", "Laval", TWICE, code="PLST0001"),
    _case("Plomberie Saint-Onge et Fils inc.", "Laval", TWICE, code="PLST0002"),
)

NEAR_DUPLICATES = ("PLST0001", "PLST0002")


def build_suppliers(world: World) -> None:
    """Fill m_supplier, m_supplier_address and Procore's vendors."""
    rng = world.random("suppliers")
    numbers = world.numbers("suppliers")
    for index, case in enumerate(_cases(world, rng)):
        row = _supplier(case, index, rng, numbers)
        world.add("m_supplier", row)
        if index % 25 == 3:
            world.add("m_supplier_address", _branch(row, case, rng, numbers))
        if case.procore != ABSENT:
            world.add_procore("vendors", _vendor(case, row, index, rng, numbers))
    for index, case in enumerate(_procore_only(world, rng)):
        row = _supplier(case, 9_000 + index, rng, numbers)
        world.add_procore("vendors", _vendor(case, row, index, rng, numbers))


def _cases(world: World, rng: Random) -> Iterator[Case]:
    """Every supplier of maestro*, special ones first; exactly as many as the size says."""
    size = world.size
    absent = BY_CODE if size.everything_in_procore else ABSENT
    yield from SPECIAL
    by_name = sum(case.procore == BY_NAME for case in SPECIAL)
    edits = cycle(EDITS)
    known_by_name = size.known_by_name - by_name
    for case in islice(_rare_names(), known_by_name):
        yield replace(case, procore=BY_NAME, edit=next(edits))
    yield from _staying_out(size.staying_out, absent)
    others = _filler(rng, distinct=not size.everything_in_procore)
    for index, case in enumerate(islice(others, size.blocked_suppliers)):
        yield replace(case, status="B", procore=absent if index % 2 else BY_CODE)
    for index, case in enumerate(islice(others, size.closed_suppliers)):
        yield replace(case, status="1", procore=absent if index else BY_CODE)
    for case in islice(others, size.only_in_maestro):
        yield replace(case, procore=ABSENT)
    left = size.suppliers - len(SPECIAL) - known_by_name - size.staying_out
    left -= size.blocked_suppliers + size.closed_suppliers + size.only_in_maestro
    for index, case in enumerate(islice(others, left)):
        yield replace(case, edit=next(edits) if index % 3 == 0 else "")


def _filler(rng: Random, *, distinct: bool) -> Iterator[Case]:
    """Cases without an end of their own. distinct: no trade and no family name comes twice."""
    if distinct:
        trades = [*SUBCONTRACT_TRADES[RARE_TRADES:], *SUPPLY_TRADES]
        pairs = list(zip(_shuffled(trades, rng), _shuffled(FAMILY_NAMES, rng), strict=False))
    else:
        # One supplier of goods for twenty sub-contractors, as in the directory of a general contractor.
        firms = [(trade, family) for trade in SUBCONTRACT_TRADES for family in FAMILY_NAMES]
        firms += [(trade, family) for trade in SUPPLY_TRADES for family in FAMILY_NAMES[:60]]
        pairs = _shuffled(firms, rng)
    for trade, family in pairs:
        yield _firm(trade, family, rng)


def _firm(trade: Trade, family: str, rng: Random) -> Case:
    """A firm named after its trade and a family, in the language of the trade."""
    if trade.name in ENGLISH_TRADES:
        english_cities = [
            city for city in CITIES if city.province == "ON" or city.name in ("Montréal", "Pointe-Claire")
        ]
        name = f"{family} {trade.name} {rng.choice(ENGLISH_FORMS)}"
        return Case(name, rng.choice(english_cities), BY_CODE, trade=trade, language="en")
    cities = [city for city in CITIES if city.province == "QC" or rng.random() < 0.1]
    # The first cities are the largest; half of the firms are there.
    city = rng.choice(cities[:10] if rng.random() < 0.5 else cities)
    return Case(f"{trade.name} {family} {rng.choice(FRENCH_FORMS)}", city, BY_CODE, trade=trade)


def _rare_names() -> Iterator[Case]:
    """Firms whose family name no other firm has, so that their name alone recognises them."""
    for index, family in enumerate(RARE_FAMILY_NAMES):
        trade = SUBCONTRACT_TRADES[index % RARE_TRADES]
        yield Case(f"{trade.name} {family} {FRENCH_FORMS[index % 5]}", CITIES[(index * 5) % 44], BY_NAME, trade=trade)


def _procore_only(world: World, rng: Random) -> Iterator[Case]:
    """Companies that maestro* does not have; the last of them is inactive."""
    names = ("Architectes Beaupré Lanctôt", "Géotechnique du Fjord inc.", "Consultants Nordik & Associés",
             "Kowalski Elevator Consulting Ltd.", "Décontamination Boréale s.e.n.c.")  # fmt: skip
    for index, name in enumerate(islice(names, world.size.only_in_procore)):
        last = index == world.size.only_in_procore - 1
        yield Case(name, rng.choice(CITIES), BY_NAME, status="1" if last else "A")


def _staying_out(wanted: int, procore: str) -> Iterator[Case]:
    """Banks, governments and employees: they are paid like suppliers, but belong in no site directory."""
    kinds = (("BANK", "Caisse populaire – {city}"), ("GOV", "Bureau du revenu – {city}"), ("EMP", "{person} (employé)"))
    for index in range(wanted):
        type_code, name = kinds[index % len(kinds)]
        city = CITIES[index // len(kinds) % len(CITIES)]
        person = f"{FIRST_NAMES[index % len(FIRST_NAMES)]} {FAMILY_NAMES[(index * 11 + 5) % len(FAMILY_NAMES)]}"
        yield Case(name.format(city=city.name, person=person), city, procore, trade=Trade("", type_code, False))


def _supplier(case: Case, index: int, rng: Random, numbers: Numbers) -> Row:
    """One row of m_supplier."""
    place = PLATTSBURGH if case.united_states else numbers.place(case.city)
    slug = plain_letters(case.name)
    phone = "518-555-0142" if case.united_states else numbers.phone(case.city)
    quebec = place.province == "QC"
    licensed = quebec and case.trade.is_subcontractor
    return {
        "supplier_code": case.code or f"{plain_letters(case.name)[:4].upper()}{index + 1:04d}",
        "name": case.name,
        "status": case.status,
        "division": None,
        "address": case.long_address[:40] or place.address,
        "city": place.city,
        "province": place.province,
        "country": place.country,
        "postal_code": None if case.united_states else place.postal_code,
        "zip_code": "12901" if case.united_states else None,
        "phone": phone,
        "phone2": None,
        "mobile": numbers.phone(case.city) if rng.random() < 0.3 else None,
        "fax": numbers.phone(case.city) if rng.random() < 0.4 else None,
        "email": f"info@{slug[:40]}{index + 1}.example",
        "website": f"https://www.{slug[:40]}{index + 1}.example" if rng.random() < 0.5 else None,
        "contact": f"{rng.choice(FIRST_NAMES)} {rng.choice(FAMILY_NAMES)}",
        "language": case.language,
        "type_code": case.trade.type_code,
        "is_subcontractor": case.trade.is_subcontractor,
        "intercompany": False,
        "company_mask": None,
        "terms_code": rng.choice(("NET30", "NET30", "NET45", "COMPT")),
        "tax_code": "TPSTVQ" if quebec else "TVH" if place.province == "ON" else "EXO",
        "gst_no": None if case.united_states else numbers.gst(),
        "qst_no": numbers.qst() if quebec else None,
        "rbq": numbers.rbq() if licensed else None,
        "holdback_pct": "10.00" if case.trade.is_subcontractor else "0.00",
        "currency": "USD" if case.united_states else "CAD",
    }


def _branch(row: Row, case: Case, rng: Random, numbers: Numbers) -> Row:
    """A second address of a supplier, often in another city."""
    city = case.city if rng.random() < 0.4 else rng.choice(CITIES)
    return {
        "supplier_code": row["supplier_code"],
        "address_no": 1,
        "name": f"Succursale {city.name}" if row["language"] == "fr" else f"{city.name} branch",
        **numbers.place(city)._asdict(),
        "phone": numbers.phone(city),
        "fax": None,
        "contact": f"{rng.choice(FIRST_NAMES)} {rng.choice(FAMILY_NAMES)}",
    }


def _vendor(case: Case, row: Row, index: int, rng: Random, numbers: Numbers) -> Row:
    """What Procore's directory holds for a supplier: one company, or for the near-duplicates one of two twins."""
    vendor: Row = {
        "name": case.name,
        "address": case.long_address or row["address"],
        "city": row["city"],
        "state_code": row["province"],
        "country_code": row["country"],
        "zip": row["zip_code"] or row["postal_code"],
        "business_phone": row["phone"],
        "mobile_phone": row["mobile"],
        "fax_number": row["fax"],
        "email_address": row["email"],
        "license_number": row["rbq"],
        "website": row["website"],
        "is_active": case.status != "1",
        "created_at": moment(days_before=700 + index % 300),
        "updated_at": moment(days_before=40 + index % 200),
    }
    if case.procore == BY_CODE:
        vendor["origin_code"] = row["supplier_code"]
    if case.procore == TWICE:
        twin = numbers.place(case.city)
        vendor |= {"name": SPECIAL[-2].name, "address": twin.address, "zip": twin.postal_code}
        vendor |= {"business_phone": numbers.phone(case.city), "email_address": None, "license_number": None}
        vendor |= {"website": None, "mobile_phone": None, "fax_number": None}
    if case.edit:
        EDITS[case.edit](vendor)
    if index % 40 == 17 and case.procore == BY_CODE:
        vendor["business_phone"] = numbers.phone(case.city)
    if index % 30 == 11:
        vendor["email_address"] = None
    return {key: value for key, value in vendor.items() if value is not None}


def _change(field: str, how: Callable[[str], str]) -> Callable[[Row], None]:
    def edit(vendor: Row) -> None:
        if vendor[field]:
            vendor[field] = how(vendor[field])

    return edit


# How people in Procore typed the same thing: none of these is a difference.
EDITS: dict[str, Callable[[Row], None]] = {
    "phone with brackets": _change("business_phone", lambda text: f"({text[:3]}) {text[4:]}"),
    "phone with points": _change("business_phone", lambda text: text.replace("-", ".")),
    "postal code without space": _change("zip", lambda text: text.replace(" ", "")),
    "city in capitals": _change("city", str.upper),
    "trailing spaces": _change("name", lambda text: f"{text}  "),
    "decomposed accents": _change("name", lambda text: unicodedata.normalize("NFD", text)),
}


def _shuffled(values: Sequence[T], rng: Random) -> list[T]:
    shuffled = list(values)
    rng.shuffle(shuffled)
    return shuffled
