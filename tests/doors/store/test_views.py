"""What the screens read: filters, orders, counts, messages; and that none of it reads whole tables."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from maestro_procore.model.kinds import MAPS
from maestro_procore.model.lines import line_of
from maestro_procore.model.plan import Item
from maestro_procore.model.problems import Problem
from maestro_procore.model.projects import MAP as PROJECTS
from maestro_procore.model.status import Symbol
from maestro_procore.model.suppliers import MAP as SUPPLIERS
from maestro_procore.ports import CallRecord
from maestro_procore.store import line_pages, tables
from maestro_procore.store.rows import LineRow
from maestro_procore.store.views import ActionQuery, LineQuery, RequestQuery
from tests.doors.store.made import NOON, action, line, part_of
from tests.model.records import project, site

REFUSED = Problem("PRJ-14", {"code": "ZZ", "country": "CA"})
CONFLICT = Problem("PRJ-09", {"field": "phone", "element": "suppliers"})
TOLD = Problem("SUP-11", {"code": "V1"})


def keys(views, query=None, element="suppliers"):
    return [row.maestro_key for row in views.lines(element, query or LineQuery(), 0, 1000)]


# --- order ----------------------------------------------------------------------------------------


@pytest.fixture
def named(put):
    """Four suppliers: V1 Zinc, V2 Évain, V3 etanche, V4 Fer; V4 has no city, V1 no partner in Procore."""
    put(
        line("V1", name="Zinc Œuvré", city="Évain", is_linked=False),
        line("V2", name="Évain Toitures", city="eastman"),
        line("V3", name="etanche plus", city="Farnham"),
        line("V4", name="Fer Angelo", city=None),
    )


@pytest.mark.parametrize(
    ("sort", "ascending", "descending"),
    [
        ("", ["V1", "V2", "V3", "V4"], ["V4", "V3", "V2", "V1"]),
        ("maestro.code", ["V1", "V2", "V3", "V4"], ["V4", "V3", "V2", "V1"]),
        ("maestro.name", ["V3", "V2", "V4", "V1"], ["V1", "V4", "V2", "V3"]),
        ("maestro.city", ["V2", "V1", "V3", "V4"], ["V3", "V1", "V2", "V4"]),
        ("procore.code", ["V2", "V3", "V4", "V1"], ["V4", "V3", "V2", "V1"]),
        ("maestro.no_such_field", ["V1", "V2", "V3", "V4"], ["V4", "V3", "V2", "V1"]),
    ],
)
def test_pages_are_sorted_as_people_read_and_nothing_comes_last(views, named, sort, ascending, descending):
    """É stands with E, capitals with small letters."""
    assert keys(views, LineQuery(sort=sort)) == ascending
    assert keys(views, LineQuery(sort=sort, descending=True)) == descending


def test_what_asks_for_attention_stands_first_when_sorted_by_symbol_or_message(views, put):
    put(
        {**line("V1"), "status": "done"},
        {**line("V2", problems=[CONFLICT]), "status": "never"},
        {**line("V3", problems=[REFUSED]), "status": "failed"},
        {**line("V4"), "status": "running"},
    )
    assert keys(views, LineQuery(sort="status")) == ["V3", "V4", "V2", "V1"]
    assert keys(views, LineQuery(sort="message")) == ["V3", "V2", "V1", "V4"]


def test_every_shown_column_of_every_element_can_be_sorted_by(views):
    for element, element_map in MAPS.items():
        for side in ("maestro", "procore"):
            for field in element_map.fields:
                if field.shown:
                    sql = str(line_pages.page_of(element, LineQuery(sort=f"{side}.{field.name}"), 0, 9))
                    assert "substr(line.order_keys" in sql, (element, side, field.name)


def test_pages_far_from_the_top_are_the_same_rows_as_in_one_long_list(views, put):
    codes = [f"V{n:05d}" for n in range(3000)]
    names = {code: random.Random(code).choice(["Zinc", "Évain", "acier", "Béton"]) for code in codes}
    put(*(line(code, name=names[code]) for code in codes))
    query = LineQuery(sort="maestro.name", descending=True)
    whole = [row.id for row in views.lines("suppliers", query, 0, 3000)]
    paged = [row.id for start in range(0, 3000, 256) for row in views.lines("suppliers", query, start, 256)]
    assert paged == whole and len(set(whole)) == 3000
    put(line("V00000", name="Zzz"), is_complete=False)
    assert views.lines("suppliers", query, 2900, 256)[-1].id == whole[-1]
    assert views.lines("suppliers", query, 3000, 256) == []


# --- filters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("evain", ["V1", "V2"]),
        ("ÉVAIN toit", ["V2"]),
        ("oeuvre", ["V1"]),
        ("v3", ["V3"]),
        ("%", []),
        ("fer angelo", ["V4"]),
    ],
)
def test_a_search_finds_every_word_without_accents_and_without_wildcards(views, named, text, found):
    assert keys(views, LineQuery(text=text)) == found
    assert views.count_lines("suppliers", LineQuery(text=text)) == len(found)


def test_chips_show_errors_warnings_what_differs_and_what_is_to_be_synchronized(views, put):
    put(
        line("V1", problems=[REFUSED], needs_sync=True),
        line("V2", problems=[CONFLICT, TOLD]),
        {**line("V3", needs_sync=True), "differing": ["phone"]},
        line("V4", problems=[TOLD]),
    )
    chips = ("all", "errors", "warnings", "differing", "to_synchronize")
    shown = [keys(views, LineQuery(only=only)) for only in chips]
    assert shown == [["V1", "V2", "V3", "V4"], ["V1"], ["V2"], ["V3"], ["V1", "V3"]]


def test_why_a_record_is_not_sent_is_no_warning(views, put):
    """Nothing is to be done about it: element, messages, chips and the runs tell the same."""
    put(line("V1"), line("V2", problems=[CONFLICT]), {**line("V3", problems=[CONFLICT]), "is_in_scope": False})
    (row,) = (each for each in views.elements() if each.name == "suppliers")
    assert (row.warnings, views.service().warnings, len(views.messages("suppliers"))) == (1, 1, 1)
    assert keys(views, LineQuery(only="warnings")) == ["V2"]
    assert keys(views, LineQuery(only="not_sent")) == ["V3"]


@pytest.fixture
def projects(put):
    def of(code, *, is_linked=False, is_in_scope=True, theirs=None, **columns):
        mine = project(project_code=code, **columns)
        return line_of(PROJECTS, Item(mine, theirs, None, is_linked=is_linked, is_in_scope=is_in_scope))

    put(
        of("P1", is_linked=True, type_code="INST", manager="Côté", theirs=site(id=1)),
        of("P2", type_code="COMM", manager="Roy"),
        of("P3", status="1", type_code="INST", is_in_scope=False),
        line_of(PROJECTS, Item(None, site(id=9, project_number="X9"), None)),
        element="projects",
    )


@pytest.mark.parametrize(
    ("group", "value", "found"),
    [
        ("all", "", ["P1", "P2", "P3", None]),
        ("active", "", ["P1", "P2", None]),
        ("linked", "", ["P1"]),
        ("not_linked", "", ["P2", None]),
        ("type", "INST", ["P1"]),
        ("manager", "Roy", ["P2"]),
        ("manager", "nobody", []),
    ],
)
def test_f091_f093_filter_projects_by_shows_the_documented_lines(views, projects, group, value, found):
    """F091, F093, C23."""
    query = LineQuery(group=group, group_value=value)
    assert keys(views, query, "projects") == found
    assert views.count_lines("projects", query) == len(found)


def test_the_filter_offers_the_values_that_occur(views, projects):
    assert views.filter_values("projects", "manager") == ["Côté", "Roy"]
    assert views.filter_values("projects", "department") == []


# --- what a line says -----------------------------------------------------------------------------


def only_line(views) -> LineRow:
    (row,) = views.lines("suppliers", LineQuery(), 0, 9)
    return row


@pytest.mark.parametrize(
    ("status", "state", "symbol", "kind"),
    [
        ("queued", "queued", Symbol.HOURGLASS, "waiting"),
        ("running", "running", Symbol.WHEEL, "progress"),
        ("running", "waiting", Symbol.HOURGLASS, "waiting"),
        ("failed", "failed", Symbol.CROSS, "error"),
        ("done", "done", Symbol.CHECK, "error"),
        ("never", "cancelled", Symbol.DASH, "error"),
    ],
)
def test_symbol_and_message_follow_the_line_and_its_request(views, put, asked, status, state, symbol, kind):
    """F002–F009."""
    row = asked(
        state=state, resumes_at=NOON, wait_reason="limit", progress_done=3, progress_total=9, progress_step="sending"
    )
    put({**line("V1", problems=[REFUSED, CONFLICT]), "status": status, "request_id": row["id"]})
    shown = only_line(views)
    assert (shown.symbol, shown.message.kind) == (symbol, kind)
    if kind == "error":
        assert (shown.message.problem, shown.message.others) == (REFUSED, 1)
    elif state == "waiting":
        assert (shown.message.resumes_at, shown.message.step) == (NOON, "limit")
    elif kind == "progress":
        assert (shown.message.done, shown.message.total, shown.message.step) == (3, 9, "sending")


def test_a_line_without_problems_says_nothing_and_a_question_is_marked(views, put):
    put(line("V1"))
    assert only_line(views).message is None and not only_line(views).has_question
    put(line("V1", problems=[CONFLICT]))
    assert only_line(views).has_question


def test_the_detail_of_a_line_has_every_field_once(views, put):
    put(line("V1"))
    detail = views.line(only_line(views).id)
    assert [f.name for f in detail.fields] == [f.name for f in SUPPLIERS.fields]
    assert views.line(999) is None


def test_elements_are_counted_and_show_their_request(views, put, asked):
    row = asked()
    put({**line("V1", problems=[REFUSED], needs_sync=True), "status": "failed"}, {**line("V2"), "status": "done"})
    shown = {e.name: e for e in views.elements()}
    suppliers, projects = shown["suppliers"], shown["projects"]
    assert (suppliers.records, suppliers.errors, suppliers.to_synchronize, suppliers.in_step) == (2, 1, 1, 1)
    assert suppliers.active_request.id == suppliers.last_request.id == row["id"]
    assert (projects.records, projects.active_request, projects.last_request) == (0, None, None)


def test_a_green_line_that_changed_since_is_no_longer_in_step(views, put):
    put({**line("V1", needs_sync=True), "status": "done"}, {**line("V2"), "status": "done"})
    assert next(e for e in views.elements() if e.name == "suppliers").in_step == 1
    assert views.count_lines("suppliers", LineQuery(only="in_step")) == 1


@pytest.mark.parametrize("state", ["running", "done"])
def test_a_preview_is_never_the_last_synchronization(views, asked, state):
    """A preview writes nothing, so no green checkmark and no time may stand for it."""
    asked(is_preview=True, state=state)
    assert next(e for e in views.elements() if e.name == "suppliers").last_request is None


def test_messages_list_the_lines_that_say_something(views, put):
    put(line("V1"), line("V2", problems=[CONFLICT]), line("V3", problems=[TOLD]))
    assert [row.maestro_key for row in views.messages()] == ["V2", "V3"]
    assert views.messages("projects") == []


# --- history --------------------------------------------------------------------------------------


def test_the_history_is_filtered_and_newest_first(views, journal, asked):
    first = asked(state="done")
    second = asked(state="failed", problem=Problem("CFG-01").to_json())
    other = asked("projects")
    assert [r.id for r in views.requests(RequestQuery())] == [other["id"], second["id"], first["id"]]
    assert [r.id for r in views.requests(RequestQuery(states=("failed",)))] == [second["id"]]
    assert views.count_requests(RequestQuery(elements=("suppliers",))) == 2
    assert views.count_requests(RequestQuery(since=NOON.replace(hour=13))) == 0
    assert views.request(second["id"]).problem == Problem("CFG-01") and views.request("x") is None


def test_actions_come_in_order_and_are_found_by_name_and_code(views, journal, asked):
    row = asked()
    plan = [action(2, "V2", name="Béton"), action(1, "V1", name="100 % acier", state="failed")]
    with journal.begin() as tx:
        journal.write_plan(tx, part_of(row), plan, {})
    assert [a.maestro_key for a in views.actions(row["id"], ActionQuery())] == ["V1", "V2"]
    assert [a.maestro_key for a in views.actions(row["id"], ActionQuery(text="acier"))] == ["V1"]
    assert [a.maestro_key for a in views.actions(row["id"], ActionQuery(text="%"))] == ["V1"]
    assert views.count_actions(row["id"], ActionQuery(states=("failed",), kinds=("update",))) == 1


def test_the_calls_of_the_last_hour_are_counted_in_five_minutes(views, journal):
    with journal.begin() as tx:
        for minute in (1, 2, 58, 61):
            call = {"at": NOON - timedelta(minutes=minute), "api": "procore", "method": "GET", "path": "/", "query": ""}
            journal.add_exchange(tx, CallRecord(**call, status=200, milliseconds=1, is_counted=True), None, 1)
    budget = views.budget()
    assert budget.used_last_hour[-1] == 2 and budget.used_last_hour[0] == 1 and sum(budget.used_last_hour) == 3


@pytest.mark.parametrize(("age", "doing", "is_running"), [(5, "", True), (60, "", False), (5, "ended", False)])
def test_the_service_is_alive_while_its_heart_beats(views, journal, age, doing, is_running):
    """F028."""
    journal.beat("engine", "host", 42, NOON - timedelta(seconds=age), doing, NOON)
    assert views.service().is_running is is_running


# --- no whole tables ------------------------------------------------------------------------------

CALLS, DONE = tables.EXCHANGE.c, tables.ACTION.c
QUICK = {
    "count": line_pages.count_of("suppliers", LineQuery()),
    "first page": line_pages.page_of("suppliers", LineQuery(), 0, 256),
    "last page": line_pages.page_of("suppliers", LineQuery(descending=True), 0, 256),
    "sort by name": line_pages.page_of("suppliers", LineQuery(sort="maestro.name"), 0, 256),
    "sort downwards": line_pages.page_of("suppliers", LineQuery(sort="procore.city", descending=True), 0, 256),
    "sort by symbol": line_pages.page_of("suppliers", LineQuery(sort="status"), 0, 256),
    "sort by message": line_pages.page_of("suppliers", LineQuery(sort="message"), 0, 256),
    "search": line_pages.page_of("suppliers", LineQuery(text="beton"), 0, 256),
    "count of a search": line_pages.count_of("suppliers", LineQuery(text="beton levesque")),
    "errors": line_pages.count_of("suppliers", LineQuery(only="errors")),
    "to synchronize": line_pages.page_of("suppliers", LineQuery(only="to_synchronize"), 0, 256),
    "differing": line_pages.count_of("suppliers", LineQuery(only="differing")),
    "linked projects": line_pages.count_of("projects", LineQuery(group="linked")),
    "counts of all elements": line_pages.counts_by_element(),
    "calls of the last hour": sa.select(CALLS.at).where(CALLS.at >= NOON, CALLS.is_counted),
    "batches left": sa.select(DONE.batch).where(DONE.request_id == "r", DONE.state == "planned").distinct(),
    "number of actions": sa.select(sa.func.count()).select_from(tables.ACTION).where(DONE.request_id == "r"),
}  # fmt: skip


def explained(database, statement) -> str:
    sql = str(statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    with database.read() as tx:
        return "; ".join(row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))


@pytest.mark.parametrize("statement", QUICK.values(), ids=QUICK)
def test_pages_and_counts_are_answered_from_an_index_alone(database, statement):
    """The rows behind are wide: at 100,000 lines a scan of the table takes 200 ms, of an index 5–50."""
    assert "COVERING INDEX" in explained(database, statement)


@pytest.mark.parametrize("query", [{}, {"descending": True}, {"text": "a"}, {"only": "errors"}], ids=str)
def test_the_order_of_codes_needs_no_sorting(database, query):
    statement = line_pages.page_of("suppliers", LineQuery(**query), 0, 256)
    assert "USE TEMP B-TREE FOR ORDER BY" not in explained(database, statement)


@pytest.mark.parametrize("key", [{"maestro_key": "V1"}, {"procore_id": 7}], ids=str)
def test_the_history_of_a_record_is_found_by_an_index(database, key):
    ((name, value),) = key.items()
    where = [tables.ACTION.c.element == "suppliers", tables.ACTION.c[name] == value]
    assert "USING INDEX" in explained(
        database, sa.select(tables.ACTION).where(*where).order_by(tables.ACTION.c.id.desc())
    )


# --- what a click means ---------------------------------------------------------------------------


def symbols(views):
    return {row.maestro_key: row.symbol for row in views.lines("suppliers", LineQuery(), 0, 9)}


@pytest.fixture
def page(put):
    """V1 and V2 would be sent, so they are in step no more; V3 agrees."""
    put(*({**line(code, needs_sync=code != "V3"), "status": "done"} for code in ("V1", "V2", "V3")))


def test_a_click_turns_what_it_means_into_hourglasses_at_once(views, asked, page):
    """F008."""
    asked()
    assert symbols(views) == {"V1": Symbol.HOURGLASS, "V2": Symbol.HOURGLASS, "V3": Symbol.CHECK}
    assert views.lines("suppliers", LineQuery(), 0, 1)[0].message.kind == "waiting"


@pytest.mark.parametrize("names", [["V1"], ["1001"]], ids=["code", "Procore id"])
def test_a_click_on_a_selection_means_only_that(views, asked, page, names):
    asked(keys=names)
    assert symbols(views) == {"V1": Symbol.HOURGLASS, "V2": Symbol.DASH, "V3": Symbol.CHECK}


def test_a_project_code_selects_no_suppliers(views, asked, page):
    asked(project="26001")
    assert symbols(views)["V2"] is Symbol.HOURGLASS


@pytest.mark.parametrize(
    "request_columns",
    [{"is_preview": True}, {"is_planned": True}, {"state": "cancelled"}, {"state": "done"}],
    ids=["preview", "planned: its lines say it themselves", "cancelled", "done"],
)
def test_other_requests_mean_nothing_yet(views, asked, page, request_columns):
    asked(**request_columns)
    assert symbols(views) == {"V1": Symbol.DASH, "V2": Symbol.DASH, "V3": Symbol.CHECK}


def test_the_waiting_time_of_a_click_stands_on_its_lines_and_in_their_details(views, journal, asked, page):
    """F010."""
    asked()
    journal.show_waiting(NOON)
    row = views.lines("suppliers", LineQuery(), 0, 1)[0]
    assert (row.message.resumes_at, row.message.step) == (NOON, "limit")
    assert views.line(row.id).line.symbol is Symbol.HOURGLASS


def test_a_click_writes_one_row_whatever_the_page_holds(views, journal, asked, page, database):
    """Click returns in 50 ms: not one line is written."""
    with database.read() as tx:
        before = tx.execute(tables.LINE.select()).all()
    asked()
    with database.read() as tx:
        assert tx.execute(tables.LINE.select()).all() == before
