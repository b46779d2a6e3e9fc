"""Verbs that order work and wait for its end: `sync`, `cancel`, `resume`, `undo`.

What was ordered is a request in the journal; the engine runs in this process until it has ended.
"""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import engine_run, exit_codes, json_shapes
from maestro_procore.cli.arguments import Verb, add_request
from maestro_procore.cli.exit_codes import ALL_WELL, SIGNALLED, SOME_ERRORS
from maestro_procore.cli.opening import opened, tell
from maestro_procore.i18n import has_text, text
from maestro_procore.model.elements import in_run_order, is_built, run_rank
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:  # imported when a verb needs it: the window paints before any of it is loaded
    from maestro_procore.wiring import House


def _sync(arguments: argparse.Namespace) -> int:
    if arguments.confirm is not None:
        return _confirm(arguments)
    if not arguments.elements:
        raise Refused(Problem("CLI-01", {"text": text("cli.usage.required", names="ELEMENT")}))
    for name in arguments.elements:
        if name != "all" and not is_built(name):
            raise Refused(Problem("CLI-02", {"name": name}))
    with opened(arguments) as house:
        house.company.company()  # told before the right to synchronize, which it would have to grant
        if arguments.project and not house.company.rows("m_project", keys=[arguments.project]):
            raise Refused(Problem("CLI-03", {"code": arguments.project}))
        if arguments.forecast:
            return _forecast(house, arguments)
        ids = _ordered(house, arguments)
        interrupted = _worked(house, ids, arguments)
        # An open preview of the element was continued; now comes what was asked for.
        previews = [row.element for row in map(house.views.request, ids) if row is not None and row.is_preview]
        if previews and not arguments.preview and not interrupted:
            arguments.elements = previews
            again = _ordered(house, arguments)
            interrupted = _worked(house, again, arguments)
            kept = [i for i in ids if (row := house.views.request(i)) is not None and not row.is_preview]
            ids = _in_run_order(house, [*kept, *again])
        return _report(house, ids, arguments, interrupted)


def _forecast(house: "House", arguments: argparse.Namespace) -> int:
    """Says what the run would take; nothing is written down, nobody is called."""
    chosen = None if "all" in arguments.elements else arguments.elements
    from maestro_procore.model import forecast_words

    told = house.commands.forecast(chosen, project=arguments.project, full=arguments.full)
    if arguments.json:
        total = forecast_words.of_all(told).to_json() if told else None
        json_shapes.write({"forecast": [each.to_json() for each in told], "total": total})
    else:
        from maestro_procore.cli import terminal

        terminal.show_forecast(told)
    return ALL_WELL


def _confirm(arguments: argparse.Namespace) -> int:
    """Lets a held request go and works it off; its element is known, so none is named beside it."""
    if arguments.elements or arguments.preview or arguments.full or arguments.project:
        raise Refused(Problem("CLI-01", {"text": text("cli.usage.confirm_alone")}))
    with opened(arguments) as house:
        ids = [house.commands.confirm(arguments.confirm)["id"]]
        return _report(house, ids, arguments, _worked(house, ids, arguments))


def _in_run_order(house: "House", ids: Sequence[str]) -> list[str]:
    """Requests in the order in which their elements run."""
    return sorted(ids, key=lambda request_id: run_rank(house.journal.request(request_id)["element"]))


def _ordered(house: "House", arguments: argparse.Namespace) -> list[str]:
    """Ids of the requests that were written down, or that had not ended and are continued."""
    options: dict[str, Any] = {name: getattr(arguments, name) for name in ("project", "full", "preview", "accept")}
    waiting = {row["id"]: row for row in house.journal.open_requests()}
    wanted = set(arguments.elements)
    for row in waiting.values():
        if arguments.preview and not row["is_preview"] and wanted & {row["element"], "all"}:
            raise Refused(Problem("SRV-11", {"element": row["element"]}))  # continuing it would write
    if "all" in wanted:
        rows = house.commands.synchronize_all(**options)
    else:
        rows = [house.commands.synchronize(name, **options) for name in in_run_order(list(wanted))]
    for row in rows:
        if row["id"] in waiting and not arguments.json:
            tell(Problem("RUN-02", {"element": row["element"], "id": str(row["number"])}))
    return [row["id"] for row in rows]


def _worked(house: "House", ids: Sequence[str], arguments: argparse.Namespace) -> int:
    """Runs the engine until the requests have ended; the number of the signal that ended it earlier, or 0."""
    return asyncio.run(engine_run.until_ended(house, ids, arguments.no_wait, arguments.json))


def _report(house: "House", ids: Sequence[str], arguments: argparse.Namespace, interrupted: int = 0) -> int:
    rows = [row for row in map(house.views.request, ids) if row is not None]
    if arguments.json:
        json_shapes.write({"requests": [json_shapes.sync_row(row) for row in rows]})
    else:
        from maestro_procore.cli import afterwards, terminal

        terminal.show_requests(rows, afterwards.sentences(house, rows, _done(house, rows)))
    return SIGNALLED + interrupted if interrupted else exit_codes.of_requests(rows)


def _done(house: "House", rows: Sequence[Any]) -> str:
    """What a request that is no comparison did, in words; '' for the others."""
    key = f"cli.done.{rows[0].mode}" if len(rows) == 1 else ""
    if not has_text(key):
        return ""
    codes = ", ".join(house.journal.request(rows[0].id)["keys"] or ())
    return text(key, code=codes, number=str(rows[0].undoes_number))


