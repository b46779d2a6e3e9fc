"""Which number a new order gets: maestro*'s next one, or, where Configuration says so, the one that Procore gave it.

Pure. Procore's numbers may repeat from project to project, while maestro* counts all orders of the company together:
a number that somebody has already is never shared, cut or changed, maestro*'s next one is taken instead, and that is
told. Giving the number is engine/maestro_writes.py. Source: maestro-interface.md §3.6, first row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Item, Subject
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import Kind

EXTENSION = "/"
"""Stands before the extension in the keys of orders (charges.order_key)."""


def number_wished(record: Record, subject: Subject) -> tuple[str | None, list[Problem]]:
    """The number that a new order is to have, None for maestro*'s next one; and what is to be told of it."""
    number = Kind.CODE.read(record.values.get("external_no"))
    if number is None or not subject.settings.takes_order_numbers:
        return None, []
    text, length = str(number), subject.element_map.identity.maestro_length
    if length is not None and len(text) > length:
        return None, [Problem("PO-05", {"no": text, "n": length})]
    if EXTENSION in text:
        return None, [Problem("PO-22", {"no": text})]
    return text, []


def numbers_wished(element_map: ElementMap, items: Iterable[Item]) -> list[str]:
    """The numbers that a plan means to give, in its order."""
    return [number for item in items if (number := _wish_of(element_map, item))]


def without_taken(element_map: ElementMap, items: Iterable[Item], holders: Mapping[str, str]) -> list[Item]:
    """The plan in which nobody gets a number that somebody has. holders: number → project of its order."""
    return [
        _counted(element_map, item, holders[number])
        if (number := _wish_of(element_map, item)) is not None and number in holders
        else item
        for item in items
    ]


def taken(number: str, project: str) -> Problem:
    """Why an order does not get the number that was meant for it."""
    return Problem("PO-21", {"no": number, "project": project or "–"})


def _wish_of(element_map: ElementMap, item: Item) -> str | None:
    """The number that is meant for a new document, where a counter would give it one otherwise."""
    is_counted = element_map.document is not None and bool(element_map.document.numbered_by)
    if not is_counted or item.kind is not ActionKind.CREATE:
        return None
    number = item.writes.get(Side.MAESTRO, {}).get(element_map.key_column)
    return str(number) if number else None


def _counted(element_map: ElementMap, item: Item, project: str) -> Item:
    row = dict(item.writes[Side.MAESTRO])
    told = taken(str(row.pop(element_map.key_column)), project)
    return replace(item, writes={**item.writes, Side.MAESTRO: row}, problems=(*item.problems, told))
