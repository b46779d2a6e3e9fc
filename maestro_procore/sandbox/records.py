"""Carry out list, show, create, update and delete for any resource of the table; the sync action is sync_action.py.

Source: reference sections 3 to 6.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from maestro_procore.sandbox.answers import (
    Answer,
    Errors,
    Refused,
    bad_parameter,
    forbidden,
    missing_field,
    not_found,
)
from maestro_procore.sandbox.api_document import ApiDocument, Schema
from maestro_procore.sandbox.fields import FieldRules, rules_of
from maestro_procore.sandbox.live_fields import expanded, is_live
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.resources import Operation, Resource, Test
from maestro_procore.sandbox.row_changes import RowChanges
from maestro_procore.sandbox.scopes import is_inside, parents
from maestro_procore.sandbox.shapes import Shape
from maestro_procore.sandbox.sync_action import sync
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Collection, Row


class Handler:
    """One operation of one resource, prepared when it is first asked for: there are hundreds, a client uses some."""

    def __init__(self, document: ApiDocument, resource: Resource, operation: Operation) -> None:
        self._document = document
        self.resource = resource
        self.operation = operation
        self.wrapper = resource.wrapper if operation.wrapper is None else operation.wrapper

    @cached_property
    def changes(self) -> RowChanges:
        return RowChanges(self._document, self.resource)

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        computed = self.operation.computed
        return {view: Shape(self._document, place, computed) for view, place in self.operation.shapes.items()}

    @cached_property
    def _required(self) -> list[str]:
        """Names of the query parameters that the document demands."""
        return [
            parameter["name"]
            for parameter in self._document.parameters(self.operation.method, self.operation.path)
            if parameter["in"] == "query" and parameter.get("required")
        ]

    def serve(self, visit: Visit) -> Answer:
        """Errors: Refused."""
        for name in self._required:
            if visit.call.parameter(name) is None:
                raise bad_parameter(name, "is missing")
        if self.operation.call is not None:
            return self.operation.call(self, visit)
        answer: Answer = getattr(self, f"_{self.operation.kind}")(visit)
        return answer

    def _list(self, visit: Visit) -> Answer:
        rows = self._matching(visit)
        headers: dict[str, str] = {}
        page: Sequence[Row] = rows
        if self.operation.cap is not None:
            page, headers = page_of(visit, rows, self.operation.cap, self.operation.default_per_page)
        return self.list_answer(visit, page, headers)

    def list_answer(self, visit: Visit, page: Sequence[Row], headers: dict[str, str]) -> Answer:
        """These rows in the view that was asked for."""
        view, shape = self.view(visit)
        if is_live(self.resource):
            texts = [shape.render(expanded(self.resource, row, visit)) for row in page]
        else:
            collection, render = self.rows(visit), shape.render
            name = f"{self.operation.path} {shape.name}"
            texts = [collection.rendered(row, name, render) for row in page]
        return Answer(200, self._enveloped(b"[" + b",".join(texts) + b"]"), headers, shape=self._answered(view))

    def _answered(self, view: str) -> str | None:
        """The shape that --strict checks: of a call it is the whole answer as documented."""
        return None if self.operation.kind == "call" else view

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
        found = self.parents(visit)
        candidates = self.rows(visit).where(**found) if found else self.rows(visit)
        rows = [row for row in candidates if visit.owns(row) and all(test(row) for test in tests)]
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
            keys = self.operation.sorts.get(name, (name,))
            rows.sort(key=partial(_sort_value, keys), reverse=word.startswith("-"))
        return rows

    def _choices(self, name: str) -> tuple[str, ...]:
        for parameter in self._document.parameters(self.operation.method, self.operation.path):
            if parameter["name"] == name:
                return tuple(parameter["schema"].get("enum", ()))
        return ()

    def view(self, visit: Visit) -> tuple[str, Shape]:
        """The view that was asked for, or the default one. Errors: Refused 400."""
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
        return self.record_answer(visit, self.addressed(visit))

    def record_answer(self, visit: Visit, row: Row) -> Answer:
        """One row in the view that was asked for, with the operation's status."""
        view, shape = self.view(visit)
        return Answer(
            self.operation.status, self._enveloped(self.rendered(visit, row, shape)), shape=self._answered(view)
        )

    def rendered(self, visit: Visit, row: Row, shape: Shape) -> bytes:
        return shape.render(expanded(self.resource, row, visit))

    def _enveloped(self, text: bytes) -> bytes:
        key = self.operation.envelope
        return b'{"%s":%s}' % (key.encode(), text) if key else text

    def parents(self, visit: Visit) -> dict[str, int]:
        """Row key → id of what the rows of this request stand in. Errors: Refused 400, 403, 404."""
        return parents(visit, self.resource, self.operation)

    def addressed(self, visit: Visit, name: str = "id") -> Row:
        """The row of the id of that name in the path. Errors: Refused 404, or what permitted_projects says."""
        row = self.rows(visit).get(visit.path_id(name))
        if row is None or not visit.owns(row) or not is_inside(row, self.parents(visit)):
            raise not_found()
        if self.operation.keep is not None and not self.operation.keep(visit)(row):
            raise not_found()
        if self.resource.is_project:
            visit.check_permitted(row["id"])
        return row

    def _create(self, visit: Visit) -> Answer:
        row = self.write(visit, None, self.wrapped(visit))
        return self.record_answer(visit, row)

    def _update(self, visit: Visit) -> Answer:
        before = self.addressed(visit)
        row = self.write(visit, before, self.wrapped(visit))
        return Answer(204) if self.operation.status == 204 else self.record_answer(visit, row)

    def write(self, visit: Visit, before: Row | None, written: Mapping[str, Any]) -> Row:
        """Make the row or change it, and keep it. Errors: Refused when a field or a rule is broken."""
        fixed = self.parents(visit) if before is None else {}
        row, errors = self.changes.apply(self.field_rules, before, written, visit, fixed=fixed)
        if errors:
            raise self.refused(errors)
        if before is None and self.operation.act is not None:
            row = self.operation.act(visit, row)
        if row is before and visit.call.files:
            row = self.changes.finish(dict(row), visit)  # nothing but a file was sent
        if row is not before:
            self.keep(visit, row, before)
        return row

    def refused(self, errors: Errors) -> Refused:
        body = {"errors": errors} if self.resource.refusal is None else self.resource.refusal(errors)
        return Refused(self.resource.refused_status, body)

    def keep(self, visit: Visit, row: Row, before: Row | None) -> None:
        """Store the row, and what follows from it."""
        self.rows(visit).put(row)
        if self.resource.stored is not None:
            self.resource.stored(visit, row, before)

    def _delete(self, visit: Visit) -> Answer:
        row = self.addressed(visit)
        errors = self.resource.kept(visit, row) if self.resource.kept is not None else {}
        if errors:
            raise self.refused(errors)
        self.rows(visit).remove(row["id"])
        if self.resource.removed is not None:
            self.resource.removed(visit, row)
        if self.operation.status != 200:
            return Answer(self.operation.status)
        return self.record_answer(visit, row) if self._shapes else Answer(200, b"{}")

    def _act(self, visit: Visit) -> Answer:
        row = self.addressed(visit)
        assert self.operation.act is not None
        changed = self.operation.act(visit, row)
        if changed is not row:
            self.keep(visit, changed, row)
        return Answer(204) if self.operation.status == 204 else self.record_answer(visit, changed)

    def _sync(self, visit: Visit) -> Answer:
        return sync(self, visit)

    @cached_property
    def field_rules(self) -> FieldRules:
        """Of the record in the body: what it may hold and what it must."""
        schema = self._document.body(self.operation.method, self.operation.path)
        assert schema is not None, self.operation
        key = "updates" if self.operation.kind == "sync" else self.wrapper
        inner: Schema = self._document.resolve(schema["properties"][key]) if key else schema
        if inner.get("type") == "array":
            inner = self._document.resolve(inner["items"])
        return rules_of(self._document, inner)

    def body(self, visit: Visit) -> Mapping[str, Any]:
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

    def wrapped(self, visit: Visit) -> Mapping[str, Any]:
        """The fields of the record in the body. Errors: Refused 400, 403, 406."""
        body = self.body(visit)
        written = body.get(self.wrapper) if self.wrapper else body
        if not written and not self._may_be_empty and not visit.call.files:
            raise missing_field(self.wrapper)
        if written is None:
            return {}
        if not isinstance(written, dict):
            raise bad_parameter(self.wrapper, "must be an object")
        return written

    @cached_property
    def _may_be_empty(self) -> bool:
        """Whether the document lets the record be left out of the body."""
        schema = self._document.body(self.operation.method, self.operation.path) or {}
        return self.wrapper not in schema.get("required", ())

    def rows(self, visit: Visit) -> Collection:
        return visit.world.collection(self.resource.name)


def _sort_value(keys: tuple[str, ...], row: Row) -> tuple[str, ...]:
    return tuple([str(row.get(key) or "").casefold() for key in keys])
