"""A run that would change unusually much is held before it is sent, until somebody types how much it is."""

import pytest

from maestro_procore.model.problems import Refused
from maestro_procore.ports import Row
from tests.engine.world import World

RECORDS = 5


@pytest.fixture
async def guarded(world: World) -> World:
    """Suppliers in step; from now on no more than five records change without a word."""
    await world.sync("suppliers")
    world.commands.set("guard", True)
    world.commands.set("guard_records", RECORDS)
    world.calls()
    return world


def codes(world: World, number: int) -> list[str]:
    """The codes of so many linked suppliers."""
    return sorted(line.maestro_key for line in world.lines("suppliers") if line.is_linked)[:number]


def change(world: World, number: int, city: str = "Rimouski") -> list[str]:
    """An accountant changes so many suppliers."""
    chosen = codes(world, number)
    for code in chosen:
        world.edit_maestro("suppliers", code, phone=f"418-555-{number:04}", city=city)
    return chosen


def cities(world: World) -> list[str]:
    return [str(row.get("city")) for row in world.procore("vendors")]


def code_of(row: Row) -> str | None:
    return row["problem"]["code"] if row["problem"] else None


@pytest.mark.parametrize(("number", "is_held"), [(RECORDS - 1, False), (RECORDS, False), (RECORDS + 1, True)])
async def test_one_record_more_than_allowed_holds_the_run(guarded: World, number: int, is_held: bool) -> None:
    """GRD-01, at the threshold −1, 0 and +1 (UB1)."""
    change(guarded, number)
    request = await guarded.sync("suppliers")
    assert (code_of(request) == "GRD-01") is is_held
    assert cities(guarded).count("Rimouski") == (0 if is_held else number)
    assert not is_held or [call["method"] for call in guarded.calls() if call["method"] != "GET"] == []


async def test_a_held_run_says_what_it_would_change_and_its_lines_are_let_go(guarded: World) -> None:
    change(guarded, 6)
    request = await guarded.sync("suppliers")
    assert request["state"] == "failed" and request["errors"] == 0
    assert request["problem"]["args"]["n"] == 6
    assert request["problem"]["args"]["request"] == str(request["number"])
    assert {line.symbol for line in guarded.lines("suppliers")} <= {"check", "dash"}
    assert [a.state for a in guarded.actions(request) if a.kind == "update"] == ["planned"] * 6


async def test_the_confirmed_run_sends_what_it_was_confirmed_for(guarded: World) -> None:
    change(guarded, 6)
    held = await guarded.sync("suppliers")
    guarded.commands.confirm(str(held["number"]), 6)
    done = await guarded.go_on(held["id"])
    assert (done["updated"], done["errors"], code_of(done)) == (6, 0, None)
    assert cities(guarded).count("Rimouski") == 6


async def test_a_run_that_grew_after_the_confirmation_asks_again(guarded: World) -> None:
    change(guarded, 6)
    held = await guarded.sync("suppliers")
    guarded.commands.confirm(held["id"])
    change(guarded, 7, "Matane")
    again = await guarded.go_on(held["id"])
    assert (code_of(again), again["problem"]["args"]["n"]) == ("GRD-01", 7)
    assert cities(guarded).count("Matane") == 0
    guarded.commands.confirm(held["id"], 7)
    assert (await guarded.go_on(held["id"]))["updated"] == 7


async def test_resuming_is_no_confirmation(guarded: World) -> None:
    change(guarded, 6)
    held = await guarded.sync("suppliers")
    assert code_of(await guarded.resume(held["id"])) == "GRD-01"
    assert cities(guarded).count("Rimouski") == 0


async def test_another_number_confirms_nothing(guarded: World) -> None:
    """GRD-03."""
    change(guarded, 6)
    held = await guarded.sync("suppliers")
    with pytest.raises(Refused) as refused:
        guarded.commands.confirm(held["id"], 5)
    assert refused.value.problem.code == "GRD-03"
    assert guarded.journal.request(held["id"])["state"] == "failed"


async def test_only_what_is_held_can_be_confirmed(guarded: World) -> None:
    """GRD-04."""
    change(guarded, 2)
    done = await guarded.sync("suppliers")
    with pytest.raises(Refused) as refused:
        guarded.commands.confirm(done["id"])
    assert refused.value.problem.code == "GRD-04"


async def test_the_first_synchronization_of_an_element_may_create_everything(world: World) -> None:
    world.commands.set("guard", True)
    world.commands.set("guard_records", RECORDS)
    done = await world.sync("suppliers")
    assert done["created"] > RECORDS and code_of(done) is None


@pytest.mark.parametrize(("number", "code"), [(RECORDS, None), (RECORDS + 1, "GRD-05")])
async def test_a_preview_is_never_held_and_says_that_the_run_would_be(
    guarded: World, number: int, code: str | None
) -> None:
    """GRD-05."""
    change(guarded, number)
    shown = await guarded.sync("suppliers", preview=True)
    assert (shown["updated"], shown["errors"]) == (number, 0)
    assert code_of(shown) == code
    assert code is None or shown["problem"]["args"]["n"] == number


async def test_switched_off_the_guard_lets_everything_go(guarded: World) -> None:
    guarded.commands.set("guard", False)
    change(guarded, 6)
    assert (await guarded.sync("suppliers"))["updated"] == 6


async def test_a_program_that_dies_while_a_run_is_held_sends_nothing_afterwards(guarded: World) -> None:
    change(guarded, 6)
    for step in ("plan", "end part", "finish"):
        assert code_of(await guarded.sync("suppliers", kill_at=step)) == "GRD-01"
    assert cities(guarded).count("Rimouski") == 0
