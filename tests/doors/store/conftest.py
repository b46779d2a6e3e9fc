"""A journal in a file of its own."""

from datetime import timedelta

import pytest

from maestro_procore.store.journal import Journal
from maestro_procore.store.views import Views
from tests.doors.store.made import NOON
from tests.templates import new_journal

SHORT = timedelta(milliseconds=50)


@pytest.fixture
def database(tmp_path):
    opened = new_journal(tmp_path / "journal.sqlite", busy_wait=SHORT)
    yield opened
    opened.close()


@pytest.fixture
def journal(database):
    return Journal(database)


@pytest.fixture
def views(database):
    return Views(database, lambda: NOON)


@pytest.fixture
def asked(journal):
    """A request for suppliers that was just written down; more columns by name."""

    def make(element="suppliers", **columns):
        row, is_new = journal.submit({"element": element, "requested_by": "ANNE"}, NOON)
        assert is_new
        if columns:
            journal.change_request(row["id"], **columns)
        return journal.request(row["id"])

    return make


@pytest.fixture
def put(journal):
    """Puts lines of suppliers on their page."""

    def make(*lines, element="suppliers", is_complete=True):
        with journal.begin() as tx:
            journal.put_lines(tx, element, list(lines), is_complete)

    return make
