"""The page Connections and the window that adds one, on real commands against a sandbox of two companies."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from maestro_procore import i18n
from maestro_procore.engine.connection_doors import TOKENS, held_name
from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.gui.connection_dialog import ConnectionDialog
from maestro_procore.gui.connection_fields import ConnectionFields
from maestro_procore.gui.connection_steps import SIGNS, ConnectionSteps, picture
from maestro_procore.gui.connection_table import KINDS
from maestro_procore.gui.connections_page import ConnectionsPage
from maestro_procore.gui.help_page import HelpPage
from maestro_procore.gui.main_window import PAGES as SIDE
from maestro_procore.gui.main_window import MainWindow
from maestro_procore.gui.manager_page import ManagerPage
from maestro_procore.gui.menus import LINES
from maestro_procore.gui.status_icons import MESSAGE_SIGNS
from maestro_procore.gui.wizard_projects import ProjectsPage
from maestro_procore.gui.wizard_steps import Draft, Questions
from maestro_procore.model.capabilities import CAPABILITIES
from maestro_procore.model.connections import LONGEST_NAME, Platform, State
from maestro_procore.model.microsoft_clouds import CLOUDS
from maestro_procore.model.problems import Problem
from maestro_procore.places import open_profile
from maestro_procore.wiring import House
from tests.gui.fakes import ask_async_now, ask_now
from tests.gui.tabbing import tabbed
from tests.programs import Control
from tests.two_companies import OTHER_COMPANY, TWIN_NAME, TWIN_PROJECT, browser, refusing_browser, two_companies

pytestmark = pytest.mark.xdist_group("connections")


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with two_companies() as running:
        yield running


@dataclass
class Scene:
    """A profile of training, the page on it, and where the reader was led."""

    house: House
    page: ConnectionsPage
    visited: list[Any] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    follow: Callable[[str], None] = browser

    @property
    def dialog(self) -> ConnectionDialog:
        assert self.page.dialog is not None
        return self.page.dialog

    def add(self, platform: Platform = Platform.PROCORE) -> ConnectionDialog:
        """The window, with the fields of a platform."""
        press(self.page, "connections_add")
        self.dialog.platforms.setCurrentRow(list(Platform).index(platform))
        press(self.dialog, "connection_next")
        return self.dialog

    def service(self) -> ConnectionDialog:
        dialog = self.add()
        dialog.fields.way.setCurrentIndex(dialog.fields.way.findData("service"))
        dialog.fields.way.activated.emit(1)
        return dialog

    def names(self) -> list[str]:
        table = self.page.model
        return [table.loaded_row(row).name for row in range(table.rowCount())]

    def saved(self, name: str) -> Any:
        return self.house.commands.connections.find(name)


def press(widget: Any, name: str) -> None:
    button = widget.findChild(QPushButton, name)
    assert button.isVisible() and button.isEnabled(), name
    button.click()


def words(dialog: ConnectionDialog, name: str) -> str:
    """Of a button, without the mark of its Alt key."""
    return dialog.buttons[name].text().replace("&", "")


def is_open(dialog: ConnectionDialog, name: str) -> bool:
    button = dialog.findChild(QPushButton, f"connection_{name}")
    return bool(button.isVisible() and button.isEnabled())


def choose_company(dialog: ConnectionDialog, company: int = OTHER_COMPANY) -> None:
    dialog.company.setCurrentIndex(dialog.company.findData(company))
    dialog.company.activated.emit(dialog.company.currentIndex())


@pytest.fixture
def scene(qtbot: Any, control: Control, tmp_path: Path) -> Iterator[Scene]:
    house = House(open_profile(tmp_path / "profile", training=True), True, control.url)
    made: Scene

    def open_url(url: QUrl) -> bool:
        made.opened.append(url.toString())
        made.follow(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
        return True

    visited: list[Any] = []
    page = ConnectionsPage(
        house.desk(), lambda *said: visited.append(said), ask=ask_now, ask_async=ask_async_now, open_url=open_url
    )
    made = Scene(house, page, visited)
    qtbot.addWidget(page)
    page.resize(1300, 800)
    page.show()
    page.page_shown()
    yield made
    if page.dialog is not None:
        page.dialog.draft = None
        page.dialog.close()
    house.close()


def test_f136_connections_stand_in_the_side_bar_and_in_the_menu_with_a_key_and_help() -> None:
    assert SIDE[8][0] == "connections"
    assert [line.keys for line in LINES if line.name == "page_9"] == ["Ctrl+9"]
    assert i18n.has_text("help.connections.title")


def test_f136_f137_the_add_button_opens_the_list_of_platforms(scene: Scene) -> None:
    press(scene.page, "connections_add")
    dialog = scene.dialog
    assert dialog.isModal() and dialog.platforms.isVisible() and not dialog.fields.isVisible()
    shown = [dialog.platforms.item(row).text() for row in range(dialog.platforms.count())]
    assert shown == ["maestro*", "Procore", "OneDrive / SharePoint"]


def test_maestro_leads_to_configuration(scene: Scene) -> None:
    press(scene.page, "connections_add")
    scene.dialog.platforms.setCurrentRow(0)
    press(scene.dialog, "connection_next")
    assert scene.visited == [("configuration",)]


def test_f138_tab_goes_through_the_fields_in_their_order(scene: Scene) -> None:
    fields = scene.add().fields
    order, here = [], fields.name
    for _ in range(40):
        order.append(here.objectName())
        here = here.nextInFocusChain()
    names = ["name", "way", "url", "client_id", "client_secret", "redirect"]
    found = [order.index(f"connection_{name}") for name in names]
    assert found == sorted(found)


def test_f139_f140_f141_f210_sign_in_with_procore_ends_with_the_label_and_the_name(scene: Scene) -> None:
    """The system's browser shows Procore's page; the form has no field for a person's password."""
    dialog = scene.add()
    masked = QLineEdit.EchoMode.Password
    secret = [line.objectName() for line in dialog.findChildren(QLineEdit) if line.echoMode() == masked]
    assert set(secret) == {"connection_client_secret", "connection_passphrase"}
    assert words(dialog, "main") == "Sign in with Procore"
    press(dialog, "connection_main")
    assert len(scene.opened) == 1 and "/oauth/authorize" in scene.opened[0]
    assert dialog.steps.title.text() == "Connection test succeeded"
    assert dialog.steps.detail.text() == "Changes will appear as Chantal Roy."
    assert not is_open(dialog, "done"), "she sees two companies: one has to be chosen"
    choose_company(dialog)
    assert dialog.steps.title.text() == "Connection test succeeded"
    press(dialog, "connection_done")
    saved = scene.saved("Procore (2)")
    assert (saved.acts_as, saved.details.company_name) == ("Chantal Roy", "Northern Lights Builders Ltd.")
    assert scene.house.secrets.get(held_name(saved.details.key, TOKENS)) is not None
    assert scene.names() == ["maestro*", "Procore", "Procore (2)"]


