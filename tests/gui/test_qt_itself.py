"""What Qt's Python binding must survive: PySide6 6.12.0 lost a reference at each signal and aborted Python 3.11."""

import gc
import sys

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QTableView

SIGNALS = 20_000
CALLS = 1_000


class Speaker(QObject):
    said = Signal(int)


class Numbers(QAbstractTableModel):
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return CALLS

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        return str(index.row()) if role == Qt.ItemDataRole.DisplayRole else None


def _references() -> dict[str, int]:
    gc.collect()
    return {repr(thing): sys.getrefcount(thing) for thing in (None, True, False)}


def test_twenty_thousand_signals_lose_no_reference(qtbot):
    speaker, heard = Speaker(), []
    speaker.said.connect(lambda number: heard.append(number))
    before = _references()
    for number in range(SIGNALS):
        speaker.said.emit(number)
    after = _references()
    assert len(heard) == SIGNALS
    for thing, count in before.items():
        assert after[thing] > count - 500, f"{thing} lost {count - after[thing]} references"


def test_a_thousand_answers_of_a_model_lose_no_reference(qtbot):
    model = Numbers()
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    before = _references()
    for row in range(CALLS):
        index = model.index(row, 0)
        # Through Qt, as the view asks: the roles that are not answered give None.
        assert index.data(Qt.ItemDataRole.ToolTipRole) is None
        assert index.data() == str(row)
    after = _references()
    for thing, count in before.items():
        assert after[thing] > count - 500, f"{thing} lost {count - after[thing]} references"
