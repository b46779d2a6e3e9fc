"""The command line: every verb opens the profile, asks a command or a view, prints, and says how it went.

`--json` stands after any verb: one document on standard output and nothing else there.
Exit codes: 0 all well, 1 some records have errors, 2 wrong usage or configuration,
3 waiting for the call limit, 4 the other side cannot be reached.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maestro_procore import i18n
from maestro_procore.i18n import text
from maestro_procore.logs import Secret, start_logging
from maestro_procore.model.elements import ELEMENTS, in_run_order
from maestro_procore.model.problems import Problem, Refused, message, remedy
from maestro_procore.places import PlaceRefused, Profile, open_profile

if TYPE_CHECKING:  # imported when a verb needs it: the window paints before any of it is loaded
    from maestro_procore.wiring import House

ALL_WELL, SOME_ERRORS, WRONG_USAGE, WAITING, UNREACHABLE = range(5)

# Problems of a whole request that say "nobody answered" or "the set-up is wrong"; the rest are errors of the run.
_UNREACHABLE = frozenset({"SRV-01", "SRV-06", "SRV-17", "SRV-18", "SRV-19", "SRV-21", "CLI-05"})
_CONFIGURATION = ("CFG-", "CLI-", "KEY-", "STO-", "SRV-07", "SRV-14", "SRV-22", "SRV-25")
_LOOK = 0.1


class _Parser(argparse.ArgumentParser):
    """Complains in the reader's language and with our own exit code."""

    def error(self, message_text: str) -> Any:
        raise Refused(Problem("CLI-01", {"text": message_text}))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Never shows a trace to a person: a problem has a code, a sentence and a remedy."""
    words = list(sys.argv[1:] if argv is None else argv)
    if "sandbox" in words[:1]:
        from maestro_procore.sandbox.server import main as run_sandbox

        return run_sandbox(words[1:])
    i18n.set_language(_language(words))
    wants_json = "--json" in words
    try:
        arguments = _parser().parse_args(words)
        if arguments.verb is None:
            return _window(arguments)
        return int(arguments.run(arguments))
    except Refused as refused:
        return _complain(refused.problem, wants_json)
    except PlaceRefused as refused:
        code = {"network_folder": "STO-05"}.get(refused.reason_code, "STO-06")
        return _complain(Problem(code, {"path": str(refused.path)}), wants_json)
    except KeyboardInterrupt:
        return SOME_ERRORS


def _language(words: Sequence[str]) -> Any:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--language" and following in i18n.LANGUAGES:
            return following
    return i18n.system_language()


def _complain(problem: Problem, wants_json: bool) -> int:
    if wants_json:
        _print_json({"ok": False, "problems": [_told(problem)]})
    else:
        print(f"{problem.code}: {_sentence(problem)}", file=sys.stderr)
    return UNREACHABLE if problem.code in _UNREACHABLE else WRONG_USAGE


def _told(problem: Problem) -> dict[str, Any]:
    language = i18n.current_language()
    severity = {"E": "error", "W": "warning", "I": "information"}[problem.kind.value]
    return {
        "code": problem.code,
        "severity": severity,
        "message": message(problem, language),
        "remedy": remedy(problem, language),
        "args": dict(problem.args),
    }


def _sentence(problem: Problem) -> str:
    language = i18n.current_language()
    return " ".join(part for part in (message(problem, language), remedy(problem, language)) if part)


def _print_json(document: Any) -> None:
    json.dump(document, sys.stdout, ensure_ascii=False, default=_plain)
    sys.stdout.write("\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, frozenset | set | tuple):
        return sorted(value)
    raise TypeError(type(value).__name__)


# --- what can be said ----------------------------------------------------------------------------


def _parser() -> _Parser:
    parser = _Parser(prog="maestro-procore", description=text("cli.description"), epilog=text("cli.epilog"))
    parser.add_argument("--profile", type=Path, metavar="DIR", help=text("cli.option.profile"))
    parser.add_argument("--training", action="store_true", help=text("cli.option.training"))
    parser.add_argument("--sandbox", metavar="URL", help=text("cli.option.sandbox"))
    parser.add_argument("--language", choices=i18n.LANGUAGES, help=text("cli.option.language"))
    parser.add_argument("--user", metavar="CODE", help=text("cli.option.user"))
    parser.add_argument("--minimized", action="store_true", help=text("cli.option.minimized"))
    verbs = parser.add_subparsers(dest="verb", metavar=text("cli.heading.commands"), parser_class=_Parser)
    for name, add in _VERBS.items():
        verb = verbs.add_parser(name, help=text(f"cli.verb.{name}"), description=text(f"cli.verb.{name}"))
        verb.add_argument("--json", action="store_true", help=text("cli.option.json"))
        add(verb)
    verbs.add_parser("sandbox", help=text("cli.verb.sandbox"))
    return parser


def _add_sync(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("elements", nargs="+", metavar="ELEMENT", help=text("cli.argument.elements"))
    verb.add_argument("--full", action="store_true", help=text("cli.option.full"))
    verb.add_argument("--preview", action="store_true", help=text("cli.option.preview"))
    verb.add_argument("--project", metavar="CODE", help=text("cli.option.project"))
    verb.add_argument("--no-wait", action="store_true", help=text("cli.option.no_wait"))
    verb.set_defaults(run=_sync)


def _add_requests(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--last", type=int, default=100, metavar="N", help=text("cli.option.last"))
    verb.set_defaults(run=_requests)


def _add_actions(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("request", metavar="REQUEST", help=text("cli.argument.request"))
    verb.set_defaults(run=_actions)


def _add_messages(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("element", nargs="?", metavar="ELEMENT", help=text("cli.argument.element"))
    verb.set_defaults(run=_messages)


def _add_with_request(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.ArgumentParser], None]:
    def add(verb: argparse.ArgumentParser) -> None:
        verb.add_argument("request", metavar="REQUEST", help=text("cli.argument.request"))
        verb.set_defaults(run=run)

    return add


def _add_configure(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--from", dest="file", type=Path, metavar="FILE", help=text("cli.option.from"))
    verb.add_argument("--url", help=text("cli.option.url"))
    verb.add_argument("--client-id", help=text("cli.option.client_id"))
    verb.add_argument("--secret-stdin", action="store_true", help=text("cli.option.secret_stdin"))
    verb.add_argument("--procore-company", type=int, metavar="ID", help=text("cli.option.procore_company"))
    verb.add_argument("--elements", metavar="A,B", help=text("cli.option.elements"))
    verb.set_defaults(run=_configure)


def _add_service(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    verb.set_defaults(run=_service)


def _add_training(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="training_action", required=True, parser_class=_Parser)
    reset = actions.add_parser("reset", help=text("cli.verb.training.reset"))
    reset.add_argument("--company", choices=("small", "reference"), default="small", help=text("cli.option.company"))
    reset.add_argument("--json", action="store_true", help=text("cli.option.json"))
    reset.set_defaults(run=_training_reset)


def _opened(arguments: argparse.Namespace) -> "contextlib.AbstractContextManager[House]":
    from maestro_procore.wiring import House

    if arguments.sandbox and not arguments.training:
        raise Refused(Problem("CLI-06"))
    profile = open_profile(arguments.profile, training=arguments.training)
    start_logging(profile.logs)
    return contextlib.closing(House(profile, arguments.training, arguments.sandbox, arguments.user))


# --- verbs ---------------------------------------------------------------------------------------


def _window(arguments: argparse.Namespace) -> int:
    from maestro_procore.gui.application import run

    profile = open_profile(arguments.profile, training=arguments.training)
    start_logging(profile.logs)

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


def _sync(arguments: argparse.Namespace) -> int:
    names = arguments.elements
    with _opened(arguments) as house:
        options = {"project": arguments.project, "full": arguments.full, "preview": arguments.preview}
        if names == ["all"]:
            requests = house.commands.synchronize_all(**options)
        else:
            for name in names:
                if name not in ELEMENTS:
                    raise Refused(Problem("CLI-02", {"name": name}))
            requests = [house.commands.synchronize(name, **options) for name in in_run_order(names)]
        ids = [request["id"] for request in requests]
        asyncio.run(_work(house, ids, no_wait=arguments.no_wait, is_quiet=arguments.json))
        rows = [house.views.request(request_id) for request_id in ids]
        if arguments.json:
            _print_json({"requests": [_sync_row(row) for row in rows]})
        else:
            from maestro_procore import terminal

            terminal.show_requests([row for row in rows if row is not None])
        return _exit_code(rows)


async def _work(house: "House", ids: Sequence[str], *, no_wait: bool, is_quiet: bool) -> None:
    """Runs the engine here, or lets whoever holds the lease run it, until the requests have ended."""
    from maestro_procore import terminal

    stop = asyncio.Event()
    engine = asyncio.create_task(house.host().run(stop))
    with terminal.progress(is_quiet) as show:
        while not engine.done():
            rows = [house.views.request(request_id) for request_id in ids]
            left = [row for row in rows if row is not None and not _has_ended(row)]
            show(rows)
            if not left or (no_wait and all(r.state == "waiting" and r.wait_reason == "limit" for r in left)):
                break
            await asyncio.sleep(_LOOK)
    stop.set()
    await engine


def _has_ended(row: Any) -> bool:
    return row.state not in ("queued", "running", "waiting")


def _exit_code(rows: Sequence[Any]) -> int:
    codes = [row.problem.code for row in rows if row.problem is not None and row.state == "failed"]
    if any(code in _UNREACHABLE for code in codes):
        return UNREACHABLE
    if any(code.startswith(_CONFIGURATION) for code in codes):
        return WRONG_USAGE
    if any(not _has_ended(row) for row in rows):
        return WAITING
    return SOME_ERRORS if any(row.errors or row.state in ("failed", "cancelled") for row in rows) else ALL_WELL


_SYNC_FIELDS = ("id", "element", "state", "created", "updated", "linked", "unchanged", "skipped", "warnings", "errors")
_REQUEST_FIELDS = (
    *("id", "number", "element", "scope", "mode", "is_preview", "state", "requested_by", "requested_at"),
    *("started_at", "ended_at", "attempts", "resumes_at", "created", "updated", "linked", "unchanged", "skipped"),
    *("warnings", "errors", "calls", "project"),
)


def _sync_row(row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in _SYNC_FIELDS}
    seconds = round(row.duration_seconds or 0.0, 3)
    told = _told(row.problem) if row.problem is not None else None
    return {**shown, "calls": row.calls, "seconds": seconds, "resumes_at": row.resumes_at, "problem": told}


def _status(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as house:
        service, budget, elements = house.views.service(), house.views.budget(), house.views.elements()
        if not arguments.json:
            from maestro_procore import terminal

            terminal.show_status(service, budget, elements)
            return ALL_WELL
        shown = [
            {
                "name": e.name,
                "is_enabled": e.is_enabled,
                "direction": e.direction,
                "last_synchronized": e.last_success_at,
                "records": e.records,
                "in_step": e.in_step,
                "to_synchronize": e.to_synchronize,
                "errors": e.errors,
                "warnings": e.warnings,
                "active_request": e.active_request.id if e.active_request else None,
            }
            for e in elements
        ]
        _print_json({"service": vars(service), "budget": vars(budget), "elements": shown})
    return ALL_WELL


def _requests(arguments: argparse.Namespace) -> int:
    from maestro_procore.store.views import RequestQuery

    with _opened(arguments) as house:
        rows = house.views.requests(RequestQuery(), 0, arguments.last)
        if arguments.json:
            shown = [{name: getattr(row, name) for name in _REQUEST_FIELDS} for row in rows]
            for row, document in zip(rows, shown, strict=True):
                document["problem"] = _told(row.problem) if row.problem is not None else None
            _print_json(shown)
        else:
            from maestro_procore import terminal

            terminal.show_history(rows)
    return ALL_WELL


def _actions(arguments: argparse.Namespace) -> int:
    from maestro_procore.store.views import ActionQuery

    with _opened(arguments) as house:
        request = house.journal.request(arguments.request)
        rows = house.views.actions(request["id"], ActionQuery(), 0, 1_000_000)
        if arguments.json:
            names = ("id", "request_id", "seq", "element", "kind", "target", "maestro_key", "procore_id", "name")
            more = ("state", "attempts", "started_at", "ended_at", "exchange_id", "differences")
            shown = [{name: getattr(row, name) for name in (*names, *more)} for row in rows]
            for row, document in zip(rows, shown, strict=True):
                document["problems"] = [_told(p) for p in row.problems]
            _print_json(shown)
        else:
            from maestro_procore import terminal

            terminal.show_actions(rows)
    return ALL_WELL


def _messages(arguments: argparse.Namespace) -> int:
    if arguments.element is not None and arguments.element not in ELEMENTS:
        raise Refused(Problem("CLI-02", {"name": arguments.element}))
    with _opened(arguments) as house:
        lines = house.views.messages(arguments.element)
        if arguments.json:
            _print_json(
                [
                    {"element": line.element, "maestro_key": line.maestro_key, "procore_id": line.procore_id}
                    | _told(problem)
                    for line in lines
                    for problem in line.problems
                ]
            )
        else:
            from maestro_procore import terminal

            terminal.show_messages(lines)
    return ALL_WELL


def _cancel(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as house:
        is_done = house.commands.cancel(arguments.request)
    return _answered(arguments, is_done, "cli.cancel.done")


def _resume(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as house:
        is_done = house.commands.resume(arguments.request)
    return _answered(arguments, is_done, "cli.resume.done")


def _answered(arguments: argparse.Namespace, is_done: bool, key: str) -> int:
    if arguments.json:
        _print_json({"ok": is_done, "request": arguments.request})
    elif is_done:
        print(text(key, id=arguments.request))
    else:
        print(text("cli.nothing_left", id=arguments.request))
    return ALL_WELL if is_done else SOME_ERRORS


def _configure(arguments: argparse.Namespace) -> int:
    changes = _from_file(arguments.file) if arguments.file else {}
    given = {
        "api_url": arguments.url,
        "client_id": arguments.client_id,
        "procore_company_id": arguments.procore_company,
    }
    changes |= {key: value for key, value in given.items() if value is not None}
    wanted = str(changes.pop("elements", "") or arguments.elements or "")
    ticked = [name.strip() for name in wanted.replace(",", " ").split()]
    for name in ticked:
        if name not in ELEMENTS:
            raise Refused(Problem("CLI-02", {"name": name}))
    secret = Secret(sys.stdin.readline().strip()) if arguments.secret_stdin else None
    with _opened(arguments) as house:
        problems = house.commands.save_configuration(changes, secret)
        if not problems:
            for element in house.views.elements() if ticked else ():
                house.commands.enable(element.name, element.name in ticked)
        reason = getattr(house.secrets, "reason", None)
        notices = [reason] if secret is not None and isinstance(reason, Problem) else []
    if arguments.json:
        _print_json({"ok": not problems, "problems": [_told(p) for p in [*problems, *notices]]})
    else:
        for problem in [*problems, *notices]:
            print(f"{problem.code}: {_sentence(problem)}", file=sys.stderr)
        if not problems:
            print(text("cli.configure.done"))
    return WRONG_USAGE if problems else ALL_WELL


def _from_file(file: Path) -> dict[str, Any]:
    """Settings from a JSON or TOML file. A password in it is refused: it belongs to the key ring."""
    import tomllib

    try:
        content = file.read_text(encoding="utf-8")
        held: dict[str, Any] = tomllib.loads(content) if file.suffix == ".toml" else json.loads(content)
    except (OSError, ValueError) as error:
        raise Refused(Problem("CFG-16", {"file": str(file), "text": str(error)})) from error
    if not isinstance(held, dict) or any("secret" in key or "password" in key for key in held):
        raise Refused(Problem("CFG-16", {"file": str(file), "text": "client_secret"}))
    return held


def _doctor(arguments: argparse.Namespace) -> int:
    from maestro_procore import doctor

    with _opened(arguments) as house:
        checks = asyncio.run(doctor.examine(house))
    if arguments.json:
        told = [{"name": c.name, "ok": c.is_ok, "text": c.text, "problem": _problem_of(c.problem)} for c in checks]
        _print_json({"ok": all(c.is_ok for c in checks), "checks": told})
    else:
        from maestro_procore import terminal

        terminal.show_checks(checks)
    if all(c.is_ok for c in checks):
        return ALL_WELL
    codes = {c.problem.code for c in checks if c.problem is not None and not c.is_ok}
    return UNREACHABLE if codes & _UNREACHABLE else WRONG_USAGE


def _problem_of(problem: Problem | None) -> dict[str, Any] | None:
    return None if problem is None else _told(problem)


def _service(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as house:
        if sys.stderr.isatty():
            print(text("cli.service.started"), file=sys.stderr)
        asyncio.run(_serve(house, arguments.until_stdin_closes))
    return ALL_WELL


async def _serve(house: "House", until_stdin_closes: bool) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop.set))
    if until_stdin_closes:

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=watch, daemon=True).start()
    await house.host().run(stop)


def _training_reset(arguments: argparse.Namespace) -> int:
    from maestro_procore import training
    from maestro_procore.store.lease import FileLease

    if not arguments.training:
        raise Refused(Problem("CLI-06"))
    profile: Profile = open_profile(arguments.profile, training=True)
    lease = FileLease(profile.lease)
    if not lease.take():
        raise Refused(Problem("RUN-01", {"pid": "–"}))
    try:
        training.reset(profile, arguments.company)
        with _opened(arguments):
            pass
    finally:
        lease.give_back()
    if arguments.json:
        _print_json({"ok": True})
    else:
        print(text("cli.training.reset.done"))
    return ALL_WELL


_VERBS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "sync": _add_sync,
    "status": lambda verb: verb.set_defaults(run=_status),
    "requests": _add_requests,
    "actions": _add_actions,
    "messages": _add_messages,
    "cancel": _add_with_request(_cancel),
    "resume": _add_with_request(_resume),
    "configure": _add_configure,
    "doctor": lambda verb: verb.set_defaults(run=_doctor),
    "service": _add_service,
    "training": _add_training,
}


if __name__ == "__main__":
    sys.exit(main())
