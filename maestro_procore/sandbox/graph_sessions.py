"""Upload sessions: a file in fragments, to an address that needs no token. Source: reference graph-drive 1.7.

A session is a row; what it received lies with the contents. Its address holds a secret word of which the row keeps
only the hash, so a session outlives a restart of the sandbox and no profile holds a usable address.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from maestro_procore.sandbox.answers import Answer, Call, json_answer
from maestro_procore.sandbox.clock import iso
from maestro_procore.sandbox.graph_conditions import check_if_match, check_unlocked
from maestro_procore.sandbox.graph_contents import check_room, kept
from maestro_procore.sandbox.graph_errors import GraphRefused, bad_request, item_not_found, name_taken, tag_differs
from maestro_procore.sandbox.graph_hash import QuickXor
from maestro_procore.sandbox.graph_items import DRIVES, ITEMS, LIVE, e_tag, is_personal
from maestro_procore.sandbox.graph_names import name_key
from maestro_procore.sandbox.graph_visits import Caller, Drives, GraphVisit
from maestro_procore.sandbox.graph_writing import (
    file_system_times,
    settle_target,
    store_file,
)
from maestro_procore.sandbox.world import Row

SESSIONS: Final = "graph_sessions"
LIFE_SECONDS: Final = {"personal": 7 * 86_400, "business": 86_400, "documentLibrary": 86_400}
UNIT: Final = 320 * 1024
LARGEST_FRAGMENT: Final = 60 * 1024 * 1024
LARGEST_FILE: Final = 250 * 1024**3
RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def create_session(visit: GraphVisit, item: Row | None, folder: Row | None, name: str) -> Answer:
    """Errors: GraphRefused 400, 404, 409, 412, 423, 507."""
    body = visit.body()
    given = body.get("item") or {}
    if not isinstance(given, dict):
        raise bad_request("item must be an object.")
    if given.get("name") not in (None, name) and folder is not None:
        raise bad_request("The name in the request does not match the name in the address.")
    default = "replace" if item is not None else str(visit.switches["upload_session_on_conflict"])
    behavior = visit.conflict_behavior(given, default)
    is_by_name = item is None
    if item is None and folder is not None:
        item, name = settle_target(visit, folder, name, behavior)
    if item is not None:
        if item["kind"] != "file":
            raise name_taken()
        check_if_match(visit, item)
        check_unlocked(visit, item)
    elif "if-match" in visit.call.headers:
        raise item_not_found()
    declared = _declared_size(given.get("fileSize"))
    check_room(visit.drives, visit.drive, declared or 0)
    _check_alone(visit, item, folder, name)
    word = secrets.token_urlsafe(32)
    session = {
        "id": visit.world.new_id(),
        "word_hash": _hash(word),
        "drive": visit.drive["id"],
        "item": None if item is None else item["id"],
        "etag": None if item is None else e_tag(item),
        "folder": None if folder is None else folder["id"],
        "name": name,
        "key": name_key(name),
        "is_by_name": is_by_name,
        "behavior": behavior,
        "declared": declared,
        "times": file_system_times(given.get("fileSystemInfo")),
        "defer": bool(body.get("deferCommit")),
        "content": [],
        "received": 0,
        "total": None,
        "folded": "0",
        "base": visit.base,
        "user": None if visit.caller.user is None else visit.caller.user["id"],
        "app": dict(visit.caller.app),
        "expires": visit.drives.clock.unix() + LIFE_SECONDS[visit.drive["drive_type"]],
    }
    visit.world.collection(SESSIONS).put(session)
    # The address needs no signature: the word in it is the right to write.
    url = visit.drives.address(f"/graph/upload/{session['id']}", 0).partition("?")[0] + f"?word={word}"
    context = f"{visit.base}/$metadata#microsoft.graph.uploadSession"
    return json_answer({"@odata.context": context, "uploadUrl": url, **_state(visit.drives, session)})


def _declared_size(given: object) -> int | None:
    """Errors: GraphRefused 400."""
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise bad_request("fileSize is no number of bytes.")
    if given > LARGEST_FILE:
        raise GraphRefused(413, "invalidRequest", "The file is too large.", "maxFileSizeExceeded")
    return given


def _check_alone(visit: GraphVisit, item: Row | None, folder: Row | None, name: str) -> None:
    """Whether a second session for one file is refused is a switch. Errors: GraphRefused 409."""
    if not visit.switches["one_upload_session_per_file"]:
        return
    now = visit.drives.clock.unix()
    for other in visit.world.collection(SESSIONS):
        is_same = (
            other["item"] == item["id"]
            if item is not None
            else folder is not None and (other["folder"], other["key"]) == (folder["id"], name_key(name))
        )
        if is_same and other["drive"] == visit.drive["id"] and other["expires"] > now:
            raise name_taken("An upload session already exists for this file.")


def _state(drives: Drives, session: Row) -> dict[str, Any]:
    """What is missing, in either of the two forms that servers are known to use."""
    received, total = session["received"], session["total"]
    if total is not None and received >= total:
        ranges = []
    elif drives.switches["open_upload_ranges"] or total is None:
        ranges = [f"{received}-"]
    else:
        ranges = [f"{received}-{total - 1}"]
    return {"expirationDateTime": iso(session["expires"]), "nextExpectedRanges": ranges}


class Uploads:
    """The upload addresses of the storage host."""

    def __init__(self, drives: Drives) -> None:
        self._drives = drives

    def serve(self, call: Call, number: str) -> Answer:
        """Errors: GraphRefused."""
        session = self._session(call, number)
        if call.method == "GET":
            return json_answer(_state(self._drives, session))
        if call.method == "DELETE":
            self._drives.world.collection(SESSIONS).remove(session["id"])
            return Answer(204)
        if call.method == "PUT":
            return self._fragment(call, session)
        if call.method == "POST" and session["total"] is not None and session["received"] == session["total"]:
            return self._finish(call, session)
        raise GraphRefused(405, "invalidRequest", "The method is not allowed here.")

    def _session(self, call: Call, number: str) -> Row:
        """Errors: GraphRefused 404 for a session that never was, has ended or has expired."""
        found = self._drives.world.collection(SESSIONS).get(int(number)) if number.isdigit() else None
        right = found is not None and secrets.compare_digest(found["word_hash"], _hash(call.parameter("word") or ""))
        if found is None or not right or self._drives.clock.unix() >= found["expires"]:
            raise GraphRefused(404, "itemNotFound", "The upload session was not found.", "uploadSessionNotFound")
        return found

    def _fragment(self, call: Call, session: Row) -> Answer:
        start, length, total = self._range(call, session)
        if not call.is_whole or call.content_length() != length:
            raise _outside("fragmentLengthMismatch", "The fragment is not as long as its range says.")
        if length > LARGEST_FRAGMENT:
            raise GraphRefused(413, "invalidRequest", "The fragment is too large.")
        if start + length < total and length % UNIT and self._drives.switches["aligned_fragments"]:
            raise bad_request("The fragment is not a multiple of 320 KiB.", "invalidRange")
        content, _ = kept(self._drives, call.content())
        hashed = QuickXor(int(session["folded"], 16), session["received"])
        for piece in self._drives.bodies.read(content, 0, length, 1):
            hashed.update(piece)
        session = {
            **session,
            "content": [*session["content"], content],
            "received": start + length,
            "total": total,
            "folded": f"{hashed.folded:x}",
            # Each fragment moves the end forward.
            "expires": self._drives.clock.unix() + LIFE_SECONDS[self._drive(session)["drive_type"]],
        }
        self._drives.world.collection(SESSIONS).put(session)
        if session["received"] < total or (session["defer"] and not is_personal(self._drive(session))):
            return json_answer(_state(self._drives, session), 202)
        return self._finish(call, session)

    def _range(self, call: Call, session: Row) -> tuple[int, int, int]:
        """Start, length and total of a fragment that comes next. Errors: GraphRefused 400, 416."""
        match = RANGE.fullmatch(call.headers.get("content-range", "").strip())
        if match is None:
            raise bad_request("Content-Range must be bytes first-last/total.")
        first, last, total = (int(number) for number in match.groups())
        if last < first or last >= total or session["total"] not in (None, total):
            raise bad_request("Content-Range does not fit the upload session.")
        self._check_total(session, total)
        if first < session["received"]:
            raise _outside("fragmentOverlap", "Optimistic concurrency failure during fragmented upload.")
        if first > session["received"]:
            raise _outside("fragmentOutOfOrder", "The fragment is not the next one.")
        return first, last - first + 1, total

    def _check_total(self, session: Row, total: int) -> None:
        declared, scale = session["declared"], self._drives.scale
        if declared is not None and total not in (declared, -(-declared // scale)):
            raise bad_request("The total does not match the declared size of the file.")

    def _drive(self, session: Row) -> Row:
        found = self._drives.world.collection(DRIVES).get(session["drive"])
        assert found is not None
        return found

    def _finish(self, call: Call, session: Row) -> Answer:
        """Make the file. When its name was taken meanwhile the session lives on. Errors: GraphRefused 404, 409, 412."""
        visit = self._visit(call, session)
        items = visit.world.collection(ITEMS)
        folder, item, name = items.get(session["folder"]), items.get(session["item"]), session["name"]
        if folder is not None and folder["state"] != LIVE:
            raise item_not_found()
        if item is not None and item["state"] != LIVE:
            item = None
            if not session["is_by_name"]:
                raise item_not_found()
        if item is not None and e_tag(item) != session["etag"] and visit.switches["upload_session_checks_tag"]:
            raise tag_differs()
        if session["is_by_name"]:
            assert folder is not None
            there, name = settle_target(visit, folder, name, session["behavior"])
            item = there
        if item is not None:
            check_unlocked(visit, item)
        size = session["total"] * self._drives.scale
        check_room(visit.drives, visit.drive, size)
        values: Mapping[str, Any] = {
            "content": session["content"],
            "size": size,
            "hash": QuickXor(int(session["folded"], 16), session["total"]).base64(),
            "fs_modified": visit.drives.stamp(),
            **session["times"],
        }
        visit.world.collection(SESSIONS).remove(session["id"])
        return store_file(visit, item, folder, name, values)

    def _visit(self, call: Call, session: Row) -> GraphVisit:
        """The file is made by who made the session, whoever sends the fragments."""
        user = self._drives.world.collection("microsoft_users").get(session["user"])
        caller = Caller(user, session["app"], frozenset())
        # Preconditions were those of the session's own request.
        plain = Call(call.method, call.path, "", {}, b"")
        return GraphVisit(plain, self._drives, caller, session["base"], call.path, self._drive(session))


def _outside(inner: str, message: str) -> GraphRefused:
    return GraphRefused(416, "invalidRange", message, inner)


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
