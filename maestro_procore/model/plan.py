"""Turn records, links and decisions into what a run will do. Pure: the stored plan is also the preview.

One item per record: what happens to it, what is written where, what a person is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from maestro_procore.model.compare import Difference, Winner, differences
from maestro_procore.model.elements import Direction, Side
from maestro_procore.model.mapping import ElementMap, Field, Record
from maestro_procore.model.matching import Finder, Match
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Value, cut

Writes = dict[str, Any]


@dataclass(frozen=True)
class PlanSettings:
    """What of the configuration a plan depends on."""

    origin_prefix: str
    """`MST:{company tag}:{element}:`"""
    company_id: int
    currency: str = "CAD"
    language: str = "fr"
    default_template: int | None = None
    sends_address_after_link: bool = True
    excluded_supplier_types: frozenset[str] = frozenset()
    supplier_filter: str = "all"


@dataclass(frozen=True)
class LinkState:
    """An existing link: partner and the values both last agreed on."""

    procore_id: int
    agreed: Mapping[str, Value]
    rule: str = ""


@dataclass(frozen=True)
class Item:
    """What the plan says of one record.

    kind None: nothing to do. target_writes: columns or attributes per side. is_question: waits for a
    person's choice (counted as skipped with a warning, never an error). is_in_scope False: shown, not sent.
    """

    maestro: Record | None
    procore: Record | None
    kind: ActionKind | None
    writes: Mapping[Side, Writes] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    problems: tuple[Problem, ...] = ()
    candidates: tuple[Record, ...] = ()
    rule: str = ""
    is_linked: bool = False
    is_question: bool = False
    is_in_scope: bool = True
    agreed: Mapping[str, Value] = field(default_factory=dict)

    @property
    def is_blocked(self) -> bool:
        """An error stands against it: nothing is written (F014)."""
        return not self.is_question and any(p.is_error for p in self.problems)

    @property
    def key(self) -> str | None:
        """The maestro* code, also of a record that is about to be created there."""
        if self.maestro is not None:
            return self.maestro.key
        created = self.writes.get(Side.MAESTRO)
        return self.procore.number if created and self.procore else None


@dataclass(frozen=True)
class Rules:
    """The rules of one element that are no mapping: model/projects.py, model/suppliers.py.

    out_of_scope: why an unlinked maestro* record is not sent (None: it is). stops: errors against sending or
    updating. stops_creation_here: errors against creating a Procore record in maestro*. new_row: the columns of
    a new maestro* row besides the mapped ones. matches_by_number_only: a name alone never links.
    """

    out_of_scope: Callable[[Record, PlanSettings], Problem | None]
    stops: Callable[[Record, Record | None, bool], list[Problem]]
    stops_creation_here: Callable[[Record, PlanSettings], list[Problem]] = lambda record, settings: []
    new_row: Callable[[Record, PlanSettings], Writes] = lambda record, settings: {}
    new_procore: Callable[[Record], Writes] = lambda record: {}
    after_update: Callable[[Record, list[Difference]], list[Problem]] = lambda record, found: []
    cannot_link: Callable[[Record, Record], Problem | None] = lambda record, partner: None
    question: str = "SUP-04"
    duplicate_number: str | None = None
    told_when_linked: Mapping[str, str] = field(default_factory=dict)
    """Rule by which a partner was found → message."""
    matches_by_number_only: bool = False
    is_frozen_after_link: Callable[[PlanSettings], frozenset[str]] = lambda settings: frozenset()


@dataclass(frozen=True)
class Subject:
    """Everything a plan is made of."""

    element_map: ElementMap
    rules: Rules
    settings: PlanSettings
    maestro: Sequence[Record]
    procore: Sequence[Record]
    links: Mapping[str, LinkState]
    decisions: Mapping[str, Mapping[str, str]]
    """maestro* key → {'link' or field: choice}"""
    selection: frozenset[str] | None = None
    """Only these maestro* keys (or, for records without one, Procore ids as text); None: all."""


def plan(subject: Subject) -> list[Item]:
    """One item per record of either side, maestro*'s first, in the order of their codes."""
    finder = Finder(
        subject.element_map,
        subject.maestro,
        subject.procore,
        {key: link.procore_id for key, link in subject.links.items()},
        subject.settings.origin_prefix,
        subject.rules.matches_by_number_only,
    )
    partners = {record.procore_id: record for record in subject.procore}
    items = [_of_maestro(subject, finder, partners, record) for record in sorted(subject.maestro, key=_by_key)]
    items = list(_one_partner_each(items))
    claimed = {item.procore.procore_id for item in items if item.procore is not None}
    claimed |= {c.procore_id for item in items for c in item.candidates}
    claimed |= {link.procore_id for link in subject.links.values()}
    taken_numbers = {record.number for record in subject.maestro}
    alone = [r for r in subject.procore if r.procore_id not in claimed and not r.is_gone]
    items += [_of_procore(subject, record, alone, taken_numbers) for record in sorted(alone, key=_by_key)]
    if subject.selection is None:
        return items
    return [item for item in items if _names(item) & subject.selection]


