"""The editable tables as the Configuration page shows them: the company's own values beside what Procore offers.

Everything comes from what was read before; no call is made. What may stand where is model/value_maps.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maestro_procore.model.edited_values import SETTING, Edited
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import Record
from maestro_procore.model.value_maps import COST_TYPE_FAMILIES, COST_TYPES, VALUE_MAPS, ValueMap, in_force
from maestro_procore.ports import Company, Journal, Row


@dataclass(frozen=True)
class Words:
    """How a value is called besides, '' where nobody says."""

    french: str = ""
    english: str = ""


@dataclass(frozen=True)
class ValueRow:
    """One row. default: its counterpart when nobody edits it, None: it has none. edited: what was saved instead."""

    value: str
    words: Words
    default: str | None
    edited: str | None


@dataclass(frozen=True)
class ValueTable:
    """One table. offered: the counterparts that are known, with their names; others may be typed unless is_closed."""

    name: str
    rows: Sequence[ValueRow]
    offered: Sequence[tuple[str, str]]
    may_be_empty: bool
    is_closed: bool
    words_of: Side


def value_tables(company: Company, journal: Journal) -> list[ValueTable]:
    """All tables in their order. Raises CompanyUnreachable."""
    edited: Edited = journal.settings().get(SETTING) or {}
    kinds = sorted({table.kind for table in VALUE_MAPS.values() if table.kind})
    with journal.begin() as tx:
        known = {kind: [r for r in journal.known(tx, kind) if not r.is_gone] for kind in kinds}
    families = in_force(edited)[COST_TYPE_FAMILIES]
    made = []
    for table in VALUE_MAPS.values():
        rows = company.rows(table.rows_of.partition(".")[0]) if table.rows_of else []
        made.append(_table(table, rows, known.get(table.kind, []), edited.get(table.name, {}), families))
    return made


def _table(
    table: ValueMap,
    rows: Sequence[Row],
    records: Sequence[Record],
    edited: Mapping[str, str],
    families: Mapping[str, str],
) -> ValueTable:
    column = table.rows_of.partition(".")[2]
    words = {str(row[column]).strip(): _words_of(row) for row in rows}
    # Without a row of its own, a group goes by its family; anything else of maestro* is the same word in Procore.
    defaults: dict[str, str | None] = {**{word: word for word in words}, **table.defaults}
    if table.name == COST_TYPES:
        defaults = {str(row[column]).strip(): families.get(str(row.get("family") or "")) for row in rows}
    values = [*table.defaults, *sorted(words)] if table.words_of is Side.MAESTRO else list(table.defaults)
    if table.words_of is Side.PROCORE:
        values += sorted({str(r.values["status"]) for r in records if r.values.get("status")} - set(values))
    values += sorted(set(edited) - set(values))  # of a value that is gone since: seen, so that it can be taken back
    return ValueTable(
        table.name,
        [ValueRow(value, words.get(value, Words()), defaults.get(value), edited.get(value)) for value in values],
        _offered(table, records),
        table.may_be_empty,
        bool(table.choices),
        table.words_of,
    )


def _words_of(row: Row) -> Words:
    both = str(row.get("description") or "")
    return Words(str(row.get("description_fr") or both), str(row.get("description_en") or both))


def _offered(table: ValueMap, records: Sequence[Record]) -> list[tuple[str, str]]:
    if table.choices:
        return [(choice, "") for choice in table.choices]
    found = {}
    for record in records:
        name = str(record.values.get("name") or "")
        code = str(record.number or record.values.get("code") or name)
        if code and record.is_active:
            found[code] = name if name != code else ""
    return sorted(found.items())
