"""Sends the message that a first synchronization is complete (F107, F123), once, and says when it could not.

Microsoft takes a message and keeps no number by which it could be looked up: reading the sent ones would want a right
to read somebody's mail, which nobody gives for a notice. So it is written down before the call that it is being sent,
and a call whose answer nobody saw - a kill, a line that broke - is not made again by itself: at most once. The toast
and the record say the same in any case, and a person may have it sent again.
"""

import asyncio
from typing import Any, Final

from maestro_procore.engine.attempts import MOST_RESUMES, Doors
from maestro_procore.engine.file_doors import FileDoors
from maestro_procore.engine.gate import GateClosed
from maestro_procore.file_ports import FileCallFailed, FileTrouble, Mail, OutcomeUnknown
from maestro_procore.i18n import current_language
from maestro_procore.model import settings as settings_table
from maestro_procore.model.file_mail import MailState, MailWish, letter, wish_of
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Row

_PASSING: Final = frozenset({FileTrouble.AGAIN, FileTrouble.UNREACHABLE})
"""Nothing went out, and time may cure it: the next run tries again."""


def wanted(doors: Doors, project: Row) -> dict[str, Any]:
    """What the notice of a project that is complete asks for: {to, languages}, {} for no message. Blocking."""
    values = settings_table.effective(doors.journal.settings())
    wish: MailWish = wish_of(project["settings"], values, values["language"] or current_language())
    return {"to": list(wish.to), "languages": list(wish.languages)} if wish.to else {}


async def send_due(doors: Doors, files: FileDoors) -> None:
    """Every message that waits. Never raises for a fault of the mail: that stands with the notice (DOC-61, DOC-62)."""
    for row in await asyncio.to_thread(files.journal.open_file_mails):
        if row["mail_state"] == MailState.SENDING:
            await asyncio.to_thread(_end, doors, files, row, MailState.UNKNOWN, _told("DOC-62", files, row))
        else:
            await _send(doors, files, row)


async def _send(doors: Doors, files: FileDoors, row: Row) -> None:
    journal = files.journal
    project = await asyncio.to_thread(journal.file_project, row["project_id"])
    if project is None or files.mailer is None:
        return
    try:
        mailer = await files.mailer(project)
        mail = await asyncio.to_thread(_mail, files, project, row)
        await asyncio.to_thread(journal.change_file_mail, row["id"], mail_state=MailState.SENDING.value)
        await mailer.send(mail)
    except OutcomeUnknown:
        await asyncio.to_thread(_end, doors, files, row, MailState.UNKNOWN, _told("DOC-62", files, row))
    except GateClosed:  # the program ends before the call
        await asyncio.to_thread(journal.change_file_mail, row["id"], mail_state=MailState.WANTED.value)
    except FileCallFailed as failed:
        is_passing = failed.trouble in _PASSING and row["mail_attempts"] < MOST_RESUMES
        told = _told("DOC-61", files, row, reason=failed.problem.to_json())
        await asyncio.to_thread(_end, doors, files, row, MailState.WANTED if is_passing else MailState.FAILED, told)
    except Refused as refused:
        told = _told("DOC-61", files, row, reason=refused.problem.to_json())
        await asyncio.to_thread(_end, doors, files, row, MailState.FAILED, told)
    else:
        sent = {"mail_state": MailState.SENT.value, "mailed_at": doors.clock.now(), "mail_problem": None}
        await asyncio.to_thread(lambda: journal.change_file_mail(row["id"], **sent))


def _mail(files: FileDoors, project: Row, row: Row) -> Mail:
    tools, counts = files.journal.file_counts(project["id"])
    subject, words = letter(project["name"], tools, counts, project["destination"], row["mail"]["languages"])
    return Mail(tuple(row["mail"]["to"]), subject, words)


def _told(code: str, files: FileDoors, row: Row, **args: Any) -> Problem:
    project = files.journal.file_project(row["project_id"])
    name = project["name"] if project is not None else str(row["project_id"])
    return Problem(code, {"name": name, "to": list(row["mail"]["to"]), **args})


def _end(doors: Doors, files: FileDoors, row: Row, state: MailState, told: Problem) -> None:
    """Keeps what became of it; people hear of it once it is over."""
    journal = files.journal
    with journal.begin() as tx:
        values = {"mail_state": state.value, "mail_problem": told.to_json(), "mail_attempts": row["mail_attempts"] + 1}
        journal.change_file_mail(row["id"], within=tx, **values)
        if state is not MailState.WANTED:
            journal.add_file_notice(tx, row["project_id"], told, doors.clock.now())
