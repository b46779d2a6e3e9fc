"""How long the window stands still while 40,000 suppliers are synchronized and somebody scrolls through them.

The real program with the reference company, whose suppliers are joined by as many more as make 40,000 lines; a 5 ms
timer in the window's own thread measures the gaps. A click's own time is taken from the button to its return.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.benchmarks.figures import Bar, Number

BARS = {"p99_ms": Bar(50, 16), "max_ms": Bar(100, 50), "click_ms": Bar(50, 10), "red_lines": Bar(0, 0)}

LINES = 40_000
MOST_SECONDS = 900

_CHILD = """
import json, os, sys, time
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

app = QApplication(sys.argv[:1])

class Judge:
    '''Opens the suppliers, clicks, scrolls, and counts the gaps until the request has ended.'''

    def __init__(self):
        self.gaps, self.last, self.step, self.clicked = [], None, self.find, 0.0
        self.turn = 0
        self.ticks = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer)
        self.ticks.timeout.connect(self.tick)
        self.turns = QTimer(interval=30)
        self.turns.timeout.connect(lambda: self.step())
        self.ticks.start()
        self.turns.start()
        self.lines, self.limit = int(sys.argv[2]), time.monotonic() + float(sys.argv[3])

    def tick(self):
        now = time.perf_counter()
        if self.last is not None and self.step == self.scroll:
            self.gaps.append((now - self.last) * 1000)
        self.last = now

    def find(self):
        from maestro_procore.gui.main_window import MainWindow
        windows = [w for w in app.topLevelWidgets() if isinstance(w, MainWindow)]
        page = windows[0].page if windows else None
        if page is None or not hasattr(page, "show_element"):
            return self.give_up_late()
        page.show_element("suppliers")
        pane = page.pane
        if pane is None or pane.element != "suppliers" or pane.model.rowCount() < self.lines:
            return self.give_up_late()
        self.views = pane._desk.views
        self.pane, self.step = pane, self.click

    def click(self):
        if not self.pane.bar.synchronize.isEnabled():
            return self.give_up_late()
        before = time.perf_counter()
        self.pane.bar.synchronize.click()
        self.clicked = (time.perf_counter() - before) * 1000
        self.step = self.scroll

    def scroll(self):
        bar = self.pane.grid.verticalScrollBar()
        bar.setValue((bar.value() + 7) % max(1, bar.maximum()))
        self.turn += 1
        if self.turn % 20 == 0 and self.has_ended():
            row = next(e for e in self.views.elements() if e.name == "suppliers")
            gaps = sorted(self.gaps)
            print(json.dumps({
                "p99_ms": gaps[int(len(gaps) * 0.99)], "max_ms": gaps[-1], "p50_ms": gaps[len(gaps) // 2],
                "click_ms": self.clicked, "red_lines": row.errors, "in_step": row.in_step, "gaps": len(gaps),
            }), flush=True)
            os._exit(0)
        self.give_up_late()

    def has_ended(self):
        from maestro_procore.store.views import RequestQuery
        last = self.views.requests(RequestQuery(), 0, 1)
        return bool(last) and last[0].ended_at is not None

    def give_up_late(self):
        if time.monotonic() > self.limit:
            print("the run did not end", file=sys.stderr)
            os._exit(1)

judge = Judge()
from maestro_procore.cli import main
main(["--profile", sys.argv[1], "--training"])
"""


def measure(lines: int = LINES) -> dict[str, Number]:
    """Gaps between ticks of 5 ms, in milliseconds. lines: of the page, 3,500 at least."""
    with tempfile.TemporaryDirectory() as folder:
        profile = str(Path(folder) / "profile")
        program = [sys.executable, "-m", "maestro_procore", "--profile", profile, "--training"]
        subprocess.run([*program, "training", "reset", "--company", "reference"], check=True, capture_output=True)
        _fill_up(Path(profile) / "company.sqlite", lines)
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
        child = [sys.executable, "-c", _CHILD, profile, str(lines), str(MOST_SECONDS)]
        done = subprocess.run(child, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS + 60)
        if done.returncode:
            raise AssertionError(done.stderr[-2000:])
    figures: dict[str, Number] = json.loads(done.stdout.splitlines()[-1])
    return {name: round(value, 1) for name, value in figures.items()}


def _fill_up(file: Path, lines: int) -> None:
    """Gives maestro* as many suppliers as make that many lines, all of them unknown to Procore."""
    with closing(sqlite3.connect(file)) as maestro, maestro:
        maestro.row_factory = sqlite3.Row
        (held,) = maestro.execute("select count(*) from m_supplier").fetchone()
        pattern = dict(maestro.execute("select * from m_supplier where status = 'A' limit 1").fetchone())
        names = ((f"F{n:08d}", f"Fournisseur {n:08d} inc.") for n in range(lines - held))
        rows = ({**pattern, "supplier_code": code, "name": name} for code, name in names)
        places = ", ".join(f":{column}" for column in pattern)
        maestro.executemany(f"insert into m_supplier ({', '.join(pattern)}) values ({places})", rows)
