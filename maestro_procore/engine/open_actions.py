"""The unfinished actions of the batch that is being carried out, read from the journal once.

Three times would do as well, and cost a sixth of all the work of a long run. The next batch is read while Procore
works on this one.
"""

from collections.abc import Collection

from maestro_procore.ports import Journal, PartName, Row


class OpenActions:
    """Of one part, two batches at most. Used by one flow, which is the only one that changes these actions."""

    def __init__(self, journal: Journal, name: PartName) -> None:
        self._journal, self._name = journal, name
        self._read: dict[int, list[Row]] = {}
        self.next_batch: int | None = None

    def of(self, batch: int, ids: Collection[int] | None = None) -> list[Row]:
        """What was not finished when the flow came to this batch, in order, with all it carries. ids: of these only."""
        if batch not in self._read:
            self._read[batch] = self._journal.open_actions(self._name, batch)
        wanted = None if ids is None else set(ids)
        return [action for action in self._read[batch] if wanted is None or action["id"] in wanted]

    def read_ahead(self) -> None:
        """The next batch, while nothing else is to do."""
        if self.next_batch is not None and self.next_batch not in self._read:
            self._read[self.next_batch] = self._journal.open_actions(self._name, self.next_batch)

    def forget(self, batch: int) -> None:
        """To be called when something else than their end was written down, and when the batch is through."""
        self._read.pop(batch, None)
