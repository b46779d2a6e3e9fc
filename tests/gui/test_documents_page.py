"""The page Documents on the journal of a real engine between two stores in memory (F095 to F287, issue 4)."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from maestro_procore import i18n
from maestro_procore.engine.file_commands import FLOWS
from maestro_procore.gui import documents_page
from maestro_procore.gui import documents_words as words
from maestro_procore.gui.documents_page import DEEDS, DocumentsPage
from maestro_procore.gui.menus import MENUS
from maestro_procore.model.file_items import Flow, Waiting
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.file_plan import ConflictKind, FileRule, FileVerb, Settled
from maestro_procore.model.problems import Problem
from maestro_procore.store.views import Views
from tests.engine.file_world import STARTS_AT, FileWorld
from tests.gui.journal_desk import JournalDesk, Rights, ask_now
from tests.gui.tabbing import tabbed

TOP = "Procore/École Saint-Édouard/Documents"


@dataclass
class FileButtons:
    """Commands of the desk, as far as this page uses them: those of the real engine."""

    files: Any


@dataclass
class Scene:
    """The engine's world, the page on its journal, and the addresses that were opened."""

    world: FileWorld
    desk: JournalDesk
    open: Callable[[], DocumentsPage]
    opened: list[str]


@pytest.fixture
def scene(qtbot: Any, tmp_path: Path) -> Iterator[Scene]:
    world, opened = FileWorld(tmp_path), []
    world.procore.put("Plans/A-101.pdf", b"%PDF plan")
    world.procore.put("note.txt", b"hello")
    views = Views(world.database, lambda: STARTS_AT)
    buttons: Any = FileButtons(world.commands)
    desk = JournalDesk(world.database, world.journal, views, buttons, Rights(), environment="production")

    def open_url(url: QUrl) -> bool:
        opened.append(url.toString())
        return True

    def open_page() -> DocumentsPage:
        page = DocumentsPage(desk, lambda *_: None, ask=ask_now, clock=world.clock.now, open_url=open_url)
        qtbot.addWidget(page)
        page.resize(1400, 800)
        page.show()
        page.page_shown()
        return page

    yield Scene(world, desk, open_page, opened)
    world.database.close()


def run(work: Any) -> Any:
    return asyncio.run(work)


def cells(table: Any, row: int = 0) -> dict[str, str]:
    model, role = table.model, Qt.ItemDataRole.DisplayRole
    return {c.id: str(model.data(model.index(row, n), role) or "") for n, c in enumerate(model.columns)}


def rows(table: Any) -> list[dict[str, str]]:
    return [cells(table, row) for row in range(table.model.rowCount())]


def press(page: Any, name: str) -> None:
    button = page.findChild(QPushButton, f"documents_{name}")
    assert button.isVisible() and button.isEnabled(), name
    button.click()


def seen(page: DocumentsPage) -> set[str]:
    return {deed for deed, button in page.buttons.items() if button.isVisible()}


def agree(page: DocumentsPage) -> None:
    page.notice.findChild(QPushButton, "notice_yes").click()


def test_without_a_project_the_page_says_how_to_add_one(scene: Scene) -> None:
    page = scene.open()
    assert "documents add PROJECT" in page.empty.accessibleName()
    assert seen(page) == {"add"} and page.tabs.isHidden()


def test_f105_a_project_shows_its_phase_destination_and_an_arrow_for_each_tool(scene: Scene) -> None:
    run(scene.world.run(scene.world.add(tools=("documents", "photos", "daily_log"))))
    shown = cells(scene.open())
    assert shown["phase"] == "Plan to approve"
    assert (shown["name"], shown["documents"], shown["photos"]) == ("École Saint-Édouard", "Both ways", "Both ways")
    assert shown["daily_log"] == "From Procore to the drive"


def test_tools_that_are_copied_one_way_stand_together(scene: Scene) -> None:
    """F105: all that can be added has a name in words."""
    scene.world.add(tools=("documents", "rfis", "punch_list"))
    assert cells(scene.open())["others"] == "Punch List, RFIs"
    assert all(words.tool(tool) != tool for tool in FLOWS)


