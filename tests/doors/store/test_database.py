"""The journal's file: made, migrated, refused when newer, damaged, locked or not writable; shared (F24)."""

import os
import sqlite3
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from maestro_procore.i18n import LANGUAGES
from maestro_procore.model.problems import Refused, message, remedy
from maestro_procore.store import tables
from maestro_procore.store.database import NEWEST_SCHEMA, Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.migrations import OPTIONS, config
from tests.doors.store.conftest import SHORT
from tests.doors.store.made import NOON

ROOT = Path(__file__).resolve().parents[3]


def refused_code(work) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.problem.code


@pytest.fixture
def open_file():
    """Opens journals and closes them at the end."""
    opened = []

    def make(file):
        opened.append(Database.of_file(file, busy_wait=SHORT))
        return opened[-1]

    yield make
    for database in opened:
        database.close()


# --- schema ---------------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_tables_of_this_version(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={**OPTIONS, "compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_newest_step_is_the_one_the_program_knows():
    assert ScriptDirectory.from_config(config(None)).get_current_head() == NEWEST_SCHEMA


def test_tables_of_others_in_the_same_file_are_left_alone(database):
    """DBOS keeps its own there."""
    with database.begin() as tx:
        tx.execute(text("create table somebody_elses (id integer)"))
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert compare_metadata(context, tables.metadata) == []


def test_an_empty_file_becomes_a_journal_and_a_second_start_changes_nothing(tmp_path, open_file):
    file = tmp_path / "journal.sqlite"
    file.touch()
    open_file(file).bring_up_to_date()
    again = open_file(file)
    before = again.version()
    again.bring_up_to_date()
    assert again.version() == before


def upgraded_by_a_newer_version(database, program=None):
    with database.begin() as tx:
        if program is None:
            tx.execute(text("drop table journal_upgrade"))
        else:
            tx.execute(text("insert into journal_upgrade values ('9999', :program)"), {"program": program})
        tx.execute(text("update alembic_version set version_num = '9999'"))


@pytest.mark.parametrize(
    ("program", "theirs"), [("7.1.0", "7.1.0, journal 9999"), (None, "journal 9999")], ids=["named", "unnamed"]
)
def test_a_journal_of_a_newer_version_is_refused_and_untouched(tmp_path, open_file, program, theirs):
    """STO-04, F28: it says whose it is, whose this program is, and what to do."""
    file = tmp_path / "journal.sqlite"
    first = open_file(file)
    first.bring_up_to_date()
    upgraded_by_a_newer_version(first, program)
    first.close()
    before = file.read_bytes()
    with pytest.raises(Refused) as refused:
        open_file(file).bring_up_to_date()
    assert refused.value.problem.code == "STO-04"
    own = f"{metadata.version('maestro_procore')}, journal {NEWEST_SCHEMA}"
    assert refused.value.problem.args == {"theirs": theirs, "own": own}
    assert file.read_bytes() == before
    for language in LANGUAGES:
        assert theirs in message(refused.value.problem, language)
        assert "--profile" in remedy(refused.value.problem, language)


def test_a_program_that_was_open_while_a_newer_one_upgraded_the_journal_writes_nothing_more(tmp_path, open_file):
    """STO-04: the engine, the window and every command are told at their next look or write."""
    file = tmp_path / "journal.sqlite"
    older = open_file(file)
    older.bring_up_to_date()
    journal = Journal(older)
    journal.change_settings({"language": "fr"}, "ANNE", NOON)
    older.version()
    upgraded_by_a_newer_version(open_file(file), "7.1.0")
    assert refused_code(older.version) == "STO-04"
    assert refused_code(lambda: journal.change_settings({"language": "en"}, "ANNE", NOON)) == "STO-04"
    assert journal.settings() == {"language": "fr"}
    assert refused_code(older.version) == "STO-04", "as often as somebody asks"


def test_a_journal_says_which_version_of_the_program_upgraded_it(tmp_path, open_file):
    database = open_file(tmp_path / "journal.sqlite")
    database.bring_up_to_date()
    with database.read() as tx:
        rows = tx.execute(text("select revision, program from journal_upgrade")).all()
    assert rows == [(NEWEST_SCHEMA, metadata.version("maestro_procore"))]


def test_every_commit_is_on_the_disk_and_readers_do_not_wait(database):
    """Design §2: WAL, synchronous FULL."""
    for engine in (database._writer, database._reader):
        with engine.connect() as connection:
            read = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
            }
        assert read == {"journal_mode": "wal", "synchronous": 2}


# --- damage ---------------------------------------------------------------------------------------


def filled(file, open_file, rows=2_000):
    database = open_file(file)
    database.bring_up_to_date()
    Journal(database).change_settings({f"key-{n}": "x" * 100 for n in range(rows)}, "ANNE", NOON)
    database.close()


def test_a_sound_journal_passes_the_check_and_a_missing_one_too(tmp_path, open_file):
    filled(tmp_path / "journal.sqlite", open_file)
    open_file(tmp_path / "journal.sqlite").check()
    open_file(tmp_path / "missing.sqlite").check()
    assert not (tmp_path / "missing.sqlite").exists()


def no_database(content: bytes) -> bytes:
    return b"<html>" + content[6:]


def zeroed_pages(content: bytes) -> bytes:
    return content[:8192] + bytes(4096 * 20) + content[8192 + 4096 * 20 :]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("damage", [no_database, zeroed_pages, cut], ids=lambda d: d.__name__)
