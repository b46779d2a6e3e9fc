"""What a resource of the API is: the words of the table rows that projects.py, vendors.py and lookups.py fill.

A new resource is a new table row (and a small module for its own rules), not a branch in records.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.world import Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.visits import Visit

Kind = Literal["list", "show", "create", "update", "sync", "delete", "act"]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Filter:
    """One query filter. make: from the values sent (one or more) to a test of rows; ValueError refuses them."""

    name: str
    make: Callable[["Visit", list[str]], Test]


@dataclass(frozen=True)
class Reference:
    """A field written as an id (or ids) and read as {id, name, …} of another collection.

    keeps_id: the written name is also read back.
    """

    write: str
    read: str | None
    collection: str
    keeps_id: bool = False
    many: bool = False


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    shapes: view name → where the document describes the records of the answer. view: the query
    parameter that chooses. default_view: a view name, or the name of a switch that holds one.
    cap: most rows on a page; None: the list is not paged. keep: which rows a list shows.
    act: what an "act" makes of the addressed row, or what a "create" adds to the new one.
    variants: view name → switch; the shape is then found under "view value-of-the-switch".
    computed: fields this answer makes from the row instead of reading them.
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
    status: int = 200


@dataclass(frozen=True)
class Resource:
    """One type of record.

    name: the collection word of the path. wrapper: key around the fields of a create or update.
    show: the full documented record. defaults: values of a new record that are not null.
    renamed: body field → read field. derive: sets the fields that follow from others, on a new row.
    rules: checks on the row as it would become; each returns what is wrong per field.
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
