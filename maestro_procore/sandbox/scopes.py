"""What a request is about: the project, list or parent record that path, query or body names, checked."""

from typing import Any

from maestro_procore.sandbox.answers import Refused, bad_parameter, forbidden, missing_field, not_found
from maestro_procore.sandbox.permissions import check_level
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.tools import is_active
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

TOOL_OFF = "Insufficient access: the {tool} tool is not active in this project"


def parents(visit: Visit, resource: Resource, operation: Operation) -> dict[str, int]:
    """Row key → id of each parent of this request.

    Errors: Refused 400 when one is not named, 404 when it does not exist, 403 for a project whose tool is not active.
    """
    scopes = operation.within if operation.unscoped or resource.scope is None else (resource.scope, *operation.within)
    named = {scope: _named(visit, scope) for scope in scopes}
    return {scope.key: _parent(visit, scope, value)["id"] for scope, value in named.items() if value is not None}


def is_inside(row: Row, found: dict[str, int]) -> bool:
    """Whether the row stands in all these parents."""
    return all(row.get(key) == parent for key, parent in found.items())


def scope_of_start_row(scope: Scope, given: Row) -> Any:
    """The parent's id in a start row: under its key, or where its shown form has it; None when nowhere."""
    if given.get(scope.key) is not None or scope.found is None:
        return given.get(scope.key)
    return scope.found(given)


def check_tool(visit: Visit, project_id: int, tool: str) -> None:
    """Errors: Refused 403. Source of the text's words: reference 9.5."""
    if tool and not is_active(visit.world, project_id, tool):
        raise forbidden(TOOL_OFF.format(tool=tool))


def _parent(visit: Visit, scope: Scope, value: int) -> Row:
    row = visit.world.collection(scope.collection).get(value)
    if row is None or not visit.owns(row):
        raise not_found()
    if scope.collection == "projects":
        visit.check_permitted(row["id"])
        check_tool(visit, row["id"], scope.tool)
        check_level(visit, row["id"], scope.tool)
    return row


def _named(visit: Visit, scope: Scope) -> int | None:
    name = scope.key
    value: Any = visit.path_values.get(name) or visit.call.parameter(name)
    if value is None and visit.call.body:
        body = visit.call.json()
        value = body.get(name) if isinstance(body, dict) else None
    if value is None:
        if scope.optional:
            return None
        raise missing_field(name)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise _not_an_id(visit, name) from None


def _not_an_id(visit: Visit, name: str) -> Refused:
    """An id in the path that is no number finds nothing; elsewhere it is a bad parameter."""
    return not_found() if name in visit.path_values else bad_parameter(name, "is invalid")
