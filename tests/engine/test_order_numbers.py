"""Orders that take Procore's number: one order each, no number twice, whoever was killed or quicker (§3.6, F084)."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine.element_sync import synchronize
from maestro_procore.ports import CompanyRefused, Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.beginnings import world_after
from tests.engine.companies_in_trouble import CHANGES, OTHER, POS, SUBS, P
from tests.engine.world import Killed, PlainSteps, World

COLLECTIONS = {POS: "purchase_order_contracts", SUBS: "work_order_contracts"}
KIND = {POS: "PO", SUBS: "SC"}
SWITCH = "takes_order_numbers"


async def in_step(world: World) -> None:
    """Projects, suppliers and the orders of two projects are linked, under maestro*'s own numbers."""
    for element in ("projects", "suppliers"):
        await world.sync(element)
    for element in (POS, SUBS):
        for project in (P, OTHER):
            await world.sync(element, project=project)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The company takes Procore's numbers from now on."""
    made = await world_after(tmp_path, in_step)
    switch(made, True)
    yield made
    await made.close()


def switch(world: World, is_on: bool) -> None:
    world.journal.change_settings({SWITCH: is_on}, "test", world.clock.now())


async def approve(world: World, number: str, element: str = POS, project: str = P) -> str:
    """Another user approves a commitment of 100.00 in Procore; its id."""
    line = trouble.line(world, project)
    return await trouble.commitment(world, element, number, line, project=project, retainage_percent="10.0")


def order(world: World, external: str, project: str = P, kind: str = "PO") -> Row:
    """The one order of its kind that has this number in Procore."""
    [found] = trouble.rows(world, "m_order", external_no=external, project_code=project, kind=kind, extension=0)
    return found


def told(world: World, procore_id: str, element: str = POS) -> list[str]:
    return [p.code for line in world.lines(element) if str(line.procore_id) == procore_id for p in line.problems]


def marks(world: World, procore_id: str, element: str = POS) -> tuple[str, str]:
    """The key that our mark in Procore names, and the number that Procore shows."""
    row = next(row for row in world.procore(COLLECTIONS[element]) if str(row["id"]) == procore_id)
    return row["origin_id"].rpartition(":")[2], row["origin_code"]


def typed(world: World, number: str, external: str, project: str = OTHER, **values: Any) -> None:
    """An accountant enters an order by hand."""
    [like, *_] = trouble.rows(world, "m_order", project_code=project, kind="PO", extension=0)
    order_id = 1 + max(row["order_id"] for row in world.company.rows("m_order", include_deleted=True))
    trouble.enter(world, "m_order", {**like, "order_id": order_id}, order_no=number, external_no=external, **values)


@pytest.mark.parametrize("element", [POS, SUBS])
async def test_f084_a_new_order_has_procores_number_once_and_for_good(world: World, element: str) -> None:
    before = {row["order_id"]: row["order_no"] for row in world.company.rows("m_order")}
    commitment = await approve(world, "T-100", element)
    request = await world.sync(element, project=P)
    assert (request["created"], request["updated"], request["warnings"]) == (1, 0, 0)
    assert order(world, "T-100", kind=KIND[element])["order_no"] == "T-100"
    assert marks(world, commitment, element) == ("T-100", "T-100")
    assert world.line(element, "T-100").maestro["order_no"] == "T-100"
    for is_on in (False, True):
        switch(world, is_on)
        again = await world.sync(element, project=P, full=True)
        assert (again["created"], again["updated"], again["linked"]) == (0, 0, 0)
    now = {row["order_id"]: row["order_no"] for row in world.company.rows("m_order")}
    assert before.items() <= now.items() and len(now) == len(before) + 1


async def test_switched_off_maestro_numbers_the_order(world: World) -> None:
    switch(world, False)
    await approve(world, "T-101")
    counter = trouble.rows(world, "m_counter", name="ORDER")[0]["next_value"]
    await world.sync(POS, project=P)
    assert order(world, "T-101")["order_no"].endswith(str(counter))


async def test_a_number_of_more_than_twelve_characters_is_told_and_nothing_is_entered(world: World) -> None:
    """PO-05."""
    fits, does_not = await approve(world, "T-5678901-12"), await approve(world, "T-5678901-123")
    request = await world.sync(POS, project=P)
    assert (request["created"], request["errors"]) == (1, 1)
    assert (told(world, fits), told(world, does_not)) == ([], ["PO-05"])
    assert trouble.rows(world, "m_order", external_no="T-5678901-123") == []


