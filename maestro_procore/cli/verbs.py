"""The command line: every verb opens the profile, asks a command or a view, prints, and says how it went.

`--json` stands after any verb: one document on standard output and nothing else there.
Exit codes: 0 all well, 1 some records have errors, 2 wrong usage or configuration,
3 waiting for the call limit, 4 the other side cannot be reached; 128 + n after signal n.
What can be said is arguments.py, the JSON json_shapes.py, the tables terminal.py.
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from maestro_procore import i18n
from maestro_procore.cli import engine_run, exit_codes, json_shapes, reconcile_verb, training_verb
from maestro_procore.cli.arguments import Run, language_of, parser, verb_at
from maestro_procore.cli.exit_codes import ALL_WELL, FAULT, SIGNALLED, SOME_ERRORS, WRONG_USAGE, problem_of
from maestro_procore.i18n import text
from maestro_procore.logs import ProgramName, start_logging
from maestro_procore.model.elements import ELEMENTS, built_elements, in_run_order, run_rank
from maestro_procore.model.problems import Problem, Refused, said
from maestro_procore.places import PlaceRefused, open_profile

if TYPE_CHECKING:  # imported when a verb needs it: the window paints before any of it is loaded
    from maestro_procore.wiring import House

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Never shows a trace to a person: a problem has a code, a sentence and a remedy."""
    words = list(sys.argv[1:] if argv is None else argv)
    i18n.set_language(language_of(words) or i18n.system_language())
    wants_json = "--json" in words
    try:
        place = verb_at(words)
        if words[place : place + 1] == ["sandbox"]:
            return _sandbox(_parsed(words[:place]), words[place + 1 :])
        arguments = _parsed(words)
        return int(arguments.run(arguments)) if arguments.verb is not None else _window(arguments)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_ERRORS
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    except Exception as error:  # the edge of the program
        return _complain(problem_of(error), wants_json)


def command_line() -> argparse.ArgumentParser:
    """Every verb and option."""
    return parser(_VERBS)


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    return command_line().parse_args(words)


def _complain(problem: Problem, wants_json: bool) -> int:
    if wants_json:
        json_shapes.write({"ok": False, "problems": json_shapes.problems([problem])})
    else:
        _tell(problem)
    return exit_codes.of_problems([problem])


def _tell(problem: Problem) -> None:
    print(f"{problem.code}: {said(problem, i18n.current_language())}", file=sys.stderr)


# --- the profile -----------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(arguments: argparse.Namespace, program: ProgramName = "command") -> "Iterator[House]":
    """The house of the profile that the options name, and the log of this process."""
    _refuse_stray_sandbox(arguments)
    profile = open_profile(arguments.profile, training=arguments.training)
    stop_logging = start_logging(profile.logs, program)
    try:
        with _no_garbage():
            from maestro_procore.wiring import House

        with contextlib.closing(House(profile, arguments.training, arguments.sandbox, arguments.user)) as house:
            if arguments.language is None and (chosen := house.views.settings()["language"]):
                i18n.set_language(chosen)
            yield house
    except Exception as error:
        if problem_of(error).code == FAULT:
            log.exception("the command failed")  # while there is still a log
        raise
    finally:
        stop_logging()


@contextlib.contextmanager
def _no_garbage() -> Iterator[None]:
    """Importing makes a million objects and no garbage; looking for it takes a tenth of the time (measured)."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _window(arguments: argparse.Namespace) -> int:
    _refuse_stray_sandbox(arguments)
    if not _has_display():
        raise Refused(Problem("CLI-08"))  # Qt would abort the process instead
    from maestro_procore.gui.application import run

    profile = open_profile(arguments.profile, training=arguments.training)
    start_logging(profile.logs, "window")

    def open_desk() -> Any:
        from maestro_procore.wiring import House

        return House(profile, arguments.training, arguments.sandbox, arguments.user).desk()

    return run(
        open_desk,
        profile,
        is_training=arguments.training,
        minimized=arguments.minimized,
        language=arguments.language,
    )


def _refuse_stray_sandbox(arguments: argparse.Namespace) -> None:
    if arguments.sandbox and not arguments.training:
        raise Refused(Problem("CLI-06"))


def _has_display() -> bool:
    """False on a Unix session without a screen, unless Qt was told to do without one."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _sandbox(arguments: argparse.Namespace, words: Sequence[str]) -> int:
    """The sandbox alone; with a profile, in the world that the training program of this profile sees."""
    from maestro_procore.sandbox.server import main as run_sandbox

    rest = [word for word in words if word != "--json"]  # its one line is JSON anyway
    if arguments.profile is not None:
        rest += ["--profile", str(open_profile(arguments.profile, training=True).sandbox)]
    return run_sandbox(rest)