def test_f095_the_plan_is_counted_by_tool_action_and_side_before_it_is_approved(scene: Scene) -> None:
    run(scene.world.run(scene.world.add()))
    page = scene.open()
    press(page, "approve")
    assert page.tabs.currentWidget() is page.plan
    counted = [(row["side"], row["deed"], row["actions"]) for row in rows(page.plan)]
    assert counted == [("Drive", "Copy to the drive", "2"), ("Drive", "Create a folder in the drive", "1")]
    assert "3 actions in the drive, 0 actions in Procore, 0 of them deletions" in page.notice.words
    assert "2 files, 14 B: 4 calls to Procore" in page.notice.words
    assert page.notice.words.endswith("The usual product: 8 calls (4 a file) and 1\u00a0min (900 files an hour).")
    assert scene.world.project["phase"] == FilePhase.PLANNED
    agree(page)
    assert scene.world.project["phase"] == FilePhase.FIRST_SYNC


def test_f108_after_the_first_synchronization_the_project_is_regular(scene: Scene) -> None:
    run(scene.world.first())
    page = scene.open()
    shown = cells(page)
    assert (shown["phase"], shown["files"], shown["size"]) == ("Regular", "2", "14 B")
    assert page.totals.text() == "1 project · 2 files, 14 B", "the first synchronization says nothing of the pace"


def test_f236_the_totals_tell_how_fast_changes_arrive(scene: Scene) -> None:
    run(scene.world.first())
    scene.world.procore.put("note.txt", b"hello again")
    scene.world.clock.advance(timedelta(seconds=30))
    run(scene.world.run())
    assert "half of the changes arrive within 30\u00a0s, 98% within 30\u00a0s" in scene.open().totals.text()


def test_the_activity_tells_why_with_the_three_states_that_it_saw(scene: Scene) -> None:
    run(scene.world.first())
    scene.world.procore.put("note.txt", b"hello again")
    run(scene.world.run())
    page = scene.open()
    assert cells(page.activity)["path"] == "note.txt"
    assert page.activity.why.text() == "New version in the drive. It was edited on the other side."
    shown = [[page.activity.states.item(row, n).text() for n in range(4)] for row in range(4)]
    assert shown[1] == ["Size", "11 B", "5 B", "5 B"]
    bold = [[page.activity.states.item(row, n).font().bold() for n in (1, 3)] for row in range(4)]
    assert bold == [[False, False], [True, False], [False, False], [True, False]], "only Procore's content is another"


def test_the_history_of_a_file_is_found_by_its_path(scene: Scene) -> None:
    run(scene.world.first())
    page = scene.open()
    assert page.activity.model.rowCount() == 3
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(page.activity.search, "a-101")
    assert [row["deed"] for row in rows(page.activity)] == ["Copy to the drive"]
    page.activity.search.setText("nowhere")
    assert page.activity.empty.title == "No action on a path that holds these words."


def test_c17_a_conflict_shows_both_sides_and_takes_one_click(scene: Scene) -> None:
    run(scene.world.first(conflicts="ask"))
    scene.world.procore.put("note.txt", b"from the site")
    scene.world.drive.put(f"{TOP}/note.txt", b"from the office!")
    run(scene.world.run())
    page = scene.open()
    assert (cells(page)["conflicts"], page.tabs.tabText(3)) == ("1", "Conflicts (1)")
    page.tabs.setCurrentWidget(page.conflicts)
    assert cells(page.conflicts)["settled"] == "Waits for your choice."
    sizes = [page.conflicts.states.item(1, n).text() for n in range(1, 4)]
    assert sizes == ["13 B", "5 B", "16 B"]
    press(page, "conflicts_drive")
    assert "the drive's" in cells(page.conflicts)["settled"]
    run(scene.world.run())
    page.refresh()
    assert scene.world.procore.tree()["/note.txt"] == b"from the office!"
    assert cells(page)["conflicts"] == "0"


