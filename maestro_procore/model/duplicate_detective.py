"""Which records look like one and the same company: across the two systems, or twice within one of them.

Pure. It proposes and says why; a person decides. What they called "not the same" is never proposed again. Silent links
and questions of a run are model/matching.py; how alike two names are is model/names.py.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import combinations, product
from typing import Final

from rapidfuzz import fuzz, process

from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.matching import Match
from maestro_procore.model.names import NEAR_WITH_PROOF, name_key, plain, resemblance, unaccented
from maestro_procore.model.values import Value, fold

ELEMENTS: Final = ("suppliers", "customers")
"""Kinds of records that people enter by name, and so twice."""

LEAST: Final = 45
"""Score (0-100) from which two records are worth a look: what a name nine tenths alike gets by itself."""
LIKELY: Final = 80
"""From here the same name goes with the same telephone, or a registration with anything else."""

_SAME_NAME: Final = 60
_NEAR_NAME: Final = 20
"""Points of a name that is just near enough to say something when something else agrees as well."""
POINTS: Final[Mapping[str, int]] = {
    "licence": 50,
    "tax_numbers": 50,
    "number": 30,
    "phone": 25,
    "email": 25,
    "postal_code": 15,
}
"""What an equal value is worth. Licence and tax numbers belong to one company; a street shares its postal code."""
_AGAINST: Final[Mapping[str, int]] = {"licence": -40, "city": -10}
"""What a different value takes away. A company moves, and has many telephones."""
_TELEPHONES: Final = ("phone", "mobile")
_NAME_CUTOFF: Final = 89
"""A name alone reaches LEAST from here on."""
_LEAD: Final = 15
"""So many points ahead of its rivals, a candidate is clear."""
_CROWD: Final = 40
"""So many records with one telephone or postal code are a building or a placeholder, not a company."""


class Kinship(StrEnum):
    """Where the two records stand."""

    ACROSS = "across"
    MAESTRO = "maestro"
    PROCORE = "procore"


@dataclass(frozen=True)
class Reason:
    """Why, in the table `duplicate.reason.{name}`: the points it gave or took, and the value that both have."""

    name: str
    points: int
    value: str = ""


@dataclass(frozen=True)
class Suspect:
    """A record and the side that it stands on."""

    side: Side
    record: Record

    @property
    def name(self) -> str:
        """Unambiguous over both sides, for pairs that were told apart."""
        return f"{self.side}:{self.record.key}"


@dataclass(frozen=True)
class Candidate:
    """Two records that may be one, maestro*'s first. score: 0-100. reasons: the weightiest first."""

    kinship: Kinship
    first: Suspect
    second: Suspect
    score: int
    reasons: tuple[Reason, ...]


Pair = tuple[str, str]


def pair_of(first: str, second: str) -> Pair:
    """Two names in the one order in which pairs are kept."""
    return (first, second) if first <= second else (second, first)


