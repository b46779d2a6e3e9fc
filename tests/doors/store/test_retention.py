"""F050: the history of requests is kept for as long as Configuration says; what anybody still needs stays."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from maestro_procore.engine.housekeeping import keep_house
from maestro_procore.model.elements import FILES, FILES_MODE, FILES_UNDO
from maestro_procore.store.batches import complete
from maestro_procore.store.file_tables import STEP, FileStep
from maestro_procore.store.retention import AT_ONCE
from maestro_procore.store.tables import ACTION, EXCHANGE, LINE, LINK, REQUEST
from tests.doors.store.made import NOON, action, line, part_of
from tests.doors.store.test_plans_and_lines import call

OLD, NEW = NOON - timedelta(days=400), NOON - timedelta(days=10)
TERM = NOON - timedelta(days=365)


@pytest.fixture
def ended(journal, database):
    """A request that ended then, with one call; more columns by name."""

    def make(when=OLD, element="suppliers", **columns):
        wish = {"element": element, "requested_by": "ANNE", **columns}
        row, is_new = journal.submit(wish, when)
        assert is_new
        with journal.begin() as tx:
            journal.add_exchange(tx, call(at=when), row["id"], 1)
        journal.change_request(row["id"], state="done", ended_at=when)
        return row["id"]

    return make


def left(database, table=REQUEST):
    with database.read() as tx:
        return [row.id for row in tx.execute(sa.select(table).order_by(table.c.id))]


def pruned(journal, before=TERM):
    rounds = []
    while dropped := journal.prune(before):
        rounds.append(dropped)
    return rounds


def step(request_id, number, **columns):
    row = {"request_id": request_id, "pair_id": 1, "plan": 1, "number": number, "verb": "copy", "rule": "new"}
    return complete(FileStep, {**row, "target": "drive", "is_folder": False, "state": "done", **columns})


def test_f050_requests_older_than_the_term_go_with_everything_that_belongs_to_them(journal, database, ended):
    old, newest = ended(), ended(NEW)
    with journal.begin() as tx:
        journal.write_plan(tx, part_of({"id": old, "element": "suppliers"}), [action(1), action(2, "V002")], {})
    assert pruned(journal)
    assert left(database) == [newest]
    assert (len(left(database, ACTION)), len(left(database, EXCHANGE))) == (0, 1)


def test_f050_the_newest_of_each_stays_however_old_and_so_does_what_has_not_ended(journal, database, ended):
    ended()
    kept = {ended(), ended(element="projects")}
    waiting, _ = journal.submit({"element": "budgets", "requested_by": "ANNE"}, OLD)
    journal.change_request(waiting["id"], state="waiting")
    pruned(journal)
    assert set(left(database)) == kept | {waiting["id"]}


def test_f050_what_a_page_leads_to_stays_with_links_and_marks(journal, database, ended, put):
    shown, _newest = ended(), ended(NEW)
    put(line())
    with journal.begin() as tx:
        tx.execute(LINE.update().values(request_id=shown))
        links = tx.execute(sa.select(sa.func.count()).select_from(LINK)).scalar()
    assert pruned(journal) == []
    assert shown in left(database)
    with database.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(LINK)).scalar() == links


def test_f050_what_a_kept_undo_took_back_stays(journal, database, ended):
    files = {"element": FILES, "project": "1"}
    forgotten, undone, _ = (ended(mode=FILES_MODE, **files) for _ in range(3))
    ended(NEW, mode=FILES_UNDO, undoes={"request": undone, "number": 2}, **files)
    pruned(journal)
    assert undone in left(database)
    assert forgotten not in left(database)


def test_f050_the_history_of_files_goes_in_small_commits(journal, database, ended):
    files = {"element": FILES, "project": "1", "mode": FILES_MODE}
    old, newest = ended(**files), ended(NEW, **files)
    with journal.begin() as tx:
        tx.execute(STEP.insert(), [step(old, number) for number in range(AT_ONCE + 10)])
        tx.execute(STEP.insert(), [step(newest, 0)])
    assert [size <= AT_ONCE for size in pruned(journal)] == [True, True]
    assert len(left(database, STEP)) == 1


@pytest.mark.parametrize(("days", "kept"), [(None, 2), (500, 2), (30, 1)])
async def test_f050_the_setting_says_how_long(journal, database, ended, days, kept):
    ended(), ended(NEW)
    journal.change_settings({"history_days": days}, "ANNE", NOON)
    doors = SimpleNamespace(journal=journal, files=None, clock=SimpleNamespace(now=lambda: NOON))
    await keep_house(doors, lambda: False)
    assert len(left(database)) == kept


async def test_f050_whoever_waits_goes_first(journal, database, ended):
    ended(), ended(NEW)
    doors = SimpleNamespace(journal=journal, files=None, clock=SimpleNamespace(now=lambda: NOON))
    assert await keep_house(doors, lambda: True) == 0
    assert len(left(database)) == 2
