"""The seven elements of the grid: their order, their direction and what they depend on.

What a field of an element maps to is model/mapping.py; how a run carries it out is engine/.
"""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """One of the two systems."""

    MAESTRO = "maestro"
    PROCORE = "procore"

    @property
    def other(self) -> "Side":
        """The system on the other end of the arrow."""
        return Side.PROCORE if self is Side.MAESTRO else Side.MAESTRO


class Direction(StrEnum):
    """Which way the arrow of an element points."""

    TO_PROCORE = "to_procore"
    FROM_PROCORE = "from_procore"
    BOTH = "both"

    @property
    def targets(self) -> frozenset[Side]:
        """The sides that this direction may write to (F075)."""
        return _TARGETS[self]


_TARGETS = {
    Direction.TO_PROCORE: frozenset({Side.PROCORE}),
    Direction.FROM_PROCORE: frozenset({Side.MAESTRO}),
    Direction.BOTH: frozenset({Side.MAESTRO, Side.PROCORE}),
}


@dataclass(frozen=True)
class Element:
    """One row of the grid *Elements synchronization*.

    name: as on the command line and in the journal. run_rank: place in the order
    of execution, which follows dependencies and differs from the order of display (C22).
    lookups: kinds of records read once for the company before anything else (cost types, units).
    parts: kinds of records brought in step before the element's own, in this order, and those after it.
    """

    name: str
    direction: Direction
    run_rank: int
    depends_on: tuple[str, ...] = ()
    is_built: bool = False
    lookups: tuple[str, ...] = ()
    parts_before: tuple[str, ...] = ()
    parts_after: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of records that a run brings in step, one after the other in each scope."""
        return (*self.parts_before, self.name, *self.parts_after)

    @property
    def is_by_project(self) -> bool:
        """True when a run goes project by project: each is read, planned and written before the next one."""
        return self.name != "projects" and self.has_projects

    @property
    def has_projects(self) -> bool:
        """True when each of its records belongs to a project, so that one project can be synchronized alone."""
        return self.name == "projects" or "projects" in self.depends_on


# In the order of display of maestro*'s Configuration page (F079–F086).
ELEMENTS: dict[str, Element] = {
    element.name: element
    for element in (
        Element("projects", Direction.BOTH, 1, is_built=True),
        Element(
            "budgets",
            Direction.TO_PROCORE,
            3,
            ("projects",),
            is_built=True,
            lookups=("cost-types", "budget-views", "wbs-patterns", "cost-type-items"),
            parts_before=("project-patterns", "cost-codes", "segment-items", "budget-codes"),
            parts_after=("budget-changes",),
        ),
        Element("suppliers", Direction.TO_PROCORE, 2, is_built=True, parts_after=("customers",)),
        Element(
            "costs",
            Direction.TO_PROCORE,
            7,
            ("projects", "suppliers", "budgets"),
            is_built=True,
            # Those of the budgets too: read once, whichever of the two runs first.
            lookups=("cost-types", "wbs-patterns", "cost-type-items", "units", "tax-codes"),
            parts_before=("project-patterns", "segment-items", "budget-codes"),
            parts_after=("cost-lines",),
        ),
        Element(
            "purchase-orders",
            Direction.FROM_PROCORE,
            4,
            ("projects", "suppliers"),
            is_built=True,
            lookups=("tax-codes",),
        ),
        Element(
            "subcontracts", Direction.FROM_PROCORE, 5, ("projects", "suppliers"), is_built=True, lookups=("tax-codes",)
        ),
        Element(
            "change-orders",
            Direction.FROM_PROCORE,
            6,
            ("projects", "purchase-orders", "subcontracts"),
            is_built=True,
            lookups=("tax-codes",),
            parts_before=("prime-contracts",),
            parts_after=("order-extensions",),
        ),
    )
}


COMPANY_WIDE = frozenset(kind for element in ELEMENTS.values() for kind in element.lookups)
"""Kinds of records that are read for the company, whichever element needs them."""


def built_elements() -> list[Element]:
    """The elements that this version synchronizes, in the order of display."""
    return [element for element in ELEMENTS.values() if element.is_built]


def is_built(name: str) -> bool:
    """Whether this version synchronizes an element of that name."""
    return name in ELEMENTS and ELEMENTS[name].is_built


RECONCILIATION = "reconciliation"
"""What the request of a reconciliation has in the place of an element: it looks at all of them, after their runs."""

RECONCILE = "reconcile"
"""Its mode."""


SET_INACTIVE, SET_ACTIVE = "set-inactive", "set-active"
"""Modes of a request that changes nothing but whether a linked record is in use in Procore: a person's deed."""
DEEDS = frozenset({SET_INACTIVE, SET_ACTIVE})

FILES = "documents"
"""What requests about Documents and Photos stand under: no element of the grid."""
FILES_MODE = "files"
FILES_FULL = "files-full"
"""Their modes; the second reads both sides whole."""
FILES_PROOF = "files-proof"
"""Compares both sides with what was agreed, and changes nothing."""
FILES_UNDO = "files-undo"
"""Takes a run of files back."""
FILES_RESTORE = "files-restore"
"""Brings back what somebody chose: an earlier version, or contents out of the trash of this computer."""
LANES = {"project": 0, "changes": 1, "first": 2}
"""Scope of a request about files → who goes first: a person who waits, small changes, first synchronizations."""


def run_rank(name: str) -> int:
    """The place of a request among those that wait."""
    return ELEMENTS[name].run_rank if name in ELEMENTS else len(ELEMENTS) + 1


def in_run_order(names: list[str]) -> list[str]:
    """The same elements in the order in which they must run: what others depend on comes first (C22)."""
    return sorted(names, key=lambda name: ELEMENTS[name].run_rank)
