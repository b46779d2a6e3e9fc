"""The whole training companies, made once, and the few questions that several tests ask of them."""

from __future__ import annotations

import time
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from maestro_procore.sandbox.training_company import TrainingCompany, generate

Row = dict[str, Any]
CENT = Decimal("0.01")
SIZES = ("small", "reference")
# Collections of both kinds of commitment and of their lines, and the key of a line for its commitment.
COMMITMENTS = (
    ("purchase_order_contracts", "purchase_order_contract_line_items", "purchase_order_contract_id"),
    ("work_order_contracts", "work_order_contract_line_items", "work_order_contract_id"),
)
SECONDS: dict[str, float] = {}  # of the processor, to make each size


@cache
def whole(size: str) -> TrainingCompany:
    """The company of that size with every element. Nobody may change it."""
    began = time.process_time()
    made = generate(size, whole=True)
    SECONDS[size] = time.process_time() - began
    return made


def rounded(amount: Decimal) -> Decimal:
    """To the cent, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def by(rows: list[Row], key: str) -> dict[Any, list[Row]]:
    """Rows in groups of the same value."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def total(rows: list[Row], key: str = "amount") -> Decimal:
    return sum((Decimal(row[key]) for row in rows), Decimal(0))


def typed_orders(company: TrainingCompany) -> dict[int, Row]:
    """Orders of maestro* that stand in Procore too, by their number in maestro*."""
    return {row["order_id"]: row for row in company.company["m_order"] if row["external_no"]}


def sendable(company: TrainingCompany) -> list[tuple[Row, list[Row]]]:
    """What belongs in Procore as direct costs once the typed orders are linked: transactions with their lines."""
    lines = by(company.company["m_transaction_line"], "trans_id")
    typed = typed_orders(company)
    return [
        (row, lines[row["trans_id"]])
        for row in company.company["m_transaction"]
        if row["transferred"] and row["order_id"] not in typed and row["trans_id"] in lines
    ]
