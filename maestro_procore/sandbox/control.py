"""The control interface: what tests and the training program ask of the sandbox itself, outside both APIs.

`POST faults` takes what faults.py's Fault names, or a list of them; the keys that choose calls may stand in `match`:
`{"match": {"path": "*/sync", "body_contains": "\\"origin_id\\":\\"MST:7\\"", "times": null}, "status": 500}`.
`GET state/RESOURCE?include_deleted=with` shows what is only marked as deleted too. `POST state/RESOURCE` takes the
lines of a record inside it, of documents and images their content (see documents.py and photos.py), and of vendors
`{"id": …, "merged_into": …}`; what follows from it is user_changes.py. `GET content/RESOURCE/ID` gives the bytes of a
file: of documents, images, or whatever else has a content.
Microsoft's side: `state/driveItems`, `drives`, `sites`, `messages`, `microsoftUsers` and `POST graph` are
graph_state.py. `GET microsoft` answers the registered application and who can sign in; its client_id never changes,
so that what a client keeps of a sign-in is good after a restart. `POST microsoft` takes `approve` or `deny` (the code
of a device), `revoke`, `challenge` or `withdraw_consent` (a sign-in name), or `certificate` (PEM, for assertions).
"""

from collections.abc import Callable
from typing import Any

import orjson

from maestro_procore.sandbox.answers import Answer, Call, Refused, json_answer
from maestro_procore.sandbox.api_document import ApiDocument
from maestro_procore.sandbox.call_log import CallLog
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.documents_tree import newest_content
from maestro_procore.sandbox.faults import FaultRefused, Faults
from maestro_procore.sandbox.graph_state import WORDS
from maestro_procore.sandbox.microsoft_side import MicrosoftSide
from maestro_procore.sandbox.options import Switches, UnknownSwitch
from maestro_procore.sandbox.user_changes import UserChanges
from maestro_procore.sandbox.visits import Visit

PREFIX = "/control"
PRIVATE = (
    *("oauth_tokens", "oauth_codes", "microsoft_tokens", "microsoft_codes", "microsoft_devices", "microsoft_flows"),
    *("graph_sessions", "microsoft_apps"),
)


class Control:
    """`GET {control}`, calls, faults, clock, switches, state."""

    def __init__(
        self,
        clock: SandboxClock,
        switches: Switches,
        log: CallLog,
        faults: Faults,
        start_line: Callable[[], dict[str, Any]],
        user_visit: Callable[[Call], Visit],
        keep_clock: Callable[[], None],
        document: ApiDocument,
        microsoft: MicrosoftSide,
    ) -> None:
        self._clock = clock
        self._switches = switches
        self._log = log
        self._faults = faults
        self._start_line = start_line
        self._user_visit = user_visit
        self._keep_clock = keep_clock
        self._changes = UserChanges(document)
        self._microsoft = microsoft
        self._routes: dict[tuple[str, str], Callable[[Call], Answer]] = {
            ("GET", ""): lambda _call: json_answer(self._start_line()),
            ("GET", "calls"): lambda _call: json_answer(self._log.as_list()),
            ("DELETE", "calls"): self._clear(self._log.clear),
            ("GET", "faults"): lambda _call: json_answer(self._faults.as_list()),
            ("POST", "faults"): self._plant,
            ("DELETE", "faults"): self._clear(self._faults.clear),
            ("GET", "clock"): lambda _call: json_answer(self._time()),
            ("POST", "clock"): self._advance,
            ("GET", "switches"): lambda _call: json_answer(self._switches.as_dict()),
            ("POST", "switches"): self._switch,
            ("POST", "graph"): microsoft.state.serve_acts,
            ("GET", "microsoft"): lambda _call: json_answer(microsoft.registration()),
            ("POST", "microsoft"): self._act_at_microsoft,
        }

    def serve(self, call: Call) -> Answer:
        """Errors: Refused."""
        words = [word for word in call.path.removeprefix(PREFIX).split("/") if word]
        if len(words) == 3 and words[0] == "content" and call.method == "GET":
            return self._content(call, words[1], words[2])
        if len(words) in (2, 3) and words[0] == "state":
            return self._state(call, words[1], words[2] if len(words) == 3 else None)
        route = self._routes.get((call.method, "/".join(words)))
        if route is None:
            raise Refused(404, {"error": f"no {call.method} {call.path} in the control interface"})
        return route(call)

    @staticmethod
    def _clear(clear: Callable[[], None]) -> Callable[[Call], Answer]:
        def cleared(_call: Call) -> Answer:
            clear()
            return json_answer({"ok": True})

        return cleared

    def _plant(self, call: Call) -> Answer:
        try:
            planted = self._faults.plant(_json(call))
        except FaultRefused as refused:
            raise Refused(400, {"error": str(refused)}) from None
        return json_answer([fault.as_dict() for fault in planted], 201)

    def _advance(self, call: Call) -> Answer:
        body = _json(call)
        seconds = body.get("advance_seconds") if isinstance(body, dict) else None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise Refused(400, {"error": "advance_seconds must be a number"})
        self._clock.advance(seconds)
        self._keep_clock()
        return json_answer(self._time())

    def _time(self) -> dict[str, Any]:
        return {"now": self._clock.stamp(), "advanced_seconds": self._clock.advanced_seconds}

    def _switch(self, call: Call) -> Answer:
        body = _json(call)
        try:
            self._switches.change(body if isinstance(body, dict) else {"": None})
        except UnknownSwitch as unknown:
            raise Refused(400, {"error": str(unknown)}) from None
        return json_answer(self._switches.as_dict())

    def _content(self, call: Call, name: str, row_id: str) -> Answer:
        """The bytes of a file, a version or an image, as a person would read them."""
        if name == "driveItems":
            return self._microsoft.state.content(row_id)
        visit = self._user_visit(call)
        row = visit.world.collection(name).get(int(row_id) if row_id.isdigit() else None)
        found = newest_content(visit, name, row)
        if found is None:
            raise Refused(404, {"error": f"no content of {name} {row_id}"})
        file_name, content = found
        return visit.files.content_answer(call, content, file_name, "application/octet-stream")

    def _state(self, call: Call, name: str, row_id: str | None) -> Answer:
        if name in PRIVATE:
            raise Refused(404, {"error": f"no state of {name}"})
        if name in WORDS:
            return self._microsoft.state.serve_state(call, name, row_id)
        visit = self._user_visit(call)
        if call.method == "GET" and row_id is None:
            return json_answer(self._changes.listed(name, visit))
        if call.method == "POST" and row_id is None:
            row, is_new = self._changes.write(name, _json(call), visit)
            return json_answer(self._changes.shown(name, row, visit), 201 if is_new else 200)
        if call.method == "DELETE" and row_id is not None:
            self._changes.delete(name, int(row_id) if row_id.isdigit() else None, visit)
            return json_answer({"ok": True})
        raise Refused(405, {"error": "GET, POST on the collection; DELETE on one record"})

    def _act_at_microsoft(self, call: Call) -> Answer:
        body = _json(call)
        return json_answer(self._microsoft.sign_in.act(body if isinstance(body, dict) else {}))


def _json(call: Call) -> Any:
    try:
        return orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, {"error": f"the body is no JSON: {error}"}) from None
