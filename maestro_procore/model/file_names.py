"""How a name of Procore is written in the drive, and back again without loss. Pure.

Characters that OneDrive and SharePoint refuse become their full-width twins, which look alike; a mark (‛) tells a twin
that we wrote from one that a person typed. So `to_procore(to_drive(name))` is the name again, whatever it is, even
when our own records are lost. Names are compared as the drive does: in NFC, whatever their case.
Sources: Microsoft, "Restrictions and limitations in OneDrive and SharePoint" (read 2026-11); rclone's encodings; C10.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

NAME_LIMIT: Final = 255
"""Characters (UTF-16 units) of one name."""
PATH_LIMIT: Final = 400
"""Characters of a decoded path from the site's root: library, folders and file."""

MARK: Final = "‛"
"""U+201B, hardly ever typed: begins everything that only we write."""

_REFUSED: Final = dict(zip('"*:<>?/\\|', "＂＊：＜＞？／＼｜", strict=True))
_STRICT: Final = {"#": "＃", "%": "％", "~": "～"}
"""Refused by old SharePoint servers only."""
_CONTROL: Final = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "␡"}
_EDGES: Final = {" ": "␠", ".": "．", "~": "～"}
_TWINS: Final = {twin: plain for plain, twin in (_REFUSED | _STRICT | _CONTROL | _EDGES).items()}

_BREAK: Final = MARK + "-"
"""Written into a name that the drive reserves, to make it another one."""
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)|\.lock$|desktop\.ini$|~\$")
_RESERVED_AT_ROOT: Final = re.compile(r"(?i)forms$")
_VTI: Final = re.compile(r"(?i)_(?=vti_)")
_ODD: Final = re.compile(f"[{re.escape(''.join({*_REFUSED, *_CONTROL, *_TWINS, MARK}))}\ud800-\udfff]")
_ODD_STRICT: Final = re.compile(f"[{re.escape(''.join({*_REFUSED, *_STRICT, *_CONTROL, *_TWINS, MARK}))}\ud800-\udfff]")
_MARKED: Final = re.compile(f"{MARK}(?:x([0-9A-F]{{4}})|(.))|([{re.escape(''.join(_TWINS))}])", re.DOTALL)
_NUMBERED: Final = re.compile(rf" \({MARK}(\d+)\)(?=(?:\.[^.]*)?$)")
PASSING: Final = MARK + "="
"""Ends a name for a moment, with a number behind it."""
_IS_PASSING: Final = re.compile(rf"(?<!{MARK})(?:{MARK}{MARK})*{PASSING}\d+$")


@dataclass(frozen=True, slots=True)
class NameRules:
    """What the destination refuses. is_strict: an old server, which also refuses # % ~ (C10).

    is_at_root: the name stands at the root of a SharePoint library, which keeps "forms" for itself.
    """

    is_strict: bool = False
    is_at_root: bool = False


def to_drive(name: str, rules: NameRules | None = None) -> str:
    """The name under which the drive can hold it, in NFC. Every name has one, and no two share it but for their case.

    It may be longer than the drive allows: `excess` says by how much.
    """
    known = composed(name)
    odd = _ODD_STRICT if rules is not None and rules.is_strict else _ODD
    written = odd.sub(_written, known) if odd.search(known) else known
    if rules is not None and rules.is_at_root and _RESERVED_AT_ROOT.match(written):
        return _BREAK + written
    return _with_sound_edges(written) if _needs_care(written) else written


def _needs_care(name: str) -> bool:
    return (
        not name
        or name[0] in " ~"
        or name[-1] in " ."
        or _RESERVED.match(name) is not None
        or _VTI.search(name) is not None
    )


def _written(found: re.Match[str]) -> str:
    char = found[0]
    if char == MARK or char in _TWINS:
        return MARK + char
    twin = _REFUSED.get(char) or _STRICT.get(char) or _CONTROL.get(char)
    return twin or f"{MARK}x{ord(char):04X}"


def _with_sound_edges(name: str) -> str:
    """No space or ~ in front, no space or period behind, and no word that the drive keeps for itself."""
    if _RESERVED.match(name) or not name:
        name = _BREAK + name
    name = _VTI.sub("_" + _BREAK, name)
    if name[0] in " ~":
        name = _EDGES[name[0]] + name[1:]
    if name[-1] in " .":
        name = name[:-1] + _EDGES[name[-1]]
    return name


def to_procore(name: str) -> str:
    """The name that stands in the drive as Procore has it, or would have it: what we mapped is undone."""
    if MARK not in name and not _MARKED.search(name):
        return name
    return _MARKED.sub(_read, _NUMBERED.sub("", name))


def _read(found: re.Match[str]) -> str:
    unit, marked, twin = found.groups()
    if twin is not None:
        return _TWINS[twin]
    if unit is not None:
        return chr(int(unit, 16))
    if marked == "-":
        return ""
    return str(marked) if marked == MARK or marked in _TWINS else found[0]


