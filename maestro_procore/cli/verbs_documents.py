"""`documents …`: the files of projects on the command line. What an action shows is terminal_documents.py."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import (
    afterwards,
    documents_bandwidth,
    documents_destination,
    documents_forecast,
    documents_options,
    documents_trash,
    documents_versions,
    documents_waiting,
    engine_run,
    exit_codes,
    json_shapes,
)
from maestro_procore.cli.arguments import Parser, Verb, add_action
from maestro_procore.cli.documents_saying import ok, plain, say
from maestro_procore.cli.exit_codes import ALL_WELL, SIGNALLED
from maestro_procore.cli.opening import opened
from maestro_procore.engine.history_csv import write_csv
from maestro_procore.i18n import text
from maestro_procore.model import file_settings
from maestro_procore.model.connections import MAIN_ID
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:  # imported when an action needs it, as in verbs_run.py
    from maestro_procore.store.file_views import FileProjectRow
    from maestro_procore.wiring import House

LAYOUTS: Final = ("new", "project", "tool")
"""Those of engine/file_binding.py, which is not imported before an action needs it."""
HISTORY: Final = (
    *("at", "by", "run", "tool", "deed", "side", "path"),
    *("why", "state", "undone_by", "size_bytes", "before", "after"),
)
"""Columns of the exported history."""
TOOLS: Final = (
    "documents photos daily_log rfis submittals drawings specifications meetings punch_list observations inspections"
    " instructions"
).split()


def _documents(arguments: argparse.Namespace) -> int:
    """One action. Errors: Refused."""
    with opened(arguments) as house:
        return _ACTIONS[arguments.documents_action](house, arguments)


# --- projects ---------------------------------------------------------------------------------------


def _add(house: "House", arguments: argparse.Namespace) -> int:
    """Adds a project and compares both sides; nothing is copied before `documents approve`."""
    from maestro_procore.engine.file_commands import NewFileProject

    connection = house.commands.connections.procore_id(arguments.connection)
    linked = asyncio.run(house.project_of(connection, arguments.project))
    place = asyncio.run(documents_destination.found(house, arguments))
    wanted = NewFileProject(
        name=linked["name"],
        procore_project=linked["id"],
        tools=arguments.tools.split(","),
        option="merge" if arguments.existing else "mirror",
        procore_connection=connection,
        top_name=arguments.top_folder,
        layout=arguments.layout,
        attaches_to_daily_log=arguments.daily_log_attachments,
        settings={"copies_private": True} if arguments.private_items else None,
        **place,
    )
    request = house.commands.files.add(wanted, house.company_through(connection))
    return _work(house, arguments, [request["id"]])


def _list(house: "House", arguments: argparse.Namespace) -> int:
    rows = house.views.files.projects()
    shown = [{**_row_of(row), "arrows": documents_options.arrows(row)} for row in rows]
    if not arguments.json:
        shown = [{**each, **_known(house, row)} for each, row in zip(shown, rows, strict=True)]
    return say(arguments, shown, ("id", "name", "phase", "arrows", "files", "destination"), "cli.empty.projects")


def _status(house: "House", arguments: argparse.Namespace) -> int:
    """With the time when a first synchronization will be finished, by what was measured so far (F104)."""
    found = house.views.files.projects()
    told = {row.id: documents_forecast.of(house, row.id) for row in found if row.phase != "regular" or row.is_running}
    rows = [
        _row_of(row) | ({"forecast": documents_forecast.as_json(told[row.id])} if row.id in told else {})
        for row in found
    ]
    if arguments.json:
        json_shapes.write(rows)
        return ALL_WELL
    columns = ("id", "name", "phase", "files", "size_bytes", "conflicts", "held", "apart", "waiting", "state")
    shown = [{**each, **documents_forecast.known(row, told.get(row.id))} for each, row in zip(rows, found, strict=True)]
    say(arguments, shown, columns, "cli.empty.projects")
    for row in found:
        if row.id in told:
            documents_forecast.say(row.name, told[row.id])
        for line in afterwards.standing(row):
            print(line)
    return ALL_WELL


def _known(house: "House", row: "FileProjectRow") -> dict[str, str]:
    told = documents_forecast.of(house, row.id) if row.phase == "planned" else None
    return documents_forecast.known(row, told)


def _preview(house: "House", arguments: argparse.Namespace) -> int:
    """Compares both sides and shows what a run would do; changes nothing on either of them."""
    from maestro_procore.cli import documents_policy

    project = _project(house, arguments)
    request = house.commands.files.synchronize(project.id, preview=True)
    interrupted = _until_ended(house, arguments, [request["id"]])
    rows = house.views.files.planned(project.id)
    told = documents_forecast.of(house, project.id)
    if arguments.json:
        checks = [plain(check) for check in house.views.files.projects(project.id)[0].preflight]
        forecast, differing = documents_forecast.as_json(told), documents_policy.differing(house, project)
        json_shapes.write({"actions": rows, "forecast": forecast, "preflight": checks, "conflicts": differing})
    else:
        from maestro_procore.cli import terminal

        (now,) = house.views.files.projects(project.id)
        if rows or not now.held:  # deletions that wait for an answer are something to do
            terminal.show_rows(rows, ("tool", "verb", "target", "n", "size_bytes"), "cli.empty.plan")
        documents_policy.show_differing(house, now, rows)
        documents_forecast.say(project.name, told)
        for line in afterwards.closing([now]):
            print(line)
    return SIGNALLED + interrupted if interrupted else ALL_WELL


def _sync(house: "House", arguments: argparse.Namespace) -> int:
    chosen = house.views.files.projects() if arguments.project == "all" else [_project(house, arguments)]
    if not chosen and not arguments.json:
        print(text("cli.empty.projects"))
        return ALL_WELL
    ids = [house.commands.files.synchronize(row.id, full=arguments.full)["id"] for row in chosen]
    return _work(house, arguments, ids)


def _approve(house: "House", arguments: argparse.Namespace) -> int:
    project = _project(house, arguments)
    told = documents_forecast.of(house, project.id)
    request = house.commands.files.approve(project.id)
    if not arguments.json:
        documents_forecast.say(project.name, told)
    return _work(house, arguments, [request["id"]])


def _go_on(house: "House", arguments: argparse.Namespace) -> int:
    project = _project(house, arguments)
    return _work(house, arguments, [house.commands.files.go_on(project.id, repair=arguments.repair)["id"]])


def _accept_name(house: "House", arguments: argparse.Namespace) -> int:
    """The other way out of FIL-18 and FIL-19: the top folders keep the names and places that people gave them."""
    project = _project(house, arguments)
    return _work(house, arguments, [house.commands.files.go_on(project.id, accept=True)["id"]])


def _policy(house: "House", arguments: argparse.Namespace) -> int:
    """Shows how a project is synchronized, after the changes that stand behind it."""
    from maestro_procore.cli import documents_policy

    return documents_policy.policy(house, _project(house, arguments), arguments)


def _pause(house: "House", arguments: argparse.Namespace) -> int:
    house.commands.files.pause(_project(house, arguments).id)
    return ok(arguments)


def _reset(house: "House", arguments: argparse.Namespace) -> int:
    house.commands.files.reset(_project(house, arguments).id)
    return ok(arguments)


def _move_destination(house: "House", arguments: argparse.Namespace) -> int:
    request = documents_destination.move(house, _project(house, arguments), arguments)
    return _work(house, arguments, [request["id"]])


def _remove(house: "House", arguments: argparse.Namespace) -> int:
    house.commands.files.remove(_project(house, arguments).id)
    return ok(arguments)


# --- what waits for a person --------------------------------------------------------------------------


def _held(house: "House", arguments: argparse.Namespace) -> int:
    project = _project(house, arguments) if arguments.project is not None else None
    return documents_waiting.held(house, project, arguments)


def _not_synchronized(house: "House", arguments: argparse.Namespace) -> int:
    project = _project(house, arguments) if arguments.project is not None else None
    return documents_waiting.not_synchronized(house, project, arguments)


def _listings(house: "House", arguments: argparse.Namespace) -> int:
    """Every item of both sides with what the open plan makes of it, as a workbook or CSV."""
    from maestro_procore.cli import documents_policy

    return documents_policy.listings(house, _project(house, arguments), arguments)


def _history(house: "House", arguments: argparse.Namespace) -> int:
    project = _project(house, arguments)
    if arguments.csv is not None:
        write_csv(arguments.csv, HISTORY, house.views.files.history(project.id, arguments.name or ""))
        return ok(arguments)
    rows = [plain(row) for row in house.views.files.steps(project.id, name=arguments.name or "")]
    return say(
        arguments, rows, ("ended_at", "verb", "rule", "target", "path", "state", "undone_by"), "cli.empty.history"
    )


def _changed_meanwhile(house: "House", arguments: argparse.Namespace) -> int:
    """What people changed in the drive while the first synchronization ran (F105)."""
    rows = [plain(row) for row in house.views.files.changed_meanwhile(_project(house, arguments).id)]
    return say(arguments, rows, ("ended_at", "verb", "rule", "path", "state"), "cli.empty.meanwhile")


def _versions(house: "House", arguments: argparse.Namespace) -> int:
    project = _project(house, arguments)
    return documents_versions.versions(house, project, arguments, lambda ids: _until_ended(house, arguments, ids))


def _runs(house: "House", arguments: argparse.Namespace) -> int:
    from maestro_procore.cli import documents_undo

    return documents_undo.runs(house, arguments, _project(house, arguments).id)


def _undo(house: "House", arguments: argparse.Namespace) -> int:
    from maestro_procore.cli import documents_undo

    return documents_undo.undo(house, arguments, lambda ids: _until_ended(house, arguments, ids))


def _trash(house: "House", arguments: argparse.Namespace) -> int:
    return documents_trash.trash(house, arguments, lambda ids: _until_ended(house, arguments, ids))


# --- proof -----------------------------------------------------------------------------------------------


def _prove(house: "House", arguments: argparse.Namespace) -> int:
    """Lists both sides anew, compares them with what was agreed, and signs what was found."""
    from maestro_procore.cli import documents_proof

    request = house.commands.files.prove(_project(house, arguments).id)
    interrupted = _until_ended(house, arguments, [request["id"]])
    document = None if interrupted else house.reports.document(request["id"])
    if document is None:
        return SIGNALLED + interrupted
    return documents_proof.show(house, document, arguments)


def _verify(house: "House", arguments: argparse.Namespace) -> int:
    from maestro_procore.cli import documents_proof

    return documents_proof.verify(house, arguments)


# --- the message at completion ------------------------------------------------------------------------------


def _notify(house: "House", arguments: argparse.Namespace) -> int:
    project = _project(house, arguments)
    if arguments.again:
        return _work(house, arguments, [house.commands.files.send_again(project.id)["id"]])
    return documents_options.notify(house, project, arguments)


def _options(house: "House", arguments: argparse.Namespace) -> int:
    """Changes what was named, and shows what holds."""
    project = _project(house, arguments)
    documents_options.change(house, project, arguments)
    return documents_options.show(house.views.files.projects(project.id)[0], arguments)


# --- accounts of Microsoft ---------------------------------------------------------------------------------


def _accounts(house: "House", arguments: argparse.Namespace) -> int:
    """Who is signed in on this computer; asks nobody."""
    found = asyncio.run(house.files.accounts())
    if arguments.json:
        json_shapes.write([{"id": one.id, "name": one.name} for one in found])
        return ALL_WELL
    columns = ("name", "account_id") if any(one.id for one in found) else ("name",)  # training's goes by its name alone
    rows = [{"account_id": one.id or "–", "name": one.name} for one in found]
    return say(arguments, rows, columns, "cli.empty.accounts")


def _sign_in(house: "House", arguments: argparse.Namespace) -> int:
    """In the system's browser, or with a code that is typed on another device."""
    from maestro_procore.cli import signing_in

    with signing_in.told_when_stopped():
        account = asyncio.run(_signed_in(house, by_code=arguments.device))
    if arguments.json:
        json_shapes.write({"ok": True, "name": account.name, "id": account.id})
    else:
        print(text("cli.documents.signed_in", name=account.name))
    return ALL_WELL


