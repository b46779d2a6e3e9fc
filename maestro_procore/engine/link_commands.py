"""What a person may do about the link of a record. Each deed checks, is written down with its reason, and returns.

Procore hears of it in the next run of the element, which is asked for at once. Nothing is deleted on either side.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.link_states import APART, CREATE, IGNORE, Deed, name_of
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.model.status import LineStatus
from maestro_procore.ports import Clock, Journal, Row, Tx

OURS = "MST:"
"""How every mark of ours begins (reference maestro-interface.md §2)."""


@dataclass
class LinkCommands:
    """The buttons of the Links page.

    element: also a kind without a page whose partners people choose (customers). Every one raises Refused: CFG-12
    without the right, CLI-02 for an unknown element, SRV-11 while the element is being synchronized.
    synchronize: engine/commands.py's.
    """

    journal: Journal
    clock: Clock
    user: str
    may_synchronize: bool
    synchronize: Callable[..., Row]

    def link(self, element: str, maestro_key: str, procore_id: int, why: str = "") -> Row:
        """Links a maestro* record with a Procore record that a person names; the request that marks it there.

        Raises Refused also: LNK-14 when Procore has no such record, LNK-15 when another record holds it, LNK-16 when
        the maestro* record is linked (relink is for that).
        """
        self._check(element)
        with self.journal.begin() as tx:
            if self.journal.link_ends(tx, element, maestro_key) is not None:
                raise Refused(Problem("LNK-16", {"code": maestro_key}))
            self._choose_partner(tx, element, maestro_key, procore_id)
            self._note(tx, element, maestro_key, Deed.LINK, why, procore_id)
        return self.synchronize(MAPS[element].page, keys=[maestro_key])

    def choose_all(self, element: str, partners: Mapping[str, int], why: str = "") -> None:
        """Chooses a Procore id for each of many maestro* keys, all or none; the next run of the element links them.

        Raises Refused as `link` does.
        """
        self._check(element)
        with self.journal.begin() as tx:
            linked = self.journal.link_pairs(tx, element)
            if taken := sorted(partners.keys() & linked.keys()):
                raise Refused(Problem("LNK-16", {"code": taken[0]}))
            self._choose_partners(tx, element, partners)
            events = [self._event(element, key, Deed.LINK, why, partner) for key, partner in partners.items()]
            self.journal.note_links(tx, events)

    def unlink(self, element: str, maestro_key: str, why: str = "") -> bool:
        """Takes a link back, and tries to empty our mark in Procore by a request. False: not linked.

        A record whose partner is gone may be sent or linked again by any run; one whose partner exists stays apart
        until a person says otherwise.
        """
        self._check(element)
        with self.journal.begin() as tx:
            ends = self._take_apart(tx, element, maestro_key)
            if ends is None:
                return False
            self._note(tx, element, maestro_key, Deed.UNLINK, why, ends["procore_id"])
            if ends["is_held"]:
                now = self.clock.now()
                self.journal.choose_link(tx, element, maestro_key, APART, self.user, now)
                told = Problem("LNK-12", {"code": maestro_key})
                self._show(tx, element, maestro_key, told)
        if ends["is_held"] and ends["origin_id"].startswith(OURS):
            self._run(element, maestro_key)
        return True

    def relink(self, element: str, maestro_key: str, procore_id: int, why: str = "") -> Row:
        """Gives a maestro* record another partner. Raises Refused as `link` does."""
        self._check(element)
        with self.journal.begin() as tx:
            self._take_apart(tx, element, maestro_key)
            self._choose_partner(tx, element, maestro_key, procore_id)
            self._note(tx, element, maestro_key, Deed.RELINK, why, procore_id)
        return self.synchronize(MAPS[element].page, keys=[maestro_key])

    def resend(self, element: str, maestro_key: str, why: str = "") -> Row:
        """Sends a record once more: as it is when its partner exists, else as a new one.

        Raises Refused also: LNK-17 while Procore keeps our mark for it on another record.
        """
        self._check(element)
        with self.journal.begin() as tx:
            ends = self.journal.link_ends(tx, element, maestro_key)
            is_new = ends is None or not ends["is_held"]
            if is_new:
                self._refuse_kept_mark(tx, element, maestro_key)
                self._take_apart(tx, element, maestro_key)
                self.journal.choose_link(tx, element, maestro_key, CREATE, self.user, self.clock.now())
                self._show(tx, element, maestro_key, None)
            self._note(tx, element, maestro_key, Deed.RESEND, why, None if ends is None else ends["procore_id"])
        return self.synchronize(MAPS[element].page, keys=[maestro_key], full=not is_new)

    def ignore(self, element: str, maestro_key: str | None, procore_id: int | None, why: str = "") -> None:
        """Runs leave the record alone from now on. Its link, if it has one, stays."""
        self._check(element)
        name = name_of(maestro_key, procore_id)
        with self.journal.begin() as tx:
            self.journal.choose_link(tx, element, name, IGNORE, self.user, self.clock.now())
            self._note(tx, element, name, Deed.IGNORE, why, procore_id)
            self._show(tx, element, name, Problem("LNK-13", {"code": name}))

    def heed(self, element: str, maestro_key: str | None, procore_id: int | None, why: str = "") -> bool:
        """Runs look after the record again. False: they always did."""
        self._check(element)
        name = name_of(maestro_key, procore_id)
        with self.journal.begin() as tx:
            if self.journal.link_choice(tx, element, name) != IGNORE:
                return False
            self.journal.choose_link(tx, element, name, "", self.user, self.clock.now())
            self._note(tx, element, name, Deed.HEED, why, procore_id)
            self._show(tx, element, name, None)
        return True

    # --- steps --------------------------------------------------------------------------------------

    def _check(self, element: str) -> None:
        if not self.may_synchronize:
            raise Refused(Problem("CFG-12"))
        if element not in MAPS or not MAPS[element].takes_choices:
            raise Refused(Problem("CLI-02", {"name": element}))
        page = MAPS[element].page
        if any(request["element"] == page for request in self.journal.open_requests()):
            raise Refused(Problem("SRV-11", {"element": page}))

    def _take_apart(self, tx: Tx, element: str, maestro_key: str) -> Row | None:
        """Removes the link; its mark is emptied by the next run. What it was, None: not linked."""
        ends = self.journal.link_ends(tx, element, maestro_key)
        if ends is None:
            return None
        audit = Problem("LNK-03", {"code": maestro_key, "user": self.user})
        self.journal.unlink(tx, element, maestro_key, audit)
        if ends["is_held"]:
            now = self.clock.now()
            self.journal.choose_link(tx, element, name_of(None, ends["procore_id"]), APART, self.user, now)
        if ends["is_held"] and ends["origin_id"].startswith(OURS):
            self.journal.put_link_mark(
                tx,
                element=element,
                procore_id=ends["procore_id"],
                scope=ends["scope"],
                maestro_key=maestro_key,
                name=ends["name"],
                origin_id=ends["origin_id"],
                state="open",
            )
        return ends

    def _choose_partner(self, tx: Tx, element: str, maestro_key: str, procore_id: int) -> None:
        self._choose_partners(tx, element, {maestro_key: procore_id})

    def _choose_partners(self, tx: Tx, element: str, partners: Mapping[str, int]) -> None:
        list_kind = MAPS[element].list_kind
        present = {record.procore_id for record in self.journal.known(tx, list_kind) if not record.is_gone}
        owners = {held: key for key, held in self.journal.link_pairs(tx, element).items()}
        for maestro_key, procore_id in partners.items():
            if procore_id not in present:
                raise Refused(Problem("LNK-14", {"id": str(procore_id)}))
            if owners.get(procore_id, maestro_key) != maestro_key:
                raise Refused(Problem("LNK-15", {"id": str(procore_id), "code": owners[procore_id]}))
        choices = dict.fromkeys((name_of(None, procore_id) for procore_id in partners.values()), "")
        choices |= {maestro_key: str(procore_id) for maestro_key, procore_id in partners.items()}
        self.journal.choose_links(tx, element, choices, self.user, self.clock.now())
        self.journal.change_lines(tx, element, [_shown(maestro_key, None) for maestro_key in partners])

    def _refuse_kept_mark(self, tx: Tx, element: str, maestro_key: str) -> None:
        kept = [m for m in self.journal.link_marks(tx, element) if m["maestro_key"] == maestro_key]
        if any(mark["state"] == "kept" for mark in kept):
            raise Refused(Problem("LNK-17", {"code": maestro_key, "id": str(kept[0]["procore_id"])}))

    def _note(self, tx: Tx, element: str, name: str, what: Deed, why: str, procore_id: int | None) -> None:
        self.journal.note_link(tx, **self._event(element, name, what, why, procore_id))

    def _event(self, element: str, name: str, what: Deed, why: str, procore_id: int | None) -> Row:
        """A line of a link's history."""
        return {
            "element": element,
            "maestro_key": name,
            "procore_id": procore_id,
            "what": what.value,
            "why": why.strip(),
            "by": self.user,
            "at": self.clock.now(),
        }

    def _show(self, tx: Tx, element: str, name: str, told: Problem | None) -> None:
        self.journal.change_lines(tx, element, [_shown(name, told)])

    def _run(self, element: str, maestro_key: str) -> None:
        """Procore is told at once where that is possible, else by the next run that somebody asks for."""
        try:
            self.synchronize(MAPS[element].page, keys=[maestro_key])
        except Refused:
            return


def _shown(name: str, told: Problem | None) -> Row:
    """The line at once, as the next plan will show it. told None: it takes part in runs again."""
    by_id = name.startswith("#")
    key = {"maestro_key": None if by_id else name, "procore_id": int(name[1:]) if by_id else None}
    if not by_id:
        del key["procore_id"]
    said = {"problems": [told.to_json()] if told else [], "worst": told.kind.value if told else ""}
    return {**key, **said, "is_in_scope": told is None, "needs_sync": told is None, "status": LineStatus.NEVER.value}
