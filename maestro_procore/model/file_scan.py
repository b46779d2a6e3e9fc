"""What changed since the two sides last agreed: changed pairs, new items, and which of those belong together. Pure.

First step of file_decider.py. Items are told apart by id; names count only where something is new on both sides, or
was deleted and made again.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from maestro_procore.model import file_names
from maestro_procore.model.file_items import Agreed, FileItem, FileSide
from maestro_procore.model.file_limits import not_synchronized
from maestro_procore.model.file_plan import FileRule
from maestro_procore.model.file_world import SIDES, D, Fate, Node, P, World

ByFolder = dict[str, list[Node]]


def scan(world: World) -> list[Node]:
    """The nodes of everything that is not as agreed, in an order that depends on nothing but the states."""
    changed = _changed_pairs(world)
    new = {side: _new_items(world, side) for side in SIDES}
    if new[P] or new[D]:
        _rebind(world, changed, new)
        _adopt(world, new)
    found = changed + [node for side in SIDES for nodes in new[side].values() for node in nodes]
    return sorted((node for node in found if node.fate is not Fate.ABSORBED), key=_order)


def _order(node: Node) -> tuple[str, str]:
    return node.key


def _changed_pairs(world: World) -> list[Node]:
    """Nodes of the pairs of which one side is not as agreed."""
    found = []
    for pair in _suspects(world):
        if pair.procore_id in world.detached[P] or pair.drive_id in world.detached[D]:
            continue
        node = world.node(P, pair.procore_id)
        if node is not None and _is_changed(node):
            found.append(node)
    return found


def _suspects(world: World) -> Iterable[Agreed]:
    """Pairs that may have changed: those that a run read or found deleted, or all of them after a complete listing."""
    here, there = world.trees[P], world.trees[D]
    if here.is_complete or there.is_complete or world.detached[P] or world.detached[D]:
        return _not_as_agreed(world)
    pairs: dict[str, Agreed] = {}
    for side in SIDES:
        for item_id in (*world.trees[side].items, *sorted(world.gone[side])):
            if (pair := world.agreements.of(side, item_id)) is not None:
                pairs[pair.procore_id] = pair
    return pairs.values()


def _not_as_agreed(world: World) -> Iterator[Agreed]:
    """This loop is the whole cost of a run without news."""
    procore, drive = world.trees[P].items.get, world.trees[D].items.get
    gone = world.gone[P] or world.gone[D]
    is_all_here, is_all_there = world.trees[P].is_complete, world.trees[D].is_complete
    for pair in world.agreements:
        here, there = procore(pair.procore_id), drive(pair.drive_id)
        if here is None:
            is_changed = is_all_here
        else:
            is_changed = (
                here.version != pair.procore_version
                or here.name != pair.procore_name
                or here.parent_id != pair.procore_parent
            )
        if there is None:
            is_changed = is_changed or is_all_there
        elif not is_changed:
            is_changed = (
                there.version != pair.drive_version
                or there.name != pair.drive_name
                or there.parent_id != pair.drive_parent
            )
        if is_changed or gone:
            yield pair


def _is_changed(node: Node) -> bool:
    pair = node.agreed
    if pair is None:
        return True
    for side in SIDES:
        item = node.item(side)
        if item is None or (item.version, item.name, item.parent_id) != (
            pair.version_of(side),
            pair.name_of(side),
            pair.parent_of(side),
        ):
            return True
    return False


# --- new items ----------------------------------------------------------------------------------------


def _new_items(world: World, side: FileSide) -> ByFolder:
    """Nodes of what was never agreed, by the id of their folder, those left out with their reason.

    An item whose folder nobody knows waits for the run that does.
    """
    gone, detached, agreed = world.gone[side], world.detached[side], world.agreements.of
    waiting: dict[str, list[FileItem]] = defaultdict(list)
    for item in world.trees[side].items.values():
        if agreed(side, item.id) is None and item.id not in gone and item.id not in detached:
            waiting[item.parent_id].append(item)
    if not waiting:
        return {}
    known = [folder for folder in waiting if world.node(side, folder) is not None and folder not in gone]
    found: ByFolder = {}
    levels = [(folder, *_place(world, side, folder)) for folder in known]
    while levels:
        folder, path, depth = levels.pop()
        above = world.node(side, folder)
        found[folder] = nodes = []
        for item in waiting.pop(folder):
            node = world.add_new(side, item)
            nodes.append(node)
            below = f"{path}/{item.name}" if path else item.name
            _leave(world, side, node, above, below, depth)
            if item.is_folder and item.id in waiting:
                levels.append((item.id, below, depth + 1))
    return found


def _leave(world: World, side: FileSide, node: Node, above: Node | None, path: str, depth: int) -> None:
    """Leaves it out with a folder that is left out, or for a reason of its own, which is told."""
    if above is not None and above.fate is Fate.LEFT:
        node.fate, node.left = Fate.LEFT, above.left
        return
    limits = world.policy.limits
    node.left = limits.why_left(node.present, path if limits.looks_at_paths else "", depth)
    if node.left is not None:
        node.fate = Fate.LEFT
        world.left.append(not_synchronized(side, node.present, node.left))


def _place(world: World, side: FileSide, folder: str) -> tuple[str, int]:
    """Path and depth of a known folder on its side, as far as a limit asks for them."""
    limits = world.policy.limits
    if not limits.looks_at_paths and limits.max_folder_depth is None:
        return "", 0
    names: list[str] = []
    node = world.node(side, folder)
    while node is not None and node is not world.root:
        item = node.item(side)
        if item is None:
            break
        names.append(item.name)
        node = world.node(side, item.parent_id)
    return "/".join(reversed(names)), len(names)


# --- which belong together ----------------------------------------------------------------------------


def _rebind(world: World, changed: list[Node], new: dict[FileSide, ByFolder]) -> None:
    """What was deleted and made again under its name is the same thing with another id, with what is below it."""
    lost: dict[tuple[FileSide, str], list[Node]] = defaultdict(list)
    for node in changed:
        for side in SIDES:
            if node.agreed is not None and node.item(side) is None and node.item(side.other) is not None:
                lost[side, node.agreed.parent_of(side)].append(node)
    places = [(side, folder, folder) for side, folder in lost if folder not in world.gone[side]]
    while places:
        side, was, now = places.pop()
        candidates = {(file_names.key(n.present.name), n.is_folder): n for n in new[side].get(now, ()) if _is_free(n)}
        for node in lost[side, was]:
            if node.agreed is None or node.rebound is not None:
                continue
            again = candidates.pop((file_names.key(node.agreed.name_of(side)), node.is_folder), None)
            if again is None:
                continue
            world.absorb(node, again, side)
            node.rebound, node.rule = side, FileRule.REPLACED
            if node.is_folder and (side, was_id := node.agreed.id_of(side)) in lost:
                places.append((side, was_id, again.present.id))


def _is_free(node: Node) -> bool:
    return node.fate is Fate.ALIVE


def _adopt(world: World, new: dict[FileSide, ByFolder]) -> None:
    """What is new on both sides under one name in one folder is one thing; files are compared later."""
    folders = [node for folder in new[P] if (node := world.node(P, folder)) is not None]
    while folders:
        folder = folders.pop()
        if folder.procore is None or folder.drive is None:
            continue
        here = [node for node in new[P].get(folder.procore.id, ()) if _is_free(node)]
        there = [node for node in new[D].get(folder.drive.id, ()) if _is_free(node)]
        if not here or not there:
            continue
        for one, other in _same_names(here, there):
            world.absorb(one, other, D)
            one.rule = FileRule.EQUAL
            if one.is_folder:
                folders.append(one)


def _same_names(here: list[Node], there: list[Node]) -> list[tuple[Node, Node]]:
    """Procore's and the drive's node of one kind: first those of exactly one name, then those the drive confuses.

    Of several that have one name to the drive, those of one size belong together, then those that come first.
    """
    found: list[tuple[Node, Node]] = []
    for spelled in (_exact, file_names.key):
        for is_sized in (True, False):
            free: dict[tuple[str, bool, int], deque[Node]] = defaultdict(deque)
            for node in sorted(there, key=_twin_order):
                name = spelled(file_names.to_procore(node.present.name))
                free[name, node.is_folder, is_sized * node.present.size_bytes].append(node)
            taken: set[int] = set()
            for node in sorted(here, key=_order):
                name = spelled(node.present.name)
                if same := free.get((name, node.is_folder, is_sized * node.present.size_bytes)):
                    match = same.popleft()
                    found.append((node, match))
                    taken |= {id(node), id(match)}
            here, there = ([node for node in nodes if id(node) not in taken] for nodes in (here, there))
            if not here or not there:
                return found
    return found


def _twin_order(node: Node) -> tuple[int, tuple[str, str]]:
    return file_names.twin_number(node.present.name), _order(node)


def _exact(name: str) -> str:
    return name if name.isascii() else file_names.composed(name)
