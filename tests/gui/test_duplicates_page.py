"""The page Duplicates: pairs best first, ticked and linked together after a question, or told apart for good."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from maestro_procore import i18n
from maestro_procore.engine.commands import Rights
from maestro_procore.gui.duplicate_model import COLUMNS, TICKED
from maestro_procore.gui.duplicates_page import DuplicatesPage
from maestro_procore.model.duplicate_detective import Kinship
from maestro_procore.ports import CompanyUnreachable
from tests.gui.fakes import ask_now, window_desk
from tests.gui.journal_desk import JournalDesk
from tests.model.records import BARE, SUPPLIER, vendor

Key, Role = Qt.Key, Qt.ItemDataRole
NOT_KNOWN = dict.fromkeys(("address", "city", "state_code", "zip", "email_address", "license_number"))
MINE = [
    {"supplier_code": "V1", "name": "Béton Roy inc.", "phone": "418-555-0101"},
    {"supplier_code": "V2", "name": "Acier Côté", "city": "Québec"},
    {"supplier_code": "V3", "name": "Acier Côté ltée", "city": "Québec"},
]
THEIRS = [
    {"id": 11, "name": "Beton Roy", "business_phone": "418 555-0101"},
    {"id": 12, "name": "Acier Cote", "business_phone": None},
]
SETTINGS = {"api_url": "https://x", "client_id": "c", "procore_company_id": 5}


@pytest.fixture
def visited() -> list[Any]:
    """What pages were asked for."""
    return []


@pytest.fixture
def open_page(qtbot: Any, desk: JournalDesk, visited: list[Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def open_it(*, ask: Any = ask_now, is_read: bool = True, **options: Any) -> Any:
        opened = window_desk(desk, **options)
        opened.journal_desk.journal.change_settings(SETTINGS, "it", opened.commands.clock.now())
        rows = {"m_supplier": [{**SUPPLIER, **BARE, **each} for each in MINE]}
        monkeypatch.setattr(opened.commands.company, "rows", lambda table, **_: rows.get(table, []))
        if is_read:
            with desk.journal.begin() as tx:
                records = [vendor(**{**NOT_KNOWN, **each}) for each in THEIRS]
                desk.journal.store_records(tx, "suppliers", records, None)
        page = DuplicatesPage(opened, lambda *to: visited.append(to), ask=ask)
        qtbot.addWidget(page)
        page.resize(1200, 760)
        page.show()
        page.page_shown()
        return page

    return open_it


def shown(page: Any, *columns: str) -> list[tuple[str, ...]]:
    model = page.model
    return [
        tuple(model.index(row, COLUMNS.index(column)).data() for column in columns) for row in range(model.rowCount())
    ]


def ticked(page: Any) -> list[int]:
    boxes = [page.model.index(row, TICKED).data(Role.CheckStateRole) for row in range(page.model.rowCount())]
    return [row for row, box in enumerate(boxes) if box == Qt.CheckState.Checked]


def choices(desk: JournalDesk) -> dict[str, str]:
    with desk.journal.begin() as tx:
        return {key: held["link"] for key, held in desk.journal.decisions(tx, "suppliers").items()}


def agree(page: Any) -> None:
    page.notice._yes.click()


def test_the_likeliest_pair_stands_first_with_its_reasons(open_page: Any) -> None:
    page = open_page()
    assert shown(page, "score", "first", "second", "reasons")[0] == (
        "85%",
        "V1 – Béton Roy inc.",
        "Beton Roy",
        "same name but for the company form, same telephone",
    )
    assert [row[0][:2] for row in shown(page, "first")] == ["V1", "V2", "V3"]
    assert page.state.text() == "3 pairs between the two systems"


def test_twins_of_one_side_are_shown_apart_and_cannot_be_linked(open_page: Any) -> None:
    page = open_page()
    page.kinship.setCurrentIndex(page.kinship.findData(Kinship.MAESTRO))
    assert shown(page, "first", "second") == [("V2 – Acier Côté", "V3 – Acier Côté ltée")]
    assert not page.link.isVisible()
    page.kinship.setCurrentIndex(page.kinship.findData(Kinship.PROCORE))
    assert page.empty.title == "No two records look like one company."


def test_what_is_ticked_is_linked_by_one_request_after_a_question_with_the_count(
    open_page: Any, desk: JournalDesk, visited: list[Any]
) -> None:
    page = open_page()
    assert not page.link.isEnabled()
    page.view.setFocus()
    for row in (0, 1):
        page.view.selectRow(row)
        QTest.keyClick(page.view, Key.Key_Space)
    assert page.link.text() == "&Link 2 pairs"
    page.link.click()
    assert "Link 2 suppliers" in page.notice.words and choices(desk) == {}
    agree(page)
    assert choices(desk) == {"V1": "11", "V2": "12"}
    (request,) = desk.journal.open_requests()
    assert request["keys"] == ["V1", "V2"]
    assert shown(page, "first") == []  # V3 wanted the company that went to V2
    agree(page)
    assert visited == [("manager", {"request": request["id"]})]


def test_one_company_is_ticked_for_one_supplier_only(open_page: Any) -> None:
    page = open_page()
    page.model.tick([1], True)
    page.model.tick([2], True)
    assert ticked(page) == [2]


def test_the_clear_cases_are_ticked_at_once(open_page: Any) -> None:
    page = open_page()
    page.clear.click()
    assert ticked(page) == [0]


def test_a_search_keeps_the_ticks_and_hides_the_rest(open_page: Any) -> None:
    page = open_page()
    page.model.tick([0], True)
    page.search.setText("ACIER cote quebec")
    assert [row[0][:2] for row in shown(page, "first")] == ["V2", "V3"]
    assert page.link.text() == "&Link 1 pair"
    page.search.setText("nowhere")
    assert page.empty.title == "No pair contains these words."


def test_delete_tells_the_selected_pair_apart_for_good(open_page: Any, desk: JournalDesk) -> None:
    page = open_page()
    page.view.selectRow(1)
    QTest.keyClick(page.view, Key.Key_Delete)
    assert [row[0][:2] for row in shown(page, "first")] == ["V1", "V3"]
    with desk.journal.begin() as tx:
        assert desk.journal.strangers(tx, "suppliers") == {("maestro:V2", "procore:12")}
    page.compare_all()
    assert [row[0][:2] for row in shown(page, "first")] == ["V1", "V3"]


def test_what_was_told_apart_can_be_looked_at_again(open_page: Any) -> None:
    page = open_page()
    page.view.selectRow(0)
    page.apart.click()
    page.compare_all()
    assert page.forgotten.isVisible()
    page.forgotten.click()
    assert "Propose 1 pair again" in page.notice.words
    agree(page)
    assert [row[0][:2] for row in shown(page, "first")] == ["V1", "V2", "V3"]


def test_the_two_records_stand_side_by_side_with_what_differs_bold(open_page: Any) -> None:
    page = open_page()
    page.view.selectRow(0)
    fields = {page.fields.item(row, 0).text(): row for row in range(page.fields.rowCount())}
    name = fields["Name"]
    assert [page.fields.item(name, column).text() for column in (1, 2)] == ["Béton Roy inc.", "Beton Roy"]
    assert page.fields.item(name, 1).font().bold()
    assert not page.fields.item(fields["Phone"], 1).font().bold()


def test_before_anything_was_read_a_preview_is_offered(open_page: Any, desk: JournalDesk, visited: list[Any]) -> None:
    page = open_page(is_read=False)
    assert page.empty.title == "Procore's companies have not been read yet."
    page.empty.wanted.emit()
    assert desk.journal.open_requests()[0]["is_preview"]
    assert visited == [("synchronization", {"element": "suppliers"})]


def test_the_window_does_not_wait_for_the_search(open_page: Any) -> None:
    questions: list[Any] = []
    page = open_page(ask=lambda function, then, failed=None: questions.append((function, then)))
    assert page.state.text() == "Comparing all records…" and not page.again.isEnabled()
    page.compare_all()
    page.page_shown()
    assert len(questions) == 1
    function, then = questions[0]
    then(function())
    assert page.again.isEnabled() and page.model.rowCount() == 3


def test_a_change_of_the_journal_is_looked_at_when_the_reader_comes_back(open_page: Any) -> None:
    asked: list[str] = []

    def ask(function: Any, then: Any, failed: Any = None) -> None:
        asked.append("asked")
        ask_now(function, then, failed)

    page = open_page(ask=ask)
    page.page_shown()
    page.refresh()
    page.refresh()
    assert asked == ["asked"]
    page.page_shown()
    assert asked == ["asked", "asked"]


def test_a_maestro_server_that_does_not_answer_is_told(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """SRV-01."""
    page = open_page()

    def gone(*_: Any, **__: Any) -> Any:
        raise CompanyUnreachable("down")

    monkeypatch.setattr(page._desk.commands.company, "rows", gone)
    page.compare_all()
    assert "communicating with the maestro server" in page.notice.words
    assert page.again.isEnabled()


def test_without_the_right_nothing_can_be_ticked(open_page: Any) -> None:
    page = open_page(rights=Rights(can_configure=True))
    page.view.selectRow(0)
    QTest.keyClick(page.view, Key.Key_Space)
    QTest.keyClick(page.view, Key.Key_Delete)
    assert ticked(page) == [] and page.model.rowCount() == 3
    assert "right to synchronize" in page.state.text()


def test_everything_is_said_in_french_too(open_page: Any) -> None:
    page = open_page()
    i18n.set_language("fr")
    page.retranslate()
    assert "même téléphone" in shown(page, "reasons")[0][0]
    assert page.state.text() == "3 paires entre les deux systèmes"


def test_customers_are_compared_as_suppliers_are(open_page, monkeypatch):
    page = open_page()
    assert shown(page, "first")
    rows = {"m_customer": [{"customer_code": "C1", "name": "Beton Roi", "phone": "418-555-0101", "status": "A"}]}
    monkeypatch.setattr(page._desk.commands.company, "rows", lambda table, **_: rows.get(table, []))
    page.elements.setCurrentIndex(1)
    assert [page.model.headerData(COLUMNS.index("first"), Qt.Orientation.Horizontal), page.element] == [
        i18n.text("duplicate.column.maestro.customers"),
        "customers",
    ]
    assert shown(page, "first", "second") == [("C1 – Beton Roi", "Beton Roy")]
    page.model.tick([0], True)
    page.link.click()
    assert i18n.text("duplicate.link.question.customers", count=1) in page.notice.words
