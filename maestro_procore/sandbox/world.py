"""The state of one sandbox: collections of plain rows, kept or undone whole per request.

What the rows mean is resources.py; where they are kept is row_store.py.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from maestro_procore.sandbox.row_store import Change, RowStore

Row = dict[str, Any]
Index = dict[tuple[Any, ...], dict[int, Row]]  # values of some keys → the rows that have them, by id

# Ids of records made here. Newer regions of Procore give ids beyond 32 bits (tutorial_mpz.md);
# so does the sandbox, or a client that stores them in 32 bits would pass.
FIRST_NEW_ID = 562_949_953_443_325

COMPANY = "_company_id"  # own key of a row: the company it belongs to; no documented view shows it


class Collection:
    """Rows of one type by id, in the order they were made. Rows are replaced, never changed in place."""

    def __init__(self, name: str, note: Callable[[str, int, Row | None], None]) -> None:
        self.name = name
        self._rows: dict[int, Row] = {}
        self._by_origin: dict[tuple[Any, str], int] = {}
        self._rendered: dict[str, dict[int, bytes]] = {}
        self._indexes: dict[tuple[str, ...], Index] = {}
        self._note = note

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def get(self, row_id: Any) -> Row | None:
        return self._rows.get(row_id) if isinstance(row_id, int) else None

    def by_origin(self, company_id: Any, origin_id: str) -> Row | None:
        """The record of that company that carries this origin_id."""
        found = self._by_origin.get((company_id, origin_id))
        return None if found is None else self._rows[found]

    def where(self, **values: Any) -> list[Row]:
        """Rows whose keys have these values, in the order they were made. Each set of keys asked for is indexed."""
        keys = tuple(values)
        index = self._indexes.get(keys)
        if index is None:
            index = self._indexes[keys] = {}
            for row in self._rows.values():
                _enter(index, keys, row)
        return list(index.get(tuple(values.values()), {}).values())

    def put(self, row: Row) -> None:
        self._note(self.name, row["id"], self._rows.get(row["id"]))
        self.place(row)

    def remove(self, row_id: int) -> None:
        self._note(self.name, row_id, self._rows.get(row_id))
        self.take_out(row_id)

    def place(self, row: Row) -> None:
        """Set the row and its indexes, without noting a change."""
        before = self._rows.get(row["id"])
        self._forget_origin(before)
        self._rows[row["id"]] = row
        for keys, index in self._indexes.items():
            _move(index, keys, before, row)
        # What is marked as deleted gives its origin_id free.
        if row.get("origin_id") and not row.get("deleted_at"):
            self._by_origin[(row.get(COMPANY), row["origin_id"])] = row["id"]
        self._forget_rendered(row["id"])

    def take_out(self, row_id: int) -> None:
        before = self._rows.pop(row_id, None)
        self._forget_origin(before)
        for keys, index in self._indexes.items():
            _move(index, keys, before, None)
        self._forget_rendered(row_id)

    def _forget_origin(self, row: Row | None) -> None:
        if row is None or not row.get("origin_id"):
            return
        key = (row.get(COMPANY), row["origin_id"])
        # Within one request records may have exchanged their origin_ids: another may own it by now.
        if self._by_origin.get(key) == row["id"]:
            del self._by_origin[key]

    def rendered(self, row: Row, shape: str, render: Callable[[Row], bytes]) -> bytes:
        """The row as JSON in one shape, kept until the row changes."""
        kept = self._rendered.setdefault(shape, {})
        text = kept.get(row["id"])
        if text is None:
            text = kept[row["id"]] = render(row)
        return text

    def _forget_rendered(self, row_id: int) -> None:
        for kept in self._rendered.values():
            kept.pop(row_id, None)


def _enter(index: Index, keys: tuple[str, ...], row: Row) -> None:
    index.setdefault(tuple([row.get(key) for key in keys]), {})[row["id"]] = row


def _move(index: Index, keys: tuple[str, ...], before: Row | None, after: Row | None) -> None:
    """Replace a row in its group, so that it keeps its place there, or take it to another."""
    if before is not None:
        old = tuple([before.get(key) for key in keys])
        if after is None or old != tuple([after.get(key) for key in keys]):
            group = index[old]
            del group[before["id"]]
            if not group:
                del index[old]
    if after is not None:
        _enter(index, keys, after)


class World:
    """All collections. After each request: commit() keeps what it changed, undo() takes it back."""

    def __init__(self, store: RowStore) -> None:
        self._store = store
        self._collections: dict[str, Collection] = {}
        self._before: dict[tuple[str, int], Row | None] = {}
        self._next_id = FIRST_NEW_ID
        kept_next = store.note("next_id")
        if kept_next is not None:
            self._next_id = int(kept_next)
        for name, row in store.rows():
            self.collection(name).place(row)

    def collection(self, name: str) -> Collection:
        if name not in self._collections:
            self._collections[name] = Collection(name, self._note)
        return self._collections[name]

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def new_ids_above(self, row_id: int) -> None:
        """Let ids of new records follow those of the start data, as they would in one database."""
        self._next_id = max(self._next_id, row_id)

    def commit(self, notes: Mapping[str, str] | None = None) -> None:
        """Keep everything changed since the last commit, and the notes, as one transaction."""
        if not self._before and not notes:
            return
        changes: list[Change] = [(name, row_id, self.collection(name).get(row_id)) for name, row_id in self._before]
        self._store.commit(changes, {**(notes or {}), "next_id": str(self._next_id)})
        self._before.clear()

    def changed(self) -> list[tuple[str, Row | None, Row | None]]:
        """Collection, row as it was, row as it is, of everything changed since the last commit."""
        return [(name, before, self.collection(name).get(row_id)) for (name, row_id), before in self._before.items()]

    def undo(self) -> None:
        """Put every row back as it was at the last commit."""
        for (name, row_id), row in reversed(self._before.items()):
            collection = self.collection(name)
            if row is None:
                collection.take_out(row_id)
            else:
                collection.place(row)
        self._before.clear()

    def _note(self, name: str, row_id: int, before: Row | None) -> None:
        self._before.setdefault((name, row_id), before)
