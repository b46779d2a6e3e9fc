"""`connections …`: what the Connections page does, on the command line. Secrets never stand among its words."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.arguments import Parser, Verb, add_action
from maestro_procore.cli.exit_codes import ALL_WELL, of_problems
from maestro_procore.cli.opening import opened, tell
from maestro_procore.i18n import text
from maestro_procore.logs import Secret
from maestro_procore.model.problems import Problem, Refused

if TYPE_CHECKING:  # imported when an action needs it, as in verbs_run.py
    from maestro_procore.engine.connection_commands import Connection
    from maestro_procore.engine.connection_doors import Draft
    from maestro_procore.model.connections import Details, Platform
    from maestro_procore.wiring import House

LISTED: Final = ("id", "name", "platform", "domain", "acts_as", "connection_state", "tested_at")
CLOUDS: Final = ("global", "usgov", "usdod", "china")
PLATFORMS: Final = ("maestro", "procore", "microsoft")


def _connections(arguments: argparse.Namespace) -> int:
    """One action; the list without one. Errors: Refused."""
    with opened(arguments) as house:
        return _ACTIONS[arguments.connections_action or "list"](house, arguments)


def _list(house: "House", arguments: argparse.Namespace) -> int:
    rows = [_row(one) for one in house.commands.connections.rows()]
    if arguments.json:
        json_shapes.write(rows)
    else:
        from maestro_procore.cli import terminal

        terminal.show_rows(rows, LISTED, "cli.empty.rows")
    return ALL_WELL


def _row(one: "Connection") -> dict[str, Any]:
    from maestro_procore.model.connections import MAESTRO_ID

    details = one.details
    plain = ("client_id", "redirect_uri", "tenant", "company_id", "company_name")
    return {
        "id": None if one.id == MAESTRO_ID else one.id,  # it has none that anybody could enter
        "name": one.name,
        "platform": details.platform.value,
        "way": details.way.value,
        "domain": details.url,
        "cloud": _cloud(details),
        **{name: getattr(details, name) for name in plain},
        "certificate": dict(details.certificate),
        "acts_as": one.acts_as,
        "login": one.login,
        "connection_state": one.state.value,
        "tested_at": one.tested_at.isoformat() if one.tested_at else None,
        "projects": one.users,
        "problem": json_shapes.problems([one.problem])[0] if one.problem else None,
    }


def _cloud(details: "Details") -> str | None:
    """Name of the Microsoft cloud; None for another platform."""
    from maestro_procore.model.connections import Platform
    from maestro_procore.model.microsoft_clouds import cloud_of

    cloud = cloud_of(details.url) if details.platform is Platform.MICROSOFT else None
    return None if cloud is None else cloud.name


# --- adding -------------------------------------------------------------------------------------------


def _add(house: "House", arguments: argparse.Namespace) -> int:
    """Signs in where a person is wanted, tests, and saves only what works, unless --untested says so."""
    from maestro_procore.model.connections import DEFAULT_NAMES, WAYS, Platform, Way
    from maestro_procore.model.microsoft_clouds import address_of

    platform, way = Platform(arguments.platform), Way(arguments.sign_in)
    if way not in WAYS[platform]:
        ways = [each.value for each in WAYS[platform]]
        raise Refused(Problem("CON-13", {"way": way.value, "platform": DEFAULT_NAMES[platform], "ways": ways}))
    from maestro_procore.cli import signing_in

    commands = house.commands.connections
    _check_place(platform, arguments)
    draft = commands.new(platform, way)
    given = {name: getattr(arguments, name) for name in _FIELDS if getattr(arguments, name) is not None}
    if arguments.cloud is not None:
        given["url"] = address_of(arguments.cloud)
    draft.details = replace(draft.details, **given)
    _take_secrets(house, draft, arguments)
    if arguments.untested:
        return _saved(house, draft, arguments)
    with signing_in.told_when_stopped():
        return asyncio.run(_tested_and_saved(house, draft, arguments))


def _check_place(platform: "Platform", arguments: argparse.Namespace) -> None:
    """Procore is at an address, Microsoft in one of its clouds. Errors: Refused (CLI-01)."""
    wrong = {"procore": ("cloud", arguments.cloud), "microsoft": ("url", arguments.url)}
    name, value = wrong.get(platform.value, ("", None))
    if value is not None:
        raise Refused(Problem("CLI-01", {"text": f"--{name} {value}"}))


_FIELDS: Final = ("name", "url", "client_id", "redirect_uri", "tenant", "company_id")


def _take_secrets(house: "House", draft: "Draft", arguments: argparse.Namespace) -> None:
    """From a variable of the environment, from standard input, or asked for without echo."""
    from maestro_procore.engine.connection_doors import SECRET
    from maestro_procore.model.connections import Platform, Way

    if arguments.certificate is not None:
        word = _secret("passphrase", arguments)
        house.connections.read_certificate(draft, arguments.certificate, word or None)
    is_public = (draft.details.platform, draft.details.way) == (Platform.MICROSOFT, Way.PERSON)
    if draft.details.way is Way.CERTIFICATE or is_public:
        return
    if (given := _secret("client_secret", arguments)) or SECRET not in draft.held:
        draft.held[SECRET] = given


def _secret(field: str, arguments: argparse.Namespace) -> Secret:
    if arguments.secret_env:
        if not os.environ.get(arguments.secret_env):
            raise Refused(Problem("CLI-01", {"text": f"--secret-env {arguments.secret_env}"}))
        return Secret(os.environ[arguments.secret_env])
    if arguments.secret_stdin:
        return Secret(sys.stdin.readline().strip())
    if not sys.stdin.isatty():
        return Secret("")
    return Secret(getpass.getpass(f"{text(f'cli.connections.ask.{field}')}: "))


async def _tested_and_saved(house: "House", draft: "Draft", arguments: argparse.Namespace) -> int:
    from maestro_procore.model.connections import Way

    commands = house.commands.connections
    wrong = [problem for problem in commands.problems(draft) if problem.is_error]
    if not wrong and draft.details.way is Way.PERSON:
        await _signed_in(house, draft, arguments)
    wrong = wrong or await commands.test(draft)
    if wrong:
        await commands.discard(draft)
        return _failed(wrong, arguments)
    if draft.tested is not None and draft.details.company_id is None and draft.tested.companies:
        await commands.discard(draft)
        named = ", ".join(f"{number} ({name})" for number, name in draft.tested.companies)
        raise Refused(Problem("CLI-01", {"text": text("cli.connections.which_company", names=named)}))
    return await asyncio.to_thread(_saved, house, draft, arguments)


async def _signed_in(house: "House", draft: "Draft", arguments: argparse.Namespace) -> None:
    from maestro_procore.cli import signing_in
    from maestro_procore.model.connections import OUT_OF_BAND, Platform

    if draft.details.platform is Platform.PROCORE and (arguments.paste or draft.details.redirect_uri == OUT_OF_BAND):
        begun = await asyncio.to_thread(house.connections.begin_pasted, draft)
        code = await signing_in.pasted_code(begun.address)
        await house.connections.finish_pasted(draft, begun, Secret(code))
    elif arguments.device:
        typed = await house.connections.begin_typed(draft)
        print(text("cli.documents.device", code=typed.user_code, address=typed.address), file=sys.stderr)
        await house.connections.finish_typed(draft, typed)
    else:
        other_way: signing_in.OtherWay = "paste" if draft.details.platform is Platform.PROCORE else "device"
        page = text("cli.documents.close_browser")
        await house.connections.sign_in(draft, signing_in.page_opener(other_way), page)


def _saved(house: "House", draft: "Draft", arguments: argparse.Namespace) -> int:
    commands = house.commands.connections
    told = [problem for problem in commands.problems(draft) if not problem.is_error]
    number = commands.save(draft, untested=arguments.untested)
    return _tell(house, number, told, arguments)


def _tell(house: "House", number: int, told: list[Problem], arguments: argparse.Namespace) -> int:
    saved = house.commands.connections.find(str(number))
    if arguments.json:
        json_shapes.write({"ok": True, "connection": _row(saved), "problems": json_shapes.problems(told)})
        return ALL_WELL
    for problem in told:
        tell(problem)
    if saved.acts_as:
        print(text("connection.test.succeeded"))
        print(text("connection.acts_as", name=saved.acts_as))
    print(text("cli.connections.saved", name=saved.name))
    return ALL_WELL


def _failed(problems: list[Problem], arguments: argparse.Namespace) -> int:
    if arguments.json:
        json_shapes.write({"ok": False, "problems": json_shapes.problems(problems)})
    else:
        for problem in problems:
            tell(problem)
    return of_problems(problems)


# --- the others ---------------------------------------------------------------------------------------


def _test(house: "House", arguments: argparse.Namespace) -> int:
    """A real call; what it told is kept."""
    commands = house.commands.connections
    draft = commands.draft_of(commands.find(arguments.name).id)
    problems = asyncio.run(commands.test(draft))
    commands.keep_test(draft)
    if problems:
        return _failed(problems, arguments)
    return _tell_tested(draft, arguments)


def _tell_tested(draft: "Draft", arguments: argparse.Namespace) -> int:
    assert draft.tested is not None, "it succeeded"
    if arguments.json:
        companies = [{"id": number, "name": name} for number, name in draft.tested.companies]
        told = {"acts_as": draft.tested.acts_as, "login": draft.tested.login, "companies": companies}
        json_shapes.write({"ok": True, **told, "problems": []})
    else:
        print(text("connection.test.succeeded"))
        print(text("connection.acts_as", name=draft.tested.acts_as))
    return ALL_WELL


def _sign_in(house: "House", arguments: argparse.Namespace) -> int:
    """Somebody signs in again at a connection whose sign-in has ended."""
    from maestro_procore.cli import signing_in
    from maestro_procore.model.connections import Way

    commands = house.commands.connections
    draft = commands.draft_of(commands.find(arguments.name).id)
    if draft.details.way is not Way.PERSON:  # an application has nobody to sign in: its test is its sign-in
        raise Refused(Problem("CON-14", {"name": arguments.name}))
    with signing_in.told_when_stopped():
        asyncio.run(_signed_in(house, draft, arguments))
    problems = asyncio.run(commands.test(draft))
    if problems:
        return _failed(problems, arguments)
    return _tell(house, commands.save(draft), [], arguments)


def _remove(house: "House", arguments: argparse.Namespace) -> int:
    commands = house.commands.connections
    asyncio.run(commands.remove(commands.find(arguments.name).id))
    if arguments.json:
        json_shapes.write({"ok": True})
    else:
        print(text("cli.documents.done"))
    return ALL_WELL


def _capabilities(_house: "House", arguments: argparse.Namespace) -> int:
    """The platforms side by side (F155, F158)."""
    from maestro_procore.model.capabilities import CAPABILITIES, key_of
    from maestro_procore.model.connections import Platform

    rows = [
        {
            "capability": text(f"capability.{each.name}"),
            **{platform.value: text(key_of(each, platform), **each.figures) for platform in Platform},
        }
        for each in CAPABILITIES
    ]
    if arguments.json:
        json_shapes.write([{"name": each.name, **row} for each, row in zip(CAPABILITIES, rows, strict=True)])
    else:
        from maestro_procore.cli import terminal

        terminal.show_rows(rows, ("capability", *PLATFORMS))
    return ALL_WELL


_ACTIONS: Final[Mapping[str, Callable[["House", argparse.Namespace], int]]] = {
    "list": _list,
    "add": _add,
    "test": _test,
    "sign-in": _sign_in,
    "remove": _remove,
    "capabilities": _capabilities,
}
_NAMED: Final = ("test", "sign-in", "remove")


# --- what may stand after the verb --------------------------------------------------------------------


def _add_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help=text("cli.option.json"))
    actions = verb.add_subparsers(dest="connections_action", metavar="ACTION", parser_class=Parser)
    made = {name: add_action(actions, name, text(f"cli.connections.{name}")) for name in _ACTIONS}
    for name in _NAMED:
        made[name].add_argument("name", metavar="CONNECTION", help=_help("connection"))
    for name in ("add", "sign-in"):
        made[name].add_argument("--paste", action="store_true", help=_help("paste"))
        made[name].add_argument("--device", action="store_true", help=_help("device"))
    made["sign-in"].set_defaults(untested=False)
    add = made["add"]
    add.add_argument("--platform", choices=PLATFORMS[1:], default="procore", help=_help("platform"))
    add.add_argument(
        "--sign-in", choices=("person", "service", "certificate"), default="service", help=_help("sign_in")
    )
    add.add_argument("--name", metavar="NAME", help=_help("name"))
    add.add_argument("--url", metavar="URL", help=_help("url"))
    add.add_argument("--cloud", choices=CLOUDS, help=_help("cloud"))
    add.add_argument("--client-id", metavar="ID", help=_help("client_id"))
    add.add_argument("--redirect-uri", metavar="URL", help=_help("redirect_uri"))
    add.add_argument("--tenant", metavar="ID", help=_help("tenant"))
    add.add_argument("--company", dest="company_id", type=int, metavar="ID", help=_help("company"))
    add.add_argument("--certificate", type=Path, metavar="FILE", help=_help("certificate"))
    add.add_argument("--secret-env", metavar="VARIABLE", help=_help("secret_env"))
    add.add_argument("--secret-stdin", action="store_true", help=_help("secret_stdin"))
    add.add_argument("--untested", action="store_true", help=_help("untested"))


def _help(name: str) -> str:
    return text(f"cli.connections.option.{name}")


VERBS: Final[Mapping[str, Verb]] = {"connections": Verb(_connections, _add_options, has_actions=True)}
