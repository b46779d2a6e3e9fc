"""From what both sides hold before and after a run to the counts that its fewest calls are computed from.

Looks at the sandbox's state and at maestro*'s tables, never at the program; statuses are those of maestro-interface.md
§3.9. What people changed between two runs is told by updated_at, what a run wrote by the contents themselves.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from tests import oracle
from tests.benchmarks.minimum_calls import COMMITMENTS_V2_A_PAGE, PAGE, PROJECTS_A_PAGE, Company, Project, Pulled, up
from tests.programs import Control

Row = Mapping[str, Any]
Rows = Sequence[Row]

ORDERS, SUBCONTRACTS, PACKAGES = "purchase_order_contracts", "work_order_contracts", "change_order_packages"
COSTS, COST_LINES = "direct_costs", "direct_cost_line_items"

# Collection → what a run of ours writes there. The rest follows from it, or from other people's work.
_WRITTEN: Final[Mapping[str, tuple[str, ...]]] = {
    "cost_codes": ("code", "name", "parent", "origin_id"),
    "wbs_codes": (),
    "budget_line_items": ("original_budget_amount",),
    "budget_changes": (),
    ORDERS: ("origin_id",),
    SUBCONTRACTS: ("origin_id",),
    PACKAGES: ("origin_id", "origin_code"),
    "prime_contracts": (),
    COSTS: (
        "origin_id", "description", "direct_cost_date", "direct_cost_type", "invoice_number", "payment_date",
        "received_date", "status", "terms", "vendor",
    ),
    COST_LINES: (
        "origin_id", "amount", "description", "quantity", "unit_cost", "uom", "tax_code_id", "wbs_code", "position",
    ),
}  # fmt: skip

# Collection → statuses in which a document comes to maestro*, so that its lines are needed.
_PULLED: Final[Mapping[str, frozenset[str]]] = {
    ORDERS: frozenset({"Approved", "Partially Received", "Received", "Closed"}),
    SUBCONTRACTS: frozenset({"Approved", "Complete"}),
    PACKAGES: frozenset({"approved"}),
}


@dataclass(frozen=True)
class Snapshot:
    """What Procore holds. by_project: collection → project id → records."""

    projects: Rows
    vendors: Rows
    by_project: Mapping[str, Mapping[int, Rows]]

    def rows(self, collection: str, project: int) -> Rows:
        return self.by_project[collection].get(project, ())

    def count(self, collection: str, project: int) -> int:
        return len(self.rows(collection, project))


COLLECTIONS: Final = ("projects", "vendors", *_WRITTEN)
"""Words of the sandbox's state that are counted."""


def snapshot(control: Control) -> Snapshot:
    """All that is counted, from the sandbox's state."""
    return of_states({collection: control.state(collection) for collection in COLLECTIONS})


def of_states(states: Mapping[str, Rows]) -> Snapshot:
    """The same from all collections as the sandbox shows them."""
    grouped: dict[str, dict[int, list[Row]]] = {}
    for collection in _WRITTEN:
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for row in states[collection]:
            found[row["project_id"]].append(row)
        grouped[collection] = found
    return Snapshot(states["projects"], states["vendors"], grouped)


def open_projects(after: Snapshot, maestro: Collection[str]) -> list[int]:
    """Procore ids of the projects that a run has to ask for. maestro: codes of those that are not closed there.

    After the projects' own run each of them carries our mark, `MST:tag:projects:code`.
    """
    return [
        row["id"]
        for row in after.projects
        if row["active"] and str(row["origin_id"] or "").rpartition(":")[2] in maestro
    ]


def first(before: Snapshot, after: Snapshot, projects: Sequence[int]) -> Company:
    """Counts of a run that has never read anything: every list is read whole, every document opened."""
    inactive = sum(row["is_active"] is False for row in before.vendors)
    each = [_project(before, after, project, None) for project in projects]
    return Company(
        projects_held=len(before.projects),
        vendors_held=len(before.vendors) - inactive,
        vendors_inactive=inactive,
        projects_written=len(oracle.changed(before.projects, after.projects)),
        vendors_written=len(oracle.changed(before.vendors, after.vendors)),
        projects=each,
    )


