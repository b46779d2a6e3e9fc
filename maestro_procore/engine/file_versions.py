"""Which contents of one file both services keep, since when and by whom: the original author stands there (F211).

Only questions, asked when somebody looks; nothing of the answer is kept. Bringing one back is file_restoring.py.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.file_ports import FileCallFailed, FileStore, FileTrouble
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Row

Stores = Callable[[Row, Row], AbstractAsyncContextManager[Mapping[FileSide, FileStore]]]


@dataclass(frozen=True)
class KeptVersion:
    """One content of a file on one side. by: as the service calls the author; '' where it does not say."""

    side: FileSide
    id: str
    is_present: bool
    size_bytes: int | None
    at: datetime | None
    by: str


@dataclass(frozen=True)
class FileVersions:
    """stores: of a project and one of its pairs, with connections for this question only."""

    journal: FileJournal
    stores: Stores

    async def of(self, project_id: int, tool: str, ids: Mapping[FileSide, str]) -> list[KeptVersion]:
        """Procore's first, each side newest first. ids: of the item on each side, where it is there.

        Raises Refused: DOC-16 without such a project, and what a service answers.
        """
        project, pair = found(self.journal, project_id, tool)
        rows: list[KeptVersion] = []
        try:
            async with self.stores(project, pair) as stores:
                for side in FileSide:
                    rows += await self._of_side(stores[side], side, ids.get(side, ""))
        except FileCallFailed as failed:
            raise Refused(failed.problem) from failed
        return rows

    @staticmethod
    async def _of_side(store: FileStore, side: FileSide, item_id: str) -> list[KeptVersion]:
        if not item_id:
            return []
        try:
            versions = await store.versions(item_id)
        except FileCallFailed as failed:
            if failed.trouble is FileTrouble.GONE:
                return []
            raise
        return [
            KeptVersion(side, each.id, place == 0, each.size_bytes, each.modified_at, each.modified_by)
            for place, each in enumerate(versions)
        ]


def found(journal: FileJournal, project_id: int, tool: str) -> tuple[Row, Row]:
    """A project and its pair of that tool. Raises Refused (DOC-16)."""
    project = journal.file_project(project_id)
    pair = next((each for each in project["pairs"] if each["tool"] == tool), None) if project is not None else None
    if project is None or pair is None:
        raise Refused(Problem("DOC-16", {"id": project_id}))
    return project, pair


def ids_of(saw: Mapping[str, object]) -> dict[FileSide, str]:
    """The item of a step on both sides, from what its row says that was seen and agreed."""
    found_ids: dict[FileSide, str] = {}
    for side in FileSide:
        for place, key in (("wrote", f"{side.value}_id"), ("agreed", f"{side.value}_id"), (side.value, "id")):
            held = saw.get(place)
            if isinstance(held, Mapping) and held.get(key):
                found_ids.setdefault(side, str(held[key]))
    return found_ids
