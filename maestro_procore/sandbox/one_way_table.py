"""Which lists, records, files and PDFs the tools that are copied one way have: the table behind one_way_tools.py.

Source: reference 7.5. A further tool is a further row of TOOLS_READ.
"""

from dataclasses import dataclass

from maestro_procore.sandbox import filters
from maestro_procore.sandbox.resources import Filter, Test
from maestro_procore.sandbox.visits import Visit

V10, V11 = "/rest/v1.0/projects/{project_id}", "/rest/v1.1/projects/{project_id}"


@dataclass(frozen=True)
class ReadList:
    """One list. words: its filters; more: those of another form; views: values of its view parameter."""

    path: str
    words: str = ""
    more: tuple[Filter, ...] = ()
    views: tuple[str, ...] = ("full",)
    is_paged: bool = True


@dataclass(frozen=True)
class ReadTool:
    """One type of record. shows: paths of the single record, the first is the fullest. urls: fields that hold the
    address of the record's own file; size: the field of its bytes. pdfs: paths that redirect to a PDF of the record."""

    name: str
    tool: str
    lists: tuple[ReadList, ...]
    shows: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    size: str = ""
    pdfs: tuple[str, ...] = ()
    within: str = ""  # the key of another parent, instead of the project, and where it is kept
    parent: str = ""


def _query(word: str) -> Filter:
    """A plain parameter that searches: `search=`, `query=`."""
    return filters.search("title", "subject", "number", "name", "description", parameter=word)


def _plain_id(parameter: str, read: str) -> Filter:
    return filters.nested_id(parameter, read, parameter)


def _deleted(visit: Visit, values: list[str]) -> Test:
    return (lambda row: bool(row.get("deleted_at"))) if values[-1] == "only" else (lambda _row: True)


def _marked(name: str) -> Filter:
    return filters.is_true(f"filters[{name}]", lambda row: row.get(name))


SUBMITTAL_WORDS = (
    "id ball_in_court_id created_at query received_from_id responsible_contractor_id specification_section_id"
    " approver_id current_revision division location_id submittal_manager_id submittal_package_id response_id status_id"
    " type updated_at unpackaged number task_id anticipated_delivery_date required_on_site_date"
)
PUNCH_WORDS = (
    "status priority punch_item_type_id location_id include_sublocations approver_login_information_id vendor_id"
    " assignee_response trade_id id query updated_at"
)
REVISION_FILTERS = (
    *(_plain_id(name, name.removesuffix("_id")) for name in ("drawing_area_id", "drawing_id", "drawing_set_id")),
    _plain_id("drawing_discipline_id", "discipline"),
    filters.row_id("id"),
    _query("query"),
    Filter("filters[deleted]", _deleted),
)
REVISION_VIEWS = (
    "only_pdf_urls",
    "only_ids",
    "only_ids_post_review",
    "web_index",
    "web_show",
    "extended_coordinates",
    "extended_files",
    "extended_dpi",
    "android",
)
SET_MARKS = ("exclude_empty_sets", "only_attachable_sets", "with_sketches", "with_measurements")

