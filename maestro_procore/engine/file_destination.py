"""Another destination for a project: only before anything was copied, or after a reset (F232, F233)."""

from dataclasses import dataclass

from maestro_procore.engine import file_layout
from maestro_procore.engine.file_binding import NEW
from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Row


@dataclass(frozen=True)
class Destination:
    """parent_id: folder of the drive that is to hold the top folder. address: of it, for people."""

    drive_id: str
    parent_id: str
    address: str = ""
    account: str = ""
    drive_kind: str = "business"


def change(files: FileJournal, project: Row, place: Destination, *, is_under_way: bool) -> None:
    """The three top levels will be made there by the next plan; what lies at the old place stays.

    is_under_way: a request of the project has not ended. Raises Refused: DOC-90 while the project is synchronized,
    DOC-73 for a folder of another project.
    """
    if FilePhase(project["phase"]) not in (FilePhase.ADDED, FilePhase.PLANNED) or is_under_way:
        raise Refused(Problem("DOC-90", {"name": project["name"]}))
    known = [row for row in files.file_projects() if row["id"] != project["id"]]
    layout = str(project["settings"].get("layout") or NEW)
    holder = file_layout.holder(files, known, place.drive_id, place.parent_id, layout)
    if holder is not None and holder != project["name"]:
        raise Refused(Problem("DOC-73", {"name": holder}))
    top = file_layout.top_name(known, project["procore_company"], place.drive_id, place.parent_id, project["top_name"])
    fresh = {
        "top_id": "",
        "folder_id": "",
        "folder_name": "",
        "top_name": top,
        "phase": FilePhase.ADDED.value,
        "problem": None,
    }
    there = {"drive_id": place.drive_id, "parent_id": place.parent_id, "destination": place.address}
    whose = {"account": place.account, "drive_kind": place.drive_kind}
    with files.begin() as tx:
        for pair in project["pairs"]:
            files.forget_file_pair(tx, pair["id"])
            files.change_file_pair(pair["id"], within=tx, drive_root="")
        files.change_file_project(project["id"], within=tx, **fresh, **there, **whose)
