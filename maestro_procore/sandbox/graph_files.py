"""Graph's part of the storage host: contents to download, upload sessions, and how far a copy is. No token wanted.

A bearer token that comes along is tolerated, as the real hosts do; with --strict the call log names it, because a
client that sends one gives it to a host that has no business with it.
"""

import hmac
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from maestro_procore.sandbox.answers import Answer, Call, json_answer
from maestro_procore.sandbox.graph_contents import length_of, read
from maestro_procore.sandbox.graph_errors import GraphRefused, item_not_found
from maestro_procore.sandbox.graph_items import ITEMS, LIVE, VERSIONS, c_tag
from maestro_procore.sandbox.graph_sessions import Uploads
from maestro_procore.sandbox.graph_shapes import mime_type
from maestro_procore.sandbox.graph_visits import Drives
from maestro_procore.sandbox.world import Row

PREFIX: Final = "/graph/"
PATH: Final = re.compile(r"/graph/(download|version|upload|copy)/(\d+)")
RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


class GraphFiles:
    """signature: what the storage host signs words with."""

    def __init__(self, drives: Drives, signature: Callable[..., str]) -> None:
        self._drives = drives
        self._signature = signature
        self._uploads = Uploads(drives)

    def serve(self, call: Call) -> Answer:
        """Errors: GraphRefused."""
        try:
            return self._serve(call)
        except GraphRefused as refused:
            name = str(self._drives.switches["graph_inner_error_name"])
            raise refused.signed(self._drives.stamp(), call.headers.get("client-request-id"), name) from None

    def _serve(self, call: Call) -> Answer:
        match = PATH.fullmatch(call.path)
        if match is None:
            raise item_not_found()
        kind, number = match.groups()
        if kind == "upload":
            return self._uploads.serve(call, number)
        self._check_signature(call)
        if call.method not in ("GET", "HEAD"):
            raise GraphRefused(405, "invalidRequest", "The method is not allowed here.")
        if kind == "copy":
            return self._copy(int(number))
        if kind == "version":
            return self._version(call, int(number))
        item = self._drives.world.collection(ITEMS).get(int(number))
        if item is None or item["state"] != LIVE:
            raise item_not_found()
        return self._content(call, item, item["name"], c_tag(item))

    def _check_signature(self, call: Call) -> None:
        """Errors: GraphRefused 401 for an address that was changed or is too old."""
        expires = call.parameter("expires") or ""
        is_right = hmac.compare_digest(call.parameter("signature") or "", self._signature(call.path, expires))
        if not is_right or self._drives.clock.unix() > int(expires):
            raise GraphRefused(401, "unauthenticated", "The address has expired, or is not valid.")

    def _version(self, call: Call, number: int) -> Answer:
        version = self._drives.world.collection(VERSIONS).get(number)
        item = None if version is None else self._drives.world.collection(ITEMS).get(version["item"])
        if version is None or item is None:
            raise item_not_found()
        return self._content(call, version, item["name"], f'"{number}"')

    def _copy(self, number: int) -> Answer:
        """A copy is made at once here; the monitor says so to the first who asks."""
        item = self._drives.world.collection(ITEMS).get(number)
        if item is None:
            raise item_not_found()
        return json_answer({"percentageComplete": 100.0, "resourceId": item["item_id"], "status": "completed"})

    def _content(self, call: Call, row: Row, name: str, tag: str) -> Answer:
        """The content, or the range of it that is asked for. Errors: GraphRefused 416."""
        contents = row["content"]
        size = length_of(self._drives, contents)
        headers = {"Accept-Ranges": "bytes", "ETag": tag}
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        if tag in call.headers.get("if-none-match", ""):
            return Answer(304, headers=headers)
        start, end, status = 0, size, 200
        asked = call.headers.get("range")
        has_range = asked is not None and self._drives.switches["downloads_take_ranges"]
        if has_range and call.headers.get("if-range", tag) == tag:
            start, end = _parsed(asked or "", size)
            status = 206
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        pieces = read(self._drives, contents, start, end)
        if call.method == "HEAD":
            headers["Content-Length"] = str(end - start)
            return Answer(status, headers=headers, content_type=mime_type(name))
        return Answer(status, headers=headers, content_type=mime_type(name), pieces=pieces, length=end - start)


def _parsed(text: str, size: int) -> tuple[int, int]:
    """`bytes=a-b`, `bytes=a-` or `bytes=-n` as start and end (not included). Errors: GraphRefused 416."""
    match = RANGE.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        raise _outside(size)
    first, last = match.groups()
    start, end = (int(first), min(size, int(last) + 1 if last else size)) if first else (max(0, size - int(last)), size)
    if start >= end:
        raise _outside(size)
    return start, end


def _outside(size: int) -> GraphRefused:
    headers = {"Content-Range": f"bytes */{size}"}
    return GraphRefused(416, "invalidRange", "The requested range is not satisfiable.", headers=headers)
