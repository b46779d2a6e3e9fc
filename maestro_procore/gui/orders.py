"""What a reader asks of the engine on a page: written as requests in the background, refusals said aloud.

No rule stands here: engine.commands decides what is allowed; this only carries the wish there and
the answer back, so that a click returns at once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QObject, Signal

from maestro_procore.gui.asking import Ask, asking
from maestro_procore.model.link_states import Deed
from maestro_procore.model.problems import Problem, Refused


class Orders(QObject):
    """The commands of one desk."""

    done = Signal()
    """A command went through or was refused: the journal may have news."""
    refused = Signal(object)
    """The Problem that says why not."""
    went_through = Signal()
    """What was refused before is no news any more."""

    def __init__(self, desk: Any, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands, self._ask = desk.commands, asking(self, ask)

    def synchronize(self, element: str, *, keys: Sequence[str] | None = None, is_full: bool = False) -> None:
        wanted = list(keys) if keys else None
        self._give(lambda: self._commands.synchronize(element, keys=wanted, full=is_full))

    def synchronize_all(self, *, is_full: bool = False) -> None:
        self._give(lambda: self._commands.synchronize_all(full=is_full))

    def preview(
        self, element: str, then: Callable[[Any], object], *, keys: Sequence[str] | None = None, is_full: bool = False
    ) -> None:
        """then: gets the request that makes the plan."""
        wanted = list(keys) if keys else None
        self._give(lambda: self._commands.synchronize(element, keys=wanted, full=is_full, preview=True), then)

    def cancel(self, request_id: str) -> None:
        self._give(lambda: self._commands.cancel(request_id))

    def resume(self, request_id: str) -> None:
        self._give(lambda: self._commands.resume(request_id))

    def choose(
        self, element: str, maestro_key: str, subject: str, choice: str, then: Callable[[Any], object] | None = None
    ) -> None:
        """subject: 'link' (a Procore id or 'create') or a field ('maestro', 'procore')."""
        self._give(lambda: self._commands.choose(element, maestro_key, subject, choice), then)

    def accept(
        self,
        element: str,
        keys: Sequence[str],
        control_total: Any,
        seen: Collection[str],
        then: Callable[[Any], object],
    ) -> None:
        """Accepts what waits to enter maestro*, exactly as it was seen, and has it entered."""
        self._give(lambda: self._commands.accept(element, list(keys), control_total, seen), then)

    def refuse(self, element: str, keys: Sequence[str], reason: str, then: Callable[[Any], object]) -> None:
        """Keeps it out of maestro*."""
        self._give(lambda: self._commands.refuse(element, list(keys), reason), then)

    def confirm(self, request_id: str, records: int) -> None:
        """Lets a run go that the change guard holds."""
        self._give(lambda: self._commands.confirm(request_id, records))

    def explain(
        self, problem: Problem, means: Mapping[str, str], to_do: Mapping[str, str], then: Callable[[Any], object]
    ) -> None:
        """What an answer of Procore means and what to do, per language."""
        self._give(lambda: self._commands.knowledge.explain(problem, means, to_do), then)

    def reconcile(self, project: str | None, cut_off: date, then: Callable[[Any], object]) -> None:
        """then: gets the request."""
        self._give(lambda: self._commands.reconciliations.order(project=project, cut_off=cut_off), then)

    def sign(self, request_id: str, prepared_by: str, reviewed_by: str) -> None:
        """The names on the certificate of a reconciliation."""
        self._give(
            lambda: self._commands.reconciliations.sign(request_id, prepared_by=prepared_by, reviewed_by=reviewed_by)
        )

    def unlink(self, element: str, maestro_key: str) -> None:
        """Takes back the link of a record."""
        self._give(lambda: self._commands.links.unlink(element, maestro_key))

    def set_in_use(self, code: str, *, is_active: bool) -> None:
        """Sets a project active or inactive in Procore."""
        self._give(lambda: self._commands.set_in_use(code, is_active=is_active))

    def undo(self, request_id: str, actions: Sequence[int] | None = None) -> None:
        """Takes a request back, or only these actions of it."""
        self._give(lambda: self._commands.undo(request_id, actions))

    def change_link(self, deed: Deed, element: str, maestro_key: str | None, procore_id: int | None, why: str) -> None:
        """procore_id: of the partner to be, for link and relink; else of the record itself."""
        links = self._commands.links
        given = {
            Deed.LINK: lambda: links.link(element, maestro_key, procore_id, why),
            Deed.RELINK: lambda: links.relink(element, maestro_key, procore_id, why),
            Deed.UNLINK: lambda: links.unlink(element, maestro_key, why),
            Deed.RESEND: lambda: links.resend(element, maestro_key, why),
            Deed.IGNORE: lambda: links.ignore(element, maestro_key, procore_id, why),
            Deed.HEED: lambda: links.heed(element, maestro_key, procore_id, why),
        }
        self._give(given[deed])

    def _give(self, command: Callable[[], Any], then: Callable[[Any], object] | None = None) -> None:
        def attempt() -> Any:
            try:
                return command()
            except Refused as refusal:
                return refusal.problem

        def take(answer: Any) -> None:
            if isinstance(answer, Problem):
                self.refused.emit(answer)
            else:
                self.went_through.emit()
                if then is not None:
                    then(answer)
            self.done.emit()

        self._ask(attempt, take)
