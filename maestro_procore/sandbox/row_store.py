"""Where a sandbox's rows are kept: nowhere, or in one SQLite file that survives every kill."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson

Change = tuple[str, int, dict[str, Any] | None]  # collection, id, the row or None when it is gone
FILE_NAME = "sandbox.sqlite"
BODIES = "sandbox_files"  # folder of the contents of files, beside it


def forget_world(folder: Path) -> None:
    """Remove the kept world of a profile, so that the next start makes a fresh one. No sandbox may be using it."""
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{FILE_NAME}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(folder / BODIES, ignore_errors=True)


class RowStore(Protocol):
    """Rows and short notes (text by name)."""

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]: ...

    def note(self, name: str) -> str | None: ...

    def commit(self, changes: Sequence[Change], notes: Mapping[str, str]) -> None: ...

    def close(self) -> None: ...


class NoStore:
    """Keeps nothing: a fresh world each start."""

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        return iter(())

    def note(self, name: str) -> str | None:
        return None

    def commit(self, changes: Sequence[Change], notes: Mapping[str, str]) -> None:
        return None

    def close(self) -> None:
        return None


class SqliteStore:
    """`sandbox.sqlite` in a folder. Each commit is on the disk before it returns."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / FILE_NAME, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS record (collection TEXT, id INTEGER, body BLOB NOT NULL,"
            " PRIMARY KEY (collection, id)) WITHOUT ROWID"
        )
        self._database.execute("CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, body in self._database.execute("SELECT collection, body FROM record ORDER BY collection, id"):
            yield name, orjson.loads(body)

    def note(self, name: str) -> str | None:
        found = self._database.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def commit(self, changes: Sequence[Change], notes: Mapping[str, str]) -> None:
        kept = [(name, row_id, orjson.dumps(row)) for name, row_id, row in changes if row is not None]
        gone = [(name, row_id) for name, row_id, row in changes if row is None]
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", kept)
            self._database.executemany("DELETE FROM record WHERE collection = ? AND id = ?", gone)
            self._database.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", notes.items())
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()
