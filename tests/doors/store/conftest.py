"""A journal in a file of its own."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.views import Views
from tests.doors.store.made import NOON

SHORT = timedelta(milliseconds=50)


@pytest.fixture(scope="session")
def empty_journal(tmp_path_factory):
    """The file of a journal that was just made: the migrations run once, not for every test."""
    made = Database.of_file(tmp_path_factory.mktemp("journal") / "journal.sqlite")
    made.bring_up_to_date()
    made.close()
    return made.file


@pytest.fixture
def database(tmp_path, empty_journal):
    opened = Database.of_file(Path(shutil.copy(empty_journal, tmp_path)), busy_wait=SHORT)
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
