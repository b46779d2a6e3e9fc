"""Who is who: certain partners link, look-alikes ask, and nothing is created beside its own look-alike (F081)."""

from dataclasses import replace

import pytest

from maestro_procore.model.names import are_unrelated, name_key, plain, resemblance
from maestro_procore.model.status import ActionKind
from maestro_procore.model.suppliers import MAP as SUPPLIERS
from maestro_procore.sandbox.training_company import generate
from tests.model.records import (
    BARE,
    PREFIX,
    codes,
    linked_with,
    only,
    planned,
    procore,
    project,
    site,
    supplier,
    vendor,
)


def verdict(mine, *theirs, **more):
    """('link', id) · ('ask', ids) · ('create',) · ('stop', code) for one supplier."""
    item = next(i for i in planned("suppliers", [mine], theirs, **more) if i.maestro is mine)
    return spoken(item)


def spoken(item):
    if item.kind is ActionKind.LINK:
        return ("link", item.procore.procore_id)
    if item.kind is ActionKind.CREATE:
        return ("create",)
    if item.candidates:
        return ("ask", *sorted(c.procore_id for c in item.candidates))
    return ("stop", *codes(item)) if item.kind else ("nothing",)


APART = ("business_phone", "email_address", "license_number")
"""Attributes that tell one company from another whatever its name."""

# --- certain ------------------------------------------------------------------------------------


def test_our_own_mark_finds_the_partner_whatever_the_name_says():
    theirs = vendor(id=7, name="Autre chose", origin_id=PREFIX["suppliers"] + "V001", phone=None)
    assert verdict(supplier(), theirs, vendor(id=8)) == ("link", 7)


def test_our_own_mark_on_a_stranger_asks_instead_of_linking():
    """F081: two maestro* databases with one company tag give two strangers the same mark."""
    stranger = vendor(id=7, name="Acier Nordique", origin_id=PREFIX["suppliers"] + "V001", **dict.fromkeys(APART))
    assert verdict(supplier(), stranger) == ("ask", 7)
    assert verdict(supplier(), stranger, decisions={"V001": {"link": "7"}}) == ("link", 7)


def test_a_stranger_with_our_own_mark_is_never_overwritten_by_a_creation():
    """F18: Procore would take the new record for the one that carries the mark."""
    stranger = vendor(id=7, name="Acier Nordique", origin_id=PREFIX["suppliers"] + "V001", **dict.fromkeys(APART))
    assert verdict(supplier(), stranger, decisions={"V001": {"link": "create"}}) == ("ask", 7)


def test_the_code_finds_the_partner_before_the_name_does():
    assert verdict(supplier(), vendor(id=7, origin_code="V001"), vendor(id=8)) == ("link", 7)


@pytest.mark.parametrize("typed", ["v001", " V001", "V001  ", "v001\u00a0"])
def test_a_code_typed_in_small_letters_or_with_spaces_is_the_same_code(typed):
    assert verdict(supplier(), vendor(id=7, origin_code=typed)) == ("link", 7)


@pytest.mark.parametrize("typed", ["a26-1", " A26-1 ", "A26-1"])
def test_a_project_number_in_other_case_or_with_spaces_is_the_same_number(typed):
    items = planned("projects", [project(project_code="A26-1")], [site(id=7, project_number=typed)])
    assert spoken(only(items)) == ("link", 7)


SAME = {
    "equal": "Béton Lévesque ltée",
    "capitals": "BÉTON LÉVESQUE LTÉE",
    "spaces": "Béton  Lévesque ltée ",
    "decomposed accents": "Béton Le\u0301vesque ltée",
    "punctuation": "Béton-Lévesque, ltée.",
}


@pytest.mark.parametrize("name", SAME.values(), ids=SAME)
def test_the_same_name_links_even_when_nothing_else_is_known(name):
    """F081: supplier with the same name → link, not duplicate."""
    theirs = vendor(id=7, name=name, business_phone=None, email_address=None, zip=None, license_number=None)
    assert verdict(supplier(**BARE), theirs) == ("link", 7)


