"""Which maestro* column corresponds to which Procore attribute, per element.

Facts: maestro* mapping page (projects), comparable connectors (suppliers); lengths are what each
side stores. The comparison of values is model/values.py, the rules of each element
model/projects.py and model/suppliers.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from maestro_procore.model.elements import ELEMENTS, Direction
from maestro_procore.model.values import Kind, Value


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

    @property
    def narrower(self) -> int | None:
        """The length that both sides can hold."""
        limits = [n for n in (self.maestro_length, self.procore_length) if n is not None]
        return min(limits, default=None)


@dataclass(frozen=True)
class Record:
    """One record of one side, in the words of the mapping.

    key: maestro* code, or the Procore id as text. number: the natural key that both sides carry.
    facts: the whole row of that side, for rules that look at more than the mapped fields.
    """

    key: str
    values: Mapping[str, Value]
    number: str | None = None
    is_active: bool = True
    origin_id: str | None = None
    updated_at: datetime | None = None
    is_gone: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def procore_id(self) -> int:
        """Only for records of Procore."""
        return int(self.key)


@dataclass(frozen=True)
class ElementMap:
    """Everything that tells one element from another, as data."""

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
    """Read to recognise a record (model/matching.py), never compared, written or shown."""

    @property
    def direction(self) -> Direction:
        """Which way the arrow points."""
        return ELEMENTS[self.element].direction

    @property
    def compared(self) -> tuple[Field, ...]:
        """The fields that a run compares."""
        return tuple(f for f in self.fields if not f.is_identity)

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
        return Record(
            key=key,
            values={f.name: f.kind.read(columns.get(f.maestro)) for f in (*self.fields, *self.clues)},
            number=key.upper(),
            is_active=row.get("status") == "A",
            facts=dict(row),
        )

    def from_procore(self, row: Mapping[str, Any]) -> Record:
        """A row of Procore's list or of a sync answer in the words of the mapping."""
        columns = self.read_procore(row)
        number = Kind.CODE.read(row.get(self.number))
        updated = row.get("updated_at")
        return Record(
            key=str(row["id"]),
            values={f.name: f.kind.read(columns.get(f.procore)) for f in (*self.fields, *self.clues)},
            number=str(number) if number else None,
            is_active=row.get(self.active) is not False,
            origin_id=row.get("origin_id") or None,
            updated_at=datetime.fromisoformat(updated) if updated else None,
        )


def _american_zip(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """maestro* keeps the American zip code in a column of its own."""
    if row.get("country") == "US" and row.get("zip_code"):
        return {**row, "postal_code": row["zip_code"]}
    return row


def _supplier_columns(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A block is often a hold of days, so only a closed supplier is inactive in Procore."""
    tax_numbers = "; ".join(str(row[name]) for name in ("gst_no", "qst_no") if row.get(name))
    return {**_american_zip(row), "in_use": row.get("status") != "1", "tax_numbers": tax_numbers}


def _vendor_attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Procore keeps the government's number of a company in its business register, or as its business id."""
    register = row.get("business_register") or {}
    return {**row, "tax_numbers": f"{register.get('identifier') or ''}; {row.get('business_id') or ''}"}


PROJECTS = ElementMap(
    element="projects",
    table="m_project",
    key_column="project_code",
    resources=("projects",),
    number="project_number",
    active="active",
    fields=(
        Field("number", "project_code", "project_number", Kind.CODE, 10, 255, is_identity=True, shown=True),
        Field("name", "description", "name", Kind.TEXT, 100, 255, "PRJ-13", shown=True),
        Field("description", "detail", "description", Kind.LONG_TEXT),
        Field("address", "address", "address", Kind.TEXT, 40, 100, "PRJ-07", shown=True),
        Field("city", "city", "city", Kind.PLACE, 60, 60, shown=True),
        Field("province", "province", "state_code", Kind.CODE, 3, 3),
        Field("country", "country", "country_code", Kind.CODE, 2, 2),
        Field("postal_code", "postal_code", "zip", Kind.POSTAL_CODE, 10, 10),
        Field("phone", "phone", "phone", Kind.PHONE, 20, 20),
        Field("start_date", "start_date", "estimated_start_date", Kind.DATE, shown=True),
        Field("closing_date", "closing_date", "estimated_completion_date", Kind.DATE, shown=True),
    ),
    group_columns={
        "type": "type_code",
        "category": "category_code",
        "department": "department_code",
        "manager": "manager",
        "master": "master_code",
    },
)

SUPPLIERS = ElementMap(
    element="suppliers",
    table="m_supplier",
    key_column="supplier_code",
    resources=("vendors", "vendors-inactive"),
    number="origin_code",
    active="is_active",
    fields=(
        Field("code", "supplier_code", "origin_code", Kind.CODE, 10, 255, is_identity=True, shown=True),
        Field("name", "name", "name", Kind.TEXT, 60, shown=True),
        Field("address", "address", "address", Kind.TEXT, 40, 100, shown=True),
        Field("city", "city", "city", Kind.PLACE, 60, 60, shown=True),
        Field("province", "province", "state_code", Kind.CODE, 3, 3),
        Field("country", "country", "country_code", Kind.CODE, 2, 2),
        Field("postal_code", "postal_code", "zip", Kind.POSTAL_CODE, 10, 10),
        Field("phone", "phone", "business_phone", Kind.PHONE, 20, 20, shown=True),
        Field("mobile", "mobile", "mobile_phone", Kind.PHONE, 20, 20),
        Field("fax", "fax", "fax_number", Kind.PHONE, 20, 20),
        Field("email", "email", "email_address", Kind.EMAIL, 100, 100),
        Field("licence", "rbq", "license_number", Kind.LICENCE, 20, 20),
        Field("is_active", "in_use", "is_active", Kind.FLAG),
    ),
    group_columns={"type": "type_code"},
    read_maestro=_supplier_columns,
    read_procore=_vendor_attributes,
    clues=(Field("tax_numbers", "tax_numbers", "tax_numbers", Kind.TAX_NUMBERS),),
)

MAPS: dict[str, ElementMap] = {m.element: m for m in (PROJECTS, SUPPLIERS)}
