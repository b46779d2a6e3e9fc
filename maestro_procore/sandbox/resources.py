"""What a resource of the API is: the words of the table rows that catalogue.py lists.

A new resource is a new table row (and a small module for its own rules), not a branch in records.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.world import Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.answers import Answer
    from maestro_procore.sandbox.records import Handler
    from maestro_procore.sandbox.visits import Visit

Kind = Literal["list", "show", "create", "update", "sync", "delete", "act", "call"]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Filter:
    """One query filter. make: from the values sent (one or more) to a test of rows; ValueError refuses them."""

    name: str
    make: Callable[["Visit", list[str]], Test]


@dataclass(frozen=True)
class Reference:
    """A field written as an id (or ids) and read as {id, name, …} of another collection.

    keeps_id: the written name is also read back. live: the row keeps the id only; the record is looked
    up each time it is shown. shows: its fields then. within: a key that both rows must have in common.
    """

    write: str
    read: str | None
    collection: str
    keeps_id: bool = False
    many: bool = False
    live: bool = False
    shows: tuple[str, ...] = ("id", "name")
    within: str = ""


@dataclass(frozen=True)
class Scope:
    """What the rows of a collection stand in: a project, a list, a parent record.

    key: the row's own key, and the name in path, query or body. collection: where that record is kept.
    tool: engine name of the tool that must be active in the project. found: the id in a start row
    that names it another way. optional: a request need not name it.
    """

    key: str
    collection: str
    tool: str = ""
    optional: bool = False
    found: Callable[[Row], Any] | None = None


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    shapes: view name → where the document describes the records of the answer. view: the query
    parameter that chooses. default_view: a view name, or the name of a switch that holds one.
    sorts: sort word → the row's keys, where it is not one key of the same name.
    cap: most rows on a page; None: the list is not paged. keep: which rows a list shows.
    act: what an "act" makes of the addressed row, or what a "create" adds to the new one.
    call: what a "call" does, an operation like no other. variants: view name → switch; the shape is
    then found under "view value-of-the-switch". computed: fields this answer makes from the row
    instead of reading them. wrapper: where it is not the resource's; "": the body is the record.
    envelope: key around the answer. within: further parents in the path. unscoped: the resource's
    own parent is not named here.
    """

    kind: Kind
    method: str
    path: str
    shapes: Mapping[str, Place] = field(default_factory=dict)
    default_view: str = ""
    view: str = "view"
    variants: Mapping[str, str] = field(default_factory=dict)
    cap: int | None = 2000
    default_per_page: int | None = None
    filters: tuple[Filter, ...] = ()
    keep: "Callable[[Visit], Test] | None" = None
    computed: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)
    act: "Callable[[Visit, Row], Row] | None" = None
    call: "Callable[[Handler, Visit], Answer] | None" = None
    status: int = 200
    wrapper: str | None = None
    envelope: str = ""
    within: tuple[Scope, ...] = ()
    unscoped: bool = False
    sorts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """One type of record.

    name: the collection word of the path. wrapper: key around the fields of a create or update.
    show: the full documented record. defaults: values of a new record that are not null.
    renamed: body field → read field. derive: sets the fields that follow from others, on a new row.
    rules: checks on the row as it would become; each returns what is wrong per field.
    scope: what the rows stand in. expand: the row with what is looked up elsewhere when it is shown.
    stored: what else follows once a row is kept; it gets the row as it was, None for a new one.
    kept: why a row may not be deleted. removed: what else goes with a deleted row.
    settled: those rules that compute what follows from other fields; changes that another user makes in Procore's
    own pages keep to these alone. own_keys: keys of a row beside the documented ones that such a user may write.
    parts: fields that hold records of another collection → that collection, and the key of these records there.
    discard: what a person's deletion does where a row is not simply gone.
    marks_deleted: whether a deleted row stays, with the time of the deletion.
    refused_status: of a single create or update whose fields break a rule. refusal: the body then,
    where it is not {errors: …}.
    """

    name: str
    wrapper: str
    show: Place
    operations: tuple[Operation, ...]
    references: tuple[Reference, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    derive: "Callable[[Row, Visit], None] | None" = None
    rules: "tuple[Callable[[Row, Row | None, Visit], Errors], ...]" = ()
    is_project: bool = False
    scope: Scope | None = None
    expand: "Callable[[Visit, Row], Row] | None" = None
    stored: "Callable[[Visit, Row, Row | None], None] | None" = None
    kept: "Callable[[Visit, Row], Errors] | None" = None
    removed: "Callable[[Visit, Row], None] | None" = None
    settled: "tuple[Callable[[Row, Row | None, Visit], Errors], ...]" = ()
    own_keys: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    discard: "Callable[[Visit, Row], None] | None" = None
    marks_deleted: bool = False
    refused_status: int = 422
    refusal: "Callable[[Errors], Any] | None" = None

    @property
    def live(self) -> tuple[Reference, ...]:
        return tuple(reference for reference in self.references if reference.live and reference.read)