def test_a_name_without_its_accents_links_when_two_other_fields_agree():
    assert verdict(supplier(), vendor(id=7, name="BETON LEVESQUE LTEE")) == ("link", 7)


def test_a_name_without_its_accents_asks_when_nothing_else_agrees():
    theirs = vendor(id=7, name="BETON LEVESQUE LTEE", business_phone=None, email_address=None, zip=None)
    assert verdict(supplier(rbq=None), theirs) == ("ask", 7)


def test_a_name_without_its_accents_asks_when_one_field_differs():
    theirs = vendor(id=7, name="BETON LEVESQUE LTEE", business_phone="514-555-9999")
    assert verdict(supplier(), theirs) == ("ask", 7)


# --- look-alikes --------------------------------------------------------------------------------

NEAR = {
    "legal form": "Béton Lévesque inc.",
    "legal form written out": "Béton Lévesque limitée",
    "enr.": "Béton Lévesque enr.",
    "Cie": "Béton Lévesque & Cie",
    "S.E.N.C.R.L.": "Béton Lévesque S.E.N.C.R.L.",
    "no legal form": "Béton Lévesque",
    "word order": "Lévesque Béton ltée",
    "article": "Le Béton Lévesque ltée",
    "typo": "Béton Lévesqe ltée",
    "plural": "Bétons Lévesque ltée",
    "double letter": "Béton Lévesques ltée",
}


@pytest.mark.parametrize("name", NEAR.values(), ids=NEAR)
@pytest.mark.parametrize("known", ["name alone", "everything else equal"])
def test_a_near_duplicate_asks_and_neither_links_nor_creates(name, known):
    alone = {"business_phone": None, "email_address": None, "zip": None, "license_number": None, "city": None}
    theirs = vendor(id=7, name=name, **(alone if known == "name alone" else {}))
    assert verdict(supplier(), theirs) == ("ask", 7)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("Plomberie Saint-Onge & Fils inc.", "Plomberie Saint-Onge et Fils inc."),
        ("Plomberie St-Onge inc.", "Plomberie Saint-Onge inc."),
        ("Entreprises Ste-Foy ltée", "Les Entreprises Sainte-Foy ltée"),
        ("Ascenseurs Côté et Cie", "Ascenseurs Coté & Compagnie"),
    ],
)
def test_french_spellings_of_one_name_ask(mine, theirs):
    assert verdict(supplier(name=mine, **BARE), vendor(id=7, name=theirs)) == ("ask", 7)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("9123-4567 Québec inc.", "9123-4568 Québec inc."),
        ("Entreprises de construction commerciale Roy", "Entreprises de construction commerciale Cyr"),
        ("Plomberie Gagnon", "Plomberie Tremblay"),
        ("Toitures Bélanger", "Pavage Bélanger"),
        ("Hydro-Québec", "Bell Canada"),
    ],
    ids=["numbered companies", "long common beginning", "same trade", "same family", "nothing in common"],
)
def test_a_name_that_only_resembles_does_not_block_creation(mine, theirs):
    apart = {"business_phone": "514-555-7777", "email_address": "x@y.example", "zip": "J1J 1J1", "license_number": None}
    assert verdict(supplier(name=mine), vendor(id=7, name=theirs, **apart)) == ("create",)


def test_the_same_company_under_another_name_is_found_by_phone_and_e_mail():
    theirs = vendor(id=7, name="9123-4567 Québec inc.", license_number=None)
    assert verdict(supplier(), theirs) == ("ask", 7)


def test_the_same_licence_under_another_name_asks():
    theirs = vendor(
        id=7, name="Coffrages Nordiques", business_phone=None, email_address=None, license_number="1234 5678 90"
    )
    assert verdict(supplier(), theirs) == ("ask", 7)


