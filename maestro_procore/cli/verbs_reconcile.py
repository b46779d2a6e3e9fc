"""`reconcile [--project CODE] [--cutoff DATE] [--xlsx FILE]`: both sides to the cent, as table, JSON and workbook."""

import argparse
import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore import i18n
from maestro_procore.cli import engine_run, exit_codes, json_shapes
from maestro_procore.cli.arguments import Verb
from maestro_procore.cli.exit_codes import ALL_WELL, SIGNALLED, SOME_ERRORS
from maestro_procore.cli.opening import opened, tell
from maestro_procore.i18n import text

if TYPE_CHECKING:  # imported when the verb needs it, as in verbs_run.py
    from maestro_procore.wiring import House


def _add_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--project", metavar="CODE", help=text("cli.option.project"))
    verb.add_argument("--cutoff", type=date.fromisoformat, metavar="DATE", help=text("cli.option.cutoff"))
    verb.add_argument("--xlsx", type=Path, metavar="FILE", help=text("cli.option.xlsx"))


def _reconcile(arguments: argparse.Namespace) -> int:
    """0 when everything is explained, 1 when something is not. Errors: Refused, CompanyUnreachable."""
    with opened(arguments) as house:
        house.company.company()  # told before the right to synchronize, which it would have to grant
        request, interrupted = _worked(house, arguments)
        row, state = house.views.reconciliation(request["id"]), house.views.request(request["id"])
        if row is None or not row.has_ended:
            return _unfinished(state, interrupted, arguments)
        found = house.views.reconciled_whole(row.request_id)
        if arguments.xlsx is not None:
            from maestro_procore.engine.workbook import save_certificate

            save_certificate(arguments.xlsx, row, found, i18n.current_language())
        if arguments.json:
            json_shapes.write(_document(row, found))
        else:
            _show(row, found, arguments)
        return ALL_WELL if row.agrees else SOME_ERRORS


def _worked(house: "House", arguments: argparse.Namespace) -> tuple[dict[str, Any], int]:
    """The request at its end, and the number of the signal that ended the wait, or 0.

    One that somebody left open is brought to its end first; then comes what was asked for, if that is another.
    """
    commands = house.commands.reconciliations
    while True:
        request = commands.order(project=arguments.project, cut_off=arguments.cutoff)
        interrupted = asyncio.run(engine_run.until_ended(house, [request["id"]], False, arguments.json))
        if interrupted or commands.is_as_asked(request, arguments.project, arguments.cutoff):
            return request, interrupted


def _unfinished(state: Any, interrupted: int, arguments: argparse.Namespace) -> int:
    """Nothing was found out: why, and the exit code of the request."""
    told = [state.problem] if state.problem is not None else []
    if arguments.json:
        shown = {"agrees": False, "unexplained": {}, "differences": [], "request": json_shapes.request_row(state)}
        json_shapes.write({**shown, "problems": json_shapes.problems(told)})
    else:
        for problem in told:
            tell(problem)
    return SIGNALLED + interrupted if interrupted else exit_codes.of_requests([state])


def _document(row: Any, found: Any) -> dict[str, Any]:
    """The figures, and what the certificate says beside them."""
    facts = ("request_id", "number", "company", "cut_off", "period", "project", "made_at", "prepared_by", "reviewed_by")
    told = {"told": json_shapes.problems(found.told), "problems": json_shapes.problems(found.unexplained)}
    return {**found.to_json(), **{name: getattr(row, name) for name in facts}, **told}


def _show(row: Any, found: Any, arguments: argparse.Namespace) -> None:
    from maestro_procore.cli import terminal_reconciliation

    terminal_reconciliation.show(row, found)
    if arguments.xlsx is not None:
        print(text("reconcile.saved", file=str(arguments.xlsx)))


VERBS: Final[Mapping[str, Verb]] = {"reconcile": Verb(_reconcile, _add_options)}
