"""What the command line shows a person: progress while it works, tables at the end."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from maestro_procore import i18n
from maestro_procore.i18n import text
from maestro_procore.model.action_words import name_of, record_of
from maestro_procore.model.file_names import readable
from maestro_procore.model.forecast_words import of_all, so_far
from maestro_procore.model.forecast_words import sentence as forecast_sentence
from maestro_procore.model.problems import Definition, message, remedy, said

_WIDTH_OF_FILES = 160
"""Columns when nobody's terminal sets a limit: a log file keeps whole sentences."""

_SIGNS = {"done": "✔", "warned": "▲", "failed": "✖", "waiting": "⧗", "running": "◐", "queued": "…", "cancelled": "–"}


def open_console() -> Console:
    """Of this terminal; wide where the output goes into a file."""
    width = None if sys.stdout.isatty() else _WIDTH_OF_FILES
    return Console(highlight=False, markup=False, width=width)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    numbers = {"created", "updated", "linked", "unchanged", "skipped", "warnings", "errors", "calls", "seconds"}
    numbers |= {"calls_at_most", "pauses"}
    for column in columns:
        table.add_column(text(f"cli.column.{column}"), justify="right" if column in numbers | {"number"} else "left")
    return table


@contextlib.contextmanager
def progress() -> Iterator[Callable[[Sequence[Any]], None]]:
    """A line on standard error that moves while requests run; given the requests that have not ended."""
    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("") as status:

        def show(rows: Sequence[Any]) -> None:
            moving = [row for row in rows if row.state in ("running", "waiting")]
            status.update("  ".join(_moving(row) for row in moving[:1]))

        yield show


def _moving(row: Any) -> str:
    element = text(f"element.{row.element}")
    if row.state == "waiting" and row.resumes_at is not None:
        return text("cli.sync.waiting", element=element, time=row.resumes_at)
    step = text(f"state.step.{row.progress_step}") if row.progress_step else ""
    words = text("cli.sync.progress", element=element, step=step, done=row.progress_done, total=row.progress_total)
    return "  ".join(part for part in (words, so_far(row)) if part)


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], empty: str = "cli.empty.rows") -> None:
    """Some columns of any rows. empty: key of the sentence that says that there are none."""
    if not rows:
        open_console().print(text(empty))
        return
    table = _table(*columns)
    for row in rows:
        table.add_row(*(_word(row, name) for name in columns))
    open_console().print(table)


# Column → where the words for its values stand, in the order in which they are looked for.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "phase": ("documents.phase",),
    "tool": ("documents.tool",),
    "target": ("documents.side",),
    "delete_in": ("documents.side",),
    "rule": ("documents.rule",),
    "kind": ("documents.conflict",),
    "settled": ("documents.settled",),
    "back": ("documents.back",),
    "state": ("state.request", "state.action"),
    "connection_state": ("connection.state",),
    "platform": ("connection.platform",),
}
_INITIAL = ("approved", "first_sync", "catch_up")


def _word(row: Mapping[str, Any], name: str) -> str:
    """A value in the reader's language; as it is where it is no word of ours."""
    value = row.get(name)
    if value is None:
        return ""
    if (name == "at" or name.endswith(("_at", "_until"))) and value:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return i18n.date_and_time(i18n.current_language(), moment)
    if name == "path":
        return readable(str(value))
    if name == "verb":
        return text(f"documents.verb.{value}", side=text(f"documents.in.{row['target']}"))
    said = "initial" if name == "phase" and value in _INITIAL else value
    found = (f"{place}.{said}" for place in _WORDS.get(name, ()))
    return next((text(key) for key in found if i18n.has_text(key)), str(value))


def show_requests(rows: Sequence[Any], after: Sequence[str], names: Mapping[str, str] | None = None) -> None:
    """The result table of `sync`. after: what was done and what still waits (afterwards.py).

    names: number of a project of files → its name, where the rows are told apart by it and not by their element.
    """
    columns = ("created", "updated", "linked", "unchanged", "skipped", "warnings", "errors", "calls")
    table = _table("element" if names is None else "name", "state", *columns, "seconds")
    for row in rows:
        counts = [str(getattr(row, name)) for name in columns]
        seconds = i18n.number(i18n.current_language(), row.duration_seconds or 0, 1)
        whose = (names or {}).get(row.project or "") or text(f"element.{row.element}")
        table.add_row(whose, _state(row.state), *counts, seconds)
    console = open_console()
    console.print(table)
    problems = (row.problem for row in rows if row.problem is not None)
    told = (f"{problem.code}: {said(problem, i18n.current_language())}" for problem in problems)
    for sentence in dict.fromkeys(told):  # a refused sign-in stops each of them alike
        console.print(sentence)
    errors = sum(row.errors for row in rows)
    if errors:
        console.print(text("cli.sync.some_errors", count=errors))
    for sentence in after:
        console.print(sentence)


def _state(state: str) -> str:
    return f"{_SIGNS.get(state, '')} {text(f'state.request.{state}')}"


