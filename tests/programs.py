"""The real program and the real sandbox as processes on loopback, for journeys and figures.

Knows the command line, the control interface and the files of a profile; nothing of the program's inside.
"""

import asyncio
import io
import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

Row = dict[str, Any]

PROGRAM = [sys.executable, "-m", "maestro_procore"]
ROOT = Path(__file__).resolve().parents[1]
LONGEST_RUN_SECONDS = 120.0
_LOOK_SECONDS = 0.02


class Control:
    """The control interface of a sandbox, which neither side's limits count."""

    def __init__(self, line: Row) -> None:
        self.line = line
        self.url: str = line["control"]

    def calls(self) -> list[Row]:
        """The call log: n, at, api, method, path, query, status, counted, violation."""
        return list(self._ask("GET", "calls"))

    def forget_calls(self) -> None:
        """Begins a new log; numbers go on."""
        self._ask("DELETE", "calls")

    def plant(self, *faults: Row) -> None:
        """Faults are asked in this order; the first that matches wins."""
        self._ask("POST", "faults", list(faults))

    def heal(self) -> None:
        """Takes every planted fault away."""
        self._ask("DELETE", "faults")

    def advance(self, seconds: float) -> None:
        """Moves the sandbox's clock: its limits, tokens, record times and Date header."""
        self._ask("POST", "clock", {"advance_seconds": seconds})

    def switch(self, **switches: Any) -> None:
        """How this sandbox answers what the documents leave open."""
        self._ask("POST", "switches", switches)

    def state(self, resource: str) -> list[Row]:
        """All records of a collection, as their *show* answer has them."""
        return list(self._ask("GET", f"state/{resource}"))

    def edit(self, resource: str, **values: Any) -> Row:
        """One record changed (with id) or made (without) by another user of Procore."""
        return dict(self._ask("POST", f"state/{resource}", values))

    def remove(self, resource: str, record_id: int) -> None:
        """One record deleted by another user of Procore."""
        self._ask("DELETE", f"state/{resource}/{record_id}")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error


@contextmanager
def sandbox_process(*options: str) -> Iterator[Control]:
    """A sandbox in a process of its own, ended with the block."""
    command = [*PROGRAM, "sandbox", "--until-stdin-closes", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, "the sandbox did not start"
            yield Control(json.loads(line))
        finally:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def sandbox_inside(**options: Any) -> Iterator[Control]:
    """A sandbox in a thread of this process, behind a real port: it starts ten times as quickly."""
    from maestro_procore.sandbox.options import SandboxOptions
    from maestro_procore.sandbox.server import RunningSandbox

    with RunningSandbox(SandboxOptions(**options)) as running:
        yield Control(running.start_line)


@dataclass(frozen=True)
class Finished:
    """What a command left behind. document: its JSON, None when standard output was empty."""

    exit_code: int
    document: Any
    errors: str

    @property
    def requests(self) -> dict[str, Row]:
        """Element → its row of `sync --json`."""
        assert self.document and "requests" in self.document, f"exit {self.exit_code}: {self.document} {self.errors}"
        return {row["element"]: row for row in self.document["requests"]}

    @property
    def problem_codes(self) -> set[str]:
        """Codes of a refused command and of failed requests."""
        told = list((self.document or {}).get("problems", []))
        told += [r["problem"] for r in (self.document or {}).get("requests", []) if r.get("problem")]
        return {problem["code"] for problem in told}


class Program:
    """The program on one profile, in training mode against a given sandbox. `words` are those of the command line."""

    def __init__(self, profile: Path, control: Control | None, *words: str, environment: Row | None = None) -> None:
        self.profile, self.control, self._words = profile, control, words
        self._environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **(environment or {})}

    def command(self, *verb: str) -> list[str]:
        """The whole command line."""
        options = ["--profile", str(self.profile), "--language", "en"]
        if self.control is not None:
            options += ["--training", "--sandbox", self.control.url]
        return [*PROGRAM, *options, *self._words, *verb]

    def start(self, *verb: str) -> "subprocess.Popen[bytes]":
        """In a process group of its own, so that it can be killed with everything it started."""
        return subprocess.Popen(
            self.command(*verb, "--json"),
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *verb: str) -> Finished:
        """To its end."""
        return finish(self.start(*verb))

    # --- what the profile's files say, read without the program ---------------------------------

    def rows(self, sql: str, *values: Any, file: str = "journal.sqlite") -> list[Row]:
        """Rows of the journal, or of the embedded company."""
        with reading(self.profile / file) as connection:
            return [dict(row) for row in connection.execute(sql, values)]

    def type_in_maestro(self, sql: str, *values: Any) -> int:
        """What an accountant changes in maestro*; how many rows it was."""
        connection = sqlite3.connect(self.profile / "company.sqlite", timeout=30)
        try:
            with connection:
                return connection.execute(sql, values).rowcount
        finally:
            connection.close()


