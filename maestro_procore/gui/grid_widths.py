"""The widths of a grid's columns: what fits, what the contents want, and what the reader chose, kept for next time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication, QHeaderView, QMenu

from maestro_procore.gui.cell_delegate import PADDING
from maestro_procore.gui.grid_fit import fit
from maestro_procore.gui.status_icons import SIZE
from maestro_procore.i18n import text

_FIXED = frozenset({"symbol", "arrow", "tick"})


class KeptWidths(Protocol):
    """Where the reader's widths are kept: grid → column → pixels, 0 when hidden. The window has one."""

    def widths_of(self, grid: str) -> Mapping[str, int]: ...
    def keep_widths(self, grid: str, widths: Mapping[str, int]) -> None: ...


class GridWidths(QObject):
    """Of one GridView. Fitted until the reader pulls at a column; "fit" in the header's menu goes back to that."""

    def __init__(self, view: Any) -> None:
        super().__init__(view)
        self._view, self._header = view, view.horizontalHeader()
        self._is_fitted = True
        self._contents: dict[str, int] = {}
        self._fitted_to: list[Any] = []
        self._kept: KeptWidths | None = None
        modes, columns = QHeaderView.ResizeMode, self._columns
        for number, column in enumerate(columns):
            self._header.setSectionResizeMode(number, modes.Fixed if column.kind in _FIXED else modes.Interactive)
        self._header.setStretchLastSection(bool(columns) and columns[-1].stretches)
        self._header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._header.customContextMenuRequested.connect(self._choose_columns)
        self._header.sectionResized.connect(self._pulled)
        view.grid.modelReset.connect(self._contents.clear)
        view.grid.counted.connect(self._measure)
        view.grid.dataChanged.connect(self._measure)
        self.fit()

    @property
    def _columns(self) -> list[Any]:
        found: list[Any] = self._view.grid.columns
        return found

    # --- what fits ----------------------------------------------------------------------------------

    def room_changed(self) -> None:
        """The grid is wider or narrower."""
        if self._is_fitted:
            self._fit()

    def fit(self) -> None:
        """The columns that have room, at the widths of their table or contents; the Message takes the rest."""
        self._is_fitted = True
        self._fit()
        self._keep()

    def _fit(self) -> None:
        self._fitted_to = self._wanted()
        widths = fit(self._fitted_to, self._view.viewport().width()).widths
        self._show({column.id: width for column, width in zip(self._fitted_to, widths, strict=True)})

    def _wanted(self) -> list[Any]:
        needed = [column for column in self._columns if self._view.grid.is_needed(column)]
        contents = self._contents
        return [replace(each, most=min(each.most, contents.get(each.id, 0))) for each in needed]

    def _show(self, widths: Mapping[str, int]) -> None:
        """One that is not named, or has no pixels, is hidden."""
        self._header.blockSignals(True)
        for number, column in enumerate(self._columns):
            width = widths.get(column.id, 0)
            self._view.setColumnHidden(number, width == 0)
            if width:
                self._view.setColumnWidth(number, width)
        self._header.blockSignals(False)
        self._view.updateGeometries()
        self._view.viewport().update()

    def _measure(self, *_: object) -> None:
        """Widest contents of the rows seen so far: a column that followed each row would jump while one scrolls."""
        for number, column in enumerate(self._columns):
            if column.most:
                self._contents[column.id] = max(self._contents.get(column.id, 0), self._widest(number))
        if self._is_fitted and self._wanted() != self._fitted_to:
            self._fit()

    def _widest(self, number: int) -> int:
        grid, metrics = self._view.grid, self._view.fontMetrics()
        rows = [grid.loaded_row(row) for row in self._view.visible_rows()]
        cells = [grid.cell_of(row, grid.columns[number]) for row in rows if row is not None]
        sign = SIZE + PADDING if any(cell.words.kind for cell in cells) else 0
        widths = [metrics.horizontalAdvance(cell.shown or cell.words.text) for cell in cells]
        return max(widths, default=0) + sign + 2 * PADDING + 2

    # --- what the reader chose ------------------------------------------------------------------------

    def recall(self) -> None:
        """The grid is shown: the widths of last time, where its window keeps any."""
        if self._kept is not None:
            return
        self._kept = getattr(self._view.window(), "kept_widths", None)
        held = self._kept.widths_of(self._view.objectName()) if self._kept is not None else {}
        if held:
            self._is_fitted = False
            self._show({column.id: held.get(column.id, column.width) for column in self._columns})

    def _keep(self) -> None:
        if self._kept is not None:
            widths = {} if self._is_fitted else {each.id: self._width(n) for n, each in enumerate(self._columns)}
            self._kept.keep_widths(self._view.objectName(), widths)

    def _width(self, number: int) -> int:
        return 0 if self._view.isColumnHidden(number) else int(self._view.columnWidth(number))

    def _pulled(self, section: int, _before: int, _now: int) -> None:
        """The reader pulled at a column: from now on the widths are his."""
        if not self._columns[section].stretches and QApplication.mouseButtons():
            self._is_fitted = False
            self._keep()

    def _choose_columns(self, place: QPoint) -> None:
        menu = self.menu()
        menu.popup(self._header.mapToGlobal(place))

    def menu(self) -> QMenu:
        """Which columns are shown; the last line goes back to what fits."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = self._view.grid
        for number, column in enumerate(self._columns):
            if title := grid.title_of(column):
                group = f"{grid.group_title(column.group)} – " if column.group else ""
                action = menu.addAction(f"{group}{title}".replace("&", "&&"))
                action.setCheckable(True)
                action.setChecked(not self._view.isColumnHidden(number))
                action.setEnabled(not column.stretches)
                action.toggled.connect(lambda shown, number=number: self._show_column(number, shown))
        menu.addSeparator()
        menu.addAction(text("sync.columns.fit")).triggered.connect(lambda: self.fit())
        return menu

    def _show_column(self, number: int, shown: bool) -> None:
        self._is_fitted = False
        self._view.setColumnHidden(number, not shown)
        if shown and not self._view.columnWidth(number):
            self._view.setColumnWidth(number, self._columns[number].width)
        self._keep()
