"""Every remedy that the catalogue names has a button that does something, on the line and in the Manager."""

from collections.abc import Callable
from string import Formatter
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QPushButton

from maestro_procore.gui.line_remedies import ON_THE_LINE, PAGES, VALUE_TABLES
from maestro_procore.gui.manager_page import ManagerPage
from maestro_procore.gui.manager_page import possible as possible_in_manager
from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.i18n import has_text, text
from maestro_procore.model.elements import ELEMENTS
from maestro_procore.model.problems import CATALOGUE, Problem
from maestro_procore.model.value_maps import VALUE_MAPS
from tests.gui.fakes import window_desk
from tests.gui.journal_desk import NOW, Clock, JournalDesk, ask_now, project, supplier

REMEDIES = sorted({entry.action for entry in CATALOGUE.values() if entry.action})
CANDIDATES = [{"procore_id": 598134329200000, "name": "Demolition Roy", "city": "Ottawa"}]


def code_with(remedy: str) -> str:
    return next(code for code, entry in CATALOGUE.items() if entry.action == remedy)


def problem_with(remedy: str) -> Problem:
    """A message of that remedy, with something in every place of its sentences."""
    entry = CATALOGUE[code_with(remedy)]
    sentences = [words for part in (entry.text, entry.cause, entry.remedy) for words in part["en"].values()]
    places = {name for words in sentences for _, name, _, _ in Formatter().parse(words) if name}
    known = {"code": "A1", "field": "city", "fields": ["city"], "element": "suppliers"}
    return Problem(entry.code, dict.fromkeys(places, 2) | known)


def line_with(remedy: str) -> dict[str, Any]:
    """A supplier on whose line the remedy can do something."""
    found = problem_with(remedy)
    return supplier(
        "A1",
        status="never",
        needs_sync=True,
        differing=["city"],
        candidates=CANDIDATES,
        problems=[found.to_json()],
        worst=found.kind.value,
    )


@pytest.fixture
def visited() -> list[tuple[Any, ...]]:
    """What pages were asked for, with their arguments."""
    return []


@pytest.fixture
def open_line(qtbot: Any, desk: JournalDesk, visited: list[Any]) -> Callable[[dict[str, Any]], Any]:
    def open_it(line: dict[str, Any]) -> Any:
        desk.lines(line["element"], line)
        page = SynchronizationPage(desk, lambda *to: visited.append(to), ask=ask_now, clock=Clock())
        qtbot.addWidget(page)
        page.resize(1280, 800)
        page.show()
        page.page_shown()
        page.show_element(line["element"])
        assert page.pane is not None
        page.pane.open_line(0)
        return page.pane

    return open_it


def remedy_button(of: Any) -> QPushButton:
    button = of.findChild(QPushButton, "remedy")
    assert button is not None
    return button


def what_happened(pane: Any, desk: JournalDesk, visited: list[Any]) -> list[Any]:
    """Anything that a press can lead to, in words."""
    happened: list[Any] = [*visited, *desk.commands.pressed]
    if not pane.notice.isHidden():
        happened.append(pane.notice.words)
    return happened


DONE: dict[str, Callable[[Any, list[Any]], bool]] = {
    "approve": lambda _pane, said: "does not wait" in said[0],  # this desk has no document that does
    "release_held": lambda _pane, said: "Nothing is held" in said[0],
    "accept": lambda _pane, said: said == [("synchronize", {"element": "suppliers", "keys": ["A1"], "full": False})],
    "choose_link": lambda pane, _said: pane.detail.tabs.currentWidget() is pane.detail.candidates,
    "choose_template": lambda _pane, said: said == [("configuration", {"field": "default_template"})],
    "choose_value": lambda pane, _said: pane.detail.fields.item(pane.detail.fields.currentRow(), 0).text() == "City",
    "confirm": lambda _pane, said: said[0][0] == "synchronize",
    "map_value": lambda _pane, said: said[0][0] == "configuration" and said[0][1]["map"][0] == "cost_types",
    "open_configuration": lambda _pane, said: said == [("configuration",)],
    "open_connections": lambda _pane, said: said == [("connections",)],
    "sign_in_again": lambda _pane, said: said == [("connections", {"ended": ""})],
    "open_in_procore": lambda _pane, said: "no web pages" in said[0],
    "open_manager": lambda _pane, said: said == [("manager",)],
    "open_record": lambda pane, _said: pane.detail.fields.item(pane.detail.fields.currentRow(), 0).text() == "City",
    "open_task_management": lambda _pane, said: said == [("task_management",)],
    "open_reconciliation": lambda _pane, said: said == [("reconciliation",)],
    "open_suppliers": lambda _pane, said: said == [("synchronization", {"element": "suppliers"})],
    "retry_line": lambda _pane, said: said[0][1]["keys"] == ["A1"],
    "unlink": lambda _pane, said: "A1" in said[0],
    "set_inactive": lambda _pane, said: said[0].startswith("Set project A1 inactive"),
    "set_active": lambda _pane, said: said[0].startswith("Set project A1 active"),
}


def test_every_message_about_a_value_names_its_table_and_row() -> None:
    asked = {code for code, entry in CATALOGUE.items() if entry.action == "map_value"}
    assert asked == set(VALUE_TABLES)
    for code, (table, name) in VALUE_TABLES.items():
        elements = [e for e in ELEMENTS if table.format(element=e) in VALUE_MAPS]
        said = [words for words in CATALOGUE[code].text["en"].values() if f"{{{name}}}" in words]
        assert elements and said, code


