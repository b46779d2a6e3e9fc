"""Which name everything gets on the side where it is new, so that no two things in a folder have the same. Pure.

Fourth step of file_decider.py. What stands there keeps its name. Procore's names are mapped for the drive; where the
drive cannot tell two of them apart, the second one gets a number that is taken off again on the way back. Something of
the drive whose name Procore has given to something else gets a name that says so, on both sides.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from maestro_procore.model import file_names
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_limits import Left, not_synchronized
from maestro_procore.model.file_plan import Conflict, ConflictKind, Settled
from maestro_procore.model.file_world import SIDES, D, Fate, Node, P, World

Used = dict[FileSide, dict[str, Node | None]]
"""Keys of the names of one folder → whose it is, None for what did not change."""

_NOBODY: Final = Node(None, None, None)
_MANY: Final = 100_000
_DEEPEST: Final = 10_000


def assign_names(world: World, nodes: list[Node]) -> None:
    """Names everything that arrives somewhere; what cannot be named stays where it is, with the reason."""
    by_folder: dict[int, list[Node]] = defaultdict(list)
    folders: dict[int, Node] = {}
    for node in nodes:
        folder = world.parent(node)
        if node.fate is Fate.ALIVE and folder is not None and not node.is_frozen:
            by_folder[id(folder)].append(node)
            folders[id(folder)] = folder
    depths = Depths(world)
    for folder in sorted(folders.values(), key=lambda each: (depths.of(each), each.key)):
        _name_those_in(world, folder, sorted(by_folder[id(folder)], key=lambda each: each.key), depths)
    _name_conflicts(world)


class Depths:
    """How deep a folder is to stand, and how long its path in the drive is to be; each is asked for once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._depths: dict[int, int] = {id(world.root): 0}
        self._units: dict[int, int] = {id(world.root): world.policy.drive_path_units}

    def of(self, node: Node) -> int:
        return self._climb(node, self._depths, lambda _: 1)

    def path_units(self, node: Node) -> int:
        """Of its path in the drive, in UTF-16 units."""
        return self._climb(node, self._units, lambda each: 1 + file_names.units(each.drive_name or each.procore_name))

    def _climb(self, node: Node, known: dict[int, int], step: Callable[[Node], int]) -> int:
        way: list[Node] = []
        at: Node | None = node
        while at is not None and id(at) not in known and len(way) < _DEEPEST:
            way.append(at)
            at = self._world.parent(at)
        total = known.get(id(at), 0) if at is not None else 0
        for each in reversed(way):
            total += step(each)
            known[id(each)] = total
        return total


def _name_those_in(world: World, folder: Node, nodes: list[Node], depths: Depths) -> None:
    if folder.fate is Fate.LEFT:  # its own name did not fit: what is new below it stays with it
        for node in nodes:
            _stay(node, folder.left)
        return
    arriving = {side: [node for node in nodes if _arrives(world, node, folder, side)] for side in SIDES}
    if not arriving[P] and not arriving[D]:
        return
    used: Used = {side: _staying(world, folder, side) for side in SIDES}
    for node in nodes:
        if node.is_copy:
            _name_copy(world, node, used)
    for node in arriving[D]:
        if not node.is_copy:
            _name_in_drive(world, node, used)
    for node in arriving[P]:
        if not node.is_copy:
            _name_in_procore(world, node, used)
    for node in arriving[D]:
        _check_length(world, node, depths.path_units(folder))


def _arrives(world: World, node: Node, folder: Node, side: FileSide) -> bool:
    """Whether it is to get a name there that it has not in that folder."""
    if not world.policy.may_write(side):
        return False
    item = node.item(side)
    return item is None or node.is_copy or not node.name(side) or world.parent_at(node, side) is not folder


def _staying(world: World, folder: Node, side: FileSide) -> dict[str, Node | None]:
    """What stands in the folder there and stays under its name."""
    at = folder.item(side)
    if at is None:
        return {}
    found: dict[str, Node | None] = {}
    items = world.trees[side].items
    for item_id in world.children(side).get(at.id, ()):
        node = world.nodes[side].get(item_id)
        if node is None:
            pair = world.agreements.of(side, item_id)
            item = items.get(item_id) or (world.item(side, pair) if pair else None)
            if item is not None and item_id not in world.gone[side]:
                found[file_names.key(item.name)] = None
            continue
        item = node.item(side)
        if item is None or item.id != item_id or node.fate is Fate.DEAD:
            continue
        leaves = node.fate is Fate.ALIVE and not node.is_frozen and world.parent(node) is not folder
        if not leaves and not node.is_copy and (node.name(side) == item.name or node.is_frozen):
            found[file_names.key(item.name)] = node
    return found


