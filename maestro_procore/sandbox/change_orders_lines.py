"""How the tiers of change orders hang together, and the lines that stand in the lowest of them.

Source: reference 6.9. One tier: a package with a hidden potential change order; two: packages over potential ones;
three: potential ones, requests, packages. Start rows carry their lines inside; here they are kept apart, once.
"""

from decimal import Decimal
from typing import Any

from maestro_procore.sandbox.commitments_kinds import POTENTIAL_CHANGE
from maestro_procore.sandbox.commitments_lines import line_resource
from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.live_fields import expanded
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

PACKAGES, REQUESTS, POTENTIALS = "change_order_packages", "change_order_requests", "potential_change_orders"
LINES = POTENTIAL_CHANGE.lines
LINES_PATH = "/rest/v1.0/potential_change_orders/{potential_change_order_id}/line_items"
ZERO = Decimal("0.00")


def potentials_of(visit: Visit, package_id: Any) -> list[Row]:
    """Potential change orders of a package: its own, and those of its requests."""
    kept = visit.world.collection(POTENTIALS)
    found = kept.where(change_order_package_id=package_id)
    for request in visit.world.collection(REQUESTS).where(change_order_package_id=package_id):
        found += kept.where(change_order_request_id=request["id"])
    return [row for row in {row["id"]: row for row in found}.values() if not row.get("deleted_at")]


def lines_of_potential(visit: Visit, potential_id: Any) -> list[Row]:
    return visit.world.collection(LINES).where(potential_change_order_id=potential_id)


def lines_of_package(visit: Visit, package_id: Any) -> list[Row]:
    """In the order of their potential change orders; each once."""
    found = {line["id"]: line for line in visit.world.collection(LINES).where(change_order_package_id=package_id)}
    for potential in potentials_of(visit, package_id):
        found.update((line["id"], line) for line in lines_of_potential(visit, potential["id"]))
    return list(found.values())


def total_of(lines: list[Row]) -> str:
    return str(sum((cents(line.get("total_amount")) for line in lines), ZERO))


def shown_lines(visit: Visit, lines: list[Row]) -> list[Row]:
    """The lines as a change order shows them."""
    made = []
    for line in lines:
        shown = {**expanded(POTENTIAL_LINES, line, visit), "markup_line_items": []}
        made.append({"cost_code_id": line.get("cost_code_id"), **shown})
    return made


def keep_apart(visit: Visit, row: Row, key: str) -> None:
    """Move the lines that a start row carries into their own collection. key: of the row, in its lines."""
    given = row.get("line_items")
    if not given:
        return
    kept = visit.world.collection(LINES)
    ids = {line.get("id") for line in given}
    for old in kept.where(**{key: row["id"]}):
        if old["id"] not in ids:
            kept.remove(old["id"])
    for position, line in enumerate(given, start=1):
        kept.put(_own_row(visit, row, key, line, position))
    row["line_items"] = []


def _own_row(visit: Visit, row: Row, key: str, line: Row, position: int) -> Row:
    line_id = line.get("id") or visit.world.new_id()
    before = visit.world.collection(LINES).get(line_id) or visit.document.blank(POTENTIAL_LINES.show)
    made = {**before, **{name: value for name, value in line.items() if value is not None}}
    codes = {f"{name}_id": (line.get(name) or {}).get("id") for name in ("wbs_code", "cost_code", "line_item_type")}
    made |= {name: value for name, value in codes.items() if value is not None}
    amount = _amount_of(line) or made.get("extended_amount") or "0.00"
    made |= {
        "id": line_id,
        COMPANY: row.get(COMPANY, visit.company_id),
        "project_id": row.get("project_id"),
        "position": made.get("position") or position,
        "amount": amount,
        "extended_amount": amount,
        "total_amount": line.get("total_amount") or amount,
        "extended_type": made.get("extended_type") or ("calculated" if made.get("unit_cost") else "manual"),
        "quantity": None if made.get("quantity") is None else str(made["quantity"]),
        "created_at": made.get("created_at") or row.get("created_at"),
        "updated_at": row.get("updated_at"),
        key: row["id"],
    }
    if made.get("potential_change_order_id") is None:
        made["potential_change_order_id"] = (line.get("holder") or {}).get("id")
    return made


def _amount_of(line: Row) -> str | None:
    """What a given line comes to: its amount, or quantity times unit cost."""
    given = line.get("extended_amount") or line.get("amount")
    if given is None and line.get("quantity") is not None and line.get("unit_cost") is not None:
        given = Decimal(str(line["quantity"])) * Decimal(str(line["unit_cost"]))
    return None if given is None else str(cents(given))


def adopt_lines(visit: Visit, package_id: Any, potential_id: Any) -> None:
    """Let the lines that were given with a package stand in its hidden potential change order."""
    kept = visit.world.collection(LINES)
    for line in kept.where(change_order_package_id=package_id, potential_change_order_id=None):
        kept.put({**line, "potential_change_order_id": potential_id})


def drop_hidden(visit: Visit, package_id: Any) -> None:
    """With two and three tiers nothing is hidden: the empty potential change order of a package goes."""
    for potential in potentials_of(visit, package_id):
        if potential.get("change_order_tiers") == 1 and not lines_of_potential(visit, potential["id"]):
            visit.world.collection(POTENTIALS).remove(potential["id"])


def settle_upwards(visit: Visit, potential: Row) -> None:
    """Bring a potential change order's amount, and those above it, to what its lines come to."""
    potential = {**potential, "grand_total": total_of(lines_of_potential(visit, potential["id"]))}
    visit.world.collection(POTENTIALS).put(potential)
    settle_above(visit, potential)


def settle_above(visit: Visit, potential: Row) -> None:
    """Bring the amounts of the request and the package over it to those of their potential change orders."""
    now, world = visit.clock.stamp(), visit.world
    package_id = potential.get("change_order_package_id")
    request = world.collection(REQUESTS).get(potential.get("change_order_request_id"))
    if request is not None:
        below = world.collection(POTENTIALS).where(change_order_request_id=request["id"])
        world.collection(REQUESTS).put({**request, "grand_total": _sum(below), "updated_at": now})
        package_id = request.get("change_order_package_id")
    package = world.collection(PACKAGES).get(package_id)
    if package is not None:
        total = _sum(potentials_of(visit, package_id))
        world.collection(PACKAGES).put({**package, "grand_total": total, "updated_at": now})


def _sum(rows: list[Row]) -> str:
    return str(sum((cents(row.get("grand_total")) for row in rows if not row.get("deleted_at")), ZERO))


POTENTIAL_LINES = line_resource(POTENTIAL_CHANGE, LINES_PATH, views=False, settled=settle_upwards)
