"""The short way to the pages: a list that arrow keys and Ctrl+1…9 walk through."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from maestro_procore.gui import icons
from maestro_procore.i18n import text

NARROW = 44
LEAST = 200
PADDING = 52  # icon and gaps
ROW_HEIGHT = 34


class SideBar(QListWidget):
    """Only pages that work stand here."""

    chosen = Signal(str)

    def __init__(self, pages: list[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        """pages: name, icon, text key."""
        super().__init__(parent)
        self.setObjectName("side_bar")
        self.setIconSize(QSize(16, 16))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self._keys = {name: key for name, _icon, key in pages}
        self._icons = {name: icon for name, icon, _key in pages}
        for name in self._keys:
            item = QListWidgetItem(self)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
        self._is_narrow = False
        self.setEnabled(False)
        self.currentItemChanged.connect(self._tell)
        self.retranslate()
        self.recolour()

    def choose(self, name: str) -> None:
        """Mark a page without asking for it; a name that is not here marks none."""
        self.blockSignals(True)
        found = [row for row in range(self.count()) if self._name(row) == name]
        self.setCurrentRow(found[0] if found else -1)
        self.blockSignals(False)

    def _name(self, row: int) -> str:
        return str(self.item(row).data(Qt.ItemDataRole.UserRole))

    def _tell(self, item: QListWidgetItem | None, _before: object = None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))

    def set_narrow(self, is_narrow: bool) -> None:
        """Icons only, so that a small window leaves the page its room; names stay for screen readers and tooltips."""
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.retranslate()

    def recolour(self) -> None:
        """The theme changed."""
        for row in range(self.count()):
            self.item(row).setIcon(icons.icon(self._icons[self._name(row)]))

    def retranslate(self) -> None:
        self.setAccessibleName(text("app.sidebar"))
        widest = 0
        for row in range(self.count()):
            words = text(self._keys[self._name(row)])
            item = self.item(row)
            item.setText("" if self._is_narrow else words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            item.setToolTip(f"{words} (Ctrl+{row + 1})")
            widest = max(widest, self.fontMetrics().horizontalAdvance(words))
        self.setFixedWidth(NARROW if self._is_narrow else max(LEAST, widest + PADDING))