def test_f139_f142_a_refused_sign_in_is_told_cleanly_and_can_be_tried_again(scene: Scene) -> None:
    dialog = scene.add()
    dialog.fields.name.setText("Chantier Nord")
    scene.follow = refusing_browser
    press(dialog, "connection_main")
    assert dialog.steps.title.text() == "The sign-in was not finished. Nothing was changed."
    assert words(dialog, "main") == "Try again"
    assert dialog.fields.name.text() == "Chantier Nord" and dialog.fields.secret.entered
    scene.follow = browser
    press(dialog, "connection_main")
    assert dialog.steps.title.text() == "Connection test succeeded"


def test_f139_cancel_ends_the_waiting_with_a_clean_message(scene: Scene) -> None:
    dialog = scene.add()
    waiting = threading.Event()

    def stop_soon(_address: str) -> None:
        threading.Thread(target=lambda: (waiting.wait(10), dialog._stop()), daemon=True).start()
        waiting.set()

    scene.follow = stop_soon
    press(dialog, "connection_main")
    assert dialog.steps.title.text() == "The sign-in was not finished. Nothing was changed."
    assert dialog.isVisible() and is_open(dialog, "main")


def test_f139_a_code_can_be_pasted_instead(scene: Scene) -> None:
    dialog = scene.add()
    pages: list[str] = []

    def read_page(address: str) -> None:
        import httpx

        pages.append(httpx.get(address, trust_env=False).text)

    scene.follow = read_page
    press(dialog, "connection_paste")
    assert not is_open(dialog, "continue")
    dialog.code.setText(pages[0].partition('id="authorization_code">')[2].partition("<")[0])
    dialog.code.textEdited.emit(dialog.code.text())
    press(dialog, "connection_continue")
    assert dialog.steps.detail.text() == "Changes will appear as Chantal Roy."


