"""Fourth and fifth step of the wizard: what the first synchronization would do, what it takes, and its start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from maestro_procore.engine import file_listings
from maestro_procore.engine.file_binding import MERGE
from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.asking import Ask, Look, asking
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.wizard_steps import Draft, WizardPage
from maestro_procore.i18n import current_language, text
from maestro_procore.model import file_winners
from maestro_procore.model.problems import Refused

COUNTS: Final = ("only_procore", "only_drive", "equal", "compare", "conflicts", "apart")
MOST_DIFFERING: Final = 200
"""Files that differ are shown so far; the listings have all of them."""
MANY_IN_PROCORE: Final = 200
"""From so many files on, option 2 is slow and full of clashes: better where Procore has little (F121)."""


@dataclass(frozen=True)
class Plan:
    """One project: store.file_views.FileProjectRow, file_plan_views.FilePlanRow of its tools, model Forecast.

    differing: file_plan_views.DifferingRow.
    """

    row: Any
    tools: Sequence[Any]
    forecast: Any
    differing: Sequence[Any] = ()


class _PlanReading(WizardPage):
    """Reads the plans of the projects that were added, whenever the journal changes."""

    def __init__(self, draft: Draft, views: Any, ask: Ask, clock: formats.Clock, parent: QWidget | None = None) -> None:
        super().__init__(draft, parent)
        self._views, self._clock = views, clock
        self._ask = asking(self, ask)
        self.plans: Sequence[Plan] = ()
        self._read = Look(self._ask, self._question, self._take)

    def enter(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        if self.draft.ids:
            self._read()

    def _question(self) -> Callable[[], list[Plan]]:
        ids, views, now = self.draft.ids, self._views, self._clock()

        def look() -> list[Plan]:
            budget = views.budget()
            rows = [row for number in ids for row in views.files.projects(number)]
            plans = views.file_plans
            return [
                Plan(row, plans.plan(row.id), views.files.forecast(row.id, budget, now), plans.differing(row.id))
                for row in rows
            ]

        return look

    def _take(self, plans: list[Plan]) -> None:
        self.plans = plans
        self.show_plans()
        self.changed.emit()

    @property
    def planned(self) -> list[Plan]:
        """Those that wait for approval."""
        return [plan for plan in self.plans if plan.row.phase == "planned"]

    @property
    def is_ready(self) -> bool:
        return bool(self.planned)

    def show_plans(self) -> None:
        """They came in, or the language changed."""


class PlanPage(_PlanReading):
    """Counts by project and tool, the forecast beside the usual product's, and the listings to save."""

    name = "plan"

    def __init__(self, draft: Draft, views: Any, ask: Ask, clock: formats.Clock, parent: QWidget | None = None) -> None:
        super().__init__(draft, views, ask, clock, parent)
        self._saved: Callable[[], str] = str
        self.counts = FieldGrid("wizard_counts", self)
        self.counts.share_width(frozenset(range(1, len(COUNTS) + 3)), title_share=0.7)
        self.differing_title = PlainLabel(parent=self, name="wizard_differing_title")
        self.differing_title.setProperty("section", True)
        self.differing = FieldGrid("wizard_differing", self)
        self.differing.share_width(frozenset({0}))
        self.forecast = PlainLabel(parent=self, wraps=True, name="wizard_forecast").can_be_copied()
        self.warnings = PlainLabel(parent=self, wraps=True, name="wizard_warnings").can_be_copied()
        self.rule = PlainLabel(parent=self, wraps=True, name="wizard_rule")
        self.rule.setProperty("dim", True)
        self.save = QPushButton(self)
        self.save.setObjectName("wizard_save")
        self.save.clicked.connect(self.save_listings)
        self.saved = PlainLabel(parent=self, wraps=True, name="wizard_saved").can_be_copied()
        self._column.addWidget(self.counts, 1)
        self._column.addWidget(self.differing_title)
        self._column.addWidget(self.differing, 1)
        for part in (self.rule, self.forecast, self.warnings):
            self._column.addWidget(part)
        line = QHBoxLayout()
        line.addWidget(self.save)
        line.addWidget(self.saved, 1)
        self._column.addLayout(line)

    def enter(self) -> None:
        super().enter()
        self.counts.setFocus()

    def show_plans(self) -> None:
        lines = [
            FieldLine(
                (
                    plan.row.name,
                    words.tool(tool.tool),
                    *(formats.count(getattr(tool, name)) for name in COUNTS),
                    words.size(tool.drive_bytes + tool.procore_bytes),
                )
            )
            for plan in self.plans
            for tool in plan.tools
        ]
        titles = [text(f"wizard.column.{name}") for name in ("project", "tool", *COUNTS, "bytes")]
        self.counts.show_lines(titles, lines, numbers=frozenset(range(2, len(titles))))
        self.forecast.setText("\n".join(_forecast(plan) for plan in self.planned))
        told = [said for plan in self.planned for said in _warnings(plan)]
        self.warnings.setText("\n".join(told))
        self.warnings.setVisible(bool(told))
        has_conflicts = any(tool.conflicts or tool.compare for plan in self.plans for tool in plan.tools)
        self.rule.setText(text("wizard.plan.rule") if has_conflicts else "")
        self.rule.setVisible(has_conflicts)
        self.save.setEnabled(bool(self.plans))
        self._show_differing()

    def _show_differing(self) -> None:
        """Each file that differs, with the side that counts and what becomes of the other."""
        found = [(plan.row.name, row) for plan in self.plans for row in plan.differing]
        language = current_language()
        lines = [
            FieldLine(
                (
                    words.tool(row.tool),
                    name,
                    formats.file_name(row.path),
                    file_winners.words(language, row.settled, row.winner),
                )
            )
            for name, row in found[:MOST_DIFFERING]
        ]
        titles = [text(f"wizard.column.{name}") for name in ("tool", "project", "path", "winner")]
        self.differing.show_lines(titles, lines)
        more = len(found) - len(lines)
        said = text("wizard.differing.more", count=more) if more else ""
        self.differing_title.setText(", ".join(filter(None, (text("wizard.differing"), said))))
        for part in (self.differing_title, self.differing):
            part.setVisible(bool(lines))

    # --- listings ----------------------------------------------------------------------------------------------

    def save_listings(self) -> None:
        """Asks where to, and writes in the background."""
        title, kinds = text("wizard.save.title"), text("wizard.save.kinds")
        first = str(Path.home() / text("wizard.save.name"))
        chosen, kind = QFileDialog.getSaveFileName(self, title, first, kinds)
        if chosen:
            file = Path(chosen)
            self.save_to(file if file.suffix else file.with_suffix(".csv" if "csv" in kind else ".xlsx"))

    def save_to(self, file: Path) -> None:
        """Every item of both sides with what becomes of it, instead of a question each."""
        rows, views, language = [plan.row for plan in self.plans], self._views, current_language()
        self.save.setEnabled(False)

        def write() -> int | Refused:
            try:
                projects = [(row.name, views.file_plans.listing(row.id)) for row in rows]
                return file_listings.save(file, projects, language)
            except Refused as refused:
                return refused

        self._ask(write, lambda written: self._wrote(file, written))

    def _wrote(self, file: Path, written: int | Refused) -> None:
        self.save.setEnabled(True)
        if isinstance(written, Refused):
            self._saved = lambda: f"{formats.sentence(written.problem)} {formats.remedy(written.problem)}"
        else:
            self._saved = lambda: text("wizard.saved", count=written, file=str(file))
        self.saved.setText(self._saved())

    def retranslate(self) -> None:
        self.counts.setAccessibleName(text("wizard.plan"))
        self.differing.setAccessibleName(text("wizard.differing"))
        self.save.setText(text("wizard.save"))
        self.save.setToolTip(text("wizard.save.tip"))
        self.saved.setText(self._saved())
        self.show_plans()


