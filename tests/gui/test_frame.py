"""The frame: menu path, side bar, keys, breadcrumb, badge, meter, languages, status line, help."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QTableView,
    QWidget,
)

from maestro_procore import i18n
from maestro_procore.gui import help_page
from maestro_procore.gui.application import PAGES
from maestro_procore.gui.main_window import PAGES as SIDE_BAR
from maestro_procore.gui.main_window import MainWindow
from maestro_procore.gui.menus import LINES
from maestro_procore.i18n import text
from tests.gui.fakes import Service, window_desk
from tests.gui.journal_desk import NOW, problem, project, supplier
from tests.settling import settle


@pytest.fixture
def window(qtbot, desk):
    desk.lines("suppliers", supplier("A1"), supplier("B2", **problem("SUP-02", code="B2")))
    desk.lines("projects", project("26001"))
    frame = MainWindow(PAGES)
    qtbot.addWidget(frame)
    frame.resize(1280, 800)
    frame.show()
    yield frame
    settle()


@pytest.fixture
def opened(qtbot, window, desk):
    window.show_desk(window_desk(desk), "Constructions Beauséjour inc.")
    qtbot.waitUntil(lambda: window.page.pane is not None)
    return window


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.waitActive(window)
    QTest.keyClick(window.windowHandle(), key, modifier)


def menu_path(window, *keys):
    """The line reached by these words, menu by menu."""
    menus = list(window.bar.actions())
    for key in keys[:-1]:
        menus = next(action.menu() for action in menus if action.text() == text(key)).actions()
    return next(action for action in menus if action.text() == text(keys[-1]))


@pytest.mark.parametrize("page", ["configuration", "synchronization"])
def test_f058_the_menu_follows_maestros_own_path(opened, page):
    """F058: Maintenance > Interface Maintenance > Procore > Configuration / Synchronization."""
    opened.navigate("manager")
    path = ("app.menu.maintenance", "app.menu.interface_maintenance", "app.menu.procore", f"app.menu.{page}")
    menu_path(opened, *path).trigger()
    assert opened.here == page


def test_f039_the_menu_holds_the_synchronization_manager_and_opens_it(opened):
    path = ("app.menu.maintenance", "app.menu.interface_maintenance", "app.menu.procore", "app.menu.manager")
    line = menu_path(opened, *path)
    assert line.text().replace("&", "") == "Synchronization Manager"
    line.trigger()
    assert opened.here == "manager"
    i18n.set_language("fr")
    opened.retranslate()
    assert menu_path(opened, *path).text().replace("&", "") == "Gestionnaire de synchronisation"


def test_f042_configuration_leads_to_the_manager_by_the_keyboard_alone(qtbot, opened):
    """The way of maestro*'s menu: Maintenance, Interface Maintenance, Procore, Configuration; then Tab and Space."""
    opened.navigate("synchronization")
    menu_path(opened, *(f"app.menu.{name}" for name in ("maintenance", "interface_maintenance", "procore")))
    for name in ("maintenance", "interface_maintenance", "procore", "configuration"):
        assert "&" in text(f"app.menu.{name}"), f"no letter leads to {name}"
    press(qtbot, opened, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert opened.here == "configuration"
    manager = opened.page.form.manager
    for _ in range(40):
        if opened.focusWidget() is manager:
            break
        QTest.keyClick(opened.focusWidget(), Qt.Key.Key_Tab)
    assert opened.focusWidget() is manager
    QTest.keyClick(manager, Qt.Key.Key_Space)
    assert opened.here == "manager"


def test_f058_the_breadcrumb_says_the_same_path(opened):
    """F058."""
    opened.navigate("configuration")
    assert opened.breadcrumb.path == "maestro* > Maintenance > Interface Maintenance > Procore > Configuration"


def test_only_pages_that_work_stand_in_the_side_bar(opened):
    assert [name for name, _icon, _key in SIDE_BAR] == [
        "synchronization",
        "configuration",
        "manager",
        "task_management",
        "links",
        "duplicates",
        "reconciliation",
        "documents",
        "connections",
    ]
    for name, _icon, _key in SIDE_BAR:
        opened.navigate(name)
        assert opened.here == name
        assert opened.page.isVisible()


@pytest.mark.parametrize(("place", "name"), list(enumerate([name for name, _, _ in SIDE_BAR], 1)))
def test_control_and_a_number_lead_to_the_page(qtbot, opened, place, name):
    opened.navigate("help")
    press(qtbot, opened, Qt.Key(Qt.Key.Key_0.value + place), Qt.KeyboardModifier.ControlModifier)
    assert opened.here == name


@pytest.mark.parametrize("page", [name for name, _, _ in SIDE_BAR])
def test_f001_f166_f1_opens_the_help_of_the_page_and_escape_leads_back(qtbot, opened, page):
    """F001."""
    opened.navigate(page)
    press(qtbot, opened, Qt.Key.Key_F1)
    assert opened.here == "help"
    assert opened.page.topic == page
    assert text(f"help.{page}.title") in opened.page.answers.toPlainText()
    QTest.keyClick(opened.page, Qt.Key.Key_Escape)
    assert opened.here == page


@pytest.mark.parametrize("line", [line.name for line in LINES if line.name in {name for name, _, _ in SIDE_BAR}])
def test_f166_every_page_of_the_menu_has_its_topic_in_the_help(opened, line):
    opened.menus.actions[line].trigger()
    assert opened.here == line
    opened.menus.actions["help"].trigger()
    assert (opened.here, opened.page.topic) == ("help", line)


@pytest.mark.parametrize("page", [*(name for name, _, _ in SIDE_BAR), "help"])
def test_f175_the_settings_are_one_click_away_from_every_page(qtbot, opened, page):
    opened.navigate(page)
    bar = opened.side
    row = next(n for n, (name, _, _) in enumerate(SIDE_BAR) if name == "configuration")
    if page == "configuration":
        assert bar.currentRow() == row
        return
    qtbot.mouseClick(bar.viewport(), Qt.MouseButton.LeftButton, pos=bar.visualItemRect(bar.item(row)).center())
    assert opened.here == "configuration"
    assert opened.page.form.isVisible()


def test_help_can_be_read_while_the_journal_is_being_opened(qtbot, window):
    press(qtbot, window, Qt.Key.Key_F1)
    assert window.here == "help"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_question_of_the_help_has_an_answer(qapp, language):
    """F001: the same questions in both languages."""
    i18n.set_language(language)
    for topic in help_page.topics():
        asked = help_page.questions(topic)
        assert asked, topic
        assert all(question and answer for question, answer in asked)


def test_the_verbs_of_the_menu_act_on_the_lines(opened, desk):
    """F5 of the menu and of the page are one verb."""
    opened.menus.actions["filter"].trigger()
    assert opened.page.pane.bar.filter.hasFocus()
    for name, keys in (("synchronize", "F5"), ("synchronize_selection", "Shift+F5"), ("preview", "Ctrl+P")):
        assert opened.menus.actions[name].text().endswith(f"\t{keys}")


def test_keys_are_shown_and_bound_only_once(opened):
    bound = [line.keys for line in LINES if line.keys and line.is_global]
    assert len(bound) == len(set(bound))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize(
    "page",
    ["synchronization", "configuration", "manager", "task_management", "links", "reconciliation", "documents"],
)
def test_no_two_things_on_a_page_answer_to_the_same_alt_key(qtbot, opened, page, language):
    i18n.set_language(language)
    opened.retranslate()
    opened.navigate(page)
    settle()
    taken = [menu_letter(action.text()) for action in opened.bar.actions()]
    taken += [
        menu_letter(button.text())
        for button in opened.findChildren(QAbstractButton)
        if button.isVisible() and button.isEnabled() and "&" in button.text().replace("&&", "")
    ]
    doubled = {letter for letter in taken if letter and taken.count(letter) > 1}
    assert not doubled, f"{doubled} of {sorted(taken)}"


def menu_letter(words):
    found = re.search(r"&([^&])", words.replace("&&", ""))
    return found.group(1).lower() if found else ""


@pytest.mark.parametrize(
    ("environment", "is_shown", "words"),
    [("production", False, ""), ("sandbox", True, "SANDBOX"), ("training", True, "TRAINING")],
)
def test_the_badge_names_every_environment_but_production(window, environment, is_shown, words):
    window.show_environment(environment, "https://sandbox.procore.com")
    assert window.top.badge.isVisible() is is_shown
    assert window.environment_line.isVisible() is is_shown
    if is_shown:
        assert window.top.badge.text() == words


@dataclass
class Budget:
    calls_left: int
    limit: int
    resets_at: datetime | None


def test_the_meter_says_what_is_left_and_when_it_starts_again(opened):
    """F009, F046."""
    i18n.set_time_zone(UTC)
    opened.top.meter.clock = lambda: NOW
    at = NOW + timedelta(minutes=30)
    opened.top.meter.show_budget(Budget(3412, 3600, at))
    assert opened.top.meter.text() == f"3,412 calls left, resets {at:%H:%M}"
    opened.top.meter.show_budget(Budget(0, 3600, at))
    assert opened.top.meter.text() == f"call limit reached, resumes {at:%H:%M}"
    i18n.set_time_zone(None)


def test_the_meter_leads_to_the_synchronization_manager(qtbot, opened):
    qtbot.mouseClick(opened.top.meter, Qt.MouseButton.LeftButton)
    assert opened.here == "manager"


def test_the_status_line_says_what_runs_and_what_is_wrong(opened):
    opened.status.show_service(Service(running=1, waiting=2, errors=12, warnings=3))
    assert opened.status.words.startswith("Maestro Service running · last contact ")
    assert opened.status.words.endswith("1 running · 2 waiting")
    assert opened.status._counts["errors"].text() == "12 errors"
    assert opened.status._counts["warnings"].text() == "3 warnings"


def texts_of(window: QWidget) -> set[str]:
    """Every word that a person can see or hear in the window, data excepted."""
    found: set[str] = {window.windowTitle()}
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() and not isinstance(widget, QMenu):
            continue
        found |= {widget.accessibleName(), widget.toolTip(), widget.accessibleDescription()}
        if isinstance(widget, QLabel | QAbstractButton):
            found.add(widget.text())
        elif isinstance(widget, QLineEdit):
            found.add(widget.placeholderText())
        elif isinstance(widget, QMenu):
            found |= {widget.title(), *(action.text() for action in widget.actions())}
        elif isinstance(widget, QTabBar):
            found |= {widget.tabText(place) for place in range(widget.count())}
        elif isinstance(widget, QComboBox):
            found |= {widget.itemText(row) for row in range(widget.count())}
        elif isinstance(widget, QTableView) and (model := widget.model()) is not None:
            titles = (model.headerData(place, Qt.Orientation.Horizontal) for place in range(model.columnCount()))
            found |= {str(title or "") for title in titles}
    return {words for words in found if words}


def only_in(language: i18n.Language, other: i18n.Language) -> set[str]:
    """Texts without named places whose words differ between the two languages."""
    entries = [entry for page in i18n.pages() for entry in i18n.page(page).values()]
    theirs = {entry[other] for entry in entries}
    return {entry[language] for entry in entries if entry[language] not in theirs and "{" not in entry[language]}


@pytest.mark.parametrize("page", [*(name for name, _, _ in SIDE_BAR), "help"])
def test_f092_switching_the_language_leaves_no_word_of_the_other(qtbot, opened, page):
    """F092: nothing keeps its English words after EN to FR, nor its French ones after the way back."""
    opened.navigate(page)
    settle()
    english = texts_of(opened)
    i18n.set_language("fr")
    opened.retranslate()
    settle()
    left = texts_of(opened) & only_in("en", "fr")
    assert not left
    i18n.set_language("en")
    opened.retranslate()
    settle()
    assert not texts_of(opened) & only_in("fr", "en")
    assert texts_of(opened) == english


@pytest.mark.parametrize("page", [name for name, _, _ in SIDE_BAR])
def test_everything_that_takes_the_focus_has_a_name(qtbot, opened, page):
    opened.navigate(page)
    settle()
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in opened.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and isinstance(widget, QAbstractButton | QLineEdit | QComboBox | QAbstractItemView)
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
        and not isinstance(widget.parent(), QComboBox)
    ]
    assert not nameless


def test_a_small_window_keeps_the_side_bar_as_icons_with_names(opened):
    opened.resize(1024, 700)
    assert opened.side.width() < 60
    assert opened.side.item(0).data(Qt.ItemDataRole.AccessibleTextRole) == "Synchronization"
    opened.resize(1400, 800)
    assert opened.side.item(0).text() == "Synchronization"


def test_the_counts_of_the_status_line_lead_to_their_lines(qtbot, opened, desk):
    """F040."""
    opened.show_elements(desk.views.elements())
    opened._show_problems("errors")
    qtbot.waitUntil(lambda: opened.page.pane is not None and opened.page.pane.element == "suppliers")
    assert opened.page.pane.chips.current == "errors"


def test_a_page_that_is_not_there_is_left_alone(opened):
    opened.navigate("dashboard")
    assert opened.here == "synchronization"
