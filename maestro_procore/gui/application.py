"""The program's start, its life in the tray and its end. Pages know nothing of this."""

import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QSocketNotifier, QTimer, QTranslator
from PySide6.QtWidgets import QApplication, QWidget

from maestro_procore import i18n
from maestro_procore.gui import background, formats, icons, theme
from maestro_procore.gui.main_window import MainWindow, MakePage
from maestro_procore.gui.remembered import Remembered, language_of_system
from maestro_procore.gui.single_instance import SingleInstance
from maestro_procore.gui.tray import Tray
from maestro_procore.i18n import LANGUAGES, Language, text
from maestro_procore.places import PROGRAM, Profile

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005
"""How long a thread that reads the journal may keep Python to itself while the window wants to paint."""
STATUS_MS = 5000
"""Between two looks at the heartbeat, which grows stale without any write."""


def run(
    open_desk: Callable[[], Any],
    profile: Profile,
    *,
    is_training: bool,
    minimized: bool,
    language: str | None,
    forget: Callable[[], None] | None = None,
) -> int:
    """Show the window of a profile until the person quits; 0 also when another copy was brought to the front.

    open_desk: makes the Desk, in a thread, after the first picture. minimized: start in the tray.
    language: "en", "fr" or None for what was chosen last. forget: removes everything of the profile, when the person
    asked for it, after the last of this window has let go of it.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    sys.excepthook = _write_down
    app = _application()
    instance = SingleInstance(profile)
    if not instance.claim():
        i18n.set_language(_language(language, Remembered(profile)))
        print(text("app.already_open"))  # for whoever started it from a terminal
        return 0
    program = Application(app, open_desk, profile, is_training=is_training)
    program.set_language(_language(language, program.remembered))
    instance.show_wanted.connect(program.window.come_back)
    program.start(minimized=minimized)
    try:
        with _signals(program.quit_now):
            return _run_loop(app)
    finally:
        program.finish()
        instance.release()
        if program.wants_forgetting and forget is not None:
            forget()


def _write_down(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault in one of the window's slots: Qt goes on, and without this only a terminal would hear of it."""
    log.critical("a fault of the window", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _application() -> QApplication:
    held = QApplication.instance()
    app = held if isinstance(held, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName(PROGRAM)
    app.setDesktopFileName(PROGRAM)
    # The window may be hidden while the program works (F036); only Quit ends it.
    app.setQuitOnLastWindowClosed(False)
    return app


def _language(wanted: str | None, remembered: Remembered) -> Language:
    for language in LANGUAGES:
        if language == wanted:
            return language
    return remembered.language or language_of_system()


def _run_loop(app: QApplication) -> int:
    """Qt's loop, which is also the loop of the window's own short questions (qasync)."""
    import asyncio

    import qasync

    loop = qasync.QEventLoop(app, already_running=False)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_forever()
    return 0


@contextlib.contextmanager
def _signals(then: Callable[[], None]) -> Iterator[None]:
    """Ctrl+C and SIGTERM end the program in order, although Python runs no handler while Qt's loop sleeps."""
    receiving, sending = socket.socketpair()
    receiving.setblocking(False)
    sending.setblocking(False)
    before = signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    notifier = QSocketNotifier(receiving.fileno(), QSocketNotifier.Type.Read)

    def woken(*_: object) -> None:
        if {signal.SIGINT, signal.SIGTERM} & set(receiving.recv(64)):
            then()

    notifier.activated.connect(woken)
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        receiving.close()
        sending.close()


def _synchronization(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.synchronization_page import SynchronizationPage

    return SynchronizationPage(desk, navigate, parent)


def _configuration(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.configuration_page import ConfigurationPage

    return ConfigurationPage(desk, navigate, parent)


def _manager(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.manager_page import ManagerPage

    return ManagerPage(desk, navigate, parent)


def _task_management(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.task_page import TaskPage

    return TaskPage(desk, navigate, parent)


def _links(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.links_page import LinksPage

    return LinksPage(desk, navigate, parent)


def _duplicates(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.duplicates_page import DuplicatesPage

    return DuplicatesPage(desk, navigate, parent)


def _reconciliation(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.reconciliation_page import ReconciliationPage

    return ReconciliationPage(desk, navigate, parent)


def _documents(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.documents_page import DocumentsPage

    return DocumentsPage(desk, navigate, parent)


def _connections(desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.connections_page import ConnectionsPage

    return ConnectionsPage(desk, navigate, parent)


def _help(_desk: Any, navigate: Any, parent: QWidget) -> QWidget:
    from maestro_procore.gui.help_page import HelpPage

    return HelpPage(navigate, parent)


# Imported when first shown: the first picture waits for none of them.
PAGES: dict[str, MakePage] = {
    "synchronization": _synchronization,
    "configuration": _configuration,
    "manager": _manager,
    "task_management": _task_management,
    "duplicates": _duplicates,
    "links": _links,
    "reconciliation": _reconciliation,
    "documents": _documents,
    "connections": _connections,
    "help": _help,
}


class Application(QObject):
    """Joins window, tray, watcher and engine; decides what closing and quitting mean."""

    def __init__(
        self,
        app: QApplication,
        open_desk: Callable[[], Any],
        profile: Profile,
        *,
        is_training: bool,
        tray: Tray | None = None,
        pages: dict[str, MakePage] | None = None,
    ) -> None:
        super().__init__()
        self._app, self._open_desk, self._profile = app, open_desk, profile
        self._is_training = is_training
        self.remembered = Remembered(profile)
        self._translator = QTranslator(self)
        self.desk: Any = None
        self._engine: background.EngineThread | None = None
        self._watcher: Any = None
        self._service: Any = None
        self._is_looking = self._look_again = False
        self._told: set[tuple[int, Any]] = set()
        """Number and time of notices shown since the start: writing that down takes a moment."""
        theme.apply(app, self.remembered.appearance)
        self.window = MainWindow(pages or PAGES, is_training=is_training)
        self.window.setWindowIcon(icons.app_icon())
        self.window.kept_widths = self.remembered
        self.tray = tray or Tray(self)
        self._status_timer = QTimer(self)
        self._status_timer.setInterval(STATUS_MS)
        self._status_timer.timeout.connect(self.look)
        theme.follow_system(app, self._recolour)
        self._connect()

    def _connect(self) -> None:
        window, tray = self.window, self.tray
        window.close_wanted.connect(self.close_window)
        window.quit_wanted.connect(self.quit)
        window.forget_wanted.connect(self._ask_before_forgetting)
        window.again_wanted.connect(self._open)
        window.language_chosen.connect(self._choose_language)
        window.appearance_chosen.connect(self._choose_appearance)
        window.shown_again.connect(self.look)
        tray.open_wanted.connect(window.come_back)
        tray.quit_wanted.connect(self.quit)
        tray.synchronize_all_wanted.connect(self.synchronize_all)
        # Log-off sends close events to every window; refusing them would hold the whole session up.
        self._app.commitDataRequest.connect(self._leave_for_log_off)

    # --- start ----------------------------------------------------------------------------------------

    def start(self, *, minimized: bool) -> None:
        """Paint first; then open the journal in the background."""
        self.window.restore(self.remembered.geometry)
        self.tray.start()
        if not minimized:
            self.window.show()
        elif not self.tray.is_there:
            self.window.showMinimized()  # it must be findable until a tray comes
        self._app.processEvents()  # the first picture, before a thread imports SQL and this one asyncio
        self._open()

    def _open(self) -> None:
        self.window.opening.show_opening()
        background.ask(self._opened_desk, self._take_desk, self.window.opening.show_error)

    def _opened_desk(self) -> tuple[Any, dict[str, Any]]:
        desk = self._open_desk()
        return desk, desk.views.settings()

    def _take_desk(self, opened: tuple[Any, dict[str, Any]]) -> None:
        from maestro_procore.gui.watcher import Watcher

        self.desk, settings = opened
        if self.remembered.language is None and settings.get("language") in LANGUAGES:
            self.set_language(settings["language"])
        self._engine = background.EngineThread(self.desk.runner, self)
        self._engine.broke.connect(self._engine_broke)
        self._engine.start()
        self._watcher = Watcher(self.desk.views.version, self)
        self._watcher.changed.connect(self._journal_changed)
        self._watcher.lost.connect(self.window.show_lost)
        self._watcher.start()
        self.window.show_desk(self.desk, self.desk.facts.name)
        self.show_environment(settings.get("api_url") or "")
        self.tray.set_open(self.desk.rights.can_synchronize)
        self._status_timer.start()
        self.look()

    def show_environment(self, url: str) -> None:
        """From the saved address: what the badge says must be true after Configuration changed it."""
        if self._is_training:
            self.window.show_environment("training")
            return
        is_production = not url or self.desk.commands.check_url(url) is None
        self.window.show_environment("production" if is_production else "sandbox", url)

    # --- while it runs --------------------------------------------------------------------------------

    def _journal_changed(self) -> None:
        self.window.refresh()
        self.look()

    def _engine_broke(self, error: Exception) -> None:
        """Whoever has closed the window is told by the tray, and finds it said in the window."""
        self._asked_about = 0
        problem = self.window.show_broken(error)
        if not self.window.isVisible():
            self.tray.say(text("app.service.stopped"), formats.sentence(problem))

    def look(self) -> None:
        """Read what frame and tray show; calls while one look is under way become one more."""
        if self.desk is None:
            return
        if self._is_looking:
            self._look_again = True
            return
        self._is_looking = True
        background.ask(self._facts, self._show_facts, self._look_failed)

    def _facts(self) -> tuple[Any, ...]:
        views = self.desk.views
        url = views.settings().get("api_url") or ""
        told = views.files.notices(only_new=True)
        return views.service(), views.budget(), views.elements(), url, views.connection_told(), told

    def _show_facts(self, facts: tuple[Any, ...]) -> None:
        service, budget, elements, url, connection, notices = facts
        self._service = service
        self.window.status.show_service(service)
        self.window.top.meter.show_budget(budget)
        self.window.show_elements(elements)
        self.show_environment(url)
        self.window.show_connection(connection)
        self.tray.show_service(service)
        self.tray.tell_ended(elements, aloud=not self.window.isVisible())
        self._tell_notices(notices)
        self._looked()

    def _tell_notices(self, notices: list[Any]) -> None:
        """Each once, the oldest first (F108). notices: store.file_views.FileNoticeRow that nobody has seen yet."""
        news = [row for row in reversed(notices) if (row.id, row.at) not in self._told]
        if not news or not self.tray.is_there:
            return  # without a tray they wait for one; the page Documents says the same meanwhile
        for row in news:
            self.tray.say(text("app.page.documents"), formats.sentence(row.problem))
        ids = [row.id for row in news]
        self._told.update((row.id, row.at) for row in news)
        background.ask(lambda: self.desk.commands.files.told(ids), lambda _: None)

    def _look_failed(self, error: Exception) -> None:
        self.window.show_lost(error)
        self._looked()

    def _looked(self) -> None:
        self._is_looking = False
        if self._look_again:
            self._look_again = False
            self.look()

    def synchronize_all(self) -> None:
        """From the tray: a refusal brings the window, which says why."""
        background.ask(self.desk.commands.synchronize_all, lambda _rows: self.look(), self._refused)

    def _refused(self, error: Exception) -> None:
        from maestro_procore.gui.opening_page import reason_of

        self.window.come_back()
        self._asked_about = 0
        self.window.notice.say("error", reason_of(error))

    # --- language and appearance ----------------------------------------------------------------------

    def set_language(self, language: Language) -> None:
        """Every text of the window, and Qt's own ("Copy", "Paste" …), at once and without a restart."""
        i18n.set_language(language)
        QLocale.setDefault(QLocale(i18n.LOCALES[language]))
        self._app.removeTranslator(self._translator)
        if language != "en" and self._translator.load(
            f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        ):
            self._app.installTranslator(self._translator)
        self._app.setApplicationDisplayName("")
        self.window.retranslate()
        self.window.menus.mark(language, self.remembered.appearance)
        self.tray.retranslate()
        if not self.window.notice.isHidden():
            if self._asked_about:
                self._ask_before_quitting(self._asked_about)
            else:
                self.window.say_again()

    _asked_about = 0
    """Runs that the question before quitting spoke of; 0 when the notice says something else."""

    def _choose_language(self, chosen: str) -> None:
        language: Language = "fr" if chosen == "fr" else "en"
        self.remembered.language = language
        self.set_language(language)
        self._keep("language", language)

    def _choose_appearance(self, choice: str) -> None:
        self.remembered.appearance = choice
        theme.apply(self._app, choice)
        self._recolour()
        self.window.menus.mark(i18n.current_language(), choice)
        self._keep("theme", choice)

    def _recolour(self) -> None:
        self.window.recolour()
        self.tray.recolour()

    def _keep(self, key: str, value: str) -> None:
        """In the journal too: the command line and the engine speak the reader's language."""
        if self.desk is not None:
            background.ask(lambda: self.desk.commands.set(key, value), lambda _: None)

    # --- closing and quitting -------------------------------------------------------------------------

    def close_window(self) -> None:
        """Work goes on (F036): hide where somebody can bring the window back, else minimise."""
        self.remembered.geometry = self.window.saveGeometry()
        if not self.tray.is_there:
            self.window.showMinimized()
            return
        self.window.hide()
        if not self.remembered.has_said_goodbye:
            self.remembered.has_said_goodbye = True
            self.tray.say(text("tray.still_running.title"), text("tray.still_running"))

    def quit(self) -> None:
        """At once when nothing runs; otherwise the window asks first."""
        busy = 0 if self._service is None else self._service.running + self._service.waiting
        if not busy:
            self.quit_now()
            return
        self.window.come_back()
        self._ask_before_quitting(busy)

    def _ask_before_quitting(self, busy: int) -> None:
        self._asked_about = busy
        self.window.notice.ask(
            "warning",
            text("quit.running", count=busy),
            text("quit.button.continue_later"),
            self.quit_now,
            text("quit.button.keep_running"),
        )

    wants_forgetting = False
    """The person agreed to have everything removed that the program keeps."""

    def _ask_before_forgetting(self) -> None:
        self._asked_about = 0
        self.window.notice.ask(
            "warning",
            text("support.forget.ask"),
            text("support.forget.yes"),
            self._forget,
            text("quit.button.keep_running"),
        )

    def _forget(self) -> None:
        self.wants_forgetting = True
        self.quit_now()

    def quit_now(self) -> None:
        """Ends the program. app.quit() closes the windows, and a refused close would cancel it."""
        self.window.is_leaving = True
        self.remembered.geometry = self.window.saveGeometry()
        self._app.quit()

    def _leave_for_log_off(self, _manager: object) -> None:
        self.window.is_leaving = True

    def finish(self) -> None:
        """After the loop: the engine first, because it still writes; then the journal."""
        self.remembered.save()
        self._app.removeTranslator(self._translator)
        self.window.hide()
        self.tray.icon.hide()
        self._status_timer.stop()
        if self._watcher is not None:
            self._watcher.stop()
        if self._engine is not None and not self._engine.end():
            log.warning("the engine did not end in time; what it did continues at the next start")
        background.wait()
        if self.desk is not None:
            self.desk.close()
