"""The page Reconciliation on a real journal: figures as they were found, causes, names, workbook (issue 3, item 7)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from maestro_procore import i18n
from maestro_procore.gui.reconciliation_page import ReconciliationPage
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciliation import Bridge, Held, Line, Reconciliation
from tests.gui.journal_desk import NOW, RESUMES_AT, Clock, JournalDesk, ask_now, project

COST, ORIGINAL = ("costs", "to_date"), ("commitments", "original")


def lines(unexplained: str = "0.00") -> tuple[Line, ...]:
    """One that agrees, one with a bridge and, when wished, cents, one in dollars."""
    told = Problem("CST-10", {"no": "57", "a": "USD", "project": "26002", "b": "CAD"})
    bridge = Bridge("REC-07", (Held("57 L000057", Decimal("95.05"), told),))
    return (
        Line("26001", COST, "01-100.M", "CAD", Decimal("1234567.89"), Decimal("1234567.89")),
        Line("26002", COST, "03-300.S", "CAD", Decimal("95.05") + Decimal(unexplained), Decimal("0.00"), (bridge,)),
        Line("26002", ORIGINAL, "03-300.S", "USD", Decimal("12.30"), Decimal("12.30")),
    )


def reconciled(desk: JournalDesk, unexplained: str = "0.00", cut_off: str = "2026-10-31") -> dict[str, Any]:
    """A reconciliation that has come to its end."""
    request = desk.commands.reconciliations.order(cut_off=date.fromisoformat(cut_off))
    desk.commands.pressed.clear()
    found = lines(unexplained)
    agrees = not Decimal(unexplained)
    with desk.journal.begin() as tx:
        for code in ("26001", "26002"):
            of_it = Reconciliation(tuple(line for line in found if line.project == code))
            desk.journal.keep_reconciled(tx, request["id"], code, of_it)
        desk.journal.put_reconciliation(tx, request["id"], agrees=agrees, made_at=NOW, period="2026-10")
    problem = None if agrees else Problem("REC-16", {"n": 1}).to_json()
    desk.journal.change_request(
        request["id"], state="done" if agrees else "failed", ended_at=NOW, problem=problem, errors=0 if agrees else 1
    )
    return desk.journal.request(request["id"])


@pytest.fixture
def open_page(qtbot: Any, desk: JournalDesk) -> Callable[[], ReconciliationPage]:
    def open_it() -> ReconciliationPage:
        page = ReconciliationPage(desk, went.append, ask=ask_now, clock=Clock())
        page._navigate = lambda *args: went.append(args)
        qtbot.addWidget(page)
        page.resize(1300, 800)
        page.show()
        page.page_shown()
        return page

    went: list[Any] = []
    open_it.went = went  # type: ignore[attr-defined]
    return open_it


def cells(page: ReconciliationPage, row: int) -> dict[str, str]:
    model, spoken = page.model, Qt.ItemDataRole.AccessibleTextRole
    return {c.id: str(model.data(model.index(row, n), spoken) or "") for n, c in enumerate(model.columns)}


def words(grid: Any) -> list[list[str]]:
    return [[grid.item(row, column).text() for column in range(grid.columnCount())] for row in range(grid.rowCount())]


def test_before_the_first_one_the_page_says_what_to_do(desk: JournalDesk, open_page: Any) -> None:
    page = open_page()
    assert page.empty.title == text("reconcile.empty.none")
    assert not page.foot.save.isEnabled() and not page.foot.prepared_by.isEnabled()
    page.empty.wanted.emit()
    assert desk.commands.pressed == [("reconcile", {"project": None, "cut_off": NOW.astimezone().date().isoformat()})]


def test_every_line_shows_both_sides_its_bridges_and_what_is_left(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk, "0.01")
    page = open_page()
    first, second = cells(page, 0), cells(page, 1)
    assert (first["maestro"], first["procore"]) == ("$1,234,567.89", "$1,234,567.89")
    assert (second["maestro"], second["bridged"], second["expected"]) == ("$95.06", "$95.05", "$0.01")
    assert second["unexplained"] == "$0.01"
    assert second["cause"] == "The record is in error; Unexplained"
    assert cells(page, 2)["maestro"] == f"12.30{i18n.NBSP}USD"


def test_it_is_green_only_when_nothing_is_unexplained(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk)
    page = open_page()
    assert page.head.verdict.text() == "Agrees: unexplained 0.00"
    assert (page.head.verdict.property("good"), page.head.verdict.property("problem")) == (True, False)
    assert {cells(page, row)["status"] for row in range(3)} == {text("symbol.check")}
    reconciled(desk, "-0.01")
    page.refresh()
    assert page.head.verdict.text() == "Does not agree: 1 line is unexplained"
    assert page.head.verdict.property("problem") is True
    assert cells(page, 1)["status"] == text("symbol.cross")


def test_totals_stand_by_currency(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk)
    page = open_page()
    assert words(page.foot.totals) == [
        ["Costs", "Cost to date", "CAD", "1,234,662.94", "95.05", "1,234,567.89", "1,234,567.89", "0.00"],
        ["Commitments", "Original", "USD", "12.30", "0.00", "12.30", "12.30", "0.00"],
    ]


def test_the_chosen_line_names_every_record_behind_its_bridges(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk)
    page = open_page()
    page.grid.selectRow(1)
    ((cause, record, amount, message),) = words(page.foot.bridges)
    assert (cause, record, amount) == ("The record is in error", "57 L000057", "$95.05")
    assert "USD" in message
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    assert page.focusWidget() is page.foot.bridges


@pytest.mark.parametrize(("chip", "rows"), [("all", 3), ("differing", 1), ("unexplained", 1)])
def test_the_lines_can_be_narrowed_to_differences(desk: JournalDesk, open_page: Any, chip: str, rows: int) -> None:
    reconciled(desk, "0.05")
    page = open_page()
    page.chips.choose(chip)
    page.chips.chosen.emit(chip)
    assert page.model.rowCount() == rows


def test_a_search_looks_at_projects_codes_and_records(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk)
    page = open_page()
    for said, rows in (("26002", 2), ("l000057", 1), ("03-300.s 26002", 2), ("nobody", 0)):
        page.search.setText(said)
        assert page.model.rowCount() == rows, said
    assert page.empty.title == text("reconcile.empty.filtered")


def test_the_columns_sort_by_amount(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk)
    page = open_page()
    place = [column.id for column in page.model.columns].index("maestro")
    page.grid.sort_by(place, descending=True)
    assert [cells(page, row)["maestro"] for row in range(2)] == ["$1,234,567.89", "$95.05"]
    page.grid.sort_by(place, descending=False)
    assert cells(page, 0)["currency"] == "USD"


def test_reconcile_asks_for_the_chosen_day_and_project(desk: JournalDesk, open_page: Any) -> None:
    desk.lines("projects", project("26001"), project("26002", is_linked=False))
    page = open_page()
    box = page.head.project
    assert [box.itemText(place) for place in range(box.count())] == ["All projects", "26001"]
    page.head.cut_off.setDate(QDate(2026, 9, 30))
    page.head.project.setCurrentIndex(1)
    page.head.run.click()
    assert desk.commands.pressed == [("reconcile", {"project": "26001", "cut_off": "2026-09-30"})]
    assert page.head.verdict.text() == text("reconcile.page.queued")


def test_the_page_says_how_far_it_is_and_why_it_waits(desk: JournalDesk, open_page: Any) -> None:
    page = open_page()
    page.head.run.click()
    request = desk.journal.open_requests()[0]
    desk.journal.change_request(request["id"], state="running", progress_done=3, progress_total=12)
    page.refresh()
    assert page.head.verdict.text() == "Reading project 3 of 12…"
    desk.journal.change_request(request["id"], state="waiting", wait_reason="limit", resumes_at=RESUMES_AT)
    page.refresh()
    assert i18n.clock_time("en", RESUMES_AT) in page.head.verdict.text()
    assert page.model.rowCount() == 0
    page.head.request.click()
    assert open_page.went[-1] == ("manager", {"request": request["id"]})


def test_a_refusal_is_said_on_the_page(desk: JournalDesk, open_page: Any) -> None:
    desk.commands.refusal = Problem("CFG-12")
    page = open_page()
    page.head.run.click()
    assert page.notice.isVisible() and page.notice.words


def test_who_may_not_synchronize_may_look(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk)
    desk.rights.can_synchronize = False
    page = open_page()
    assert not page.head.run.isEnabled() and not page.foot.prepared_by.isEnabled()
    assert page.foot.save.isEnabled() and page.model.rowCount() == 3


def test_an_earlier_one_can_be_shown_again(desk: JournalDesk, open_page: Any) -> None:
    first = reconciled(desk, "0.01", cut_off="2026-09-30")
    reconciled(desk)
    page = open_page()
    assert page.head.history.count() == 2
    assert page.head.verdict.property("good") is True
    page.head.history.setCurrentIndex(1)
    page.head.history.activated.emit(1)
    assert page.row.request_id == first["id"]
    assert page.head.verdict.property("problem") is True


def test_the_names_on_the_certificate_are_kept(desk: JournalDesk, open_page: Any) -> None:
    request = reconciled(desk)
    page = open_page()
    assert page.foot.prepared_by.text() == "mlavoie"
    page.foot.reviewed_by.setText("J. Roy, CPA")
    page.foot.reviewed_by.editingFinished.emit()
    row = desk.views.reconciliation(request["id"])
    assert (row.prepared_by, row.reviewed_by) == ("mlavoie", "J. Roy, CPA")


def test_the_workbook_is_what_is_shown(
    desk: JournalDesk, open_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciled(desk)
    page, file = open_page(), tmp_path / "certificate.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    page.foot.save.click()
    assert page.notice.words == text("reconcile.saved", file=str(file))
    assert load_workbook(file)["Lines"]["F2"].value == 1234567.89


def test_a_workbook_that_cannot_be_written_is_told(
    desk: JournalDesk, open_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-18."""
    reconciled(desk)
    page = open_page()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "c.xlsx"), ""))
    page.foot.save.click()
    assert "could not be written" in page.notice.words


def test_it_speaks_the_readers_language(desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk, "0.01")
    page = open_page()
    i18n.set_language("fr")
    page.retranslate()
    assert page.head.verdict.text() == "Ne concorde pas\u00a0: 1 ligne est inexpliquée"
    assert cells(page, 1)["element"] == "Coûts"
    assert words(page.foot.totals)[0][1] == "Coût à ce jour"


def test_the_search_is_a_key_away(qtbot: Any, desk: JournalDesk, open_page: Any) -> None:
    reconciled(desk)
    page = open_page()
    with qtbot.waitActive(page):
        page.activateWindow()
    QTest.keyClick(page.grid, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
