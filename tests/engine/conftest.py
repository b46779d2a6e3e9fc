"""Fixtures of the engine's tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.engine.sandbox_files import SandboxWorld, Servers, both_servers
from tests.engine.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The small training company, nothing synchronized yet."""
    made = World(tmp_path)
    yield made
    await made.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Both servers of the sandbox, one pair for a file of tests."""
    with both_servers() as made:
        yield made
        made.http.close()


@pytest.fixture
async def between(servers: Servers, tmp_path: Path) -> AsyncIterator[SandboxWorld]:
    """A project between them, with a journal of its own; faults that a test planted go with it."""
    made = SandboxWorld(servers, tmp_path)
    yield made
    await made.close()
    made.database.close()
    servers.http.delete("faults")
