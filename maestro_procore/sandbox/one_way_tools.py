"""The tools that are copied one way: lists and records with their attachments, files and PDFs.

RFIs, submittals, drawings, specifications, meetings, punch items, observations, inspections, instructions. Source:
reference 7.5. Nobody writes them through this API here; people do, through the control interface (state/rfis …).
"""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from maestro_procore.sandbox.answers import Answer, json_answer
from maestro_procore.sandbox.api_document import Place
from maestro_procore.sandbox.attachments import keep_attachments, with_addresses
from maestro_procore.sandbox.bodies import declared_size
from maestro_procore.sandbox.documents_tree import user_of
from maestro_procore.sandbox.downloads import CONTENT, NAME, address_of
from maestro_procore.sandbox.filter_words import filters_of
from maestro_procore.sandbox.one_way_table import TOOLS_READ, V11, ReadList, ReadTool
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.pdf_pages import pdf_of
from maestro_procore.sandbox.resources import Operation, Resource, Scope
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import COMPANY, Row

if TYPE_CHECKING:
    from maestro_procore.sandbox.records import Handler

PDFS = "pdfs"


def _resource(each: ReadTool) -> Resource:
    first = Place("get", each.shows[0]) if each.shows else Place("get", each.lists[-1].path, steps=("items",))
    scope = Scope("project_id", "projects", tool=each.tool)
    if each.within:
        scope = Scope(each.within, each.parent)
    return Resource(
        name=each.name,
        wrapper="",
        show=first,
        scope=scope,
        derive=_settle,
        stored=_keeper(each),
        expand=_shower(each),
        own_keys=("content", "content_base64", "attachments", "specification_section_division_id", "drawing_id"),
        operations=(
            *(Operation("call", "get", path, call=_pdf_call(each)) for path in each.pdfs),
            *(_listing(listed) for listed in each.lists),
            *(
                Operation("show", "get", path, shapes={"full": Place("get", path)}, default_view="full")
                for path in each.shows
            ),
        ),
    )


def _listing(listed: ReadList) -> Operation:
    return Operation(
        "list",
        "get",
        listed.path,
        shapes=dict.fromkeys(listed.views, Place("get", listed.path, steps=("items",))),
        default_view=listed.views[0],
        filters=(*filters_of(listed.words), *listed.more),
        cap=2000 if listed.is_paged else None,
    )


def _settle(row: Row, visit: Visit) -> None:
    """Who made it, where the record shows that."""
    if "created_by" in row and row["created_by"] is None:
        row["created_by"] = user_of(visit)


def _keeper(each: ReadTool) -> Callable[[Visit, Row, Row | None], None]:
    """The record's own file, when it has one, and its attachments."""

    def keep(visit: Visit, row: Row, before: Row | None) -> None:
        keep_attachments(visit, row, before)
        text, coded = row.pop("content", None), row.pop("content_base64", None)
        if not each.urls or (text is None and coded is None and row.get(CONTENT) is not None):
            return
        data = base64.b64decode(coded) if coded is not None else str(text or "").encode()
        name = f"{row.get('number') or row['id']}.pdf"
        row.update({CONTENT: visit.files.bodies.keep(data), NAME: name})

    return keep


def _shower(each: ReadTool) -> Callable[[Visit, Row], Row]:
    def shown(visit: Visit, row: Row) -> Row:
        made: Row = with_addresses(visit, row)
        if each.urls and row.get(CONTENT) is not None:
            made.update(dict.fromkeys(each.urls, address_of(visit, each.name, row)))
            if each.size:
                made[each.size] = declared_size(row[CONTENT], visit.files.scale)
        if each.name == "drawings":
            made["current_revision"] = _current_revision(visit, row)
        return made

    return shown


def _current_revision(visit: Visit, drawing: Row) -> Row | None:
    revisions = visit.world.collection("drawing_revisions").where(drawing_id=drawing["id"])
    current = [row for row in revisions if row.get("current")]
    tool = next(each for each in TOOLS_READ if each.name == "drawing_revisions")
    return _shower(tool)(visit, current[-1]) if current else None


