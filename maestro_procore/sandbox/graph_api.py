"""Microsoft Graph of one sandbox: takes a request, finds who asks, what it costs, which item it is about, and answers.

Source: reference graph-drive 1.1, 4 and 7. Rules of single requests are in the graph_ modules that carry them out.
"""

import re
import uuid
from collections.abc import Callable
from typing import Final

from maestro_procore.sandbox import graph_reading as reading
from maestro_procore.sandbox import graph_writing as writing
from maestro_procore.sandbox.answers import Answer, Call, json_answer
from maestro_procore.sandbox.graph_batch import serve_batch
from maestro_procore.sandbox.graph_conditions import READING, WRITING, check_right, check_unlocked
from maestro_procore.sandbox.graph_contents import replaced, rewrite_what_is_due
from maestro_procore.sandbox.graph_copying import copy
from maestro_procore.sandbox.graph_delta import delta
from maestro_procore.sandbox.graph_errors import GraphRefused, bad_request, item_not_found
from maestro_procore.sandbox.graph_items import VERSIONS, child_named, find_item, new_item, root_of
from maestro_procore.sandbox.graph_names import check_name
from maestro_procore.sandbox.graph_routes import ItemAddress, item_address, version_of
from maestro_procore.sandbox.graph_sessions import create_session
from maestro_procore.sandbox.graph_shapes import selected, shown_drive
from maestro_procore.sandbox.graph_sites import drive_named, serve_directory
from maestro_procore.sandbox.graph_throttling import Throttle, Throttled, units_of
from maestro_procore.sandbox.graph_visits import Caller, Drives, GraphVisit
from maestro_procore.sandbox.world import Row

ItemHandler = Callable[[GraphVisit, Row], Answer]

SPECIAL: Final = {
    "documents": "Documents",
    "photos": "Images",
    "music": "Musique",
    "desktop": "Bureau",
    "approot": "Apps",
}


def _with_version(handler: Callable[[GraphVisit, Row, str], Answer]) -> ItemHandler:
    return lambda visit, item: handler(visit, item, visit.values["version"])


def _restore_version(visit: GraphVisit, item: Row, version_id: str) -> Answer:
    check_unlocked(visit, item)
    version = reading.find_version(visit, item, version_id)
    values = {name: version[name] for name in ("content", "size", "hash")}
    replaced(visit.drives, item, visit.caller.identity, values)
    return Answer(204)


def _delete_version(visit: GraphVisit, item: Row, version_id: str) -> Answer:
    version = reading.find_version(visit, item, version_id)
    if version is item:
        raise bad_request("The current version cannot be deleted.")
    visit.world.collection(VERSIONS).remove(version["id"])
    return Answer(204)


TAILS: Final[tuple[tuple[str, "re.Pattern[str]", ItemHandler], ...]] = tuple(
    (method, re.compile(pattern, re.IGNORECASE), handler)
    for method, pattern, handler in (
        ("GET", "", reading.get_item),
        ("PATCH", "", writing.update),
        ("DELETE", "", writing.delete),
        ("GET", "children", reading.list_children),
        ("POST", "children", writing.create_child),
        ("GET", "delta", delta),
        ("GET", "content", reading.get_content),
        ("GET", "search", reading.search),
        ("GET", "versions", reading.list_versions),
        ("GET", "versions/(?P<version>[^/]+)", _with_version(reading.get_version)),
        ("DELETE", "versions/(?P<version>[^/]+)", _with_version(_delete_version)),
        ("GET", "versions/(?P<version>[^/]+)/content", _with_version(reading.version_content)),
        ("POST", "versions/(?P<version>[^/]+)/restoreVersion", _with_version(_restore_version)),
        ("GET", "permissions", reading.list_permissions),
        ("GET", "thumbnails", reading.list_nothing),
        ("POST", "copy", copy),
        ("POST", "permanentDelete", writing.delete_for_good),
        ("POST", "checkout", writing.check_out),
        ("POST", "checkin", writing.check_in),
        ("POST", "discardCheckout", writing.check_in),
    )
)
UPLOADS: Final = {("PUT", "content"): writing.put_content, ("POST", "createuploadsession"): create_session}
NAMESPACE: Final = "microsoft.graph."