async def test_a_number_that_is_taken_is_told_and_maestros_next_one_given(world: World) -> None:
    """PO-21, PO-22: taken by another project's order, a cancelled and a deleted one; of another kind; an extension."""
    typed(world, "T-200", "EXT-1")
    typed(world, "T-201", "EXT-2", status="cancelled")
    typed(world, "T-202", "EXT-3")
    trouble.change(world, "m_order", {"order_id": order(world, "EXT-3", OTHER)["order_id"]}, is_deleted=True)
    await approve(world, "T-203", SUBS)
    await world.sync(SUBS, project=P)
    wanted = {number: await approve(world, number) for number in ("T-200", "T-201", "T-202", "T-203", "T-204/1")}
    request = await world.sync(POS, project=P)
    assert (request["created"], request["errors"], request["warnings"]) == (5, 0, 5)
    expected = {number: ["PO-22" if "/" in number else "PO-21"] for number in wanted}
    assert {number: told(world, commitment) for number, commitment in wanted.items()} == expected
    given = {number: order(world, number)["order_no"] for number in wanted}
    assert not given.keys() & set(given.values()) and len(set(given.values())) == 5
    assert {number: marks(world, c)[1] for number, c in wanted.items()} == given


async def test_a_number_whose_order_is_gone_but_linked_is_taken(world: World) -> None:
    """PO-21: the mark in Procore leads to the number."""
    commitment = await approve(world, "T-210")
    await world.sync(POS, project=P)
    trouble.change(world, "m_order", {"order_id": order(world, "T-210")["order_id"]}, order_no="T-211")
    other = await approve(world, "T-210", POS, OTHER)
    await world.sync(POS, project=OTHER)
    assert (told(world, other), marks(world, commitment)[0]) == (["PO-21"], "T-210")
    assert order(world, "T-210", OTHER)["order_no"] != "T-210"


async def test_a_preview_says_which_number_is_given_and_the_run_does_so(world: World) -> None:
    """PO-21: two projects use one number, as Procore lets them; a purchase order and a subcontract as well."""
    first, second = await approve(world, "T-300"), await approve(world, "T-300", POS, OTHER)
    third = await approve(world, "T-300", SUBS)
    promised = await _numbers(world, preview=True)
    assert {key: value for key, value in promised.items() if key in (first, second, third)} == {
        first: ("T-300", []),
        second: (None, ["PO-21"]),
        third: (None, ["PO-21"]),
    }
    done = await _numbers(world, preview=False)
    assert (done[first], done[second][1], done[third][1]) == (("T-300", []), ["PO-21"], ["PO-21"])
    assert len({number for number, _ in (done[each] for each in (first, second, third))}) == 3


async def _numbers(world: World, *, preview: bool) -> dict[str, tuple[str | None, list[str]]]:
    """Procore id → the number that an action writes, and what it tells, of both kinds of order."""
    found = {}
    for element in (POS, SUBS):
        request = await world.sync(element, preview=preview)
        for action in world.actions(request):
            written = world.views.action(action.id).maestro_write or {}
            found[str(action.procore_id)] = (written.get("order_no"), [p.code for p in action.problems])
    return found


async def test_f085_change_orders_carry_the_number_that_was_taken(world: World) -> None:
    contract = await approve(world, "T-400", SUBS)
    await world.sync(SUBS, project=P)
    await trouble.package(world, contract, "7", trouble.line(world))
    await world.sync(CHANGES, project=P)
    assert [row["co_no"] for row in world.company.rows("m_change_order") if row["co_no"].endswith("-7")] == ["T-400-7"]


async def test_maestros_own_numbers_pass_over_those_that_came_from_procore(world: World) -> None:
    counter = trouble.rows(world, "m_counter", name="ORDER")[0]
    switch(world, False)
    await approve(world, "T-500")
    await world.sync(POS, project=P)
    number = order(world, "T-500")["order_no"]
    later = [str(int(number) + step).zfill(len(number)) for step in (1, 2, 3)]
    assert counter["next_value"] == int(number)
    switch(world, True)
    for each in later[:2]:
        await approve(world, each)
    await world.sync(POS, project=P)
    assert [order(world, each)["order_no"] for each in later[:2]] == later[:2]
    switch(world, False)
    await approve(world, "T-501")
    await world.sync(POS, project=P)
    assert order(world, "T-501")["order_no"] == later[2]


