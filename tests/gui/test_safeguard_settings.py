"""Configuration of what waits for a person: acceptance per element, limits, and the change guard."""

from typing import Any

import pytest

from maestro_procore import i18n
from maestro_procore.gui.configuration_page import ConfigurationPage
from maestro_procore.i18n import text
from maestro_procore.model.settings import ACCEPTANCE, SETTINGS
from tests.gui.fakes import ask_async_now, ask_now, window_desk
from tests.gui.journal_desk import JournalDesk


@pytest.fixture
def page(qtbot: Any, desk: JournalDesk) -> Any:
    """In training the connection needs no filling."""
    opened = window_desk(desk, is_locked=True)
    made = ConfigurationPage(opened, lambda *_: None, ask=ask_now, ask_async=ask_async_now)
    qtbot.addWidget(made)
    made.page_shown()
    return made


def stored(desk: JournalDesk) -> dict[str, Any]:
    return desk.journal.settings()


def test_acceptance_is_ticked_for_each_element_that_comes_from_procore(page: Any) -> None:
    boxes = page.settings.safeguards.boxes
    assert {key for key, box in boxes.items() if box.isChecked()} == {*ACCEPTANCE.values(), "guard"}
    assert page.settings.safeguards.fields["guard_amount"].text() == "250000"
    assert page.settings.safeguards.changes() == {}


def test_it_is_switched_off_for_one_element_alone(page: Any, desk: JournalDesk) -> None:
    page.settings.safeguards.boxes["acceptance_subcontracts"].click()
    page.save_all()
    assert stored(desk) == {"acceptance_subcontracts": False}


def test_procores_order_numbers_are_taken_once_somebody_ticks_it(page: Any, desk: JournalDesk) -> None:
    """F084: maestro* numbers orders by itself until then."""
    box = page.settings.boxes["takes_order_numbers"]
    assert not box.isChecked()
    box.click()
    page.save_all()
    assert stored(desk) == {"takes_order_numbers": True}


@pytest.mark.parametrize(
    ("key", "typed", "saved"),
    [
        ("guard_records", "1,000", 1000), ("guard_amount", "1 000 000 $", 1_000_000), ("guard_percent", "", None),
        ("history_days", "90", 90), ("history_days", "", None),
        ("transfer_up_kilobytes", "2,000", 2000), ("transfer_down_kilobytes", "500", 500),
        ("acceptance_limits", " COMPTA 50000, * any ", "COMPTA 50000, * any"),
        ("completion_mail_to", " marie@example.com, p@example.com ", "marie@example.com, p@example.com"),
    ],
)  # fmt: skip
def test_what_is_typed_is_saved(page: Any, desk: JournalDesk, key: str, typed: str, saved: Any) -> None:
    field = page.settings.safeguards.fields[key]
    field.setText(typed)
    field.textEdited.emit(typed)
    page.save_all()
    assert stored(desk) == {key: saved}


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("guard_records", "many"),
        ("guard_records", "-1"),
        ("guard_percent", "2.5"),
        ("history_days", "7"),
        ("transfer_up_kilobytes", "19"),
        ("acceptance_limits", "COMPTA"),
        ("completion_mail_to", "marie"),
        ("completion_mail_from", "nobody@"),
    ],
)
def test_what_says_nothing_is_refused_with_its_label(page: Any, desk: JournalDesk, key: str, typed: str) -> None:
    """CFG-19."""
    page.settings.safeguards.fields[key].setText(typed)
    page.save_all()
    assert stored(desk) == {} and text(f"setting.{key}") in page.notice.words


@pytest.mark.parametrize("language", SETTINGS["completion_mail_language"].choices or ())
def test_f108_the_language_of_e_mails_is_chosen_and_given_back(page: Any, desk: JournalDesk, language: str) -> None:
    box = page.settings.safeguards.language
    assert box.currentData() is None and box.currentText() == text("documents.options.language.usual")
    box.setCurrentIndex(box.findData(language))
    page.save_all()
    assert stored(desk) == {"completion_mail_language": language}
    page.page_shown()
    box.setCurrentIndex(0)
    page.save_all()
    assert desk.journal.settings().get("completion_mail_language") is None


def test_every_safeguard_has_its_field_in_both_languages(page: Any) -> None:
    shown = page.settings.safeguards
    names = {*shown.boxes, *shown.fields, shown.language.objectName()}
    asked = ("acceptance_", "accepts_", "guard", "history_", "completion_mail_", "transfer_")
    assert names == {key for key in SETTINGS if key.startswith(asked)}
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        page.retranslate()
        assert all(box.text() == i18n.text_in(language, f"setting.{key}") for key, box in shown.boxes.items())
