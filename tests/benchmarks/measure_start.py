"""Time from starting the program to its first painted window: the real program, a fresh profile, five starts.

Also proves that nothing slow was imported before: the durable engine, SQL and migrations come after the picture.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from tests.benchmarks.figures import Bar, Number

BARS = {"first_paint_s": Bar(1.5, 0.6), "imported_too_early": Bar(0, 0)}
STARTS = 5

_CHILD = """
import json, os, sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow
from maestro_procore.gui.main_window import MainWindow

def report():
    slow = [name for name in ("dbos", "sqlmodel", "sqlalchemy", "alembic", "httpx") if name in sys.modules]
    print(json.dumps([time.time() - float(os.environ["STARTED_AT"]), slow]), flush=True)
    os._exit(0)

def painted(window, event):
    QMainWindow.paintEvent(window, event)
    QTimer.singleShot(0, report)

MainWindow.paintEvent = painted
from maestro_procore.cli import main
sys.exit(main(["--profile", sys.argv[1], "--training"]))
"""


def measure() -> dict[str, Number]:
    """Median of the starts, in seconds; and how many slow libraries were loaded before the first picture."""
    times, early = [], set()
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            seconds, slow = _start(folder)
        times.append(seconds)
        early.update(slow)
    return {"first_paint_s": round(statistics.median(times), 3), "imported_too_early": len(early)}


def _start(folder: str) -> tuple[float, list[str]]:
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "STARTED_AT": str(time.time())}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, folder], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    seconds, slow = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), list(slow)
