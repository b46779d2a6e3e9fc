"""What a person reads while a sign-in page is open in the browser: its address, how long it waits, the other way."""

import asyncio
import contextlib
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from typing import Final, Literal

from maestro_procore.connection_wiring import SIGN_IN_SECONDS
from maestro_procore.i18n import text

OtherWay = Literal["paste", "device"]
"""Option that signs in without a browser on this computer: Procore's code is pasted, Microsoft's typed elsewhere."""
MINUTES: Final = round(SIGN_IN_SECONDS / 60)


def page_opener(other_way: OtherWay) -> Callable[[str], None]:
    """Opens a page, and says all of it first: a computer without a browser says nothing of its own."""

    def show(address: str) -> None:
        _tell(text("cli.documents.browser", address=address))
        _tell(text("cli.connections.waits", count=MINUTES))
        _tell(text(f"cli.connections.elsewhere.{other_way}"))
        _open(address)

    return show


async def pasted_code(address: str) -> str:
    """What somebody types after he signed in at that page, in this browser or elsewhere."""
    _tell(text("cli.documents.browser", address=address))
    _open(address)
    print(text("cli.connections.paste"), end=" ", file=sys.stderr, flush=True)
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def take(line: str) -> None:
        if not typed.done():
            typed.set_result(line.strip())

    def read() -> None:
        line = sys.stdin.readline()
        with contextlib.suppress(RuntimeError):  # the command has ended meanwhile
            loop.call_soon_threadsafe(take, line)

    # Of its own: a thread of the loop would keep Ctrl+C waiting for the line that nobody types any more.
    threading.Thread(target=read, daemon=True).start()
    try:
        return await typed
    except asyncio.CancelledError:
        _tell("")  # what is said next stands on a line of its own
        raise


def _open(address: str) -> None:
    """In a thread, because some browsers come back only when they are closed, and the answer is awaited meanwhile."""
    threading.Thread(target=_browse, args=(address,), daemon=True).start()


def _browse(address: str) -> None:
    if not webbrowser.open(address):
        _tell(text("cli.connections.no_browser"))


@contextlib.contextmanager
def told_when_stopped() -> Iterator[None]:
    """Ctrl+C while somebody is waited for ends the command with one sentence."""
    try:
        yield
    except KeyboardInterrupt:
        _tell(text("cli.connections.stopped"))
        raise


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
