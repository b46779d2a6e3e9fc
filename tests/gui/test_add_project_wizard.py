"""The wizard *Add project* on a real engine between two stores in memory, by keys (F099 to F124, F176 to F264)."""

import asyncio
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from maestro_procore import i18n
from maestro_procore.engine.file_choosing import AccountChoice
from maestro_procore.engine.file_commands import FLOWS
from maestro_procore.file_ports import FileCallFailed, FileTrouble, Who
from maestro_procore.gui import wizard_checks, wizard_plan
from maestro_procore.gui.documents_page import DocumentsPage
from maestro_procore.gui.menus import MENUS
from maestro_procore.gui.wizard_steps import Questions
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem
from maestro_procore.store.file_views import FileCheckRow
from maestro_procore.store.views import Views
from tests.engine.file_world import STARTS_AT, FileWorld
from tests.gui.choosing import LIBRARY, OWN, Asked, Places, ProcoreList, project
from tests.gui.journal_desk import JournalDesk, Rights, ask_now

NAME = "École Saint-Édouard"
CTRL, ALT, PLAIN = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier


@dataclass
class FileButtons:
    files: Any


@dataclass
class Scene:
    """The engine's world, what the wizard asks, and the page."""

    world: FileWorld
    asked: Asked
    page: DocumentsPage

    @property
    def wizard(self) -> Any:
        return self.page.wizard

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.page, key, modifier)

    def next(self) -> None:
        self.key(Qt.Key.Key_Return, CTRL)

    def open(self, *words: str) -> None:
        """The first step, with the projects ticked that hold each of the words."""
        self.page.buttons["add"].click()
        first = self.wizard.pages[0]
        for word in words:
            first.search.setFocus()
            first.search.clear()
            QTest.keyClicks(first.search, word)
            self.key(Qt.Key.Key_Return)
            self.key(Qt.Key.Key_Space)

    def to_the_library(self) -> None:
        self.next()
        tree = self.wizard.pages[1].tree.tree
        self.key(Qt.Key.Key_Right)
        self.key(Qt.Key.Key_Down)
        assert tree.currentItem().text(0) == "Documents"

    def check(self) -> None:
        """Third step, and the engine's answer to it."""
        self.next()
        self.work()

    def work(self) -> None:
        for request in self.world.journal.open_requests():
            asyncio.run(self.world.run(request))
        self.page.refresh()

    def lines(self, grid: Any) -> list[list[str]]:
        return [[grid.item(row, n).text() for n in range(grid.columnCount())] for row in range(grid.rowCount())]

    @property
    def at(self) -> str:
        return self.wizard.page.name


@pytest.fixture
def scene(qtbot: Any, tmp_path: Path) -> Iterator[Scene]:
    world = FileWorld(tmp_path)
    world.procore.put("Plans/A-101.pdf", b"%PDF plan")
    world.procore.put("note.txt", b"hello")
    rows = [project(77, NAME, "26003"), project(78, "Aréna", "26004"), project(79, "Pont", is_active=False)]
    asked = Asked(Places(world), ProcoreList(rows))
    buttons: Any = FileButtons(world.commands)
    views = Views(world.database, lambda: STARTS_AT)
    desk = JournalDesk(world.database, world.journal, views, buttons, Rights(), environment="production")
    desk.choosing = asked.choosing(world)  # type: ignore[attr-defined]
    page = DocumentsPage(desk, lambda *_: None, ask=ask_now, clock=world.clock.now)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    page.page_shown()
    page.activateWindow()
    qtbot.waitActive(page)
    yield Scene(world, asked, page)
    world.database.close()


# --- projects and tools ----------------------------------------------------------------------------------


def test_f179_f180_projects_are_found_by_words_and_several_are_ticked(scene: Scene) -> None:
    scene.open("26003", "26004")
    first = scene.wizard.pages[0]
    assert scene.wizard.draft.projects == {77: NAME, 78: "Aréna"}
    assert first.chosen.text() == "2 projects chosen" and scene.asked.procore.pages == 2
    shown = [first.list.item(row).text() for row in range(3) if not first.list.isRowHidden(row)]
    assert shown == ["26004 – Aréna"], "the search still stands, and what is ticked stays ticked"


