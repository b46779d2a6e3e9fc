"""Which items of a plan wait for an accounting approver, what names their content, and who may accept what."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from maestro_procore.model import acceptance
from maestro_procore.model.acceptance import Approver, Held, Verdict, amount_of, approver_of, judge, limits_of
from maestro_procore.model.elements import ELEMENTS, Direction, Side
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item
from maestro_procore.model.settings import ACCEPTANCE, TRAINING, effective
from maestro_procore.model.status import ActionKind
from tests.model.order_world import KINDS

ORDERS = KINDS["purchase-orders"][0]
LINES = json.dumps([{"line_no": 1, "amount": "60.00"}, {"line_no": 2, "amount": "40.50"}])


def order(procore_id: int = 1, **values: Any) -> Record:
    held = {"shown": f"PO-{procore_id}", "total": "100.50", "currency": "CAD", "lines": LINES, **values}
    return Record(str(procore_id), held)


def item(procore_id: int = 1, *, kind: ActionKind = ActionKind.CREATE, **columns: Any) -> Item:
    writes = {Side.MAESTRO: {"description": "Béton", "m_order_line": LINES, "period": "2026-11", **columns}}
    return Item(None, order(procore_id), kind, {**writes, Side.PROCORE: {"id": procore_id}})


def kept(rows: list[Held]) -> dict[int, Held]:
    return {row.procore_id: row for row in rows}


def judged(one: Item, held: Mapping[int, Held] | None = None, user: str = "ann", approver: Approver | None = None):
    items, rows = judge(ORDERS, [one], held or {}, user, approver)
    return items[0], rows


def codes(one: Item) -> list[str]:
    return [problem.code for problem in one.problems]


def test_what_would_be_written_here_becomes_a_question():
    """ACC-01."""
    waiting, (row,) = judged(replace(item(), problems=(Problem("PO-06", {"n": 60}),)))
    assert (waiting.kind, waiting.writes, waiting.is_question) == (ActionKind.SKIP, {}, True)
    assert codes(waiting) == ["ACC-01", "PO-06"]
    assert (row.name, row.amount, row.currency, row.requested_by) == ("PO-1", "100.50", "CAD", "ann")


@pytest.mark.parametrize(
    "one",
    [
        Item(None, order(), None, problems=(Problem("PO-01", {"no": "1"}),)),
        Item(None, order(), ActionKind.LINK, {Side.PROCORE: {"id": 1, "origin_id": "x"}}),
        replace(item(), problems=(Problem("VAL-01", {"field": "total"}),)),
        Item(Record("0001", {}), None, ActionKind.UPDATE, {Side.MAESTRO: {"description": "x"}}),
    ],
    ids=["nothing to do", "only our mark in Procore", "blocked by an error", "without a Procore record"],
)
def test_what_enters_nothing_waits_for_nobody(one: Item):
    assert judged(one) == (one, [])


def test_an_accepted_content_passes_and_is_still_known():
    _, rows = judged(item())
    accepted = {1: replace(rows[0], verdict=Verdict.ACCEPTED, decided_by="bob")}
    one, (row,) = judged(item(period="2026-12"), accepted, "cy")
    assert one.kind is ActionKind.CREATE and one.writes[Side.MAESTRO]["period"] == "2026-12"
    assert (row.verdict, row.decided_by, row.requested_by) == (Verdict.ACCEPTED, "bob", "ann")


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REFUSED])
def test_another_content_waits_again_and_names_who_had_decided(verdict: Verdict):
    """ACC-02, for as long as it waits."""
    _, rows = judged(item())
    held = {1: replace(rows[0], verdict=verdict, decided_by="bob", reason="no")}
    for _ in range(2):
        one, rows = judged(item(description="Acier"), held, "cy")
        assert codes(one) == ["ACC-02"] and one.problems[0].args["user"] == "bob"
        assert (rows[0].verdict, rows[0].reason, rows[0].requested_by) == (Verdict.WAITING, "", "ann")
        held = kept(rows)


def test_a_refused_content_stays_out_with_its_reason():
    """ACC-03."""
    _, rows = judged(item())
    held = {1: replace(rows[0], verdict=Verdict.REFUSED, decided_by="bob", reason="Wrong code")}
    one, _ = judged(item(), held, approver=Approver("cy"))
    assert codes(one) == ["ACC-03"] and one.problems[0].args["text"] == "Wrong code"


@pytest.mark.parametrize(
    ("approver", "told"),
    [
        (Approver("bob"), []),
        (Approver("ann"), ["ACC-01", "ACC-04"]),
        (Approver("ann", accepts_own=True), []),
        (Approver("bob", Decimal("100.50")), []),
        (Approver("bob", Decimal("100.49")), ["ACC-01", "ACC-05"]),
    ],
)
def test_who_accepts_in_the_run_itself_is_bound_by_the_same_rules(approver: Approver, told: list[str]):
    one, (row,) = judged(item(), approver=approver)
    assert codes(one) == told and (one.kind is ActionKind.SKIP) is bool(told)
    assert row.decided_by == ("" if told else approver.user)


def test_a_credit_counts_by_its_size():
    """ACC-05: a deductive change order of a million is no small thing."""
    credit = Held("change-orders", 1, "d", "ann", amount="-1000000.00")
    refused = acceptance.objection(credit, Approver("bob", Decimal(1000)))
    assert refused is not None and refused.code == "ACC-05"


def test_the_digest_names_the_mapped_columns_and_nothing_else():
    plain = acceptance.digest_of(ORDERS, item())
    assert plain == acceptance.digest_of(ORDERS, item(period="2027-01", entered_by="x"))
    moved = json.dumps([{"line_no": 1, "amount": "60.01"}])
    others = [item(description="Acier"), item(m_order_line=moved), item(memo="")]
    assert len({plain, *(acceptance.digest_of(ORDERS, each) for each in others)}) == 4


def test_the_amount_is_the_total_or_else_the_sum_of_the_lines():
    assert amount_of(ORDERS, order()) == Decimal("100.50")
    assert amount_of(ORDERS, order(total=None)) == Decimal("100.50")
    assert str(amount_of(ORDERS, order(total=None, lines=None))) == "0.00"


def test_the_control_total_is_one_sum_per_currency():
    rows = [Held("x", n, "d", "ann", amount="10.10", currency="USD" if n == 3 else "CAD") for n in (1, 2, 3)]
    total = acceptance.total_of(rows)
    assert (total.count, total.amounts) == (3, {"CAD": Decimal("20.20"), "USD": Decimal("10.10")})
    assert str(total) == "3 · 20.20 CAD · 10.10 USD"


def test_limits_are_read_per_person():
    assert limits_of(" ann 50000, Bob any; * 1000.50 ") == {"ANN": Decimal(50000), "BOB": None, "*": Decimal("1000.50")}
    assert limits_of("") == {}


@pytest.mark.parametrize("words", ["ann", "ann lots", "ann 1 2", "ann -5", "ann 1e5"])
def test_limits_that_say_nothing_are_refused(words: str):
    with pytest.raises(ValueError):
        limits_of(words)


@pytest.mark.parametrize(
    ("words", "user", "limit"),
    [
        ("", "cy", None), ("ann 50000", "Ann", Decimal(50000)), ("ann any", "ANN", None),
        ("ann 50000", "cy", Decimal(0)), ("ann 50000, * 10", "cy", Decimal(10)),
    ],
)  # fmt: skip
def test_everybody_has_the_limit_that_is_written_down(words: str, user: str, limit: Decimal | None):
    assert approver_of(user, {"acceptance_limits": words}).limit == limit


def test_acceptance_is_on_for_what_comes_from_procore_and_off_in_training():
    usual, training = effective({}), effective(TRAINING)
    coming = {e.name for e in ELEMENTS.values() if e.direction is Direction.FROM_PROCORE}
    assert ACCEPTANCE.keys() == coming == {"purchase-orders", "subcontracts", "change-orders"}
    assert {e for e in ELEMENTS if acceptance.is_on(e, usual)} == coming
    assert not any(acceptance.is_on(e, training) for e in ELEMENTS)
    assert acceptance.is_on("subcontracts", effective({ACCEPTANCE["subcontracts"]: None}))  # emptied: as delivered


def test_every_kind_that_enters_maestro_from_procore_waits_and_no_other():
    waiting = {name for name, m in MAPS.items() if acceptance.concerns(m)}
    assert "projects" not in waiting and "suppliers" not in waiting and "costs" not in waiting
    assert {acceptance.page_of(MAPS[name]) for name in waiting} <= ACCEPTANCE.keys()