@pytest.mark.parametrize(
    "register",
    [
        {"business_register": {"type": "GST", "identifier": "123456789"}},
        {"business_register": {"identifier": "123 456 789 RT 0001"}},
        {"business_id": "1234567890TQ0001"},
    ],
    ids=["business number", "with suffix", "QST"],
)
def test_the_same_tax_number_under_another_name_asks(register):
    """Beyond the documents, 10: GST and QST numbers are looked at."""
    theirs = vendor(
        id=7, name="Coffrages Nordiques", business_phone=None, email_address=None, license_number=None, **register
    )
    assert verdict(supplier(), theirs) == ("ask", 7)


def test_sharing_only_a_postal_code_or_only_a_phone_says_nothing():
    for shared in ({"zip": "G1K 3X2"}, {"business_phone": "418-555-0101"}):
        other = {"business_phone": None, "email_address": None, "zip": None, "license_number": None, **shared}
        assert verdict(supplier(), vendor(id=7, name="Coffrages Nordiques", **other)) == ("create",)


def test_the_same_name_in_another_city_with_another_phone_asks():
    theirs = vendor(
        id=7, city="Gatineau", business_phone="819-555-0000", zip="J8X 1A1", email_address=None, license_number=None
    )
    assert verdict(supplier(), theirs) == ("ask", 7)


def test_the_same_name_with_another_licence_asks():
    theirs = vendor(id=7, license_number="8888-8888-88", business_phone=None, email_address=None, zip=None)
    assert verdict(supplier(), theirs) == ("ask", 7)


def test_the_likeliest_candidate_stands_first():
    far = vendor(id=1, name="Béton Lévesques inc.")
    close = vendor(id=2, name="Lévesque Béton inc.")
    item = next(i for i in planned("suppliers", [supplier()], [far, close]) if i.maestro)
    assert [c.procore_id for c in item.candidates] == [2, 1]


# --- several ------------------------------------------------------------------------------------


def test_two_procore_companies_of_the_same_name_ask():
    bare = {"business_phone": None, "email_address": None, "zip": None, "license_number": None}
    assert verdict(supplier(), vendor(id=7, **bare), vendor(id=8, **bare)) == ("ask", 7, 8)


def test_of_two_branches_the_one_with_the_same_phone_links():
    laval = vendor(
        id=7, city="Laval", business_phone="450-555-0000", zip="H7A 0A1", email_address=None, license_number=None
    )
    quebec = vendor(id=8, email_address=None, license_number=None)
    assert verdict(supplier(), laval, quebec) == ("link", 8)


def test_two_branches_on_both_sides_find_each_other():
    def branch(city, phone):
        return {
            "city": city,
            "phone": phone,
            "postal_code": None,
            "email": None,
            "rbq": None,
            "gst_no": None,
            "qst_no": None,
        }

    mine = [
        supplier(supplier_code="V1", **branch("Laval", "450-555-0001")),
        supplier(supplier_code="V2", **branch("Lévis", "418-555-0002")),
    ]
    bare = {"zip": None, "email_address": None, "license_number": None}
    theirs = [
        vendor(id=8, city="Lévis", business_phone="(418) 555-0002", **bare),
        vendor(id=7, city="Laval", business_phone="4505550001", **bare),
    ]
    assert [spoken(i) for i in planned("suppliers", mine, theirs)] == [("link", 7), ("link", 8)]


def test_an_inactive_twin_does_not_stand_in_the_way_of_the_active_one():
    assert verdict(supplier(), vendor(id=7, is_active=False), vendor(id=8)) == ("link", 8)


def test_only_an_inactive_company_of_the_same_name_is_told_and_none_is_created():
    assert verdict(supplier(), vendor(id=7, is_active=False)) == ("stop", "SUP-05")


def test_two_maestro_suppliers_of_one_name_both_ask():
    mine = [supplier(supplier_code="V1", **BARE), supplier(supplier_code="V2", **BARE)]
    assert [spoken(i) for i in planned("suppliers", mine, [vendor(id=7)])] == [("ask", 7), ("ask", 7)]