def test_f179_a_project_that_is_not_ticked_is_not_added(scene: Scene) -> None:
    scene.open("26003", "26004", "26003")
    scene.to_the_library()
    scene.check()
    assert [row["name"] for row in scene.world.journal.file_projects()] == ["Aréna"]


def test_f233_a_project_in_the_list_already_cannot_be_ticked_again(scene: Scene) -> None:
    scene.world.add()
    scene.open("26003")
    assert scene.wizard.draft.projects == {}
    texts = [scene.wizard.pages[0].list.item(row).text() for row in range(3)]
    assert f"26003 – {NAME} (in the list already)" in texts and "Pont (closed)" in texts


def test_f125_f188_f279_tools_come_from_the_table_with_their_arrows(scene: Scene) -> None:
    scene.open("26003")
    tools = scene.wizard.pages[0].tools
    assert list(tools) == list(FLOWS)
    assert tools["documents"].text() == "Documents ↔" and tools["photos"].text() == "Photos ↔"
    assert tools["daily_log"].text() == "Daily Log →"
    assert [name for name, box in tools.items() if box.isChecked()] == ["documents", "photos"]
    tools["documents"].click()
    scene.to_the_library()
    scene.check()
    assert [pair["tool"] for pair in scene.world.project["pairs"]] == ["photos"], "Documents stays untouched"


def test_c5_what_goes_back_to_the_daily_log_and_private_records_are_off_until_somebody_wants_them(scene: Scene) -> None:
    scene.open("26003")
    first = scene.wizard.pages[0]
    assert not any(box.isEnabled() or box.isChecked() for box in first.extras.values())
    first.tools["daily_log"].click()
    assert [name for name, box in first.extras.items() if box.isEnabled()] == ["attaches"]
    first.tools["rfis"].click()
    first.extras["attaches"].click()
    first.extras["private"].click()
    first.tools["rfis"].click()
    assert not first.extras["private"].isChecked(), "no tool is left that it could be about"
    first.tools["rfis"].click()
    first.extras["private"].click()
    for tool in ("documents", "photos"):
        first.tools[tool].click()
    scene.to_the_library()
    scene.next()
    row = scene.world.project
    assert {pair["tool"]: pair["flow"] for pair in row["pairs"]} == {"daily_log": "to_drive_adding", "rfis": "to_drive"}
    assert row["settings"]["copies_private"] is True


def test_without_a_project_or_a_tool_nothing_leads_on(scene: Scene) -> None:
    scene.open()
    assert not scene.wizard.buttons["next"].isEnabled()
    scene.next()
    assert scene.at == "projects"


# --- destination --------------------------------------------------------------------------------------------


