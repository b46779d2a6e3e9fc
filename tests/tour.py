"""A walk through the window: `python -m tests.tour DIR` writes a picture of every page and state, in both languages.

The real program runs in training, with its engine and a sandbox that answers one write late and refuses one list for
its call limit, so that "in progress" and "waiting for the call limit" really happen, at the same place on any computer.
The exit code is 1 when a visible word is cut off.
"""

import argparse
import asyncio
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.model.elements import built_elements
from maestro_procore.model.link_states import Deed
from maestro_procore.model.problems import Problem
from maestro_procore.model.reconciliation import Bridge, Held, Line, Reconciliation
from tests.programs import Control, sandbox_process
from tests.settling import settle, until

SIZE = "1280x800"
SLOW: dict[str, Any] = {"method": "GET", "path": "*/v1.0/*", "delay_seconds": 3.0}
SANDBOX = ("--company", "small", "--latency-ms", "20", "--spike-limit", "1000")
FAULTS: tuple[dict[str, Any], ...] = (
    {"method": "PATCH", "path": "*/projects/sync", "delay_seconds": 3.0},
    {"method": "GET", "path": "*/v1.0/vendors", "status": 429, "headers": {"Retry-After": "15"}, "body": {}},
)
PATIENCE_SECONDS = 400.0
"""Only how long a failure takes to be told: seven elements are synchronized in the meantime."""
PASSWORD = "correct horse battery"  # typed into the form; must never be readable in a picture


class Tour:
    """Walks, waits for what must appear, and takes pictures in both languages."""

    def __init__(self, app: Any, program: Any, control: Control, folder: Path, open_house: Callable[[], Any]) -> None:
        self.app, self.program, self.control, self.folder = app, program, control, folder
        self.open_house = open_house
        """What the command line opens beside the window, on the same profile."""
        self.window = program.window
        self.number = 0
        self.cuts: list[str] = []

    def settle(self) -> None:
        """The journal as it is now is what the window shows, however long the machine takes for it."""
        self.program.look()
        self.window.refresh()
        settle()

    def until(self, happened: Callable[[], Any], what: str) -> None:
        """Errors: TimeoutError, naming what did not happen."""
        until(happened, what, PATIENCE_SECONDS)

    def picture(self, name: str, say: Callable[[], object] = lambda: None) -> None:
        """NN-NAME-en.png and NN-NAME-fr.png. say: puts on the page what a change of language takes away."""
        self.number += 1
        for language in ("en", "fr"):
            self.program.set_language(language)
            say()
            self.settle()
            file = self.folder / f"{self.number:02}-{name}-{language}.png"
            self.window.grab().save(str(file))
            self.cuts += [f"{file.name}: {cut}" for cut in _cut_words(self.window)]
        self.program.set_language("en")
        self.settle()


def _cut_words(window: Any) -> list[str]:
    from tests.tour_cuts import cut_words

    return cut_words(window)


def walk(tour: Tour) -> None:
    """Every page and every important state."""
    window, program = tour.window, tour.program
    tour.picture("opening")
    program._open()
    tour.until(lambda: program.desk is not None, "the journal is open")
    tour.until(lambda: window.page is not None and window.page.pane is not None, "the tabs are there")
    tour.settle()
    tour.picture("synchronization-before")
    _configuration(tour)
    _run(tour)
    _lines(tour)
    _manager(tour)
    window.navigate("configuration")
    tour.settle()
    tour.picture("configuration-after")
    window.navigate("configuration", {"map": ("cost_types", "")})
    tour.settle()
    tour.picture("configuration-values")
    with _open_form(tour) as page:
        page.ask_new_pairing()
        tour.picture("configuration-new-pairing")
    window.navigate("task_management")
    tour.settle()
    tour.picture("task-management")
    window.navigate("duplicates")
    tour.until(lambda: window.page.again.isEnabled(), "the suppliers are compared")
    tour.settle()
    tour.picture("duplicates")
    _links(tour)
    _reconciliation(tour)
    _wizard(tour)
    _documents(tour)
    _connections(tour)
    window.navigate("task_management")
    window.show_help()
    tour.picture("help-configuration")
    window.navigate("help", {"topic": "keyboard"})
    tour.picture("help-keyboard")
    _appearances(tour)


