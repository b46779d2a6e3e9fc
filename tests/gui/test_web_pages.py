"""*Open in Procore*: which page the browser is sent to, and what is said where there is none."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from maestro_procore import i18n
from maestro_procore.gui.web_pages import WebPages, web_origin, web_page
from maestro_procore.model.elements import ELEMENTS
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
        ("unknown", 77, f"https://app.procore.com/{COMPANY}/company/home"),
    ],
)
def test_each_element_has_its_page(element: str, procore_id: int | None, page: str) -> None:
    connection = {"api_url": "https://api.procore.com", "procore_company_id": COMPANY}
    assert web_page(connection, element, procore_id) == page


COMMITMENTS = f"https://app.procore.com/{PROJECT}/project/commitments"


@pytest.mark.parametrize(
    ("element", "values", "page"),
    [
        ("budgets", {}, f"https://app.procore.com/projects/{PROJECT}/budgeting"),
        ("costs", {}, f"https://app.procore.com/{PROJECT}/project/direct_costs/77"),
        ("purchase-orders", {}, f"{COMMITMENTS}/purchase_order_contracts/77"),
        ("subcontracts", {}, f"{COMMITMENTS}/work_order_contracts/77"),
        (
            "change-orders",
            {"kind": "subcontracts", "contract_id": "12"},
            f"{COMMITMENTS}/work_order_contracts/12/change_orders/commitment_contract_change_orders/77",
        ),
        (
            "change-orders",
            {"kind": "prime-contracts", "contract_id": "12"},
            f"https://app.procore.com/{PROJECT}/project/prime_contracts/12/change_orders/change_order_packages/77",
        ),
        ("change-orders", {}, f"https://app.procore.com/{PROJECT}/project/home"),
    ],
)
def test_a_financial_record_opens_in_the_tool_of_its_project(element: str, values: dict[str, str], page: str) -> None:
    connection = {"api_url": "https://api.procore.com", "procore_company_id": COMPANY}
    assert web_page(connection, element, 77, PROJECT, values) == page


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("element", list(ELEMENTS))
def test_open_in_maestro_names_the_option_and_copies_the_number(
    qapp: Any, desk: JournalDesk, element: str, language: i18n.Language
) -> None:
    """maestro* has no addresses: nothing is opened, and nothing pretends to be."""
    i18n.set_language(language)
    said: list[str] = []
    line = SimpleNamespace(element=element, maestro_key="K-1", project="26005", maestro={"number": "000006-001"})
    WebPages(desk, ask_now, lambda _kind, words: said.append(words)).show_in_maestro(line)
    number = "000006-001" if element == "change-orders" else "K-1"
    assert QApplication.clipboard().text() == number
    assert number in said[0] and "26005" in said[0] and "remedy." not in said[0]


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
