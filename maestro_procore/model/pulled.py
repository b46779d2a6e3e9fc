"""Plan documents that come from Procore: what is new is entered, what is linked follows as long as nobody posted it.

Shared by commitments, change orders and extensions of orders; what differs between them is data (Documents). Pure.
Nothing that accounting transferred or invoiced is ever changed: the difference is told instead.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from maestro_procore.model.compare import Difference, Winner, differences
from maestro_procore.model.document_rules import (
    ENDS,
    LINES,
    PARTNER,
    STATUS,
    Documents,
    Found,
    Judge,
    comes_to_the_same,
    natural_number,
    shown_number,
)
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item, LinkState, Subject, Writes
from maestro_procore.model.status import ActionKind
from maestro_procore.model.value_maps import SKIP
from maestro_procore.model.values import cut


def plan_documents(subject: Subject, documents: Documents) -> list[Item]:
    """One item per document of Procore, in the order of their numbers, and one per link whose partner is gone.

    What only maestro* has never concerns Procore and gets no item. Records of Procore are in maestro*'s words. Beside
    the fields, values hold of both sides `natural` (the number by which they know each other), and of Procore's
    `target` (what their status means here), `is_whole` (their lines were read) and `marked` (the number it shows).
    """
    if subject.around.scope.project and subject.around.scope.procore_id is None:
        return []
    work = _Work(subject, documents)
    items = [item for record in sorted(subject.procore, key=_order) if (item := work.of(record)) is not None]
    items += work.broken()
    if subject.selection is None:
        return items
    return [item for item in items if names_of(item) & subject.selection]


def names_of(item: Item) -> set[str]:
    """Everything by which a person may ask for a document."""
    records = [record for record in (item.maestro, item.procore) if record is not None]
    return {name for record in records for name in _names(record)}


def _names(record: Record) -> set[str]:
    return {name for name in (record.key, record.number, natural_number(record)) if name}


def _order(record: Record) -> tuple[str, int]:
    return (natural_number(record) or "", record.procore_id)


@dataclass
class _Work:
    """The decisions about Procore's documents, one after the other, with what they look up."""

    subject: Subject
    documents: Documents
    claimed: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.mine = {record.key: record for record in self.subject.maestro}
        self.owners = {link.procore_id: key for key, link in self.subject.links.items()}
        self.by_number: dict[str, list[Record]] = defaultdict(list)
        for record in self.subject.maestro:
            if number := natural_number(record):
                self.by_number[number].append(record)

    @property
    def element(self) -> str:
        return self.subject.element_map.element

    def of(self, record: Record) -> Item | None:
        key = self.owners.get(record.procore_id)
        if key is not None:
            return self._linked(record, key, self.subject.links[key])
        return None if record.is_gone else self._unlinked(record)

    def broken(self) -> list[Item]:
        """Documents of maestro* whose partner was never seen or is no longer there."""
        present = {record.procore_id for record in self.subject.procore}
        links = self.subject.links
        lost = (key for key in sorted(self.mine) if key in links and links[key].procore_id not in present)
        return [self._broken(self.mine[key], None, links[key], key, "Procore") for key in lost]

    def _broken(self, mine: Record | None, record: Record | None, link: LinkState, key: str, system: str) -> Item:
        told = (Problem("LNK-02", {"code": key, "system": system}),)
        skip = ActionKind.SKIP
        return Item(mine, record, skip, problems=told, is_linked=True, is_question=True, agreed=link.agreed)

    # --- not linked -----------------------------------------------------------------------------

    def _unlinked(self, record: Record) -> Item:
        target = record.values.get("target")
        if target == SKIP:
            return self._outside(record)
        if target is None:
            return Item(None, record, ActionKind.SKIP, problems=record.faults)
        mine, rule, against = self._recognised(record)
        if mine is None and target not in self.documents.creates:
            return self._outside(record)
        if record.faults or against is not None:
            is_question = not record.faults and against is not None and not against.is_error
            told = record.faults or ((against,) if against is not None else ())
            return Item(mine, record, ActionKind.SKIP, problems=told, is_question=is_question)
        if not record.values.get("is_whole"):
            return Item(None, record, None, is_unread=True)  # its lines come with the next run
        return self._created(record) if mine is None else self._adopted(mine, record, rule)

    def _outside(self, record: Record) -> Item:
        told = (Problem(self.documents.skipped, {"no": shown_number(record)}),)
        is_asked_for = bool(self.subject.selection and _names(record) & self.subject.selection)
        return Item(None, record, ActionKind.SKIP if is_asked_for else None, problems=told, is_in_scope=False)

    def _recognised(self, record: Record) -> tuple[Record | None, str, Problem | None]:
        """The document of maestro* that this one is: by our own mark, else by its number."""
        mark, prefix = record.origin_id or "", self.subject.settings.origin_prefix
        if mark and self.documents.is_marked:
            if not mark.startswith(prefix):
                return None, "", Problem("LNK-01", {"id": mark})
            key = mark.removeprefix(prefix)
            mine = self.mine.get(key)
            if mine is None:
                return None, "", Problem("LNK-02", {"code": key, "system": "maestro*"})
            if key not in self.subject.links and key not in self.claimed:
                return mine, "origin_id", None
            return None, "", self._taken(record, key)
        return self._numbered(record)

    def _numbered(self, record: Record) -> tuple[Record | None, str, Problem | None]:
        choices = {r.key: self.subject.decisions.get(r.key, {}).get("link") for r in self.subject.maestro}
        chosen = next((key for key, choice in choices.items() if choice == record.key), None)
        if chosen is not None and chosen not in self.subject.links:
            return self.mine[chosen], "choice", None
        number = natural_number(record)
        same = [r for r in self.by_number.get(number or "", []) if choices[r.key] != "create"]
        free = [r for r in same if r.key not in self.subject.links and r.key not in self.claimed]
        if len(free) == 1 and len(same) == 1:
            return free[0], "number", None
        if same:
            return None, "", self._taken(record, same[0].key)
        twin = self._taken(record, shown_number(record)) if number in self.made else None
        return None, "", twin

    def _taken(self, record: Record, holder: str) -> Problem:
        return Problem(self.documents.taken, {"no": shown_number(record), "order": holder, "contract": holder})

    def _created(self, record: Record) -> Item:
        row, told = self._header(record)
        more, new_key = self.documents.new(record, self.subject)
        problems = [*self.documents.checks(Found(record, None, row), self.subject), *told]
        if any(p.is_error for p in problems):
            return Item(None, record, ActionKind.SKIP, problems=tuple(problems))
        if number := natural_number(record):
            self.made.add(number)
        writes: dict[Side, Writes] = {Side.MAESTRO: {**more, **row}}
        if self.documents.is_marked:
            writes[Side.PROCORE] = self._mark(record, new_key)
        problems += self.documents.told(record, new_key)
        kind = ActionKind.CREATE
        return Item(None, record, kind, writes, problems=tuple(problems), rule="created", new_key=new_key)

    def _header(self, record: Record) -> tuple[Writes, list[Problem]]:
        """The mapped columns of a new document, and what had to be shortened."""
        row: Writes = {}
        told = []
        for each in self.subject.element_map.compared:
            value = record.values.get(each.name)
            row[each.maestro] = stored = cut(value, each.maestro_length)
            if stored != value and each.cut_code is not None:
                told.append(Problem(each.cut_code, {"n": each.maestro_length}))
        return row, told

    def _adopted(self, mine: Record, record: Record, rule: str) -> Item:
        """Accounting typed it from Procore's: linked when both come to the same, else a person says so."""
        self.claimed.add(mine.key)
        if mine.faults:
            return Item(mine, record, ActionKind.SKIP, problems=mine.faults)
        found = differences(self.subject.element_map, mine, record, {}, {})
        if rule == "number" and not comes_to_the_same(mine, record):
            fields = [d.field.name for d in found if d.field.name in (LINES, PARTNER)]
            of = {"order": mine.key, "element": self.element}
            asked = (Problem(self.documents.differing, {"no": shown_number(record), "fields": fields, **of}),)
            skip, shown = ActionKind.SKIP, tuple(found)
            return Item(mine, record, skip, {}, shown, asked, (record,), is_question=True)
        return self._settled(mine, record, LinkState(record.procore_id, {}), ActionKind.LINK, rule)

    # --- linked ---------------------------------------------------------------------------------

    def _linked(self, record: Record, key: str, link: LinkState) -> Item:
        mine = self.mine.get(key)
        if mine is None or record.is_gone:
            return self._broken(mine, record, link, key, "maestro*" if mine is None else "Procore")
        target = record.values.get("target")
        if target == SKIP:
            # Set back to be edited: what it comes to is not known before it is approved again.
            told = (Problem(self.documents.skipped, {"no": shown_number(record)}),)
            return Item(mine, record, None, problems=told, is_linked=True, is_question=True, agreed=link.agreed)
        faults = (*record.faults, *mine.faults)
        if target is None or (faults and target not in ENDS):
            return Item(mine, record, ActionKind.SKIP, problems=faults, is_linked=True, agreed=link.agreed)
        if not record.values.get("is_whole") and target not in ENDS:
            return Item(mine, record, None, is_linked=True, is_unread=True, agreed=link.agreed)
        return self._settled(mine, record, link, ActionKind.UPDATE, "")

    def _settled(self, mine: Record, record: Record, link: LinkState, kind: ActionKind, rule: str) -> Item:
        is_linked = kind is ActionKind.UPDATE
        found, problems = self._judged(mine, record, link)
        row: Writes = {}
        for each in found:
            if each.winner is Winner.PROCORE:
                row[each.field.maestro] = cut(each.procore, each.field.maestro_length)
                if each.field.cut_code and row[each.field.maestro] != each.procore:
                    problems.append(Problem(each.field.cut_code, {"n": each.field.maestro_length}))
        if row:
            problems += self.documents.checks(Found(record, mine, row), self.subject)
        writes: dict[Side, Writes] = {Side.MAESTRO: row} if row else {}
        if self.documents.is_marked and (mark := self._missing_mark(mine, record, problems)):
            writes[Side.PROCORE] = mark
        item = Item(mine, record, kind, writes, tuple(found), tuple(problems), rule=rule, is_linked=is_linked,
                    agreed=link.agreed)  # fmt: skip
        if item.is_blocked:
            return replace(item, kind=ActionKind.SKIP, writes={})
        if not writes and is_linked:
            return replace(item, kind=ActionKind.SKIP if problems else None, is_question=bool(problems))
        return item

    def _judged(self, mine: Record, record: Record, link: LinkState) -> tuple[list[Difference], list[Problem]]:
        """Every difference with what becomes of it; winner PROCORE: it is written here."""
        choices = self.subject.decisions.get(mine.key, {})
        found = differences(self.subject.element_map, mine, record, link.agreed, choices)
        if not record.values.get("is_whole"):
            found = [d for d in found if d.field.name == STATUS]  # the list leaves the rest out
        judge = Judge(self.documents, self.element, mine, record, self.documents.lock(mine), choices)
        judged = [replace(d, winner=judge.winner(d)) for d in found]
        return [d for d in judged if not judge.is_let_be(d)], judge.problems()

    def _mark(self, record: Record, key: str) -> Writes:
        """What Procore is told of the document: our mark and maestro*'s number, which follows when it is counted."""
        prefix, identity = self.subject.settings.origin_prefix, self.subject.element_map.identity
        return {"id": record.procore_id, "origin_id": prefix + key, identity.procore: key}

    def _missing_mark(self, mine: Record, record: Record, problems: list[Problem]) -> Writes | None:
        held, prefix = record.origin_id, self.subject.settings.origin_prefix
        if held and not held.startswith(prefix):
            problems.append(Problem("LNK-01", {"id": held}))
            return None
        mark = self._mark(record, mine.key)
        identity = self.subject.element_map.identity
        is_marked = held == mark["origin_id"] and record.values.get("marked") == mark[identity.procore]
        return None if is_marked else mark