async def _signed_in(house: "House", *, by_code: bool) -> Any:
    sign_in, purposes = house.files.sign_in(), house.files.purposes()
    if by_code:
        code = await sign_in.begin_device_code(purposes)
        print(text("cli.documents.device", code=code.user_code, address=code.address), file=sys.stderr)
        return await sign_in.finish_device_code(code)
    from maestro_procore.cli import signing_in

    page = text("cli.documents.close_browser")
    return await sign_in.in_browser(purposes, signing_in.page_opener("device"), page=page)


def _sign_out(house: "House", arguments: argparse.Namespace) -> int:
    asyncio.run(house.files.sign_out(arguments.account))
    return ok(arguments)


# --- running and saying ---------------------------------------------------------------------------------


def _work(house: "House", arguments: argparse.Namespace, ids: Sequence[str]) -> int:
    interrupted = _until_ended(house, arguments, ids)
    rows = [row for row in map(house.views.request, ids) if row is not None]
    if arguments.json:
        projects = [_row_of(row) for row in house.views.files.projects()]
        json_shapes.write({"requests": [json_shapes.sync_row(row) for row in rows], "projects": projects})
    else:
        from maestro_procore.cli import terminal

        names = {str(row.id): row.name for row in house.views.files.projects()}
        terminal.show_requests(rows, afterwards.sentences(house, rows), names)
    return SIGNALLED + interrupted if interrupted else exit_codes.of_requests(rows)


