"""Turns what is known of both sides into a stored plan: deciding is model/file_decider.py, this gathers and writes.

The plan is also what people see before they approve a first synchronization, and why they can ask of every file what
the program saw when it decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from maestro_procore.engine.file_doors import FileDoors, FileJournal, PairStopped
from maestro_procore.model.file_decider import decide
from maestro_procore.model.file_guard import (
    DeleteLimits,
    Guarded,
    Held,
    HeldChoice,
    guard,
    ids_to_detach,
    pairs_to_forget,
)
from maestro_procore.model.file_items import Agreed, Agreements, FileItem, FileSide, Flow, Tree
from maestro_procore.model.file_limits import BYTES_LIMIT, FileLimits
from maestro_procore.model.file_names import NameRules
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.file_plan import (
    Conflict,
    ConflictChoice,
    FileAction,
    FilePlan,
    FileVerb,
    NotSynchronized,
    Settled,
)
from maestro_procore.model.file_policy import FilePolicy
from maestro_procore.model.file_settings import conflict_rule
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Row, Tx


@dataclass(frozen=True)
class Planned:
    """What a plan holds: actions to carry out, those of them that make calls, deletions that wait for a person."""

    actions: int
    calling: int
    held: int


class Paths:
    """Where items stand, as people see it: built from parents, as renaming a folder tells nothing of what is in it."""

    def __init__(self, items: Mapping[str, FileItem], root_id: str) -> None:
        self._items, self._root_id = items, root_id
        self._known: dict[str, str] = {root_id: ""}

    def of(self, item_id: str) -> str:
        """Names from the tool's folder down, joined by slashes; the name alone of what is not known."""
        names: list[str] = []
        seen: set[str] = set()
        one = item_id
        while one not in self._known and one in self._items and one not in seen:
            seen.add(one)
            names.append(self._items[one].name)
            one = self._items[one].parent_id
        head = self._known.get(one, "")
        path = "/".join([*([head] if head else []), *reversed(names)])
        self._known[item_id] = path
        return path


def plan_pair(files: FileDoors, now: datetime, project: Row, pair: Row, request: Row) -> Planned:
    """Decides and writes the plan down, in one commit. Raises PairStopped when nothing may be decided."""
    journal: FileJournal = files.journal
    with journal.begin() as tx:
        trees = {side: _tree(journal, tx, pair, side) for side in FileSide}
        agreed = journal.agreed(tx, pair["id"])
        agreements = Agreements(agreed, journal.detached(tx, pair["id"]))
        choices = {key: ConflictChoice(choice) for key, choice in journal.file_choices(tx, pair["id"]).items()}
        policy = policy_of(project, pair, choices)
        plan = decide(trees[FileSide.PROCORE], trees[FileSide.DRIVE], agreements, policy)
        if plan.halted:
            raise PairStopped(Problem(plan.halted))
        guarded = _guarded(journal, tx, project, pair, plan, len(agreements), now)
        hold = journal.file_hold(tx, pair["id"])
        if guarded.held is not None and hold is not None and hold["choice"] in _UNDO:
            _UNDO[hold["choice"]](journal, tx, pair, guarded.held, trees, agreements, hold, now)
            journal.hold_files(tx, pair["id"], None)
            agreements = Agreements(journal.agreed(tx, pair["id"]), journal.detached(tx, pair["id"]))
            plan = decide(trees[FileSide.PROCORE], trees[FileSide.DRIVE], agreements, policy)
            guarded = _guarded(journal, tx, project, pair, plan, len(agreements), now)
        actions = list(_without_refused(guarded.actions, trees, journal.refused_files(tx, pair["id"])))
        paths = {side: Paths(trees[side].items, trees[side].root_id) for side in FileSide}
        journal.write_file_plan(
            tx, request["id"], pair["id"], (_step(action, trees, agreements, paths) for action in actions)
        )
        conflicts = [_conflict(each, paths, request["id"], now) for each in plan.conflicts]
        journal.put_file_conflicts(tx, pair["id"], conflicts)
        apart = [_apart(each, paths, now) for each in plan.not_synchronized]
        apart += _left_alone(journal.detached_rows(tx, pair["id"]), trees, paths, now)
        journal.put_apart(tx, pair["id"], apart)
        held = guarded.held
        journal.hold_files(tx, pair["id"], None if held is None else _hold(held, trees, paths, now))
        journal.change_file_pair(pair["id"], within=tx, is_dirty=bool(actions))
    calling = sum(not action.verb.is_free for action in actions)
    return Planned(len(actions), calling, 0 if held is None else held.items)


