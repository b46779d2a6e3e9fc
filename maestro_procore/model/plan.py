"""Turn records, links and decisions into what a run will do. Pure: the stored plan is also the preview.

One item per record: what happens to it, what is written where, what a person is told. What goes in
and comes out is model/rules.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from maestro_procore.model.compare import KEPT, Difference, Winner, differences
from maestro_procore.model.duplicate_detective import Suspect, pair_of, without_strangers
from maestro_procore.model.elements import Direction, Side
from maestro_procore.model.mapping import ElementMap, Field, Record
from maestro_procore.model.matching import Finder, Match
from maestro_procore.model.names import name_key
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Case, InUse, Item, LinkState, PlanSettings, Rules, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Value, cut

__all__ = ["Case", "Item", "LinkState", "PlanSettings", "Rules", "Subject", "Writes", "merged", "plan"]


def plan(subject: Subject) -> list[Item]:
    """One item per record of either side, maestro*'s first, in the order of their codes."""
    work = _Work(subject)
    items = [work.of_maestro(record) for record in sorted(subject.maestro, key=_by_key)]
    items = list(_one_creation_each(_one_partner_each(items, work), work))
    items += work.orphans()
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
    """Everything by which a person may ask for a record; one that maestro* lacks, also by its Procore number."""
    names = {record.key for record in (item.maestro, item.procore) if record is not None}
    if item.maestro is None and item.procore is not None and item.procore.number:
        names.add(item.procore.number)
    return names


