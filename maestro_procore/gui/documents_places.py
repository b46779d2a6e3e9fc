"""Addresses of the folder on the other side of a file that people have to bring over by hand (F228). Pure."""

from typing import Any, Final
from urllib.parse import quote

from maestro_procore.engine.file_binding import IN_TOOL
from maestro_procore.gui.web_pages import web_origin
from maestro_procore.model import file_names

_TOOLS: Final = {"documents": "/{project}/project/documents", "photos": "/{project}/project/photos"}
_PROJECT: Final = "/{project}/project/home"


def other_folder(project: Any, apart: Any, api_url: str) -> str:
    """Where a file that is not synchronized would lie on the other side; '' when no address is known.

    project, apart: rows of store.file_views. A folder that the drive has not got yet is shown as not there.
    """
    if apart.side == "drive":
        origin = web_origin(api_url)
        page = _TOOLS.get(apart.tool, _PROJECT).format(project=project.procore_project)
        return f"{origin}{page}" if origin else ""
    if not project.destination.startswith("https://"):
        return ""
    pair = next((pair for pair in project.pairs if pair.id == apart.pair_id), None)
    above = [] if pair is None or project.settings.get("layout") == IN_TOOL else [pair.name]
    folders = [*above, *(file_names.to_drive(part) for part in apart.path.split("/")[:-1])]
    return "/".join([project.destination.rstrip("/"), *map(quote, folders)])
