"""One exchange with Microsoft as the history keeps it: masked, without any content of a file. Pure."""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from maestro_procore.drive.answers import Answer, Asked, Failure
from maestro_procore.logs import MASK, redact
from maestro_procore.ports import CallRecord

Query = tuple[tuple[str, str], ...]

SHOWN_BYTES: Final = 2_048
KEPT_HEADERS: Final = (
    "date",
    "content-type",
    "content-length",
    "content-range",
    "retry-after",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "request-id",
    "client-request-id",
)
# Pre-authenticated addresses stand in these values: whoever has one may read or write without signing in.
_OPEN_ADDRESSES: Final = ("@microsoft.graph.downloadUrl", "@content.downloadUrl", "uploadUrl")


def exchange(
    asked: Asked, query: Query, sent: str | None, answer: Answer, failure: Failure | None = None, records: int = 0
) -> CallRecord:
    """An exchange that was answered. sent: JSON of the request, None for a content or none."""
    return CallRecord(
        at=answer.at,
        api=asked.api,
        method=asked.method,
        path=_path(asked),
        query=_masked(urlencode(query)),
        status=answer.status,
        milliseconds=answer.milliseconds,
        is_counted=asked.api == "graph",
        records=records,
        request_body=None if sent is None else _masked(sent),
        answer_body=_answer_body(asked, answer),
        headers={name: _masked(answer.headers[name]) for name in KEPT_HEADERS if name in answer.headers},
        error="" if failure is None else failure.problem.code,
    )


def silence(
    asked: Asked, query: Query, sent: str | None, failure: Failure, at: datetime, milliseconds: int
) -> CallRecord:
    """An exchange that brought no whole answer."""
    return CallRecord(
        at=at,
        api=asked.api,
        method=asked.method,
        path=_path(asked),
        query=_masked(urlencode(query)),
        status=None,
        milliseconds=milliseconds,
        is_counted=asked.api == "graph",
        request_body=None if sent is None else _masked(sent),
        error=failure.problem.code,
    )


def query_of(text: str) -> Query:
    """The query of an address that Graph gave."""
    return tuple(parse_qsl(text, keep_blank_values=True))


def _path(asked: Asked) -> str:
    """A storage address is a key in itself, so only its host is kept."""
    return asked.host if asked.api == "storage" else asked.path


def _answer_body(asked: Asked, answer: Answer) -> str:
    if answer.status < 300 and asked.api == "storage" and answer.json() is None:
        return ""  # bytes of a file (F257)
    begin = _masked(answer.body[: 2 * SHOWN_BYTES].decode("utf-8", "replace"))
    for name in _OPEN_ADDRESSES:
        begin = _without_value(begin, name)
    return begin if len(answer.body) <= SHOWN_BYTES else begin[:SHOWN_BYTES] + "…"


def _without_value(text: str, name: str) -> str:
    """The text with the values of one JSON name masked, the last one also when it was cut."""
    parts = text.split(f'"{name}":')
    kept = [parts[0]]
    for part in parts[1:]:
        value = part.lstrip()
        if value[:1] != '"':
            kept.append(f'"{name}":{part}')
            continue
        end = value.find('"', 1)
        kept.append(f'"{name}":"{MASK}"' + (value[end + 1 :] if end > 0 else ""))
    return "".join(kept)


def _masked(text: str) -> str:
    return str(redact(text))
