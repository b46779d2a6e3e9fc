"""What a request is and what an answer is, and the error bodies that Procore is documented to send.

Source of the shapes: reference "Errors" (SDK24 error models, DOC error_reference.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

Errors = dict[str, list[str]]


@dataclass
class Call:
    """One request, read whole. headers: names in lower case; query: pairs in the order sent, decoded."""

    method: str
    path: str
    query_text: str
    headers: dict[str, str]
    body: bytes
    query: list[tuple[str, str]] = field(init=False)
    _content: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.query = parse_qsl(self.query_text, keep_blank_values=True)

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter."""
        found = None
        for key, value in self.query:
            if key == name:
                found = value
        return found

    def json(self) -> Any:
        """The body as JSON. Errors: Refused 400 when it is none, 406 when another type is announced."""
        kind = self.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(406, {"message": f"Content type {kind} is not supported"})
        if not self.body:
            return {}
        if self._content is not None:
            return self._content
        try:
            self._content = orjson.loads(self.body)
            return self._content
        except orjson.JSONDecodeError as error:
            raise Refused(
                400, {"message": "There was a problem in the JSON you submitted", "reason": str(error)}
            ) from None


@dataclass
class Answer:
    """One answer, ready to be sent. shape: name of the documented view its records have, for --strict."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    shape: str | None = None


def json_answer(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None, shape: str | None = None
) -> Answer:
    return Answer(status, orjson.dumps(content), dict(headers or {}), shape=shape)


def html_answer(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), content_type="text/html; charset=utf-8")


class Refused(Exception):
    """A request the server does not carry out. body: a JSON value, or text that is sent as plain text."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def answer(self) -> Answer:
        if isinstance(self.body, str):
            return Answer(self.status, self.body.encode(), self.headers, "text/plain; charset=utf-8")
        return json_answer(self.body, self.status, self.headers)


def bad_parameter(name: str, reason: str) -> Refused:
    return Refused(400, {"message": f"{name} {reason}", "fields": name, "reason": reason})


def missing_field(name: str) -> Refused:
    return Refused(400, {"message": f"param is missing or the value is empty: {name}", "fields": name})


def not_found() -> Refused:
    return Refused(404, {"code": 404, "message": "Resource not found or insufficient access", "error": "Not Found"})


def forbidden(message: str) -> Refused:
    return Refused(403, {"code": 403, "message": message, "error": "Forbidden"})


def rule_broken(errors: Errors) -> Refused:
    return Refused(422, {"errors": errors})
