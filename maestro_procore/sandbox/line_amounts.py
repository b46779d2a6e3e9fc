"""Amounts of a line: given, or quantity times unit cost; with tax. For lines of direct costs, orders and changes alike.

Source: reference 6.7, 6.11 (extended_type manual or calculated; amounts read as text, written as numbers).
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.fields import cents, decimal_text, money_text
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

ZERO = Decimal(0)
NUMBERS: dict[str, Callable[[Any], str | None]] = {
    "amount": money_text,
    "quantity": decimal_text,
    "unit_cost": decimal_text,
}


def read_numbers(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    """A rule that brings amounts, quantities and prices, written as text, to their form."""
    errors: Errors = {}
    for name, made in NUMBERS.items():
        try:
            number = None if row.get(name) in (None, "") else cents(row[name])
            if number is None or number.is_finite():
                row[name] = made(row.get(name))
                continue
        except InvalidOperation:
            pass
        errors[name] = ["is not a number"]
    return errors


def settle_amounts(row: Row, before: Row | None, visit: Visit) -> None:
    """Set amount, extended_amount and total_amount. Halves of a cent are rounded away from zero."""
    has_price = row.get("quantity") is not None and row.get("unit_cost") is not None
    given_anew = row.get("amount") is not None and (before is None or row["amount"] != before.get("amount"))
    if row.get("extended_type") is None:
        row["extended_type"] = "calculated" if has_price and not given_anew else "manual"
    if row["extended_type"] == "calculated" and has_price:
        row["amount"] = str(cents(Decimal(str(row["quantity"])) * Decimal(str(row["unit_cost"]))))
    elif row.get("amount") is None:
        row["amount"] = "0.00"
    row["extended_amount"] = row["amount"]
    row["total_amount"] = str(cents(row["amount"]) + tax_of(row, visit))


def typed_amount(row: Row, before: Row | None, _visit: Visit) -> Errors:
    """What a person types in a line's page wins: an amount makes the line manual, whatever price it had."""
    if before is None:
        return {}
    extended = row.get("extended_amount")
    if extended != before.get("extended_amount") and row.get("amount") == before.get("amount"):
        row["amount"] = extended
    is_priced_anew = any(row.get(name) != before.get(name) for name in ("quantity", "unit_cost", "extended_type"))
    if row.get("amount") != before.get("amount") and not is_priced_anew:
        row["extended_type"] = "manual"
    return {}


def tax_of(row: Row, visit: Visit) -> Decimal:
    """Tax of the line's tax code, whose rate is a percentage; rounded per line."""
    code = visit.world.collection("tax_codes").get(row.get("tax_code_id"))
    if code is None:
        return ZERO
    return cents(cents(row["amount"]) * Decimal(str(code.get("rate1") or 0)) / 100)
