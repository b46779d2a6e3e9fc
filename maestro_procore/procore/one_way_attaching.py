"""What people add to a day in the drive becomes an attachment of that day's Daily Log: a note of its own a file (C5).

Nobody's entry is changed: whether an edit that brings files keeps those that an entry has is not documented, and a
closed entry takes none. The file travels inside the call (`attachments[]`, OAS26) or before it (`upload_ids`, DOC
tutorials/attachments.md): tried once, remembered. Source: reference procore-api.md §7.4.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

from maestro_procore.file_ports import FileCallFailed, FileTrouble
from maestro_procore.i18n import LANGUAGES, Language, text_in
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row
from maestro_procore.procore.file_calls import Collection, ProcoreFiles
from maestro_procore.procore.file_rows import moment
from maestro_procore.procore.file_store import LATE
from maestro_procore.procore.one_way import DAILY_LOG
from maestro_procore.procore.one_way_reading import LONGEST_OF_DAY
from maestro_procore.procore.resources import Resource

NOTES: Final = next(kind for kind in DAILY_LOG.kinds if kind.name == "notes_logs")


def note_collection(project_id: int) -> Collection:
    """Where a note is made."""
    path = NOTES.path.format(project_id=project_id)
    return Collection(path, NOTES.tool, "notes_log", content="attachments[]")


async def attach(calls: ProcoreFiles, project_id: int, day: date, name: str, content: Path, language: Language) -> Row:
    """The attachment as the answer shows it: 1 call, or 2 and one to the storage.

    Raises CallFailed; FileCallFailed REFUSED (DOC-65) for a name that is too long, and when Procore keeps no file.
    """
    if len(name) > LONGEST_OF_DAY:
        raise FileCallFailed(FileTrouble.REFUSED, Problem("DOC-65", {"n": LONGEST_OF_DAY}))
    of = note_collection(project_id)
    note = {"comment": text_in(language, "record.attached", name=name), "date": day.isoformat()}
    while True:
        made = await calls.attach(of, project_id, note, name, content)
        found = next(_attached(made), None)
        if found is not None:
            return found
        await calls.remove(of, project_id, int(made["id"]))  # a note without its file says something untrue
        if not calls.takes_attachments:
            raise FileCallFailed(FileTrouble.REFUSED, Problem("DOC-66"))
        calls.takes_attachments = False


async def look_up(calls: ProcoreFiles, project_id: int, day: date, name: str, tried_at: datetime) -> Row | None:
    """The attachment that a try since then has made, None when it has not: 1 call for a day.

    A note that such a try left without its file goes: it was cut before it could take it away itself.
    """
    between = (("start_date", day.isoformat()), ("end_date", day.isoformat()))
    ours = {text_in(language, "record.attached", name=name) for language in LANGUAGES}
    made: Row | None = None
    for row in await _whole(calls, NOTES, project_id, between):
        made_at = moment(row.get("created_at"))
        if row.get("comment") not in ours or (made_at is not None and made_at < tried_at - LATE):
            continue
        found = next(_attached(row), None)
        if made_at is not None and row.get("attachments") == []:  # said, not left out
            await calls.remove(note_collection(project_id), project_id, int(row["id"]))
        made = made or found
    return made


async def _whole(calls: ProcoreFiles, of: Resource, project_id: int, more: tuple[tuple[str, str], ...]) -> list[Row]:
    rows: list[Row] = []
    number, has_next = 1, True
    while has_next:
        page = await calls.list_page(of, number, {"project_id": str(project_id)}, more)
        rows += page.rows
        number, has_next = number + 1, page.has_next
    return rows


def _attached(note: Row) -> Iterator[Row]:
    """Of a note of ours there is one."""
    yield from (each for each in note.get("attachments") or () if isinstance(each, dict) and each.get("id") is not None)