def many(scene: Scene) -> None:
    """Thirty files, and then half of them disappear from the drive."""
    for number in range(30):
        scene.world.procore.put(f"Photos/{number:02}.jpg", b"jpg")
    run(scene.world.first(delete_items=5))
    for number in range(20):
        scene.world.drive.remove(f"{TOP}/Photos/{number:02}.jpg")
    run(scene.world.run())


@pytest.mark.parametrize(("choice", "left"), [("apply", 12), ("restore", 32), ("detach", 32)])
def test_c16_held_deletions_are_listed_and_answered(scene: Scene, choice: str, left: int) -> None:
    many(scene)
    page = scene.open()
    assert cells(page)["held"] == "20"
    page.tabs.setCurrentWidget(page.held)
    assert page.held.model.rowCount() == 20
    assert cells(page.held)["delete_in"] == "Procore"
    press(page, f"held_{choice}")
    assert "20 items of Documents" in page.notice.words
    agree(page)
    run(scene.world.run())
    page.refresh()
    assert cells(page)["held"] == "0"
    assert len(scene.world.procore.contents) == left


def test_f134_what_is_not_synchronized_has_a_reason(scene: Scene) -> None:
    run(scene.world.first(max_bytes=8))
    page = scene.open()
    page.tabs.setCurrentWidget(page.apart)
    shown = cells(page.apart)
    assert (shown["path"].rpartition("/")[2], shown["side"]) == ("A-101.pdf", "Procore")
    assert shown["why"]
    assert not page.apart.buttons["again"].isEnabled(), "nothing refused it: trying again changes nothing"
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(page.apart.search, "plans/a-1")
    assert len(rows(page.apart)) == 1
    page.apart.search.setText("nowhere")
    assert page.apart.empty.title == "No file that is left out has a path with these words."


def test_f105_during_the_first_synchronization_the_page_asks_for_patience_and_then_lists_what_was_changed(
    scene: Scene,
) -> None:
    run(scene.world.run(scene.world.add()))
    scene.world.commands.approve(1)
    scene.world.journal.change_request(scene.world.journal.open_requests()[0]["id"], state="failed")
    page = scene.open()
    assert cells(page)["phase"] == "Initial" and "leave the files alone" in page.about.text()
    scene.world.drive.before = once("changes", lambda: scene.world.drive.put(f"{TOP}/mine.txt", b"mine"), nth=2)
    run(scene.world.run(scene.world.commands.synchronize(1)))
    page.refresh()
    assert cells(page)["phase"] == "Regular" and "leave the files alone" not in page.about.text()
    page.tabs.setCurrentWidget(page.meanwhile)
    assert [(row["path"], row["deed"]) for row in rows(page.meanwhile)] == [("mine.txt", "Copy to Procore")]


def once(call: str, act: Callable[[], object], nth: int) -> Callable[[str], None]:
    """Somebody acts at the nth of these calls."""
    seen: list[str] = []

    def before(name: str) -> None:
        seen.append(name)
        if name == call and seen.count(call) == nth:
            act()

    return before


def test_f131_f132_the_activity_shows_the_place_in_the_queue_and_the_bar_of_a_file_under_way(scene: Scene) -> None:
    run(scene.world.run(scene.world.add()))
    page = scene.open()
    assert [row["why"] for row in rows(page.activity)] == [f"Number {n} in the queue" for n in (3, 2, 1)]
    (large,) = scene.desk.views.files.steps(1, name="A-101")
    began = scene.world.clock.now() - timedelta(minutes=3)
    values = {"state": "running", "started_at": began, "size_bytes": 12_000_000, "bytes_moved": 9_000_000}
    scene.world.journal.change_file_step(large.id, **values)
    page.refresh()
    page.activity.show_project(1, may=True)
    (shown,) = [row["why"] for row in rows(page.activity) if row["path"].endswith("A-101.pdf")]
    assert shown.startswith("9 MB of 12 MB, ready ")
    assert words.under_way(9_000_000, 12_000_000, STARTS_AT, STARTS_AT + timedelta(minutes=3)).fraction == 0.75


