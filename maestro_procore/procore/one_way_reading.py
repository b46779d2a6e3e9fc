"""What all tools that are only copied have in common: whole lists, and records as folders with files in them.

What one tool reads is a row of one_way.py; who follows the rows is one_way_records.py and one_way_days.py.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.model.file_items import FileItem
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row
from maestro_procore.procore.file_calls import ProcoreFiles
from maestro_procore.procore.file_rows import moment
from maestro_procore.procore.resources import Parameters, Resource

MOST_READINGS: Final = 3
"""How often a list is read again that people changed under our hands (F15)."""
LONGEST_NAME: Final = 80
"""Letters of a folder: its PDF repeats them, and the drive allows 400 for the whole path."""
LONGEST_OF_DAY: Final = 200
"""Letters of what is attached to a day, whose folder is short."""

PASSING: Final = frozenset({"attachments", "permissions", "url", "share_url", "viewable_url", "thumbnail_url", "link"})
"""Fields that change without anybody having changed the record: addresses are signed anew for each answer."""


class Fetch(NamedTuple):
    """The content lies at an address of the latest listing."""

    url: str


class Render(NamedTuple):
    """We make it: a PDF of these records. title: of the document, unless it is of a day; parts: word of a heading, ""
    for none, and the records below it."""

    title: str
    day: date | None
    parts: tuple[tuple[str, tuple[Row, ...]], ...]


class Route(NamedTuple):
    """Procore makes the content when it is asked for. says_where: it answers with an address."""

    of: Resource
    path: str
    says_where: bool
    instead: Render
    """What our own PDF is made of where Procore has none for this record."""


Content = Fetch | Route | Render


class Entry(NamedTuple):
    """A file, or a folder (content None)."""

    item: FileItem
    content: Content | None = None


@dataclass
class Listing:
    """One reading of a tool. kept: ids of folders that are as they were known, with what is in them.

    is_outside: known ids that this reading did not look at.
    """

    entries: list[Entry] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    is_outside: Callable[[str], bool] = lambda item_id: False


class OneWaySource(ABC):
    """Reads one tool of one project. Raises CallFailed, FileCallFailed."""

    def __init__(self, name: str, calls: ProcoreFiles, project_id: int) -> None:
        self.name, self._calls, self._project_id = name, calls, project_id
        self.made = 0
        """Calls so far."""

    @property
    def root_id(self) -> str:
        return self.name

    @property
    def _place(self) -> dict[str, str]:
        return {"project_id": str(self._project_id)}

    @abstractmethod
    async def listing(self, known: Mapping[str, FileItem], *, is_whole: bool) -> Listing:
        """Everything there is. known: what the reading before saw; a folder with the same tag is not opened again."""

    @abstractmethod
    async def look(self) -> None:
        """One call that is refused when the tool is switched off, or when the account may not see it."""

    @abstractmethod
    async def contents(self, item: FileItem) -> Sequence[Entry]:
        """A file anew, perhaps with its neighbours. Empty when it is not there any more."""

    def number_of(self, item: FileItem) -> int | None:
        """Procore's number of the record that an item is; None for what is no record of its own."""
        return None

    async def is_there(self, item: FileItem) -> bool:
        """Whether the record of an item that has a number is still to be had: one call."""
        raise NotImplementedError

    async def rows(
        self, of: Resource, more: Parameters = (), place: Mapping[str, str] | None = None, group: str = ""
    ) -> list[Row]:
        """A whole list, read again when it changed meanwhile. group: field under which its rows hold the records."""
        found: list[Row] = []
        for _ in range(MOST_READINGS):
            found, total, number, has_next = [], None, 1, True
            while has_next:
                page = await self._calls.list_page(of, number, {**self._place, **(place or {})}, more)
                self.made += 1
                total = page.total if page.total is not None else total
                found += [each for row in page.rows for each in row.get(group) or ()] if group else page.rows
                number, has_next = number + 1, page.has_next
            if total is None or len(found) >= total or group:
                return found
        told = Problem("SRV-16", {"text": f"{of.name}: {len(found)} < {total}"})
        raise FileCallFailed(FileTrouble.AGAIN, told)

    async def record(self, of: Resource, record_id: int) -> Row:
        self.made += 1
        return await self._calls.one_record(of, record_id, self._place)


def fingerprint(*rows: object) -> str:
    """Changes when somebody changed the records: of their content, without what each answer says anew."""
    return hashlib.sha256(orjson.dumps([_lasting(row) for row in rows], option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def _lasting(value: object) -> object:
    if isinstance(value, Mapping):
        ids = [str(each.get("id")) for each in value.get("attachments") or () if isinstance(each, Mapping)]
        kept = {str(key): _lasting(inner) for key, inner in value.items() if key not in PASSING}
        return {**kept, "attachments": ids}
    if isinstance(value, list | tuple):
        return [_lasting(each) for each in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def attached(rows: Iterable[object]) -> Iterator[Row]:
    """Every attachment of the records, also those of their questions and answers, each once."""
    seen: set[object] = set()
    for row in _all_attached(rows):
        if row.get("id") is not None and row.get("url") and row["id"] not in seen:
            seen.add(row["id"])
            yield row


def _all_attached(values: Iterable[object]) -> Iterator[Row]:
    for value in values:
        if isinstance(value, Mapping):
            yield from (each for each in value.get("attachments") or () if isinstance(each, dict))
            yield from _all_attached(inner for key, inner in value.items() if key != "attachments")
        elif isinstance(value, list):
            yield from _all_attached(value)


def attachment_entries(folder_id: str, rows: Iterable[object], longest: int = LONGEST_NAME) -> list[Entry]:
    """What is attached never changes its content: another content is another attachment. longest: letters of names."""
    return [
        Entry(
            FileItem(
                f"{folder_id}/a{row['id']}",
                folder_id,
                name_of(str(row.get("filename") or row.get("name") or row["id"]), is_file=True, longest=longest),
                False,
                version=str(row["id"]),
            ),
            Fetch(str(row["url"])),
        )
        for row in attached(rows)
    ]


def name_of(text: str, *, is_file: bool = False, longest: int = LONGEST_NAME) -> str:
    """One line, not too long; the ending of a file is kept. Path separators are the name mapping's business."""
    plain = "".join(each if each.isprintable() else " " for each in text).strip() if is_file else " ".join(text.split())
    if len(plain) <= longest:
        return plain or "–"
    ending = Path(plain).suffix if is_file else ""
    ending = ending if len(ending) <= 8 else ""
    return plain[: longest - len(ending)].rstrip() + ending


def first_of(row: Row, fields: Iterable[str]) -> str:
    """The first of these fields that says something."""
    return next((str(row[name]) for name in fields if row.get(name) not in (None, "")), "")


def file_of(item_id: str, folder_id: str, name: str, version: str, row: Mapping[str, Any], size: int = 0) -> FileItem:
    """A file whose content belongs to a record; size 0 where Procore does not say."""
    return FileItem(item_id, folder_id, name, False, size, moment(row.get("updated_at")), version)
