"""Planning 50,000 files on each side when nothing changed, beside the synchronizers that people know on the same trees.

Two folders on disk with the same files stand for the two sides; ours lists both, compares them with what was last
agreed, which lies in a database, and plans. Each is measured in a process of its own, its start included: processor
seconds, which other work on the computer does not change (ours has one thread and waits for nothing), and the greatest
memory of the whole process. rclone bisync and Unison do their own run without news; a program that is not installed
is left out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from maestro_procore.model.file_items import FileSide
from tests.benchmarks.companies import say
from tests.benchmarks.figures import Bar, Number

BARS = {"seconds": Bar(3, 1), "memory_mb": Bar(100, 40)}

FILES = 50_000
FOLDERS = 1_516
REPEATS = 5
_OURS = ("sweep", "whole", "first")


def measure(files: int = FILES, repeats: int = REPEATS) -> dict[str, Number]:
    """seconds, memory_mb: a sweep without news. whole_: the same with both trees held. first_: nothing agreed yet.

    elapsed: by the clock, of this computer as busy as it is.
    """
    with tempfile.TemporaryDirectory(prefix="plan-files-") as name:
        folder = Path(name)
        for side in ("procore", "drive"):
            _fill(folder / side, files)
        _run("agree", folder)
        best = {kind: min(_run(kind, folder) for _ in range(repeats)) for kind in _OURS}
        figures: dict[str, Number] = {"seconds": best["sweep"][0], "memory_mb": best["sweep"][1]}
        figures["elapsed"] = best["sweep"][2]
        for kind in ("whole", "first"):
            figures |= {f"{kind}_seconds": best[kind][0], f"{kind}_memory_mb": best[kind][1]}
        for peer in (_rclone(folder), _unison(folder)):
            figures |= peer
    return figures


def _fill(root: Path, files: int) -> None:
    """Files evenly over folders, ten folders in each folder."""
    folders = max(1, files * FOLDERS // FILES)
    places = [root]
    for number in range(folders):
        places.append(places[number // 10] / f"Folder {number:05}")
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        path = places[1 + number % folders] / f"Drawing {number:06}.pdf"
        path.write_bytes(b"%06d" % number)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def _run(kind: str, folder: Path) -> tuple[float, float, float]:
    """Processor seconds, megabytes and seconds by the clock of one of ours in a process of its own."""
    child = [sys.executable, "-m", "tests.benchmarks.planning", kind, str(folder)]
    done = subprocess.run(child, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    told = json.loads(done.stdout)
    if kind in ("sweep", "whole") and told["actions"]:
        raise AssertionError(f"{told['actions']} actions where nothing changed")
    say(f"plan-files: {kind} {told['seconds']:.2f} s, {told['memory_mb']:.0f} MB")
    return round(told["seconds"], 3), round(told["memory_mb"], 1), round(told["elapsed"], 3)


# --- the others -----------------------------------------------------------------------------------------


def _program(name: str) -> str | None:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def _timed(name: str, command: list[str], environment: dict[str, str]) -> dict[str, Number]:
    """Processor seconds, megabytes and seconds by the clock of a foreign program that has to succeed."""
    measuring = (
        "import json, resource, subprocess, sys, time; begun = time.perf_counter();"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True);"
        "elapsed = time.perf_counter() - begun;"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "figures = [used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, elapsed];"
        "print(json.dumps([done.returncode, done.stderr[-500:], *figures]))"
    )
    child = [sys.executable, "-c", measuring, *command]
    done = subprocess.run(child, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    code, told, seconds, megabytes, elapsed = json.loads(done.stdout)
    if code:
        raise AssertionError(f"{command[0]} {code}: {told}")
    say(f"plan-files: {name} {seconds:.2f} s, {megabytes:.0f} MB")
    figures = {"seconds": round(seconds, 3), "memory_mb": round(megabytes, 1), "elapsed": round(elapsed, 3)}
    return {f"{name}_{figure}": value for figure, value in figures.items()}


def _rclone(folder: Path) -> dict[str, Number]:
    program = _program("rclone")
    if program is None:
        return {}
    sides = [str(folder / side.value) for side in FileSide]
    state = {"RCLONE_CONFIG": str(folder / "rclone.conf")}
    command = [program, "bisync", *sides, "--workdir", str(folder / "bisync")]
    _timed("rclone_resync", [*command, "--resync"], state)
    return _timed("rclone", command, state)


def _unison(folder: Path) -> dict[str, Number]:
    program = _program("unison")
    if program is None:
        return {}
    sides = [str(folder / side.value) for side in FileSide]
    state = {"UNISON": str(folder / "unison")}
    command = [program, *sides, "-batch", "-silent"]
    _timed("unison_first", command, state)
    return _timed("unison", command, state)
