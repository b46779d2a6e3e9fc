"""Opens the database of a maestro* company and says in the engine's words why it did not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from maestro_procore.ports import CompanyRefused, CompanyUnreachable

CONNECT_SECONDS = 10
BUSY_SECONDS = 10
KEPT_STATEMENTS = 16
"""Per connection of SQLite. A question for two thousand keys takes 0.1 MB once prepared, and nobody asks it again."""

# What each driver calls the time it may take to connect.
_CONNECT_ARGUMENTS: dict[str, dict[str, Any]] = {
    "psycopg": {"connect_timeout": CONNECT_SECONDS},
    "psycopg2": {"connect_timeout": CONNECT_SECONDS},
    "pg8000": {"timeout": CONNECT_SECONDS},
    "pyodbc": {"timeout": CONNECT_SECONDS},
    "pymssql": {"login_timeout": CONNECT_SECONDS},
}

UNREACHABLE = "unreachable"

# Beginning of the driver's own code → reason; the first that fits counts. SQLite gives names, servers SQLSTATEs
# (PostgreSQL documentation, appendix A; ODBC documentation, appendix A).
REASONS: tuple[tuple[str, str], ...] = (
    ("SQLITE_CANTOPEN", UNREACHABLE),
    ("SQLITE_BUSY", UNREACHABLE),
    ("SQLITE_LOCKED", UNREACHABLE),
    ("SQLITE_READONLY", "read_only"),
    ("SQLITE_PERM", "read_only"),
    ("SQLITE_AUTH", "read_only"),
    ("SQLITE_FULL", "disk"),
    ("SQLITE_IOERR", "disk"),
    ("SQLITE_CORRUPT", "damaged"),
    ("SQLITE_NOTADB", "damaged"),
    ("25006", "read_only"),
    ("42501", "read_only"),
    ("42P01", "no_table"),
    ("42S02", "no_table"),
    ("42703", "no_column"),
    ("42S22", "no_column"),
    ("53100", "disk"),
    ("53300", UNREACHABLE),
    ("55P03", UNREACHABLE),
    ("57014", UNREACHABLE),
    ("57P", UNREACHABLE),
    ("40001", UNREACHABLE),
    ("40P01", UNREACHABLE),
    ("HYT", UNREACHABLE),
    ("08", UNREACHABLE),
    ("28", "sign_in"),
)

# For answers without a code: SQLite's plain errors, and PostgreSQL's while connecting (in English; in another
# language of the server they count as unreachable, which is only less precise).
MESSAGES: tuple[tuple[str, str], ...] = (
    ("no such table", "no_table"),
    ("no such column", "no_column"),
    ("has no column", "no_column"),
    ("password authentication failed", "sign_in"),
    ("no password supplied", "sign_in"),
    ("no pg_hba.conf entry", "sign_in"),
    ("FATAL:  role ", "sign_in"),
    ("FATAL:  database ", "sign_in"),
    ("FATAL:  permission denied", "sign_in"),
)


def open_engine(database: str | Path | URL) -> Engine:
    """An engine for a database file or a SQLAlchemy URL.

    A path means SQLite. Several processes may open the same file: readers and one writer do not block each other.
    Errors: ValueError when the address is not one or its driver is not installed. Nothing is opened yet.
    """
    try:
        url = _address(database)
        if url.get_backend_name() == "sqlite":
            return _embedded(url)
        arguments = _CONNECT_ARGUMENTS.get(url.get_driver_name(), {})
        return create_engine(url, pool_pre_ping=True, connect_args=arguments)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ValueError("not an address of a database") from error
    except ModuleNotFoundError as error:
        raise ValueError(f"the driver {error.name} is not installed") from error


def _address(database: str | Path | URL) -> URL:
    if isinstance(database, URL):
        return database
    if isinstance(database, str) and ("://" in database):
        return make_url(database)
    return URL.create("sqlite", database=str(database))


def _embedded(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    # "?timeout=SECONDS" in the address is how long to wait for somebody else who writes.
    patience_ms = round(float(str(url.query.get("timeout", BUSY_SECONDS))) * 1000)
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "cached_statements": KEPT_STATEMENTS},
        **({"poolclass": StaticPool} if in_memory else {}),
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        # The driver must not begin transactions on its own: it would start them too late and as readers.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("foreign_keys = ON", f"busy_timeout = {patience_ms}", "synchronous = FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once; one that starts as a reader can fail half-way however long it waits.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def use_write_ahead_log(engine: Engine) -> None:
    """Let readers of a SQLite file go on while somebody writes. The file remembers it. Nothing happens elsewhere."""
    if engine.dialect.name != "sqlite":
        return
    with _translated("m_company", ""):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")  # impossible inside a transaction
        finally:
            connection.close()


@contextmanager
def reading(engine: Engine, table: str) -> Iterator[Connection]:
    """A transaction that only reads, and sees one state of the company.

    Errors: CompanyUnreachable, CompanyRefused.
    """
    with _translated(table, ""), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, table: str, key: str) -> Iterator[Connection]:
    """A transaction that writes: everything or nothing. key: what CompanyRefused is to name."""
    with (
        _translated(table, key),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def _translated(table: str, key: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        reason = reason_of(error)
        if reason is None:
            raise
        if reason == UNREACHABLE:
            raise CompanyUnreachable(str(error.orig)) from error
        raise CompanyRefused(table, key, None, reason) from error


def reason_of(error: DBAPIError) -> str | None:
    """A word of REASONS, or None when the error is of another kind (a fault of ours, a broken rule)."""
    driver = error.orig
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None)
    if code is None and driver is not None and driver.args:
        code = driver.args[0]  # pyodbc: the SQLSTATE comes first
    for start, reason in REASONS:
        if str(code).startswith(start):
            return reason
    for part, reason in MESSAGES:
        if part in str(driver):
            return reason
    if error.connection_invalidated or _failed_to_connect(error):
        return UNREACHABLE
    return None


def _failed_to_connect(error: DBAPIError) -> bool:
    """psycopg gives no SQLSTATE when nobody listens; then there is no statement either."""
    return error.statement is None and type(error).__name__ in ("OperationalError", "InterfaceError")
