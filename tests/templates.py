"""Databases that many tests begin with: made once in a process, then copied.

Making their tables and rows takes longer than most tests do; a copy of the closed file is the same database.
"""

import atexit
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.sandbox.start_data import start_data
from maestro_procore.store.database import Database


def new_journal(file: Path, busy_wait: timedelta | None = None) -> Database:
    """A journal with its tables and no rows in that file."""
    shutil.copy(_empty_journal(), file)
    return Database.of_file(file, busy_wait)


def small_company(file: Path) -> MaestroCompany:
    """The small training company in that file, as nobody has touched it."""
    shutil.copy(_small_company(), file)
    return MaestroCompany(file)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="templates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _empty_journal() -> Path:
    file = _folder() / "journal.sqlite"
    made = Database.of_file(file)
    made.bring_up_to_date()
    made.close()
    return file


@cache
def _small_company() -> Path:
    file = _folder() / "company.sqlite"
    made = MaestroCompany(file)
    made.create_schema()
    made.load_rows(start_data("small").company)
    made.close()
    return file