class InnerProgram(Program):
    """The same command line inside this process: for journeys in which nothing is killed, ten times as quick."""

    def run(self, *verb: str) -> Finished:
        """To its end. The reader's language and the log of this process stay as they were."""
        from maestro_procore import i18n
        from maestro_procore.cli import main

        language, root = i18n.current_language(), logging.getLogger()
        hands, level = list(root.handlers), root.level
        output, errors = io.StringIO(), io.StringIO()
        try:
            with redirect_stdout(output), redirect_stderr(errors):
                exit_code = main([*self.command(*verb, "--json")[len(PROGRAM) :]])
        finally:
            i18n.set_language(language)
            for hand in [hand for hand in root.handlers if hand not in hands]:
                root.removeHandler(hand)
            root.setLevel(level)
        text = output.getvalue()
        return Finished(exit_code, json.loads(text) if text.strip() else None, errors.getvalue())


class JumpingClock:
    """The program's clock, for one that runs in this process: naps pass at once, for the sandbox's clock too.

    behind: how far it is behind the sandbox's and the rest of the world.
    """

    def __init__(self, control: Control, behind: timedelta = timedelta()) -> None:
        self._control, self._offset = control, -behind
        self.napped = timedelta()

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, length: timedelta) -> None:
        """Time passes, here and in the sandbox."""
        self._offset += length
        self._control.advance(length.total_seconds())

    async def nap(self, length: timedelta) -> None:
        """As the program's own clock, only at once."""
        self.napped += length
        self.advance(length)
        await asyncio.sleep(0)

    def wind(self, monkeypatch: "pytest.MonkeyPatch") -> "JumpingClock":
        """Puts it in the place of the system's clock until the test ends."""
        from maestro_procore.wiring import SystemClock

        monkeypatch.setattr(SystemClock, "now", lambda _self: self.now())
        monkeypatch.setattr(SystemClock, "nap", lambda _self, length: self.nap(length))
        return self


@contextmanager
def another_start_line(control: Control, **changes: Any) -> Iterator[Control]:
    """A control address that tells other facts about the same sandbox, such as a wrong password."""
    line = {**control.line, **changes}

    class Teller(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name is the library's
            body = json.dumps(line).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_parts: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Teller) as server:
        line["control"] = f"http://127.0.0.1:{server.server_address[1]}/control"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Control(line)
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A loopback port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """A look into a database that others may be writing."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()


def finish(process: "subprocess.Popen[bytes]") -> Finished:
    """Waits for the end of a started program; one that hangs is killed and fails the test."""
    try:
        output, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
    except subprocess.TimeoutExpired:
        kill_group(process)
        raise
    document = json.loads(output) if output.strip() else None
    return Finished(process.returncode, document, errors.decode())


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """kill -9 for the program and everything it started: no handler, no last words."""
    with suppress(ProcessLookupError):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:  # not yet, or no longer, the head of a group
            os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    """The first true value of `condition`, asked again and again until the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(_LOOK_SECONDS)
    raise AssertionError(f"not within {seconds:g} s: {what}")
