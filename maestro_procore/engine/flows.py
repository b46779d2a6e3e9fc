"""Which flow carries a request out: one row per mode that is no synchronization."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.element_sync import synchronize
from maestro_procore.engine.file_proof import prove_files
from maestro_procore.engine.file_sync import synchronize_files
from maestro_procore.engine.reconciling import reconcile
from maestro_procore.model.elements import FILES_FULL, FILES_MODE, FILES_PROOF, FILES_RESTORE, FILES_UNDO, RECONCILE
from maestro_procore.ports import Steps

Flow = Callable[[str, Steps, Doors], Awaitable[None]]

OTHERS: Final[Mapping[str, Flow]] = {
    RECONCILE: reconcile,
    FILES_MODE: synchronize_files,
    FILES_FULL: synchronize_files,
    FILES_UNDO: synchronize_files,
    FILES_RESTORE: synchronize_files,
    FILES_PROOF: prove_files,
}
"""Mode → flow. A request keeps its mode for ever, so a continued run takes the same way."""


async def carry_out_request(request_id: str, steps: Steps, doors: Doors) -> None:
    """From the beginning, or from where it was left."""
    request = await asyncio.to_thread(doors.journal.request, request_id)
    await OTHERS.get(request["mode"], synchronize)(request_id, steps, doors)
