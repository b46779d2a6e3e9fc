"""How the cells of every grid are painted: tick, symbol, text, arrow, Message.

What a cell says is the model's (`Cell`); here is only how it looks. Nothing is an editor: ticks
are toggled by the view, so that a click and the Space bar take the same way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from maestro_procore.gui.formats import NO_WORDS, Words
from maestro_procore.gui.grid_header import ends_group
from maestro_procore.gui.status_icons import (
    ARROWS,
    MESSAGE_SIGNS,
    SIZE,
    centered,
    paint_box,
    paint_icon,
    paint_symbol,
    turning,
)
from maestro_procore.model.elements import Direction
from maestro_procore.model.status import Symbol

ROW_HEIGHT = 26
PADDING = 6
BAR_WIDTH = 120
SHORTEST_BAR = 40
BAR_HEIGHT = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows. shown: the text; symbol, direction, words, is_ticked: what other kinds of column paint."""

    shown: str = ""
    is_bold: bool = False
    is_dim: bool = False
    is_ticked: bool | None = None
    symbol: Symbol | None = None
    direction: Direction | None = None
    words: Words = NO_WORDS


EMPTY = Cell()


class CellDelegate(QStyledItemDelegate):
    """Paints the cells of a GridView."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The chosen row's ground, the content by the kind of the column, and the line that ends a group.

        QStyledItemDelegate would ask the model for eight roles a cell and let the style sheet paint
        each: a screen of 21 rows took 17 ms so, and takes 10 ms now.
        """
        model: Any = index.model()
        column = model.columns[index.column()]
        cell: Cell = model.cell(index.row(), index.column())
        painter.save()
        painter.setClipRect(option.rect)
        if _is_selected(option):
            painter.fillRect(option.rect, option.palette.color(QPalette.ColorRole.Highlight))
        option.displayAlignment = column.align
        painter.setPen(_pen(option, cell))
        _PAINTERS[column.kind](painter, option, cell)
        if _ends_group(option, model, index.column()):
            painter.setPen(QPen(_line_colour(option), 1))
            painter.drawLine(option.rect.topRight(), option.rect.bottomRight())
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_HEIGHT)


def _ends_group(option: QStyleOptionViewItem, model: Any, section: int) -> bool:
    is_hidden = getattr(option.widget, "isColumnHidden", lambda _section: False)
    return ends_group(model.columns, section, is_hidden)


def _is_selected(option: QStyleOptionViewItem) -> bool:
    return bool(option.state & QStyle.StateFlag.State_Selected)


def _pen(option: QStyleOptionViewItem, cell: Cell) -> QPen:
    palette: QPalette = option.palette
    if _is_selected(option):
        return QPen(palette.color(QPalette.ColorRole.HighlightedText))
    return QPen(palette.color(QPalette.ColorRole.PlaceholderText if cell.is_dim else QPalette.ColorRole.Text))


def _line_colour(option: QStyleOptionViewItem) -> QColor:
    return option.palette.color(QPalette.ColorRole.Mid)


def _surface(option: QStyleOptionViewItem) -> QWidget | None:
    widget = option.widget
    return widget.viewport() if widget is not None and hasattr(widget, "viewport") else widget


def _text(painter: QPainter, option: QStyleOptionViewItem, area: QRect, words: str, *, is_bold: bool = False) -> None:
    font = option.font
    if is_bold:
        font.setBold(True)
    painter.setFont(font)
    shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, int(option.displayAlignment | Qt.AlignmentFlag.AlignVCenter), shown)


def _paint_text(painter: QPainter, option: QStyleOptionViewItem, cell: Cell) -> None:
    _text(painter, option, option.rect.adjusted(PADDING, 0, -PADDING, 0), cell.shown, is_bold=cell.is_bold)


def _paint_symbol(painter: QPainter, option: QStyleOptionViewItem, cell: Cell) -> None:
    if cell.symbol is not None:
        paint_symbol(painter, option.rect, cell.symbol, _surface(option))


def _paint_arrow(painter: QPainter, option: QStyleOptionViewItem, cell: Cell) -> None:
    if cell.direction is not None:
        paint_icon(painter, centered(option.rect), ARROWS[cell.direction])


def _paint_tick(painter: QPainter, option: QStyleOptionViewItem, cell: Cell) -> None:
    if cell.is_ticked is not None:
        state = Qt.CheckState.Checked if cell.is_ticked else Qt.CheckState.Unchecked
        paint_box(painter, centered(option.rect), state, option.palette)


def _paint_message(painter: QPainter, option: QStyleOptionViewItem, cell: Cell) -> None:
    """Red circle or yellow triangle and the sentence; or the progress bar and how far it is."""
    words = cell.words
    area = option.rect.adjusted(PADDING, 0, -PADDING, 0)
    if words.fraction is not None:
        # The words come first: a longer language or a narrow column makes the bar shorter, not the sentence.
        beside = area.width() - 2 * PADDING - option.fontMetrics.horizontalAdvance(words.text)
        width = min(BAR_WIDTH, area.width() // 2, max(SHORTEST_BAR, beside))
        bar = QRect(area.x(), area.center().y() - BAR_HEIGHT // 2 + 1, width, BAR_HEIGHT)
        paint_bar(painter, bar, words.fraction, option)
        area.setLeft(bar.right() + 2 * PADDING)
    elif sign := MESSAGE_SIGNS.get(words.kind):
        paint_icon(painter, QRect(area.x(), area.y() + (area.height() - SIZE) // 2, SIZE, SIZE), sign)
        area.setLeft(area.left() + SIZE + PADDING)
    if area.width() > 0:
        _text(painter, option, area, words.text)


def paint_bar(painter: QPainter, bar: QRect, fraction: float, option: QStyleOptionViewItem) -> None:
    """A progress bar. fraction: 0…1; negative while the total is not known: a part that runs to and fro."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    radius = bar.height() / 2
    track = QColor(option.palette.color(QPalette.ColorRole.Mid))
    painter.setBrush(QBrush(track))
    painter.drawRoundedRect(bar, radius, radius)
    painter.setBrush(QBrush(option.palette.color(QPalette.ColorRole.Accent)))
    painter.drawRoundedRect(_filled(bar, fraction, option), radius, radius)
    painter.restore()


def _filled(bar: QRect, fraction: float, option: QStyleOptionViewItem) -> QRect:
    if fraction >= 0:
        return QRect(
            bar.x(), bar.y(), max(bar.height(), round(bar.width() * fraction)) if fraction else 0, bar.height()
        )
    surface = _surface(option)
    if surface is not None:
        turning().painted(surface, bar)
    share = abs((turning().milliseconds % 2000) / 1000 - 1)
    part = bar.width() // 4
    return QRect(bar.x() + round((bar.width() - part) * share), bar.y(), part, bar.height())


_PAINTERS: dict[str, Callable[[QPainter, QStyleOptionViewItem, Cell], None]] = {
    "text": _paint_text,
    "label": _paint_text,
    "symbol": _paint_symbol,
    "arrow": _paint_arrow,
    "tick": _paint_tick,
    "message": _paint_message,
}
