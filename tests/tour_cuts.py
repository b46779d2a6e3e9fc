"""Finds words that a person cannot read whole: labels, buttons, headers, lists that are too narrow or too low."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTabBar,
    QTableView,
    QToolButton,
    QWidget,
)

from maestro_procore.gui.grid_header import GridHeader
from maestro_procore.gui.plain_label import ElidedLabel

TOLERANCE = 2
"""Pixels that rounding of font metrics may cost."""
HEADER_PADDING = 10
TALL = 600
FIELDS = (QLabel, QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit)
"""What has edges that a person has to see."""


def cut_words(window: QWidget) -> list[str]:
    """One line for each visible widget whose words are cut: kind, name, words, what is missing."""
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window:
            told = [*_cuts(widget), *_beside_its_viewport(widget)]
            found += [f"{type(widget).__name__} {widget.objectName()!r}: {said}" for said in told]
    return found


def _cuts(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel):
        yield from _label(widget)
    elif isinstance(widget, QPushButton | QToolButton | QCheckBox):
        yield from _button(widget)
    elif isinstance(widget, QHeaderView):
        yield from _header(widget)
    elif isinstance(widget, QTabBar):
        yield from _tabs(widget)
    elif isinstance(widget, QListWidget):
        yield from _list(widget)
    elif isinstance(widget, QComboBox) and not widget.isEditable():
        yield from _combo(widget)


def _label(label: QLabel) -> Iterator[str]:
    words = label.text()
    if not words or isinstance(label, ElidedLabel):
        return
    room = label.contentsRect()
    if label.wordWrap():
        if room.height() > TALL:
            return  # longer than any page: it stands in a scroll area
        flags = int(Qt.TextFlag.TextWordWrap)
        needed = label.fontMetrics().boundingRect(QRect(0, 0, room.width(), 10_000), flags, words).height()
        if needed > room.height() + TOLERANCE:
            yield f"{words!r} needs {needed} px of height, has {room.height()}"
    else:
        lines = words.splitlines()
        needed = max(label.fontMetrics().horizontalAdvance(line) for line in lines)
        if needed > room.width() + TOLERANCE:
            yield f"{words!r} needs {needed} px, has {room.width()}"
    yield from _clipped(label, words)


def _button(button: QAbstractButton) -> Iterator[str]:
    words = button.text()
    is_icon_only = isinstance(button, QToolButton) and (
        button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly and not button.icon().isNull()
    )
    if not words or is_icon_only:
        return
    needed = button.sizeHint().width()
    if needed > button.width() + TOLERANCE:
        yield f"{words!r} needs {needed} px, has {button.width()}"
    yield from _clipped(button, words)


def _beside_its_viewport(widget: QWidget) -> Iterator[str]:
    """Its left or right edge lies outside what a form shows: nobody moves a form sideways, with a bar or without.

    Lists are moved sideways; in them it counts only where no bar leads there.
    """
    if not isinstance(widget, FIELDS) or isinstance(widget.parentWidget(), FIELDS):
        return
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        outer = parent.parentWidget()
        if isinstance(outer, QAbstractScrollArea) and outer.viewport() is parent:
            left = widget.mapTo(parent, QPoint(0, 0)).x()
            is_cut = left < -TOLERANCE or left + widget.width() > parent.width() + TOLERANCE
            if is_cut and (isinstance(outer, QScrollArea) or not outer.horizontalScrollBar().maximum()):
                reach = f"{left} to {left + widget.width()} px"
                yield f"{reach} lie outside the {parent.width()} px of {type(outer).__name__} {outer.objectName()!r}"
            return
        parent = outer


def _clipped(widget: QWidget, words: str) -> Iterator[str]:
    """Part of it lies outside its parents; what a scroll area hides below or above can be scrolled to."""
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent.parentWidget(), QAbstractScrollArea):
            return
        corner = widget.mapTo(parent, QPoint(0, 0))
        if (
            not parent.rect()
            .adjusted(-TOLERANCE, -TOLERANCE, TOLERANCE, TOLERANCE)
            .contains(QRect(corner, widget.size()))
        ):
            yield f"{words!r} reaches out of {type(parent).__name__} {parent.objectName()!r}"
            return
        parent = parent.parentWidget()


def _header(header: QHeaderView) -> Iterator[str]:
    model = header.model()
    if header.orientation() is not Qt.Orientation.Horizontal or model is None:
        return
    for section in range(header.count()):
        words = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
        if not words or header.isSectionHidden(section) or _is_painted_as_a_sign(header, section):
            continue
        needed = header.fontMetrics().horizontalAdvance(words) + HEADER_PADDING
        # In a narrow column a title may end in "…" when the tooltip has all of it and half of it is seen.
        is_told = str(model.headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) or "") != ""
        room = header.sectionSize(section) * (2 if is_told else 1)
        if needed > room + TOLERANCE:
            yield f"{words!r} needs {needed} px, has {header.sectionSize(section)}"
    table = header.parentWidget()
    if isinstance(table, QTableView) and table.objectName() == "element_grid":
        last = header.count() - 1
        if header.sectionViewportPosition(last) + header.sectionSize(last) > header.viewport().width() + TOLERANCE:
            yield "the last column is out of sight"


def _is_painted_as_a_sign(header: QHeaderView, section: int) -> bool:
    if not isinstance(header, GridHeader):
        return False
    column = header.columns[section]
    return bool(column.sign) or column.kind == "tick"


def _tabs(bar: QTabBar) -> Iterator[str]:
    for place in range(bar.count()):
        if not bar.isTabVisible(place):
            continue
        needed = bar.fontMetrics().horizontalAdvance(bar.tabText(place))
        if needed > bar.tabRect(place).width():
            yield f"{bar.tabText(place)!r} needs {needed} px, has {bar.tabRect(place).width()}"


def _list(widget: QListWidget) -> Iterator[str]:
    for row in range(widget.count()):
        item = widget.item(row)
        icon = widget.iconSize().width() if not item.icon().isNull() else 0
        needed = widget.fontMetrics().horizontalAdvance(item.text()) + icon
        if item.text() and needed > widget.viewport().width() - 8:
            yield f"{item.text()!r} needs {needed} px, has {widget.viewport().width() - 8}"


def _combo(box: QComboBox) -> Iterator[str]:
    needed = box.fontMetrics().horizontalAdvance(box.currentText()) + 24
    if box.currentText() and needed > box.width() + TOLERANCE:
        yield f"{box.currentText()!r} needs {needed} px, has {box.width()}"
