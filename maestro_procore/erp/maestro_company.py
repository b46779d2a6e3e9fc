"""One maestro* company behind a SQLAlchemy URL: read its rows, write single ones.

Plain calls that may block; the engine makes them in a thread. Several processes may use the same company at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, false, func, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from maestro_procore.erp.change_triggers import create_triggers, drop_triggers
from maestro_procore.erp.company_database import open_engine, reading, use_write_ahead_log, writing
from maestro_procore.erp.maestro_columns import as_python
from maestro_procore.erp.maestro_tables import M_COMPANY, METADATA, key_columns, table_of
from maestro_procore.erp.row_rules import checked, conflict, key_text
from maestro_procore.ports import CompanyFacts, CompanyRefused, Row

# SQL Server takes 2,100 parameters in one statement.
KEYS_AT_ONCE = 1_000


class MaestroCompany:
    """The company of one profile. database: a SQLite file, a SQLAlchemy URL, or an engine.

    company_id: which company, when the database holds several (multidimensional mode).
    Every method raises CompanyUnreachable when the server does not answer or stays locked, and CompanyRefused when
    it answers but will not: table, key, column and a word of row_rules.REASONS. In both cases nothing was written.
    """

    def __init__(self, database: str | Path | URL | Engine, company_id: int | None = None) -> None:
        self._engine = database if isinstance(database, Engine) else open_engine(database)
        self._company_id = company_id

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    # --- set-up ---------------------------------------------------------------------------------

    def create_schema(self) -> None:
        """Make the m_ tables that are missing, with their triggers. Tables and views that exist stay as they are."""
        use_write_ahead_log(self._engine)
        with writing(self._engine, "m_company", "") as connection:
            METADATA.create_all(connection)
            create_triggers(connection)

    def is_empty(self) -> bool:
        """True when no m_ table or view holds a row, or when there are none yet."""
        with reading(self._engine, "m_company") as connection:
            looked_up = inspect(connection)
            present = {*looked_up.get_table_names(), *looked_up.get_view_names()}
            tables = [table for table in METADATA.sorted_tables if table.name in present]
            return all(connection.execute(select(table).limit(1)).first() is None for table in tables)

    def load_rows(self, tables: Mapping[str, Sequence[Mapping[str, Any]]], *, replace: bool = False) -> int:
        """Fill an empty company from plain rows; the number of rows. All or nothing.

        tables: rows per table name; dates, times and amounts may be JSON text.
        replace: throw away what a test company holds; a production company is never replaced.
        Errors: ValueError for an unknown table or column; CompanyRefused (not_empty, production, or a row's own).
        """
        for name in tables:
            table_of(name)
        count = 0
        with writing(self._engine, "m_company", "") as connection:
            self._make_room(connection, replace=replace)
            drop_triggers(connection)
            for table in METADATA.sorted_tables:
                rows = [checked(table, row, is_new=True) for row in tables.get(table.name, ())]
                for batch in _batches(parents_first(table, rows)):
                    self._insert(connection, table, batch)
                count += len(rows)
            create_triggers(connection)
        return count

    def _make_room(self, connection: Connection, *, replace: bool) -> None:
        present = [t for t in METADATA.sorted_tables if connection.execute(select(t).limit(1)).first() is not None]
        if present and not replace:
            raise CompanyRefused(present[0].name, "", None, "not_empty")
        real = connection.execute(select(M_COMPANY.c.tag).where(M_COMPANY.c.environment == "production")).first()
        if real is not None:
            raise CompanyRefused("m_company", str(real.tag), "environment", "production")
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())

    # --- reading --------------------------------------------------------------------------------

    def company(self) -> CompanyFacts:
        """Which company this is. CompanyRefused: no_company, several_companies."""
        with reading(self._engine, "m_company") as connection:
            row = connection.execute(self._of_company(connection, M_COMPANY)).mappings().first()
        if row is None:
            raise CompanyRefused("m_company", str(self._company_id), "company_id", "no_company")
        names = ("company_id", "name", "tag", "environment", "language", "currency")
        return CompanyFacts(**{name: row[name] for name in names})

    def users(self) -> list[Row]:
        """The m_user rows, with their rights."""
        return self.rows("m_user")

    def user(self, code: str) -> Row | None:
        """The m_user row of that code, with its rights, or None."""
        return next((user for user in self.users() if user["code"] == code), None)

    def templates(self) -> list[Row]:
        """The m_template rows, by number."""
        return self.rows("m_template")

    def rows(
        self,
        table: str,
        *,
        changed_since: datetime | None = None,
        keys: Sequence[str] | Sequence[int] | None = None,
        include_deleted: bool = False,
    ) -> list[Row]:
        """Rows of a table in the order of its key, as plain dicts: Decimal, date, aware UTC, bool, str.

        changed_since: at that time or later. keys: values of the first part of the key, such as supplier codes,
        or the project codes of m_activity. Errors: ValueError for an unknown table.
        """
        chosen = table_of(table)
        key = key_columns(chosen)[0]
        with reading(self._engine, table) as connection:
            query = self._of_company(connection, chosen).order_by(*chosen.primary_key.columns)
            if changed_since is not None:
                query = query.where(chosen.c.changed_at >= changed_since)
            if not include_deleted:
                query = query.where(chosen.c.is_deleted == false())
            if keys is None:
                return [dict(row) for row in connection.execute(query).mappings()]
            parts = (keys[start : start + KEYS_AT_ONCE] for start in range(0, len(keys), KEYS_AT_ONCE))
            return [dict(row) for part in parts for row in connection.execute(query.where(key.in_(part))).mappings()]

    def count(self, table: str) -> int:
        """How many rows are not deleted."""
        chosen = table_of(table)
        with reading(self._engine, table) as connection:
            counted = self._of_company(connection, chosen, func.count()).where(chosen.c.is_deleted == false())
            return int(connection.scalar(counted) or 0)

    def high_water(self, table: str) -> int | None:
        """The highest rowver, deleted rows included; None when the table is empty."""
        chosen = table_of(table)
        with reading(self._engine, table) as connection:
            highest = connection.scalar(self._of_company(connection, chosen, func.max(chosen.c.rowver)))
        return None if highest is None else int(highest)

    def latest_change(self, table: str) -> datetime | None:
        """The newest changed_at, deleted rows included; None when the table is empty.

        Every later write through this program or by plain SQL on the embedded company carries this time or a later
        one, whatever the clocks say: the safest `changed_since` of the next run.
        """
        chosen = table_of(table)
        with reading(self._engine, table) as connection:
            return self._latest(connection, chosen)

    def _latest(self, connection: Connection, table: Table) -> datetime | None:
        newest: datetime | None = connection.scalar(self._of_company(connection, table, func.max(table.c.changed_at)))
        return newest

    # --- writing --------------------------------------------------------------------------------

    def insert(self, table: str, row: Mapping[str, Any], now: datetime) -> None:
        """One new row. company_id, rowver, changed_at and is_deleted are filled in.

        now: aware; a clock that was set back does not hide the row from the next run.
        Errors: ValueError for an unknown column; CompanyRefused when the key exists or a value does not fit.
        """
        chosen = table_of(table)
        _leave_housekeeping_alone(row)
        with writing(self._engine, table, key_text(chosen, row)) as connection:
            company_id = self._own_id(connection)
            if row.get("company_id", company_id) != company_id:
                raise ValueError("the row belongs to another company")
            values = checked(chosen, {**row, "company_id": company_id}, is_new=True)
            values["changed_at"] = self._not_before(connection, chosen, now)
            self._insert(connection, chosen, [values])

    def _insert(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        """Rows with the same columns. CompanyRefused names the first that breaks a rule of the database."""
        try:
            with connection.begin_nested():
                connection.execute(table.insert(), rows)
        except IntegrityError as error:
            if len(rows) > 1:
                for row in rows:
                    self._insert(connection, table, [row])
                return
            found = conflict(connection, table, rows[0])
            if found is None:
                raise
            raise CompanyRefused(table.name, key_text(table, rows[0]), *found) from error

    def update(
        self,
        table: str,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        now: datetime,
        expect: Mapping[str, Any] | None = None,
    ) -> bool:
        """Change one row, unless it no longer holds the expected values.

        key: every part of the primary key (company_id may be left out). values: the columns to change, none of the
        key. Returns False, and writes nothing, when the row is gone or differs from expect. True without a write
        when the row holds the values already: repeating an update is harmless.
        Errors: ValueError for unknown or missing columns; CompanyRefused when a value does not fit.
        """
        chosen = table_of(table)
        _leave_housekeeping_alone(values)
        names = {column.name for column in chosen.primary_key.columns}
        if set(key) | {"company_id"} != names | {"company_id"}:
            raise ValueError(f"the key of {table} is {', '.join(sorted(names))}")
        if names & set(values):
            raise ValueError("a key is never changed")
        with writing(self._engine, table, key_text(chosen, key)) as connection:
            query = self._of_company(connection, chosen).with_for_update()
            for column in key_columns(chosen):
                query = query.where(column == key[column.name])
            stands = connection.execute(query).mappings().first()
            if stands is None or not _holds(chosen, stands, expect or {}):
                return False
            wanted = checked(chosen, values, is_new=False, key=key_text(chosen, key))
            different = {name: wanted[name] for name in values if wanted[name] != stands[name]}
            return not different or self._write_change(connection, chosen, stands, different, now)

    def _write_change(
        self, connection: Connection, table: Table, stands: Mapping[Any, Any], values: dict[str, Any], now: datetime
    ) -> bool:
        housekeeping = {"rowver": stands["rowver"] + 1, "changed_at": self._not_before(connection, table, now)}
        same_row = [column == stands[column.name] for column in table.primary_key.columns]
        # Not every database locks a row that is read for update (SQL Server does not): its number tells.
        same_row.append(table.c.rowver == stands["rowver"])
        try:
            with connection.begin_nested():
                done = connection.execute(table.update().where(*same_row).values(**values, **housekeeping))
            return done.rowcount == 1
        except IntegrityError as error:
            others = {**stands, **values}
            for column in table.primary_key.columns:
                others[column.name] = None  # its own key is no conflict
            others["company_id"] = stands["company_id"]
            found = conflict(connection, table, others)
            if found is None:
                raise
            raise CompanyRefused(table.name, key_text(table, stands), *found) from error

    # --- parts ----------------------------------------------------------------------------------

    def _own_id(self, connection: Connection) -> int:
        """The company's id, looked up once."""
        if self._company_id is None:
            known = connection.scalars(select(M_COMPANY.c.company_id).limit(2)).all()
            if len(known) != 1:
                reason = "several_companies" if known else "no_company"
                raise CompanyRefused("m_company", "", "company_id", reason)
            self._company_id = int(known[0])
        return self._company_id

    def _of_company(self, connection: Connection, table: Table, *columns: ColumnElement[Any]) -> Any:
        """A query on the rows of this company."""
        query = select(*columns).select_from(table) if columns else select(table)
        return query.where(table.c.company_id == self._own_id(connection))

    def _not_before(self, connection: Connection, table: Table, now: datetime) -> datetime:
        """The time to write: now, but always after the newest change of the table."""
        latest = self._latest(connection, table)
        return now if latest is None else max(now, latest + timedelta(microseconds=1))


def parents_first(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in an order in which every row of the same table that another points to comes before it."""
    own = [c for c in table.foreign_key_constraints if c.referred_table is table]
    if not own:
        return rows
    placed: set[tuple[Any, ...]] = set()
    ordered: list[dict[str, Any]] = []
    waiting = rows
    while waiting:
        later = []
        for row in waiting:
            targets = [(tuple(row.get(e.parent.name) for e in c.elements), _key_of(c, row)) for c in own]
            if all(None in target or target == itself or target in placed for target, itself in targets):
                ordered.append(row)
                placed.update(itself for _, itself in targets)
            else:
                later.append(row)
        if len(later) == len(waiting):
            return ordered + later  # a missing master: the database will name it
        waiting = later
    return ordered


def _key_of(constraint: Any, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(element.column.name) for element in constraint.elements)


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Neighbours with the same columns, since one bulk insert writes one set of columns."""
    for _, batch in groupby(rows, key=lambda row: tuple(sorted(row))):
        yield list(batch)


def _leave_housekeeping_alone(row: Mapping[str, Any]) -> None:
    if {"rowver", "changed_at"} & set(row):
        raise ValueError("rowver and changed_at are written by the company itself")


def _holds(table: Table, stands: Mapping[Any, Any], expect: Mapping[str, Any]) -> bool:
    """True when the row still holds the expected values; texts are compared in NFC."""
    unknown = sorted(set(expect) - set(table.columns.keys()))
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    return all(_same(stands[name], as_python(table.columns[name], value)) for name, value in expect.items())


def _same(stored: Any, expected: Any) -> bool:
    if isinstance(stored, str) and isinstance(expected, str):
        return unicodedata.normalize("NFC", stored) == expected
    return bool(stored == expected)
