"""Read the documented API: which operation a path is, what its body may hold, which fields its answers carry.

The document is the compressed OpenAPI subset in the resources; checking whole requests
and answers against it (`--strict`) is strict.py.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import orjson

from maestro_procore.places import resource

Schema = Mapping[str, Any]
DOCUMENT = "procore-openapi.json.gz"


@dataclass(frozen=True)
class Place:
    """Where a schema stands: an answer of an operation, then steps inside it.

    steps: "items", a property name, or the index of an `anyOf` branch.
    """

    method: str
    path: str
    status: int = 200
    steps: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Found:
    """An operation of the document that a request addresses."""

    method: str
    template: str
    path_values: dict[str, str]


class ApiDocument:
    """The document, with its `$ref`s followed on the way."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self._blanks: dict[Place, dict[str, Any]] = {}

    @cached_property
    def _routes(self) -> list[tuple[re.Pattern[str], str]]:
        # Literal words before placeholders: /vendors/sync must not be read as /vendors/{id}.
        templates = sorted(self._content["paths"], key=literal_first)
        return [(template_pattern(template), template) for template in templates]

    def find(self, method: str, path: str) -> Found | None:
        """The documented operation of a request, or None."""
        for pattern, template in self._routes:
            match = pattern.fullmatch(path)
            if match and method.lower() in self._content["paths"][template]:
                return Found(method, template, match.groupdict())
        return None

    def operation(self, method: str, template: str) -> Mapping[str, Any]:
        """Errors: KeyError when the document has no such operation."""
        found: Mapping[str, Any] = self._content["paths"][template][method.lower()]
        return found

    def parameters(self, method: str, template: str) -> list[Mapping[str, Any]]:
        found = []
        for parameter in self.operation(method, template)["parameters"]:
            if "$ref" in parameter:
                name = parameter["$ref"].rsplit("/", 1)[1]
                parameter = self._content["components"]["parameters"][name]
            found.append(parameter)
        return found

    def body(self, method: str, template: str) -> Schema | None:
        """Schema of the request body, JSON or form; None when the operation has none."""
        content = self.operation(method, template).get("requestBody", {}).get("content", {})
        for schema in content.values():
            found = self.resolve(schema["schema"])
            if template.endswith("/sync"):
                return self._finding_by_id(found)
            return self._with_uploads(found) if "attachments" in found.get("properties", {}) else found
        return None

    def _finding_by_id(self, body: Schema) -> Schema:
        """Every sync takes `id` (DOC using_sync_actions.md), also where the document's own entry leaves it out."""
        updates = body.get("properties", {}).get("updates")
        entry = {} if updates is None else self.resolve(self.resolve(updates)["items"])
        if "id" in entry.get("properties", {"id": None}):
            return body
        entry = {**entry, "properties": {"id": {"type": "integer"}, **entry["properties"]}}
        return {**body, "properties": {**body["properties"], "updates": {"type": "array", "items": entry}}}

    def _with_uploads(self, body: Schema) -> Schema:
        """A record with attachments takes `upload_ids` (DOC attachments.md), also where the document lacks them."""
        records = {
            name: {**found, "properties": {"upload_ids": {"type": "array", "items": {}}, **found["properties"]}}
            for name, value in body["properties"].items()
            if "properties" in (found := self.resolve(value))
        }
        return {**body, "properties": {**body["properties"], **records}}

    def answer(self, method: str, template: str, status: int) -> Schema | None:
        answer = self.operation(method, template)["responses"].get(str(status), {})
        for schema in answer.get("content", {}).values():
            return self.resolve(schema["schema"])
        return None

    def resolve(self, schema: Schema) -> Schema:
        """The schema itself, or the one it refers to."""
        while "$ref" in schema:
            schema = self._content["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def at(self, place: Place) -> Schema:
        """Errors: KeyError or IndexError when the document has nothing there."""
        found = self.answer(place.method, place.path, place.status)
        if found is None:
            raise KeyError(place)
        for step in place.steps:
            if isinstance(step, int):
                found = found["anyOf"][step]
            elif step == "items":
                found = found["items"]
            else:
                found = found["properties"][step]
            found = self.resolve(found)
        return found

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """Documented fields of an object schema, custom field placeholders left out."""
        listed = self.resolve(schema).get("properties", {})
        return {name: self.resolve(value) for name, value in listed.items() if not is_placeholder(name)}

    def blank(self, place: Place) -> Mapping[str, Any]:
        """The record shown there, without data; made once, as thousands of rows begin with it."""
        if place not in self._blanks:
            self._blanks[place] = self.empty(self.at(place))
        return self._blanks[place]

    def empty(self, schema: Schema) -> dict[str, Any]:
        """An object with every documented field, without data: null, lists empty."""
        return {name: [] if found.get("type") == "array" else None for name, found in self.properties(schema).items()}


def is_placeholder(name: str) -> bool:
    """`custom_field_%{…}` stands for custom_field_<definition id>; `field_name` for any field."""
    return "%" in name or name == "field_name"


def literal_first(template: str) -> list[int]:
    """Order of templates that match one path: a literal word, `{id}.pdf`, then `{id}`."""
    return [part.startswith("{") + part.endswith("}") for part in template.split("/")]


def template_pattern(template: str) -> re.Pattern[str]:
    """`/rest/v1.0/vendors/{id}` as a pattern with a group per placeholder."""
    parts = re.split(r"(\{\w+\})", template)
    return re.compile(
        "".join(f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part) for part in parts)
    )


@cache
def api_document() -> ApiDocument:
    """The document of the resources, read once."""
    return ApiDocument(orjson.loads(gzip.decompress(resource(DOCUMENT).read_bytes())))
