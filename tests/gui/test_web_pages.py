"""*Open in Procore*: which page the browser is sent to, and what is said where there is none."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from maestro_procore import i18n
from maestro_procore.gui.web_pages import WebPages, web_origin, web_page
from tests.gui.journal_desk import NOW, JournalDesk, ask_now

PROJECT, COMPANY = 598134325800000, 598134325700001


class Browser(QObject):
    """Receives what Qt would hand to the desktop's browser."""

    def __init__(self) -> None:
        super().__init__()
        self.visited: list[str] = []

    @Slot(QUrl)
    def visit(self, url: QUrl) -> None:
        self.visited.append(url.toString())


@pytest.fixture
def browser(qapp: Any) -> Iterator[Browser]:
    made = Browser()
    QDesktopServices.setUrlHandler("https", made, "visit")
    yield made
    QDesktopServices.unsetUrlHandler("https")


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.procore.com", "https://app.procore.com"),
        ("https://sandbox.procore.com/", "https://sandbox.procore.com"),
        ("https://api-monthly.procore.com", "https://api-sandbox-monthly.procore.com"),
        ("https://API.procoregov.com", "https://app.procoregov.com"),
        ("https://procore.example.org:8443/rest", "https://procore.example.org:8443"),
        ("http://127.0.0.1:4711", None),
        ("https://localhost:4711", None),
        ("http://api.procore.com", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_people_see_their_company_beside_its_api(api: str, web: str | None) -> None:
    assert web_origin(api) == web


@pytest.mark.parametrize(
    ("element", "procore_id", "page"),
    [
        ("projects", PROJECT, f"https://app.procore.com/{PROJECT}/project/home"),
        ("projects", None, f"https://app.procore.com/{COMPANY}/company/home"),
        ("suppliers", 77, f"https://app.procore.com/{COMPANY}/company/directory"),
        ("costs", 77, f"https://app.procore.com/{COMPANY}/company/home"),
    ],
)
def test_each_element_has_its_page(element: str, procore_id: int | None, page: str) -> None:
    connection = {"api_url": "https://api.procore.com", "procore_company_id": COMPANY}
    assert web_page(connection, element, procore_id) == page


def test_the_record_opens_in_the_browser(desk: JournalDesk, browser: Browser) -> None:
    desk.environment = "production"
    desk.journal.change_settings({"api_url": "https://api.procore.com", "procore_company_id": COMPANY}, "mlavoie", NOW)
    said: list[tuple[str, str]] = []
    WebPages(desk, ask_now, lambda kind, words: said.append((kind, words))).open("projects", PROJECT)
    assert browser.visited == [f"https://app.procore.com/{PROJECT}/project/home"]
    assert said == []


@pytest.mark.parametrize(("language", "words"), [("en", "training company has no web pages"), ("fr", "formation")])
def test_training_has_no_web_pages_and_says_so(
    desk: JournalDesk, browser: Browser, language: i18n.Language, words: str
) -> None:
    i18n.set_language(language)
    said: list[tuple[str, str]] = []
    WebPages(desk, ask_now, lambda kind, said_words: said.append((kind, said_words))).open("projects", PROJECT)
    assert browser.visited == []
    assert [kind for kind, _ in said] == ["info"] and words in said[0][1]


def test_an_address_without_web_pages_is_named(desk: JournalDesk, browser: Browser) -> None:
    desk.environment = "sandbox"
    desk.journal.change_settings({"api_url": "http://127.0.0.1:4711", "procore_company_id": COMPANY}, "mlavoie", NOW)
    said: list[tuple[str, str]] = []
    WebPages(desk, ask_now, lambda kind, words: said.append((kind, words))).open("projects", PROJECT)
    assert browser.visited == [] and "http://127.0.0.1:4711" in said[0][1]
