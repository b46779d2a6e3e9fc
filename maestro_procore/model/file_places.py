"""Puts everything where it is to stand on one side: folders made and moved from the top down. Pure.

So every target exists, and no folder is ever moved into itself. Where a name is still taken by something that moves,
that goes first; by a file that goes, that is deleted first; where two change names, one steps aside for a moment.
"""

from collections.abc import Collection
from typing import NamedTuple

from maestro_procore.model import file_names
from maestro_procore.model.file_items import FileSide
from maestro_procore.model.file_limits import not_synchronized, why_waiting
from maestro_procore.model.file_plan import FileRule, FileVerb
from maestro_procore.model.file_world import Fate, Node, World
from maestro_procore.model.file_written import Written


class Room(NamedTuple):
    """A free place: its folder by id or by the action that makes it, and the actions that must be done before."""

    parent_id: str
    parent_action: int
    needs: tuple[int, ...]


class Places:
    """One side while the plan changes it. deleted: nodes that went early, to free a name."""

    def __init__(self, world: World, written: Written, side: FileSide) -> None:
        self.side = side
        self.deleted: set[Node] = set()
        self._world = world
        self._written = written
        self._done: set[Node] = set()
        self._names: dict[Node, dict[str, Node | None]] = {}
        """Folder → key of a name → who has it as far as the plan goes, None for what did not change."""
        self._at: dict[Node, tuple[Node, str]] = {}
        """What was put somewhere → folder and key."""
        self._freed: dict[tuple[Node, str], int] = {}
        """Which action freed a name."""

    def _key(self, name: str) -> str:
        """Two items cannot have the same in one folder; Procore may hold names that differ in case only."""
        return file_names.key(name) if self.side is FileSide.DRIVE else file_names.composed(name)

    def _is_due(self, node: Node) -> bool:
        """Whether it has to be made or moved on this side. Files are made later, with their content."""
        if node in self._done or node in self._written.blocked or node.fate is not Fate.ALIVE or node.is_frozen:
            return False
        item = node.item(self.side)
        if item is None:
            return node.is_folder
        moved = self._world.parent_at(node, self.side) is not self._world.parent(node)
        return moved or (node.name(self.side) not in ("", item.name))

    def place(self, node: Node) -> None:
        """Puts a node, and before it whatever stands in its way and is to go elsewhere."""
        stack = {node: None}  # in the order of insertion, and quick to ask
        while stack:
            at = next(reversed(stack))
            if not self._is_due(at):
                del stack[at]
                continue
            holder = self._holder(at)
            if holder is not at and isinstance(holder, Node) and self._may_go_first(holder, stack):
                stack[holder] = None
                continue
            room = self.make_room(at)
            self._done.add(at)
            del stack[at]
            if room is None or not self._put(at, room):
                self._written.blocked.add(at)

    def _may_go_first(self, holder: Node, stack: Collection[Node]) -> bool:
        folder = self._world.parent(holder)
        return holder not in stack and self._is_due(holder) and folder is not None and not self._is_due(folder)

    def _put(self, node: Node, room: Room) -> bool:
        item, name = node.item(self.side), node.name(self.side)
        folder = self._world.parent(node)
        if folder is None:
            return False
        if item is None:
            more = {"name": name, "parent_id": room.parent_id, "parent_action": room.parent_action}
            number = self._written.add(FileVerb.CREATE_FOLDER, node.rule, self.side, node, needs=room.needs, **more)
            node.made[self.side] = number
        else:
            if item.waiting is not None:
                self._world.left.append(not_synchronized(self.side, item, why_waiting(item.waiting)))
                return False
            self._move(node, folder, name, room)
        self._stand(node, folder, name)
        return True

    def _move(self, node: Node, folder: Node, name: str, room: Room) -> None:
        """A rename names no folder, and a move no name, so that the other one is left to whoever changed it."""
        item = node.item(self.side)
        stays = self._world.parent_at(node, self.side) is folder
        passed = self.side in node.made
        number = self._written.add(
            FileVerb.MOVE,
            node.rule,
            self.side,
            node,
            name="" if item is not None and item.name == name and not passed else name,
            parent_id="" if stays else room.parent_id,
            parent_action=-1 if stays else room.parent_action,
            needs=(*room.needs, *self._before(node, folder)),
            agrees_name=not self._is_half(node),
            items=1 + (sum(1 for _ in self._world.below(self.side, item.id)) if item and node.is_folder else 0),
        )
        self._written.moves[node].append(number)
        node.made[self.side] = number

    def _is_half(self, node: Node) -> bool:
        """Whether the other side is to get another name as well, and has not yet."""
        side = self.side.other
        item = node.item(side)
        if item is None or not self._world.policy.may_write(side):
            return False
        moves = [self._written.actions[number] for number in self._written.moves.get(node, ())]
        is_done = any(move.target is side and move.name for move in moves)
        return not is_done and node.name(side) not in ("", item.name)

    def _before(self, node: Node, folder: Node) -> tuple[int, ...]:
        """What must have moved before: itself, if it stepped aside, and its new folder out of itself."""
        found = [node.made[self.side]] if self.side in node.made else []
        if not node.is_folder:
            return tuple(found)
        way: list[int] = []
        at: Node | None = folder
        seen: set[Node] = set()
        while at is not None and at is not node and at not in seen:
            seen.add(at)
            way += [n for n in self._written.moves.get(at, ()) if self._written.actions[n].target is self.side]
            at = self._world.parent_at(at, self.side)
        return tuple(sorted({*found, *(way if at is node else ())}))

    # --- names ------------------------------------------------------------------------------------

    def make_room(self, node: Node) -> Room | None:
        """The place of a node with its name free, None when its folder or its name is not to be had now."""
        folder = self._world.parent(node)
        if folder is None:
            return None
        at, made = folder.item(self.side), folder.made.get(self.side)
        if at is None and made is None:
            return None
        needs = [] if made is None or at is not None else [made]
        if node.item(self.side) is None:  # a new name is given to what is there before it is copied under it
            needs += self._written.moves.get(node, ())
        holder = self._holder(node)
        key = self._key(node.name(self.side))
        if holder is not node and holder is not _FREE and (holder is None or not self._step_aside(holder)):
            return None
        if (freed := self._freed.get((folder, key))) is not None:
            needs.append(freed)
        return Room(at.id if at else "", -1 if at or made is None else made, tuple(needs))

    def _holder(self, node: Node) -> "Node | None":
        """Who has the name that a node is to get; _FREE when nobody has, None for something that did not change."""
        folder = self._world.parent(node)
        if folder is None:
            return _FREE
        return self._names_in(folder).get(self._key(node.name(self.side)), _FREE)

    def _names_in(self, folder: Node) -> dict[str, Node | None]:
        found = self._names.get(folder)
        if found is not None:
            return found
        found = self._names[folder] = {}
        at = folder.item(self.side)
        if at is None:
            return found
        world, side = self._world, self.side
        for item_id in world.children(side).get(at.id, ()):
            node = world.nodes[side].get(item_id)
            if node is None:
                pair = world.agreements.of(side, item_id)
                item = world.trees[side].items.get(item_id) or (world.item(side, pair) if pair else None)
            else:
                item = node.item(side)
            if item is None or item.id != item_id or item_id in world.gone[side] or node in self._at:
                continue
            found[self._key(item.name)] = node
        return found

    def _step_aside(self, holder: Node) -> bool:
        """Frees the name of something that is to go or to move later; False when that cannot be now."""
        item = holder.item(self.side)
        folder = self._at[holder][0] if holder in self._at else self._world.parent_at(holder, self.side)
        if item is None or item.waiting is not None or folder is None:
            return False
        key = self._at[holder][1] if holder in self._at else self._key(item.name)
        if holder.fate is Fate.DEAD and not holder.is_folder:
            number = self._written.add(FileVerb.DELETE, holder.rule, self.side, holder, target_version=item.version)
            self.deleted.add(holder)
        elif holder.fate is Fate.DEAD or self._is_due(holder):
            name = file_names.passing(item.name, len(self._written.actions))
            number = self._written.add(
                FileVerb.MOVE, FileRule.NAME_FREED, self.side, holder, name=name, agrees_name=False
            )
            holder.made[self.side] = number
            self._stand(holder, folder, name)
        else:
            return False
        self._names_in(folder).pop(key, None)
        self._freed[folder, key] = number
        return True

    def _stand(self, node: Node, folder: Node, name: str) -> None:
        """It stands there from now on, and frees the name that it had."""
        item = node.item(self.side)
        was = self._at.get(node)
        if was is None and item is not None:
            old = self._world.parent_at(node, self.side)
            was = None if old is None else (old, self._key(item.name))
        if was is not None and self._names_in(was[0]).get(was[1]) is node:
            del self._names_in(was[0])[was[1]]
            if self.side in node.made:
                self._freed[was] = node.made[self.side]
        key = self._key(name)
        names = self._names_in(folder)
        self._at[node] = (folder, key)
        names[key] = node


_FREE = Node(None, None, None)