def test_f197_f198_a_paused_project_says_why_and_is_repaired_in_one_click(scene: Scene) -> None:
    run(scene.world.first())
    scene.world.drive.move("Procore/École Saint-Édouard", "Procore/Old school")
    run(scene.world.run())
    page = scene.open()
    assert cells(page)["phase"] == "Paused" and "Old school" in cells(page)["progress"]
    assert "Have the name put back" in page.about.text() and "Accept the new name" in page.about.text(), (
        "the remedy has room below the list"
    )
    assert {"go_on", "repair"} <= seen(page) and "synchronize" not in seen(page)
    press(page, "repair")
    run(scene.world.run())
    page.refresh()
    assert cells(page)["phase"] == "Regular"


def test_f228_the_folder_on_the_other_side_of_a_large_file_is_opened(scene: Scene) -> None:
    run(scene.world.first(max_bytes=8))
    scene.world.journal.change_file_project(1, destination="https://contoso.sharepoint.com/sites/x/Procore/Site 1")
    page = scene.open()
    page.tabs.setCurrentWidget(page.apart)
    press(page, "apart_folder")
    assert scene.opened == ["https://contoso.sharepoint.com/sites/x/Procore/Site 1/Documents/Plans"]
    scene.world.drive.put(f"{TOP}/drone.mp4", b"a long film")
    run(scene.world.run())
    page.refresh()
    page.apart.grid.selectRow([row["path"] for row in rows(page.apart)].index("drone.mp4"))
    scene.world.journal.change_settings({"api_url": "https://api.procore.com"}, "marie", STARTS_AT)
    press(page, "apart_folder")
    assert scene.opened[1] == "https://app.procore.com/77/project/documents"


def test_f198_the_new_name_of_a_top_folder_is_accepted_by_one_click(scene: Scene) -> None:
    run(scene.world.first())
    scene.world.drive.move("Procore/École Saint-Édouard", "Procore/École neuve")
    run(scene.world.run())
    page = scene.open()
    press(page, "accept")
    run(scene.world.run())
    page.refresh()
    assert cells(page)["phase"] == "Regular" and scene.world.drive.at("Procore/École neuve")


def policy(scene: Scene) -> Any:
    page = scene.open()
    page.tabs.setCurrentWidget(page.policy)
    return page.policy


def test_f157_a_policy_is_changed_in_its_form_and_holds(scene: Scene) -> None:
    run(scene.world.first())
    form = policy(scene)
    assert not form.buttons["save"].isEnabled(), "nothing is changed yet"
    conflicts = form.rows["conflicts"].field
    conflicts.setCurrentIndex(conflicts.findData("ask"))
    form.rows["exclude"].field.setPlainText("*.bak\n\nOld/*  ")
    form.rows["max_bytes"].field.setValue(500)
    form.buttons["save"].click()
    wanted = {"conflicts": "ask", "exclude": ["*.bak", "Old/*"], "max_bytes": 500_000_000}
    assert scene.world.project["settings"] == wanted
    assert not form.buttons["save"].isEnabled()
    assert form.rows["exclude"].field.toPlainText() == "*.bak\nOld/*", "what holds is shown"


def test_f164_the_time_of_day_can_be_chosen_where_it_has_a_sense(scene: Scene) -> None:
    run(scene.world.first())
    form = policy(scene)
    assert not form.rows["daily_at"].isEnabled() and not form.rows["every_minutes"].isEnabled()
    schedule = form.rows["schedule"].field
    schedule.setCurrentIndex(schedule.findData("daily"))
    assert form.rows["daily_at"].isEnabled() and not form.rows["every_minutes"].isEnabled()


