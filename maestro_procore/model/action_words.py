"""What an action is called where the history of a request is shown: which record, or which list of Procore was read."""

import re
from typing import Any, Final

from maestro_procore.i18n import has_text, text
from maestro_procore.model.status import ActionKind

_READ: Final = re.compile(r"(?:read )?(\S+) (record )?(\d+)(?: again \d+)?(?:@\S+)?")
"""How the engine names what it reads: "vendors 1" is the first page of a list, "vendors record 598" one record."""


def name_of(action: Any) -> str:
    """The record's name; for what was read, the list of Procore and its page, or the record of it.

    action: a store.views.ActionRow.
    """
    read = _READ.fullmatch(action.name) if action.kind == ActionKind.READ else None
    if read is None or not has_text(f"manager.read.{read[1]}"):
        return str(action.name)
    key = "manager.read.record" if read[2] else "manager.read"
    return text(key, list=text(f"manager.read.{read[1]}"), page=read[3])


def record_of(action: Any) -> str:
    """Number of the record; of a list, the project that it was read for."""
    known = (action.maestro_key, action.procore_id, action.project if action.kind == ActionKind.READ else None)
    return next((str(each) for each in known if each is not None), "")
