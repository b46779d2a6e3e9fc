"""What a mapping is: which maestro* column corresponds to which Procore attribute, for one kind of record.

The mappings themselves stand with the rules of each kind (model/projects.py and its neighbours), all of
them together in model/kinds.py. The comparison of values is model/values.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from maestro_procore.model.elements import ELEMENTS, Direction
from maestro_procore.model.problems import Problem
from maestro_procore.model.values import Kind, Value, lines_of

ValueTables = Mapping[str, Mapping[str, str]]
"""Name of an editable table of Configuration → value → value."""


@dataclass(frozen=True)
class Field:
    """One row of the mapping. Its label is the text `field.{element}.{name}`.

    Lengths in characters, None: no limit known. cut_code: the message when the value had to be
    shortened for maestro*. is_identity: never compared or updated, only written when linking.
    """

    name: str
    maestro: str
    procore: str
    kind: Kind = Kind.TEXT
    maestro_length: int | None = None
    procore_length: int | None = None
    cut_code: str | None = None
    is_identity: bool = False
    shown: bool = False

    @cached_property
    def narrower(self) -> int | None:
        """The length that both sides can hold."""
        limits = [n for n in (self.maestro_length, self.procore_length) if n is not None]
        return min(limits, default=None)


@dataclass(frozen=True, slots=True)  # a project has ten thousand of them on either side
class Record:
    """One record of one side, in the words of the mapping.

    key: maestro* code, or the Procore id as text. number: the natural key that both sides carry.
    facts: the whole row of that side, for rules that look at more than the mapped fields.
    faults: values that could not be read (VAL-01): the record waits, the others go on.
    read_at: Procore's updated_at when its details were last read; None: never, or there are none to read.
    created_at: of an answer to a write only, by Procore's clock.
    """

    key: str
    values: Mapping[str, Value]
    number: str | None = None
    is_active: bool = True
    origin_id: str | None = None
    updated_at: datetime | None = None
    is_gone: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Problem, ...] = ()
    read_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def procore_id(self) -> int:
        """Only for records of Procore."""
        return int(self.key)


class Reading(StrEnum):
    """When a run asks Procore for a list."""

    CHANGES = "changes"
    """Every time: what changed since the last reading, or all of it."""
    ONCE = "once"
    """As long as it was never read, and in a full run: afterwards nobody but us writes there (reconcile re-reads)."""
    NEVER = "never"
    """Only our own writes tell what stands there."""


@dataclass(frozen=True)
class SharedList:
    """A list of Procore that tells what has changed in several kinds at once, where the server serves it.

    resource: of procore/catalogue.py, with pages of page_size rows. kinds: value of the attribute told_by → kind.
    wanted: attributes without which a row says too little.
    """

    resource: str
    page_size: int
    told_by: str
    kinds: Mapping[str, str]
    wanted: frozenset[str]


@dataclass(frozen=True)
class FurtherList:
    """Records that the first list leaves out on some servers, which have a list of their own there. Read whole.

    resource, detail: of procore/catalogue.py, the list and what shows one. needs: kinds that Rules.leaves_out looks at
    besides. read: its rows → rows as the first list has them. single: what the address of a shown record wants, its
    `id` included; None for a record of the first list. opened: Procore id, what is shown → a row of `detail`.
    """

    resource: str
    detail: str
    needs: tuple[str, ...]
    read: Callable[[Sequence[Mapping[str, Any]]], list[dict[str, Any]]]
    single: Callable[[Record], Mapping[str, str] | None]
    opened: Callable[[int, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class TableUse:
    """A maestro* table that a kind of record is made of.

    column: only rows whose column names the scope's project; with `source` ("m_order.order_id") only rows whose
    column names such a value of the rows of a table used before. '' : the whole table. columns: of its rows no
    others, where there are so many rows that it counts; () : all.
    """

    table: str
    column: str = ""
    source: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A maestro* record that is a header with lines: written in one transaction or not at all.

    lines: name of the LINES field → the table of its rows. parent: column by which a row names its header.
    counted: key column that maestro* counts by itself. locate: maestro* key → the columns that find its header.
    numbered_by: m_counter row that gives new numbers, into the map's key_column. columns: of a line, those that
    its value leaves out when they are empty. belongs: columns that say of a new document where it belongs, its project
    first. foreign: column of the number that it has in Procore.
    """

    lines: Mapping[str, str]
    parent: str
    counted: str
    locate: Callable[[str], Mapping[str, Any]]
    numbered_by: str = ""
    columns: tuple[str, ...] = ()
    belongs: tuple[str, ...] = ("project_code",)
    foreign: str = ""

    def rows(self, value: Value) -> list[dict[str, Any]]:
        """The rows of a LINES value as they are to stand: a column that a line leaves out is emptied."""
        return [{**dict.fromkeys(self.columns), **row} for row in lines_of(value)]


