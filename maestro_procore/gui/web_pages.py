"""The page of a record in Procore's web application, for the button *Open in Procore*.

Only the browser goes there; nothing of ours is sent.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from maestro_procore.gui.asking import Ask
from maestro_procore.i18n import text
from maestro_procore.procore.connection import is_loopback

# Host of the API: where a person sees the same company. Reference procore-api.md §1.1; Procore leads from
# app. to the zone of the company. Any other host (a sandbox of Procore's) serves both.
ORIGINS: Final[Mapping[str, str]] = {
    "api.procore.com": "https://app.procore.com",
    "api-monthly.procore.com": "https://api-sandbox-monthly.procore.com",
    "api.procoregov.com": "https://app.procoregov.com",
}

# Procore documents the address of no page. These are the ones that its own pages link to; of the company
# directory only the tool itself has one that stays the same.
PAGES: Final[Mapping[str, str]] = {
    "projects": "/{record}/project/home",
    "suppliers": "/{company}/company/directory",
}
COMPANY: Final = "/{company}/company/home"
"""For a record of which no page is known, or which Procore does not hold (yet)."""


def web_origin(api_url: str) -> str | None:
    """https and host of the web application behind an API address; None when there is none (this computer)."""
    parts = urlsplit(api_url.strip())
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not host or is_loopback(api_url.strip()):
        return None
    return ORIGINS.get(host) or f"https://{host}" + (f":{parts.port}" if parts.port else "")


def web_page(settings: Mapping[str, Any], element: str, procore_id: int | None) -> str | None:
    """Where the record can be seen. settings: of the connection, as store.views.Views.settings gives them."""
    origin, company = web_origin(str(settings.get("api_url") or "")), settings.get("procore_company_id")
    page = PAGES.get(element, COMPANY)
    if procore_id is None and "{record}" in page:
        page = COMPANY
    if origin is None or (company is None and "{company}" in page):
        return None
    return origin + page.format(company=company, record=procore_id)


class WebPages:
    """Opens records in the browser, or says why it cannot."""

    def __init__(self, desk: Any, ask: Ask, say: Callable[[str, str], object]) -> None:
        """say: kind (info · warning) and words, for the notice of the page."""
        self._desk, self._ask, self._say = desk, ask, say

    def open(self, element: str, procore_id: int | None) -> None:
        if self._desk.environment == "training":
            self._say("info", text("remedy.web.training"))
            return
        self._ask(self._desk.views.settings, lambda settings: self._show(settings, element, procore_id))

    def _show(self, settings: Mapping[str, Any], element: str, procore_id: int | None) -> None:
        page = web_page(settings, element, procore_id)
        if page is None:
            self._say("warning", text("remedy.web.none", url=str(settings.get("api_url") or "")))
        elif not QDesktopServices.openUrl(QUrl(page)):
            self._say("warning", text("remedy.web.failed", url=page))
