"""Turn a kept row into the record an answer shows: every documented field of the chosen view, in its order."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from maestro_procore.sandbox.api_document import ApiDocument, Place, Schema
from maestro_procore.sandbox.world import Row


class Shape:
    """One documented view of a record."""

    def __init__(
        self, document: ApiDocument, place: Place, computed: Mapping[str, Callable[[Row], Any]] | None = None
    ) -> None:
        self.place = place
        # Two operations may show one place with different computed fields; the path keeps them apart.
        self.name = f"{place.method} {place.path} {place.status} {'/'.join(map(str, place.steps))}"
        schema = document.at(place)
        self._is_id_only = schema.get("type") in ("number", "integer")
        properties = document.properties(schema)
        # v2.0 answers carry ids as text.
        self._text_ids = tuple(
            name
            for name, found in properties.items()
            if found.get("type") == "string" and (name == "id" or name.endswith("_id"))
        )
        self._names = tuple(properties)
        self._computed = tuple((computed or {}).items())
        self._nested = tuple(
            (name, completion)
            for name, found in properties.items()
            if (completion := _completion(document, found)) is not None
        )

    def record(self, row: Row) -> Any:
        """The record as a JSON value; fields without data are null."""
        if self._is_id_only:
            return row["id"]
        get = row.get
        record = {name: get(name) for name in self._names}
        for name in self._text_ids:
            if isinstance(record[name], int):
                record[name] = str(record[name])
        for name, make in self._computed:
            record[name] = make(row)
        for name, complete in self._nested:
            if record[name]:
                record[name] = complete(record[name])
        return record

    def render(self, row: Row) -> bytes:
        return orjson.dumps(self.record(row))


def _completion(document: ApiDocument, schema: Schema) -> Callable[[Any], Any] | None:
    """A function that adds the documented fields a nested object, or each object of a list, lacks."""
    if schema.get("type") == "array" and "items" in schema:
        inner = _completion(document, document.resolve(schema["items"]))
        return None if inner is None else lambda value: [inner(one) for one in value]
    empty = document.empty(schema)
    return (lambda value: {**empty, **value} if isinstance(value, dict) else value) if empty else None
