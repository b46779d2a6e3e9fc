"""Symbols: what turns and what rests, one timer, reduced motion, and names for screen readers."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from maestro_procore import i18n
from maestro_procore.gui import status_icons
from maestro_procore.gui.status_icons import ARROWS, MESSAGE_SIGNS, TURNING, Turning, angle, paint_symbol
from maestro_procore.model.elements import Direction
from maestro_procore.model.status import Symbol
from maestro_procore.places import resource


@pytest.fixture(autouse=True)
def _motion() -> Iterator[None]:
    status_icons.set_reduced_motion(False)
    yield
    status_icons.set_reduced_motion(None)


def picture(symbol: Symbol) -> QImage:
    image = QImage(24, 24, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_symbol(painter, QRect(0, 0, 24, 24), symbol)
    painter.end()
    return image


@pytest.mark.parametrize("symbol", Symbol)
def test_every_symbol_has_a_drawing_and_a_name_in_both_languages(qapp: Any, symbol: Symbol) -> None:
    """F002: never colour alone."""
    assert resource(f"icons/{symbol.value}.svg").is_file()
    names = [i18n.text_in(language, f"symbol.{symbol.value}") for language in i18n.LANGUAGES]
    assert all(names)
    assert any(picture(symbol).pixelColor(x, y).alpha() for x in range(24) for y in range(24))


def test_f074_arrows_and_signs_have_their_drawings() -> None:
    """F074."""
    assert set(ARROWS) == set(Direction)
    for name in (*ARROWS.values(), *MESSAGE_SIGNS.values()):
        assert resource(f"icons/{name}.svg").is_file()


def test_no_two_symbols_look_alike(qapp: Any) -> None:
    """F013: the shapes differ even without colour."""
    shapes = set()
    for symbol in Symbol:
        drawn = picture(symbol)
        shapes.add(tuple(drawn.pixelColor(x, y).alpha() > 100 for x in range(24) for y in range(24)))
    assert len(shapes) == len(Symbol)


def test_the_wheel_turns_and_the_hourglass_turns_over(qapp: Any) -> None:
    """F006, F008."""
    assert [round(angle(Symbol.WHEEL, ms)) for ms in (0, 250, 500, 750)] == [0, 90, 180, 270]
    assert angle(Symbol.HOURGLASS, 0) == 0
    assert 0 < angle(Symbol.HOURGLASS, 2040) < 180
    assert angle(Symbol.CHECK, 400) == 0


def test_nothing_turns_when_the_reader_wants_no_motion(qapp: Any, qtbot: Any) -> None:
    """F006."""
    status_icons.set_reduced_motion(True)
    timer = Turning()
    surface = QWidget()
    qtbot.addWidget(surface)
    timer.painted(surface, QRect(0, 0, 24, 24))
    assert not timer.is_running
    assert {angle(symbol, ms) for symbol in TURNING for ms in (100, 600, 2300)} == {0.0}


class Surface(QWidget):
    """Paints a wheel as long as it turns, and counts how often it is painted."""

    def __init__(self, timer: Turning) -> None:
        super().__init__()
        self.timer, self.turns, self.painted = timer, True, 0

    def paintEvent(self, event: Any) -> None:
        self.painted += 1
        if self.turns:
            self.timer.painted(self, QRect(0, 0, 24, 24))


def test_the_timer_runs_only_while_something_turns(qapp: Any, qtbot: Any) -> None:
    timer = Turning()
    surface = Surface(timer)
    qtbot.addWidget(surface)
    surface.show()
    qtbot.waitUntil(lambda: surface.painted > 0)
    assert timer.is_running
    painted = surface.painted
    timer.turn()
    qtbot.waitUntil(lambda: surface.painted > painted)
    surface.turns = False
    timer.turn()
    qapp.processEvents()
    timer.turn()
    assert not timer.is_running


def test_a_hidden_window_stops_the_timer(qapp: Any, qtbot: Any) -> None:
    """F036: the window may be closed for hours."""
    timer = Turning()
    surface = Surface(timer)
    qtbot.addWidget(surface)
    surface.show()
    qtbot.waitUntil(lambda: surface.painted > 0)
    surface.hide()
    timer.turn()
    qapp.processEvents()
    timer.turn()
    assert not timer.is_running


def test_a_closed_widget_is_forgotten(qapp: Any, qtbot: Any) -> None:
    timer = Turning()
    surface = Surface(timer)
    timer.painted(surface, QRect(0, 0, 24, 24))
    surface.deleteLater()
    qtbot.waitUntil(lambda: not isValid(surface))
    timer.turn()
    timer.turn()
    assert not timer.is_running
