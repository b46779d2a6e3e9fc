"""Tables of the journal for Documents and Photos: names, ids, sizes and dates, never contents (F257, F258).

A project has one pair a tool: a folder of the drive and its counterpart in Procore, which are kept the same.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from maestro_procore.store.tables import Table, UtcTime, metadata, wide


def _time() -> Any:
    return Field(default=None, sa_type=UtcTime)


def _json(**options: Any) -> Any:
    return Field(sa_type=JSON, **options)


class FileProject(Table, table=True):
    """A Procore project whose files are kept in step with a folder of a drive."""

    __tablename__ = "file_project"
    __table_args__ = (UniqueConstraint("procore_company", "procore_project"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    """Of the project in Procore, as its folder was named after it."""
    procore_company: int = wide()
    procore_project: int = wide()
    procore_connection: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Of table `connection`; 0 is that of Configuration."""
    account: str = ""
    """Key of the Microsoft connection, or id of a signed-in account; '' is the only one, and the training company's."""
    drive_id: str
    drive_kind: str = "business"
    destination: str = ""
    """Address of the project's folder, for people."""
    parent_id: str = ""
    """Folder of the drive that holds the top folder."""
    top_name: str = "Procore"
    top_id: str = ""
    folder_id: str = ""
    """The second level: the project's own folder."""
    folder_name: str = ""
    option: str = "mirror"
    """mirror: the destination was empty · merge: both sides had data (F099)."""
    phase: str = "added"
    phase_at: datetime | None = _time()
    phase_before: str = ""
    """To which a pause goes back."""
    wants_repair: bool = False
    """The next run gives the three top levels their names and places back."""
    accepts_names: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    """The next run takes their new names and places as they are."""
    problem: dict[str, Any] | None = _json(default=None, nullable=True)
    """Why it is paused, or what its last run ended with."""
    settings: dict[str, Any] = _json(default_factory=dict)
    """Policy of this project where it differs from the general one."""
    looked_at: datetime | None = _time()
    shown_at: datetime | None = _time()
    """When somebody last had its page before him: it is looked at more often then."""
    changed_at: datetime | None = _time()
    """When something was last brought over."""
    completed_at: datetime | None = _time()
    added_by: str = ""
    added_at: datetime | None = _time()
    approved_by: str = ""
    preflight: list[dict[str, Any]] = _json(default_factory=list, sa_column_kwargs={"server_default": "[]"})
    """[{tool, what, ok, problem, at}]: rights, names, sizes and space, as found before the first plan."""


