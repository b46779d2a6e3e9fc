"""Records of one plan that name one another: which are sent first, and the ids put in once they exist.

Procore's codes are trees by parent_id, and a parent made in the same call has no id yet (procore-api.md §6.3), so each
level goes in calls of its own. A write says {"parent_id": {"link": maestro* key}} for a record without an id.
"""

from collections.abc import Mapping
from typing import Any

from maestro_procore.model.rules import Writes


def later(key: str) -> dict[str, str]:
    """Stands in a write for the Procore id of a record of the same kind that is created by the same plan."""
    return {"link": key}


def awaited(write: Mapping[str, Any] | None) -> str | None:
    """The maestro* key of the record that has to exist before this write can be sent."""
    for value in (write or {}).values():
        if isinstance(value, dict) and value.keys() == {"link"}:
            return str(value["link"])
    return None


def levels(writes: Mapping[str, Mapping[str, Any] | None]) -> dict[str, int]:
    """Key → 0 for writes that wait for no other one of the plan, 1 for those that wait for one of level 0, and so on.

    Errors: ValueError when writes wait for one another in a circle: the planner has to stop such records.
    """
    found: dict[str, int] = {}
    for key in writes:
        chain = [key]
        while chain[-1] not in found and (above := awaited(writes[chain[-1]])) in writes:
            assert above is not None
            if above in chain:
                raise ValueError(f"{key} waits for itself")
            chain.append(above)
        base = found.get(chain[-1], 0)
        for height, each in enumerate(reversed(chain)):
            found.setdefault(each, base + height)
    return found


def filled(write: Writes, links: Mapping[str, int]) -> Writes | None:
    """The write with the id of the record that it waited for; None when that one has not come to exist."""
    above = awaited(write)
    if above is None:
        return write
    if above not in links:
        return None
    return {name: links[above] if value == later(above) else value for name, value in write.items()}
