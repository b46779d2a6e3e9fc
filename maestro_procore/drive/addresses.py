"""Paths of Graph's drives, sites and items. Pure. Source: reference graph-drive.md §1.1, §2.

Everything goes by drive id and item id, which survive rename and move; a name stands in a path only below its folder.
"""

import base64
from typing import Final
from urllib.parse import quote, urlsplit

ME: Final = "/me"
MY_DRIVE: Final = "/me/drive"
MY_DRIVES: Final = "/me/drives"
SITES: Final = "/sites"
ROOT_SITE: Final = "/sites/root"
SEND_MAIL: Final = "/me/sendMail"


def drive(drive_id: str) -> str:
    return f"/drives/{_segment(drive_id)}"


def root(drive_id: str) -> str:
    return f"{drive(drive_id)}/root"


def delta(drive_id: str) -> str:
    return f"{root(drive_id)}/delta"


def item(drive_id: str, item_id: str, tail: str = "") -> str:
    """tail: `/children`, `/content` …"""
    return f"{drive(drive_id)}/items/{_segment(item_id)}{tail}"


def child(drive_id: str, parent_id: str, name: str, tail: str = "") -> str:
    """An item by its name in a folder. Errors: ValueError for a name that would lead elsewhere (S1)."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise ValueError("this name leads out of its folder")
    # The colon before a tail is needed, without one it is optional (graph-drive.md §1.1).
    return f"{item(drive_id, parent_id)}:/{_segment(name)}" + (f":{tail}" if tail else "")


def version(drive_id: str, item_id: str, version_id: str, tail: str) -> str:
    """tail: `/content` or `/restoreVersion`."""
    return item(drive_id, item_id, f"/versions/{_segment(version_id)}{tail}")


def site_drives(site_id: str) -> str:
    return f"{SITES}/{quote(site_id, safe=',')}/drives"


def site_at(url: str) -> str:
    """A site by its address in the browser. Errors: ValueError for what is no such address."""
    parts = urlsplit(url.strip())
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("no https address")
    words = [word for word in parts.path.split("/") if word]
    # /sites/NAME and /teams/NAME are sites; everything behind is a page or a library of theirs.
    if len(words) >= 2 and words[0].lower() in ("sites", "teams"):
        return f"{SITES}/{parts.hostname}:/{words[0]}/{words[1]}"
    return f"{SITES}/{parts.hostname}"


def shared(url: str) -> str:
    """The item of a sharing link or of an address in the browser."""
    packed = base64.urlsafe_b64encode(url.strip().encode()).decode().rstrip("=")
    return f"/shares/u!{packed}/driveItem"


def mail_of(user: str) -> str:
    return f"/users/{_segment(user)}/sendMail"


def _segment(text: str) -> str:
    """One segment of a path: `#`, `%`, `/` and spaces are encoded, ids as b!… stay readable."""
    return quote(text, safe="!$'()*,;=@&+-._~")