class _Work:
    """The decisions about maestro*'s records, with everything they look things up in."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.partners = {record.procore_id: record for record in subject.procore}
        self.outside = {
            record.key: problem
            for record in subject.maestro
            if record.key not in subject.links
            and (problem := subject.rules.out_of_scope(record, subject.settings)) is not None
        }
        self.finder = Finder(
            subject.element_map,
            [r for r in subject.maestro if r.key not in self.outside],
            subject.procore,
            {key: link.procore_id for key, link in subject.links.items()},
            subject.settings.origin_prefix,
            numbers_identify=subject.rules.numbers_identify,
        )

    def of_maestro(self, record: Record) -> Item:
        link = self.subject.links.get(record.key)
        if link is not None:
            partner = self.partners.get(link.procore_id)
            if partner is None or partner.is_gone:
                return _broken(record, partner, link, record.key, "Procore")
            return _linked(self.subject, record, partner, link)
        if record.key in self.outside:
            return self._out_of_scope(record, self.outside[record.key])
        return _unlinked(self.subject, record, self._decided(record) or self._found(record), self)

    def are_twins(self, first: Record, second: Record) -> bool:
        """Whether two maestro* records are one company as far as anybody can tell, and nobody has told them apart."""
        names = (Suspect(Side.MAESTRO, each).name for each in (first, second))
        return pair_of(*names) not in self.subject.strangers and self.finder.are_twins(first, second)

    def choices_of(self, record: Record, rule: str) -> tuple[Record, ...]:
        """What a person who chose a partner that cannot be had may choose instead."""
        if rule != "choice":
            return ()
        found = self.finder.find(record)
        return found.candidates or ((found.partner,) if found.partner is not None else ())

    def orphans(self) -> list[Item]:
        """Links whose maestro* record is gone: told, and nothing is deleted in Procore."""
        held = {record.key for record in self.subject.maestro}
        lost = sorted((key, link) for key, link in self.subject.links.items() if key not in held)
        partners = ((key, link, self.partners.get(link.procore_id)) for key, link in lost)
        return [_broken(None, partner, link, key, "maestro*") for key, link, partner in partners if partner is not None]

    def _out_of_scope(self, record: Record, problem: Problem) -> Item:
        is_asked_for = self.subject.selection is not None and record.key in self.subject.selection
        same = [each for each in self.finder.numbered(record) if each.procore_id not in self.finder.linked]
        partner = same[0] if len(same) == 1 else None
        if is_asked_for:
            return Item(record, partner, ActionKind.SKIP, problems=(problem,))
        # No error while nobody asks for the record: its line only says why it stays where it is.
        told = Problem("LNK-10", {"reason": problem.to_json()}) if problem.is_error else problem
        return Item(record, partner, None, problems=(told,), is_in_scope=False)

    def _found(self, record: Record) -> Match:
        return without_strangers(self.finder.find(record), record, self.subject.strangers)

    def _decided(self, record: Record) -> Match | None:
        choice = self.subject.decisions.get(record.key, {}).get("link", "")
        if choice == "create":
            # Our own mark says that it exists already: creating it once more would be refused, or hit a stranger.
            return Match() if self.finder.marked(record) is None else None
        partner = self.partners.get(int(choice)) if choice.isdecimal() else None
        if partner is None or partner.is_gone:
            return None
        return self.finder.checked(record, partner, "choice")


def _broken(record: Record | None, partner: Record | None, link: LinkState, key: str, system: str) -> Item:
    problems = (Problem("LNK-02", {"code": key, "system": system}),)
    return Item(
        record, partner, ActionKind.SKIP, problems=problems, is_linked=True, is_question=True, agreed=link.agreed
    )


def _unlinked(subject: Subject, record: Record, match: Match, work: "_Work") -> Item:
    rules = subject.rules
    if match.candidates:
        count = len(match.candidates)
        if rules.duplicate_number and count > 1 and all(c.number == record.number for c in match.candidates):
            several = Problem(rules.duplicate_number, {"number": record.number})
            return Item(record, None, ActionKind.SKIP, problems=(several,), candidates=match.candidates)
        asked = Problem(rules.question, {"n": count, "count": count, "code": record.key})
        return Item(record, None, ActionKind.SKIP, problems=(asked,), candidates=match.candidates, is_question=True)
    if match.partner is None:
        return _to_create(subject, record)
    problem = _against_linking(subject, record, match.partner, match.taken_by)
    if problem is not None:
        others = work.choices_of(record, match.rule)
        return Item(record, match.partner, ActionKind.SKIP, problems=(problem,), candidates=others)
    return _to_link(subject, record, match.partner, match.rule)


def _against_linking(subject: Subject, record: Record, partner: Record, holder: str | None) -> Problem | None:
    if holder is not None:
        name = str(partner.values.get(subject.element_map.title) or partner.key)
        return subject.rules.taken(record, partner, name, holder)
    if partner.origin_id and not partner.origin_id.startswith(subject.settings.company_prefix):
        return Problem("LNK-01", {"id": partner.origin_id})
    return subject.rules.cannot_link(record, partner)


def _to_create(subject: Subject, record: Record) -> Item:
    if Side.PROCORE not in subject.element_map.direction.targets:
        return Item(record, None, None)
    problems = subject.rules.stops(Case(record, None, record.values))
    element_map = subject.element_map
    values = {f.procore: cut(record.values[f.name], f.procore_length) for f in element_map.fields}
    write = {name: value for name, value in values.items() if value is not None}
    write |= subject.rules.new_procore(record)
    write["origin_id"] = subject.settings.origin_prefix + record.key
    kind = ActionKind.SKIP if any(p.is_error for p in problems) else ActionKind.CREATE
    writes = {} if kind is ActionKind.SKIP else {Side.PROCORE: write}
    return Item(record, None, kind, writes, problems=tuple(problems), rule="created")


def _to_link(subject: Subject, record: Record, partner: Record, rule: str) -> Item:
    element_map, identity = subject.element_map, subject.element_map.identity
    choices = subject.decisions.get(record.key, {})
    found = differences(element_map, record, partner, {}, choices)
    problems = subject.rules.stops(Case(record, partner, merged(record, found), has_changes=bool(found)))
    writes, told = _writes(element_map, found)
    mark: Writes = {"id": partner.procore_id, "origin_id": subject.settings.origin_prefix + record.key}
    if record.number != partner.number:
        mark[identity.procore] = record.values.get(identity.name)
    writes[Side.PROCORE] = {**writes.get(Side.PROCORE, {}), **mark}
    if rule in subject.rules.told_when_linked:
        told.append(Problem(subject.rules.told_when_linked[rule], {"code": record.key}))
    problems = [*problems, *told, *_conflicts(element_map, found)]
    item = Item(record, partner, ActionKind.LINK, writes, tuple(found), tuple(problems), rule=rule)
    return replace(item, kind=ActionKind.SKIP, writes={}) if item.is_blocked else item


def _linked(subject: Subject, record: Record, partner: Record, link: LinkState) -> Item:
    element_map, rules = subject.element_map, subject.rules
    use = rules.in_use(record, partner, subject.deed)
    if subject.deed:
        return _done_on_wish(subject, record, partner, link, use)
    choices = subject.decisions.get(record.key, {})
    frozen = rules.is_frozen_after_link(subject.settings)
    found = differences(element_map, record, partner, link.agreed, choices, frozen)
    live = [d for d in found if d.winner is not Winner.KEEP]
    problems = rules.stops(Case(record, partner, merged(record, live), is_linked=True, has_changes=bool(live)))
    writes, told = _writes(element_map, live)
    if element_map.direction is Direction.TO_PROCORE and partner.number and partner.number != record.number:
        # One-way: a code that somebody changed in Procore is put back, so that it never leads to another record.
        writes.setdefault(Side.PROCORE, {})[element_map.identity.procore] = record.number
    if not partner.is_active and "is_active" not in {f.name for f in element_map.fields}:
        writes, told = {}, []  # nothing is sent to or taken from a record that its owners have put away
    if Side.PROCORE in writes:
        writes[Side.PROCORE] |= {"id": partner.procore_id, "origin_id": subject.settings.origin_prefix + record.key}
    conflicts = [*_conflicts(element_map, live), *_kept(element_map, found, choices)]
    problems = [*problems, *told, *conflicts, *rules.after_update(record, live)]
    offered = (use.told,) if use.told is not None else ()
    item = Item(
        record,
        partner,
        ActionKind.UPDATE,
        writes,
        tuple(found),
        (*problems, *offered),
        is_linked=True,
        agreed=link.agreed,
    )
    if item.is_blocked:
        return replace(item, kind=ActionKind.SKIP, writes={})
    if not writes:
        return replace(item, kind=ActionKind.SKIP if problems else None, is_question=bool(problems))
    return item


def _done_on_wish(subject: Subject, record: Record, partner: Record, link: LinkState, use: InUse) -> Item:
    """What a person asked for and nothing else: the fields follow with the next run."""
    told = (use.told,) if use.told is not None else ()
    if use.write is None:
        return Item(
            record, partner, ActionKind.SKIP, problems=told, is_linked=True, is_question=True, agreed=link.agreed
        )
    mark = {"id": partner.procore_id, "origin_id": subject.settings.origin_prefix + record.key}
    writes = {Side.PROCORE: {**use.write, **mark}}
    return Item(record, partner, ActionKind.UPDATE, writes, is_linked=True, agreed=link.agreed, rule=subject.deed)


def merged(record: Record, found: Sequence[Difference]) -> dict[str, Value]:
    """maestro*'s values with those that Procore wins."""
    return dict(record.values) | {d.field.name: d.procore for d in found if d.winner is Winner.PROCORE}


