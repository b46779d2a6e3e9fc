"""maestro*'s part of a plan, record by record: looked at before it is written, and never written twice.

A single row, or a document: a header with its lines in one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.given_numbers import holders_of
from maestro_procore.engine.open_actions import OpenActions
from maestro_procore.engine.parts import Part
from maestro_procore.engine.planning import context_of
from maestro_procore.engine.results import Result, store_results
from maestro_procore.model.elements import Side
from maestro_procore.model.mapping import Document, ElementMap, Record
from maestro_procore.model.order_numbers import taken
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind, ActionState
from maestro_procore.model.values import Kind as ValueKind
from maestro_procore.model.values import means_the_same
from maestro_procore.ports import CompanyRefused, DocumentRow, Row


def write_maestro(doors: Doors, part: Part, read: OpenActions, batch: int) -> Row:
    """Writes maestro*'s part of a batch; {"ids": of the actions whose Procore part comes next}."""
    journal = doors.journal
    actions = read.begin(batch)
    begun = {a["id"] for a in actions if a["state"] == ActionState.RUNNING}
    for action in actions:
        action["state"] = ActionState.RUNNING.value
    refused = {}
    writer = _Documents(doors, part) if part.map.document is not None else _Rows(doors, part)
    for action in actions:
        if action["maestro_write"] is not None:
            problem = writer.write(action, may_be_done=action["id"] in begun)
            if problem is not None:
                refused[action["id"]] = problem
    finished = [a for a in actions if a["id"] not in refused and a["procore_write"] is None]
    if refused or finished:
        with journal.begin() as tx:
            failed = [Result(a, [refused[a["id"]]], is_untouched=True) for a in actions if a["id"] in refused]
            done = [Result(a, [], is_written=True) for a in finished]
            store_results(doors, tx, part, [*failed, *done], None)
    return {"ids": [a["id"] for a in actions if a["id"] not in refused and a["procore_write"] is not None]}


class _Rows:
    """Records that are one row of one table."""

    def __init__(self, doors: Doors, part: Part) -> None:
        self.doors, self.part, self.map = doors, part, part.map

    def write(self, action: Row, *, may_be_done: bool) -> Problem | None:
        """One record. may_be_done: a killed program may have written it already, so look before writing."""
        try:
            if action["kind"] == ActionKind.CREATE:
                return self.create(action, may_be_done=may_be_done)
            return self.change(action)
        except CompanyRefused as refused:
            return self._refused(action["maestro_key"] or "", refused.reason)

    def create(self, action: Row, *, may_be_done: bool) -> Problem | None:
        company, key, written = self.doors.company, action["maestro_key"], action["maestro_write"]
        rows = company.rows(self.map.table, keys=[key])
        if not rows:
            company.insert(self.map.table, written, self._now())
        elif not may_be_done and not _holds(self.map, self.map.from_maestro(rows[0]), written):
            return self._refused(key, "exists")
        return None

    def change(self, action: Row) -> Problem | None:
        key, written = action["maestro_key"], action["maestro_write"]
        rows = self.doors.company.rows(self.map.table, keys=[key])
        if not rows:
            return Problem("LNK-02", {"code": key, "system": "maestro*"})
        held = self.map.from_maestro(rows[0])
        if _holds(self.map, held, written):
            return None
        if _has_moved(self.map, held, action["differences"]):
            return Problem("RUN-11", {"code": key})
        expect = {column: rows[0][column] for column in written}
        where = {"company_id": rows[0]["company_id"], self.map.key_column: rows[0][self.map.key_column]}
        if not self.doors.company.update(self.map.table, where, written, self._now(), expect=expect):
            return Problem("RUN-11", {"code": key})
        return None

    def _refused(self, key: str, reason: str) -> Problem:
        return Problem(self.part.rules.refused_here, {"code": key, "no": key, "reason": reason})

    def _now(self) -> datetime:
        return self.doors.clock.now()


