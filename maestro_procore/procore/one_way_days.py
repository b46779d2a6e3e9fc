"""The Daily Log: a folder per day that has anything, with a PDF that we make and what is attached (§7.4).

There is neither one list of all logs nor a PDF route: headers and counts are read first, then each type that has rows.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from maestro_procore.model.file_items import FileItem
from maestro_procore.ports import Clock, Row
from maestro_procore.procore.file_calls import ProcoreFiles
from maestro_procore.procore.one_way import Days
from maestro_procore.procore.one_way_reading import (
    LONGEST_OF_DAY,
    Entry,
    Listing,
    OneWaySource,
    Render,
    attachment_entries,
    fingerprint,
)
from maestro_procore.procore.resources import Parameters

FIRST_DAY: Final = date(2000, 1, 1)
"""Without a date Procore lists today only; nothing is older than this."""
AHEAD: Final = timedelta(days=366)
RECENT: Final = timedelta(days=14)
"""Days back that a quick look reads; what people write into older ones comes with the whole reading."""
CLOSING: Final = ("completed", "completed_by", "completed_at", "distributed", "distributed_by", "distributed_at")


class DaySource(OneWaySource):
    """2 calls, and 1 for each type of log that has rows, however many days there are."""

    def __init__(self, tool: Days, calls: ProcoreFiles, project_id: int, clock: Clock) -> None:
        super().__init__(tool.name, calls, project_id)
        self._tool, self._clock = tool, clock

    async def listing(self, known: Mapping[str, FileItem], *, is_whole: bool) -> Listing:
        """Every day; of a quick look the days of the last two weeks and those ahead."""
        today = self._clock.now().date()
        first = FIRST_DAY if is_whole else today - RECENT
        entries = await self._days(first, today + AHEAD)
        return Listing(entries, is_outside=_before(self._folder_id(first.isoformat())))

    async def look(self) -> None:
        """The counts of today."""
        await self._calls.list_page(self._tool.counts, 1, self._place)

    async def contents(self, item: FileItem) -> Sequence[Entry]:
        """The day's whole month: who asks for one day after a restart asks for its neighbours next."""
        day = date.fromisoformat(item.id.partition("/")[0].removeprefix(f"{self.name}-"))
        first = day.replace(day=1)
        return await self._days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))

    async def _days(self, first: date, last: date) -> list[Entry]:
        between: Parameters = (("start_date", first.isoformat()), ("end_date", last.isoformat()))
        headers = {str(row["log_date"])[:10]: row for row in await self.rows(self._tool.headers, between)}
        has_rows = {row["module_name"] for row in await self.rows(self._tool.counts, between) if row.get("count")}
        days: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for kind in self._tool.kinds:
            if kind.name not in has_rows:
                continue
            for row in await self.rows(kind, between):
                if not row.get("deleted_at"):
                    days[str(row["date"])[:10]][kind.name].append(row)
        closed = {day for day, header in headers.items() if header.get("completed") or header.get("distributed")}
        return [
            entry
            for day in sorted({*days, *closed})
            for entry in self._day(day, headers.get(day, {}), days.get(day, {}))
        ]

    def _folder_id(self, day: str) -> str:
        return f"{self.name}-{day}"

    def _day(self, day: str, header: Row, logs: Mapping[str, Sequence[Row]]) -> list[Entry]:
        folder_id = self._folder_id(day)
        closing = {name: header[name] for name in CLOSING if header.get(name)}
        ordered = {
            name: sorted(rows, key=lambda row: (row.get("position") or 0, row["id"])) for name, rows in logs.items()
        }
        parts = (("", (closing,)), *((name, tuple(rows)) for name, rows in ordered.items()))
        version = fingerprint(closing, ordered)
        pdf = FileItem(f"{folder_id}/pdf", folder_id, f"{day}.pdf", False, version=version)
        folder = FileItem(folder_id, self.root_id, day, True)
        files = attachment_entries(folder_id, [row for rows in ordered.values() for row in rows], LONGEST_OF_DAY)
        return [Entry(folder), Entry(pdf, Render("", date.fromisoformat(day), parts)), *files]


def _before(folder_id: str) -> Callable[[str], bool]:
    return lambda item_id: item_id < folder_id
