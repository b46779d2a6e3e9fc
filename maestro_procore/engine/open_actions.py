"""The unfinished actions of the batch that is being carried out, read from the journal once.

Three times would do as well, and cost a sixth of all the work of a long run. The next batch is read, and what is meant
to be done with it written down, while Procore works on this one.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cached_property

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.parts import Part
from maestro_procore.model.mapping import Record
from maestro_procore.ports import Row


class OpenActions:
    """Of one part, two batches at most. Used by one flow, which is the only one that changes these actions."""

    def __init__(self, doors: Doors, part: Part) -> None:
        self._doors, self._part = doors, part
        self._read: dict[int, list[Row]] = {}
        self._begun: set[int] = set()
        self.next_batch: int | None = None
        self.answered: dict[str, list[Record]] = {}
        """Call → its answer, from when it came until it is stored."""

    @cached_property
    def requested_at(self) -> datetime:
        """When the run was asked for."""
        at: datetime = self._doors.journal.request(self._part.request["id"])["requested_at"]
        return at

    def of(self, batch: int, ids: Collection[int] | None = None) -> list[Row]:
        """What was not finished when the flow came to this batch, in order, with all it carries. ids: of these only."""
        if batch not in self._read:
            self._read[batch] = self._doors.journal.open_actions(self._part.name, batch)
        wanted = None if ids is None else set(ids)
        return [action for action in self._read[batch] if wanted is None or action["id"] in wanted]

    def begin(self, batch: int) -> list[Row]:
        """The same, once it is written down that they are being carried out: the intent, before anything leaves."""
        actions = self.of(batch)
        if batch not in self._begun:
            self._begun.add(batch)
            journal, part = self._doors.journal, self._part
            with journal.begin() as tx:
                if part.map.has_page:
                    journal.hold_lines(tx, part.name, batch)
                journal.begin_actions(tx, part.name, batch, self._doors.clock.now())
        return actions

    def begin_next(self) -> None:
        """The next batch, while nothing else is to do.

        Not where maestro* has a part in it: whether a killed run had begun with that is still to be told by its state.
        """
        if self.next_batch is None:
            return
        if not any(action["maestro_write"] is not None for action in self.of(self.next_batch)):
            self.begin(self.next_batch)

    def forget(self, batch: int) -> None:
        """To be called when something else than their end was written down, and when the batch is through."""
        self._read.pop(batch, None)
