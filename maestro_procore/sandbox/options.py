"""How a sandbox is set up: its limits, its company, and the switches for what the documents leave open."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SwitchValue = bool | int | str | list[int] | None


@dataclass(frozen=True)
class Switch:
    """One open question of the documents: how this sandbox answers it by default, and what else it may answer."""

    name: str
    default: SwitchValue
    choices: tuple[SwitchValue, ...] | None
    question: str


# "choices" None: any value of the default's kind. Sources: procore-api.md sections 3, 5, 10.
SWITCHES: Final[tuple[Switch, ...]] = (
    Switch(
        "company_header_optional",
        True,
        (True, False),
        "May path or query name the company (or its project)?",
    ),
    Switch("identity_header_optional", True, (True, False), "May a service account ask /me, /companies without it?"),
    Switch(
        "connected_companies_only", False, (True, False), "Does a person's /companies list only those with the app?"
    ),
    Switch("default_per_page", 100, None, "Rows on a v1 page when per_page is not given."),
    Switch("per_page_over_cap", "clamp", ("clamp", "refuse"), "A per_page above the list's maximum."),
    Switch("link_keeps_parameters", True, (True, False), "Do Link addresses carry filters and company_id?"),
    Switch("range_ends", "inclusive", ("inclusive", "exclusive"), "Does a range a...b contain the instant b?"),
    Switch("id_lists_by_comma", True, (True, False), "Is filters[id]=1,2 a list?"),
    Switch("default_project_status", "Active", ("Active", "Inactive", "All"), "Projects listed without by_status."),
    Switch("vendor_list_shows_inactive", False, (True, False), "Does GET v1.0/vendors list inactive vendors?"),
    Switch(
        "default_project_view", "normal", ("normal", "extended", "compact"), "View of v1.1/projects when not given."
    ),
    Switch("projects_ids_view", "objects", ("objects", "numbers"), "view=ids of v1.1/projects: {'id': 7, …} or 7?"),
    Switch("unknown_fields", "refuse", ("refuse", "ignore"), "A body field that the document does not name."),
    Switch("unknown_parameters", "ignore", ("ignore", "refuse"), "A query parameter that the document does not name."),
    Switch("short_text_limit", 255, None, "Longest short text; 0 for none."),
    Switch("vendor_names_unique", False, (True, False), "Is a second vendor of the same name refused?"),
    Switch("merged_vendor", "gone", ("gone", "inactive"), "What is left of a vendor that was merged into another?"),
    Switch("merge_touches_records", True, (True, False), "Does a merge move updated_at of the vendor's contracts?"),
    Switch("project_numbers_unique", False, (True, False), "Is a second project of the same number refused?"),
    Switch("cost_codes_unique", True, (True, False), "Is a second sibling of the same cost code refused?"),
    Switch("uom_must_be_listed", True, (True, False), "Is a unit that the company's list lacks refused?"),
    Switch("segment_item_ids", "own", ("own", "legacy"), "Has a segment item its own id, or its cost code's?"),
    Switch("company_currency", "CAD", None, "Currency of records that name none."),
    Switch("lines_touch_direct_cost", False, (True, False), "Does a changed line move its direct cost's updated_at?"),
    Switch(
        "direct_costs_locked_by_origin_id",
        "nobody",
        ("nobody", "people", "everyone"),
        "For whom is a direct cost with origin_id locked (409)?",
    ),
    Switch(
        "invoiced_commitments",
        "locked",
        ("locked", "open"),
        "May lines of a commitment that has invoices be changed, and the commitment be deleted, while it is a draft?",
    ),
    Switch(
        "commitment_contracts_record",
        "full",
        ("full", "written"),
        "Has a v2.0 commitment its marks and totals, or only what can be written, its id and times?",
    ),
    Switch("commitment_numbers_unique", True, (True, False), "Is a second order of the same number refused?"),
    Switch("packages_of_prime_contracts", True, (True, False), "Does the package list hold the owner's side?"),
    Switch(
        "change_orders_touch_contract",
        False,
        (True, False),
        "Does a changed change order move its contract's updated_at?",
    ),
    Switch("lines_touch_contract", True, (True, False), "Does a changed line move its contract's updated_at?"),
    Switch("budget_modifications_migrated", True, (True, False), "Are budget modifications read only (405)?"),
    Switch("budget_sync_finds_by_code", True, (True, False), "Does a budget sync without id find by WBS code?"),
    Switch("budget_sync_refusal", "call", ("call", "entry"), "What does a refused entry of a budget sync refuse?"),
    Switch(
        "budget_view_columns",
        "with_commitments",
        ("with_commitments", "standard"),
        "Does the view split committed costs into commitments and their change orders?",
    ),
    Switch("approved_cos_of", "prime", ("prime", "commitment"), "Whose change orders do Approved COs add up?"),
    Switch(
        "partially_received_counts_as",
        "committed",
        ("committed", "pending"),
        "What is a purchase order that is Partially Received, in the budget?",
    ),
    Switch("default_budget_rows", "budgeted", ("budgeted", "all"), "Rows of a budget view without budget_row_type."),
    Switch("touch_without_change", False, (True, False), "Does writing equal values move updated_at?"),
    Switch("sync_over_limit_status", 400, (400, 413), "More than 1,000 updates in one sync."),
    Switch("sync_refuses_id", [], None, "Collections whose sync refuses entries with id (names)."),
    Switch("sync_entities_order", "sent", ("sent", "reversed"), "Order of the entities of a sync answer."),
    Switch("permitted_projects", None, None, "Ids a service account may touch; null for all."),
    Switch("project_not_permitted_status", 403, (403, 404), "Answer outside the permitted projects."),
    Switch("tools_without_template", "inactive", ("inactive", "active"), "Tools of a project made without a template."),
    Switch("retry_after_on_429", False, (True, False), "Does a 429 carry Retry-After?"),
    Switch("downloads_counted", True, (True, False), "Do file addresses of the API host use up call limit?"),
    Switch(
        "download_urls",
        "api",
        ("api", "storage"),
        "Where do file addresses point: to the API host, which redirects, or to the storage host?",
    ),
    Switch("download_redirects", 1, None, "Redirects from a file's address to its content, 1 to 5."),
    Switch("download_url_seconds", 3600, None, "How long the address of a file is good."),
    Switch("storage_url_seconds", 300, None, "How long the address that it redirects to is good."),
    Switch("upload_attaches_again", False, (True, False), "Can an upload be attached to a second record?"),
    Switch("unified_uploads_attach", False, (True, False), "Does upload_uuid take an upload of rest/v2.1?"),
    Switch("upload_available_after_polls", 1, None, "Looks at a complete upload of rest/v2.1 until it is available."),
    Switch("smallest_segment_bytes", 5_242_880, None, "Smallest segment of an upload, but for the last."),
    Switch("multipart_uploads", True, (True, False), "Does file[data] still upload a file in one call? (deprecated)"),
    Switch(
        "log_attachments",
        "both",
        ("both", "uploads", "ignored"),
        "How do files come with a daily log: as form files or upload_ids, only as upload_ids, or not at all?",
    ),
    Switch(
        "document_names_unique",
        "exact",
        ("exact", "caseless", "free"),
        "When does a folder hold a name already: equal letters, any case, never?",
    ),
    Switch("name_taken_status", 400, (400, 409, 422), "A new or renamed folder, or a new file, of a taken name."),
    Switch(
        "unique_name_suffix",
        "parentheses",
        ("parentheses", "underscore"),
        "What does unique_name make of a taken name: 'a (1).pdf' or 'a_1.pdf'?",
    ),
    Switch(
        "binning_touches",
        "item",
        ("item", "subtree", "nothing"),
        "Whose updated_at does a deletion move: the item's, also of all it holds, or none?",
    ),
    Switch("binned_delete_status", 404, (404, 200), "Deleting what is in the recycle bin already."),
    Switch("locked_delete_status", 400, (400, 409), "Deleting a file that another user has checked out."),
    Switch("moves_out_of_bin", True, (True, False), "Does a new parent_id take something out of the recycle bin?"),
    Switch("children_touch_folder", False, (True, False), "Does a changed file move its folder's updated_at?"),
    Switch("documents_list_root", False, (True, False), "Does the flat index hold the root folder?"),
    Switch("documents_list_bin", True, (True, False), "Does the flat index hold the recycle bin itself?"),
    Switch(
        "normal_documents_have_version",
        False,
        (True, False),
        "Has a file of the flat index its size and address without view=extended?",
    ),
    Switch(
        "album_deletion",
        "refuse",
        ("refuse", "with_photos"),
        "Deleting an album that has photos: refused, or do they go with it?",
    ),
    Switch("bodies_scaled", 1, None, "Declared bytes per byte of a body, on every side: see bodies.py."),
    # Microsoft's side; source: graph-drive.md.
    Switch("graph_inner_error_name", "innerError", ("innerError", "innererror"), "Spelling in error bodies."),
    Switch("graph_hashes", "quickxor", ("quickxor", "missing"), "Has a file its quickXorHash?"),
    Switch(
        "graph_lock_wording",
        "resource_locked",
        ("resource_locked", "not_allowed", "access_denied"),
        "How a 423 words it that a file is open or checked out.",
    ),
    Switch("graph_largest_page", 5000, None, "Most items on a page of children or delta, whatever $top says."),
    Switch("graph_units_per_minute", 1250, None, "Resource units of an application; 0 for no limit."),
    Switch("graph_user_requests", 3000, None, "Requests of a user in 5 minutes; 0 for no limit."),
    Switch("graph_takes_any_token", False, (True, False), "Is a token that nobody gave the first person's?"),
    Switch("delta_shows_path", False, (True, False), "Have delta's items parentReference.path and cTag, as they had?"),
    Switch("delta_lag_seconds", 0, None, "How much later than GET delta knows of a change."),
    Switch("delta_token_days", 30, None, "Age at which a delta token ends; 0 for never."),
    Switch(
        "delta_token_too_old",
        "apply",
        ("apply", "upload", "required", "not_found"),
        "How a 410 words it that a token has ended.",
    ),
    Switch("delta_of_subfolders", False, (True, False), "May a folder of Business or SharePoint have a delta?"),
    Switch("office_rewriting", "off", ("off", "at_once", "later"), "Does SharePoint rewrite Office, PDF and HTML?"),
    Switch("library_shows_quota", True, (True, False), "Has a SharePoint library a quota facet?"),
    # "fail", says the document; rclone, which replaces files so and names nothing, shows that the service does replace.
    Switch(
        "upload_session_on_conflict",
        "replace",
        ("replace", "fail", "rename"),
        "An upload session by name, without conflictBehavior, for a name that is taken.",
    ),
    Switch("one_upload_session_per_file", False, (True, False), "Is a second upload session for a file refused?"),
    Switch("open_upload_ranges", True, (True, False), "Is nextExpectedRanges 26- or 26-99?"),
    Switch("aligned_fragments", False, (True, False), "Is a fragment refused that is no multiple of 320 KiB?"),
    Switch("upload_session_checks_tag", True, (True, False), "Does a session end in 412 when the file changed?"),
    Switch("uploads_make_folders", True, (True, False), "Does an upload by path make the folders on the way?"),
    Switch("restore_on_business", False, (True, False), "Can an item be restored outside personal drives?"),
    Switch("downloads_take_ranges", True, (True, False), "Is a Range of a download honoured, or the whole sent?"),
    Switch("microsoft_sign_in_asks", False, (True, False), "Do the Microsoft pages ask, or sign in at once?"),
    Switch("microsoft_mfa", True, (True, False), "Do pages that ask want a second factor?"),
    Switch("microsoft_unknown_apps", "accept", ("accept", "refuse"), "An application that nobody registered."),
    Switch("microsoft_refusal", 0, None, "AADSTS number with which every token is refused; 0 for none."),
    Switch("microsoft_sign_in_hours", 0, None, "Hours after which a person must sign in again; 0 for never."),
    Switch("microsoft_app_roles", None, None, "Roles of applications on their own; null for all they need."),
    Switch("device_code_interval", 5, None, "Seconds between two questions about a device code."),
    Switch("authorize_asks", False, (True, False), "Does the sign-in page ask, or grant at once?"),
)


class UnknownSwitch(ValueError):
    """A switch name or value that the table does not have. The text says which."""


class Switches:
    """The answers in force, readable by name; changed as a whole or not at all."""

    def __init__(self, changes: Mapping[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = {switch.name: switch.default for switch in SWITCHES}
        self.change(changes or {})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def as_dict(self) -> dict[str, Any]:
        return dict(self._values)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Errors: UnknownSwitch; then nothing was changed."""
        known = {switch.name: switch for switch in SWITCHES}
        for name, value in changes.items():
            if name not in known:
                raise UnknownSwitch(f"no switch named {name}")
            choices = known[name].choices
            if choices is not None and value not in choices:
                raise UnknownSwitch(f"{name} is one of {', '.join(map(str, choices))}")
        self._values.update(changes)


def switch_from_text(text: str) -> tuple[str, Any]:
    """`name=value` of the command line. Values: true, false, null, whole numbers, else text."""
    name, _, value = text.partition("=")
    words: dict[str, Any] = {"true": True, "false": False, "null": None}
    if value in words:
        return name, words[value]
    if re.fullmatch(r"-?\d+", value):
        return name, int(value)
    return name, value


@dataclass(frozen=True)
class SandboxOptions:
    """One sandbox. Limits: calls per window; hour_seconds: length of the hourly window; profile None: in memory."""

    company: str = "small"
    port: int = 0
    hourly_limit: int = 3600
    hour_seconds: int = 3600
    spike_limit: int = 25
    spike_seconds: int = 10
    latency_ms: int = 0
    strict: bool = False
    profile: Path | None = None
    switches: Mapping[str, Any] = field(default_factory=dict)
