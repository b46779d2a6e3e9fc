"""Microsoft's tokens between two starts: one encrypted file, its key in the key ring, never readable on the disk.

They do not fit into the key ring itself (Windows keeps 2,560 bytes under one name).
"""

import logging
import os
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from filelock import FileLock
from msal import SerializableTokenCache

from maestro_procore.ports import Secrets

log = logging.getLogger(__name__)

KEY_NAME: Final = "microsoft files key"
LOCK_SECONDS: Final = 10.0


class Seal:
    """Makes texts unreadable without the key of this computer, and readable again."""

    def __init__(self, key: str | bytes) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def of(cls, secrets: Secrets, name: str = KEY_NAME) -> "Seal":
        """With the key in the key ring, made at the first time. May take long: a locked key ring asks the person."""
        key = secrets.get(name)
        try:
            if key is not None:
                return cls(key)
        except ValueError:
            log.warning("the key %s cannot be used and is replaced", name)
        fresh = Fernet.generate_key().decode()
        secrets.put(name, fresh)
        return cls(fresh)

    def closed(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def opened(self, closed: str) -> str | None:
        """None when it was closed with another key, or was changed."""
        try:
            return self._fernet.decrypt(closed.encode()).decode()
        except (InvalidToken, UnicodeError):
            return None


class SealedTokenCache(SerializableTokenCache):  # type: ignore[misc]  # MSAL has no types
    """MSAL's cache in a sealed file, shared by every program of this profile. Blocking: for threads.

    Everything happens under the one lock that MSAL's own cache holds. A file that cannot be opened (the key is gone)
    counts as empty: the person signs in again.
    """

    def __init__(self, path: Path, seal: Seal) -> None:
        super().__init__()
        self._path, self._seal = path, seal
        self._file_lock = FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS)
        self._seen: tuple[int, int] | None = None

    def modify(self, credential_type: Any, old_entry: Any, new_key_value_pairs: Any = None) -> None:
        with self._lock, self._file_lock:
            self._read_if_changed()
            super().modify(credential_type, old_entry, new_key_value_pairs)
            self._write()

    def search(self, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            self._read_if_changed()
            return iter(list(super().search(*args, **kwargs)))

    def _read_if_changed(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        state = None if stamp is None else self._seal.opened(self._path.read_text(encoding="ascii", errors="replace"))
        if stamp is not None and state is None:
            log.warning("the kept sign-ins of Microsoft cannot be read; somebody has to sign in again")
        self.deserialize(state)
        self._seen = stamp

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self._seal.closed(self.serialize()))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._seen = self._stamp()

    def _stamp(self) -> tuple[int, int] | None:
        """Tells one state of the file from the next one: a replaced file is another one."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino


def token_cache(path: Path, secrets: Secrets) -> SerializableTokenCache:
    """The cache of a profile. Where secrets do not last (training, no key ring), it is for this run only."""
    if not secrets.is_lasting:
        return SerializableTokenCache()
    return SealedTokenCache(path, Seal.of(secrets))
