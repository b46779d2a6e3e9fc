"""Rows for the journal that are made when they are stored, a few hundred at a time.

The actions of a project with ten thousand lines are larger than all that they are made of: whole, they alone were an
eighth of the memory of the engine.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, overload

from maestro_procore.ports import Row

Source = TypeVar("Source")


class RowsInTurn(Sequence[Row], Generic[Source]):
    """As many rows as sources. Each is made anew whenever it is asked for: for those who go through them once."""

    def __init__(self, sources: Sequence[Source], make: Callable[[Source], Row]) -> None:
        self._sources, self._make = sources, make

    def __len__(self) -> int:
        return len(self._sources)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self._make(source) for source in self._sources[place]]
        return self._make(self._sources[place])
