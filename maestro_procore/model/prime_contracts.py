"""Prime contracts: the contract of a project with its owner, recognised on both sides, never created or changed.

A part of Change Orders: an owner's change order needs to know what it changes. maestro*'s contract has the number of
its project, so there is one for each. Source: maestro-interface.md §3.8 ([M-PBC]).
"""

from collections.abc import Mapping
from typing import Any

from maestro_procore.model.mapping import ElementMap, Field, Reading, Record, TableUse
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item, Rules, Subject
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind


def _attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    owner = row.get("vendor") or {}
    return {**row, "vendor_id": owner.get("id")}


MAP = ElementMap(
    element="prime-contracts",
    table="m_contract",
    key_column="contract_no",
    resources=("prime-contracts",),
    number="number",
    active="is_active",
    fields=(Field("number", "contract_no", "number", Kind.CODE, 10, 255, is_identity=True, shown=True),),
    title="number",
    read_procore=_attributes,
    clues=(
        Field("title", "description", "title"),
        Field("owner", "customer_code", "vendor_id"),
        Field("status", "status", "status"),
        Field("approved_changes", "", "approved_change_orders"),
    ),
    part_of="change-orders",
    tables=(TableUse("m_contract", "project_code"),),
    reading=Reading.ONCE,
)


def _plan(subject: Subject) -> list[Item]:
    """maestro*'s contract of the project with the one of Procore that has its number, or that is alone there."""
    contracts = {record.key: record for record in subject.maestro}
    owners = {link.procore_id: key for key, link in subject.links.items()}
    there = {record.procore_id: record for record in subject.procore if not record.is_gone}
    items = []
    for key, mine in sorted(contracts.items()):
        link = subject.links.get(key)
        if link is not None:
            items.append(_linked(mine, there.get(link.procore_id), key))
            continue
        free = [record for record in there.values() if record.procore_id not in owners]
        same = [record for record in free if record.number == mine.number]
        chosen = same if len(same) == 1 else free if len(free) == 1 and len(contracts) == 1 else []
        if chosen:
            rule = "number" if same else "only"
            items.append(Item(mine, chosen[0], ActionKind.LINK, rule=rule))
        else:
            items.append(Item(mine, None, None, is_in_scope=False))
    return items


def _linked(mine: Record, partner: Record | None, key: str) -> Item:
    if partner is not None:
        return Item(mine, partner, None, is_linked=True)
    told = (Problem("LNK-02", {"code": key, "system": "Procore"}),)
    return Item(mine, None, ActionKind.SKIP, problems=told, is_linked=True, is_question=True)


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=_plan,
)