def readable(written: str) -> str:
    """A name, path or sentence with the signs that our stand-ins stand for, to be shown; fonts often lack the twins.

    Only for eyes: it is not the name that the drive has, and two names may look alike. Control characters stay
    pictures, so that nothing in a name moves a terminal.
    """
    if MARK not in written and not _MARKED.search(written):
        return written
    return _MARKED.sub(_seen, _COUNTED.sub(r"(\1)", written))


_COUNTED: Final = re.compile(rf"\({MARK}(\d+)\)")


def _seen(found: re.Match[str]) -> str:
    sign = _read(found)
    return sign if sign.isprintable() else "\ufffd" if found[1] else found[0]


def stand_ins(written: str) -> tuple[str, ...]:
    """The signs that the drive's name has other ones for, each once, in their order."""
    plain = (_TWINS.get(found[3] or "", "") for found in _MARKED.finditer(written))
    return tuple(dict.fromkeys(sign for sign in plain if sign))


def is_marked(written: str) -> bool:
    """Whether a mark makes a name that the drive reserves another one."""
    return _BREAK in written


def forms(words: str) -> tuple[str, ...]:
    """How a part of a path that somebody types as he reads it may stand in the drive."""
    return tuple(dict.fromkeys((words, to_drive(words), "/".join(map(to_drive, words.split("/"))))))


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def composed(name: str) -> str:
    """The name in NFC, in which all names are compared."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def key(name: str) -> str:
    """Equal for names that the drive cannot hold side by side: case and composition make no difference."""
    return name.lower() if name.isascii() else _folded(name)


def is_same(first: str, second: str) -> bool:
    """Whether two names are one text; their case makes a difference."""
    if first == second:
        return True
    if first.isascii() and second.isascii():
        return False
    return composed(first) == composed(second)


def split(name: str) -> tuple[str, str]:
    """Name and extension with its period; a name that begins with its only period has none."""
    stem, period, extension = name.rpartition(".")
    return (stem, period + extension) if stem else (name, "")


def numbered(name: str, number: int) -> str:
    """The drive's name of the second, third … item whose name is the same to the drive: "plan (‛2).pdf"."""
    stem, extension = split(name)
    return f"{stem} ({MARK}{number}){extension}"


def twin_number(name: str) -> int:
    """The number that `numbered` gave to a name of the drive; 1 where it has none."""
    found = _NUMBERED.search(name) if MARK in name else None
    return int(found[1]) if found else 1


def conflict_copy(name: str, words: str, when: datetime | None, number: int = 1) -> str:
    """The name under which the loser of a conflict is kept: "plan (Procore conflict 2026-11-23 14.05).pdf".

    words: "Procore conflict", in the language of the company. when: of the loser's content, in local time; None for a
    folder. The stem is cut where the name would be too long.
    """
    stem, extension = split(name)
    counter = f" {number}" if number > 1 else ""
    date = f" {when:%Y-%m-%d %H.%M}" if when else ""
    ending = f" ({words}{date}{counter})"
    too_long = max(0, units(stem + ending + extension) - NAME_LIMIT)
    return f"{cut(stem, units(stem) - too_long)}{ending}{extension}"


def is_conflict_copy(name: str, words: str) -> bool:
    """Whether it is such a name."""
    return f" ({words}" in split(name)[0]


def passing(name: str, number: int) -> str:
    """A name for a moment, while two items change names."""
    stem = cut(name, NAME_LIMIT - 12)
    return f"{stem}{PASSING}{number}"


def is_passing(name: str) -> bool:
    """Whether it is one of those: a run that was cut short left it."""
    return PASSING in name and _IS_PASSING.search(name) is not None


def units(name: str) -> int:
    """Length as the drive counts it, in UTF-16 units."""
    return len(name) if name.isascii() else len(name.encode("utf-16-le", "surrogatepass")) // 2


def cut(name: str, limit: int) -> str:
    """The beginning that has at most that many units, never half a character."""
    while units(name) > limit:
        name = name[: max(0, min(limit, len(name) - 1))]
    return name.rstrip(" .") or name


def excess(name: str, path_units: int = 0) -> int:
    """By how many characters a name of the drive, or its path, is too long; 0 when it fits.

    path_units: of its folder's path from the site's root, without the slash between.
    """
    length = units(name)
    path = path_units + 1 + length if path_units else length
    return max(0, length - NAME_LIMIT, path - PATH_LIMIT)


def shorter(name: str, by: int) -> str:
    """A suggestion that is shorter by so many characters and keeps the extension; the name itself when none is."""
    stem, extension = split(name)
    room = units(stem) - by
    return f"{cut(stem, room)}{extension}" if room > 0 else name
