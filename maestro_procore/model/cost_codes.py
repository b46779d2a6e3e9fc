"""Activities of maestro* and cost codes of Procore (→): recognised, linked, created; and the list of cost types.

A division, phase or section is the parent of its activities. What stands in Procore is never renamed, moved or switched
off (maestro-interface.md §3.2). No call when every activity is linked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from maestro_procore.model.elements import Side
from maestro_procore.model.lookups import lookup
from maestro_procore.model.mapping import ElementMap, Field, Reading, Record, TableUse
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Item, Rules, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind, means_the_same
from maestro_procore.model.write_order import later

COST_TYPES = lookup(
    "cost-types",
    "code",
    (Field("name", "", "name"), Field("base_type", "", "base_type")),
    part_of="budgets",
)


def _code_attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    parent = row.get("parent") or {}
    return {**row, "parent_id": row.get("parent_id") or parent.get("id"), "is_in_use": row.get("deleted_at") is None}


MAP = ElementMap(
    element="cost-codes",
    table="m_activity",
    key_column="activity_code",
    resources=("cost-codes",),
    number="code",
    active="is_in_use",
    fields=(Field("code", "activity_code", "code", Kind.TEXT, 20, 255, is_identity=True, shown=True),),
    clues=(
        Field("name", "description", "name", Kind.TEXT, 60, 255),
        Field("full_code", "", "full_code"),
        Field("parent", "parent_code", "parent_id"),
    ),
    read_procore=_code_attributes,
    part_of="budgets",
    tables=(TableUse("m_activity", "project_code"),),
    needs=("cost-codes", "projects"),
    reading=Reading.ONCE,
    levels=4,  # division, phase, section, activity
)

CHARGEABLE: Final = "activity"
CLOSED: Final = "1"


def code_key(project: str, activity: str) -> str:
    """maestro* key of an activity."""
    return f"{project}/{activity}"


def is_reachable(context: Context) -> bool:
    """Whether the scope's project stands in Procore, or is about to."""
    return context.scope.procore_id is not None or context.scope.project in context.pending.get("projects", ())


def broken(record: Record, partner: Record | None, agreed: Mapping[str, Any], system: str = "Procore") -> Item:
    """A link with one end only: told, and nothing is written."""
    told = (Problem("LNK-02", {"code": record.key, "system": system}),)
    return Item(record, partner, ActionKind.SKIP, problems=told, is_linked=True, is_question=True, agreed=agreed)


def _assemble(element_map: ElementMap, context: Context) -> list[Record]:
    project = context.scope.project
    rows = context.tables.get(element_map.table, ())
    found = [element_map.from_maestro(row) for row in rows]
    return [replace(record, key=code_key(project, record.key)) for record in found]


# --- recognising ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """partners: more than one is a question. rule: how they were found."""

    partners: Sequence[Record] = ()
    rule: str = ""