def test_f141_f142_wrong_credentials_never_show_the_label_and_stay_in_the_form(scene: Scene) -> None:
    dialog = scene.service()
    dialog.fields.secret.setText("not-the-secret")
    press(dialog, "connection_main")
    assert dialog.steps.title.text() == "Procore refused the client ID or password of the connection “Procore”."
    assert (dialog.fields.secret.entered, words(dialog, "main")) == ("not-the-secret", "Try again")
    assert not is_open(dialog, "done")


def test_f142_enter_tests_what_was_typed_and_never_drops_it(scene: Scene) -> None:
    """In a field it presses the main button; after a failure it tries again; after success it saves."""
    dialog = scene.service()
    dialog.fields.name.setText("Nord")
    proposed = dialog.fields.secret.entered
    dialog.fields.secret.setText("not-the-secret")
    dialog.fields.client_id.setFocus()
    QTest.keyClick(dialog.fields.client_id, Qt.Key.Key_Return)
    assert words(dialog, "main") == "Try again"
    focus = dialog.focusWidget()
    assert focus is not None and focus is not dialog.buttons["cancel"]
    dialog.fields.secret.setText(proposed)
    QTest.keyClick(dialog.fields.client_id, Qt.Key.Key_Return)
    assert dialog.steps.title.text() == "Connection test succeeded"
    choose_company(dialog)
    QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    assert scene.saved("Nord").state is State.SUCCEEDED


def test_a_connection_that_failed_carries_its_sign(scene: Scene) -> None:
    """And every other state one that can be drawn, or none."""
    dialog = scene.service()
    dialog.fields.secret.setText("not-the-secret")
    press(dialog, "connection_main")
    press(dialog, "connection_untested")
    table = scene.page.model
    state = next(column for column in table.columns if column.id == "state")
    told = {table.loaded_row(row).name: table.cell_of(table.loaded_row(row), state) for row in range(table.rowCount())}
    assert told["Procore (2)"].words.kind == "error" and told["Procore (2)"].words.text.startswith("Procore refused")
    assert set(KINDS) == set(State) and set(KINDS.values()) <= {"", *MESSAGE_SIGNS}


def test_f143_done_opens_when_the_test_succeeded_and_closes_when_something_is_changed(scene: Scene) -> None:
    dialog = scene.service()
    assert not is_open(dialog, "done") and is_open(dialog, "untested")
    press(dialog, "connection_main")
    choose_company(dialog)
    assert is_open(dialog, "done") and not is_open(dialog, "untested")
    dialog.fields.client_id.setText("another")
    dialog.fields.client_id.textEdited.emit("another")
    assert not is_open(dialog, "done") and is_open(dialog, "untested")
    press(dialog, "connection_untested")
    assert scene.saved("Procore (2)").state is State.UNTESTED


def test_f144_f149_f150_the_name_is_optional_at_most_70_characters_and_has_a_hint(scene: Scene) -> None:
    fields = scene.service().fields
    assert fields.name.maxLength() == LONGEST_NAME == 70
    assert "identifies the connection" in fields.hint.text() and fields.hint.isVisible()
    assert fields.name.placeholderText() == "optional"
    press(scene.dialog, "connection_untested")
    assert "Procore (2)" in scene.names()


def test_f145_a_name_that_is_taken_is_warned_about_while_it_is_typed(scene: Scene) -> None:
    dialog = scene.service()
    dialog.fields.name.setText("procore")
    dialog.fields.name.textEdited.emit("procore")
    assert dialog.fields.rows["name"].problem.text() == "Another connection is already called “procore”."
    dialog.fields.name.setText("Chantier Nord")
    dialog.fields.name.textEdited.emit("Chantier Nord")
    assert not dialog.fields.rows["name"].is_wrong


