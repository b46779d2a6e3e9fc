"""A complete listing, reduced to its news while it is read: 50,000 files pass through and only a few stay. Pure.

What is as agreed leaves no trace but for a number in a set of what has not been seen yet; what is left in that set at
the end has changed or is deleted. So a full sweep needs a few megabytes however large the project is.
"""

from collections.abc import Iterable

from maestro_procore.model.file_items import Agreed, FileItem, FileSide, Gone, Tree


class Sift:
    """One side of a sweep. Build it from the agreed pairs, hand it every item, then ask for the tree.

    agreed: may be read twice (AgreedPairs can); nothing of it is kept.
    """

    def __init__(self, side: FileSide, root_id: str, agreed: Iterable[Agreed]) -> None:
        self._side = side
        self._root_id = root_id
        self._agreed = agreed
        self._unseen = {_mark(side, pair) for pair in agreed}
        self._news: dict[str, FileItem] = {}

    def add(self, items: Iterable[FileItem]) -> None:
        """Takes a page of the listing; an item that comes twice counts as it came last."""
        unseen, news = self._unseen, self._news
        for item in items:
            mark = hash((item.id, item.parent_id, item.name, item.version))
            if mark in unseen and item.waiting is None:
                unseen.discard(mark)
                news.pop(item.id, None)
            else:
                news[item.id] = item

    def tree(self) -> Tree:
        """After the last page of a listing without an error, and only then: what was not seen is deleted."""
        deleted: dict[str, Gone] = {}
        if self._unseen:
            missing = (pair.id_of(self._side) for pair in self._agreed if _mark(self._side, pair) in self._unseen)
            deleted = dict.fromkeys((item_id for item_id in missing if item_id not in self._news), Gone.LISTING)
        self._unseen = set()
        return Tree(self._side, self._root_id, self._news, False, deleted)


def _mark(side: FileSide, pair: Agreed) -> int:
    """A number of 64 bits that stands for an item as agreed."""
    if side is FileSide.PROCORE:
        return hash((pair.procore_id, pair.procore_parent, pair.procore_name, pair.procore_version))
    return hash((pair.drive_id, pair.drive_parent, pair.drive_name, pair.drive_version))
