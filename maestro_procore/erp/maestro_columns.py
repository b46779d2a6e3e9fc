"""Kinds of columns in a maestro* company: exact amounts, UTC times, codes, lists of allowed values.

The same values come back from SQLite, PostgreSQL and SQL Server: Decimal, date, aware UTC datetime, bool, str.
Which tables there are is maestro_tables.py; whether a row may be written is row_rules.py.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    String,
    Unicode,
    UnicodeText,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

# Text of one width, so that SQLite compares times as it compares words.
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
SQLITE_NOW = "strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'"


class UtcNow(FunctionElement[datetime]):
    """The database's own clock, in the form in which UtcTime stores it."""

    type = DateTime(timezone=True)
    inherit_cache = True


@compiles(UtcNow)
def _now_anywhere(element: UtcNow, compiler: Any, **more: Any) -> str:
    return "CURRENT_TIMESTAMP"


@compiles(UtcNow, "sqlite")
def _now_in_sqlite(element: UtcNow, compiler: Any, **more: Any) -> str:
    return f"({SQLITE_NOW})"


@compiles(UtcNow, "mssql")
def _now_in_sql_server(element: UtcNow, compiler: Any, **more: Any) -> str:
    return "SYSDATETIMEOFFSET()"


class ExactNumber(TypeDecorator[Decimal]):
    """A Decimal of fixed scale, never through a float: TEXT in SQLite, DECIMAL elsewhere.

    Text in SQLite sorts as words; compare and add these amounts in Python.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TEXT for SQLite, whose NUMERIC would keep cents as REAL."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(self.precision + 2))
        return dialect.type_descriptor(Numeric(self.precision, self.scale))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Errors: ValueError when the value does not fit exactly; TypeError for a float."""
        if value is None:
            return None
        exact = self.exact(value)
        return f"{exact:f}" if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """A Decimal with the column's scale, whatever the driver gives."""
        # An amount typed by hand into SQLite may come back as int or float; str() of both is what was typed.
        return None if value is None else Decimal(str(value)).quantize(Decimal(1).scaleb(-self.scale))

    def exact(self, value: Any) -> Decimal:
        """The value with the column's scale. Errors: ValueError when it has more digits, TypeError for a float."""
        if isinstance(value, float):
            raise TypeError("amounts are Decimal, never float")
        try:
            number = Decimal(value)
            exact = number.quantize(Decimal(1).scaleb(-self.scale))
        except InvalidOperation as error:
            raise ValueError(f"not a number of {self.precision} digits: {value!r}") from error
        if exact != number or abs(exact) >= Decimal(1).scaleb(self.precision - self.scale):
            raise ValueError(f"does not fit decimal({self.precision},{self.scale}): {value}")
        return exact


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime in UTC; in SQLite text of one width, which sorts."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text for SQLite, a time with zone elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Errors: ValueError for a time without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time must know its zone")
        utc = value.astimezone(UTC)
        return utc.strftime(TIME_FORMAT) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware and UTC, also for a time typed by hand without zone."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def as_python(column: Column[Any], value: Any) -> Any:
    """A value as the program holds it: JSON text becomes date, time or Decimal; text becomes NFC.

    Errors: ValueError or TypeError when the value cannot stand in that column.
    """
    if value is None:
        return None
    kind = column.type
    if isinstance(kind, ExactNumber):
        return kind.exact(value)
    if isinstance(kind, UtcTime):
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise ValueError(f"not a time with zone: {value!r}")
        return moment.astimezone(UTC)
    if isinstance(kind, Date):
        return _as_date(value)
    expected = kind.python_type
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise TypeError(f"expected {expected.__name__}, not {type(value).__name__}")
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _as_date(value: Any) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError(f"not a date: {value!r}")


# --- columns, as the schema's own notation has them -----------------------------------------------


def words(name: str, length: int, *, required: bool = False) -> Column[Any]:
    """v(n): text of at most that many characters."""
    return Column(name, Unicode(length), nullable=not required)


def long_text(name: str) -> Column[Any]:
    """text: no limit."""
    return Column(name, UnicodeText)


def code_key(name: str, length: int = 10) -> Column[Any]:
    """A code that is part of the primary key: upper case, trimmed."""
    return Column(name, Unicode(length), primary_key=True, info={"is_code": True})


def number_key(name: str) -> Column[Any]:
    """A whole number that is part of the primary key and given by the writer."""
    return Column(name, Integer, primary_key=True, autoincrement=False)


def counted_key(name: str) -> Column[Any]:
    """A primary key that the database counts."""
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def one_of(name: str, length: int, *allowed: str, required: bool = True) -> Column[Any]:
    """Text from a closed list (CHECK)."""
    listed = ", ".join(f"'{value}'" for value in allowed)
    check = CheckConstraint(f"{name} IN ({listed})")
    return Column(name, Unicode(length), check, nullable=not required, info={"allowed": frozenset(allowed)})


def whole(name: str, *, required: bool = False) -> Column[Any]:
    """int"""
    return Column(name, Integer, nullable=not required)


def big(name: str) -> Column[Any]:
    """bigint: ids of Procore have 64 bits."""
    return Column(name, BigInteger)


def amount(name: str) -> Column[Any]:
    """d(15,2): money."""
    return Column(name, ExactNumber(15, 2))


def quantity(name: str) -> Column[Any]:
    """d(15,6): quantities and unit prices."""
    return Column(name, ExactNumber(15, 6))


def exact(name: str, precision: int, scale: int) -> Column[Any]:
    """d(p,s)"""
    return Column(name, ExactNumber(precision, scale))


def percent(name: str) -> Column[Any]:
    """d(5,2): 10.00 is ten percent."""
    return Column(name, ExactNumber(5, 2))


def flag(name: str) -> Column[Any]:
    """bit: no when nothing is said."""
    return Column(name, Boolean, nullable=False, server_default=false())


def day(name: str) -> Column[Any]:
    """date"""
    return Column(name, Date)


def moment(name: str) -> Column[Any]:
    """A time in UTC."""
    return Column(name, UtcTime)


def housekeeping() -> tuple[Column[Any], ...]:
    """What every m_ table carries so that a differential run sees every change."""
    return (
        Column("rowver", Integer, nullable=False, server_default=text("1")),
        Column("changed_at", UtcTime, nullable=False, server_default=UtcNow()),
        Column("is_deleted", Boolean, nullable=False, server_default=false()),
    )
