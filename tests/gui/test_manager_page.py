"""The Synchronization Manager on a real journal: what the technician sees, and what the accountant does not."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton

from maestro_procore import i18n
from maestro_procore.gui.manager_page import ManagerPage
from maestro_procore.gui.request_table import words_of_request
from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.model.problems import Problem
from tests.gui.journal_desk import NOW, RESUMES_AT, Clock, JournalDesk, ask_now, supplier

SENT = json.dumps({"updates": [{"origin_id": "MST:BEAU:suppliers:D3100", "email_address": "x"}]})
RECEIVED = json.dumps({"entities": [], "errors": [{"email_address": ["is not a valid email"]}]})


@pytest.fixture
def open_manager(qtbot: Any, desk: JournalDesk) -> Callable[[], ManagerPage]:
    def open_it() -> ManagerPage:
        page = ManagerPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
        qtbot.addWidget(page)
        page.resize(1600, 800)
        page.show()
        page.page_shown()
        return page

    return open_it


def request_cells(page: ManagerPage, row: int) -> dict[str, str]:
    model = page.request_model
    spoken = Qt.ItemDataRole.AccessibleTextRole
    return {c.id: str(model.data(model.index(row, n), spoken) or "") for n, c in enumerate(model.columns)}


def failed_request(desk: JournalDesk) -> dict[str, Any]:
    """Number 1: two tries, one record refused, one shortened, one created."""
    request = desk.request(state="running", started_at=NOW - timedelta(seconds=9), attempts=1)
    desk.call(request, SENT, "busy", status=503)
    call = desk.call(request, SENT, RECEIVED, attempt=2)
    refused = Problem("LNK-06", {"field": "email_address", "text": "is not a valid email", "element": "suppliers"})
    desk.action(request, kind="create", maestro_key="A1001", name="Acier", state="done", exchange_id=call)
    desk.action(request, maestro_key="B2040", name="Béton", state="warned", problems=[Problem("PRJ-13").to_json()])
    desk.action(
        request,
        maestro_key="D3100",
        name="Démolition Roy",
        state="failed",
        attempts=1,
        exchange_id=call,
        problems=[refused.to_json()],
        differences=[{"field": "city", "maestro": "Gatineau", "procore": "Ottawa", "agreed": "", "result": "maestro"}],
        procore_write={"city": "Gatineau"},
        before={"procore": {"city": "Ottawa"}},
        after={"procore": {"city": "Gatineau"}},
    )
    desk.journal.change_request(
        request["id"], state="failed", ended_at=NOW, created=1, updated=1, unchanged=40, warnings=1, errors=1
    )
    return desk.journal.request(request["id"])


def test_f050_requests_stand_newest_first_with_who_when_and_how_it_ended(desk: JournalDesk, open_manager: Any) -> None:
    """F050."""
    failed_request(desk)
    desk.request(
        "projects", state="waiting", wait_reason="limit", resumes_at=RESUMES_AT, progress_done=3, progress_total=12
    )
    page = open_manager()
    newest, oldest = request_cells(page, 0), request_cells(page, 1)
    assert (newest["number"], newest["element"], newest["status"]) == ("2", "Projects", "Pending")
    assert newest["resumes_at"] == i18n.clock_time("en", RESUMES_AT)
    assert "call limit reached" in newest["message"]
    assert oldest["requested_by"] == "mlavoie"
    assert oldest["duration"] == "9\u00a0s"
    assert (oldest["ok"], oldest["warnings"], oldest["errors"], oldest["attempts"]) == ("42", "1", "1", "1/10")


def test_f051_choosing_a_request_lists_its_actions(desk: JournalDesk, open_manager: Any) -> None:
    """F051."""
    failed_request(desk)
    page = open_manager()
    assert page.title.text() == "Request 1"
    assert page.action_model.rowCount() == 3
    QTest.mouseClick(page.action_chips._chips["errors"], Qt.MouseButton.LeftButton)
    assert page.action_model.rowCount() == 1
    assert page.action_model.row_at(0).maestro_key == "D3100"


def test_f052_explain_holds_all_five_parts(desk: JournalDesk, open_manager: Any) -> None:
    """F052: cause, record, field, remedy, raw exchange."""
    failed_request(desk)
    page = open_manager()
    page.action_grid.selectRow(2)

    def said(part: str) -> str:
        return str(page.detail.explain.findChild(QLabel, f"explain_{part}").text())

    assert said("what") == "Procore refused E-mail: is not a valid email."
    assert said("cause").startswith("The value breaks a rule of Procore")
    assert said("record") == "Supplier D3100 – Démolition Roy"
    assert said("field") == "E-mail"
    assert said("remedy").startswith("Correct the field in maestro*")
    assert "is not a valid email" in said("raw") and "PATCH /rest/v1.0/companies/17/vendors/sync → 200" in said("raw")


def test_request_and_answer_are_shown_as_indented_json_and_copied(desk: JournalDesk, open_manager: Any) -> None:
    failed_request(desk)
    page = open_manager()
    page.action_grid.selectRow(2)
    sent = page.detail.exchange.findChild(QPlainTextEdit, "exchange_request").toPlainText()
    assert json.loads(sent) == json.loads(SENT)
    assert sent.count("\n") > 3
    page.detail.exchange._bodies["answer"]._copy.click()
    assert json.loads(QApplication.clipboard().text()) == json.loads(RECEIVED)


def test_every_attempt_stands_in_the_history(desk: JournalDesk, open_manager: Any) -> None:
    """F048: 503, then the answer."""
    failed_request(desk)
    page = open_manager()
    page.action_grid.selectRow(2)
    attempts = page.detail.attempts
    assert [attempts.item(n, 2).text() for n in range(attempts.rowCount())] == ["503", "200"]
    attempts.setCurrentCell(0, 0)
    assert page.detail.exchange._bodies["answer"].words.toPlainText() == "busy"


def test_fields_before_and_after_are_shown(desk: JournalDesk, open_manager: Any) -> None:
    failed_request(desk)
    page = open_manager()
    page.action_grid.selectRow(2)
    cells = [page.detail.fields.item(0, n).text() for n in range(5)]
    assert cells == ["Procore – City", "Ottawa", "Gatineau", "", "maestro*'s value"]


def test_f041_the_accountant_reads_plain_messages_and_no_exchange(desk: JournalDesk, open_manager: Any) -> None:
    """F041: the technician's pane does not exist for others, so nothing in it can be found."""
    failed_request(desk)
    desk.rights.can_manage = False
    page = open_manager()
    page.action_grid.selectRow(2)
    assert page.detail is None
    assert page.findChildren(QPlainTextEdit) == []
    said = " ".join(label.text() for label in page.findChildren(QLabel))
    assert "Procore refused E-mail" in said
    assert "origin_id" not in said
    assert page.note.isVisible()