def _until_ended(house: "House", arguments: argparse.Namespace, ids: Sequence[str]) -> int:
    return asyncio.run(engine_run.until_ended(house, ids, False, arguments.json))


def _project(house: "House", arguments: argparse.Namespace) -> "FileProjectRow":
    """By its number, its name, its maestro* code or its number in Procore. Errors: Refused (DOC-16)."""
    word, projects = str(arguments.project), house.views.files.projects()
    for row in projects:
        if word in (str(row.id), row.name):
            return row
    linked = house.views.partner("projects", word)  # `documents add` takes these words too
    for row in projects:
        if (row.procore_connection == MAIN_ID and row.procore_project == linked) or word == str(row.procore_project):
            return row
    raise Refused(Problem("DOC-16", {"id": word}))


def _row_of(row: "FileProjectRow") -> dict[str, Any]:
    shown = plain(row)
    shown["pairs"] = [plain(pair) for pair in row.pairs]
    shown["preflight"] = [plain(check) for check in row.preflight]
    return {**shown, "files": row.files, "size_bytes": row.size_bytes}


_ACTIONS: Final[Mapping[str, Callable[["House", argparse.Namespace], int]]] = {
    "add": _add,
    "list": _list,
    "status": _status,
    "preview": _preview,
    "approve": _approve,
    "sync": _sync,
    "pause": _pause,
    "go-on": _go_on,
    "accept-name": _accept_name,
    "policy": _policy,
    "reset": _reset,
    "destination": _move_destination,
    "remove": _remove,
    "conflicts": documents_waiting.conflicts,
    "resolve": documents_waiting.resolve,
    "held": _held,
    "not-synchronized": _not_synchronized,
    "listings": _listings,
    "history": _history,
    "changed-meanwhile": _changed_meanwhile,
    "runs": _runs,
    "undo": _undo,
    "trash": _trash,
    "versions": _versions,
    "prove": _prove,
    "verify": _verify,
    "notify": _notify,
    "options": _options,
    "bandwidth": documents_bandwidth.bandwidth,
    "accounts": _accounts,
    "sign-in": _sign_in,
    "sign-out": _sign_out,
}
_OF_PROJECT: Final = (
    *("preview", "approve", "pause", "accept-name", "policy", "reset", "remove", "prove"),
    *("listings", "destination"),
    *("notify", "options", "runs", "changed-meanwhile"),
)


