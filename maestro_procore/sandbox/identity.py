"""`/me` and `/companies`: who asks, and which companies have the app. Source: reference 1.3, 1.4."""

from collections.abc import Callable

from maestro_procore.sandbox.answers import Answer, Refused, json_answer
from maestro_procore.sandbox.paging import page_of
from maestro_procore.sandbox.visits import NO_COMPANY_HEADER, Visit, is_connected

LARGEST_PAGE = 2000
FIELDS_OF_ME = ("id", "login", "name")
FIELDS_OF_COMPANY = ("id", "name", "is_active", "logo_url", "pcn_business_experience", "my_company")


def _me(visit: Visit) -> Answer:
    _check_header(visit)
    return json_answer({name: visit.bearer.user.get(name) for name in FIELDS_OF_ME})


def _companies(visit: Visit) -> Answer:
    _check_header(visit)
    rows = [
        {name: row.get(name) for name in FIELDS_OF_COMPANY}
        for row in visit.world.collection("companies")
        if is_connected(row) or not (visit.switches["connected_companies_only"] or visit.bearer.is_service)
    ]
    page, headers = page_of(visit, rows, LARGEST_PAGE)
    return json_answer(page, headers=headers)


def _check_header(visit: Visit) -> None:
    """A service account must name the company even here (DOC developer_managed_service_accounts.md)."""
    header = visit.call.headers.get("procore-company-id")
    if header is not None:
        visit.connected_company(header)
    elif visit.bearer.is_service and not visit.switches["identity_header_optional"]:
        raise Refused(400, NO_COMPANY_HEADER)


IDENTITY_ROUTES: dict[tuple[str, str], Callable[[Visit], Answer]] = {
    ("GET", "/rest/v1.0/me"): _me,
    ("GET", "/rest/v1.0/companies"): _companies,
}
