"""The bars above the lines: documents that wait for an approver, and a run that the change guard holds."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from maestro_procore import i18n
from maestro_procore.gui.line_table import line_key
from maestro_procore.gui.synchronization_page import SynchronizationPage
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem
from tests.gui.journal_desk import NOW, Clock, JournalDesk, ask_now, supplier

ORDERS = "purchase-orders"
AMOUNTS = {9001: "12000.00", 9002: "345.67", 9003: "100.00"}


@pytest.fixture
def open_pane(qtbot: Any, desk: JournalDesk) -> Callable[..., Any]:
    def open_it(element: str, *visited: list[Any]) -> Any:
        page = SynchronizationPage(desk, lambda *to: [v.append(to) for v in visited], ask=ask_now, clock=Clock())
        qtbot.addWidget(page)
        page.resize(1280, 800)
        page.show()
        page.page_shown()
        page.show_element(element)
        assert page.pane is not None and page.pane.element == element
        return page.pane

    return open_it


def waiting(desk: JournalDesk, **amounts: str) -> None:
    """Three orders of Procore that wait; one was refused before, and its line says why."""
    lines, rows = [], []
    for number, (procore_id, amount) in enumerate({**AMOUNTS}.items()):
        told = Problem("ACC-01", {"no": f"PO-{number}", "amount": f"{amount} CAD", "user": "ann"})
        values = {"external_no": f"PO-{number}", "total": amount, "currency": "CAD"}
        lines.append(
            {
                **supplier("X1", problems=[told.to_json()], worst="W", status="never", needs_sync=True),
                "element": ORDERS,
                "maestro_key": None,
                "procore_id": procore_id,
                "is_linked": False,
                "maestro_values": None,
                "procore_values": values,
                "agreed": {},
                "direction": "from_procore",
                "sort_key": f"po-{number}",
            }
        )
        currency = amounts.get(f"currency_{procore_id}", "CAD")
        row = {"name": f"PO-{number}", "digest": f"d{number}", "amount": amount, "currency": currency}
        rows.append({**row, "procore_id": procore_id, "requested_by": "ann"})
    desk.lines(ORDERS, *lines)
    with desk.journal.begin() as tx:
        desk.journal.put_acceptances(tx, ORDERS, "", rows, set(AMOUNTS))


def press(bar: Any, label: str) -> None:
    next(b for b in bar.findChildren(QPushButton) if b.text() == label and not b.isHidden()).click()


def give(bar: Any, words: str) -> None:
    """Types into the question and presses Enter."""
    bar.entry.setText(words)
    QTest.keyClick(bar.entry, Qt.Key.Key_Return)


def test_what_waits_is_counted_with_its_amount(desk: JournalDesk, open_pane: Any) -> None:
    waiting(desk)
    bar = open_pane(ORDERS).decisions.acceptance
    assert bar.isVisible() and bar.words == "3 records, $12,445.67, wait for acceptance."


def test_while_nothing_waits_there_is_no_bar(desk: JournalDesk, open_pane: Any) -> None:
    pane = open_pane("suppliers")
    assert pane.decisions.acceptance.isHidden() and pane.decisions.held.isHidden()


@pytest.mark.parametrize("words", ["12445.67", "12,445.67", "$12 445,67", " 12445,67 "])
def test_the_control_total_is_typed_and_what_was_seen_is_accepted(
    words: str, desk: JournalDesk, open_pane: Any
) -> None:
    waiting(desk)
    bar = open_pane(ORDERS).decisions.acceptance
    press(bar, text("accept.button"))
    give(bar, words)
    keys = [str(each) for each in AMOUNTS]
    given = {"element": ORDERS, "keys": keys, "total": "3 · 12445.67 CAD", "seen": ["d0", "d1", "d2"]}
    assert desk.commands.pressed == [("accept", given)]
    assert bar.question.isHidden()


def test_a_wrong_total_is_carried_to_the_rules_as_typed(desk: JournalDesk, open_pane: Any) -> None:
    """ACC-06 is theirs to say, on the page."""
    waiting(desk)
    desk.commands.refusal = Problem("ACC-06", {"expected": "3 · 1.00 CAD", "found": "3 · 12445.67 CAD"})
    pane = open_pane(ORDERS)
    press(pane.decisions.acceptance, text("accept.button"))
    give(pane.decisions.acceptance, "1")
    assert desk.commands.pressed[0][1]["total"] == "3 · 1.00 CAD"
    assert "Nothing was accepted" in pane.notice.words


def test_words_that_are_no_amount_are_told_beside_the_field(desk: JournalDesk, open_pane: Any) -> None:
    waiting(desk)
    bar = open_pane(ORDERS).decisions.acceptance
    press(bar, text("accept.button"))
    give(bar, "all of them")
    assert desk.commands.pressed == [] and bar.wrong.text() == text("accept.no_number")
    assert bar.question.isVisible()


def test_only_ticked_lines_are_accepted_when_there_are_any(desk: JournalDesk, open_pane: Any) -> None:
    waiting(desk)
    pane = open_pane(ORDERS)
    pane.model.toggle([1])
    press(pane.decisions.acceptance, text("accept.button"))
    give(pane.decisions.acceptance, "345.67")
    assert desk.commands.pressed[0][1]["keys"] == ["9002"]


def test_what_was_decided_is_ticked_no_more(desk: JournalDesk, open_pane: Any) -> None:
    """Else the next decision would be about a line that is decided, and the others stay behind."""
    waiting(desk)
    pane = open_pane(ORDERS)
    pane.model.toggle([0])
    press(pane.decisions.acceptance, "Re&fuse…")
    give(pane.decisions.acceptance, "wrong price")
    assert pane.model.ticked_keys == []
    pane.model.toggle([1])
    press(pane.decisions.acceptance, "&Accept…")
    give(pane.decisions.acceptance, "345.67")
    assert pane.model.ticked_keys == []


@pytest.mark.parametrize("label", ["&Accept…", "Re&fuse…"])
def test_ticked_lines_of_which_none_waits_are_named_as_such(desk: JournalDesk, open_pane: Any, label: str) -> None:
    """ACC-09."""
    waiting(desk)
    pane = open_pane(ORDERS)
    pane.model.toggle([0])
    rows = [row for row in pane.decisions._rows if row.procore_id != 9001]
    pane.decisions.show_facts(rows, None, may_decide=True)
    press(pane.decisions.acceptance, label)
    assert "None of the ticked lines waits for acceptance." in pane.notice.words


def test_several_currencies_are_never_added_up(desk: JournalDesk, open_pane: Any) -> None:
    """The number of records is typed instead."""
    waiting(desk, currency_9003="USD")
    bar = open_pane(ORDERS).decisions.acceptance
    assert "$12,345.67, 100.00\u00a0USD" in bar.words
    press(bar, text("accept.button"))
    give(bar, "3")
    assert desk.commands.pressed[0][1]["total"] == "3 · 12345.67 CAD · 100.00 USD"


def test_a_refusal_wants_a_reason(desk: JournalDesk, open_pane: Any) -> None:
    waiting(desk)
    pane = open_pane(ORDERS)
    pane.model.toggle([0])
    bar = pane.decisions.acceptance
    press(bar, text("accept.refuse.button"))
    give(bar, " ")
    assert desk.commands.pressed == [] and bar.wrong.text() == text("accept.no_reason")
    give(bar, "Wrong code")
    assert desk.commands.pressed == [("refuse", {"element": ORDERS, "keys": ["9001"], "reason": "Wrong code"})]


def test_the_button_beside_the_message_asks_about_that_line(desk: JournalDesk, open_pane: Any) -> None:
    waiting(desk)
    pane = open_pane(ORDERS)
    pane.open_line(2)
    pane.detail.tabs.setCurrentWidget(pane.detail.problems)
    pane.detail.problems.findChild(QPushButton, "remedy").click()
    give(pane.decisions.acceptance, "100")
    assert desk.commands.pressed[0][1]["keys"] == ["9003"]


def test_escape_closes_the_question_and_keeps_the_bar(desk: JournalDesk, open_pane: Any) -> None:
    waiting(desk)
    bar = open_pane(ORDERS).decisions.acceptance
    press(bar, text("accept.button"))
    QTest.keyClick(bar.entry, Qt.Key.Key_Escape)
    assert bar.question.isHidden() and bar.isVisible()


def test_who_may_not_synchronize_sees_what_waits_without_buttons(desk: JournalDesk, open_pane: Any) -> None:
    """F041."""
    desk.rights.can_synchronize = False
    waiting(desk)
    bar = open_pane(ORDERS).decisions.acceptance
    assert bar.isVisible() and bar.buttons == []


def test_a_line_that_maestro_has_not_yet_can_be_ticked(desk: JournalDesk, open_pane: Any) -> None:
    waiting(desk)
    pane = open_pane(ORDERS)
    assert [line_key(pane.model.loaded_row(row)) for row in range(3)] == ["9001", "9002", "9003"]


def held_request(desk: JournalDesk) -> dict[str, Any]:
    told = Problem("GRD-01", {"n": 612, "amount": "1500.00 CAD", "request": "1"})
    return desk.request(state="failed", ended_at=NOW, problem=told.to_json())


def test_a_held_run_is_confirmed_by_typing_its_records(desk: JournalDesk, open_pane: Any) -> None:
    request = held_request(desk)
    bar = open_pane("suppliers").decisions.held
    assert "612 records" in bar.words and "$1,500.00" in bar.words
    press(bar, text("guard.button"))
    give(bar, "many")
    assert bar.wrong.text() == text("guard.no_number")
    give(bar, "612")
    assert desk.commands.pressed == [("confirm", {"request_id": request["id"], "records": 612})]


def test_a_number_that_was_refused_is_told_until_the_right_one_is_typed(desk: JournalDesk, open_pane: Any) -> None:
    """GRD-03."""
    held_request(desk)
    pane = open_pane("suppliers")
    pane.orders.refused.emit(Problem("GRD-03", {"found": 17, "expected": 612}))
    assert pane.notice.isVisible()
    press(pane.decisions.held, text("guard.button"))
    give(pane.decisions.held, "612")
    assert not pane.notice.isVisible()


def test_the_actions_of_a_held_run_are_one_click_away(desk: JournalDesk, open_pane: Any) -> None:
    request, visited = held_request(desk), []
    press(open_pane("suppliers", visited).decisions.held, text("guard.show"))
    assert visited == [("manager", {"request": request["id"]})]


def test_another_request_takes_the_bar_away(desk: JournalDesk, open_pane: Any) -> None:
    held_request(desk)
    pane = open_pane("suppliers")
    desk.request(state="done", ended_at=NOW, problem=None)
    pane.refresh()
    assert pane.decisions.held.isHidden()


def test_the_bars_follow_the_language(desk: JournalDesk, open_pane: Any) -> None:
    """F092."""
    waiting(desk)
    pane = open_pane(ORDERS)
    i18n.set_language("fr")
    pane.retranslate()
    assert "attendent l'acceptation" in pane.decisions.acceptance.words
    assert text("accept.refuse.button") in [b.text() for b in pane.decisions.acceptance.buttons]
