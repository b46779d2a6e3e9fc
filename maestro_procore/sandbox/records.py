"""Carry out list, show, create, update, sync and delete for any resource of the table.

Source: DOC using_sync_actions.md (look-up, 200 with errors inside, 1,000 entries), reference sections 3 to 6.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import orjson

from maestro_procore.sandbox.answers import (
    Answer,
    Errors,
    Refused,
    bad_parameter,
    forbidden,
    missing_field,
    not_found,
    rule_broken,
)
from maestro_procore.sandbox.api_document import ApiDocument, Schema
from maestro_procore.sandbox.fields import FieldRules, rules_of
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.resources import Operation, Resource, Test
from maestro_procore.sandbox.row_changes import RowChanges
from maestro_procore.sandbox.shapes import Shape
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Collection, Row

SYNC_LIMIT = 1000
UNKNOWN_ID = "Entity with this ID not found"


class Handler:
    """One operation of one resource, prepared once."""

    def __init__(self, document: ApiDocument, resource: Resource, operation: Operation) -> None:
        self._document = document
        self.resource = resource
        self.operation = operation
        self._changes = RowChanges(document, resource)
        self._shapes = {view: Shape(document, place, operation.computed) for view, place in operation.shapes.items()}
        self._required = [
            parameter["name"]
            for parameter in document.parameters(operation.method, operation.path)
            if parameter["in"] == "query" and parameter.get("required")
        ]

    def serve(self, visit: Visit) -> Answer:
        """Errors: Refused."""
        for name in self._required:
            if visit.call.parameter(name) is None:
                raise bad_parameter(name, "is missing")
        answer: Answer = getattr(self, f"_{self.operation.kind}")(visit)
        return answer

    def _list(self, visit: Visit) -> Answer:
        rows = self._matching(visit)
        headers: dict[str, str] = {}
        page: Any = rows
        if self.operation.cap is not None:
            page, headers = page_of(visit, rows, self.operation.cap, self.operation.default_per_page)
        view, shape = self._view(visit)
        collection = self._rows(visit)
        render = shape.render
        name = f"{self.operation.path} {shape.name}"
        body = b"[" + b",".join([collection.rendered(row, name, render) for row in page]) + b"]"
        return Answer(200, body, headers, shape=view)

    def _matching(self, visit: Visit) -> list[Row]:
        sent: dict[str, list[str]] = {}
        for name, value in visit.call.query:
            sent.setdefault(name.removesuffix("[]"), []).append(value)
        tests: list[Test] = [] if self.operation.keep is None else [self.operation.keep(visit)]
        for each in self.operation.filters:
            values = sent.get(each.name.removesuffix("[]"))
            if values:
                try:
                    tests.append(each.make(visit, values))
                except ValueError as error:
                    raise bad_parameter(each.name, str(error)) from None
        rows = [row for row in self._rows(visit) if visit.owns(row) and all(test(row) for test in tests)]
        if self.resource.is_project:
            rows = [row for row in rows if visit.may_touch_project(row["id"])]
        return self._sorted(visit, rows)

    def _sorted(self, visit: Visit, rows: list[Row]) -> list[Row]:
        wanted = visit.call.parameter("sort")
        if not wanted:
            return rows
        allowed = self._choices("sort")
        for word in reversed(wanted.split(",")):
            name = word.removeprefix("-")
            if name not in allowed:
                raise bad_parameter("sort", "is invalid")
            rows.sort(key=lambda row: str(row.get(name) or "").casefold(), reverse=word.startswith("-"))
        return rows

    def _choices(self, name: str) -> tuple[str, ...]:
        for parameter in self._document.parameters(self.operation.method, self.operation.path):
            if parameter["name"] == name:
                return tuple(parameter["schema"].get("enum", ()))
        return ()

    def _view(self, visit: Visit) -> tuple[str, Shape]:
        asked = visit.call.parameter(self.operation.view)
        if asked is not None:
            if asked not in self._choices(self.operation.view):
                raise bad_parameter(self.operation.view, "is invalid")
            switch = self.operation.variants.get(asked)
            view = f"{asked} {visit.switches[switch]}" if switch else asked
            return view, self._shapes[view]
        default = self.operation.default_view
        default = visit.switches[default] if default not in self._shapes else default
        return default, self._shapes[default]

    def _show(self, visit: Visit) -> Answer:
        return self._record_answer(visit, self._addressed(visit))

    def _record_answer(self, visit: Visit, row: Row) -> Answer:
        view, shape = self._view(visit)
        return Answer(self.operation.status, shape.render(row), shape=view)

    def _addressed(self, visit: Visit) -> Row:
        """The row of the id in the path. Errors: Refused 404, or what the permitted-projects switch says."""
        row = self._rows(visit).get(visit.path_id())
        if row is None or not visit.owns(row):
            raise not_found()
        if self.operation.keep is not None and not self.operation.keep(visit)(row):
            raise not_found()
        if self.resource.is_project:
            visit.check_permitted(row["id"])
        return row

    def _create(self, visit: Visit) -> Answer:
        written = self._wrapped(visit)
        row, errors = self._changes.apply(self._field_rules, None, written, visit)
        if errors:
            raise rule_broken(errors)
        if self.operation.act is not None:
            row = self.operation.act(visit, row)
        self._rows(visit).put(row)
        return self._record_answer(visit, row)

    def _update(self, visit: Visit) -> Answer:
        before = self._addressed(visit)
        row, errors = self._changes.apply(self._field_rules, before, self._wrapped(visit), visit)
        if errors:
            raise rule_broken(errors)
        if row is not before:
            self._rows(visit).put(row)
        return self._record_answer(visit, row)

    def _delete(self, visit: Visit) -> Answer:
        row = self._addressed(visit)
        self._rows(visit).remove(row["id"])
        return Answer(self.operation.status, b"{}" if self.operation.status == 200 else b"")

    def _act(self, visit: Visit) -> Answer:
        row = self._addressed(visit)
        assert self.operation.act is not None
        changed = self.operation.act(visit, row)
        if changed is not row:
            self._rows(visit).put(changed)
        return Answer(204) if self.operation.status == 204 else self._record_answer(visit, changed)

    def _sync(self, visit: Visit) -> Answer:
        body = self._body(visit)
        updates = body.get("updates")
        if not isinstance(updates, list) or not all(isinstance(entry, dict) for entry in updates):
            raise missing_field("updates") if updates is None else bad_parameter("updates", "must be a list of objects")
        if len(updates) > SYNC_LIMIT:
            status = visit.switches["sync_over_limit_status"]
            raise Refused(status, {"message": f"updates holds more than {SYNC_LIMIT} entries", "fields": "updates"})
        _view, shape = self._view(visit)
        entities: list[bytes] = []
        refused: list[dict[str, Any]] = []
        for entry in updates:
            row, errors = self._sync_one(visit, entry)
            if row is None:
                refused.append({**entry, "errors": errors})
            else:
                entities.append(shape.render(row))
        if visit.switches["sync_entities_order"] == "reversed":
            entities.reverse()
        text = b'{"entities":[' + b",".join(entities) + b'],"errors":' + orjson.dumps(refused) + b"}"
        return Answer(200, text, shape="sync")

    def _sync_one(self, visit: Visit, entry: Mapping[str, Any]) -> tuple[Row | None, Errors]:
        """The stored row, or None and what was wrong."""
        rows = self._rows(visit)
        if entry.get("id") is not None:
            if self.resource.name in visit.switches["sync_refuses_id"]:
                return None, {"id": ["is not permitted"]}
            row_id = entry["id"]
            before = rows.get(int(row_id) if isinstance(row_id, str) and row_id.isdigit() else row_id)
            if before is None or not visit.owns(before) or not self._may_touch(visit, before):
                return None, {"id": [UNKNOWN_ID]}
        else:
            origin_id = entry.get("origin_id")
            before = rows.by_origin(visit.company_id, str(origin_id)) if origin_id else None
        try:
            row, errors = self._changes.apply(self._field_rules, before, entry, visit, in_sync=True)
        except Refused as refused:
            return None, {"base": [str(refused.body)]}
        if errors:
            return None, errors
        if row is not before:
            rows.put(row)
        return row, {}

    def _may_touch(self, visit: Visit, row: Row) -> bool:
        return not self.resource.is_project or visit.may_touch_project(row["id"])

    @cached_property
    def _field_rules(self) -> FieldRules:
        schema = self._document.body(self.operation.method, self.operation.path)
        assert schema is not None, self.operation
        inner: Schema = self._document.resolve(schema["properties"][self._key])
        if self.operation.kind == "sync":
            inner = self._document.resolve(inner["items"])
        return rules_of(self._document, inner)

    @property
    def _key(self) -> str:
        return "updates" if self.operation.kind == "sync" else self.resource.wrapper

    def _body(self, visit: Visit) -> Mapping[str, Any]:
        """The JSON body, with its company settled. Errors: Refused 400, 403, 406."""
        body = visit.call.json()
        if not isinstance(body, dict):
            raise Refused(400, {"message": "The body must be a JSON object"})
        schema = self._document.body(self.operation.method, self.operation.path) or {}
        if "company_id" in schema.get("required", ()):
            company_id = body.get("company_id", visit.call.parameter("company_id"))
            if company_id is None:
                raise missing_field("company_id")
            if visit.connected_company(company_id) != visit.company_id:
                raise forbidden("App is not connected to this company")
        unknown = [name for name in body if name not in schema.get("properties", {})]
        if unknown and visit.switches["unknown_fields"] == "refuse":
            raise Refused(406, {"message": f"unknown field: {unknown[0]}", "fields": ", ".join(unknown)})
        return body

    def _wrapped(self, visit: Visit) -> Mapping[str, Any]:
        written = self._body(visit).get(self.resource.wrapper)
        if not written:
            raise missing_field(self.resource.wrapper)
        if not isinstance(written, dict):
            raise bad_parameter(self.resource.wrapper, "must be an object")
        return written

    def _rows(self, visit: Visit) -> Collection:
        return visit.world.collection(self.resource.name)
