"""Change orders of the owner where Procore's packages leave them out: they come by a list of their own.

Its rows are potential change orders; with one tier each is the whole of one package, whose id it carries, so a record
is the same by either way. Source: procore-api.md §6.9 (prime_change_orders), limits-and-faults.md §1.5 (switches).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from maestro_procore.model.mapping import FurtherList, Record
from maestro_procore.model.rules import Context
from maestro_procore.model.values import exact_number

Row = Mapping[str, Any]
TYPE: Final = "PrimeContractChangeOrder"
"""What the show of a package says of one of the owner's."""


def packages(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as the packages that they make up; `several`: one is made of more than one, so no row is the whole."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.get("legacy_package_id") or row["id"]].append(row)
    return [
        {**parts[0], "id": package, "type": TYPE, "potential_id": parts[0]["id"], "several": len(parts) > 1}
        for package, parts in found.items()
    ]


def opened(package: int, row: Row) -> dict[str, Any]:
    """One potential change order as the package that it is the whole of."""
    return {**row, "id": package, "type": TYPE, "potential_id": row["id"]}


def single(record: Record) -> Mapping[str, str] | None:
    """What the address of a record of this list wants: its own id, and its contract; None for one of the other list."""
    potential = record.values.get("potential_id")
    return {"id": str(potential), "contract_id": str(record.values.get("contract_id"))} if potential else None


def leaves_out(context: Context) -> bool | None:
    """Whether packages leave the owner's side out, by what is known of one project; None: it does not tell.

    They do where the contract has approved changes and no package is one of them.
    """
    contracts = {record.key: record for record in context.records.get("prime-contracts", ()) if not record.is_gone}
    held = [r for r in context.records.get("change-orders", ()) if str(r.values.get("contract_id")) in contracts]
    if any(single(record) is None for record in held):
        return False
    changed = any(_is_amount(record.values.get("approved_changes")) for record in contracts.values())
    return True if held or changed else None


def _is_amount(value: Any) -> bool:
    try:
        return bool(exact_number(value))
    except ValueError:
        return False


FURTHER: Final = FurtherList(
    resource="prime-change-orders",
    detail="potential-change-orders",
    needs=("prime-contracts",),
    read=packages,
    single=single,
    opened=opened,
)
