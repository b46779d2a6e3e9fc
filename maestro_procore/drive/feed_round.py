"""Sorts one round of a drive's change feed: what lies below the wanted folders, and what left them. Pure.

Everything goes by id: the feed says no paths, lists an item more than once (the last word counts), brings folders that
did not change, and is silent about what lies in a folder that was moved (reference graph-drive.md §1.4).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from maestro_procore.drive.items import DriveItem, child_count, gone_of, is_placed, is_root, item_of, lacks_marks
from maestro_procore.file_ports import Changes, Scope
from maestro_procore.model.file_items import FileItem, Gone


class FeedRound:
    """One round while it is read. is_whole: the feed tells everything, not only what changed.

    root_id: of the drive, '' before a feed showed it.
    """

    def __init__(self, scope: Scope, client_id: str, root_id: str, *, is_whole: bool) -> None:
        self._scope, self._client_id, self._is_whole = scope, client_id, is_whole
        self.root_id = root_id
        self._nowhere: set[str] = set()
        self._items: dict[str, FileItem] = {}
        self._counts: dict[str, int | None] = {}
        self._gone: dict[str, Gone] = {}
        self._unmarked: set[str] = set()
        self._dropped_from: set[str] = set()
        self._opened: set[str] = set()

    def add(self, rows: Iterable[DriveItem]) -> None:
        """One page of the feed. Errors: ValueError for an entry that is no item."""
        told: list[str] = []
        for row in rows:
            gone = gone_of(row)
            if gone is not None:
                self._forget(str(row.get("id")), gone)
            elif is_placed(row) or is_root(row) or self._parent_before(row):
                told.append(self._keep(row))
            # Else the root of something that somebody else shares: it lies in no folder of this drive.
        self._drop_strangers(told)

    def unknown_parents(self) -> set[str]:
        """Folders that neither the feed nor the caller knows, and on which it depends where an item lies.

        Without them an item would count as moved out, which deletes it on the other side: they are looked up.
        """
        inside = self._resolver()
        for item_id in self._items:
            inside(item_id)
        return inside.open_ends - self._nowhere

    def add_parent(self, item_id: str, row: DriveItem | None) -> None:
        """A folder that was looked up; None: nobody knows it, and what lies below hangs in the air."""
        if row is None or row.get("id") != item_id or not (is_placed(row) or is_root(row)):
            self._nowhere.add(item_id)
        else:
            self._keep(row)

    def folders_to_open(self) -> list[str]:
        """Folders whose content the feed may have left out: moved in from outside, or noticed too late."""
        inside = self._resolver()
        in_round = Counter(item.parent_id for item in self._items.values())
        return [
            item.id
            for item in self._items.values()
            if item.is_folder and inside(item.id) and self._is_doubtful(item.id, in_round)
        ]

    def add_children(self, folder: str, rows: Iterable[DriveItem]) -> list[str]:
        """The content of a folder that was opened; which folders in it have to be opened as well."""
        self._opened.add(folder)
        deeper: list[str] = []
        for row in rows:
            item_id = self._keep(row)
            if self._items[item_id].is_folder and child_count(row) != 0 and item_id not in self._opened:
                deeper.append(item_id)
        return deeper

    def folders_without_marks(self) -> set[str]:
        """Folders with a file of which the feed says nothing that would tell its content from an earlier one."""
        inside = self._resolver()
        return {self._items[item_id].parent_id for item_id in self._unmarked if inside(item_id)}

    def add_marks(self, rows: Iterable[DriveItem]) -> None:
        for row in rows:
            if row.get("id") in self._items:
                self._keep(row)

    def changes(self, cursor: str, server_time: datetime | None, calls: int) -> Changes:
        """The round in the end. Errors: ValueError for one that cannot be believed."""
        inside = self._resolver()
        roots = {root: self._items[root] for root in self._scope.roots if root in self._items}
        kept = [item for item in self._items.values() if item.id not in roots and inside(item.id)]
        gone = dict(self._gone)
        for item in self._items.values():
            if inside(item.id) or self._scope.parent_of(item.id) is None:
                continue
            if not inside.is_open(item.id):
                gone[item.id] = Gone.MOVED_OUT
            elif self._is_whole:
                # Left out of a whole listing it would count as deleted; where it lies nobody can say now.
                raise ValueError("a known item lies in no folder")
        return Changes(kept, roots, gone, self._is_whole, cursor, server_time, calls)

    # --- one entry --------------------------------------------------------------------------------

    def _parent_before(self, row: DriveItem) -> str:
        """Where an item lies of which the feed does not say it: the roots, too, count as placed."""
        item_id = str(row.get("id"))
        found = self._items.get(item_id)
        known = found.parent_id if found is not None else self._scope.parent_of(item_id)
        return known or ("/" if item_id in self._scope.roots else "")

    def _keep(self, row: DriveItem) -> str:
        item = item_of(row, self._client_id)
        if not item.parent_id:
            item = item._replace(parent_id=self._parent_before(row))
        self._items[item.id] = item
        self._gone.pop(item.id, None)
        if is_root(row):
            self.root_id = item.id
        if item.is_folder:
            self._counts[item.id] = child_count(row)
        elif not item.content_hash and lacks_marks(row):
            self._unmarked.add(item.id)
        else:
            self._unmarked.discard(item.id)
        return item.id

    def _forget(self, item_id: str, gone: Gone) -> None:
        self._items.pop(item_id, None)
        self._unmarked.discard(item_id)
        if item_id in self._scope.roots or self._scope.parent_of(item_id) is not None:
            self._gone[item_id] = gone

    def _drop_strangers(self, told: Iterable[str]) -> None:
        """Forgets the files of other folders at once: a library may hold a hundred times what is synchronized.

        Only where the folders above are known by now. Should such a folder turn out to be inside later on in the round,
        it is opened.
        """
        inside = self._resolver()
        for item_id in told:
            item = self._items.get(item_id)
            if item is None or item.is_folder or inside(item_id) or inside.is_open(item_id):
                continue
            del self._items[item_id]
            self._unmarked.discard(item_id)
            self._dropped_from.add(item.parent_id)
            if self._scope.parent_of(item_id) is not None:
                self._gone[item_id] = Gone.MOVED_OUT

    # --- where things lie -------------------------------------------------------------------------

    def _is_doubtful(self, folder: str, in_round: Counter[str]) -> bool:
        if folder in self._opened:
            return False
        if folder in self._dropped_from:
            return True
        if self._is_whole or folder in self._scope.roots or self._scope.parent_of(folder) is not None:
            return False
        # A folder that is new in the drive brings its content along; one that was moved in does not.
        return self._counts.get(folder) != in_round[folder]

    def _resolver(self) -> "_Inside":
        return _Inside(self._items, self._scope, self._gone, self.root_id)


class _Inside:
    """Whether an item lies below a wanted root, asked for many items of the same moment."""

    def __init__(self, found: dict[str, FileItem], scope: Scope, gone: dict[str, Gone], root_id: str) -> None:
        self._found, self._scope, self._gone = found, scope, gone
        self._known: dict[str, bool] = {root_id: False} | dict.fromkeys(scope.roots, True)
        self._on_open_ways: set[str] = set()
        self.open_ends: set[str] = set()
        """Parents that nobody knows, of the items asked for so far."""

    def __call__(self, item_id: str) -> bool:
        way: list[str] = []
        current: str | None = item_id
        while current and current not in self._known:
            way.append(current)
            # A circle of parents, or a folder that is gone: nothing below it can be inside.
            if len(way) > 1_000 or current in self._gone:
                break
            found = self._found.get(current)
            above = found.parent_id if found is not None else self._scope.parent_of(current)
            if found is None and above is None:
                self.open_ends.add(current)
            current = above
        if way and (current in self._on_open_ways or way[-1] in self.open_ends):
            self._on_open_ways.update(way)
        is_inside = self._known.get(current or "", False)
        self._known.update(dict.fromkeys(way, is_inside))
        return is_inside

    def is_open(self, item_id: str) -> bool:
        """Whether an item that was asked for counts as outside only because a folder above it is not known."""
        return item_id in self._on_open_ways
