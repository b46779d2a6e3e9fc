"""The tools of Procore that are only copied to the drive, one row each: what to read, and what becomes a file.

A further tool is a further row here, its word in engine/file_commands.py and its folder in engine/file_binding.py.
Reading by these rows is one_way_records.py and one_way_days.py. Source: reference procore-api.md §§7.4, 7.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from maestro_procore.procore.resources import Resource, Wrapping

V10: Final = "/rest/v1.0/projects/{project_id}"
V11: Final = "/rest/v1.1/projects/{project_id}"
PROJECT: Final = ("project_id", "{project_id}")


@dataclass(frozen=True)
class Records:
    """A folder per record: the record as a PDF, and what is attached to it.

    word: before its number in the name of the folder. number, title: the first of these fields that says something.
    pdf: route of Procore's own PDF, "" where there is none and ours is made. pdf_says_where: the route answers with an
    address instead of a redirect. is_listed_whole: the list has the attachments already. group: field under which the
    list wraps its records in groups.
    """

    name: str
    list: Resource
    word: str = ""
    number: tuple[str, ...] = ("full_number", "formatted_number", "number", "position")
    title: tuple[str, ...] = ("subject", "title", "name")
    pdf: str = ""
    pdf_says_where: bool = False
    is_listed_whole: bool = False
    group: str = ""


@dataclass(frozen=True)
class Sheets:
    """A file per sheet, in a folder per group: its newest revision, the older ones are the file's versions.

    thing: number of what stays when a revision follows. shelf: field with the group, {id, name}; groups: list of the
    groups instead, whose number is asked for by `by`, and whose folders are named by `number` and `title` as sheets.
    """

    name: str
    list: Resource
    thing: str
    url: str
    size: str = ""
    number: str = "number"
    title: str = "title"
    shelf: str = ""
    groups: Resource | None = None
    by: str = ""


@dataclass(frozen=True)
class Days:
    """A folder per day: the day's log as a PDF that we make, and what is attached to it.

    kinds: module that the counts name → its list.
    """

    name: str
    headers: Resource
    counts: Resource
    kinds: tuple[Resource, ...]


OneWayTool = Records | Sheets | Days


def _log(word: str, path: str = "", page_size: int = 2_000) -> Resource:
    return Resource(f"{word}_logs", path or f"{V10}/{word}_logs", "Daily Log", page_size)


DAILY_LOG: Final = Days(
    "daily_log",
    Resource("daily-log-headers", f"{V10}/daily_log_headers/index", "Daily Log"),
    Resource("daily-log-counts", f"{V11}/daily_logs/counts", "Daily Log"),
    (
        _log("weather", f"{V11}/daily_logs/weather_logs"),
        *(_log(word) for word in "manpower notes work delivery equipment visitor call inspection delay".split()),
        *(_log(word) for word in "quantity productivity daily_construction_report".split()),
        _log("plan_revision", page_size=0),
        *(_log(word) for word in "dumpster waste safety_violation accident".split()),
    ),
)

RFIS: Final = Records(
    "rfis", Resource("rfis", f"{V10}/rfis", "RFIs", one=f"{V10}/rfis/{{id}}"), "RFI", pdf=f"{V10}/rfis/{{id}}.pdf"
)
SUBMITTALS: Final = Records(
    "submittals",
    Resource("submittals", f"{V11}/submittals", "Submittals", one=f"{V11}/submittals/{{id}}"),
    pdf=f"{V11}/submittals/{{id}}.pdf",
)
DRAWINGS: Final = Sheets(
    "drawings",
    Resource("drawings", f"{V10}/drawing_revisions", "Drawings", one=f"{V10}/drawing_revisions/{{id}}"),
    thing="drawing_id",
    url="pdf_url",
    size="pdf_size",
    shelf="discipline",
)
SPECIFICATIONS: Final = Sheets(
    "specifications",
    Resource(
        "specifications",
        "/rest/v1.0/specification_section_revisions",
        "Specifications",
        query=(PROJECT, ("specification_section_division_id", "{division_id}")),
        one="/rest/v1.0/specification_section_revisions/{id}",
        one_query=(PROJECT,),
    ),
    thing="specification_section_id",
    url="url",
    title="description",
    groups=Resource(
        "specification-divisions", "/rest/v1.0/specification_section_divisions", "Specifications", query=(PROJECT,)
    ),
    by="division_id",
)
MEETINGS: Final = Records(
    "meetings",
    Resource("meetings", f"{V11}/meetings", "Meetings", wrapping=Wrapping.ROWS, one=f"{V11}/meetings/{{id}}"),
    group="meetings",
)
PUNCH_LIST: Final = Records(
    "punch_list",
    Resource(
        "punch-list",
        "/rest/v1.1/punch_items",
        "Punch List",
        query=(PROJECT,),
        one="/rest/v1.1/punch_items/{id}",
        one_query=(PROJECT,),
    ),
)
OBSERVATIONS: Final = Records(
    "observations",
    Resource(
        "observations",
        "/rest/v1.0/observations/items",
        "Observations",
        query=(PROJECT,),
        one="/rest/v1.0/observations/items/{id}",
        one_query=(PROJECT,),
    ),
    pdf="/rest/v1.0/observations/items/{id}/pdf",
    pdf_says_where=True,
)
INSPECTIONS: Final = Records(
    "inspections",
    Resource("inspections", f"{V10}/checklist/lists", "Inspections", one=f"{V10}/checklist/lists/{{id}}"),
    is_listed_whole=True,
)
INSTRUCTIONS: Final = Records(
    "instructions",
    Resource("instructions", f"{V10}/instructions", "Instructions", one=f"{V10}/instructions/{{id}}"),
    is_listed_whole=True,
)

ONE_WAY: Final[dict[str, OneWayTool]] = {
    row.name: row
    for row in (
        *(DAILY_LOG, RFIS, SUBMITTALS, DRAWINGS, SPECIFICATIONS),
        *(MEETINGS, PUNCH_LIST, OBSERVATIONS, INSPECTIONS, INSTRUCTIONS),
    )
}
"""Word of a tool, as in engine/file_commands.py → its row."""


def lists() -> Iterator[Resource]:
    """Every list that the rows read."""
    for row in ONE_WAY.values():
        if isinstance(row, Days):
            yield from (row.headers, row.counts, *row.kinds)
        else:
            yield row.list
