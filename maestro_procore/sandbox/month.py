"""The month scenario: December 2026 of the small training company, day by day.

Fourteen working days, the two weeks of Quebec's winter construction holiday (December 20 to January 2), and the month
end on January 4. Each day is written in full here and in the modules beside; training/play.py carries one out.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from maestro_procore.sandbox.month_days_first import first_days
from maestro_procore.sandbox.month_days_second import second_days
from maestro_procore.sandbox.month_entries import Charge, Document, booked, journal
from maestro_procore.sandbox.month_steps import Day, Expected, Outcome

CUTOFF = date(2026, 12, 31)
MONTH_END = date(2027, 1, 4)
HOLIDAY_WEEKS = (date(2026, 12, 21), date(2026, 12, 28))
WORKING_DAYS_OF_A_WEEK = 5


def _holiday(first_number: int) -> tuple[Day, ...]:
    """Nobody works, so there is nothing to write; the interface goes on looking."""
    days = [week + timedelta(days=day) for week in HOLIDAY_WEEKS for day in range(WORKING_DAYS_OF_A_WEEK)]
    return tuple(
        Day(number, day, topics=("construction holiday",), is_quiet=True)
        for number, day in enumerate(days, start=first_number)
    )


def _month_end(number: int) -> Day:
    """December's accrual; an invoice of January; one that waits for its transfer. Then the certificate."""
    accrual = journal(
        "EJ-2612-31",
        CUTOFF,
        "Provision – travaux de décembre non facturés",
        (Charge("26006", "07-500", "MAT", 318_045, "Membrane – travaux de décembre"),),
    )
    january = Document(
        "F-4503",
        MONTH_END,
        "Sel à glace",
        (Charge("26009", "01-100", "MAT", 12_995, "Sel à glace"),),
        "QUIN0057",
    )
    waiting = Document(
        "F-4502",
        date(2026, 12, 30),
        "Hoisting",
        (Charge("26005", "01-500", "EQP", 240_000, "Hoisting"),),
        "LOCA0036",
    )
    return Day(
        number,
        MONTH_END,
        (*booked(accrual, MONTH_END), *booked(january, MONTH_END), *booked(waiting, None)),
        (
            Expected("costs", accrual.number, Outcome.CREATED),
            Expected("costs", january.number, Outcome.CREATED),
            Expected("costs", waiting.number, Outcome.UNCHANGED, "CST-03"),
        ),
        ("month end with certificate",),
        cutoff=CUTOFF,
    )


@cache
def month() -> tuple[Day, ...]:
    """All days in their order; day N is the Nth."""
    worked = (*first_days(), *second_days())
    holiday = _holiday(len(worked) + 1)
    return (*worked, *holiday, _month_end(len(worked) + len(holiday) + 1))
