"""Several programs use the embedded company at the same time, and no change is lost."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maestro_procore.erp.maestro_company import MaestroCompany

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
COMPANY = {"company_id": 1, "name": "x", "tag": "X", "currency": "CAD", "environment": "test",
           "security_mode": "local", "language": "fr"}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "company.db"
    company = MaestroCompany(path)
    company.create_schema()
    supplier = {"company_id": 1, "supplier_code": "A", "name": "a", "status": "A", "phone": "0"}
    company.load_rows({"m_company": [COMPANY], "m_supplier": [supplier]})
    company.close()
    return path


def count_up(file: Path, times: int) -> None:
    """Add one to a number that others add to as well, again whenever somebody was faster."""
    company = MaestroCompany(file)
    for _ in range(times):
        is_done = False
        while not is_done:
            [row] = company.rows("m_supplier", keys=["A"])
            more = {"phone": str(int(row["phone"]) + 1)}
            is_done = company.update("m_supplier", {"supplier_code": "A"}, more, NOW, expect={"phone": row["phone"]})
    company.close()


def test_no_update_of_several_programs_is_lost(file: Path) -> None:
    with ThreadPoolExecutor(3) as programs:
        for done in [programs.submit(count_up, file, 10) for _ in range(3)]:
            done.result()
    company = MaestroCompany(file)
    [row] = company.rows("m_supplier")
    assert (row["phone"], row["rowver"]) == ("30", 31)
    company.close()


def test_of_two_programs_that_insert_the_same_code_one_is_refused(file: Path) -> None:
    def insert(name: str) -> str:
        company = MaestroCompany(file)
        try:
            company.insert("m_supplier", {"supplier_code": "NEW", "name": name, "status": "A"}, NOW)
        except Exception as error:  # the answer is what the test is about
            return type(error).__name__
        finally:
            company.close()
        return "inserted"

    with ThreadPoolExecutor(2) as programs:
        answers = sorted(programs.map(insert, ("first", "second")))
    assert answers == ["CompanyRefused", "inserted"]


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from maestro_procore.erp import maestro_company
from maestro_procore.erp.company_database import writing
company = maestro_company.MaestroCompany(sys.argv[1])
company.update("m_supplier", {"supplier_code": "A"}, {"phone": "kept"}, datetime.now(UTC))
with writing(maestro_company.open_engine(sys.argv[1]), "m_supplier", "A") as connection:
    connection.exec_driver_sql("UPDATE m_supplier SET phone = 'half-way'")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is what other systems have")
def test_a_program_killed_while_it_writes_leaves_what_was_committed(file: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False, timeout=60)
    company = MaestroCompany(file)
    assert company.rows("m_supplier")[0]["phone"] == "kept"
    assert company.update("m_supplier", {"supplier_code": "A"}, {"phone": "after"}, NOW), "its lock is gone"
    company.close()
