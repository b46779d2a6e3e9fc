"""The page Connections: who acts where, whether it works, and what each platform can do (F135-F164)."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from maestro_procore.gui import formats
from maestro_procore.gui.connection_dialog import ConnectionDialog
from maestro_procore.gui.connection_table import ConnectionQuery, ConnectionTable
from maestro_procore.gui.documents_tabs import find_key
from maestro_procore.gui.empty_state import EmptyState
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.filter_chips import FilterChips
from maestro_procore.gui.grid_page import GridPage, flow
from maestro_procore.gui.grid_view import GridView
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.i18n import text
from maestro_procore.model.capabilities import CAPABILITIES, key_of
from maestro_procore.model.connections import Platform, State, Way
from maestro_procore.model.problems import Problem

DEEDS = ("add", "edit", "test", "sign_in", "remove")


class ConnectionsPage(GridPage):
    """Above the connections and what may be done with them, below the platforms side by side."""

    name = "connections_page"
    dialog: ConnectionDialog | None = None
    _wants_ended = False

    # --- parts ----------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._commands = self._desk.commands.connections
        self.chips = FilterChips("connection.chip", ["all", *(platform.value for platform in Platform)], self)
        self.search = self._search("connection_search")
        self.buttons = self._buttons("connections", DEEDS)
        self.buttons["add"].setProperty("main", True)
        self.notice = NoticeBar(self)
        self.model = ConnectionTable(self._desk, self._ask, self._clock, self)
        self.grid = GridView(self.model, "connections", self)
        self.empty = EmptyState(self.grid)
        self.about = PlainLabel(parent=self, wraps=True, name="connection_about").can_be_copied()
        self.compared = PlainLabel(parent=self, name="connection_compared")
        self.compared.setProperty("section", True)
        self.capabilities = FieldGrid("connection_capabilities", self)

    def _lay_out(self) -> None:
        above, below = self._column(self.grid, self.about), self._column(self.compared, self.capabilities)
        self.split = self._split(Qt.Orientation.Vertical, [300, 320], above, below)
        self._lay_page(flow(self.chips, self.search, gap=12), flow(*self.buttons.values()), self.notice, self.split)

    def _connect(self) -> None:
        self.chips.chosen.connect(self._filter)
        self.search.textChanged.connect(self._filter)
        self.model.counted.connect(self._counted)
        self.grid.current_row_changed.connect(lambda _row: self._choose())
        self.grid.opened.connect(lambda _row: self.start("edit"))
        find_key(self, lambda: self.search)

    # --- frame ----------------------------------------------------------------------------------------

    def show_ended(self, _which: str) -> None:
        """A message led here: the first connection that wants somebody to sign in again."""
        self._wants_ended = True
        self.refresh()

    def retranslate(self) -> None:
        self.chips.retranslate()
        self._name_search(self.search, text("connection.search"))
        self.grid.setAccessibleName(text("connection.list"))
        for deed, button in self.buttons.items():
            button.setText(text(f"connection.deed.{deed}"))
            button.setToolTip(text(f"connection.deed.{deed}.tip"))
        self.model.retranslate()
        self.notice.hide()
        if self.dialog is not None:
            self.dialog.retranslate()
        self._compare()
        self._counted(self.model.rowCount())

    def _compare(self) -> None:
        """What the platforms can do, side by side (F158)."""
        self.compared.setText(text("connection.compared"))
        titles = [text("connection.capability"), *(text(f"connection.platform.{one.value}") for one in Platform)]
        lines = [
            FieldLine((text(f"capability.{each.name}"), *(text(key_of(each, p), **each.figures) for p in Platform)))
            for each in CAPABILITIES
        ]
        self.capabilities.show_lines(titles, lines)
        self.capabilities.setAccessibleName(text("connection.compared"))

    # --- list -----------------------------------------------------------------------------------------

    def _filter(self, *_: object) -> None:
        chip = self.chips.current
        self.model.set_query(ConnectionQuery(self.search.text().strip(), "" if chip == "all" else chip))

    def _counted(self, rows: int) -> None:
        self._choose_first(rows, "connection.none")
        if self._wants_ended and rows:
            self._ask_to_sign_in(rows)
        self._choose()

    def _ask_to_sign_in(self, rows: int) -> None:
        self._wants_ended = False
        held = [(place, self.model.loaded_row(place)) for place in range(rows)]
        place, ended = next(((n, one) for n, one in held if one is not None and one.state is State.ENDED), (-1, None))
        if ended is None:
            return
        self.grid.selectRow(place)
        self.notice.ask(
            "warning",
            formats.sentence(ended.problem),
            text("action.sign_in_again"),
            lambda: self.start("sign_in"),
            text("action.cancel"),
        )

    def _choose(self) -> None:
        row = self.row
        may = bool(self._desk.rights.can_configure)
        is_person = row is not None and row.details.way is Way.PERSON and not row.is_own
        possible = {
            "add": may,
            "edit": may and row is not None,
            "test": row is not None,
            "sign_in": may and is_person,
            "remove": may and row is not None and not row.is_own,
        }
        for deed, button in self.buttons.items():
            button.setEnabled(possible[deed])
        self.buttons["sign_in"].setVisible(is_person)
        self.about.setVisible(row is not None)
        if row is not None:
            self.about.setText(_about(row))

    # --- deeds ----------------------------------------------------------------------------------------

    def start(self, deed: str, *_: object) -> None:
        """A button was pressed."""
        row = self.row
        if deed == "add":
            self._dialog().open_new()
        elif row is not None:
            now: dict[str, Callable[[], object]] = {
                "edit": lambda: self._edit(row),
                "test": lambda: self._test(row),
                "sign_in": lambda: self._dialog().open_saved(row.id, signs_in=True),
                "remove": lambda: self._ask_to_remove(row),
            }
            now[deed]()

    def _edit(self, row: Any) -> None:
        if row.details.platform is Platform.MAESTRO:
            self._navigate("configuration")
        else:
            self._dialog().open_saved(row.id, is_own=row.is_own)

    def _dialog(self) -> ConnectionDialog:
        """A new one each time: nothing that was typed before is left in it."""
        if self.dialog is not None:
            self.dialog.deleteLater()
        dialog = ConnectionDialog(self._desk, self._raw_ask, self._ask_async, self, open_url=self._open_url)
        dialog.saved.connect(lambda _number: self.refresh())
        dialog.configuration_wanted.connect(lambda: self._navigate("configuration"))
        dialog.finished.connect(lambda _result: self.grid.setFocus())
        self.dialog = dialog
        return dialog

    def _test(self, row: Any) -> None:
        self.notice.say("info", text("connection.step.testing"))
        commands = self._commands

        async def question() -> Any:
            draft = commands.draft_of(row.id)
            problems = await commands.test(draft)
            commands.keep_test(draft)
            return draft, problems

        self._ask_async(question, self._tested, self._failed)

    def _tested(self, answer: Any) -> None:
        draft, problems = answer
        if problems:
            self.notice.say_problem(problems[0])
        else:
            told = text("connection.acts_as", name=draft.tested.acts_as)
            self.notice.say("info", f"{text('connection.test.succeeded')}. {told}")
        self.refresh()

    def _failed(self, error: Exception) -> None:
        problem = getattr(error, "problem", None)
        if isinstance(problem, Problem):
            self.notice.say_problem(problem)
        else:
            self.notice.say("error", str(error))

    def _ask_to_remove(self, row: Any) -> None:
        self.notice.ask(
            "warning",
            text("connection.ask.remove", name=row.name),
            text("connection.deed.remove"),
            lambda: self._ask_async(lambda: self._removed(row.id), lambda _: self.refresh(), self._failed),
            text("action.cancel"),
        )

    async def _removed(self, connection_id: int) -> None:
        await self._commands.remove(connection_id)


def _about(row: Any) -> str:
    """What the cells have no room for."""
    parts = []
    if row.acts_as:
        parts.append(text("connection.acts_as", name=row.acts_as))
    if row.is_own:
        parts.append(text("connection.about.own"))
    if row.details.certificate:
        parts.append(text("connection.about.certificate", subject=row.details.certificate["subject"]))
    if row.problem is not None:
        parts += [formats.sentence(row.problem), formats.remedy(row.problem)]
    return " ".join(part for part in parts if part)
