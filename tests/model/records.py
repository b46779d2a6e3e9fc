"""Rows of both sides for the tests of the model, and what a run makes of them when every write goes through."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from maestro_procore.model.elements import Side
from maestro_procore.model.kinds import MAPS, RULES
from maestro_procore.model.mapping import ElementMap, Record
from maestro_procore.model.outcome import agreement
from maestro_procore.model.plan import Item, LinkState, PlanSettings, Subject, plan
from maestro_procore.model.problems import Problem
from maestro_procore.model.status import ActionKind
from maestro_procore.model.values import cut

PREFIX = {name: f"MST:ACME:{name}:" for name in MAPS}

PROJECT = {
    "company_id": 1, "project_code": "26001", "description": "École du Mont", "detail": None, "address": "12, rue Côté",
    "city": "Québec", "province": "QC", "country": "CA", "postal_code": "G1K 3X2", "phone": "418-555-0101",
    "start_date": "2026-01-05", "closing_date": "2027-06-30", "status": "A", "procore_sync": True,
    "procore_template_id": None,
}  # fmt: skip
SUPPLIER = {
    "company_id": 1, "supplier_code": "V001", "name": "Béton Lévesque ltée", "status": "A", "address": "12, rue Côté",
    "city": "Québec", "province": "QC", "country": "CA", "postal_code": "G1K 3X2", "phone": "418-555-0101",
    "mobile": None, "fax": None, "email": "info@levesque.example", "rbq": "1234-5678-90", "gst_no": "123456789 RT0001",
    "qst_no": "1234567890 TQ0001", "type_code": "SUB", "is_subcontractor": True,
}  # fmt: skip
BARE = dict.fromkeys(("address", "city", "province", "postal_code", "phone", "email", "rbq", "gst_no", "qst_no"))
"""A supplier of which nothing but the name is known."""


def settings_of(element: str, **changes: Any) -> PlanSettings:
    return replace(PlanSettings(PREFIX[element], company_id=1, default_template=1), **changes)


def maestro(element: str, **columns: Any) -> Record:
    """A record of maestro*: the usual row of the element with these columns."""
    return MAPS[element].from_maestro({**(PROJECT if element == "projects" else SUPPLIER), **columns})


def procore_row(element: str, **attributes: Any) -> dict[str, Any]:
    """Procore's copy of the usual row, with these attributes; number or origin_code as in maestro*."""
    element_map = MAPS[element]
    usual = maestro(element).values
    row: dict[str, Any] = {"id": 1, **{f.procore: usual[f.name] for f in element_map.fields}}
    return {**row, element_map.active: True, **attributes}


def procore(element: str, **attributes: Any) -> Record:
    """A record of Procore."""
    return MAPS[element].from_procore(procore_row(element, **attributes))


def project(**columns: Any) -> Record:
    return maestro("projects", **columns)


def supplier(**columns: Any) -> Record:
    return maestro("suppliers", **columns)


def site(**attributes: Any) -> Record:
    """A Procore project."""
    return procore("projects", **attributes)


def vendor(**attributes: Any) -> Record:
    """A Procore company that carries no code of maestro*, unless one is given."""
    return procore("suppliers", **{"origin_code": None, **attributes})


def linked_with(element: str, *pairs: tuple[Record, Record], agreed: Mapping[str, Any] | None = None) -> Any:
    """Links of these pairs: what both sides hold alike was agreed, unless said otherwise."""
    element_map = MAPS[element]
    return {
        mine.key: LinkState(
            theirs.procore_id,
            agreement(element_map, mine.values, theirs.values, {}) if agreed is None else agreed,
        )
        for mine, theirs in pairs
    }


def planned(
    element: str,
    mine: Iterable[Record] = (),
    theirs: Iterable[Record] = (),
    *,
    links: Mapping[str, LinkState] | None = None,
    decisions: Mapping[str, Mapping[str, str]] | None = None,
    selection: Iterable[str] | None = None,
    **changes: Any,
) -> list[Item]:
    """The plan of one element."""
    subject = Subject(
        MAPS[element],
        RULES[element],
        settings_of(element, **changes),
        list(mine),
        list(theirs),
        links or {},
        decisions or {},
        None if selection is None else frozenset(selection),
    )
    return plan(subject)


def only(items: Sequence[Item]) -> Item:
    """The one item of a plan."""
    assert len(items) == 1, items
    return items[0]


def codes(item: Item) -> list[str]:
    return [problem.code for problem in item.problems]


def reason_of(told: Problem) -> str:
    """The code that a piece of information carries inside, or its own."""
    reason = told.args.get("reason")
    return str(reason["code"]) if isinstance(reason, dict) else told.code


def written(item: Item, side: Side) -> dict[str, Any]:
    """Columns or attributes written to that side, without the mark of the link."""
    return {name: value for name, value in item.writes.get(side, {}).items() if name not in ("id", "origin_id")}


@dataclass
class World:
    """Both sides as rows, and the links. `run` plans and carries out, as an honest Procore and maestro* would."""

    element: str
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """maestro* code → row."""
    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Procore id → row."""
    links: dict[str, LinkState] = field(default_factory=dict)
    decisions: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def element_map(self) -> ElementMap:
        return MAPS[self.element]

    def plan(self) -> list[Item]:
        return planned(
            self.element,
            [self.element_map.from_maestro(row) for row in self.rows.values()],
            [self.element_map.from_procore(row) for row in self.records.values()],
            links=self.links,
            decisions=self.decisions,
        )

    def run(self) -> list[Item]:
        """The plan, carried out."""
        items = self.plan()
        for item in items:
            if item.kind in (ActionKind.CREATE, ActionKind.UPDATE, ActionKind.LINK) and not item.is_blocked:
                self._carry_out(item)
        return items

    def _carry_out(self, item: Item) -> None:
        key = item.key
        assert key is not None
        if Side.MAESTRO in item.writes:
            row = self.rows.setdefault(key, {**dict.fromkeys(PROJECT), self.element_map.key_column: key})
            lengths = {f.maestro: f.maestro_length for f in self.element_map.fields}
            row.update({name: cut(value, lengths.get(name)) for name, value in item.writes[Side.MAESTRO].items()})
        procore_id = item.procore.procore_id if item.procore else max(self.records, default=0) + 1
        sent = item.writes.get(Side.PROCORE, {})
        lengths = {f.procore: f.procore_length for f in self.element_map.fields}
        stored = {name: cut(value, lengths.get(name)) for name, value in sent.items()}
        self.records.setdefault(procore_id, {self.element_map.active: True}).update({**stored, "id": procore_id})
        mine = self.element_map.from_maestro(self.rows[key]).values
        theirs = self.element_map.from_procore(self.records[procore_id]).values
        self.links[key] = LinkState(procore_id, agreement(self.element_map, mine, theirs, item.agreed))
