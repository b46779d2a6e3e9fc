"""What a finished write means: was the answer what was meant, and what do both sides agree on now.

Pure. A line turns green only when nothing here objects (F003, F017).
"""

from collections.abc import Mapping
from typing import Any

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.problems import Problem, not_catalogued
from maestro_procore.model.values import Value, means_the_same


def objections(element_map: ElementMap, written: Mapping[str, Any], answered: Record, code: str) -> list[Problem]:
    """CHK-01 for each attribute that Procore stored differently from what was sent."""
    found = []
    for column, name, each in element_map.written:
        if column not in written:
            continue
        stored = answered.values.get(name)
        if written[column] == stored:
            continue
        sent = each.kind.read(written[column])
        if not means_the_same(each.kind, sent, stored, each.narrower):
            told = {"code": code, "sent": _shown(sent), "stored": _shown(stored)}
            found.append(Problem("CHK-01", {"field": each.name, "element": element_map.element, **told}))
    if "origin_id" in written and written["origin_id"] is None and answered.origin_id:
        found.append(Problem("LNK-18", {"code": code, "id": answered.origin_id}))
    mark = written.get("origin_id")
    if mark and answered.origin_id and answered.origin_id != mark:
        # Without our mark the link would hold here and not there: the next integration takes the record.
        told = {"code": code, "sent": str(mark), "stored": answered.origin_id}
        found.append(Problem("CHK-01", {"field": "origin_id", "element": element_map.element, **told}))
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
    if maestro == procore:
        return {name: maestro.get(name) for name in element_map.compared_names}
    agreed: dict[str, Value] = {}
    for each in element_map.compared:
        mine, theirs = maestro.get(each.name), procore.get(each.name)
        if mine == theirs or means_the_same(each.kind, mine, theirs, each.narrower):
            agreed[each.name] = mine
        elif each.name in before:
            agreed[each.name] = before[each.name]
    return agreed


def is_id_refused(errors: object) -> bool:
    """Whether the bulk call takes no ids at all, which says nothing against the record itself.

    errors: as in row_problem.
    """
    reason = _in_words(errors.get("id")).lower() if isinstance(errors, Mapping) else ""
    return bool(reason) and "not found" not in reason


def row_problem(element: str, code: str, errors: object, sent: Mapping[str, Any] | None = None) -> Problem:
    """The message for one record that Procore refused inside a bulk answer.

    errors: {attribute: [reason, …]} as in the documents; a plain text or list counts for the record as a whole.
    sent: what was written, for Procore's words may repeat it.
    The reason that says most stands for all: gone, then already there, then the first field that was refused.
    """
    reasons = {name: _in_words(each) for name, each in errors.items()} if isinstance(errors, Mapping) else {}
    if "not found" in reasons.get("id", "").lower():
        return Problem("PRJ-17", {"code": code}) if element == "projects" else _lost(code)
    if "taken" in reasons.get("origin_id", "").lower():
        return Problem("LNK-05", {"text": f"origin_id: {reasons['origin_id']}"})
    for attribute, text in reasons.items():
        if attribute != _WHOLE_RECORD:
            return Problem("LNK-06", {"field": field_of(element, attribute), "element": element, "text": text})
    words = reasons.get(_WHOLE_RECORD) or _in_words(errors) or "–"
    if is_locked(words):
        return Problem(LOCKED, {"fields": words})
    names = [code, *(value for value in (sent or {}).values() if isinstance(value, str))]
    return not_catalogued(_CALL_WENT_WELL, "SYNC", f"/{element.replace('-', '_')}", words, names)


LOCKED = "LNK-04"


def is_locked(words: str) -> bool:
    """Whether Procore says that a record cannot be changed at all."""
    return "locked" in words.casefold()


_CALL_WENT_WELL = 200
"""Status of the answer that holds the refusal of one record."""

_WHOLE_RECORD = "base"
"""Under this name Procore says what is wrong with a record as a whole."""


def field_of(element: str, attribute: str) -> str:
    """The field of the mapping that an attribute of Procore belongs to; the attribute itself when there is none."""
    element_map = MAPS.get(element)
    names = {} if element_map is None else {f.procore: f.name for f in element_map.fields}
    return names.get(attribute, attribute)


def _in_words(reasons: object) -> str:
    if isinstance(reasons, list | tuple):
        return "; ".join(map(str, reasons))
    return str(reasons) if reasons else ""


def _lost(code: str) -> Problem:
    return Problem("LNK-02", {"code": code, "system": "Procore"})
