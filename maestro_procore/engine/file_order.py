"""In which order the actions of a plan may go: what depends on another waits for it. Nothing is carried out here."""

import heapq
from collections.abc import Sequence

from maestro_procore.model.file_plan import FileVerb
from maestro_procore.ports import Row


class Order:
    """Steps of a plan that are not over, by number; those that make no call stand apart, in `free`."""

    def __init__(self, steps: Sequence[Row]) -> None:
        self.waiting = {step["number"]: step for step in steps}
        self.free: list[int] = []
        self._calls: list[int] = []
        self._needed_by: dict[int, list[int]] = {}
        self._missing: dict[int, int] = {}
        self._folders = {n for n, step in self.waiting.items() if step["action"].verb is FileVerb.CREATE_FOLDER}
        for number, step in self.waiting.items():
            open_needs = [need for need in step["action"].needs if need in self.waiting]
            self._missing[number] = len(open_needs)
            for need in open_needs:
                self._needed_by.setdefault(need, []).append(number)
            if not open_needs:
                self._admit(number)

    def take(self, *, is_alone: bool) -> Row | None:
        """The next step with a call; None when there is none now. is_alone: no other call is under way.

        All folders stand before the first file goes over (F097), though some wait for their parents.
        """
        if not self._calls or (not is_alone and self._folders and self._calls[0] not in self._folders):
            return None
        return self.waiting[heapq.heappop(self._calls)]

    def take_free(self, most: int) -> list[Row]:
        """Some steps without a call, by number."""
        taken, self.free = self.free[:most], self.free[most:]
        return [self.waiting[number] for number in taken]

    def over(self, number: int) -> None:
        """A step came to its end, well or not: what waits for it may go."""
        del self.waiting[number]
        self._folders.discard(number)
        for later in self._needed_by.get(number, ()):
            self._missing[later] -= 1
            if self._missing[later] == 0:
                self._admit(later)

    def _admit(self, number: int) -> None:
        if self.waiting[number]["action"].verb.is_free:
            self.free.append(number)
        else:
            heapq.heappush(self._calls, number)