def test_a_closed_maestro_supplier_of_the_same_name_is_no_rival():
    mine = [supplier(supplier_code="V1", status="1"), supplier(supplier_code="V2")]
    assert [spoken(i) for i in planned("suppliers", mine, [vendor(id=7)])][1] == ("link", 7)


def test_the_company_entered_twice_in_maestro_is_created_once():
    mine = [supplier(supplier_code="V1"), supplier(supplier_code="V2")]
    assert [spoken(i) for i in planned("suppliers", mine)] == [("create",), ("stop", "LNK-07")]


def test_the_second_of_two_branches_is_created_without_a_question():
    elsewhere = {
        "city": "Laval",
        "phone": "450-555-0000",
        "postal_code": "H7A 0A1",
        "email": None,
        "rbq": None,
        "gst_no": None,
        "qst_no": None,
    }
    mine = [supplier(supplier_code="V1"), supplier(supplier_code="V2", **elsewhere)]
    assert [spoken(i) for i in planned("suppliers", mine)] == [("create",), ("create",)]


def test_a_supplier_that_looks_like_one_linked_already_asks():
    first, second, theirs = supplier(supplier_code="V1"), supplier(supplier_code="V2"), vendor(id=7, origin_code="V1")
    items = planned("suppliers", [first, second], [theirs], links=linked_with("suppliers", (first, theirs)))
    assert spoken(items[1]) == ("ask", 7)


def test_a_code_on_a_completely_different_company_asks():
    wrong = vendor(
        id=7,
        name="Hydro Nordique Énergie",
        origin_code="V001",
        business_phone="819-555-0000",
        zip="J8X 1A1",
        email_address=None,
        license_number=None,
    )
    assert verdict(supplier(), wrong) == ("ask", 7)


def test_a_code_on_the_wrong_company_does_not_hide_the_right_one():
    wrong = vendor(
        id=7,
        name="Hydro Nordique Énergie",
        origin_code="V001",
        business_phone="819-555-0000",
        zip="J8X 1A1",
        email_address=None,
        license_number=None,
    )
    assert verdict(supplier(), wrong, vendor(id=8)) == ("ask", 7, 8)


def test_the_code_of_a_renamed_company_still_links():
    assert verdict(supplier(), vendor(id=7, name="Groupe LBT", origin_code="V001")) == ("link", 7)


def test_two_companies_with_the_same_code_ask():
    assert verdict(supplier(), vendor(id=7, origin_code="V001"), vendor(id=8, origin_code="V001")) == ("ask", 7, 8)


def test_of_two_companies_with_the_same_code_the_active_one_links():
    put_away = vendor(id=8, origin_code="V001", is_active=False)
    assert verdict(supplier(), vendor(id=7, origin_code="V001"), put_away) == ("link", 7)


def test_a_company_that_carries_the_code_of_another_supplier_is_no_look_alike():
    mine = [
        supplier(supplier_code="V1", name="Béton Lévesque ltée", **BARE),
        supplier(supplier_code="V2", name="Béton Lévesques inc.", **BARE),
    ]
    items = planned("suppliers", mine, [vendor(id=7, origin_code="V1")])
    assert [spoken(i) for i in items] == [("link", 7), ("create",)]


def test_the_vendor_that_carries_a_closed_suppliers_code_is_seen_by_the_new_one():
    """A supplier that was given a new code must not appear a second time in Procore."""
    mine = [supplier(supplier_code="V1", status="1"), supplier(supplier_code="V9")]
    items = planned("suppliers", mine, [vendor(id=7, origin_code="V1")])
    assert spoken(items[1]) in (("link", 7), ("ask", 7))


def test_a_company_that_procore_no_longer_shows_is_no_partner():
    assert verdict(supplier(), replace(vendor(id=7), is_gone=True)) == ("create",)


# --- projects -----------------------------------------------------------------------------------


