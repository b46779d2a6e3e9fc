"""How a record stands with its partner, what keeps it out of normal runs, and who may take a lost partner's place.

Pure. A link is looked at from both ends; an inactive company is there, as its own list shows it. Nothing is deleted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.matching import Finder
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item
from maestro_procore.model.status import ActionKind, ActionState

SUBJECT: Final = "link"
"""Under this subject the journal keeps what a person chose for the link of a record."""
IGNORE: Final = "ignore"
"""Choice: normal runs leave the record alone until somebody says otherwise."""
APART: Final = "apart"
"""Choice: it was unlinked by a person, and nothing links it again by itself."""
CREATE: Final = "create"
"""Choice: send it as a new record."""

LOST_CODES: Final = ("LNK-02", "PRJ-17")
"""Messages that say of a linked record that one of its ends is gone."""


class LinkState(StrEnum):
    """What the Links page says of a record."""

    LINKED = "linked"
    OUTDATED = "outdated"
    """A side has moved since both were last in step."""
    ORPHANED = "orphaned"
    """One end is gone."""
    IGNORED = "ignored"
    UNLINKED = "unlinked"
    """It has no partner, because somebody took it away or nobody has found one yet."""


class Deed(StrEnum):
    """What a person may do about a link; also what its history says was done."""

    LINK = "link"
    UNLINK = "unlink"
    RELINK = "relink"
    RESEND = "resend"
    IGNORE = "ignore"
    HEED = "heed"


_OF_A_LINK: Final = frozenset({Deed.UNLINK, Deed.RELINK, Deed.RESEND, Deed.IGNORE})
POSSIBLE: Final[Mapping[LinkState, frozenset[Deed]]] = {
    LinkState.LINKED: _OF_A_LINK,
    LinkState.OUTDATED: _OF_A_LINK,
    LinkState.ORPHANED: _OF_A_LINK,
    LinkState.IGNORED: frozenset({Deed.HEED}),
    LinkState.UNLINKED: frozenset({Deed.LINK, Deed.RESEND, Deed.IGNORE}),
}
"""What makes sense in each state."""


@dataclass(frozen=True)
class Ends:
    """What is known of a record and its partner.

    has_maestro: maestro* still has the record. has_procore: Procore last showed its partner, active or not.
    told_gone: an answer said that one end does not exist. needs_sync: its last comparison found something to do.
    """

    is_linked: bool
    choice: str = ""
    has_maestro: bool = True
    has_procore: bool = True
    told_gone: bool = False
    needs_sync: bool = False


def state_of(ends: Ends) -> LinkState:
    """The state of a record, the gravest first: what is ignored on purpose is neither lost nor late."""
    if ends.choice == IGNORE:
        return LinkState.IGNORED
    if not ends.is_linked:
        return LinkState.UNLINKED
    if not (ends.has_maestro and ends.has_procore) or ends.told_gone:
        return LinkState.ORPHANED
    return LinkState.OUTDATED if ends.needs_sync else LinkState.LINKED


# --- what normal runs leave alone -------------------------------------------------------------------


def name_of(maestro_key: str | None, procore_id: int | None) -> str:
    """Under which name choices for a record are kept: its maestro* key, or `#` and its Procore id without one."""
    return maestro_key if maestro_key is not None else f"#{procore_id}"


_TOLD: Final = {APART: "LNK-12", IGNORE: "LNK-13"}


def held_apart(items: Iterable[Item], decisions: Mapping[str, Mapping[str, str]]) -> list[Item]:
    """The items of a plan, those that a person ignores or has unlinked turned into lines that only say so."""
    return [_held(item, decisions) for item in items]


def _held(item: Item, decisions: Mapping[str, Mapping[str, str]]) -> Item:
    maestro_key = item.maestro.key if item.maestro is not None else None
    procore_id = item.procore.procore_id if item.procore is not None else None
    name = name_of(maestro_key, procore_id)
    code = _TOLD.get(decisions.get(name, {}).get(SUBJECT, ""))
    if code is None:
        return item
    shown = maestro_key or (item.procore.number if item.procore is not None else None) or name
    told = (Problem(code, {"code": shown}),)
    # Of two records that were taken apart, the line shows its own side only: the other one may find a new partner.
    procore = item.procore if item.is_linked or item.maestro is None else None
    kept = replace(item, kind=None, writes={}, differences=(), problems=told, candidates=(), procore=procore)
    return replace(kept, is_question=False, is_in_scope=False)


# --- marks in Procore -------------------------------------------------------------------------------


def without_old_marks(records: Sequence[Record], marks: Mapping[int, str]) -> list[Record]:
    """Procore's records as a plan should see them: a mark that was taken back says nothing, even while it stands there.

    marks: Procore id → the mark that was taken back.
    """
    if not marks:
        return list(records)
    return [
        replace(each, origin_id=None) if each.origin_id and marks.get(each.procore_id) == each.origin_id else each
        for each in records
    ]


def unmarking(element_map: ElementMap, mark: Mapping[str, Any]) -> dict[str, Any]:
    """The action that empties a mark in Procore. mark: a row of the journal's link_mark."""
    scope = mark["scope"]
    return {
        "element": element_map.element,
        "kind": ActionKind.UNLINK.value,
        "target": "procore",
        "maestro_key": mark["maestro_key"],
        "procore_id": mark["procore_id"],
        "name": mark["name"],
        "project": mark["maestro_key"] if element_map.element == "projects" else scope or None,
        "state": ActionState.PLANNED.value,
        "problems": [],
        "differences": [],
        "maestro_write": None,
        "procore_write": {"id": mark["procore_id"], "origin_id": None},
        "before": {"procore": {"origin_id": mark["origin_id"]}},
        "after": {},
        "rule": "",
    }


# --- who takes a lost partner's place ---------------------------------------------------------------


@dataclass(frozen=True)
class Survivor:
    """A Procore record that may stand for one that is gone. documents: so many followed it there (a merge)."""

    procore_id: int
    documents: int = 0
    held_by: str = ""
    """maestro* key that it is linked with already."""


def survivors(
    element_map: ElementMap,
    record: Record,
    lost_id: int,
    procore: Sequence[Record],
    links: Mapping[str, int],
    origin_prefix: str,
    moved_to: Iterable[int] = (),
) -> list[Survivor]:
    """The records that may stand for a lost one, the surest first.

    moved_to: Procore ids that documents of the lost record name now: when two companies are merged, everything of
    the one goes to the other, which no list says (Procore, "Merge Companies"). Then those that look the same.
    """
    present = {each.procore_id: each for each in procore if not each.is_gone and each.procore_id != lost_id}
    owners = {procore_id: key for key, procore_id in links.items() if key != record.key}
    counted = Counter(procore_id for procore_id in moved_to if procore_id in present)
    others = {key: procore_id for key, procore_id in links.items() if key != record.key}
    match = Finder(element_map, [record], list(present.values()), others, origin_prefix).find(record)
    alike = [each for each in (match.partner, *match.candidates) if each is not None]
    ids = dict.fromkeys([procore_id for procore_id, _ in counted.most_common()])
    ids |= dict.fromkeys(each.procore_id for each in alike)
    return [Survivor(each, counted.get(each, 0), owners.get(each, "")) for each in ids]
