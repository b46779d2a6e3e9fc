"""The rows of the page Duplicates: two records, how likely they are one, and why."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from maestro_procore.i18n import current_language, percent, text
from maestro_procore.model.duplicate_detective import Candidate, Kinship, Reason, Suspect, clear_cases
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.values import fold

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
COLUMNS = ("ticked", "score", "first", "first_city", "second", "second_city", "reasons")
TICKED = COLUMNS.index("ticked")
PairName = tuple[str, str]


def name_of(candidate: Candidate) -> PairName:
    """By which a pair is remembered."""
    return candidate.first.name, candidate.second.name


class DuplicateModel(QAbstractTableModel):
    """Those pairs of one kinship that a search leaves; ticks are kept over searches."""

    ticked = Signal()

    def __init__(self, element: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._element = element
        self._all: Sequence[Candidate] = ()
        self._rows: Sequence[Candidate] = ()
        self._ticks: set[PairName] = set()
        self.kinship = Kinship.ACROSS
        self._search = ""
        self.is_read_only = False

    # --- what the page asks -----------------------------------------------------------------------------

    def show_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Everything that a search among the records brought. Ticks of pairs that are still there stay."""
        self._all = candidates
        self._ticks &= {name_of(each) for each in candidates}
        self._choose_rows()

    def show_element(self, element: str) -> None:
        """Pairs of another kind of record follow: nothing stays of those of the last one."""
        self._element, self._all = element, ()
        self._ticks.clear()
        self._choose_rows()
        self.retranslate()

    def show_only(self, kinship: Kinship, search: str) -> None:
        """search: words that both records together must contain, in any case and without accents."""
        if kinship is not self.kinship:
            self._ticks.clear()
        self.kinship, self._search = kinship, search
        self._choose_rows()

    def drop(self, gone: Callable[[Candidate], bool]) -> None:
        """Settled pairs leave the page at once."""
        self.show_candidates([each for each in self._all if not gone(each)])

    def candidate(self, row: int) -> Candidate | None:
        """The pair of a row, None when there is no such row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    @property
    def chosen(self) -> list[Candidate]:
        """The ticked pairs, whether the search shows them or not."""
        return [each for each in self._all if name_of(each) in self._ticks]

    def count(self, kinship: Kinship) -> int:
        """Pairs of a kinship, whatever is searched for."""
        return sum(1 for each in self._all if each.kinship is kinship)

    def tick_clear_cases(self) -> None:
        """Ticks what is likely and has no rival, of what the search shows."""
        self._tick(clear_cases(self._all), shown={name_of(each) for each in self._rows})

    def tick(self, rows: Iterable[int], is_ticked: bool) -> None:
        """Ticks or unticks rows. One record goes with one only: a new tick takes its rival's away."""
        pairs = [each for row in rows if (each := self.candidate(row)) is not None]
        if self.is_read_only:
            return
        if is_ticked:
            self._tick(pairs)
            return
        self._ticks -= {name_of(each) for each in pairs}
        self._repaint()

    def _tick(self, pairs: Iterable[Candidate], shown: set[PairName] | None = None) -> None:
        holders = {record: held for held in self._ticks for record in held}
        for pair in pairs:
            name = name_of(pair)
            if shown is not None and name not in shown:
                continue
            if pair.kinship is Kinship.ACROSS:
                self._ticks -= {holders[record] for record in name if record in holders}
                holders |= dict.fromkeys(name, name)
            self._ticks.add(name)
        self._repaint()

    def _choose_rows(self) -> None:
        self.beginResetModel()
        wanted = fold(self._search).split()
        rows = (each for each in self._all if each.kinship is self.kinship)
        self._rows = [each for each in rows if not wanted or self._has(each, wanted)]
        self.endResetModel()
        self.ticked.emit()

    def _has(self, candidate: Candidate, wanted: Sequence[str]) -> bool:
        both = (self._words(candidate, column) for column in ("first", "first_city", "second", "second_city"))
        held = fold(" ".join(both))
        return all(word in held for word in wanted)

    def _repaint(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, TICKED), self.index(len(self._rows) - 1, TICKED))
        self.ticked.emit()

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))

    # --- what the view asks -----------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Role.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        column = COLUMNS[section]
        if role == Role.DisplayRole and column == "ticked":
            return ""
        if role not in (Role.DisplayRole, Role.AccessibleTextRole):
            return None
        if column in ("first", "second"):
            sides = {Kinship.ACROSS: ("maestro", "procore")}.get(self.kinship, (self.kinship.value, self.kinship.value))
            is_ours = sides[column == "second"] == "maestro"
            return text(f"duplicate.column.maestro.{self._element}" if is_ours else "duplicate.column.procore")
        return text(f"duplicate.column.{'city' if column.endswith('_city') else column}")

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        candidate, column = self._rows[index.row()], COLUMNS[index.column()]
        if column == "ticked":
            is_ticked = name_of(candidate) in self._ticks
            if role == Role.CheckStateRole:
                return Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked
            if role == Role.AccessibleTextRole:
                return text("duplicate.column.ticked") if is_ticked else ""
            return None
        if role in (Role.DisplayRole, Role.ToolTipRole, Role.AccessibleTextRole):
            return self._words(candidate, column)
        return None

    def _words(self, candidate: Candidate, column: str) -> str:
        match column:
            case "score":
                return percent(current_language(), candidate.score)
            case "first" | "second":
                return self._named(candidate.first if column == "first" else candidate.second)
            case "first_city" | "second_city":
                suspect = candidate.first if column == "first_city" else candidate.second
                return str(suspect.record.values.get("city") or "")
        return ", ".join(words_of(reason) for reason in candidate.reasons)

    def _named(self, suspect: Suspect) -> str:
        record = suspect.record
        name = str(record.values.get(MAPS[self._element].title) or "")
        return text("map.named", code=record.key, name=name) if suspect.side == "maestro" else name or record.key

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.CheckStateRole or index.column() != TICKED or self.is_read_only:
            return False
        self.tick([index.row()], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        held = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        is_box = index.column() == TICKED and not self.is_read_only
        return held | Qt.ItemFlag.ItemIsUserCheckable if is_box else held


def words_of(reason: Reason) -> str:
    """Why two records may be one, in the reader's words."""
    return text(f"duplicate.reason.{reason.name}", value=reason.value)
