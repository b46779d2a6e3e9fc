"""What went wrong when no whole answer came: name, refusal, certificate, proxy, cut, silence.

Reference limits-and-faults.md §4 F10, F12, F13.
"""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies

from maestro_procore.model.problems import Problem
from maestro_procore.ports import Trouble
from maestro_procore.procore.answers import Asked, Failure


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
            return Failure(Trouble.UNREACHABLE, Problem("SRV-17", {"host": asked.host, "text": _tls_words(cause)}))
        if isinstance(cause, socket.gaierror):
            return Failure(Trouble.UNREACHABLE, Problem("SRV-19", {"host": asked.host}))
    return Failure(Trouble.UNREACHABLE, Problem("SRV-06", {"host": asked.host}))


def proxy_refused(asked: Asked, error: BaseException) -> Failure:
    """The proxy on the way said no; 407 when it wants a password."""
    proxy = urlsplit(getproxies().get(urlsplit(asked.url).scheme, "")).hostname or "?"
    code = "SRV-18" if "407" in str(error) else "SRV-06"
    return Failure(Trouble.UNREACHABLE, Problem(code, {"host": proxy}))


def cut(asked: Asked) -> Failure:
    """The connection broke after it stood: a write may have been carried out."""
    return Failure(Trouble.AGAIN, Problem("SRV-15", {}), may_have_applied=asked.is_write)


def silent(asked: Asked, seconds: float) -> Failure:
    """Connected, but the answer did not come in time: a write may have been carried out."""
    return Failure(Trouble.AGAIN, Problem("SRV-21", {"n": round(seconds)}), may_have_applied=asked.is_write)


def _tls_words(error: ssl.SSLError) -> str:
    """The reason as the system's library words it, without its source file and line."""
    return str(getattr(error, "verify_message", "") or error.reason or error)