def test_f147_a_part_of_the_name_finds_it_without_accents(scene: Scene) -> None:
    for name in ("Québec Métro", "Abitibi"):
        dialog = scene.service()
        dialog.fields.name.setText(name)
        press(dialog, "connection_untested")
    scene.page.search.setText("quebec")
    assert scene.names() == ["Québec Métro"]
    scene.page.search.setText("nowhere at all")
    assert scene.names() == [] and "No connection fits" in scene.page.empty.accessibleName()
    scene.page.search.setText("")
    scene.page.chips.choose("maestro")
    scene.page._filter()
    assert scene.names() == ["maestro*"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("api_url", "Procore API URL is required."),
        ("client_id", "Client ID is required."),
        ("client_secret", "Client Secret is required."),
    ],
)
def test_f151_f152_f153_a_blank_field_is_told_under_it(scene: Scene, name: str, said: str) -> None:
    dialog = scene.service()
    field_of = {"client_id": dialog.fields.client_id, "client_secret": dialog.fields.secret}
    if name == "api_url":
        dialog.fields.url.setCurrentText("")
    else:
        field_of[name].setText("")
    press(dialog, "connection_main")
    assert dialog.fields.rows[name].problem.text() == said
    assert dialog.steps.state == "idle", "nobody was asked"


def test_f151_domain_and_procore_api_url_are_one_field(scene: Scene) -> None:
    assert scene.service().fields.rows["api_url"].label.text() == "Procore API URL (Domain) *"


def test_f153_the_kept_secret_shows_as_dots(scene: Scene) -> None:
    dialog = scene.service()
    press(dialog, "connection_untested")
    scene.page.grid.selectRow(2)
    press(scene.page, "connections_edit")
    fields = scene.dialog.fields
    assert fields.secret.entered == "" and "•••" in fields.secret.placeholderText()
    assert fields.secret.echoMode() == QLineEdit.EchoMode.Password


def test_f154_the_help_shows_the_sign_in_and_the_success(scene: Scene, qtbot: Any) -> None:
    help_page = HelpPage(lambda *_: None)
    qtbot.addWidget(help_page)
    help_page.show_topic("connections")
    html = help_page.answers.toHtml()
    assert "picture:signing_in" in html and "picture:succeeded" in html
    assert "Procore Customer Log In" in help_page.answers.toPlainText()
    for state in ("signing_in", "succeeded"):
        drawn = picture(state).toImage()
        colours = {drawn.pixel(x, y) for x in range(0, drawn.width(), 3) for y in range(0, drawn.height(), 2)}
        assert len(colours) > 5, "nothing is drawn"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_state_has_words_in_both_languages(qtbot: Any, language: Any) -> None:
    i18n.set_language(language)
    steps = ConnectionSteps()
    qtbot.addWidget(steps)
    said = set()
    for state in SIGNS:
        steps.show_state(
            state, Problem("CON-02"), name="Chantal", code="ABC", address="https://microsoft.com/devicelogin"
        )
        said.add(steps.title.text())
    assert len(said) == len(SIGNS)


def test_f155_f158_the_platforms_stand_side_by_side_below_the_list(scene: Scene) -> None:
    grid = scene.page.capabilities
    assert (grid.rowCount(), grid.columnCount()) == (len(CAPABILITIES), 1 + len(Platform))
    cells = [[grid.item(row, column).text() for column in range(4)] for row in range(grid.rowCount())]
    assert ["Longest path", "Has none", "No limit known", "400 characters from the site's root"] in cells


def test_a_microsoft_application_is_added_with_its_secret(scene: Scene) -> None:
    dialog = scene.add(Platform.MICROSOFT)
    dialog.fields.way.setCurrentIndex(dialog.fields.way.findData("service"))
    dialog.fields.way.activated.emit(1)
    assert dialog.fields.rows["tenant"].isVisible() and not dialog.fields.rows["api_url"].isVisible()
    press(dialog, "connection_main")
    press(dialog, "connection_done")
    assert scene.saved("OneDrive / SharePoint").state is State.SUCCEEDED


