"""The page Synchronization: what an accountant sees and does, on a real journal."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from maestro_procore import i18n
from maestro_procore.gui.element_pane import ElementPane
from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.model.elements import built_elements
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import Symbol
from tests.gui.journal_desk import NOW, RESUMES_AT, Clock, JournalDesk, ask_now, problem, project, supplier
from tests.settling import settle

Spoken = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture
def visited() -> list[Any]:
    return []


@pytest.fixture
def open_page(qtbot: Any, desk: JournalDesk, visited: list[Any]) -> Callable[..., ElementPane]:
    def open_it(element: str = "suppliers", clock: Clock | None = None) -> ElementPane:
        page = SynchronizationPage(desk, visited.append, ask=ask_now, clock=clock or Clock())
        qtbot.addWidget(page)
        page.resize(1180, 720)
        page.show()
        page.page_shown()
        page.show_element(element)
        assert page.pane is not None
        page.pane.setProperty("page", page)
        return page.pane

    return open_it


def page_of(pane: ElementPane) -> SynchronizationPage:
    page = pane.property("page")
    assert isinstance(page, SynchronizationPage)
    return page


def spoken(pane: ElementPane, row: int, column_id: str) -> str:
    place = next(n for n, column in enumerate(pane.model.columns) if column.id == column_id)
    return str(pane.model.data(pane.model.index(row, place), Spoken))


def cell(pane: ElementPane, row: int, column_id: str) -> Any:
    place = next(n for n, column in enumerate(pane.model.columns) if column.id == column_id)
    return pane.model.cell(row, place)


def focus(qtbot: Any, pane: ElementPane) -> None:
    """The window is in front and the grid has the keyboard, as after a click into it."""
    page = page_of(pane)
    with qtbot.waitActive(page):
        page.activateWindow()
    pane.grid.setFocus()
    qtbot.waitUntil(pane.grid.hasFocus)


def press(pane: ElementPane, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = modifiers[0] if modifiers else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(pane.grid, key, held)


# --- what is shown ----------------------------------------------------------------------------------


def test_f073_each_ticked_element_has_a_tab_with_its_number_of_records(desk: JournalDesk, open_page: Any) -> None:
    """F073: an element that is unticked in Configuration loses its tab."""
    desk.lines("suppliers", supplier("A1", needs_sync=True), supplier("A2", needs_sync=True), supplier("A3"))
    page = page_of(open_page())
    numbers = {"suppliers": 2}
    shown = [f"{i18n.text(f'element.{e.name}')} ({numbers.get(e.name, 0)})" for e in built_elements()]
    assert [page.tabs.tabText(n) for n in range(page.tabs.count())] == shown
    desk.journal.change_element("projects", is_enabled=False)
    page.refresh()
    assert [page.tabs.tabText(n) for n in range(page.tabs.count())] == shown[1:]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_all_tabs_are_in_view_in_a_window_of_1280_points(
    language: i18n.Language, desk: JournalDesk, open_page: Any
) -> None:
    """Whole names and large numbers, without arrows to scroll; in one line where there is room for it."""
    page = page_of(open_page())
    i18n.set_language(language)
    page.retranslate()
    tabs = page.tabs
    tabs.show_counts({element.name: 99_999 for element in built_elements()})

    def words_in(width: int) -> str:
        page.resize(width, 720)
        settle()
        shown = range(tabs.count())
        assert sum(tabs.tabRect(place).width() for place in shown) <= tabs.width() == width
        assert all(tabs.tabRect(place).height() <= tabs.height() for place in shown)
        return "|".join(tabs.tabText(place) for place in shown)

    beside_the_side_bar = 990
    names = [i18n.text(f"element.{element.name}") for element in built_elements()]
    number = i18n.number(language, 99_999)
    assert words_in(beside_the_side_bar) == "|".join(f"{name}\n{number}" for name in names)
    assert words_in(1600) == "|".join(f"{name} ({number})" for name in names)


def test_without_a_ticked_element_the_page_says_where_to_tick(
    desk: JournalDesk, qtbot: Any, visited: list[Any]
) -> None:
    for element in built_elements():
        desk.journal.change_element(element.name, is_enabled=False)
    page = SynchronizationPage(desk, visited.append, ask=ask_now, clock=Clock())
    qtbot.addWidget(page)
    page.show()
    page.page_shown()
    assert page.pane is None
    button = page.nothing.findChild(QPushButton)
    assert button is not None and button.isVisible()
    button.click()
    assert visited == ["configuration"]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("never", "Not synchronized"),
        ("queued", "Pending"),
        ("running", "In progress"),
        ("done", "Synchronized"),
        ("failed", "Error"),
    ],
)
def test_f002_a_symbol_with_its_name_stands_before_each_line(
    desk: JournalDesk, open_page: Any, status: str, name: str
) -> None:
    """F002, F003, F004."""
    desk.lines("suppliers", supplier("A1", status=status))
    pane = open_page()
    assert pane.model.columns[1].kind == "symbol"
    assert spoken(pane, 0, "status") == name


def test_both_sides_stand_left_and_right_of_the_arrow_and_differences_are_bold(
    desk: JournalDesk, open_page: Any
) -> None:
    line = supplier("D3100", city="Gatineau", differing=["city"])
    line["procore_values"] = {**line["procore_values"], "city": "Ottawa"}
    desk.lines("suppliers", line)
    pane = open_page()
    ids = [column.id for column in pane.model.columns]
    assert ids.index("maestro.city") < ids.index("direction") < ids.index("procore.city")
    assert (cell(pane, 0, "maestro.city").shown, cell(pane, 0, "procore.city").shown) == ("Gatineau", "Ottawa")
    assert cell(pane, 0, "procore.city").is_bold
    assert not cell(pane, 0, "procore.name").is_bold
    place = pane.model.index(0, ids.index("procore.city"))
    assert pane.model.data(place, Qt.ItemDataRole.ToolTipRole) == "Ottawa\nLast agreed value: Gatineau"
    assert spoken(pane, 0, "direction") == "maestro* to Procore"


def test_f005_f013_an_error_is_a_red_circle_and_says_so_aloud(desk: JournalDesk, open_page: Any) -> None:
    """F005, F013: with the remedy in the tooltip."""
    desk.lines("suppliers", supplier("D3100", status="failed", **problem("SUP-05", name="Démolition Roy")))
    pane = open_page()
    assert cell(pane, 0, "message").words.kind == "error"
    assert spoken(pane, 0, "message").startswith("Error: Procore company Démolition Roy is inactive")
    tooltip = pane.model.data(pane.model.index(0, len(pane.model.columns) - 1), Qt.ItemDataRole.ToolTipRole)
    assert "Reactivate" in tooltip


def test_f015_a_warning_is_a_yellow_triangle_and_says_so_aloud(desk: JournalDesk, open_page: Any) -> None:
    """F015."""
    desk.lines("suppliers", supplier("E0450", **problem("PRJ-13")))
    pane = open_page()
    assert cell(pane, 0, "message").words.kind == "warning"
    assert spoken(pane, 0, "message") == "Warning: Name shortened to 100 characters."
    assert spoken(pane, 0, "status") == "Synchronized"


def test_f006_f007_a_running_line_shows_the_progress_bar(desk: JournalDesk, open_page: Any) -> None:
    """F006, F007."""
    request = desk.request(state="running", progress_step="sending", progress_done=640, progress_total=1000)
    desk.lines("suppliers", supplier("B2040", status="running", request_id=request["id"]))
    pane = open_page()
    assert cell(pane, 0, "status").symbol is Symbol.WHEEL
    words = cell(pane, 0, "message").words
    assert words.fraction == 0.64
    assert words.text == "64% – sending 640 of 1,000"


def test_while_both_sides_are_read_the_bar_has_no_length(desk: JournalDesk, open_page: Any) -> None:
    """F007: busy while counting."""
    request = desk.request(state="running", progress_step="reading")
    desk.lines("suppliers", supplier("B2040", status="running", request_id=request["id"]))
    assert cell(open_page(), 0, "message").words.fraction == -1


def test_f008_f009_the_call_limit_shows_the_hourglass_and_counts_down(desk: JournalDesk, open_page: Any) -> None:
    """F008, F009, F010: the time is the one that Procore announced."""
    request = desk.request(
        state="waiting", wait_reason="limit", resumes_at=RESUMES_AT, progress_done=640, progress_total=1000
    )
    desk.lines("suppliers", supplier("C0007", status="running", request_id=request["id"]))
    clock = Clock()
    pane = open_page(clock=clock)
    resumes = i18n.clock_time("en", RESUMES_AT)
    assert cell(pane, 0, "status").symbol is Symbol.HOURGLASS
    assert spoken(pane, 0, "message") == f"call limit reached, resumes at {resumes} (23\u00a0min)"
    assert pane.footer.waiting.text() == f"Call limit reached, resumes at {resumes} (23\u00a0min)"
    assert pane.footer.summary.text().endswith("360 waiting")
    clock.time = RESUMES_AT - timedelta(seconds=40)
    pane.footer.count_down()
    assert pane.footer.waiting.text().endswith("(40\u00a0s)")
    assert spoken(pane, 0, "message").endswith("(40\u00a0s)")


def test_data_is_never_read_as_rich_text(desk: JournalDesk, open_page: Any) -> None:
    """S3: markup in a name stays a name, in cells, tooltips and every label."""
    line = supplier("F1", "<b>Gagnon</b> & <a href='x'>fils</a>", differing=["name"])
    line["problems"] = [Problem("SRV-10", {"text": "<img src=x>", "status": 409, "fingerprint": "f"}).to_json()]
    desk.lines("suppliers", {**line, "worst": "E", "status": "failed"})
    pane = open_page()
    pane.open_line(0)
    assert cell(pane, 0, "maestro.name").shown == "<b>Gagnon</b> & <a href='x'>fils</a>"
    tooltip = pane.model.data(pane.model.index(0, 3), Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tooltip and "&lt;b&gt;" in tooltip
    holding = [label for label in pane.findChildren(QLabel) if "<" in label.text()]
    assert holding
    assert {label.textFormat() for label in holding} == {Qt.TextFormat.PlainText}


def test_f029_while_it_runs_the_summary_says_of_how_many_calls_and_until_when(
    desk: JournalDesk, open_page: Any
) -> None:
    foretold = {"least": 4121, "likely": 4241, "most": 4241, "unread": 0, "finishes_at": "2026-11-23T20:12:00+00:00"}
    desk.request(state="running", calls=1560, foretold=foretold)

    assert "1,560 of about 4,241 calls, done at about" in open_page().footer.summary.text()


def test_the_summary_counts_the_lines(desk: JournalDesk, open_page: Any) -> None:
    desk.lines(
        "suppliers",
        supplier("A1"),
        supplier("A2"),
        supplier("A3", needs_sync=True, status="failed", **problem("SUP-05", name="A3")),
        supplier("A4", **problem("PRJ-13")),
    )
    pane = open_page()
    assert pane.footer.summary.text() == "4 records  ·  3 in step  ·  1 error  ·  1 warning"


# --- filters ----------------------------------------------------------------------------------------


def test_chips_and_text_narrow_the_lines_and_an_empty_result_says_how_to_go_back(
    desk: JournalDesk, open_page: Any
) -> None:
    desk.lines("suppliers", supplier("A1", "Acier Lévis"), supplier("B2", "Béton Côté", **problem("PRJ-13")))
    pane = open_page()
    QTest.mouseClick(pane.chips._chips["warnings"], Qt.MouseButton.LeftButton)
    assert pane.model.rowCount() == 1
    pane.bar.filter.setText("acier")
    assert pane.model.rowCount() == 0
    assert pane.empty.isVisible() and pane.empty.title == "No line matches the filter."
    pane.empty.wanted.emit()
    assert pane.model.rowCount() == 2
    assert not pane.empty.isVisible()


def test_an_empty_page_says_what_to_do(open_page: Any) -> None:
    assert open_page().empty.title.startswith("Nothing has been read yet. Choose Synchronize")


def test_a_page_that_was_read_and_holds_nothing_does_not_claim_that_it_was_not(
    desk: JournalDesk, open_page: Any
) -> None:
    desk.journal.change_element("suppliers", last_success_at=NOW)
    assert open_page().empty.title == "Neither maestro* nor Procore holds a record of this element."


def test_why_the_last_synchronization_failed_as_a_whole_stands_at_its_sign(desk: JournalDesk, open_page: Any) -> None:
    """A refused password stands on no line."""
    refused = Problem("CFG-03", {"name": "Procore"}).to_json()
    desk.request(state="failed", started_at=NOW, ended_at=NOW, problem=refused)
    tip = open_page().bar._last.toolTip()
    assert tip.startswith("Failed") and "Procore refused the client ID or password of the connection “Procore”." in tip
    assert "Enter the client ID and the client password" in tip


def test_f091_the_projects_filter_of_configuration_hides_projects_and_says_how_many(
    desk: JournalDesk, open_page: Any
) -> None:
    """F091, F093: it starts as Configuration says; what it hides stays linked."""
    desk.journal.change_settings({"project_filter": "active"}, "mlavoie", NOW)
    desk.lines("projects", project("25-1"), project("25-2"), project("24-9", status="1"))
    pane = open_page("projects")
    assert pane.projects.current == ("active", "")
    assert pane.model.rowCount() == 2
    assert pane.projects._says.text() == "1 project hidden by the filter"
    pane.projects.group.setCurrentIndex(pane.projects.group.findData("all"))
    assert pane.model.rowCount() == 3
    assert pane.projects._says.text() == ""


def test_projects_can_be_filtered_by_a_value(desk: JournalDesk, open_page: Any) -> None:
    """F093: by manager."""
    desk.journal.change_settings({"project_filter": "all"}, "mlavoie", NOW)
    desk.lines(
        "projects",
        project("25-1", groups={"status": "A", "manager": "Roy"}),
        project("25-2", groups={"status": "A", "manager": "Côté"}),
    )
    pane = open_page("projects")
    pane.projects.group.setCurrentIndex(pane.projects.group.findData("manager"))
    assert pane.projects.value.isVisible()
    pane.projects.value.setCurrentIndex(pane.projects.value.findData("Roy"))
    assert pane.model.rowCount() == 1


def test_every_column_sorts_in_the_journal(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1", city="Val-d'Or"), supplier("B2", city="Amos"))
    pane = open_page()
    section = [column.id for column in pane.model.columns].index("maestro.city")
    pane.grid.horizontalHeader().sectionClicked.emit(section)
    assert [cell(pane, n, "maestro.city").shown for n in range(2)] == ["Amos", "Val-d'Or"]
    pane.grid.horizontalHeader().sectionClicked.emit(section)
    assert [cell(pane, n, "maestro.city").shown for n in range(2)] == ["Val-d'Or", "Amos"]


# --- ticks and keyboard -------------------------------------------------------------------------------


def test_space_ticks_and_the_selection_is_synchronized(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1"), supplier("B2"), supplier("C3"))
    pane = open_page()
    pane.grid.selectRow(1)
    press(pane, Qt.Key.Key_Space)
    pane.grid.selectRow(2)
    press(pane, Qt.Key.Key_Space)
    assert pane.model.ticked_keys == ["B2", "C3"]
    assert pane.bar.synchronize.text() == "&Synchronize 2 lines"
    pane.bar.synchronize.click()
    assert desk.commands.pressed == [("synchronize", {"element": "suppliers", "keys": ["B2", "C3"], "full": False})]


def test_ticks_stay_with_their_records_when_lines_move(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("B2"), supplier("C3"))
    pane = open_page()
    pane.model.toggle([0])
    desk.lines("suppliers", supplier("A1"), supplier("B2"), supplier("C3"))
    page_of(pane).refresh()
    assert [cell(pane, n, "tick").is_ticked for n in range(3)] == [False, True, False]


def test_the_box_in_the_header_ticks_every_line_of_the_filter(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", *(supplier(f"A{n}") for n in range(700)), supplier("B1"))
    pane = open_page()
    pane.bar.filter.setText("A")
    pane.bar.filter.setText("supplier a")
    pane.tick_all()
    assert len(pane.model.ticked_keys) == 700
    pane.tick_all()
    assert pane.model.ticked_keys == []


def test_enter_opens_the_record_and_escape_closes_it(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1", "Acier Lévis ltée"), supplier("B2"))
    pane = open_page()
    pane.grid.selectRow(0)
    press(pane, Qt.Key.Key_Return)
    assert pane.detail.isVisible()
    assert pane.detail.title.text() == "Supplier A1 – Acier Lévis ltée"
    press(pane, Qt.Key.Key_Down)
    assert pane.detail.title.text() == "Supplier B2 – Supplier B2"
    press(pane, Qt.Key.Key_Escape)
    assert not pane.below.isVisible()


def test_the_chosen_line_stays_in_view_when_something_opens_below_or_above(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", *(supplier(f"A{n:03}") for n in range(300)))
    pane = open_page()
    last = pane.grid.rowAt(pane.grid.viewport().height() - 30)

    def is_in_view() -> bool:
        row = pane.grid.visualRect(pane.model.index(last, 1))
        return bool(pane.grid.viewport().rect().contains(row))

    pane.grid.selectRow(last)
    press(pane, Qt.Key.Key_Return)
    assert pane.detail.isVisible() and is_in_view()
    pane.notice.say("info", "A notice of several lines. " * 30)
    QApplication.processEvents()
    assert is_in_view()


@pytest.mark.parametrize(
    ("key", "modifier", "asked"),
    [
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier, {"keys": None, "full": False}),
        (Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier, {"keys": ["A1"], "full": False}),
        (Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier, {"keys": ["A1"], "full": False, "preview": True}),
    ],
    ids=["F5", "Shift+F5", "Ctrl+P"],
)
def test_runs_start_by_keyboard(
    qtbot: Any,
    desk: JournalDesk,
    open_page: Any,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    asked: dict[str, Any],
) -> None:
    desk.lines("suppliers", supplier("A1"))
    pane = open_page()
    pane.model.toggle([0])
    page = page_of(pane)
    focus(qtbot, pane)
    QTest.keyClick(page.windowHandle(), key, modifier)
    assert desk.commands.pressed == [("synchronize", {"element": "suppliers", **asked})]


def test_the_keyboard_stays_in_the_grid_from_tab_to_tab(qtbot: Any, desk: JournalDesk, open_page: Any) -> None:
    desk.lines("projects", project("25-1"))
    desk.lines("suppliers", supplier("A1"))
    pane = open_page()
    focus(qtbot, pane)
    page = page_of(pane)
    QTest.keyClick(page.windowHandle(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert page.pane is not pane
    assert page.pane is not None and QApplication.focusWidget() is page.pane.grid


def test_ctrl_f_goes_to_the_filter_and_down_goes_back(qtbot: Any, desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1"))
    pane = open_page()
    page = page_of(pane)
    focus(qtbot, pane)
    QTest.keyClick(page.windowHandle(), Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is pane.bar.filter
    QTest.keyClick(pane.bar.filter, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is pane.grid


# --- runs -------------------------------------------------------------------------------------------


def test_f032_a_full_run_is_confirmed_on_the_page_and_the_box_does_not_stay(desk: JournalDesk, open_page: Any) -> None:
    """F032, F033, SRV-13."""
    desk.lines("suppliers", supplier("A1"), supplier("B2"))
    pane = open_page()
    assert not pane.bar.full.isChecked()
    pane.bar.full.setChecked(True)
    pane.synchronize()
    assert desk.commands.pressed == []
    assert pane.notice.words == "Full synchronization: 2 records will be compared."
    pane.notice.findChild(QPushButton, "notice_yes").click()
    assert desk.commands.pressed == [("synchronize", {"element": "suppliers", "keys": None, "full": True})]
    assert not pane.bar.full.isChecked()
    assert not pane.notice.isVisible()


def test_while_a_request_runs_it_can_be_cancelled_but_not_doubled(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1"))
    request = desk.request(state="running")
    pane = open_page()
    assert not pane.bar.synchronize.isEnabled()
    assert pane.bar.cancel.isVisible()
    pane.bar.cancel.click()
    pane.notice.findChild(QPushButton, "notice_yes").click()
    assert desk.commands.pressed == [("cancel", {"request_id": request["id"]})]


def test_during_a_run_the_last_success_is_still_named(desk: JournalDesk, open_page: Any) -> None:
    pane = open_page()
    assert pane.bar._last.text() == "Never synchronized"
    desk.journal.change_element("suppliers", last_success_at=NOW)
    desk.request(state="running")
    page_of(pane).refresh()
    assert pane.bar._last.text() == f"Last: {i18n.clock_time('en', NOW)}"


def test_what_is_refused_is_said_on_the_page(desk: JournalDesk, open_page: Any) -> None:
    desk.commands.refusal = Problem("CFG-01")
    pane = open_page()
    pane.synchronize()
    assert pane.notice.words.startswith("The interface is not configured.")
    assert pane.notice.isVisible()


def test_f194_who_may_not_synchronize_cannot_press_the_button(desk: JournalDesk, open_page: Any) -> None:
    """F041: the rights of the maestro* user."""
    desk.rights.can_synchronize = False
    pane = open_page()
    assert not pane.bar.synchronize.isEnabled()
    assert "right to synchronize" in pane.bar.synchronize.toolTip()
    pane.synchronize()
    assert desk.commands.pressed == []


def test_a_new_request_turns_into_symbols_without_losing_the_place(desk: JournalDesk, open_page: Any) -> None:
    """F037."""
    desk.lines("suppliers", *(supplier(f"A{n:03}") for n in range(300)))
    pane = open_page()
    pane.grid.selectRow(200)
    place = pane.grid.verticalScrollBar().value()
    desk.lines("suppliers", *(supplier(f"A{n:03}", status="failed") for n in range(300)))
    with desk.journal.begin() as tx:
        changed = [{"maestro_key": f"A{n:03}", "procore_id": None, "status": "failed"} for n in range(300)]
        desk.journal.change_lines(tx, "suppliers", changed)
    page_of(pane).refresh()
    assert cell(pane, 200, "status").symbol is Symbol.CROSS
    assert pane.grid.selected_rows() == [200]
    assert pane.grid.verticalScrollBar().value() == place


# --- record and choices -------------------------------------------------------------------------------


def test_a_conflict_offers_both_values_and_the_choice_is_kept(desk: JournalDesk, open_page: Any) -> None:
    line = supplier(
        "E0450", city="Val-d'Or", differing=["city"], **problem("PRJ-09", field="city", element="suppliers")
    )
    line["procore_values"] = {**line["procore_values"], "city": "Amos"}
    desk.lines("suppliers", line)
    pane = open_page()
    pane.open_line(0)
    assert pane.detail.fields.findChild(QPushButton, "keep_maestro_city") is not None
    pane.detail.fields.findChild(QPushButton, "keep_procore_city").click()
    assert desk.commands.pressed == [
        ("choose", {"element": "suppliers", "key": "E0450", "subject": "city", "choice": "procore"})
    ]
    assert "Supplier E0450" in pane.notice.words
    pane.notice.findChild(QPushButton, "notice_yes").click()
    assert desk.commands.pressed[-1][1]["keys"] == ["E0450"]


def test_the_field_to_choose_is_in_view_when_the_record_opens_and_after_its_remedy(
    desk: JournalDesk, open_page: Any, qtbot: Any
) -> None:
    line = supplier("E0450", differing=["phone"], **problem("PRJ-09", field="phone", element="suppliers"))
    line["procore_values"] = {**line["procore_values"], "phone": "819 555-0100"}
    desk.lines("suppliers", line)
    pane = open_page()
    page_of(pane).resize(1180, 480)
    pane.open_line(0)
    fields = pane.detail.fields

    def is_in_view() -> bool:
        button = fields.findChild(QPushButton, "keep_maestro_phone")
        return button is not None and not button.visibleRegion().isEmpty()

    qtbot.waitUntil(is_in_view)
    fields.scrollToTop()
    assert not is_in_view()
    pane.detail.problems.findChild(QPushButton, "remedy").click()
    qtbot.waitUntil(is_in_view)


CANDIDATES = [
    {"procore_id": 598134329200000, "name": "Demolition Roy", "city": "Ottawa", "phone": "819 555-0100"},
    {"procore_id": 598134329300000, "name": "Démolition Roy inc.", "city": "Gatineau", "phone": "819 555-0101"},
]


@pytest.mark.parametrize(("button", "choice"), [("link_candidate", "598134329300000"), ("create_new", "create")])
def test_look_alikes_are_listed_and_a_person_decides(
    desk: JournalDesk, open_page: Any, button: str, choice: str
) -> None:
    """SUP-04: never a duplicate without asking."""
    line = supplier("D3100", "Démolition Roy", candidates=CANDIDATES, **problem("SUP-04", n=2, code="D3100"))
    desk.lines("suppliers", line)
    pane = open_page()
    pane.open_line(0)
    assert pane.detail.tabs.currentWidget() is pane.detail.candidates
    table = pane.detail.candidates.table
    assert [table.item(n, 0).text() for n in range(2)] == ["Demolition Roy", "Démolition Roy inc."]
    table.selectRow(1)
    pane.detail.candidates.findChild(QPushButton, button).click()
    assert desk.commands.pressed == [
        ("choose", {"element": "suppliers", "key": "D3100", "subject": "link", "choice": choice})
    ]


def test_the_remedy_of_a_message_is_one_click_away(desk: JournalDesk, open_page: Any, visited: list[Any]) -> None:
    desk.lines("suppliers", supplier("A1", status="failed", **problem("CFG-01")))
    pane = open_page()
    pane.open_line(0)
    pane.detail.problems.findChild(QPushButton, "remedy").click()
    assert visited == ["configuration"]


def test_f025_an_unknown_answer_is_marked_and_can_be_copied(desk: JournalDesk, open_page: Any) -> None:
    """F025."""
    desk.lines(
        "suppliers", supplier("A1", **problem("SRV-10", text="teapot is short and stout", status=418, fingerprint="f0"))
    )
    pane = open_page()
    pane.open_line(0)
    said = " ".join(label.text() for label in pane.detail.problems.findChildren(QLabel))
    assert "teapot is short and stout" in said and "not catalogued" in said
    pane.detail.problems.findChild(QPushButton, "copy_message").click()
    assert "teapot is short and stout" in QApplication.clipboard().text()


@pytest.mark.parametrize("can_manage", [True, False], ids=["technician", "accountant"])
def test_the_raw_exchange_is_the_technicians(desk: JournalDesk, open_page: Any, can_manage: bool) -> None:
    """F041."""
    desk.rights.can_manage = can_manage
    request = desk.request(state="done", ended_at=NOW)
    call = desk.call(request, '{"updates":[]}', '{"entities":[],"errors":["short"]}')
    desk.action(request, maestro_key="A1", state="done", exchange_id=call, ended_at=NOW)
    desk.lines("suppliers", supplier("A1"))
    pane = open_page()
    pane.open_line(0)
    shown = pane.detail.tabs.indexOf(pane.detail.exchange) >= 0
    assert shown is can_manage
    assert ("short" in pane.detail.exchange._bodies["answer"].words.toPlainText()) is can_manage
    assert pane.detail.history.item(0, 1).text() == "Update"


# --- preview ------------------------------------------------------------------------------------------


def plan(desk: JournalDesk, request: dict[str, Any]) -> None:
    difference = {
        "field": "city",
        "maestro": "Gatineau",
        "procore": "Ottawa",
        "agreed": "Gatineau",
        "result": "maestro",
    }
    desk.action(request, kind="create", maestro_key="A1", name="Acier", target="procore")
    desk.action(request, kind="update", maestro_key="D3", name="Roy", target="procore", differences=[difference])
    desk.action(request, kind="skip", maestro_key="E4", name="Nord", state="skipped")
    desk.journal.change_request(request["id"], state="done", ended_at=NOW)


def test_a_preview_opens_with_its_plan_and_is_applied_on_demand(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("suppliers", supplier("A1"), supplier("D3"))
    pane = open_page()
    pane.start_preview()
    assert pane.preview.isVisible() and not pane.preview.apply.isEnabled()
    request = desk.journal.open_requests()[0]
    assert request["is_preview"]
    plan(desk, request)
    page_of(pane).refresh()
    assert pane.preview.model.rowCount() == 3
    assert pane.preview.apply.text() == "&Apply 2 changes"
    assert pane.preview.forecast.text() == "forecast: 1 call"
    pane.preview.grid.selectRow(1)
    cells = [pane.preview.fields.fields.item(0, n).text() for n in range(5)]
    assert cells == ["City", "Gatineau", "Gatineau", "Ottawa", "maestro*'s value"]
    desk.commands.pressed.clear()
    pane.preview.apply.click()
    assert desk.commands.pressed == [("synchronize", {"element": "suppliers", "keys": None, "full": False})]
    assert not pane.below.isVisible()


def test_a_preview_says_at_once_that_the_run_would_wait_for_a_confirmation(desk: JournalDesk, open_page: Any) -> None:
    """GRD-05."""
    pane = open_page()
    pane.start_preview()
    request = desk.journal.open_requests()[0]
    plan(desk, request)
    held = {"code": "GRD-05", "args": {"n": 600, "amount": "1200.00 CAD"}}
    desk.journal.change_request(request["id"], problem=held)
    page_of(pane).refresh()
    assert pane.preview.warning.isVisible() and "would change 600 records" in pane.preview.warning.text()
    assert pane.preview.apply.isEnabled()


def test_the_conflicts_of_a_plan_can_be_shown_alone(desk: JournalDesk, open_page: Any) -> None:
    pane = open_page()
    pane.start_preview()
    request = desk.journal.open_requests()[0]
    held = {"field": "city", "maestro": "Gatineau", "procore": "Ottawa", "agreed": "Hull", "result": "conflict"}
    desk.action(request, kind="skip", maestro_key="E4", name="Nord", state="skipped", differences=[held])
    plan(desk, request)
    page_of(pane).refresh()
    chip = pane.preview.chips._chips["conflict"]
    assert chip.text() == "Conflict  1"
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert [pane.preview.model.row_at(n).maestro_key for n in range(pane.preview.model.rowCount())] == ["E4"]
    assert pane.preview.fields.fields.item(0, 4).text() == "held back: both changed"


@pytest.mark.parametrize("side", ["maestro", "procore", "keep"])
def test_a_side_is_picked_in_the_preview_and_the_plan_is_made_again(
    desk: JournalDesk, open_page: Any, side: str
) -> None:
    """Left, right or skip; a record that would be created has nothing to choose."""
    pane = open_page()
    pane.start_preview()
    plan(desk, desk.journal.open_requests()[0])
    page_of(pane).refresh()
    assert pane.preview.fields.fields.columnCount() == 5
    pane.preview.grid.selectRow(1)
    desk.commands.pressed.clear()
    pane.preview.fields.fields.findChild(QPushButton, f"keep_{side}_city").click()
    choice = {"element": "suppliers", "key": "D3", "subject": "city", "choice": side}
    assert desk.commands.pressed[0] == ("choose", choice)
    again = desk.commands.pressed[1]
    assert (again[0], again[1]["preview"]) == ("synchronize", True)


CHANGED_CITY = {"field": "city", "maestro": "Gatineau", "procore": "Ottawa", "agreed": "Hull", "result": "maestro"}


def plan_of(desk: JournalDesk, page: Any, keys: Sequence[str]) -> None:
    """The preview that was asked for last, with one update for each of the records, in that order."""
    request = desk.journal.open_requests()[-1]
    for key in keys:
        desk.action(request, kind="update", maestro_key=key, name=key, target="procore", differences=[CHANGED_CITY])
    desk.journal.change_request(request["id"], state="done", ended_at=NOW)
    page.refresh()


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (("C3", "A1", "B2", "D4"), "C3"),
        ((*(f"X{n:03}" for n in range(600)), "A1", "C3"), "C3"),
        (("A1", "B2", "D4"), "D4"),
        (("A1", "B2"), "B2"),
    ],
    ids=["sorted anew", "far below", "nothing to do any more", "it was the last one"],
)
def test_the_record_whose_side_was_picked_stays_chosen_in_the_new_plan(
    desk: JournalDesk, open_page: Any, again: Sequence[str], expected: str
) -> None:
    """Else the next click would pick a side of another record."""
    pane = open_page()
    pane.start_preview()
    plan_of(desk, page_of(pane), ("A1", "B2", "C3", "D4"))
    pane.preview.grid.selectRow(2)
    pane.preview.fields.fields.findChild(QPushButton, "keep_procore_city").click()
    plan_of(desk, page_of(pane), again)
    row = pane.preview.grid.current_row()
    assert pane.preview.model.row_at(row).maestro_key == expected
    assert pane.preview.fields._action.maestro_key == expected
    pane.preview.close_button.click()
    pane.start_preview()
    plan_of(desk, page_of(pane), ("C3", "B2", "A1"))
    assert pane.preview.grid.current_row() == 0


def test_the_conflicts_stay_alone_while_sides_are_picked(desk: JournalDesk, open_page: Any) -> None:
    pane = open_page()
    pane.start_preview()
    held = {**CHANGED_CITY, "result": "conflict"}
    for keys in (("E4", "F5", "G6"), ("E4", "G6")):
        request = desk.journal.open_requests()[-1]
        plan(desk, request)
        for key in keys:
            desk.action(request, kind="skip", maestro_key=key, name=key, state="skipped", differences=[held])
        page_of(pane).refresh()
        if len(keys) == 3:
            QTest.mouseClick(pane.preview.chips._chips["conflict"], Qt.MouseButton.LeftButton)
            pane.preview.grid.selectRow(1)
            pane.preview.fields.fields.findChild(QPushButton, "keep_procore_city").click()
    assert pane.preview.chips.current == "conflict"
    assert [pane.preview.model.row_at(n).maestro_key for n in range(pane.preview.model.rowCount())] == ["E4", "G6"]
    assert pane.preview.fields._action.maestro_key == "G6"


def test_a_preview_shows_what_a_new_record_would_hold(desk: JournalDesk, open_page: Any) -> None:
    pane = open_page()
    pane.start_preview()
    request = desk.journal.open_requests()[0]
    after = {"maestro": {"code": "A1", "name": "Acier"}, "procore": {"name": "Acier"}}
    desk.action(request, kind="create", maestro_key="A1", name="Acier", target="procore", after=after)
    desk.journal.change_request(request["id"], state="done", ended_at=NOW)
    page_of(pane).refresh()
    pane.preview.grid.selectRow(0)
    shown = pane.preview.fields.fields
    cells = [[shown.item(row, column).text() for column in (0, 1, 3)] for row in range(shown.rowCount())]
    assert cells == [["Code", "A1", ""], ["Name", "Acier", "Acier"]]


def test_what_a_preview_cannot_take_back_is_told_with_its_reason_and_what_to_do(
    desk: JournalDesk, open_page: Any
) -> None:
    """UND-08, before anything is written."""
    pane = open_page()
    pane.start_preview()
    request = desk.journal.open_requests()[0]
    desk.action(request, element="projects", kind="create", maestro_key="P26900", name="Quai", target="both")
    desk.journal.change_request(request["id"], state="done", ended_at=NOW)
    page_of(pane).refresh()
    told = pane.preview.fields.about.text()
    assert "is not taken back there: P26900." in told and "close it in maestro*" in told


def test_a_preview_without_changes_says_so(desk: JournalDesk, open_page: Any) -> None:
    pane = open_page()
    pane.start_preview()
    desk.journal.change_request(desk.journal.open_requests()[0]["id"], state="done", ended_at=NOW)
    page_of(pane).refresh()
    assert pane.preview.empty.title == "Nothing would be changed."
    assert not pane.preview.apply.isEnabled()


# --- languages ----------------------------------------------------------------------------------------


def test_the_language_changes_without_a_restart(desk: JournalDesk, open_page: Any) -> None:
    """F092: nothing English is left in the French page."""
    desk.lines("suppliers", supplier("D3100", status="failed", **problem("SUP-05", name="Démolition Roy")))
    pane = open_page()
    pane.open_line(0)
    i18n.set_language("fr")
    page_of(pane).retranslate()
    tabs = page_of(pane).tabs
    assert "Fournisseurs (0)" in [tabs.tabText(n) for n in range(tabs.count())]
    assert pane.bar.synchronize.text() == "&Synchroniser"
    assert pane.bar.full.text() == "&Ignorer la date de dernière synchronisation"
    assert pane.footer.summary.text().startswith("1 fiche")
    assert spoken(pane, 0, "message").startswith("Erreur\u00a0: La compagnie Procore Démolition Roy")
    assert pane.detail.title.text().startswith("Fournisseur D3100")
    header = [pane.model.headerData(n, Qt.Orientation.Horizontal) for n in range(len(pane.model.columns))]
    assert "Nom" in header and "Name" not in header
