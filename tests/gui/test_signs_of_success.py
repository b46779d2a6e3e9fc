"""What says that a synchronization succeeded says the same everywhere: symbol, history and balloon (F038)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.gui.tray import Tray
from maestro_procore.model.status import Symbol
from tests.engine.world import World
from tests.gui.fakes import TrayIcon


async def run(folder: Path, province: str, tray: Tray) -> tuple[Symbol, str]:
    """A supplier that is in step gets this province and is synchronized: its symbol, and how its request ended."""
    world = World(folder)
    await world.sync("suppliers")
    tray.tell_ended(world.views.elements(), aloud=True)
    green = (line for line in world.lines("suppliers") if line.symbol is Symbol.CHECK and not line.problems)
    in_step = next(line for line in green if line.maestro["country"] == "CA")
    world.edit_maestro("suppliers", in_step.maestro_key, province=province, phone="418-555-0142")
    request = await world.sync("suppliers", keys=[in_step.maestro_key])
    tray.tell_ended(world.views.elements(), aloud=True)
    symbol = world.line("suppliers", in_step.maestro_key).symbol
    await world.close()
    return symbol, request["state"]


@pytest.mark.parametrize(
    ("province", "symbol", "state", "title"),
    [
        ("QC", Symbol.CHECK, "done", "Suppliers: synchronized"),
        ("XX", Symbol.CROSS, "failed", "Suppliers: not everything was synchronized"),
    ],
    ids=["accepted", "refused"],
)
def test_f038_the_green_check_the_history_and_the_balloon_agree(
    qapp: Any, tmp_path: Path, province: str, symbol: Symbol, state: str, title: str
) -> None:
    tray = Tray(make_icon=TrayIcon, is_available=lambda: True)
    tray.start()
    found = asyncio.run(run(tmp_path, province, tray))
    assert found == (symbol, state)
    assert [said for said, _ in tray.icon.said] == [title]  # type: ignore[attr-defined]
