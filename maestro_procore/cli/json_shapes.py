"""The JSON of the command line: which fields a row carries, and how a document is written.

Fields may be added; one that is here is never renamed, for schedulers and scripts read it.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

from maestro_procore import i18n
from maestro_procore.i18n import has_text, text
from maestro_procore.model.problems import CATALOGUE, Definition, Problem, message, remedy

_SEVERITY: Final = {"E": "error", "W": "warning", "I": "information"}

_SYNC: Final = ("id", "number", "element", "state", "is_preview", "created", "updated", "linked", "unchanged",
                "skipped", "warnings", "errors", "calls", "resumes_at")  # fmt: skip
_REQUEST: Final = ("id", "number", "element", "scope", "mode", "is_preview", "state", "requested_by", "requested_at",
                   "started_at", "ended_at", "attempts", "resumes_at", "created", "updated", "linked", "unchanged",
                   "skipped", "warnings", "errors", "calls", "foretold", "project", "undoes_number")  # fmt: skip
_ACTION: Final = ("id", "request_id", "seq", "element", "kind", "target", "maestro_key", "procore_id", "name", "state",
                  "attempts", "started_at", "ended_at", "exchange_id", "differences", "accepted_by")  # fmt: skip
_ELEMENT: Final = ("name", "is_enabled", "direction", "records", "in_step", "to_synchronize", "errors", "warnings")


def write(document: Any) -> None:
    """One document on standard output, in UTF-8 whatever the console is set to."""
    line = json.dumps(document, ensure_ascii=False, default=_plain) + "\n"
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # something that only takes text stands in for it
        sys.stdout.write(line)
        return
    binary.write(line.encode())
    binary.flush()


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, frozenset | set | tuple):
        return sorted(value)
    raise TypeError(type(value).__name__)


def catalogue_row(entry: Definition) -> dict[str, Any]:
    """A message that the program knows, in all languages, with its named places as they stand in the catalogue."""
    sentences = {"message": entry.text, "cause": entry.cause, "remedy": entry.remedy}
    return {
        "code": entry.code,
        "severity": _SEVERITY[entry.kind.value],
        "phase": entry.phase.value,
        **{name: {lang: forms["other"] for lang, forms in told.items()} for name, told in sentences.items()},
        "action": entry.action,
        "who": entry.who,
    }


def problem(told: Problem | None) -> dict[str, Any] | None:
    """A problem with its sentences in the reader's language."""
    if told is None:
        return None
    language = i18n.current_language()
    if told.code not in CATALOGUE:  # written by a newer program: its values are better than nothing
        return {"code": told.code, "severity": "error", "message": told.code, "remedy": "", "args": dict(told.args)}
    return {
        "code": told.code,
        "severity": _SEVERITY[told.kind.value],
        "message": message(told, language),
        "remedy": remedy(told, language),
        "args": dict(told.args),
    }


def problems(told: Sequence[Problem]) -> list[dict[str, Any]]:
    """All of them, in their order."""
    return [shown for each in told if (shown := problem(each)) is not None]


def sync_row(row: Any) -> dict[str, Any]:
    """One request as `sync` reports it; seconds of a request that has not ended are 0."""
    shown = {name: getattr(row, name) for name in _SYNC}
    return {**shown, "seconds": round(row.duration_seconds or 0.0, 3), "problem": problem(row.problem)}


def request_row(row: Any) -> dict[str, Any]:
    """One request of the history."""
    return {**{name: getattr(row, name) for name in _REQUEST}, "problem": problem(row.problem)}


def action_row(row: Any) -> dict[str, Any]:
    """One action of a request."""
    return {**{name: getattr(row, name) for name in _ACTION}, "problems": problems(row.problems)}


def message_rows(line: Any) -> list[dict[str, Any]]:
    """What a line has to say, one row per message."""
    record = {"element": line.element, "maestro_key": line.maestro_key, "procore_id": line.procore_id}
    return [record | told for told in problems(line.problems)]


_LINK: Final = (
    "element", "maestro_key", "procore_id", "name", "state", "rule", "linked_by", "first_linked_at", "last_synced_at",
    "is_inactive",
)  # fmt: skip


def link_row(row: Any) -> dict[str, Any]:
    """One record with the state of its link."""
    return {name: getattr(row, name) for name in _LINK}


def status(service: Any, budget: Any, elements: Sequence[Any]) -> dict[str, Any]:
    """Whether somebody works, the calls that are left, and the grid of elements."""
    rows = [
        {name: getattr(e, name) for name in _ELEMENT}
        | {
            "last_synchronized": e.last_success_at,
            "active_request": e.active_request.id if e.active_request else None,
        }
        for e in elements
    ]
    return {"service": vars(service), "budget": vars(budget), "elements": rows}


def check_row(check: Any) -> dict[str, Any]:
    """One check of `doctor`; a skipped one carries the problem that made it impossible. of: '' or which one of many."""
    key = f"doctor.check.{check.name}"
    return {
        "name": check.name,
        "title": text(key) if has_text(key) else check.name,
        "of": check.of,
        "ok": check.is_ok,
        "skipped": check.is_skipped,
        "text": check.text,
        "problem": problem(check.problem),
    }