def test_f287_one_way_shows_in_the_arrows(scene: Scene) -> None:
    run(scene.world.first())
    form = policy(scene)
    one_way = form.rows["one_way"].field
    one_way.setCurrentIndex(one_way.findData("to_drive"))
    form.buttons["save"].click()
    page = form.window()
    page.refresh()
    assert cells(page)["documents"] == "From Procore to the drive"


def test_what_is_typed_stays_while_the_journal_changes_and_undo_takes_it_back(scene: Scene) -> None:
    run(scene.world.first())
    form = policy(scene)
    form.rows["delete_items"].field.setValue(7)
    form.window().refresh()
    assert form.rows["delete_items"].field.value() == 7
    form.buttons["undo"].click()
    assert form.rows["delete_items"].field.value() == 250


def test_a_pattern_that_cannot_be_is_said_below_its_field(scene: Scene) -> None:
    run(scene.world.first())
    form = policy(scene)
    form.rows["include"].field.setPlainText("x" * 300)
    form.buttons["save"].click()
    assert form.rows["include"].is_wrong and scene.world.project["settings"] == {}


def test_f041_a_policy_is_only_read_without_the_right_to_configure(scene: Scene) -> None:
    run(scene.world.first())
    scene.desk.rights = Rights(can_configure=False)
    assert not policy(scene).rows["conflicts"].isEnabled()


def test_a_project_is_paused_and_goes_on(scene: Scene) -> None:
    run(scene.world.first())
    page = scene.open()
    press(page, "pause")
    assert cells(page)["phase"] == "Paused" and "repair" not in seen(page)
    press(page, "go_on")
    assert cells(page)["phase"] == "Regular"
    assert scene.world.journal.open_requests(), "going on looks at both sides"


def test_f233_reset_asks_first_and_deletes_nothing(scene: Scene) -> None:
    run(scene.world.first())
    before = (scene.world.procore.tree(), scene.world.copy)
    page = scene.open()
    press(page, "reset")
    assert "No file is deleted" in page.notice.words and cells(page)["phase"] == "Regular"
    agree(page)
    assert cells(page)["phase"] == "Added"
    assert (scene.world.procore.tree(), scene.world.copy) == before


def test_a_project_is_removed_after_a_question(scene: Scene) -> None:
    run(scene.world.first())
    page = scene.open()
    press(page, "remove")
    assert page.model.rowCount() == 1
    agree(page)
    assert page.model.rowCount() == 0 and page.activity.model.rowCount() == 0


def test_synchronize_writes_a_request_and_the_row_follows_the_journal(scene: Scene) -> None:
    run(scene.world.first())
    page = scene.open()
    press(page, "synchronize")
    (request,) = scene.world.journal.open_requests()
    values = {"state": "running", "progress_done": 30, "progress_total": 120}
    scene.world.journal.change_request(request["id"], **values)
    page.refresh()
    assert cells(page)["progress"] == "25% – sending 30 of 120", "nothing is planned yet"


def test_f104_f277_what_is_under_way_says_how_fast_by_what_was_measured(scene: Scene) -> None:
    """Not by how long ago it was asked for: nights and waits for an approval would count."""
    for number in range(10):
        scene.world.procore.put(f"Plans/P{number}.pdf", b"plan %d" % number)
    run(scene.world.run(scene.world.add()))
    request = scene.world.commands.approve(1)
    scene.world.journal.change_request(request["id"], started_at=STARTS_AT - timedelta(hours=20))
    page, told = scene.open(), []

    def look(call: str) -> None:
        if call == "upload":
            scene.world.clock.advance(timedelta(seconds=9))
            page.refresh()
            told.append(cells(page)["progress"])

    scene.world.drive.before = look
    run(scene.world.run(request))
    assert len(told) == 12
    assert " files an hour" not in told[0], "nothing was measured yet"
    found = re.search(r"sending \d+ of 13, ([\d,]+) files an hour, ready \d\d:\d\d", told[-1])
    assert found and int(found[1].replace(",", "")) > 100, told[-1]


