"""The menu of the window, with every key that it knows; maestro*'s path leads to Configuration and Synchronization."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from maestro_procore.gui import theme
from maestro_procore.i18n import LANGUAGES, text


@dataclass(frozen=True)
class Line:
    """One line of a menu. keys: shown and, when is_global, bound here; the pages bind the others themselves."""

    menu: str
    name: str
    key: str
    keys: str = ""
    is_global: bool = True


SEPARATOR = ""
# Menus in their order, by text key; the indented ones hang below the one before them.
MENUS = (
    ("file", "app.menu.file", None),
    ("maintenance", "app.menu.maintenance", None),
    ("interface", "app.menu.interface_maintenance", "maintenance"),
    ("procore", "app.menu.procore", "interface"),
    ("actions", "app.menu.actions", None),
    ("view", "app.menu.view", None),
    ("pages", "app.menu.pages", "view"),
    ("language", "app.menu.language", "view"),
    ("appearance", "app.menu.appearance", "view"),
    ("help", "app.menu.help", None),
)
LINES = (
    Line("file", "close_window", "app.menu.close_window", "Ctrl+W"),
    Line("file", "quit", "app.menu.quit", "Ctrl+Q"),
    Line("procore", "configuration", "app.menu.configuration"),
    Line("procore", "synchronization", "app.menu.synchronization"),
    Line("procore", "manager", "app.menu.manager"),
    Line("procore", "links", "app.menu.links"),
    Line("procore", "duplicates", "app.menu.duplicates"),
    Line("procore", "reconciliation", "app.menu.reconciliation"),
    Line("procore", "documents", "app.menu.documents"),
    Line("procore", "connections", "app.menu.connections"),
    Line("procore", SEPARATOR, ""),
    Line("procore", "export_knowledge", "app.menu.export_knowledge"),
    Line("procore", "import_knowledge", "app.menu.import_knowledge"),
    Line("maintenance", "task_management", "app.menu.task_management"),
    Line("actions", "synchronize", "sync.button.synchronize", "F5", is_global=False),
    Line("actions", "synchronize_selection", "sync.button.synchronize_selection", "Shift+F5", is_global=False),
    Line("actions", "synchronize_all", "sync.button.synchronize_all"),
    Line("actions", "preview", "sync.button.preview", "Ctrl+P", is_global=False),
    Line("actions", SEPARATOR, ""),
    Line("actions", "filter", "app.menu.filter", "Ctrl+F", is_global=False),
    Line("view", "refresh", "app.menu.refresh", "Ctrl+R"),
    Line("pages", "page_1", "app.page.synchronization", "Ctrl+1"),
    Line("pages", "page_2", "app.page.configuration", "Ctrl+2"),
    Line("pages", "page_3", "app.page.manager", "Ctrl+3"),
    Line("pages", "page_4", "app.page.task_management", "Ctrl+4"),
    Line("pages", "page_5", "app.page.links", "Ctrl+5"),
    Line("pages", "page_6", "app.page.duplicates", "Ctrl+6"),
    Line("pages", "page_7", "app.page.reconciliation", "Ctrl+7"),
    Line("pages", "page_8", "app.page.documents", "Ctrl+8"),
    Line("pages", "page_9", "app.page.connections", "Ctrl+9"),
    *(Line("language", f"language_{language}", f"app.language.{language}") for language in LANGUAGES),
    *(Line("appearance", f"theme_{choice}", f"app.appearance.{choice}") for choice in theme.CHOICES),
    Line("help", "help", "app.menu.help_on_page", "F1"),
    Line("help", "keyboard", "app.menu.keyboard"),
    Line("help", SEPARATOR, ""),
    Line("help", "contact_support", "app.menu.contact_support"),
    Line("help", "forget", "app.menu.forget"),
    Line("help", SEPARATOR, ""),
    Line("help", "about", "app.menu.about"),
)
TOPICS = {
    **{line.name: line.name for line in LINES if line.menu == "procore" and line.name and "_" not in line.name},
    "task_management": "task_management",
    **dict.fromkeys(("close_window", "quit"), "closing"),
    **dict.fromkeys(("export_knowledge", "import_knowledge"), "manager"),
    **dict.fromkeys(("synchronize", "synchronize_selection", "synchronize_all"), "synchronization"),
    "preview": "preview",
    **dict.fromkeys(("filter", "refresh"), "view"),
    **{f"language_{language}": "view" for language in LANGUAGES},
    **{f"theme_{choice}": "view" for choice in theme.CHOICES},
    **dict.fromkeys(("help", "keyboard"), "keyboard"),
    **dict.fromkeys(("contact_support", "forget"), "privacy"),
    "about": "about",
}
"""Line of a menu → topic of the help that F1 opens while the line is marked (F166)."""
NEEDS_DESK = frozenset(
    {"configuration", "synchronization", "manager", "synchronize", "synchronize_selection", "synchronize_all"}
    | {"preview", "filter", "refresh", *(f"page_{place}" for place in range(1, 10))}
    | {"task_management", "links", "duplicates", "reconciliation", "documents", "connections"}
    | {"export_knowledge", "import_knowledge", "contact_support", "forget"}
)


def topic_of(name: str) -> str:
    """The topic of the help that tells of a line; that of its page for a line of the menu Pages."""
    line = next(each for each in LINES if each.name == name)
    return line.key.removeprefix("app.page.") if line.menu == "pages" else TOPICS[name]


class Menus(QObject):
    """Makes the menus once; texts and marks follow."""

    topic_wanted = Signal(str)
    """F1 was pressed on a line: the topic of the help that tells of it."""

    def __init__(self, bar: QMenuBar, verbs: dict[str, Callable[[], object]]) -> None:
        """verbs: what each line does, by its name; every name of LINES must be there."""
        super().__init__(bar)
        self.menus: dict[str, QMenu] = {}
        self.actions: dict[str, QAction] = {}
        for name, _key, parent in MENUS:
            self.menus[name] = self.menus[parent].addMenu("") if parent else bar.addMenu("")
            self.menus[name].installEventFilter(self)
        self._groups = {name: QActionGroup(self) for name in ("language", "appearance")}
        for line in LINES:
            if line.name == SEPARATOR:
                self.menus[line.menu].addSeparator()
                continue
            action = self.menus[line.menu].addAction("")
            action.setObjectName(f"menu_{line.name}")
            if line.keys and line.is_global:
                action.setShortcut(QKeySequence(line.keys))
            if line.menu in self._groups:
                action.setCheckable(True)
                self._groups[line.menu].addAction(action)
            action.triggered.connect(_without_argument(verbs[line.name]))
            self.actions[line.name] = action
        # A sub-menu stands where it was added; the pages belong above the other lines of the menu View.
        self.retranslate()
        self.set_open(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """F1 on the marked line of an open menu, before the window takes it for its own page's help."""
        if isinstance(watched, QMenu) and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F1:
            marked = watched.activeAction()
            if marked is not None and marked.menu() is None:
                if event.type() == QEvent.Type.ShortcutOverride:
                    event.accept()
                elif event.type() == QEvent.Type.KeyPress:
                    self._close_all()
                    self.topic_wanted.emit(topic_of(marked.objectName().removeprefix("menu_")))
                return True
        return super().eventFilter(watched, event)

    def _close_all(self) -> None:
        for menu in self.menus.values():
            menu.hide()

    def set_open(self, is_open: bool) -> None:
        """Lines that need the journal are grey until it is open."""
        for name in NEEDS_DESK:
            self.actions[name].setEnabled(is_open)

    def mark(self, language: str, appearance: str) -> None:
        """Which language and appearance are in use."""
        self.actions[f"language_{language}"].setChecked(True)
        self.actions[f"theme_{appearance}"].setChecked(True)

    def retranslate(self) -> None:
        for name, key, _parent in MENUS:
            self.menus[name].setTitle(text(key))
        for line in LINES:
            if line.name != SEPARATOR:
                words = text(line.key)
                # A key that the page binds is only shown here: bound twice it would work nowhere.
                shown = f"{words}\t{line.keys}" if line.keys and not line.is_global else words
                self.actions[line.name].setText(shown)


def _without_argument(verb: Callable[[], object]) -> Callable[[bool], None]:
    def triggered(_checked: bool = False) -> None:
        verb()

    return triggered