def _cancel(arguments: argparse.Namespace) -> int:
    with opened(arguments) as house:
        request = house.journal.request(arguments.request)
        is_done = house.commands.cancel(request["id"])
        if is_done and request["started_at"] is None:
            _end_if_nobody_works(house, request["id"])
        return _answer(house, arguments, request["id"], is_done, "cli.cancel.done", "RUN-07")


def _end_if_nobody_works(house: "House", request_id: str) -> None:
    """A request that never began needs no engine to end. One that did is ended by whoever runs next."""
    from maestro_procore.model.status import RequestState
    from maestro_procore.store.lease import FileLease

    lease = FileLease(house.profile.lease)
    if not lease.take():
        return
    try:
        told = Problem("SRV-12", {"user": house.user})
        house.journal.end_unstarted(request_id, RequestState.CANCELLED, told, house.clock.now())
    finally:
        lease.give_back()


def _resume(arguments: argparse.Namespace) -> int:
    with opened(arguments) as house:
        house.company.company()
        request = house.journal.request(arguments.request)
        is_done = house.commands.resume(request["id"])
        if not is_done or arguments.no_wait:
            return _answer(house, arguments, request["id"], is_done, "cli.resume.done", "RUN-08")
        interrupted = _worked(house, [request["id"]], arguments)
        if not arguments.json:
            return _report(house, [request["id"]], arguments, interrupted)
        _answer(house, arguments, request["id"], is_done, "cli.resume.done", "RUN-08")
        row = house.views.request(request["id"])
        return SIGNALLED + interrupted if interrupted else exit_codes.of_requests([row])


def _undo(arguments: argparse.Namespace) -> int:
    """Takes a request back by another one, as far as that is possible; what is left says why."""
    with opened(arguments) as house:
        house.company.company()
        undone = house.journal.request(arguments.request)["id"]
        request_id = house.commands.undo(undone)["id"]
        interrupted = 0 if arguments.no_wait else _worked(house, [request_id], arguments)
        row = house.views.request(request_id)
        assert row is not None, "written down a moment ago"
        if arguments.json:
            shown = {"ok": row.state in ("done", "warned"), "request": row.id, "undone": undone}
            json_shapes.write({**json_shapes.sync_row(row), **shown})
        else:
            _report(house, [request_id], arguments)
            _show_what_stays(house, request_id)
        return SIGNALLED + interrupted if interrupted else exit_codes.of_requests([row])


def _show_what_stays(house: "House", request_id: str) -> None:
    """What an undo left as it is, and why."""
    from maestro_procore.cli import terminal
    from maestro_procore.model.status import ActionState
    from maestro_procore.store.views import ActionQuery

    rows = house.views.actions(request_id, ActionQuery(), 0, 1_000_000)
    stayed = [row for row in rows if row.problems and row.state != ActionState.DONE]
    if stayed:
        terminal.show_actions(stayed)


def worked_off(house: "House", request_id: str, arguments: argparse.Namespace) -> int:
    """The exit code of one request that was written down a moment ago, its row told."""
    interrupted = 0 if arguments.no_wait else _worked(house, [request_id], arguments)
    return _report(house, [request_id], arguments, interrupted)


def _answer(
    house: "House", arguments: argparse.Namespace, request_id: str, is_done: bool, done: str, refusal: str
) -> int:
    """Says what became of a request. done: text, refusal: code when there was nothing to do."""
    row = house.views.request(request_id)
    assert row is not None, "found a moment ago"
    refused = [] if is_done else [Problem(refusal, {"id": str(row.number), "state": row.state})]
    if arguments.json:
        shown = {"ok": is_done, "request": row.id, **json_shapes.sync_row(row)}
        json_shapes.write({**shown, "problems": json_shapes.problems(refused)})
    elif is_done:
        print(text(done, id=str(row.number)))
    for problem in refused if not arguments.json else ():
        tell(problem)
    return ALL_WELL if is_done else SOME_ERRORS


# --- what may stand after these verbs


def _add_sync_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("elements", nargs="*", metavar="ELEMENT", help=text("cli.argument.elements"))
    verb.add_argument("--full", action="store_true", help=text("cli.option.full"))
    verb.add_argument("--preview", action="store_true", help=text("cli.option.preview"))
    verb.add_argument("--forecast", action="store_true", help=text("cli.option.forecast"))
    verb.add_argument("--project", metavar="CODE", help=text("cli.option.project"))
    verb.add_argument("--accept", action="store_true", help=text("cli.option.accept"))
    verb.add_argument("--confirm", metavar="REQUEST", help=text("cli.option.confirm"))
    add_no_wait(verb)


def _add_resume_options(verb: argparse.ArgumentParser) -> None:
    add_request(verb)
    add_no_wait(verb)


def add_no_wait(verb: argparse.ArgumentParser) -> None:
    """`--no-wait`: the request is written down, whoever runs next carries it out."""
    verb.add_argument("--no-wait", action="store_true", help=text("cli.option.no_wait"))


VERBS: Final[Mapping[str, Verb]] = {
    "sync": Verb(_sync, _add_sync_options),
    "cancel": Verb(_cancel, add_request),
    "resume": Verb(_resume, _add_resume_options),
    "undo": Verb(_undo, _add_resume_options),
}
