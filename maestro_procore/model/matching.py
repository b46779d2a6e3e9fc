"""Recognise which Procore record is a maestro* record, and ask when it is not certain.

Order: origin id, natural number, name. Only what is certain links by itself; whatever merely looks
like the same thing becomes a question, never a second record and never a silent link (F081).
How alike two names are is model/names.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.names import (
    NEAR,
    NEAR_WITH_PROOF,
    are_unrelated,
    name_key,
    plain,
    resemblance,
    unaccented,
)
from maestro_procore.model.values import Value, fold, means_the_same

MOST_CANDIDATES = 8
_PROOFS = ("phone", "email", "postal_code", "licence", "tax_numbers")
_REGISTRATIONS = ("licence", "tax_numbers")
"""Given by the government to one company only."""


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


@dataclass(frozen=True)
class Evidence:
    """What two records of the same or a similar name say about each other, field by field.

    agree, differ: fields filled on both sides. A value that only one side has says nothing.
    """

    agree: frozenset[str]
    differ: frozenset[str]

    @property
    def is_against(self) -> bool:
        """True when the place and something else speak against the name, or a registration does, and nothing for it."""
        if self.agree & frozenset(_PROOFS):
            return False
        return bool(self.differ & frozenset(_REGISTRATIONS)) or ("city" in self.differ and len(self.differ) > 1)

    @property
    def proofs(self) -> int:
        """How many telling fields agree."""
        return len(self.agree & frozenset(_PROOFS))


class Finder:
    """Looks for partners of one element among the Procore records.

    owners: maestro* records that are linked or to be sent; those without a link seek. links: maestro* key → Procore id.
    numbers_identify: a name alone never links, and a record with a number of its own is another one
    unless both name and number say otherwise (projects).
    """

    def __init__(
        self,
        element_map: ElementMap,
        owners: Sequence[Record],
        procore: Sequence[Record],
        links: Mapping[str, int],
        origin_prefix: str,
        *,
        numbers_identify: bool = False,
    ) -> None:
        self._map, self._prefix, self._numbers_identify = element_map, origin_prefix, numbers_identify
        self._owners = {record.number: record for record in owners}
        self._seekers = {record.key: record for record in owners if record.key not in links}
        self.linked = {procore_id: key for key, procore_id in links.items()}
        self._orphans = set(links) - {record.key for record in owners}
        self._present = [record for record in procore if not record.is_gone]
        self._by_origin = {record.origin_id: record for record in self._present if record.origin_id}
        self._by_number: dict[str, list[Record]] = defaultdict(list)
        for record in self._present:
            if record.number:
                self._by_number[record.number].append(record)

    def find(self, record: Record) -> Match:
        """The partner of one maestro* record that has no link yet."""
        marked = self.marked(record)
        if marked is not None:
            if marked.procore_id in self.linked or self._is_plausible(record, marked):
                return self.checked(record, marked, "origin_id")
            # Two maestro* databases with one company tag make the same mark for two strangers.
            return Match(candidates=(marked,))
        return self._by_its_number(record) or self._by_likeness(record)

    def marked(self, record: Record) -> Record | None:
        """The Procore record that carries our own mark for this one."""
        return self._by_origin.get(self._prefix + record.key)

    def checked(self, record: Record, partner: Record, rule: str) -> Match:
        """A match, with whoever has the partner already."""
        holder = self.linked.get(partner.procore_id) or self._marked_for(partner)
        return Match(partner, rule, taken_by=holder if holder != record.key else None)

    def numbered(self, record: Record) -> list[Record]:
        """Procore records that carry the code of this one; the active one alone when the others were put away."""
        found = self._by_number.get(record.number or "", [])
        active = [each for each in found if each.is_active]
        return active if len(active) == 1 else found

    def are_twins(self, first: Record, second: Record) -> bool:
        """True when two maestro* records are the same company as far as anybody can tell."""
        if name_key(self._title(first)) != name_key(self._title(second)):
            return False
        found = self._evidence(first, second)
        is_same_name = plain(self._title(first)) == plain(self._title(second))
        return not found.is_against and (is_same_name or found.proofs > 0)

    # --- number -----------------------------------------------------------------------------------

    def _by_its_number(self, record: Record) -> Match | None:
        found = self.numbered(record)
        if len(found) > 1:
            return Match(candidates=tuple(found))
        if not found:
            return None
        if self._is_plausible(record, found[0]):
            return self.checked(record, found[0], "number")
        # A code typed on the wrong company would hand that company's name and address to this one.
        likely = self._by_likeness(record)
        if self._settled.get(found[0].procore_id, record.key) != record.key:
            return likely  # the company is certainly another's, and gets that one's code
        others = (likely.partner,) if likely.partner is not None else likely.candidates
        return Match(candidates=tuple(found + [each for each in others if each is not found[0]]))

    def _is_plausible(self, record: Record, partner: Record) -> bool:
        if self._numbers_identify:
            return True
        if unaccented(self._title(record)) == unaccented(self._title(partner)):
            return True
        if self._by_own_spelling.get(unaccented(self._title(partner))):
            return False  # another supplier bears that very name
        mine, theirs = name_key(self._title(record)), name_key(self._title(partner))
        if not mine or not theirs or not are_unrelated(mine, theirs):
            return True
        # A renamed company keeps its telephone.
        return bool(self._evidence(record, partner).agree - {"city", "postal_code"})

    def _marked_for(self, partner: Record) -> str | None:
        """The seeker that our own mark on a Procore record names, if there is one."""
        origin_id = partner.origin_id or ""
        key = origin_id.removeprefix(self._prefix) if origin_id.startswith(self._prefix) else ""
        return key if key in self._seekers else None

    # --- name -------------------------------------------------------------------------------------

    @cached_property
    def _wanting(self) -> list[Record]:
        """Seekers that neither a mark nor a number has found: only their names are left."""
        return [r for r in self._seekers.values() if self.marked(r) is None and not self._has_own_number(r)]

    def _has_own_number(self, record: Record) -> bool:
        return any(self._is_plausible(record, each) for each in self.numbered(record))

    @cached_property
    def _by_own_spelling(self) -> dict[str, list[Record]]:
        return self._grouped(self._seekers.values())

    @cached_property
    def _free(self) -> dict[int, Record]:
        """Procore records that nobody has a better right to than by name."""
        free = {}
        for record in self._present:
            owner = self._owners.get(record.number) if record.number else None
            is_owned = owner is not None and self._is_plausible(owner, record)
            if record.procore_id not in self.linked and not is_owned and self._marked_for(record) is None:
                free[record.procore_id] = record
        return free

    @cached_property
    def _keys(self) -> dict[int, str]:
        return {procore_id: name_key(self._title(record)) for procore_id, record in self._free.items()}

    @cached_property
    def _by_spelling(self) -> dict[str, list[Record]]:
        """Unaccented spelling → free records."""
        return self._grouped(self._free.values())

    @cached_property
    def _settled(self) -> dict[int, str]:
        """Free records whose name leaves no doubt, with the key of the seeker that gets each."""
        settled: dict[int, str] = {}
        for record in [] if self._numbers_identify else self._wanting:
            certain = self._certain(record)
            if certain is not None:
                settled.setdefault(certain.procore_id, record.key)
        return settled

    @cached_property
    def _spoken_for(self) -> dict[str, list[Record]]:
        """Name key → records that belong to a maestro* record already, or will after this run."""
        found: dict[str, list[Record]] = defaultdict(list)
        for record in self._present:
            if record.procore_id not in self._free or record.procore_id in self._settled:
                found[name_key(self._title(record))].append(record)
        return found

    @cached_property
    def _wanting_by_spelling(self) -> dict[str, list[Record]]:
        return self._grouped(self._wanting)

    @cached_property
    def _by_proof(self) -> dict[tuple[str, Value], list[Record]]:
        """(field, essence of a value) → free records."""
        found: dict[tuple[str, Value], list[Record]] = defaultdict(list)
        for record in self._free.values():
            for proof in self._proofs_of(record):
                found[proof].append(record)
        return found

    def _grouped(self, records: Iterable[Record]) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            found[unaccented(self._title(record))].append(record)
        return found

    def _by_likeness(self, record: Record) -> Match:
        if self._numbers_identify:
            alike = [each for each in self._look_alikes(record) if self._may_be_the_same(record, each)]
            return Match(candidates=tuple(alike or self._left_behind(record)))
        certain = self._certain(record)
        if certain is not None:
            return Match(certain, "name")
        alike = self._look_alikes(record)
        if not alike:
            # Another supplier's: perhaps the same company was entered twice in maestro*.
            twins = self._spoken_for.get(name_key(self._title(record)), [])
            alike = [each for each in twins if self.are_twins(record, each)]
        return Match(candidates=tuple(alike[:MOST_CANDIDATES]))

    def _left_behind(self, record: Record) -> list[Record]:
        """Records of the same name whose own maestro* record is gone: perhaps it was given another number."""
        twins = self._spoken_for.get(name_key(self._title(record)), [])
        return [r for r in twins if self.linked.get(r.procore_id) in self._orphans and self.are_twins(record, r)]

    def _certain(self, record: Record) -> Record | None:
        """The one record of the same name that can be nobody else, or None."""
        spelling = unaccented(self._title(record))
        same = self._by_spelling.get(spelling, [])
        pool = [each for each in same if each.is_active] or same
        others = [each for each in self._wanting_by_spelling.get(spelling, []) if each.key != record.key]
        if len(pool) == 1 and not others:
            return pool[0] if self._is_certain(record, pool[0]) else None
        # Branches of one company, each entered on both sides: telephone or postal code tell them apart.
        proven = [each for each in pool if self._evidence(record, each).proofs and self._is_certain(record, each)]
        if len(proven) != 1 or any(self._evidence(other, proven[0]).proofs for other in others):
            return None
        return proven[0]

    def _is_certain(self, record: Record, candidate: Record) -> bool:
        """The same name as it is written; with other accents only when two other fields agree and none differs."""
        found = self._evidence(record, candidate)
        if plain(self._title(record)) == plain(self._title(candidate)):
            return not found.is_against
        return found.proofs >= 2 and not found.differ

    # --- look-alikes ------------------------------------------------------------------------------

    def _look_alikes(self, record: Record) -> list[Record]:
        """Records that a person has to look at, the likeliest first, active ones before those put away."""
        key = name_key(self._title(record))
        scores: dict[int, float] = {}
        near = process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=NEAR_WITH_PROOF, limit=50)
        for other, _score, procore_id in near:
            if self._settled.get(procore_id, record.key) != record.key:
                continue
            score, evidence = resemblance(key, other), self._evidence(record, self._free[procore_id])
            # Lapointe in Gatineau and Laplante in Gaspé are two families; a typo has the same place or telephone.
            is_near = score == 100 or (score >= NEAR and not evidence.is_against)
            if is_near or (score >= NEAR_WITH_PROOF and evidence.proofs):
                scores[procore_id] = score
        for procore_id in self._proven(record):
            scores.setdefault(procore_id, 0.0)
        found = [self._free[procore_id] for procore_id in scores]
        found.sort(key=lambda each: (not each.is_active, -scores[each.procore_id], each.key))
        return found[:MOST_CANDIDATES]

    def _proven(self, record: Record) -> list[int]:
        """Records of any name with the same registration, or with two other telling fields in common."""
        shared: dict[int, set[str]] = defaultdict(set)
        for proof in self._proofs_of(record):
            for each in self._by_proof.get(proof, []):
                if self._settled.get(each.procore_id, record.key) == record.key:
                    shared[each.procore_id].add(proof[0])
        enough = frozenset({"phone", "email"})
        return [i for i, names in shared.items() if names & frozenset(_REGISTRATIONS) or enough <= names]

    def _proofs_of(self, record: Record) -> Iterable[tuple[str, Value]]:
        for name in _PROOFS:
            value = record.values.get(name)
            if name == "postal_code" or value is None:
                continue  # a whole street shares a postal code
            if name == "tax_numbers":
                yield from ((name, number) for number in str(value).split())
            else:
                yield name, self._map.field(name).kind.essence(value)

    def _may_be_the_same(self, record: Record, candidate: Record) -> bool:
        """Where numbers identify: no number yet, the same one typed another way, or the same name at the same place."""
        if not candidate.number or is_same_number(candidate.number, record.number):
            return True
        found = self._evidence(record, candidate)
        return plain(self._title(record)) == plain(self._title(candidate)) and bool(found.agree - {"city"})

    def _evidence(self, record: Record, candidate: Record) -> Evidence:
        compared = {name: self._compare(name, record, candidate) for name in ("city", *_PROOFS)}
        agree = frozenset(name for name, is_same in compared.items() if is_same is True)
        return Evidence(agree, frozenset(name for name, is_same in compared.items() if is_same is False))

    def _compare(self, name: str, record: Record, candidate: Record) -> bool | None:
        """None when either side does not say."""
        mine, theirs = record.values.get(name), candidate.values.get(name)
        if mine is None or theirs is None:
            return None
        if name == "city":
            return fold(str(mine)) == fold(str(theirs))
        if name == "tax_numbers":
            # One side may hold the federal number, the other the provincial one: only a common one says something.
            return True if set(str(mine).split()) & set(str(theirs).split()) else None
        known = self._map.field(name)
        return means_the_same(known.kind, mine, theirs, known.narrower)

    def _title(self, record: Record) -> str:
        return str(record.values.get(self._map.title) or "")


def is_same_number(first: str | None, second: str | None) -> bool:
    """True for one number typed in two ways: 24-001, 24 001 and 024001."""
    return _said_aloud(first) == _said_aloud(second)


def _said_aloud(number: str | None) -> str:
    return "".join(c for c in fold(number or "") if c.isalnum()).lstrip("0")
