"""What a run would take stands beside the button that starts it, in the reader's language."""

from datetime import timedelta

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from maestro_procore import i18n
from maestro_procore.gui.forecast_tip import ForecastTip
from maestro_procore.gui.run_bar import RunBar
from maestro_procore.i18n import NBSP
from maestro_procore.model.forecast import Forecast
from maestro_procore.model.forecast_words import sentence
from tests.gui.journal_desk import NOW, ask_now


def told(at_most: int | None = 362, pauses: int = 0) -> Forecast:
    return Forecast("suppliers", 362, at_most, 240, NOW + timedelta(minutes=4), pauses)


class Desk:
    """Commands that foretell the same and remember what was asked."""

    def __init__(self) -> None:
        self.commands, self.asked = self, []

    def forecast(self, elements, **wish):
        self.asked.append((elements, wish))
        return [told()]


@pytest.fixture
def bar(qtbot):
    bar = RunBar()
    qtbot.addWidget(bar)
    return bar


def test_the_pointer_brings_the_forecast_of_the_ticked_lines(bar):
    desk = Desk()
    tip = ForecastTip(bar, "suppliers", desk, ask_now, lambda: ["F001"])
    before = tip.words()

    QApplication.sendEvent(bar.synchronize, QEvent(QEvent.Type.Enter))

    assert desk.asked == [(["suppliers"], {"keys": ["F001"], "full": False})]
    assert tip.words() == f"{before}\n{sentence(told())}"
    assert bar.synchronize.accessibleDescription() == sentence(told())


def test_nothing_is_asked_before_the_pointer_comes(bar):
    desk = Desk()
    ForecastTip(bar, "suppliers", desk, ask_now, list)

    assert desk.asked == []


def test_the_sentence_names_calls_length_and_hour():
    i18n.set_language("en")
    assert sentence(told()).startswith(f"About 362 calls, 4{NBSP}min: done at ")
    assert sentence(told(at_most=None)).startswith("At least 362 calls")
    assert "2 pauses" in sentence(told(pauses=2))

    i18n.set_language("fr")
    assert sentence(told()).startswith(f"Environ 362 appels, 4{NBSP}min{NBSP}: terminé à ")
