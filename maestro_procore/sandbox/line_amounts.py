"""Amounts of a line: given, or quantity times unit cost; with tax. For lines of direct costs, orders and changes alike.

Source: reference 6.7, 6.11 (extended_type manual or calculated; amounts read as text, written as numbers).
"""

from decimal import Decimal

from maestro_procore.sandbox.fields import cents
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

ZERO = Decimal(0)


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


def tax_of(row: Row, visit: Visit) -> Decimal:
    """Tax of the line's tax code, whose rate is a percentage; rounded per line."""
    code = visit.world.collection("tax_codes").get(row.get("tax_code_id"))
    if code is None:
        return ZERO
    return cents(cents(row["amount"]) * Decimal(str(code.get("rate1") or 0)) / 100)