# --- held deletions -----------------------------------------------------------------------------------


def _guarded(
    journal: FileJournal, tx: Tx, project: Row, pair: Row, plan: FilePlan, agreed: int, now: datetime
) -> Guarded:
    """The plan without the deletions that are too many to go without a person (C16)."""
    limits = delete_limits(project)
    hold = journal.file_hold(tx, pair["id"])
    is_applied = hold is not None and hold["choice"] == HeldChoice.APPLY
    approved = [row["id"] for row in hold["items"]] if hold is not None and is_applied else []
    here, elsewhere = journal.deleted_files(tx, pair, now - timedelta(days=1))
    return guard(plan, agreed, limits, deleted_today=here, deleted_elsewhere=elsewhere, approved=approved)


def delete_limits(project: Row) -> DeleteLimits:
    """More deletions than these of a project are held."""
    settings: Mapping[str, Any] = project["settings"]
    usual = DeleteLimits()
    return DeleteLimits(
        settings.get("delete_items", usual.items), settings.get("delete_percent", usual.percent), usual.from_items
    )


def _seen_by(held: Held, hold: Row) -> Held:
    """Of what is held, only what the person saw when he chose."""
    ids = {row["id"] for row in hold["items"]}
    return replace(held, actions=tuple(action for action in held.actions if action.target_id in ids))


def _restore(
    journal: FileJournal,
    tx: Tx,
    pair: Row,
    held: Held,
    trees: Mapping[FileSide, Tree],
    agreements: Agreements,
    hold: Row,
    now: datetime,
) -> None:
    """What is left is new from now on, so it is copied back."""
    for tree in trees.values():
        ended = pairs_to_forget(_seen_by(held, hold), tree, agreements)
        journal.drop_agreed(tx, pair["id"], [procore_id for procore_id, _ in ended])


def _detach(
    journal: FileJournal,
    tx: Tx,
    pair: Row,
    held: Held,
    trees: Mapping[FileSide, Tree],
    agreements: Agreements,
    hold: Row,
    now: datetime,
) -> None:
    """What is left stays, and nobody looks at it any more."""
    by = {"detached_by": hold["chosen_by"], "detached_at": now}
    ids = ids_to_detach(_seen_by(held, hold))
    journal.detach(
        tx, pair["id"], [{"side": side.value, "item_id": one, **by} for side in ids for one in sorted(ids[side])]
    )


_UNDO: Final = {HeldChoice.RESTORE.value: _restore, HeldChoice.DETACH.value: _detach}
"""Choices that change what is agreed; the plan is decided anew after them."""


def _hold(held: Held, trees: Mapping[FileSide, Tree], paths: Mapping[FileSide, Paths], now: datetime) -> Row:
    items = []
    for action in held.actions:
        item = trees[action.target].items.get(action.target_id)
        if action.verb is not FileVerb.DELETE or item is None:
            continue
        shown = {"name": item.name, "path": paths[action.target].of(item.id), "size_bytes": action.size_bytes}
        about = {"side": action.target.value, "id": item.id, "is_folder": item.is_folder, "items": action.items}
        items.append({**about, **shown})
    return {"problem": held.problem.to_json(), "items": items, "held_at": now}


def policy_of(project: Row, pair: Row, choices: Mapping[tuple[str, str], ConflictChoice]) -> FilePolicy:
    """How this pair is synchronized: settings of the project, and what its phase and its tool ask for.

    In the first synchronization the newest wins and the loser is kept as a version, or as a copy where there are none.
    """
    settings: Mapping[str, Any] = project["settings"]
    is_regular = FilePhase(project["phase"]) is FilePhase.REGULAR
    rule = conflict_rule(settings, pair["tool"], is_first=not is_regular)
    limits = FileLimits(
        max_bytes=int(settings.get("max_bytes") or BYTES_LIMIT),
        include=tuple(settings.get("include") or ()),
        exclude=tuple(settings.get("exclude") or ()),
        max_folder_depth=1 if pair["tool"] == "photos" else None,
    )
    names = NameRules(is_strict=bool(settings.get("strict_names")))
    return FilePolicy(Flow(pair["flow"]), rule, choices, limits, names, trusts_times=not is_regular)