@dataclass(frozen=True)
class ElementMap:
    """Everything that tells one kind of record from another, as data.

    element: its name in the journal; the kind that an element of the grid is named after has a page.
    """

    element: str
    table: str
    key_column: str
    resources: tuple[str, ...]
    """Lists of procore/catalogue.py; the first one takes the bulk writes and the differential reads."""
    number: str
    """Procore attribute that carries the maestro* code."""
    active: str
    """Procore attribute that says whether the record is in use."""
    fields: tuple[Field, ...]
    title: str = "name"
    """Field that names a record for a person."""
    group_columns: Mapping[str, str] = field(default_factory=dict)
    """Filter kind → maestro* column (*Filter Projects by*)."""
    read_maestro: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    """Columns as they stand → columns as the mapping means them."""
    read_procore: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    """The same for Procore's attributes."""
    clues: tuple[Field, ...] = ()
    """Read for rules and to recognise a record (model/matching.py), never compared, written or shown."""
    part_of: str = ""
    """The grid's element whose run brings this kind in step, where it has another name."""
    listed_with: str = ""
    """The kind in whose lists of Procore these records stand too; '' : they have lists of their own."""
    tables: tuple[TableUse, ...] = ()
    """What Rules.assemble gets; '' : the one table, whole."""
    needs: tuple[str, ...] = ()
    """Kinds whose links and Procore records the rules look things up in."""
    reading: Reading = Reading.CHANGES
    further: FurtherList | None = None
    """Records that the first list leaves out on some servers."""
    shared: SharedList | None = None
    """Tells what changed in this kind and in others, with one call for all of them; read whole, it has its own list."""
    detail: str = ""
    """Resource of procore/catalogue.py that shows one record with what its list leaves out; '' : the list says all."""
    wants_detail: Callable[[Record, ValueTables], bool] = lambda record, tables: True
    """Whether a record of the list is worth the call, by the editable tables as they are in force."""
    header: tuple[str, ...] = ()
    """Fields and clues of the list that are out of step with the details when they change, whatever updated_at says."""
    write_resource: str = ""
    """Where records are written, when that is not the first list; both '' : they are never written."""
    single: str = ""
    """Where records are changed one by one, on servers whose bulk call refuses ids; '' : the bulk call takes them."""
    reactivated_by: str = ""
    """Where a record that Procore lists apart as inactive is brought back, one call each, before it is written."""
    bulk: int = 1_000
    """Records of one write."""
    levels: int = 1
    """How many generations its records have at most: parents are written before what lies below them."""
    takes_mark: bool = False
    """Of a kind that comes from Procore: its records there get our number and our mark."""
    is_idempotent: bool = True
    """False: sent twice it would be there twice. Before it is sent again, Rules.sent_as finds it in the first list."""
    document: Document | None = None
    main_key: Callable[[str], str] | None = None
    """Of a kind without a page that comes after its element's own: its key → the key of the line it belongs to."""

    @property
    def direction(self) -> Direction:
        """Which way the arrow points."""
        return ELEMENTS[self.page].direction

    @property
    def has_page(self) -> bool:
        """Whether its records are the lines of a page."""
        return self.element in ELEMENTS

    @property
    def takes_choices(self) -> bool:
        """Whether people say which record of Procore is which of maestro*."""
        return self.has_page or bool(self.listed_with)

    @property
    def list_kind(self) -> str:
        """The kind under which its records of Procore are kept."""
        return self.listed_with or self.element

    @property
    def page(self) -> str:
        """The element of the grid that it belongs to."""
        return self.part_of or self.element

    @cached_property
    def compared(self) -> tuple[Field, ...]:
        """The fields that a run compares."""
        return tuple(f for f in self.fields if not f.is_identity)

    @cached_property
    def compared_names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(f.name for f in self.compared)

    @cached_property
    def written(self) -> tuple[tuple[str, str, Field], ...]:
        """Procore's attribute, name and field, of all fields."""
        return tuple((f.procore, f.name, f) for f in self.fields)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Names of the fields that its page shows."""
        return tuple(f.name for f in self.fields if f.shown)

    def field(self, name: str) -> Field:
        """KeyError when the element has no such field."""
        return {f.name: f for f in (*self.fields, *self.clues)}[name]

    @property
    def identity(self) -> "Field":
        """The field that carries the maestro* code on both sides."""
        return next(f for f in self.fields if f.is_identity)

    def from_maestro(self, row: Mapping[str, Any]) -> Record:
        """A row of the m_ table in the words of the mapping."""
        columns = self.read_maestro(row)
        key = str(row[self.key_column]).strip()
        values, faults = self._read(self._maestro_readers, columns, key)
        return Record(
            key=key,
            values=values,
            number=key.upper(),
            is_active=row.get("status") == "A",
            facts=row,
            faults=faults,
        )

    def from_procore(self, row: Mapping[str, Any], *, is_answer: bool = False) -> Record:
        """A row of Procore's list, of a show or (is_answer) of the answer to a write in the words of the mapping."""
        columns = self.read_procore(row)
        number = Kind.CODE.read(columns.get(self.number))
        updated, created = row.get("updated_at"), row.get("created_at") if is_answer else None
        key = str(row["id"])
        values, faults = self._read(self._procore_readers, columns, str(number or key))
        return Record(
            key=key,
            values=values,
            number=str(number) if number else None,
            is_active=columns.get(self.active) is not False,
            is_gone=bool(row.get("deleted_at")),
            origin_id=row.get("origin_id") or None,
            updated_at=datetime.fromisoformat(updated) if updated else None,
            faults=faults,
            created_at=datetime.fromisoformat(created) if created else None,
        )

    # Worked out once: a hundred thousand records are read field by field.

    @cached_property
    def _maestro_readers(self) -> "tuple[_Reader, ...]":
        return tuple((f.name, f.maestro, f.kind.reader) for f in (*self.fields, *self.clues))

    @cached_property
    def _procore_readers(self) -> "tuple[_Reader, ...]":
        return tuple((f.name, f.procore, f.kind.reader) for f in (*self.fields, *self.clues))

    def _read(
        self, readers: "tuple[_Reader, ...]", columns: Mapping[str, Any], code: str
    ) -> tuple[dict[str, Value], tuple[Problem, ...]]:
        """The values that can be read, and VAL-01 for each that cannot."""
        values: dict[str, Value] = {}
        faults = []
        for name, column, read in readers:
            value = columns.get(column)
            try:
                values[name] = read(value) if value is not None else None
            except ValueError:
                values[name] = None
                told = {"field": name, "element": self.element, "code": code, "text": str(value)[:80]}
                faults.append(Problem("VAL-01", told))
        return values, tuple(faults)


_Reader = tuple[str, str, Callable[[Any], Value]]
"""Name of a field, its column or attribute, and how that is read."""
