"""Worlds that begin where others have come to: lived through once in a process, then copied for each test.

A first synchronization takes seconds of processor time, and dozens of tests begin after the same one.
"""

import atexit
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.engine.world import Beginning, World

_kept: dict[str, Beginning] = {}


async def world_after(folder: Path, live: Callable[[World], Awaitable[Any]], **options: Any) -> World:
    """A world of its own in which `live` has happened, as far as both sides and the journal remember it.

    live: a function of a module, known by its name. options: of the sandbox. The log of calls is empty.
    """
    name = f"{live.__module__}.{live.__qualname__} {sorted(options.items())}"
    if name not in _kept:
        _kept[name] = await _lived(live, options)
    return World(folder, beginning=_kept[name], **options)


async def _lived(live: Callable[[World], Awaitable[Any]], options: dict[str, Any]) -> Beginning:
    folder = Path(tempfile.mkdtemp(prefix="beginning-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    world = World(folder, **options)
    await live(world)
    kept = world.sandbox.world
    rows = {name: list(collection) for name, collection in kept._collections.items()}
    ahead = world.sandbox.clock.advanced_seconds
    await world.close()
    return Beginning(folder, rows, kept._next_id, ahead)
