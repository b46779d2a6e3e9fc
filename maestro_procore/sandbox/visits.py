"""What a handler knows of the request it serves: who asks, for which company, and the world it may change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from maestro_procore.sandbox.answers import Call, Refused, bad_parameter, forbidden, not_found
from maestro_procore.sandbox.api_document import ApiDocument
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import Switches
from maestro_procore.sandbox.world import COMPANY, Row, World

if TYPE_CHECKING:
    from maestro_procore.sandbox.storage import Storage

NO_COMPANY_HEADER = (
    "Missing Procore-Company-Id header! Every request must name the company it is for, "
    "so that it reaches the zone that holds the company's data."
)
NOT_CONNECTED = "App is not connected to this company"


@dataclass(frozen=True)
class Bearer:
    """Who holds the token. is_service: a service account (client credentials), not a person."""

    user: Row
    is_service: bool


@dataclass
class Visit:
    """One authenticated request on its way through a handler."""

    call: Call
    bearer: Bearer
    world: World
    clock: SandboxClock
    switches: Switches
    document: ApiDocument
    path_values: Mapping[str, str] = field(default_factory=dict)
    company_id: int = 0
    base_url: str = ""
    storage: "Storage | None" = None  # None while the start data are made
    notes: dict[str, Any] = field(default_factory=dict)  # what a handler works out once for this request

    @property
    def files(self) -> "Storage":
        """Where contents of files are."""
        assert self.storage is not None
        return self.storage

    @property
    def shows_whole(self) -> bool:
        """Whether a record is shown with its parts; a list, where a thousand would be looked up, leaves them out."""
        return "id" in self.path_values or self.call.method == "POST" or self.call.path.startswith("/control/")

    def path_id(self, name: str = "id") -> int | None:
        """The id in the path; None when it is no number, which finds nothing."""
        value = self.path_values.get(name, "")
        return int(value) if value.isdigit() else None

    def settle_company(self) -> None:
        """Find the company this request is for. Errors: Refused 400 without header, 403 for a company not connected.

        Source: DOC tutorial_mpz.md; the status of a missing header is not documented.
        """
        header = self.call.headers.get("procore-company-id")
        named = self.path_values.get("company_id") or self.call.parameter("company_id")
        if header is None and named is None:
            named = self._company_of_project()
        if header is None and not (named and self.switches["company_header_optional"]):
            raise Refused(400, NO_COMPANY_HEADER)
        for text in (header, named):
            if text is not None:
                self.company_id = self.connected_company(text)
        if header is not None and named is not None and header != named:
            raise forbidden(NOT_CONNECTED)

    def _company_of_project(self) -> str | None:
        """Public clients name a project only in some calls; it belongs to one company."""
        project_id = self.path_values.get("project_id") or self.call.parameter("project_id") or ""
        project = self.world.collection("projects").get(int(project_id)) if project_id.isdigit() else None
        return None if project is None else str(project.get(COMPANY))

    def connected_company(self, value: Any) -> int:
        """The id, when a company of that id has the app. Errors: Refused 400, 403."""
        try:
            company_id = int(value)
        except (TypeError, ValueError):
            raise bad_parameter("company_id", "is invalid") from None
        company = self.world.collection("companies").get(company_id)
        if company is None or not is_connected(company):
            raise forbidden(NOT_CONNECTED)
        return company_id

    def owns(self, row: Row | None) -> bool:
        """Whether the row belongs to the company of this request."""
        return row is not None and row.get(COMPANY) == self.company_id

    def may_touch_project(self, project_id: int) -> bool:
        """A service account touches only its permitted projects; a person touches all here."""
        permitted = self.switches["permitted_projects"]
        return permitted is None or not self.bearer.is_service or project_id in permitted

    def check_permitted(self, project_id: int) -> None:
        """Errors: Refused 403, or 404 when the switch says so."""
        if self.may_touch_project(project_id):
            return
        if self.switches["project_not_permitted_status"] == 404:
            raise not_found()
        raise forbidden("Service account is not permitted to access this project")


def is_connected(company: Row) -> bool:
    """In the start data the app is connected to `my_company` only."""
    return bool(company.get("my_company", True))
