"""All kinds of records that runs bring in step: the mapping and the rules of each. A further kind is a further row."""

from typing import Final

from maestro_procore.model import projects, suppliers
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.rules import Rules

_KINDS: Final = ((projects.MAP, projects.RULES), (suppliers.MAP, suppliers.RULES))

MAPS: Final[dict[str, ElementMap]] = {element_map.element: element_map for element_map, _ in _KINDS}
RULES: Final[dict[str, Rules]] = {element_map.element: rules for element_map, rules in _KINDS}
