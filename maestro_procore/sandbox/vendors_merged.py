"""Two companies merged into one by a person in Procore's directory; the API has no call for it.

Source: Procore's page "Merge Companies": what belonged to the merged company belongs to the primary one, and the merged
one is permanently removed. Pages for ERP companies say that it is archived: what remains of it is a switch.
"""

from typing import Any

from maestro_procore.sandbox.answers import Refused
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

# Collection → the field that names a vendor.
NAMED_IN = (
    ("purchase_order_contracts", "vendor_id"),
    ("work_order_contracts", "vendor_id"),
    ("prime_contracts", "vendor_id"),
    ("prime_contracts", "contractor_id"),
    ("prime_contracts", "architect_id"),
    ("direct_costs", "vendor_id"),
)


def merge_vendors(visit: Visit, merged: Row, primary_id: Any) -> Row:
    """The primary vendor, to which everything of the merged one has gone. Errors: Refused 400."""
    vendors = visit.world.collection("vendors")
    primary = vendors.get(primary_id)
    if primary is None or primary["id"] == merged["id"] or not primary.get("is_active"):
        raise Refused(400, {"error": f"vendor {merged['id']} cannot be merged into {primary_id}"})
    now = visit.clock.stamp()
    for collection, field in NAMED_IN:
        rows = visit.world.collection(collection)
        for row in rows.where(**{field: merged["id"]}):
            touched = {"updated_at": now} if visit.switches["merge_touches_records"] else {}
            rows.put({**row, field: primary["id"], **touched})
    for child in [row for row in vendors if (row.get("parent") or {}).get("id") == merged["id"]]:
        vendors.put({**child, "parent": {"id": primary["id"], "name": primary.get("name")}, "updated_at": now})
    if visit.switches["merged_vendor"] == "gone":
        vendors.remove(merged["id"])
    else:
        vendors.put({**merged, "is_active": False, "origin_id": None, "synced_to_erp": False, "updated_at": now})
    projects = list(dict.fromkeys([*(primary.get("project_ids") or ()), *(merged.get("project_ids") or ())]))
    row = {**primary, "project_ids": projects, "updated_at": now}
    vendors.put(row)
    return row
