"""Plan one part of a run: everything the rules look at is gathered, the plan is made and written down.

The same for every kind of record; what differs is data (the kind's mapping) and pure functions (its rules).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from maestro_procore.engine import holding
from maestro_procore.engine.attempts import Doors
from maestro_procore.engine.given_numbers import with_free_numbers
from maestro_procore.engine.parts import Part
from maestro_procore.engine.rows_in_turn import RowsInTurn
from maestro_procore.engine.undo import is_undo, release_kept, undoing_items
from maestro_procore.engine.unlinked import marks_to_empty
from maestro_procore.model import settings as settings_table
from maestro_procore.model.elements import COMPANY_WIDE, DEEDS, ELEMENTS
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import action_of, agreement_of, line_of, numbered, outline_of, standing, status_before
from maestro_procore.model.link_states import held_apart, without_old_marks
from maestro_procore.model.mapping import ElementMap, Record, TableUse
from maestro_procore.model.plan import Item, LinkState, PlanSettings, Subject, plan
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import Context, Scope
from maestro_procore.model.status import ActionKind, ActionState
from maestro_procore.model.value_maps import in_force
from maestro_procore.ports import Company, Row, Tx

Decisions = Mapping[str, Mapping[str, str]]
"""maestro* key → what → a person's choice."""
Unread = Mapping[str, Sequence[Row]]
"""Procore id as text → why the record could not be opened, problems as JSON."""
NOTHING_UNREAD: Final[Unread] = {}


async def make_plan(doors: Doors, part: Part, unread: Unread = NOTHING_UNREAD) -> Row:
    """The plan of a part, written down; {"batches": numbers of its bulk calls, "at": when, "is_held": stays here}."""
    return await asyncio.to_thread(_plan_now, doors, part, unread)


def _plan_now(doors: Doors, part: Part, unread: Unread) -> Row:
    held = doors.journal.part(part.name)
    if held["is_planned"]:  # killed after the plan was written, before the engine heard of it
        at = held["planned_at"].isoformat() if held["planned_at"] else None
        return {"batches": doors.journal.open_batches(part.name), "at": at, "is_held": held["is_held"]}
    if not part.is_by_project:
        doors.journal.change_request(part.request["id"], progress_step="planning", progress_done=0, progress_total=0)
    subject = gather_subject(doors, part)
    if is_undo(part):
        return _write_down(doors, part, subject, holding.Checked(undoing_items(doors, part, subject)))
    if unread:
        told = [_with_faults(record, unread.get(record.key, ())) for record in subject.procore]
        subject = replace(subject, procore=told)
    items = with_free_numbers(doors, part, items_of(part, subject))
    return _write_down(doors, part, subject, holding.wait_for_approver(doors, part, items))


def _with_faults(record: Record, told: Sequence[Row]) -> Record:
    return replace(record, faults=(*map(Problem.from_json, told), *record.faults)) if told else record


def items_of(part: Part, subject: Subject) -> list[Item]:
    """What the rules of the kind say, without what people keep out of runs."""
    items = (part.rules.planner or plan)(subject)
    return held_apart(items, subject.decisions) if part.map.takes_choices else items


def _selection(part: Part) -> frozenset[str] | None:
    request = part.request
    if request.get("undoes"):
        return frozenset()  # what is taken back says nothing about the other records
    if request["keys"] and part.map.takes_choices:
        return frozenset(request["keys"])
    if request["project"] and part.kind == "projects":
        return frozenset({request["project"]})
    return None


def gather_subject(doors: Doors, part: Part) -> Subject:
    """Everything a plan is made of, from both sides as last read."""
    kind, scope = part.kind, part.scope.project
    context = context_of(doors, part)
    with doors.journal.begin() as tx:
        links = {
            link["maestro_key"]: LinkState(link["procore_id"], link["agreed"], link["rule"], link["id"])
            for link in doors.journal.links(tx, kind, scope)
        }
        decisions = doors.journal.decisions(tx, kind) if part.map.takes_choices else {}
        strangers = doors.journal.strangers(tx, kind) if part.map.takes_choices else frozenset()
        marks = {mark["procore_id"]: mark["origin_id"] for mark in doors.journal.link_marks(tx, kind, scope)}
    known = without_old_marks(context.records[part.map.list_kind], marks)
    return Subject(
        element_map=part.map,
        rules=part.rules,
        settings=context.settings,
        maestro=part.rules.assemble(part.map, context),
        procore=[part.rules.prepare(record, context) for record in known],
        links=links,
        decisions=decisions,
        selection=_selection(part),
        context=context,
        strangers=strangers,
        deed=str(part.request["mode"]) if part.is_main and part.request.get("mode") in DEEDS else "",
    )


