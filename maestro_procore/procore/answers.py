"""What an answer of Procore means for the one who asked: a table from status to what to do and what to say. Pure.

Source: reference procore-api.md §4 (statuses and the seven shapes of error bodies); limits-and-faults.md §4 F9–F13.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import orjson

from maestro_procore.model.addresses import origin_of
from maestro_procore.model.problems import Problem, not_catalogued
from maestro_procore.model.rate_headers import announced_wait
from maestro_procore.ports import CallFailed, CallRecord, Trouble

LONGEST_TEXT: Final = 500


@dataclass(frozen=True)
class Asked:
    """One call, as far as its answer's meaning depends on it.

    project: what people call the project that it goes to, '' for a call that goes to none. is_of_one: whether the
    address names a single record. sent: the records of a write.
    """

    method: str
    url: str
    path: str
    tool: str = ""
    company_id: int | None = None
    records: int = 0
    api: str = "procore"
    """procore · login"""
    project: str = ""
    is_of_one: bool = False
    sent: Sequence[Mapping[str, Any]] = ()

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and self.api == "procore"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Answer:
    """One answer, read whole. headers: names in lower case. at: when it had been read, our clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    milliseconds: int = 0

    @property
    def is_html(self) -> bool:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind in ("text/html", "application/xhtml+xml") or self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True)
class Failure:
    """What to do about a call that brought nothing usable, and what to say."""

    trouble: Trouble
    problem: Problem
    wait: timedelta | None = None
    may_have_applied: bool = False

    def error(self, call: CallRecord | None) -> CallFailed:
        return CallFailed(self.trouble, self.problem, wait=self.wait, may_have_applied=self.may_have_applied, call=call)


# --- the words of an error body -------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """What an error body says. fields: the ones it names, in its order."""

    text: str
    fields: tuple[str, ...] = field(default=())


def words_of(body: bytes) -> Words:
    """Reads every documented shape: `errors` (map, list, text), `error` (text, object), `message`, or the raw text."""
    try:
        content: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Words(_short(body[:4_000].decode("utf-8", "replace")))
    if not isinstance(content, dict):
        return Words(_short(_flat(content)))
    errors = content.get("errors")
    if errors:
        named = tuple(key for key in errors if key != "base") if isinstance(errors, dict) else ()
        return Words(_short(_flat(errors)), named)
    parts: list[str] = []
    error = content.get("error")
    for part in (error, content.get("error_description"), content.get("message"), content.get("reason")):
        said = _flat(part)
        if said and not any(said in earlier for earlier in parts):
            parts.append(said)
    fields = content.get("fields")
    named = tuple(name for name in re.split(r"[\s,]+", fields) if name) if isinstance(fields, str) else ()
    return Words(_short(": ".join(parts) or _flat(content)), named)


def _flat(value: object) -> str:
    """Text of any JSON value: names before what is said about them, `base` left out."""
    if value is None:
        return ""
    if isinstance(value, dict):
        if "message" in value:  # {code, message, details: […]} of the v2 routes
            parts = [_flat(value["message"]), _flat(value.get("details"))]
        else:
            parts = [
                said if key == "base" else f"{key}: {said}" for key, inner in value.items() if (said := _flat(inner))
            ]
        return "; ".join(part for part in parts if part)
    if isinstance(value, list):
        return ", ".join(said for inner in value if (said := _flat(inner)))
    return str(value)


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TEXT]


# --- the table ------------------------------------------------------------------------------------

Say = Callable[[Asked, Answer, Words], Problem]


def _raw(asked: Asked, answer: Answer, words: Words) -> Problem:
    return not_catalogued(answer.status, asked.method, asked.path, words.text, [asked.project, *_texts(asked.sent)])


