"""Procore's Documents and Photos as calls: make, change, delete, send up, fetch. Rows as Procore writes them.

What they mean as files and folders is file_side.py. Source: reference procore-api.md §§7.1–7.3.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from maestro_procore.file_ports import count_call
from maestro_procore.model.problems import Problem
from maestro_procore.model.rate_headers import server_time
from maestro_procore.ports import CallFailed, Page, Place, Row, Trouble
from maestro_procore.procore.answers import Asked
from maestro_procore.procore.bodies import Body, FileForm
from maestro_procore.procore.client import read_object
from maestro_procore.procore.downloads import Downloads, size_of
from maestro_procore.procore.paging import has_next_page, total_rows
from maestro_procore.procore.resources import Parameters, Resource, one_address, page_address
from maestro_procore.procore.sync_actions import reader_of_list

V1: Final = "/rest/v1.0"


@dataclass(frozen=True)
class Collection:
    """One kind of thing that is made, changed and deleted one by one. wrapper: the word around its fields in a body.

    content: name of the part that carries a file's bytes, "" for what has none. name: field that holds its name.
    """

    path: str
    tool: str
    wrapper: str
    content: str = ""
    name: str = "name"
    parent: str = "parent_id"


FOLDERS: Final = Collection(f"{V1}/folders", "Documents", "folder")
FILES: Final = Collection(f"{V1}/files", "Documents", "file", content="data")
ALBUMS: Final = Collection(f"{V1}/image_categories", "Photos", "image_category", parent="")
IMAGES: Final = Collection(
    f"{V1}/images", "Photos", "image", content="data", name="image_name", parent="image_category_id"
)
OUTSIDE: Final = frozenset({"image_name", "upload_uuid"})
"""Fields of an image that stand beside its wrapper (§7.3); those of a file all stand inside."""
TRIED_WITH: Final = 1_000_000
"""Bytes: what is larger goes in two calls until a smaller file has found out, so that no gigabyte goes twice."""


class ProcoreFiles(Downloads):
    """The connection, with what Documents and Photos need beside the lists. Raises CallFailed like all of it.

    Whether a file may travel inside the call that makes it is documented as deprecated: tried once, remembered.
    """

    takes_content: bool | None = None
    """None: nobody has tried yet."""
    takes_attachments: bool | None = None
    """The same for files that come with a record of the Daily Log."""

    def _count(self) -> None:
        super()._count()
        count_call()

    @cached_property
    def _probing(self) -> asyncio.Lock:
        return asyncio.Lock()

    async def show(self, of: Collection, project_id: int, record_id: int) -> Row:
        """One folder, file, album or image."""
        return await self._say("GET", of, project_id, record_id)

    async def list_page(self, of: Resource, page: int, place: Place, more: Parameters = ()) -> Page:
        """One page of a list that is only copied. more: parameters beside those of its row, such as dates."""
        wanted = page_address(of, self._here(of, place), page, None, self._clock.now())
        asked = self._asked("GET", wanted.path, of, place)
        rows, answer, call = await self.ask(asked, reader_of_list(of), query=(*wanted.query, *more))
        more_follow = has_next_page(answer.headers, page, len(rows), of.page_size)
        return Page(rows, total_rows(answer.headers), more_follow, of.page_size, server_time(answer.headers), call)

    async def one_record(self, of: Resource, record_id: int, place: Place) -> Row:
        """One record of such a list, with everything that its list leaves out."""
        wanted = one_address(of, self._here(of, place), record_id)
        asked = self._asked("GET", wanted.path, of, place, is_of_one=True)
        row, _answer, _call = await self.ask(asked, read_object, query=wanted.query)
        return row

    async def fetch_route(self, of: Resource, path: str, into: Path, project_id: int) -> None:
        """The file that one of the API's own routes redirects to: a PDF of a record."""
        await self.fetch(self._connection.api + path, into, of.tool, project_id)

    async def where_route_says(self, of: Resource, path: str, project_id: int) -> str:
        """The address of a PDF, of a route that answers with it. "" when it says none."""
        asked = self._asked_of("GET", path, of.tool, project_id, is_of_one=True)
        row, _answer, _call = await self.ask(asked, read_object, query=(("project_id", str(project_id)),))
        return str(row.get("pdf_url") or row.get("url") or "")

    async def root_folder(self, project_id: int) -> Row:
        """The folder that holds a project's documents."""
        asked = self._asked_of("GET", FOLDERS.path, FOLDERS.tool, project_id)
        query = (("project_id", str(project_id)), ("exclude_folders", "true"), ("exclude_files", "true"))
        row, _answer, _call = await self.ask(asked, read_object, query=query)
        return row

    async def make(self, of: Collection, project_id: int, fields: Mapping[str, Any]) -> Row:
        """A new folder or album. fields: as Procore names them."""
        return await self._say("POST", of, project_id, None, _json(of, fields))

    async def change(self, of: Collection, project_id: int, record_id: int, fields: Mapping[str, Any]) -> Row:
        """Renames, moves, describes: one call, also for a folder with everything in it."""
        return await self._say("PATCH", of, project_id, record_id, _json(of, fields))

    async def remove(self, of: Collection, project_id: int, record_id: int) -> None:
        """Into the recycle bin, a folder with everything in it."""
        await self._say("DELETE", of, project_id, record_id)

    async def send_up(
        self, of: Collection, project_id: int, fields: Mapping[str, Any], content: Path, record_id: int | None = None
    ) -> Row:
        """A new file or image, or (record_id) a new version of one. fields: its name among them, also for a version."""
        size_bytes = await asyncio.to_thread(size_of, content)
        send = partial(self._send_up, of, project_id, fields, content, size_bytes, record_id)
        if self.takes_content is None and size_bytes <= TRIED_WITH:
            async with self._probing:  # four files that all find out would waste three calls
                if self.takes_content is None:
                    return await send()
        return await send()

    async def _send_up(
        self,
        of: Collection,
        project_id: int,
        fields: Mapping[str, Any],
        content: Path,
        size_bytes: int,
        record_id: int | None,
    ) -> Row:
        method = "POST" if record_id is None else "PATCH"
        name = str(fields[of.name])
        refused: CallFailed | None = None
        if self.takes_content or (self.takes_content is None and size_bytes <= TRIED_WITH):
            try:
                form = FileForm(_flat(of, fields), f"{of.wrapper}[{of.content}]", name, content, size_bytes)
                row = await self._say(method, of, project_id, record_id, form)
                self.takes_content = True
                return row
            except CallFailed as failed:
                if self.takes_content or not _may_be_the_form(failed):
                    raise
                refused = failed
        uuid = await self._upload(of, project_id, name, content)
        try:
            row = await self._say(method, of, project_id, record_id, _json(of, {**fields, "upload_uuid": uuid}))
        except CallFailed as failed:
            raise _which(refused, failed) from None
        if refused is not None:
            self.takes_content = False
        return row

    async def attach(self, of: Collection, project_id: int, fields: Mapping[str, Any], name: str, content: Path) -> Row:
        """A new record with one file attached."""
        refused: CallFailed | None = None
        if self.takes_attachments is not False:
            try:
                size_bytes = await asyncio.to_thread(size_of, content)
                form = FileForm(_flat(of, fields), of.content, name, content, size_bytes)
                row = await self._say("POST", of, project_id, None, form)
                self.takes_attachments = True
                return row
            except CallFailed as failed:
                if self.takes_attachments or not _may_be_the_form(failed):
                    raise
                refused = failed
        uuid = await self._upload(of, project_id, name, content)
        try:
            row = await self._say("POST", of, project_id, None, _json(of, {**fields, "upload_ids": [uuid]}))
        except CallFailed as failed:
            raise _which(refused, failed) from None
        self.takes_attachments = False
        return row

    async def _upload(self, of: Collection, project_id: int, name: str, content: Path) -> str:
        """The content goes to Procore's storage first, which the call limit does not count (§7.2)."""
        address = f"/rest/v1.1/projects/{project_id}/uploads"
        wanted = orjson.dumps({"response_filename": name, "response_content_type": "application/octet-stream"})
        asked = self._asked_of("POST", address, of.tool, project_id)
        place, _answer, call = await self.ask(asked, read_object, body=wanted)
        url, uuid, fields = place.get("url"), place.get("uuid"), place.get("fields")
        if not (isinstance(url, str) and isinstance(uuid, str) and isinstance(fields, dict)):
            raise CallFailed(Trouble.AGAIN, Problem("SRV-16", {"text": f"POST {address}"}), call=call)
        self.refuse_unsafe(url)
        size_bytes = await asyncio.to_thread(size_of, content)
        form = FileForm({str(key): str(value) for key, value in fields.items()}, "file", name, content, size_bytes)
        # The address carries its own permission: the token stays here (S5).
        sent = Asked("POST", url, urlsplit(url).path, of.tool, api="storage")
        answer = await self._send(sent, {}, (), form)
        if not 200 <= answer.status < 300:
            raise CallFailed(Trouble.AGAIN, Problem("SRV-24", {"status": answer.status}))
        return uuid

    async def _say(self, method: str, of: Collection, project_id: int, record_id: int | None, body: Body = None) -> Row:
        path = of.path if record_id is None else f"{of.path}/{record_id}"
        asked = self._asked_of(method, path, of.tool, project_id, is_of_one=record_id is not None)
        reader = _read_anything if method == "DELETE" else read_object
        row, _answer, _call = await self.ask(asked, reader, query=(("project_id", str(project_id)),), body=body)
        return row

    def _asked_of(self, method: str, path: str, tool: str, project_id: int, *, is_of_one: bool = False) -> Asked:
        url = self._connection.api + path
        company = self._connection.company_id
        return Asked(method, url, path, tool, company, project=str(project_id), is_of_one=is_of_one)