class _Documents(_Rows):
    """Records that are a header with lines."""

    @property
    def shape(self) -> Document:
        shape = self.map.document
        assert shape is not None, "only documents come here"
        return shape

    @cached_property
    def held(self) -> Mapping[str, Record]:
        """The documents of this scope as maestro* holds them now."""
        context = context_of(self.doors, self.part)
        return {record.key: record for record in self.part.rules.assemble(self.map, context)}

    def create(self, action: Row, *, may_be_done: bool) -> Problem | None:
        belongs, foreign = self.shape.belongs, self.shape.foreign
        may_be_done = may_be_done and bool(action["maestro_key"])  # nothing is entered before its number is on record
        if not action["maestro_key"]:
            self._give_number(action)
        while not self._insert(action):
            key, written = action["maestro_key"], action["maestro_write"]
            if may_be_done and self._stands(key, written, *belongs):
                return None
            if not self.shape.numbered_by or self._stands(key, written, *belongs, foreign):
                return self._refused(key, "exists")
            self._give_number(action)  # somebody took it meanwhile, for another order
        return None

    def _insert(self, action: Row) -> bool:
        """False when its number is taken, by now if not before."""
        if self._headers(action["maestro_key"]):
            return False
        try:
            self.doors.company.insert_document(self._row(action["maestro_write"]), self._now())
        except CompanyRefused as refused:
            if not self.shape.numbered_by or (refused.table, refused.reason) != (self.map.table, "exists"):
                raise
            return False
        return True

    def _stands(self, key: str, written: Mapping[str, Any], *columns: str) -> bool:
        """Whether the document of that key agrees in these columns with what is to be written."""
        rows = self._headers(key)
        return bool(rows) and all(
            ValueKind.TEXT.read(rows[0][c]) == ValueKind.TEXT.read(written.get(c)) for c in columns
        )

    def change(self, action: Row) -> Problem | None:
        key, written = action["maestro_key"], action["maestro_write"]
        rows, held = self._headers(key), self.held.get(key)
        if not rows or held is None:
            return Problem("LNK-02", {"code": key, "system": "maestro*"})
        if _holds(self.map, held, written):
            return None
        if _has_moved(self.map, held, action["differences"]):
            return Problem("RUN-11", {"code": key})
        document, counted = self._row(written), rows[0][self.shape.counted]
        # One look at everything that a plan depends on and that the mapping does not write.
        expect = {column: rows[0][column] for column in (*document.values, "rowver")}
        if not self.doors.company.update_document(document, counted, self._now(), expect=expect):
            return Problem("RUN-11", {"code": key})
        return None

    def _headers(self, key: str) -> list[Row]:
        where = {column: [value] for column, value in self.shape.locate(key).items()}
        return self.doors.company.rows(self.map.table, where=where)

    def _row(self, written: Mapping[str, Any]) -> DocumentRow:
        tables = self.shape.lines.values()
        values = {column: value for column, value in written.items() if column not in tables}
        lines = {table: self.shape.rows(written[table]) for table in tables if table in written}
        return DocumentRow(self.map.table, self.shape.counted, values, self.shape.parent, lines)

    def _give_number(self, action: Row) -> None:
        """A free number, on the record before it is used: a killed program finds it again.

        The one that the plan means it to have, unless another document has it or got it meanwhile: then maestro*'s
        next one, and that is told.
        """
        before, written, name = action["maestro_key"] or "", action["maestro_write"], self.map.identity.name
        meant = before or written.get(self.map.key_column) or ""
        number, told = self._number_for(written, meant, is_lost=bool(before))
        after = action["after"] or {}
        mine = {**after.get(Side.MAESTRO.value, {}), name: number}
        action["maestro_key"] = number
        action["maestro_write"] = {**written, self.map.key_column: number}
        action["after"] = {**after, Side.MAESTRO.value: mine}
        action["problems"] = [*action["problems"], *(problem.to_json() for problem in told)]
        action["procore_write"] = _marked(action["procore_write"], before, number)
        names = ("id", "maestro_key", "maestro_write", "procore_write", "after", "problems")
        with self.doors.journal.begin() as tx:
            self.doors.journal.change_actions(tx, [{name: action[name] for name in names}])

    def _number_for(self, written: Mapping[str, Any], meant: str, *, is_lost: bool) -> tuple[str, list[Problem]]:
        """meant: '' for maestro*'s next number. is_lost: it was found to be another's when it was to be written."""
        holders = holders_of(self.doors, self.map, [meant]) if meant else {}
        # The very order that is to be entered: creating it says so, and a second one would be there twice.
        is_its_own = meant in holders and self._stands(meant, written, *self.shape.belongs, self.shape.foreign)
        if meant and not is_lost and (meant not in holders or is_its_own):
            return meant, []

        def is_taken(number: str) -> bool:
            return bool(holders_of(self.doors, self.map, [number]))

        number = self.doors.company.next_number(self.shape.numbered_by, is_taken, self._now())
        return number, [taken(meant, holders.get(meant, ""))] if meant else []


def _marked(mark: Mapping[str, Any] | None, before: str, number: str) -> dict[str, Any] | None:
    """What Procore is told of a document, with the number that it has got. before: the one it had, '' for none."""
    if mark is None:
        return None
    numbered = {}
    if "origin_id" in mark:
        numbered["origin_id"] = mark["origin_id"].removesuffix(before) + number
    if "origin_code" in mark:
        numbered["origin_code"] = number
    return {**mark, **numbered}


def _holds(element_map: ElementMap, held: Record, written: Mapping[str, Any]) -> bool:
    return all(
        means_the_same(f.kind, held.values.get(f.name), f.kind.read(written[f.maestro]), f.maestro_length)
        for f in element_map.fields
        if f.maestro in written
    )


def _has_moved(element_map: ElementMap, held: Record, differences: Sequence[Mapping[str, Any]]) -> bool:
    """True when somebody changed a field in maestro* after the plan was made."""
    for difference in differences:
        each = element_map.field(difference["field"])
        if not means_the_same(each.kind, held.values.get(each.name), difference["maestro"], each.maestro_length):
            return True
    return False
