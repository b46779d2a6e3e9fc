"""What the button beside a message of a line does: one deed per remedy that the catalogue names.

The rules stand elsewhere; here a press leads to a page, a question, an order or the record.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QObject

from maestro_procore.gui.asking import Ask
from maestro_procore.gui.line_table import line_key
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.orders import Orders
from maestro_procore.gui.web_pages import WebPages
from maestro_procore.i18n import text

Navigate = Callable[..., object]

# Remedy: page and what to show there. The same from every page.
PAGES: Final[Mapping[str, tuple[str, dict[str, Any] | None]]] = {
    "open_configuration": ("configuration", None),
    "open_manager": ("manager", None),
    "open_task_management": ("task_management", None),
    "choose_template": ("configuration", {"field": "default_template"}),
}

IN_THE_DETAIL: Final = frozenset({"choose_link", "choose_value", "open_record"})
"""What is done in the record's own pane (gui/line_detail.py)."""

ON_THE_LINE: Final = IN_THE_DETAIL | {"accept", "unlink"}
"""What needs the line in view: from other pages the button leads there."""


def go_to_page(navigate: Navigate, remedy: str) -> bool:
    """True when the remedy was a page, and the reader is there now."""
    if remedy not in PAGES:
        return False
    page, args = PAGES[remedy]
    if args is None:
        navigate(page)
    else:
        navigate(page, args)
    return True


class LineRemedies(QObject):
    """Carries out the remedies of one element's lines."""

    def __init__(
        self,
        desk: Any,
        ask: Ask,
        orders: Orders,
        notice: NoticeBar,
        navigate: Navigate,
        synchronize: Callable[[], object],
        parent: QObject | None = None,
    ) -> None:
        """synchronize: the whole element, with the questions that it asks first."""
        super().__init__(parent)
        self._orders, self._notice, self._navigate = orders, notice, navigate
        self._web = WebPages(desk, ask, notice.say)
        self.deeds: Mapping[str, Callable[[Any], object]] = {
            "retry_line": self._send,
            "accept": self._send,  # whoever sends the record accepts the condition (F016)
            "confirm": lambda _line: synchronize(),
            "unlink": self._ask_to_unlink,
            "open_in_procore": lambda line: self._web.open(line.element, line.procore_id),
            "open_manager": self._open_manager,
        }

    def carry_out(self, remedy: str, line: Any) -> None:
        """line: store.views.LineRow."""
        if remedy in self.deeds:
            self.deeds[remedy](line)
        else:
            go_to_page(self._navigate, remedy)

    def _send(self, line: Any) -> None:
        self._orders.synchronize(line.element, keys=[line_key(line)])

    def _ask_to_unlink(self, line: Any) -> None:
        key = str(line.maestro_key)
        self._notice.ask(
            "warning",
            text("sync.unlink.question", code=key),
            text("sync.unlink.button"),
            lambda: self._orders.unlink(line.element, key),
            text("action.cancel"),
        )

    def _open_manager(self, line: Any) -> None:
        if line.request_id:
            self._navigate("manager", {"request": line.request_id})
        else:
            go_to_page(self._navigate, "open_manager")


def possible(line: Any, *, has_candidates: bool, has_conflict: bool) -> dict[str, str]:
    """Remedy → text key of its button, of those that can do something for this line."""
    verbs = {name: f"action.{name}" for name in (*PAGES, *IN_THE_DETAIL, "confirm", "open_in_procore")}
    verbs["open_record"] = "remedy.show_fields"  # the record is open already
    if line_key(line):
        verbs["retry_line"] = "action.retry_line"
        if line.needs_sync:
            verbs["accept"] = "action.accept"
    if line.maestro_key:
        verbs["unlink"] = "action.unlink"
    if not has_candidates:
        del verbs["choose_link"]
    if not has_conflict:
        del verbs["choose_value"]
    return verbs