class GraphApi:
    """caller: who the request's token belongs to; raises GraphRefused 401. origin: scheme and host it was sent to."""

    def __init__(
        self, drives: Drives, caller: Callable[[Call], Caller], origin: Callable[[Call], str], throttle: Throttle
    ) -> None:
        self._drives = drives
        self._caller = caller
        self._origin = origin
        self._throttle = throttle

    def serve(self, call: Call) -> Answer:
        """Errors: GraphRefused."""
        own_number = call.headers.get("client-request-id")
        try:
            answer = self._serve(call)
        except GraphRefused as refused:
            name = str(self._drives.switches["graph_inner_error_name"])
            raise refused.signed(self._drives.stamp(), own_number, name) from None
        answer.headers.setdefault("request-id", str(uuid.uuid4()))
        if own_number:
            answer.headers.setdefault("client-request-id", own_number)
        return answer

    def _serve(self, call: Call) -> Answer:
        version = version_of(call.path)
        assert version is not None, "only paths with a version are Graph's"
        path = call.path[len(version) :].rstrip("/")
        if path == "/$batch" and call.method == "POST":
            self._caller(call)
            return serve_batch(call, version, self._serve_one)
        caller = self._caller(call)
        address = item_address(path)
        tail = "" if address is None else address.tail.removeprefix(NAMESPACE)
        headers = self._admit(call, caller, tail)
        rewrite_what_is_due(self._drives)
        visit = GraphVisit(call, self._drives, caller, self._origin(call) + version, path)
        answer = serve_directory(visit) if address is None else self._item(visit, address, tail)
        if answer is None:
            raise GraphRefused(400, "BadRequest", f"Resource not found for the segment '{path.rpartition('/')[2]}'.")
        answer.headers.update(headers)
        return answer

    def _serve_one(self, call: Call) -> Answer:
        """One request of a batch: applied whole or not at all, whatever becomes of the others."""
        self._drives.world.commit()
        try:
            return self.serve(call)
        except GraphRefused as refused:
            self._drives.world.undo()
            return refused.answer()

    def _admit(self, call: Call, caller: Caller, tail: str) -> dict[str, str]:
        """Errors: GraphRefused 429."""
        switches = self._drives.switches
        limits = (int(switches["graph_units_per_minute"]), int(switches["graph_user_requests"]))
        user = None if caller.user is None else str(caller.user["user_id"])
        now = self._drives.clock.unix()
        try:
            return self._throttle.admit(caller.app["client_id"], user, units_of(call, tail), now, limits)
        except Throttled as throttled:
            headers = {**throttled.headers, "Retry-After": str(throttled.seconds)}
            raise GraphRefused(
                429, "activityLimitReached", "The request has been throttled.", "throttledRequest", headers
            ) from None

    def _item(self, visit: GraphVisit, address: ItemAddress, tail: str) -> Answer | None:
        check_right(visit, READING if visit.call.method in ("GET", "HEAD") else WRITING)
        visit.drive = drive_named(visit, address.drive)
        base = visit.path
        visit.values = {"address": base, "tail": tail, **({"inside": address.inside} if address.inside else {})}
        if not address.has_selector:
            return self._drive(visit, tail)
        upload = UPLOADS.get((visit.call.method, tail.lower()))
        if upload is not None:
            return self._upload(visit, address, upload)
        if (visit.call.method, tail) == ("POST", "restore") and address.item is not None:
            return writing.restore(visit, address.item)
        item = self._find(visit, address)
        if item is None:
            raise item_not_found()
        method = "GET" if visit.call.method == "HEAD" else visit.call.method
        for wanted, pattern, handler in TAILS:
            match = pattern.fullmatch(tail)
            if match is not None and wanted == method:
                visit.values = {**visit.values, **match.groupdict()}
                return handler(visit, item)
        return None

    @staticmethod
    def _drive(visit: GraphVisit, tail: str) -> Answer | None:
        if visit.call.method != "GET" or tail not in ("", "delta", "items"):
            return None
        if tail == "delta":
            return delta(visit, root_of(visit.drives, visit.drive))
        record = selected(shown_drive(visit.drives, visit.drive), visit.option("select"))
        return json_answer({"@odata.context": f"{visit.base}/$metadata#drives/$entity", **record})

    def _upload(
        self,
        visit: GraphVisit,
        address: ItemAddress,
        upload: Callable[[GraphVisit, Row | None, Row | None, str], Answer],
    ) -> Answer:
        """An upload names an item that is there or, below a folder, the name of one that may not be there yet."""
        start = self._start(visit, address)
        if start is None:
            raise item_not_found()
        if not address.names:
            if start["kind"] != "file":
                raise bad_request("A folder has no content.")
            return upload(visit, start, None, start["name"])
        *above, name = address.names
        for folder_name in above:
            below = child_named(visit.drives, start, folder_name)
            if below is None:
                if not visit.switches["uploads_make_folders"]:
                    raise item_not_found()
                check_name(folder_name, is_folder=True, in_root=start["parent"] is None, is_library=False)
                below = new_item(visit.drives, visit.drive, start, folder_name, visit.caller.identity)
            start = below
        return upload(visit, None, start, name)

    def _find(self, visit: GraphVisit, address: ItemAddress) -> Row | None:
        item = self._start(visit, address)
        for name in address.names:
            item = None if item is None else child_named(visit.drives, item, name)
        return item

    @staticmethod
    def _start(visit: GraphVisit, address: ItemAddress) -> Row | None:
        """The item that the path's names begin at."""
        root = root_of(visit.drives, visit.drive)
        if address.special is not None:
            name = SPECIAL.get(address.special.lower())
            if name is None:
                raise bad_request(f"There is no special folder '{address.special}'.")
            return child_named(visit.drives, root, name) or new_item(
                visit.drives,
                visit.drive,
                root,
                name,
                visit.caller.identity,
                specialFolder={"name": address.special.lower()},
            )
        if address.item is None:
            return root
        return find_item(visit.drives, visit.drive, address.item)
