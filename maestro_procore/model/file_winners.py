"""Which side of a file that differs on both counts, and what becomes of the other: as data and in words. Pure."""

from datetime import datetime
from typing import Final

from maestro_procore.i18n import Language, text_in
from maestro_procore.model.file_conflicts import newer
from maestro_procore.model.file_items import FileSide, Flow
from maestro_procore.model.file_plan import Settled
from maestro_procore.model.file_policy import ConflictRule

_SIDED: Final = frozenset({Settled.VERSION, Settled.KEEP_BOTH})
"""What names a side that counts; the others say it all by themselves."""
_SETTLED: Final = {
    ConflictRule.NEWEST_WINS: Settled.VERSION,
    ConflictRule.NEWEST_WINS_WITH_COPY: Settled.KEEP_BOTH,
    ConflictRule.KEEP_BOTH: Settled.KEEP_BOTH,
    ConflictRule.ASK: Settled.WAITS,
}


def if_they_differ(
    rule: ConflictRule, flow: Flow, procore: datetime | None, drive: datetime | None
) -> tuple[Settled, FileSide | None]:
    """Of two files that are still to be read: what the rule makes of them should they differ, and who counts then.

    procore, drive: when each was changed; None: not known.
    """
    settled = _SETTLED[rule]
    return settled, (flow.source or newer(procore, drive)) if settled in _SIDED else None


def words(language: Language, settled: str, winner: str | None) -> str:
    """Who counts and how the other is kept. settled: of a conflict (Settled); winner: procore · drive · None."""
    if winner is None or settled not in _SIDED:
        return text_in(language, f"documents.settled.{settled}")
    return text_in(language, f"documents.winner.{winner}.{settled}")
