"""A row of controls that becomes two rows where the window is narrow or the words are long (French)."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

Row = list[tuple[QLayoutItem, QSize]]
ROW_GAP = 8


class FlowLayout(QLayout):
    """Controls from left to right; those added with `add_right` stand at the right end of their row."""

    def __init__(self, parent: QWidget | None = None, gap: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._first_right: int | None = None
        self.setSpacing(gap)
        self.setContentsMargins(0, 0, 0, 0)

    def add_right(self, widget: QWidget) -> None:
        """This one and all that follow belong to the right."""
        if self._first_right is None:
            self._first_right = len(self._items)
        self.addWidget(widget)

    # --- what Qt asks -----------------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height(self._rows(width))

    def sizeHint(self) -> QSize:
        """All in one row."""
        sizes = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(size.width() for size in sizes) + self.spacing() * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        """Each in a row of its own."""
        sizes = [item.minimumSize() for item in self._items if not item.isEmpty()]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        top = rect.y()
        for row in self._rows(rect.width()):
            height = max(size.height() for _item, size in row)
            self._place(row, QRect(rect.x(), top, rect.width(), height))
            top += height + self._between

    @property
    def _between(self) -> int:
        """Rows that belong together stand closer than the controls of a row may."""
        return min(self.spacing(), ROW_GAP)

    # --- rows -------------------------------------------------------------------------------------------

    def _rows(self, width: int) -> list[Row]:
        rows: list[Row] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().boundedTo(QSize(max(width, item.minimumSize().width()), 16_777_215))
            if not rows or used + self.spacing() + size.width() > width:
                rows.append([])
                used = -self.spacing()
            rows[-1].append((item, size))
            used += self.spacing() + size.width()
        return rows

    def _height(self, rows: list[Row]) -> int:
        heights = [max(size.height() for _item, size in row) for row in rows]
        return sum(heights) + self._between * max(0, len(rows) - 1)

    def _place(self, row: Row, area: QRect) -> None:
        left = area.x()
        free = area.width() - sum(size.width() for _item, size in row) - self.spacing() * (len(row) - 1)
        has_moved = False
        for item, size in row:
            if not has_moved and self._is_right(item):
                left += max(0, free)
                has_moved = True
            top = area.y() + (area.height() - size.height()) // 2
            item.setGeometry(QRect(QPoint(left, top), size))
            left += size.width() + self.spacing()

    def _is_right(self, item: QLayoutItem) -> bool:
        return self._first_right is not None and self._items.index(item) >= self._first_right
