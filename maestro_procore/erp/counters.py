"""The numbers that maestro* gives by itself: a mask, and the m_counter row that says which one is next."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, false, select

from maestro_procore.erp.maestro_tables import M_COUNTER
from maestro_procore.erp.row_writes import change_row, time_to_write
from maestro_procore.ports import CompanyRefused

# The place of the number: its zeros, as many as it has digits. The longest such run, so that a year may stand beside.
_ZEROS = re.compile(r"0+")


@dataclass(frozen=True)
class Numbers:
    """One counter as it was read. next_value: the first number that was not given yet."""

    name: str
    next_value: int
    mask: str

    def text(self, number: int) -> str:
        """The number in its mask: 153 in "24-0000" is "24-0153". Errors: CompanyRefused when it has more digits."""
        if not self.mask:
            return str(number)
        runs = list(_ZEROS.finditer(self.mask))
        if not runs:
            raise CompanyRefused(M_COUNTER.name, self.name, "mask", "not_allowed")
        place = max(runs, key=lambda run: (len(run.group()), run.start()))
        digits = str(number).zfill(len(place.group()))
        if len(digits) > len(place.group()):
            raise CompanyRefused(M_COUNTER.name, self.name, "next_value", "used_up")
        return self.mask[: place.start()] + digits + self.mask[place.end() :]

    def first_free(self, taken: Callable[[str], bool]) -> int:
        """The first number that nobody took. Errors: CompanyRefused when they are used up."""
        number = self.next_value
        while taken(self.text(number)):
            number += 1
        return number


def read_counter(connection: Connection, company_id: int, name: str) -> Numbers:
    """Errors: CompanyRefused when the company has no such counter."""
    row = connection.execute(_row_of(company_id, name)).first()
    if row is None:
        raise CompanyRefused(M_COUNTER.name, name, None, "no_counter")
    return Numbers(name, row.next_value or 1, (row.mask or "").strip())


def give_away(connection: Connection, company_id: int, numbers: Numbers, number: int, now: datetime) -> bool:
    """Moves the counter past the number. False when another program moved it since it was read."""
    row = connection.execute(_row_of(company_id, numbers.name)).mappings().first()
    if row is None or (row["next_value"] or 1) != numbers.next_value:
        return False
    changed_at = time_to_write(connection, M_COUNTER, company_id, now)
    return change_row(connection, M_COUNTER, row, {"next_value": number + 1}, changed_at)


def _row_of(company_id: int, name: str) -> Select[Any]:
    return select(M_COUNTER).where(
        M_COUNTER.c.company_id == company_id, M_COUNTER.c.name == name, M_COUNTER.c.is_deleted == false()
    )