def later(ended: Snapshot, before: Snapshot, after: Snapshot, projects: Sequence[int]) -> Company:
    """Counts of a later run. ended: when the run before it was done; what moved since then was moved by people."""
    return Company(
        projects_held=len(before.projects),
        vendors_held=len(before.vendors),
        projects_written=len(oracle.changed(before.projects, after.projects)),
        vendors_written=len(oracle.changed(before.vendors, after.vendors)),
        projects=[_project(before, after, project, ended) for project in projects],
    )


def _project(before: Snapshot, after: Snapshot, project: int, ended: Snapshot | None) -> Project:
    def written(collection: str) -> int:
        return sum(1 for _ in _changed(collection, before, after, project))

    lines = written("budget_line_items")
    return Project(
        codes_held=before.count("cost_codes", project),
        codes_written=written("cost_codes"),
        items_held=after.count("cost_codes", project),  # one item for each code, read once the codes are there
        rows_held=before.count("budget_line_items", project),
        # Codes may be there without anybody having told us their ids; in a later run they are known.
        combinations=max(lines if ended is None else 0, written("wbs_codes")),
        budget_lines=lines,
        budget_changes=written("budget_changes"),
        orders=_pulled(ORDERS, before, after, project, ended),
        subcontracts=_pulled(SUBCONTRACTS, before, after, project, ended),
        packages=_pulled(PACKAGES, before, after, project, ended),
        prime_contracts=before.count("prime_contracts", project),
        costs=written(COSTS),
        cost_lines=written(COST_LINES),
    )


def _pulled(collection: str, before: Snapshot, after: Snapshot, project: int, ended: Snapshot | None) -> Pulled:
    held = before.rows(collection, project)
    known = {} if ended is None else {row["id"]: row["updated_at"] for row in ended.rows(collection, project)}
    opened = [row for row in held if row["status"] in _PULLED[collection] and known.get(row["id"]) != row["updated_at"]]
    marked = sum(1 for _ in _changed(collection, before, after, project))
    return Pulled(len(held), len(opened), marked)


def _changed(collection: str, before: Snapshot, after: Snapshot, project: int) -> Iterator[Row]:
    """Records that are new, or in which something stands that a run of ours writes."""
    names = _WRITTEN[collection]
    held = {row["id"]: row for row in before.rows(collection, project)}
    for row in after.rows(collection, project):
        old = held.get(row["id"])
        if old is None or any(old.get(name) != row.get(name) for name in names):
            yield row


# --- waste --------------------------------------------------------------------------------------------

# Last word of a list's path → the collections it lists, where they differ.
_LISTED: Final = {
    "segment_items": ("cost_codes",),
    "detail_rows": ("budget_line_items",),
    "commitment_contracts": (ORDERS, SUBCONTRACTS),
}
_PROJECT_IN_PATH: Final = re.compile(r"/projects/(\d+)/")


def wasted(calls: Sequence[Row], before: Snapshot, after: Snapshot) -> list[Row]:
    """Refused calls, the same question asked twice, and pages behind the last one."""
    asked: set[tuple[str, str]] = set()
    found = []
    for call in calls:
        question = (call["path"], call["query"])
        is_repeated = call["method"] == "GET" and question in asked
        asked.add(question)
        if call["status"] in oracle.WASTED_STATUSES or is_repeated or _is_behind_the_last(call, before, after):
            found.append(call)
    return found


def _is_behind_the_last(call: Row, before: Snapshot, after: Snapshot) -> bool:
    """A second or later page of a list that earlier pages already held whole."""
    query = parse_qs(call["query"])
    page, size = (int(query.get(name, [other])[0]) for name, other in (("page", "1"), ("per_page", str(PAGE))))
    if call["method"] != "GET" or page == 1:
        return False
    name = call["path"].rpartition("/")[2]
    return page > up(max(_listed(name, call, query, at) for at in (before, after)), min(size, _most(name)))


def _listed(name: str, call: Row, query: Mapping[str, list[str]], at: Snapshot) -> int:
    if name in ("projects", "vendors", "inactive"):
        return len(at.projects if name == "projects" else at.vendors)
    in_path = _PROJECT_IN_PATH.search(call["path"])
    project = int(in_path[1] if in_path else query.get("project_id", ["0"])[0])
    return sum(at.count(each, project) for each in _LISTED.get(name, (name,)) if each in at.by_project)


def _most(name: str) -> int:
    return {"projects": PROJECTS_A_PAGE, "commitment_contracts": COMMITMENTS_V2_A_PAGE}.get(name, PAGE)
