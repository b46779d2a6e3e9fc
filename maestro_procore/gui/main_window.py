"""The frame around the pages: menu, side bar, breadcrumb, badge, call meter, language, status line.

It imports nothing heavy: it is painted first, then the journal is opened beside it (`show_desk`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QByteArray, QSize, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenuBar,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from PySide6.QtWidgets import QMainWindow as Frame

from maestro_procore import i18n
from maestro_procore.gui import background, icons, theme
from maestro_procore.gui.breadcrumb import Breadcrumb
from maestro_procore.gui.grid_widths import KeptWidths
from maestro_procore.gui.knowledge_files import KnowledgeFiles
from maestro_procore.gui.menus import Menus
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.opening_page import OpeningPage, reason_of
from maestro_procore.gui.side_bar import SideBar
from maestro_procore.gui.status_line import StatusLine
from maestro_procore.gui.support_files import SupportFiles
from maestro_procore.gui.top_bar import TopBar
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused

# Name, icon, text key of the side bar: in the order of Ctrl+1, Ctrl+2 …
PAGES = [
    ("synchronization", "sync", "app.page.synchronization"),
    ("configuration", "gear", "app.page.configuration"),
    ("manager", "list", "app.page.manager"),
    ("task_management", "heart-beat", "app.page.task_management"),
    ("links", "link", "app.page.links"),
    ("duplicates", "copy", "app.page.duplicates"),
    ("reconciliation", "balance", "app.page.reconciliation"),
    ("documents", "folder", "app.page.documents"),
    ("connections", "key", "app.page.connections"),
]
SCOPES = {"synchronize": "element", "synchronize_selection": "selection", "synchronize_all": "everything"}
NARROW_BELOW = 1180
_FIRST_SIZE = QSize(1280, 800)
_FRAME = QSize(16, 48)
"""Room for the border and title bar that the desktop puts around a window."""
MARGIN = 16


class Page(Protocol):
    """What every page offers."""

    def retranslate(self) -> None:
        """The language changed."""

    def refresh(self) -> None:
        """The journal changed."""

    def page_shown(self) -> None:
        """The reader came here."""


MakePage = Callable[[Any, Callable[..., None], QWidget], Any]


class MainWindow(Frame):
    """Shows pages; says what the reader wants by signals. Ending the program is gui/application.py's."""

    close_wanted = Signal()
    """The window was closed by its frame, the keyboard or the menu: hide, minimise or quit."""
    quit_wanted = Signal()
    forget_wanted = Signal()
    """Everything that the program keeps is to be removed, after a question."""
    again_wanted = Signal()
    language_chosen = Signal(str)
    appearance_chosen = Signal(str)
    shown_again = Signal()

    def __init__(self, pages: dict[str, MakePage], *, is_training: bool = False) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._make_pages = pages
        self._pages: dict[str, Any] = {}
        self._desk: Any = None
        self._company = ""
        self._here = ""
        self.kept_widths: KeptWidths | None = None
        """Where grids find the widths that the reader chose, by asking their window."""
        self.is_leaving = False
        """True while the program ends: then a close is a close (app.quit() sends close events)."""
        self.top = TopBar(self)
        self.bar = QMenuBar(self)
        self.side = SideBar(PAGES, self)
        self.breadcrumb = Breadcrumb(self)
        self.notice = NoticeBar(self)
        self._told_lost = ""
        self._broken: Problem | None = None
        self.knowledge = KnowledgeFiles(self, background.ask, self.notice)
        self.support = SupportFiles(self, background.ask, self.notice)
        self.stack = QStackedWidget(self)
        self.opening = OpeningPage(self)
        self.stack.addWidget(self.opening)
        self.status = StatusLine(self)
        self.setStatusBar(self.status)
        self.menus = Menus(self.bar, self._verbs())
        self._lay_out()
        self._connect()
        self.show_environment("training" if is_training else "production")
        self.resize(_FIRST_SIZE.boundedTo(self.screen().availableSize() - _FRAME))
        self.retranslate()

    def _lay_out(self) -> None:
        head = QWidget(self)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line.addWidget(self.bar, 1)
        line.addWidget(self.top)
        self.environment_line = QFrame(head)
        self.environment_line.setObjectName("environment_line")
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.environment_line)
        self.setMenuWidget(head)
        body = QWidget(self)
        page = QVBoxLayout()
        page.setContentsMargins(MARGIN, 8, MARGIN, 8)
        page.setSpacing(8)
        page.addWidget(self.breadcrumb)
        page.addWidget(self.notice)
        page.addWidget(self.stack, 1)
        across = QHBoxLayout(body)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.side)
        across.addLayout(page, 1)
        self.setCentralWidget(body)

    def _connect(self) -> None:
        self.side.chosen.connect(self.navigate)
        self.menus.topic_wanted.connect(self._show_topic)
        self.top.language_chosen.connect(self.language_chosen)
        self.top.calls_wanted.connect(self._show_manager)
        self.status.problems_wanted.connect(self._show_problems)
        self.opening.again_wanted.connect(self.again_wanted)
        self.opening.quit_wanted.connect(self.quit_wanted)
        back = QShortcut(QKeySequence("Alt+Left"), self)
        back.activated.connect(self.leave_help)

    def _verbs(self) -> dict[str, Callable[[], object]]:
        def go(page: str) -> Callable[[], None]:
            return lambda: self.navigate(page)

        def speak(language: str) -> Callable[[], None]:
            return lambda: self.language_chosen.emit(language)

        def dress(choice: str) -> Callable[[], None]:
            return lambda: self.appearance_chosen.emit(choice)

        return {
            "close_window": self.close,
            "quit": self.quit_wanted.emit,
            **{name: go(name) for name, _icon, _key in PAGES},
            **{f"page_{place}": go(page[0]) for place, page in enumerate(PAGES, 1)},
            **{verb: partial(self._on_lines, verb) for verb in (*SCOPES, "preview", "filter")},
            "refresh": self.refresh,
            "export_knowledge": lambda: self.knowledge.export(self._desk.commands),
            "import_knowledge": lambda: self.knowledge.take_in(self._desk.commands),
            **{f"language_{language}": speak(language) for language in i18n.LANGUAGES},
            **{f"theme_{choice}": dress(choice) for choice in theme.CHOICES},
            "help": self.show_help,
            "contact_support": lambda: self.support.contact(self._desk),
            "forget": self.forget_wanted.emit,
            "keyboard": lambda: self.navigate("help", {"topic": "keyboard"}),
            "about": lambda: self.navigate("help", {"topic": "about"}),
        }

    # --- pages ----------------------------------------------------------------------------------------

    def show_desk(self, desk: Any, company: str) -> None:
        """The journal is open: from now on there are pages."""
        self._desk, self._company = desk, company
        self.side.setEnabled(True)
        self.menus.set_open(True)
        self.top.meter.show()
        self.retranslate()
        self.navigate(self._here if self._here in self._make_pages and self._here != "help" else PAGES[0][0])

    @property
    def here(self) -> str:
        """Name of the page that is shown; '' while the journal is being opened."""
        return self._here

    @property
    def page(self) -> Any:
        """The page that is shown, None while the journal is being opened."""
        return self._pages.get(self._here)

    def navigate(self, name: str, args: dict[str, Any] | None = None) -> None:
        """Show a page. args: {"element"} or {"line": (element, maestro* key, Procore id)} for synchronization,
        {"field": setting} or {"map": (table, value)} for configuration, {"request"} for manager, {"project"} for
        documents, {"topic"} for help.

        A name that has no page yet is left alone: messages may name pages of a newer version.
        """
        if name not in self._make_pages or (self._desk is None and name != "help"):
            return
        if name not in self._pages:
            page = self._make_pages[name](self._desk, self.navigate, self)
            self._pages[name] = page
            _let_choices_grow(page)
            self.stack.addWidget(page)
        if name == "help" and self._here != "help":
            self._before_help = self._here
        self._here = name
        page = self._pages[name]
        self.stack.setCurrentWidget(page)
        self.side.choose(name)
        self.breadcrumb.show_page("help.name" if name == "help" else f"app.breadcrumb.{name}")
        page.page_shown()
        for key, value in (args or {}).items():
            getattr(page, f"show_{key}")(value)

    _before_help = ""

    def show_elements(self, elements: list[Any]) -> None:
        """elements: store.views.ElementRow; which tabs have errors and warnings."""
        self._elements = elements

    _elements: list[Any] = []  # noqa: RUF012 - never changed in place

    def show_help(self) -> None:
        """F1: the topic of the page that is shown (F001)."""
        self.navigate("help", {"topic": self._here or "synchronization"})

    def _show_topic(self, topic: str) -> None:
        self.navigate("help", {"topic": topic})

    def leave_help(self) -> None:
        if self._here == "help":
            if self._before_help:
                self.navigate(self._before_help)
            else:
                self._here = ""
                self.stack.setCurrentWidget(self.opening)

    def _show_manager(self) -> None:
        self.navigate("manager")

    def _show_problems(self, kind: str) -> None:
        """The lines behind a count of the status line: on the first tab that has any."""
        element = next((row.name for row in self._elements if getattr(row, kind) and row.is_enabled), None)
        self.navigate("synchronization", {"element": element} if element else None)
        pane = getattr(self.page, "pane", None)
        if pane is not None:
            pane.show_only(kind)

    def _on_lines(self, verb: str) -> None:
        """A verb of the menu Actions, on the lines of the tab that is shown."""
        self.navigate("synchronization")
        pane = getattr(self.page, "pane", None)
        if pane is None:
            return
        if verb == "filter":
            pane.bar.filter.setFocus()
        elif verb == "preview":
            pane.start_preview()
        else:
            pane.synchronize(SCOPES[verb])

    # --- what changes ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """The journal changed: only the page that is seen looks again; the others do when they are shown."""
        if self.page is not None and self.isVisible():
            self.page.refresh()

    def show_environment(self, environment: str, url: str = "") -> None:
        """environment: production · sandbox · training."""
        self.top.show_environment(environment, url)
        self.environment_line.setProperty("environment", environment)
        self.environment_line.style().unpolish(self.environment_line)
        self.environment_line.style().polish(self.environment_line)
        self.environment_line.setVisible(environment != "production")

    def retranslate(self) -> None:
        title = self._title()
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        for part in (self.menus, self.side, self.breadcrumb, self.top, self.opening, self.status):
            part.retranslate()
        for page in self._pages.values():
            page.retranslate()

    def _title(self) -> str:
        if not self._company:
            return text("app.name")
        if self._connection:
            return text("app.title.connection", company=self._company, connection=self._connection)
        return text("app.title", company=self._company)

    _connection = ""

    def show_lost(self, error: Exception) -> None:
        """The journal cannot be read: why, and what to do now; said aloud once, and in the status bar's tooltip."""
        reason = reason_of(error)
        self.status.show_lost(reason)
        if isinstance(error, Refused) and reason != self._told_lost:
            self._told_lost = reason
            self.notice.say_problem(error.problem)

    def show_broken(self, error: Exception) -> Problem:
        """The background work ended by itself: said until the program ends, and what to do about it."""
        told = getattr(error, "problem", None)
        plain = (str(error) or type(error).__name__).rstrip(".")
        reason = told.to_json() if isinstance(told, Problem) else f"{plain}."  # a sentence, as a problem is one
        self._broken = Problem("SRV-28", {"reason": reason})
        self.say_again()
        return self._broken

    def say_again(self) -> None:
        """The notice in the language of now: that the background work ended; anything else is taken away."""
        if self._broken is not None:
            self.notice.say_problem(self._broken)
        else:
            self.notice.hide()

    def show_connection(self, name: str) -> None:
        """Name of the Procore connection that the records use (F146)."""
        if name != self._connection:
            self._connection = name
            self.setWindowTitle(self._title())
            self.setAccessibleName(self._title())

    def recolour(self) -> None:
        """The theme changed: icons are pictures and must be made again."""
        self.side.recolour()
        self.status.recolour()
        self.setWindowIcon(icons.app_icon())
        self.retranslate()

    # --- coming and going ------------------------------------------------------------------------------

    def come_back(self) -> None:
        """Show the window, whatever hid it, with the symbols as they are now (F037)."""
        was_hidden = not self.isVisible()
        if self.isMinimized() or was_hidden:
            self.showNormal()
        self.raise_()
        self.activateWindow()
        if was_hidden:
            self.shown_again.emit()
            if self.page is not None:
                self.page.page_shown()

    def restore(self, geometry: QByteArray) -> None:
        """Size and place of the last time."""
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.is_leaving:
            event.accept()
            return
        event.ignore()
        self.close_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.side.set_narrow(self.width() < NARROW_BELOW)
        super().resizeEvent(event)


def _let_choices_grow(page: QWidget) -> None:
    """A choice is as wide as its words in every language, not only in that of its first picture."""
    kinds = QComboBox.SizeAdjustPolicy
    for box in page.findChildren(QComboBox):
        if box.sizeAdjustPolicy() is kinds.AdjustToContentsOnFirstShow:
            box.setSizeAdjustPolicy(kinds.AdjustToContents)