def test_a_project_never_links_by_name_alone():
    items = planned("projects", [project()], [site(id=7, project_number=None)])
    assert [spoken(i) for i in items] == [("ask", 7)] and codes(items[0]) == ["PRJ-21"]


def test_a_project_with_another_number_is_another_project():
    elsewhere = {"zip": "J8X 1A1", "phone": "819-555-0000", "address": "1, rue X"}
    items = planned("projects", [project()], [site(id=7, project_number="26002", **elsewhere)])
    assert spoken(items[0]) == ("create",)


@pytest.mark.parametrize("typed", ["26-001", "026001", "26 001"])
def test_the_same_number_typed_another_way_on_the_same_name_asks(typed):
    items = planned("projects", [project()], [site(id=7, project_number=typed)])
    assert [spoken(i) for i in items] == [("ask", 7)]


def test_the_same_name_at_the_same_place_under_another_number_asks():
    items = planned("projects", [project()], [site(id=7, project_number="P-77")])
    assert [spoken(i) for i in items] == [("ask", 7)]


# --- names --------------------------------------------------------------------------------------


def test_spellings_forgive_more_and_more():
    assert plain("Béton, LÉVESQUE & Cie.") == "béton lévesque & cie"
    assert name_key("Béton Lévesque & Cie") == name_key("Les Bétons… Lévesque".replace("Bétons…", "Beton"))
    assert name_key("inc.") == "inc"  # a name that is nothing but a legal form keeps it


def test_resemblance_is_symmetric_and_full_for_itself():
    for a, b in [("beton levesque", "betons levesque"), ("roy toitures", "cyr toitures"), ("4567 9123", "4568 9123")]:
        assert resemblance(a, b) == resemblance(b, a)
        assert resemblance(a, a) == 100


@pytest.mark.parametrize(
    ("first", "second", "unrelated"),
    [
        ("Hydro-Québec", "Bell Canada", True),
        ("Acier Fortin Gagnon", "AFG", False),
        ("ABC Concrete", "ABC Béton", False),
    ],
)
def test_unrelated_names_have_no_word_and_no_initials_in_common(first, second, unrelated):
    assert are_unrelated(name_key(first), name_key(second)) is unrelated


def test_records_of_procore_know_their_tax_numbers():
    assert (
        procore("suppliers", business_register={"identifier": "123456789RT0001"}).values["tax_numbers"] == "123456789"
    )


def test_a_code_typed_on_a_company_that_is_certainly_another_supplier_asks_nothing():
    mine = [supplier(supplier_code="V1", name="Acier Nordique", **BARE), supplier(supplier_code="V2", **BARE)]
    theirs = [vendor(id=7, origin_code="V1")]
    assert [spoken(i) for i in planned("suppliers", mine, theirs)] == [("create",), ("link", 7)]


def test_a_numbered_company_never_takes_over_another_one_by_its_code():
    mine = supplier(name="9123-4567 Québec inc.", **BARE)
    assert verdict(mine, vendor(id=7, name="9123-4568 Québec inc.", origin_code="V001")) == ("ask", 7)


def test_a_near_duplicate_of_a_company_that_another_supplier_gets_asks_when_something_else_agrees():
    mine = [supplier(supplier_code="V1", name="Béton Lévesque inc."), supplier(supplier_code="V2")]
    assert [spoken(i) for i in planned("suppliers", mine, [vendor(id=7)])] == [("ask", 7), ("link", 7)]


def test_hundreds_of_different_suppliers_raise_no_needless_question():
    """3,500 believable Quebec names, every other one unknown to Procore: only the planted near-duplicate asks."""
    company = generate("reference")
    mine = [SUPPLIERS.from_maestro(row) for row in company.company["m_supplier"]][1::2]
    theirs = [SUPPLIERS.from_procore({**row, "id": n + 1}) for n, row in enumerate(company.procore["vendors"])][::2]
    asked = [i.key for i in planned("suppliers", mine, [replace(r, number=None) for r in theirs]) if i.is_question]
    assert asked == ["PLST0002"]
