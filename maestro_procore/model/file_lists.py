"""How often a run reads Procore's lists of files, asks for addresses of contents, and in how many calls. Pure.

The engine decides by it what it reads whole, the forecast counts by it: so both tell the same.
"""

from datetime import timedelta
from math import ceil
from typing import Final, NamedTuple

PAGE: Final = 2_000
"""Rows in one answer of Procore's lists of documents, albums and images (procore-api.md §7)."""
DOCUMENTS: Final = "documents"
PHOTOS: Final = "photos"
GOOD_FOR: Final = timedelta(minutes=30)
"""Addresses of contents expire (§7.1 does not say when): an older one is asked for anew."""


class Listed(NamedTuple):
    """One tool, and what a run has before it there.

    folders, files: that Procore last told of. downloads: contents that the plan wants of Procore. sources: folders that
    hold them. arriving: folders and files that it makes or changes there. calling: actions that make calls. is_due: the
    time for a whole reading has come. is_begun: a run carries the plan out and has read already.
    """

    tool: str
    folders: int = 0
    files: int = 0
    downloads: int = 0
    sources: int = 0
    arriving: int = 0
    calling: int = 0
    is_due: bool = False
    is_begun: bool = False

    @property
    def reads_whole(self) -> bool:
        """A list tells the addresses of contents: it takes no more calls than asking for them one by one (§7.1)."""
        return self.tool in (DOCUMENTS, PHOTOS) and self.downloads >= _pages(self._rows)

    @property
    def calls(self) -> int | None:
        """Of all readings of the run: before its plan, and after it, as people go on working. None: not known."""
        if self.tool not in (DOCUMENTS, PHOTOS):
            return None
        albums = _pages(self.folders) if self.tool == PHOTOS else 0  # whole each time: they cannot be filtered
        before = _pages(self._rows) if self.is_due or self.reads_whole else 1
        after = albums + _pages(self.arriving) if self.calling else 0
        return after + (0 if self.is_begun else albums + before)

    @property
    def tells_addresses(self) -> bool:
        """Whether the list that comes before the plan has the addresses of all contents that it wants."""
        return self.is_begun or self.is_due or self.reads_whole

    def looks(self, late: float) -> int:
        """Calls for addresses that have expired. late: the share of the contents that is wanted so much later.

        Documents tells those of a whole folder in one call; 0 for tools whose lists nobody can foretell either.
        """
        asked = {DOCUMENTS: self.sources, PHOTOS: self.downloads}.get(self.tool, 0)
        return ceil(round(late * asked, 6))

    @property
    def _rows(self) -> int:
        return self.files + (self.folders if self.tool == DOCUMENTS else 0)


def _pages(rows: int) -> int:
    return max(1, ceil(rows / PAGE))
