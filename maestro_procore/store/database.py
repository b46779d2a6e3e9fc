"""The journal's database: how it is opened, brought up to date, read and written.

SQLite in one file by default (WAL, every commit on the disk before it is reported). The same
code runs on PostgreSQL by URL. What is in the tables is store/tables.py.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError

from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import PROGRAM

NEWEST_SCHEMA = "0019"
"""Name of the newest step in store/migrations/versions."""

_BUSY_MILLISECONDS = 30_000
"""How long a write waits for another process before it says that the journal is locked."""
_KEPT_CONNECTIONS, _MOST_CONNECTIONS, _KEPT_STATEMENTS = 2, 20, 48
_SQLITE_BYTES = 8_000_000
"""What SQLite may hold in this process before it takes pages of its own again instead of new memory."""


def _exact(value: object) -> str:
    """An amount as text: JSON numbers would pass through a float."""
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} cannot be kept")


def as_json(value: Any) -> str:
    """What a JSON column keeps. Errors: TypeError for what JSON cannot hold."""
    return orjson.dumps(value, default=_exact).decode()


def from_json(stored: Any) -> Any:
    """What a JSON column kept."""
    # SQLite gives a number that was stored as JSON back as a number.
    return stored if isinstance(stored, (int, float)) else orjson.loads(stored)


# Faster than the standard library's, which the window feels: it reads hundreds of lines at a time.
_JSON: dict[str, Any] = {"json_serializer": as_json, "json_deserializer": from_json}


class Database:
    """One profile's journal. Safe to use from several threads; each transaction has a connection of its own.

    Errors: Refused with STO-01 (locked), STO-02 (damaged), STO-03 (disk full), STO-04 (newer), STO-06 (folder
    or file that cannot be written), STO-09 (other).
    """

    def __init__(self, url: str, busy_wait: timedelta | None = None) -> None:
        self.url = sa.make_url(url)
        self._busy_wait = timedelta(milliseconds=_BUSY_MILLISECONDS) if busy_wait is None else busy_wait
        self.file = Path(self.url.database) if self.is_sqlite and self.url.database else None
        self._writer = self._engine(is_writer=True)
        self._reader = self._engine(is_writer=False)
        self._version_connection: sqlite3.Connection | None = None
        self._version_lock = Lock()
        self._version_checked = -1

    @classmethod
    def of_file(cls, file: Path, busy_wait: timedelta | None = None) -> "Database":
        """The SQLite journal in that file, which is made when it is missing."""
        return cls(f"sqlite:///{file}", busy_wait)

    @property
    def is_sqlite(self) -> bool:
        """False on PostgreSQL."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """For the durable engine, which keeps its own tables in the same place."""
        return self._writer

    def _engine(self, *, is_writer: bool) -> Engine:
        if not self.is_sqlite:
            return sa.create_engine(self.url, pool_pre_ping=True, **_JSON)
        # Each connection keeps the schema, its statements and pages: a megabyte or two that nobody else uses.
        few = {"pool_size": _KEPT_CONNECTIONS, "max_overflow": _MOST_CONNECTIONS, "pool_use_lifo": True}
        own = {"timeout": self._busy_wait.total_seconds(), "cached_statements": _KEPT_STATEMENTS}
        engine = sa.create_engine(self.url, **_JSON, **few, connect_args=own)
        event.listen(engine, "connect", _prepare)
        # A transaction that reads first and writes later would fail with "locked" when it upgrades.
        event.listen(engine, "begin", _begin_immediately if is_writer else _begin_reading)
        return engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A writing transaction: all or nothing, on the disk when the block has ended.

        Refused (STO-04) once a newer version has upgraded the journal, also while this program was open.
        """
        with self.told(), self._writer.begin() as connection:
            refuse_newer(connection)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; writers go on meanwhile."""
        with self.told(), self._reader.connect() as connection:
            yield connection

    def version(self) -> int:
        """Changes whenever anybody has written: another process, or this one through any connection but its own.

        Refused (STO-04) once a newer version has upgraded the journal.
        """
        if self.file is None:
            with self.read() as connection:
                return int(
                    connection.execute(sa.text("select txid_snapshot_xmax(txid_current_snapshot())")).scalar_one()
                )
        # A connection that never writes: SQLite tells it of every commit of all others, also of this process.
        with self.told(), self._version_lock:
            if self._version_connection is None:
                self._version_connection = sqlite3.connect(self.file, check_same_thread=False, isolation_level=None)
            found = int(self._version_connection.execute("PRAGMA data_version").fetchone()[0])
        if found != self._version_checked:
            with self.read() as connection:
                refuse_newer(connection)
            self._version_checked = found
        return found

    def bring_up_to_date(self) -> None:
        """Makes the tables of this version; refuses a journal that a newer version wrote."""
        with self.told():
            with self._writer.connect() as connection:
                present = refuse_newer(connection)
            if present == NEWEST_SCHEMA:
                return
            from maestro_procore.store import migrations  # alembic takes 0.3 s to import and is rarely needed

            migrations.upgrade(self._writer, present)

    def check(self) -> None:
        """Raises STO-02 when the file is damaged; the file is not touched, so that a copy of it can be mended."""
        if self.file is None or not self.file.exists():
            return
        with self.told(), closing(sqlite3.connect(f"{self.file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise Refused(Problem("STO-02", {"file": str(self.file), "text": str(found)}))

    def close(self) -> None:
        """Gives every connection back."""
        self._writer.dispose()
        self._reader.dispose()
        with self._version_lock:
            if self._version_connection is not None:
                self._version_connection.close()
                self._version_connection = None

    @contextmanager
    def told(self) -> Iterator[None]:
        """What the database refuses inside the block becomes a problem with code and remedy (Refused)."""
        try:
            yield
        except DBAPIError as error:
            raise Refused(self._problem(str(error.orig))) from error
        except sqlite3.Error as error:
            raise Refused(self._problem(str(error))) from error

    def _problem(self, text: str) -> Problem:
        file = str(self.file or self.url.render_as_string(hide_password=True))
        lowered = text.lower()
        for sign, code in _SIGNS:
            if sign in lowered:
                folder = str(self.file.parent if self.file else file)
                return Problem(code, {"path": folder} if code == "STO-06" else {"file": file, "text": text})
        if self.file is not None and shutil.disk_usage(self.file.parent).free < _LEAST_BYTES:
            return Problem("STO-03", {"file": file, "text": text})  # SQLite says "disk I/O error" for its shared memory
        return Problem("STO-09", {"file": file, "text": text})


_LEAST_BYTES = 64 * 1024
_SIGNS = (
    ("locked", "STO-01"),
    ("not a database", "STO-02"),
    ("malformed", "STO-02"),
    ("disk is full", "STO-03"),
    ("no space", "STO-03"),
    ("unable to open", "STO-06"),
    ("readonly", "STO-06"),
)


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin decides, not the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA soft_heap_limit={_SQLITE_BYTES}")
    cursor.close()


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def refuse_newer(connection: Connection) -> str | None:
    """At which step the journal stands, None for an empty one. Refused (STO-04) when a newer version upgraded it."""
    found = _schema_of(connection)
    if found is not None and found > NEWEST_SCHEMA:  # names of steps are numbers of one length
        raise belongs_to_others(connection, found)
    return found


def belongs_to_others(connection: Connection, found: str) -> Refused:
    """STO-04 of a journal at step `found`, naming the version of the program that made it so where the journal does."""
    from importlib import metadata

    try:
        theirs = connection.execute(sa.text("select program from journal_upgrade order by revision desc")).scalar()
    except DatabaseError:  # upgraded by a version that noted nothing yet
        theirs = None
    told = f"{theirs}, journal {found}" if theirs else f"journal {found}"
    own = f"{metadata.version(PROGRAM)}, journal {NEWEST_SCHEMA}"
    return Refused(Problem("STO-04", {"theirs": told, "own": own}))


def _schema_of(connection: Connection) -> str | None:
    try:
        found = connection.execute(sa.text("select version_num from alembic_version")).scalar_one_or_none()
    except DatabaseError as error:
        if "no such table" in str(error.orig) or "does not exist" in str(error.orig):
            return None
        raise
    return None if found is None else str(found)
