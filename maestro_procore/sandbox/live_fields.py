"""Show a row with what other collections hold at this moment: names of what it refers to, totals of its lines."""

from maestro_procore.sandbox.resources import Resource
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row


def is_live(resource: Resource) -> bool:
    """Whether its rows must be looked up again each time they are shown."""
    return bool(resource.live) or resource.expand is not None


def expanded(resource: Resource, row: Row, visit: Visit) -> Row:
    """A copy of the row with its live fields; the row itself when it has none."""
    if not is_live(resource):
        return row
    made = dict(row)
    for reference in resource.live:
        assert reference.read is not None
        other = visit.world.collection(reference.collection).get(row.get(reference.write))
        made[reference.read] = None if other is None else {name: other.get(name) for name in reference.shows}
    return made if resource.expand is None else resource.expand(visit, made)