def _by_key(record: Record) -> str:
    return record.key


def _names(item: Item) -> set[str]:
    return {record.key for record in (item.maestro, item.procore) if record is not None}


def _of_maestro(subject: Subject, finder: Finder, partners: Mapping[int, Record], record: Record) -> Item:
    link = subject.links.get(record.key)
    if link is not None:
        partner = partners.get(link.procore_id)
        if partner is None or partner.is_gone:
            lost = Problem("LNK-02", {"code": record.key, "system": "Procore"})
            return Item(
                record, partner, ActionKind.SKIP, problems=(lost,), is_linked=True, is_question=True, agreed=link.agreed
            )
        return _linked(subject, record, partner, link)
    outside = subject.rules.out_of_scope(record, subject.settings)
    if outside is not None:
        is_asked_for = subject.selection is not None and record.key in subject.selection
        kind, told = (ActionKind.SKIP, (outside,)) if is_asked_for else (None, ())
        return Item(record, None, kind, problems=told, is_in_scope=is_asked_for)
    return _unlinked(subject, record, _decided(subject, partners, record) or finder.find(record))


def _decided(subject: Subject, partners: Mapping[int, Record], record: Record) -> Match | None:
    choice = subject.decisions.get(record.key, {}).get("link")
    if choice == "create":
        return Match()
    partner = partners.get(int(choice)) if choice else None
    return Match(partner, "choice") if partner is not None and not partner.is_gone else None


def _unlinked(subject: Subject, record: Record, match: Match) -> Item:
    if match.candidates:
        count = len(match.candidates)
        if subject.rules.duplicate_number and all(c.number == record.number for c in match.candidates):
            several = Problem(subject.rules.duplicate_number, {"number": record.number})
            return Item(record, None, ActionKind.SKIP, problems=(several,), candidates=match.candidates)
        asked = Problem(subject.rules.question, {"n": count, "count": count, "code": record.key})
        return Item(record, None, ActionKind.SKIP, problems=(asked,), candidates=match.candidates, is_question=True)
    if match.partner is None:
        return _to_create(subject, record)
    problem = _against_linking(subject, record, match)
    if problem is not None:
        return Item(record, match.partner, ActionKind.SKIP, problems=(problem,))
    return _to_link(subject, record, match.partner, match.rule)


def _against_linking(subject: Subject, record: Record, match: Match) -> Problem | None:
    partner = match.partner
    assert partner is not None
    name = partner.values.get(subject.element_map.title) or partner.key
    if match.taken_by is not None:
        return Problem("SUP-06", {"name": name, "code": match.taken_by})
    if partner.origin_id and not partner.origin_id.startswith(subject.settings.origin_prefix):
        return Problem("LNK-01", {"id": partner.origin_id})
    return subject.rules.cannot_link(record, partner)


def _to_create(subject: Subject, record: Record) -> Item:
    if Side.PROCORE not in subject.element_map.direction.targets:
        return Item(record, None, None)
    problems = subject.rules.stops(record, None, True)
    element_map = subject.element_map
    values = {f.procore: cut(record.values[f.name], f.procore_length) for f in element_map.fields}
    write = {name: value for name, value in values.items() if value is not None}
    write |= subject.rules.new_procore(record)
    write["origin_id"] = subject.settings.origin_prefix + record.key
    kind = ActionKind.SKIP if any(p.is_error for p in problems) else ActionKind.CREATE
    writes = {} if kind is ActionKind.SKIP else {Side.PROCORE: write}
    return Item(record, None, kind, writes, problems=tuple(problems), rule="created")


def _to_link(subject: Subject, record: Record, partner: Record, rule: str) -> Item:
    element_map = subject.element_map
    choices = subject.decisions.get(record.key, {})
    found = differences(element_map, record, partner, {}, choices)
    problems = subject.rules.stops(record, partner, bool(found))
    writes, told = _writes(element_map, found)
    mark: Writes = {"id": partner.procore_id, "origin_id": subject.settings.origin_prefix + record.key}
    for each in element_map.fields:
        if each.is_identity and record.values.get(each.name) != partner.values.get(each.name):
            mark[each.procore] = record.values.get(each.name)
    writes[Side.PROCORE] = {**writes.get(Side.PROCORE, {}), **mark}
    if rule in subject.rules.told_when_linked:
        told.append(Problem(subject.rules.told_when_linked[rule], {"code": record.key}))
    problems = [*problems, *_conflicts(element_map, found), *told]
    item = Item(record, partner, ActionKind.LINK, writes, tuple(found), tuple(problems), rule=rule)
    return replace(item, kind=ActionKind.SKIP, writes={}) if item.is_blocked else item