def test_a_message_about_a_value_leads_to_its_row(desk: JournalDesk, open_line: Any, visited: list[Any]) -> None:
    """COD-04: from the line to the group in the table of cost types."""
    found = Problem("COD-04", {"group": "901"})
    pane = open_line(supplier("A1", status="never", problems=[found.to_json()], worst="E"))
    pane.detail.tabs.setCurrentWidget(pane.detail.problems)
    remedy_button(pane.detail.problems).click()
    assert visited == [("configuration", {"map": ("cost_types", "901")})]


def test_the_table_of_this_test_is_complete() -> None:
    assert set(REMEDIES) <= set(DONE)
    assert all(has_text(f"action.{remedy}") for remedy in REMEDIES)


@pytest.mark.parametrize("remedy", REMEDIES)
def test_every_remedy_of_the_catalogue_has_a_button_on_the_line(
    remedy: str, desk: JournalDesk, open_line: Any, visited: list[Any]
) -> None:
    pane = open_line(line_with(remedy))
    pane.detail.tabs.setCurrentWidget(pane.detail.problems)
    pane.detail.fields.setCurrentCell(0, 0)
    remedy_button(pane.detail.problems).click()
    assert DONE[remedy](pane, what_happened(pane, desk, visited))


@pytest.mark.parametrize("remedy", [name for name in REMEDIES if name != "open_manager"])
@pytest.mark.parametrize("is_technician", [True, False], ids=["technician", "accountant"])
def test_every_remedy_of_the_catalogue_has_a_button_in_the_manager(
    remedy: str, is_technician: bool, desk: JournalDesk, qtbot: Any, visited: list[Any]
) -> None:
    """What needs the line leads to it; *Open the Manager* has no button where the reader is already."""
    desk.rights.can_manage = is_technician
    request = desk.request(state="failed", ended_at=NOW)
    told = [problem_with(remedy).to_json()]
    desk.action(request, maestro_key="A1", procore_id=77, name="Acier", state="failed", problems=told)
    page = ManagerPage(desk, lambda *to: visited.append(to), ask=ask_now, clock=Clock())
    qtbot.addWidget(page)
    page.show()
    page.page_shown()
    page.action_grid.selectRow(0)
    remedy_button(page.detail.explain if is_technician else page.messages).click()
    if remedy in ON_THE_LINE:
        assert visited == [("synchronization", {"line": ("suppliers", "A1", 77)})]
    elif remedy in PAGES:
        assert visited[0][0] == PAGES[remedy][0]
    else:
        assert what_happened(page, desk, visited)


def test_a_request_offers_nothing_that_needs_a_record() -> None:
    assert not ON_THE_LINE & possible_in_manager(None).keys()


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (line_with("choose_link") | {"candidates": []}, "choose_link"),
        (line_with("accept") | {"needs_sync": False}, "accept"),
        (line_with("retry_line") | {"maestro_key": None, "procore_values": {"name": "Roy"}}, "retry_line"),
    ],
    ids=["nothing to choose from", "accepted already", "Procore's alone"],
)
def test_a_remedy_that_could_do_nothing_has_no_button(line: dict[str, Any], remedy: str, open_line: Any) -> None:
    pane = open_line(line)
    shown = [b.text() for b in pane.detail.problems.findChildren(QPushButton, "remedy")]
    assert text(f"action.{remedy}") not in shown


@pytest.mark.parametrize(
    ("code", "field"), [("PRJ-03", "Start Date"), ("PRJ-05", "Closing Date"), ("PRJ-14", "Province")]
)
def test_the_field_of_a_message_is_one_click_away(code: str, field: str, open_line: Any, qtbot: Any) -> None:
    pane = open_line(project("25-1", problems=[Problem(code, {"code": "25-1", "country": "CA"}).to_json()], worst="E"))
    button = remedy_button(pane.detail.problems)
    assert button.text() == "Show the fields"
    button.click()
    fields = pane.detail.fields
    assert fields.item(fields.currentRow(), 0).text() == field


def test_a_template_is_chosen_in_configuration_with_the_keyboard_in_its_field(desk: JournalDesk, qtbot: Any) -> None:
    """PRJ-15, PRJ-20."""
    page = configuration(qtbot, window_desk(desk))
    page.page_shown()
    page.show_field("default_template")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.settings.template)
    assert page.settings.template.visibleRegion().boundingRect().height() == page.settings.template.height()
    page.refresh()
    assert QApplication.focusWidget() is page.settings.template


def test_who_may_not_configure_is_told_where_the_template_is_chosen(desk: JournalDesk, qtbot: Any) -> None:
    from maestro_procore.engine.commands import Rights

    page = configuration(qtbot, window_desk(desk, rights=Rights(False, True, False, False)))
    page.page_shown()
    page.show_field("default_template")
    assert page.notice.words == text("config.rights.note")


def configuration(qtbot: Any, desk: Any) -> Any:
    from maestro_procore.gui.configuration_page import ConfigurationPage
    from tests.gui.fakes import ask_async_now
    from tests.gui.fakes import ask_now as ask_or_fail

    page = ConfigurationPage(desk, lambda *_: None, ask=ask_or_fail, ask_async=ask_async_now)
    qtbot.addWidget(page)
    page.resize(1000, 420)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    assert isinstance(page, QObject)
    return page
