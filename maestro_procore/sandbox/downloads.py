"""Addresses of file contents on the API host, and what they answer: a redirect to the storage host.

Source: reference 7.1 "Download": the bearer token is wanted here (since 2022), one or more redirects follow, the
addresses are signed and expire. Their paths are not documented.
"""

import mimetypes
import re
from typing import Any

from maestro_procore.sandbox.answers import Answer, Call, forbidden, not_found
from maestro_procore.sandbox.permissions import check_level
from maestro_procore.sandbox.storage import Storage, refused
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row, World

PREFIX = "/prostore/"
CONTROL = "/control/"
CONTENT, NAME = "_content", "_file_name"  # own keys of a row that has a content
TOOL_OF = {"file_versions": "documents", "images": "images"}  # whose permission a download wants
TYPE_OF_UNKNOWN = "application/octet-stream"


def is_download(call: Call) -> bool:
    return call.path.startswith(PREFIX)


def address_of(visit: Visit, collection: str, row: Row | None) -> str | None:
    """Where a client reads the content of a row; None when it has none.

    The control interface names a path of its own: what did not change reads the same there, in every sandbox.
    """
    if row is None or row.get(CONTENT) is None:
        return None
    if visit.call.path.startswith(CONTROL):
        return f"{CONTROL}content/{collection}/{row['id']}"
    expires = int(visit.clock.unix()) + int(visit.switches["download_url_seconds"])
    if visit.switches["download_urls"] == "storage":
        return visit.files.address(_stored_path(collection, row), expires)
    return _address(visit, f"{PREFIX}{collection}/{row['id']}", expires)


def _address(visit: Visit, path: str, expires: int) -> str:
    signature = visit.files.signature(path, str(expires))
    return f"{visit.base_url}{path}?company_id={visit.company_id}&expires={expires}&signature={signature}"


def _stored_path(collection: str, row: Row) -> str:
    return f"/procore/{collection}/{row['id']}"


class Downloads:
    """Both ends of a download."""

    def __init__(self, storage: Storage, world: World) -> None:
        self._storage = storage
        self._world = world
        storage.route("GET", r"/procore/(\w+)/(\d+)", self._read)

    def serve(self, visit: Visit) -> Answer:
        """The redirect, after as many on this host as the switch says. Errors: Refused 403, 404."""
        match = re.fullmatch(rf"{PREFIX}(\w+)/(\d+)((?:/again)*)", visit.call.path)
        row = None if match is None else self._row(match[1], match[2])
        if match is None or row is None:
            raise not_found()
        expires, given = visit.call.parameter("expires") or "0", visit.call.parameter("signature")
        if given != self._storage.signature(visit.call.path, expires) or visit.clock.unix() > int(expires):
            raise forbidden("The address of this file has expired")
        visit.company_id = visit.connected_company(visit.call.parameter("company_id"))
        if not visit.owns(row):
            raise not_found()
        if row.get("project_id") is not None:
            visit.check_permitted(row["project_id"])
            check_level(visit, row["project_id"], TOOL_OF.get(match[1], ""))
        if match[3].count("/again") + 1 < visit.switches["download_redirects"]:
            return _found(_address(visit, f"{visit.call.path}/again", int(expires)))
        until = int(visit.clock.unix()) + int(visit.switches["storage_url_seconds"])
        return _found(self._storage.address(_stored_path(match[1], row), until))

    def _read(self, call: Call, match: "re.Match[str]") -> Answer:
        self._storage.check(call)
        row = self._row(match[1], match[2])
        if row is None:
            raise refused(404, "NoSuchKey", "The specified key does not exist.")
        name = str(row.get(NAME) or row.get("name") or row["id"])
        return self._storage.content_answer(call, row[CONTENT], name, kind_of(name))

    def _row(self, collection: str, row_id: str) -> Row | None:
        row = self._world.collection(collection).get(int(row_id))
        return None if row is None or row.get(CONTENT) is None else row


def kind_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or TYPE_OF_UNKNOWN


def prostore_file(row: Row, url: str | None) -> dict[str, Any] | None:
    """The stored file behind a record, as files and versions show it. url: the record's own."""
    if row.get(CONTENT) is None:
        return None
    name = row.get(NAME) or row.get("name")
    return {"id": row["id"], "name": name, "url": url, "filename": name}


def _found(location: str) -> Answer:
    return Answer(302, b"", {"Location": location}, "text/html; charset=utf-8")
