"""Whether both sides of a pair are read whole: what the feeds of changes have missed is found by that (F203)."""

from datetime import datetime

from maestro_procore.engine.file_doors import FileDoors
from maestro_procore.model.file_items import Flow
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.file_schedule import SWEEP, SWEEP_AT_LEAST, Watched, is_sweep_due, sweep_period
from maestro_procore.ports import Row


def reads_whole(files: FileDoors, pair: Row, now: datetime) -> bool:
    """Because it is due, or because the plan wants more contents of Procore than its list has pages. Blocking.

    The addresses of contents are kept nowhere: a run that carries out what an earlier one has planned needs them all.
    """
    with files.journal.begin() as tx:
        is_wanted = files.journal.listed_files(tx, pair["id"]).reads_whole
    return is_wanted or is_due(files, pair, now)


def is_due(files: FileDoors, pair: Row, now: datetime) -> bool:
    """By the clock, and by what the call limit leaves for all projects. Blocking."""
    if is_sweep_due(pair["swept_at"], now, SWEEP_AT_LEAST):
        return True
    if Flow(pair["flow"]) is not Flow.BOTH or not is_sweep_due(pair["swept_at"], now, SWEEP):
        return False
    projects = [row for row in files.journal.file_projects() if FilePhase(row["phase"]).may_write]
    looks = sum(Watched(row["id"], [each["tool"] for each in row["pairs"]], None, None).calls for row in projects)
    return is_sweep_due(pair["swept_at"], now, sweep_period(looks, files.journal.count_seen(), files.hourly_limit()))
