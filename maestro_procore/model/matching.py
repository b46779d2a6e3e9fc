"""Recognise which Procore record is a maestro* record, and ask when it is not certain.

Order: origin id, natural number, name. A near-duplicate is never linked by itself and never
passed over by creating another record: it becomes a question (F081).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.values import fold, means_the_same

NEAR_NAME = 90
"""Similarity (0–100) of two names from which a person has to look, whatever else differs."""
NEAR_WITH_PROOF = 72
"""The same when phone, e-mail or postal code agree as well."""

# Legal forms and filler words say nothing about who it is (French and English company forms).
_NOISE = frozenset(
    "inc incorporee incorporated ltee ltd limitee limited enr cie co company compagnie corp corporation senc sencrl "
    "sec srl llc llp les le la l de du des d et and the of".split()
)
_WORD = re.compile(r"[a-z0-9]+")


def name_key(name: str) -> str:
    """What stays of a name without accents, legal form, filler words and punctuation."""
    words = _WORD.findall(fold(name).replace("&", " et "))
    return " ".join(word for word in words if word not in _NOISE) or " ".join(words)


@dataclass(frozen=True)
class Match:
    """How a maestro* record was recognised.

    partner and rule: the record to link with. candidates: records between which a person chooses.
    Both empty: it is new. taken_by: the key that the partner is already linked with.
    """

    partner: Record | None = None
    rule: str = ""
    candidates: tuple[Record, ...] = ()
    taken_by: str | None = None


@dataclass
class Finder:
    """Looks for partners of one element among the Procore records.

    links: maestro* key → Procore id. Records that are already linked are never candidates.
    """

    element_map: ElementMap
    maestro: Sequence[Record]
    procore: Sequence[Record]
    links: Mapping[str, int]
    origin_prefix: str
    matches_by_number_only: bool = False
    _by_origin: dict[str, Record] = field(default_factory=dict)
    _by_number: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    _own_names: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _names: dict[int, str] = field(default_factory=dict)
    _free: dict[int, Record] = field(default_factory=dict)

    def __post_init__(self) -> None:
        linked = {procore_id: key for key, procore_id in self.links.items()}
        self._linked = linked
        own_numbers = {record.number for record in self.maestro}
        for record in self.procore:
            if record.is_gone:
                continue
            if record.origin_id:
                self._by_origin[record.origin_id] = record
            if record.number:
                self._by_number[record.number].append(record)
            # Whoever carries the number of another maestro* record is that record's partner, not a look-alike.
            if record.procore_id in linked or (record.number and record.number in own_numbers):
                continue
            # Where numbers identify (projects), a record with a number of its own is another one, however alike.
            if self.matches_by_number_only and record.number:
                continue
            key = name_key(self._title(record))
            self._by_name[key].append(record)
            self._names[record.procore_id] = key
            self._free[record.procore_id] = record
        for record in self.maestro:
            if record.key not in self.links:
                self._own_names[name_key(self._title(record))] += 1

    def find(self, record: Record) -> Match:
        """The partner of one maestro* record that has no link yet."""
        marked = self._by_origin.get(self.origin_prefix + record.key)
        if marked is not None:
            return self._checked(record, marked, "origin_id")
        numbered = self._by_number.get(record.number or "", [])
        if len(numbered) > 1:
            return Match(candidates=tuple(numbered))
        if numbered:
            return self._checked(record, numbered[0], "number")
        return self._by_likeness(record)

    def _checked(self, record: Record, partner: Record, rule: str) -> Match:
        holder = self._linked.get(partner.procore_id)
        taken = holder if holder is not None and holder != record.key else None
        return Match(partner, rule, taken_by=taken)

    def _by_likeness(self, record: Record) -> Match:
        key = name_key(self._title(record))
        same_name = self._by_name.get(key, [])
        is_only_one = len(same_name) == 1 and self._own_names[key] == 1
        if is_only_one and not self.matches_by_number_only and not self._contradicts(record, same_name[0]):
            return Match(same_name[0], "name")
        if same_name:
            return Match(candidates=tuple(same_name))
        return Match(candidates=tuple(self._look_alikes(record, key)))

    def _look_alikes(self, record: Record, key: str) -> Iterable[Record]:
        found = process.extract(
            key, self._names, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR_WITH_PROOF, limit=8, processor=None
        )
        for _, score, procore_id in found:
            candidate = self._free[procore_id]
            if score >= NEAR_NAME or self._agreeing(record, candidate):
                yield candidate

    def _agreeing(self, record: Record, candidate: Record) -> int:
        """How many telling fields agree (both filled and the same)."""
        return sum(self._compare(name, record, candidate) is True for name in ("phone", "email", "postal_code"))

    def _contradicts(self, record: Record, candidate: Record) -> bool:
        """True when place and telephone both speak against the name."""
        place = self._compare("city", record, candidate)
        other = [self._compare(name, record, candidate) for name in ("phone", "email", "postal_code")]
        return place is False and False in other and True not in other

    def _compare(self, name: str, record: Record, candidate: Record) -> bool | None:
        """None when either side does not say."""
        known = {f.name: f for f in self.element_map.fields}
        if name not in known:
            return None
        mine, theirs = record.values.get(name), candidate.values.get(name)
        if mine is None or theirs is None:
            return None
        if name == "city":
            return fold(str(mine)) == fold(str(theirs))
        return means_the_same(known[name].kind, mine, theirs, known[name].narrower)

    def _title(self, record: Record) -> str:
        return str(record.values.get(self.element_map.title) or "")
