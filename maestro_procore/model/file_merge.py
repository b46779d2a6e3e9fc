"""What becomes of everything that changed: who lives, where it stands, whose content counts. Pure.

Second step of file_decider.py. The rules, in the order in which they are applied:

1. A change beats a deletion: what one side deleted and the other changed comes back. A folder in which something
   lives on lives on itself.
2. A place that only one side changed is the new place. Where both changed it differently, Procore's counts.
3. Folders that people moved into each other go back to where Procore has them.
4. Content that only one side changed is copied; equal changes agree; different ones are a conflict (file_conflicts.py).

In a one-way flow the side that is copied decides all of it, and the other one is reported.
"""

from collections.abc import Iterable

from maestro_procore.model import file_names
from maestro_procore.model.file_items import Agreed, FileItem, FileSide
from maestro_procore.model.file_plan import Conflict, ConflictKind, FileRule, Settled
from maestro_procore.model.file_world import SIDES, D, Fate, Node, P, World


def merge(world: World, nodes: list[Node]) -> list[Node]:
    """Settles fate and place of every node; answers with all that are to be acted upon, revived folders included."""
    for node in nodes:
        if node.fate is not Fate.LEFT:
            _settle_fate(world, node)
    for node in nodes:
        if node.fate is Fate.ALIVE:
            _settle_place(world, node)
        elif node.fate is Fate.LEFT:
            node.parent = world.parent_at(node, P if node.procore else D)
    _break_rings(world, nodes)
    return _revive(world, nodes)


# --- who lives ----------------------------------------------------------------------------------------


def _settle_fate(world: World, node: Node) -> None:
    pair = node.agreed
    if pair is None:
        return
    if node.procore is None and node.drive is None:
        node.fate, node.rule = Fate.GONE, FileRule.BOTH_GONE
        return
    node.rule = FileRule.REPLACED if node.rebound else FileRule.EDITED
    if node.procore is not None and node.drive is not None:
        return
    missing = P if node.procore is None else D
    source = world.policy.flow.source
    if source is missing.other:  # somebody deleted the copy of a one-way tool
        node.rule = FileRule.ONE_WAY
        world.conflicts.append(_conflict(ConflictKind.ONE_WAY_CHANGE, Settled.KEPT, node, missing.other))
    elif not _is_touched(world, node, pair, missing.other):
        node.fate, node.rule = Fate.DEAD, FileRule.DELETED
    elif source is missing:  # its copy was changed: it stays there, by itself
        node.fate, node.rule = Fate.GONE, FileRule.ONE_WAY
        world.conflicts.append(_conflict(ConflictKind.ONE_WAY_CHANGE, Settled.REPORTED, node, missing.other))
    else:
        node.rule = FileRule.CHANGE_BEATS_DELETE
        world.conflicts.append(_conflict(ConflictKind.CHANGED_AND_DELETED, Settled.KEPT, node, missing.other))


def _is_touched(world: World, node: Node, pair: Agreed, side: FileSide) -> bool:
    """Whether people there did something with it that a deletion on the other side must not undo."""
    item = node.item(side)
    if item is None:
        return False
    return is_edited(node, pair, side) or _moved_to(world, pair, item, side) is not None or _renamed(pair, item, side)


def is_edited(node: Node, pair: Agreed, side: FileSide) -> bool:
    """Whether a side has new content, which is neither our own nor SharePoint's rewriting of it."""
    item = node.item(side)
    if item is None or item.is_folder or item.version == pair.version_of(side):
        return False
    if item.content_hash and item.content_hash == pair.content_hash:
        return False
    return not is_rewriting(item, pair, side)


def is_rewriting(item: FileItem, pair: Agreed, side: FileSide) -> bool:
    """SharePoint writes properties into Office files after an upload: new content, our name, the time that we gave."""
    return side is D and item.is_by_us and item.modified is not None and item.modified == pair.drive_modified


# --- where it stands ------------------------------------------------------------------------------------


def _moved_to(world: World, pair: Agreed, item: FileItem, side: FileSide) -> Node | None:
    """The folder into which people moved it there, None when they did not, or into one that nobody knows."""
    if item.parent_id == pair.parent_of(side):
        return None
    folder = world.node(side, item.parent_id)
    return None if folder is None or folder is world.agreed_parent(pair) else folder


def _renamed(pair: Agreed, item: FileItem, side: FileSide) -> bool:
    was = pair.name_of(side)
    return item.name != was and not file_names.is_same(item.name, was) and not file_names.is_passing(item.name)


def _settle_place(world: World, node: Node) -> None:
    """Its folder and names in the end. New items stand where they are; their name on the other side comes later."""
    pair = node.agreed
    if node.procore is None or node.drive is None or pair is None:
        side = P if node.procore is not None else D
        node.parent = world.parent_at(node, side)
        if node.parent is None and pair is not None:
            node.parent = world.agreed_parent(pair)
        if pair is not None and node.item(side.other) is None:
            node.call(side.other, "")
        return
    moved = {P: _moved_to(world, pair, node.procore, P), D: _moved_to(world, pair, node.drive, D)}
    renamed = {P: _renamed(pair, node.procore, P), D: _renamed(pair, node.drive, D)}
    for side in SIDES:  # a run was cut short before the name that was meant: the other side knows it
        if file_names.is_passing(node.name(side)) and world.policy.may_write(side):
            node.call(side, "")
    if any(folder is not None and folder.fate is Fate.LEFT for folder in moved.values()):
        node.is_frozen = True  # into a folder that is not synchronized: neither copied there nor deleted here
        return
    node.parent = world.agreed_parent(pair)
    if node.parent is None:
        node.parent = world.parent_at(node, P) or world.parent_at(node, D)
    source = world.policy.flow.source
    if source is not None:
        _place_one_way(world, node, source, moved, renamed)
        return
    _place_both_ways(world, node, moved, renamed)