def _tree(journal: FileJournal, tx: Tx, pair: Row, side: FileSide) -> Tree:
    """What is known was read whole once, and every item that left it since left by evidence: so it is complete."""
    root = pair["procore_root"] if side is FileSide.PROCORE else pair["drive_root"]
    return Tree(side, root, journal.seen(tx, pair["id"], side), is_complete=True)


def _without_refused(
    actions: Iterable[FileAction], trees: Mapping[FileSide, Tree], refused: Mapping[tuple[str, str], str]
) -> Iterable[FileAction]:
    """What a side has refused is not sent again with the same content, nor what cannot be done without it."""
    left_out: set[int] = set()
    for action in actions:
        side = action.target.other if action.source_id else action.target
        item = trees[side].items.get(action.id_of(side))
        version = refused.get((side.value, action.id_of(side)))
        is_refused = version is not None and not action.verb.is_free and item is not None and item.version == version
        if is_refused or left_out.intersection(action.needs):
            left_out.add(action.number)
        else:
            yield action


def _step(
    action: FileAction, trees: Mapping[FileSide, Tree], agreements: Agreements, paths: Mapping[FileSide, Paths]
) -> dict[str, Any]:
    """The action beside what people see of it: where it is, and the three states that the decision was made of."""
    items = {side: trees[side].items.get(action.id_of(side)) for side in FileSide}
    shown = next((side for side in (action.target.other, action.target) if items[side] is not None), None)
    pair = agreements.of(FileSide.PROCORE, action.procore_id) or agreements.of(FileSide.DRIVE, action.drive_id)
    saw = {side.value: shown_item(item) for side, item in items.items()}
    path = paths[shown].of(action.id_of(shown)) if shown is not None else action.name
    return {"action": action, "path": path, "saw": {**saw, "agreed": shown_agreed(pair)}}


def _conflict(conflict: Conflict, paths: Mapping[FileSide, Paths], request_id: str, now: datetime) -> Row:
    procore_id, drive_id = conflict.key
    side, item = next(
        (
            (side, item)
            for side, item in ((FileSide.PROCORE, conflict.procore), (FileSide.DRIVE, conflict.drive))
            if item
        ),
        (FileSide.PROCORE, None),
    )
    name = item.name if item else conflict.agreed.procore_name if conflict.agreed else ""
    return {
        "procore_id": procore_id,
        "drive_id": drive_id,
        "kind": conflict.kind.value,
        "settled": conflict.settled.value,
        "winner": conflict.winner.value if conflict.winner else None,
        "copy_name": conflict.copy_name,
        "name": name,
        "path": paths[side].of(item.id) if item else name,
        "procore": shown_item(conflict.procore),
        "drive": shown_item(conflict.drive),
        "agreed": shown_agreed(conflict.agreed),
        "request_id": request_id,
        "found_at": now,
        "is_open": conflict.settled in (Settled.WAITS, Settled.REPORTED),
    }


def _apart(left: NotSynchronized, paths: Mapping[FileSide, Paths], now: datetime) -> Row:
    return {
        "side": left.side.value,
        "item_id": left.item.id,
        "name": left.item.name,
        "path": paths[left.side].of(left.item.id),
        "size_bytes": left.item.size_bytes,
        "version": left.item.version,
        "problem": Problem(left.code, dict(left.args)).to_json(),
        "is_waiting": left.is_waiting,
        "since": now,
    }


def _left_alone(
    rows: Iterable[Row], trees: Mapping[FileSide, Tree], paths: Mapping[FileSide, Paths], now: datetime
) -> list[Row]:
    """What a person took out of the synchronization, as long as it is there: nothing stays behind in silence."""
    found = []
    for row in rows:
        side = FileSide(row["side"])
        item = trees[side].items.get(row["item_id"])
        if item is not None:
            args = {"name": item.name, "user": row["detached_by"]}
            found.append(_apart(NotSynchronized(side, item, "BCK-11", args), paths, now))
    return found


def shown_item(item: FileItem | None) -> dict[str, Any] | None:
    """An item as the history keeps it."""
    if item is None:
        return None
    return {
        "id": item.id,
        "parent": item.parent_id,
        "name": item.name,
        "size": item.size_bytes,
        "modified": item.modified.isoformat() if item.modified else None,
        "version": item.version,
    }


def shown_agreed(pair: Agreed | None) -> dict[str, Any] | None:
    """What was last agreed, as the history keeps it."""
    if pair is None:
        return None
    return {name: value for name, value in pair._asdict().items() if name != "drive_modified"}
