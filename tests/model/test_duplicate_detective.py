"""Suspected duplicates: what makes two companies one, what speaks against it, and that nothing likely is missed."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_procore.model.duplicate_detective import (
    ELEMENTS,
    LEAST,
    LIKELY,
    POINTS,
    Detective,
    Kinship,
    clear_cases,
    pair_of,
    without_strangers,
)
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Record
from maestro_procore.model.matching import Match
from maestro_procore.model.suppliers import MAP
from tests.model.records import BARE, supplier, vendor

DETECTIVE = Detective(MAP)
NOTHING: dict[str, Any] = {
    **dict.fromkeys(("address", "city", "state_code", "zip", "business_phone", "email_address", "license_number")),
    "origin_code": None,
}


def company(**attributes: Any) -> Record:
    """A Procore company of which nothing is known but these."""
    return vendor(**{**NOTHING, **attributes})


def entered(**columns: Any) -> Record:
    """A supplier of maestro* of which nothing is known but these."""
    return supplier(**{**BARE, **columns})


def reasons(first: Record, second: Record) -> list[str]:
    return [reason.name for reason in DETECTIVE.compare(first, second)[1]]


def score(first: Record, second: Record) -> int:
    return DETECTIVE.compare(first, second)[0]


# --- what speaks for one company ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "why"),
    [
        ("Béton Lévesque ltée", "BÉTON LÉVESQUE LTÉE.", "name_same"),
        ("Béton Lévesque ltée", "Beton Levesque ltee", "name_accents"),
        ("Béton Lévesque ltée", "Béton Lévesque", "name_forms"),
        ("Les Entreprises Côté & Fils inc.", "Côté et fils (Entreprises)", "name_forms"),
        ("Acier St-Laurent", "Acier Saint-Laurent inc.", "name_forms"),
    ],
)
def test_a_name_is_the_same_without_case_accents_forms_and_order(mine: str, theirs: str, why: str) -> None:
    first, second = entered(name=mine), company(name=theirs)
    assert reasons(first, second) == [why] and score(first, second) >= LEAST


def test_a_typing_error_in_a_long_name_is_worth_a_look() -> None:
    assert score(entered(name="Excavation Beaudoin Gravel"), company(name="Excavation Beaudion Gravel")) >= LEAST


def test_two_numbered_companies_are_two_however_alike() -> None:
    assert score(entered(name="9123-4567 Québec inc."), company(name="9123-4568 Québec inc.")) == 0


@pytest.mark.parametrize(
    ("columns", "attributes", "why"),
    [
        ({"rbq": "1234-5678-90"}, {"license_number": "1234567890"}, "licence"),
        ({"gst_no": "123456789 RT0001"}, {"business_id": "123456789"}, "tax_numbers"),
        ({"qst_no": "1234567890 TQ0001"}, {"business_register": {"identifier": "1234567890"}}, "tax_numbers"),
    ],
)
def test_a_number_of_the_government_is_enough_whatever_the_name(
    columns: dict[str, Any], attributes: dict[str, Any], why: str
) -> None:
    first, second = entered(name="Béton Roy", **columns), company(name="Gestion Tremblay", **attributes)
    assert reasons(first, second) == [why] and score(first, second) >= LEAST


def test_the_same_telephone_and_address_make_a_near_name_likely() -> None:
    known = {"phone": "(418) 555-0101", "postal_code": "G1K 3X2"}
    first = entered(name="Excavation Bédard et fils", **known)
    second = company(name="Excavations Bédard", business_phone="1-418-555-0101", zip="g1k3x2")
    assert {"name_alike", "phone", "postal_code"} == set(reasons(first, second))
    assert score(first, second) >= LIKELY - 5


def test_a_mobile_telephone_is_compared_with_the_office_too() -> None:
    first, second = entered(name="A", mobile="418-555-0101"), company(name="B", business_phone="418 555-0101")
    assert reasons(first, second) == ["phone"]


def test_another_licence_speaks_against_the_same_name() -> None:
    first = entered(name="Toitures Gagnon", rbq="1234-5678-90")
    second = company(name="Toitures Gagnon", license_number="9999-8888-77")
    assert reasons(first, second) == ["name_same", "other_licence"] and score(first, second) < LEAST


def test_a_branch_in_another_city_stays_worth_a_look() -> None:
    first, second = entered(name="Location Rive-Nord", city="Québec"), company(name="Location Rive-Nord", city="Laval")
    assert LEAST <= score(first, second) < score(entered(name="Location Rive-Nord"), company(name="Location Rive-Nord"))


# --- which pairs are proposed ---------------------------------------------------------------------------


def test_the_likeliest_stands_first_with_maestros_record_on_the_left() -> None:
    mine = [
        entered(supplier_code="V1", name="Béton Roy"),
        entered(supplier_code="V2", name="Acier Côté", email="a@b.ca"),
    ]
    theirs = [company(id=1, name="Beton Roy"), company(id=2, name="Acier Cote", email_address="A@B.CA")]
    found = DETECTIVE.candidates(mine, theirs, {})
    assert [(c.first.record.key, c.second.record.key, c.kinship) for c in found] == [
        ("V2", "2", Kinship.ACROSS),
        ("V1", "1", Kinship.ACROSS),
    ]


def test_a_company_entered_twice_on_one_side_is_told_although_it_is_linked() -> None:
    mine = [entered(supplier_code="V1", name="Béton Roy"), entered(supplier_code="V2", name="Beton Roy inc.")]
    theirs = [company(id=1, name="Acier Côté"), company(id=2, name="Acier Cote ltée")]
    found = DETECTIVE.candidates(mine, theirs, {"V1": 1})
    assert {(c.kinship, c.first.record.key, c.second.record.key) for c in found} == {
        (Kinship.MAESTRO, "V1", "V2"),
        (Kinship.PROCORE, "1", "2"),
    }


def test_a_linked_record_is_proposed_to_nobody_on_the_other_side() -> None:
    mine, theirs = [entered(supplier_code="V1", name="Béton Roy")], [company(id=1, name="Béton Roy")]
    assert DETECTIVE.candidates(mine, theirs, {"V1": 9}) == []
    assert DETECTIVE.candidates(mine, theirs, {"V9": 1}) == []


def test_a_company_that_was_put_away_or_is_gone_is_not_proposed() -> None:
    mine = [entered(supplier_code="V1", name="Béton Roy")]
    assert DETECTIVE.candidates(mine, [company(id=1, name="Béton Roy", is_active=False)], {}) == []


def test_what_was_told_apart_is_never_proposed_again() -> None:
    mine, theirs = [entered(supplier_code="V1", name="Béton Roy")], [company(id=1, name="Béton Roy")]
    assert DETECTIVE.candidates(mine, theirs, {}, {pair_of("procore:1", "maestro:V1")}) == []


def test_a_telephone_and_address_that_everybody_has_propose_nobody() -> None:
    shared = {"phone": "418-555-0000", "email": "info@example.ca"}
    few = [entered(supplier_code=f"V{n}", name=f"{9000 + n} Québec", **shared) for n in range(3)]
    assert len(DETECTIVE.candidates(few, [], {})) == 3
    many = [entered(supplier_code=f"V{n}", name=f"{9000 + n} Québec", **shared) for n in range(60)]
    assert DETECTIVE.candidates(many, [], {}) == []


def test_only_a_likely_pair_without_a_rival_is_a_clear_case() -> None:
    known = {"phone": "418-555-0101", "email": "a@b.ca"}
    mine = [
        entered(supplier_code="V1", name="Béton Roy", **known),
        entered(supplier_code="V2", name="Location Rive-Nord", phone="418-555-0202"),
        entered(supplier_code="V3", name="Acier Côté"),
    ]
    theirs = [
        company(id=1, name="Beton Roy", business_phone="418-555-0101", email_address="a@b.ca"),
        company(id=2, name="Location Rive-Nord", business_phone="418-555-0202"),
        company(id=3, name="Location Rive-Nord inc.", business_phone="418-555-0202"),
        company(id=4, name="Acier Cote"),
    ]
    found = DETECTIVE.candidates(mine, theirs, {})
    assert [(c.first.record.key, c.second.record.key) for c in clear_cases(found)] == [("V1", "1")]


# --- what a run makes of it -----------------------------------------------------------------------------


def test_a_run_forgets_a_stranger_but_not_one_with_the_same_number() -> None:
    mine = entered(supplier_code="V1", name="Béton Roy")
    other, numbered = company(id=1, name="Béton Roy"), company(id=2, name="Béton Roy", origin_code="V1")
    strangers = {pair_of("maestro:V1", "procore:1"), pair_of("maestro:V1", "procore:2")}
    assert without_strangers(Match(candidates=(other, numbered)), mine, strangers).candidates == (numbered,)
    assert without_strangers(Match(other, "name"), mine, strangers) == Match()
    assert without_strangers(Match(other, "origin_id"), mine, strangers).partner is other


# --- laws -----------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["béton", "beton", "roy", "roi", "acier", "aciers", "côté", "inc", "ltée", "9123-4567", "nord"])
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
FEW = {
    "name": NAMES,
    "phone": st.sampled_from([None, "418-555-0101", "418 555 0102"]),
    "email": st.sampled_from([None, "a@b.ca", "A@B.ca", "c@d.ca"]),
    "postal_code": st.sampled_from([None, "G1K 3X2", "g1k3x2", "H2X 1Y4"]),
    "rbq": st.sampled_from([None, "1234-5678-90", "1111-2222-33"]),
    "gst_no": st.sampled_from([None, "123456789RT0001"]),
    "city": st.sampled_from([None, "Québec", "Laval"]),
}
COLUMNS = st.fixed_dictionaries(FEW)


@given(COLUMNS, COLUMNS)
def test_the_score_is_the_same_from_both_sides(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    first, second = supplier(**mine), supplier(**theirs)
    assert DETECTIVE.compare(first, second) == DETECTIVE.compare(second, first)
    assert 0 <= score(first, second) <= 100


@given(COLUMNS)
def test_a_record_is_its_own_best_likeness(columns: dict[str, Any]) -> None:
    record = entered(**columns)
    assert score(record, record) >= LEAST


@settings(max_examples=60, deadline=None)
@given(st.lists(COLUMNS, max_size=8), st.randoms(use_true_random=False))
def test_every_pair_that_is_worth_a_look_is_found_in_any_order(rows: list[dict[str, Any]], random: Any) -> None:
    records = [supplier(supplier_code=f"V{place}", **row) for place, row in enumerate(rows)]
    pairs = {frozenset((a.key, b.key)) for a, b in combinations(records, 2) if score(a, b) >= LEAST}
    random.shuffle(records)
    assert {
        frozenset((c.first.record.key, c.second.record.key)) for c in DETECTIVE.candidates(records, [], {})
    } == pairs


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_value_that_is_compared_is_a_field_of_the_element(element: str) -> None:
    named = [name for name in POINTS if name != "number"]
    assert [MAPS[element].field(name).name for name in named] == named
