"""The three states as one tree of nodes: what stands where on each side, and where it is to stand. Pure.

Only what changed gets a node, and the folders that it touches: a project of 50,000 files in which three changed costs
one quick pass and a dozen nodes. Who makes the nodes is file_scan.py; who settles them file_merge.py.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from maestro_procore.model.file_items import Agreed, AgreedPairs, FileItem, FileSide, Tree
from maestro_procore.model.file_limits import Left
from maestro_procore.model.file_plan import Conflict, FileRule, FileVerb, NotSynchronized
from maestro_procore.model.file_policy import FilePolicy

P, D = FileSide.PROCORE, FileSide.DRIVE
SIDES = (P, D)


class Fate(Enum):
    """What becomes of a node."""

    ALIVE = "alive"
    DEAD = "dead"
    """Deleted on one side; the other one follows."""
    GONE = "gone"
    """Nothing is left of it on either side."""
    LEFT = "left"
    """Not synchronized: it stays where it is."""
    ABSORBED = "absorbed"
    """It turned out to be the other half of another node."""


class Content(NamedTuple):
    """What is to be done about the content of a file that both sides have."""

    verb: FileVerb
    target: FileSide
    rule: FileRule


class Node:
    """One file or folder, in one or both places."""

    __slots__ = (
        "agreed", "content", "drive", "drive_name", "fate", "is_copy", "is_folder", "is_frozen", "is_held", "left",
        "made", "parent", "procore", "procore_name", "rebound", "rule",
    )  # fmt: skip

    def __init__(self, procore: FileItem | None, drive: FileItem | None, agreed: Agreed | None) -> None:
        self.procore = procore
        self.drive = drive
        self.agreed = agreed
        known = procore or drive
        self.is_folder = known.is_folder if known else agreed is not None and agreed.is_folder
        self.fate = Fate.ALIVE
        self.parent: Node | None = None
        """Where it is to stand; None for the root and for what is not settled."""
        self.procore_name = procore.name if procore else ""
        self.drive_name = drive.name if drive else ""
        self.left: Left | None = None
        self.rule = FileRule.NEW
        self.rebound: FileSide | None = None
        """The side where it was deleted and made again."""
        self.is_frozen = False
        """Its place is left as it is on both sides."""
        self.is_held = False
        """Dead, and what holds its deletion is told elsewhere."""
        self.content: Content | None = None
        self.is_copy = False
        """The loser of a conflict: it gets a name of its own."""
        self.made: dict[FileSide, int] = {}
        """Number of the action that makes or places it there."""

    def item(self, side: FileSide) -> FileItem | None:
        return self.procore if side is P else self.drive

    def put(self, side: FileSide, item: FileItem | None) -> None:
        """It is this item there."""
        if side is P:
            self.procore = item
            self.procore_name = item.name if item else self.procore_name
        else:
            self.drive = item
            self.drive_name = item.name if item else self.drive_name

    def name(self, side: FileSide) -> str:
        """Its name there in the end, "" as long as none is settled."""
        return self.procore_name if side is P else self.drive_name

    def call(self, side: FileSide, name: str) -> None:
        if side is P:
            self.procore_name = name
        else:
            self.drive_name = name

    @property
    def present(self) -> FileItem:
        """The item that exists, Procore's before the drive's. Only for nodes that are not gone."""
        item = self.procore or self.drive
        if item is None:
            raise LookupError("nothing is left of it")
        return item

    @property
    def key(self) -> tuple[str, str]:
        """By which nodes are sorted, so that equal states give equal plans."""
        agreed = self.agreed
        procore = self.procore.id if self.procore else agreed.procore_id if agreed else ""
        drive = self.drive.id if self.drive else agreed.drive_id if agreed else ""
        return (procore, drive)


class World:
    """Both trees, the agreement, and the nodes made so far."""

    def __init__(self, procore: Tree, drive: Tree, agreements: AgreedPairs, policy: FilePolicy) -> None:
        self.trees = {P: procore, D: drive}
        self.agreements = agreements
        self.policy = policy
        self.conflicts: list[Conflict] = []
        self.left: list[NotSynchronized] = []
        self.parted: list[tuple[Agreed, FileRule]] = []
        """Pairs that become two things."""
        self.nodes: dict[FileSide, dict[str, Node]] = {P: {}, D: {}}
        self.root = Node(FileItem(procore.root_id, "", "", True), FileItem(drive.root_id, "", "", True), None)
        for side in SIDES:
            self.nodes[side][self.trees[side].root_id] = self.root
        self._children: dict[FileSide, dict[str, list[str]]] = {}
        self.gone = {side: self._with_all_below(side, self.trees[side].deleted) for side in SIDES}
        self.detached = {side: self._with_all_below(side, agreements.detached.get(side, ())) for side in SIDES}

    def item(self, side: FileSide, pair: Agreed) -> FileItem | None:
        """The item of a pair as it stands there now, as agreed when this run did not read it, None when it is gone."""
        item_id = pair.id_of(side)
        if item_id in self.gone[side]:
            return None
        tree = self.trees[side]
        found = tree.items.get(item_id)
        if found is not None:
            return found
        return None if tree.is_complete else as_agreed(side, pair)

    def node(self, side: FileSide, item_id: str) -> Node | None:
        """The node of an item; made on demand for pairs. None for what nobody knows."""
        found = self.nodes[side].get(item_id)
        if found is not None:
            return found
        pair = self.agreements.of(side, item_id)
        return None if pair is None else self.add_pair(pair)

    def add_pair(self, pair: Agreed) -> Node:
        """The node of a pair as both sides have it now."""
        node = Node(self.item(P, pair), self.item(D, pair), pair)
        self.nodes[P][pair.procore_id] = node
        self.nodes[D][pair.drive_id] = node
        return node

    def parent(self, node: Node) -> Node | None:
        """Where it is to stand: as settled, else as agreed. None for the root, and for what nobody knows."""
        if node.parent is None and node.agreed is not None:
            node.parent = self.agreed_parent(node.agreed)
        return node.parent

    def agreed_parent(self, pair: Agreed) -> Node | None:
        """The folder in which a pair was agreed to stand."""
        return self.node(P, pair.procore_parent) or self.node(D, pair.drive_parent)

    def add_new(self, side: FileSide, item: FileItem) -> Node:
        """The node of an item that was never agreed."""
        node = Node(item if side is P else None, item if side is D else None, None)
        self.nodes[side][item.id] = node
        return node

    def absorb(self, node: Node, other: Node, side: FileSide) -> None:
        """The item of `other` on that side becomes the node's own."""
        item = other.item(side)
        if item is None:
            raise LookupError(f"nothing to absorb on {side}")
        node.put(side, item)
        self.nodes[side][item.id] = node
        other.fate = Fate.ABSORBED

    def parent_at(self, node: Node, side: FileSide) -> Node | None:
        """The folder in which it stands there now; None when it is not there or its folder is unknown."""
        item = node.item(side)
        return None if item is None else self.node(side, item.parent_id)

    # --- what lies below ----------------------------------------------------------------------------

    def children(self, side: FileSide) -> dict[str, list[str]]:
        """Ids by the id of their folder, as they stand there now. Made once, on first use."""
        found = self._children.get(side)
        if found is None:
            found = self._children[side] = {}
            items = self.trees[side].items
            for item in items.values():
                found.setdefault(item.parent_id, []).append(item.id)
            if not self.trees[side].is_complete:
                for pair in self.agreements:
                    if pair.id_of(side) not in items:
                        found.setdefault(pair.parent_of(side), []).append(pair.id_of(side))
        return found

    def below(self, side: FileSide, folder_id: str) -> Iterator[str]:
        """Every id below a folder, as things stand there now; each once, even if the folders stand in a ring."""
        children = self.children(side)
        stack, seen = list(children.get(folder_id, ())), {folder_id}
        while stack:
            item_id = stack.pop()
            if item_id in seen:
                continue
            seen.add(item_id)
            yield item_id
            stack += children.get(item_id, ())

    def _with_all_below(self, side: FileSide, ids: Iterable[str]) -> frozenset[str]:
        """These ids and everything that stands below them now: whoever was moved out before is not."""
        found = set(ids)
        for item_id in tuple(found):
            found.update(self.below(side, item_id))
        return frozenset(found)


def as_agreed(side: FileSide, pair: Agreed) -> FileItem:
    """An item that this run did not read."""
    return FileItem(
        pair.id_of(side),
        pair.parent_of(side),
        pair.name_of(side),
        pair.is_folder,
        pair.size_bytes,
        pair.drive_modified if side is D else None,
        pair.version_of(side),
        pair.content_hash,
    )