def test_a_damaged_journal_is_refused_and_not_touched(tmp_path, open_file, damage):
    """STO-02: a copy of it must still be there to be mended."""
    file = tmp_path / "journal.sqlite"
    filled(file, open_file)
    file.write_bytes(damage(file.read_bytes()))
    before = file.read_bytes()
    assert refused_code(open_file(file).check) == "STO-02"
    assert file.read_bytes() == before


@pytest.mark.parametrize("work", ["bring_up_to_date", "version", "read"])
def test_what_is_no_database_is_refused_by_every_use(tmp_path, open_file, work):
    file = tmp_path / "journal.sqlite"
    file.write_bytes(b"<html>this is no database</html>" * 200)
    before, database = file.read_bytes(), open_file(file)

    def use():
        if work != "read":
            return getattr(database, work)()
        with database.read() as tx:
            return tx.execute(text("select 1 from setting"))

    assert refused_code(use) == "STO-02" and file.read_bytes() == before


# --- locked, not writable -------------------------------------------------------------------------


def test_a_locked_journal_is_told_after_the_wait_and_works_again_when_it_is_free(database, journal):
    """STO-01."""
    with sqlite3.connect(database.file, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refused_code(lambda: journal.change_settings({"language": "fr"}, "ANNE", NOON)) == "STO-01"
        other.execute("ROLLBACK")
    other.close()
    journal.change_settings({"language": "en"}, "ANNE", NOON)
    assert journal.settings() == {"language": "en"}


def test_readers_go_on_while_somebody_writes(database, journal):
    with database.begin() as tx:
        tx.execute(tables.SETTING.insert().values(key="language", value="fr", changed_at=NOON, changed_by="ANNE"))
        assert journal.settings() == {}
    assert journal.settings() == {"language": "fr"}


def test_a_folder_that_is_missing_or_a_file_that_is_a_folder_is_told(tmp_path, open_file):
    """STO-06."""
    (tmp_path / "journal.sqlite").mkdir()
    for file in (tmp_path / "journal.sqlite", tmp_path / "missing" / "journal.sqlite"):
        with pytest.raises(Refused) as refused:
            open_file(file).bring_up_to_date()
        assert (refused.value.problem.code, refused.value.problem.args) == ("STO-06", {"path": str(file.parent)})


def test_a_journal_that_may_only_be_read_is_told_at_the_first_write(tmp_path, open_file):
    """STO-06. The administrator of the computer may write everywhere, so the file is opened for reading only."""
    file = tmp_path / "journal.sqlite"
    filled(file, open_file)
    database = Database(f"sqlite:///file:{file}?mode=ro&uri=true", busy_wait=SHORT)
    try:
        code = refused_code(lambda: Journal(database).change_settings({"language": "fr"}, "ANNE", NOON))
    finally:
        database.close()
    assert code == "STO-06"


def test_a_full_disk_is_told_and_what_was_there_stays(database, journal):
    """STO-03. SQLite says the same of a file that may not grow as of a disk that is full."""
    journal.change_settings({"language": "fr"}, "ANNE", NOON)

    def fill():
        with database.begin() as tx:
            tx.exec_driver_sql("PRAGMA max_page_count=1")
            row = {"key": "k", "value": "x" * 1_000_000, "changed_at": NOON, "changed_by": "ANNE"}
            tx.execute(tables.SETTING.insert().values(**row))

    assert refused_code(fill) == "STO-03" and journal.settings() == {"language": "fr"}


# --- versions -------------------------------------------------------------------------------------


def test_the_version_changes_with_own_writes_and_not_with_reads(database, journal, views):
    seen = database.version()
    journal.settings(), views.elements()
    assert database.version() == seen
    journal.change_settings({"language": "fr"}, "ANNE", NOON)
    assert database.version() != seen


def test_the_version_changes_with_the_writes_of_others(database, open_file):
    seen = database.version()
    Journal(open_file(database.file)).change_settings({"language": "fr"}, "ANNE", NOON)
    assert database.version() != seen


def test_a_write_that_was_taken_back_changes_nothing(database, journal):
    seen = database.version()
    with pytest.raises(RuntimeError), database.begin() as tx:
        tx.execute(tables.SETTING.insert().values(key="language", value="fr", changed_at=NOON, changed_by="ANNE"))
        raise RuntimeError
    assert database.version() == seen and journal.settings() == {}


def test_many_threads_may_ask_and_write_at_once(tmp_path):
    database = Database.of_file(tmp_path / "journal.sqlite")
    database.bring_up_to_date()
    journal, failures = Journal(database), []

    def work(name):
        try:
            for number in range(5):
                journal.change_settings({f"{name}-{number}": number}, name, NOON)
                database.version()
        except Exception as error:  # told below, in the test's own thread
            failures.append(error)

    threads = [Thread(target=work, args=(f"thread {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, len(journal.settings())) == ([], 20)
    database.close()


# --- processes ------------------------------------------------------------------------------------


def start(*arguments):
    command = [sys.executable, "-m", "tests.doors.store.processes", *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ})


def test_two_processes_make_and_write_one_journal_at_once(tmp_path, open_file):
    """Both start on an empty folder; every write of both is there in the end."""
    children = [start("write", tmp_path, name, 10) for name in ("first", "second")]
    try:
        for child in children:
            assert child.stdout.readline().strip() == b"ready"
        for child in children:
            child.stdin.write(b"go\n")
            child.stdin.flush()
        assert [child.wait(30) for child in children] == [0, 0]
    finally:
        for child in children:
            child.kill()
            child.communicate()
    assert len(Journal(open_file(tmp_path / "journal.sqlite")).settings()) == 20
