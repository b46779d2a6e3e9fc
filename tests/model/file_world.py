"""A Procore and a drive in memory, people who work in both, and an applier that carries plans out like an engine.

The two sides refuse what the real ones refuse: a taken name, a folder moved into itself, a missing parent, a stale
precondition. So a plan in the wrong order fails here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from maestro_procore.model import file_names
from maestro_procore.model.file_agreeing import agreed_after
from maestro_procore.model.file_decider import decide
from maestro_procore.model.file_items import Agreed, Agreements, FileItem, FileSide, Gone, Tree, Waiting
from maestro_procore.model.file_plan import FileAction, FilePlan, FileVerb
from maestro_procore.model.file_policy import FilePolicy
from maestro_procore.model.file_sift import Sift

P, D = FileSide.PROCORE, FileSide.DRIVE
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT = {P: "p0", D: "d0"}


class Refused(Exception):
    """The server said no: the plan is wrong, or somebody was faster."""


@dataclass
class Place:
    """One side. items: by id. contents: of files by id. past: contents that became versions before. bin: by id."""

    side: FileSide
    clock: "Clock"
    rewrites: bool = False
    items: dict[str, FileItem] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    past: list[str] = field(default_factory=list)
    bin: dict[str, FileItem] = field(default_factory=dict)
    known_hashes: dict[tuple[str, str], str] = field(default_factory=dict)
    next_id: int = 1
    _named: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def root_id(self) -> str:
        return ROOT[self.side]

    def _check_place(self, parent_id: str, name: str, item_id: str = "") -> None:
        if parent_id != self.root_id and not (parent_id in self.items and self.items[parent_id].is_folder):
            raise Refused(f"{self.side}: no folder {parent_id}")
        if not name:
            raise Refused(f"{self.side}: no name")
        if self._named.get(self._spot(parent_id, name), item_id) != item_id:
            raise Refused(f"{self.side}: {name} is taken")
        if (
            self.side is D
            and file_names.to_drive(file_names.to_procore(name)) != name
            and not any(mark in name for mark in ("‛=", "(‛"))
        ):
            raise Refused(f"drive: {name} is not a name it accepts")

    def _spot(self, parent_id: str, name: str) -> tuple[str, str]:
        """Two items may not have the same: the drive cannot tell Plan from plan, Procore can."""
        return parent_id, file_names.key(name) if self.side is D else file_names.composed(name)

    def make(self, parent_id: str, name: str, content: str | None, *, by_us: bool = False) -> FileItem:
        """A folder without content, or a file."""
        self._check_place(parent_id, name)
        prefix = "p" if self.side is P else "d"
        item_id, self.next_id = f"{prefix}{self.next_id}", self.next_id + 1
        self.items[item_id] = FileItem(item_id, parent_id, name, content is None)
        self._named[self._spot(parent_id, name)] = item_id
        if content is not None:
            self.write(item_id, content, by_us=by_us)
        return self.items[item_id]

    def write(self, item_id: str, content: str, *, by_us: bool = False, modified: datetime | None = None) -> FileItem:
        """New content."""
        if item_id in self.contents:
            self.past.append(self.contents[item_id])
        self.contents[item_id] = content
        moment = modified or self.clock.tick()
        known = f"quickxor:{content}" if self.side is D else ""
        self.items[item_id] = self.items[item_id]._replace(
            size_bytes=len(content), modified=moment, version=f"v{self.clock.count}", content_hash=known, is_by_us=by_us
        )
        if by_us and self.side is D and self.rewrites and content.startswith("office"):
            self.clock.tick()
            self.contents[item_id] = content.removesuffix("+properties") + "+properties"
            self.items[item_id] = self.items[item_id]._replace(
                size_bytes=len(self.contents[item_id]),
                version=f"v{self.clock.count}",
                content_hash=f"quickxor:{self.contents[item_id]}",
            )
        return self.items[item_id]

    def move(self, item_id: str, parent_id: str, name: str) -> FileItem:
        """Another folder, another name or both."""
        if item_id not in self.items:
            raise Refused(f"{self.side}: {item_id} is not there")
        self._check_place(parent_id, name, item_id)
        at = parent_id
        while at != self.root_id:
            if at == item_id:
                raise Refused(f"{self.side}: {item_id} cannot stand in itself")
            at = self.items[at].parent_id
        was = self.items[item_id]
        del self._named[self._spot(was.parent_id, was.name)]
        self._named[self._spot(parent_id, name)] = item_id
        self.items[item_id] = was._replace(parent_id=parent_id, name=name)
        return self.items[item_id]

    def remove(self, item_id: str) -> list[str]:
        """Into the bin, with everything below; answers with the ids."""
        if item_id not in self.items:
            raise Refused(f"{self.side}: {item_id} is not there")
        ids = [item_id]
        for each in ids:
            ids += [item.id for item in self.items.values() if item.parent_id == each]
        for each in ids:
            item = self.bin[each] = self.items.pop(each)
            del self._named[self._spot(item.parent_id, item.name)]
        return ids

    def wait(self, item_id: str, waiting: Waiting | None) -> None:
        self.items[item_id] = self.items[item_id]._replace(waiting=waiting)

    def tree(self) -> Tree:
        """A complete listing."""
        return Tree(self.side, self.root_id, {item.id: self._known(item) for item in self.items.values()}, True)

    def _known(self, item: FileItem) -> FileItem:
        known = self.known_hashes.get((item.id, item.version))
        return item._replace(content_hash=known) if known else item

    def path(self, item_id: str) -> str:
        names: list[str] = []
        while item_id != self.root_id:
            item = self.items[item_id]
            names.append(item.name)
            item_id = item.parent_id
        return "/".join(reversed(names))

    def paths(self) -> dict[str, str | None]:
        """Path as Procore would write it → content, None for folders."""
        found: dict[str, str | None] = {}
        for item in self.items.values():
            path = (
                "/".join(file_names.to_procore(name) for name in self.path(item.id).split("/"))
                if (self.side is D)
                else "/".join(file_names.composed(name) for name in self.path(item.id).split("/"))
            )
            content = self.contents[item.id].removesuffix("+properties") if not item.is_folder else None
            found[path] = content
        return found


@dataclass
class Clock:
    count: int = 0

    def tick(self) -> datetime:
        """A minute later."""
        self.count += 1
        return START + timedelta(minutes=self.count)


class Pair:
    """Both sides, what they agreed, and the engine between them."""

    def __init__(self, policy: FilePolicy | None = None, *, rewrites: bool = False) -> None:
        self.clock = Clock()
        self.places = {P: Place(P, self.clock), D: Place(D, self.clock, rewrites)}
        self.policy = policy or FilePolicy()
        self.agreements = Agreements()
        self.binned_by_us: dict[FileSide, list[str]] = {P: [], D: []}
        self.seen: dict[FileSide, dict[str, FileItem]] = {P: {}, D: {}}

    def plan(self) -> FilePlan:
        """From two complete listings."""
        return decide(self.places[P].tree(), self.places[D].tree(), self.agreements, self.policy)

    def plan_from_changes(self) -> FilePlan:
        """As after a delta on both sides: only what differs from the last run, and what was deleted."""
        trees = []
        for side, place in self.places.items():
            whole = place.tree()
            agreed = self.agreements
            missing = {known.id_of(side): known for known in agreed if known.id_of(side) not in whole.items}
            # The feed may name a folder only, for all that was deleted with it.
            deleted = {i: Gone.DELTA for i, known in missing.items() if known.parent_of(side) not in missing}
            read = {i: item for i, item in whole.items.items() if self._is_news(agreed, side, item)}
            trees.append(Tree(side, place.root_id, read, False, deleted))
        return decide(trees[0], trees[1], self.agreements, self.policy)

    @staticmethod
    def _is_news(agreed: Agreements, side: FileSide, item: FileItem) -> bool:
        pair = agreed.of(side, item.id)
        return pair is None or item.waiting is not None or (item.parent_id, item.name, item.version) != (
            pair.parent_of(side), pair.name_of(side), pair.version_of(side)
        )  # fmt: skip

    def plan_from(self, how: str) -> FilePlan:
        """How the engine learnt what is new: "whole", "changes" or "sweep"."""
        return {"whole": self.plan, "changes": self.plan_from_changes, "sweep": self.plan_from_sweep}[how]()

    def plan_from_sweep(self) -> FilePlan:
        """From two complete listings that are not kept."""
        trees = []
        for side, place in self.places.items():
            sweep = Sift(side, place.root_id, self.agreements)
            sweep.add(place.tree().items.values())
            trees.append(sweep.tree())
        return decide(trees[0], trees[1], self.agreements, self.policy)

    def run(self, plan: FilePlan | None = None, stop_after: int | None = None) -> FilePlan:
        """Plans and carries out, or only the first actions of it."""
        plan = plan or self.plan()
        made: dict[int, str] = {}
        for action in plan.actions[:stop_after]:
            assert all(needed < action.number for needed in action.needs), action
            self._carry_out(action, made)
        return plan

    def settle(self, most: int = 3) -> int:
        """Runs until nothing is left to do; answers with the number of runs that did something."""
        for count in range(most + 1):
            if self.run().is_idle:
                return count
        raise AssertionError(f"still busy after {most} runs: {self.plan().actions}")

    def _carry_out(self, action: FileAction, made: dict[int, str]) -> None:
        procore, drive = self.places[P].items.get(action.procore_id), self.places[D].items.get(action.drive_id)
        target = self.places[action.target]
        written: FileItem | None = None
        source = self.places[action.target.other]
        parent = action.parent_id or made.get(action.parent_action, "")
        match action.verb:
            case FileVerb.CREATE_FOLDER:
                written = target.make(parent, action.name, None, by_us=True)
                made[action.number] = written.id
            case FileVerb.COPY:
                assert source.items[action.source_id].version == action.source_version
                content = source.contents[action.source_id]
                written = target.make(parent, action.name, content, by_us=True)
            case FileVerb.VERSION:
                assert source.items[action.source_id].version == action.source_version
                assert target.items[action.target_id].version == action.target_version
                written = target.write(action.target_id, source.contents[action.source_id], by_us=True)
            case FileVerb.MOVE:
                item = target.items[action.target_id]
                assert item.waiting is None
                assert action.name or action.moves_parent
                written = target.move(item.id, parent or item.parent_id, action.name or item.name)
            case FileVerb.DELETE:
                item = target.items[action.target_id]
                assert item.is_folder or item.version == action.target_version
                ids = target.remove(item.id)
                self.binned_by_us[action.target] += ids
            case FileVerb.COMPARE:
                content = self.places[P].contents[action.procore_id]
                version = self.places[P].items[action.procore_id].version
                self.places[P].known_hashes[action.procore_id, version] = f"quickxor:{content}"
            case _:
                assert action.verb.is_free
        if written is not None:
            procore, drive = (written, drive) if action.target is P else (procore, written)
        before = self.agreements.of(P, action.procore_id) or self.agreements.of(D, action.drive_id)
        self._store(before, agreed_after(action, before, procore, drive))

    def _store(self, before: Agreed | None, after: Agreed | None) -> None:
        """Whoever stores a pair ends every other pair of its items."""
        ended = [before]
        if after is not None:
            ended += [self.agreements.of(side, after.id_of(side)) for side in (P, D)]
        for pair in ended:
            if pair is not None:
                self.agreements.by_procore.pop(pair.procore_id, None)
                self.agreements.by_drive.pop(pair.drive_id, None)
        if after is not None:
            self.agreements.by_procore[after.procore_id] = self.agreements.by_drive[after.drive_id] = after

    # --- what a person may do -----------------------------------------------------------------------

    def find(self, side: FileSide, path: str) -> str:
        """Id of what stands there, the root's for ""."""
        if not path:
            return ROOT[side]
        return next(i for i in self.places[side].items if self.places[side].path(i) == path)

    def live(self, side: FileSide) -> Iterator[FileItem]:
        return iter(list(self.places[side].items.values()))


def assert_in_step(pair: Pair) -> None:
    """Both sides hold the same folders, files and contents, and a further run has nothing to do.

    Names that differ in case only stay as each side wrote them: to the drive they are one.
    """
    plan = pair.plan()
    assert plan.actions == (), plan.actions
    here, there = pair.places[P], pair.places[D]
    assert len(pair.agreements) == len(here.items) == len(there.items), (here.paths(), there.paths())
    for known in pair.agreements:
        one, other = here.items[known.procore_id], there.items[known.drive_id]
        above = pair.agreements.of(P, one.parent_id)
        assert other.parent_id == (above.drive_id if above else ROOT[D])
        assert file_names.key(file_names.to_procore(other.name)) == file_names.key(one.name)
        contents = [place.contents.get(i, "") for place, i in ((here, one.id), (there, other.id))]
        assert contents[0].removesuffix("+properties") == contents[1].removesuffix("+properties")
