"""Whose content counts, file by file, and what becomes of the loser when both sides changed it. Pure.

Third step of file_decider.py. Nothing is overwritten that nobody else holds: the loser becomes the version before, or
a file of its own with a name that says so.
"""

from datetime import datetime, timedelta

from maestro_procore.model.file_items import Agreed, FileItem, FileSide, Waiting
from maestro_procore.model.file_limits import not_synchronized, why_waiting
from maestro_procore.model.file_merge import is_edited
from maestro_procore.model.file_plan import Conflict, ConflictChoice, ConflictKind, FileRule, FileVerb, Settled
from maestro_procore.model.file_policy import ConflictRule
from maestro_procore.model.file_world import SIDES, Content, D, Fate, Node, P, World

TOLERANCE = timedelta(seconds=2)
"""Within which two times are the same: the drive keeps whole seconds, and clocks differ (F117)."""


def is_same_content(
    procore: FileItem, drive: FileItem, *, is_size_known: bool = True, by_time: bool = True
) -> bool | None:
    """Whether two files are equal, None when only reading them can tell.

    is_size_known: False for what Procore attaches to a record, whose size it does not say. by_time: whether equal size
    and time are enough.
    """
    if procore.content_hash and drive.content_hash:
        of_one, of_other = procore.content_hash.partition(":"), drive.content_hash.partition(":")
        if of_one[0] == of_other[0]:
            return of_one[2] == of_other[2]
    if not is_size_known:
        return False if procore.content_hash else None  # read already, and the drive has no hash to hold against it
    if procore.size_bytes != drive.size_bytes:
        return False
    if procore.size_bytes == 0:
        return True
    if not by_time or procore.modified is None or drive.modified is None:
        return None
    return True if abs(procore.modified - drive.modified) <= TOLERANCE else None


def newer(procore: datetime | None, drive: datetime | None) -> FileSide:
    """The side whose content was changed later; Procore's when no time tells them apart."""
    if procore is None or drive is None:
        return P
    return D if drive - procore > TOLERANCE else P


def settle_contents(world: World, nodes: list[Node]) -> list[Node]:
    """Settles what is copied over what; answers with the nodes and those that a conflict made of them."""
    copies: list[Node] = []
    for node in nodes:
        if node.fate is not Fate.ALIVE or node.is_folder or node.procore is None or node.drive is None:
            continue
        copy = _settle(world, node, node.procore, node.drive)
        if copy is not None:
            copies.append(copy)
    return nodes + copies


def _settle(world: World, node: Node, procore: FileItem, drive: FileItem) -> Node | None:
    pair = node.agreed
    if pair is None:
        is_size_known, by_time = _is_size_known(world, procore), world.policy.trusts_times
        same = is_same_content(procore, drive, is_size_known=is_size_known, by_time=by_time)
        if same:
            node.content = Content(FileVerb.ADOPT, D, FileRule.EQUAL)
            return None
        return _doubt_or_conflict(world, node, procore, drive, ConflictKind.CREATED_TWICE, same)
    edited = [side for side in SIDES if is_edited(node, pair, side)]
    if not edited:
        if (procore.version, drive.version) != (pair.procore_version, pair.drive_version):
            node.content = Content(FileVerb.AGREE_CONTENT, D, FileRule.ECHO)
        return None
    if len(edited) == 2 or _are_known_equal(procore, drive):
        # Two people who save at the same moment: their times say nothing of what they wrote.
        same = is_same_content(procore, drive, is_size_known=_is_size_known(world, procore), by_time=False)
        if same:
            node.content = Content(FileVerb.AGREE_CONTENT, D, FileRule.EQUAL)
            return None
        return _doubt_or_conflict(world, node, procore, drive, ConflictKind.BOTH_EDITED, same)
    _copy_over(world, node, pair, edited[0])
    return None


def _is_size_known(world: World, procore: FileItem) -> bool:
    return world.policy.flow.source is not P or procore.size_bytes > 0


def _are_known_equal(procore: FileItem, drive: FileItem) -> bool:
    return bool(procore.content_hash) and procore.content_hash == drive.content_hash