def _configuration(tour: Tour) -> None:
    window = tour.window
    window.navigate("configuration")
    tour.until(lambda: window.page._configuration is not None, "the form is filled")
    tour.picture("configuration-training")
    with _open_form(tour) as page:
        page.form.url.setEditText("https://sandbox.procore.com")
        page.form.client_id.setText("4f5d0a7c11e2")
        page.form.password.setText(PASSWORD)
        tour.picture("configuration-sandbox-typed")
        page.form.url.setEditText("http://api.procore.com")
        page.form.client_id.setText("")
        page.save_all()
        rows = page.grid.rows
        for row in range(rows.rowCount()):
            rows.setData(rows.index(row, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
        tour.picture("configuration-errors")


@contextmanager
def _open_form(tour: Tour) -> Iterator[Any]:
    """The form as IT sees it outside training: nothing is locked. Nothing is saved here."""
    window, desk = tour.window, tour.program.desk
    free = dataclasses.replace(desk, commands=dataclasses.replace(desk.commands, is_locked=False))
    page = window._make_pages["configuration"](free, window.navigate, window)
    window.stack.addWidget(page)
    locked, window._pages["configuration"] = window._pages["configuration"], page
    window.navigate("configuration")
    tour.until(lambda: page._configuration is not None, "the open form is filled")
    yield page
    window._pages["configuration"] = locked
    window.stack.removeWidget(page)
    page.deleteLater()


def _run(tour: Tour) -> None:
    window, program = tour.window, tour.program
    window.navigate("synchronization", {"element": "suppliers"})
    program.desk.commands.synchronize_all()
    tour.until(lambda: _state(tour, "projects") == "running", "the run has started")
    window.navigate("synchronization", {"element": "projects"})
    tour.until(lambda: _is_sent(tour, "projects"), "the projects are being sent")
    tour.picture("synchronization-during")
    program.quit()
    tour.picture("quit-question")
    window.notice.hide()
    tour.until(lambda: _waits(tour), "the call limit is reached")
    window.navigate("synchronization", {"element": "suppliers"})
    tour.settle()
    tour.picture("synchronization-waiting")
    window.navigate("manager")
    tour.settle()
    tour.picture("manager-waiting")
    window.navigate("synchronization")
    tour.until(lambda: all(_state(tour, element.name) == "" for element in built_elements()), "the run has ended")
    tour.settle()


def _lines(tour: Tour) -> None:
    window = tour.window
    for element in built_elements():
        window.navigate("synchronization", {"element": element.name})
        tour.until(lambda: window.page.pane.model.rowCount() > 0, f"the {element.name} are listed")
        tour.settle()
        tour.picture(f"synchronization-{element.name}")
    window.navigate("synchronization", {"element": "suppliers"})
    pane = window.page.pane
    tour.until(lambda: pane.model.rowCount() > 0, "the suppliers are listed")
    pane.open_line(0)
    tour.until(pane.detail.isVisible, "the detail is open")
    tour.settle()
    tour.picture("line-detail")
    pane.open_line(_row_where(tour, pane, lambda line: line.message is not None and line.message.kind == "information"))
    tour.picture("line-not-sent")
    row = _row_where(tour, pane, lambda line: line.has_question)  # which record is meant (SUP-04)
    pane.grid.selectRow(row)
    pane.open_line(row)
    tour.settle()
    tour.picture("question-near-duplicate")
    pane.close_below()
    pane.start_preview()
    tour.until(lambda: _has_preview(tour), "the preview has ended")
    tour.until(pane.preview.isVisible, "the preview is open")
    tour.settle()
    tour.picture("preview")
    pane.close_below()
    pane.bar.filter.setText("zzzz")
    tour.settle()
    tour.picture("synchronization-nothing-found")
    pane.clear_filters()


def _row_where(tour: Tour, pane: Any, is_it: Callable[[Any], bool]) -> int:
    """Row of the first line of that sort."""
    lines = tour.program.desk.views.lines(pane.element, pane.model.query, 0, 1000)
    return next(row for row, line in enumerate(lines) if is_it(line))


def _manager(tour: Tour) -> None:
    window = tour.window
    window.navigate("manager")
    tour.until(lambda: window.page.request is not None, "a request is chosen")
    tour.settle()
    tour.picture("manager")
    page = window.page
    requests = tour.program.desk.views.requests(_all_requests(), 0, 50)
    page.show_request(next(r.id for r in requests if r.element == "suppliers" and not r.is_preview))
    tour.until(lambda: page.action_model.rowCount() > 0, "its actions are listed")
    tour.settle()
    page.action_grid.selectRow(_newest_with_a_line(tour, page))
    tour.settle()
    for place in range(page.detail.count()):
        page.detail.setCurrentIndex(place)
        tour.settle()
        tour.picture(f"manager-detail-{place + 1}")
    page.go_to_line.click()
    tour.until(lambda: window.here == "synchronization" and window.page.pane.detail.isVisible(), "the line is open")
    tour.settle()
    tour.picture("line-from-the-manager")
    pane = window.page.pane
    tour.picture("open-in-procore-in-training", lambda: pane.remedies.carry_out("open_in_procore", pane.detail.line))
    pane.close_below()


def _newest_with_a_line(tour: Tour, page: Any) -> int:
    """Row of the last action about a record that has a page."""
    request_id, query = page.action_model.query
    actions = tour.program.desk.views.actions(request_id, query, 0, 1000)
    return max(row for row, action in enumerate(actions) if action.element == "suppliers" and action.maestro_key)


def _links(tour: Tour) -> None:
    window = tour.window
    window.navigate("links", {"element": "suppliers"})
    page = window.page
    tour.until(lambda: page.row is not None, "the links are listed")
    tour.settle()
    tour.picture("links")
    page.start(Deed.RELINK)
    tour.until(lambda: page.chooser.table.rowCount() > 0, "there are records to choose from")
    tour.settle()
    tour.picture("links-another-record")
    page.chooser.cancel.click()
    tour.picture("links-unlink-question", lambda: page.start(Deed.UNLINK))
    page.notice.hide()


def _reconciliation(tour: Tour) -> None:
    """Nothing yet, one under way, and one that has ended, with figures that no practice company has."""
    window, desk = tour.window, tour.program.desk
    window.navigate("reconciliation")
    page = window.page
    tour.settle()
    tour.picture("reconciliation-none")
    tour.control.plant(SLOW)
    page.reconcile()
    tour.until(lambda: page.row is not None and page.row.state not in ("queued",), "the reconciliation has begun")
    tour.settle()
    tour.picture("reconciliation-under-way")
    request_id = page.row.request_id
    desk.commands.cancel(request_id)
    tour.until(lambda: desk.views.request(request_id).ended_at is not None, "it has ended")
    journal = desk.commands.journal
    with journal.begin() as tx:
        journal.keep_reconciled(tx, request_id, "26003", Reconciliation(_reconciled_lines()))
        journal.put_reconciliation(tx, request_id, agrees=False, made_at=desk.commands.clock.now())
    journal.change_request(request_id, state="failed", errors=1, problem=Problem("REC-16", {"n": 1}).to_json())
    tour.until(lambda: page.model.rowCount() > 1, "its lines are listed")
    page.grid.selectRow(1)
    tour.settle()
    tour.picture("reconciliation")
    page.chips.choose("unexplained")
    page.chips.chosen.emit("unexplained")
    page.foot.reviewed_by.setText("J. Roy, CPA")
    tour.settle()
    tour.picture("reconciliation-unexplained")


def _wizard(tour: Tour) -> None:
    """Every step of *Add project*, by keys; closed before its start, so that the project waits in the list."""
    window = tour.window
    window.navigate("documents")
    page = window.page
    tour.settle()
    page.add_project()
    wizard, first = page.wizard, page.wizard.pages[0]
    tour.until(lambda: first.list.count() > 0, "Procore's projects are listed")
    tour.picture("wizard-projects-none")
    row = next(row for row in range(first.list.count()) if "26003" in first.list.item(row).text())
    first.list.item(row).setCheckState(Qt.CheckState.Checked)
    tour.settle()
    tour.picture("wizard-projects")
    wizard.go_on()
    second = wizard.pages[1]
    tour.until(lambda: second.tree.tree.topLevelItemCount() > 1, "the sites are listed")
    tour.settle()
    tour.picture("wizard-place-none")
    site = second.tree.tree.topLevelItem(1)
    site.setExpanded(True)
    tour.until(lambda: site.childCount() > 0, "its libraries are listed")
    second.tree.tree.setCurrentItem(site.child(0))
    tour.until(lambda: second.draft.targets, "the destination was looked at")
    tour.settle()
    tour.picture("wizard-place")
    wizard.go_on()
    tour.until(lambda: wizard.buttons["next"].isEnabled(), "both sides are compared")
    tour.settle()
    tour.picture("wizard-checks")
    wizard.go_on()
    tour.until(lambda: wizard.buttons["next"].isEnabled(), "the plan is counted")
    tour.settle()
    tour.picture("wizard-plan")
    wizard.go_on()
    tour.until(lambda: wizard.buttons["next"].isEnabled(), "it may start")
    tour.settle()
    tour.picture("wizard-start")
    wizard.close_wizard()
    tour.settle()
    tour.picture("documents-not-started")
    tour.open_house().commands.files.remove(page.row.id)
    tour.settle()


def _connections(tour: Tour) -> None:
    """Both connections of Configuration, tested; and what the platforms can do."""
    tour.window.navigate("connections")
    page = tour.window.page
    tour.settle()
    for place in range(2):
        page.grid.selectRow(place)
        tour.settle()
        page.start("test")
        tour.settle()
    page.notice.hide()
    tour.picture("connections")


def _documents(tour: Tour) -> None:
    """No project yet; a plan and the question before it; in step; paused by a renamed folder."""
    window, house = tour.window, tour.open_house()
    files = house.commands.files
    window.navigate("documents")
    page = window.page
    tour.settle()
    tour.picture("documents-none")
    linked = house.procore_project("26003")
    place = asyncio.run(_library(house))
    wanted = NewFileProject(linked["name"], linked["id"], tools=("documents", "photos"), **place)
    files.add(wanted, house.procore_company)
    tour.until(lambda: page.row is not None and page.row.phase == "planned", "the plan waits for approval")
    tour.until(lambda: not page.row.is_running, "the request has ended")
    page.tabs.setCurrentWidget(page.plan)
    tour.settle()
    tour.picture("documents-plan", lambda: page.start("approve"))
    files.approve(page.row.id)
    tour.until(lambda: page.row.phase == "regular" and not page.row.is_running, "the first synchronization is over")
    page.tabs.setCurrentWidget(page.activity)
    tour.settle()
    tour.picture("documents-activity")
    for part in (
        page.overview,
        page.conflicts,
        page.held,
        page.apart,
        page.runs,
        page.trash,
        page.policy,
        page.options,
    ):
        page.tabs.setCurrentWidget(part)
        tour.settle()
        tour.picture(f"documents-{part.name}")
    files.pause(page.row.id)
    tour.settle()
    tour.picture("documents-paused", lambda: page.start("reset"))
    page.notice.hide()
    house.close()


async def _library(house: Any) -> dict[str, Any]:
    """The library of the practice company, as `documents add` finds it."""
    try:
        destinations = await house.files.destinations("")
        found = await destinations.root(await house.files.usual_drive(destinations))
        return {"drive_id": found.drive_id, "parent_id": found.id, "destination": found.web_url}
    finally:
        await house.files.close()


def _reconciled_lines() -> tuple[Line, ...]:
    """A line that agrees, one with two causes, one with a cent that nobody can name."""
    told = Problem("CST-10", {"no": "57", "a": "USD", "project": "26003", "b": "CAD"})
    invoices = Bridge("REC-01", (Held("41 F-88213", Decimal("15128.64")), Held("44 F-3307", Decimal("1343.23"))))
    error = Bridge("REC-07", (Held("57 F-5521", Decimal("7531.34"), told),))
    costs, revised = ("costs", "to_date"), ("budgets", "revised")
    return (
        Line("26003", costs, "01-100.M", "CAD", Decimal("34873.97"), Decimal("34873.97")),
        Line("26003", costs, "03-300.S", "CAD", Decimal("24003.21"), Decimal("0.00"), (invoices, error)),
        Line("26003", revised, "05-120.M", "CAD", Decimal("541341.47"), Decimal("541341.46")),
    )


def _appearances(tour: Tour) -> None:
    tour.window.navigate("synchronization", {"element": "suppliers"})
    for choice in ("dark", "contrast"):
        tour.program._choose_appearance(choice)
        tour.settle()
        tour.picture(f"synchronization-{choice}")
    tour.program._choose_appearance("light")


def _all_requests() -> Any:
    from maestro_procore.store.views import RequestQuery

    return RequestQuery()


def _state(tour: Tour, element: str) -> str:
    """State of the element's open request, '' when none is open."""
    row = next(row for row in tour.program.desk.views.elements() if row.name == element)
    return row.active_request.state if row.active_request is not None else ""


def _is_sent(tour: Tour, element: str) -> bool:
    """From the moment in which lines turn; on a slow machine it may be over before it was seen."""
    row = next(row for row in tour.program.desk.views.elements() if row.name == element)
    active = row.active_request
    return active is None or active.progress_step == "sending"


def _has_preview(tour: Tour) -> bool:
    newest = tour.program.desk.views.requests(_all_requests(), 0, 1)[0]
    return newest.is_preview and newest.ended_at is not None


def _waits(tour: Tour) -> bool:
    rows = [row.active_request for row in tour.program.desk.views.elements()]
    return any(row is not None and row.state == "waiting" and row.resumes_at is not None for row in rows)


# --- start -----------------------------------------------------------------------------------------


@contextmanager
def sandbox() -> Iterator[Control]:
    """One that will stumble twice."""
    with sandbox_process(*SANDBOX) as control:
        control.plant(*FAULTS)
        yield control


@contextmanager
def screen(size: str) -> Iterator[None]:
    """An X server of our own when there is one (as people see it), else Qt's offscreen platform."""
    server = shutil.which("Xvfb")
    if os.environ.get("QT_QPA_PLATFORM") or server is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        yield
        return
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as child:
        os.close(write)
        with os.fdopen(read) as number:
            os.environ["DISPLAY"] = f":{number.readline().strip()}"
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        try:
            yield
        finally:
            child.terminate()


def tour(folder: Path, size: str) -> list[str]:
    """Take all pictures; returns what is cut off."""
    from PySide6.QtWidgets import QApplication

    from maestro_procore.gui.application import Application
    from maestro_procore.places import open_profile
    from maestro_procore.wiring import House

    width, height = map(int, size.split("x"))
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as place, sandbox() as control:
        profile = open_profile(Path(place) / "profile", training=True)

        def open_house() -> House:
            return House(profile, True, control.url, None)

        def open_desk() -> Any:
            return open_house().desk()

        program = Application(app, open_desk, profile, is_training=True)
        program.set_language("en")
        program.remembered.appearance = "light"
        program.window.resize(width, height)
        program.window.show()
        guide = Tour(app, program, control, folder, open_house)
        try:
            walk(guide)
        finally:
            program.quit_now()
            program.finish()
    return guide.cuts


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tour", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--size", default=SIZE, help=f"of the window, default {SIZE}")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with screen(arguments.size):
        cuts = tour(arguments.folder, arguments.size)
    for cut in cuts:
        print(cut)
    print(f"{len(list(arguments.folder.glob('*.png')))} pictures in {arguments.folder}, {len(cuts)} cut words")
    return 1 if cuts else 0


if __name__ == "__main__":
    sys.exit(main())
