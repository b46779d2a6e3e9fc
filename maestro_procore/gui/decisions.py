"""What waits for a person on an element's page: documents to accept or refuse, and a run that the change guard holds.

The rules stand in engine/approvals.py; here they are told, and what is typed is carried there.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from maestro_procore.gui import formats
from maestro_procore.gui.decision_bar import DecisionBar
from maestro_procore.gui.orders import Orders
from maestro_procore.i18n import text
from maestro_procore.model.acceptance import Held, Total, Verdict, total_of
from maestro_procore.model.problems import Problem
from maestro_procore.model.typed_numbers import typed_number

HELD = ("GRD-01", "GRD-02")
"""Messages of a request that the change guard holds."""


class Decisions(QObject):
    """The two bars above the lines of an element."""

    def __init__(
        self,
        element: str,
        orders: Orders,
        ticked: Callable[[], Sequence[str]],
        untick: Callable[[], object],
        show_request: Callable[[str], object],
        parent: QWidget,
    ) -> None:
        """ticked: keys of the ticked lines. untick: all of them. show_request: leads to the request in the Manager."""
        super().__init__(parent)
        self._element, self._orders, self._show_request = element, orders, show_request
        self._ticked, self._untick = ticked, untick
        self.acceptance = DecisionBar("acceptance_bar", parent)
        self.held = DecisionBar("held_bar", parent)
        self._rows: list[Held] = []
        self._request: Any = None
        self.deeds: Mapping[str, Callable[[Any], object]] = {
            "approve": lambda line: self.ask_about(line.procore_id),
            "release_held": lambda _line: self.ask_to_confirm(),
        }

    def show_facts(self, rows: Sequence[Held], last_request: Any, *, may_decide: bool) -> None:
        """rows: of views.acceptances. last_request: of the element, or None."""
        self._rows = list(rows)
        waiting = [row for row in rows if row.verdict is Verdict.WAITING]
        deeds: list[tuple[str, Callable[[], object]]] = []
        if may_decide:
            deeds = [(text("accept.button"), self._ask_to_accept), (text("accept.refuse.button"), self._ask_to_refuse)]
        words = text("accept.waiting", count=len(waiting), amount=_amounts(total_of(waiting))) if waiting else ""
        self.acceptance.say(words, deeds)
        problem: Problem | None = last_request.problem if last_request is not None else None
        if problem is None or problem.code not in HELD or last_request.ended_at is None:
            self._request = None
            self.held.say("", [])
            return
        self._request = last_request
        wanted = [(text("guard.show"), self._open_request)]
        wanted += [(text("guard.button"), self.ask_to_confirm)] if may_decide else []
        self.held.say(formats.sentence(problem), wanted)

    # --- documents ----------------------------------------------------------------------------------

    def _chosen(self) -> list[Held]:
        """The waiting documents of the ticked lines; without ticks, all that wait."""
        waiting = [row for row in self._rows if row.verdict is Verdict.WAITING]
        ticked = set(self._ticked())
        return [row for row in waiting if row.key in ticked] if ticked else waiting

    def ask_about(self, procore_id: int | None) -> None:
        """The document of one line, also one that was refused."""
        named = (row for row in self._rows if row.procore_id == procore_id)
        rows = [row for row in named if row.verdict is not Verdict.ACCEPTED]
        if rows:
            self._ask_total(rows)
        else:
            self._orders.refused.emit(Problem("ACC-07", {"code": str(procore_id or "–")}))

    def _ask_to_accept(self) -> None:
        if rows := self._chosen():
            self._ask_total(rows)
        else:
            self._orders.refused.emit(Problem("ACC-09"))

    def _ask_total(self, rows: list[Held]) -> None:
        total = total_of(rows)
        by_amount = len(total.amounts) == 1
        key = "accept.total" if by_amount else "accept.count"
        label = text(key, count=len(rows), amount=_amounts(total))
        self.acceptance.ask(label, text("accept.verb"), lambda words: self._accept(rows, total, words))

    def _accept(self, rows: Sequence[Held], total: Total, words: str) -> str:
        """What was typed is the control total: the amount, or with several currencies the number of records."""
        typed = typed_number(words)
        if typed is None:
            return text("accept.no_number")
        by_amount = len(total.amounts) == 1
        control = (
            Total(len(rows), dict.fromkeys(total.amounts, typed)) if by_amount else Total(int(typed), total.amounts)
        )
        keys, seen = [row.key for row in rows], {row.digest for row in rows}
        self._orders.accept(self._element, keys, control, seen, self._decided)
        return ""

    def _ask_to_refuse(self) -> None:
        rows = self._chosen()
        if not rows:
            self._orders.refused.emit(Problem("ACC-09"))
            return
        keys = [row.key for row in rows]

        def refuse(reason: str) -> str:
            if not reason.strip():
                return text("accept.no_reason")
            self._orders.refuse(self._element, keys, reason, self._decided)
            return ""

        self.acceptance.ask(text("accept.reason", count=len(rows)), text("accept.refuse.verb"), refuse)

    def _decided(self, _answer: Any) -> None:
        """What is decided is ticked no more: the next decision is about what still waits."""
        self._untick()

    # --- a held run ---------------------------------------------------------------------------------

    def ask_to_confirm(self) -> None:
        """How many records it changes is typed, so that nobody confirms without looking."""
        if self._request is None:
            self._orders.refused.emit(Problem("GRD-04", {"id": "–"}))
            return
        request_id = self._request.id

        def confirm(words: str) -> str:
            typed = typed_number(words)
            if typed is None or typed != typed.to_integral_value():
                return text("guard.no_number")
            self._orders.confirm(request_id, int(typed))
            return ""

        self.held.ask(text("guard.question"), text("guard.verb"), confirm)

    def _open_request(self) -> None:
        if self._request is not None:
            self._show_request(self._request.id)


def _amounts(total: Total) -> str:
    """One amount per currency, never added up."""
    shown = [formats.money(f"{amount:.2f}", currency or "CAD") for currency, amount in sorted(total.amounts.items())]
    return ", ".join(shown) or formats.money(str(Decimal("0.00")))
