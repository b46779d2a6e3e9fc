"""A hundred thousand items: nothing in the plan counts them to refuse them (F223)."""

from collections import Counter

from maestro_procore.model.file_decider import decide
from maestro_procore.model.file_items import Agreements, FileItem, FileSide, tree_of
from maestro_procore.model.file_plan import FileVerb

FOLDERS, FILES = 500, 33_000


def tree_of_many(folders: int, files: int) -> list[FileItem]:
    """Folders in folders, files evenly in them."""
    made = [FileItem(f"f{n}", f"f{n // 10}" if n else "root", f"Lot {n}", True) for n in range(folders)]
    return made + [
        FileItem(f"{n}", f"f{n % folders}", f"Plan {n}.pdf", False, 1_000, None, f"v{n}", f"hash:{n}")
        for n in range(files)
    ]


def test_f223_a_hundred_thousand_items_are_planned_in_one_go() -> None:
    """Half of them in folders that both sides have, half of them missing in the drive."""
    procore = tree_of_many(FOLDERS, 2 * FILES)
    drive = [item for item in procore if item.is_folder or int(item.id) < FILES]
    trees = [tree_of(side, "root", items) for side, items in zip(FileSide, (procore, drive), strict=True)]
    assert sum(len(tree.items) for tree in trees) == 100_000
    plan = decide(trees[0], trees[1], Agreements())
    verbs = Counter("free" if action.verb.is_free else action.verb.value for action in plan.actions)
    assert verbs == {"free": FOLDERS + FILES, FileVerb.COPY.value: FILES}
    assert plan.not_synchronized == ()
