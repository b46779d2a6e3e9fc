"""The editable tables of Configuration: seen with their defaults, edited by keyboard, saved with the form."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton

from maestro_procore import i18n
from maestro_procore.engine.commands import Rights
from maestro_procore.gui import theme
from maestro_procore.gui.configuration_page import ConfigurationPage
from maestro_procore.gui.value_table_model import COUNTERPART
from maestro_procore.model.mapping import Record
from maestro_procore.model.value_maps import VALUE_MAPS
from tests.gui.fakes import ask_async_now, ask_now, window_desk
from tests.gui.journal_desk import JournalDesk

Key, Role = Qt.Key, Qt.ItemDataRole
ROWS = {
    "m_template": [{"template_no": 1, "description": "Bâtiment"}],
    "m_cost_group": [
        {"group_code": "100", "description_fr": "Béton", "description_en": "Concrete", "family": "material"},
        {"group_code": "200", "description_fr": "Salaires", "description_en": "Wages", "family": "labour"},
    ],
    "m_unit": [{"unit_code": "HR", "description_fr": "Heure", "description_en": "Hour"}],
    "m_terms": [
        {"terms_code": "N30", "description": "Net 30"},
        {"terms_code": "N60", "description": "Net 60"},
    ],
}


@pytest.fixture
def open_form(qtbot: Any, desk: JournalDesk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    with desk.journal.begin() as tx:
        types = [Record("1", {"name": "Labour"}, number="L"), Record("2", {"name": "Concrete works"}, number="CW")]
        desk.journal.store_records(tx, "cost-types", types, None)

    def open_it(**options: Any) -> Any:
        opened = window_desk(desk, is_locked=True, **options)
        monkeypatch.setattr(opened.commands.company, "rows", lambda table, **_: ROWS.get(table, []))
        page = ConfigurationPage(opened, lambda *_: None, ask=ask_now, ask_async=ask_async_now)
        qtbot.addWidget(page)
        page.resize(1000, 900)
        page.show()
        page.page_shown()
        return page

    return open_it


def shown(page: Any) -> list[list[str]]:
    model = page.maps.model
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [[model.index(row, column).data() for column in columns] for row in rows]


def choose(page: Any, row: int, words: str) -> None:
    """By keyboard: to the row, Return, the words, Return."""
    view = page.maps.view
    view.selectRow(row)
    QTest.keyClick(view, Key.Key_Return)
    box = view.findChildren(QComboBox, "counterpart")[-1]  # the one before is deleted when Qt finds the time
    if box.isEditable():
        box.setEditText(words)
    else:
        box.setCurrentText(words)
    view.itemDelegate().commitData.emit(box)
    view.itemDelegate().closeEditor.emit(box)


def kept(desk: JournalDesk) -> Any:
    return desk.journal.settings().get("value_maps")


def test_every_table_can_be_chosen_by_its_name(open_form: Any) -> None:
    page = open_form()
    box = page.maps.table
    assert [box.itemData(place) for place in range(box.count())] == list(VALUE_MAPS)
    assert len({box.itemText(place) for place in range(box.count())}) == len(VALUE_MAPS)


def test_a_group_stands_with_its_name_and_the_cost_type_of_its_family(open_form: Any) -> None:
    page = open_form()
    assert shown(page) == [["100", "Concrete", "M", "default"], ["200", "Wages", "L – Labour", "default"]]
    dim = page.maps.model.index(0, COUNTERPART).data(Role.ForegroundRole)
    assert dim == QColor(theme.current().dim)


def test_a_row_is_edited_by_keyboard_and_saved_with_the_form(open_form: Any, desk: JournalDesk) -> None:
    page = open_form()
    choose(page, 0, "CW – Concrete works")
    assert shown(page)[0] == ["100", "Concrete", "CW – Concrete works", "not saved"]
    assert page.is_changed and kept(desk) is None
    page.save_all()
    assert kept(desk) == {"cost_types": {"100": "CW"}}
    assert shown(page)[0][3] == "edited" and not page.is_changed
    assert page.maps.model.index(0, COUNTERPART).data(Role.FontRole).bold()


def test_a_counterpart_that_procore_was_never_seen_with_can_be_typed(open_form: Any, desk: JournalDesk) -> None:
    page = open_form()
    page.maps.show_row("units", "HR")
    choose(page, 0, " hours ")
    page.save_all()
    assert kept(desk) == {"units": {"HR": "hours"}}


def test_a_status_is_chosen_among_what_maestro_can_do(open_form: Any, desk: JournalDesk) -> None:
    page = open_form()
    page.maps.show_row("statuses.purchase-orders", "Processing")
    row = page.maps.view.currentIndex().row()
    assert shown(page)[row][2] == "not yet in maestro*"
    choose(page, row, "approved")
    page.save_all()
    assert kept(desk) == {"statuses.purchase-orders": {"Processing": "approved"}}


def test_delete_puts_the_default_back(open_form: Any, desk: JournalDesk) -> None:
    page = open_form()
    choose(page, 0, "CW")
    page.save_all()
    page.maps.view.selectRow(0)
    QTest.keyClick(page.maps.view, Key.Key_Delete)
    assert shown(page)[0][2:] == ["M", "not saved"]
    page.save_all()
    assert not kept(desk) and shown(page)[0][2:] == ["M", "default"]


def test_the_button_restores_only_what_was_edited(open_form: Any) -> None:
    page = open_form()
    button = page.findChild(QPushButton, "restore_default")
    page.maps.view.selectRow(0)
    assert not button.isEnabled()
    choose(page, 0, "CW")
    assert button.isEnabled()
    button.click()
    assert not page.is_changed


def test_cancel_forgets_what_was_typed(open_form: Any) -> None:
    page = open_form()
    choose(page, 0, "CW")
    page.discard()
    assert shown(page)[0][2:] == ["M", "default"] and not page.is_changed


def test_two_rows_of_one_meaning_are_refused_and_stay_typed(open_form: Any, desk: JournalDesk) -> None:
    """CFG-22."""
    page = open_form()
    page.maps.show_row("terms", "N30")
    choose(page, 0, "30 days")
    choose(page, 1, "30 days")
    page.save_all()
    assert "both mean 30 days" in page.notice.words
    assert kept(desk) is None and page.is_changed


def test_a_search_finds_accents_and_names(open_form: Any) -> None:
    page = open_form()
    i18n.set_language("fr")
    page.retranslate()
    page.maps.search.setText("BETON")
    assert [row[0] for row in shown(page)] == ["100"]
    page.maps.search.setText("nowhere")
    assert shown(page) == [] and page.maps.note.text() == i18n.text("map.nothing")


def test_what_was_typed_outlives_a_search_and_another_table(open_form: Any) -> None:
    page = open_form()
    choose(page, 0, "CW")
    page.maps.search.setText("wages")
    page.maps.show_row("units", "HR")
    page.maps.show_row("cost_types", "100")
    assert shown(page)[0][3] == "not saved"


def test_a_message_leads_to_the_row_before_the_form_is_filled_too(open_form: Any) -> None:
    """COD-04."""
    page = open_form()
    page.show_map(("cost_types", "200"))
    assert page.maps.view.currentIndex().row() == 1 and not page.maps.hint.isVisible()


def test_a_value_of_procore_that_no_row_has_is_named(open_form: Any) -> None:
    """PO-08: which unit of maestro* the word of Procore stands for."""
    page = open_form()
    page.show_map(("units", "heures"))
    assert "heures" in page.maps.hint.text() and page.maps.hint.isVisible()


def test_without_the_right_nothing_can_be_edited(open_form: Any) -> None:
    page = open_form(rights=Rights(can_synchronize=True))
    page.maps.view.selectRow(0)
    QTest.keyClick(page.maps.view, Key.Key_Return)
    assert page.maps.view.findChild(QComboBox, "counterpart") is None
    QTest.keyClick(page.maps.view, Key.Key_Delete)
    assert not page.is_changed
