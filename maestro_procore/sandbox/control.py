"""The control interface: what tests and the training program ask of the sandbox itself, outside both APIs."""

from collections.abc import Callable
from typing import Any

import orjson

from maestro_procore.sandbox.answers import Answer, Call, Refused, json_answer
from maestro_procore.sandbox.api_document import ApiDocument
from maestro_procore.sandbox.call_log import CallLog
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.faults import FaultRefused, Faults
from maestro_procore.sandbox.live_fields import expanded
from maestro_procore.sandbox.options import Switches, UnknownSwitch
from maestro_procore.sandbox.resources import Resource
from maestro_procore.sandbox.shapes import Shape
from maestro_procore.sandbox.start_data import complete_row
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row, World

PREFIX = "/control"
PRIVATE = ("oauth_tokens", "oauth_codes")


class Control:
    """`GET {control}`, calls, faults, clock, switches, state."""

    def __init__(
        self,
        world: World,
        clock: SandboxClock,
        switches: Switches,
        log: CallLog,
        faults: Faults,
        start_line: Callable[[], dict[str, Any]],
        user_visit: Callable[[Call], Visit],
        keep_clock: Callable[[], None],
        document: ApiDocument,
    ) -> None:
        self._world = world
        self._clock = clock
        self._switches = switches
        self._log = log
        self._faults = faults
        self._start_line = start_line
        self._user_visit = user_visit
        self._keep_clock = keep_clock
        self._document = document
        self._shapes: dict[str, Shape] = {}
        self._resources = {resource.name: resource for resource in RESOURCES}
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
        }

    def serve(self, call: Call) -> Answer:
        """Errors: Refused."""
        words = [word for word in call.path.removeprefix(PREFIX).split("/") if word]
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

    def _state(self, call: Call, name: str, row_id: str | None) -> Answer:
        if name in PRIVATE:
            raise Refused(404, {"error": f"no state of {name}"})
        if call.method == "GET" and row_id is None:
            visit = self._user_visit(call)
            return json_answer([self._shown(name, row, visit) for row in self._world.collection(name)])
        if call.method == "POST" and row_id is None:
            return self._edit(call, name)
        if call.method == "DELETE" and row_id is not None:
            row = self._world.collection(name).get(int(row_id) if row_id.isdigit() else None)
            if row is None:
                raise Refused(404, {"error": f"no {name} {row_id}"})
            self._world.collection(name).remove(row["id"])
            return json_answer({"ok": True})
        raise Refused(405, {"error": "GET, POST on the collection; DELETE on one record"})

    def _edit(self, call: Call, name: str) -> Answer:
        """Create or change one record as another user would: no rule but that its fields are known."""
        written = _json(call)
        if not isinstance(written, dict):
            raise Refused(400, {"error": "one record, as an object"})
        resource = self._resources.get(name)
        self._check_known(resource, written)
        visit = self._user_visit(call)
        rows = self._world.collection(name)
        before = rows.get(written.get("id"))
        if written.get("id") is not None and before is None:
            raise Refused(404, {"error": f"no {name} {written['id']}"})
        if before is None:
            row = complete_row(resource, {"id": self._world.new_id(), **written}, visit)
        else:
            row = {**before, "updated_at": visit.clock.stamp(), **written}
            completed = complete_row(resource, {**written, COMPANY: before.get(COMPANY)}, visit)
            row.update({key: completed.get(key) for key in _also_set(resource, written)})
            if resource is not None and resource.derive is not None:
                resource.derive(row, visit)
        scope = None if resource is None else resource.scope
        if scope is not None and not scope.optional and row.get(scope.key) is None:
            raise Refused(400, {"error": f"a record of {name} needs {scope.key}"})
        rows.put(row)
        return json_answer(self._shown(name, row, visit), 200 if before is not None else 201)

    def _check_known(self, resource: Resource | None, written: Row) -> None:
        if resource is None:
            return
        known = set(self._document.properties(self._document.at(resource.show)))
        known |= {reference.write for reference in resource.references} | {"company_id"}
        known |= {resource.scope.key} if resource.scope is not None else set()
        known |= {reference.read for reference in resource.references if reference.read}
        unknown = [key for key in written if key not in known]
        if unknown:
            raise Refused(400, {"error": f"unknown fields of {resource.name}: {', '.join(unknown)}"})

    def _shown(self, name: str, row: Row, visit: Visit) -> Row:
        resource = self._resources.get(name)
        if resource is None:
            return {key: value for key, value in row.items() if not key.startswith("_")}
        if name not in self._shapes:
            self._shapes[name] = Shape(self._document, resource.show)
        record: Row = self._shapes[name].record(expanded(resource, row, visit))
        if resource.scope is not None:
            record.setdefault(resource.scope.key, row.get(resource.scope.key))
        return record


def _also_set(resource: Resource | None, written: Row) -> list[str]:
    """The other half of each reference that was written: the record of an id, or the id of a record."""
    found = []
    for reference in resource.references if resource is not None else ():
        if reference.read is None or reference.many:
            continue
        if reference.write in written and reference.read not in written:
            found.append(reference.read)
        elif reference.read in written and reference.write not in written:
            found.append(reference.write)
    return found


def _json(call: Call) -> Any:
    try:
        return orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, {"error": f"the body is no JSON: {error}"}) from None
