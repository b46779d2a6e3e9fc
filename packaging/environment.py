"""The `.venv` beside pyproject.toml: made once, checked in milliseconds, repaired when half-made.

What Debian has to provide outside of it is system_packages.py; this module installs Python packages only.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from words import say, text

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "run": ROOT / "packaging" / "requirements.lock",
    "test": ROOT / "packaging" / "requirements-test.lock",
}
# A finished test set-up holds everything a run needs.
SATISFIED_BY = {"run": ("run", "test"), "test": ("test",)}
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
STAMP_NAME = "set-up.json"
GUARD_NAME = "set-up.lock"


class SetUpFailed(Exception):
    """The environment could not be made; the text says what to do. The caller shows it and leaves with 1."""


def interpreter(venv: Path, platform: str = sys.platform) -> Path:
    """The Python of an environment, whether or not it exists yet."""
    return venv / "Scripts" / "python.exe" if platform == "win32" else venv / "bin" / "python"


def fingerprint(lock: bytes, project: bytes, python: str, root: str) -> str:
    """What a finished set-up depends on, as 64 hexadecimal digits.

    python: such as "3.11"; a newer patch of the same release runs what an older one installed.
    root belongs to it because an editable install and the scripts of an environment name their folder:
    after moving or copying the whole checkout they would still start the old one.
    """
    digest = hashlib.sha256()
    for part in (lock, project, python.encode(), root.encode("utf-8", "surrogateescape")):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def wanted_fingerprints(root: Path = ROOT) -> dict[str, str]:
    """One fingerprint for each kind of set-up, from the files as they are now."""
    project = (root / "pyproject.toml").read_bytes()
    return {kind: fingerprint(lock.read_bytes(), project, PYTHON, str(root)) for kind, lock in LOCKS.items()}


def read_stamp(venv: Path) -> dict[str, str]:
    """What the last set-up left behind; empty when there was none or the file is damaged."""
    try:
        stamp = json.loads((venv / STAMP_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in stamp.items()} if isinstance(stamp, dict) else {}


def write_stamp(venv: Path, stamp: Mapping[str, str]) -> None:
    """Replaces the stamp in one step, so that a kill leaves the old or the new one."""
    new = venv / (STAMP_NAME + ".new")
    new.write_text(json.dumps(dict(stamp)), encoding="utf-8")
    new.replace(venv / STAMP_NAME)


def is_ready(kind: str, stamp: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a set-up of this kind ended well with the locks, the project file, the Python and the folder of now."""
    return any(stamp.get(candidate) == wanted[candidate] for candidate in SATISFIED_BY[kind])


def must_start_over(venv: Path, stamp: Mapping[str, str], python: str) -> bool:
    """Whether what stands in the folder cannot be built upon: half-made, of another Python, or moved here."""
    if not interpreter(venv).exists() or stamp.get("state") == "unfinished":
        return True
    if stamp.get("root") not in (None, str(venv.parent)):
        return True
    try:
        settings = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return True
    versions = [line.split("=", 1)[1].strip() for line in settings.splitlines() if line.startswith("version")]
    return not versions or versions[0].split(".")[:2] != python.split(".")


def make_ready(kind: str, root: Path = ROOT) -> Path:
    """The interpreter of an environment in which everything of this kind is installed.

    kind: "run" or "test". Takes milliseconds when nothing changed since the last time.
    Errors: SetUpFailed with a text for the person who started the program.
    """
    venv = root / ".venv"
    wanted = wanted_fingerprints(root)
    if is_ready(kind, read_stamp(venv), wanted) and interpreter(venv).exists():
        return interpreter(venv)
    try:
        venv.mkdir(exist_ok=True)
        with only_one(venv / GUARD_NAME):
            stamp = read_stamp(venv)  # again: another start may just have done it
            if not is_ready(kind, stamp, wanted) or not interpreter(venv).exists():
                build(kind, venv, stamp, wanted)
    except OSError as problem:
        raise SetUpFailed(text("folder_failed", folder=venv, reason=problem.strerror or problem)) from problem
    return interpreter(venv)


def build(kind: str, venv: Path, stamp: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Makes or completes the environment; the stamp says "unfinished" from the first change to the last."""
    started = time.monotonic()
    start_over = must_start_over(venv, stamp, PYTHON)
    if start_over:
        empty(venv)
    write_stamp(venv, {"state": "unfinished", "root": str(venv.parent)})
    say(text("begin", folder=venv, python=PYTHON))
    if start_over:
        # The base interpreter: ours may be the very environment that was just emptied.
        base = getattr(sys, "_base_executable", None) or sys.executable
        step([base, "-m", "venv", str(venv)], "venv_failed")
    pip = [str(interpreter(venv)), "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check"]
    # --no-user: a PIP_USER setting of the machine would send the packages elsewhere, and fail here.
    pip += ["--no-user", "--no-warn-script-location"]
    # Compiling the 16,700 modules of msgraph-sdk, of which the tests use a few, takes a minute and 190 MB.
    # Whatever is used is compiled when it is first imported.
    saved = ["--no-compile"] if kind == "test" else []
    step([*pip, *saved, "--require-hashes", "-r", str(LOCKS[kind])], "libraries_failed")
    # The build tool comes from the lock as well, so nothing is fetched outside of it.
    own = ["--no-deps", "--no-build-isolation", "-e", str(venv.parent)]
    step([*pip, *own], "program_failed")
    finished = {"state": "finished", "root": str(venv.parent), kind: wanted[kind]}
    write_stamp(venv, finished)
    say(text("finished", seconds=round(time.monotonic() - started, 1)))


def step(command: list[str], failure: str) -> None:
    """Runs one step of the set-up; its own words go to the error channel.

    failure: key of the sentence that says what to do. Errors: SetUpFailed with that sentence.
    """
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=clean, check=False)
    if ended.returncode != 0:
        raise SetUpFailed(text(failure, code=ended.returncode))


def empty(venv: Path) -> None:
    """Removes everything in the folder but the guard file, which another start may be holding open."""
    for entry in venv.iterdir():
        if entry.name == GUARD_NAME:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextlib.contextmanager
def only_one(guard: Path) -> Iterator[None]:
    """Waits until no other process is setting up the same folder. The lock ends with its process, even killed."""
    with guard.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    file.seek(0)
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # gives up after 10 s, hence the loop
                    break
                except OSError:
                    continue
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield  # closing the file gives the lock back