def test_a_national_cloud_is_chosen_and_training_does_not_go_there(scene: Scene) -> None:
    dialog = scene.add(Platform.MICROSOFT)
    cloud = dialog.fields.cloud
    assert [cloud.itemData(row) for row in range(cloud.count())] == list(CLOUDS)
    assert (cloud.currentData(), dialog.fields.entered(dialog.draft.details).url) == ("global", "")
    fields = ConnectionFields(scene.page)
    for name, one in CLOUDS.items():
        cloud.setCurrentIndex(cloud.findData(name))
        details = dialog.fields.entered(dialog.draft.details)
        assert details.url == ("" if name == "global" else one.graph)
        fields.show_details(details)
        assert fields.cloud.currentData() == name
    dialog.fields.way.setCurrentIndex(dialog.fields.way.findData("service"))
    dialog.fields.way.activated.emit(1)
    assert dialog.fields.rows["cloud"].isVisible()
    press(dialog, "connection_main")
    assert dialog.steps.state == "failed" and not dialog.buttons["done"].isEnabled()
    cloud.setCurrentIndex(cloud.findData("global"))
    press(dialog, "connection_main")
    press(dialog, "connection_done")
    assert scene.saved("OneDrive / SharePoint").state is State.SUCCEEDED
    scene.page.grid.selectRow(scene.names().index("OneDrive / SharePoint"))
    press(scene.page, "connections_edit")
    assert not scene.dialog.fields.cloud.isEnabled(), "its account is of that cloud"


def test_the_connection_of_configuration_is_tested_and_named_but_not_removed(scene: Scene) -> None:
    """F146: it may be given a name, which history and title show."""
    scene.page.grid.selectRow(1)
    assert not scene.page.buttons["remove"].isEnabled()
    press(scene.page, "connections_test")
    assert scene.page.notice.words.startswith("Connection test succeeded. Changes will appear as")
    press(scene.page, "connections_edit")
    assert not scene.dialog.fields.rows["api_url"].isVisible()
    scene.dialog.fields.name.setText("Belle-Rivière – production")
    press(scene.dialog, "connection_done")
    assert scene.names()[1] == "Belle-Rivière – production"


def test_a_connection_is_removed_after_a_question(scene: Scene) -> None:
    press(scene.service(), "connection_untested")
    scene.page.grid.selectRow(2)
    press(scene.page, "connections_remove")
    assert "Remove the connection “Procore (2)”?" in scene.page.notice.words
    press(scene.page.notice, "notice_yes")
    assert scene.names() == ["maestro*", "Procore"]


def test_an_ended_sign_in_has_a_button_that_signs_in_again(scene: Scene, control: Control) -> None:
    """CON-01: a message of a run leads here, the button opens Procore's page, and the line works again."""
    dialog = scene.add()
    press(dialog, "connection_main")
    choose_company(dialog)
    press(dialog, "connection_done")
    saved = scene.saved("Procore (2)")
    journal: Any = scene.house.journal
    journal.put_connection({"id": saved.id, "problem": Problem("CON-01", {"name": saved.name}).to_json()})
    scene.page.grid.selectRow(0)
    scene.page.show_ended("")
    assert "has ended" in scene.page.notice.words
    assert scene.page.row.name == "Procore (2)"
    press(scene.page.notice, "notice_yes")
    assert scene.dialog.steps.title.text() == "Connection test succeeded"
    press(scene.dialog, "connection_done")
    assert scene.saved("Procore (2)").state is State.SUCCEEDED


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("platform", [Platform.PROCORE, Platform.MICROSOFT])
def test_each_button_of_the_window_has_an_alt_key_of_its_own(scene: Scene, language: Any, platform: Platform) -> None:
    """Cancel has Escape."""
    i18n.set_language(language)
    dialog = scene.add(platform)
    for state in ("idle", "pasted", "failed"):
        dialog._show_step(state, Problem("CON-02") if state == "failed" else None)
        shown = [button for name, button in dialog.buttons.items() if button.isVisible() and name != "cancel"]
        keys = [button.text().partition("&")[2][:1].casefold() for button in shown]
        assert all(keys) and len(set(keys)) == len(keys), (state, keys)