def _name_in_drive(world: World, node: Node, used: Used) -> None:
    """Procore's name, mapped; or its own when it was only moved."""
    name = node.drive_name or file_names.to_drive(node.procore_name, world.policy.names)
    holder = used[D].get(file_names.key(name), _NOBODY)
    if holder is not _NOBODY and holder is not node:
        if holder is not None and _yields(world, holder):
            _make_way(world, holder, node, used)
        else:
            name = _free(name, used, file_names.numbered)
    node.drive_name = name
    used[D][file_names.key(name)] = node


def _yields(world: World, holder: Node) -> bool:
    """Whether what has the name in the drive is itself on its way to Procore."""
    if holder.fate is not Fate.ALIVE or not world.policy.may_write(P):
        return False
    return holder.procore is None or not holder.procore_name


def _name_in_procore(world: World, node: Node, used: Used) -> None:
    """The drive's name, with what we mapped undone; or its own when it was only moved."""
    name = node.procore_name or file_names.to_procore(node.drive_name)
    holder = used[P].get(file_names.key(name), _NOBODY)
    if holder is _NOBODY or holder is node:
        node.procore_name = name
        used[P][file_names.key(name)] = node
    elif world.policy.may_write(D) and node.drive is not None:
        _make_way(world, node, holder, used)
    else:
        node.procore_name = _free(name, used, _numbered_plainly)
        used[P][file_names.key(node.procore_name)] = node


def _make_way(world: World, node: Node, taker: Node | None, used: Used) -> None:
    """Gives something of the drive another name on both sides, and says so."""
    mixed = taker is not None and taker.is_folder != node.is_folder
    kind = ConflictKind.FILE_AND_FOLDER if mixed else ConflictKind.NAME_TAKEN
    node.is_copy = True
    _name_copy(world, node, used, D)
    told = Conflict(kind, Settled.KEEP_BOTH, node.procore, node.drive, node.agreed, P, node.drive_name)
    world.conflicts.append(told)


def _name_copy(world: World, node: Node, used: Used, loser: FileSide | None = None) -> None:
    """A name that says which side it is of and when it was made there, free on both sides."""
    policy = world.policy
    side = loser or (P if node.procore is not None else D)
    item = node.item(side)
    base = file_names.to_procore(node.drive_name) if node.drive_name else node.procore_name
    when = None if item is None or item.modified is None else item.modified.astimezone(policy.time_zone)
    name = mapped = ""
    for number in range(1, _MANY):
        name = file_names.conflict_copy(base, policy.conflict_words[side], when, number)
        mapped = file_names.to_drive(name, policy.names)
        if file_names.key(name) not in used[P] and file_names.key(mapped) not in used[D]:
            break
    node.procore_name, node.drive_name = name, mapped
    used[P][file_names.key(name)] = used[D][file_names.key(mapped)] = node


def _free(name: str, used: Used, numbered: Callable[[str, int], str]) -> str:
    for number in range(2, _MANY):
        candidate = numbered(name, number)
        if not any(file_names.key(candidate) in used[side] for side in SIDES):
            return candidate
    raise LookupError(f"{_MANY} names like {name}")


def _numbered_plainly(name: str, number: int) -> str:
    stem, extension = file_names.split(name)
    return f"{stem} ({number}){extension}"


def _check_length(world: World, node: Node, path_units: int) -> None:
    """Leaves it where it is when the drive has no room for the name or the path, and says by how much."""
    excess = file_names.excess(node.drive_name, path_units)
    if not excess:
        return
    is_name = file_names.units(node.drive_name) > file_names.NAME_LIMIT
    left = Left(
        "FIL-02" if is_name else "FIL-03",
        {"n": excess, "suggestion": file_names.shorter(node.present.name, excess)},
    )
    world.left.append(not_synchronized(P if node.procore else D, node.present, left))
    _stay(node, left)


def _stay(node: Node, left: Left | None) -> None:
    """New things are left out, pairs stay where they are on each side."""
    if node.agreed is None or node.procore is None or node.drive is None:
        node.fate, node.left = Fate.LEFT, left
    else:
        node.is_frozen = True


def _name_conflicts(world: World) -> None:
    """Completes the conflicts with the name under which the loser is kept."""
    for place, told in enumerate(world.conflicts):
        if told.settled is not Settled.KEEP_BOTH or told.copy_name or told.winner is None:
            continue
        loser = told.drive if told.winner is P else told.procore
        node = None if loser is None else world.nodes[told.winner.other].get(loser.id)
        if node is not None:
            world.conflicts[place] = told._replace(copy_name=node.name(told.winner.other))
