"""The Configuration form: what IT and accounting fill in, on the real commands (F056–F078, F090–F093)."""

import dataclasses
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit, QWidget

from maestro_procore import i18n
from maestro_procore.engine.commands import Rights
from maestro_procore.gui.configuration_page import ConfigurationPage
from maestro_procore.gui.steady_fields import SteadyComboBox, SteadySpinBox, SteadyTimeEdit
from maestro_procore.i18n import text
from maestro_procore.model.elements import built_elements
from maestro_procore.model.problems import Refused
from tests.gui.fakes import FACTS, SECRET, Maestro, ask_async_now, ask_now, window_desk

CLIENT = "4f5d0a7c11e2"
Role = Qt.ItemDataRole
WIDTH_BESIDE_THE_LIST = 1_000
"""What 1,280 pixels leave it beside the French names of the pages."""
SUPPLIERS = [element.name for element in built_elements()].index("suppliers")


@pytest.fixture
def visited():
    return []


@pytest.fixture
def open_form(qtbot, desk, visited):
    def open_it(**options):
        opened = window_desk(desk, **options)
        page = ConfigurationPage(
            opened, lambda name, args=None: visited.append(name), ask=ask_now, ask_async=ask_async_now
        )
        page.desk = opened
        qtbot.addWidget(page)
        page.resize(1000, 760)
        page.show()
        page.page_shown()
        return page

    return open_it


@pytest.fixture
def form(open_form):
    return open_form()


def fill(page, url="https://api.procore.com", client_id=CLIENT, password=SECRET):
    page.form.url.setEditText(url)
    page.form.client_id.setText(client_id)
    page.form.password.setText(password)


def settings(page):
    return page.desk.views.settings()


