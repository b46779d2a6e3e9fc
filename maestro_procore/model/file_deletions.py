"""Deletions, last and deepest first; a folder goes in one call only when all that stands in it is known to go. Pure.

Whoever is in a dead folder and is not dead himself saves it: something new, something not synchronized, something open.
What moves out first is waited for.
"""

from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_limits import not_synchronized, why_waiting
from maestro_procore.model.file_naming import Depths
from maestro_procore.model.file_places import Places
from maestro_procore.model.file_plan import FileVerb
from maestro_procore.model.file_world import Fate, Node, World
from maestro_procore.model.file_written import Written


def deletions(world: World, written: Written, side: FileSide, nodes: list[Node], places: Places) -> None:
    """Writes the deletions of one side."""
    dead = [node for node in nodes if node.fate is Fate.DEAD and _is_there(node, side) and node not in places.deleted]
    free = {node for node in dead if not _waits(world, node, side)}
    tops = [node for node in dead if not _is_below(world, node, side, free)]
    depths = Depths(world)
    found: list[tuple[Node, list[Node], list[int]]] = []
    while tops:
        top = tops.pop()
        below, needs, is_whole = _below(world, written, side, top, free)
        if top in free and is_whole:
            found.append((top, below, needs))
        else:
            tops += [node for node in below if world.parent_at(node, side) is top]
    for top, below, needs in sorted(found, key=lambda each: (-depths.of(each[0]), each[0].key)):
        item = top.item(side)
        number = written.add(
            FileVerb.DELETE,
            top.rule,
            side,
            top,
            items=1 + len(below),
            needs=tuple(sorted(needs)),
            target_version="" if item is None or top.is_folder else item.version,
            size_bytes=sum(each.size_bytes for node in (top, *below) if (each := node.item(side)) is not None),
        )
        for node in sorted(below, key=lambda each: each.key):
            if node.agreed is not None:
                written.forget(node.agreed, node.rule, needs=(number,))


def _is_there(node: Node, side: FileSide) -> bool:
    return node.item(side) is not None


def _waits(world: World, node: Node, side: FileSide) -> bool:
    item = node.item(side)
    if item is None or item.waiting is None:
        return False
    world.left.append(not_synchronized(side, item, why_waiting(item.waiting)))
    return True


def _is_below(world: World, node: Node, side: FileSide, dead: set[Node]) -> bool:
    above = world.parent_at(node, side)
    return above is not None and above in dead


def _below(
    world: World, written: Written, side: FileSide, top: Node, dead: set[Node]
) -> tuple[list[Node], list[int], bool]:
    """The dead below a node, the moves that must be done before it goes, and whether nothing else stands there."""
    item = top.item(side)
    if item is None or not top.is_folder:
        return [], [], True
    found: list[Node] = []
    needs: list[int] = []
    is_whole = True
    children = world.children(side)
    stack = list(children.get(item.id, ()))
    while stack:
        item_id = stack.pop()
        node = world.nodes[side].get(item_id)
        if node is not None and node.fate is Fate.DEAD:
            found.append(node)
            is_whole = is_whole and node in dead
        elif node is not None and node.fate is Fate.LEFT and node.left is not None and node.left.is_junk:
            pass
        elif node is not None and (moves := _moves_out(written, side, node)):
            needs += moves
            continue  # what stands in it goes with it
        else:
            is_whole = False
            continue
        stack += children.get(item_id, ())
    return found, needs, is_whole


def _moves_out(written: Written, side: FileSide, node: Node) -> list[int]:
    moves = [written.actions[number] for number in written.moves.get(node, ())]
    return [move.number for move in moves if move.target is side and move.moves_parent]
