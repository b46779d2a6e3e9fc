"""Starts the program or a check and follows it to its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

# Ctrl+C reaches the child by itself, as it belongs to the same terminal; these two do not.
PASSED_ON = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def follow(
    command: Sequence[str],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    each_line: Callable[[str], None] | None = None,
) -> int:
    """Runs the command and returns its exit code (128 + n when signal n ended it).

    Ending this process gently ends the child as well: nobody wants a window without its launcher, or the reverse.
    each_line: receives both output channels line by line; without it the child keeps our terminal.
    """
    extra: dict[str, Any] = {}
    if each_line is not None:
        extra = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "stdin": subprocess.DEVNULL,
            "text": True,
            "encoding": "utf-8",
            "errors": "replace",
        }
    child = subprocess.Popen(command, cwd=folder, env={**os.environ, **(environment or {})}, **extra)

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in PASSED_ON}
    try:
        return exit_code(read_to_the_end(child, each_line) if each_line else wait_through_interrupts(child))
    finally:
        if child.stdout is not None:
            child.stdout.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def read_to_the_end(child: "subprocess.Popen[Any]", each_line: Callable[[str], None]) -> int:
    """Hands every line on. Ctrl+C: waits for the child, which felt it too, and then stops us as well."""
    try:
        for line in child.stdout or ():
            each_line(line.rstrip("\n"))
        return child.wait()
    except KeyboardInterrupt:
        child.wait()
        raise


def wait_through_interrupts(child: "subprocess.Popen[Any]") -> int:
    """The child has the terminal and decides what Ctrl+C means; a third one is meant for us."""
    for _ in range(2):
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
    return child.wait()


def exit_code(returned: int) -> int:
    """What a shell would report: subprocess says -15 where a shell says 143. Windows has no such numbers."""
    return 128 - returned if returned < 0 and sys.platform != "win32" else returned
