"""The plan while it is written: actions with their numbers, and which of them moved what. Pure."""

from collections import defaultdict
from typing import Any

from maestro_procore.model.file_items import Agreed, FileSide
from maestro_procore.model.file_plan import FileAction, FileRule, FileVerb
from maestro_procore.model.file_world import D, Node


class Written:
    """Actions in their order.

    moves: numbers of the moves of a node, on either side. blocked: nodes that one side cannot put where they belong
    now; they wait on both.
    """

    def __init__(self) -> None:
        self.actions: list[FileAction] = []
        self.blocked: set[Node] = set()
        self.moves: dict[Node, list[int]] = defaultdict(list)

    def add(self, verb: FileVerb, rule: FileRule, target: FileSide, node: Node, **more: Any) -> int:
        """Appends an action about a node; answers with its number."""
        pair = node.agreed
        procore = node.procore.id if node.procore else pair.procore_id if pair and verb is FileVerb.DELETE else ""
        drive = node.drive.id if node.drive else pair.drive_id if pair and verb is FileVerb.DELETE else ""
        number = len(self.actions)
        self.actions.append(FileAction(number, verb, rule, target, node.is_folder, procore, drive, **more))
        return number

    def forget(self, pair: Agreed, rule: FileRule, needs: tuple[int, ...] = ()) -> None:
        """Appends the end of a pair."""
        number = len(self.actions)
        self.actions.append(
            FileAction(number, FileVerb.FORGET, rule, D, pair.is_folder, pair.procore_id, pair.drive_id, needs=needs)
        )
