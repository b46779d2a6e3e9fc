"""What a plan is made of, and what it says: the subject, the rules of an element, one item per record.

Data only. Deciding is model/plan.py; the rules themselves are model/projects.py and model/suppliers.py.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from maestro_procore.model.compare import Difference
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Value

Writes = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """What one part of a run is about: the whole company, or one project.

    project: maestro* code, '' for the company. procore_id: None for a project that is not linked (nothing is read or
    written for it; its records are told why). row: its m_project row.
    """

    project: str = ""
    procore_id: int | None = None
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What the rules of a kind look things up in. Everything as last read; nothing here makes a call.

    tables: m_ table → rows, as ElementMap.tables asks. links: kind → maestro* key → Procore id. records: kind →
    Procore's records, of this scope where the kind goes by project, those that are gone included. pending: kind →
    maestro* keys that this very run (or its preview) is about to create. maps: name of an editable table of
    Configuration → maestro* value → Procore value.
    """

    settings: "PlanSettings"
    scope: Scope = field(default_factory=Scope)
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    pending: Mapping[str, frozenset[str]] = field(default_factory=dict)
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def owners(self, kind: str) -> dict[int, str]:
        """Procore id → maestro* key of a kind's links."""
        return {procore_id: key for key, procore_id in self.links.get(kind, {}).items()}


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
    sends_customers: bool = True
    takes_order_numbers: bool = False
    today: date | None = None

    @property
    def company_prefix(self) -> str:
        """How the marks of all kinds of this maestro* company begin: `MST:{company tag}:`."""
        return self.origin_prefix.removesuffix(":").rpartition(":")[0] + ":"


@dataclass(frozen=True, slots=True)
class LinkState:
    """An existing link: partner and the values both last agreed on. link_id: the journal's, None: not kept yet."""

    procore_id: int
    agreed: Mapping[str, Value]
    rule: str = ""
    link_id: int | None = None