def _pdf_call(each: ReadTool) -> "Callable[[Handler, Visit], Answer]":
    """302 to the PDF; of observations 200 with its address. Errors: Refused 404."""

    def call(handler: "Handler", visit: Visit) -> Answer:
        row = _pdf_row(visit, each.name, handler.addressed(visit))
        if visit.call.path.endswith("/pdf"):
            url = address_of(visit, PDFS, row)
            return json_answer({"id": row["of_id"], "url": url, "pdf_url": url})
        until = int(visit.clock.unix()) + int(visit.switches["storage_url_seconds"])
        location = visit.files.address(f"/procore/{PDFS}/{row['id']}", until)
        return Answer(302, b"", {"Location": location}, "text/html; charset=utf-8")

    return call


def _pdf_row(visit: Visit, collection: str, record: Row) -> Row:
    """The PDF of the record as it is now."""
    title = f"{record.get('number') or record['id']} – {record.get('subject') or record.get('title') or ''}"
    lines = [line for name, value in record.items() if not name.startswith("_") for line in _lines(name, value)]
    pdfs = visit.world.collection(PDFS)
    found = pdfs.where(of=collection, of_id=record["id"])
    row = {"id": found[0]["id"] if found else visit.world.new_id(), "of": collection, "of_id": record["id"]}
    row.update({COMPANY: visit.company_id, NAME: f"{collection}-{record['id']}.pdf"})
    row[CONTENT] = visit.files.bodies.keep(pdf_of(title, lines))
    if not found or found[0] != row:
        pdfs.put(row)
    return row


def _lines(name: str, value: Any, depth: int = 0) -> list[str]:
    margin = "  " * depth
    if isinstance(value, dict):
        return [f"{margin}{name}:", *(line for key, one in value.items() for line in _lines(key, one, depth + 1))]
    if isinstance(value, list):
        return [line for one in value for line in _lines(name, one, depth)]
    return [] if value in (None, "") else [f"{margin}{name}: {value}"]


def _meetings(handler: "Handler", visit: Visit) -> Answer:
    """Meetings in groups of one title, as the document has them."""
    rows = visit.world.collection("meetings").where(project_id=handler.parents(visit)["project_id"])
    tests = [each.make(visit, values) for each in MEETING_FILTERS if (values := _sent(visit, each.name))]
    chosen = [row for row in rows if all(test(row) for test in tests)]
    page, headers = page_of(visit, chosen, 2000)
    _view, shape = handler.view(visit)
    groups: dict[str, list[Row]] = {}
    for row in page:
        groups.setdefault(str(row.get("_group") or row.get("title")), []).append(shape.record(row))
    return json_answer([{"group_title": title, "meetings": found} for title, found in groups.items()], headers=headers)


def _sent(visit: Visit, name: str) -> list[str]:
    return [value for key, value in visit.call.query if key.removesuffix("[]") == name]


MEETING_FILTERS = filters_of("id assignee_id")
MEETINGS = Resource(
    name="meetings",
    wrapper="",
    show=Place("get", f"{V11}/meetings/{{id}}"),
    scope=Scope("project_id", "projects", tool="meetings"),
    stored=keep_attachments,
    expand=with_addresses,
    own_keys=("attachments",),
    operations=(
        *(
            Operation("call", "get", path, shapes={"full": place}, default_view="full", call=_meetings)
            for path, place in (
                ("/rest/v1.0/meetings", Place("get", "/rest/v1.0/meetings", steps=("items", "meetings", "items"))),
                (f"{V11}/meetings", Place("get", f"{V11}/meetings", steps=(0, "items", "meetings", "items"))),
            )
        ),
        *(
            Operation("show", "get", path, shapes={"full": Place("get", path)}, default_view="full")
            for path in (f"{V11}/meetings/{{id}}", "/rest/v1.0/meetings/{id}")
        ),
    ),
)

ONE_WAY_TOOLS = (*(_resource(each) for each in TOOLS_READ), MEETINGS)