def _forecast(plan: Plan) -> str:
    return text("wizard.forecast", name=plan.row.name, told=words.forecast(plan.forecast))


def _warnings(plan: Plan) -> list[str]:
    there = sum(tool.procore_files for tool in plan.tools)
    found = []
    if plan.forecast.is_long:
        found.append(text("wizard.warning.long", name=plan.row.name, length=plan.forecast.duration))
    if plan.row.option == MERGE and there >= MANY_IN_PROCORE:
        found.append(text("wizard.warning.many", name=plan.row.name, count=there))
    return found


class StartPage(_PlanReading):
    """What will happen, said once more, and what to keep one's hands off meanwhile."""

    name = "start"

    def __init__(self, draft: Draft, views: Any, ask: Ask, clock: formats.Clock, parent: QWidget | None = None) -> None:
        super().__init__(draft, views, ask, clock, parent)
        self.summary = PlainLabel(parent=self, wraps=True, name="wizard_summary").can_be_copied()
        self.advice = PlainLabel(parent=self, wraps=True, name="wizard_advice")
        self._column.addWidget(self.summary)
        self._column.addWidget(self.advice)
        self._column.addStretch(1)

    def show_plans(self) -> None:
        self.summary.setText("\n\n".join(_summary(plan) for plan in self.plans))
        self.setAccessibleName(self.summary.text())  # the step itself has the focus: nothing is to be filled in

    def retranslate(self) -> None:
        self.advice.setText(text("wizard.advice"))
        self.show_plans()


def _summary(plan: Plan) -> str:
    if plan.row.phase != "planned":
        return text("wizard.summary.not", name=plan.row.name)
    sums = {
        name: sum(getattr(tool, name) for tool in plan.tools) for name in ("only_procore", "only_drive", "conflicts")
    }
    lines = [
        text("wizard.summary", name=plan.row.name, url=formats.address(plan.row.destination)),
        text("wizard.summary.to_drive", count=sums["only_procore"]),
        text("wizard.summary.to_procore", count=sums["only_drive"]),
        text("wizard.summary.conflicts", count=sums["conflicts"]),
        words.forecast(plan.forecast),
    ]
    return "\n".join(lines)