def link_one(page):
    journal = page.desk.journal_desk.journal
    row = {
        "element": "suppliers",
        "maestro_key": "A1",
        "procore_id": 9,
        "origin_id": "MST:BEAU:suppliers:A1",
        "rule": "number",
        "agreed": {},
        "linked_by": "mlavoie",
        "at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    with journal.begin() as tx:
        journal.store_links(tx, [row])


def test_f059_required_fields_carry_a_mark_that_is_also_spoken(form):
    """F059, F061, F063."""
    for name in ("api_url", "client_id", "client_password"):
        row = form.form.rows[name]
        assert row.label.text().endswith(" *")
        assert row.field.accessibleName().endswith("required")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_form_is_no_wider_than_the_smallest_usual_window(form, language):
    """It has no bar to move it sideways: whatever is wider is cut off at the right edge."""
    i18n.set_language(language)
    form.retranslate()
    form.resize(WIDTH_BESIDE_THE_LIST, 760)
    QApplication.processEvents()
    inner, room = form.scroller.widget(), form.scroller.viewport().width()
    wanted = {w.objectName() or type(w).__name__: w.minimumSizeHint().width() for w in inner.findChildren(QWidget)}
    assert inner.width() == room and not {name: width for name, width in wanted.items() if width > room}


def test_production_is_the_address_to_start_with(form):
    """F060."""
    assert form.form.url.currentText() == "https://api.procore.com"
    assert form.form.environment_note.isHidden()


def test_f021_f059_f061_f063_an_empty_form_is_refused_on_the_page_and_the_first_wrong_field_gets_the_focus(form):
    """F059, F061, F063: no dialog, nothing saved."""
    form.form.url.setEditText("")
    form.save.click()
    for name in ("api_url", "client_id", "client_password"):
        assert "is required" in form.form.rows[name].problem.text()
        assert form.form.rows[name].is_wrong
    assert form.form.url.hasFocus() or form.form.url.lineEdit().hasFocus()
    assert settings(form)["client_id"] is None
    assert form.desk.procore.asked == []
    assert QApplication.activeModalWidget() is None


def test_what_is_wrong_is_spoken_with_its_field(form):
    form.save.click()
    assert "is required" in form.form.client_id.accessibleDescription()


def test_f060_plain_http_is_refused_in_production(form):
    """F060."""
    fill(form, url="http://api.procore.com")
    form.save.click()
    assert form.form.rows["api_url"].problem.text() == text("config.error.https")
    assert settings(form)["client_id"] is None


def test_f060_a_sandbox_address_is_said_loudly_before_it_is_saved(form):
    """F060."""
    form.form.url.setEditText("https://sandbox.procore.com")
    assert "SANDBOX" in form.form.environment_note.text()
    assert form.form.environment_note.isVisible()
    form.form.url.setEditText("https://api.procore.com")
    assert form.form.environment_note.isHidden()


def test_the_address_offers_production_sandbox_and_monthly_sandbox(form):
    form.form._choose_url(1)
    assert form.form.url.currentText() == "https://sandbox.procore.com"
    assert [form.form.url.itemData(row) for row in range(form.form.url.count())] == ["production", "sandbox", "monthly"]


def test_f070_f071_the_list_of_companies_fills_by_saving_and_not_before(form):
    """F070, F071."""
    companies = form.form.procore_company
    assert not companies.isEnabled()
    assert companies.toolTip() == text("config.procore_company.empty.tip")
    fill(form)
    assert not companies.isEnabled()
    assert form.desk.procore.asked == []
    form.save.click()
    assert companies.isEnabled()
    assert [companies.itemText(row) for row in range(companies.count())] == [
        "(choose a company)",
        "Beauséjour (101)",
        "Beauséjour Ontario (102)",
    ]
    assert form.state.text() == "Saved. 2 Procore companies found."


def test_f068_the_chosen_company_is_saved_with_its_name(form):
    """F068, F069."""
    fill(form)
    form.save.click()
    form.form.procore_company.setCurrentIndex(2)
    form.save.click()
    assert settings(form)["procore_company_id"] == 102
    assert settings(form)["procore_company_name"] == "Beauséjour Ontario"


def test_f063_f064_the_password_is_kept_in_the_key_ring_only_and_cannot_be_read_back(form):
    """F063, F064."""
    fill(form)
    form.save.click()
    assert form.form.password.text() == ""
    assert form.form.password.placeholderText().startswith("••••")
    assert SECRET not in str(settings(form))
    shown = [label.text() for label in form.findChildren(QLabel)] + [box.text() for box in form.findChildren(QLineEdit)]
    assert not any(SECRET in words for words in shown)
    assert form.desk.commands.configuration().has_secret


def test_f062_the_client_id_is_masked_until_it_is_revealed(form):
    """F062."""
    form.form.client_id.setText(CLIENT)
    assert form.form.client_id.displayText() != CLIENT
    form.form._reveal.trigger()
    assert form.form.client_id.displayText() == CLIENT
    form.form._reveal.trigger()
    assert form.form.client_id.displayText() != CLIENT


def test_f056_filling_this_one_form_is_enough_to_synchronize(form):
    """A fresh installation: refused before, accepted when address, credentials and company are saved."""
    commands = form.desk.commands
    with pytest.raises(Refused) as refused:
        commands.synchronize("projects")
    assert refused.value.problem.code == "CFG-01"
    fill(form)
    form.save.click()
    form.form.procore_company.setCurrentIndex(1)
    form.save.click()
    assert commands.synchronize("projects")["state"] == "queued"


def test_f067_the_company_is_the_one_that_was_opened(open_form, monkeypatch):
    opened_with = dataclasses.replace(FACTS, name="Toitures Nord-Sud ltée", tag="TNS")
    monkeypatch.setattr(Maestro, "company", lambda _self: opened_with)
    assert open_form().form.maestro_company.text() == "Toitures Nord-Sud ltée"


def test_f065_f066_the_maestro_company_is_shown_and_cannot_be_typed_into(form):
    """F065, F066."""
    box = form.form.maestro_company
    assert box.text() == "Constructions Beauséjour inc."
    QTest.keyClicks(box, "x")
    assert box.text() == "Constructions Beauséjour inc."


def test_the_connection_is_tested_with_what_is_typed_and_nothing_is_saved(form):
    fill(form)
    form.form.test.click()
    assert form.form.test_result.text() == "Connection test succeeded"
    assert form.desk.procore.asked == ["me"]
    assert settings(form)["client_id"] is None


def test_a_refused_password_is_explained_beside_the_button(form):
    fill(form, password="wrong")
    form.form.test.click()
    failed, reason, *_ = form.form.test_result.text().splitlines()
    assert failed == "Connection test failed"
    assert reason.startswith("Procore refused the client ID or password of the connection “Procore”.")


def test_f072_f076_f077_the_grid_shows_every_built_element_with_arrow_and_procore_name(form):
    """F072–F077."""
    rows = form.grid.rows
    shown = [[str(rows.index(row, column).data() or "") for column in range(1, 4)] for row in range(rows.rowCount())]
    assert [row[0] for row in shown] == [text(f"element.{e.name}") for e in built_elements()]
    assert shown[SUPPLIERS][2] == "Company Directory"
    assert rows.index(SUPPLIERS, 2).data(Role.AccessibleTextRole) == "maestro* to Procore"
    assert not rows.index(SUPPLIERS, 2).data(Role.DecorationRole).isNull()


def test_f078_the_last_synchronization_is_local_with_utc_in_the_tooltip(form):
    """F078."""
    at = datetime(2026, 11, 23, 18, 37, tzinfo=UTC)
    form.desk.journal_desk.journal.change_element("suppliers", last_success_at=at)
    form.refresh()
    cell = form.grid.rows.index(SUPPLIERS, 4)
    assert cell.data() == i18n.date_and_time("en", at)
    assert "UTC 2026-11-23T18:37:00Z" in cell.data(Role.ToolTipRole)


def test_ticks_are_saved_with_the_form_and_forgotten_by_cancel(open_form):
    """F073."""
    form = open_form(is_locked=True)
    box = form.grid.rows.index(SUPPLIERS, 0)
    form.grid.rows.setData(box, Qt.CheckState.Unchecked, Role.CheckStateRole)
    assert form.state.text() == "Changes not saved yet"
    form.cancel.click()
    assert box.data(Role.CheckStateRole) == Qt.CheckState.Checked
    form.grid.rows.setData(box, Qt.CheckState.Unchecked, Role.CheckStateRole)
    form.save.click()
    enabled = {row.name: row.is_enabled for row in form.desk.views.elements()}
    assert enabled["suppliers"] is False
    assert enabled["projects"] is True


def test_no_ticked_element_is_a_warning_and_can_be_saved(open_form):
    form = open_form(is_locked=True)
    for row in range(form.grid.rows.rowCount()):
        form.grid.rows.setData(form.grid.rows.index(row, 0), Qt.CheckState.Unchecked, Role.CheckStateRole)
    assert form.grid_note.text() == "No element is selected."
    assert form.save.isEnabled()


def test_f090_the_filter_of_projects_is_saved_and_wants_a_value_only_for_groups(form):
    """F090, F093."""
    fill(form)
    form.settings.filter.setCurrentIndex(form.settings.filter.findData("linked"))
    assert not form.settings.value.isEnabled()
    form.save.click()
    assert settings(form)["project_filter"] == "linked"


def test_the_template_for_new_projects_is_chosen_by_name(form):
    fill(form)
    box = form.settings.template
    assert [box.itemText(row) for row in range(box.count())] == [
        "(ask for each project)",
        "1 – Bâtiment",
        "2 – Génie civil",
    ]
    box.setCurrentIndex(2)
    form.save.click()
    assert settings(form)["default_template"] == 2


def paired(open_form):
    form = open_form()
    fill(form)
    form.save.click()
    form.form.procore_company.setCurrentIndex(1)
    form.save.click()
    link_one(form)
    form.page_shown()
    return form


def test_f069_a_paired_connection_cannot_be_changed_silently(open_form):
    """F069, CFG-08: refused, and a new pairing is offered."""
    form = paired(open_form)
    form.form.url.setEditText("https://sandbox.procore.com")
    form.save.click()
    assert settings(form)["api_url"] == "https://api.procore.com"
    assert not form.notice.isHidden()
    assert "1 record" in form.notice.words


def test_a_new_pairing_says_what_it_forgets_and_then_lets_the_connection_change(open_form):
    """F069."""
    form = paired(open_form)
    form.form.url.setEditText("https://sandbox.procore.com")
    form.save.click()
    form.notice._yes.click()
    assert "no record is deleted on either side" in form.notice.words
    form.notice._yes.click()
    assert form.desk.commands.configuration().links == 0
    assert form.form.url.currentText() == "https://sandbox.procore.com"
    form.save.click()
    assert settings(form)["api_url"] == "https://sandbox.procore.com"


def test_in_training_the_connection_is_explained_and_cannot_be_typed(open_form):
    form = open_form(is_locked=True)
    assert form.form.note.text() == text("config.training.note")
    assert not form.form.url.isEnabled()
    assert form.form.client_id.isReadOnly()
    assert form.form.password.isReadOnly()


def test_without_the_right_everything_can_be_read_and_nothing_changed(open_form):
    form = open_form(rights=Rights(False, True, True, False))
    assert form.form.note.text() == text("config.rights.note")
    assert not form.save.isEnabled()
    assert not form.grid.rows.setData(form.grid.rows.index(0, 0), Qt.CheckState.Unchecked, Role.CheckStateRole)


def test_what_was_typed_survives_a_change_of_the_journal(form):
    fill(form)
    form.desk.journal_desk.journal.change_element("suppliers", last_success_at=datetime(2026, 11, 23, tzinfo=UTC))
    form.refresh()
    assert form.form.client_id.text() == CLIENT
    assert form.form.password.text() == SECRET


def test_errors_under_the_fields_follow_the_language(form):
    form.save.click()
    i18n.set_language("fr")
    form.retranslate()
    assert form.form.rows["client_id"].problem.text() == "«\u00a0Identifiant client\u00a0» est obligatoire"


def test_the_button_leads_to_the_synchronization_manager(form, visited):
    """F042."""
    form.form.manager.click()
    assert visited == ["manager"]


def test_the_whole_form_can_be_filled_by_the_keyboard_alone(qtbot, form):
    """Type, Tab, Space, Alt+S: no mouse."""
    qtbot.waitActive(form)
    form.form.url.setFocus()
    for words in (None, CLIENT, SECRET):
        if words:
            QTest.keyClicks(QApplication.focusWidget(), words)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    for _ in range(20):
        if QApplication.focusWidget() is form.grid:
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is form.grid
    for _ in range(SUPPLIERS):
        QTest.keyClick(form.grid, Qt.Key.Key_Down)
    QTest.keyClick(form.grid, Qt.Key.Key_Space)
    QTest.keyClick(form.windowHandle(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert settings(form)["client_id"] == CLIENT
    assert {row.name: row.is_enabled for row in form.desk.views.elements()}["suppliers"] is False


def test_a_computer_without_a_key_ring_says_that_the_password_is_forgotten(open_form):
    """KEY-01: before it is typed; training, which keeps none, says nothing."""
    form = open_form()
    assert form.form.key_note.isVisible()
    assert "no key ring" in form.form.key_note.text()
    assert not open_form(is_locked=True).form.key_note.isVisible()


def turned(field):
    """Turns the mouse wheel once above a field, as a screen tells it."""
    window = field.window()
    QTest.wheelEvent(window.windowHandle(), QPointF(field.mapTo(window, field.rect().center())), QPoint(0, -120))
    QApplication.processEvents()


def test_who_scrolls_over_the_form_changes_no_setting(form):
    """The wheel turns the form, never a value below the pointer, also where the keyboard is."""
    fields = form.scroller.widget().findChildren(QComboBox)
    choices = [each for each in fields if each.isEnabled() and each.count() > 1]
    assert len(choices) >= 3
    bar = form.scroller.verticalScrollBar()
    for field in choices:
        field.setCurrentIndex(0)
        field.setFocus()
        bar.setValue(0)
        form.scroller.ensureWidgetVisible(field)
        before = bar.value()
        turned(field)
        assert field.currentIndex() == 0, field.objectName()
        assert bar.value() > before, field.objectName()


def test_no_field_of_a_form_that_scrolls_takes_the_focus_from_the_wheel(form):
    fields = form.scroller.widget().findChildren(QComboBox) + form.scroller.widget().findChildren(QAbstractSpinBox)
    assert [each.objectName() for each in fields if each.focusPolicy() is Qt.FocusPolicy.WheelFocus] == []


@pytest.mark.parametrize("kind", [SteadyComboBox, SteadySpinBox, SteadyTimeEdit])
def test_a_field_of_a_form_that_scrolls_takes_no_focus_from_the_wheel(qtbot, kind):
    field = kind()
    qtbot.addWidget(field)
    assert field.focusPolicy() is Qt.FocusPolicy.StrongFocus
