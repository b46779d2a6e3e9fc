"""Third step of the wizard: what was found before the first plan, as a matrix of project, tool and right, with reasons.

The engine looks; this shows what the journal says of it, as it comes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, Look
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.wizard_steps import Draft, WizardPage
from maestro_procore.i18n import text
from maestro_procore.model import file_names
from maestro_procore.model.problems import Problem

CHECKS: Final = ("rights_procore", "rights_drive", "names", "sizes", "others")
MOST_NAMES: Final = 200
"""Names that change are shown so far; the listings have all of them."""


@dataclass(frozen=True)
class Found:
    """projects: store.file_views.FileProjectRow. renamed: store.file_plan_views.RenamedRow. apart: FileApartRow."""

    projects: Sequence[Any] = ()
    renamed: Sequence[Any] = ()
    apart: Sequence[Any] = ()


class ChecksPage(WizardPage):
    """A row a tool; below, the reasons of the chosen row and the names that cannot go over as they are."""

    name = "checks"

    def __init__(self, draft: Draft, views: Any, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(draft, parent)
        self._views = views
        self._found = Found()
        self._read = Look(ask, self._question, self._take)
        self.note = PlainLabel(parent=self, wraps=True, name="wizard_checks_note")
        self.matrix = FieldGrid("wizard_matrix", self)
        self.matrix.share_width(frozenset(range(1, len(CHECKS) + 2)))
        self.why = PlainLabel(parent=self, wraps=True, name="wizard_why").can_be_copied()
        self.space = PlainLabel(parent=self, wraps=True, name="wizard_space").can_be_copied()
        self.names_title = PlainLabel(parent=self)
        self.names_title.setProperty("section", True)
        self.names = FieldGrid("wizard_names", self)
        self.names.share_width(frozenset({0}))
        below = QWidget(self)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.why, self.space, self.names_title):
            column.addWidget(part)
        column.addWidget(self.names, 1)
        self.split = QSplitter(Qt.Orientation.Vertical, self)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.matrix)
        self.split.addWidget(below)
        self.split.setSizes([180, 340])
        self._column.addWidget(self.note)
        self._column.addWidget(self.split, 1)
        self.matrix.currentCellChanged.connect(lambda *_: self._say_why())

    # --- step --------------------------------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """All have been looked at, and at least one may start."""
        rows = self._found.projects
        return bool(rows) and not any(row.is_running for row in rows) and any(row.phase == "planned" for row in rows)

    def enter(self) -> None:
        self.refresh()
        self.matrix.setFocus()

    def refresh(self) -> None:
        if self.draft.ids:
            self._read()

    def _question(self) -> Callable[[], Found]:
        ids, views = self.draft.ids, self._views

        def look() -> Found:
            rows = [row for number in ids for row in views.files.projects(number)]
            done = [row for row in rows if not row.is_running]  # a plan of 50,000 files is not read at every step of it
            renamed = [(row.name, each) for row in done for each in views.file_plans.renamed(row.id, MOST_NAMES)]
            apart = [(row.name, each) for row in done for each in views.files.not_synchronized(row.id)]
            return Found(rows, renamed[:MOST_NAMES], apart[:MOST_NAMES])

        return look

    def _take(self, found: Found) -> None:
        self._found = found
        self._say()
        self.changed.emit()

    # --- words -------------------------------------------------------------------------------------------------

    def _rows(self) -> list[tuple[Any, Any]]:
        return [(row, pair) for row in self._found.projects for pair in row.pairs]

    def _say(self) -> None:
        lines = []
        for row, pair in self._rows():
            checks = {check.what: check for check in row.preflight if check.tool == pair.tool}
            cells = [_cell(checks.get(what), row, pair) for what in CHECKS]
            lines.append(FieldLine((row.name, words.tool(pair.tool), *cells)))
        titles = [text(f"wizard.column.{name}") for name in ("project", "tool", *CHECKS)]
        self.matrix.show_lines(titles, lines)
        if lines and self.matrix.currentRow() < 0:
            self.matrix.selectRow(0)
        self.note.setText(self._note())
        self._say_why()
        self._say_names()
        self.space.setText("\n".join(filter(None, map(_space, self._found.projects))))

    def _note(self) -> str:
        rows = self._found.projects
        running = [row for row in rows if row.is_running]
        if not rows or running:
            return text("wizard.checks.running", count=len(running) or len(self.draft.ids))
        problems = [row.problem for row in rows if row.problem is not None and row.phase != "planned"]
        if problems:
            return " ".join((formats.sentence(problems[0]), formats.remedy(problems[0])))
        if any(row.phase == "planned" for row in rows):
            return text("wizard.checks.done")
        return text("wizard.checks.nothing")

    def _say_why(self) -> None:
        rows, place = self._rows(), self.matrix.currentRow()
        said: list[str] = []
        if 0 <= place < len(rows):
            row, pair = rows[place]
            checks = [check for check in row.preflight if check.tool == pair.tool and check.problem is not None]
            told: list[Problem] = [check.problem for check in checks]
            if pair.problem is not None and pair.problem not in told:
                told.append(pair.problem)
            said = [f"{formats.sentence(problem)} {formats.remedy(problem)}".strip() for problem in told]
        self.why.setText("\n".join(said))
        self.why.setVisible(bool(said))

    def _say_names(self) -> None:
        """Each that is called otherwise there, and each that stays where it is, with its reason (F241 to F245)."""
        lines = [
            FieldLine((words.tool(one.tool), name, formats.file_name(one.path), _new_name(one.new_name)))
            for name, one in self._found.renamed
        ]
        lines += [
            FieldLine(
                (words.tool(one.tool), name, formats.file_name(one.path or one.name), formats.sentence(one.problem))
            )
            for name, one in self._found.apart
        ]
        titles = [text(f"wizard.column.{name}") for name in ("tool", "project", "path", "there")]
        self.names.show_lines(titles, lines)
        self.names.setVisible(bool(lines))
        is_known = any(row.phase == "planned" for row in self._found.projects)
        self.names_title.setText(text("wizard.names" if lines else "wizard.names.none") if is_known else "")

    def retranslate(self) -> None:
        self.matrix.setAccessibleName(text("wizard.checks"))
        self.names.setAccessibleName(text("wizard.names"))
        self._say()


def _new_name(name: str) -> str:
    """The name there; where it reads the same, the signs that have a look-alike."""
    if signs := file_names.stand_ins(name):
        said = (text("wizard.names.space") if sign == " " else text("wizard.names.sign", sign=sign) for sign in signs)
        return text("wizard.names.signs", signs=", ".join(said))
    if file_names.is_marked(name):
        return text("wizard.names.marked")
    return text("wizard.names.becomes", name=formats.file_name(name))


_COUNTED: Final = ("names", "sizes", "others")
_LARGE: Final = "DOC-92"  # is synchronized all the same
_STATES: Final[Mapping[bool, str]] = {True: "wizard.check.ok", False: "wizard.check.missing"}


def _cell(check: Any, row: Any, pair: Any) -> str:
    if check is not None:
        if check.what in _COUNTED and not check.ok:
            key = "wizard.check.large" if check.problem.code == _LARGE else "wizard.check.left"
            return text(key, count=int(check.problem.args.get("n", 0)))
        return text(_STATES[bool(check.ok)])
    return text("wizard.check.running" if row.is_running else "wizard.check.none")


def _space(row: Any) -> str:
    """Sum of the sizes that go into the drive, and what it has left (F250, F264)."""
    check = next((check for check in row.preflight if check.what == "space"), None)
    if check is None or check.needed is None:
        return ""
    needed = words.size(check.needed)
    if check.left is None:
        return text("wizard.space.unknown", name=row.name, needed=needed)
    said = text("wizard.space", name=row.name, needed=needed, left=words.size(check.left))
    return said if check.problem is None else f"{said} {formats.remedy(check.problem)}"