def show_forecast(rows: Sequence[Any]) -> None:
    """What each element would take, one after the other."""
    table = _table("element", "calls", "calls_at_most", "duration", "finishes_at", "pauses")
    language = i18n.current_language()
    for row in rows:
        table.add_row(
            text(f"element.{row.element}"),
            str(row.calls),
            text("forecast.unknown") if row.calls_at_most is None else str(row.calls_at_most),
            i18n.duration(language, timedelta(seconds=round(row.seconds))),
            i18n.clock_time(language, row.finishes_at),
            str(row.pauses),
        )
    console = open_console()
    console.print(table)
    if rows:
        console.print(forecast_sentence(of_all(rows)))


def show_status(service: Any, budget: Any, elements: Sequence[Any]) -> None:
    """Elements, service and call budget."""
    console = open_console()
    key = "cli.status.service.running" if service.is_running else "cli.status.service.stopped"
    console.print(text(key, pid=service.process or 0))
    console.print(_budget(budget))
    table = _table("element", "direction", "last", "records", "warnings", "errors")
    for e in elements:
        last = i18n.date_and_time(i18n.current_language(), e.last_success_at) if e.last_success_at else "–"
        direction = text(f"direction.{e.direction}")
        table.add_row(
            text(f"element.{e.name}"), direction, last, f"{e.in_step}/{e.records}", str(e.warnings), str(e.errors)
        )
    console.print(table)


def _budget(budget: Any) -> str:
    if budget.resets_at is None:
        return text("cli.status.budget.unknown")
    return text("cli.status.budget", left=budget.calls_left, limit=budget.limit, time=budget.resets_at)


def show_history(rows: Sequence[Any]) -> None:
    """Requests, newest first."""
    console = open_console()
    if not rows:
        console.print(text("cli.empty.requests"))
        return
    table = _table("number", "element", "mode", "requested_at", "state", "attempts", "resumes_at", "warnings", "errors")
    for row in rows:
        language = i18n.current_language()
        table.add_row(
            str(row.number),
            text(f"element.{row.element}"),
            text(f"state.mode.{row.mode}"),
            i18n.date_and_time(language, row.requested_at),
            _state(row.state),
            f"{row.attempts}/10",
            i18n.clock_time(language, row.resumes_at) if row.resumes_at else "–",
            str(row.warnings),
            str(row.errors),
        )
    console.print(table)


def show_actions(rows: Sequence[Any]) -> None:
    """The actions of one request."""
    console = open_console()
    if not rows:
        console.print(text("cli.empty.actions"))
        return
    table = _table("kind", "record", "name", "state", "attempts", "message")
    for row in rows:
        told = "; ".join(message(p, i18n.current_language()) for p in row.problems)
        table.add_row(
            text(f"state.kind.{row.kind}"),
            record_of(row),
            name_of(row),
            text(f"state.action.{row.state}"),
            str(row.attempts),
            told,
        )
    console.print(table)


def show_messages(lines: Sequence[Any]) -> None:
    """Errors and warnings of the lines."""
    console = open_console()
    if not lines:
        console.print(text("cli.empty.messages"))
        return
    table = _table("element", "record", "code", "message")
    for line in lines:
        for problem in line.problems:
            table.add_row(
                text(f"element.{line.element}"),
                line.maestro_key or str(line.procore_id or ""),
                problem.code,
                message(problem, i18n.current_language()),
            )
    console.print(table)


def show_catalogue(entries: Iterable[Definition]) -> None:
    """Every message that the program knows, with its remedy, in the reader's language."""
    console, language = open_console(), i18n.current_language()
    table = _table("code", "message", "remedy")
    for entry in entries:
        table.add_row(entry.code, entry.text[language]["other"], entry.remedy[language]["other"])
    console.print(table)


def show_links(rows: Sequence[Any]) -> None:
    """Records with their partners."""
    console = open_console()
    if not rows:
        console.print(text("link.empty.filtered"))
        return
    table = _table("element", "record", "name", "state", "id_in_procore")
    for row in rows:
        named = (text(f"element.{row.element}"), row.maestro_key or "", row.name)
        table.add_row(*named, text(f"state.link.{row.state}"), str(row.procore_id or ""))
    console.print(table)


def show_checks(checks: Sequence[Any]) -> None:
    """What the doctor found, and below it what to do about each thing that failed."""
    console = open_console()
    console.print(text("doctor.title"), style="bold")
    table = _table("check", "result", "message")
    for check in checks:
        told = "" if check.is_skipped else check.text
        if check.problem is not None and not check.is_skipped:
            told = message(check.problem, i18n.current_language())
        label = text(f"doctor.check.{check.name}")
        table.add_row(text("doctor.check_of", check=label, of=check.of) if check.of else label, _result(check), told)
    console.print(table)
    failed = [check for check in checks if not check.is_ok and not check.is_skipped]
    for check in failed:
        if advice := remedy(check.problem, i18n.current_language()):
            console.print(f"{check.problem.code}: {advice}")
    console.print(text("doctor.some_failed", count=len(failed)) if failed else text("doctor.all_well"))


def _result(check: Any) -> str:
    if check.is_skipped:
        return f"– {text('doctor.skipped')}"
    if check.is_ok:
        return f"✔ {text('doctor.ok')}"
    return f"✖ {text('doctor.failed')}" if check.problem.is_error else f"▲ {text('doctor.warning')}"