class FilePair(Table, table=True):
    """One tool of a project: what stands on the third level, bound by id."""

    __tablename__ = "file_pair"
    __table_args__ = (UniqueConstraint("project_id", "tool"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    tool: str
    flow: str = "both"
    procore_root: str = ""
    drive_root: str = ""
    name: str = ""
    """Of its folder."""
    procore_cursor: str | None = None
    drive_cursor: str | None = None
    swept_at: datetime | None = _time()
    """Last complete enumeration of both sides."""
    is_dirty: bool = False
    """Something read has not been planned yet, or was left undone."""
    problem: dict[str, Any] | None = _json(default=None, nullable=True)
    """{code, args, at}: what stopped its last run, and when."""


class FileSeen(Table, table=True):
    """An item as one side last told of it."""

    __tablename__ = "file_seen"

    pair_id: int = Field(primary_key=True)
    side: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    parent_id: str
    name: str
    is_folder: bool
    size_bytes: int = wide(default=0)
    modified: datetime | None = _time()
    version: str = ""
    content_hash: str = ""
    tag: str = ""
    waiting: str | None = None
    is_by_us: bool = False


class FileAgreed(Table, table=True):
    """A pair of items that was the same on both sides when both were last brought in step."""

    __tablename__ = "file_agreed"
    __table_args__ = (UniqueConstraint("pair_id", "drive_id"),)

    pair_id: int = Field(primary_key=True)
    procore_id: str = Field(primary_key=True)
    drive_id: str
    is_folder: bool
    procore_parent: str
    procore_name: str
    procore_version: str
    drive_parent: str
    drive_name: str
    drive_version: str
    size_bytes: int = wide(default=0)
    content_hash: str = ""
    drive_modified: datetime | None = _time()


class FileStep(Table, table=True):
    """One action of a plan and what became of it: the history of a file."""

    __tablename__ = "file_step"
    __table_args__ = (
        Index("ix_file_step_request", "request_id", "pair_id", "state", "number"),
        Index("ix_file_step_file", "pair_id", "name"),
        Index("ix_file_step_ended", "pair_id", "ended_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    request_id: str
    pair_id: int
    plan: int
    """Counts the plans of a request for this pair."""
    number: int
    verb: str
    rule: str
    target: str
    is_folder: bool
    procore_id: str = ""
    drive_id: str = ""
    name: str = ""
    path: str = ""
    """Where it stands, as people see it: for screens only."""
    size_bytes: int = wide(default=0)
    action: dict[str, Any] = _json(default_factory=dict)
    """The whole of it, as model/file_plan.py's FileAction; the columns above are what screens ask for."""
    saw: dict[str, Any] = _json(default_factory=dict)
    """The three states that the decision was made of: {procore, drive, agreed}."""
    state: str = "planned"
    attempts: int = 0
    tried_at: datetime | None = _time()
    """When its call first went out without an answer having come: before it goes again, the side looks."""
    upload: str | None = None
    """Encrypted: where a broken upload goes on."""
    made_id: str = ""
    """What a new item is called by the target."""
    bytes_moved: int = wide(default=0)
    problems: list[dict[str, Any]] = _json(default_factory=list)
    started_at: datetime | None = _time()
    ended_at: datetime | None = _time()


class FileCost(Table, table=True):
    """What actions of one kind have cost: Procore's calls that its limits count, retries and looks included."""

    __tablename__ = "file_cost"

    pair_id: int = Field(primary_key=True)
    verb: str = Field(primary_key=True)
    target: str = Field(primary_key=True)
    actions: int = 0
    calls: int = 0


class FileConflict(Table, table=True):
    """Something that both sides changed, and what became of it."""

    __tablename__ = "file_conflict"
    __table_args__ = (UniqueConstraint("pair_id", "procore_id", "drive_id"),)

    id: int | None = Field(default=None, primary_key=True)
    pair_id: int
    procore_id: str
    drive_id: str
    kind: str
    settled: str
    winner: str | None = None
    copy_name: str = ""
    name: str = ""
    path: str = ""
    procore: dict[str, Any] | None = _json(default=None, nullable=True)
    drive: dict[str, Any] | None = _json(default=None, nullable=True)
    agreed: dict[str, Any] | None = _json(default=None, nullable=True)
    request_id: str | None = None
    found_at: datetime | None = _time()
    choice: str = ""
    chosen_by: str = ""
    chosen_at: datetime | None = _time()
    is_open: bool = True
    """Waits for a person; the others are settled, and kept to be looked up."""


class FileApart(Table, table=True):
    """An item that is not synchronized, and why: the report of that name."""

    __tablename__ = "file_apart"

    pair_id: int = Field(primary_key=True)
    side: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    name: str = ""
    path: str = ""
    size_bytes: int = wide(default=0)
    version: str = ""
    """Of its content when it was refused: another content is tried again."""
    problem: dict[str, Any] = _json(default_factory=dict)
    is_waiting: bool = False
    is_refused: bool = False
    """The other side refused it; the rest is known before any call."""
    since: datetime | None = _time()


class FileHold(Table, table=True):
    """Deletions that wait for a person (C16)."""

    __tablename__ = "file_hold"

    pair_id: int = Field(primary_key=True)
    problem: dict[str, Any] = _json(default_factory=dict)
    items: list[dict[str, Any]] = _json(default_factory=list)
    """[{side, id, name, path, is_folder, items, size_bytes}]: what would be deleted, where it still is."""
    held_at: datetime | None = _time()
    choice: str = ""
    """'' · apply · restore · detach"""
    chosen_by: str = ""
    chosen_at: datetime | None = _time()


class FileDetached(Table, table=True):
    """An item that people took out of the synchronization, with everything below a folder."""

    __tablename__ = "file_detached"

    pair_id: int = Field(primary_key=True)
    side: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    detached_by: str = ""
    detached_at: datetime | None = _time()


class FileNotice(Table, table=True):
    """Something that people are told once: toast, record and, when wished, a mail."""

    __tablename__ = "file_notice"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    problem: dict[str, Any] = _json(default_factory=dict)
    at: datetime | None = _time()
    is_shown: bool = False
    mail: dict[str, Any] = _json(default_factory=dict, sa_column_kwargs={"server_default": "{}"})
    """{to, languages} of the message that it is to send; {} for none."""
    mail_state: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """model.file_mail.MailState"""
    mail_attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    mail_problem: dict[str, Any] | None = _json(default=None, nullable=True)
    mailed_at: datetime | None = _time()


class FileProof(Table, table=True):
    """A signed report that both sides hold the same, or of what differs; written once, never changed.

    Kept when its project is removed: it is what says, without the key ring, that a report in somebody's hands is ours.
    """

    __tablename__ = "file_proof"
    __table_args__ = (Index("ix_file_proof_request", "request_id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    request_id: str
    at: datetime | None = _time()
    made_by: str
    agrees: bool
    key: str
    """The public half of the key that signed it."""
    signature: str
    report: dict[str, Any] = _json(default_factory=dict)


class FileTrash(Table, table=True):
    """A content that the trash of this computer holds, or held: where it was, why it is here, why it went."""

    __tablename__ = "file_trash"
    __table_args__ = (
        UniqueConstraint("step_id", "item_id"),
        Index("ix_file_trash_live", "removed_at", "project_id", "kept_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    pair_id: int
    tool: str
    side: str
    item_id: str
    parent_id: str
    name: str
    path: str
    size_bytes: int = wide()
    modified: datetime | None = _time()
    sha256: str
    why: str
    """deleted · overwritten"""
    request_id: str
    step_id: int
    kept_at: datetime | None = _time()
    removed_at: datetime | None = _time()
    removed_why: str = ""
    """age · size · emptied · restored · kept_by_service · not_needed · project"""
    removed_by: str = ""
    keep_until: datetime | None = _time()
    """Of a project that was taken out of the list: until then its policy of that day keeps the content."""
    project_name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Of such a project; `project_id`, `pair_id` and `step_id` belong to nobody then, for numbers are given again."""
    procore_company: int | None = wide(default=None)
    procore_project: int | None = wide(default=None)
    """By which a project that is added again finds what was kept of it."""


PROJECT, PAIR, SEEN, AGREED, STEP = (
    metadata.tables[name] for name in ("file_project", "file_pair", "file_seen", "file_agreed", "file_step")
)
CONFLICT, APART, HOLD, DETACHED, NOTICE = (
    metadata.tables[name] for name in ("file_conflict", "file_apart", "file_hold", "file_detached", "file_notice")
)
TRASH = metadata.tables["file_trash"]
COST = metadata.tables["file_cost"]
PROOF = metadata.tables["file_proof"]
