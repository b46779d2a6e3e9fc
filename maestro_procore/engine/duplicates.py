"""Suspected duplicates of an element: found beside the window, linked many at a time, or told apart for good.

What looks alike is model/duplicate_detective.py. Nothing here makes a call or writes on either side: links are carried
out by the run that is asked for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.company_faults import problem_of
from maestro_procore.engine.link_commands import LinkCommands
from maestro_procore.engine.parts import parts_of, scopes_of
from maestro_procore.engine.planning import gather_subject
from maestro_procore.model.duplicate_detective import ELEMENTS, Candidate, Detective, Kinship, Pair, pair_of
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.rules import Subject
from maestro_procore.ports import Clock, Company, CompanyRefused, CompanyUnreachable, Journal, Procore, Row


@dataclass(frozen=True)
class Findings:
    """What a search brought. read: how many records of each side were looked at; Procore's 0: none was read yet."""

    candidates: list[Candidate]
    maestro_read: int
    procore_read: int
    told_apart: int


@dataclass
class DuplicateCommands:
    """The buttons of the page Duplicates."""

    journal: Journal
    company: Company
    clock: Clock
    user: str
    may_synchronize: bool
    links: LinkCommands
    synchronize: Callable[..., Row]

    def find(self, element: str) -> Findings:
        """Everything that looks like one company, the likeliest first. Takes seconds on thousands of records.

        Raises Refused: CLI-02 for an element whose records have no names to compare, SRV-01 while maestro* does not
        answer.
        """
        self._known(element)
        try:
            subject = self._subject(element)
        except (CompanyUnreachable, CompanyRefused) as fault:
            raise Refused(problem_of(fault)) from fault
        with self.journal.begin() as tx:
            strangers = self.journal.strangers(tx, element)
        maestro = [record for record in subject.maestro if _may_have_a_partner(subject, record)]
        links = {key: link.procore_id for key, link in subject.links.items()}
        found = Detective(MAPS[element]).candidates(maestro, subject.procore, links, strangers)
        if MAPS[element].listed_with:  # twice in Procore: shown with the kind that the list belongs to
            found = [each for each in found if each.kinship is not Kinship.PROCORE]
        return Findings(found, len(maestro), len(subject.procore), len(strangers))

    def tell_apart(self, element: str, pairs: Iterable[Pair]) -> None:
        """Not the same: neither this page nor a run ever asks about these pairs again. Raises Refused: CFG-12."""
        self._known(element)
        self._may()
        with self.journal.begin() as tx:
            self.journal.tell_apart(tx, element, [pair_of(*pair) for pair in pairs], self.user, self.clock.now())

    def look_again(self, element: str, pairs: Iterable[Pair] | None = None) -> None:
        """Takes "not the same" back, of all pairs when none are named. Raises Refused: CFG-12."""
        self._known(element)
        self._may()
        with self.journal.begin() as tx:
            named = self.journal.strangers(tx, element) if pairs is None else [pair_of(*pair) for pair in pairs]
            self.journal.look_again(tx, element, named)

    def link(self, element: str, partners: Mapping[str, int]) -> Row:
        """Links maestro* keys with Procore ids, all or none of them; the one request that marks them there.

        Raises Refused: CFG-12, SRV-11 while the element is being synchronized, DUP-01 when two of them name one
        Procore record, and what engine/link_commands.py says of a single link.
        """
        self._known(element)
        chosen: dict[int, str] = {}
        for key, procore_id in partners.items():
            if (other := chosen.setdefault(procore_id, key)) != key:
                raise Refused(Problem("DUP-01", {"code": other, "twin": key, "id": str(procore_id)}))
        self.links.choose_all(element, partners)
        return self.synchronize(MAPS[element].page, keys=sorted(partners))

    def _subject(self, element: str) -> Subject:
        """Both sides as last read, as a run would see them."""
        doors = Doors(self.journal, self.company, self.clock, _no_calls)
        look = {"id": "", "element": MAPS[element].page, "keys": None, "project": None, "run": 1, "is_preview": True}
        parts = (part for parts in parts_of(look, scopes_of(doors, look)) for part in parts if part.kind == element)
        return gather_subject(doors, next(parts))

    def _known(self, element: str) -> None:
        if element not in ELEMENTS:
            raise Refused(Problem("CLI-02", {"name": element}))

    def _may(self) -> None:
        if not self.may_synchronize:
            raise Refused(Problem("CFG-12"))


async def _no_calls() -> Procore:
    raise AssertionError("a look at what was read makes no call")


def _may_have_a_partner(subject: Subject, record: Record) -> bool:
    """Linked ones are looked at too: one of them may stand in maestro* a second time."""
    return record.key in subject.links or subject.rules.out_of_scope(record, subject.settings) is None
