"""Before records are sent that go through under a condition only, the reader is told which and decides (F016)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maestro_procore.gui import formats
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem, Refused


@dataclass(frozen=True)
class Found:
    """How many records, one of their warnings, and the first element that has any."""

    count: int = 0
    example: Problem | None = None
    element: str = ""

    @property
    def words(self) -> str:
        """One sentence for the page, '' when nothing was found."""
        if self.example is None:
            return ""
        return text("sync.conditions", count=self.count, example=formats.sentence(self.example))


def look(views: Any, element: str | None, keys: Sequence[str] | None = None) -> Found:
    """What would be sent under a condition. element None: of every ticked one. Asked in the background.

    A journal that cannot be read finds nothing: the command that follows is refused and says why.
    """
    try:
        names = [element] if element is not None else [row.name for row in views.elements() if row.is_enabled]
        held = [(name, views.conditions(name, keys)) for name in names]
    except Refused:
        return Found()
    having = [(name, found) for name, found in held if found.count]
    if not having:
        return Found()
    return Found(sum(found.count for _, found in having), having[0][1].example, having[0][0])
