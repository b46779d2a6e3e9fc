"""Which names OneDrive and SharePoint take, and when two names are one. Source: reference graph-drive 3.1 and 3.3."""

import re
import unicodedata
from typing import Final

from maestro_procore.sandbox.graph_errors import GraphRefused, bad_request

LONGEST_NAME: Final = 255
LONGEST_PATH: Final = 400  # decoded, from the site: library, folders and file

FORBIDDEN = re.compile(r'["*:<>?/\\|\x00-\x1f\x7f\ud800-\udfff]')
DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
RESERVED = frozenset((".lock", "desktop.ini"))


def name_key(name: str) -> str:
    """Equal for names that cannot stand in one folder: case and Unicode form make no difference."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def check_name(name: object, *, is_folder: bool, in_root: bool, is_library: bool) -> str:
    """The name, when it is one. is_library: SharePoint, which has rules of its own for folders.

    Errors: GraphRefused 400.
    """
    if not isinstance(name, str) or not name:
        raise bad_request("The provided name cannot be blank, or must be a text.")
    if len(name) > LONGEST_NAME:
        raise GraphRefused(400, "invalidRequest", "The specified name is too long.", "pathIsTooLong")
    lowered = name.lower()
    is_wrong = (
        FORBIDDEN.search(name) is not None
        or name != name.strip(" ")
        or name.endswith(".")
        or DEVICES.fullmatch(name) is not None
        or lowered in RESERVED
        or name.startswith("~$")
        or "_vti_" in lowered
    )
    if is_library and is_folder:
        is_wrong = is_wrong or name.startswith("~") or (in_root and lowered == "forms")
    if is_wrong:
        raise invalid_path()
    return name


def check_path_length(path: str) -> None:
    """path: library, folders and file, decoded. Errors: GraphRefused 400."""
    if len(path) > LONGEST_PATH:
        raise GraphRefused(400, "invalidRequest", "The specified path is too long.", "pathIsTooLong")


def invalid_path() -> GraphRefused:
    return GraphRefused(400, "invalidRequest", "The provided name contains invalid characters.", "invalidPath")


def numbered(name: str, number: int, *, is_folder: bool) -> str:
    """`plan.pdf` → `plan 1.pdf`: what conflictBehavior rename makes of a taken name."""
    stem, dot, ending = name.rpartition(".")
    if is_folder or not stem:
        return f"{name} {number}"
    return f"{stem} {number}{dot}{ending}"
