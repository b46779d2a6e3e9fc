"""Tools with records, a folder each, and tools with sheets, a file each: by the rows of one_way.py."""

from collections.abc import Mapping, Sequence
from typing import Final

from maestro_procore.model.file_items import FileItem, Waiting
from maestro_procore.ports import Row
from maestro_procore.procore.file_calls import ProcoreFiles
from maestro_procore.procore.one_way import Records, Sheets
from maestro_procore.procore.one_way_reading import (
    Content,
    Entry,
    Fetch,
    Listing,
    OneWaySource,
    Render,
    Route,
    attachment_entries,
    file_of,
    fingerprint,
    first_of,
    name_of,
)

PRIVATE: Final = ("private", "personal")
"""Fields that say that only some people may see a record; observations say personal."""
NUMBER_OF_GROUP: Final = ("number",)
TITLE_OF_GROUP: Final = ("name", "description", "title")


class RecordSource(OneWaySource):
    """A record is opened only when it is new or its list says that it changed: one call for a list that stayed."""

    def __init__(self, tool: Records, calls: ProcoreFiles, project_id: int, *, copies_private: bool = False) -> None:
        super().__init__(tool.name, calls, project_id)
        self._tool, self._copies_private = tool, copies_private

    async def listing(self, known: Mapping[str, FileItem], *, is_whole: bool) -> Listing:
        """One call a page, and one for each record that has to be opened."""
        listing = Listing()
        for row in await self.rows(self._tool.list, group=self._tool.group):
            if row.get("deleted") or row.get("deleted_at"):
                continue
            if not self._copies_private and any(row.get(word) for word in PRIVATE):
                listing.entries.append(Entry(self._private(row)))
                continue
            folder = self._folder(row)
            if known.get(folder.id) == folder:
                listing.kept.add(folder.id)
                continue
            listing.entries += [Entry(folder), *self._files(folder, await self._opened(row))]
        return listing

    def number_of(self, item: FileItem) -> int | None:
        return _number(item.id.removesuffix("-private")) if item.is_folder else None

    async def is_there(self, item: FileItem) -> bool:
        row = await self.record(self._tool.list, self.number_of(item) or 0)
        return not (row.get("deleted") or row.get("deleted_at"))

    async def look(self) -> None:
        """The first page of the list."""
        await self._calls.list_page(self._tool.list, 1, self._place)

    async def contents(self, item: FileItem) -> Sequence[Entry]:
        """The record as it is now, with all its files: one call."""
        folder_id = item.id.partition("/")[0]
        row = await self.record(self._tool.list, int(folder_id.rpartition("-")[2]))
        folder = self._folder(row)
        return self._files(folder._replace(tag=item.version if self._is_same(item, row) else folder.tag), row)

    async def _opened(self, row: Row) -> Row:
        return row if self._tool.is_listed_whole else await self.record(self._tool.list, row["id"])

    def _is_same(self, item: FileItem, row: Row) -> bool:
        return not row.get("updated_at") or str(row["updated_at"]) == item.version

    def _private(self, row: Row) -> FileItem:
        """Stands in the report by its number alone. Its id is another one than that of its copy, if there was one:
        what becomes private leaves the drive, and comes back when it is not any more."""
        name = name_of(f"{self._tool.word} {first_of(row, self._tool.number)}".strip())
        return FileItem(f"{self.name}-{row['id']}-private", self.root_id, name, True, waiting=Waiting.PRIVATE)

    def _folder(self, row: Row) -> FileItem:
        number = first_of(row, self._tool.number)
        parts = (f"{self._tool.word} {number}".strip(), first_of(row, self._tool.title))
        name = name_of(" – ".join(part for part in parts if part))
        tag = str(row.get("updated_at") or fingerprint(row))
        return FileItem(f"{self.name}-{row['id']}", self.root_id, name, True, tag=tag)

    def _files(self, folder: FileItem, row: Row) -> list[Entry]:
        """Its PDF, whose version is that of the record, and what is attached."""
        pdf = file_of(f"{folder.id}/pdf", folder.id, f"{folder.name}.pdf", folder.tag, row)
        ours = Render(folder.name, None, (("", (row,)),))
        path = self._tool.pdf.format(project_id=self._project_id, id=row["id"])
        content: Content = Route(self._tool.list, path, self._tool.pdf_says_where, ours) if path else ours
        return [Entry(pdf, content), *attachment_entries(folder.id, [row])]


