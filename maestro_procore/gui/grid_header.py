"""The header of a grid in two levels: maestro* and Procore above the columns that belong to them."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionHeader, QWidget

from maestro_procore.gui.status_icons import SIZE, centered, paint_box, paint_icon

LEVEL = 24
PADDING = 6
SORT_MARK = 9


def ends_group(columns: Sequence[Any], section: int, is_hidden: Callable[[int], bool]) -> bool:
    """Whether a line follows that column: it, or hidden columns of its group right behind it, end the group."""
    for place in range(section, len(columns)):
        if columns[place].ends_group:
            return True
        if place + 1 >= len(columns) or not is_hidden(place + 1) or columns[place + 1].group != columns[section].group:
            return False
    return False


class GridHeader(QHeaderView):
    """Titles of the columns; with groups, a first line that names each group once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setMinimumSectionSize(20)
        self.sectionResized.connect(self._repaint)
        self.sectionMoved.connect(self._repaint)

    @property
    def columns(self) -> list[Any]:
        return getattr(self.grid, "columns", [])

    @property
    def grid(self) -> Any:
        """The GridModel behind it (grid_view imports this module, so it cannot be named here)."""
        return self.model()

    @property
    def has_groups(self) -> bool:
        return any(column.group for column in self.columns)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), LEVEL * (2 if self.has_groups else 1))

    def _repaint(self, *_: int) -> None:
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if not rect.isValid() or logicalIndex >= len(self.columns):
            return
        painter.save()
        painter.setClipRect(rect)
        self._paint_ground(painter, rect)
        lower = QRect(rect)
        if self.has_groups:
            lower.setTop(rect.bottom() - LEVEL + 1)
        self._paint_title(painter, lower, logicalIndex)
        if self._ends_group(logicalIndex):
            painter.setPen(self._line())
            painter.drawLine(rect.topRight(), rect.bottomRight())
        painter.setPen(self._line())
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.has_groups:
            painter = QPainter(self.viewport())
            for group in {column.group for column in self.columns if column.group}:
                self._paint_group(painter, group)
            painter.end()

    def _ends_group(self, section: int) -> bool:
        """Also when the last column of the group is hidden: then the one before it draws the line."""
        return ends_group(self.columns, section, self.isSectionHidden)

    def _paint_ground(self, painter: QPainter, rect: QRect) -> None:
        painter.fillRect(rect, self.palette().color(QPalette.ColorRole.Button))

    def _line(self) -> QPen:
        return QPen(self.palette().color(QPalette.ColorRole.Mid), 1)

    def _paint_title(self, painter: QPainter, area: QRect, section: int) -> None:
        column = self.columns[section]
        if column.kind == "tick":
            self._paint_tick(painter, area)
            return
        if column.sign:
            at = area.right() - PADDING - SIZE if column.align & Qt.AlignmentFlag.AlignRight else area.left() + PADDING
            paint_icon(painter, QRect(at, area.center().y() - SIZE // 2 + 1, SIZE, SIZE), column.sign)
            return
        room = area.adjusted(PADDING, 0, -PADDING, 0)
        if self.isSortIndicatorShown() and self.sortIndicatorSection() == section:
            room.setRight(room.right() - SORT_MARK - 2)
            self._paint_sort_mark(painter, area)
        title = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        painter.setPen(self.palette().color(QPalette.ColorRole.ButtonText))
        align = column.align if room.width() > 24 else Qt.AlignmentFlag.AlignHCenter
        shown = QFontMetrics(painter.font()).elidedText(title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(align | Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_sort_mark(self, painter: QPainter, area: QRect) -> None:
        mark = QStyleOptionHeader()
        mark.initFrom(self)
        mark.rect = QRect(area.right() - SORT_MARK - 2, area.center().y() - SORT_MARK // 2, SORT_MARK, SORT_MARK)
        is_ascending = self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
        direction = QStyleOptionHeader.SortIndicator
        mark.sortIndicator = direction.SortDown if is_ascending else direction.SortUp
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorHeaderArrow, mark, painter, self)

    def _paint_tick(self, painter: QPainter, area: QRect) -> None:
        paint_box(painter, centered(area), self.grid.tick_state(), self.palette())

    def _paint_group(self, painter: QPainter, group: str) -> None:
        """The name of the group once, over all its columns; it moves along while the grid scrolls sideways."""
        sections = [n for n, column in enumerate(self.columns) if column.group == group and not self.isSectionHidden(n)]
        if not sections:
            return
        left = self.sectionViewportPosition(sections[0])
        right = self.sectionViewportPosition(sections[-1]) + self.sectionSize(sections[-1])
        area = QRect(max(left, 0), 0, min(right, self.viewport().width()) - max(left, 0), LEVEL)
        if area.width() <= 0:
            return
        painter.save()
        painter.setClipRect(area)
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.ButtonText))
        title = self.grid.group_title(group)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area.adjusted(PADDING, 0, -PADDING, 0), int(align), title)
        painter.setPen(self._line())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.restore()
