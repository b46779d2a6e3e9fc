"""Keeps the engine small: one heap, given back between two projects, and nothing loaded that it never uses.

Work goes to a handful of threads, and glibc gives each of them a heap of its own, which keeps what it once held
(measured at 30,000 costs: 177 MB with one heap, 210 with one a thread). Elsewhere than on Linux nothing is done.
"""

import ctypes
import functools
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, cast

_M_ARENA_MAX: Final = -8
_M_TRIM_THRESHOLD: Final = -1
_TRIM_BYTES: Final = 1_000_000


@functools.cache
def _libc() -> Any:
    """glibc, or None where there is another one."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL("libc.so.6")
        return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
    except OSError:
        return None


def in_one_heap() -> None:
    """Before the first thread starts."""
    library = _libc()
    if library is not None:
        library.mallopt(_M_ARENA_MAX, 1)
        library.mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)


def collect_seldom() -> None:
    """Python looks for circles among objects nobody holds after 60,000 new ones, not after 700, and not among old ones.

    Rows by the thousand hold no circles, and looking through them was an eighth of a run. What stands by now stays:
    a look through all of it stops every thread, the window's too (measured while the engine was loaded: 90 ms).
    """
    gc.freeze()
    gc.set_threshold(60_000, 20, 20)


class _NoDriver(ModuleType):
    """Stands for a driver that is not there: every name in it is an error that nobody raises."""

    def __getattr__(self, name: str) -> type[Exception]:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


@contextmanager
def loaded_lean(*, is_sqlite: bool) -> Iterator[None]:
    """For the import of the durable engine and what follows. is_sqlite: the journal needs no PostgreSQL driver.

    DBOS imports psycopg whatever its database is, to tell its errors apart (9 MB with its own copies of OpenSSL and
    Kerberos); who opens PostgreSQL later imports the real one. httpx brings a command line of its own wherever click
    and rich are installed (4 MB); it does without when there is none.
    """
    modules = cast(dict[str, ModuleType | None], sys.modules)
    modules.setdefault("httpx._main", None)
    left_out: dict[str, ModuleType] = {}
    if is_sqlite and "psycopg" not in modules:
        driver, errors = _NoDriver("psycopg"), _NoDriver("psycopg.errors")
        left_out = {"psycopg": driver, "psycopg.errors": errors}
        setattr(driver, "errors", errors)  # noqa: B010  (a module has no such attribute for the type checker)
    modules.update(left_out)
    try:
        yield
    finally:
        for name in left_out:
            del modules[name]


def give_back() -> None:
    """What is free goes back to the system; some milliseconds."""
    library = _libc()
    if library is not None:
        library.malloc_trim(0)
