"""How alike two company or project names are, for somebody who reads French and English.

Three spellings of a name, each forgiving more than the one before: `plain` (case, punctuation,
spaces), `unaccented` (accents too), `name_key` (legal form and filler words too). Names that differ
in nothing else are suspects, not proof: model/matching.py decides what follows.
"""

import re
import unicodedata

from rapidfuzz import fuzz

from maestro_procore.model.values import fold

NEAR = 90
"""Resemblance (0–100) of two names from which a person has to look, whatever else is known."""
NEAR_WITH_PROOF = 72
"""The same when phone, e-mail, postal code or a registration number agree as well."""

# Legal forms and filler words say nothing about who it is (French and English company forms).
_NOISE = frozenset(
    "inc incorporee incorporated ltee ltd limitee limited enr enrg cie co company compagnie corp corporation senc "
    "sencrl sec srl llc llp lp les le la l de du des d et and the of a au aux en".split()
)
# s.e.n.c.r.l., S.E.C., L.L.P.: the letters of an abbreviation are one word.
_SPELLED_OUT = re.compile(r"\b(?:[a-z]\.){2,}[a-z]?\b\.?")
_WRITTEN_OUT = {"st": "saint", "ste": "sainte"}
_ANY_WORD = re.compile(r"[^\W_]+|&")
_DIGITS = re.compile(r"\d+")
_LEFT_OVER = 75
"""How alike the words must be that only one of two long names has: Roy is not Cyr, whatever stands before."""


def plain(name: str) -> str:
    """Words in lower case, as they are accented, without punctuation."""
    return " ".join(_ANY_WORD.findall(unicodedata.normalize("NFC", name).casefold()))


def unaccented(name: str) -> str:
    """The same without accents."""
    return " ".join(_ANY_WORD.findall(fold(name)))


def name_key(name: str) -> str:
    """What stays of a name without accents, legal form, filler words, punctuation and word order."""
    joined = _SPELLED_OUT.sub(lambda found: found[0].replace(".", ""), fold(name)).replace("&", " et ")
    words = [_WRITTEN_OUT.get(word, word) for word in _ANY_WORD.findall(joined)]
    return " ".join(sorted(word for word in words if word not in _NOISE) or sorted(words))


def likeness(first_key: str, second_key: str) -> float:
    """0–100 for two name keys, as it is shown to whoever has to choose."""
    return fuzz.ratio(first_key, second_key)


def resemblance(first_key: str, second_key: str) -> float:
    """0–100 for two name keys; 0 when their numbers differ or when what they do not share is unlike.

    9123-4567 Québec and 9123-4568 Québec are two companies, however alike they look.
    """
    if sorted(_DIGITS.findall(first_key)) != sorted(_DIGITS.findall(second_key)):
        return 0.0
    score = fuzz.ratio(first_key, second_key)
    mine, theirs = set(first_key.split()), set(second_key.split())
    only_mine, only_theirs = " ".join(sorted(mine - theirs)), " ".join(sorted(theirs - mine))
    if not only_mine or not only_theirs or fuzz.ratio(only_mine, only_theirs) >= _LEFT_OVER:
        return score
    return min(score, NEAR_WITH_PROOF)


def are_unrelated(first_key: str, second_key: str) -> bool:
    """True when two name keys have nothing in common that a reader would take for the same company."""
    mine, theirs = sorted(_DIGITS.findall(first_key)), sorted(_DIGITS.findall(second_key))
    if mine and theirs and mine != theirs:
        return True
    if fuzz.ratio(first_key, second_key) >= 55 or fuzz.partial_ratio(first_key, second_key) >= 80:
        return False
    words = [(a, b) for a in first_key.split() for b in second_key.split()]
    if any(fuzz.ratio(a, b) >= 80 for a, b in words if len(a) > 2 and len(b) > 2):
        return False
    return not (_initials(first_key, second_key) or _initials(second_key, first_key))


def _initials(short: str, long: str) -> bool:
    """True for AFG and Acier Fortin Gagnon, in whatever order the words stand."""
    letters = sorted(word[0] for word in long.split())
    return len(letters) > 1 and " " not in short and sorted(short) == letters