def _json(of: Collection, fields: Mapping[str, Any]) -> bytes:
    inside = {name: value for name, value in fields.items() if of is not IMAGES or name not in OUTSIDE}
    beside = {name: value for name, value in fields.items() if name not in inside}
    return orjson.dumps({of.wrapper: inside, **beside})


def _flat(of: Collection, fields: Mapping[str, Any]) -> dict[str, str]:
    """The same as names of a form: `file[parent_id]`."""
    return {
        name if of is IMAGES and name in OUTSIDE else f"{of.wrapper}[{name}]": _word(value)
        for name, value in fields.items()
        if value is not None
    }


def _may_be_the_form(failed: CallFailed) -> bool:
    """Refused in a way that the other way of sending may cure."""
    return failed.trouble is Trouble.REFUSED and failed.call is not None and failed.call.status in (400, 415, 422)


def _which(first: CallFailed | None, second: CallFailed) -> CallFailed:
    """Of two ways of sending: why the first one was refused, unless the second one failed otherwise.

    Then it may have been carried out, or would be another time; a refusal would put the file aside.
    """
    is_refused = second.trouble is Trouble.REFUSED and not second.may_have_applied
    return first if first is not None and is_refused else second


def _read_anything(content: object) -> Row:
    return content if isinstance(content, dict) else {}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
