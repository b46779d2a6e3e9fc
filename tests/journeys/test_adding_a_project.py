"""*Add project* in the window, in training: by keys and clicks, approved, seen to its end, and both sides agree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from maestro_procore.gui.application import Application
from maestro_procore.places import open_profile
from maestro_procore.wiring import House
from tests.journeys.library import Drive
from tests.programs import Control, sandbox_process
from tests.settling import settle, until

CODE = "26003"
CTRL, ALT, PLAIN = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier


class Person:
    """Presses keys and clicks; knows of the window only what can be seen."""

    def __init__(self, program: Application) -> None:
        self.program, self.window = program, program.window

    @property
    def page(self) -> Any:
        return self.window.page

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def types(self, words: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), words)

    def clicks(self, button: QAbstractButton) -> None:
        assert button.isVisible() and button.isEnabled(), button.text()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, PLAIN, QPoint(6, 6))

    def sees(self, happened: Any, what: str) -> None:
        until(happened, what, 300)
        settle()

    def looks(self, happened: Any, what: str) -> None:
        """Until the page, read again, shows it."""

        def seen() -> bool:
            self.window.refresh()
            settle()
            return bool(happened())

        until(seen, what, 300)


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with sandbox_process("--spike-limit", "1000") as running:
        yield running


@pytest.fixture
def person(qapp: QApplication, control: Control, tmp_path: Path) -> Iterator[Person]:
    profile = open_profile(tmp_path / "profile", training=True)
    made = Application(qapp, lambda: House(profile, True, control.url).desk(), profile, is_training=True)
    made.set_language("en")
    made.window.resize(1280, 800)
    made.window.show()
    made.window.activateWindow()
    made._open()
    until(lambda: made.desk is not None, "the journal is open")
    until(lambda: made.window.page is not None and made.window.page.pane is not None, "the first page is there")
    yield Person(made)
    made.quit_now()
    made.finish()


@pytest.fixture
def drive(control: Control) -> Iterator[Drive]:
    made = Drive(control)
    yield made
    made.close()


def choose_project(person: Person) -> None:
    person.sees(lambda: person.page.wizard.pages[0].list.count() > 0, "Procore's projects are listed")
    person.types(CODE)
    person.key(Qt.Key.Key_Return)
    person.key(Qt.Key.Key_Space)
    person.key(Qt.Key.Key_Return, CTRL)


def choose_place(person: Person) -> None:
    """The library of the second site."""
    place = person.page.wizard.pages[1]
    person.sees(lambda: place.tree.tree.topLevelItemCount() > 1, "the sites are listed")
    person.key(Qt.Key.Key_Down)
    person.key(Qt.Key.Key_Right)
    person.sees(lambda: place.tree.tree.topLevelItem(1).childCount() > 0, "its libraries are listed")
    person.key(Qt.Key.Key_Down)
    person.sees(lambda: place.is_ready, "the destination was looked at")


def test_f099_f100_a_project_is_added_by_keys_and_clicks_and_both_sides_agree(
    person: Person, control: Control, drive: Drive
) -> None:
    """Issue "Documents and Photos", done when: add a project, approve the plan, watch it finish."""
    person.key(Qt.Key.Key_8, CTRL)
    person.sees(lambda: person.window.here == "documents", "the page is shown")
    person.clicks(person.page.buttons["add"])
    choose_project(person)
    choose_place(person)
    wizard = person.page.wizard
    assert wizard.pages[1].options["mirror"].isChecked(), "F099: an empty destination wants option 1"
    assert "/Chantiers/Documents/Procore/" in wizard.pages[1].address.text(), "F189"
    person.key(Qt.Key.Key_Return, CTRL)
    person.looks(lambda: wizard.page is wizard.pages[2] and wizard.page.is_ready, "both sides are compared")
    assert all(size < 0 for size in drive.tree("Procore").values()), "folders, and no file"
    person.key(Qt.Key.Key_Return, CTRL)
    person.looks(lambda: wizard.page is wizard.pages[3] and wizard.page.is_ready, "the plan is counted")
    person.clicks(wizard.buttons["next"])
    person.looks(lambda: wizard.page is wizard.pages[4] and wizard.page.is_ready, "it may start")
    person.clicks(wizard.buttons["next"])
    person.looks(lambda: person.page.row is not None and person.page.row.phase == "regular", "it has finished")
    row = person.page.row
    assert (row.conflicts, row.held) == (0, 0)
    there = sorted(size for size in drive.tree(f"Procore/{row.name}/Documents").values() if size >= 0)
    assert there == procore_sizes(person, control)
    assert len(there) == row.pairs[0].files > 20


def procore_sizes(person: Person, control: Control) -> list[int]:
    """Of the files that were brought over, as Procore itself holds them; other projects have files of equal names."""
    journal = person.program.desk.commands.journal
    with journal.begin() as tx:
        ours = {pair.procore_id[1:] for pair in journal.agreed(tx, person.page.row.pairs[0].id)}
    found = [row for row in control.state("documents") if str(row["id"]) in ours]
    return sorted(row["file"]["current_version"]["size"] for row in found if row.get("file"))