def test_f099_an_empty_destination_wants_option_1(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    place = scene.wizard.pages[1]
    assert place.options["mirror"].isChecked() and place.options["mirror"].isEnabled()
    assert scene.lines(place.targets)[0][3] == "to be made"


def test_f101_a_file_in_the_destination_disables_option_1_with_its_reason(scene: Scene) -> None:
    scene.world.drive.put(f"Procore/{NAME}/Documents/old.pdf", b"old")
    scene.open("26003")
    scene.to_the_library()
    place = scene.wizard.pages[1]
    assert place.options["merge"].isChecked() and not place.options["mirror"].isEnabled()
    assert "Option 1 wants an empty destination" in place.option_note.text()
    assert "/Documents" in place.option_note.text()


def test_f183_f189_a_library_of_a_site_is_chosen_and_its_full_address_is_shown(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    place = scene.wizard.pages[1]
    assert place.address.text() == f"{LIBRARY.web_url}/Procore/École Saint-Édouard/Documents"
    assert scene.lines(place.targets)[0][2] == place.address.text()
    scene.check()
    assert scene.world.project["destination"] == f"{LIBRARY.web_url}/Procore/%C3%89cole%20Saint-%C3%89douard"


def test_f183_the_own_drive_comes_first_and_an_address_of_the_browser_leads_to_a_folder(scene: Scene) -> None:
    scene.asked.places.drives = [OWN]
    scene.world.drive.put("Chantiers/2026")
    scene.open("26003")
    scene.next()
    tree = scene.wizard.pages[1].tree
    assert tree.tree.topLevelItem(0).text(0) == "OneDrive"
    tree.search.setText(f"{LIBRARY.web_url}/Chantiers/2026")
    tree.search.setFocus()
    scene.key(Qt.Key.Key_Return)
    assert scene.wizard.draft.place.name == "2026"


def test_f183_who_chooses_the_top_folder_itself_is_told_that_another_one_comes_into_it(scene: Scene) -> None:
    scene.world.drive.put("Procore")
    scene.open("26003")
    scene.to_the_library()
    second = scene.wizard.pages[1]
    assert "itself" not in second.option_note.text()
    second.tree.search.setText(f"{LIBRARY.web_url}/Procore")
    second.tree.search.setFocus()
    scene.key(Qt.Key.Key_Return)
    assert scene.wizard.draft.place.name == "Procore"
    assert "is called Procore itself; a folder Procore will be made in it" in second.option_note.text()
    second.layouts["project"].click()
    assert "itself" not in second.option_note.text(), "it is the project's own then"


@pytest.mark.parametrize(("layout", "tools", "root"), [("project", 2, f"{NAME}/Documents"), ("tool", 1, NAME)])
def test_f112_f208_an_existing_folder_is_taken_as_it_is(scene: Scene, layout: str, tools: int, root: str) -> None:
    scene.world.drive.put(f"{root}/from the office.txt", b"office")
    scene.open("26003")
    if tools == 1:
        scene.wizard.pages[0].tools["photos"].click()
    scene.to_the_library()
    place = scene.wizard.pages[1]
    scene.key(Qt.Key.Key_Right)
    scene.key(Qt.Key.Key_Down)
    assert scene.wizard.draft.place.name == NAME
    assert place.layouts["tool"].isEnabled() is (tools == 1)
    place.layouts[layout].click()
    assert place.options["merge"].isChecked()
    scene.check()
    scene.next()
    scene.next()
    scene.next()
    scene.work()
    assert scene.world.project["phase"] == FilePhase.REGULAR
    assert f"/{root}/note.txt" in scene.world.drive.tree()
    assert "/from the office.txt" in scene.world.procore.tree(), "F110: what the folder held went to Procore"
    assert not any(path.startswith("/Procore") for path in scene.world.drive.tree())
    scene.world.drive.move(NAME, "Renamed by its owner")
    asyncio.run(scene.world.run())
    assert scene.world.project["phase"] == FilePhase.REGULAR, "a folder that people chose stays theirs"


def test_f112_one_folder_is_for_one_project_only(scene: Scene) -> None:
    scene.open("26003", "26004")
    scene.to_the_library()
    place = scene.wizard.pages[1]
    assert not place.layouts["project"].isEnabled() and not place.layouts["tool"].isEnabled()
    assert "more than one" in place.layouts["project"].toolTip()


def test_f247_two_projects_of_one_name_are_shown_with_two_folders(scene: Scene) -> None:
    asyncio.run(scene.world.run(scene.world.add()))
    scene.asked.procore.rows.append(project(80, NAME, "26999"))
    scene.open("26999")
    scene.to_the_library()
    assert "(2)/" in scene.wizard.pages[1].address.text()
    assert scene.wizard.pages[1].options["mirror"].isChecked()


def test_f210_f211_the_names_that_changes_will_carry_are_shown(scene: Scene) -> None:
    scene.open("26003")
    scene.next()
    said = scene.wizard.pages[1].acting.text()
    assert said == "Changes will carry these names: Integration in Procore, Integration in the drive."


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_f210_a_service_without_a_name_is_not_shown_by_its_number(scene: Scene, language: i18n.Language) -> None:
    """That of the practice company, whose token says none."""
    scene.asked.who = Who("", "", is_service=True)
    scene.asked.people = (AccountChoice("", "training"), AccountChoice("7", "Chantiers"))
    i18n.set_language(language)
    scene.open("26003")
    scene.next()
    place, practice = scene.wizard.pages[1], i18n.text("wizard.account.practice")
    assert practice in place.acting.text()
    assert [place.account.itemText(row) for row in range(2)] == [practice, "Chantiers"]


def test_f212_f213_a_personal_account_gets_a_hint_with_an_example(scene: Scene) -> None:
    scene.asked.who = Who("Marie Roy", "marie.roy@contoso.com", is_service=False)
    scene.open("26003")
    scene.next()
    assert "procore@yourcompany.com" in scene.wizard.pages[1].acting.text()


def test_a_drive_that_does_not_answer_is_said_and_leads_nowhere(scene: Scene) -> None:
    scene.asked.places.refuses = True
    scene.open("26003")
    scene.next()
    assert scene.wizard.pages[1].tree.note.text() and not scene.wizard.buttons["next"].isEnabled()


# --- checks -------------------------------------------------------------------------------------------------


def test_f177_f216_f217_rights_are_a_matrix_of_project_and_tool_with_reasons(scene: Scene) -> None:
    def before(call: str) -> None:
        if call == "probe":
            raise FileCallFailed(FileTrouble.FORBIDDEN, Problem("DRV-09", {"name": "x"}))

    scene.world.drive.before = before
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    checks = scene.wizard.pages[2]
    assert [row[2:4] for row in scene.lines(checks.matrix)] == [["✓ OK", "✗ missing"]] * 2
    assert NAME in checks.why.text() and not scene.wizard.buttons["next"].isEnabled()
    scene.world.drive.before = lambda call: None
    scene.wizard.buttons["again"].click()
    scene.work()
    assert scene.wizard.buttons["next"].isEnabled()


def test_f241_f242_f243_f244_f245_names_that_change_are_reported_before_the_start(scene: Scene) -> None:
    for name in ("fin.", "a:b.txt", "Dossier /x.txt", "CON.txt"):
        scene.world.procore.put(name, b"x")
    scene.open("26003")
    scene.wizard.pages[0].tools["photos"].click()
    scene.to_the_library()
    scene.check()
    told = {row[2]: row[3] for row in scene.lines(scene.wizard.pages[2].names)}
    assert told == {
        "fin.": "the same, with a look-alike for “.”",
        "a:b.txt": "the same, with a look-alike for “:”",
        "Dossier ": "the same, with a look-alike for the space",
        "CON.txt": "the same behind a mark, as the drive reserves it",
    }


def test_f227_files_that_are_too_large_are_counted_and_named(scene: Scene) -> None:
    item = scene.world.procore.put("drone.mp4", b"film")
    scene.world.procore.items[item.id] = item._replace(size_bytes=1_000_000_000)
    scene.open("26003")
    scene.wizard.pages[0].tools["photos"].click()
    scene.to_the_library()
    scene.check()
    checks = scene.wizard.pages[2]
    assert scene.lines(checks.matrix)[0][5] == "▲ 1 left out"
    assert any("drone.mp4" in row[2] for row in scene.lines(checks.names))


def test_f250_f264_the_space_that_is_needed_is_the_sum_of_the_sizes(scene: Scene) -> None:
    scene.open("26003")
    scene.wizard.pages[0].tools["photos"].click()
    scene.to_the_library()
    scene.check()
    assert f"{NAME}: 14 B go into the drive" in scene.wizard.pages[2].space.text()


@pytest.mark.parametrize(("code", "said"), [("DOC-34", "▲ 2 left out"), ("DOC-92", "▲ 2 large")])
def test_c7_files_close_to_the_largest_size_are_not_called_left_out(code: str, said: str) -> None:
    check = FileCheckRow("documents", "sizes", False, Problem(code, {"n": 2, "tool": "Documents"}))
    assert wizard_checks._cell(check, None, None) == said


# --- plan and start -----------------------------------------------------------------------------------------


def both_sides(scene: Scene) -> None:
    """Option 2: one file only here, one only there, one the same, one with another content."""
    top = f"Procore/{NAME}/Documents"
    scene.world.drive.put(f"{top}/note.txt", b"hello")
    scene.world.drive.put(f"{top}/Plans/A-101.pdf", b"%PDF another")
    scene.world.drive.put(f"{top}/only there.txt", b"there")
    scene.world.procore.put("only here.txt", b"here")
    scene.open("26003")
    scene.wizard.pages[0].tools["photos"].click()
    scene.to_the_library()
    scene.check()
    scene.next()


def test_f113_f122_the_plan_counts_what_is_on_one_side_on_both_and_in_conflict(scene: Scene) -> None:
    both_sides(scene)
    (row,) = scene.lines(scene.wizard.pages[3].counts)
    only_procore, only_drive, equal, compare, conflicts = row[2:7]
    assert (only_procore, only_drive, conflicts) == ("1", "1", "1")
    assert int(equal) + int(compare) == 1
    (shown,) = scene.lines(scene.wizard.pages[3].differing)
    assert shown == ["Documents", NAME, "Plans/A-101.pdf", "Procore's wins; the drive's is kept as a version."]
    scene.next()
    scene.next()
    scene.work()
    shown = scene.world.database
    found = Views(shown, lambda: STARTS_AT).files.conflicts(1, only_open=False)
    assert len(found) == int(conflicts), "F122: as many as were counted"


def test_f104_f235_f276_f277_the_forecast_stands_beside_the_usual_products(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    scene.next()
    usual = {
        "en": "The usual product: 16 calls (4 a file) and 1\u00a0min (900 files an hour).",
        "fr": "Le produit habituel\u00a0: 16 appels (4 par fichier) et 1\u00a0min (900 fichiers à l'heure).",
    }
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        scene.wizard.retranslate()
        said = scene.wizard.pages[3].forecast.text()
        ours, _theirs = said.split(usual[language][:12])
        assert "4 " in ours and "Procore" in ours and said.endswith(usual[language]), said
    i18n.set_language("en")
    scene.next()
    assert usual["en"] in scene.wizard.pages[4].summary.text(), "and once more where it is started"


def test_f114_both_sides_with_data_cost_the_usual_product_three_to_five_times(scene: Scene) -> None:
    both_sides(scene)
    (plan,) = scene.wizard.pages[3].plans
    least, most = plan.forecast.usual_duration
    assert most / least == pytest.approx(5 / 3)
    assert "it is 3 to 5 times slower than 900 files an hour where both sides hold data" in (
        scene.wizard.pages[3].forecast.text()
    )


def test_f121_option_2_warns_when_procore_holds_many_files(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wizard_plan, "MANY_IN_PROCORE", 3)
    both_sides(scene)
    assert "option 2 is meant for projects with little there" in scene.wizard.pages[3].warnings.text()


def test_f239_a_forecast_beyond_a_day_warns(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    item = scene.world.procore.put("film.mov", b"x")
    scene.world.procore.items[item.id] = item._replace(size_bytes=999_999_999)
    monkeypatch.setattr("maestro_procore.model.file_forecast.START_SPEED", _slow())
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    scene.next()
    assert "will take more than a day" in scene.wizard.pages[3].warnings.text()


def _slow() -> Any:
    from maestro_procore.model.file_forecast import Speed

    return Speed(0.3, 10_000.0)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_f115_the_listings_of_both_sides_are_saved_instead_of_a_question_each(
    scene: Scene, tmp_path: Path, kind: str
) -> None:
    both_sides(scene)
    file = tmp_path / f"listings.{kind}"
    scene.wizard.pages[3].save_to(file)
    rows = _read(file)
    told = {row[2]: row[3] for row in rows[1:]}
    assert told["only here.txt"].startswith("only in Procore")
    assert told["only there.txt"].startswith("only in the drive")
    assert told["Plans/A-101.pdf"].startswith("conflict")
    wins = {row[2]: row[4] for row in rows[1:]}
    assert wins["Plans/A-101.pdf"] == "Procore's wins; the drive's is kept as a version."
    assert (wins["only here.txt"], wins["only there.txt"]) == ("", "")
    assert len(rows) == 1 + 5, "an item of both sides stands in one line"
    assert "5 items saved" in scene.wizard.pages[3].saved.text()


def _read(file: Path) -> list[list[str]]:
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as read:
            return list(csv.reader(read))
    sheet = openpyxl.load_workbook(file).active
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_f100_f105_the_wizard_ends_with_the_start_and_the_page_shows_the_initial_phase(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    scene.next()
    scene.next()
    assert scene.world.copy == {} and "do not add, edit or move files" in scene.wizard.pages[4].advice.text()
    scene.next()
    assert not scene.page.is_adding
    assert scene.world.project["phase"] == FilePhase.FIRST_SYNC
    assert scene.page.notice.words.startswith("The first synchronization has begun")
    scene.work()
    assert scene.world.project["phase"] == FilePhase.REGULAR and "/note.txt" in scene.world.copy
    assert scene.page.notice.words == f"Two way sync initiated for project {NAME}", "and no longer that it is under way"


def test_enter_goes_on_with_the_wizard_and_never_leaves_it_because_a_step_was_being_read(scene: Scene) -> None:
    """A disabled button passes the focus on; it comes back, and only one button looks like the main one."""
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    wizard = scene.wizard
    onward, close = wizard.buttons["next"], wizard.buttons["close"]
    onward.setFocus()
    wizard._is_busy = True
    wizard._show_buttons()
    assert not onward.hasFocus()
    wizard._is_busy = False
    wizard._show_buttons()
    assert onward.hasFocus()
    assert (onward.property("main"), close.property("main")) == (True, False)


# --- leaving in the middle ------------------------------------------------------------------------------------


def test_closing_before_the_checks_writes_nothing_anywhere(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    scene.key(Qt.Key.Key_Escape)
    assert not scene.page.is_adding
    assert scene.world.journal.file_projects() == [] and scene.world.drive.tree() == {}


def test_closing_after_the_checks_loses_nothing_and_copies_nothing(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    scene.key(Qt.Key.Key_Escape)
    assert scene.world.copy == {} and scene.world.project["phase"] == FilePhase.PLANNED
    scene.page.buttons["continue"].click()
    assert scene.at == "checks" and scene.wizard.buttons["next"].isEnabled()
    assert not scene.wizard.buttons["back"].isEnabled(), "where it is kept was chosen"


def test_what_was_added_is_taken_out_of_the_list_again(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    scene.wizard.buttons["discard"].click()
    scene.wizard.notice.findChild(QPushButton, "notice_yes").click()
    assert scene.world.journal.file_projects() == [] and not scene.page.is_adding


def test_f041_only_who_may_configure_adds_projects(scene: Scene) -> None:
    scene.page._desk.rights = Rights(can_configure=False)
    scene.page.refresh()
    assert not scene.page.buttons["add"].isEnabled()


# --- keys and words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_step_has_alt_keys_of_its_own_in_both_languages(scene: Scene, language: i18n.Language) -> None:
    scene.open("26003")
    scene.to_the_library()
    i18n.set_language(language)
    menus = [i18n.text(key) for _name, key, parent in MENUS if parent is None]
    for place in range(5):
        scene.page.retranslate()
        shown = [b.text() for b in scene.wizard.findChildren(QPushButton) if b.isVisible() and "&" in b.text()]
        letters = [name.partition("&")[2][:1].lower() for name in (*menus, *shown)]
        assert len(set(letters)) == len(letters), (place, sorted(letters))
        if place == 1:
            scene.check()
        else:
            scene.next()


def test_f092_the_wizard_speaks_the_language_that_was_chosen_at_once(scene: Scene) -> None:
    both_sides(scene)
    i18n.set_language("fr")
    scene.page.retranslate()
    assert scene.wizard.title.text().startswith("Ajouter un projet")
    assert scene.wizard.pages[3].counts.horizontalHeaderItem(2).text() == "Procore seul"


def test_escape_answers_an_open_question_before_it_leaves(scene: Scene) -> None:
    scene.open("26003")
    scene.to_the_library()
    scene.check()
    scene.wizard.buttons["discard"].click()
    scene.key(Qt.Key.Key_Escape)
    assert scene.page.is_adding and not scene.wizard.notice.isVisible()
    scene.key(Qt.Key.Key_Escape)
    assert not scene.page.is_adding and scene.world.journal.file_projects()


def test_what_cannot_be_written_is_said_and_the_buttons_come_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise OSError("disk")

    scene.open("26003")
    scene.to_the_library()
    monkeypatch.setattr(scene.world.journal, "add_file_project", broken)
    scene.next()
    assert scene.wizard.notice.words and scene.at == "place" and scene.wizard.buttons["next"].isEnabled()


def test_the_window_never_waits_for_procore_or_microsoft(scene: Scene) -> None:
    """Every question is put in another thread; what came too late for its question is dropped."""
    asked: list[tuple[Any, Any]] = []
    page = DocumentsPage(scene.page._desk, lambda *_: None, ask=lambda question, then: asked.append((question, then)))
    page.add_project()
    assert scene.asked.procore.pages == 0 and asked
    taken: list[Any] = []
    questions = Questions(lambda question, then: asked.append((question, then)), page)
    asked.clear()

    async def answer(word: str) -> str:
        return word

    for word in ("first", "second"):
        questions.put("topic", lambda word=word: answer(word), taken.append)
    for question, then in asked:
        then(question())
    assert taken == ["second"]
    page.deleteLater()