# --- synchronizing ---------------------------------------------------------------------------------


def _sync(arguments: argparse.Namespace) -> int:
    if arguments.confirm is not None:
        return _confirm(arguments)
    if not arguments.elements:
        raise Refused(Problem("CLI-01", {"text": text("cli.usage.required", names="ELEMENT")}))
    for name in arguments.elements:
        if name != "all" and not _is_built(name):
            raise Refused(Problem("CLI-02", {"name": name}))
    with _opened(arguments) as house:
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
    told = house.commands.forecast(chosen, project=arguments.project, full=arguments.full)
    if arguments.json:
        json_shapes.write({"forecast": [each.to_json() for each in told]})
    else:
        from maestro_procore.cli import terminal

        terminal.show_forecast(told)
    return ALL_WELL


def _confirm(arguments: argparse.Namespace) -> int:
    """Lets a held request go and works it off; its element is known, so none is named beside it."""
    if arguments.elements or arguments.preview or arguments.full or arguments.project:
        raise Refused(Problem("CLI-01", {"text": text("cli.usage.confirm_alone")}))
    with _opened(arguments) as house:
        ids = [house.commands.confirm(arguments.confirm)["id"]]
        return _report(house, ids, arguments, _worked(house, ids, arguments))


def _is_built(name: str) -> bool:
    return name in ELEMENTS and ELEMENTS[name].is_built


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
            _tell(Problem("RUN-02", {"element": row["element"], "id": str(row["number"])}))
    return [row["id"] for row in rows]


def _worked(house: "House", ids: Sequence[str], arguments: argparse.Namespace) -> int:
    """Runs the engine until the requests have ended; the number of the signal that ended it earlier, or 0."""
    return asyncio.run(engine_run.until_ended(house, ids, arguments.no_wait, arguments.json))


def _report(house: "House", ids: Sequence[str], arguments: argparse.Namespace, interrupted: int = 0) -> int:
    rows = [row for row in map(house.views.request, ids) if row is not None]
    if arguments.json:
        json_shapes.write({"requests": [json_shapes.sync_row(row) for row in rows]})
    else:
        from maestro_procore.cli import terminal

        terminal.show_requests(rows)
    return SIGNALLED + interrupted if interrupted else exit_codes.of_requests(rows)


