"""What is thrown away at the start of the engine and once a day, as long as nobody waits for a run."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.file_trash import sweep
from maestro_procore.model import settings as settings_table

TIDIED_EACH: Final = timedelta(days=1)
BODIES_KEPT: Final = timedelta(days=30)
"""How long the bodies of calls stay; that the calls were made stays as long as the history."""

_log = logging.getLogger(__name__)


async def keep_house(doors: Doors, has_work: Callable[[], bool]) -> int:
    """Drops bodies of calls, and the history that is older than Configuration says (F050); how many rows of it.

    has_work: somebody waits; what is left then is dropped another day.
    """
    now, journal = doors.clock.now(), doors.journal
    await asyncio.to_thread(journal.clean, now - BODIES_KEPT)
    if doors.files is not None and doors.files.trash is not None:
        await asyncio.to_thread(sweep, doors.files.journal, doors.files.trash, now)
    days = settings_table.effective(await asyncio.to_thread(journal.settings))["history_days"]
    if days is None:
        return 0
    dropped = 0
    while not await asyncio.to_thread(has_work):
        some = await asyncio.to_thread(journal.prune, now - timedelta(days=days))
        if not some:
            break
        dropped += some
    if dropped:
        _log.info("%d rows of history older than %d days were dropped", dropped, days)
    return dropped
