"""Task Management: whether the Maestro Service and the synchronization engine are alive (F026–F028).

A dead engine writes nothing into the journal, so while the page is seen it also looks by the clock.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from maestro_procore.gui import background, formats, icons
from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.cell_delegate import ROW_HEIGHT
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.formats import Clock
from maestro_procore.gui.line_remedies import go_to_page
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.problem_card import ProblemCard
from maestro_procore.gui.status_icons import SIZE
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem

log = logging.getLogger(__name__)

LOOK_MS = 5000
"""Between two looks while the page is seen: with FRESH, "down" stands there within 30 s (F028)."""
FRESH = timedelta(seconds=25)
"""Older than this, a last contact says nothing about now."""
CHECK_COUNTS = timedelta(seconds=10)
"""So long the answer of *Check now* stands before what the engine wrote: two of its heartbeats."""

COLUMNS = ("name", "state", "last", "started", "process", "running", "queue", "job")
FIRST_TO_GO = ("process", "started", "running")
"""Columns that a narrow window leaves out, in this order, before the current job is cut."""
MOST_FOR_JOB, SLACK = 360, 16
STATE, JOB = COLUMNS.index("state"), COLUMNS.index("job")
SIGNS = {"running": "check", "down": "circle-error", "stopped": "pause", "silent": "circle-error", "unknown": "dash"}
OF_MAESTRO = frozenset({"SRV-01", "STO-07", "STO-08"})
"""Problems of requests that the maestro* side caused; all others are told of the engine."""
POSSIBLE = {name: f"action.{name}" for name in ("open_configuration", "open_manager")}
"""The remedies that have a button here; *Open Task Management* would lead to where the reader is."""


@dataclass(frozen=True)
class Check:
    """What *Check now* found: problem None means that the Maestro Service answered."""

    at: datetime
    problem: Problem | None = None
    is_broken: bool = False
    """The check itself failed: nothing is known."""


@dataclass(frozen=True)
class Facts:
    """One look into the journal. running, failed: RequestRows, newest first."""

    service: Any
    running: Sequence[Any] = ()
    failed: Sequence[Any] = ()


class TaskPage(QWidget):
    """Two services in a small grid, the last error of each, and a button that asks at once."""

    def __init__(
        self,
        desk: Any,
        navigate: Callable[..., object],
        parent: QWidget | None = None,
        *,
        ask: Ask = background.ask,
        clock: Clock = formats.now,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("task_page")
        self._desk, self._navigate, self._ask, self._clock = desk, navigate, asking(self, ask), clock
        self._facts: Facts | None = None
        self._check: Check | None = None
        self._is_checking = self._was_asked_for = False
        self._shown_errors: list[tuple[str, Problem]] | None = None
        self._look = Look(self._ask, self._question, self._take)
        self.timer = QTimer(self)
        self.timer.setInterval(LOOK_MS)
        self.timer.timeout.connect(self.refresh)
        self._build()
        self.retranslate()

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.services = FieldGrid("services", self)
        self.services.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.services.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.check_now = QPushButton(self)
        self.check_now.setObjectName("check_now")
        self.check_now.clicked.connect(self.check)
        self._sign = PlainLabel(parent=self)
        self.result = PlainLabel(parent=self, wraps=True, name="check_result").can_be_copied()
        self.heading = PlainLabel(parent=self, name="errors_title")
        self.heading.setProperty("section", True)
        self.errors = QWidget(self)
        self._cards = QVBoxLayout(self.errors)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(6)
        self.note = PlainLabel(parent=self, wraps=True, name="it_note")
        self.note.setProperty("dim", True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.check_now)
        line.addWidget(self._sign)
        line.addWidget(self.result, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.services)
        layout.addLayout(line)
        layout.addWidget(self.note)
        layout.addSpacing(4)
        layout.addWidget(self.heading)
        layout.addWidget(self.errors)
        layout.addStretch(1)

    # --- frame ----------------------------------------------------------------------------------------

    def page_shown(self) -> None:
        """The reader came here."""
        self.refresh()
        self.check_now.setFocus()

    def refresh(self) -> None:
        """The journal changed, or time went by."""
        self._look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def retranslate(self) -> None:
        """Every text again, in the language that was just chosen."""
        self.services.setAccessibleName(text("task.services"))
        self.check_now.setText(text("task.button.check"))
        self.heading.setText(text("task.errors"))
        self.note.setText(text("task.note"))
        self._shown_errors = None
        self._show()

    # --- questions ------------------------------------------------------------------------------------

    def _question(self) -> Callable[[], Facts]:
        from maestro_procore.store.views import RequestQuery  # only after the desk is open: it imports sqlalchemy

        views = self._desk.views

        def read() -> Facts:
            return Facts(
                views.service(),
                views.requests(RequestQuery(states=("running",)), 0, 10),
                views.requests(RequestQuery(states=("failed",)), 0, 20),
            )

        return read

    def _take(self, facts: Facts) -> None:
        self._facts = facts
        self._show()
        # Nobody else asks maestro* while no engine runs: then the page does, or it would show an old answer for ever.
        if not facts.service.is_running and self.isVisible():
            self._ask_maestro()

    def check(self) -> None:
        """*Check now*: ask the Maestro Service, whatever the journal says."""
        self._was_asked_for = True
        self._ask_maestro()
        self._show_result()
        self._look()

    def _ask_maestro(self) -> None:
        if self._is_checking:
            return
        self._is_checking = True
        commands, clock = self._desk.commands, self._clock

        def ask() -> Check:
            try:
                return Check(clock(), commands.check_maestro())
            except Exception:  # the edge of a thread: a button that stays grey for ever would be worse
                log.exception("the Maestro Service could not be checked")
                return Check(clock(), is_broken=True)

        self._ask(ask, self._take_check)

    def _take_check(self, check: Check) -> None:
        self._is_checking = False
        self._check = check
        self._show()

    # --- what is known --------------------------------------------------------------------------------

    def _fresh_check(self) -> Check | None:
        """The own check while it says more than the journal: shortly after it, or when no engine runs."""
        check, facts = self._check, self._facts
        if check is None or check.is_broken:
            return None
        holds = FRESH if facts is not None and not facts.service.is_running else CHECK_COUNTS
        return check if self._clock() - check.at < holds else None

    def maestro_state(self) -> str:
        """running · down · silent · unknown."""
        check = self._fresh_check()
        if check is not None:
            return "down" if check.problem is not None else "running"
        service = self._facts.service if self._facts is not None else None
        if service is None or not service.is_running or service.maestro == "unknown":
            return "unknown"
        if service.maestro == "down":
            return "down"
        return "running" if self._clock() - service.maestro_last_contact < FRESH else "silent"

    def engine_state(self) -> str:
        """running · stopped · silent · unknown."""
        service = self._facts.service if self._facts is not None else None
        if service is None:
            return "unknown"
        if service.last_contact is None or service.doing == "ended":
            return "stopped"
        return "running" if self._clock() - service.last_contact < FRESH else "silent"

    def _maestro_last_contact(self) -> datetime | None:
        service = self._facts.service if self._facts is not None else None
        # Never heard of, the journal holds the start of the engine instead: the column cannot be empty.
        is_heard = service is not None and (
            service.maestro == "up" or service.maestro_last_contact != service.started_at
        )
        known = [service.maestro_last_contact] if service is not None and is_heard else []
        if self._check is not None and self._check.problem is None and not self._check.is_broken:
            known.append(self._check.at)
        return max((at for at in known if at is not None), default=None)

    def _found_errors(self) -> list[tuple[str, Problem]]:
        """Service with the time in words, and its last error; what stands against it now comes first."""
        if self._facts is None:
            return []
        at, found = self._clock(), []
        failed = [request for request in self._facts.failed if request.problem is not None]
        for is_maestro in (True, False):
            name = text("task.service" if is_maestro else "task.engine")
            now = self._problem_now() if is_maestro else None
            last = next((r for r in failed if (r.problem.code in OF_MAESTRO) is is_maestro), None)
            if now is not None:
                found.append((text("task.error.now", service=name), now))
            elif last is not None:
                when = formats.moment(last.ended_at, at)
                found.append((text("task.error.at", service=name, time=when), last.problem))
        return found

    def _problem_now(self) -> Problem | None:
        if self.maestro_state() != "down":
            return None
        check = self._fresh_check()
        return check.problem if check is not None and check.problem is not None else Problem("SRV-01")

    # --- what is shown --------------------------------------------------------------------------------

    def _show(self) -> None:
        self._show_services()
        self._show_result()
        self._show_errors()

    def _show_services(self) -> None:
        service = self._facts.service if self._facts is not None else None
        states = (self.maestro_state(), self.engine_state())
        rows = [self._row("task.service", states[0], self._maestro_last_contact())]
        if service is None:
            rows.append(self._row("task.engine", states[1], None))
        else:
            counts = (formats.count(service.running), formats.count(service.waiting))
            is_alive = states[1] == "running"
            process = str(service.process) if service.process is not None and is_alive else formats.NOTHING
            started = formats.moment(service.started_at, self._clock()) if is_alive else formats.NOTHING
            job = self._job() if is_alive else formats.NOTHING
            rows.append(self._row("task.engine", states[1], service.last_contact, started, process, *counts, job))
        self.services.show_lines([text(f"task.column.{name}") for name in COLUMNS], rows)
        header = self.services.horizontalHeader()
        for column in range(JOB):
            header.setSectionResizeMode(column, header.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(JOB, header.ResizeMode.Stretch)
        for row, state in enumerate(states):
            if (item := self.services.item(row, STATE)) is not None:
                item.setIcon(icons.icon(SIGNS[state]))
        self._fit()

    def _fit(self) -> None:
        """Two rows and their titles, nothing to scroll; where there is no room, the least wanted columns go."""
        grid = self.services
        lines = grid.horizontalHeader().sizeHint().height() + grid.rowCount() * ROW_HEIGHT
        grid.setFixedHeight(lines + 2 * grid.frameWidth())
        wanted = {name: self._width_of(place) for place, name in enumerate(COLUMNS) if place != JOB}
        room = grid.viewport().width() - min(MOST_FOR_JOB, self._width_of(JOB) + SLACK)
        for name in FIRST_TO_GO:
            is_tight = sum(wanted.values()) > room
            grid.setColumnHidden(COLUMNS.index(name), is_tight)
            if is_tight:
                del wanted[name]

    def _width_of(self, column: int) -> int:
        """What its title and its cells ask for, also while it is hidden."""
        return max(self.services.sizeHintForColumn(column), self.services.horizontalHeader().sectionSizeHint(column))

    def _row(self, name: str, state: str, last: datetime | None, *others: str) -> FieldLine:
        rest = others or (formats.NOTHING,) * (len(COLUMNS) - 3)
        return FieldLine((text(name), text(f"task.state.{state}"), self._seen(last), *rest))

    def _seen(self, last: datetime | None) -> str:
        if last is None:
            return formats.NOTHING
        at = self._clock()
        age = formats.seconds(max(0, round((at - last).total_seconds())))
        return text("task.seen", time=formats.moment(last, at), age=age)

    def _job(self) -> str:
        """The request that is being carried out, as its line shows it."""
        request = next(iter(self._facts.running), None) if self._facts is not None else None
        if request is None:
            return formats.NOTHING
        words = formats.progress_words(request.progress_done, request.progress_total, request.progress_step).text
        return text("task.job", element=text(f"element.{request.element}"), number=str(request.number), progress=words)

    def _show_result(self) -> None:
        """Beside the button, only what the reader asked for."""
        sign, words = "", ""
        if self._was_asked_for and self._is_checking:
            words = text("task.check.running")
        elif self._was_asked_for and self._check is not None:
            sign, words = self._words_of_check(self._check)
        self.check_now.setEnabled(not (self._was_asked_for and self._is_checking))
        self._sign.setVisible(bool(sign))
        if sign:
            self._sign.setPixmap(icons.icon(sign).pixmap(SIZE, SIZE))
        self.result.setText(words)

    def _words_of_check(self, check: Check) -> tuple[str, str]:
        if check.is_broken:
            return "triangle-warning", text("task.check.failed")
        if check.problem is not None:
            return "circle-error", formats.sentence(check.problem)
        return "check", text("task.check.up", time=check.at)

    def _show_errors(self) -> None:
        found = self._found_errors()
        if found == self._shown_errors:
            return  # cards that are made again every few seconds lose the focus and what was marked in them
        self._shown_errors = found
        while (item := self._cards.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for title, problem in found:
            label = PlainLabel(title, self.errors)
            label.setProperty("dim", True)
            card = ProblemCard(problem, POSSIBLE, self.errors)
            card.action_wanted.connect(self._carry_out_remedy)
            self._cards.addWidget(label)
            self._cards.addWidget(card)
        if not found:
            quiet = PlainLabel(text("task.errors.none"), self.errors)
            quiet.setProperty("dim", True)
            self._cards.addWidget(quiet)

    def _carry_out_remedy(self, action: str, _problem: Problem) -> None:
        go_to_page(self._navigate, action)
