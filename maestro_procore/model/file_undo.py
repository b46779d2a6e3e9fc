"""What of a run of files can be taken back, and the actions that do so. Pure.

Only while both sides still hold what the run wrote. The side that the run wrote to becomes as it was before; the next
run carries that to the other side like any change of a person. One thing is never carried: a copy that is taken away
leaves its original alone, which stays where it is and out of the synchronization until somebody wants it back in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from maestro_procore.model.file_items import Agreed, Agreements, FileItem, FileSide, Flow
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb
from maestro_procore.model.problems import Problem

Step = Mapping[str, Any]
"""A row of the journal's file_step, its action as FileAction."""
Place = tuple[str, str]
"""Id of the folder, and name."""


class Back(StrEnum):
    """Whether a step can be taken back."""

    CAN = "can"
    BY_HAND = "by_hand"
    """Not by the program: the message says where a person does it."""
    NO = "no"


@dataclass(frozen=True)
class Verdict:
    """About one step. problem: why not, or what stays to be known; None when nothing is to be said."""

    step: Step
    back: Back
    problem: Problem | None = None


@dataclass(frozen=True)
class UndoPlan:
    """verdicts: newest step first. actions: what takes back; of: number of each → ids of the steps that it undoes."""

    verdicts: tuple[Verdict, ...]
    actions: tuple[FileAction, ...]
    of: Mapping[int, tuple[int, ...]]

    def count(self, back: Back) -> int:
        return sum(verdict.back is back for verdict in self.verdicts)

    @property
    def left(self) -> int:
        """Steps whose work still stands on one of the two sides."""
        return sum(verdict.problem is None or verdict.problem.code != "BCK-07" for verdict in self.verdicts)


