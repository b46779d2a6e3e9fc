"""What a person changes in the editable tables (model/value_maps.py): checked, and laid over what was kept before.

A change is table → value → its counterpart, None to put the default back. Nothing of it is kept unless all is right.
"""

from collections.abc import Mapping
from typing import Any

from maestro_procore.model.elements import Side
from maestro_procore.model.problems import Problem
from maestro_procore.model.value_maps import LONGEST_CODE, LONGEST_WORD, VALUE_MAPS, ValueMap, in_force

SETTING = "value_maps"
"""Key under which the journal keeps what was edited."""

Edited = Mapping[str, Mapping[str, str]]
"""Table → value → counterpart, of what differs from the defaults."""


def check(held: Edited, changes: Any) -> list[Problem]:
    """Everything that is wrong with the changes: CFG-20 unknown table, CFG-21 a value, CFG-22 two of one meaning.

    changes: as it came from a form or a file, of any shape.
    """
    if not isinstance(changes, Mapping):
        return [Problem("CFG-20", {"name": str(changes)})]
    found = []
    for name, rows in changes.items():
        table = VALUE_MAPS.get(str(name))
        if table is None or not isinstance(rows, Mapping):
            found.append(Problem("CFG-20", {"name": str(name)}))
            continue
        wrong = [
            Problem("CFG-21", _told(table, own, word)) for own, word in rows.items() if not _fits(table, own, word)
        ]
        found += wrong or _ambiguous(table, held, rows)
    return found


def laid_over(held: Edited, changes: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    """What is to be kept: only rows that differ from their default, only tables that have any.

    Tables of a newer version that are held already stay as they are.
    """
    kept = {name: dict(rows) for name, rows in held.items()}
    for name, rows in changes.items():
        defaults, mine = VALUE_MAPS[name].defaults, kept.setdefault(name, {})
        for own, word in rows.items():
            if word is None or word == defaults.get(own):
                mine.pop(own, None)
            else:
                mine[own] = word
    return {name: rows for name, rows in kept.items() if rows}


def _fits(table: ValueMap, own: Any, word: Any) -> bool:
    if not isinstance(own, str) or not isinstance(word, str | None):
        return False
    is_code = table.words_of is Side.MAESTRO and table.rows_of
    if not own.strip() or own != own.strip() or len(own) > (LONGEST_CODE if is_code else LONGEST_WORD):
        return False
    if not table.rows_of and table.words_of is Side.MAESTRO and own not in table.defaults:
        return False  # families are maestro*'s own six
    if word is None:
        return True
    if table.choices:
        return word in table.choices
    return (
        (bool(word.strip()) or (table.may_be_empty and not word)) and word == word.strip() and len(word) <= LONGEST_WORD
    )


def _ambiguous(table: ValueMap, held: Edited, rows: Mapping[str, str | None]) -> list[Problem]:
    """CFG-22 for each changed row whose counterpart another row has too, where the table is read both ways."""
    if not table.is_one_to_one:
        return []
    together = in_force(laid_over(held, {table.name: rows}))[table.name]
    holders: dict[str, str] = {}
    found = []
    for own, word in sorted(together.items(), key=lambda row: (row[0] in rows, row[0])):
        other = holders.setdefault(word.casefold(), own)
        if other != own and own in rows:
            found.append(Problem("CFG-22", {**_told(table, own, word), "twin": other}))
    return found


def _told(table: ValueMap, own: Any, word: Any) -> dict[str, Any]:
    return {"table": table.name, "own": str(own), "value": "" if word is None else str(word)[:80]}
