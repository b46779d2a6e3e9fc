"""What the journal keeps about files, column by column: names, places, times and marks, never a content (F257, F258).

The contents of the local trash, where a project's policy wants one, lie in a folder of their own beside the journal.

This is the documentation that a support bundle carries and that the help page sums up; a test compares it with the
tables as they are. Words of KINDS are the categories of the help, texts `support.kept.*`.
"""

from collections.abc import Mapping
from typing import Final

NAME, PLACE, TIME, SIZE, MARK, STATE, PERSON = "name place time size mark state person".split()
KINDS: Final = (NAME, PLACE, TIME, SIZE, MARK, STATE, PERSON)
"""name: of files, folders, projects. place: ids and addresses. time: of changes and of our own work. size: bytes and
counts. mark: versions, hashes and signatures, from which no content can be made. state: what was decided and why.
person: who asked for something here, or is written to."""


def _columns(**kinds: str) -> dict[str, str]:
    return {column: kind for kind, columns in kinds.items() for column in columns.split()}


KEPT: Final[Mapping[str, Mapping[str, str]]] = {
    "file_project": _columns(
        name="name top_name folder_name",
        place="id procore_company procore_project procore_connection account drive_id destination parent_id top_id"
        " folder_id",
        time="phase_at looked_at shown_at changed_at completed_at added_at",
        state="drive_kind option phase phase_before wants_repair accepts_names problem settings preflight",
        person="added_by approved_by",
    ),
    "file_pair": _columns(
        name="name",
        place="id project_id procore_root drive_root",
        time="swept_at",
        mark="procore_cursor drive_cursor",
        state="tool flow is_dirty problem",
    ),
    "file_seen": _columns(
        name="name",
        place="pair_id side id parent_id",
        time="modified",
        size="size_bytes",
        mark="version content_hash tag",
        state="is_folder waiting is_by_us",
    ),
    "file_agreed": _columns(
        name="procore_name drive_name",
        place="pair_id procore_id drive_id procore_parent drive_parent",
        time="drive_modified",
        size="size_bytes",
        mark="procore_version drive_version content_hash",
        state="is_folder",
    ),
    "file_step": _columns(
        name="name path",
        place="id request_id pair_id procore_id drive_id made_id",
        time="tried_at started_at ended_at",
        size="size_bytes attempts bytes_moved",
        mark="upload",
        state="plan number verb rule target is_folder action saw state problems",
    ),
    "file_cost": _columns(place="pair_id", size="actions calls", state="verb target"),
    "file_conflict": _columns(
        name="name path copy_name",
        place="id pair_id procore_id drive_id request_id",
        time="found_at chosen_at",
        state="kind settled winner procore drive agreed choice is_open",
        person="chosen_by",
    ),
    "file_apart": _columns(
        name="name path",
        place="pair_id side item_id",
        time="since",
        size="size_bytes",
        mark="version",
        state="problem is_waiting is_refused",
    ),
    "file_hold": _columns(
        name="items", place="pair_id", time="held_at chosen_at", state="problem choice", person="chosen_by"
    ),
    "file_detached": _columns(place="pair_id side item_id", time="detached_at", person="detached_by"),
    "file_notice": _columns(
        place="id project_id",
        time="at mailed_at",
        size="mail_attempts",
        state="problem is_shown mail_state mail_problem",
        person="mail",
    ),
    "file_trash": _columns(
        name="name path project_name",
        place="id project_id pair_id side item_id parent_id request_id step_id procore_company procore_project",
        time="modified kept_at removed_at keep_until",
        size="size_bytes",
        mark="sha256",
        state="tool why removed_why",
        person="removed_by",
    ),
    "file_proof": _columns(
        name="report",
        place="id project_id request_id",
        time="at",
        mark="key signature",
        state="agrees",
        person="made_by",
    ),
}
"""Table → column → what it is."""
