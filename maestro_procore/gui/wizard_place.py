"""Second step of the wizard: the folder of a OneDrive or SharePoint library, what it is for, and what lies there."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QRadioButton, QSplitter, QVBoxLayout, QWidget

from maestro_procore.engine.file_binding import IN_PROJECT, IN_TOOL, LAYOUTS, MERGE, MIRROR, NEW
from maestro_procore.gui import documents_words as words
from maestro_procore.gui import formats
from maestro_procore.gui.field_grid import FieldGrid, FieldLine
from maestro_procore.gui.plain_label import PlainLabel
from maestro_procore.gui.wizard_steps import Draft, Failure, Questions, WizardPage
from maestro_procore.gui.wizard_tree import PlaceTree
from maestro_procore.i18n import text
from maestro_procore.model.file_phases import TOP_FOLDER

OPTIONS: Final = (MIRROR, MERGE)


class PlacePage(WizardPage):
    """Left the picker; right what the folder is for, the full address of every tool, and the two options."""

    name = "place"

    def __init__(self, draft: Draft, choosing: Any, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(draft, parent)
        self._choosing, self._questions = choosing, questions
        self._accounts: Any = None
        self._acting: Any = None
        self._looked: Any = None
        """Targets, a Failure, or None while nothing is known."""
        self._asked: tuple[Any, ...] = ()
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.account = QComboBox(self)
        self.account.setObjectName("wizard_account")
        self.acting = PlainLabel(parent=self, wraps=True, name="wizard_acting")
        self.tree = PlaceTree(self._choosing, self._questions, self)
        self.layouts = {name: QRadioButton(self) for name in LAYOUTS}
        self.options = {name: QRadioButton(self) for name in OPTIONS}
        self._groups = []
        for kind, buttons in (("layout", self.layouts), ("option", self.options)):
            group = QButtonGroup(self)
            self._groups.append(group)
            for name, button in buttons.items():
                button.setObjectName(f"wizard_{kind}_{name}")
                group.addButton(button)
        self.layouts[NEW].setChecked(True)
        self.targets = FieldGrid("wizard_targets", self)
        self.targets.share_width(frozenset({1, 3}))
        self.tree_title, self.layout_title, self.targets_title, self.option_title = (
            PlainLabel(parent=self) for _ in range(4)
        )
        for title in (self.tree_title, self.layout_title, self.targets_title, self.option_title):
            title.setProperty("section", True)
        self.address = PlainLabel(parent=self, wraps=True, name="wizard_address").can_be_copied()
        self.option_note = PlainLabel(parent=self, wraps=True, name="wizard_option_note")

    def _lay_out(self) -> None:
        left, right = QWidget(self), QWidget(self)
        beside = QVBoxLayout(left)
        beside.setContentsMargins(0, 0, 0, 0)
        for part in (self.tree_title, self.account, self.tree):
            beside.addWidget(part)
        beside.setStretchFactor(self.tree, 1)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.layout_title)
        for button in self.layouts.values():
            column.addWidget(button)
        column.addWidget(self.targets_title)
        column.addWidget(self.targets, 1)
        column.addWidget(self.address)
        column.addWidget(self.option_title)
        for button in self.options.values():
            column.addWidget(button)
        column.addWidget(self.option_note)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        self.split.addWidget(right)
        self.split.setSizes([360, 640])
        self._column.addWidget(self.split, 1)
        line = QHBoxLayout()
        line.addWidget(self.acting, 1)
        self._column.addLayout(line)

    def _connect(self) -> None:
        self.account.currentIndexChanged.connect(lambda _row: self._choose_account())
        self.tree.chosen.connect(self._choose_place)
        self.targets.currentCellChanged.connect(lambda *_: self._say_address())
        for name, button in self.layouts.items():
            button.toggled.connect(partial(self._choose_layout, name))
        for name, button in self.options.items():
            button.toggled.connect(partial(self._choose_option, name))

    # --- step --------------------------------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        return self.draft.place is not None and bool(self.draft.targets)

    def enter(self) -> None:
        self._allow_layouts()
        if not self._accounts or isinstance(self._accounts, Failure):
            self._questions.put("accounts", self._choosing.accounts, self._take_accounts)
        else:
            if self._through != self.draft.connection:
                self._choose_account()  # it acts as somebody else in Procore
            self._look()
        self.tree.tree.setFocus()

    def _allow_layouts(self) -> None:
        """One folder is of one project, and holds the files of one tool."""
        is_one = len(self.draft.projects) == 1
        may = {NEW: True, IN_PROJECT: is_one, IN_TOOL: is_one and len(self.draft.tools) == 1}
        for name, button in self.layouts.items():
            button.setEnabled(may[name])
        if not may[self.draft.layout]:
            self.layouts[NEW].setChecked(True)
        self._say_layouts()

    # --- account -----------------------------------------------------------------------------------------------

    def _take_accounts(self, found: Any) -> None:
        self._accounts = found
        if isinstance(found, Failure):
            self._say()
            return
        with QSignalBlocker(self.account):
            self.account.clear()
            for one in found:
                self.account.addItem(one.name if one.id else text("wizard.account.practice"), one.id)
        self.account.setVisible(len(found) > 1)
        self._choose_account()

    _through = 0
    """Procore connection that the names shown belong to."""

    def _choose_account(self) -> None:
        if not self._accounts:
            self._say()
            return
        account = str(self.account.currentData() or "")
        self.draft.account = account
        self._acting = None
        self._through = self.draft.connection
        choosing = self._choosing.through(self._through)
        self._questions.put("acting", lambda: choosing.acting(account), self._take_acting)
        self.tree.show_account(account)

    def _take_acting(self, found: Any) -> None:
        self._acting = found
        self._say()

    # --- place -------------------------------------------------------------------------------------------------

    def _choose_place(self, place: Any, kind: str) -> None:
        self.draft.place, self.draft.drive_kind = place, kind or "business"
        self._look()

    def _choose_layout(self, name: str, is_chosen: bool) -> None:
        if is_chosen:
            self.draft.layout = name
            self._look()

    def _look(self) -> None:
        """Lists the destination: what lies there decides which option fits (F099, F101)."""
        draft = self.draft
        asked = (draft.account, draft.place, draft.layout, tuple(draft.projects.items()), draft.tools)
        if draft.place is None:
            self._questions.drop("look")
            self._asked = ()
            self._took(None)
        elif asked != self._asked or isinstance(self._looked, Failure):
            self._asked = asked
            self._took(None)
            choosing = self._choosing.through(draft.connection)
            self._questions.put("look", lambda: choosing.look(*asked[:3], dict(asked[3]), asked[4]), self._took)

    def _took(self, found: Any) -> None:
        self._looked = found
        self.draft.targets = tuple(found) if isinstance(found, list) else ()
        if self.draft.targets:
            self._preselect(self.draft.targets)
        self._say()
        self.changed.emit()

    def _preselect(self, targets: Sequence[Any]) -> None:
        """Option 1 wants an empty destination, so only then it can be chosen."""
        is_free = all(target.is_free for target in targets)
        self.options[MIRROR].setEnabled(is_free)
        self.options[MIRROR if is_free else MERGE].setChecked(True)
        self.draft.option = MIRROR if is_free else MERGE

    def _choose_option(self, name: str, is_chosen: bool) -> None:
        if is_chosen:
            self.draft.option = name
            self._say()

    # --- words -------------------------------------------------------------------------------------------------

    def _say(self) -> None:
        self._say_targets()
        self._say_options()
        self._say_acting()

    def _say_targets(self) -> None:
        names = self.draft.projects
        lines = [
            FieldLine(
                (names.get(one.project, ""), words.tool(one.tool), _address(one), text(f"wizard.holds.{one.holds}"))
            )
            for one in self.draft.targets
        ]
        titles = [text(f"wizard.column.{name}") for name in ("project", "tool", "address", "holds")]
        self.targets.show_lines(titles, lines)
        if lines and self.targets.currentRow() < 0:
            self.targets.selectRow(0)
        self._say_address()

    def _say_address(self) -> None:
        """In full, whatever its length (F189)."""
        place = self.targets.currentRow()
        shown = _address(self.draft.targets[place]) if 0 <= place < len(self.draft.targets) else ""
        self.address.setText(shown)
        self.address.setVisible(bool(shown))

    def _say_options(self) -> None:
        is_known = bool(self.draft.targets)
        for button in self.options.values():
            button.setVisible(is_known)
        self.option_title.setVisible(is_known)
        if isinstance(self._looked, Failure):
            said = self._looked.words
        elif not is_known:
            said = text("wizard.place.looking" if self.draft.place is not None else "wizard.place.choose")
        elif not self.options[MIRROR].isEnabled():
            full = next((_address(one) for one in self.draft.targets if not one.is_free), "")
            said = text("wizard.option.mirror.not", url=full)
        else:
            said = text(f"wizard.option.{self.draft.option}.note")
        self.option_note.setText(" ".join(filter(None, (said, self._nested() if is_known else ""))))

    def _nested(self) -> str:
        """Who chooses the top folder itself gets another one in it, and rarely wants that."""
        place = self.draft.place
        if place is None or self.draft.layout != NEW or place.name.casefold() != TOP_FOLDER.casefold():
            return ""
        return text("wizard.place.nested", name=place.name, top=TOP_FOLDER)

    def _say_acting(self) -> None:
        found = self._acting
        if isinstance(self._accounts, Failure):
            said = self._accounts.words
        elif self._accounts is not None and not self._accounts:
            said = text("wizard.accounts.none")
        elif found is None:
            said = ""
        elif isinstance(found, Failure):
            said = found.words
        else:
            drive = found.drive.name or text("wizard.account.practice")
            said = text("wizard.acting", procore=found.procore, drive=drive)
            if found.looks_personal:
                said = f"{said} {text('wizard.acting.personal')}"
        self.acting.setText(said)
        self.acting.setVisible(bool(said))

    def _say_layouts(self) -> None:
        tool = words.tool(self.draft.tools[0]) if self.draft.tools else ""
        for name, button in self.layouts.items():
            button.setText(
                text(f"wizard.layout.{name}", tool=tool) if name == IN_TOOL else text(f"wizard.layout.{name}")
            )
            button.setToolTip("" if button.isEnabled() else text(f"wizard.layout.{name}.not"))

    def retranslate(self) -> None:
        self.tree_title.setText(text("wizard.tree"))
        self.account.setAccessibleName(text("wizard.account"))
        if (practice := self.account.findData("")) >= 0:
            self.account.setItemText(practice, text("wizard.account.practice"))
        self.layout_title.setText(text("wizard.layout"))
        self.targets_title.setText(text("wizard.targets"))
        self.option_title.setText(text("wizard.option"))
        self.targets.setAccessibleName(text("wizard.targets"))
        for name, button in self.options.items():
            button.setText(text(f"wizard.option.{name}"))
            button.setAccessibleDescription(text(f"wizard.option.{name}.note"))
        self._say_layouts()
        self.tree.retranslate()
        self._say()


def _address(target: Any) -> str:
    return formats.address(target.url)
