"""The codes of a financial line: a WBS code, or a cost code and a cost type; each gives the other.

Source: reference 9.19 (alternative keys: send one form), 6.4.
"""

from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.resources import Reference
from maestro_procore.sandbox.row_changes import BLANK, INVALID
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.wbs_codes import BRIEF, wbs_code_for
from maestro_procore.sandbox.world import Row

TYPE_FIELDS = ("id", "base_type", "code", "name", "origin_data", "origin_id")
PAIR = ("cost_code_id", "line_item_type_id")

CODE_REFERENCES = (
    Reference("wbs_code_id", "wbs_code", "wbs_codes", live=True, shows=BRIEF, within="project_id"),
    Reference(
        "cost_code_id",
        "cost_code",
        "cost_codes",
        live=True,
        shows=("id", "name", "code", "full_code", "origin_id"),
        within="project_id",
    ),
    Reference("line_item_type_id", "line_item_type", "line_item_types", live=True, shows=TYPE_FIELDS),
)


def settle_codes(row: Row, before: Row | None, visit: Visit) -> Errors:
    """A rule that also sets the form that was not sent. Both forms at once must name the same code."""
    old = before or {}
    wbs_is_new = row.get("wbs_code_id") is not None and row["wbs_code_id"] != old.get("wbs_code_id")
    pair_is_new = any(row.get(key) != old.get(key) for key in PAIR)
    if wbs_is_new:
        found = visit.world.collection("wbs_codes").get(row["wbs_code_id"])
        pair = {key: (found or {}).get(key) for key in PAIR}
        if pair_is_new and any(row.get(key) not in (None, old.get(key), pair[key]) for key in PAIR):
            return {"wbs_code_id": ["does not belong to the cost code and cost type"]}
        row.update(pair)
    elif pair_is_new and all(row.get(key) is not None for key in PAIR):
        found = wbs_code_for(visit, row["project_id"], row["cost_code_id"], row["line_item_type_id"])
        if found is None:
            return {"cost_code_id": [INVALID]}
        row["wbs_code_id"] = found["id"]
    return {} if row.get("wbs_code_id") is not None else {"cost_code": [BLANK]}
