"""The Photos tool of one project: albums, one level deep, and the images in them (procore-api.md §7.3).

An image has one content for ever and keeps the name that it came with: another content is another image.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from maestro_procore.file_ports import NO_DATES, Changes, Dates, FileTrouble, FileVersion, Resumption, Scope
from maestro_procore.model.file_items import FileItem, Gone
from maestro_procore.ports import Row
from maestro_procore.procore.file_calls import ALBUMS, IMAGES, Collection
from maestro_procore.procore.file_rows import (
    PHOTOS_ROOT,
    album_item,
    image_item,
    is_folder_id,
    moment,
    number_of,
)
from maestro_procore.procore.file_store import ProcoreStore, changes_of, in_file_words, refused
from maestro_procore.procore.sound_rows import of_sound_rows


@of_sound_rows
class PhotosStore(ProcoreStore):
    """Two lists a look: albums, which cannot be filtered, and images."""

    tool = "Photos"

    async def root(self) -> FileItem:
        """Photos has none of its own."""
        return FileItem(PHOTOS_ROOT, "", "", True)

    async def changes(self, cursor: str | None, scope: Scope) -> Changes:
        """Albums that are missing from their whole list are gone; of images only a whole reading tells."""
        async with in_file_words():
            albums, begun_at, calls = await self._all_pages("image-categories", None)
            images, _, more = await self._all_pages("images", moment(cursor))
        items = {album.id: album for album in map(album_item, albums)}
        gone: dict[str, Gone] = {}
        for row in images:
            item = image_item(row)
            if row.get("permanently_deleted") or row.get("deleted_at"):
                gone[item.id] = Gone.BIN
                continue
            items[item.id] = item
            self._learn_url(item, self._url_of(row))
        return changes_of(items, gone, await self.root(), cursor, begun_at, calls + more, self._clock.now())

    async def children(self, parent_id: str) -> Sequence[FileItem]:
        """Out of the list of all albums or all images: one call for 2,000 of them."""
        async with in_file_words():
            rows, _, _ = await self._all_pages("image-categories" if parent_id == PHOTOS_ROOT else "images", None)
        items = [album_item(row) for row in rows] if parent_id == PHOTOS_ROOT else _images(rows)
        return [item for item in items if item.parent_id == parent_id]

    async def upload(
        self,
        parent_id: str,
        name: str,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        """A new image. Procore reads the day it was taken from the image itself."""
        return await self._upload(parent_id, name, content, tried_at, {})

    async def _upload(self, parent_id: str, name: str, content: Path, tried_at: datetime | None, kept: Row) -> FileItem:
        """kept: what people wrote about the image that this one replaces."""
        fields: Row = {"image_name": name, **kept}
        if parent_id != PHOTOS_ROOT:
            fields["image_category_id"] = number_of(parent_id)
        row = await self._send(IMAGES, parent_id, name, fields, content, tried_at)
        return image_item(row)

    async def new_version(
        self,
        seen: FileItem,
        content: Path,
        *,
        dates: Dates = NO_DATES,
        resume: Resumption | None = None,
        tried_at: datetime | None = None,
    ) -> FileItem:
        """Another image of the same name in the same album; the one before goes into the recycle bin after it.

        Description and place, and who may see it, are those of the one before (F186).
        """
        before = await self._show(seen.id)
        self._check(seen, before)
        made = await self._upload(seen.parent_id, seen.name, content, tried_at, _told_of(before))
        if made.id != seen.id:
            await self.delete(seen)
        return made

    async def create_folder(self, parent_id: str, name: str) -> FileItem:
        """An album; the one that stands there when there is one, as Procore would make a second of that name."""
        if parent_id != PHOTOS_ROOT:
            refused(FileTrouble.REFUSED, "DOC-05", name=name)
        there = await self.child(PHOTOS_ROOT, name)
        if there is not None:
            return there
        async with in_file_words():
            return album_item(await self._calls.make(ALBUMS, self._project_id, {"name": name}))

    async def rename_or_move(
        self, seen: FileItem, *, name: str, parent_id: str, tried_at: datetime | None = None
    ) -> FileItem:
        """Albums are renamed, images moved between albums. Safe to repeat."""
        if seen.is_folder:
            if parent_id != PHOTOS_ROOT:
                refused(FileTrouble.REFUSED, "DOC-05", name=name)
            fields: Row = {"name": name}
        else:
            if name != seen.name:
                refused(FileTrouble.REFUSED, "DOC-06", name=seen.name, wanted=name)
            fields = {"image_category_id": None if parent_id == PHOTOS_ROOT else number_of(parent_id)}
        async with in_file_words():
            row = await self._calls.change(self._collection(seen.id), self._project_id, number_of(seen.id), fields)
        return self._item_of(seen.id, row)

    async def delete(self, seen: FileItem) -> None:
        """Into the recycle bin; of an album each image first, as what becomes of them with it is not documented."""
        if seen.is_folder:
            for image in await self.children(seen.id):
                await super().delete(image)
        await super().delete(seen)

    async def undelete(self, item_id: str, *, name: str, parent_id: str) -> FileItem:
        """Nothing is documented that takes an image out of the recycle bin of Photos."""
        refused(FileTrouble.REFUSED, "BCK-12", name=name)

    async def versions(self, item_id: str) -> Sequence[FileVersion]:
        """There are none."""
        return ()

    async def download_version(self, item_id: str, version_id: str, into: Path) -> None:
        """There are none: GONE."""
        refused(FileTrouble.GONE, "DOC-04", name=item_id)

    async def restore_version(self, seen: FileItem, version_id: str) -> FileItem:
        """There are none: GONE."""
        refused(FileTrouble.GONE, "DOC-04", name=seen.name)

    def _collection(self, item_id: str) -> Collection:
        return ALBUMS if is_folder_id(item_id) else IMAGES

    def _item_of(self, item_id: str, row: Row) -> FileItem:
        return album_item(row) if is_folder_id(item_id) else image_item(row)

    def _url_of(self, row: Row) -> str:
        return str(row.get("url") or "")


_ABOUT: Final = ("description", "private")
"""What a new image takes as its show answer gives it; the day it was taken stands in the image itself."""


def _told_of(row: Row) -> Row:
    """What people wrote about an image, as a new one takes it."""
    told = {name: row[name] for name in _ABOUT if row.get(name)}
    place = row.get("location")
    return {**told, "location_id": place["id"]} if isinstance(place, dict) and place.get("id") else told


def _images(rows: Sequence[Row]) -> list[FileItem]:
    return [image_item(row) for row in rows if not row.get("permanently_deleted")]
