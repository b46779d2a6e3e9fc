"""Help and leaving in the window: F1 on a line of a menu, Contact support, Remove all data of this program."""

import zipfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QUrl
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton

from maestro_procore.gui import help_page
from maestro_procore.gui.menus import LINES, topic_of
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import PROGRAM, Profile
from maestro_procore.store.support_bundle import SupportBundle
from tests.gui.journal_desk import ask_now
from tests.gui.test_closing import profile, program, quits  # noqa: F401 - fixtures
from tests.gui.test_frame import opened, window  # noqa: F401 - fixtures

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def press_f1(menu: QMenu, marked: QAction) -> None:
    menu.setActiveAction(marked)
    QCoreApplication.sendEvent(menu, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier))


def test_f166_f1_on_every_line_of_every_menu_opens_its_topic(opened: Any) -> None:  # noqa: F811
    lines = [line.name for line in LINES if line.name]
    shown = {}
    for name in lines:
        opened.navigate("synchronization")
        action = opened.menus.actions[name]
        press_f1(next(menu for menu in opened.menus.menus.values() if action in menu.actions()), action)
        assert opened.here == "help", name
        shown[name] = opened.page.topic
    assert shown == {name: topic_of(name) for name in lines}, "a topic that is missing shows the first one"
    assert set(shown.values()) <= {*help_page.topics(), help_page.ABOUT}
    assert {line.menu for line in LINES} == {"file", "procore", "maintenance", "actions", "view", "pages", "language",
                                             "appearance", "help"}  # fmt: skip


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What the person picks in the file dialog."""
    file = tmp_path / "for support.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    return file


class Mails:
    """Stands for the desktop: keeps the addresses that were opened."""

    def __init__(self, works: bool = True) -> None:
        self.opened: list[QUrl] = []
        self._works = works

    def __call__(self, address: QUrl) -> bool:
        self.opened.append(address)
        return self._works


def contact(window: Any, desk: Any, mails: Mails, support: Any) -> None:  # noqa: F811
    window._desk.support, window._desk.environment = support, "production"
    window.support._ask, window.support._open_url = ask_now, mails
    desk.journal.change_settings({"support_address": "aide@example.com"}, "marie", NOW)
    window.menus.actions["contact_support"].trigger()


def test_f165_contact_support_writes_a_bundle_and_opens_a_mail_that_names_it(
    opened: Any,  # noqa: F811
    desk: Any,
    chosen: Path,
    tmp_path: Path,
) -> None:
    profile_of_bundle = Profile(tmp_path / "profile").prepare()
    bundle = SupportBundle(profile_of_bundle, desk.database, desk.views, "production", lambda: NOW)
    mails = Mails()
    contact(opened, desk, mails, bundle.write)
    with zipfile.ZipFile(chosen) as written:
        assert {"about.json", "requests.json", "settings.json"} <= set(written.namelist())
    (mail,) = [urlsplit(address.toString(QUrl.ComponentFormattingOption.FullyEncoded)) for address in mails.opened]
    assert (mail.scheme, mail.path) == ("mailto", "aide@example.com")
    words = parse_qs(mail.query)
    assert words["subject"] == [text("support.mail.subject")]
    assert str(chosen) in words["body"][0] and version(PROGRAM) in words["body"][0]
    assert "before you send it" in opened.notice.words


def test_a_computer_without_a_mail_program_is_told_which_file_to_send(
    opened: Any,  # noqa: F811
    desk: Any,
    chosen: Path,
) -> None:
    contact(opened, desk, Mails(works=False), lambda file: file.write_text("x"))
    assert str(chosen) in opened.notice.words and "yourself" in opened.notice.words


def test_a_bundle_that_cannot_be_written_is_told_and_no_mail_opens(opened: Any, desk: Any, chosen: Path) -> None:  # noqa: F811
    def refuse(file: Path) -> None:
        raise Refused(Problem("DOC-37", {"file": str(file), "text": "No space left"}))

    mails = Mails()
    contact(opened, desk, mails, refuse)
    assert "No space left" in opened.notice.words
    assert mails.opened == []


def test_f273_removing_all_data_asks_first_and_ends_the_program(program: Any, quits: list[str]) -> None:  # noqa: F811
    started = program()
    started.window.menus.actions["forget"].trigger()
    assert "Nothing is deleted in Procore" in started.window.notice.words
    assert (quits, started.wants_forgetting) == ([], False)
    started.window.notice.findChild(QPushButton, "notice_no").click()
    assert (quits, started.wants_forgetting) == ([], False)
    started.window.menus.actions["forget"].trigger()
    started.window.notice.findChild(QPushButton, "notice_yes").click()
    assert (quits, started.wants_forgetting) == (["quit"], True)
