"""Where a record stands in either system, for the buttons that open it in Procore and in maestro*.

Procore: its page in the web application. Only the browser goes there; nothing of ours is sent. maestro* has no
addresses: the option that shows the record is named, and its number copied, ready to be pasted there.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from maestro_procore.gui.asking import Ask
from maestro_procore.i18n import text
from maestro_procore.model.addresses import is_loopback
from maestro_procore.procore.resources import names_in

# Host of the API: where a person sees the same company. Reference procore-api.md §1.1; Procore leads from
# app. to the zone of the company. Any other host (a sandbox of Procore's) serves both.
ORIGINS: Final[Mapping[str, str]] = {
    "api.procore.com": "https://app.procore.com",
    "api-monthly.procore.com": "https://api-sandbox-monthly.procore.com",
    "api.procoregov.com": "https://app.procoregov.com",
}

# Those of contracts and budgets are in Procore's list of the pages that take a side panel (documentation,
# side-panel-view-keys); the others are the ones that its own pages link to. Of the company directory only the tool
# itself has one that stays the same, and so has the budget.
PAGES: Final[Mapping[str, str]] = {
    "projects": "/{record}/project/home",
    "suppliers": "/{company}/company/directory",
    "budgets": "/projects/{project}/budgeting",
    "costs": "/{project}/project/direct_costs/{record}",
    "purchase-orders": "/{project}/project/commitments/purchase_order_contracts/{record}",
    "subcontracts": "/{project}/project/commitments/work_order_contracts/{record}",
}
_PACKAGES: Final = "change_orders/commitment_contract_change_orders/{record}"
CHANGE_ORDERS: Final[Mapping[str, str]] = {
    "purchase-orders": "/{project}/project/commitments/purchase_order_contracts/{contract}/" + _PACKAGES,
    "subcontracts": "/{project}/project/commitments/work_order_contracts/{contract}/" + _PACKAGES,
    "prime-contracts": "/{project}/project/prime_contracts/{contract}/change_orders/change_order_packages/{record}",
}
"""Kind of the changed contract → the page of a change order."""
PROJECT: Final = "/{project}/project/home"
COMPANY: Final = "/{company}/company/home"
"""For a record of which no page is known, or which Procore does not hold (yet)."""

# Field of maestro* by which people look a record up, where that is not its key.
NUMBERS: Final[Mapping[str, str]] = {"budgets": "activity", "costs": "document", "change-orders": "number"}


def web_origin(api_url: str) -> str | None:
    """https and host of the web application behind an API address; None when there is none (this computer)."""
    parts = urlsplit(api_url.strip())
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not host or is_loopback(api_url.strip()):
        return None
    return ORIGINS.get(host) or f"https://{host}" + (f":{parts.port}" if parts.port else "")


def web_page(
    settings: Mapping[str, Any],
    element: str,
    procore_id: int | None,
    project_id: int | None = None,
    values: Mapping[str, Any] | None = None,
) -> str | None:
    """Where the record can be seen; its project's or its company's home when that is all that is known.

    settings: of the connection, as store.views.Views.settings gives them. project_id: Procore's. values: of the
    record, as Procore holds it: a change order lies below its contract.
    """
    held = values or {}
    known = {
        "company": settings.get("procore_company_id"),
        "project": project_id,
        "record": procore_id,
        "contract": held.get("contract_id"),
    }
    pages = (PAGES.get(element) or CHANGE_ORDERS.get(str(held.get("kind") or "")), PROJECT, COMPANY)
    origin = web_origin(str(settings.get("api_url") or ""))
    found = (page for page in pages if page is not None and all(known[n] is not None for n in names_in(page)))
    page = next(found, None)
    return None if origin is None or page is None else origin + page.format(**known)


class WebPages:
    """Opens records in the browser, or says why it cannot."""

    def __init__(self, desk: Any, ask: Ask, say: Callable[[str, str], object]) -> None:
        """say: kind (info · warning) and words, for the notice of the page."""
        self._desk, self._ask, self._say = desk, ask, say

    def open(
        self, element: str, procore_id: int | None, project: str | None = None, values: Mapping[str, Any] | None = None
    ) -> None:
        """project: maestro* code of the project that the record belongs to. values: as web_page wants them."""
        if self._desk.environment == "training":
            self._say("info", text("remedy.web.training"))
            return
        views = self._desk.views

        def look() -> str | None:
            project_id = views.partner("projects", project) if project else None
            return web_page(views.settings(), element, procore_id, project_id, values)

        self._ask(look, self._show)

    def _show(self, page: str | None) -> None:
        if page is None:
            self._ask(self._desk.views.settings, self._say_none)
        elif not QDesktopServices.openUrl(QUrl(page)):
            self._say("warning", text("remedy.web.failed", url=page))

    def _say_none(self, settings: Mapping[str, Any]) -> None:
        self._say("warning", text("remedy.web.none", url=str(settings.get("api_url") or "")))

    def show_in_maestro(self, line: Any) -> None:
        """Names the option of maestro* that shows the record, and puts its number where it can be pasted."""
        number = str((line.maestro or {}).get(NUMBERS.get(line.element, "")) or line.maestro_key)
        QApplication.clipboard().setText(number)
        record = text(f"element.{line.element}.record", code=line.maestro_key)
        option = text(f"remedy.maestro.option.{line.element}")
        told = text("remedy.maestro", record=record, option=option, number=number)
        in_project = text("remedy.maestro.project", project=line.project) if line.project else ""
        self._say("info", " ".join(words for words in (told, in_project) if words))