def context_of(doors: Doors, part: Part) -> Context:
    """What the rules of a kind look things up in."""
    kinds = list(dict.fromkeys((part.kind, *part.map.needs)))
    context = context_around(doors, part.kind, part.scope, kinds, part.map.tables or (TableUse(part.map.table),))
    if not part.request["id"]:
        return context
    with doors.journal.begin() as tx:
        element = ELEMENTS[part.request["element"]]
        context = replace(context, pending=doors.journal.keys_to_create(tx, part.request["id"], element.kinds))
        if part.request["is_preview"]:
            context = _with_promises(context, doors.journal.foreseen(tx, [k for k in kinds if k != part.kind]))
    return context


def _with_promises(context: Context, promised: Mapping[str, Mapping[str, int | None]]) -> Context:
    """What previews of other elements promise counts as there: a preview of everything adds up to what a run does."""
    links, pending = dict(context.links), dict(context.pending)
    for kind, keys in promised.items():
        links[kind] = {key: each for key, each in keys.items() if each is not None} | dict(links.get(kind, {}))
        pending[kind] = pending.get(kind, frozenset()) | keys.keys()
    return replace(context, links=links, pending=pending)


def context_around(doors: Doors, kind: str, scope: Scope, kinds: Sequence[str], tables: Sequence[TableUse]) -> Context:
    """Rows of maestro*, and links and Procore records of these kinds, all as last read. kind: for its settings."""
    journal, project = doors.journal, scope.project
    by_scope: dict[str, list[str]] = {}
    for each in kinds:
        by_scope.setdefault(_scope_of(each, project), []).append(each)
    known: dict[str, list[Record]] = {}
    links: dict[str, dict[str, int]] = {}
    with journal.begin() as tx:  # few questions: there are as many of these as projects times kinds
        for place, together in by_scope.items():
            known |= journal.known_of(tx, together, place)
            links |= journal.link_pairs_of(tx, together, place)
    stored = journal.settings()
    return Context(
        settings=plan_settings(doors, kind, stored),
        scope=scope,
        tables=_tables(doors.company, tables, project),
        links=links,
        records=known,
        maps=in_force(stored.get("value_maps") or {}),
    )


def _scope_of(kind: str, scope: str) -> str:
    """Kinds of the company (suppliers, cost types) are looked up whole."""
    is_by_project = ELEMENTS[MAPS[kind].page].is_by_project
    return scope if is_by_project and kind not in COMPANY_WIDE else ""


def _tables(company: Company, uses: Sequence[TableUse], project: str) -> dict[str, list[Row]]:
    """Table → rows of maestro*, as a kind asks for them."""
    found: dict[str, list[Row]] = {}
    for use in uses:
        if not use.table:
            continue
        if not use.column:
            rows = company.rows(use.table, columns=use.columns)
        elif not use.source:
            rows = company.rows(use.table, where={use.column: [project]}, columns=use.columns)
        else:
            table, _, column = use.source.partition(".")
            values = sorted({row[column] for row in found[table] if row[column] is not None})
            rows = company.rows(use.table, where={use.column: values}, columns=use.columns) if values else []
        found[use.table] = [*found.get(use.table, []), *rows]
    return found


def plan_settings(doors: Doors, kind: str, stored: Mapping[str, Any] | None = None) -> PlanSettings:
    """The part of the configuration that a plan depends on. stored: the settings, when they were read already."""
    values = settings_table.effective(doors.journal.settings() if stored is None else stored)
    facts = doors.company.company()
    return PlanSettings(
        origin_prefix=f"MST:{facts.tag}:{kind}:",
        company_id=facts.company_id,
        currency=facts.currency,
        language=facts.language,
        default_template=values["default_template"],
        sends_address_after_link=values["sends_address_after_link"],
        excluded_supplier_types=frozenset(values["excluded_supplier_types"].upper().split()),
        supplier_filter=values["supplier_filter"],
        sends_customers=values["sends_customers"],
        takes_order_numbers=values["takes_order_numbers"],
        today=doors.clock.now().date(),
    )