def test_f040_chips_and_the_element_narrow_the_requests(desk: JournalDesk, open_manager: Any) -> None:
    """F040."""
    failed_request(desk)
    desk.request("projects", state="running")
    page = open_manager()
    counts = {}
    for chip in ("all", "running", "waiting", "failed", "today"):
        QTest.mouseClick(page.chips._chips[chip], Qt.MouseButton.LeftButton)
        counts[chip] = page.request_model.rowCount()
    assert counts == {"all": 2, "running": 1, "waiting": 0, "failed": 1, "today": 2}
    QTest.mouseClick(page.chips._chips["waiting"], Qt.MouseButton.LeftButton)
    assert page.no_requests.title == "No request matches these filters."
    QTest.mouseClick(page.chips._chips["all"], Qt.MouseButton.LeftButton)
    page.element.setCurrentIndex(page.element.findData("projects"))
    assert page.request_model.rowCount() == 1


def test_a_request_can_be_cancelled_after_a_question_on_the_page(desk: JournalDesk, open_manager: Any) -> None:
    request = desk.request(state="running")
    page = open_manager()
    assert page.cancel.isEnabled() and not page.resume.isEnabled()
    page.cancel.click()
    assert desk.commands.pressed == []
    page.notice.findChild(QPushButton, "notice_yes").click()
    assert desk.commands.pressed == [("cancel", {"request_id": request["id"]})]


def test_what_failed_can_be_resumed(desk: JournalDesk, open_manager: Any) -> None:
    """F048."""
    request = failed_request(desk)
    page = open_manager()
    assert page.resume.isEnabled() and not page.cancel.isEnabled()
    page.resume.click()
    assert desk.commands.pressed == [("resume", {"request_id": request["id"]})]


def test_who_may_not_synchronize_may_not_cancel(desk: JournalDesk, open_manager: Any) -> None:
    desk.request(state="running")
    desk.rights.can_synchronize = False
    assert not open_manager().cancel.isEnabled()


def test_f043_f044_the_same_progress_stands_here_and_on_the_page(
    desk: JournalDesk, qtbot: Any, open_manager: Any
) -> None:
    """F043, F044: one source."""
    request = desk.request(state="running", progress_step="sending", progress_done=640, progress_total=1000)
    desk.lines("suppliers", supplier("B2040", status="running", request_id=request["id"]))
    synchronization = SynchronizationPage(desk, lambda *_: None, ask=ask_now, clock=Clock())
    qtbot.addWidget(synchronization)
    synchronization.page_shown()
    synchronization.show_element("suppliers")
    pane = synchronization.pane
    assert pane is not None
    on_the_page = pane.model.cell(0, len(pane.model.columns) - 1).words
    in_the_manager = words_of_request(open_manager().request, NOW)
    assert in_the_manager == on_the_page
    assert in_the_manager.fraction == 0.64


FORETOLD = {"least": 4121, "likely": 4241, "most": 4241, "unread": 0, "finishes_at": "2026-11-23T20:12:00+00:00"}


