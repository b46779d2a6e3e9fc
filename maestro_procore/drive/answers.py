"""What an answer of Microsoft Graph means for the one who asked: tables from code and status. Pure.

Source: reference graph-drive.md §1.7 to §1.10. Codes are believed before statuses, messages of Graph never.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import orjson

from maestro_procore.file_ports import FileCallFailed, FileTrouble, OutcomeUnknown
from maestro_procore.model.addresses import origin_of
from maestro_procore.model.problems import Problem
from maestro_procore.model.rate_headers import announced_wait
from maestro_procore.ports import CallRecord

LONGEST_TEXT: Final = 300


@dataclass(frozen=True)
class Asked:
    """One call, as far as its answer's meaning depends on it.

    name: what people call the thing that it is about. api: graph · storage · login. units: its cost to the tenant.
    is_safe: may be repeated without looking, though it is no GET.
    """

    method: str
    url: str
    name: str = ""
    api: str = "graph"
    units: int = 1
    is_safe: bool = False

    @property
    def may_change(self) -> bool:
        return self.method != "GET" and not self.is_safe

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


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
        return kind in ("text/html", "application/xhtml+xml")

    def json(self) -> dict[str, Any] | None:
        """The object of the body, None when it holds none."""
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return content if isinstance(content, dict) else None


@dataclass(frozen=True)
class Failure:
    """What to do about a call that brought nothing usable, and what to say."""

    trouble: FileTrouble
    problem: Problem
    wait: timedelta | None = None
    is_unknown: bool = False
    codes: tuple[str, ...] = ()
    status: int | None = None

    def error(self, call: CallRecord | None) -> "GraphFailed | GraphUnknown":
        kind = GraphUnknown if self.is_unknown else GraphFailed
        return kind(self, call)


class GraphFailed(FileCallFailed):
    """With the codes and the status of Graph, for those of this room who know more about the call."""

    def __init__(self, failure: Failure, call: CallRecord | None = None) -> None:
        super().__init__(failure.trouble, failure.problem, wait=failure.wait, call=call)
        self.codes, self.status = failure.codes, failure.status


class GraphUnknown(OutcomeUnknown, GraphFailed):
    """The same, when a write may have been carried out."""


# --- the words of an error body -------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """codes: outermost first. text: for people and the log, never for decisions."""

    codes: tuple[str, ...] = ()
    text: str = ""


def words_of(answer: Answer) -> Words:
    """Reads {"error": {code, message, innerError: {code, innererror: …}}}, both spellings."""
    content = answer.json() or {}
    error = content.get("error")
    if not isinstance(error, dict):
        described = content.get("error_description") or error or ""
        return Words((), _short(described if isinstance(described, str) else ""))
    message = error.get("message")
    return Words(tuple(_codes(error)), _short(message if isinstance(message, str) else ""))


def _codes(error: Mapping[str, Any]) -> Iterator[str]:
    inner: Any = error
    for _depth in range(8):
        if not isinstance(inner, dict):
            return
        code = inner.get("code")
        if isinstance(code, str) and code:
            yield code
        inner = inner.get("innerError") or inner.get("innererror")


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TEXT]


# --- the tables -----------------------------------------------------------------------------------

Say = Callable[[Asked, Answer, Words], Problem]


def _named(code: str) -> Say:
    return lambda asked, answer, words: Problem(code, {"name": asked.name or asked.path})


def _worded(code: str) -> Say:
    return lambda asked, answer, words: Problem(
        code, {"name": asked.name or asked.path, "text": words.text or f"HTTP {answer.status}"}
    )


def _overloaded(asked: Asked, answer: Answer, words: Words) -> Problem:
    return Problem("DRV-02", {"status": answer.status})


def _refused(asked: Asked, answer: Answer, words: Words) -> Problem:
    shown = " ".join((*words.codes, words.text)).strip()
    return Problem("DRV-13", {"name": asked.name or asked.path, "status": answer.status, "text": shown})


@dataclass(frozen=True)
class Rule:
    """What one code or status means. is_unknown: a write may have been carried out all the same."""

    trouble: FileTrouble
    say: Say
    is_unknown: bool = False


_AGAIN: Final = Rule(FileTrouble.AGAIN, _overloaded)
_LOST: Final = Rule(FileTrouble.AGAIN, _overloaded, is_unknown=True)
_LOCKED: Final = Rule(FileTrouble.LOCKED, _named("DRV-04"))
_FULL: Final = Rule(FileTrouble.FULL, _named("DRV-05"))
_TAKEN: Final = Rule(FileTrouble.NAME_TAKEN, _named("DRV-06"))
_CHANGED: Final = Rule(FileTrouble.CHANGED, _named("DRV-07"))
_GONE: Final = Rule(FileTrouble.GONE, _named("DRV-08"))
_FORBIDDEN: Final = Rule(FileTrouble.FORBIDDEN, _worded("DRV-09"))
_BAD_NAME: Final = Rule(FileTrouble.REFUSED, _worded("DRV-10"))
_TOO_LARGE: Final = Rule(FileTrouble.REFUSED, _named("DRV-11"))
_MALWARE: Final = Rule(FileTrouble.REFUSED, _named("DRV-12"))
_REFUSED: Final = Rule(FileTrouble.REFUSED, _refused)
_TOO_MANY: Final = Rule(FileTrouble.REFUSED, _worded("DRV-19"))
_SIGN_IN: Final = Rule(FileTrouble.SIGN_IN, lambda asked, answer, words: Problem("DRV-03", {"text": words.text}))

# The deepest code that stands here decides. Reference §1.10; what is left out says no more than its status.
BY_CODE: Final[dict[str, Rule]] = {
    "accessRestricted": _FORBIDDEN,
    "activityLimitReached": _AGAIN,
    "cannotSnapshotTree": _AGAIN,
    "childItemCountExceeded": _TOO_MANY,
    "entityTagDoesNotMatch": _CHANGED,
    "insufficientStorage": _FULL,
    "invalidPath": _BAD_NAME,
    "itemNotFound": _GONE,
    "lockMismatch": _LOCKED,
    "lockNotFoundOrAlreadyExpired": _LOCKED,
    "lockOwnerMismatch": _LOCKED,
    "malwareDetected": _MALWARE,
    "maxFileSizeExceeded": _TOO_LARGE,
    "maxItemCountExceeded": _TOO_MANY,
    "nameAlreadyExists": _TAKEN,
    "pathIsTooLong": _BAD_NAME,
    "pathTooDeep": _BAD_NAME,
    "quotaLimitReached": _FULL,
    "resourceBeingProvisioned": _AGAIN,
    "resourceLocked": _LOCKED,
    "resourceModified": _CHANGED,
    "serviceNotAvailable": _AGAIN,
    "serviceReadOnly": _AGAIN,
    "similarRelationshipNameAlreadyExists": _TAKEN,
    "throttledRequest": _AGAIN,
    "totalAffectedItemCountExceeded": _TOO_MANY,
    "virusSuspicious": _MALWARE,
}

BY_STATUS: Final[dict[int, Rule]] = {
    401: _SIGN_IN,
    403: _FORBIDDEN,
    404: _GONE,
    408: _LOST,
    409: _CHANGED,
    410: _GONE,
    412: _CHANGED,
    413: _TOO_LARGE,
    423: _LOCKED,
    500: _LOST,
    502: _LOST,
    503: _LOST,
    504: _LOST,
    507: _FULL,
    509: _AGAIN,
}

# Whatever code stands beside them: a locked file is reported as accessDenied or notAllowed as well (§1.9), and an
# overloaded server has not done what its code seems to say.
STATUS_FIRST: Final = frozenset({401, 412, 423, 507})

GOOD: Final = frozenset({200, 201, 202, 204, 206})


def trouble_of(asked: Asked, answer: Answer) -> Failure | None:
    """What is wrong with an answer; None when its body is to be read. 429 never comes here."""
    if answer.status in GOOD:
        return web_instead(asked, answer) if answer.is_html and asked.api == "graph" else None
    if 300 <= answer.status < 400:
        return _redirected(asked, answer)
    if answer.is_html and answer.status in (403, 404, 511):  # a filter on the way, not Microsoft
        return web_instead(asked, answer)
    words = words_of(answer)
    rule = _rule(answer.status, words.codes)
    wait = announced_wait(answer.headers, answer.at) if rule.trouble is FileTrouble.AGAIN else None
    return Failure(
        rule.trouble,
        rule.say(asked, answer, words),
        wait=wait,
        # With Retry-After it is load shedding: nothing was done (§4).
        is_unknown=rule.is_unknown and wait is None and asked.may_change,
        codes=words.codes,
        status=answer.status,
    )


def _rule(status: int, codes: tuple[str, ...]) -> Rule:
    if status not in STATUS_FIRST:
        for code in reversed(codes):
            if code in BY_CODE:
                return BY_CODE[code]
    return BY_STATUS.get(status, _LOST if status >= 500 else _REFUSED)


def web_instead(asked: Asked, answer: Answer) -> Failure:
    """A web page: a portal or proxy answered. Whether Microsoft saw the call is unknown."""
    problem = Problem("DRV-15", {"host": asked.host, "status": answer.status})
    return Failure(FileTrouble.AGAIN, problem, is_unknown=asked.may_change, status=answer.status)


def _redirected(asked: Asked, answer: Answer) -> Failure:
    """Only a download is sent elsewhere, and that is read by its caller: any other redirect is not followed (S5)."""
    target = urljoin(asked.url, answer.headers.get("location", ""))
    if origin_of(target) not in (None, origin_of(asked.url)):
        return foreign(asked, target)
    return Failure(FileTrouble.UNREACHABLE, Problem("DRV-15", {"host": asked.host, "status": answer.status}))


def foreign(asked: Asked, target: str) -> Failure:
    """An address that nothing is fetched from, written to or told."""
    host = urlsplit(target).hostname or ""
    return Failure(FileTrouble.UNREACHABLE, Problem("DRV-16", {"host": host, "name": asked.name or asked.path}))


def wrong_form(asked: Asked, answer: Answer) -> Failure:
    """Not the JSON that the document promises: an unknown outcome, never an empty list (F10)."""
    begins = " ".join(answer.body[:120].decode("utf-8", "replace").split())
    problem = Problem("DRV-14", {"text": f"{asked.method} {asked.path} → {begins or '0 B'}"})
    return Failure(FileTrouble.AGAIN, problem, is_unknown=asked.may_change, status=answer.status)
