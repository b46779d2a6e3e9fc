"""The lists of Procore that we read and write, one row each: path, page size, parameters. Pure.

Source: reference procore-api.md §§3, 5.1, 6.1, 6.2. A further list is a further row.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

MOST_UPDATES: Final = 1_000  # of one sync call (procore-api.md §5)


class CompanyGoes(StrEnum):
    """Where a list wants the company's number, besides the header that every call carries."""

    IN_PATH = "path"
    IN_QUERY = "query"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Resource:
    """One list. page_size 0: it is not paged."""

    name: str
    path: str
    tool: str
    """Procore's own name of the tool, for messages about rights."""
    page_size: int
    company: CompanyGoes = CompanyGoes.IN_QUERY
    query: tuple[tuple[str, str], ...] = ()
    can_filter_changes: bool = False
    """Whether filters[updated_at] exists; without it a differential read is a full one."""
    sync_path: str | None = None


RESOURCES: Final[dict[str, Resource]] = {
    row.name: row
    for row in (
        # v1.1 filters by project_number and answers with origin_id; its pages end at 300 (limits-and-faults.md §1.1).
        # Without by_status=All, closed projects are missing, and a missing record would look like a deleted one.
        Resource(
            "projects",
            "/rest/v1.1/projects",
            "Portfolio",
            300,
            query=(("filters[by_status]", "All"), ("view", "extended")),
            can_filter_changes=True,
            sync_path="/rest/v1.0/projects/sync",
        ),
        Resource(
            "vendors",
            "/rest/v1.0/vendors",
            "Directory",
            2_000,
            query=(("view", "extended"),),
            can_filter_changes=True,
            sync_path="/rest/v1.0/vendors/sync",
        ),
        Resource(
            "vendors-inactive",
            "/rest/v1.0/companies/{company_id}/vendors/inactive",
            "Directory",
            2_000,
            CompanyGoes.IN_PATH,
            query=(("view", "extended"),),
        ),
        Resource("project_templates", "/rest/v1.0/project_templates", "Portfolio", 2_000),
        Resource(
            "project_stages", "/rest/v1.0/companies/{company_id}/project_stages", "Admin", 2_000, CompanyGoes.IN_PATH
        ),
        Resource("companies", "/rest/v1.0/companies", "Portfolio", 2_000, CompanyGoes.NOWHERE),
    )
}


def resource(name: str) -> Resource:
    """Errors: ValueError for a list that stands in no row: a mistake of the program."""
    try:
        return RESOURCES[name]
    except KeyError:
        raise ValueError(f"no Procore list named {name!r}") from None


@dataclass(frozen=True)
class ListRequest:
    """Path and query of one page."""

    path: str
    query: tuple[tuple[str, str], ...]


def list_request(
    row: Resource, company_id: int | None, page: int, changed_since: datetime | None, now: datetime
) -> ListRequest:
    """One page of a list. Errors: ValueError without a company where the list wants one."""
    query: list[tuple[str, str]] = []
    path = row.path
    if row.company is not CompanyGoes.NOWHERE and company_id is None:
        raise ValueError(f"{row.name} belongs to a company")
    if row.company is CompanyGoes.IN_QUERY:
        query.append(("company_id", str(company_id)))
    elif row.company is CompanyGoes.IN_PATH:
        path = path.format(company_id=company_id)
    if row.page_size:
        query += [("page", str(page)), ("per_page", str(row.page_size))]
    query += row.query
    if changed_since is not None and row.can_filter_changes:
        query.append(("filters[updated_at]", changes(changed_since, now)))
    return ListRequest(path, tuple(query))


def changes(since: datetime, now: datetime) -> str:
    """The range of filters[updated_at]: two instants in UTC joined by three dots, unquoted (procore-api.md §3.2).

    Both ends are required. The second lies a day ahead, so that no clock that is wrong by hours hides a change.
    """
    until = max(since, now) + timedelta(days=1)
    return f"{_instant(since)}...{_instant(until)}"


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