def _linked(subject: Subject, record: Record, partner: Record, link: LinkState) -> Item:
    element_map, rules = subject.element_map, subject.rules
    choices = subject.decisions.get(record.key, {})
    frozen = rules.is_frozen_after_link(subject.settings)
    found = differences(element_map, record, partner, link.agreed, choices, frozen)
    live = [d for d in found if d.winner is not Winner.KEEP]
    problems = rules.stops(record, partner, bool(live))
    writes, told = _writes(element_map, live)
    if not partner.is_active and "is_active" not in {f.name for f in element_map.fields}:
        writes, told = {}, []  # nothing is sent to or taken from a record that its owners have put away
    if Side.PROCORE in writes:
        writes[Side.PROCORE] |= {"id": partner.procore_id, "origin_id": subject.settings.origin_prefix + record.key}
    conflicts = _conflicts(element_map, live)
    problems = [*problems, *conflicts, *told, *rules.after_update(record, live)]
    item = Item(
        record, partner, ActionKind.UPDATE, writes, tuple(found), tuple(problems), is_linked=True, agreed=link.agreed
    )
    if item.is_blocked:
        return replace(item, kind=ActionKind.SKIP, writes={})
    if not writes:
        return replace(item, kind=ActionKind.SKIP if problems else None, is_question=bool(problems))
    return item


def _conflicts(element_map: ElementMap, found: Sequence[Difference]) -> list[Problem]:
    return [
        Problem("PRJ-09", {"field": d.field.name, "element": element_map.element})
        for d in found
        if d.winner is Winner.CONFLICT
    ]


def _writes(element_map: ElementMap, found: Sequence[Difference]) -> tuple[dict[Side, Writes], list[Problem]]:
    """What goes where, and what a person is told about values that had to be shortened."""
    writes: dict[Side, Writes] = {}
    told = []
    for difference in found:
        each = difference.field
        if difference.winner is Winner.MAESTRO:
            writes.setdefault(Side.PROCORE, {})[each.procore] = cut(difference.maestro, each.procore_length)
        elif difference.winner is Winner.PROCORE:
            value, problem = _shortened(each, difference.procore)
            writes.setdefault(Side.MAESTRO, {})[each.maestro] = value
            told += [problem] if problem else []
    return writes, told


def _shortened(each: Field, value: Value) -> tuple[Value, Problem | None]:
    stored = cut(value, each.maestro_length)
    if stored == value or each.cut_code is None:
        return stored, None
    return stored, Problem(each.cut_code, {"text": stored, "n": each.maestro_length})


def _of_procore(subject: Subject, record: Record, alone: Sequence[Record], taken: set[str | None]) -> Item:
    """A Procore record that no maestro* record claims."""
    if subject.element_map.direction is not Direction.BOTH or not record.is_active:
        return Item(None, record, None, is_in_scope=False)
    rules = subject.rules
    twins = [r for r in alone if r.number and r.number == record.number]
    if rules.duplicate_number and len(twins) > 1:
        problems = [Problem(rules.duplicate_number, {"number": record.number})]
    elif record.origin_id and not record.origin_id.startswith(subject.settings.origin_prefix):
        problems = [Problem("LNK-01", {"id": record.origin_id})]
    elif record.number in taken:
        problems = [Problem("PRJ-12", {"number": record.number})]
    else:
        problems = rules.stops_creation_here(record, subject.settings)
    if any(p.is_error for p in problems):
        return Item(None, record, ActionKind.SKIP, problems=tuple(problems))
    row, told = _new_row(subject, record)
    mark = {"id": record.procore_id, "origin_id": f"{subject.settings.origin_prefix}{record.number}"}
    return Item(
        None,
        record,
        ActionKind.CREATE,
        {Side.MAESTRO: row, Side.PROCORE: mark},
        problems=(*problems, *told),
        rule="created",
    )


def _new_row(subject: Subject, record: Record) -> tuple[Writes, list[Problem]]:
    row: Writes = dict(subject.rules.new_row(record, subject.settings))
    told = []
    for each in subject.element_map.fields:
        value, problem = _shortened(each, record.values.get(each.name))
        row[each.maestro] = value
        told += [problem] if problem else []
    return row, told


def _one_partner_each(items: Sequence[Item]) -> Iterator[Item]:
    """Two maestro* records must never claim one Procore record: the later one is stopped (one to one)."""
    holders: dict[int, str] = {}
    for item in items:
        if item.kind is ActionKind.LINK and item.procore is not None and item.maestro is not None:
            holder = holders.setdefault(item.procore.procore_id, item.maestro.key)
            if holder != item.maestro.key:
                name = str(item.procore.values.get("name") or item.procore.key)
                problem = Problem("SUP-06", {"name": name, "code": holder})
                yield replace(item, kind=ActionKind.SKIP, writes={}, problems=(problem,))
                continue
        yield item
