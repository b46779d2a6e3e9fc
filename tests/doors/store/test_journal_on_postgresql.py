"""The journal on a PostgreSQL server: its tables, and numbers that do not fit 32 bits (F170)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from maestro_procore.model.file_items import FileItem, FileSide
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.tables import ACTION, metadata
from tests.doors.store.made import NOON, action
from tests.postgresql import NEEDS_SERVER, running_server

pytestmark = NEEDS_SERVER
LARGE = 5_000_000_000
PROCORE_ID = 562_949_953_421_312
"""Procore's ids have up to 15 digits and more."""


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    pytest.importorskip("psycopg")
    with running_server() as address:
        opened = Database(address)
        opened.bring_up_to_date()
        yield opened
        opened.close()


def test_every_table_is_there_as_the_program_knows_it(database: Database) -> None:
    found = sa.inspect(database.engine)
    for table in metadata.sorted_tables:
        there = {column["name"]: column["type"] for column in found.get_columns(table.name)}
        assert there.keys() == {column.name for column in table.columns}
        wide = {column.name for column in table.columns if isinstance(column.type, sa.BigInteger)}
        assert wide == {name for name, kind in there.items() if isinstance(kind, sa.BIGINT)}, table.name


def added(journal: Journal, project_id: int) -> int:
    """Number of a new project with one tool."""
    procore = {"procore_company": PROCORE_ID, "procore_project": project_id}
    project = {"name": "Aréna", **procore, "drive_id": "drive", "parent_id": "root", "phase": "added"}
    with journal.begin() as tx:
        return journal.add_file_project(tx, project, [{"tool": "documents", "flow": "both", "name": ""}])


def test_f157_many_writers_of_one_projects_settings_lose_nothing(database: Database) -> None:
    journal = Journal(database)
    number = added(journal, PROCORE_ID + 2)

    def change(key: int) -> None:
        with journal.begin() as tx:
            held = journal.file_settings(tx, number)
            journal.change_file_project(number, within=tx, settings={**held, str(key): key})

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(change, range(20)))
    found = journal.file_project(number)
    assert found is not None and found["settings"] == {str(key): key for key in range(20)}


def test_a_file_of_five_gigabytes_in_a_project_with_a_long_id_is_known(database: Database) -> None:
    journal = Journal(database)
    number = added(journal, PROCORE_ID + 1)
    with journal.begin() as tx:
        [pair] = tx.execute(sa.text("select id from file_pair where project_id = :n"), {"n": number}).scalars()
        item = FileItem("video", "root", "levé.mp4", False, LARGE, NOON, "1", "")
        journal.put_seen(tx, pair, FileSide.PROCORE, [item])
        assert journal.seen(tx, pair, FileSide.PROCORE)["video"].size_bytes == LARGE
    found = journal.file_project(number)
    assert found is not None and (found["procore_company"], found["procore_project"]) == (PROCORE_ID, PROCORE_ID + 1)


def test_a_record_with_a_long_id_is_kept(database: Database) -> None:
    values = {"request_id": "r", "seq": 1, "element": "suppliers", "kind": "create", "name": "", "state": "planned"}
    with database.begin() as tx:
        empty = {"scope": "", "is_sent": False, "rule": "", "attempts": 0, "accepted_by": ""}
        empty |= {"problems": [], "differences": []}
        tx.execute(ACTION.insert().values(**values, **empty, procore_id=PROCORE_ID))
        assert tx.execute(sa.select(ACTION.c.procore_id)).scalar_one() == PROCORE_ID


def test_numbers_that_are_linked_or_promised_are_found_by_what_is_to_be_written(database: Database) -> None:
    """F084: what a preview means to write is looked up within its JSON."""
    journal = Journal(database)
    preview, _ = journal.submit({"element": "subcontracts", "requested_by": "ANNE", "is_preview": True}, NOON)
    wish = action(1, None, kind="create", maestro_write={"order_no": "T-2"})
    link = {"element": "purchase-orders", "scope": "26001", "maestro_key": "T-1", "procore_id": PROCORE_ID + 3}
    with journal.begin() as tx:
        journal.write_plan(tx, (preview["id"], "subcontracts", "26002"), [{**wish, "name": ""}], {})
        told = {"origin_id": "", "rule": "created", "agreed": {}, "linked_by": "ANNE", "at": NOON}
        journal.store_links(tx, [{**link, **told}])
    asked = (("purchase-orders", "subcontracts"), "order_no", ["T-1", "T-2", "T-3"])
    assert journal.numbers_in_use(*asked, is_preview=True) == {"T-1": "26001", "T-2": "26002"}
    assert journal.numbers_in_use(*asked, is_preview=False) == {"T-1": "26001"}


def test_the_number_of_a_removed_project_is_not_given_again(database: Database) -> None:
    journal = Journal(database)
    first = added(journal, PROCORE_ID + 3)
    with journal.begin() as tx:
        journal.remove_file_project(tx, first)
    assert added(journal, PROCORE_ID + 4) > first
