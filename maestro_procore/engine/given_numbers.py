"""Which numbers of documents are taken, in the whole maestro* company: orders of all projects are counted together."""

from collections.abc import Sequence

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import Part
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.order_numbers import numbers_wished, without_taken
from maestro_procore.model.rules import Item


def with_free_numbers(doors: Doors, part: Part, items: Sequence[Item]) -> Sequence[Item]:
    """The plan in which nobody is to get a number that is taken, or that a preview has promised to another."""
    wished = numbers_wished(part.map, items)
    if not wished:
        return items
    holders = holders_of(doors, part.map, wished, is_preview=part.request["is_preview"])
    return without_taken(part.map, items, holders)


def holders_of(
    doors: Doors, element_map: ElementMap, numbers: Sequence[str], *, is_preview: bool = False
) -> dict[str, str]:
    """Number → project, of those among them that are taken.

    Taken is what any document of the table has, cancelled, deleted and extended ones included, and what is linked or
    marked in Procore although its document is gone. is_preview: what other previews promise counts as there.
    """
    document = element_map.document
    assert document is not None, "asked for documents only"
    key, project = element_map.key_column, document.belongs[0]
    kinds = [kind for kind, each in MAPS.items() if each.table == element_map.table]
    found = doors.journal.numbers_in_use(kinds, key, numbers, is_preview=is_preview)
    columns = (key, project)
    rows = doors.company.rows(element_map.table, where={key: numbers}, include_deleted=True, columns=columns)
    return found | {str(row[key]).strip(): str(row[project] or "").strip() for row in rows}
