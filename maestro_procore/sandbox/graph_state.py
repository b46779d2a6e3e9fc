"""Drives as another user sees and changes them: `state/driveItems`, `state/drives`, `state/messages` of the control
interface, and what only a tenant's own servers do (`POST graph`).

`POST state/driveItems` makes an item, or changes that of `id`: `name`, `parentReference` {`id` or `path`, `driveId`},
`path` (from the drive's root; folders on the way are made), `content` (text), `content_base64` or `size` (a made
content), `fileSystemInfo`; and what no API offers: `locked` (open in Office), `checkedOut` (by another user),
`malware`, `package` (a OneNote notebook), `hashes` null (missing). Without a drive it is that of the start line.
`GET state/driveItems` lists every live item but the roots (`?drive=ID` of one drive, `?include_deleted=with` recycled
ones too). `DELETE state/driveItems/ID` recycles. `POST state/drives` changes `quota` {`total`} or `gone` of `id`, or
makes a library.
`POST graph`: {`forget_delta_tokens`: `apply`, `upload`, `required` or `not_found`, `drive`?} lets all tokens given so
far be answered 410; {`reset_limits`: true}.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from maestro_procore.sandbox.answers import Answer, Call, Refused, json_answer
from maestro_procore.sandbox.graph_contents import length_of, read, replaced, rewrite
from maestro_procore.sandbox.graph_delta import TOO_OLD
from maestro_procore.sandbox.graph_errors import GraphRefused
from maestro_procore.sandbox.graph_items import (
    DRIVES,
    ITEMS,
    LIVE,
    RECYCLED,
    changed,
    child_named,
    drive_of,
    find_drive,
    new_item,
    parent_of,
    put_away,
    renamed,
    root_of,
)
from maestro_procore.sandbox.graph_shapes import changed_item, shown_drive, shown_item, shown_site, shown_user
from maestro_procore.sandbox.graph_sites import MESSAGES
from maestro_procore.sandbox.graph_throttling import Throttle
from maestro_procore.sandbox.graph_visits import Drives
from maestro_procore.sandbox.graph_world import (
    MICROSOFT_USERS,
    SITES,
    content_values,
    folder_at,
    library,
    make_drive,
)
from maestro_procore.sandbox.graph_writing import file_system_times
from maestro_procore.sandbox.world import Row

WORDS: Final = ("driveItems", "drives", "sites", "messages", "microsoftUsers")
KNOWN: Final = frozenset(
    "id name parentReference path content content_base64 size seed folder file package fileSystemInfo locked"
    " checkedOut malware hashes remoteItem description drive".split()
)


class GraphState:
    """What the control interface serves of Microsoft's drives."""

    def __init__(self, drives: Drives, throttle: Throttle) -> None:
        self._drives = drives
        self._throttle = throttle
        self._lists: dict[str, Callable[[Call], list[Any]]] = {
            "driveItems": self._items,
            "drives": lambda _call: [shown_drive(drives, row) for row in drives.world.collection(DRIVES)],
            "sites": lambda _call: [shown_site(row) for row in drives.world.collection(SITES)],
            "messages": lambda _call: list(drives.world.collection(MESSAGES)),
            "microsoftUsers": lambda _call: [shown_user(row) for row in drives.world.collection(MICROSOFT_USERS)],
        }

    def serve_state(self, call: Call, word: str, item_id: str | None) -> Answer:
        """Errors: Refused."""
        try:
            if call.method == "GET" and item_id is None:
                return json_answer(self._lists[word](call))
            if call.method == "POST" and item_id is None and word == "driveItems":
                row, is_new = self._write_item(_object(call))
                return json_answer(shown_item(self._drives, row), 201 if is_new else 200)
            if call.method == "POST" and item_id is None and word == "drives":
                return self._write_drive(_object(call))
            if call.method == "DELETE" and item_id is not None and word == "driveItems":
                put_away(self._drives, self._item(item_id), RECYCLED)
                return json_answer({"ok": True})
        except GraphRefused as refused:
            raise Refused(400, {"error": refused.message}) from None
        raise Refused(405, {"error": "GET, POST on the collection; DELETE on one record"})

    def content(self, item_id: str) -> Answer:
        """The bytes of a live file. Errors: Refused 404."""
        row = self._item(item_id)
        if row["kind"] != "file":
            raise Refused(404, {"error": f"no content of driveItems {item_id}"})
        size = length_of(self._drives, row["content"])
        pieces = read(self._drives, row["content"], 0, size)
        return Answer(content_type="application/octet-stream", pieces=pieces, length=size)

    def serve_acts(self, call: Call) -> Answer:
        """`POST graph`. Errors: Refused."""
        body = _object(call)
        mode = body.get("forget_delta_tokens")
        if mode is not None:
            if mode not in TOO_OLD:
                raise Refused(400, {"error": f"forget_delta_tokens is one of {', '.join(TOO_OLD)}"})
            for drive in self._chosen_drives(body.get("drive")):
                row = {**drive, "epoch": drive["epoch"] + 1, "forgets_as": mode}
                self._drives.world.collection(DRIVES).put(row)
        if body.get("reset_limits"):
            self._throttle.forget()
        return json_answer({"ok": True})

    def _chosen_drives(self, drive_id: object) -> list[Row]:
        if drive_id is None:
            return list(self._drives.world.collection(DRIVES))
        return [self._drive(drive_id)]

    def _drive(self, drive_id: object) -> Row:
        """Errors: Refused 404."""
        found = library(self._drives) if drive_id is None else find_drive(self._drives, str(drive_id))
        if found is None:
            raise Refused(404, {"error": f"no drive {drive_id}"})
        return found

    def _items(self, call: Call) -> list[Any]:
        drive_id = call.parameter("drive")
        chosen = {drive["id"] for drive in self._chosen_drives(drive_id)}
        has_all = call.parameter("include_deleted") is not None
        found = []
        for row in self._drives.world.collection(ITEMS):
            if row["drive"] not in chosen or row["parent"] is None:
                continue
            if row["state"] == LIVE:
                found.append(shown_item(self._drives, row))
            elif has_all and row["state"] == RECYCLED:
                found.append({**changed_item(self._drives, row), "name": row["name"]})
        return found

    def _item(self, item_id: object) -> Row:
        """Errors: Refused 404."""
        for row in self._drives.world.collection(ITEMS).where(item_id=item_id):
            if row["state"] == LIVE:
                return row
        raise Refused(404, {"error": f"no driveItems {item_id}"})

    def _other_person(self) -> dict[str, Any]:
        """Whose name such changes carry: the second person, who is not the one that signs in."""
        person = list(self._drives.world.collection(MICROSOFT_USERS))[1]
        return {"user": {"id": person["user_id"], "displayName": person["name"], "email": person["upn"]}}

    def _write_item(self, written: Mapping[str, Any]) -> tuple[Row, bool]:
        unknown = set(written) - KNOWN
        if unknown:
            raise Refused(400, {"error": f"unknown fields of driveItems: {', '.join(sorted(unknown))}"})
        by = self._other_person()
        before = None if written.get("id") is None else self._item(written["id"])
        folder, name = self._place(written, before, by)
        values = {**self._facts(written, by), **file_system_times(written.get("fileSystemInfo"))}
        has_content = any(word in written for word in ("content", "content_base64", "size"))
        if before is None:
            before = child_named(self._drives, folder, name) if has_content and folder is not None else None
        contents = self._content(written, name) if has_content else {}
        if before is None:
            kind = "package" if written.get("package") else "file" if has_content else "folder"
            drive = drive_of(self._drives, folder)
            return new_item(self._drives, drive, folder, name, by, kind=kind, **contents, **values), True
        if contents:
            before = replaced(self._drives, before, by, {"fs_modified": self._drives.stamp(), **contents})
            before = rewrite(self._drives, before)
        if folder is not None and (folder["id"], name) != (before["parent"], before["name"]):
            values |= {"parent": folder["id"], **renamed(name)}
        return changed(self._drives, before, by, **values) if values else before, False

    def _place(self, written: Mapping[str, Any], before: Row | None, by: Mapping[str, Any]) -> tuple[Row, str]:
        """The folder and the name that an item gets."""
        reference = written.get("parentReference") or {}
        path = written.get("path")
        if before is not None and not reference and path is None:
            parent = parent_of(self._drives, before)
            if parent is None:
                raise Refused(400, {"error": "the root is not changed"})
            return parent, str(written.get("name", before["name"]))
        if reference.get("id") is not None:
            name = written.get("name", None if before is None else before["name"])
            if not isinstance(name, str):
                raise Refused(400, {"error": "an item needs a name"})
            return self._item_or_root(reference["id"]), name
        drive = self._drive(reference.get("driveId") or written.get("drive"))
        if path is None:
            above = str(reference.get("path", "")).rpartition("root:")[2]
            path = f"{above}/{written.get('name') or (before or {}).get('name') or ''}"
        names = [part for part in str(path).split("/") if part]
        if not names:
            raise Refused(400, {"error": "an item needs a name"})
        return folder_at(self._drives, drive, names[:-1], by), names[-1]

    def _item_or_root(self, item_id: object) -> Row:
        for drive in self._drives.world.collection(DRIVES):
            root = root_of(self._drives, drive)
            if root["item_id"] == item_id:
                return root
        return self._item(item_id)

    def _facts(self, written: Mapping[str, Any], by: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for word in ("locked", "malware", "remoteItem", "description"):
            if word in written:
                found[word] = written[word]
        if "checkedOut" in written:
            found["checked_out_by"] = dict(by) if written["checkedOut"] else None
        if "package" in written:
            found["package_type"] = (written["package"] or {}).get("type", "oneNote")
        if "hashes" in written and written["hashes"] is None:
            found["hash"] = None
        return found

    def _content(self, written: Mapping[str, Any], name: str) -> dict[str, Any]:
        if "content_base64" in written:
            try:
                data = base64.b64decode(str(written["content_base64"]), validate=True)
            except binascii.Error:
                raise Refused(400, {"error": "content_base64 is no base64"}) from None
            return content_values(self._drives, {"content": data}, name)
        if "content" in written:
            return content_values(self._drives, {"content": str(written["content"]).encode()}, name)
        return content_values(self._drives, written, name)

    def _write_drive(self, written: Mapping[str, Any]) -> Answer:
        rows = self._drives.world.collection(DRIVES)
        if written.get("id") is not None:
            drive = self._drive(written["id"])
            total = (written.get("quota") or {}).get("total", drive["total"])
            row: Row = {**drive, "total": int(total or 0), "gone": bool(written.get("gone", drive.get("gone")))}
            rows.put(row)
            return json_answer(shown_drive(self._drives, row))
        kind = written.get("driveType", "documentLibrary")
        site = next(row for row in self._drives.world.collection(SITES) if not row["is_root"])
        if kind != "documentLibrary":
            raise Refused(400, {"error": "only libraries can be added"})
        row = make_drive(self._drives, str(written.get("name", "Library")), kind, self._other_person(), site=site)
        return json_answer(shown_drive(self._drives, row), 201)


def _object(call: Call) -> dict[str, Any]:
    try:
        content = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, {"error": f"the body is no JSON: {error}"}) from None
    if not isinstance(content, dict):
        raise Refused(400, {"error": "one record, as an object"})
    return content