def test_f029_a_request_under_way_shows_its_calls_of_those_foretold(desk: JournalDesk, open_manager: Any) -> None:
    i18n.set_language("en")
    desk.request("purchase-orders", state="running", calls=1560, foretold=FORETOLD)
    page = open_manager()
    place = next(n for n, column in enumerate(page.request_model.columns) if column.id == "calls")

    assert page.request_model.cell(0, place).shown == "1,560 / 4,241"
    assert "1,560 of about 4,241 calls, done at about" in page.request_model.tooltip_of(
        page.request, page.request_model.columns[place]
    )
    assert "1,560 of about 4,241 calls" in page.title.text()


def test_f029_a_request_that_has_ended_shows_what_it_took(desk: JournalDesk, open_manager: Any) -> None:
    i18n.set_language("en")
    desk.request("purchase-orders", state="done", calls=4240, foretold=FORETOLD)
    page = open_manager()
    place = next(n for n, column in enumerate(page.request_model.columns) if column.id == "calls")

    assert page.request_model.cell(0, place).shown == "4,240"


def test_the_chosen_request_stays_chosen_when_newer_ones_arrive(desk: JournalDesk, open_manager: Any) -> None:
    request = failed_request(desk)
    page = open_manager()
    page.request_grid.selectRow(0)
    desk.request("projects", state="running")
    page.refresh()
    assert page.request_model.rowCount() == 2
    assert page.request.id == request["id"]
    assert page.request_grid.selected_rows() == [1]


def test_calls_of_the_last_hour_are_drawn_and_said(desk: JournalDesk, open_manager: Any) -> None:
    """F046."""
    failed_request(desk)
    page = open_manager()
    assert sum(page.budget.bars.used) == 2
    assert page.budget.accessibleName().startswith("Procore calls in the last hour: 2 of")


def test_another_page_can_name_a_request(desk: JournalDesk, open_manager: Any) -> None:
    request = failed_request(desk)
    desk.request("projects", state="running")
    page = open_manager()
    page.show_request(request["id"])
    assert page.request.id == request["id"]


def test_the_manager_speaks_french_without_a_restart(desk: JournalDesk, open_manager: Any) -> None:
    """F039, F092."""
    failed_request(desk)
    page = open_manager()
    page.action_grid.selectRow(2)
    i18n.set_language("fr")
    page.retranslate()
    assert page.resume.text() == "&Reprendre"
    assert page.title.text() == "Demande 1"
    assert page.detail.tabText(0) == "Explication"
    said = page.detail.explain.findChild(QLabel, "explain_what").text()
    assert said.startswith("Procore a refusé Courriel")
    header = page.request_model.headerData(2, Qt.Orientation.Horizontal)
    assert header == "Élément"


def test_resume_is_offered_only_when_something_is_left(desk: JournalDesk, open_manager: Any) -> None:
    """F048: after a run with warnings everything that could be sent was sent."""
    offered = {}
    for state in ("done", "warned", "failed", "cancelled"):
        desk.request(state=state, ended_at=NOW)
        page = open_manager()
        offered[state] = page.resume.isEnabled()
    assert offered == {"done": False, "warned": False, "failed": True, "cancelled": True}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            {
                "Company Directory, page 1",
                "Projects, page 12",
                "Budget with its totals, page 1",
                "Purchase orders, record 598",
                "A1001 read 3",
            },
        ),
        (
            "fr",
            {
                "Répertoire de la compagnie, page 1",
                "Projets, page 12",
                "Budget avec ses totaux, page 1",
                "Bons de commande, fiche 598",
                "A1001 read 3",
            },
        ),
    ],
)
def test_a_page_that_was_read_is_named_in_words(
    language: str, told: set[str], desk: JournalDesk, open_manager: Any
) -> None:
    """F051."""
    request = desk.request(state="failed", ended_at=NOW)
    desk.action(request, kind="read", name="vendors 1", state="done")
    desk.action(request, kind="read", name="read projects 12 again 2", state="failed")
    desk.action(request, kind="read", name="read budget-rows-all 1@26001", state="failed", project="26001")
    desk.action(request, kind="read", name="purchase-orders record 598", state="done")
    desk.action(request, kind="update", name="A1001 read 3", state="done")
    i18n.set_language(language)
    model = open_manager().action_model
    column = next(n for n, c in enumerate(model.columns) if c.id == "name")
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert {str(model.data(model.index(n, column), spoken)) for n in range(model.rowCount())} == told


def test_a_preview_is_marked_as_one_among_the_requests(desk: JournalDesk, open_manager: Any) -> None:
    """F050."""
    desk.request(state="done", ended_at=NOW, is_preview=True)
    desk.request(state="done", ended_at=NOW)
    page = open_manager()
    assert [request_cells(page, n)["mode"] for n in (0, 1)] == ["Latest changes", "Preview"]