def _cancel(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as house:
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
    with _opened(arguments) as house:
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
    with _opened(arguments) as house:
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
        return SIGNALLED + interrupted if interrupted else exit_codes.of_requests([row])


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
        _tell(problem)
    return ALL_WELL if is_done else SOME_ERRORS


# --- looking ----------------------------------------------------------------------------------------


def _status(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as house:
        service, budget, elements = house.views.service(), house.views.budget(), house.views.elements()
        if arguments.json:
            json_shapes.write(json_shapes.status(service, budget, elements))
        else:
            from maestro_procore.cli import terminal

            terminal.show_status(service, budget, elements)
    return ALL_WELL


def _requests(arguments: argparse.Namespace) -> int:
    from maestro_procore.store.views import RequestQuery

    with _opened(arguments) as house:
        rows = house.views.requests(RequestQuery(), 0, arguments.last)
        if arguments.json:
            json_shapes.write([json_shapes.request_row(row) for row in rows])
        else:
            from maestro_procore.cli import terminal

            terminal.show_history(rows)
    return ALL_WELL


def _actions(arguments: argparse.Namespace) -> int:
    from maestro_procore.store.views import ActionQuery

    with _opened(arguments) as house:
        request = house.journal.request(arguments.request)
        rows = house.views.actions(request["id"], ActionQuery(), 0, 1_000_000)
        if arguments.json:
            json_shapes.write([json_shapes.action_row(row) for row in rows])
        else:
            from maestro_procore.cli import terminal

            terminal.show_actions(rows)
    return ALL_WELL


def _messages(arguments: argparse.Namespace) -> int:
    if arguments.element is not None and arguments.element not in ELEMENTS:
        raise Refused(Problem("CLI-02", {"name": arguments.element}))
    with _opened(arguments) as house:
        lines = house.views.messages(arguments.element)
        if arguments.json:
            json_shapes.write([row for line in lines for row in json_shapes.message_rows(line)])
        else:
            from maestro_procore.cli import terminal

            terminal.show_messages(lines)
    return ALL_WELL


def _links(arguments: argparse.Namespace) -> int:
    """Records by the state of their link, of one element or of all."""
    from maestro_procore.store.views import LinkQuery

    if arguments.element is not None and not _is_built(arguments.element):
        raise Refused(Problem("CLI-02", {"name": arguments.element}))
    names = [arguments.element] if arguments.element else [element.name for element in built_elements()]
    with _opened(arguments) as house:
        queries = [LinkQuery(name, tuple(arguments.state or ())) for name in names]
        rows = [row for query in queries for row in house.views.links(query, 0, 1_000_000)]
        if arguments.json:
            json_shapes.write([json_shapes.link_row(row) for row in rows])
        else:
            from maestro_procore.cli import terminal

            terminal.show_links(rows)
    return ALL_WELL


# --- set-up -----------------------------------------------------------------------------------------


def _configure(arguments: argparse.Namespace) -> int:
    from maestro_procore.cli import configuration

    wish = configuration.wish_of(arguments, sys.stdin)
    with _opened(arguments) as house:
        problems, notices = configuration.save(house, wish)
    if arguments.json:
        json_shapes.write({"ok": not problems, "problems": json_shapes.problems([*problems, *notices])})
    else:
        for problem in [*problems, *notices]:
            _tell(problem)
        if not problems:
            print(text("cli.configure.done"))
    return WRONG_USAGE if problems else ALL_WELL


def _doctor(arguments: argparse.Namespace) -> int:
    from maestro_procore.cli import doctor

    try:
        with _opened(arguments) as house:
            checks = asyncio.run(doctor.examine(house))
    except (Refused, PlaceRefused) as refused:
        if isinstance(refused, Refused) and refused.problem.code == "CLI-06":
            raise
        checks = doctor.of_closed_profile(arguments.profile, arguments.training, problem_of(refused))
    failed = [check for check in checks if not check.is_ok]
    if arguments.json:
        json_shapes.write({"ok": not failed, "checks": [json_shapes.check_row(check) for check in checks]})
    else:
        from maestro_procore.cli import terminal

        terminal.show_checks(checks)
    return (
        exit_codes.of_problems([check.problem for check in failed if check.problem is not None]) if failed else ALL_WELL
    )


def _knowledge(arguments: argparse.Namespace) -> int:
    """Explained answers, out to a file or in from one."""
    with _opened(arguments) as house:
        commands = house.commands.knowledge
        if arguments.knowledge_action == "export":
            done = {"explanations": commands.export(arguments.file)}
            told = text("manager.knowledge.exported", count=done["explanations"], file=str(arguments.file))
        else:
            done = commands.take_in(arguments.file).to_json()
            told = text("manager.knowledge.imported", **done)
    if arguments.json:
        json_shapes.write({"ok": True, **done})
    else:
        print(told)
    return ALL_WELL


def _service(arguments: argparse.Namespace) -> int:
    # Until the loop listens itself, a signal ends the imports, which alone take longer than a scheduler waits.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ALL_WELL))
    with _opened(arguments, "service") as house:
        if sys.stderr.isatty():
            print(text("cli.service.started"), file=sys.stderr)
        asyncio.run(engine_run.until_told(house, arguments.until_stdin_closes))
    if arguments.json:
        json_shapes.write({"ok": True})
    elif sys.stderr.isatty():
        print(text("cli.service.ended"), file=sys.stderr)
    return ALL_WELL


_VERBS: Final[dict[str, Run]] = {
    "sync": _sync,
    "status": _status,
    "requests": _requests,
    "actions": _actions,
    "messages": _messages,
    "links": _links,
    "cancel": _cancel,
    "resume": _resume,
    "reconcile": lambda arguments: reconcile_verb.run(arguments, _opened, _tell),
    "undo": _undo,
    "configure": _configure,
    "doctor": _doctor,
    "service": _service,
    "sandbox": lambda arguments: _sandbox(arguments, []),
    "knowledge": _knowledge,
    "training": lambda arguments: training_verb.run(arguments, _opened),
}
