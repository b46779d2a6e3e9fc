"""The picker of a destination: own drives, sites found by name, their libraries, and folders in folders.

What lies in a folder is asked for when it is opened.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget
from shiboken6 import isValid

from maestro_procore.file_ports import Destinations, DriveChoice, FolderChoice, SiteChoice
from maestro_procore.gui import formats, icons
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.wizard_steps import Failure, Questions
from maestro_procore.i18n import text

_CHOICE: Final = int(Qt.ItemDataRole.UserRole)
_LOADED: Final = _CHOICE + 1


class PlaceTree(QWidget):
    """A tree by keyboard: arrows open and close, the current folder is the chosen one."""

    chosen = Signal(object, str)
    """A FolderChoice, and the kind of its drive; None while there is none."""

    def __init__(self, choosing: Any, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choosing, self._questions = choosing, questions
        self._account = ""
        self._roots: dict[str, FolderChoice] = {}
        self._said: Callable[[], str] = str
        self.search = QLineEdit(self)
        self.search.setObjectName("wizard_sites")
        self.search.setClearButtonEnabled(True)
        self.seek = QPushButton(self)
        self.seek.setObjectName("wizard_find")
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("wizard_tree")
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.note = PlainLabel(parent=self, wraps=True, name="wizard_tree_note")
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(self.seek)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.tree, 1)
        column.addWidget(self.note)
        self.seek.clicked.connect(lambda: self.look_for(self.search.text().strip()))
        self.search.returnPressed.connect(self.seek.click)
        self.tree.itemExpanded.connect(self._open)
        self.tree.currentItemChanged.connect(lambda item, _before: self._choose(item))

    # --- what is asked ---------------------------------------------------------------------------------------

    def show_account(self, account: str) -> None:
        """Own drives first; an account without one gets the sites that it may see."""
        self._account = account
        self._roots.clear()
        self.tree.clear()
        self.chosen.emit(None, "")
        self._say(lambda: text("wizard.tree.loading"))
        self._put("drives", lambda to: to.my_drives(), self._take_drives)

    def look_for(self, words: str) -> None:
        """Sites whose name holds the words, or what an address out of the browser leads to."""
        self._say(lambda: text("wizard.tree.loading"))
        if words.casefold().startswith("https://"):
            self._put("address", lambda to: to.folder_at(words), self._take_address)
        else:
            self._put("sites", lambda to: to.sites(words), self._take_sites)

    def _put(
        self, topic: str, question: Callable[[Destinations], Awaitable[Any]], then: Callable[[Any], object]
    ) -> None:
        account = self._account
        self._questions.put(topic, lambda: self._choosing.asked(account, question), then)

    def _take_drives(self, found: Any) -> None:
        if self._is_failure(found):
            return
        for drive in found:
            self._add(None, drive)
        if found:
            self._say(str)
            self._to_top(0)
        else:
            self.look_for("")

    def _take_sites(self, found: Any) -> None:
        if self._is_failure(found):
            return
        known = {item.id for item in self._top_choices() if isinstance(item, SiteChoice)}
        for site in found:
            if site.id not in known:
                self._add(None, site)
        self._say(str if found else lambda: text("wizard.tree.none"))
        first = next((n for n, one in enumerate(self._top_choices()) if found and one.id == found[0].id), -1)
        if first >= 0:
            self._to_top(first)

    def _take_address(self, found: Any) -> None:
        if self._is_failure(found):
            return
        self._say(str)
        item = self._add(None, found)
        self.tree.setCurrentItem(item)

    def _top_choices(self) -> list[Any]:
        tops = (self.tree.topLevelItem(n) for n in range(self.tree.topLevelItemCount()))
        return [item.data(0, _CHOICE) for item in tops if item is not None]

    def _to_top(self, place: int) -> None:
        item = self.tree.topLevelItem(place)
        if item is not None:
            self.tree.setCurrentItem(item)

    # --- nodes ---------------------------------------------------------------------------------------------------

    def _add(self, above: QTreeWidgetItem | None, choice: Any) -> QTreeWidgetItem:
        item = QTreeWidgetItem([formats.file_name(choice.name)])
        item.setData(0, _CHOICE, choice)
        item.setToolTip(0, formats.address(choice.web_url))
        item.setIcon(0, icons.icon("folder" if isinstance(choice, FolderChoice) else "link"))
        item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        if above is None:
            self.tree.addTopLevelItem(item)
        else:
            above.addChild(item)
        return item

    def _open(self, item: QTreeWidgetItem) -> None:
        """Its folders, or its libraries, once."""
        if item.data(0, _LOADED):
            return
        item.setData(0, _LOADED, True)
        choice = item.data(0, _CHOICE)
        self._say(lambda: text("wizard.tree.loading"))
        self._put(f"open {choice.id}", lambda to: _inside(to, choice), lambda found: self._fill(item, choice, found))

    def _fill(self, item: QTreeWidgetItem, choice: Any, found: Any) -> None:
        if not isValid(item):
            return  # the tree shows another account by now
        if self._is_failure(found):
            item.setData(0, _LOADED, False)
            item.setExpanded(False)
            return
        self._say(str)
        root, inside = found
        if root is not None:
            self._roots[choice.id] = root
        for one in inside:
            self._add(item, one)
        if not inside:
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.DontShowIndicator)
        if root is not None and self.tree.currentItem() is item:
            self._choose(item)

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        """A site is no place yet; a drive is its topmost folder."""
        choice = item.data(0, _CHOICE) if item is not None else None
        if isinstance(choice, FolderChoice):
            self.chosen.emit(choice, self._kind_of(item))
        elif isinstance(choice, DriveChoice) and choice.id in self._roots:
            self.chosen.emit(self._roots[choice.id], choice.kind)
        else:
            self.chosen.emit(None, "")
            if isinstance(choice, DriveChoice) and item is not None:
                item.setExpanded(True)  # which asks for its topmost folder

    @staticmethod
    def _kind_of(item: QTreeWidgetItem | None) -> str:
        while item is not None:
            choice = item.data(0, _CHOICE)
            if isinstance(choice, DriveChoice):
                return choice.kind
            item = item.parent()
        return "documentLibrary"

    # --- words ---------------------------------------------------------------------------------------------------

    def _is_failure(self, found: Any) -> bool:
        if isinstance(found, Failure):
            self._say(lambda: found.words)
        return isinstance(found, Failure)

    def _say(self, words: Callable[[], str]) -> None:
        self._said = words
        self.note.setText(words())
        self.note.setVisible(bool(words()))

    def retranslate(self) -> None:
        self.search.setPlaceholderText(text("wizard.tree.search"))
        self.search.setAccessibleName(text("wizard.tree.search"))
        self.seek.setText(text("wizard.tree.find"))
        self.tree.setAccessibleName(text("wizard.tree"))
        self._say(self._said)


async def _inside(to: Destinations, choice: Any) -> tuple[FolderChoice | None, Sequence[Any]]:
    """The topmost folder of a drive, and what the picker shows below a choice."""
    if isinstance(choice, SiteChoice):
        return None, await to.libraries(choice.id)
    if isinstance(choice, DriveChoice):
        root = await to.root(choice.id)
        return root, await to.folders(choice.id, root.id)
    return None, await to.folders(choice.drive_id, choice.id)
