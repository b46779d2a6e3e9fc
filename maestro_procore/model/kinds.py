"""All kinds of records that runs bring in step: the mapping and the rules of each. A further kind is a further row."""

from typing import Final

from maestro_procore.model import (
    budget_changes,
    budget_codes,
    budgets,
    change_orders,
    commitments,
    cost_codes,
    cost_lines,
    costs,
    customers,
    lookups,
    order_extensions,
    prime_contracts,
    projects,
    suppliers,
    wbs_segments,
)
from maestro_procore.model.mapping import ElementMap
from maestro_procore.model.rules import Rules

_KINDS: Final = (
    *((each.MAP, each.RULES) for each in (projects, suppliers, customers)),
    *((each.MAP, each.RULES) for each in (cost_codes, budget_codes, budgets, budget_changes)),
    *((each.MAP, each.RULES) for each in (costs, cost_lines)),
    (commitments.PURCHASE_ORDER_MAP, commitments.PURCHASE_ORDER_RULES),
    (commitments.SUBCONTRACT_MAP, commitments.SUBCONTRACT_RULES),
    *((each.MAP, each.RULES) for each in (prime_contracts, change_orders, order_extensions)),
    (costs.COST_LOCKS, lookups.RULES),
    (lookups.UNITS, lookups.RULES),
    (lookups.TAX_CODES, lookups.RULES),
    (cost_codes.COST_TYPES, lookups.RULES),
    (budgets.BUDGET_VIEWS, lookups.RULES),
    (wbs_segments.WBS_PATTERNS, lookups.RULES),
    (wbs_segments.PROJECT_PATTERNS, wbs_segments.PROJECT_PATTERN_RULES),
    (wbs_segments.COST_TYPE_ITEMS, wbs_segments.COST_TYPE_ITEM_RULES),
    (wbs_segments.SEGMENT_ITEMS, wbs_segments.SEGMENT_ITEM_RULES),
)

MAPS: Final[dict[str, ElementMap]] = {element_map.element: element_map for element_map, _ in _KINDS}
RULES: Final[dict[str, Rules]] = {element_map.element: rules for element_map, rules in _KINDS}
