"""One statement for very many rows stores what SQLAlchemy's own `execute` would store."""

from datetime import UTC, datetime, timedelta, timezone

import sqlalchemy as sa

from maestro_procore.store.many import execute_many
from maestro_procore.store.tables import RECORD

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
EAST = timezone(timedelta(hours=2))
ROWS = [
    {"element": "suppliers", "procore_id": 1, "is_active": True, "is_gone": False, "scope": "", "updated_at": NOON,
     "values": {"name": "Électricité Béland", "amount": None}},
    {"element": "suppliers", "procore_id": 2, "is_active": False, "is_gone": True, "scope": "", "updated_at": None,
     "values": {}},
    {"element": "suppliers", "procore_id": 3, "is_active": True, "is_gone": False, "scope": "A'b",
     "updated_at": NOON.astimezone(EAST), "values": {"lines": "[]"}},
]  # fmt: skip


def raw(tx):
    """The columns as they lie in the file."""
    return tx.exec_driver_sql("select * from procore_record order by procore_id").fetchall()


def test_every_type_of_column_is_stored_as_by_sqlalchemy(database):
    with database.begin() as tx:
        tx.execute(RECORD.insert(), ROWS)
        expected = raw(tx)
        tx.execute(RECORD.delete())
        execute_many(tx, ("a test's records",), RECORD.insert, ROWS)
        assert raw(tx) == expected


def test_a_value_that_all_rows_share_may_differ_from_call_to_call_when_it_is_bound(database):
    named = RECORD.update().where(
        RECORD.c.element == sa.bindparam("b_element"), RECORD.c.procore_id == sa.bindparam("b")
    )
    with database.begin() as tx:
        execute_many(tx, ("a test's records",), RECORD.insert, ROWS)
        for element, found in (("projects", "first"), ("suppliers", "second")):
            rows = [{"b_element": element, "b": n, "origin_id": found} for n in (1, 2)]
            execute_many(tx, ("a test's marks",), named, rows)
        marks = tx.execute(sa.select(RECORD.c.origin_id).order_by(RECORD.c.procore_id)).scalars().all()
    assert marks == ["second", "second", None]


def test_no_rows_are_no_statement(database):
    with database.begin() as tx:
        execute_many(tx, ("never",), lambda: sa.text("this is no statement"), [])
        assert raw(tx) == []
