"""How work and memory grow with the records: a thousand, ten thousand, a hundred thousand of them.

Records are direct costs and their lines, over as many projects as they need at a thousand each; the run that sends
them is measured: the processor time and the greatest memory of the program's own process. What a start costs whatever
it does is measured apart and taken off.
"""

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import orjson

from maestro_procore.sandbox.training_books import Counts
from tests.benchmarks.companies import NO_LIMITS, built, fill, say
from tests.benchmarks.figures import Bar, Number
from tests.programs import Program, sandbox_process

BARS = {"exponent": Bar(1.10, 1.05), "memory_mb": Bar(200, 100)}

SIZES = (1_000, 10_000, 100_000)
BEFORE = ("projects", "suppliers", "budgets")
MEASURED = "costs"
RECORDS_A_PROJECT = 1_000
LINES_AND_HEADER = 3.5
"""Records of one cost: itself, and 2.5 lines on average."""

# Not ru_maxrss: what the starting process holds, the made company, would count as the child's (its memory is shared
# until the new program begins).
_CHILD = """
import os, re, sys
from pathlib import Path
from maestro_procore.cli import main
code = main(sys.argv[1:])
used = os.times()
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(used.user + used.system, int(peak[1]) / 1024, file=sys.stderr)
sys.exit(code)
"""


class Used(NamedTuple):
    """Of one process."""

    seconds: float
    megabytes: float


def measure(sizes: tuple[int, ...] = SIZES) -> dict[str, Number]:
    """exponent: slope of log(processor time) over log(records), between the ends. memory_mb: at the greatest size."""
    runs = {size: _run(size) for size in sizes}
    first, last = sizes[0], sizes[-1]
    exponent = math.log(runs[last][0] / runs[first][0]) / math.log(runs[last][2] / runs[first][2])
    figures: dict[str, Number] = {"exponent": round(exponent, 3), "memory_mb": round(runs[last][1], 1)}
    for size, (seconds, megabytes, records) in runs.items():
        figures[f"seconds_{size}"] = round(seconds, 2)
        figures[f"megabytes_{size}"] = round(megabytes, 1)
        figures[f"records_{size}"] = records
    return figures


def _run(size: int) -> tuple[float, float, int]:
    """Processor seconds of the run less those of an idle one's start, megabytes, records sent."""
    projects = max(1, size // RECORDS_A_PROJECT)
    made = built("growth", projects=projects, suppliers=120, counts=_counts(round(size / LINES_AND_HEADER)))
    with tempfile.TemporaryDirectory() as folder:
        file, profile = Path(folder) / "procore.json", Path(folder) / "profile"
        file.write_bytes(orjson.dumps({"company": {}, "procore": made.procore}))
        profile.mkdir()
        fill(profile / "company.sqlite", made.company)
        with sandbox_process("--company", str(file), *NO_LIMITS) as control:
            program = Program(profile, control)
            for element in BEFORE:
                _used(program, "sync", element)
            sent = _used(program, "sync", MEASURED)
            base = _used(program, "sync", "suppliers")
            records = len(control.state("direct_costs")) + len(control.state("direct_cost_line_items"))
    say(f"growth: {records} records, {sent.seconds:.1f} s, {sent.megabytes:.0f} MB (a start {base.seconds:.1f} s)")
    return max(0.05, sent.seconds - base.seconds), sent.megabytes, records


def _used(program: Program, *verb: str) -> Used:
    words = program.command(*verb, "--json")[3:]
    done = subprocess.run([sys.executable, "-c", _CHILD, *words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or "requests" not in json.loads(done.stdout or "{}"):
        raise AssertionError(done.stderr[-2000:])
    seconds, megabytes = map(float, done.stderr.split()[-2:])
    return Used(seconds, megabytes)


def _counts(costs: int) -> Counts:
    """Costs, and little else."""
    return Counts(
        activities=60, budget_lines=40, budget_changes=0, purchase_orders=1, purchase_order_lines=1, work_orders=1,
        work_order_lines=1, unfinished=0, entered_by_hand=1, order_invoices=1, maestro_orders=1, commitment_changes=0,
        owner_changes=0, unfinished_changes=0, costs=costs, not_transferred=0,
    )  # fmt: skip
