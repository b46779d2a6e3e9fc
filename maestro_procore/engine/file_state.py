"""The three states of one pair in memory, and how a finished action changes them, there and in the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.engine.file_planning import shown_agreed, shown_item
from maestro_procore.model.file_agreeing import agreed_after
from maestro_procore.model.file_items import Agreed, FileItem, FileSide
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb
from maestro_procore.model.status import ActionState
from maestro_procore.ports import Row, Tx


@dataclass(frozen=True)
class Done:
    """What an action brought about: the target's item after it, and bytes that went over."""

    made: FileItem | None = None
    bytes_moved: int = 0


@dataclass
class PairState:
    """The three states of a pair in memory, kept like those in the journal."""

    seen: Mapping[FileSide, dict[str, FileItem]]
    agreed: dict[str, Agreed]
    """By Procore's id."""
    by_drive: dict[str, Agreed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_drive = {pair.drive_id: pair for pair in self.agreed.values()}

    def pair_of(self, action: FileAction) -> Agreed | None:
        """What was agreed about the thing that an action is about."""
        return self.agreed.get(action.procore_id) or self.by_drive.get(action.drive_id)

    def below(self, side: FileSide, item_id: str) -> set[str]:
        """Ids of everything in a folder, itself included."""
        item = self.seen[side].get(item_id)
        if item is not None and not item.is_folder:
            return {item_id}
        inside: dict[str, list[str]] = {}
        for item in self.seen[side].values():
            inside.setdefault(item.parent_id, []).append(item.id)
        found, todo = {item_id}, [item_id]
        while todo:
            for one in inside.get(todo.pop(), ()):
                found.add(one)
                todo.append(one)
        return found

    # --- what a finished action leaves behind ---------------------------------------------------------

    def record(self, journal: FileJournal, pair: Row, step: Row, done: Done, now: datetime) -> None:
        """One commit for the step, the items and what is agreed about them."""
        action: FileAction = step["action"]
        before = self.pair_of(action)
        with journal.begin() as tx:
            if action.verb is FileVerb.DELETE:
                self._forget_below(journal, tx, pair["id"], step, now)
            elif done.made is not None:
                self._keep_item(journal, tx, pair["id"], action, done.made)
            items = {side: self.seen[side].get(action.id_of(side)) for side in FileSide}
            if done.made is not None and action.verb is not FileVerb.COMPARE:
                items[action.target] = done.made
            after = agreed_after(action, before, items[FileSide.PROCORE], items[FileSide.DRIVE])
            self._keep_agreed(journal, tx, pair["id"], self._agree(before, after))
            step["saw"] = {**step["saw"], "wrote": shown_agreed(after)}
            if action.rule is FileRule.TAKEN_BACK:  # nothing is agreed about it yet
                step["saw"]["made"] = shown_item(done.made)
            journal.change_file_step(
                step["id"],
                within=tx,
                state=ActionState.DONE.value,
                ended_at=now,
                made_id=done.made.id if done.made else "",
                bytes_moved=done.bytes_moved,
                upload=None,
                problems=[],
                saw=step["saw"],
            )
            if action.verb is FileVerb.PUT_BACK:
                journal.restored_from_trash(tx, step["saw"]["trash"], now, by=step["saw"].get("by", ""))
            if action.verb is not FileVerb.COMPARE:
                journal.change_file_project(pair["project_id"], within=tx, changed_at=now)
            self.record_calls(journal, tx, pair, step)

    @staticmethod
    def record_calls(journal: FileJournal, tx: Tx, pair: Row, step: Row, *, is_over: bool = True) -> None:
        """What an action has cost. is_over: False for one that another run goes on with; one left undone cost none.

        Last in its commit: others that end at the same time write the same row.
        """
        if (tally := step.get("tally")) is not None:
            action: FileAction = step["action"]
            journal.add_file_calls(tx, pair["id"], action.verb, action.target, int(is_over), tally.calls)

    def record_free(self, journal: FileJournal, pair: Row, steps: Sequence[Row], now: datetime) -> None:
        """One commit for many actions that only our journal hears of."""
        touched: set[str] = set()
        for step in steps:
            action: FileAction = step["action"]
            items = {side: self.seen[side].get(action.id_of(side)) for side in FileSide}
            before = self.pair_of(action)
            touched |= self._agree(before, agreed_after(action, before, items[FileSide.PROCORE], items[FileSide.DRIVE]))
        with journal.begin() as tx:
            self._keep_agreed(journal, tx, pair["id"], touched)
            journal.end_file_steps(tx, [step["id"] for step in steps], now)

    def _keep_item(self, journal: FileJournal, tx: Tx, pair_id: int, action: FileAction, made: FileItem) -> None:
        side = FileSide.PROCORE if action.verb is FileVerb.COMPARE else action.target
        former = action.id_of(side)
        if former and former != made.id:  # a photo with another content is another photo
            journal.forget_seen(tx, pair_id, side, [former])
            self.seen[side].pop(former, None)
        journal.put_seen(tx, pair_id, side, [made])
        self.seen[side][made.id] = made

    def _forget_below(self, journal: FileJournal, tx: Tx, pair_id: int, step: Row, now: datetime) -> None:
        action: FileAction = step["action"]
        side = action.target
        ids = self.below(side, action.target_id)
        journal.forget_seen(tx, pair_id, side, ids)
        find = self.agreed if side is FileSide.PROCORE else self.by_drive
        ended = [pair for one in ids if (pair := find.get(one)) is not None]
        journal.drop_agreed(tx, pair_id, [pair.procore_id for pair in ended])
        if action.rule is FileRule.TAKEN_BACK:
            self._leave_alone(journal, tx, pair_id, action, step, now)
        for one in ids:
            self.seen[side].pop(one, None)
        for pair in ended:
            self.agreed.pop(pair.procore_id, None)
            self.by_drive.pop(pair.drive_id, None)

    @staticmethod
    def _leave_alone(journal: FileJournal, tx: Tx, pair_id: int, action: FileAction, step: Row, now: datetime) -> None:
        """The original of a copy that somebody took away is not copied anew."""
        by = {"detached_by": step["saw"].get("by", ""), "detached_at": now}
        other = action.target.other
        journal.detach(tx, pair_id, [{"side": other.value, "item_id": action.id_of(other), **by}])

    def _agree(self, before: Agreed | None, after: Agreed | None) -> set[str]:
        """Changes what is agreed, in memory. Procore's ids of the pairs that are others now, or none any more."""
        if after == before:
            return set()
        ended = [before]
        if after is not None:  # whoever stores a pair ends every other one that one of its two items had
            ended += [self.agreed.get(after.procore_id), self.by_drive.get(after.drive_id)]
        touched = {pair.procore_id for pair in ended if pair is not None}
        for pair in ended:
            if pair is not None:
                self.agreed.pop(pair.procore_id, None)
                self.by_drive.pop(pair.drive_id, None)
        if after is not None:
            touched.add(after.procore_id)
            self.agreed[after.procore_id] = self.by_drive[after.drive_id] = after
        return touched

    def _keep_agreed(self, journal: FileJournal, tx: Tx, pair_id: int, touched: set[str]) -> None:
        """Brings the journal to what is agreed in memory about these of Procore's ids."""
        kept = [self.agreed[one] for one in sorted(touched) if one in self.agreed]
        journal.drop_agreed(tx, pair_id, sorted(touched))
        journal.put_agreed(tx, pair_id, kept)
