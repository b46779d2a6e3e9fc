"""Fixtures of the engine's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The small training company, nothing synchronized yet."""
    made = World(tmp_path)
    yield made
    await made.close()
