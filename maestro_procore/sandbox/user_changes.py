"""What another user does in Procore's own pages: the records that the control interface shows, edits and deletes.

No rule of the API is checked, but that fields are known; whatever follows from a change follows here too: totals,
times, hidden parts, lines sent inside their record.
"""

from collections.abc import Callable, Mapping
from typing import Any

from maestro_procore.sandbox.answers import Refused
from maestro_procore.sandbox.api_document import ApiDocument
from maestro_procore.sandbox.catalogue import RESOURCES
from maestro_procore.sandbox.live_fields import expanded
from maestro_procore.sandbox.resources import Resource
from maestro_procore.sandbox.shapes import Shape
from maestro_procore.sandbox.start_data import complete_row
from maestro_procore.sandbox.vendors_merged import merge_vendors
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Collection, Row

# Collection → words that no record has, each something that a user does: it gets the record and the word's value.
ACTS: Mapping[str, Mapping[str, Callable[[Visit, Row, Any], Row]]] = {"vendors": {"merged_into": merge_vendors}}


class UserChanges:
    """The records of all collections, as a person sees and changes them."""

    def __init__(self, document: ApiDocument) -> None:
        self._document = document
        self._resources = {resource.name: resource for resource in RESOURCES}
        self._shapes: dict[str, Shape] = {}

    def listed(self, name: str, visit: Visit) -> list[Row]:
        """All records of a collection; those marked as deleted only with `include_deleted`."""
        has_all = visit.call.parameter("include_deleted") is not None
        rows = [row for row in visit.world.collection(name) if has_all or not row.get("deleted_at")]
        return [self.shown(name, row, visit) for row in rows]

    def shown(self, name: str, row: Row, visit: Visit) -> Row:
        """The record as its *show* answer has it, with what it stands in."""
        resource = self._resources.get(name)
        if resource is None:
            return {key: value for key, value in row.items() if not key.startswith("_")}
        if name not in self._shapes:
            self._shapes[name] = Shape(self._document, resource.show)
        record: Row = self._shapes[name].record(expanded(resource, row, visit))
        for key in (*resource.own_keys, *((resource.scope.key,) if resource.scope is not None else ())):
            record.setdefault(key, row.get(key))
        return record

    def delete(self, name: str, row_id: int | None, visit: Visit) -> None:
        """Errors: Refused 404."""
        rows, resource = visit.world.collection(name), self._resources.get(name)
        row = rows.get(row_id)
        if row is None or row.get("deleted_at"):
            raise Refused(404, {"error": f"no {name} {row_id}"})
        if resource is not None and resource.discard is not None:
            resource.discard(visit, row)
            return
        if resource is not None and resource.marks_deleted:
            now = visit.clock.stamp()
            _keep(resource, rows, {**row, "deleted_at": now, "updated_at": now}, row, visit)
            return
        rows.remove(row["id"])
        if resource is not None and resource.removed is not None:
            resource.removed(visit, row)

    def write(self, name: str, written: Any, visit: Visit) -> tuple[Row, bool]:
        """Change the record of that id, or make one without id. The record, and whether it is new.

        Errors: Refused 400 for what is no record of this collection, 404 for an unknown id.
        """
        if not isinstance(written, dict):
            raise Refused(400, {"error": "one record, as an object"})
        resource, rows = self._resources.get(name), visit.world.collection(name)
        before = rows.get(written.get("id"))
        if written.get("id") is not None and before is None:
            raise Refused(404, {"error": f"no {name} {written['id']}"})
        acts = {word: written[word] for word in ACTS.get(name, ()) if word in written}
        if acts and before is not None:
            row = before
            for word, value in acts.items():
                row = ACTS[name][word](visit, row, value)
            return row, False
        self._check_known(resource, written)
        if before is not None and self._is_as_shown(name, before, written, visit):
            return before, False
        row = self._row(resource, before, written, visit)
        scope = None if resource is None else resource.scope
        if scope is not None and not scope.optional and row.get(scope.key) is None:
            raise Refused(400, {"error": f"a record of {name} needs {scope.key}"})
        _keep(resource, rows, row, before, visit)
        self._write_parts(resource, row, written, visit)
        return rows.get(row["id"]) or row, before is None

    def _is_as_shown(self, name: str, row: Row, written: Row, visit: Visit) -> bool:
        shown = self.shown(name, row, visit)
        return all(shown.get(key, row.get(key)) == value for key, value in written.items())

    def _row(self, resource: Resource | None, before: Row | None, written: Row, visit: Visit) -> Row:
        own = {key: value for key, value in written.items() if resource is None or key not in resource.parts}
        if before is None:
            row = complete_row(resource, {"id": visit.world.new_id(), **own}, visit)
        else:
            row = {**before, "updated_at": visit.clock.stamp(), **own}
            completed = complete_row(resource, {**own, COMPANY: before.get(COMPANY)}, visit)
            row.update({key: completed.get(key) for key in _also_set(resource, own)})
            if resource is not None and resource.derive is not None:
                resource.derive(row, visit)
        for rule in () if resource is None else resource.settled:
            errors = rule(row, before, visit)
            if errors:
                raise Refused(400, {"error": f"{resource.name if resource else ''}: {errors}"})
        return row

    def _write_parts(self, resource: Resource | None, row: Row, written: Row, visit: Visit) -> None:
        """Lines sent inside their record: made, changed or, when they are left out, deleted."""
        for field, (name, key) in () if resource is None else resource.parts.items():
            sent = written.get(field)
            if not isinstance(sent, list):
                continue
            kept = {part.get("id") for part in sent}
            for part in visit.world.collection(name).where(**{key: row["id"]}):
                if part["id"] not in kept:
                    self.delete(name, part["id"], visit)
            for part in sent:
                self.write(name, {**part, key: row["id"], "project_id": row.get("project_id")}, visit)

    def _check_known(self, resource: Resource | None, written: Row) -> None:
        if resource is None:
            return
        known = set(self._document.properties(self._document.at(resource.show)))
        known |= {reference.write for reference in resource.references} | {"company_id", *resource.own_keys}
        known |= {resource.scope.key} if resource.scope is not None else set()
        known |= {reference.read for reference in resource.references if reference.read}
        unknown = [key for key in written if key not in known]
        if unknown:
            raise Refused(400, {"error": f"unknown fields of {resource.name}: {', '.join(unknown)}"})


def _keep(resource: Resource | None, rows: Collection, row: Row, before: Row | None, visit: Visit) -> None:
    rows.put(row)
    if resource is not None and resource.stored is not None:
        resource.stored(visit, row, before)


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