def _texts(value: object) -> Iterator[str]:
    """Every text in what was sent: Procore's words about it may repeat one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _status_only(code: str) -> Say:
    return lambda asked, answer, words: Problem(code, {"status": answer.status})


def _no_right(asked: Asked, answer: Answer, words: Words) -> Problem:
    tool = asked.tool or asked.path
    if asked.project:
        return Problem("SRV-08", {"tool": tool, "project": asked.project, "text": words.text})
    return Problem("SRV-22", {"tool": tool, "company": str(asked.company_id), "text": words.text})


def _tool_is_off(asked: Asked, answer: Answer, words: Words) -> Problem:
    return Problem("SRV-09", {"tool": asked.tool, "project": asked.project or asked.path, "text": words.text})


def _no_access(asked: Asked, answer: Answer, words: Words) -> Problem:
    return Problem("PRJ-19", {"code": asked.project or asked.path, "text": words.text})


def _unknown_path(asked: Asked, answer: Answer, words: Words) -> Problem:
    if asked.project and not asked.is_of_one:
        # The path is right: Procore hides a project that may not be seen behind 404 (procore-api.md §9.5).
        return _no_access(asked, answer, words)
    return Problem("SRV-25", {"path": asked.path, "status": answer.status})


def _exists(asked: Asked, answer: Answer, words: Words) -> Problem:
    return Problem("LNK-05", {"text": words.text})


def _rule_broken(asked: Asked, answer: Answer, words: Words) -> Problem:
    return (
        Problem("LNK-06", {"field": words.fields[0], "text": words.text})
        if words.fields
        else _raw(asked, answer, words)
    )


def _web_page(asked: Asked, answer: Answer, words: Words) -> Problem:
    return Problem("SRV-14", {"host": asked.host, "status": answer.status})


@dataclass(frozen=True)
class Rule:
    """What one status means. alone: for a call with at most one record, when that differs."""

    trouble: Trouble
    say: Say
    alone: Trouble | None = None
    may_have_applied: bool = False


_FAILED = Rule(Trouble.SMALLER, _status_only("SRV-24"), alone=Trouble.AGAIN, may_have_applied=True)
_REFUSED = Rule(Trouble.REFUSED, _raw)

RULES: Final[dict[int, Rule]] = {
    400: _REFUSED,
    401: Rule(Trouble.SIGN_IN, lambda asked, answer, words: Problem("SRV-07", {"text": words.text})),
    403: Rule(Trouble.REFUSED, _no_right),
    404: Rule(Trouble.REFUSED, _unknown_path),
    405: _REFUSED,
    406: _REFUSED,
    407: Rule(Trouble.UNREACHABLE, lambda asked, answer, words: Problem("SRV-18", {"host": asked.host})),
    408: _FAILED,
    409: Rule(Trouble.REFUSED, _exists),
    410: _REFUSED,
    413: Rule(Trouble.SMALLER, _raw, alone=Trouble.REFUSED),
    422: Rule(Trouble.REFUSED, _rule_broken),
}

# Statuses that mean several things, told apart by Procore's words (procore-api.md §§1.2, 1.3, 9.5).
BY_WORDS: Final[tuple[tuple[re.Pattern[str], Trouble, Say], ...]] = (
    (
        re.compile(r"not connected to this company", re.IGNORECASE),
        Trouble.REFUSED,
        lambda asked, answer, words: Problem("CFG-04", {"company": str(asked.company_id)}),
    ),
    (
        re.compile(r"missing procore-company-id", re.IGNORECASE),
        Trouble.REFUSED,
        lambda asked, answer, words: Problem("CFG-01", {}),
    ),
    (
        re.compile(r"\btool\b.*\b(?:not active|inactive|not enabled|disabled)\b", re.IGNORECASE),
        Trouble.REFUSED,
        _tool_is_off,
    ),
    (re.compile(r"not permitted to access this project", re.IGNORECASE), Trouble.REFUSED, _no_access),
)

GOOD: Final = frozenset({200, 201, 204, 207})


def trouble_of(asked: Asked, answer: Answer) -> Failure | None:
    """What is wrong with an answer by its status and words; None when its body is to be read. 429 never comes here."""
    if answer.status in GOOD:
        return _web_instead(asked, answer) if answer.is_html else None
    if 300 <= answer.status < 400:
        return _redirected(asked, answer)
    words = words_of(answer.body)
    if 400 <= answer.status < 500:
        for pattern, trouble, say in BY_WORDS:
            if pattern.search(words.text):
                return Failure(trouble, say(asked, answer, words))
    if answer.status == 403 and answer.is_html:  # a filter on the way, not Procore
        return Failure(Trouble.UNREACHABLE, _web_page(asked, answer, words))
    if answer.status == 503 and (wait := announced_wait(answer.headers, answer.at)) is not None:
        # Load shedding of the whole platform: nothing was done, and a smaller batch would fare no better.
        n = max(1, round(wait.total_seconds()))
        return Failure(Trouble.AGAIN, Problem("SRV-03", {"n": n}), wait=wait)
    rule = RULES.get(answer.status, _FAILED if answer.status >= 500 else _REFUSED)
    is_alone = asked.records <= 1
    trouble = rule.alone if is_alone and rule.alone is not None else rule.trouble
    return Failure(trouble, rule.say(asked, answer, words), may_have_applied=rule.may_have_applied and asked.is_write)


def _web_instead(asked: Asked, answer: Answer) -> Failure:
    """200 with a web page: a portal or proxy answered. Whether Procore saw the call is unknown."""
    code = "SRV-14" if asked.api == "procore" else "CFG-18"
    return Failure(
        Trouble.AGAIN, Problem(code, {"host": asked.host, "status": answer.status}), may_have_applied=asked.is_write
    )


def _redirected(asked: Asked, answer: Answer) -> Failure:
    """A redirect is never followed: the API has none, and the token must not travel (S5)."""
    target = urljoin(asked.url, answer.headers.get("location", ""))
    if origin_of(target) not in (None, origin_of(asked.url)):
        return Failure(Trouble.UNREACHABLE, Problem("SRV-20", {"host": urlsplit(target).hostname or ""}))
    return Failure(Trouble.UNREACHABLE, Problem("SRV-14", {"host": asked.host, "status": answer.status}))


def decode(asked: Asked, answer: Answer) -> tuple[Any, Failure | None]:
    """The JSON of a good answer, or why it is none. Unreadable is an unknown outcome, never an empty list (F10)."""
    try:
        return orjson.loads(answer.body), None
    except orjson.JSONDecodeError:
        pass
    begins = answer.body.lstrip()[:1]
    if asked.api == "procore" and begins in (b"[", b"{") and not _is_whole(answer.body):
        return None, Failure(Trouble.AGAIN, Problem("SRV-15", {}), may_have_applied=asked.is_write)
    return None, wrong_form(asked, answer.body)


def _is_whole(body: bytes) -> bool:
    """Whether it came to its end: NaN and Infinity stand in no JSON, but nothing was cut off."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def wrong_form(asked: Asked, body: bytes) -> Failure:
    """JSON, but not of the documented form; the message shows how it begins, as received."""
    if asked.api != "procore":
        return Failure(Trouble.AGAIN, Problem("CFG-18", {"host": asked.host}))
    begins = _short(body[:120].decode("utf-8", "replace"))
    return Failure(
        Trouble.AGAIN,
        Problem("SRV-16", {"text": f"{asked.method} {asked.path} → {begins or '0 B'}"}),
        may_have_applied=asked.is_write,
    )


def too_long(asked: Asked, limit_bytes: int) -> Failure:
    """An answer beyond every real size: reading on would fill the memory (S2)."""
    return Failure(
        Trouble.REFUSED,
        Problem("SRV-16", {"text": f"{asked.method} {asked.path} → > {limit_bytes // 2**20} MiB"}),
        may_have_applied=asked.is_write,
    )