def _write_down(doors: Doors, part: Part, subject: Subject, checked: holding.Checked) -> Row:
    """The plan in the journal before its first call: a crash loses nothing, and the preview reads it."""
    element_map, journal, request, items = part.map, doors.journal, part.request, checked.items
    is_preview = request["is_preview"]
    outlines = [{**outline_of(item), "item": item} for item in items if item.kind is not None]
    if element_map.has_page:
        shown = [item for item in items if not (is_undo(part) and item.kind is ActionKind.SKIP)]
        write_lines(doors, part, subject, shown, {} if is_preview else {id(each["item"]): each for each in outlines})
    made = partial(_action, part, subject.decisions, checked.approvers)
    now = doors.clock.now()
    with journal.begin() as tx:
        ordered = _in_order(doors, tx, part, subject, outlines)
        # What a resumed request has done already is no news to it, and not unchanged either.
        done = journal.count_done(tx, part.name)
        in_step = sum(item.kind is None and item.is_linked and item.is_in_scope for item in items)
        planned = sum(action["state"] == ActionState.PLANNED for action in ordered)
        release_kept(doors, tx, subject)
        journal.update_links(tx, _moved_agreements(element_map, items, subject.links))
        facts: Row = {"progress_step": "sending"}
        facts |= {} if part.is_by_project else {"progress_done": 0, "progress_total": planned}
        journal.write_plan(tx, part.name, RowsInTurn(ordered, made), facts)
        if not is_preview:
            holding.keep_waiting(doors, tx, part, checked, is_complete=subject.selection is None)
        guarded = holding.guard(doors, tx, part, subject, checked)
        journal.change_part(
            tx,
            part.name,
            run=request["run"],
            round=part.round,
            is_planned=True,
            planned_at=now,
            unchanged=max(0, in_step - done),
            problem=None,
            weight=guarded.weight,
            is_held=guarded.is_held,
        )
    batches = sorted({a["batch"] for a in ordered if a["batch"] is not None})
    return {"batches": batches, "at": now.isoformat(), "is_held": guarded.is_held}


def _action(part: Part, decisions: Decisions, approvers: Mapping[int, str], outline: Row) -> Row:
    """All of a numbered outline's action; one without an item is whole already."""
    if "item" not in outline:
        return outline
    action = action_of(part.map, outline["item"], part.scope)
    action["accepted_by"] = approvers.get(action["procore_id"], "")
    # A choice is forgotten once it was carried out; that a person made it stays with the action.
    choices = decisions.get(action["maestro_key"] or "", {})
    for difference in action["differences"]:
        if difference["field"] in choices:
            difference["chosen"] = choices[difference["field"]]
    return {**action, "seq": outline["seq"], "batch": outline["batch"]}


def _in_order(doors: Doors, tx: Tx, part: Part, subject: Subject, actions: Sequence[Row]) -> list[Row]:
    """The actions as they will run: marks that were taken back first, so that others may get them."""
    seq, bulk = doors.journal.next_seq(tx, part.request["id"]), part.map.bulk
    first = numbered(marks_to_empty(doors, tx, part, subject.selection), seq, bulk)
    batch = first[-1]["batch"] + 1 if first else 0
    return first + numbered(actions, seq + len(first), bulk, batch)


def _moved_agreements(
    element_map: ElementMap, items: Sequence[Item], links: Mapping[str, LinkState]
) -> dict[int, Mapping[str, Any]]:
    """Links whose two sides have become equal in a field without us: the next comparison starts from there."""
    moved: dict[int, Mapping[str, Any]] = {}
    for item in items:
        agreed = agreement_of(element_map, item)
        link = links.get(item.maestro.key) if agreed is not None and item.maestro is not None else None
        if agreed is not None and link is not None and link.link_id is not None and agreed != link.agreed:
            moved[link.link_id] = agreed
    return moved


def write_lines(
    doors: Doors, part: Part | None, subject: Subject, items: Sequence[Item], actions: Mapping[int, Row]
) -> None:
    """Brings the page up to date. part None: only a look, without a request. actions: id(item) → its outline."""
    element_map, scope = subject.element_map, subject.around.scope

    def line(item: Item) -> Row:
        row, action = line_of(element_map, item, scope), actions.get(id(item))
        status = status_before(action) or standing(item)
        if status is not None:
            row["status"] = status.value
        if action is not None and part is not None:
            row["request_id"] = part.request["id"]
        if part is None and item.is_in_scope:
            # Only a look: what the last run told of the record stays until the next run.
            if item.problems and (row["maestro_key"], row["procore_id"]) in failed:
                row = {name: value for name, value in row.items() if name not in ("problems", "worst", "status")}
            elif item.kind is None or not item.problems:
                del row["problems"], row["worst"]
        return row

    is_complete = subject.selection is None
    with doors.journal.begin() as tx:
        failed = doors.journal.failed_lines(tx, element_map.element, scope.project) if part is None else frozenset()
        doors.journal.put_lines(tx, element_map.element, RowsInTurn(items, line), is_complete, scope.project)


def show_scope(doors: Doors, part: Part) -> None:
    """The values of one scope as they stand once a run is through it; what the run told stays."""
    subject = gather_subject(doors, part)
    subject = replace(subject, selection=None)
    items = [replace(item, problems=()) if item.is_in_scope else item for item in items_of(part, subject)]
    write_lines(doors, None, subject, items, {})
