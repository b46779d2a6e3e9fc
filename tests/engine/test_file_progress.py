"""How far a run of files says that it is: between both servers of the sandbox, tool after tool."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.engine import file_sync
from maestro_procore.procore.file_store import ProcoreStore
from tests.engine.sandbox_files import SandboxWorld


async def test_f104_the_share_done_counts_tools_whose_turn_comes_later_and_never_falls(
    between: SandboxWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An approved plan of Documents and Photos: the whole of it from the first file on."""
    world = between
    for number in range(5):
        world.in_procore(f"P{number}.pdf", f"of Procore {number}")
        world.servers.tell(
            "state/images",
            {"project_id": world.procore_id, "filename": f"IMG_{number}.jpg", "content": f"photo {number}"},
        )
    await world.run(await world.add(("documents", "photos")))
    fetch, show = ProcoreStore._fetch, file_sync._show_progress
    shown: list[tuple[Any, Any]] = []
    told: list[tuple[int, int]] = []

    def noted(doors: Any, run: Any) -> None:
        shown.append((doors, run))
        show(doors, run)

    async def looked_at(store: ProcoreStore, url: str, into: Path) -> None:
        await fetch(store, url, into)
        await asyncio.to_thread(show, *shown[-1])
        row = world.journal.request(shown[-1][1].request["id"])
        told.append((row["progress_done"], row["progress_total"]))

    monkeypatch.setattr(file_sync, "_show_progress", noted)
    monkeypatch.setattr(ProcoreStore, "_fetch", looked_at)
    said = await world.run(world.commands.approve(1))
    assert (said["state"], said["progress_done"]) == ("done", said["progress_total"])
    assert len(told) == 10
    assert {total for _, total in told} == {said["progress_total"]}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
