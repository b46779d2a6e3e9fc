"""How long a program took to end, without the time in which other programs had the processor.

Linux counts for every thread how long it stood ready and waited for its turn. Less that, a second is a second on an
idle computer and on a crowded one: what the program sleeps, computes or waits for is left.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

_LOOK_SECONDS = 0.005


def seconds_to_end(process: "subprocess.Popen[bytes]", number: signal.Signals, longest: float = 60.0) -> float:
    """Sends the signal and waits for the end; the seconds that the program itself took for it.

    Where the system does not count the wait for the processor, all seconds.
    Errors: subprocess.TimeoutExpired when it has not ended after `longest` seconds by the clock on the wall.
    """
    queued: dict[str, float] = {}
    before = _queued_by_thread(process.pid)
    began = time.monotonic()
    process.send_signal(number)
    while not _has_ended(process):
        if time.monotonic() - began > longest:
            raise subprocess.TimeoutExpired(process.args, longest)
        queued |= _queued_by_thread(process.pid)
        time.sleep(_LOOK_SECONDS)
    took = time.monotonic() - began
    queued |= _queued_by_thread(process.pid)
    process.wait()
    return took - sum(seconds - before.get(thread, 0.0) for thread, seconds in queued.items())


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Without taking the exit code, where that can be: what the system counted is gone with it."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


def _queued_by_thread(pid: int) -> dict[str, float]:
    """Thread → seconds since its start in which it was ready and had no processor.

    Source: Documentation/scheduler/sched-stats.rst, /proc/<pid>/schedstat, second number, nanoseconds.
    """
    found = {}
    for place in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            found[place.parent.name] = int(place.read_text().split()[1]) / 1e9
        except OSError:  # this thread ended meanwhile; what was seen of it last counts
            continue
    return found
