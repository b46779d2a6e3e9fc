"""The fewest Procore calls that can do a run, from what both sides hold before and after it.

Written from the formulae for minimum calls (projects and company vendors), not from the program:
page sizes and batch size are what Procore documents. The judge is the sandbox's own call log.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

Row = Mapping[str, Any]

PROJECTS_A_PAGE = 300
VENDORS_A_PAGE = 2_000
RECORDS_A_SYNC = 1_000

START_PATHS = ("/rest/v1.0/me", "/rest/v1.0/companies", "/project_templates", "/project_stages")
WASTED_STATUSES = (403, 404, 429)


def up(count: int, size: int) -> int:
    """⌈count / size⌉"""
    return -(-count // size)


@dataclass(frozen=True)
class World:
    """What Procore holds of the two elements, from the sandbox's state."""

    projects: Sequence[Row]
    vendors: Sequence[Row]


def full_reads(before: World) -> int:
    """⌈M/300⌉ for projects; active and inactive vendors are two lists, each read at least once."""
    active = sum(row["is_active"] is not False for row in before.vendors)
    inactive = len(before.vendors) - active
    projects = max(1, up(len(before.projects), PROJECTS_A_PAGE))
    return projects + max(1, up(active, VENDORS_A_PAGE)) + max(1, up(inactive, VENDORS_A_PAGE))


def filtered_reads() -> int:
    """One per polled list: projects, vendors."""
    return 2


def writes(before: World, after: World) -> int:
    """⌈N/1000⌉ per element, N: records that are new or no longer as they were."""
    return sum(
        up(len(changed(old, new)), RECORDS_A_SYNC)
        for old, new in ((before.projects, after.projects), (before.vendors, after.vendors))
    )


def changed(before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
    """Records of `after` that are new or differ in anything but the time of their last change."""
    held = {row["id"]: _content(row) for row in before}
    return [row for row in after if held.get(row["id"]) != _content(row)]


def _content(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "updated_at"}


# --- the judge ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """One run as the sandbox saw it."""

    reads: int
    writes: int
    token_calls: int
    start_calls: int
    wasted: int
    violations: int

    @property
    def calls(self) -> int:
        """Those that Procore's limits count, without the ones of a start."""
        return self.reads + self.writes


def judge(calls: Sequence[Row], before: World) -> Judged:
    """Sorts the log of one run. before: what the lists held when it began."""
    api = [call for call in calls if call["api"] == "procore"]
    starting = [call for call in api if call["method"] == "GET" and call["path"].endswith(START_PATHS)]
    working = [call for call in api if call not in starting]
    return Judged(
        reads=sum(call["method"] == "GET" for call in working),
        writes=sum(call["method"] != "GET" for call in working),
        token_calls=sum(call["api"] == "login" for call in calls),
        start_calls=len(starting),
        wasted=len(wasted(api, before)),
        violations=sum(call["violation"] is not None for call in calls),
    )


def wasted(calls: Sequence[Row], before: World) -> list[Row]:
    """Refused calls, the same question asked twice, and pages behind the last one."""
    times = Counter((call["path"], call["query"]) for call in calls if call["method"] == "GET")
    found = []
    seen: set[tuple[str, str]] = set()
    for call in calls:
        question = (call["path"], call["query"])
        is_repeated = call["method"] == "GET" and times[question] > 1 and question in seen
        seen.add(question)
        if call["status"] in WASTED_STATUSES or is_repeated or _is_behind_the_last(call, before):
            found.append(call)
    return found


def _is_behind_the_last(call: Row, before: World) -> bool:
    """A second or later page of a list that earlier pages already held whole (filtered lists count as whole ones)."""
    asked = parse_qs(call["query"])
    page = int(asked.get("page", ["1"])[0])
    if call["method"] != "GET" or page == 1:
        return False
    rows, size = (before.projects, 300) if call["path"].endswith("/projects") else (before.vendors, 2_000)
    per_page = min(size, int(asked.get("per_page", [str(size)])[0]))
    return page > up(len(rows), per_page)