# --- what may stand after the verb


def _add_options(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="documents_action", required=True, metavar="ACTION", parser_class=Parser)
    made = {name: add_action(actions, name, text(f"cli.documents.{name}")) for name in _ACTIONS}
    for name in _OF_PROJECT:
        made[name].add_argument("project", metavar="PROJECT", help=text("cli.documents.project"))
    _add_options_of_add(made["add"])
    documents_options.add_to_notify(made["notify"])
    documents_options.add_to_options(made["options"])
    documents_bandwidth.add_options(made["bandwidth"])
    documents_destination.add_options(made["destination"])
    possible = file_settings.spelled()
    made["policy"].add_argument(
        "values", metavar="KEY=VALUE", nargs="*", help=text("cli.documents.option.policy_values", possible=possible)
    )
    made["sign-in"].add_argument("--device", action="store_true", help=_help("device"))
    made["sign-out"].add_argument("account", metavar="NAME", help=_help("signed_out"))
    made["prove"].add_argument("--out", type=Path, metavar="FILE", help=_help("out"))
    made["verify"].add_argument("file", type=Path, metavar="FILE", help=_help("proof_file"))
    made["sync"].add_argument("project", metavar="PROJECT|all", nargs="?", default="all", help=_help("project"))
    made["sync"].add_argument("--full", action="store_true", help=_help("full"))
    made["go-on"].add_argument("project", metavar="PROJECT", help=_help("project"))
    made["go-on"].add_argument("--repair", action="store_true", help=_help("repair"))
    documents_waiting.add_options(made)
    documents_versions.add_options(made["versions"])
    documents_trash.add_options(made["trash"])
    made["undo"].add_argument("undone", metavar="REQUEST", help=_help("run"))
    made["undo"].add_argument("--preview", action="store_true", help=_help("undo_preview"))
    made["undo"].add_argument("--confirm", action="store_true", help=_help("confirm"))
    made["listings"].add_argument("file", type=Path, metavar="FILE", help=_help("listings_file"))
    made["history"].add_argument("project", metavar="PROJECT", help=_help("project"))
    made["history"].add_argument("--csv", type=Path, metavar="FILE", help=_help("csv"))
    made["history"].add_argument("name", metavar="TEXT", nargs="?", help=_help("name"))


def _add_options_of_add(add: argparse.ArgumentParser) -> None:
    add.add_argument("project", metavar="PROJECT", help=_help("procore_project"))
    add.add_argument("--tools", default="documents,photos", metavar=",".join(TOOLS), help=_help("tools"))
    add.add_argument("--existing", action="store_true", help=_help("existing"))
    add.add_argument("--layout", choices=LAYOUTS, default=LAYOUTS[0], help=_help("layout"))
    documents_destination.add_options(add)
    add.add_argument("--connection", metavar="NAME", help=_help("connection"))
    add.add_argument("--daily-log-attachments", action="store_true", help=_help("daily_log_attachments"))
    add.add_argument("--private-items", action="store_true", help=_help("private_items"))
    add.add_argument("--top-folder", default="Procore", metavar="NAME", help=_help("top_folder"))


def _help(name: str) -> str:
    return text(f"cli.documents.option.{name}")


VERBS: Final[Mapping[str, Verb]] = {"documents": Verb(_documents, _add_options, has_actions=True)}