class _Codes:
    """The project's codes in Procore, by everything that one is recognised by."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.by_id = {record.procore_id: record for record in subject.procore}
        self.owners = {link.procore_id: key for key, link in subject.links.items()}
        self._by_code: defaultdict[str, list[Record]] = defaultdict(list)
        self._by_full_code: defaultdict[str, list[Record]] = defaultdict(list)
        self._by_origin: dict[str, Record] = {}
        for record in subject.procore:
            if record.is_gone or not record.is_active:
                continue
            self._by_code[record.number or ""].append(record)
            self._by_full_code[str(record.values.get("full_code") or "").upper()].append(record)
            if record.origin_id:
                self._by_origin[record.origin_id] = record

    def find(self, record: Record) -> _Found:
        """Our mark, then the activity code as the code's own part, then as the whole code with its parents'."""
        choice = self.subject.decisions.get(record.key, {}).get("link", "")
        if choice == "create":
            return _Found()
        if choice.isdecimal() and int(choice) in self.by_id:
            return _Found((self.by_id[int(choice)],), "choice")
        marked = self._by_origin.get(self.subject.settings.origin_prefix + record.key)
        if marked is not None:
            return _Found((marked,), "origin_id")
        assert record.number is not None
        return _Found(self._of_code(record) or self._by_full_code.get(record.number, ()), "number")

    def _of_code(self, record: Record) -> Sequence[Record]:
        same = self._by_code.get(record.number or "", ())
        if len(same) < 2:
            return same
        # Own parts repeat below different parents; below the right one there is only one.
        parent = str(record.values.get("parent") or "").upper()
        return [each for each in same if self._parent_code(each) == parent] or same

    def _parent_code(self, code: Record) -> str:
        parent = code.values.get("parent")
        above = self.by_id.get(int(parent)) if isinstance(parent, str) else None
        return (above.number or "") if above is not None else ""


# --- plan -----------------------------------------------------------------------------------------


def _plan(subject: Subject) -> list[Item]:
    """One item per activity, in the order of their codes; nothing follows from a code that only Procore has."""
    if not is_reachable(subject.around):
        return []
    codes = _Codes(subject)
    items = {record.key: _item(record, codes) for record in sorted(subject.maestro, key=lambda record: record.key)}
    _one_owner_each(items, codes)
    return list(_with_parents(items, subject))


def _item(record: Record, codes: _Codes) -> Item:
    link = codes.subject.links.get(record.key)
    if link is not None:
        partner = codes.by_id.get(link.procore_id)
        if partner is None or partner.is_gone:
            return broken(record, partner, link.agreed)
        return _linked(record, partner, codes)
    if record.faults:
        return Item(record, None, ActionKind.SKIP, problems=record.faults)
    found = codes.find(record)
    if len(found.partners) > 1:
        told = (Problem("COD-08", {"code": record.number, "project": codes.subject.around.scope.project}),)
        return Item(record, None, ActionKind.SKIP, problems=told, candidates=tuple(found.partners), is_question=True)
    if not found.partners:
        return _new(record, codes.subject)
    return _to_link(record, found.partners[0], found.rule, codes)


def _linked(record: Record, partner: Record, codes: _Codes) -> Item:
    mark = codes.subject.settings.origin_prefix + record.key
    if partner.origin_id is None:  # somebody emptied it; without it another integration would take the code
        writes = {Side.PROCORE: {"id": partner.procore_id, "origin_id": mark}}
        return Item(record, partner, ActionKind.UPDATE, writes, is_linked=True)
    return Item(record, partner, None, is_linked=True)


def _to_link(record: Record, partner: Record, rule: str, codes: _Codes) -> Item:
    holder = codes.owners.get(partner.procore_id)
    if holder is not None:
        return _taken(record, partner, holder)
    mark = codes.subject.settings.origin_prefix + record.key
    if partner.origin_id and partner.origin_id != mark:
        told = (Problem("LNK-01", {"id": partner.origin_id}),)
        return Item(record, partner, ActionKind.SKIP, problems=told)
    problems = [] if rule == "origin_id" else [Problem("COD-03", {"code": record.number})]
    name = MAP.field("name")
    if not means_the_same(name.kind, record.values.get("name"), partner.values.get("name"), name.narrower):
        problems.append(Problem("COD-05", {"code": record.number}))
    writes = {Side.PROCORE: {"id": partner.procore_id, "origin_id": mark}}
    return Item(record, partner, ActionKind.LINK, writes, problems=tuple(problems), rule=rule)


def _taken(record: Record, partner: Record, holder: str) -> Item:
    told = (Problem("COD-10", {"code": partner.number, "activity": holder.partition("/")[2]}),)
    return Item(record, partner, ActionKind.SKIP, problems=told)


def _new(record: Record, subject: Subject) -> Item:
    if record.facts.get("status") == CLOSED:
        return Item(record, None, None, is_in_scope=False)
    write: Writes = {
        "code": record.values["code"],
        "name": record.values.get("name") or record.values["code"],
        "origin_id": subject.settings.origin_prefix + record.key,
    }
    return Item(record, None, ActionKind.CREATE, {Side.PROCORE: write}, rule="created")


def _one_owner_each(items: dict[str, Item], codes: _Codes) -> None:
    """Two activities never claim one code: the better claim stands, the other one is told who has it."""
    rank = {"choice": 0, "origin_id": 1, "number": 2}
    claims = [item for item in items.values() if item.kind is ActionKind.LINK]
    holders: dict[int, str] = {}
    for item in sorted(claims, key=lambda item: (rank[item.rule], not _is_own_part(item))):
        assert item.maestro is not None and item.procore is not None
        key = item.maestro.key
        holder = holders.setdefault(item.procore.procore_id, key)
        if holder != key:
            items[key] = _taken(item.maestro, item.procore, holder)


def _is_own_part(item: Item) -> bool:
    assert item.maestro is not None and item.procore is not None
    return item.maestro.number == item.procore.number


def _with_parents(items: Mapping[str, Item], subject: Subject) -> Iterator[Item]:
    """Creations get the id of their parent, or wait for it where the same plan creates it."""
    for key, item in items.items():
        if item.kind is not ActionKind.CREATE or item.maestro is None or not item.maestro.values.get("parent"):
            yield item
            continue
        parent = code_key(subject.around.scope.project, str(item.maestro.values["parent"]))
        parent_id = _parent_id(parent, items, subject)
        if parent_id is None:
            activity = key.partition("/")[2]
            told = (Problem("COD-09", {"activity": activity, "parent": item.maestro.values["parent"]}),)
            yield replace(item, kind=ActionKind.SKIP, writes={}, problems=told, rule="")
            continue
        write = {**item.writes[Side.PROCORE], "parent_id": parent_id}
        yield replace(item, writes={Side.PROCORE: write})


def _parent_id(parent: str, items: Mapping[str, Item], subject: Subject) -> int | dict[str, str] | None:
    """None for a parent that is missing, stopped, or lies below its own child."""
    item = items.get(parent)
    if item is None or item.is_blocked or not item.is_in_scope:
        return None
    if parent in subject.links:
        return subject.links[parent].procore_id
    if item.kind is ActionKind.LINK and item.procore is not None:
        return item.procore.procore_id
    return later(parent) if item.kind is ActionKind.CREATE and _reaches_the_top(parent, items, subject) else None


def _reaches_the_top(key: str, items: Mapping[str, Item], subject: Subject) -> bool:
    """Whether every record above stands or will stand in Procore; a circle never ends at the top."""
    seen = set()
    while key not in seen:
        seen.add(key)
        item = items.get(key)
        if item is None or item.maestro is None or item.kind not in (ActionKind.CREATE, ActionKind.LINK, None):
            return False
        above = item.maestro.values.get("parent")
        if item.kind is not ActionKind.CREATE or not above:
            return item.is_linked or item.kind is not None
        key = code_key(subject.around.scope.project, str(above))
    return False


RULES = Rules(
    out_of_scope=lambda record, settings: None,
    stops=lambda case: [],
    planner=_plan,
    assemble=_assemble,
    question="COD-08",
)