def test_an_open_project_is_looked_at_more_often(scene: Scene) -> None:
    """F126: the engine is told, at most once a minute."""
    run(scene.world.first())
    page = scene.open()
    first = scene.world.project["shown_at"]
    assert first is not None
    page.refresh()
    assert scene.world.project["shown_at"] == first


def test_enter_opens_the_destination(scene: Scene) -> None:
    run(scene.world.first())
    scene.world.journal.change_file_project(1, destination="https://contoso.sharepoint.com/sites/x")
    page = scene.open()
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    assert scene.opened == ["https://contoso.sharepoint.com/sites/x"]
    scene.desk.environment = "training"
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    assert len(scene.opened) == 1 and "training" in page.notice.words


def test_f194_nothing_can_be_done_without_the_right(scene: Scene) -> None:
    """F041."""
    run(scene.world.first())
    scene.desk.rights = Rights(can_configure=False, can_synchronize=False)
    page = scene.open()
    assert not any(button.isEnabled() for button in page.buttons.values())


def overview(page: DocumentsPage) -> dict[str, str]:
    page.tabs.setCurrentWidget(page.overview)
    grid = page.overview.facts
    return {grid.item(row, 0).text(): grid.item(row, 1).text() for row in range(grid.rowCount())}


def test_f236_f287_the_overview_shows_the_figures_of_a_project(scene: Scene) -> None:
    run(scene.world.first())
    scene.world.procore.put("note.txt", b"hello again")
    scene.world.clock.advance(timedelta(seconds=30))
    run(scene.world.run())
    shown = overview(scene.open())
    assert (shown["Phase"], shown["In step"], shown["Documents ↔"]) == (
        "Regular",
        "2 files, 20 B",
        "2 files, 20 B",
    )
    assert "98% within 30\u00a0s" in shown["Time until a change arrives"]
    assert shown["Last synchronization"] != "–" and shown["First synchronization finished"] != "–"


def test_f129_f133_every_file_that_waits_is_named_with_its_reason(scene: Scene) -> None:
    run(scene.world.first())
    item = scene.world.drive.put(f"{TOP}/note.txt", b"being written")
    scene.world.drive.items[item.id] = item._replace(waiting=Waiting.LOCKED)
    run(scene.world.run())
    page = scene.open()
    overview(page)
    grid = page.overview.waiting
    assert [grid.item(0, n).text() for n in range(2)] == ["Documents", "note.txt"] and grid.item(0, 2).text()
    assert page.overview.waiting_title.text() == "1 file waits"


def test_f105_f107_f108_f109_a_banner_until_the_notice_with_the_title_that_people_know(scene: Scene) -> None:
    run(scene.world.run(scene.world.add()))
    scene.world.commands.approve(1)
    page = scene.open()
    assert page.banner.isVisible() and "do not add, edit or move files" in page.banner.words.text()
    run(scene.world.run())
    page.refresh()
    assert not page.banner.isVisible() and cells(page)["phase"] == "Regular", "F109: at the same instant"
    overview(page)
    assert page.overview.notices.text().endswith("Two way sync initiated for project École Saint-Édouard")
    i18n.set_language("fr")
    page.retranslate()
    assert "Synchronisation bidirectionnelle établie" in page.overview.notices.text()


def test_the_chosen_action_stays_in_sight_when_newer_ones_come_in_above(scene: Scene) -> None:
    run(scene.world.first())
    page = scene.open()
    page.activity.grid.selectRow(1)
    chosen = page.activity.row.id
    for number in range(60):
        scene.world.procore.put(f"new {number:02}.txt", b"new")
    run(scene.world.run())
    page.refresh()
    grid = page.activity.grid
    assert page.activity.row.id == chosen and grid.currentIndex().row() > 50
    assert grid.viewport().rect().intersects(grid.visualRect(grid.currentIndex()))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_f092_every_word_of_the_engine_has_words_in_both_languages(language: i18n.Language) -> None:
    """A phase, action, reason or conflict without a text would show its code."""
    i18n.set_language(language)
    assert set(words.BADGES) == {phase.value for phase in FilePhase}
    assert set(words.ARROWS) == {flow.value for flow in Flow}
    assert all(words.badge(phase.value).text for phase in FilePhase)
    assert all(words.deed(verb.value, side) for verb in FileVerb for side in ("procore", "drive"))
    assert all(words.reason(rule.value) for rule in FileRule)
    assert all(i18n.text(f"documents.conflict.{kind.value}") for kind in ConflictKind)
    assert all(i18n.text(f"documents.settled.{settled.value}") for settled in Settled)