# --- killed, and not alone ---------------------------------------------------------------------------


def at_the_next_entry(world: World, monkeypatch: pytest.MonkeyPatch, does: Callable[[Callable[[], Any]], Any]) -> None:
    """Something happens once, just when the next order would be entered. does: given the entry itself."""
    enters, waiting = world.company.insert_document, [does]

    def insert(*row: Any) -> Any:
        return waiting.pop()(lambda: enters(*row)) if waiting else enters(*row)

    monkeypatch.setattr(world.company, "insert_document", insert)


async def killed_and_started_again(world: World, meanwhile: Callable[[], None] = lambda: None) -> Row:
    request, steps = world.commands.synchronize(POS, project=P), PlainSteps(world.journal)
    with pytest.raises(Killed):
        await synchronize(request["id"], steps, world.doors)
    meanwhile()
    await synchronize(request["id"], PlainSteps(world.journal, steps.finished), world.doors)
    return world.journal.request(request["id"])


@pytest.mark.parametrize("is_entered", [False, True])
async def test_killed_before_or_after_the_entry_there_is_one_order_of_that_number(
    world: World, monkeypatch: pytest.MonkeyPatch, is_entered: bool
) -> None:
    def die(enter: Callable[[], Any]) -> None:
        if is_entered:
            enter()
        raise Killed("entry")

    commitment = await approve(world, "T-600")
    at_the_next_entry(world, monkeypatch, die)
    request = await killed_and_started_again(world)
    assert (request["state"], request["created"]) == ("done", 1)
    assert (order(world, "T-600")["order_no"], marks(world, commitment)) == ("T-600", ("T-600", "T-600"))


async def test_a_number_that_somebody_took_while_the_program_was_dead_is_left_to_him(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PO-21: it was meant before the kill, and nothing was entered under it."""

    def die(_enter: Callable[[], Any]) -> None:
        raise Killed("entry")

    commitment = await approve(world, "T-610")
    at_the_next_entry(world, monkeypatch, die)
    request = await killed_and_started_again(world, lambda: typed(world, "T-610", "EXT-9"))
    number = order(world, "T-610")["order_no"]
    assert (request["state"], request["created"], told(world, commitment)) == ("warned", 1, ["PO-21"])
    assert number != "T-610" and marks(world, commitment) == (number, number)
    again = await world.sync(POS, project=P, full=True)
    assert (again["created"], again["updated"], again["linked"]) == (0, 0, 0)


async def test_of_two_programs_the_second_gets_the_next_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """PO-21: both looked, both found the number free; the database lets one have it."""

    def be_quicker(enter: Callable[[], Any]) -> Any:
        typed(world, "T-620", "EXT-10")
        return enter()

    commitment = await approve(world, "T-620")
    at_the_next_entry(world, monkeypatch, be_quicker)
    request = await world.sync(POS, project=P)
    number = order(world, "T-620")["order_no"]
    assert (request["created"], request["errors"], told(world, commitment)) == (1, 0, ["PO-21"])
    assert number != "T-620" and marks(world, commitment) == (number, number)


async def test_two_programs_that_enter_the_same_commitment_make_one_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PO-13: what the other one entered is recognised by the next run."""

    def enter_for_the_other(enter: Callable[[], Any]) -> Any:
        enter()
        return enter()

    commitment = await approve(world, "T-630")
    at_the_next_entry(world, monkeypatch, enter_for_the_other)
    request = await world.sync(POS, project=P)
    assert (request["created"], told(world, commitment)) == (0, ["PO-13"])
    again = await world.sync(POS, project=P)
    assert (again["created"], again["linked"], told(world, commitment)) == (0, 1, [])
    assert order(world, "T-630")["order_no"] == "T-630"


async def test_a_refusal_that_is_not_about_the_number_stays_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """PO-13: no second attempt under another number."""

    def refuse(_enter: Callable[[], Any]) -> None:
        raise CompanyRefused("m_order", "T-640", "supplier_code", "no_such_reference")

    commitment = await approve(world, "T-640")
    at_the_next_entry(world, monkeypatch, refuse)
    await world.sync(POS, project=P)
    assert told(world, commitment) == ["PO-13"]
    assert trouble.rows(world, "m_order", external_no="T-640") == []
