"""The settled nodes as actions in an order in which they can run: folders first, deletions last. Pure.

Last step of file_decider.py; where things are put is file_places.py, what is deleted file_deletions.py. Each action
names those that must have succeeded before it, so that whoever carries them out may do the others at the same time.
"""

from maestro_procore.model import file_names
from maestro_procore.model.file_conflicts import holds_up
from maestro_procore.model.file_deletions import deletions
from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.model.file_limits import Left, not_synchronized
from maestro_procore.model.file_naming import Depths
from maestro_procore.model.file_places import Places
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb
from maestro_procore.model.file_world import SIDES, D, Fate, Node, P, World
from maestro_procore.model.file_written import Written

_ON_CONTENT = (FileVerb.VERSION, FileVerb.COMPARE)


def steps(world: World, nodes: list[Node]) -> tuple[FileAction, ...]:
    """Every action of the plan: what only our journal hears of, then places, contents, deletions."""
    depths = Depths(world)
    nodes = sorted(nodes, key=lambda node: (depths.of(node), not node.is_folder, node.key))
    written = Written()
    _write_down(world, nodes, written)
    writable = [side for side in SIDES if world.policy.may_write(side)]
    places = {side: Places(world, written, side) for side in writable}
    for node in nodes:
        for side in sorted(writable, key=lambda each: node.item(each) is None):  # where it is, then where it is not
            places[side].place(node)
    for node in nodes:
        _agree_place(world, node, written)
    for node in nodes:
        if node.fate is Fate.ALIVE:
            _settle_content(world, node, written, places)
    for side in writable:
        deletions(world, written, side, nodes, places[side])
    return tuple(written.actions)


def _write_down(world: World, nodes: list[Node], written: Written) -> None:
    """What costs no call."""
    for pair, rule in world.parted:
        written.forget(pair, rule)
    for node in nodes:
        if node.fate is Fate.GONE and node.agreed is not None:
            written.forget(node.agreed, node.rule)
        if node.fate is not Fate.ALIVE:
            continue
        if node.rebound is not None and node.agreed is not None:
            written.add(FileVerb.REBIND, FileRule.REPLACED, node.rebound, node)
        if node.content is not None and node.content.verb not in _ON_CONTENT:
            written.add(node.content.verb, node.content.rule, node.content.target, node)
        if node.is_folder and node.agreed is None and node.procore is not None and node.drive is not None:
            written.add(FileVerb.ADOPT, FileRule.EQUAL, D, node)


def _agree_place(world: World, node: Node, written: Written) -> None:
    """Notes names and folders that are right without a call, or as a whole once several calls have made them so."""
    pair = node.agreed
    if pair is None or node.fate is not Fate.ALIVE or node.is_frozen or node.procore is None or node.drive is None:
        return
    if node in written.blocked or any(world.parent_at(node, side) is None for side in SIDES):
        return
    moves = [written.actions[number] for number in written.moves[node]]
    names = (pair.procore_name, pair.drive_name) != (node.procore.name, node.drive.name)
    folders = (pair.procore_parent, pair.drive_parent) != (node.procore.parent_id, node.drive.parent_id)
    if node.rebound is P:
        names, folders = pair.drive_name != node.drive.name, pair.drive_parent != node.drive.parent_id
    elif node.rebound is D:
        names, folders = pair.procore_name != node.procore.name, pair.procore_parent != node.procore.parent_id
    names = names and not any(move.name for move in moves)
    folders = folders and not any(move.moves_parent for move in moves)
    if names or folders:
        side = P if pair.procore_name != node.procore.name or pair.procore_parent != node.procore.parent_id else D
        needs = tuple(move.number for move in moves)
        written.add(FileVerb.AGREE_PLACE, FileRule.EQUAL, side, node, needs=needs)


def _settle_content(world: World, node: Node, written: Written, places: dict[FileSide, Places]) -> None:
    if node.procore is not None and node.drive is not None:
        if node.content is not None and node.content.verb in _ON_CONTENT:
            _rewrite(node, written)
        return
    missing = P if node.procore is None else D
    source = node.present
    if missing not in places:
        if _may_be_added(world, node, missing):
            _add(world, node, source, written, missing)
            return
        left = Left("FIL-11", {})
        world.left.append(not_synchronized(missing.other, source, left))
    elif not node.is_folder and node not in written.blocked and not holds_up(world, node, missing):
        _copy(node, source, written, places[missing])


def _rewrite(node: Node, written: Written) -> None:
    """New content for the file that is there, or reading both to know."""
    if node.content is None:
        return
    verb, target, rule = node.content
    source, there = node.item(target.other), node.item(target)
    if source is not None and there is not None:
        versions = {"source_version": source.version, "target_version": there.version}
        written.add(verb, rule, target, node, size_bytes=source.size_bytes, **versions)


def _may_be_added(world: World, node: Node, side: FileSide) -> bool:
    """Whether it is a new file in a folder of the first level that both sides have, as a day of the Daily Log is.

    What somebody wrote into a file that is there lies beside it after a conflict: that is an edit, and is not pushed.
    """
    folder = world.parent(node)
    if node.is_copy or any(
        file_names.is_conflict_copy(node.present.name, words) for words in world.policy.conflict_words.values()
    ):
        return False
    if node.is_folder or node.agreed is not None or folder is None or not world.policy.may_add(side):
        return False
    return folder.procore is not None and folder.drive is not None and world.parent_at(folder, side) is world.root


def _add(world: World, node: Node, source: FileItem, written: Written, side: FileSide) -> None:
    """To a side where a folder may hold equal names: nothing has to be free, and nothing is moved for it."""
    folder = world.parent(node)
    there = None if folder is None else folder.item(side)
    if there is None or holds_up(world, node, side):
        return
    name = file_names.to_procore(source.name) if side is P else file_names.to_drive(source.name, world.policy.names)
    versions = {"size_bytes": source.size_bytes, "source_version": source.version}
    written.add(FileVerb.COPY, node.rule, side, node, name=name, parent_id=there.id, **versions)


def _copy(node: Node, source: FileItem, written: Written, places: Places) -> None:
    """A new file in its folder, as soon as its name there is free."""
    ready = places.make_room(node)
    if ready is None:
        return
    number = written.add(
        FileVerb.COPY,
        node.rule,
        places.side,
        node,
        name=node.name(places.side),
        size_bytes=source.size_bytes,
        source_version=source.version,
        needs=ready.needs,
        parent_id=ready.parent_id,
        parent_action=ready.parent_action,
    )
    node.made[places.side] = number
