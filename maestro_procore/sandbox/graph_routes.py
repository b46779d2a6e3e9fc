"""Takes a Graph path apart: which drive, which item of it, and what is asked of that item.

Source: reference graph-drive 1.1 and 7. With nothing behind a path, its closing colon may be there or not.
"""

import re
from dataclasses import dataclass, field
from typing import Final

PREFIX: Final = re.compile(r"/(v1\.0|v2\.0|beta|_api/v2\.0|_api/v2\.1)(?=/|$)")
# Called with brackets, which may hold colons and slashes themselves.
FUNCTION: Final = re.compile(r"^(?P<before>.*)/(?:microsoft\.graph\.)?(?P<name>delta|search)\((?P<inside>.*)\)$", re.S)
DRIVE: Final = re.compile(
    r"/(?:me|users/(?P<user>[^/]+)|groups/(?P<group>[^/]+))/drive(?=/|$|:)"
    r"|/drives/(?P<drive>[^/:]+)"
    r"|/sites/(?P<path_site>[^/:]+:/[^:]*):/(?:drives/(?P<path_site_drive>[^/:]+)|drive)(?=/|$|:)"
    r"|/sites/(?P<site>[^/:]+)/(?:drives/(?P<site_drive>[^/:]+)|drive)(?=/|$|:)"
)
SELECTOR: Final = re.compile(r"/(?:(?P<root>root)|items/(?P<item>[^/:]+)|special/(?P<special>[^/:]+))(?=/|:|$)")


@dataclass(frozen=True)
class ItemAddress:
    """An item: by selector (root, an id, a special folder) and, below it, by names. drive: how the drive was named.

    tail: what is asked of the item, `""` for itself; inside: what stood in the brackets of a function.
    """

    drive: dict[str, str]
    root: bool = False
    item: str | None = None
    special: str | None = None
    names: tuple[str, ...] = ()
    tail: str = ""
    inside: str | None = None
    has_selector: bool = True
    trailing: list[str] = field(default_factory=list)


def version_of(path: str) -> str | None:
    """`/v1.0` of `/v1.0/me`; None when the path is none of Graph's."""
    match = PREFIX.match(path)
    return None if match is None else match[0]


def item_address(path: str) -> ItemAddress | None:
    """path: decoded, after the version. None when it does not lead into a drive."""
    inside = None
    function = FUNCTION.match(path)
    called = ""
    if function is not None:
        path, called, inside = function["before"], function["name"], function["inside"]
    match = DRIVE.match(path)
    if match is None:
        return None
    drive = {name: value for name, value in match.groupdict().items() if value is not None}
    if not drive:
        drive = {"me": "me"}
    rest = path[match.end() :]
    selector = SELECTOR.match(rest)
    if selector is None:
        tail = "/".join(part for part in (rest.strip("/:"), called) if part)
        return ItemAddress(drive, tail=tail, inside=inside, has_selector=False)
    names, tail = _names_and_tail(rest[selector.end() :])
    if called:
        tail = "/".join(part for part in (tail, called) if part)
    return ItemAddress(
        drive,
        root=selector["root"] is not None,
        item=selector["item"],
        special=selector["special"],
        names=names,
        tail=tail,
        inside=inside,
    )


def _names_and_tail(rest: str) -> tuple[tuple[str, ...], str]:
    """Of `:/A/b.txt:/content` the names and `content`; of `/children` no names and `children`."""
    if not rest.startswith(":"):
        return (), rest.strip("/")
    path, _, tail = rest[1:].partition(":")
    return tuple(name for name in path.split("/") if name), tail.strip("/")