def _place_both_ways(
    world: World, node: Node, moved: dict[FileSide, Node | None], renamed: dict[FileSide, bool]
) -> None:
    here, there = moved[P], moved[D]
    if here is not None or there is not None:
        node.rule = FileRule.MOVED if not node.rebound else node.rule
        node.parent = here or there
    if here is not None and there is not None and here is not there:
        world.conflicts.append(_conflict(ConflictKind.MOVED_TWICE, Settled.PROCORE, node, P))
        node.rule = FileRule.PROCORE_WINS
    if renamed[P] and renamed[D] and not _are_twins(node.procore_name, node.drive_name):
        world.conflicts.append(_conflict(ConflictKind.RENAMED_TWICE, Settled.PROCORE, node, P))
        node.rule = FileRule.PROCORE_WINS
        node.drive_name = ""
    elif renamed[P] != renamed[D]:
        node.rule = FileRule.MOVED if not node.rebound else node.rule
        node.call(D if renamed[P] else P, "")


def _place_one_way(
    world: World, node: Node, source: FileSide, moved: dict[FileSide, Node | None], renamed: dict[FileSide, bool]
) -> None:
    """What the source changed is done; what only the copy changed is reported once and agreed."""
    target = source.other
    node.parent = moved[source] or moved[target] or node.parent
    if moved[source] is not None or renamed[source]:
        node.rule = FileRule.MOVED
    if renamed[source] and not (renamed[target] and _are_twins(node.procore_name, node.drive_name)):
        node.call(target, "")
    if (moved[target] is not None and moved[source] is None) or (renamed[target] and not renamed[source]):
        world.conflicts.append(_conflict(ConflictKind.ONE_WAY_CHANGE, Settled.REPORTED, node, None))


def _are_twins(procore_name: str, drive_name: str) -> bool:
    """Whether the two names are one name, each as its side writes it."""
    return file_names.is_same(procore_name, file_names.to_procore(drive_name))


def _break_rings(world: World, nodes: Iterable[Node]) -> None:
    """Folders that were moved into each other stand where Procore has them; the drive's moves are taken back."""
    sound: set[int] = {id(world.root)}
    for node in nodes:
        if not node.is_folder or node.fate is not Fate.ALIVE:
            continue
        while ring := _ring_above(world, node, sound):
            taken_back = [each for each in ring if _stands_as_in_drive(world, each)]
            for each in taken_back:
                world.conflicts.append(_conflict(ConflictKind.MOVED_INTO_EACH_OTHER, Settled.PROCORE, each, P))
                each.parent, each.rule = world.parent_at(each, P), FileRule.PROCORE_WINS
            if not taken_back:
                break  # Procore itself answered with a ring: its next listing will be sound


def _stands_as_in_drive(world: World, node: Node) -> bool:
    here = world.parent_at(node, P)
    return here is not None and here is not node.parent


def _ring_above(world: World, node: Node, sound: set[int]) -> list[Node]:
    """The folders of the ring that one runs into above a node, [] when the way leads to the root."""
    way: list[Node] = []
    seen: dict[int, int] = {}
    at: Node | None = node
    while at is not None and id(at) not in sound:
        if id(at) in seen:
            return way[seen[id(at)] :]
        seen[id(at)] = len(way)
        way.append(at)
        at = world.parent(at)
    sound.update(seen)
    return []


# --- what lives because something in it lives -------------------------------------------------------------


def _revive(world: World, nodes: list[Node]) -> list[Node]:
    """Folders above what lives, or above what is not synchronized, come back where they were deleted."""
    revived: list[Node] = []
    for node in nodes:
        lives = node.fate is Fate.ALIVE or (node.fate is Fate.LEFT and not (node.left and node.left.is_junk))
        at = world.parent(node) if lives else None
        while at is not None and at.fate in (Fate.DEAD, Fate.GONE):
            if at.fate is Fate.DEAD:
                _bring_back(world, at)
                revived.append(at)
            at = world.parent(at)
    known = {id(node) for node in nodes}
    return nodes + [node for node in revived if id(node) not in known]


def _bring_back(world: World, folder: Node) -> None:
    missing = P if folder.procore is None else D
    if not world.policy.may_write(missing):  # the copy of a one-way tool: it stays there, by itself
        folder.fate, folder.rule = Fate.GONE, FileRule.ONE_WAY
        world.conflicts.append(_conflict(ConflictKind.ONE_WAY_CHANGE, Settled.REPORTED, folder, missing.other))
        return
    world.conflicts.append(_conflict(ConflictKind.FOLDER_STILL_NEEDED, Settled.KEPT, folder, missing.other))
    folder.fate, folder.rule = Fate.ALIVE, FileRule.STILL_NEEDED
    folder.parent = world.parent_at(folder, missing.other)
    folder.call(missing, "")


def _conflict(kind: ConflictKind, settled: Settled, node: Node, winner: FileSide | None) -> Conflict:
    return Conflict(kind, settled, node.procore, node.drive, node.agreed, winner)
