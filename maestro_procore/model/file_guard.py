"""Hold deletions that are unusually many, list them, and ask: apply, restore or detach. Pure.

Counted over 24 hours and both directions together: what was deleted in that time and what the plan would delete. The
number is that of the whole project (C16), the share that of one tool, which is the smaller and so the careful measure:
ten photos are no tenth of a thousand documents. Everything else of the plan goes on. The choice is a person's; each of
the three is safe by itself: apply mirrors the deletions into the recycle bin, restore brings back what is missing from
the side that has it, detach leaves both sides as they are and takes what is left out of the synchronization.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from maestro_procore.model.file_items import AgreedPairs, FileSide, Tree
from maestro_procore.model.file_plan import FileAction, FilePlan, FileVerb
from maestro_procore.model.problems import Problem


@dataclass(frozen=True, slots=True)
class DeleteLimits:
    """More than this is held. items: within 24 hours. percent: of what is agreed; None: not looked at.

    from_items: the percentage counts from so many deletions on, so that one of five files may go.
    """

    items: int | None = 250
    percent: float | None = 10.0
    from_items: int = 10


class HeldChoice(StrEnum):
    """What a person does about held deletions."""

    APPLY = "apply"
    RESTORE = "restore"
    DETACH = "detach"


@dataclass(frozen=True, slots=True)
class Held:
    """Deletions that wait for a choice.

    actions: the deletions and all that needs them. items: how many files and folders they take.
    problem: FIL-15 by number, FIL-16 by share, FIL-14 for a side that was emptied.
    """

    actions: tuple[FileAction, ...]
    items: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Guarded:
    """actions: those of the plan that may run now, numbered as in the plan. held: None when nothing waits."""

    actions: tuple[FileAction, ...]
    held: Held | None = None


def guard(
    plan: FilePlan,
    agreed_items: int,
    limits: DeleteLimits,
    *,
    deleted_today: int = 0,
    deleted_elsewhere: int = 0,
    approved: Collection[str] = (),
) -> Guarded:
    """Parts a plan into what may run and what is held.

    agreed_items: files and folders of the tool that were in step before. deleted_today: items that runs deleted there
    in the last 24 hours; deleted_elsewhere: in the project's other tools. approved: target ids of deletions that a
    person let go (HeldChoice.APPLY).
    """
    doomed = [action for action in plan.actions if action.verb is FileVerb.DELETE]
    waiting = [action for action in doomed if action.target_id not in approved]
    items = sum(action.items for action in waiting)
    problem = _problem(items, agreed_items, deleted_today, deleted_elsewhere, limits) if waiting else None
    if problem is None:
        return Guarded(plan.actions)
    held = _with_what_needs_them(plan.actions, {action.number for action in waiting})
    rest = tuple(action for action in plan.actions if action.number not in held)
    return Guarded(rest, Held(tuple(a for a in plan.actions if a.number in held), items, problem))


def _problem(
    items: int, agreed_items: int, deleted_today: int, deleted_elsewhere: int, limits: DeleteLimits
) -> Problem | None:
    """FIL-14: nothing would be left. FIL-15: too many. FIL-16: too large a share."""
    total = items + deleted_today
    if items >= agreed_items and items >= limits.from_items:
        return Problem("FIL-14", {"n": items})
    if limits.items is not None and total + deleted_elsewhere > limits.items:
        return Problem("FIL-15", {"n": items, "limit": limits.items})
    percent = 100 * total / (agreed_items + deleted_today) if agreed_items else 0.0
    if limits.percent is not None and total >= limits.from_items and percent > limits.percent:
        return Problem("FIL-16", {"n": items, "percent": f"{percent:.1f}"})
    return None


def _with_what_needs_them(actions: Iterable[FileAction], held: set[int]) -> set[int]:
    """Numbers of the held actions and of all that cannot run without them."""
    found = set(held)
    for action in actions:
        if any(number in found for number in action.needs):
            found.add(action.number)
    return found


# --- what a choice leads to ---------------------------------------------------------------------------


def approved_by(held: Held) -> frozenset[str]:
    """APPLY: target ids to hand to the next `guard`."""
    return frozenset(action.target_id for action in held.actions if action.verb is FileVerb.DELETE)


def covered(held: Held, tree: Tree) -> dict[FileSide, frozenset[str]]:
    """Ids of what the held deletions would take, on the side where it still is. tree: of that side."""
    found: set[str] = set()
    below: dict[str, list[str]] = {}
    for item in tree.items.values():
        below.setdefault(item.parent_id, []).append(item.id)
    stack = [a.target_id for a in held.actions if a.verb is FileVerb.DELETE and a.target is tree.side]
    while stack:
        item_id = stack.pop()
        if item_id not in found:
            found.add(item_id)
            stack += below.get(item_id, ())
    return {tree.side: frozenset(found)}


def pairs_to_forget(held: Held, tree: Tree, agreements: AgreedPairs) -> tuple[tuple[str, str], ...]:
    """RESTORE: pairs (Procore's id, the drive's) to end; what is left is new then, and the next run copies it back."""
    pairs = (agreements.of(tree.side, item_id) for item_id in sorted(covered(held, tree)[tree.side]))
    return tuple((pair.procore_id, pair.drive_id) for pair in pairs if pair is not None)


def ids_to_detach(held: Held) -> dict[FileSide, frozenset[str]]:
    """DETACH: ids that are not synchronized any more, to add to AgreedPairs.detached; folders with all below."""
    found: dict[FileSide, set[str]] = {side: set() for side in FileSide}
    for action in held.actions:
        if action.verb is FileVerb.DELETE:
            found[action.target].add(action.target_id)
    return {side: frozenset(ids) for side, ids in found.items()}
