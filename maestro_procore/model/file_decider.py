"""Decide what to do about every file of a tool: three states in, an ordered plan out. Pure.

    scan      what changed since both sides last agreed, by id                      file_scan.py
    merge     who lives and where it stands                                         file_merge.py
    contents  whose content counts, and conflicts                                   file_conflicts.py
    names     what everything is called where it is new                             file_naming.py
    steps     actions in an order in which they can run                             file_steps.py

What must hold, and tests/model/test_file_properties.py proves: both sides end up equal; nothing that a person wrote is
lost; a second run does nothing; nothing is deleted but from evidence; equal states give equal plans. Absence is not
deletion: an item is deleted when the change feed says so, or when a complete listing of a root that exists lacks it.
"""

from maestro_procore.model.file_conflicts import settle_contents
from maestro_procore.model.file_items import AgreedPairs, Tree
from maestro_procore.model.file_merge import merge
from maestro_procore.model.file_naming import assign_names
from maestro_procore.model.file_plan import FilePlan
from maestro_procore.model.file_policy import FilePolicy
from maestro_procore.model.file_scan import scan
from maestro_procore.model.file_steps import steps
from maestro_procore.model.file_world import World


def decide(procore: Tree, drive: Tree, agreements: AgreedPairs, policy: FilePolicy | None = None) -> FilePlan:
    """What brings the two sides in step. A root that is gone halts the plan: FIL-13."""
    if not procore.root_exists or not drive.root_exists:
        return FilePlan((), (), (), halted="FIL-13")
    world = World(procore, drive, agreements, policy or FilePolicy())
    nodes = scan(world)
    if nodes:
        nodes = merge(world, nodes)
        nodes = settle_contents(world, nodes)
        assign_names(world, nodes)
    actions = steps(world, nodes) if nodes else ()
    return FilePlan(actions, tuple(world.conflicts), tuple(world.left))
