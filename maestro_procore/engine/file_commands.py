"""What a person may ask about the files of projects. Each command checks, writes into the journal, and returns.

Whoever runs the engine does the work; only choosing a destination asks Microsoft, and that is the wizard's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from maestro_procore.engine import file_destination, file_layout, file_policies
from maestro_procore.engine.file_binding import BOTH_WAYS, IN_TOOL, LAYOUTS, MERGE, MIRROR, NEW
from maestro_procore.engine.file_destination import Destination
from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.engine.file_restoring import copy_from_trash, wish_for_version, wish_from_trash
from maestro_procore.engine.file_trash import TrashFolder
from maestro_procore.engine.file_undoing import UndoPreview, preview_undo, wish_to_undo
from maestro_procore.engine.file_versions import found
from maestro_procore.i18n import current_language
from maestro_procore.model import file_settings
from maestro_procore.model import settings as settings_table
from maestro_procore.model.elements import FILES, FILES_FULL, FILES_MODE, FILES_PROOF
from maestro_procore.model.file_items import FileSide, Flow
from maestro_procore.model.file_mail import MAIL_LANGUAGES, MailState, checked, wish_of
from maestro_procore.model.file_phases import TOP_FOLDER, FilePhase
from maestro_procore.model.file_plan import ConflictChoice
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Clock, Journal, Row

COPIED: Final = (
    *("daily_log", "rfis", "submittals", "drawings", "specifications"),
    *("meetings", "punch_list", "observations", "inspections", "instructions"),
)
FLOWS: Final[Mapping[str, Flow]] = {
    **dict.fromkeys(BOTH_WAYS, Flow.BOTH),
    **dict.fromkeys(COPIED, Flow.TO_DRIVE),
}
"""Tool → the arrow that it starts with (C5)."""
DAILY_LOG: Final = "daily_log"
HOLD_CHOICES: Final = ("apply", "restore", "detach")


@dataclass(frozen=True)
class NewFileProject:
    """What the wizard or the command line says about a project to add.

    parent_id: folder of the drive that is to hold the top folder, or the one that layout says (file_binding.LAYOUTS);
    destination: its address.
    tools: names of FLOWS, in their order.
    """

    name: str
    procore_project: int
    drive_id: str
    parent_id: str
    tools: Sequence[str]
    option: str = MIRROR
    account: str = ""
    """Key of a Microsoft connection, or id of an account; '' where there is one only."""
    procore_connection: int = 0
    """Of model/connections.py; 0 is that of Configuration."""
    drive_kind: str = "business"
    destination: str = ""
    top_name: str = TOP_FOLDER
    settings: Mapping[str, Any] | None = None
    attaches_to_daily_log: bool = False
    """What people add to a day in the drive becomes an attachment of its log (C5)."""
    layout: str = NEW


def _flow(tool: str, attaches: bool) -> Flow:
    return Flow.TO_DRIVE_ADDING if attaches and tool == DAILY_LOG else FLOWS[tool]


@dataclass(frozen=True)
class FileCommands:
    """Of one person. may: whether he may synchronize; may_configure: whether he may add and remove projects."""

    journal: Journal
    files: FileJournal
    clock: Clock
    user: str
    may: bool
    may_configure: bool
    trash: TrashFolder | None = None

    # --- projects ---------------------------------------------------------------------------------

    def add(self, wanted: NewFileProject, procore_company: int) -> Row:
        """A new project, and the request that looks at both sides and plans. Nothing is copied before `approve`.

        Raises Refused: CFG-12 without the right, DOC-17 when that Procore project is synchronized already, DOC-18 for
        an unknown tool or option, DOC-73 for a folder whose files are synchronized already.
        """
        self._needs(self.may_configure)
        unknown = [tool for tool in wanted.tools if tool not in FLOWS]
        if wanted.attaches_to_daily_log and DAILY_LOG not in wanted.tools:
            raise Refused(Problem("DOC-18", {"name": DAILY_LOG}))
        if unknown or not wanted.tools or wanted.option not in (MIRROR, MERGE):
            raise Refused(Problem("DOC-18", {"name": ", ".join(unknown) or wanted.option or "-"}))
        if wanted.layout not in LAYOUTS or (wanted.layout == IN_TOOL and len(wanted.tools) > 1):
            raise Refused(Problem("DOC-18", {"name": wanted.layout}))  # one folder holds the files of one tool
        same = (procore_company, wanted.procore_project)
        known = self.files.file_projects()
        for row in known:
            if (row["procore_company"], row["procore_project"]) == same:
                raise Refused(Problem("DOC-17", {"name": row["name"]}))
        holder = file_layout.holder(self.files, known, wanted.drive_id, wanted.parent_id, wanted.layout)
        if holder is not None:
            raise Refused(Problem("DOC-73", {"name": holder}))
        now = self.clock.now()
        project = {
            "name": wanted.name,
            "procore_company": procore_company,
            "procore_project": wanted.procore_project,
            "procore_connection": wanted.procore_connection,
            "account": wanted.account,
            "drive_id": wanted.drive_id,
            "drive_kind": wanted.drive_kind,
            "destination": wanted.destination,
            "parent_id": wanted.parent_id,
            "top_name": file_layout.top_name(
                known, procore_company, wanted.drive_id, wanted.parent_id, wanted.top_name
            ),
            "option": wanted.option,
            "phase": FilePhase.ADDED.value,
            "phase_at": now,
            "settings": {**(wanted.settings or {}), **({} if wanted.layout == NEW else {"layout": wanted.layout})},
            "added_by": self.user,
            "added_at": now,
        }
        with self.files.begin() as tx:
            number = self.files.add_file_project(
                tx,
                project,
                [
                    {"tool": tool, "flow": _flow(tool, wanted.attaches_to_daily_log).value, "name": ""}
                    for tool in wanted.tools
                ],
            )
            self.files.join_trash(tx, number)
        return self.synchronize(number)

    def synchronize(self, project_id: int, *, full: bool = False, preview: bool = False) -> Row:
        """Writes a request down, or gives back the one of that project that has not ended."""
        self._needs(self.may)
        project = self._project(project_id)
        return submit(self.journal, project, self.clock.now(), self.user, full=full, preview=preview)

    def prove(self, project_id: int) -> Row:
        """Asks for a signed report that both sides hold what was agreed; changes nothing on either of them."""
        self._needs(self.may)
        project = self._project(project_id)
        return submit(self.journal, project, self.clock.now(), self.user, mode=FILES_PROOF)

    def approve(self, project_id: int) -> Row:
        """Lets the plan of a first synchronization go. Raises Refused (DOC-19) when there is none to approve."""
        self._needs(self.may)
        project = self._project(project_id)
        if FilePhase(project["phase"]) is not FilePhase.PLANNED:
            raise Refused(Problem("DOC-19", {"name": project["name"]}))
        self._change(project, FilePhase.FIRST_SYNC, approved_by=self.user, problem=None)
        return self.synchronize(project_id)

    def pause(self, project_id: int) -> None:
        """Stops looking at a project until somebody lets it go on."""
        self._needs(self.may)
        project = self._project(project_id)
        told = Problem("DOC-20", {"user": self.user}).to_json()
        self._change(project, FilePhase.PAUSED, problem=told, phase_before=project["phase"])

    def go_on(self, project_id: int, *, repair: bool = False, accept: bool = False) -> Row:
        """Ends a pause. repair: first gives the three top levels their names and places back (F198).

        accept: takes their new names and places for good instead, without a call that writes.
        """
        self._needs(self.may)
        project = self._project(project_id)
        if FilePhase(project["phase"]) is FilePhase.PAUSED:
            before = FilePhase(project["phase_before"] or FilePhase.REGULAR.value)
            self._change(project, before, problem=None, wants_repair=repair, accepts_names=accept and not repair)
        return self.synchronize(project_id)

    def reset(self, project_id: int) -> None:
        """Forgets what was agreed, keeps every file on both sides (F233); the next plan compares them anew."""
        self._needs(self.may_configure)
        project = self._project(project_id)
        with self.files.begin() as tx:
            for pair in project["pairs"]:
                self.files.forget_file_pair(tx, pair["id"])
            fresh = {"phase": FilePhase.ADDED.value, "phase_at": self.clock.now(), "problem": None}
            self.files.change_file_project(project_id, within=tx, option=MERGE, completed_at=None, **fresh)

    def move_destination(self, project_id: int, place: Destination) -> Row:
        """Another place in a drive; the request that plans anew. Raises Refused (DOC-90) while it is synchronized."""
        self._needs(self.may_configure)
        project = self._project(project_id)
        under_way = any(
            request["element"] == FILES and request["project"] == str(project_id)
            for request in self.journal.open_requests()
        )
        file_destination.change(self.files, project, place, is_under_way=under_way)
        return self.synchronize(project_id)

    def remove(self, project_id: int) -> None:
        """Takes a project out of the list; every file stays where it is, and its trash until its time is over."""
        self._needs(self.may_configure)
        project = self._project(project_id)
        with self.files.begin() as tx:
            policy = file_settings.effective(self.files.file_settings(tx, project_id))
            self.files.part_trash(tx, project, int(policy["trash_days"]))
            self.files.remove_file_project(tx, project_id)

    def change_settings(self, project_id: int, values: Mapping[str, Any]) -> None:
        """Policy of one project: see model/file_policy.py."""
        self._needs(self.may_configure)
        self._project(project_id)
        with self.files.begin() as tx:
            held = self.files.file_settings(tx, project_id)
            self.files.change_file_project(project_id, within=tx, settings={**held, **values})

    def change_policy(self, project_id: int, values: Mapping[str, Any]) -> list[str]:
        """Conflicts, patterns, sizes, guards, one-way mode and schedule: model/file_settings.py. The changed keys.

        Raises Refused: CFG-12, DOC-16, and what model.file_settings.check says.
        """
        self._needs(self.may_configure)
        return file_policies.change(self.files, self._project(project_id), values, FLOWS)

    def notify(self, project_id: int, to: Sequence[str] | None, language: str | None = None) -> None:
        """Who gets a message when the first synchronization is complete: [] nobody, None whoever the settings name.

        language: en · fr · both; None is the company's. Raises Refused: DOC-60 for what is no address, DOC-18.
        """
        if language is not None and language not in MAIL_LANGUAGES:
            raise Refused(Problem("DOC-18", {"name": language}))
        self.change_settings(project_id, {"mail_to": None if to is None else checked(to), "mail_language": language})

    def notification(self, project_id: int) -> dict[str, Any]:
        """Who will be told in which languages, and what became of the last message: state '' where there was none."""
        project = self._project(project_id)
        values = settings_table.effective(self.journal.settings())
        wish = wish_of(project["settings"], values, values["language"] or current_language())
        last = self.files.last_file_mail(project_id) or {}
        return {
            "to": list(wish.to),
            "languages": list(wish.languages),
            "state": str(last.get("mail_state") or ""),
            "problem": last.get("mail_problem"),
            "sent_at": last.get("mailed_at"),
        }

    def send_again(self, project_id: int) -> Row:
        """Has a message sent that failed, or of which nobody knows. Raises Refused (DOC-63): there is none."""
        self._needs(self.may)
        project = self._project(project_id)
        last = self.files.last_file_mail(project_id)
        if last is None or last["mail_state"] not in (MailState.FAILED, MailState.UNKNOWN):
            raise Refused(Problem("DOC-63", {"name": project["name"]}))
        to = project["settings"].get("mail_to") or last["mail"]["to"]
        fresh = {"mail_state": MailState.WANTED.value, "mail_attempts": 0, "mail_problem": None}
        self.files.change_file_mail(last["id"], mail={**last["mail"], "to": to}, **fresh)
        return self.synchronize(project_id)

    def attach_to_daily_log(self, project_id: int, wanted: bool) -> None:
        """Whether what people add to a day in the drive becomes an attachment of its log (C5); off until asked for.

        Raises Refused (DOC-18) for a project without the Daily Log.
        """
        self._needs(self.may_configure)
        pair = next((each for each in self._project(project_id)["pairs"] if each["tool"] == DAILY_LOG), None)
        if pair is None:
            raise Refused(Problem("DOC-18", {"name": DAILY_LOG}))
        self.files.change_file_pair(pair["id"], flow=_flow(DAILY_LOG, wanted).value, is_dirty=True)

    def look_at(self, project_id: int) -> None:
        """Somebody has the project before him: it is looked at each minute meanwhile."""
        self._needs(self.may)
        self.files.change_file_project(project_id, shown_at=self.clock.now())

    def told(self, notices: Sequence[int]) -> None:
        """These notices were shown to somebody."""
        self.files.mark_file_notices(notices)

    def preview_undo(self, request_id: str) -> UndoPreview:
        """What of a run can be taken back, step by step. Raises Refused: see engine/file_undoing.py."""
        return preview_undo(self.journal, self.files, request_id, self.clock.now())

    def undo(self, request_id: str, *, confirm: bool = False) -> Row:
        """Takes a run of files back; SRV-11 while its project takes another one back. Else as `wish_to_undo`."""
        self._needs(self.may)
        wish = wish_to_undo(self.journal, self.files, request_id, self.clock.now(), self.user, confirm)
        return self._ask(wish)

    def restore_from_trash(self, ids: Sequence[int]) -> list[Row]:
        """Brings contents back to the side they came from, as new files. Raises Refused (BCK-20, BCK-23)."""
        self._needs(self.may)
        return [self._ask(wish) for wish in wish_from_trash(self.files, ids, self.user)]

    def save_from_trash(self, number: int, file: Path) -> None:
        """Writes a kept content into a file of this computer; it stays in the trash.

        Raises Refused: BCK-20 for what is not there, BCK-21 when its content is gone, DOC-37.
        """
        self._needs(self.may)
        copy_from_trash(self.files, self.trash, number, file)

    def restore_version(self, project_id: int, tool: str, side: str, item_id: str, version_id: str) -> Row:
        """Makes an earlier version of a file the present one; the present one stays among the versions.

        Raises Refused: DOC-16 without such a project, SRV-11 while it brings something else back.
        """
        self._needs(self.may)
        _, pair = found(self.files, project_id, tool)
        return self._ask(wish_for_version(project_id, pair["id"], side, item_id, version_id, self.user))

    def _ask(self, wish: Row) -> Row:
        """Raises Refused (SRV-11) while the project brings something else back."""
        request, _ = self.journal.submit(wish, self.clock.now())
        if request["undoes"] != wish["undoes"]:
            raise Refused(Problem("SRV-11", {"element": FILES}))
        return request

    def empty_trash(self, project_id: int | None = None) -> int:
        """Lets every kept content go, of a project or of all; how many. The engine removes the files at once."""
        self._needs(self.may_configure)
        now = self.clock.now()
        gone = self.files.remove_trash(None, "emptied", now, by=self.user, project_id=project_id)
        if self.trash is not None:
            self.trash.sweep(self.files.live_trash_hashes)
        return gone

    # --- what waits for a person --------------------------------------------------------------------

    def resolve(self, conflict_id: int, choice: str) -> bool:
        """Which side of a conflict counts; the next run does it. False when it is not open any more."""
        self._needs(self.may)
        return self.files.choose_file_conflict(conflict_id, ConflictChoice(choice).value, self.user, self.clock.now())

    def answer_hold(self, pair_id: int, choice: str) -> bool:
        """What becomes of held deletions: apply · restore · detach. False when none are held."""
        self._needs(self.may)
        if choice not in HOLD_CHOICES:
            raise Refused(Problem("DOC-18", {"name": choice}))
        return self.files.choose_file_hold(pair_id, choice, self.user, self.clock.now())

    def try_again(self, pair_id: int, side: str = "", item_id: str = "") -> None:
        """Sends again what the other side refused, and takes back in what was left alone: one file, or all of them."""
        self._needs(self.may)
        with self.files.begin() as tx:
            self.files.forget_refused(tx, pair_id, FileSide(side) if side else None, item_id)
            self.files.attach(tx, pair_id, FileSide(side) if side else None, item_id)
            self.files.change_file_pair(pair_id, within=tx, is_dirty=True)

    def _change(self, project: Row, phase: FilePhase, **values: Any) -> None:
        now = self.clock.now()
        self.files.change_file_project(project["id"], phase=phase.value, phase_at=now, **values)

    def _project(self, project_id: int) -> Row:
        project = self.files.file_project(project_id)
        if project is None:
            raise Refused(Problem("DOC-16", {"id": project_id}))
        return project

    def _needs(self, right: bool) -> None:
        if not right:
            raise Refused(Problem("CFG-12"))


def submit(
    journal: Journal,
    project: Row,
    now: datetime,
    user: str,
    *,
    full: bool = False,
    preview: bool = False,
    lane: str = "project",
    mode: str = FILES_MODE,
) -> Row:
    """The request of one project, or the one that has not ended. lane: project (a person waits) · changes · first."""
    is_first = FilePhase(project["phase"]) is not FilePhase.REGULAR
    wish = {
        "element": FILES,
        "scope": "first" if is_first else lane,
        "keys": None,
        "project": str(project["id"]),
        "mode": FILES_FULL if full else mode,
        "is_preview": preview,
        "requested_by": user,
    }
    return journal.submit(wish, now)[0]
