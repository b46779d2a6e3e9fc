"""The tab Options of the page Documents, and the signed reports of *Prove…* and *Check a report…* (issue 4)."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget

from maestro_procore import i18n
from maestro_procore.engine.file_reports import FileReports
from maestro_procore.gui.documents_page import DocumentsPage
from maestro_procore.gui.formats import sentence
from maestro_procore.model.problems import Problem
from maestro_procore.store.report_keys import is_intact
from tests.engine.mailbox import Mailbox
from tests.gui.journal_desk import Rights
from tests.gui.test_documents_page import Scene, run, scene

__all__ = ["scene"]
DAY = "2026-11-02"


def press(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def on_options(scene: Scene) -> DocumentsPage:
    page = scene.open()
    page.tabs.setCurrentWidget(page.options)
    return page


@pytest.fixture
def daily(scene: Scene) -> Scene:
    """A project with Documents and the Daily Log; both read the same store here."""
    scene.world.procore.put(f"{DAY}/{DAY}.pdf", b"%PDF day")
    run(scene.world.run(scene.world.add(tools=("documents", "daily_log"))))
    return scene


# --- options ----------------------------------------------------------------------------------------


def test_f107_whoever_is_to_be_told_is_entered_and_nobody_is_before_that(daily: Scene) -> None:
    page = on_options(daily)
    options = page.options
    assert not any(box.isChecked() for box in options.boxes.values())
    assert not options.save.isEnabled() and not options.to.isEnabled()
    options.boxes["mail"].click()
    press(options.save)
    assert options.to_row.is_wrong
    options.to.setText("marie@example.com; pierre@example.com")
    options.language.setCurrentIndex(options.language.findData("fr"))
    press(options.save)
    settings = daily.world.project["settings"]
    assert settings["mail_to"] == ["marie@example.com", "pierre@example.com"]
    assert settings["mail_language"] == "fr"
    assert not options.save.isEnabled() and options.to.text() == "marie@example.com, pierre@example.com"
    options.boxes["mail"].click()
    press(options.save)
    assert daily.world.project["settings"]["mail_to"] == []


def test_an_address_that_is_none_is_told_beside_its_field(daily: Scene) -> None:
    """DOC-60."""
    options = on_options(daily).options
    options.boxes["mail"].click()
    options.to.setText("marie")
    press(options.save)
    assert options.to_row.problem.text() == sentence(Problem("DOC-60", {"name": "marie"}))
    assert options.to.text() == "marie" and options.save.isEnabled()
    assert "mail_to" not in daily.world.project["settings"]


def test_what_somebody_types_is_not_overwritten_by_news_of_the_journal(daily: Scene) -> None:
    page = on_options(daily)
    page.options.boxes["mail"].click()
    QTest.keyClicks(page.options.to, "marie@")
    daily.world.commands.look_at(1)
    page.refresh()
    assert page.options.to.text() == "marie@"


def test_f187_the_daily_log_takes_attachments_when_somebody_ticks_it_and_its_arrow_says_so(daily: Scene) -> None:
    """C5: off by default, and labelled."""
    page = on_options(daily)
    box = page.options.boxes["attaches"]
    assert not box.isChecked() and box.isEnabled() and "Daily Log" in box.text() and box.toolTip()
    box.click()
    press(page.options.save)
    assert [pair["flow"] for pair in daily.world.project["pairs"]] == ["both", "to_drive_adding"]
    page.refresh()
    column = next(column for column in page.model.columns if column.id == "daily_log")
    assert page.model.cell_of(page.row, column).shown == "→ (+←)"
    assert "attached" in page.model.tooltip_of(page.row, column)


def test_a_project_without_the_daily_log_offers_no_attachments(scene: Scene) -> None:
    run(scene.world.run(scene.world.add()))
    options = on_options(scene).options
    assert not options.boxes["attaches"].isEnabled()
    options.boxes["private"].click()
    press(options.save)
    assert scene.world.project["settings"]["copies_private"] is True


def test_who_may_only_look_changes_nothing(daily: Scene) -> None:
    daily.desk.rights = Rights(can_configure=False, can_synchronize=False)
    options = on_options(daily).options
    assert not any(box.isEnabled() for box in options.boxes.values()) and not options.save.isEnabled()


def test_a_message_that_failed_is_told_with_its_remedy_and_sent_again(scene: Scene) -> None:
    """DOC-62."""
    world = scene.world
    world.mailer = Mailbox()
    run(world.run(world.add(mail_to=["marie@example.com"])))
    run(world.run(world.commands.approve(1)))
    (row,) = (row for row in [world.journal.last_file_mail(1)] if row)
    told = Problem("DOC-62", {"name": "École", "to": ["marie@example.com"]}).to_json()
    world.journal.change_file_mail(row["id"], mail_state="unknown", mail_problem=told)
    options = on_options(scene).options
    assert "not known" in options.state.text() and options.send_again.isVisible()
    press(options.send_again)
    (request,) = world.journal.open_requests()
    run(world.run(request))
    assert len(world.mailer.sent) == 2


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_tab_speaks_the_language_that_was_chosen(daily: Scene, language: i18n.Language) -> None:
    page = on_options(daily)
    i18n.set_language(language)
    page.retranslate()
    assert page.options.save.text() == i18n.text("documents.options.save")
    assert page.options.language.itemText(1) == i18n.text("documents.options.language.en")


# --- signed reports ---------------------------------------------------------------------------------


@pytest.fixture
def proving(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A project in step, and a person who always chooses the same file."""
    file = str(tmp_path / "proof.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (file, ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (file, ""))
    journal = scene.world.journal
    scene.desk.reports = FileReports(journal, is_intact, lambda signature: journal.is_own_proof(signature["value"]))
    run(scene.world.first())
    return scene


def prove(scene: Scene, page: DocumentsPage) -> None:
    press(page.buttons["prove"])
    assert "being listed" in page.notice.words
    (request,) = scene.world.journal.open_requests()
    run(scene.world.run(request))
    page.refresh()


def test_a_proof_of_the_window_is_saved_signed_and_checked(proving: Scene, tmp_path: Path) -> None:
    page = proving.open()
    prove(proving, page)
    assert "hold the same: 2 files" in page.notice.words and "proof.json" in page.notice.words
    document = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert is_intact(document["report"], document["signature"])
    press(page.verify)
    assert "unchanged" in page.notice.words and "held the same" in page.notice.words
    assert "+00:00" not in page.notice.words, "a person reads it"
    document["report"]["agrees"] = False
    (tmp_path / "proof.json").write_text(json.dumps(document), encoding="utf-8")
    press(page.verify)
    assert page.notice.words.startswith(sentence(Problem("DOC-38", {"file": str(tmp_path / "proof.json")})))


def test_what_is_known_to_stand_apart_is_not_passed_over(proving: Scene) -> None:
    """A file that is too large is no difference; neither is it among those that are the same."""
    proving.world.commands.change_policy(1, {"max_bytes": 8})
    proving.world.procore.put("film.mp4", b"a long film")
    run(proving.world.run())
    page = proving.open()
    prove(proving, page)
    told = "hold the same: 2 files. The signed report is"
    assert told in page.notice.words and "1 item is known to stand apart" in page.notice.words
    proving.world.procore.put("new.txt", b"new")
    prove(proving, page)
    assert "found 1 difference;" in page.notice.words and "1 item is known to stand apart" in page.notice.words
    press(page.verify)
    assert "names differences. 1 item is known" in page.notice.words


def test_differences_are_told_with_what_to_do(proving: Scene) -> None:
    """DOC-35."""
    proving.world.procore.put("new.txt", b"new")
    page = proving.open()
    prove(proving, page)
    assert "1 difference" in page.notice.words
    press(page.verify)
    assert "names differences" in page.notice.words


def test_a_report_that_cannot_be_made_or_saved_is_told(
    proving: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DOC-37; and a file that is no report (DOC-38)."""
    page = proving.open()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "where.json"), ""))
    prove(proving, page)
    assert "where.json" in page.notice.words and "cannot be" in page.notice.words
    (tmp_path / "proof.json").write_text("[" * 200_000, encoding="utf-8")
    press(page.verify)
    assert "no unchanged report" in page.notice.words


def test_who_chooses_no_file_orders_nothing(proving: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    page = proving.open()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    press(page.buttons["prove"])
    assert proving.world.journal.open_requests() == []


def test_a_proof_without_anything_read_says_why(scene: Scene, proving: Scene) -> None:
    """DOC-36: the tool of a project that was never read whole."""
    with proving.world.journal.begin() as tx:
        pair: Any = proving.world.project["pairs"][0]
        proving.world.journal.change_file_pair(pair["id"], within=tx, procore_root="")
    page = proving.open()
    prove(proving, page)
    assert "nothing to prove" in page.notice.words