@dataclass(frozen=True, slots=True)  # there are as many as records
class Item:
    """What the plan says of one record.

    kind None: nothing to do. target_writes: columns or attributes per side. is_question: waits for a
    person's choice (counted as skipped with a warning, never an error). is_in_scope False: shown, not sent.
    is_unread: it has moved in Procore and its details are still to be read: nobody knows what it comes to.
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
    is_unread: bool = False
    agreed: Mapping[str, Value] = field(default_factory=dict)
    new_key: str = ""
    """maestro* key of a record that is about to be created there; '' : its number, or counted when it is written."""

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
        return (self.new_key or self.procore.number) if created and self.procore else None


@dataclass(frozen=True)
class Case:
    """One maestro* record that is about to be sent, as the rules of its element judge it.

    partner: None when it is about to be created. merged: field → value as both sides will hold it.
    has_changes: something would be written.
    """

    record: Record
    partner: Record | None
    merged: Mapping[str, Value]
    is_linked: bool = False
    has_changes: bool = True


# Defaults that the engine knows by name: where they stand, nothing has to be gathered for them.
def only_the_project(context: Context) -> Mapping[str, str]:
    """Addresses want no more than the project."""
    return {}


def when_due(context: Context, is_due: bool) -> bool:
    """Lists are read when ElementMap.reading says so."""
    return is_due


@dataclass(frozen=True)
class InUse:
    """What a rule says of a linked record that one side uses and the other does not.

    write: what the deed that was asked for writes to Procore; None: it does not fit, or none was asked for. told: what
    is offered, or why the deed does not fit; never an error of a run.
    """

    write: Writes | None = None
    told: Problem | None = None


def _in_use_as_it_is(record: Record, partner: Record, deed: str) -> InUse:
    return InUse()


def nothing_wrong(subject: "Subject") -> Problem | None:
    """A scope is as right as its records are."""
    return None


def _one_row_each(element_map: ElementMap, context: Context) -> list[Record]:
    return [element_map.from_maestro(row) for row in context.tables.get(element_map.table, ())]


def _taken(record: Record, partner: Record, name: str, holder: str) -> Problem:
    return Problem("SUP-06", {"name": name, "code": holder})


@dataclass(frozen=True)
class Locks:
    """What becomes of a linked record that Procore has locked: it is remembered, and the plan is made anew.

    kind: under which the lock is kept, as a link. of: kind that is locked. key: of the refused record → of the locked.
    told: that key → what people are told instead of the refusal.
    """

    kind: str
    of: str
    key: Callable[[str], str]
    told: Callable[[str], Problem]


@dataclass(frozen=True)
class Rules:
    """The rules of one element that are no mapping: model/projects.py, model/suppliers.py.

    out_of_scope: why an unlinked maestro* record is not sent (None: it is). stops: problems that stand against sending
    or updating. stops_creation_here: the same for creating a Procore record in maestro*. new_row: the columns of
    a new maestro* row besides the mapped ones. taken: record, partner, its name, its holder → message.
    """

    out_of_scope: Callable[[Record, PlanSettings], Problem | None]
    stops: Callable[[Case], list[Problem]]
    stops_creation_here: Callable[[Record, PlanSettings], list[Problem]] = lambda record, settings: []
    new_row: Callable[[Record, PlanSettings], Writes] = lambda record, settings: {}
    new_procore: Callable[[Record], Writes] = lambda record: {}
    after_update: Callable[[Record, list[Difference]], list[Problem]] = lambda record, found: []
    cannot_link: Callable[[Record, Record], Problem | None] = lambda record, partner: None
    taken: Callable[[Record, Record, str, str], Problem] = _taken
    question: str = "SUP-04"
    duplicate_number: str | None = None
    told_when_linked: Mapping[str, str] = field(default_factory=dict)
    """Rule by which a partner was found → message."""
    choices: frozenset[str] = frozenset()
    """Messages that wait for a person's choice: skipped and counted as warnings, never as errors."""
    numbers_identify: bool = False
    """A name alone never links, and numbers tell records apart."""
    is_frozen_after_link: Callable[[PlanSettings], frozenset[str]] = lambda settings: frozenset()
    planner: "Callable[[Subject], list[Item]] | None" = None
    """What the plan of this kind is; None: model/plan.py's plan."""
    assemble: "Callable[[ElementMap, Context], list[Record]]" = _one_row_each
    """maestro*'s records of the scope, from the tables that ElementMap.tables asks for."""
    prepare: "Callable[[Record, Context], Record]" = lambda record, context: record
    """A Procore record as last read → in maestro*'s words (codes instead of ids), with faults for what has none."""
    path_values: "Callable[[Context], Mapping[str, str]]" = only_the_project
    """What the addresses of the kind's lists want besides company_id and project_id, from the context's records."""
    reads: "Callable[[Context, bool], bool]" = when_due
    """Whether the lists of the kind are read in this scope now. is_due: what ElementMap.reading says of this run."""
    leaves_out: "Callable[[Context], bool | None]" = lambda context: None
    """Whether the first list lacks what ElementMap.further has, by the records of one scope; None: they do not tell."""
    in_use: Callable[[Record, Record, str], InUse] = _in_use_as_it_is
    """Of a linked pair, and the deed of elements.DEEDS that a person asked for ('': none)."""
    refuses_all: Mapping[str, str] = field(default_factory=dict)
    """Words of a refusal that holds for every record of a call → message: no smaller call is tried."""
    sent_as: "Callable[[Writes], str] | None" = None
    """Of kinds without origin id: what tells a write (or a refused one, as answered) from the others of its call."""
    answered_as: "Callable[[Record], str]" = lambda record: record.origin_id or ""
    """The same of an answered record, or of one in the list."""
    locks: Locks | None = None
    """None: a locked record is an error (LNK-04) until somebody unlocks it."""
    checks: "Callable[[Subject], Problem | None]" = nothing_wrong
    """What is wrong with a whole scope once it was sent, both sides as last told."""
    refused_here: str = "SRV-26"
    """Message when maestro* refuses a record: values code and no (its key), reason."""
    unmarked: str = ""
    """Message when a record was created in maestro* and Procore did not take its mark: value no."""


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
    context: Context | None = None
    strangers: Set[tuple[str, str]] = frozenset()
    """Pairs that a person has told apart, as model/duplicate_detective.py names them."""
    deed: str = ""
    """Of elements.DEEDS, what a person asked for instead of a synchronization; for selected records only."""

    @property
    def around(self) -> Context:
        """The context, an empty one where none was given."""
        return self.context or Context(self.settings)
