"""Verbs that only look: `status`, `requests`, `actions`, `messages`, `links`. They call nobody and change nothing."""

import argparse
from collections.abc import Mapping
from typing import Final

from maestro_procore.cli import json_shapes
from maestro_procore.cli.arguments import Verb, add_request, at_least_one
from maestro_procore.cli.exit_codes import ALL_WELL
from maestro_procore.cli.opening import opened
from maestro_procore.i18n import text
from maestro_procore.model.elements import ELEMENTS, built_elements, is_built
from maestro_procore.model.link_states import LinkState
from maestro_procore.model.problems import CATALOGUE, Problem, Refused


def _status(arguments: argparse.Namespace) -> int:
    with opened(arguments) as house:
        service, budget, elements = house.views.service(), house.views.budget(), house.views.elements()
        if arguments.json:
            json_shapes.write(json_shapes.status(service, budget, elements))
        else:
            from maestro_procore.cli import terminal

            terminal.show_status(service, budget, elements)
    return ALL_WELL


def _requests(arguments: argparse.Namespace) -> int:
    from maestro_procore.store.views import RequestQuery

    with opened(arguments) as house:
        rows = house.views.requests(RequestQuery(), 0, arguments.last)
        if arguments.json:
            json_shapes.write([json_shapes.request_row(row) for row in rows])
        else:
            from maestro_procore.cli import terminal

            terminal.show_history(rows)
    return ALL_WELL


def _actions(arguments: argparse.Namespace) -> int:
    from maestro_procore.store.views import ActionQuery

    with opened(arguments) as house:
        request = house.journal.request(arguments.request)
        rows = house.views.actions(request["id"], ActionQuery(), 0, 1_000_000)
        if arguments.json:
            json_shapes.write([json_shapes.action_row(row) for row in rows])
        else:
            from maestro_procore.cli import terminal

            terminal.show_actions(rows)
    return ALL_WELL


def _messages(arguments: argparse.Namespace) -> int:
    """What stands against lines now; or every message that there is, which needs no profile."""
    if arguments.catalogue:
        return _catalogue(arguments)
    if arguments.element is not None and arguments.element not in ELEMENTS:
        raise Refused(Problem("CLI-02", {"name": arguments.element}))
    with opened(arguments) as house:
        lines = house.views.messages(arguments.element)
        if arguments.json:
            json_shapes.write([row for line in lines for row in json_shapes.message_rows(line)])
        else:
            from maestro_procore.cli import terminal

            terminal.show_messages(lines)
    return ALL_WELL


def _catalogue(arguments: argparse.Namespace) -> int:
    if arguments.json:
        json_shapes.write([json_shapes.catalogue_row(entry) for entry in CATALOGUE.values()])
    else:
        from maestro_procore.cli import terminal

        terminal.show_catalogue(CATALOGUE.values())
    return ALL_WELL


def _links(arguments: argparse.Namespace) -> int:
    """Records by the state of their link, of one element or of all."""
    from maestro_procore.store.views import LinkQuery

    if arguments.element is not None and not is_built(arguments.element):
        raise Refused(Problem("CLI-02", {"name": arguments.element}))
    names = [arguments.element] if arguments.element else [element.name for element in built_elements()]
    with opened(arguments) as house:
        queries = [LinkQuery(name, tuple(arguments.state or ())) for name in names]
        rows = [row for query in queries for row in house.views.links(query, 0, 1_000_000)]
        if arguments.json:
            json_shapes.write([json_shapes.link_row(row) for row in rows])
        else:
            from maestro_procore.cli import terminal

            terminal.show_links(rows)
    return ALL_WELL


# --- what may stand after these verbs


def _add_requests_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--last", type=at_least_one, default=100, metavar="N", help=text("cli.option.last"))


def _add_links_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("element", nargs="?", metavar="ELEMENT", help=text("cli.argument.element"))
    states = [state.value for state in LinkState]
    verb.add_argument("--state", choices=states, action="append", help=text("cli.option.link_state"))


def _add_messages_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--catalogue", action="store_true", help=text("cli.option.catalogue"))
    verb.add_argument("element", nargs="?", metavar="ELEMENT", help=text("cli.argument.element"))


VERBS: Final[Mapping[str, Verb]] = {
    "status": Verb(_status),
    "requests": Verb(_requests, _add_requests_options),
    "actions": Verb(_actions, add_request),
    "messages": Verb(_messages, _add_messages_options),
    "links": Verb(_links, _add_links_options),
}
