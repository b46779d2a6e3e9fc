"""Passwords and keys: in the operating system's key ring, or in memory where there is none. Never in a file."""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from maestro_procore.logs import redact
from maestro_procore.model.problems import Problem
from maestro_procore.ports import Secrets

log = logging.getLogger(__name__)

SERVICE: Final = "maestro_procore"

# Windows keeps 2,560 bytes under one name and keyring writes UTF-16, so 1,280 characters; the failure is an
# error of another library, not keyring's (qt-and-packaging.md §5). An emoji counts twice there, hence units.
PART_UNITS: Final = 1_000
_PARTS: Final = "maestro_procore parts "

# Backends that would keep a password readable, or nothing at all. keyring's own scale: below 1 is not recommended.
REFUSED_MODULES: Final = ("keyrings.", "keyring.backends.null", "keyring.backends.fail")
LEAST_PRIORITY: Final = 1

Result = TypeVar("Result")


class MemorySecrets(Secrets):
    """Kept until the program ends. The training program's; it never touches the key ring."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    @property
    def is_lasting(self) -> bool:
        return False

    def get(self, name: str) -> str | None:
        return self._values.get(name)

    def put(self, name: str, value: str) -> None:
        self._values[name] = value

    def forget(self, name: str) -> None:
        self._values.pop(name, None)


class KeyRingSecrets(Secrets):
    """The key ring of the system; after its first refusal, memory for the rest of this run.

    Calls may take long: a locked key ring asks the person. They are safe from any thread.
    backend: a keyring backend, by default the one of this computer.
    """

    def __init__(self, backend: Any = None) -> None:
        self._memory = MemorySecrets()
        self._lock = threading.RLock()
        self._reason: Problem | None = None
        self._backend: Any = None
        try:
            self._backend = _trusted(_system_backend() if backend is None else backend)
        except Exception as error:
            self._fall_back(error)
        else:
            if self._backend is None:
                self._reason = Problem("KEY-01", {})

    @property
    def is_lasting(self) -> bool:
        return self._reason is None

    @property
    def reason(self) -> Problem | None:
        """Why values last for this run only: KEY-01 none there, KEY-02 locked, KEY-03 refused; None while they last."""
        return self._reason

    def get(self, name: str) -> str | None:
        with self._lock:
            return self._try(lambda: self._read(name), lambda: self._memory.get(name))

    def put(self, name: str, value: str) -> None:
        with self._lock:
            self._try(lambda: self._write(name, value), lambda: self._memory.put(name, value))

    def forget(self, name: str) -> None:
        with self._lock:
            self._try(lambda: self._remove(name), lambda: self._memory.forget(name))

    # --- the key ring -----------------------------------------------------------------------------

    def _try(self, in_ring: Callable[[], Result], in_memory: Callable[[], Result]) -> Result:
        if self._reason is None:
            try:
                return in_ring()
            except Exception as error:  # every system has its own errors, not all of them keyring's
                self._fall_back(error)
        return in_memory()

    def _fall_back(self, error: Exception) -> None:
        self._reason = _why(error)
        log.warning("key ring not usable, secrets stay in memory: %s: %s", type(error).__name__, error)

    def _read(self, name: str) -> str | None:
        stored = self._entry(name)
        if stored is None or not stored.startswith(_PARTS):
            return stored
        parts = [self._entry(part) for part in _part_names(name, stored)]
        return None if None in parts else "".join(part for part in parts if part is not None)

    def _write(self, name: str, value: str) -> None:
        former = self._entry(name)
        if _units(value) <= PART_UNITS and not value.startswith(_PARTS):
            head = value
        else:
            # New names each time and the count last: whatever is cut short, the former value stays whole.
            parts = list(_split(value))
            head = f"{_PARTS}{len(parts)} {secrets.token_hex(8)}"
            for part_name, part in zip(_part_names(name, head), parts, strict=True):
                self._backend.set_password(SERVICE, part_name, part)
        self._backend.set_password(SERVICE, name, head)
        self._remove_parts(name, former)

    def _remove(self, name: str) -> None:
        stored = self._entry(name)
        if stored is not None:
            self._backend.delete_password(SERVICE, name)
            self._remove_parts(name, stored)

    def _remove_parts(self, name: str, head: str | None) -> None:
        if head is not None and head.startswith(_PARTS):
            for part in _part_names(name, head):
                if self._entry(part) is not None:
                    self._backend.delete_password(SERVICE, part)

    def _entry(self, name: str) -> str | None:
        value = self._backend.get_password(SERVICE, name)
        return None if value is None else str(value)


def _part_names(name: str, head: str) -> list[str]:
    count, generation = head.removeprefix(_PARTS).split(" ")
    return [f"{name}/{generation}/{number}" for number in range(1, int(count) + 1)]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _split(text: str) -> Iterator[str]:
    """Pieces of at most PART_UNITS units that never cut a character in two."""
    start, size = 0, 0
    for position, letter in enumerate(text):
        width = 2 if ord(letter) > 0xFFFF else 1
        if size + width > PART_UNITS:
            yield text[start:position]
            start, size = position, 0
        size += width
    yield text[start:]


# --- choosing a backend ---------------------------------------------------------------------------


def _system_backend() -> Any:
    import keyring  # 0.1 s, most of it spent looking for plug-ins: not before somebody wants a secret

    return keyring.get_keyring()


def _trusted(backend: Any) -> Any:
    """The backend, or the first trustworthy one of a chain; None when there is none."""
    chained = getattr(backend, "backends", None)
    candidates = list(chained) if chained is not None else [backend]
    return next((candidate for candidate in candidates if _is_trusted(candidate)), None)


def _is_trusted(backend: Any) -> bool:
    module = type(backend).__module__
    return not module.startswith(REFUSED_MODULES) and backend.priority >= LEAST_PRIORITY


def _why(error: Exception) -> Problem:
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    if isinstance(error, NoKeyringError):
        return Problem("KEY-01", {})
    if isinstance(error, InitError | KeyringLocked):
        return Problem("KEY-02", {})
    return Problem("KEY-03", {"text": str(redact(f"{type(error).__name__}: {error}"))[:200]})