def _conflicts(element_map: ElementMap, found: Sequence[Difference]) -> list[Problem]:
    return [
        Problem("PRJ-09", {"field": d.field.name, "element": element_map.element})
        for d in found
        if d.winner is Winner.CONFLICT
    ]


def _kept(element_map: ElementMap, found: Sequence[Difference], choices: Mapping[str, str]) -> list[Problem]:
    """Fields that a person told us not to send, or that were undone. The two sides differ, and that stays said."""
    return [
        Problem(
            "UND-07" if choices[d.field.name] == KEPT else "LNK-09",
            {"field": d.field.name, "element": element_map.element},
        )
        for d in found
        if d.winner is Winner.KEEP and d.field.name in choices
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
    problems = _against_creation_here(subject, record, alone, taken)
    if any(p.is_error or p.code in subject.rules.choices for p in problems):
        is_choice = all(p.code in subject.rules.choices for p in problems)
        return Item(None, record, ActionKind.SKIP, problems=tuple(problems), is_question=is_choice)
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


def _against_creation_here(
    subject: Subject, record: Record, alone: Sequence[Record], taken: set[str | None]
) -> list[Problem]:
    rules = subject.rules
    has_twin = any(r.number == record.number and r is not record for r in alone if r.number and r.is_active)
    if rules.duplicate_number and (has_twin or record.number in taken):
        return [Problem(rules.duplicate_number, {"number": record.number})]
    if record.origin_id and not record.origin_id.startswith(subject.settings.origin_prefix):
        return [Problem("LNK-01", {"id": record.origin_id})]
    return rules.stops_creation_here(record, subject.settings)


def _new_row(subject: Subject, record: Record) -> tuple[Writes, list[Problem]]:
    row: Writes = dict(subject.rules.new_row(record, subject.settings))
    told = []
    for each in subject.element_map.fields:
        value, problem = _shortened(each, record.values.get(each.name))
        row[each.maestro] = value
        told += [problem] if problem else []
    return row, told


_RIGHT = {"choice": 0, "origin_id": 1, "number": 2, "name": 3}
"""Who keeps a Procore record that two maestro* records claim: the lower one."""


def _one_partner_each(items: Sequence[Item], work: "_Work") -> Iterator[Item]:
    """Two maestro* records must never claim one Procore record: the weaker claim is stopped (one to one)."""
    holders: dict[int, Item] = {}
    for item in sorted((i for i in items if _links(i)), key=lambda i: _RIGHT[i.rule]):
        assert item.procore is not None
        holders.setdefault(item.procore.procore_id, item)
    for item in items:
        holder = holders[item.procore.procore_id] if _links(item) and item.procore is not None else item
        if holder is item or item.maestro is None or item.procore is None or holder.maestro is None:
            yield item
            continue
        name = str(item.procore.values.get(work.subject.element_map.title) or item.procore.key)
        problem = work.subject.rules.taken(item.maestro, item.procore, name, holder.maestro.key)
        others = work.choices_of(item.maestro, item.rule)
        yield replace(item, kind=ActionKind.SKIP, writes={}, problems=(problem,), candidates=others)


def _links(item: Item) -> bool:
    return item.kind is ActionKind.LINK and item.procore is not None and item.maestro is not None


def _one_creation_each(items: Iterator[Item], work: "_Work") -> Iterator[Item]:
    """The same company entered twice in maestro* is created once; the second one waits for a person."""
    created: dict[str, list[Record]] = {}
    for item in items:
        if item.kind is not ActionKind.CREATE or item.maestro is None or work.subject.rules.numbers_identify:
            yield item
            continue
        key = name_key(str(item.maestro.values.get(work.subject.element_map.title) or ""))
        is_decided = work.subject.decisions.get(item.maestro.key, {}).get("link") == "create"
        twins = [each for each in created.get(key, []) if work.are_twins(item.maestro, each)]
        if twins and not is_decided:
            told = (Problem("LNK-07", {"code": item.maestro.key}),)
            yield replace(item, kind=ActionKind.SKIP, writes={}, problems=told, is_question=True, rule="")
            continue
        created.setdefault(key, []).append(item.maestro)
        yield item