def _copy_over(world: World, node: Node, pair: Agreed, source: FileSide) -> None:
    """The one side that changed is copied, unless the arrow points the other way or something is in its way."""
    item = node.item(source)
    if item is None:
        return
    if not world.policy.may_write(source.other):
        told = Conflict(ConflictKind.ONE_WAY_CHANGE, Settled.REPORTED, node.procore, node.drive, pair)
        world.conflicts.append(told)
        return
    left = world.policy.limits.why_left(item, "", 0)
    if left is not None:
        world.left.append(not_synchronized(source, item, left))
        return
    if not holds_up(world, node, source.other):
        rule = FileRule.REPLACED if node.rebound is source else FileRule.EDITED
        node.content = Content(FileVerb.VERSION, source.other, rule)


def holds_up(world: World, node: Node, target: FileSide) -> bool:
    """Whether its content can not be copied to that side now: told in the report, and tried again by the next run."""
    source, there = node.item(target.other), node.item(target)
    if source is not None and source.waiting is not None and source.waiting.stops_reading:
        return _report(world, target.other, source, source.waiting)
    if there is not None and there.waiting is not None:
        return _report(world, target, there, there.waiting)
    return False


def _report(world: World, side: FileSide, item: FileItem, waiting: Waiting) -> bool:
    world.left.append(not_synchronized(side, item, why_waiting(waiting)))
    return True


# --- both changed -------------------------------------------------------------------------------------


def _doubt_or_conflict(
    world: World, node: Node, procore: FileItem, drive: FileItem, kind: ConflictKind, same: bool | None
) -> Node | None:
    """Reads them when that alone can tell; otherwise the rule of the project or a person's choice decides."""
    if holds_up(world, node, P) or holds_up(world, node, D):
        return None
    if same is None:
        node.content = Content(FileVerb.COMPARE, P, FileRule.DOUBTFUL)
        return None
    told = Conflict(kind, Settled.WAITS, procore, drive, node.agreed)
    policy = world.policy
    choice = policy.choices.get(told.key)
    source = policy.flow.source
    winner = source or newer(procore.modified, drive.modified)
    if choice in (ConflictChoice.PROCORE, ConflictChoice.DRIVE):
        winner = P if choice is ConflictChoice.PROCORE else D
        _new_version(world, node, told, winner, FileRule.CHOSEN)
    elif choice is None and policy.conflicts is ConflictRule.ASK:
        world.conflicts.append(told)
    elif choice is None and policy.conflicts is ConflictRule.NEWEST_WINS:
        _new_version(world, node, told, winner, FileRule.NEWEST_WINS)
    else:
        return _part(world, node, told, winner)
    return None


def _new_version(world: World, node: Node, told: Conflict, winner: FileSide, rule: FileRule) -> None:
    """The winner goes over the loser, which both services keep as the version before."""
    if not world.policy.may_write(winner.other):
        world.conflicts.append(told._replace(kind=ConflictKind.ONE_WAY_CHANGE, settled=Settled.REPORTED))
        return
    world.conflicts.append(told._replace(settled=Settled.VERSION, winner=winner))
    node.content = Content(FileVerb.VERSION, winner.other, rule)


def _part(world: World, node: Node, told: Conflict, winner: FileSide) -> Node:
    """Two things from now on: the winner keeps its name, the loser gets one that says where and when.

    The pair ends first. Cut short after that, the next run finds two files of one name; after the rename, two new ones.
    """
    loser = winner.other
    item = node.item(loser)
    copy = Node(item if loser is P else None, item if loser is D else None, None)
    copy.parent, copy.is_copy, copy.rule = world.parent(node), True, FileRule.KEEP_BOTH
    if item is not None:
        world.nodes[loser][item.id] = copy
    if node.agreed is not None:
        world.parted.append((node.agreed, FileRule.KEEP_BOTH))
        node.agreed = None
    node.put(loser, None)
    node.call(loser, "")
    node.call(winner, node.present.name)
    node.rule = FileRule.KEEP_BOTH
    world.conflicts.append(told._replace(settled=Settled.KEEP_BOTH, winner=winner))
    return copy
