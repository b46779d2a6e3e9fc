"""One maestro* company behind a SQLAlchemy URL: read its rows, write single ones.

Plain calls that may block; the engine makes them in a thread. Several processes may use the same company at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, false, func, inspect, select
from sqlalchemy.engine import URL

from maestro_procore.erp.change_triggers import create_triggers, drop_triggers
from maestro_procore.erp.company_database import open_engine, reading, use_write_ahead_log, writing
from maestro_procore.erp.counters import give_away, read_counter
from maestro_procore.erp.document_writes import ChangedMeanwhile, insert_document, title, update_document
from maestro_procore.erp.maestro_columns import as_python
from maestro_procore.erp.maestro_tables import M_COMPANY, M_COUNTER, METADATA, key_columns, table_of
from maestro_procore.erp.row_rules import checked, key_text
from maestro_procore.erp.row_writes import (
    batches,
    change_row,
    count_on,
    holds,
    insert_rows,
    latest_change,
    leave_housekeeping_alone,
    time_to_write,
    to_be_changed,
)
from maestro_procore.model.values import shared
from maestro_procore.ports import CompanyFacts, CompanyRefused, DocumentRow, Row

# SQL Server takes 2,100 parameters in one statement.
VALUES_AT_ONCE = 2_000


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
                for batch in batches(parents_first(table, rows)):
                    insert_rows(connection, table, batch)
                count += len(rows)
            count_on(connection)
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
        where: Mapping[str, Sequence[Any]] | None = None,
        include_deleted: bool = False,
        columns: Sequence[str] = (),
    ) -> list[Row]:
        """Rows of a table in the order of its key, as plain dicts: Decimal, date, aware UTC, bool, str.

        changed_since: at that time or later. keys: values of the first part of the key, such as supplier codes,
        or the project codes of m_activity. where: column → values it may hold (None: empty), all columns together.
        columns: no others; () means all.
        Errors: ValueError for an unknown table or column.
        """
        chosen = table_of(table)
        wanted = list((where or {}).items()) + ([] if keys is None else [(key_columns(chosen)[0].name, keys)])
        with reading(self._engine, table) as connection:
            selected = [chosen.c[name] for name in _known_columns(chosen, columns)]
            query = self._of_company(connection, chosen, *selected).order_by(*chosen.primary_key.columns)
            if changed_since is not None:
                query = query.where(chosen.c.changed_at >= changed_since)
            if not include_deleted:
                query = query.where(chosen.c.is_deleted == false())
            parts = product(*_conditions(chosen, wanted))
            names, texts = tuple(column.key for column in selected), dict[str, str]()
            return [shared(texts, names, row) for part in parts for row in connection.execute(query.where(*part))]

    def count(self, table: str) -> int:
        """How many rows are not deleted."""
        chosen = table_of(table)
        with reading(self._engine, table) as connection:
            counted = self._of_company(connection, chosen, func.count()).where(chosen.c.is_deleted == false())
            return int(connection.scalar(counted) or 0)

    def count_by(self, table: str, column: str) -> dict[str, int]:
        """Value of a column as text → how many rows that are not deleted hold it."""
        chosen = table_of(table)
        value = chosen.c[column]
        with reading(self._engine, table) as connection:
            counted = self._of_company(connection, chosen, value, func.count()).where(chosen.c.is_deleted == false())
            found = connection.execute(counted.where(value.is_not(None)).group_by(value)).all()
        return {str(name).strip(): int(count) for name, count in found}

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
            return latest_change(connection, chosen, self._own_id(connection))

    # --- writing --------------------------------------------------------------------------------

    def insert(self, table: str, row: Mapping[str, Any], now: datetime) -> None:
        """One new row. company_id, rowver, changed_at and is_deleted are filled in.

        now: aware; a clock that was set back does not hide the row from the next run.
        Errors: ValueError for an unknown column; CompanyRefused when the key exists or a value does not fit.
        """
        chosen = table_of(table)
        leave_housekeeping_alone(row)
        with writing(self._engine, table, key_text(chosen, row)) as connection:
            company_id = self._own_id(connection)
            if row.get("company_id", company_id) != company_id:
                raise ValueError("the row belongs to another company")
            values = checked(chosen, {**row, "company_id": company_id}, is_new=True)
            values["changed_at"] = time_to_write(connection, chosen, company_id, now)
            insert_rows(connection, chosen, [values])

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
        leave_housekeeping_alone(values)
        names = {column.name for column in chosen.primary_key.columns}
        if set(key) | {"company_id"} != names | {"company_id"}:
            raise ValueError(f"the key of {table} is {', '.join(sorted(names))}")
        if names & set(values):
            raise ValueError("a key is never changed")
        with writing(self._engine, table, key_text(chosen, key)) as connection:
            query = to_be_changed(self._of_company(connection, chosen), chosen)
            for column in key_columns(chosen):
                query = query.where(column == key[column.name])
            stands = connection.execute(query).mappings().first()
            if stands is None or not holds(chosen, stands, expect or {}):
                return False
            wanted = checked(chosen, values, is_new=False, key=key_text(chosen, key))
            different = {name: wanted[name] for name in values if wanted[name] != stands[name]}
            changed_at = time_to_write(connection, chosen, self._own_id(connection), now)
            return not different or change_row(connection, chosen, stands, different, changed_at)

    def next_number(self, counter: str, taken: Callable[[str], bool], now: datetime) -> str:
        """The next number of an m_counter row in its mask, given away for good, also when it is not used afterwards.

        taken: asked outside of any transaction, so it may look into the company; such numbers are passed over.
        Several programs at once get different numbers. Errors: CompanyRefused: no_counter, used_up.
        """
        while True:
            with reading(self._engine, M_COUNTER.name) as connection:
                numbers = read_counter(connection, self._own_id(connection), counter)
            number = numbers.first_free(taken)
            with writing(self._engine, M_COUNTER.name, counter) as connection:
                # Another program may have taken the number meanwhile; then it has moved on, and so do we.
                if give_away(connection, self._own_id(connection), numbers, number, now):
                    return numbers.text(number)

    def insert_document(self, document: DocumentRow, now: datetime) -> Any:
        """A header with its lines, one transaction; the header's key, counted by the database where it counts.

        Errors: ValueError for a document that is put together wrongly; CompanyRefused naming header or line.
        """
        with writing(self._engine, document.table, title(document)) as connection:
            return insert_document(connection, self._own_id(connection), document, now)

    def update_document(
        self, document: DocumentRow, key: Any, now: datetime, expect: Mapping[str, Any] | None = None
    ) -> bool:
        """Header columns, and the lines made equal to those given, one transaction.

        Lines are told apart by line_no: those given are changed, added or revived, the others become deleted. False,
        and nothing written, when the header is gone or no longer holds what is expected. True without a write when
        all of it stands already. Errors: as insert_document.
        """
        try:
            with writing(self._engine, document.table, title(document) or str(key)) as connection:
                return update_document(connection, self._own_id(connection), document, key, now, expect or {})
        except ChangedMeanwhile:
            return False

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


def _known_columns(table: Table, names: Sequence[str]) -> Sequence[str]:
    """The names, or of none all columns. Errors: ValueError."""
    known = table.columns.keys()
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    return names or known


def _conditions(table: Table, wanted: Sequence[tuple[str, Sequence[Any]]]) -> list[list[ColumnElement[bool]]]:
    """For each column one or more conditions of which a row fulfils at most one: long lists come in parts."""
    _known_columns(table, [name for name, _ in wanted])
    at_once = VALUES_AT_ONCE // max(1, len(wanted))
    return [_one_of(table, name, list(dict.fromkeys(values)), at_once) for name, values in wanted]


def _one_of(table: Table, name: str, values: list[Any], at_once: int) -> list[ColumnElement[bool]]:
    column = table.columns[name]
    known = [as_python(column, value) for value in values if value is not None]
    parts: list[ColumnElement[bool]] = [
        column.in_(known[start : start + at_once]) for start in range(0, len(known), at_once)
    ]
    if None in values:
        parts.append(column.is_(None))
    return parts
