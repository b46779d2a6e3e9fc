"""What a request is and what an answer is, and the error bodies that Procore is documented to send.

Source of the shapes: reference "Errors" (SDK24 error models, DOC error_reference.md).
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

import orjson

Errors = dict[str, list[str]]


@dataclass
class SentFile:
    """A file part of a form. name: as the client named it; file: open, to be read from its beginning."""

    name: str
    kind: str
    file: BinaryIO


@dataclass
class Call:
    """One request, read whole. headers: names in lower case; query: pairs in the order sent, decoded.

    large: a body too long for the memory, instead of `body`. is_whole: False when the client went away while it was
    sending. host: where it was sent to, "name:port". files: parts of a form, by field name.
    """

    method: str
    path: str
    query_text: str
    headers: dict[str, str]
    body: bytes
    large: BinaryIO | None = None
    is_whole: bool = True
    host: str = ""
    files: dict[str, list[SentFile]] = field(default_factory=dict)
    is_form: bool = False
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

    def content(self) -> bytes | BinaryIO:
        """The body as it was sent, in memory or in an open file."""
        return self.body if self.large is None else self.large

    def content_length(self) -> int:
        return len(self.body) if self.large is None else self.large.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Let go of what waits on the disk."""
        opened = [sent.file for files in self.files.values() for sent in files]
        for file in [*opened, *([] if self.large is None else [self.large])]:
            file.close()

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
    """One answer, ready to be sent. shape: name of the documented view its records have, for --strict.

    pieces: the body of a download, `length` bytes in all, instead of `body`.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    shape: str | None = None
    pieces: Iterator[bytes] | None = None
    length: int = 0


def json_answer(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None, shape: str | None = None
) -> Answer:
    return Answer(status, orjson.dumps(content), dict(headers or {}), shape=shape)


def html_answer(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), content_type="text/html; charset=utf-8")


class Refused(Exception):
    """A request the server does not carry out. body: a JSON value, or text that is sent as plain text."""

    def __init__(
        self,
        status: int,
        body: Any,
        headers: Mapping[str, str] | None = None,
        content_type: str = "text/plain; charset=utf-8",
    ) -> None:
        """content_type: of a body that is text."""
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self._content_type = content_type

    def answer(self) -> Answer:
        if isinstance(self.body, str):
            return Answer(self.status, self.body.encode(), self.headers, self._content_type)
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
