"""What a plan weighs, and above which weight a run waits for a typed confirmation."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from maestro_procore.model.change_guard import Confirmed, Limits, Weight, is_over, told, weigh
from maestro_procore.model.compare import Difference, Winner
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import Record
from maestro_procore.model.plan import LinkState, PlanSettings, Subject
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item
from maestro_procore.model.settings import TRAINING, effective
from maestro_procore.model.status import ActionKind
from tests.model.order_world import KINDS

ORDERS, RULES = KINDS["purchase-orders"]
USUAL = Limits.of_settings(effective({}))


def lines(*amounts: str) -> str:
    return json.dumps([{"line_no": n, "amount": amount} for n, amount in enumerate(amounts, start=1)])


def differing(name: str, here: str, there: str, winner: Winner = Winner.PROCORE) -> Difference:
    return Difference(ORDERS.field(name), here, there, here, winner, was_agreed=True)


def update(*found: Difference, kind: ActionKind = ActionKind.UPDATE, problems: Sequence[Problem] = ()) -> Item:
    writes = {Side.MAESTRO: {d.field.maestro: d.procore for d in found if d.winner is Winner.PROCORE}}
    return Item(Record("0001", {}), Record("1", {}), kind, writes, found, tuple(problems))


def weight_of(*items: Item, held: Sequence[str] = (), is_main: bool = True, is_first: bool = False) -> Weight:
    """held: what the linked orders of maestro* come to; one more that is not linked comes to a million."""
    records = [Record(f"{n:04}", {"total": amount}) for n, amount in enumerate(held)]
    links = {record.key: LinkState(n, {}) for n, record in enumerate(records)}
    mine = [*records, Record("typed", {"total": "1000000.00"})]
    subject = Subject(ORDERS, RULES, PlanSettings("MST:A:x:", 1), mine, [], links, {})
    return weigh("purchase-orders@P1", subject, items, is_main=is_main, is_first=is_first)


TITLE = differing("title", "Béton", "Acier")


@pytest.mark.parametrize(
    ("item", "records"),
    [
        (update(TITLE), 1),
        (update(differing("title", "a", "b", Winner.KEEP)), 0),
        (update(TITLE, kind=ActionKind.CREATE), 1),
        (update(TITLE, kind=ActionKind.LINK), 1),
        (Item(None, Record("1", {}), ActionKind.LINK, {Side.PROCORE: {"id": 1, "origin_id": "x"}}), 0),
        (Item(None, Record("1", {}), ActionKind.SKIP, is_question=True), 0),
        (update(TITLE, problems=[Problem("VAL-01", {"field": "title"})]), 0),
    ],
    ids=["updated", "kept as it is", "created", "linked and changed", "only marked", "waiting", "in error"],
)
def test_a_record_counts_when_something_of_it_changes(item: Item, records: int):
    assert weight_of(item).records == records


def test_creations_of_the_first_synchronization_are_what_everybody_expects():
    items = [update(TITLE, kind=ActionKind.CREATE), update(TITLE)]
    assert (weight_of(*items).records, weight_of(*items, is_first=True).records) == (2, 1)


def test_codes_and_lines_that_come_along_are_no_records_of_the_element():
    part = weight_of(update(differing("lines", lines("5.00"), lines("7.00"))), is_main=False)
    assert (part.records, part.moved) == (0, Decimal("2.00"))


@pytest.mark.parametrize(
    ("here", "there", "moved"),
    [
        (lines("100.00", "50.00"), lines("110.00", "50.00"), "10.00"),
        (lines("100.00", "50.00"), lines("50.00", "100.00"), "100.00"),  # the total stays, the money moves
        (lines("100.00"), lines("100.00", "-25.50"), "25.50"),
        (lines("100.00", "50.00"), lines("100.00"), "50.00"),
        ("[]", lines("0.01"), "0.01"),
    ],
    ids=["more", "between lines", "a credit line", "a line less", "a cent"],
)
def test_money_moves_by_what_each_line_differs(here: str, there: str, moved: str):
    assert weight_of(update(differing("lines", here, there))).moved == Decimal(moved)


def test_a_difference_that_is_not_written_moves_nothing():
    kept = differing("lines", lines("1.00"), lines("9.00"), Winner.KEEP)
    assert weight_of(update(kept, TITLE)).moved == 0


def new_order(*amounts: str) -> Item:
    there = Record("1", {"total": "1.00", "lines": lines(*amounts)})
    return Item(None, there, ActionKind.CREATE, {Side.MAESTRO: {"description": "x"}}, new_key="0009")


def test_a_new_record_weighs_what_its_lines_come_to_unless_it_is_of_the_first_synchronization():
    new = new_order("900.00", "-25.50")
    weight = weight_of(new, held=["100.00"])
    assert (weight.created, weight.moved, weight.percent) == (Decimal("925.50"), 0, 0)
    assert weight_of(new, is_first=True).created == 0


@pytest.mark.parametrize(("amount", "is_held"), [("250000.00", False), ("250000.01", True)])
def test_new_records_of_more_than_the_amount_wait(amount: str, is_held: bool):
    weight = weight_of(new_order(amount))
    assert is_over([weight], USUAL, Confirmed()) is is_held
    assert not is_over([weight], USUAL, Confirmed.all_of([weight]))
    assert Weight.from_json(weight.to_json()) == weight


def test_the_percentage_is_of_what_is_linked_in_the_project():
    weight = weight_of(update(differing("lines", lines("100.00"), lines("150.00"))), held=["100.00", "-100.00"])
    assert (weight.base, weight.percent, weight.project) == (Decimal("200.00"), Decimal(25), "P1")


def of(records: int = 0, moved: Any = 0, base: Any = 0, name: str = "budgets@P1") -> Weight:
    return Weight(name, records, Decimal(moved), Decimal(base))


@pytest.mark.parametrize(
    ("weights", "is_held"),
    [
        ([of(499)], False), ([of(500)], False), ([of(501)], True), ([of(300), of(201)], True),
        ([of(moved="249999.99")], False), ([of(moved=250000)], False), ([of(moved="250000.01")], True),
        ([of(moved=150000), of(moved="100000.01")], True),
        ([of(moved="24.99", base=100)], False), ([of(moved=25, base=100)], False),
        ([of(moved="25.01", base=100)], True),
        ([of(moved=30, base=100, name="suppliers@")], False), ([of(moved=30)], False),
    ],
)  # fmt: skip
def test_the_guard_holds_just_above_its_limits(weights: list[Weight], is_held: bool):
    """At the threshold −1, 0 and +1 (UB1); records and dollars over the whole request, percent per project."""
    assert is_over(weights, USUAL, Confirmed()) is is_held


def test_what_was_confirmed_passes_and_what_grew_beyond_does_not():
    held = [of(600, 300000, 400000), of(10, 5, 10, name="budgets@P2")]
    confirmed = Confirmed.from_json(json.loads(json.dumps(Confirmed.all_of(held).to_json())))
    assert is_over(held, USUAL, Confirmed()) and not is_over(held, USUAL, confirmed)
    assert not is_over([of(599, 299999, 400000)], USUAL, confirmed)
    for grown in ([of(611, 300000, 400000)], [of(1, 300006, 9000000)], [of(1, 6, 10, name="budgets@P2")]):
        assert is_over(grown, USUAL, confirmed)


def test_a_weight_survives_the_journal():
    weight = Weight("budgets@P1", 3, Decimal("12.50"), Decimal("99.99"), "USD")
    assert Weight.from_json(json.loads(json.dumps(weight.to_json()))) == weight


def test_the_message_names_the_figures_of_the_whole_request():
    """GRD-01; GRD-02 when it is only too much of one project."""
    many = told([of(300, 10), of(301, "5.50")], USUAL, Confirmed(), "7")
    assert (many.code, many.args) == ("GRD-01", {"n": 601, "amount": "15.50 CAD", "request": "7"})
    wide = told([of(1, 10, 10), of(1, 5, 10, "budgets@P2")], USUAL, Confirmed(), "7")
    assert (wide.code, wide.args["project"], wide.args["percent"]) == ("GRD-02", "P1", "100.0")


def test_the_guard_has_its_limits_from_the_settings_and_none_in_training():
    assert Limits(500, Decimal(250000), Decimal(25)) == USUAL
    assert Limits.of_settings(effective(TRAINING)).is_off
    assert Limits.of_settings(effective({"guard_records": None})).records is None
    assert not is_over([of(10**6, 10**9, 1)], Limits.of_settings(effective(TRAINING)), Confirmed())
