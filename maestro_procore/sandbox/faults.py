"""Planted faults: which request they hit, and what then happens instead of, or after, the right answer."""

import contextlib
import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from maestro_procore.sandbox.answers import Answer, Call

FIELDS = frozenset(
    (
        "api method path body_contains nth times match status headers body alter apply cut delay delay_seconds truncate"
    ).split()
)


class FaultRefused(ValueError):
    """A fault that cannot be planted. The text says why."""


@dataclass
class Fault:
    """One planted fault.

    api: procore, graph, login or storage; path: glob, or a regular expression when it begins with "^".
    body_contains: a piece of the request's body, or several that must all be there; in JSON, as it reads without
    escapes and spaces (`"origin_id":"MST:7"`). So one record of a bulk call can be poisoned, whatever batch it is in.
    nth: the first matching call that is hit, from 1. times: how many calls are hit; None: all that follow.
    cut: close the connection without an answer, before or after the request was applied.
    delay_seconds: wait before answering. truncate: send only so many bytes of the announced body.
    alter: texts of the right answer and what they become. headers without status: added to the right answer.
    apply: whether a fault with a status applies the request before it answers with that status.
    """

    api: str | None = None
    method: str | None = None
    path: str | None = None
    body_contains: str | list[str] | None = None
    nth: int = 1
    times: int | None = 1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    alter: Mapping[str, str] = field(default_factory=dict)
    cut: Literal["before", "after"] | None = None
    delay_seconds: float = 0.0
    truncate: int | None = None
    apply: bool = False
    matched: int = 0
    hit: int = 0

    def hits(self, api: str, call: Call) -> bool:
        """Whether this call is hit; counts it when it matches."""
        if not self._matches(api, call):
            return False
        self.matched += 1
        if self.matched < self.nth or (self.times is not None and self.hit >= self.times):
            return False
        self.hit += 1
        return True

    def _matches(self, api: str, call: Call) -> bool:
        if self.api is not None and self.api != api:
            return False
        if self.method is not None and self.method.upper() != call.method:
            return False
        return self._matches_path(call.path) and self._matches_body(call)

    def _matches_path(self, path: str) -> bool:
        if self.path is None:
            return True
        if self.path.startswith("^"):
            return re.search(self.path, path) is not None
        return fnmatch.fnmatchcase(path, self.path)

    def _matches_body(self, call: Call) -> bool:
        if self.body_contains is None:
            return True
        pieces = [self.body_contains] if isinstance(self.body_contains, str) else self.body_contains
        texts = _readings(call.body)
        return all(any(piece in text for text in texts) for piece in pieces)

    def changed(self, right: Answer | None) -> Answer | None:
        """What is answered: this fault's own answer when it has a status, else the right one, altered."""
        headers = {str(name): str(value) for name, value in self.headers.items()}
        if self.status is not None:
            return self._own(self.status, headers)
        if right is not None:
            right.headers.update(headers)
            for text, other in self.alter.items():
                right.body = right.body.replace(text.encode(), other.encode())
        return right

    def _own(self, status: int, headers: dict[str, str]) -> Answer:
        kind = next((headers.pop(name) for name in list(headers) if name.lower() == "content-type"), None)
        if isinstance(self.body, str):
            return Answer(status, self.body.encode(), headers, kind or "text/html; charset=utf-8")
        body = b"" if self.body is None else orjson.dumps(self.body)
        return Answer(status, body, headers, kind or "application/json; charset=utf-8")

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value not in (None, {}, "")}


def _readings(body: bytes) -> list[str]:
    """A body as it was sent and, when it is JSON, as it reads without escapes and spaces."""
    texts = [body.decode("utf-8", "replace")]
    with contextlib.suppress(orjson.JSONDecodeError):
        texts.append(orjson.dumps(orjson.loads(body)).decode())
    return texts


class Faults:
    """All planted faults, asked in the order they were planted; the first that hits wins."""

    def __init__(self) -> None:
        self._planted: list[Fault] = []

    def plant(self, described: Any) -> list[Fault]:
        """One fault, or a list of them; the keys of `match` may also stand flat. Errors: FaultRefused."""
        faults = [_fault(one) for one in (described if isinstance(described, list) else [described])]
        self._planted.extend(faults)
        return faults

    def for_call(self, api: str, call: Call) -> Fault | None:
        return next((fault for fault in self._planted if fault.hits(api, call)), None)

    def clear(self) -> None:
        self._planted.clear()

    def as_list(self) -> list[dict[str, Any]]:
        return [fault.as_dict() for fault in self._planted]


def _fault(described: Any) -> Fault:
    if not isinstance(described, dict):
        raise FaultRefused("a fault is an object")
    unknown = set(described) - FIELDS
    if unknown:
        raise FaultRefused(f"unknown keys: {', '.join(sorted(unknown))}")
    values = {**described, **(described.get("match") or {})}
    values.pop("match", None)
    if "delay" in values:
        values["delay_seconds"] = values.pop("delay")
    if values.get("cut") not in (None, "before", "after"):
        raise FaultRefused("cut is before or after")
    pieces = values.get("body_contains")
    if not all(isinstance(piece, str) for piece in (pieces if isinstance(pieces, list) else [pieces or ""])):
        raise FaultRefused("body_contains is a text or a list of texts")
    try:
        re.compile(values.get("path") or "") if str(values.get("path") or "").startswith("^") else None
        return Fault(**values)
    except (TypeError, re.error) as error:
        raise FaultRefused(str(error)) from None
