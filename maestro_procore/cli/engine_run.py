"""Runs the engine for a command: until its requests have ended, or until a signal says stop."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from maestro_procore.cli.exit_codes import has_ended

if TYPE_CHECKING:
    from maestro_procore.wiring import House

_LOOK: Final = 0.1
"""Seconds between two looks at the requests that a command waits for."""


async def until_ended(house: "House", ids: Sequence[str], no_wait: bool, is_quiet: bool) -> int:
    """Runs the engine here, or lets whoever holds the lease run it; the number of a signal that ended it, or 0."""
    stop, signals = asyncio.Event(), _listen()
    engine = asyncio.create_task(house.host(watches_files=False).run(stop))
    with _progress(is_quiet) as show:
        while not engine.done() and not signals:
            rows = [row for row in map(house.views.request, ids) if row is not None and not has_ended(row)]
            show(rows)
            if not rows or (no_wait and all(map(_waits_for_limit, rows))):
                break
            await asyncio.sleep(_LOOK)
    stop.set()
    await engine
    return signals[0] if signals else 0


def _listen() -> list[int]:
    """Collects SIGTERM and SIGINT instead of dying: what is under way is left in order for the next start."""
    heard: list[int] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, heard.append, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda n, _frame: heard.append(n))
    return heard


@contextlib.contextmanager
def _progress(is_quiet: bool) -> Iterator[Callable[[Sequence[Any]], None]]:
    if is_quiet or not sys.stderr.isatty():
        yield lambda rows: None
        return
    from maestro_procore.cli import terminal

    with terminal.progress() as show:
        yield show


def _waits_for_limit(row: Any) -> bool:
    """Not one whose time has come: an earlier command left it, and nobody has looked since."""
    is_waiting = row.state == "waiting" and row.wait_reason == "limit"
    return is_waiting and row.resumes_at is not None and row.resumes_at > datetime.now(UTC)


async def until_told(house: "House", until_stdin_closes: bool) -> None:
    """Runs the engine until SIGTERM, SIGINT or, when wished, the end of standard input."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    if until_stdin_closes:

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=watch, daemon=True).start()
    await house.host().run(stop)