def test_tab_goes_through_the_page_as_the_eye_does(scene: Scene, qtbot: Any) -> None:
    scene.page.activateWindow()
    qtbot.waitActive(scene.page)
    scene.page.page_shown()
    assert tabbed() == [
        *("connections", "connection_capabilities", "chip_all", "connection_search"),
        *("connections_add", "connections_edit", "connections_test"),
    ]


def test_everything_speaks_french(scene: Scene) -> None:
    dialog = scene.service()
    i18n.set_language("fr")
    scene.page.retranslate()
    assert dialog.windowTitle() == "Ajouter une connexion"
    assert dialog.fields.rows["api_url"].label.text() == "Adresse de l'API Procore (domaine) *"
    model = scene.page.model
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert "Agit au nom de" in titles


# --- the name elsewhere -------------------------------------------------------------------------------------


def test_f146_f148_the_name_stands_in_list_title_and_history_and_narrows_the_history(scene: Scene, qtbot: Any) -> None:
    """A project of Documents goes through another connection than the records."""
    house = scene.house
    scene.page.grid.selectRow(1)
    press(scene.page, "connections_edit")
    scene.dialog.fields.name.setText("Belle-Rivière")
    press(scene.dialog, "connection_done")
    assert house.views.connection_told() == "Belle-Rivière"
    dialog = scene.service()
    dialog.fields.name.setText("Northern Lights")
    press(dialog, "connection_main")
    choose_company(dialog)
    press(dialog, "connection_done")
    wanted = NewFileProject("Twin", TWIN_PROJECT, "drive", "folder", ["documents"], procore_connection=1)
    house.commands.files.add(wanted, OTHER_COMPANY)
    house.commands.synchronize("suppliers")

    window = MainWindow({})
    qtbot.addWidget(window)
    window.show_desk(house.desk(), "Constructions Belle-Rivière")
    window.show_connection(house.views.connection_told())
    assert window.windowTitle().endswith("Constructions Belle-Rivière – Belle-Rivière")

    manager = ManagerPage(house.desk(), lambda *_: None, ask=ask_now)
    qtbot.addWidget(manager)
    manager.show()
    manager.page_shown()
    place = next(n for n, column in enumerate(manager.request_model.columns) if column.id == "connection")

    def shown() -> list[str]:
        model = manager.request_model
        return [str(model.data(model.index(row, place))) for row in range(model.rowCount())]

    assert shown() == ["Belle-Rivière", "Northern Lights"]
    assert manager.connection.isVisible()
    for name in ("Northern Lights", "Belle-Rivière"):
        manager.connection.setCurrentText(name)
        manager.connection.activated.emit(0)
        assert shown() == [name]


def test_a_history_of_one_connection_has_no_filter_for_it(scene: Scene, qtbot: Any) -> None:
    manager = ManagerPage(scene.house.desk(), lambda *_: None, ask=ask_now)
    qtbot.addWidget(manager)
    manager.show()
    manager.page_shown()
    assert manager.connection.isHidden() and manager.connection.chosen is None
    assert scene.house.views.connection_told() == ""


def test_f181_the_wizard_lists_the_projects_of_the_chosen_connection(scene: Scene, qtbot: Any) -> None:
    """A project of another company is added through its own connection."""
    dialog = scene.service()
    dialog.fields.name.setText("Northern Lights")
    press(dialog, "connection_main")
    choose_company(dialog)
    press(dialog, "connection_done")
    desk: Any = scene.house.desk()
    draft = Draft()
    step = ProjectsPage(draft, desk.choosing, Questions(ask_now, scene.page))
    qtbot.addWidget(step)
    step.show()
    step.enter()
    assert step.connection.isVisible() and step.connection.count() == 2
    assert step.list.count() > 5
    step.connection.setCurrentText("Northern Lights")
    step.connection.activated.emit(1)
    assert [step.list.item(row).text() for row in range(step.list.count())] == [f"NL-1 – {TWIN_NAME}"]
    step.list.item(0).setCheckState(Qt.CheckState.Checked)
    assert (draft.connection, draft.projects) == (1, {TWIN_PROJECT: TWIN_NAME})
    step.connection.setCurrentIndex(0)
    step.connection.activated.emit(0)
    assert (draft.connection, draft.projects) == (0, {})
