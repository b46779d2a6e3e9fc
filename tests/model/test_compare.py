"""The whole table of three-way comparison, field by field (maestro*, Procore, last agreed) × direction."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.model.compare import Winner, differences
from maestro_procore.model.elements import ELEMENTS, Direction, Side
from maestro_procore.model.mapping import Field, Record
from maestro_procore.model.projects import MAP as PROJECTS
from maestro_procore.model.suppliers import MAP as SUPPLIERS

M, P, CONFLICT, KEEP, SAME = Winner.MAESTRO, Winner.PROCORE, Winner.CONFLICT, Winner.KEEP, None
NEVER = "never agreed"

# maestro* now, Procore now, last agreed → winner per direction (both, to Procore, from Procore).
# a, b, c are different values, – is nothing.
TABLE = {
    ("a", "a", NEVER): (SAME, SAME, SAME),
    ("a", "b", NEVER): (CONFLICT, M, P),
    ("a", "–", NEVER): (M, M, KEEP),
    ("–", "b", NEVER): (P, KEEP, P),
    ("–", "–", NEVER): (SAME, SAME, SAME),
    ("a", "a", "a"): (SAME, SAME, SAME),
    ("b", "a", "a"): (M, M, P),
    ("a", "b", "a"): (P, M, P),
    ("b", "b", "a"): (SAME, SAME, SAME),
    ("b", "c", "a"): (CONFLICT, CONFLICT, CONFLICT),
    ("–", "a", "a"): (M, M, P),
    ("a", "–", "a"): (P, M, P),
    ("–", "–", "a"): (SAME, SAME, SAME),
    ("–", "b", "a"): (CONFLICT, CONFLICT, CONFLICT),
    ("b", "–", "a"): (CONFLICT, CONFLICT, CONFLICT),
    ("a", "a", "–"): (SAME, SAME, SAME),
    ("a", "–", "–"): (M, M, P),
    ("–", "b", "–"): (P, M, P),
    ("–", "–", "–"): (SAME, SAME, SAME),
    ("a", "b", "–"): (CONFLICT, CONFLICT, CONFLICT),
}
DIRECTIONS = (Direction.BOTH, Direction.TO_PROCORE, Direction.FROM_PROCORE)
CASES = [
    pytest.param(direction, *states, TABLE[states][place], id=f"{direction.value}: {' '.join(states)}")
    for states in TABLE
    for place, direction in enumerate(DIRECTIONS)
]


def value_of(letter):
    return None if letter == "–" else f"value {letter}"


@pytest.fixture
def in_direction(monkeypatch):
    """An element map whose arrow points as the case wants."""

    def make(direction, field=None):
        element = replace(ELEMENTS["projects"], direction=direction)
        monkeypatch.setitem(ELEMENTS, "projects", element)
        return replace(PROJECTS, fields=(field or Field("detail", "detail", "description"),))

    return make


def compared(element_map, mine, theirs, agreed=None, **more):
    name = element_map.fields[0].name
    agreed = {} if agreed is None else {name: agreed[0]}
    found = differences(
        element_map, Record("A", {name: mine}), Record("1", {name: theirs}), agreed, more.pop("choices", {}), **more
    )
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(("direction", "mine", "theirs", "agreed", "winner"), CASES)
def test_the_winner_of_a_field(in_direction, direction, mine, theirs, agreed, winner):
    """F075 and the three-way rule of maestro-interface §3.0."""
    last = None if agreed == NEVER else (value_of(agreed),)
    found = compared(in_direction(direction), value_of(mine), value_of(theirs), last)
    assert (found.winner if found else None) is winner


def test_the_table_is_complete_up_to_the_names_of_the_values():
    """Every combination of three states over nothing, a, b, c is one of the table's rows under another name."""
    seen = set()
    for states in product(["–", "a", "b", "c"], ["–", "a", "b", "c"], ["–", "a", "b", "c", NEVER]):
        seen.add(pattern(states))
    assert seen == {pattern(states) for states in TABLE}


def pattern(states):
    """(same sides, mine is agreed, theirs is agreed, which are nothing, agreed ever)."""
    mine, theirs, agreed = states
    return (
        mine == theirs,
        mine == agreed,
        theirs == agreed,
        mine == "–",
        theirs == "–",
        agreed == "–",
        agreed == NEVER,
    )


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("choice", list(Side))
@pytest.mark.parametrize("agreed", [None, ("value c",)], ids=["first time", "both changed"])
def test_a_choice_decides_as_far_as_the_arrow_allows(in_direction, direction, choice, agreed):
    found = compared(in_direction(direction), "value a", "value b", agreed, choices={"detail": choice.value})
    allowed = choice.other in direction.targets
    assert found.winner is (Winner(choice.value) if allowed else KEEP)


