"""The Daily Log: one list per type of log and day, their attachments, counts per type, and the headers of days.

Source: reference 7.4. Without a date a list holds today's rows only; users below admin see approved rows only.
A further type of log is a further row of KINDS.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from maestro_procore.sandbox.answers import Answer, bad_parameter, json_answer
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.attachments import keep_attachments, with_addresses
from maestro_procore.sandbox.documents_tree import user_of
from maestro_procore.sandbox.filter_words import filters_of
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.permissions import has_level
from maestro_procore.sandbox.resources import Operation, Reference, Resource, Scope, Test
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

PROJECT = "/rest/v1.0/projects/{project_id}"
TOOL, HEADERS = "daily_log", "daily_log_headers"
SCOPE = Scope("project_id", "projects", tool=TOOL)
REFERENCES = tuple(
    Reference(f"{read}_id", read, collection)
    for read, collection in (
        ("vendor", "vendors"),
        ("location", "locations"),
        ("cost_code", "cost_codes"),
        ("trade", "trades"),
    )
)


@dataclass(frozen=True)
class LogKind:
    """One type of log. filters: words of its list beside the dates. made: status of a creation."""

    word: str
    filters: str = ""
    is_paged: bool = True
    made: int = 201

    @property
    def collection(self) -> str:
        return f"{self.word}_logs"


KINDS = (
    LogKind("accident", "created_by_id location_id daily_log_segment_id"),
    LogKind("call", "created_by_id daily_log_segment_id"),
    LogKind("daily_construction_report", "status created_by_id daily_log_segment_id"),
    LogKind("delay", "created_by_id location_id daily_log_segment_id"),
    LogKind("delivery", "status created_by_id daily_log_segment_id"),
    LogKind("dumpster", "created_by_id vendor_id daily_log_segment_id"),
    LogKind("equipment", "created_by_id location_id"),
    LogKind("inspection", "created_by_id location_id daily_log_segment_id"),
    LogKind("manpower", "status created_by_id location_id vendor_id search daily_log_segment_id"),
    LogKind("notes", "status created_by_id location_id daily_log_segment_id"),
    LogKind("plan_revision", "created_by_id daily_log_segment_id", is_paged=False),
    LogKind("productivity", "created_by_id daily_log_segment_id"),
    LogKind("quantity", "created_by_id location_id daily_log_segment_id"),
    LogKind("safety_violation", "created_by_id daily_log_segment_id"),
    LogKind("visitor", "created_by_id daily_log_segment_id"),
    LogKind("waste", "created_by_id vendor_id daily_log_segment_id"),
    LogKind("weather", "daily_log_segment_id", made=200),
    LogKind("work", "created_by_id daily_log_segment_id"),
)
NEWER_WEATHER = "/rest/v1.1/projects/{project_id}/daily_logs/weather_logs"


def _today(visit: Visit) -> str:
    return visit.clock.stamp()[:10]


def _days(visit: Visit, *, default_today: bool = True) -> tuple[str, str]:
    """First and last day asked for. Errors: Refused 400."""
    given = {name: visit.call.parameter(name) for name in ("log_date", "start_date", "end_date")}
    for name, text in given.items():
        try:
            date.fromisoformat((text or "2000-01-01")[:10])
        except ValueError:
            raise bad_parameter(name, "is no date") from None
    if given["log_date"]:
        return given["log_date"][:10], given["log_date"][:10]
    if given["start_date"] or given["end_date"]:
        return (given["start_date"] or "0001-01-01")[:10], (given["end_date"] or "9999-12-31")[:10]
    return (_today(visit), _today(visit)) if default_today else ("0001-01-01", "9999-12-31")


def _of_days(visit: Visit) -> Test:
    first, last = _days(visit)
    approved = _approved(visit)
    return lambda row: first <= str(row.get("date")) <= last and approved(row)


def _approved(visit: Visit) -> Test:
    sees_all = has_level(visit, visit.path_id("project_id"), TOOL, "admin")
    return lambda row: sees_all or (row.get("status") or "approved") == "approved"


def _settle(row: Row, visit: Visit) -> None:
    """What a new log carries when nobody said otherwise."""
    given = row.get("date") or str(row.get("datetime") or "")[:10] or _today(visit)
    row["date"] = str(given)[:10]
    defaults = {"datetime": f"{row['date']}T12:00:00Z", "created_by": user_of(visit), "status": "approved"}
    for name, value in {**defaults, "position": 1, "attachments": []}.items():
        if row.get(name) is None:
            row[name] = value
    row["permissions"] = {"can_update": True, "can_delete": True}
    if isinstance(row.get("is_weather_delay"), int):
        row["is_weather_delay"] = str(row["is_weather_delay"])
    if row.get("num_workers") is not None and row.get("num_hours") is not None:
        row["man_hours"] = str(float(row["num_workers"]) * float(row["num_hours"]))


def _keep(visit: Visit, row: Row, before: Row | None) -> None:
    keep_attachments(visit, row, before)
    header = header_of(visit, row["project_id"], row["date"])
    if "daily_log_header_id" in row:
        row["daily_log_header_id"] = header["id"]


def header_of(visit: Visit, project_id: int, day: str) -> Row:
    """The header of a day, made when the day had none."""
    found = visit.world.collection(HEADERS).where(project_id=project_id, log_date=day)
    if found:
        return found[0]
    row = {
        "id": visit.world.new_id(),
        "project_id": project_id,
        COMPANY: visit.company_id,
        "log_date": day,
        "log_datetime": f"{day}T12:00:00Z",
        **{f"{done}{more}": None for done in ("completed", "distributed") for more in ("_by", "_at")},
        "completed": False,
        "distributed": False,
        "completable": True,
        "distributable": True,
    }
    visit.world.collection(HEADERS).put(row)
    return row


def _resource(kind: LogKind) -> Resource:
    base = f"{PROJECT}/{kind.collection}"
    operations = _operations(kind, base, kind.filters)
    if kind.word == "weather":
        operations += _operations(kind, NEWER_WEATHER, "status created_by_id daily_log_segment_id")
    return Resource(
        name=kind.collection,
        wrapper=f"{kind.word}_log",
        show=Place("get", f"{base}/{{id}}"),
        scope=SCOPE,
        references=REFERENCES,
        derive=_settle,
        stored=_keep,
        expand=with_addresses,
        own_keys=("upload_ids",),
        operations=tuple(operations),
    )


def _operations(kind: LogKind, base: str, words: str) -> list[Operation]:
    one = f"{base}/{{id}}"

    def shape(place: Place) -> dict[str, Any]:
        return {"shapes": {"full": place}, "default_view": "full"}

    cap = 2000 if kind.is_paged else None
    listed = shape(Place("get", base, steps=("items",)))
    return [
        Operation("list", "get", base, **listed, cap=cap, filters=filters_of(words), keep=_of_days),
        Operation("show", "get", one, **shape(Place("get", one)), keep=_approved),
        Operation("create", "post", base, **shape(Place("post", base, kind.made)), status=kind.made),
        Operation("update", "patch", one, **shape(Place("patch", one))),
        Operation("delete", "delete", one),
    ]


def _counts(handler: "Handler", visit: Visit) -> Answer:
    """Rows per type in the days asked for, only of types that have any."""
    project_id, test = handler.parents(visit)["project_id"], _of_days(visit)
    chosen = [test, *(_chosen(visit, "status")), *(_chosen(visit, "created_by_id"))]
    rows = []
    for position, kind in enumerate(KINDS, start=1):
        logs = visit.world.collection(kind.collection).where(project_id=project_id)
        count = sum(all(each(row) for each in chosen) for row in logs)
        if count:
            rows.append({"module_name": kind.collection, "count": count, "position": position})
    if "/v1.1/" not in visit.call.path:
        return json_answer(rows)
    page, headers = page_of(visit, rows, 2000)
    return json_answer(page, headers=headers)


def _chosen(visit: Visit, word: str) -> list[Test]:
    values = [value for name, value in visit.call.query if name.removesuffix("[]") == f"filters[{word}]"]
    return [each.make(visit, values) for each in filters_of(word)] if values else []


def _show_header(handler: "Handler", visit: Visit) -> Answer:
    return json_answer(_header_shown(_header(handler, visit)))


def _header(handler: "Handler", visit: Visit) -> Row:
    project_id = handler.parents(visit)["project_id"]
    asked = visit.call.parameter("id") or ""
    row = visit.world.collection(HEADERS).get(int(asked)) if asked.isdigit() else None
    if row is not None and row["project_id"] == project_id:
        return row
    return header_of(visit, project_id, _days(visit)[0])


def _list_headers(handler: "Handler", visit: Visit) -> Answer:
    first, last = _days(visit, default_today=False)
    rows = visit.world.collection(HEADERS).where(project_id=handler.parents(visit)["project_id"])
    chosen = sorted((row for row in rows if first <= row["log_date"] <= last), key=lambda row: str(row["log_date"]))
    page, headers = page_of(visit, chosen, 2000)
    return json_answer([_header_shown(row) for row in page], headers=headers)


def _complete(handler: "Handler", visit: Visit) -> Answer:
    row, written = dict(_header(handler, visit)), handler.wrapped(visit)
    for done in ("completed", "distributed"):
        if done in written:
            is_done = bool(written[done])
            row.update({done: is_done, f"{done}_by": user_of(visit) if is_done else None})
            row[f"{done}_at"] = visit.clock.stamp() if is_done else None
    visit.world.collection(HEADERS).put(row)
    return json_answer(_header_shown(row))


def _header_shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_") and name not in OWN_OF_HEADER}


OWN_OF_HEADER = ("project_id", "created_at", "updated_at")
DAY_HEADERS = Resource(
    name=HEADERS,
    wrapper="daily_log_header",
    show=Place("get", f"{PROJECT}/{HEADERS}"),
    scope=SCOPE,
    defaults={"completed": False, "distributed": False, "completable": True, "distributable": True},
    operations=(
        Operation("call", "get", f"{PROJECT}/{HEADERS}", call=_show_header),
        Operation("call", "patch", f"{PROJECT}/{HEADERS}", call=_complete),
        Operation("call", "get", f"{PROJECT}/{HEADERS}/index", call=_list_headers),
        Operation("call", "get", f"{PROJECT}/daily_logs/count", call=_counts),
        Operation("call", "get", "/rest/v1.1/projects/{project_id}/daily_logs/counts", call=_counts),
    ),
)

LOCATIONS = Resource(
    name="locations",
    wrapper="location",
    show=Place("get", f"{PROJECT}/locations", steps=("items",)),
    scope=Scope("project_id", "projects"),
    operations=(
        Operation(
            "list",
            "get",
            "/rest/v1.0/locations",
            shapes={"full": Place("get", "/rest/v1.0/locations", steps=("items",))},
            default_view="full",
        ),
    ),
)

DAILY_LOGS = (*(_resource(kind) for kind in KINDS), DAY_HEADERS, LOCATIONS)