def test_tab_goes_through_the_page_as_the_eye_does(scene: Scene, qtbot: Any) -> None:
    """The deeds, the projects, the tabs and what stands in the chosen one; then the deeds again."""
    run(scene.world.first())
    page = scene.open()
    page.tabs.setCurrentWidget(page.policy)
    page.activateWindow()
    qtbot.waitActive(page)
    page.page_shown()
    qtbot.waitUntil(page.grid.hasFocus)
    deeds = ("add", "synchronize", "pause", "prove", "reset", "remove", "verify")
    policy = "conflicts one_way max_bytes schedule delete_items delete_percent include exclude trash trash_days".split()
    assert tabbed() == [
        *("file_projects", "qt_tabwidget_tabbar"),
        *(f"policy_{key}" for key in (*policy, "trash_megabytes")),
        *(f"documents_{deed}" for deed in deeds),
    ]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_button_has_an_alt_key_of_its_own(scene: Scene, language: i18n.Language) -> None:
    """Also beside the menus of the window, in each phase of a project, and on each of the tabs."""
    i18n.set_language(language)
    page = scene.open()
    menus = [i18n.text(key) for _name, key, parent in MENUS if parent is None]
    moved = Problem("FIL-18", {"name": "a", "new": "b"})
    phases = (("paused", moved), ("planned", None), ("regular", None))
    deeds = [documents_page._possible(SimpleNamespace(phase=p, problem=q, destination="x")) for p, q in phases]
    assert frozenset(DEEDS) == frozenset().union(*deeds)
    for part in page.parts:
        inside = [button.text() for button in part.findChildren(QPushButton) if button.text()]
        for possible in deeds:
            names = [*menus, *(_button(deed) for deed in (*possible, "verify")), *inside]
            letters = [name.partition("&")[2][:1].lower() for name in names]
            assert all(letters) and len(set(letters)) == len(letters), (part.name, sorted(letters), names)


def _button(deed: str) -> str:
    return i18n.text(f"documents.button.{deed}")


def test_the_page_speaks_the_language_that_was_chosen(scene: Scene) -> None:
    """F092."""
    run(scene.world.first())
    page = scene.open()
    i18n.set_language("fr")
    page.retranslate()
    assert cells(page)["phase"] == "Régulière" and page.tabs.tabText(2) == "Activité"
    assert cells(page)["size"].endswith(" o")


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 KB"),
        (12_440_000, "12.4 MB"),
        (999_990_000, "1 GB"),
        (5 * 10**13, "50 TB"),
    ],
)
def test_sizes_are_told_in_powers_of_a_thousand(size: int, shown: str) -> None:
    assert words.size(size) == shown


def test_f236_half_and_98_of_100_changes_arrive_within_the_times_told() -> None:
    assert words.latency([]) == ""
    told = words.latency([float(n) for n in range(1, 101)])
    assert "within 50\u00a0s, 98% within 1\u00a0min" in told


def test_s3_a_name_with_markup_is_shown_as_it_is(scene: Scene) -> None:
    """S3: neither drawn nor fetched, in lists, tips and messages."""
    name = "<img src=x onerror=alert(1)><b> plan.txt"
    scene.world.procore.put(name, b"x")
    run(scene.world.first())
    page = scene.open()
    page.tabs.setCurrentWidget(page.activity)
    rows = [cells(page.activity, n) for n in range(3)]
    assert name in [row["path"] for row in rows]
    page.notice.say("info", name)
    assert page.notice.words == name
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in page.findChildren(QLabel))