def clear_cases(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Pairs across the systems that are likely, and whose records have no other candidate that comes near."""
    across = [each for each in candidates if each.kinship is Kinship.ACROSS]
    scores: dict[str, list[int]] = defaultdict(list)
    for each in across:
        for suspect in (each.first, each.second):
            scores[suspect.name].append(each.score)

    def is_alone(each: Candidate) -> bool:
        near = (score for one in (each.first, each.second) for score in scores[one.name] if score > each.score - _LEAD)
        return sum(1 for _ in near) == 2  # itself, seen from both of its records

    return [each for each in across if each.score >= LIKELY and is_alone(each)]


def pairs_to_link(candidates: Iterable[Candidate]) -> dict[str, int]:
    """maestro* key → Procore id of candidates across the systems."""
    across = (each for each in candidates if each.kinship is Kinship.ACROSS)
    return {each.first.record.key: each.second.record.procore_id for each in across}


def without_strangers(match: Match, record: Record, strangers: Set[Pair]) -> Match:
    """A match without those that a person has told apart from the record.

    What carries the record's own number or mark stays: sending the record once more would collide with it.
    """
    own = Suspect(Side.MAESTRO, record).name

    def is_stranger(partner: Record) -> bool:
        name = Suspect(Side.PROCORE, partner).name
        return partner.number != record.number and pair_of(own, name) in strangers

    if match.partner is not None and match.rule == "name" and is_stranger(match.partner):
        return Match()
    return replace(match, candidates=tuple(each for each in match.candidates if not is_stranger(each)))


class Detective:
    """Compares records of one element."""

    def __init__(self, element_map: ElementMap) -> None:
        self._map = element_map

    def compare(self, first: Record, second: Record) -> tuple[int, tuple[Reason, ...]]:
        """Score and reasons; the same whichever comes first."""
        mine, theirs = _Face(self._map, first), _Face(self._map, second)
        return _compared(mine, theirs)

    def candidates(
        self,
        maestro: Sequence[Record],
        procore: Sequence[Record],
        links: Mapping[str, int],
        strangers: Set[Pair] = frozenset(),
    ) -> list[Candidate]:
        """All pairs worth a look, the likeliest first.

        links: maestro* key → Procore id; two linked records are not proposed to each other's partners, but within
        one side they are. strangers: pairs of names (pair_of) that a person has told apart. Companies
        that were put away in Procore are left out: they cannot be linked.
        """
        suspects = [Suspect(Side.MAESTRO, record) for record in maestro]
        suspects += [Suspect(Side.PROCORE, record) for record in procore if record.is_active and not record.is_gone]
        faces = [_Face(self._map, suspect.record) for suspect in suspects]
        linked = {f"{Side.MAESTRO}:{key}" for key in links} | {f"{Side.PROCORE}:{held}" for held in links.values()}
        found = []
        for one, other in _worth_comparing(faces):
            first, second = suspects[one], suspects[other]
            kinship = Kinship(first.side.value) if first.side is second.side else Kinship.ACROSS
            if kinship is Kinship.ACROSS and (first.name in linked or second.name in linked):
                continue
            if pair_of(first.name, second.name) in strangers:
                continue
            score, reasons = _compared(faces[one], faces[other])
            if score >= LEAST:
                found.append(Candidate(kinship, first, second, score, reasons))
        return sorted(found, key=lambda each: (-each.score, each.first.name, each.second.name))


class _Face:
    """What of a record is compared, read once."""

    def __init__(self, element_map: ElementMap, record: Record) -> None:
        values = record.values
        self.title = str(values.get(element_map.title) or "")
        self.key = name_key(self.title)
        self.city = fold(str(values.get("city") or ""))
        self.signs: dict[str, frozenset[Value]] = {}
        names = [name for name in POINTS if name != "number"]
        for name in names:
            held = values.get(name)
            if name == "tax_numbers":
                self.signs[name] = frozenset(str(held or "").split())
            elif name == "phone":
                kind = element_map.field(name).kind
                said = (values.get(each) for each in _TELEPHONES)
                self.signs[name] = frozenset(kind.essence(each) for each in said if each is not None)
            else:
                self.signs[name] = frozenset([element_map.field(name).kind.essence(held)] if held is not None else [])
        self.signs["number"] = frozenset([record.number] if record.number else [])

    @cached_property
    def spellings(self) -> tuple[tuple[str, str], ...]:
        """Reason of equality → spelling, the strictest first."""
        return (
            ("name_same", plain(self.title)),
            ("name_accents", unaccented(self.title)),
            ("name_forms", self.key),
        )


def _compared(mine: _Face, theirs: _Face) -> tuple[int, tuple[Reason, ...]]:
    reasons = [each for each in (_name(mine, theirs),) if each is not None]
    for name, points in POINTS.items():
        if common := mine.signs[name] & theirs.signs[name]:
            reasons.append(Reason(name, points, min(str(value) for value in common)))
        elif name in _AGAINST and mine.signs[name] and theirs.signs[name]:
            reasons.append(Reason(f"other_{name}", _AGAINST[name]))
    if mine.city and theirs.city and mine.city != theirs.city:
        reasons.append(Reason("other_city", _AGAINST["city"]))
    score = sum(reason.points for reason in reasons)
    ordered = tuple(sorted(reasons, key=lambda each: (-each.points, each.name)))
    return max(0, min(100, score)), ordered


def _name(mine: _Face, theirs: _Face) -> Reason | None:
    for (name, one), (_, other) in zip(mine.spellings, theirs.spellings, strict=True):
        if one and one == other:
            return Reason(name, _SAME_NAME)
    near = resemblance(mine.key, theirs.key) if mine.key and theirs.key else 0.0
    if near < NEAR_WITH_PROOF:
        return None
    share = (near - NEAR_WITH_PROOF) / (100 - NEAR_WITH_PROOF)
    return Reason("name_alike", _NEAR_NAME + int(share * (_SAME_NAME - _NEAR_NAME)), str(int(near)))


# --- pairs that can reach the least score ---------------------------------------------------------------


def _worth_comparing(faces: Sequence[_Face]) -> Iterable[tuple[int, int]]:
    """Places of two records, each pair once: every pair that can reach LEAST has a value in common or a near name."""
    found = set(_with_common_signs(faces))
    found.update(_with_near_names(faces))
    return found


def _with_common_signs(faces: Sequence[_Face]) -> Iterator[tuple[int, int]]:
    """What a crowd has in common says nothing about any two of it: it is taken from their faces."""
    holders: dict[tuple[str, Value], list[int]] = defaultdict(list)
    for place, face in enumerate(faces):
        for name, values in face.signs.items():
            for value in values:
                holders[name, value].append(place)
    for (name, value), places in holders.items():
        if len(places) <= _CROWD:
            yield from combinations(places, 2)
            continue
        for place in places:
            faces[place].signs[name] -= {value}


def _with_near_names(faces: Sequence[_Face]) -> Iterator[tuple[int, int]]:
    """Names of very different lengths cannot be alike, so each is compared with those of about its own length.

    Every spelling is compared once: on the first day most companies stand on both sides under one name.
    """
    bearers: dict[str, list[int]] = defaultdict(list)
    for place, face in enumerate(faces):
        if face.key:
            bearers[face.key].append(place)
    keys = sorted(bearers, key=len)
    lengths = [len(key) for key in keys]
    for here, key in enumerate(keys):
        yield from combinations(bearers[key], 2)
        longest = int(len(key) * (200 - _NAME_CUTOFF) / _NAME_CUTOFF) + 1
        others = keys[here + 1 : bisect_right(lengths, longest)]
        near = process.extract(key, others, scorer=fuzz.ratio, score_cutoff=_NAME_CUTOFF, limit=None)
        for other, _score, _place in near:
            for one, two in product(bearers[key], bearers[other]):
                yield (one, two) if one < two else (two, one)
