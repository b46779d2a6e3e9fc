"""What stays of an answer of Procore without everything that differs from one record or company to the next.

Two answers of one shape mean the same, so what a technician wrote about the first explains the second. A shape travels
to other companies with that explanation: no number, date, identifier, name or secret may stand in it. Pure.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

GAP: Final = "#"
"""Stands for whatever was taken out."""
LONGEST_SHAPE: Final = 600

_QUOTED: Final = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|«[^»]*»|“[^”]*”|‘[^’]*’|`[^`]*`")
_ADDRESSED: Final = re.compile(r"\S*(?:://|@|\\)\S*")
"""Web address, e-mail, path of Windows."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]|_")
_LONGEST_WORD: Final = 20
"""Letters. What is longer is a token, not a word of a sentence (a field's name is cut at its underscores)."""
_ENDS_SENTENCE: Final = frozenset(".:!?;")

# How error messages begin when they begin with no name. A capital at the beginning says nothing, and a company's name
# may well be the first word; so any other first word is taken out.
_FIRST_WORDS: Final = frozenset(
    "a access account action an and another api attribute authentication authorization bad budget cannot can't change "
    "code commitment company completed contract cost could couldn't currency date direct does doesn't duplicate email "
    "entity error errors every expired failed field file for forbidden from has have if in inactive incorrect internal "
    "invalid invoice is it item items label length limit line lines locked login maximum message method minimum "
    "missing must name no not nothing number one only order origin param parameter parent payload permission "
    "permissions please prime project purchase record records request required requisition resource segment server "
    "service some sorry status subcontract tax template that the there this title token too tool type unable "
    "unauthorized unexpected unit unknown unprocessable unsupported user validation value vendor wbs when while work "
    "wrong you your".split()
)

# Written out, a date or a person's title stands among the words.
_CHANGING_WORDS: Final = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
    "today yesterday tomorrow am pm utc est edt gmt".split()
)

# What stands between or behind the words of a company's name, and goes with them.
_WITHIN_NAMES: Final = frozenset(
    "de du des la le les et and of inc ltd ltee limitee limited enr cie co corp llc llp sec senc".split()
)


def fingerprint(status: int, method: str, path: str, words: str, names: Iterable[str] = ()) -> str:
    """Same answer, same fingerprint, whatever record it was about. 16 hex digits. See `shape`."""
    return digest(shape(status, method, path, words, names))


def digest(shape_of_answer: str) -> str:
    """The fingerprint of a shape."""
    return hashlib.sha256(shape_of_answer.encode()).hexdigest()[:16]


def shape(status: int, method: str, path: str, words: str, names: Iterable[str] = ()) -> str:
    """'409 POST /rest/v1.0/companies/#/vendors # is taken': status, method, address and words, gaps for the rest.

    names: values that may stand in the answer and are nobody else's business, such as those that were sent. Without
    them a name is known by its capital letters only.
    """
    return f"{status} {method.upper()} {_path(path)} {_words(words, names)}"[:LONGEST_SHAPE].strip()


def is_shape(told: str) -> bool:
    """True for what `shape` can have made: nothing that it takes out stands in it (what comes in a file may lie)."""
    status, method, path, words = (*told.split(" ", 3), "", "", "")[:4]
    if not (status.isdecimal() and path.startswith("/") and len(told) <= LONGEST_SHAPE):
        return False
    return told == shape(int(status), method, path, words)


def _path(path: str) -> str:
    """The address without its query: what is neither a word of the API nor its version is an identifier."""
    parts = path.partition("?")[0].split("/")
    return "/".join(part if not part or _OF_THE_API.fullmatch(part) else GAP for part in parts)


_OF_THE_API: Final = re.compile(r"v\d(?:\.\d)?|[a-z]+(?:_[a-z]+)*")


def _words(words: str, names: Iterable[str]) -> str:
    plain = _without(unicodedata.normalize("NFKC", words), names)
    for changing in (_QUOTED, _ADDRESSED):
        plain = changing.sub(f" {GAP} ", plain)
    kept: list[str] = []
    is_first = True
    for chunk in plain.split():
        if _is_identifier(chunk):
            kept.append(GAP)
            is_first = chunk[-1] in _ENDS_SENTENCE
            continue
        for word in _WORD.findall(chunk):
            kept.append(_kept(word, is_first))
            is_first = word in _ENDS_SENTENCE
    return " ".join(_joined([word for word in kept if word == GAP or word[0].isalpha()]))


def _without(words: str, names: Iterable[str]) -> str:
    """The words with gaps for names that stand in them, the longest first, whatever their case."""
    folded = words.casefold()
    found = {name for each in names if len(name := unicodedata.normalize("NFKC", each).strip()) > 2}
    for name in sorted(found, key=lambda name: (-len(name), name)):
        if name.casefold() in folded and name.casefold() not in _FIRST_WORDS:
            words = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", f" {GAP} ", words, flags=re.IGNORECASE)
    return words


def _is_identifier(chunk: str) -> bool:
    """Anything with a digit in it: number, amount, date, code, token; and letters too long to be a word."""
    return any(c.isnumeric() for c in chunk) or any(len(part) > _LONGEST_WORD for part in _WORD.findall(chunk))


def _kept(word: str, is_first: bool) -> str:
    """The word as it stays, or a gap: a capital within a sentence is a name's."""
    small = word.casefold()
    if small in _CHANGING_WORDS:
        return GAP
    if word == small:
        return small
    return small if is_first and small in _FIRST_WORDS else GAP


def _joined(words: list[str]) -> list[str]:
    """One gap for the words of a name, with what stands between and behind them."""
    kept: list[str] = []
    waiting: list[str] = []
    for word in words:
        if word == GAP:
            if not kept or kept[-1] != GAP:
                kept.append(GAP)
            waiting = []
        elif kept and kept[-1] == GAP and _folded(word) in _WITHIN_NAMES:
            waiting.append(word)
        else:
            kept += [each for each in waiting if _folded(each) in _LINKING]
            waiting = []
            kept.append(word)
    return kept


_LINKING: Final = frozenset("and of la le les".split())
"""Between a gap and a word of the sentence they are the sentence's own."""


def _folded(word: str) -> str:
    spelled = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in spelled if not unicodedata.combining(c))
