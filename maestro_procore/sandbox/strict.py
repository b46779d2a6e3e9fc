"""Check requests and answers against the whole document, for `--strict`: our own client is held to it.

Rules over the raw file (design, section 6): null passes; `format` is not checked; unknown fields in
requests are refused; answers carry every documented field. `/oauth/*` needs no bearer.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson

from maestro_procore.sandbox.answers import Answer, Call
from maestro_procore.sandbox.api_document import ApiDocument, Schema, is_placeholder
from maestro_procore.sandbox.catalogue import RESOURCES

# A value list of answers that holds the first lacks the second, though the document lets it be written.
ALSO_READ = {"owner_cost": "labor", "payroll": "subcontractor_invoice"}


class Violation(Exception):
    """What broke the document. status: 400 for a request, 500 for an answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Strict:
    """Validators of the document's operations, compiled when first needed."""

    def __init__(self, document: ApiDocument) -> None:
        self._document = document
        self._operations = {
            (operation.method.upper(), operation.path): operation
            for resource in RESOURCES
            for operation in resource.operations
        }
        self._body = lru_cache(maxsize=None)(self._compile_body)
        self._answer = lru_cache(maxsize=None)(self._compile_answer)

    def check_request(self, call: Call) -> None:
        """Errors: Violation 400."""
        found = self._document.find(call.method, call.path)
        if found is None:
            raise Violation(400, f"{call.method} {call.path} is not documented")
        self._check_parameters(call, found.template)
        validator = self._body(call.method, found.template)
        if validator is None or call.path.startswith("/oauth/"):
            return
        try:
            content = orjson.loads(call.body)
        except orjson.JSONDecodeError as error:
            raise Violation(400, f"body is no JSON: {error}") from None
        if call.is_form:
            schema = self._document.body(call.method, found.template)
            content = content if schema is None else typed(self._document, schema, content)
        _check(validator, content, 400, "body")

    def check_answer(self, call: Call, answer: Answer) -> None:
        """Errors: Violation 500."""
        found = self._document.find(call.method, call.path)
        if found is None or not answer.body or not answer.content_type.startswith("application/json"):
            return
        validator = self._answer(call.method, found.template, answer.status, answer.shape)
        if validator is not None:
            _check(validator, orjson.loads(answer.body), 500, "answer")

    def _check_parameters(self, call: Call, template: str) -> None:
        known = {parameter["name"]: parameter for parameter in self._document.parameters(call.method, template)}
        bare = {name.removesuffix("[]"): parameter for name, parameter in known.items()}
        for name, value in call.query:
            parameter = known.get(name) or bare.get(name.removesuffix("[]"))
            if parameter is None:
                if call.path.startswith("/oauth/"):
                    continue
                raise Violation(400, f"query parameter {name} is not documented")
            reason = _wrong_parameter(parameter, value)
            if reason:
                raise Violation(400, f"query parameter {name} {reason}")
        for name, parameter in known.items():
            if not parameter.get("required") or parameter["in"] == "path":
                continue
            given = call.parameter(name) if parameter["in"] == "query" else call.headers.get(name.lower())
            if given is None:
                raise Violation(400, f"{parameter['in']} parameter {name} is missing")

    def _compile_body(self, method: str, template: str) -> "jsonschema_rs.Validator | None":
        schema = self._document.body(method, template)
        return None if schema is None else _compile(Loosened(self._document, is_request=True).of(schema))

    def _compile_answer(
        self, method: str, template: str, status: int, shape: str | None
    ) -> "jsonschema_rs.Validator | None":
        loosened = Loosened(self._document, is_request=False)
        operation = self._operations.get((method, template))
        if operation is not None and shape is not None and shape in operation.shapes:
            record = loosened.of(self._document.at(operation.shapes[shape]))
            answered = {"type": "array", "items": record} if operation.kind == "list" else record
            if operation.envelope:
                answered = {"required": [operation.envelope], "properties": {operation.envelope: answered}}
            return _compile(answered)
        schema = self._document.answer(method, template, status)
        # A client-credentials token has no refresh_token; an error body carries a part of its fields.
        whole = status < 300 and not template.startswith("/oauth/")
        return None if schema is None else _compile(loosened.of(schema, all_fields=whole))


def typed(document: ApiDocument, schema: Schema, value: Any) -> Any:
    """What a form says in text, as the types of the document: "12" where a whole number stands, "true" for true."""
    schema = document.resolve(schema)
    if isinstance(value, dict):
        listed = schema.get("properties", {})
        return {name: typed(document, listed.get(name, {}), one) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(document, schema.get("items", {}), one) for one in value]
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


class Loosened:
    """A schema of the raw file as the rules above mean it."""

    def __init__(self, document: ApiDocument, *, is_request: bool) -> None:
        self._document = document
        self._is_request = is_request

    def of(self, schema: Schema, *, all_fields: bool = True) -> dict[str, Any]:
        schema = self._document.resolve(schema)
        if "anyOf" in schema:
            return {"anyOf": [{"type": "null"}, *(self.of(one, all_fields=all_fields) for one in schema["anyOf"])]}
        kind = schema.get("type")
        made: dict[str, Any] = {}
        if kind == "object" and "properties" not in schema and not self._is_request:
            return {}  # "the source had it cut: treat as any" (notes of the file)
        if kind is not None:
            # Money: "specs say string or number; accept both" (notes of the file).
            made["type"] = [kind, "null", "string"] if kind == "number" else [kind, "null"]
        if "enum" in schema:
            made["enum"] = [*schema["enum"], None]
            if not self._is_request:
                made["enum"] += [also for value, also in ALSO_READ.items() if value in schema["enum"]]
        for name in ("maxLength", "minimum", "maximum"):
            if name in schema:
                made[name] = schema[name]
        if "items" in schema:
            made["items"] = self.of(schema["items"], all_fields=all_fields)
        if "properties" in schema:
            made.update(self._object(schema, all_fields=all_fields))
        return made

    def _object(self, schema: Schema, *, all_fields: bool) -> dict[str, Any]:
        listed: Mapping[str, Any] = schema["properties"]
        made: dict[str, Any] = {
            # The errors of a sync repeat what was sent, not whole records.
            "properties": {
                name: self.of(value, all_fields=all_fields and name != "errors")
                for name, value in listed.items()
                if not is_placeholder(name)
            }
        }
        if self._is_request:
            made["required"] = list(schema.get("required", ()))
            made["additionalProperties"] = False
            if any("%" in name for name in listed):
                made["patternProperties"] = {"^custom_field_": {}}
        elif all_fields:
            made["required"] = list(made["properties"])
        return made


def _compile(schema: dict[str, Any]) -> "jsonschema_rs.Validator":
    return jsonschema_rs.validator_for(schema)


def _check(validator: "jsonschema_rs.Validator", content: Any, status: int, what: str) -> None:
    if validator.is_valid(content):
        return
    error = next(iter(validator.iter_errors(content)))
    path = "/".join(str(step) for step in error.instance_path)
    raise Violation(status, f"{what} {path or '(top)'}: {error.message[:300]}")


def _wrong_parameter(parameter: Mapping[str, Any], value: str) -> str | None:
    schema = parameter.get("schema", {})
    kind = schema.get("type")
    if kind == "integer" and not value.lstrip("-").isdigit():
        return "is no integer"
    if kind == "boolean" and value not in ("true", "false"):
        return "is not true or false"
    words = [word.removeprefix("-") for word in value.split(",")] if parameter["name"] == "sort" else [value]
    if "enum" in schema and any(word not in schema["enum"] for word in words):
        return f"is not one of {', '.join(map(str, schema['enum']))}"
    return None
