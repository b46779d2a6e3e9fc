"""What went wrong when no whole answer came: name, refusal, certificate, proxy, cut, silence.

Reference limits-and-faults.md §4 F10, F12, F13.
"""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies

from maestro_procore.drive.answers import Asked, Failure
from maestro_procore.file_ports import FileTrouble
from maestro_procore.model.problems import Problem


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def not_connected(asked: Asked, error: BaseException) -> Failure:
    """No connection was made, so nothing was sent: never an unknown outcome."""
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLError):
            words = str(getattr(cause, "verify_message", "") or cause.reason or cause)
            return Failure(FileTrouble.UNREACHABLE, Problem("SRV-17", {"host": asked.host, "text": words}))
        if isinstance(cause, socket.gaierror):
            return Failure(FileTrouble.UNREACHABLE, Problem("SRV-19", {"host": asked.host}))
    return Failure(FileTrouble.UNREACHABLE, Problem("DRV-01", {"host": asked.host}))


def proxy_refused(asked: Asked, error: BaseException) -> Failure:
    """The proxy on the way said no; 407 when it wants a password."""
    proxy = urlsplit(getproxies().get(urlsplit(asked.url).scheme, "")).hostname or "?"
    if "407" in str(error):
        return Failure(FileTrouble.UNREACHABLE, Problem("SRV-18", {"host": proxy}))
    return Failure(FileTrouble.UNREACHABLE, Problem("DRV-01", {"host": proxy}))


def cut(asked: Asked) -> Failure:
    """The connection broke after it stood: a write may have been carried out."""
    return Failure(FileTrouble.AGAIN, Problem("DRV-14", {"text": asked.host}), is_unknown=asked.may_change)


def silent(asked: Asked, seconds: float) -> Failure:
    """Connected, but the answer did not come in time: a write may have been carried out."""
    return Failure(FileTrouble.AGAIN, Problem("DRV-17", {"n": round(seconds)}), is_unknown=asked.may_change)