def test_a_choice_changes_nothing_where_both_sides_are_equal(in_direction):
    assert (
        compared(in_direction(Direction.BOTH), "value a", "value a", ("value c",), choices={"detail": "procore"})
        is None
    )


def test_a_frozen_field_stays_different(in_direction):
    frozen = frozenset({"detail"})
    found = compared(in_direction(Direction.TO_PROCORE), "value a", "value b", ("value b",), frozen=frozen)
    assert found.winner is KEEP


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_shortened_value_is_no_difference(in_direction, direction):
    """Issue 2: values compared as the narrower side stores them."""
    long = "2475, chemin de la Montagne-Saint-Hilaire, bâtiment C, entrée des fournisseurs"
    address = Field("address", "address", "address", maestro_length=40, procore_length=100)
    for agreed in (None, (long[:40],), (long,)):
        assert compared(in_direction(direction, address), long[:40], long, agreed) is None


def test_a_value_that_is_cut_inside_a_space_is_no_difference(in_direction):
    text = "x" * 39 + " " + "y" * 20
    address = Field("address", "address", "address", maestro_length=40, procore_length=100)
    assert compared(in_direction(Direction.BOTH, address), text[:40].rstrip(), text) is None


def test_a_change_behind_the_narrower_sides_end_is_not_seen_and_nothing_is_written(in_direction):
    address = Field("address", "address", "address", maestro_length=40, procore_length=100)
    assert compared(in_direction(Direction.BOTH, address), "x" * 40, "x" * 40 + "new", ("x" * 40,)) is None


def test_a_change_before_the_end_is_seen(in_direction):
    address = Field("address", "address", "address", maestro_length=40, procore_length=100)
    found = compared(in_direction(Direction.BOTH, address), "x" * 40, "y" * 60, ("x" * 40,))
    assert found.winner is P


def test_identity_fields_are_never_compared():
    for element_map in (PROJECTS, SUPPLIERS):
        name = element_map.identity.name
        assert not differences(element_map, Record("A", {name: "A"}), Record("1", {name: "B"}), {}, {})


def test_the_journal_keeps_a_difference_with_its_three_values(in_direction):
    found = compared(in_direction(Direction.BOTH), "value a", "value b", ("value c",))
    assert found.to_json() == {
        "field": "detail", "maestro": "value a", "procore": "value b", "agreed": "value c", "was_agreed": True,
        "result": "conflict",
    }  # fmt: skip


@pytest.mark.parametrize(("agreed", "was_agreed"), [(None, False), ((None,), True), (("value c",), True)])
def test_to_have_agreed_on_nothing_is_told_from_never_having_agreed(in_direction, agreed, was_agreed):
    """Otherwise a conflict would be forgotten after the next write, and one side overwritten without a question."""
    found = compared(in_direction(Direction.TO_PROCORE), "value a", "value b", agreed)
    assert found.to_json()["was_agreed"] is was_agreed


@pytest.mark.parametrize(
    ("field", "mine", "theirs"),
    [
        ("phone", "418-555-0101", "(418) 555-0101"),
        ("phone", "418-555-0101", "+1 418 555 0101"),
        ("phone", "418-555-0101", "418.555.0101"),
        ("postal_code", "G1K 3X2", "g1k3x2"),
        ("city", "Québec", "QUÉBEC"),
        ("city", "Québec", "Quebec"),
        ("name", "L'Heureux", "L’Heureux"),
        ("name", "École", "E\u0301cole"),
        ("email", "Info@Levesque.example", "info@levesque.example"),
        ("licence", "1234-5678-90", "RBQ 1234 5678 90"),
        ("is_active", None, False),
    ],
)
def test_typing_is_no_difference(field, mine, theirs):
    kind = SUPPLIERS.field(field).kind
    first, second = Record("A", {field: kind.read(mine)}), Record("1", {field: kind.read(theirs)})
    assert differences(SUPPLIERS, first, second, {}, {}) == []


VALUES = st.one_of(st.none(), st.text(max_size=120).map(lambda t: PROJECTS.field("address").kind.read(t)))


@given(mine=VALUES, theirs=VALUES, agreed=VALUES)
def test_both_sides_are_treated_alike_where_the_arrow_has_two_ends(mine, theirs, agreed):
    """Exchanging the sides exchanges the winner."""
    address = replace(PROJECTS, fields=(PROJECTS.field("address"),))
    mirror = {M: P, P: M, CONFLICT: CONFLICT}
    one = compared(address, mine, theirs, (agreed,))
    other = compared(address, theirs, mine, (agreed,))
    assert (one is None) == (other is None)
    if one is not None:
        assert other.winner is mirror[one.winner]
