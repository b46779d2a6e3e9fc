"""Which columns a grid shows at a given width, so that the Message can always be read.

Pure arithmetic on the table of columns; applying it is grid_view.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

NARROWEST_SHARE = 0.72
"""How far a column may shrink before columns of a lesser rank are hidden."""


NARROWEST = 60
"""Pixels that a stretching column keeps whatever happens."""


class Sized(Protocol):
    """What fitting looks at. rank: 0 is always shown, the highest number is hidden first. most: what it would take."""

    @property
    def width(self) -> int: ...
    @property
    def most(self) -> int: ...
    @property
    def rank(self) -> int: ...
    @property
    def stretches(self) -> bool: ...
    @property
    def kind(self) -> str: ...
    @property
    def is_rigid(self) -> bool: ...


@dataclass(frozen=True)
class Fit:
    """Widths in pixels, by place; 0 hides a column. The stretching column gets what is left."""

    widths: tuple[int, ...]


def fit(columns: Sequence[Sized], room: int) -> Fit:
    """The columns of the lowest ranks that fit, at what they would take, or at their own width or a little less."""
    wanted = _fitted(columns, [max(column.width, column.most) for column in columns], room)
    if sum(wanted) <= room:
        return Fit(tuple(wanted))
    return Fit(tuple(_grown(columns, _fitted(columns, [column.width for column in columns], room), room)))


def _fitted(columns: Sequence[Sized], widths: Sequence[int], room: int) -> list[int]:
    ranks = sorted({column.rank for column in columns}, reverse=True)
    for highest in ranks:
        shown = [place for place, column in enumerate(columns) if column.rank <= highest]
        rigid = sum(widths[place] for place in shown if _is_rigid(columns[place]))
        supple = sum(widths[place] for place in shown if not _is_rigid(columns[place]))
        if rigid + supple * NARROWEST_SHARE <= room or highest == ranks[-1]:
            share = 1.0 if not supple else min(1.0, max(NARROWEST_SHARE, (room - rigid) / supple))
            found = [0] * len(columns)
            for place in shown:
                found[place] = widths[place] if _is_rigid(columns[place]) else int(widths[place] * share)
            return _squeezed(columns, found, room)
    return list(widths)


def _grown(columns: Sequence[Sized], widths: list[int], room: int) -> list[int]:
    """What is left over goes to the columns that would take more, each in its part."""
    wishes = [max(0, column.most - width) if width else 0 for column, width in zip(columns, widths, strict=True)]
    spare = max(0, room - sum(widths))
    share = min(1.0, spare / sum(wishes)) if any(wishes) else 0.0
    return [width + int(wish * share) for width, wish in zip(widths, wishes, strict=True)]


def shared(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths of columns that share a room: what each wants, else the widest give way first, none below its least.

    What is left over goes to the columns that may shrink, in equal parts. All in pixels, by place.
    """
    supple = [place for place, width in enumerate(wanted) if width > least[place]]
    if sum(wanted) <= room:
        return _spread(list(wanted), supple, room)
    low, high = 0, max(wanted, default=0)  # the highest limit at which all of them fit
    while low < high:
        limit = (low + high + 1) // 2
        if sum(_limited(wanted, least, limit)) <= room:
            low = limit
        else:
            high = limit - 1
    widths = _limited(wanted, least, low)
    return _spread(widths, [place for place in supple if widths[place] == low], room)


def _limited(wanted: Sequence[int], least: Sequence[int], limit: int) -> list[int]:
    return [max(least[place], min(width, limit)) for place, width in enumerate(wanted)]


def _spread(widths: list[int], places: Sequence[int], room: int) -> list[int]:
    left = room - sum(widths)
    for number, place in enumerate(places if left > 0 else ()):
        widths[place] += left // len(places) + (number < left % len(places))
    return widths


def _squeezed(columns: Sequence[Sized], widths: list[int], room: int) -> list[int]:
    """When nothing more can go, the stretching column gives way too: better a short message than scrolling sideways."""
    missing = sum(widths) - room
    for place, column in enumerate(columns):
        if column.stretches and missing > 0:
            widths[place] = max(NARROWEST, widths[place] - missing)
    return widths


def _is_rigid(column: Sized) -> bool:
    return column.is_rigid or column.stretches or column.kind != "text"
