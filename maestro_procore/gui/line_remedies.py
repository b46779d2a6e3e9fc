"""What the button beside a message of a line does: one deed per remedy that the catalogue names.

The rules stand elsewhere; here a press leads to a page, a question, an order or the record.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject

from maestro_procore.gui.asking import Ask
from maestro_procore.gui.line_table import line_key
from maestro_procore.gui.notice_bar import NoticeBar
from maestro_procore.gui.orders import Orders
from maestro_procore.gui.problem_card import remedy_of
from maestro_procore.gui.web_pages import WebPages
from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem

Navigate = Callable[..., object]

# Remedy: page and what to show there. The same from every page.
PAGES: Final[Mapping[str, tuple[str, dict[str, Any] | None]]] = {
    "open_configuration": ("configuration", None),
    "open_connections": ("connections", None),
    "sign_in_again": ("connections", {"ended": ""}),
    "open_manager": ("manager", None),
    "open_task_management": ("task_management", None),
    "open_reconciliation": ("reconciliation", None),
    "open_suppliers": ("synchronization", {"element": "suppliers"}),
    "choose_template": ("configuration", {"field": "default_template"}),
    "map_value": ("configuration", {"map": ("cost_types", "")}),
}

# Message: table of Configuration in which its cause is put right, and the name of the value to look for there.
VALUE_TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "BUD-14": ("cost_types", "group"),
    "COD-04": ("cost_types", "group"),
    "PO-08": ("units", "uom"),
    "PO-09": ("taxes", "code"),
    "PO-10": ("terms", "text"),
    "PO-19": ("cost_types", "type"),
    "PO-20": ("statuses.{element}", "status"),
}

IN_THE_DETAIL: Final = frozenset({"choose_link", "choose_value", "open_record"})
"""What is done in the record's own pane (gui/line_detail.py)."""

ON_THE_LINE: Final = IN_THE_DETAIL | {"accept", "approve", "unlink", "set_inactive", "set_active"}
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


def go_to_value(navigate: Navigate, element: str, problems: Iterable[Problem]) -> None:
    """Leads to the row of the editable tables that the first of these messages asks for."""
    asked = next((p for p in problems if p.code in VALUE_TABLES and remedy_of(p) == "map_value"), None)
    if asked is None:
        go_to_page(navigate, "map_value")
        return
    table, name = VALUE_TABLES[asked.code]
    navigate("configuration", {"map": (table.format(element=element), str(asked.args.get(name) or ""))})


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
            "set_inactive": partial(self._ask_to_set, "set_inactive"),
            "set_active": partial(self._ask_to_set, "set_active"),
            "open_in_procore": lambda line: self._web.open(line.element, line.procore_id, line.project, line.procore),
            "open_in_maestro": self._web.show_in_maestro,
            "open_manager": self._open_manager,
            "map_value": lambda line: go_to_value(navigate, line.element, line.problems),
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

    def _ask_to_set(self, deed: str, line: Any) -> None:
        key = str(line.maestro_key)
        self._notice.ask(
            "warning",
            text(f"sync.in_use.{deed}", code=key),
            text(f"action.{deed}").rstrip("…"),
            lambda: self._orders.set_in_use(key, is_active=deed == "set_active"),
            text("action.cancel"),
        )

    def _open_manager(self, line: Any) -> None:
        if line.request_id:
            self._navigate("manager", {"request": line.request_id})
        else:
            go_to_page(self._navigate, "open_manager")


def possible(line: Any, *, has_candidates: bool, has_conflict: bool) -> dict[str, str]:
    """Remedy → text key of its button, of those that can do something for this line."""
    verbs = {name: f"action.{name}" for name in (*PAGES, *IN_THE_DETAIL, "confirm", "open_in_procore", "release_held")}
    verbs["open_record"] = "remedy.show_fields"  # the record is open already
    if line_key(line):
        verbs |= {"retry_line": "action.retry_line", "approve": "action.approve"}
        if line.needs_sync:
            verbs["accept"] = "action.accept"
    if line.maestro_key:
        verbs |= {name: f"action.{name}" for name in ("unlink", "set_inactive", "set_active")}
    if not has_candidates:
        del verbs["choose_link"]
    if not has_conflict:
        del verbs["choose_value"]
    return verbs