TOOLS_READ = (
    ReadTool(
        "rfis",
        "rfi",
        lists=(
            ReadList(
                f"{V10}/rfis",
                "id status assigned_id created_at responsible_contractor_id cost_code_id"
                " received_from_login_information_id ball_in_court_id location_id updated_at rfi_manager_id number"
                " prefix_stage_id",
                (_query("search"),),
            ),
        ),
        shows=(f"{V10}/rfis/{{id}}",),
        pdfs=(f"{V10}/rfis/{{id}}.pdf",),
    ),
    ReadTool(
        "submittals",
        "submittal_log",
        lists=(
            ReadList(
                f"{V10}/submittals",
                f"{SUBMITTAL_WORDS} attachments cost_code_id revision specification_area_id workflow_progress",
            ),
            ReadList(f"{V11}/submittals", SUBMITTAL_WORDS),
        ),
        shows=(f"{V11}/submittals/{{id}}", f"{V10}/submittals/{{id}}"),
        pdfs=(f"{V11}/submittals/{{id}}.pdf",),
    ),
    ReadTool("submittal_packages", "submittal_log", lists=(ReadList(f"{V10}/submittal_packages", "id updated_at"),)),
    ReadTool(
        "drawing_areas",
        "drawing_log",
        lists=(
            ReadList(f"{V10}/drawing_areas"),
            ReadList(f"{V11}/drawing_areas", "id", views=("compact", "extended", "only_ids", "mfe")),
        ),
    ),
    ReadTool(
        "drawing_sets",
        "drawing_log",
        lists=(
            ReadList(
                f"{V10}/drawing_sets",
                more=(*(_marked(name) for name in SET_MARKS), _plain_id("drawing_area_id", "drawing_area")),
            ),
        ),
    ),
    ReadTool("drawing_disciplines", "drawing_log", lists=(ReadList(f"{V10}/drawing_disciplines", is_paged=False),)),
    ReadTool(
        "drawings",
        "",
        lists=(
            ReadList("/rest/v1.0/drawing_areas/{drawing_area_id}/drawings"),
            ReadList(
                "/rest/v1.1/drawing_areas/{drawing_area_id}/drawings",
                "drawing_discipline_id drawing_set_id",
                views=("compact", "extended", "with_revisions"),
            ),
        ),
        within="drawing_area_id",
        parent="drawing_areas",
    ),
    ReadTool(
        "drawing_revisions",
        "drawing_log",
        lists=(ReadList(f"{V10}/drawing_revisions", "ids updated_at", REVISION_FILTERS, REVISION_VIEWS),),
        shows=(f"{V10}/drawing_revisions/{{id}}",),
        urls=("pdf_url", "png_url", "thumbnail_url", "large_thumbnail_url"),
        size="pdf_size",
    ),
    ReadTool(
        "specification_sets",
        "specifications",
        lists=(ReadList(f"{V10}/specification_sets"),),
        shows=(f"{V10}/specification_sets/{{id}}",),
    ),
    ReadTool(
        "specification_sections",
        "specifications",
        lists=(ReadList("/rest/v1.0/specification_sections", "id", is_paged=False),),
    ),
    ReadTool(
        "specification_section_divisions",
        "specifications",
        lists=(ReadList("/rest/v1.0/specification_section_divisions"),),
        urls=("url",),
    ),
    ReadTool(
        "specification_section_revisions",
        "specifications",
        lists=(
            ReadList(
                "/rest/v1.0/specification_section_revisions",
                more=(_plain_id("specification_section_division_id", "specification_section_division"),),
            ),
        ),
        shows=("/rest/v1.0/specification_section_revisions/{id}",),
        urls=("url",),
    ),
    ReadTool(
        "punch_items",
        "punch_list",
        lists=(ReadList("/rest/v1.1/punch_items", PUNCH_WORDS), ReadList("/rest/v1.0/punch_items", PUNCH_WORDS)),
        shows=("/rest/v1.1/punch_items/{id}", "/rest/v1.0/punch_items/{id}"),
    ),
    ReadTool(
        "observations_items",
        "observations",
        lists=(
            ReadList(
                "/rest/v1.0/observations/items",
                "assignee_company_id checklist_list_id created_by_id id location_id assignee_id checklist_item_id"
                " priority search status type_id trade_ids updated_at",
            ),
        ),
        shows=("/rest/v1.0/observations/items/{id}",),
        pdfs=("/rest/v1.0/observations/items/{id}/pdf",),
    ),
    ReadTool(
        "checklist_lists",
        "checklists",
        lists=(
            ReadList(
                f"{V10}/checklist/lists",
                "id inspection_date inspection_type_id inspector_id template_id location_id managed_equipment_id"
                " point_of_contact_id spec_section_id responsible_contractor_id closed_by_id created_by_id status"
                " trade_id query due_at created_at updated_at closed_at",
            ),
        ),
        shows=(f"{V10}/checklist/lists/{{id}}",),
    ),
    ReadTool(
        "instructions",
        "instructions",
        lists=(ReadList(f"{V10}/instructions"),),
        shows=(f"{V10}/instructions/{{id}}",),
    ),
)
