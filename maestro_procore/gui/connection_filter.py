"""A choice between Procore connections; not there while there is one only (F148)."""

from collections.abc import Mapping

from PySide6.QtWidgets import QComboBox, QWidget

from maestro_procore.i18n import text


class ConnectionFilter(QComboBox):
    """has_all: whether a history may show all of them, which stands first then."""

    def __init__(self, parent: QWidget | None = None, *, has_all: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName("connection_filter")
        self._has_all = has_all
        self._names: Mapping[int, str] = {}
        self.hide()
        self._fill()
        self.retranslate()

    @property
    def chosen(self) -> int | None:
        """Number of the connection, None for all of them."""
        number = self.currentData()
        return None if number is None else int(number)

    def show_names(self, names: Mapping[int, str]) -> None:
        """names: by number. The chosen one stays chosen while it is there."""
        if names == self._names:
            return
        held, self._names = self.chosen, dict(names)
        self._fill()
        self.setCurrentIndex(max(0, self.findData(held)) if held is not None else 0)
        self.setVisible(len(names) > 1)
        self.retranslate()

    def _fill(self) -> None:
        self.clear()
        if self._has_all:
            self.addItem("", None)
        for number, name in self._names.items():
            self.addItem(name, number)

    def retranslate(self) -> None:
        if self._has_all:
            self.setItemText(0, text("connection.all"))
        self.setAccessibleName(text("connection.filter"))
