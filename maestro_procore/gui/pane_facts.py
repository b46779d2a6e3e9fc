"""What one look into the journal says about an element: counts, its requests, the settings that its page follows."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from maestro_procore.model.settings import ACCEPTANCE
from maestro_procore.model.status import RequestState

CHIPS = ("all", "errors", "warnings", "to_synchronize", "differing")
COUNTED = (*CHIPS, "in_step", "not_sent")


@dataclass(frozen=True)
class Facts:
    """row: ElementRow. total: lines without any filter. shown: lines under the group filter, per word of COUNTED."""

    row: Any = None
    total: int = 0
    shown: dict[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    preview: Any = None
    acceptances: tuple[Any, ...] = ()
    """model.acceptance.Held of what waits to enter maestro*, was refused, or is accepted and not there yet."""

    @property
    def active(self) -> Any:
        """The request that has not ended, or None."""
        return self.row.active_request if self.row is not None else None

    @property
    def hidden(self) -> int:
        """Lines that the group filter keeps from view."""
        return max(0, self.total - self.shown.get("all", self.total))

    @property
    def waiting(self) -> int:
        """Records of the open request that wait their turn or for the call limit."""
        if self.active is None or self.active.state not in (RequestState.WAITING, RequestState.QUEUED):
            return 0
        return max(0, int(self.active.progress_total) - int(self.active.progress_done))

    @property
    def resumes_at(self) -> datetime | None:
        """When the call limit is lifted or the next attempt comes; None while nothing waits for a time."""
        waits = self.active is not None and self.active.state == RequestState.WAITING
        found: datetime | None = self.active.resumes_at if waits else None
        return found


def question(views: Any, element: str, query: Any, preview_id: str | None) -> Callable[[], Facts]:
    """All of it as one question for the background. query: the LineQuery that is shown."""

    def read() -> Facts:
        whole = replace(query, text="", only="all", group="all", group_value="")
        counts = {only: views.count_lines(element, replace(query, text="", only=only)) for only in COUNTED}
        row = next((row for row in views.elements() if row.name == element), None)
        preview = views.request(preview_id) if preview_id else None
        held = tuple(views.acceptances(element)) if element in ACCEPTANCE else ()
        return Facts(row, views.count_lines(element, whole), counts, views.settings(), preview, held)

    return read