class SheetSource(OneWaySource):
    """Drawings and specifications: of each the newest revision, as a file that gets a version with the next one."""

    def __init__(self, tool: Sheets, calls: ProcoreFiles, project_id: int) -> None:
        super().__init__(tool.name, calls, project_id)
        self._tool = tool

    async def listing(self, known: Mapping[str, FileItem], *, is_whole: bool) -> Listing:
        """One call a page; where the list is asked for group by group, one for each, and one for the groups."""
        shelves: dict[str, FileItem] = {}
        newest: dict[object, tuple[str, Row]] = {}
        for shelf, row in await self._shelved():
            thing = row.get(self._tool.thing) or row["id"]
            if row.get("obsolete") or row.get("current") is False or not row.get(self._tool.url):
                continue
            if thing not in newest or _age(row) > _age(newest[thing][1]):
                shelves.setdefault(shelf.id, shelf)
                newest[thing] = (shelf.id, row)
        used = {shelf_id for shelf_id, _ in newest.values()}
        folders = [Entry(shelf) for shelf in shelves.values() if shelf.id in used - {self.root_id}]
        return Listing([*folders, *(self._file(thing, *found) for thing, found in newest.items())])

    def number_of(self, item: FileItem) -> int | None:
        return None if item.is_folder else _number(item.version)

    async def is_there(self, item: FileItem) -> bool:
        row = await self.record(self._tool.list, self.number_of(item) or 0)
        return not (row.get("obsolete") or row.get("current") is False)

    async def look(self) -> None:
        """The first page of the list, or of the groups where it is asked for group by group."""
        await self._calls.list_page(self._tool.groups or self._tool.list, 1, self._place)

    async def contents(self, item: FileItem) -> Sequence[Entry]:
        """The revision that the file was seen with: one call."""
        row = await self.record(self._tool.list, int(item.version))
        url = str(row.get(self._tool.url) or "")
        return [Entry(item, Fetch(url))] if url else []

    async def _shelved(self) -> list[tuple[FileItem, Row]]:
        tool = self._tool
        if tool.groups is None:
            return [(self._shelf(row.get(tool.shelf) or {}), row) for row in await self.rows(tool.list)]
        found: list[tuple[FileItem, Row]] = []
        for group in await self.rows(tool.groups):
            place = {tool.by: str(group["id"])}
            found += [(self._shelf(group), row) for row in await self.rows(tool.list, place=place)]
        return found

    def _shelf(self, group: Row) -> FileItem:
        if group.get("id") is None:
            return FileItem(self.root_id, "", "", True)
        parts = (first_of(group, NUMBER_OF_GROUP), first_of(group, TITLE_OF_GROUP))
        name = name_of(" – ".join(part for part in parts if part))
        return FileItem(f"{self.name}-g{group['id']}", self.root_id, name, True)

    def _file(self, thing: object, shelf_id: str, row: Row) -> Entry:
        tool = self._tool
        name = name_of(
            " ".join(part for part in (str(row.get(each) or "") for each in (tool.number, tool.title)) if part)
        )
        size = int(row.get(tool.size) or 0) if tool.size else 0
        item = file_of(f"{self.name}-{thing}", shelf_id, f"{name}.pdf", str(row["id"]), row, size)
        return Entry(item, Fetch(str(row[tool.url])))


def _number(words: str) -> int | None:
    digits = words.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else None


def _age(row: Row) -> tuple[str, int]:
    return (str(row.get("issued_date") or row.get("drawing_date") or ""), int(row["id"]))
