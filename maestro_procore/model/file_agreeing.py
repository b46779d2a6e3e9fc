"""What a finished action leaves behind in the agreement: the pair to store, or that it ends. Pure.

Only what the action itself brought in step is agreed afterwards: a file that was renamed and edited is renamed on the
other side first, and its edit still counts as news until its own action is done. So a run may stop after any action.
"""

from maestro_procore.model.file_items import Agreed, FileItem, FileSide, agree
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb

_MAKES_A_PAIR = (FileVerb.ADOPT, FileVerb.COPY, FileVerb.CREATE_FOLDER)
_ENDS_A_PAIR = (FileVerb.FORGET, FileVerb.DELETE)
_AGREES_NOTHING = (FileVerb.COMPARE, FileVerb.UNDELETE, FileVerb.REVERT, FileVerb.PUT_BACK)


class ItemMissing(ValueError):
    """An item that the action must have seen was not handed over: a mistake of the program."""


def agreed_after(
    action: FileAction, before: Agreed | None, procore: FileItem | None, drive: FileItem | None
) -> Agreed | None:
    """The pair to store once the action has succeeded, None when there is none (any more).

    Whoever stores a pair ends every other pair that one of its two items had.
    before: the pair that the action is about, if it had one.
    procore, drive: as the answers of the actions so far say, otherwise as the plan saw them.
    A MOVE of an item without a pair, a COMPARE and what is taken back leave things as they were: the next run finds
    the change and carries it over. Errors: ItemMissing.
    """
    if action.verb in _ENDS_A_PAIR:
        return None
    if action.verb in _MAKES_A_PAIR:
        return agree(*_both(action, procore, drive))
    if action.verb is FileVerb.VERSION and before is None:
        return agree(*_both(action, procore, drive))
    if before is None or action.verb in _AGREES_NOTHING or action.rule is FileRule.TAKEN_BACK:
        return before
    if action.verb is FileVerb.MOVE:
        return _moved(action, before, procore, drive)
    if action.verb is FileVerb.REBIND:
        return _rebound(action, before, procore, drive)
    both = agree(*_both(action, procore, drive))
    if action.verb is FileVerb.AGREE_PLACE:
        return _place(_place(before, FileSide.PROCORE, both), FileSide.DRIVE, both)
    return both._replace(
        procore_parent=before.procore_parent,
        procore_name=before.procore_name,
        drive_parent=before.drive_parent,
        drive_name=before.drive_name,
    )


def _both(action: FileAction, procore: FileItem | None, drive: FileItem | None) -> tuple[FileItem, FileItem]:
    if procore is None or drive is None:
        raise ItemMissing(f"{action.verb} of {action.procore_id or action.drive_id} needs both items")
    return procore, drive


def _moved(action: FileAction, before: Agreed, procore: FileItem | None, drive: FileItem | None) -> Agreed:
    """Name, parent or both, as far as this call changed them and the other side has them too."""
    items = {FileSide.PROCORE: procore, FileSide.DRIVE: drive}
    if items[action.target] is None:
        raise ItemMissing(f"the move of {action.target_id} needs the item that was moved")
    after = before
    for side, item in items.items():
        if item is None:
            continue
        name = item.name if action.name and action.agrees_name else after.name_of(side)
        parent = item.parent_id if action.moves_parent else after.parent_of(side)
        after = _at(after, side, parent, name)
    return after


def _rebound(action: FileAction, before: Agreed, procore: FileItem | None, drive: FileItem | None) -> Agreed:
    """Another item of the target side; its content is not agreed by that."""
    item = procore if action.target is FileSide.PROCORE else drive
    if item is None:
        raise ItemMissing(f"the new item of {action.target_id} is not there")
    named = _at(before, action.target, item.parent_id, item.name)
    if action.target is FileSide.PROCORE:
        return named._replace(procore_id=item.id)
    return named._replace(drive_id=item.id)


def _place(pair: Agreed, side: FileSide, like: Agreed) -> Agreed:
    return _at(pair, side, like.parent_of(side), like.name_of(side))


def _at(pair: Agreed, side: FileSide, parent: str, name: str) -> Agreed:
    if side is FileSide.PROCORE:
        return pair._replace(procore_parent=parent, procore_name=name)
    return pair._replace(drive_parent=parent, drive_name=name)
