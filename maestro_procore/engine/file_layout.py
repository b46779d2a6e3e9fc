"""Where projects lie in a drive beside each other: names of their trees, and folders that are taken."""

from collections.abc import Sequence

from maestro_procore.engine.file_binding import IN_TOOL, NEW
from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.model.file_names import key as same_name
from maestro_procore.model.file_phases import TOP_FOLDER
from maestro_procore.ports import Row


def top_name(known: Sequence[Row], company: int, drive_id: str, parent_id: str, wanted: str = TOP_FOLDER) -> str:
    """Each Procore company has a tree of its own in a drive (F181): the second one's top folder carries a number.

    known: every project. company: of Procore.
    """
    there = [row for row in known if (row["drive_id"], row["parent_id"]) == (drive_id, parent_id)]
    taken = {same_name(row["top_name"]) for row in there if row["procore_company"] != company}
    own = next((row["top_name"] for row in there if row["procore_company"] == company), "")
    name, number = own if own and wanted == TOP_FOLDER else wanted, 1
    while same_name(name) in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name


def holder(files: FileJournal, known: Sequence[Row], drive_id: str, folder_id: str, layout: str) -> str | None:
    """Name of the project whose files a new one would take along, or whose folder it would lie in; None when there is
    none: the same file must never belong to two.
    """
    for row in (row for row in known if row["drive_id"] == drive_id):
        roots = {pair["drive_root"] for pair in row["pairs"] if pair["drive_root"]}
        above = {row["folder_id"], row["top_id"], row["parent_id"]} if layout == IN_TOOL else set()
        own = {row["folder_id"]} if layout != NEW else set()
        if folder_id in roots | (above | own) - {""}:
            return str(row["name"])
    return files.project_holding(drive_id, folder_id)
