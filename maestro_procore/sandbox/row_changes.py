"""Make the row that a create, update or sync entry leads to, or say what is wrong with it.

Pure over the world: nothing is stored here.
"""

from collections.abc import Mapping
from typing import Any

from maestro_procore.sandbox.answers import Errors, Refused, missing_field
from maestro_procore.sandbox.api_document import ApiDocument
from maestro_procore.sandbox.fields import RATES, FieldRules, decimal_text, money_text
from maestro_procore.sandbox.resources import Reference, Resource
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

BLANK = "can't be blank"
TAKEN = "has already been taken"
INVALID = "is invalid"
NOTHING: Mapping[str, Any] = {}


class RowChanges:
    """The writing rules of one resource."""

    def __init__(self, document: ApiDocument, resource: Resource) -> None:
        self._resource = resource
        self._references = {reference.write: reference for reference in resource.references}
        shown = document.properties(document.at(resource.show))
        self._empty = document.empty(document.at(resource.show))
        # Read as text, written as number: amounts ("numstr" of the reference).
        self._money = {name for name, schema in shown.items() if schema.get("type") == "string"}

    def apply(
        self,
        rules: FieldRules,
        before: Row | None,
        written: Mapping[str, Any],
        visit: Visit,
        *,
        in_sync: bool = False,
        fixed: Mapping[str, Any] = NOTHING,
    ) -> tuple[Row, Errors]:
        """The row as it becomes and what is wrong per field (empty: nothing).

        fixed: what a new row stands in.
        The same object as `before` comes back when nothing changes.
        Errors: Refused 400 and 406 for a single create or update whose fields cannot be read.
        """
        values, unknown, errors = rules.clean(written, visit.switches["short_text_limit"])
        if unknown and visit.switches["unknown_fields"] == "refuse":
            if not in_sync:
                raise Refused(406, {"message": f"unknown field: {unknown[0]}", "fields": ", ".join(unknown)})
            errors.update({name: ["is not a known field"] for name in unknown})
        if before is None and not in_sync:
            for name in rules.required:
                if name not in written:
                    raise missing_field(name)
        if errors:
            return before or {}, errors
        values.pop("id", None)
        row = dict(before) if before is not None else {**self.new_row(visit), **fixed}
        self._set(row, rules, values, visit, errors)
        if not errors:
            errors = self._broken(row, before, visit)
        if errors or (before is not None and row == before and not visit.switches["touch_without_change"]):
            return before or row, errors
        return self.finish(row, visit), errors

    def new_row(self, visit: Visit) -> Row:
        """A record without data: every documented field, the defaults, its id and times."""
        now = visit.clock.stamp()
        row = {**self._empty, **self._resource.defaults}
        row.update({"id": visit.world.new_id(), COMPANY: visit.company_id, "created_at": now, "updated_at": now})
        return row

    def finish(self, row: Row, visit: Visit) -> Row:
        """Set what follows from the other fields, and the time of the change."""
        if self._resource.derive is not None:
            self._resource.derive(row, visit)
        row["updated_at"] = visit.clock.stamp()
        return row

    def _set(self, row: Row, rules: FieldRules, values: Mapping[str, Any], visit: Visit, errors: Errors) -> None:
        for name, value in values.items():
            reference = self._references.get(name)
            if reference is not None:
                self._refer(row, reference, value, visit, errors)
                continue
            target = self._resource.renamed.get(name, name)
            if rules.by_name[name].kind == "number" and value is not None:
                value = self._number(target, value)
            if isinstance(value, dict) and isinstance(row.get(target), dict):
                value = {**row[target], **value}
            row[target] = value

    def _number(self, name: str, value: Any) -> float | str | None:
        if name not in self._money:
            return float(value)
        return decimal_text(value) if name in RATES else money_text(value)

    def _refer(self, row: Row, reference: Reference, value: Any, visit: Visit, errors: Errors) -> None:
        ids = value if reference.many else [value]
        found = []
        for each in ids or []:
            if each is None:
                continue
            other = visit.world.collection(reference.collection).get(each)
            if other is None or not visit.owns(other) or not _together(row, other, reference.within):
                errors[reference.write] = [INVALID]
                return
            if not reference.live:
                found.append(brief(other))
        if reference.read is not None and not reference.live:
            row[reference.read] = found if reference.many else (found[0] if found else None)
        if reference.keeps_id or reference.live:
            row[reference.write] = value

    def _broken(self, row: Row, before: Row | None, visit: Visit) -> Errors:
        errors: Errors = {}
        if "name" in self._empty and not str(row.get("name") or "").strip():
            errors["name"] = [BLANK]
        if row.get("origin_id"):
            owner = visit.world.collection(self._resource.name).by_origin(visit.company_id, row["origin_id"])
            if owner is not None and owner["id"] != row["id"]:
                errors["origin_id"] = [TAKEN]
        for rule in self._resource.rules:
            errors.update(rule(row, before, visit))
        return errors


def _together(row: Row, other: Row, key: str) -> bool:
    return not key or row.get(key) == other.get(key)


IDENTIFYING = ("id", "name", "code", "full_code", "active", "login")


def brief(row: Row) -> Row:
    """A record as others show it: the fields that identify it."""
    return {name: row[name] for name in IDENTIFYING if row.get(name) is not None}
