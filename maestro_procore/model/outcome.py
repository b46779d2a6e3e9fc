"""What a finished write means: was the answer what was meant, and what do both sides agree on now.

Pure. A line turns green only when nothing here objects (F003, F017).
"""

from collections.abc import Mapping
from typing import Any

from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.values import Value, means_the_same


def objections(element_map: ElementMap, written: Mapping[str, Any], answered: Record, code: str) -> list[Problem]:
    """CHK-01 for each attribute that Procore stored differently from what was sent."""
    found = []
    for each in element_map.fields:
        if each.procore not in written:
            continue
        sent, stored = each.kind.read(written[each.procore]), answered.values.get(each.name)
        if not means_the_same(each.kind, sent, stored, each.narrower):
            told = {"code": code, "sent": _shown(sent), "stored": _shown(stored)}
            found.append(Problem("CHK-01", {"field": each.name, "element": element_map.element, **told}))
    return found


def _shown(value: Value) -> str:
    return "–" if value is None else str(value)


def agreement(
    element_map: ElementMap,
    maestro: Mapping[str, Value],
    procore: Mapping[str, Value],
    before: Mapping[str, Value],
) -> dict[str, Value]:
    """Field → the value that both sides hold now.

    A field that still differs keeps what was last agreed, so that a later run still knows who moved.
    """
    agreed: dict[str, Value] = {}
    for each in element_map.compared:
        mine, theirs = maestro.get(each.name), procore.get(each.name)
        if means_the_same(each.kind, mine, theirs, each.narrower):
            agreed[each.name] = mine
        elif each.name in before:
            agreed[each.name] = before[each.name]
    return agreed


def row_problem(element: str, code: str, errors: Mapping[str, Any]) -> Problem:
    """The message for one record that Procore refused inside a bulk answer.

    errors: {attribute: [reason, …]} as in the documents; a plain text or list counts for the record as a whole.
    """
    for attribute, reasons in errors.items():
        text = "; ".join(map(str, reasons)) if isinstance(reasons, list) else str(reasons)
        if attribute == "id" and "not found" in text.lower():
            return Problem("PRJ-17", {"code": code}) if element == "projects" else _lost(code)
        if attribute == "origin_id" and "taken" in text.lower():
            return Problem("LNK-05", {"text": f"{attribute}: {text}"})
        return Problem("LNK-06", {"field": attribute, "text": text})
    return Problem("SRV-10", {"text": "–"})


def _lost(code: str) -> Problem:
    return Problem("LNK-02", {"code": code, "system": "Procore"})