@dataclass(frozen=True)
class Standing:
    """How one pair stands now. taken: ids of steps that an earlier undo took back. drive_kind: as Graph calls it."""

    seen: Mapping[FileSide, Mapping[str, FileItem]]
    agreed: Agreements
    roots: Mapping[FileSide, str]
    flow: Flow
    tool: str
    drive_kind: str
    taken: frozenset[int] = frozenset()
    _inside: dict[tuple[FileSide, str], list[FileItem]] = field(default_factory=lambda: defaultdict(list))
    _named: dict[tuple[FileSide, str, str], FileItem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for side, items in self.seen.items():
            for item in items.values():
                self._inside[side, item.parent_id].append(item)
                self._named[side, item.parent_id, item.name.casefold()] = item

    def children(self, side: FileSide, folder_id: str) -> Sequence[FileItem]:
        return self._inside.get((side, folder_id), ())

    def holds_folder(self, side: FileSide, folder_id: str) -> bool:
        return folder_id == self.roots[side] or folder_id in self.seen[side]

    def named(self, side: FileSide, place: Place) -> FileItem | None:
        """What stands under that name in that folder."""
        parent, name = place
        return self._named.get((side, parent, name.casefold()))


GIVES_BACK: Final = frozenset({(FileSide.PROCORE, "documents"), (FileSide.DRIVE, "personal")})
"""Recycle bins from which an item can be called back: Procore's Documents by a new parent, a personal OneDrive by its
restore call. Graph does not show the bin of SharePoint, and nothing is documented for the bin of Photos."""
_MAKES: Final = (FileVerb.COPY, FileVerb.CREATE_FOLDER)
_LEFT_ALONE: Final = frozenset({FileRule.KEEP_BOTH})
"""A copy that a conflict made keeps what somebody wrote."""


def gives_back(side: FileSide, tool: str, drive_kind: str) -> bool:
    """Whether a program can take something out of that recycle bin."""
    return (side, tool if side is FileSide.PROCORE else drive_kind) in GIVES_BACK


def plan_undo(steps: Iterable[Step], standing: Standing) -> UndoPlan:
    """steps: those of one run and pair that were done, in their order."""
    return _Undoing([step for step in steps if not _verb(step).is_free], standing).plan()


def _verb(step: Step) -> FileVerb:
    return FileVerb(step["verb"])


def _target(step: Step) -> FileSide:
    return FileSide(step["target"])


class _Undoing:
    def __init__(self, steps: list[Step], standing: Standing) -> None:
        self._steps = [step for step in steps if _verb(step) is not FileVerb.COMPARE]
        self._standing = standing
        self._actions: list[FileAction] = []
        self._of: dict[int, list[int]] = {}
        self._by_step: dict[int, int] = {}
        """Step → number of the action that takes it back."""
        self._verdicts: dict[int, Verdict] = {}
        self._doomed: dict[str, Step] = {}
        """Item of the target → the step that made it, which is taken back."""
        self._reverts: dict[tuple[FileSide, str], int] = {}
        self._restored: set[tuple[FileSide, str]] = set()
        self._made = {(_target(step), step["made_id"]): step for step in self._steps if _verb(step) in _MAKES}
        self._before = _places_before(self._steps)
        self._wrote = {
            (_target(step), step["made_id"] or _id_of(step, _target(step))): step["saw"]["wrote"]
            for step in self._steps
            if step["saw"].get("wrote")
        }
        """Item of the target → what both sides agreed on after the last step about it."""

    def plan(self) -> UndoPlan:
        ways = {
            FileVerb.MOVE: self._move,
            FileVerb.VERSION: self._version,
            FileVerb.DELETE: self._delete,
            FileVerb.COPY: self._unmake,
            FileVerb.CREATE_FOLDER: self._unmake,
        }
        for step in reversed(self._steps):
            told = self._told_off(step)
            way = ways.get(_verb(step))
            if told is None and way is not None:
                told = way(step)
            if told is not None:
                self._verdicts[step["id"]] = told
        for step in self._steps:
            maker = self._made.get((_target(step), step["made_id"] or _id_of(step, _target(step))))
            if maker is not None and maker["id"] in self._verdicts and self._verdicts[step["id"]].back is Back.CAN:
                self._verdicts[step["id"]] = replace(self._verdicts[maker["id"]], step=step)
        self._take_away()
        self._follow_needs()
        newest_first = [self._verdicts[s["id"]] for s in reversed(self._steps) if s["id"] in self._verdicts]
        of = {number: tuple(ids) for number, ids in self._of.items()}
        return UndoPlan(tuple(newest_first), tuple(self._actions), of)

    # --- what each verb is taken back by ------------------------------------------------------------------

    def _told_off(self, step: Step) -> Verdict | None:
        """What is never taken back."""
        if step["id"] in self._standing.taken:
            return _no(step, "BCK-07")
        if self._standing.flow is not Flow.BOTH:
            return _no(step, "BCK-02")
        if FileRule(step["rule"]) in _LEFT_ALONE:
            return Verdict(step, Back.BY_HAND, Problem("BCK-03", {"name": _name(step)}))
        return None

    def _unmake(self, step: Step) -> Verdict:
        """A copy or folder that the run made goes into the recycle bin, unless somebody has used it since."""
        side, item_id, standing = _target(step), step["made_id"], self._standing
        told = self._holds(step, side, item_id, place=True, content=True)
        if told is not None:
            return told
        if step["is_folder"] and any(child.id not in self._doomed for child in standing.children(side, item_id)):
            return _no(step, "BCK-05")
        self._doomed[item_id] = step
        return _can(step)

    def _move(self, step: Step) -> Verdict:
        side, item_id = _target(step), _id_of(step, _target(step))
        if (side, item_id) in self._made:
            return _can(step)  # goes with what made it
        told = self._holds(step, side, item_id, place=True)
        if told is not None:
            return told
        parent, name = self._before[step["id"]]
        if not self._standing.holds_folder(side, parent) and (side, parent) not in self._restored:
            return _no(step, "BCK-06")
        item = self._standing.seen[side][item_id]
        self._write(step, FileVerb.MOVE, side, item, parent_id=parent, name=name, agrees_name=False)
        return _can(step)

    def _version(self, step: Step) -> Verdict:
        side = _target(step)
        item_id = step["made_id"] or _id_of(step, side)
        if (side, item_id) in self._made:
            return _can(step)
        told = self._holds(step, side, item_id, content=True)
        if told is not None:
            return told
        before = step["saw"].get(side.value)
        if before is None or before["id"] != item_id:  # a photo with another content is another photo
            return _by_hand(step, side, self._standing.tool)
        later = self._forget_later(side, item_id)
        item = self._standing.seen[side][item_id]
        versions = {"target_version": item.version, "source_version": before["version"]}
        number = self._write(step, FileVerb.REVERT, side, item, size_bytes=before["size"], name=item.name, **versions)
        self._of[number] += later
        return _can(step)

    def _forget_later(self, side: FileSide, item_id: str) -> list[int]:
        """Of several contents of one run only the one before the first comes back. The steps that go with it."""
        later = self._reverts.get((side, item_id))
        self._reverts[side, item_id] = len(self._actions)
        if later is None:
            return []
        self._actions[later] = self._actions[later]._replace(verb=FileVerb.FORGET)
        return self._of[later]

    def _delete(self, step: Step) -> Verdict:
        """Called back from a recycle bin: of the side that the run deleted it on, or of the one it was deleted on."""
        target, standing = _target(step), self._standing
        if any(_id_of(step, side) in standing.seen[side] for side in FileSide):
            return _no(step, "BCK-07")
        if (target, _id_of(step, target)) in self._made:
            return _no(step, "BCK-07")
        for side in (target, target.other):
            place = _place_on(step, side)
            if place is None or not gives_back(side, standing.tool, standing.drive_kind):
                continue
            parent, name = place
            is_there = standing.holds_folder(side, parent) or (side, parent) in self._restored
            there = standing.named(side, place)
            if not is_there or (there is not None and there.id not in self._doomed):
                return _no(step, "BCK-06")
            self._restored.add((side, _id_of(step, side)))
            item_id = _id_of(step, side)
            ids = (item_id, "") if side is FileSide.PROCORE else ("", item_id)
            self._add(step, FileVerb.UNDELETE, side, ids, parent_id=parent, name=name, size_bytes=step["size_bytes"])
            return _can(step)
        return _by_hand(step, target, standing.tool)

    # --- whether both sides still hold it ---------------------------------------------------------------

    def _holds(
        self, step: Step, side: FileSide, item_id: str, *, place: bool = False, content: bool = False
    ) -> Verdict | None:
        """None when both sides are in step, with the place and content that the last step of the run left there."""
        item, pair = self._standing.seen[side].get(item_id), self._standing.agreed.of(side, item_id)
        if item is None:
            return _no(step, "BCK-07")
        wrote = self._wrote.get((side, item_id))
        if pair is None or wrote is None or not all(self._is_as_agreed(pair, each) for each in FileSide):
            return _no(step, "BCK-01")
        is_there = not place or _place_in(wrote) == _place_in(pair._asdict())
        return None if is_there and (not content or _is_content(wrote, pair)) else _no(step, "BCK-01")

    def _is_as_agreed(self, pair: Agreed, side: FileSide) -> bool:
        item = self._standing.seen[side].get(pair.id_of(side))
        agreed = (pair.version_of(side), pair.name_of(side), pair.parent_of(side))
        return item is not None and (item.version, item.name, item.parent_id) == agreed

    # --- the actions --------------------------------------------------------------------------------------

    def _take_away(self) -> None:
        """What the run made goes, a folder with everything in it by one action."""
        below: dict[str, list[Step]] = defaultdict(list)
        for item_id, step in self._doomed.items():
            below[self._top(_target(step), item_id)].append(step)
        for top, steps in below.items():
            step = self._doomed[top]
            side = _target(step)
            item = self._standing.seen[side][top]
            version = "" if item.is_folder else item.version
            number = self._write(
                step, FileVerb.DELETE, side, item, items=len(steps), target_version=version, size_bytes=item.size_bytes
            )
            for each in steps:
                self._by_step[each["id"]] = number
            self._of[number] = [each["id"] for each in steps]

    def _top(self, side: FileSide, item_id: str) -> str:
        """The highest folder that goes with it."""
        parent = self._standing.seen[side][item_id].parent_id
        return self._top(side, parent) if parent in self._doomed else item_id

    def _write(self, step: Step, verb: FileVerb, side: FileSide, item: FileItem, **more: Any) -> int:
        pair = self._standing.agreed.of(side, item.id)
        assert pair is not None, "it was looked at before"
        return self._add(step, verb, side, (pair.procore_id, pair.drive_id), **more)

    def _add(self, step: Step, verb: FileVerb, side: FileSide, ids: tuple[str, str], **more: Any) -> int:
        number = len(self._actions)
        self._actions.append(FileAction(number, verb, FileRule.TAKEN_BACK, side, bool(step["is_folder"]), *ids, **more))
        self._of[number] = [step["id"]]
        self._by_step[step["id"]] = number
        return number

    def _follow_needs(self) -> None:
        """What needed a step has to be taken back before it; what stands in a restored folder waits for the folder."""
        numbers = {(step["plan"], step["number"]): step["id"] for step in self._steps}
        needs: dict[int, set[int]] = defaultdict(set)
        for step in self._steps:
            mine = self._by_step.get(step["id"])
            for need in step["action"].needs if mine is not None else ():
                other = self._by_step.get(numbers.get((step["plan"], need), -1))
                if other is not None and mine is not None and other != mine and not self._is_many(mine, other):
                    needs[other].add(mine)
        restoring = {action.target_id: n for n, action in enumerate(self._actions) if action.verb is FileVerb.UNDELETE}
        for number, action in enumerate(self._actions):
            if action.parent_id in restoring and restoring[action.parent_id] != number:
                needs[number].add(restoring[action.parent_id])
        kept = {action.number: action for action in self._actions if action.verb is not FileVerb.FORGET}
        self._actions = [
            action._replace(needs=tuple(sorted(kept.keys() & needs[number]))) for number, action in kept.items()
        ]

    def _is_many(self, mine: int, other: int) -> bool:
        """A folder that goes as a whole waits for what is moved out of it; nobody who is moved waits for that."""
        return len(self._of[mine]) > 1 and self._actions[other].verb is FileVerb.MOVE


# --- what the journal says of a step ----------------------------------------------------------------------


def _places_before(steps: Sequence[Step]) -> dict[int, Place]:
    """Step → where its item stood just before, of steps that move."""
    made = {(step["plan"], step["number"]): step["made_id"] for step in steps}
    now: dict[tuple[FileSide, str], Place] = {}
    found: dict[int, Place] = {}
    for step in steps:
        if _verb(step) is not FileVerb.MOVE:
            continue
        side, action = _target(step), step["action"]
        key = (side, _id_of(step, side))
        saw = step["saw"].get(side.value) or {"parent": "", "name": step["name"]}
        parent, name = now.get(key, (saw["parent"], saw["name"]))
        found[step["id"]] = (parent, name)
        new_parent = action.parent_id or made.get((step["plan"], action.parent_action), "") or parent
        now[key] = (new_parent, action.name or name)
    return found


def _place_in(agreed: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(agreed[name] for name in ("procore_parent", "procore_name", "drive_parent", "drive_name"))


def _is_content(wrote: Mapping[str, Any], pair: Agreed) -> bool:
    """Procore gives each content another version; a hash tells that a later change was taken back meanwhile."""
    is_hash_known = bool(pair.content_hash) and wrote["content_hash"] == pair.content_hash
    return is_hash_known or bool(wrote["procore_version"] == pair.procore_version)


def _place_on(step: Step, side: FileSide) -> Place | None:
    """Where the item of a deletion stood on a side: as seen when it was deleted there, else as last agreed."""
    saw, agreed = step["saw"].get(side.value), step["saw"].get("agreed")
    if saw is not None:
        return saw["parent"], saw["name"]
    if agreed is not None:
        return agreed[f"{side.value}_parent"], agreed[f"{side.value}_name"]
    return None


def _id_of(step: Step, side: FileSide) -> str:
    return str(step["procore_id"] if side is FileSide.PROCORE else step["drive_id"])


def _name(step: Step) -> str:
    return str(step["path"] or step["name"])


def _by_hand(step: Step, side: FileSide, tool: str) -> Verdict:
    """A person finds it in the recycle bin of that side; texts documents.bin.*."""
    found_in = f"procore_{tool}" if side is FileSide.PROCORE else "drive"
    return Verdict(step, Back.BY_HAND, Problem("BCK-04", {"name": _name(step), "bin": found_in}))


def _can(step: Step) -> Verdict:
    return Verdict(step, Back.CAN)


def _no(step: Step, code: str) -> Verdict:
    return Verdict(step, Back.NO, Problem(code, {"name": _name(step)}))
