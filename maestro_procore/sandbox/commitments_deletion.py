"""Records that are marked as deleted instead of removed, and the lists that show them when asked to.

Source: reference 3.2 (filters[include_deleted]=with|only).
"""

from maestro_procore.sandbox.answers import Answer
from maestro_procore.sandbox.records import Handler
from maestro_procore.sandbox.resources import Filter, Test
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

PARAMETER = "filters[include_deleted]"


def _is_there(row: Row) -> bool:
    return not row.get("deleted_at")


def not_deleted(visit: Visit) -> Test:
    """What a list shows and a single call finds, unless the request asks for deleted records too."""
    return _is_there if visit.call.parameter(PARAMETER) is None else lambda _row: True


def _asked_for(_visit: Visit, values: list[str]) -> Test:
    tests: dict[str, Test] = {"with": lambda _row: True, "only": lambda row: not _is_there(row)}
    if values[-1] not in tests:
        raise ValueError("must be with or only")
    return tests[values[-1]]


INCLUDE_DELETED = Filter(PARAMETER, _asked_for)


def mark_deleted(handler: Handler, visit: Visit) -> Answer:
    """Carry out a delete. The mark counts as a change: a list of changed records shows it. Errors: Refused."""
    row = handler.addressed(visit)
    errors = handler.resource.kept(visit, row) if handler.resource.kept is not None else {}
    if errors:
        raise handler.refused(errors)
    now = visit.clock.stamp()
    handler.keep(visit, {**row, "deleted_at": now, "updated_at": now}, row)
    status = handler.operation.status
    return Answer(status) if status == 204 else Answer(status, b"{}")
