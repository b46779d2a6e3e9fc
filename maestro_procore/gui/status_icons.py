"""Status symbols, arrows and message signs: painted, animated and named for screen readers.

Turning symbols share one timer. A cell that paints a turning symbol says so while painting; the
timer repaints exactly those cells and stops by itself when none of them painted again: hidden
windows and rows out of sight cost nothing.
"""

import math
from functools import cache

from PySide6.QtCore import QElapsedTimer, QMarginsF, QObject, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QStyle, QWidget

from maestro_procore.gui import icons
from maestro_procore.i18n import text
from maestro_procore.model.elements import Direction
from maestro_procore.model.status import Symbol
from maestro_procore.places import PLATFORM

SIZE = 16
FRAME_MS = 83  # 12 frames a second
TURN_MS = 1000  # the wheel: one turn a second
FLIP_MS = 2400  # the hourglass: rests, then turns over
FLIP_SHARE = 0.3  # of FLIP_MS spent turning

TURNING = frozenset({Symbol.WHEEL, Symbol.HOURGLASS})

ARROWS: dict[Direction, str] = {
    Direction.TO_PROCORE: "arrow-right",
    Direction.FROM_PROCORE: "arrow-left",
    Direction.BOTH: "arrow-both",
}

MESSAGE_SIGNS = {"error": "circle-error", "warning": "triangle-warning", "information": "info", "waiting": "pause"}


def symbol_name(symbol: Symbol | str) -> str:
    """What a screen reader and a tooltip say for the symbol."""
    return text(f"symbol.{Symbol(symbol).value}")


def arrow_name(direction: Direction | str) -> str:
    return text(f"direction.{Direction(direction).value}")


# --- reduced motion -------------------------------------------------------------------------------


class _Wish:
    """A person's own choice: None follows the system."""

    reduced: bool | None = None


def set_reduced_motion(reduced: bool | None) -> None:
    """True: nothing turns. None: as the system says."""
    _Wish.reduced = reduced


def is_motion_reduced() -> bool:
    """Whether symbols must stand still."""
    return _system_reduces_motion() if _Wish.reduced is None else _Wish.reduced


def _system_reduces_motion() -> bool:
    if QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0:
        return True
    return _windows_reduces_motion()


@cache
def _windows_reduces_motion() -> bool:
    """Windows: Settings > Accessibility > Visual effects > Animation effects (SPI_GETCLIENTAREAANIMATION)."""
    if PLATFORM != "win32":
        return False
    import ctypes

    is_animated = ctypes.c_int(1)
    windll = getattr(ctypes, "windll")  # noqa: B009 - only there on Windows
    asked = windll.user32.SystemParametersInfoW(0x1042, 0, ctypes.byref(is_animated), 0)
    return bool(asked) and not is_animated.value


# --- the one timer --------------------------------------------------------------------------------


class Turning(QObject):
    """Repaints what turns, about twelve times a second, only while something that turns is painted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cells: dict[QWidget, list[QRect]] = {}
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.turn)

    @property
    def is_running(self) -> bool:
        return self._timer.isActive()

    @property
    def milliseconds(self) -> int:
        """Since the program started; what the angle is made of, so that all wheels turn together."""
        return self._clock.elapsed()

    def painted(self, surface: QWidget, cell: QRect) -> None:
        """A turning symbol was painted there: paint it again at the next frame."""
        if is_motion_reduced():
            return
        if surface not in self._cells:
            self._cells[surface] = []
            surface.destroyed.connect(lambda *_: self._cells.pop(surface, None))
        self._cells[surface].append(QRect(cell))
        if not self._timer.isActive():
            self._timer.start()

    def turn(self) -> None:
        """One frame. Cells announce themselves again while they repaint."""
        cells, self._cells = self._cells, {}
        if not cells:
            self._timer.stop()
        for surface, areas in cells.items():
            if surface.isVisible():
                for area in areas:
                    surface.update(area)


@cache
def turning() -> Turning:
    """The one timer of the program; lives in the window's thread."""
    return Turning(QApplication.instance())


# --- painting -------------------------------------------------------------------------------------


def angle(symbol: Symbol, milliseconds: int) -> float:
    """Degrees by which the symbol is turned at that time; 0 for what stands still."""
    if symbol not in TURNING or is_motion_reduced():
        return 0.0
    if symbol is Symbol.WHEEL:
        return (milliseconds % TURN_MS) * 360 / TURN_MS
    share = (milliseconds % FLIP_MS) / FLIP_MS
    turned = min(1.0, max(0.0, (share - 1 + FLIP_SHARE) / FLIP_SHARE))
    return 180 * (1 - math.cos(math.pi * turned)) / 2


def paint_symbol(painter: QPainter, cell: QRect, symbol: Symbol, surface: QWidget | None = None) -> None:
    """The status symbol in the middle of the cell; surface: the widget to repaint when the symbol turns."""
    place = centered(cell)
    turned = angle(symbol, turning().milliseconds) if symbol in TURNING else 0.0
    if symbol in TURNING and surface is not None:
        turning().painted(surface, place)
    if not turned:
        paint_icon(painter, place, symbol.value)
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    middle = QPointF(QRectF(place).center())
    painter.translate(middle)
    painter.rotate(turned)
    painter.translate(-middle)
    paint_icon(painter, place, symbol.value)
    painter.restore()


def paint_icon(painter: QPainter, place: QRect, name: str) -> None:
    """The icon in a square of 16 pixels."""
    icons.icon(name).paint(painter, place, Qt.AlignmentFlag.AlignCenter)


def paint_box(painter: QPainter, place: QRect, state: Qt.CheckState, palette: QPalette) -> None:
    """A check box as the grids show it: Fusion's own has no outline on dark paper."""
    box = QRectF(place.adjusted(1, 1, -1, -1)) - QMarginsF(0.5, 0.5, 0.5, 0.5)
    is_empty = state is Qt.CheckState.Unchecked
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Dark if is_empty else QPalette.ColorRole.Accent), 1))
    painter.setBrush(palette.color(QPalette.ColorRole.Base if is_empty else QPalette.ColorRole.Accent))
    painter.drawRoundedRect(box, 2.5, 2.5)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Base), 1.8))
    middle = box.center()
    if state is Qt.CheckState.Checked:
        strokes = [QPointF(-3.2, 0.2), QPointF(-0.9, 2.6), QPointF(3.4, -2.6)]
        painter.drawPolyline([middle + stroke for stroke in strokes])
    elif state is Qt.CheckState.PartiallyChecked:
        painter.drawLine(middle + QPointF(-3, 0), middle + QPointF(3, 0))
    painter.restore()


def centered(cell: QRect) -> QRect:
    """The square of an icon in the middle of the cell."""
    return QRect(cell.x() + (cell.width() - SIZE) // 2, cell.y() + (cell.height() - SIZE) // 2, SIZE, SIZE)
