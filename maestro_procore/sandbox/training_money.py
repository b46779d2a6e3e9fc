"""Exact amounts of the training company: whole cents inside, text outside, and totals that are kept when split.

Integers instead of Decimal only for speed: the reference company holds some two hundred thousand amounts.
"""

from __future__ import annotations

from collections.abc import Sequence

GST_MILLIONTHS = 50_000
QST_MILLIONTHS = 99_750
HST_MILLIONTHS = 130_000

# Taxes of maestro*'s tax codes, each taken on the price and rounded by itself.
RATES: dict[str, tuple[int, ...]] = {
    "TPSTVQ": (GST_MILLIONTHS, QST_MILLIONTHS),
    "TVH": (HST_MILLIONTHS,),
    "EXO": (),
}

PRICE_UNIT = 10_000  # unit prices are counted in ten-thousandths of a dollar
QUANTITY_UNIT = 1_000  # quantities in thousandths


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to a whole number, halves away from zero, as ledgers do."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))


def money(cents: int) -> str:
    """Cents as text with two decimals: -5 gives "-0.05"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cents_of(text: str) -> int:
    """The opposite of money."""
    whole, _, part = text.lstrip("-").partition(".")
    cents = int(whole) * 100 + int(f"{part}00"[:2])
    return -cents if text.startswith("-") else cents


def quantity_text(thousandths: int) -> str:
    """A quantity as text, without needless zeros: 12500 gives "12.5"."""
    return _decimal(thousandths, 3)


def price_text(ten_thousandths: int) -> str:
    """A unit price as text with two to four decimals: 187500 gives "18.75"."""
    whole, _, part = _decimal(ten_thousandths, 4).partition(".")
    return f"{whole}.{part:0<2}"


def extended(thousandths: int, ten_thousandths: int) -> int:
    """Quantity times unit price in cents."""
    return half_up(thousandths * ten_thousandths, QUANTITY_UNIT * PRICE_UNIT // 100)


def taxes(cents: int, tax_code: str) -> int:
    """The taxes on a price, each rounded to the cent by itself, together in cents."""
    return sum(half_up(cents * rate, 1_000_000) for rate in RATES[tax_code])


def tax_of_procore(cents: int, tax_code: str) -> int:
    """The same taxes as Procore adds them to a line: one rate, rounded once."""
    return half_up(cents * sum(RATES[tax_code]), 1_000_000)


def split(total: int, weights: Sequence[float]) -> list[int]:
    """Whole parts of a total in proportion to the weights; they add up to it. Largest remainders get the rest."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts


def tax_of_lines(line_cents: Sequence[int], tax_code: str) -> list[int]:
    """The taxes of an invoice on its lines: taken on the whole price, the last line carries what rounding leaves."""
    total = taxes(sum(line_cents), tax_code)
    parts = [taxes(cents, tax_code) for cents in line_cents[:-1]]
    return [*parts, total - sum(parts)]


def _decimal(value: int, places: int) -> str:
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), 10**places)
    fraction = f"{part:0{places}d}".rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
