"""What the window works with: screens to read, buttons to press, and the work that runs behind it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from maestro_procore.engine.commands import Commands, Rights
from maestro_procore.engine.file_choosing import FileChoosing
from maestro_procore.engine.file_reports import FileReports
from maestro_procore.engine.file_versions import FileVersions
from maestro_procore.ports import CompanyFacts


class EngineRunner(Protocol):
    """Runs the engine until it is told to stop; knows no window."""

    async def run(self, stop: asyncio.Event) -> None:
        """Returns soon after `stop` is set; what was under way continues at the next start."""
        ...


@dataclass(frozen=True)
class Desk:
    """Made by wiring; `close` gives everything back."""

    views: Any
    """store.views.Views: the engine's room does not know the store's."""
    commands: Commands
    runner: Callable[[], EngineRunner]
    facts: CompanyFacts
    user: str
    rights: Rights
    environment: str
    """production · sandbox · training"""
    versions: FileVersions
    """Which contents of one file both services keep."""
    choosing: FileChoosing
    """Questions of whoever adds a project of Documents."""
    close: Callable[[], None]
    reports: FileReports
    support: Callable[[Path], Sequence[str]]
    """Writes the support bundle into that file; what stands in it. Errors: Refused (DOC-37)."""
