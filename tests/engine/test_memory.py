"""The engine loads nothing that a run over records never uses: each of these is megabytes of its memory."""

import json
import subprocess
import sys

NEVER_USED = {
    "PySide6", "openpyxl", "fpdf", "PIL", "msal", "cryptography", "alembic",
    "psycopg", "psycopg_binary", "rich", "pygments", "opentelemetry",
}  # fmt: skip

LOADED = """
import json, sys
from maestro_procore.cli import main
from maestro_procore.wiring import House
from maestro_procore.engine.memory import loaded_lean
with loaded_lean(is_sqlite=True):
    import maestro_procore.engine.durable
import maestro_procore.procore.file_calls
import httpx
print(json.dumps(sorted({name.partition(".")[0] for name, module in sys.modules.items() if module is not None})))
"""


def test_an_engine_on_sqlite_loads_nothing_that_it_never_uses():
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert {"dbos", "httpx", "sqlalchemy"} <= loaded
    assert not loaded & NEVER_USED


def test_a_driver_that_was_left_out_can_still_be_imported():
    code = """
from maestro_procore.engine.memory import loaded_lean
with loaded_lean(is_sqlite=True):
    import dbos
    from dbos import _utils
assert not issubclass(ValueError, _utils.psycopg.OperationalError)
import psycopg
assert issubclass(psycopg.errors.LockNotAvailable, psycopg.Error)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
