"""One exchange as the history keeps it: masked, and long listings by their beginning. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from maestro_procore.logs import may_hold_secrets, redact
from maestro_procore.ports import CallRecord
from maestro_procore.procore.answers import Answer, Asked, Failure

Query = tuple[tuple[str, str], ...]

SHOWN_BYTES: Final = 2_048
MASKED_BYTES: Final = 2 * SHOWN_BYTES  # a secret that begins before the cut is masked whole
PIECE_LETTERS: Final = 16_384
BLOCK_LETTERS: Final = 16 * PIECE_LETTERS
BETWEEN_RECORDS: Final = "},{"
KEPT_HEADERS: Final = (
    "date",
    "content-type",
    "content-length",
    "link",
    "location",
    "per-page",
    "retry-after",
    "total",
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "x-request-id",
)


def exchange(
    asked: Asked,
    query: Query,
    body: bytes | None,
    answer: Answer,
    failure: Failure | None = None,
    rows: int | None = None,
) -> CallRecord:
    """An exchange that was answered. rows: records of a list answer; otherwise those that were sent count."""
    return CallRecord(
        at=answer.at,
        api=asked.api,
        method=asked.method,
        path=asked.path,
        query=_masked(urlencode(query)),
        status=answer.status,
        milliseconds=answer.milliseconds,
        is_counted=asked.api == "procore",
        records=asked.records if rows is None else rows,
        request_body=None if body is None else _masked(_text(body)),
        answer_body=_answer_body(asked, answer),
        headers=_kept(answer.headers),
        error="" if failure is None else failure.problem.code,
    )


def silence(
    asked: Asked, query: Query, body: bytes | None, failure: Failure, at: datetime, milliseconds: int
) -> CallRecord:
    """An exchange that brought no whole answer."""
    return CallRecord(
        at=at,
        api=asked.api,
        method=asked.method,
        path=asked.path,
        query=_masked(urlencode(query)),
        status=None,
        milliseconds=milliseconds,
        is_counted=asked.api == "procore",
        records=asked.records,
        request_body=None if body is None else _masked(_text(body)),
        error=failure.problem.code,
    )


def _answer_body(asked: Asked, answer: Answer) -> str:
    """Answers to writes whole, because each record's own result stands there; listings and web pages by their begin."""
    if asked.is_write and not answer.is_html:
        return _masked(_text(answer.body))
    begin = _masked(_text(answer.body[:MASKED_BYTES]))
    return begin if len(answer.body) <= SHOWN_BYTES else begin[:SHOWN_BYTES] + "…"


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: _masked(headers[name]) for name in KEPT_HEADERS if name in headers}


def _masked(text: str) -> str:
    """Without secrets. Long texts in pieces: one search through a whole bulk answer would stop every other thread,
    the window's too, for a tenth of a second. Whether there is anything to search for at all is told in larger ones.
    """
    blocks = _cut(text, BLOCK_LETTERS)
    return "".join(
        "".join(map(redact, _cut(block, PIECE_LETTERS))) if may_hold_secrets(block) else block for block in blocks
    )


def _cut(text: str, letters: int) -> Iterator[str]:
    """In pieces of at least so many letters, between records, where no name stands apart from its value."""
    start = 0
    while start < len(text):
        border = text.find(BETWEEN_RECORDS, start + letters)
        end = len(text) if border < 0 else border + 2
        yield text[start:end]
        start = end


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
