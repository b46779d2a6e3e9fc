"""The program in real processes of its own that start in a moment: forked from one that has imported everything.

For journeys that start and kill the program dozens of times; what is killed is a process like any other. Where
nothing can be forked (Windows), the program starts as always.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.programs import PROGRAM, ROOT, Program

_IMPORTED = [
    "maestro_procore.cli",
    "maestro_procore.wiring",
    "maestro_procore.engine.durable",
    "maestro_procore.procore.client",
]


class ForkedProgram(Program):
    """Same command line, same process group to kill."""

    def start(self, *verb: str) -> Any:
        """What `subprocess.Popen` gives, as far as journeys use it."""
        if sys.platform == "win32":
            return super().start(*verb)
        return _Forked([*self.command(*verb, "--json")[len(PROGRAM) :]])


class _Forked:
    """A forked process behind the face of Popen: pid, poll, wait, communicate, returncode."""

    def __init__(self, words: list[str]) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_IMPORTED)
        self._folder = tempfile.TemporaryDirectory()
        self._output, self._errors = (Path(self._folder.name) / name for name in ("output", "errors"))
        self._process = context.Process(target=_run, args=(words, str(self._output), str(self._errors)))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("maestro_procore", timeout or 0.0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        self.wait(timeout)
        told = [file.read_bytes() if file.exists() else b"" for file in (self._output, self._errors)]
        self._process.close()
        self._folder.cleanup()
        return told[0], told[1]


def _run(words: list[str], output: str, errors: str) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, file in ((1, output), (2, errors)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, number)
        os.close(opened)
    from maestro_procore.cli import main

    exit_code = main(words)
    sys.stdout.flush()
    sys.stderr.flush()
    with suppress(Exception):  # what atexit would do: the log's last lines
        import atexit

        atexit._run_exitfuncs()
    os._exit(exit_code)
